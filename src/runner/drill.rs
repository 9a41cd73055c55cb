//! A drill, proved in three passes: without the fault, with the fault alone, whole.
//!
//! Must stay true: the same final checks judge all three; a drill whose checks pass with the fault alone proves nothing
//! and fails. A check that was not reached has noticed nothing.

use super::is_stopped;
use super::pass::{add_problem, halts, is_change};
use super::passes::Passes;
use super::stage::NoStage;
use crate::runbook::drill::{DrillRun, final_checks};
use crate::runbook::outcome::{Drill, FinalCheck, Outcome, Problem, Verdict};
use crate::runbook::{Role, Runbook};

/// How many passes a drill takes beyond that of its page.
pub(super) const FURTHER_PASSES: usize = 2;

/// Runs the two passes that the page itself is not, holds their checks against what they must show, and adds what is
/// wrong to the outcomes of the whole pass. `None` where the page is no drill: without a fault or a final check that
/// takes part.
pub(super) fn prove(passes: &Passes<'_>, whole: &mut [Option<Outcome>]) -> Result<Option<Drill>, NoStage> {
    let runbook = passes.planned.runbook;
    let takes_part = |index: usize| whole[index].as_ref().is_some_and(|outcome| !is_skipped(outcome));
    let finals = final_checks(&runbook.snippets);
    let fault = (0..whole.len()).find(|&index| runbook.snippets[index].role == Role::Fault && takes_part(index));
    let Some(fault) = fault.filter(|_| finals.iter().any(|&index| takes_part(index))) else { return Ok(None) };
    let pass = |run: DrillRun| passes.one(|index| run.holds(&runbook.snippets, index)).map(unended);
    let (without, alone) = (pass(DrillRun::WithoutFault)?, pass(DrillRun::FaultAlone)?);
    if is_stopped(passes.world.stop) {
        // What was not seen to the end says nothing about the drill, whatever the checks said in the whole pass.
        for index in finals {
            if let Some(outcome) = whole[index].as_mut().filter(|outcome| outcome.verdict == Verdict::Passed) {
                outcome.verdict = Verdict::NotRun { because: "the run was interrupted".into() };
            }
        }
        return Ok(None);
    }
    let checks = |outcomes: &[Option<Outcome>]| reached(runbook, outcomes);
    let drill = Drill { without_fault: checks(&without), fault_alone: checks(&alone), repaired: checks(whole) };
    for (index, outcome) in without.iter().enumerate() {
        let is_final = finals.contains(&index);
        let (Some(outcome), Some(whole)) = (outcome, whole[index].as_mut()) else { continue };
        match &outcome.verdict {
            Verdict::Failed { problems } if is_final || !whole.verdict.is_bad() => {
                add_problem(whole, Problem::FailsWithoutFault { problems: problems.clone() });
            }
            verdict => broken(whole, verdict),
        }
    }
    for (index, outcome) in alone.iter().enumerate() {
        let (Some(outcome), Some(whole)) = (outcome, whole[index].as_mut()) else { continue };
        match &outcome.verdict {
            // It keeps the checks below it from being reached, so they have not noticed the fault.
            Verdict::Failed { problems }
                if !whole.verdict.is_bad() && halts(&runbook.snippets[index], &outcome.verdict).is_some() =>
            {
                let is_check = runbook.snippets[index].role == Role::Check;
                // That a check fails here is right; that it changes something is not.
                let problems = problems.iter().filter(|problem| !is_check || is_change(problem)).cloned().collect();
                add_problem(whole, Problem::FailsWithoutRepair { problems });
            }
            // A check that waits in vain has noticed something.
            Verdict::TimedOut { .. } if finals.contains(&index) => {}
            verdict => broken(whole, verdict),
        }
    }
    let noticed = drill.fault_alone.iter().any(|check| !check.passed);
    let all_reached = drill.fault_alone.len() == drill.without_fault.len();
    if !noticed
        && all_reached
        && !drill.fault_alone.is_empty()
        && let Some(outcome) = whole[fault].as_mut()
    {
        let checks = drill.fault_alone.iter().map(|check| check.snippet.clone()).collect();
        add_problem(outcome, Problem::FaultUnnoticed { checks });
    }
    Ok(Some(drill))
}

/// The outcomes of a pass that leaves out the page's end: a transaction that the repair ends stays open in it, rightly.
fn unended(mut outcomes: Vec<Option<Outcome>>) -> Vec<Option<Outcome>> {
    for outcome in outcomes.iter_mut().flatten() {
        let Verdict::Failed { problems } = &mut outcome.verdict else { continue };
        problems.retain(|problem| !matches!(problem, Problem::TransactionLeftOpen));
        if problems.is_empty() {
            outcome.verdict = Verdict::Passed;
        }
    }
    outcomes
}

/// Takes over that a snippet could not be run, or not to its end, in another pass than the whole one.
fn broken(whole: &mut Outcome, verdict: &Verdict) {
    if matches!(verdict, Verdict::Error { .. } | Verdict::TimedOut { .. }) && !whole.verdict.is_bad() {
        whole.verdict = verdict.clone();
    }
}

/// What the final checks that were reached came to.
fn reached(runbook: &Runbook, outcomes: &[Option<Outcome>]) -> Vec<FinalCheck> {
    let check = |index: usize| {
        let outcome = outcomes[index].as_ref()?;
        let was_reached =
            !is_skipped(outcome) && !matches!(outcome.verdict, Verdict::NotRun { .. } | Verdict::Error { .. });
        was_reached.then(|| FinalCheck { snippet: outcome.snippet.clone(), passed: outcome.verdict == Verdict::Passed })
    };
    final_checks(&runbook.snippets).into_iter().filter_map(check).collect()
}

fn is_skipped(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, Verdict::Skipped { .. })
}
