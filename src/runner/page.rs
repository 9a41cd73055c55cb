//! One page in one case on one engine: the passes it takes, and the one result they make.
//!
//! An ordinary page takes one pass, and a second one if it has undos to prove; a drill takes three.

use std::collections::BTreeMap;
use std::time::Instant;

use super::pass::{halts, outcome};
use super::passes::Passes;
use super::stage::NoStage;
use super::{PlannedPage, RunError, RunEvent, World, drill, is_stopped, milliseconds, skip, undo};
use crate::runbook::outcome::{Outcome, PageRun, SkipReason, Verdict};

/// Runs one page.
pub(super) fn run(planned: &PlannedPage<'_>, world: World<'_>) -> Result<PageRun, RunError> {
    let started = Instant::now();
    let mut page = PageRun {
        page: planned.runbook.page.clone(),
        case: planned.case.name.clone(),
        engine: planned.engine,
        engine_version: None,
        key: planned.key.to_owned(),
        milliseconds: 0,
        outcomes: Vec::new(),
        drill: None,
    };
    let every = |verdict: &Verdict| -> Vec<Outcome> {
        let one = |index| outcome(planned.runbook, planned.engine, &planned.case.name, index, verdict.clone());
        (0..planned.runbook.snippets.len()).map(one).collect()
    };
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

/// Makes the passes the page takes, and its outcomes of them.
fn prove(passes: &Passes<'_>, page: &mut PageRun) -> Result<(), NoStage> {
    let Passes { planned, world } = *passes;
    let runbook = planned.runbook;
    let told = |outcome: &Outcome| (world.on_event)(RunEvent::SnippetEnded(runbook, outcome));
    let mut stage = passes.stage()?;
    page.engine_version = stage.engine_version.take();
    let mut outcomes = passes.on(&mut stage).all(|_| true, told);
    passes.close(stage, world.surroundings.keep, outcomes.iter_mut().rev().flatten().next());
    if runbook.is_drill() {
        page.drill = drill::prove(passes, &mut outcomes)?;
    }
    for (index, outcome) in undos(passes, &outcomes)? {
        told(&outcome);
        outcomes[index] = Some(outcome);
    }
    page.outcomes = outcomes.into_iter().flatten().collect();
    Ok(())
}

/// The outcomes of the undos, by position.
fn undos(passes: &Passes<'_>, outcomes: &[Option<Outcome>]) -> Result<BTreeMap<usize, Outcome>, NoStage> {
    let Passes { planned, world } = *passes;
    let undos: Vec<usize> = (0..outcomes.len()).filter(|&index| outcomes[index].is_none()).collect();
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
    let mut proved = undo::prove(&mut passes.on(&mut stage));
    passes.close(stage, false, proved.values_mut().next_back());
    Ok(proved)
}
