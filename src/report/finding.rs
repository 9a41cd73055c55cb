//! What is to be told of one thing that is wrong: where, in one line, and in full. Every format for machines is made of it.
//!
//! Must stay true: the place and the text are those of the terminal's report; lines are whole and hold no control
//! characters.

use std::collections::BTreeSet;

use serde::Serialize;

use super::account::Account;
use super::denial::{self, Denial};
use super::diagnostics::diagnostic_plain;
use super::failure::{failure, subject};
use super::paint::{plain, plural};
use super::place::{last_line, places};
use super::problem::{describe, remedy};
use super::rule::{self, Rule};
use super::visible::visible;
use crate::config::Engine;
use crate::diagnostic::{Diagnostic, Severity};
use crate::runbook::outcome::{Outcome, PageRun, Problem, SkipReason, Verdict};
use crate::runbook::{Runbook, Snippet};

/// One thing that is wrong, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// `error` or `warning`.
    #[serde(serialize_with = "severity_word")]
    pub(super) severity: Severity,
    /// The stable name of its kind: a diagnostic's code, or a kind of failure.
    pub(super) rule: String,
    /// The file, from the project's root.
    pub(super) file: String,
    /// From 1.
    pub(super) line: usize,
    /// From 1, in characters.
    pub(super) column: usize,
    /// The last line it is about, from 1.
    pub(super) end_line: usize,
    /// What it is about, in a few words.
    pub(super) title: String,
    /// What happened, in one line.
    pub(super) message: String,
    /// What to do, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
    /// All of it, as the terminal shows it, without colours.
    pub(super) text: String,
    /// The snippet it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) snippet: Option<Subject>,
    #[serde(skip)]
    pub(super) what: String,
    #[serde(skip)]
    pub(super) help: String,
    /// What it is known by from run to run, wherever on the page it stands.
    #[serde(skip)]
    pub(super) identity: String,
    /// The less, the worse.
    #[serde(skip)]
    pub(super) rank: u8,
}

/// A snippet, where it ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Subject {
    /// Its id.
    pub(super) id: String,
    /// The line of its opening backticks, from 1.
    pub(super) line: usize,
    /// Its last line.
    pub(super) end_line: usize,
    /// The engine.
    pub(super) engine: Option<Engine>,
    /// The case.
    pub(super) case: String,
}

fn severity_word<S: serde::Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if *severity == Severity::Error { "error" } else { "warning" })
}

/// Everything that is wrong and has a place: diagnostics, then failures in the order of the run, then what is not proved.
pub(super) fn findings(account: &Account<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = account.diagnostics.iter().map(of_diagnostic).collect();
    let mut later = Vec::new();
    for page in &account.run.pages {
        let Some(book) = account.runbook(page) else { continue };
        let mut missing = BTreeSet::new();
        for outcome in &page.outcomes {
            let Some(snippet) = book.snippets.iter().find(|snippet| snippet.id == outcome.snippet) else { continue };
            found.extend(of_failure(account, page, book, snippet, outcome));
            if outcome.is_unasserted() {
                let (message, hint) = (denial::UNASSERTED, denial::ASSERT);
                let severity = account.severity(Denial::Unasserted);
                later.push(of_unproved(severity, page, book, snippet, rule::UNASSERTED, message, hint));
            }
            let Verdict::Skipped { reason } = &outcome.verdict else { continue };
            if account.denies(Denial::Skipped) {
                if denial::is_left_out(account.run, page, snippet, reason) {
                    let (message, hint) = (reason.text(), denial::remedy(reason));
                    later.push(of_unproved(Severity::Error, page, book, snippet, rule::SKIPPED, &message, &hint));
                }
            // One program that is missing is told once a page, however many snippets need it.
            } else if let SkipReason::Missing(program) = reason
                && missing.insert(program)
            {
                let same = |other: &&Outcome| other.verdict == outcome.verdict;
                let count = plural(page.outcomes.iter().filter(same).count(), "snippet");
                let message = format!("{count} of this page skipped: {}", reason.text());
                let hint = denial::remedy(reason);
                let (severity, rule) = (Severity::Warning, rule::MISSING_PROGRAM);
                later.push(of_unproved(severity, page, book, snippet, rule, &message, &hint));
            }
        }
    }
    later.extend(of_pages(account));
    found.append(&mut later);
    found
}

/// How one snippet failed; `None` if it did not.
fn of_failure(
    account: &Account<'_>,
    page: &PageRun,
    book: &Runbook,
    snippet: &Snippet,
    outcome: &Outcome,
) -> Option<Finding> {
    let rule = rule::of_verdict(&outcome.verdict)?;
    let text = plain(&failure(account.run, page, book, outcome)?);
    let (message, hint) = match &outcome.verdict {
        Verdict::Failed { problems } => {
            let first = problems.first()?;
            let more = match problems.len() - 1 {
                0 => String::new(),
                count => format!(" (and {})", plural(count, "more problem")),
            };
            (headline(first, outcome) + &more, Some(one_line(&remedy(first, outcome))))
        }
        Verdict::TimedOut { limit, running } => {
            let command = running.as_ref().and_then(|running| running.command.as_ref());
            let what = command.map_or("it".to_owned(), |command| format!("`{command}`"));
            let seconds = *limit as f64 / 1000.0;
            let hint = "there is no input to wait for; what needs longer says `timeout=2m`";
            (format!("{what} was still running after {seconds} s and was ended"), Some(hint.into()))
        }
        Verdict::Error { message } => (format!("it could not be run: {message}"), None),
        _ => return None,
    };
    let rank = match &outcome.verdict {
        Verdict::Failed { .. } => 1,
        Verdict::TimedOut { .. } => 2,
        _ => 3,
    };
    let places = places(book, snippet, &outcome.verdict);
    // A place that is just the beginning of the snippet means all of it.
    let whole = places.first == book.file.location(snippet.span.start) && places.caret.is_none();
    Some(Finding {
        line: places.first.line,
        column: places.first.column,
        end_line: if whole { last_line(book, snippet) } else { places.first.line },
        hint,
        text,
        rank,
        ..of_snippet(Severity::Error, page, book, snippet, rule, &message)
    })
}

/// What is to be told of a snippet that did not fail, and is not proved either.
fn of_unproved(
    severity: Severity,
    page: &PageRun,
    book: &Runbook,
    snippet: &Snippet,
    rule: Rule,
    message: &str,
    hint: &str,
) -> Finding {
    of_snippet(severity, page, book, snippet, rule, message).told(hint)
}

/// The pages as a whole of which something is denied: those that say they do not run, and those that are stale.
fn of_pages(account: &Account<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (file, not_run) in account.not_run.iter().filter(|_| account.denies(Denial::Skipped)) {
        let Some(book) = account.runbooks.iter().find(|book| book.file.path() == file) else { continue };
        // A page outside `[run] pages` is none of those that are to be proved.
        let Some(first) = book.snippets.first() else { continue };
        let message = format!("{}: {}", plural(not_run.fences, "snippet"), not_run.reason);
        found.push(of_page(book, first, rule::SKIPPED, &message).told(denial::LET_IT_RUN));
    }
    for stale in &account.stale {
        let Some(book) = account.runbooks.iter().find(|book| book.page == stale.page) else { continue };
        let Some(first) = book.snippets.first() else { continue };
        found.push(of_page(book, first, rule::STALE, &stale.why).told(denial::RUN_IT));
    }
    found
}

/// What is wrong with a page as a whole, at its first snippet.
fn of_page(book: &Runbook, first: &Snippet, rule: Rule, message: &str) -> Finding {
    let place = book.file.location(first.span.start);
    Finding {
        severity: Severity::Error,
        rule: rule.id.into(),
        file: book.file.path().to_owned(),
        line: place.line,
        column: place.column,
        end_line: place.line,
        title: one_line(&format!("the page “{}”", book.title)),
        message: one_line(message),
        hint: None,
        text: String::new(),
        snippet: None,
        what: rule.what.into(),
        help: rule.help.into(),
        identity: [rule.id, book.file.path()].join("\n"),
        rank: 4,
    }
}

impl Finding {
    /// With what to do, and all of it as a text.
    pub(super) fn told(mut self, hint: &str) -> Self {
        let word = if self.severity == Severity::Error { "error" } else { "warning" };
        self.hint = Some(one_line(hint));
        self.text = format!(
            "{word}: {}:{}:{} {}\n\n  {}\n\n  help: {}\n",
            self.file,
            self.line,
            self.column,
            self.title,
            self.message,
            one_line(hint)
        );
        self
    }
}

/// What all that is told of a snippet has in common.
fn of_snippet(
    severity: Severity,
    page: &PageRun,
    book: &Runbook,
    snippet: &Snippet,
    rule: Rule,
    message: &str,
) -> Finding {
    let place = book.file.location(snippet.span.start);
    let end_line = last_line(book, snippet);
    // A snippet without a name is known by its text: its id counts the snippets above it.
    let named = !snippet.id.starts_with("snippet-");
    let known_by = if named { snippet.id.clone() } else { format!("{}\n{}", snippet.role.name(), snippet.code.text) };
    let engine = page.engine.map(Engine::name).unwrap_or_default();
    Finding {
        severity,
        rule: rule.id.into(),
        file: book.file.path().to_owned(),
        line: place.line,
        column: place.column,
        end_line,
        title: one_line(&subject(page, snippet)),
        message: one_line(message),
        hint: None,
        text: String::new(),
        snippet: Some(Subject {
            id: snippet.id.clone(),
            line: snippet.line,
            end_line,
            engine: page.engine,
            case: page.case.clone(),
        }),
        what: rule.what.into(),
        help: rule.help.into(),
        identity: [rule.id, book.file.path(), engine, &page.case, &known_by].join("\n"),
        rank: 4,
    }
}

fn of_diagnostic(diagnostic: &Diagnostic) -> Finding {
    let file = &diagnostic.place.file;
    let place = diagnostic.place.location();
    let last = file.line_of(diagnostic.place.span.end.saturating_sub(1).max(diagnostic.place.span.start));
    let what = diagnostic.code.replace('-', " ");
    Finding {
        severity: diagnostic.severity,
        rule: diagnostic.code.into(),
        file: file.path().to_owned(),
        line: place.line,
        column: place.column,
        end_line: last.max(place.line),
        title: what.clone(),
        message: one_line(&diagnostic.message),
        hint: diagnostic.hint.as_deref().map(one_line),
        text: visible(&diagnostic_plain(diagnostic)) + "\n",
        snippet: None,
        what,
        help: diagnostic.hint.as_deref().map_or_else(|| "The message says what is wrong.".into(), one_line),
        identity: [diagnostic.code, file.path(), &diagnostic.message, file.line(place.line).trim()].join("\n"),
        rank: 0,
    }
}

/// A problem in one line.
pub(super) fn headline(problem: &Problem, outcome: &Outcome) -> String {
    match problem {
        Problem::Effect { promised, measured } => format!(
            "The effect differs from what the page promises: promised {promised}, measured {}.",
            measured.promise()
        ),
        Problem::CheckChanged { measured } => {
            format!("A check must change nothing, but this one did: {}.", measured.promise())
        }
        Problem::FailureChanged { measured } => {
            format!("A statement that fails must change nothing, but this one did: {}.", measured.promise())
        }
        problem => describe(problem, outcome).lines().next().unwrap_or_default().to_owned(),
    }
}

/// `text` as one line without control characters.
pub(super) fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    plain(&visible(&lines.join(" ")))
}
