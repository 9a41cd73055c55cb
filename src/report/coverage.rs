//! What of a site is proved, in words: every fence that runs, how it stands where, and why it is not proved.
//!
//! Must stay true: text, JSON (`list_json`) and what is denied (`denied`) are made of the same words.

use super::denial;
use super::finding::{headline, one_line};
use super::paint::{BAD, GOOD, MIND, QUIET, paint, plural};
use crate::config::Engine;
use crate::runbook::Runbook;
use crate::runbook::coverage::{
    FenceCoverage, FenceState, Known, OnEngine, PageCoverage, PageState, State, by_engine, only,
};
use crate::runbook::outcome::{Outcome, SkipReason, Verdict};

/// A page with its fences, one a line; `about` is what is said of the page itself.
pub fn coverage_page(page: &PageCoverage<'_>, about: &str) -> String {
    let mut text = format!("{}  {about}\n", page.runbook.file.path());
    let width = page.fences.iter().map(|fence| name(fence).chars().count()).max().unwrap_or(0);
    for fence in &page.fences {
        let state = fence.state();
        let style = match state {
            State::Proved => GOOD,
            State::Failed => BAD,
            State::Unasserted | State::Skipped | State::NotRun | State::Stale => MIND,
        };
        let (role, action) = fence
            .snippet
            .map_or(("–", fence.fence.language.as_str()), |snippet| (snippet.role.name(), snippet.action.name()));
        let line = fence.fence.line(&page.runbook.file);
        let rest = format!("{line:>5}  {role:<6} {action:<7} {:<width$}  {}", name(fence), detail(page, fence));
        let rest = rest.trim_end();
        let rest = if state == State::Proved { paint(QUIET, rest) } else { rest.to_owned() };
        text.push_str(&format!("  {}  {rest}\n", paint(style, &format!("{:<10}", state.name()))));
    }
    text
}

fn name<'f>(fence: &'f FenceCoverage<'_>) -> &'f str {
    fence.snippet.map_or("–", |snippet| snippet.id.as_str())
}

/// Where a fence is proved, and where not and why.
fn detail(page: &PageCoverage<'_>, fence: &FenceCoverage<'_>) -> String {
    if let (Some(not_run), true) = (&page.runbook.not_run, fence.runs.is_empty()) {
        return one_line(&not_run.reason);
    }
    let mut groups: Vec<(State, String, Vec<&FenceState<'_>>)> = Vec::new();
    for run in &fence.runs {
        let (state, why) = (run.state, why(run));
        match groups.iter_mut().find(|group| (group.0, &group.1) == (state, &why)) {
            Some(group) => group.2.push(run),
            None => groups.push((state, why, vec![run])),
        }
    }
    let several = groups.len() > 1;
    let group = |(state, why, runs): &(State, String, Vec<&FenceState<'_>>)| {
        // Where it does not run does not matter if that is nowhere.
        let is_nowhere = runs.iter().all(|run| matches!(run.known, Known::Author(_) | Known::Elsewhere(_)));
        let runs = if is_nowhere { &[] } else { runs.as_slice() };
        let ground = ground(page.runbook, runs.iter().map(|run| (run.case, run.engine)));
        let word = if several { state.name() } else { "" };
        let head = [word, ground.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        [head.as_str(), why].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
    };
    groups.iter().map(group).collect::<Vec<_>>().join("; ")
}

/// `on sqlite, mariadb, in 2 cases`: runs of a page in a few words; empty for the one run of a page without a database.
pub(super) fn ground<'r>(book: &Runbook, runs: impl Iterator<Item = (&'r str, Option<Engine>)>) -> String {
    let (mut engines, mut cases) = (Vec::new(), Vec::new());
    for (case, engine) in runs {
        if let Some(engine) = engine.filter(|engine| !engines.contains(engine)) {
            engines.push(engine);
        }
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    let engines: Vec<&str> = engines.into_iter().map(Engine::name).collect();
    let on = if engines.is_empty() { String::new() } else { format!("on {}", engines.join(", ")) };
    let cases = match (cases.len(), book.cases.len()) {
        (0, _) => String::new(),
        (1, 1) => String::new(),
        (count, of) if count == of => format!("in {}", plural(count, "case")),
        _ => {
            let names: Vec<String> = cases.iter().map(|case| format!("`{case}`")).collect();
            format!("in the {} {}", if names.len() == 1 { "case" } else { "cases" }, names.join(", "))
        }
    };
    [on, cases].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Why a fence is not proved in a run; empty if it is.
pub(super) fn why(run: &FenceState<'_>) -> String {
    match run.known {
        Known::Outcome(outcome) => of_outcome(outcome),
        Known::Before(Some(outcome)) => {
            format!("it {} before the page changed", before(&outcome.verdict))
        }
        Known::Before(None) => "it is newer than the last run of the page".into(),
        Known::Author(reason) => one_line(reason),
        Known::Elsewhere(snippet) => {
            let nowhere = match only(snippet, run.case) {
                SkipReason::Case(case) => format!("only in the case `{case}`, which the page is not run in"),
                reason => format!("{}, which the page is not run on", reason.text()),
            };
            one_line(&nowhere)
        }
        Known::NoRecord => "no run is recorded".into(),
    }
}

fn of_outcome(outcome: &Outcome) -> String {
    match &outcome.verdict {
        Verdict::Passed if outcome.is_unasserted() => denial::UNASSERTED.into(),
        Verdict::Passed => String::new(),
        Verdict::Failed { problems } => {
            problems.first().map(|problem| one_line(&headline(problem, outcome))).unwrap_or_default()
        }
        Verdict::Error { message } => one_line(&format!("it could not be run: {message}")),
        Verdict::TimedOut { limit, .. } => {
            format!("it was still running after {} s and was ended", *limit as f64 / 1000.0)
        }
        Verdict::Skipped { reason } => one_line(&reason.text()),
        Verdict::NotRun { because } => one_line(because),
    }
}

fn before(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed { .. } => "failed",
        Verdict::Error { .. } => "could not be run",
        Verdict::TimedOut { .. } => "did not end in time",
        Verdict::Skipped { .. } => "was skipped",
        Verdict::NotRun { .. } => "was not run",
    }
}

/// The totals in one line.
pub fn coverage_summary(pages: &[PageCoverage<'_>]) -> String {
    let total = pages.iter().map(|page| page.fences.len()).sum();
    if total == 0 {
        return "no snippet: there is nothing to prove\n".into();
    }
    let proved: Vec<String> = by_engine(pages)
        .iter()
        .map(|OnEngine { engine, proved, of }| match engine {
            Some(engine) => format!("{proved} of {of} proved on {engine}"),
            None => format!("{proved} of {of} proved without a database"),
        })
        .collect();
    let states: Vec<String> = counts(pages)
        .into_iter()
        .filter(|(state, count)| *state != State::Proved && *count > 0)
        .map(|(state, count)| {
            paint(if state == State::Failed { BAD } else { MIND }, &format!("{count} {}", state.name()))
        })
        .collect();
    let proved = if proved.is_empty() { "none is run".to_owned() } else { proved.join(", ") };
    let states = if states.is_empty() { String::new() } else { format!("; {}", states.join(", ")) };
    format!("{}: {proved}{states}\n", plural(total, "snippet"))
}

/// How many fences stand how, each by the worst of its states.
pub(super) fn counts(pages: &[PageCoverage<'_>]) -> Vec<(State, usize)> {
    let states: Vec<State> = pages.iter().flat_map(|page| &page.fences).map(FenceCoverage::state).collect();
    State::ALL.map(|state| (state, states.iter().filter(|one| **one == state).count())).to_vec()
}

/// Which runs of a page are missing, of another version or failed, in one line; `None` if it is proved as it stands.
/// `failure_is_told` says that failures are told elsewhere.
pub fn coverage_unproved(page: &PageCoverage<'_>, failure_is_told: bool) -> Option<String> {
    let (stale, missing): (Vec<&PageState<'_>>, Vec<&PageState<'_>>) =
        page.unproved().partition(|run| run.proof.is_some());
    let part = |runs: &[&PageState<'_>], what: &str| {
        let ground = ground(page.runbook, runs.iter().map(|run| (run.case, run.engine)));
        let ground = if ground.is_empty() { ground } else { format!(" {ground}") };
        (!runs.is_empty()).then(|| format!("{what}{ground}"))
    };
    let failed: Vec<&PageState<'_>> = page.failed().filter(|_| !failure_is_told).collect();
    let parts = [
        part(&missing, "no run is recorded"),
        part(&stale, "the page has changed since its last run"),
        part(&failed, "the page failed in its last run"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
