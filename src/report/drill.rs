//! A drill in three lines, one a run.

use super::paint::{BAD, GOOD, paint};
use crate::runbook::outcome::{Drill, FinalCheck};

/// What each run of a drill came to, and whether it is what it must be.
pub(super) fn lines(drill: &Drill) -> [String; 3] {
    let runs = [&drill.without_fault, &drill.fault_alone, &drill.repaired];
    let of = runs.iter().map(|checks| checks.len()).max().unwrap_or(0);
    let passes = |checks: &[FinalCheck]| checks.len() == of && checks.iter().all(|check| check.passed);
    let line = |name: &str, good: bool, checks: &[FinalCheck]| {
        let style = if good { GOOD } else { BAD };
        format!("{name:<29}  {}", paint(style, &told(checks, of)))
    };
    let noticed = drill.fault_alone.iter().any(|check| !check.passed);
    [
        line("without the fault", passes(&drill.without_fault), &drill.without_fault),
        line("with the fault, no repair", noticed, &drill.fault_alone),
        line("with the fault and the repair", passes(&drill.repaired), &drill.repaired),
    ]
}

/// `both final checks pass`, `1 of 3 final checks fails: `offered``, of as many as the drill has.
fn told(checks: &[FinalCheck], of: usize) -> String {
    let failed: Vec<String> =
        checks.iter().filter(|check| !check.passed).map(|check| format!("`{}`", check.snippet)).collect();
    let told = match (failed.len(), of) {
        _ if checks.is_empty() => return "no final check is reached".into(),
        (0, _) if checks.len() < of => format!("{} of {of} final checks passed", checks.len()),
        (0, 1) => "the final check passes".into(),
        (0, 2) => "both final checks pass".into(),
        (0, _) => format!("all {of} final checks pass"),
        (1, 1) => format!("the final check fails: {}", failed[0]),
        (1, _) => format!("1 of {of} final checks fails: {}", failed[0]),
        (2, 2) => format!("both final checks fail: {}", failed.join(", ")),
        (n, _) => format!("{n} of {of} final checks fail: {}", failed.join(", ")),
    };
    match of - checks.len() {
        0 => told,
        left => format!("{told}; {left} not reached"),
    }
}
