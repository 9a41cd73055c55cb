//! Undos, proved in a pass of their own.
//!
//! Directly after its step the undo runs; the state must equal the one before the step; then the step runs again and
//! must have the same effect. Must stay true: an undo passes only if all of that was seen. What is not compared in this
//! pass are outputs of steps: an id that the engine assigned does not go back, so a step may rightly print another.

use std::collections::BTreeMap;

use super::pass::{Pass, add_problem, halts};
use crate::runbook::effect::{Effect, Ignored};
use crate::runbook::outcome::{CounterChange, Outcome, Problem, Verdict};
use crate::runbook::{Role, Runbook};
use crate::sandbox::FolderState;

type Counters = BTreeMap<String, String>;

/// Whether there is an undo to prove.
pub(super) fn has_some(runbook: &Runbook) -> bool {
    runbook.snippets.iter().any(|snippet| matches!(snippet.role, Role::Undo { .. }))
}

/// The outcome of each undo of the page for which `takes_part` holds, by position.
pub(super) fn prove(pass: &mut Pass<'_>, takes_part: impl Fn(usize) -> bool) -> BTreeMap<usize, Outcome> {
    let runbook = pass.runbook;
    let mut outcomes = BTreeMap::new();
    let mut halted: Option<String> = None;
    for (index, snippet) in runbook.snippets.iter().enumerate() {
        let is_out = !takes_part(index) || pass.skipped(index).is_some();
        if is_out || matches!(snippet.role, Role::Undo { .. }) {
            continue;
        }
        let undos: Vec<usize> = undos_of(pass, &snippet.id).filter(|&undo| takes_part(undo)).collect();
        match &halted {
            Some(because) => {
                let verdict = || Verdict::NotRun { because: because.clone() };
                outcomes.extend(undos.iter().map(|&undo| (undo, pass.outcome(undo, verdict()))));
            }
            None if undos.is_empty() => {
                // The page itself was judged in its own pass; here it only goes on.
                let verdict = pass.perform(index).verdict;
                if matches!(verdict, Verdict::Error { .. } | Verdict::TimedOut { .. } | Verdict::NotRun { .. }) {
                    halted = halts(snippet, &verdict);
                }
            }
            None => {
                let proved = one(pass, index, &undos);
                halted = proved.iter().find_map(|(undo, outcome)| match &outcome.verdict {
                    Verdict::Failed { problems } if problems.iter().all(is_difference) => None,
                    verdict => halts(&runbook.snippets[*undo], verdict),
                });
                outcomes.extend(proved);
            }
        }
    }
    for (index, snippet) in runbook.snippets.iter().enumerate() {
        if takes_part(index)
            && matches!(snippet.role, Role::Undo { .. })
            && let Some(verdict) = pass.skipped(index)
        {
            outcomes.insert(index, pass.outcome(index, verdict));
        }
    }
    outcomes
}

/// The undos of the step `id` that take part in this run.
fn undos_of(pass: &Pass<'_>, id: &str) -> impl Iterator<Item = usize> {
    let is_undo = |role: &Role| matches!(role, Role::Undo { of, .. } if of == id);
    let snippets = pass.runbook.snippets.iter().enumerate();
    let found: Vec<usize> = snippets
        .filter(|(index, snippet)| is_undo(&snippet.role) && pass.skipped(*index).is_none())
        .map(|(index, _)| index)
        .collect();
    found.into_iter()
}

/// Proves the undos of one step, which together take it back.
fn one(pass: &mut Pass<'_>, step: usize, undos: &[usize]) -> Vec<(usize, Outcome)> {
    let mut outcomes: Vec<(usize, Outcome)> = Vec::new();
    let rest = |pass: &Pass<'_>, mut outcomes: Vec<(usize, Outcome)>, verdict: &Verdict| {
        let done = outcomes.len();
        outcomes.extend(undos[done..].iter().map(|&undo| (undo, pass.outcome(undo, verdict.clone()))));
        outcomes
    };
    let failed = |problem: Problem| Verdict::Failed { problems: vec![problem] };
    let exact = undos.iter().any(|&undo| matches!(pass.runbook.snippets[undo].role, Role::Undo { exact: true, .. }));
    if pass.in_transaction() {
        return rest(pass, outcomes, &failed(Problem::UndoInTransaction));
    }
    let before = match State::remembered(pass, exact) {
        Ok(state) => state,
        Err(message) => return rest(pass, outcomes, &Verdict::Error { message }),
    };
    let first = pass.perform(step);
    if let Some(verdict) = unusable(&first, false) {
        return rest(pass, outcomes, &verdict);
    }
    for &undo in undos {
        let outcome = pass.perform(undo);
        let halts = halts(&pass.runbook.snippets[undo], &outcome.verdict);
        outcomes.push((undo, outcome));
        if let Some(because) = halts {
            return rest(pass, outcomes, &Verdict::NotRun { because });
        }
    }
    let Some((_, last)) = outcomes.last_mut() else { return outcomes };
    if pass.in_transaction() {
        add_problem(last, Problem::UndoInTransaction);
        return outcomes;
    }
    match before.difference(pass, exact) {
        Ok((left, problem)) => {
            last.left = left;
            problem.into_iter().for_each(|problem| add_problem(last, problem));
        }
        Err(message) => {
            last.verdict = Verdict::Error { message };
            return outcomes;
        }
    }
    let again = pass.perform(step);
    if let Some(verdict) = unusable(&again, true) {
        match verdict {
            Verdict::Failed { problems } => problems.into_iter().for_each(|problem| add_problem(last, problem)),
            verdict => last.verdict = verdict,
        }
    } else if let (Some(first), Some(again)) = (first.effect, again.effect)
        && !is_same(&first, &again)
    {
        add_problem(last, Problem::RepeatDiffers { first, again });
    }
    outcomes
}

/// The state before a step, with what is needed to hold a later one against it.
struct State {
    files: FolderState,
    counters: Counters,
}

impl State {
    fn remembered(pass: &mut Pass<'_>, exact: bool) -> Result<Self, String> {
        let files = pass.stage.room.files().map_err(|error| error.to_string())?;
        let counters = counters(pass, exact)?;
        if let Some(database) = &mut pass.stage.database {
            database.committed().remember().map_err(|error| error.to_string())?;
        }
        Ok(Self { files, counters })
    }

    /// How the state now differs: in volatile columns only, and in what must be the same, if it does.
    fn difference(&self, pass: &mut Pass<'_>, exact: bool) -> Result<(Ignored, Option<Problem>), String> {
        let rows = match &mut pass.stage.database {
            Some(database) => database.committed().since_remembered().map_err(|error| error.to_string())?,
            None => Effect::default(),
        };
        let now = pass.stage.room.files().map_err(|error| error.to_string())?;
        let files = self.files.changes(&now);
        let now = counters(pass, exact)?;
        let names = self.counters.keys().chain(now.keys().filter(|name| !self.counters.contains_key(*name)));
        let counters: Vec<CounterChange> = names
            .filter(|name| self.counters.get(*name) != now.get(*name))
            .map(|name| CounterChange {
                name: name.clone(),
                before: self.counters.get(name).cloned(),
                after: now.get(name).cloned(),
            })
            .collect();
        let same = rows.is_none() && files.is_empty() && counters.is_empty();
        let left = rows.ignored.clone();
        Ok((left, (!same).then_some(Problem::UndoDiffers { rows, files, counters })))
    }
}

fn counters(pass: &mut Pass<'_>, exact: bool) -> Result<Counters, String> {
    match &mut pass.stage.database {
        Some(database) if exact => database.committed().counters().map_err(|error| error.to_string()),
        _ => Ok(Counters::new()),
    }
}

/// Why nothing can be said about the undo of a step that ended so, if it could not be used.
fn unusable(step: &Outcome, again: bool) -> Option<Verdict> {
    match &step.verdict {
        Verdict::Failed { problems } => {
            let problems: Vec<Problem> = problems.iter().filter(|problem| is_failure(problem)).cloned().collect();
            let problem = Problem::StepOfUndo { again, problems: problems.clone() };
            (!problems.is_empty()).then(|| Verdict::Failed { problems: vec![problem] })
        }
        Verdict::Passed | Verdict::Skipped { .. } => None,
        verdict => Some(verdict.clone()),
    }
}

/// Whether a problem says that the snippet did not work, and not that it printed something else.
fn is_failure(problem: &Problem) -> bool {
    !matches!(
        problem,
        Problem::Table { .. } | Problem::TableCount { .. } | Problem::Text { .. } | Problem::TransactionLeftOpen
    )
}

/// Whether a problem of an undo leaves the rest of the page worth trying.
fn is_difference(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::UndoDiffers { .. }
            | Problem::RepeatDiffers { .. }
            | Problem::Effect { .. }
            | Problem::Table { .. }
            | Problem::TableCount { .. }
            | Problem::Text { .. }
    )
}

fn is_same(first: &Effect, again: &Effect) -> bool {
    first.schema == again.schema
        && first.tables.len() == again.tables.len()
        && first
            .tables
            .iter()
            .zip(&again.tables)
            .all(|((name, table), (other_name, other))| name == other_name && table.counts == other.counts)
}
