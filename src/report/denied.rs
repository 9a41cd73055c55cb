//! What `--deny` found, in a run or in what is recorded: each place with what to do, and of a run one line for each kind.

use serde::Serialize;

use super::account::{Account, Notice};
use super::coverage::{coverage_unproved, ground, why};
use super::denial::{self, Denial};
use super::finding::{Finding, findings, one_line};
use super::paint::plural;
use super::rule;
use crate::diagnostic::Severity;
use crate::runbook::Runbook;
use crate::runbook::coverage::{FenceCoverage, FenceState, Known, PageCoverage, State, only};
use crate::runbook::outcome::{Outcome, SkipReason, Verdict};

/// Each place of a run at which there is something that is denied, in order.
pub fn denied(account: &Account<'_>) -> Vec<Notice> {
    let rules = [rule::UNASSERTED, rule::SKIPPED, rule::STALE];
    let denied =
        |finding: &Finding| finding.severity == Severity::Error && rules.iter().any(|rule| rule.id == finding.rule);
    let told = |finding: Finding| Notice {
        message: format!("{}:{}:{} {}: {}", finding.file, finding.line, finding.column, finding.title, finding.message),
        hint: finding.hint,
    };
    findings(account).into_iter().filter(denied).map(told).collect()
}

/// What is wrong with a run because of `--deny`: a line for each kind of which something was found.
pub fn denials(account: &Account<'_>) -> Vec<Notice> {
    let found = findings(account);
    let is_there =
        |rule: rule::Rule| found.iter().any(|finding| finding.severity == Severity::Error && finding.rule == rule.id);
    let kinds = [
        (rule::UNASSERTED, "a step passed of which nothing is demanded, and `--deny unasserted` is set"),
        (rule::SKIPPED, "a snippet was skipped, and `--deny skipped` is set"),
        (rule::STALE, "a page is not proved as it stands, and `--deny stale` is set"),
    ];
    let notice = |message: &str| Notice { message: message.into(), hint: None };
    kinds.into_iter().filter(|(rule, _)| is_there(*rule)).map(|(_, message)| notice(message)).collect()
}

/// Everything in `pages` that is denied: each place with what to do.
pub fn coverage_denied(pages: &[PageCoverage<'_>], deny: &[Denial]) -> Vec<Denied> {
    let mut found = Vec::new();
    for page in pages {
        let whole = format!("the page “{}”", page.runbook.title);
        for fence in &page.fences {
            let Some(snippet) = fence.snippet else { continue };
            let of_it = format!("{} `{}`", snippet.role.name(), snippet.id);
            for (what, state) in [(Denial::Unasserted, State::Unasserted), (Denial::Skipped, State::Skipped)] {
                let runs: Vec<&FenceState<'_>> = fence.runs.iter().filter(|run| run.state == state).collect();
                let Some(first) = runs.first().filter(|_| deny.contains(&what)) else { continue };
                let ground = ground(page.runbook, runs.iter().map(|run| (run.case, run.engine)));
                let ground = if ground.is_empty() { ground } else { format!(" {ground}") };
                found.push(Denied {
                    hint: remedy(first),
                    message: one_line(&format!("{of_it}{ground}: {}", why(first))),
                    ..Denied::at(page.runbook, fence, what)
                });
            }
        }
        let Some(first) = page.fences.first().filter(|first| first.snippet.is_some()) else { continue };
        let mut of_page = |what: Denial, why: &str, hint: &str| {
            let message = one_line(&format!("{whole}: {why}"));
            found.push(Denied { message, hint: hint.into(), ..Denied::at(page.runbook, first, what) });
        };
        if let Some(not_run) = page.runbook.not_run.as_ref().filter(|_| deny.contains(&Denial::Skipped)) {
            let why = format!("{}: {}", plural(not_run.fences, "snippet"), not_run.reason);
            of_page(Denial::Skipped, &why, denial::LET_IT_RUN);
        }
        if let Some(why) = coverage_unproved(page, false).filter(|_| deny.contains(&Denial::Stale)) {
            of_page(Denial::Stale, &why, denial::RUN_IT);
        }
    }
    found
}

fn remedy(run: &FenceState<'_>) -> String {
    match run.known {
        Known::Outcome(Outcome { verdict: Verdict::Skipped { reason }, .. }) => denial::remedy(reason),
        Known::Outcome(_) => denial::ASSERT.into(),
        Known::Elsewhere(snippet) => denial::remedy(&only(snippet, run.case)),
        Known::Author(_) | Known::Before(_) | Known::NoRecord => denial::remedy(&SkipReason::Author(String::new())),
    }
}

/// Something that is denied, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Denied {
    rule: &'static str,
    file: String,
    line: usize,
    message: String,
    hint: String,
}

impl Denied {
    fn at(book: &Runbook, fence: &FenceCoverage<'_>, what: Denial) -> Self {
        let rule = match what {
            Denial::Unasserted => rule::UNASSERTED,
            Denial::Skipped => rule::SKIPPED,
            Denial::Stale => rule::STALE,
        };
        let (file, line) = (book.file.path().to_owned(), fence.fence.line(&book.file));
        Self { rule: rule.id, file, line, message: String::new(), hint: String::new() }
    }

    /// In words, with what to do.
    pub fn told(&self) -> Notice {
        Notice::new(format!("{}:{} {}: {}", self.file, self.line, self.rule, self.message), &self.hint)
    }
}
