//! What went wrong in a run: where, the snippet with its line marked, expected against actual, how to run it again.
//!
//! This is what a writer or an on-call person reads at night. Must stay true: the first line can be clicked
//! (`file:line:column`), the last one can be typed.

use super::difference::MOST_LINES;
use super::paint::{BAD, QUIET, STRONG, hint, paint, shell_word};
use super::place::{Places, places};
use super::problem::{describe, remedy};
use super::visible::visible;
use crate::runbook::outcome::{Outcome, PageRun, Problem, Run, Running, Verdict};
use crate::runbook::{Action, DEFAULT_CASE, Runbook, Snippet, Stream};
use crate::span::Location;

/// Draws how `outcome` of `page` failed; `None` if it did not. `run` is asked how the snippet did on other engines.
pub fn failure(run: &Run, page: &PageRun, runbook: &Runbook, outcome: &Outcome) -> Option<String> {
    let snippet = runbook.snippets.iter().find(|snippet| snippet.id == outcome.snippet)?;
    let (word, problems): (&str, &[Problem]) = match &outcome.verdict {
        Verdict::Failed { problems } => ("FAILED", problems),
        Verdict::TimedOut { .. } => ("TIMED OUT", &[]),
        Verdict::Error { .. } => ("ERROR", &[]),
        _ => return None,
    };
    let Places { first, marks, caret } = places(runbook, snippet, &outcome.verdict);
    let mut text = format!(
        "{} {} {}\n\n",
        paint(BAD, word),
        paint(STRONG, &format!("{}:{first}", runbook.file.path())),
        subject(page, snippet),
    );
    text.push_str(&source(runbook, snippet, &marks, caret));
    match &outcome.verdict {
        Verdict::TimedOut { limit, running } => {
            text.push('\n');
            text.push_str(&indent(&timed_out(snippet, *limit, running.as_ref())));
        }
        Verdict::Error { message } => text.push_str(&format!("\n  It could not be run: {message}\n")),
        _ => {}
    }
    for problem in problems {
        text.push('\n');
        text.push_str(&indent(&describe(problem, outcome)));
    }
    text.push_str(&printed(outcome, problems));
    let elsewhere = passed_on(run, page, outcome);
    if !elsewhere.is_empty() {
        text.push_str(&format!("\n  On {} it passed.\n", elsewhere.join(" and ")));
    }
    // Of several problems the first is the cause more often than not.
    if let Some(problem) = problems.first() {
        text.push_str(&format!("\n{}\n", hint(&remedy(problem, outcome))));
    }
    text.push_str(&format!(
        "\n  Run just this page again: {}\n",
        paint(STRONG, &format!("proofbook test {}", shell_word(runbook.file.path())))
    ));
    Some(visible(&text))
}

/// What was still running at a snippet's limit, and what it was doing.
fn timed_out(snippet: &Snippet, limit: u64, running: Option<&Running>) -> String {
    let seconds = limit as f64 / 1000.0;
    let command = running.and_then(|running| running.command.as_ref());
    let what = command.map_or("It".to_owned(), |command| format!("`{command}`"));
    // SQL starts nothing and never asks.
    let (ended, input) = match snippet.action {
        Action::Sql => ("ended", ""),
        _ => ("ended, with everything the block had started", "If it waits for input: there is none. "),
    };
    let mut text = format!("{what} was still running after {seconds} s and was {ended}.\n");
    if let Some(doing) = running.and_then(Running::doing) {
        text.push_str(&format!("It was {doing}.\n"));
    }
    let lines = running.map(Running::lines).unwrap_or_default();
    if !lines.is_empty() {
        text.push_str("What ran then, and what it was doing:\n");
        text.extend(lines.iter().map(|line| format!("  {line}\n")));
    }
    text + &format!("{input}If it needs longer: `timeout=2m` on the fence.\n")
}

/// The snippet by its name, and where it ran: ``step `close` “Close the account” on sqlite, case `x` ``.
pub(super) fn subject(page: &PageRun, snippet: &Snippet) -> String {
    let title = snippet.title.as_ref().map(|title| format!(" “{title}”")).unwrap_or_default();
    format!("{} `{}`{title}{}", snippet.role.name(), snippet.id, ground(page))
}

/// On which engine and in which case a page ran: ` on sqlite, case `x``; nothing for a page without.
pub(super) fn ground(page: &PageRun) -> String {
    let mut on = page.engine.map(|engine| format!(" on {engine}")).unwrap_or_default();
    if page.case != DEFAULT_CASE {
        on.push_str(&format!(", case `{}`", page.case));
    }
    on
}

/// The other engines on which the same snippet passed in the same case.
fn passed_on(run: &Run, page: &PageRun, outcome: &Outcome) -> Vec<&'static str> {
    let others = run
        .pages
        .iter()
        .filter(|other| (&other.page, &other.case) == (&page.page, &page.case) && other.engine != page.engine);
    let passed = |other: &PageRun| {
        other.outcomes.iter().any(|other| other.snippet == outcome.snippet && other.verdict == Verdict::Passed)
    };
    others.filter(|other| passed(other)).filter_map(|other| other.engine.map(|engine| engine.name())).collect()
}

/// The snippet as it stands in the page, with the marked lines pointed at and a caret where the engine pointed; long
/// ones around the first mark.
fn source(runbook: &Runbook, snippet: &Snippet, marks: &[usize], caret: Option<Location>) -> String {
    let file = &runbook.file;
    let first = file.line_of(snippet.span.start).min(marks.iter().copied().min().unwrap_or(usize::MAX));
    let end = file.line_of(snippet.span.end.saturating_sub(1).max(snippet.span.start));
    let last = end.max(marks.iter().copied().max().unwrap_or(0));
    let focus = marks.first().copied().unwrap_or(first);
    let (from, to) = if last - first < MOST_LINES {
        (first, last)
    } else {
        let from = focus.saturating_sub(MOST_LINES / 2).max(first);
        (from, (from + MOST_LINES - 1).min(last))
    };
    let width = to.to_string().len().max(3);
    let mut text = String::new();
    let gap = |text: &mut String| text.push_str(&format!("  {} {}\n", " ".repeat(width), paint(QUIET, "⋮")));
    if from > first {
        gap(&mut text);
    }
    for number in from..=to {
        let line = file.line(number);
        let bar = paint(QUIET, "│");
        if marks.contains(&number) {
            text.push_str(&format!("{} {} {bar} {line}\n", paint(BAD, ">"), paint(BAD, &format!("{number:>width$}"))));
        } else {
            text.push_str(&format!("  {} {bar} {line}\n", paint(QUIET, &format!("{number:>width$}"))));
        }
        if let Some(caret) = caret.filter(|caret| caret.line == number) {
            // Tabs stay tabs, so that the caret stands under its character at any tab width.
            let before: String =
                line.chars().take(caret.column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            text.push_str(&format!("  {} {bar} {before}{}\n", " ".repeat(width), paint(BAD, "^")));
        }
    }
    if to < last {
        gap(&mut text);
    }
    text
}

/// What a shell snippet printed, as far as the problems have not shown it.
fn printed(outcome: &Outcome, problems: &[Problem]) -> String {
    let mut text = String::new();
    let compared = |this: Stream| {
        problems.iter().any(|problem| matches!(problem, Problem::Text { stream, .. } if *stream == this))
    };
    // A transcript has one stream, as a terminal has.
    let (first, to) = if outcome.action == "console" { (Stream::Both, "") } else { (Stream::Stdout, " to stdout") };
    for (stream, to, printed) in
        [(first, to, &outcome.printed.stdout), (Stream::Stderr, " to stderr", &outcome.printed.stderr)]
    {
        if printed.is_empty() || compared(stream) {
            continue;
        }
        let lines: Vec<&str> = printed.lines().collect();
        let skipped = lines.len().saturating_sub(MOST_LINES);
        let cut = if skipped > 0 { format!(", the last {MOST_LINES} of {} lines", lines.len()) } else { String::new() };
        text.push_str(&format!("\n  It had printed{to}{cut}:\n"));
        for line in &lines[skipped..] {
            text.push_str(&format!("    {line}\n"));
        }
    }
    for note in &outcome.printed.notes {
        text.push_str(&format!("\n  Note: {note}\n"));
    }
    text
}

fn indent(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".into() } else { format!("  {line}\n") }).collect()
}
