//! One page in one case on one engine: the passes it takes, and the one result they make.
//!
//! An ordinary page takes one pass, and a second one if it has undos to prove; a drill takes three.

use std::collections::BTreeMap;
use std::time::Instant;

use super::pass::{halts, outcome};
use super::passes::Passes;
use super::stage::NoStage;
use super::{PlannedPage, RunError, RunEvent, World, drill, is_stopped, milliseconds, skip, undo};
use crate::config::Engine;
use crate::runbook::Role;
use crate::runbook::outcome::{Outcome, PageRun, Part, SkipReason, Verdict};

/// Runs one page.
pub(super) fn run(planned: &PlannedPage<'_>, world: World<'_>) -> Result<PageRun, RunError> {
    let started = Instant::now();
    let mut page = empty(planned);
    let every = |verdict: &Verdict| every(planned, verdict);
    if is_stopped(world.stop) {
        page.outcomes = every(&Verdict::NotRun { because: "the run was interrupted".into() });
    } else {
        match prove(&Passes { planned, world }, &mut page) {
            Ok(()) => {}
            Err(NoStage::Before(_)) if is_stopped(world.stop) => {
                page.outcomes = every(&Verdict::NotRun { because: "the run was interrupted".into() });
            }
            Err(NoStage::Run(error)) => return Err(error),
            Err(NoStage::Missing(program)) => {
                page.outcomes = every(&Verdict::Skipped { reason: SkipReason::Missing(program) });
            }
            Err(NoStage::Page(message)) => {
                // Said once; it is the same for all of them.
                page.outcomes = every(&Verdict::NotRun { because: "the page could not be set up".into() });
                if let Some(first) = page.outcomes.first_mut() {
                    first.verdict = Verdict::Error { message };
                }
            }
            Err(NoStage::Before(problem)) => {
                page.outcomes = every(&Verdict::NotRun { because: "the page it starts after did not end well".into() });
                if let Some(first) = page.outcomes.first_mut() {
                    first.verdict = Verdict::Failed { problems: vec![*problem] };
                }
            }
        }
    }
    page.milliseconds = milliseconds(started);
    Ok(page)
}

/// The page, none of which is run.
pub(super) fn not_run(planned: &PlannedPage<'_>, because: &str) -> PageRun {
    let outcomes = every(planned, &Verdict::NotRun { because: because.to_owned() });
    PageRun { outcomes, ..empty(planned) }
}

/// The page before anything is known of it.
fn empty(planned: &PlannedPage<'_>) -> PageRun {
    PageRun {
        page: planned.runbook.page.clone(),
        case: planned.case.name.clone(),
        engine: planned.engine,
        engine_version: None,
        key: planned.key.to_owned(),
        until: planned.until.map(|until| {
            let snippets = &planned.runbook.snippets;
            Part { line: snippets[until].line, of: snippets.len() }
        }),
        milliseconds: 0,
        outcomes: Vec::new(),
        drill: None,
    }
}

/// Every snippet that takes part, with `verdict`.
fn every(planned: &PlannedPage<'_>, verdict: &Verdict) -> Vec<Outcome> {
    let one = |index| outcome(planned.runbook, planned.engine, &planned.case.name, index, verdict.clone());
    (0..planned.runbook.snippets.len()).filter(|&index| planned.reaches(index)).map(one).collect()
}

/// Makes the passes the page takes, and its outcomes of them.
fn prove(passes: &Passes<'_>, page: &mut PageRun) -> Result<(), NoStage> {
    let Passes { planned, world } = *passes;
    let runbook = planned.runbook;
    let told = |outcome: &Outcome| (world.on_event)(RunEvent::SnippetEnded(runbook, outcome));
    let mut stage = passes.stage()?;
    page.engine_version = stage.engine_version.take();
    let mut outcomes = passes.on(&mut stage).all(|index| planned.reaches(index), told);
    passes.close(stage, world.surroundings.keep, outcomes.iter_mut().rev().flatten().next());
    if runbook.is_drill() && planned.until.is_none() {
        page.drill = drill::prove(passes, &mut outcomes)?;
    }
    for (index, outcome) in undos(passes, &outcomes)? {
        told(&outcome);
        outcomes[index] = Some(outcome);
    }
    page.outcomes = outcomes.into_iter().flatten().collect();
    unchecked(planned, &mut page.outcomes);
    Ok(())
}

/// Takes back that a step is asserted by the check after it where that check was skipped, as for want of a program.
fn unchecked(planned: &PlannedPage<'_>, outcomes: &mut [Outcome]) {
    let engine = planned.engine.unwrap_or(Engine::Sqlite);
    for index in 0..outcomes.len() {
        let after = outcomes[index + 1..].iter().find(|after| after.role != "undo");
        let is_skipped =
            after.is_some_and(|after| after.role == "check" && matches!(after.verdict, Verdict::Skipped { .. }));
        let step = planned.runbook.snippets.iter().find(|step| step.id == outcomes[index].snippet);
        if is_skipped
            && step.is_some_and(|step| step.role == Role::Step && !step.is_asserted(engine, &planned.case.name))
        {
            outcomes[index].asserted = false;
        }
    }
}

/// The outcomes of the undos, by position.
fn undos(passes: &Passes<'_>, outcomes: &[Option<Outcome>]) -> Result<BTreeMap<usize, Outcome>, NoStage> {
    let Passes { planned, world } = *passes;
    let undos: Vec<usize> =
        (0..outcomes.len()).filter(|&index| outcomes[index].is_none() && planned.reaches(index)).collect();
    if undos.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (snippets, case) = (&planned.runbook.snippets, &planned.case.name);
    let ended = |(index, outcome): (usize, &Option<Outcome>)| halts(&snippets[index], &outcome.as_ref()?.verdict);
    if let Some(because) = outcomes.iter().enumerate().find_map(ended) {
        let one = |index| {
            let skipped = skip::at(planned.runbook, index, planned.engine, case, world.surroundings);
            let verdict = skipped.unwrap_or_else(|| Verdict::NotRun { because: because.clone() });
            outcome(planned.runbook, planned.engine, case, index, verdict)
        };
        return Ok(undos.into_iter().map(|index| (index, one(index))).collect());
    }
    let mut stage = passes.stage()?;
    let mut proved = undo::prove(&mut passes.on(&mut stage), |index| planned.reaches(index));
    passes.close(stage, false, proved.values_mut().next_back());
    Ok(proved)
}
