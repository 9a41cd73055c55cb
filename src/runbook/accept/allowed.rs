//! What may be accepted at all. The one place that knows which bad news is only about words on the page.

use std::collections::BTreeSet;

use super::{Page, Refusal, Seen, Wish};
use crate::runbook::drill::final_checks;
use crate::runbook::effect::{Counts, Effect, ObjectChange, Promise};
use crate::runbook::outcome::{Outcome, PageRun, Problem, Verdict};
use crate::runbook::snippet::{Role, Runbook, Snippet};

/// What went wrong on the page beside what can be accepted; each snippet once. While there is any, nothing is believed.
pub(super) fn broken(page: Page<'_>, runs: &[&PageRun], wish: Wish) -> Vec<Refusal> {
    let mut told = BTreeSet::new();
    let mut refusals = Vec::new();
    for outcome in runs.iter().flat_map(|run| &run.outcomes) {
        let Some(snippet) = page.runbook.snippets.iter().find(|snippet| snippet.id == outcome.snippet) else {
            continue;
        };
        if let Some((why, hint)) = obstacle(outcome, wish)
            && told.insert(&outcome.snippet)
        {
            let what = format!("{} `{}`", snippet.role.name(), snippet.id);
            refusals.push(Refusal {
                snippet: snippet.id.clone(),
                line: snippet.line,
                what,
                why,
                hint,
                whole_page: true,
            });
        }
    }
    refusals
}

/// Why nothing of the page can be accepted after this, and what to do.
fn obstacle(outcome: &Outcome, wish: Wish) -> Option<(String, String)> {
    let correct = || "correct it first: what a page prints after something went wrong says nothing".to_owned();
    let problems = match &outcome.verdict {
        Verdict::Failed { problems } => problems,
        Verdict::Error { .. } => return Some(("it could not be run".into(), correct())),
        Verdict::TimedOut { .. } => return Some(("it ran out of time".into(), correct())),
        Verdict::Passed | Verdict::Skipped { .. } | Verdict::NotRun { .. } => return None,
    };
    problems.iter().find_map(|problem| match problem {
        Problem::Table { .. } | Problem::TableCount { .. } | Problem::Text { .. } | Problem::NotComparable { .. } => {
            None
        }
        Problem::Effect { promised, measured } => effect(promised, measured, wish),
        Problem::CheckChanged { .. } | Problem::CheckChangedInTransaction { .. } => {
            Some(("it is a check and changed something, which nothing can make right".into(), correct()))
        }
        Problem::Exit { actual, .. } => {
            Some((format!("it ended with status {actual}, and not as the page says"), correct()))
        }
        _ => Some(("it failed, and not only by what it printed".into(), correct())),
    })
}

/// Why a measured effect must not become the promised one.
fn effect(promised: &Promise, measured: &Effect, wish: Wish) -> Option<(String, String)> {
    let actual = measured.promise();
    let yourself = || "if that is meant, write it into `effect` yourself; else correct the snippet".to_owned();
    for (table, counts) in &actual.tables {
        let Some(before) = before(promised, table) else {
            return Some((format!("the page never said that `{table}` changes, and it did ({counts})"), yourself()));
        };
        let new = [
            ("are added to", counts.added, before.added),
            ("are changed in", counts.changed, before.changed),
            ("are removed from", counts.removed, before.removed),
        ];
        if let Some((how, ..)) = new.iter().find(|(_, now, before)| *now > 0 && *before == 0) {
            return Some((
                format!("the page never said that rows {how} `{table}`, and some were ({counts})"),
                yourself(),
            ));
        }
    }
    if actual.schema && !promised.schema {
        return Some(("the page never said that the schema changes, and it did".into(), yourself()));
    }
    if measured.is_none() {
        let why = format!("it changed nothing any more, and the page says {promised}");
        return Some((why, "correct the snippet; if it is to change nothing, write `effect=none` yourself".into()));
    }
    (wish == Wish::Outputs).then(|| {
        let why = format!("it changed {actual}, and the page says {promised}");
        (why, "correct the snippet; if what was measured is what it must do, `--accept=effects` takes that, too".into())
    })
}

fn before(promised: &Promise, table: &str) -> Option<Counts> {
    promised.tables.iter().find(|(name, _)| name.to_lowercase() == table.to_lowercase()).map(|(_, counts)| *counts)
}

/// Why no expectation of this snippet is ever rewritten, and what to do.
pub(super) fn never(seen: &Seen<'_>) -> Option<(String, String)> {
    let snippets = &seen.page.runbook.snippets;
    let yourself =
        |why: &str| Some((why.to_owned(), "look at what came, and write it yourself if it is right".to_owned()));
    match seen.snippet.role {
        Role::Undo { .. } => return yourself("an undo shows that nothing is left of its step"),
        Role::Fault => return yourself("a fault is broken on purpose"),
        Role::Check if seen.page.runbook.is_drill() && final_checks(snippets).contains(&seen.index) => {
            return yourself("a drill ends with this check, which tells whether the repair worked");
        }
        _ => {}
    }
    let outcome = seen.unpromised?;
    let effect = outcome.effect.as_ref()?;
    let promise = effect.promise();
    Some((
        format!(
            "`{}` in line {} changed {promise}, and no `effect` says so; what came may be its mistake",
            outcome.snippet, outcome.line
        ),
        format!("if that is meant, write `effect=\"{promise}\"` in line {} yourself, and accept again", outcome.line),
    ))
}

/// The first of `outcomes` that changed or removed something without an `effect` that says so, down to the one `at`; if
/// that stands in an open transaction, down to the one that ends it, which carries what was done in it. What a `setup`
/// does is the page's starting point, and what only came to be hides nothing.
pub(super) fn unpromised<'o>(runbook: &Runbook, outcomes: &'o [Outcome], at: usize) -> Option<&'o Outcome> {
    let snippet = |outcome: &Outcome| runbook.snippets.iter().find(|snippet| snippet.id == outcome.snippet);
    let says_nothing = |snippet: &Snippet| {
        snippet.promise.effect.is_none() && !matches!(snippet.role, Role::Setup | Role::Undo { .. })
    };
    let is_measured = |outcome: &Outcome| outcome.effect.is_some();
    let end = (at..outcomes.len()).find(|&end| is_measured(&outcomes[end])).unwrap_or(at);
    outcomes[..=end]
        .iter()
        .find(|outcome| outcome.effect.as_ref().is_some_and(destroys) && snippet(outcome).is_some_and(says_nothing))
}

fn destroys(effect: &Effect) -> bool {
    effect.tables.values().any(|table| table.counts.changed + table.counts.removed > 0)
        || effect.schema.iter().any(|object| object.change != ObjectChange::Added)
}
