//! A drill, proved in three passes: without the fault, with the fault alone, whole.
//!
//! Must stay true: the same final checks judge all three; a drill whose checks pass with the fault alone proves nothing
//! and fails.

use super::pass::add_problem;
use super::passes::Passes;
use super::stage::NoStage;
use crate::runbook::drill::{DrillRun, final_checks};
use crate::runbook::outcome::{Drill, FinalCheck, Outcome, Problem, Verdict};
use crate::runbook::{Role, Runbook};

/// Runs the two passes that the page itself is not, holds their checks against what they must show, and adds what is
/// wrong to the outcomes of the whole pass.
pub(super) fn prove(passes: &Passes<'_>, whole: &mut [Option<Outcome>]) -> Result<Option<Drill>, NoStage> {
    let runbook = passes.planned.runbook;
    let (without, without_halt) = passed_over(passes, DrillRun::WithoutFault)?;
    let (alone, _) = passed_over(passes, DrillRun::FaultAlone)?;
    let checks = |outcomes: &[Option<Outcome>]| -> Vec<FinalCheck> { finals(runbook, outcomes) };
    let drill = Drill { without_fault: checks(&without), fault_alone: checks(&alone), repaired: checks(whole) };
    if drill.without_fault.is_empty() {
        // All are skipped here, and say why.
        return Ok(None);
    }
    for (index, outcome) in without.iter().enumerate() {
        let is_final = final_checks(&runbook.snippets).contains(&index);
        let (Some(outcome), Some(whole)) = (outcome, whole[index].as_mut()) else { continue };
        match &outcome.verdict {
            Verdict::Failed { problems } if is_final => {
                add_problem(whole, Problem::FailsWithoutFault { problems: problems.clone() });
            }
            Verdict::Failed { problems } if !whole.verdict.is_bad() => {
                add_problem(whole, Problem::FailsWithoutFault { problems: problems.clone() });
            }
            Verdict::Error { .. } | Verdict::TimedOut { .. } if !whole.verdict.is_bad() => {
                whole.verdict = outcome.verdict.clone();
            }
            _ => {}
        }
    }
    let noticed = drill.fault_alone.iter().any(|check| !check.passed);
    if without_halt.is_none() && !noticed {
        let fault = runbook.snippets.iter().position(|snippet| snippet.role == Role::Fault);
        if let Some(outcome) = fault.and_then(|index| whole[index].as_mut()) {
            let checks = drill.fault_alone.iter().map(|check| check.snippet.clone()).collect();
            add_problem(outcome, Problem::FaultUnnoticed { checks });
        }
    }
    Ok(Some(drill))
}

/// The outcomes of one pass, and why it did not come to its end, if so.
fn passed_over(passes: &Passes<'_>, run: DrillRun) -> Result<(Vec<Option<Outcome>>, Option<String>), NoStage> {
    let snippets = &passes.planned.runbook.snippets;
    let outcomes = passes.one(|index| run.holds(snippets, index))?;
    let halted = outcomes.iter().flatten().find_map(|outcome| match &outcome.verdict {
        Verdict::NotRun { because } => Some(because.clone()),
        _ => None,
    });
    Ok((outcomes, halted))
}

fn finals(runbook: &Runbook, outcomes: &[Option<Outcome>]) -> Vec<FinalCheck> {
    let check = |index: usize| {
        let outcome = outcomes[index].as_ref()?;
        let counts = !matches!(outcome.verdict, Verdict::Skipped { .. });
        counts.then(|| FinalCheck { snippet: outcome.snippet.clone(), passed: outcome.verdict == Verdict::Passed })
    };
    final_checks(&runbook.snippets).into_iter().filter_map(check).collect()
}
