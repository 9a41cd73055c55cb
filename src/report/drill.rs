//! A drill in three lines, one a run.

use super::paint::{BAD, GOOD, paint};
use crate::runbook::outcome::{Drill, FinalCheck};

/// What each run of a drill came to, and whether it is what it must be.
pub(super) fn lines(drill: &Drill) -> [String; 3] {
    let all = |checks: &[FinalCheck]| checks.iter().all(|check| check.passed);
    let line = |name: &str, good: bool, checks: &[FinalCheck]| {
        let style = if good { GOOD } else { BAD };
        format!("{name:<29}  {}", paint(style, &told(checks)))
    };
    [
        line("without the fault", all(&drill.without_fault), &drill.without_fault),
        line("with the fault, no repair", !all(&drill.fault_alone), &drill.fault_alone),
        line("with the fault and the repair", all(&drill.repaired), &drill.repaired),
    ]
}

/// `both final checks pass`, `1 of 3 final checks fails: `offered``.
fn told(checks: &[FinalCheck]) -> String {
    let failed: Vec<String> =
        checks.iter().filter(|check| !check.passed).map(|check| format!("`{}`", check.snippet)).collect();
    let of = checks.len();
    match (failed.len(), of) {
        (0, 1) => "the final check passes".into(),
        (0, 2) => "both final checks pass".into(),
        (0, _) => format!("all {of} final checks pass"),
        (1, 1) => format!("the final check fails: {}", failed[0]),
        (1, _) => format!("1 of {of} final checks fails: {}", failed[0]),
        (2, 2) => format!("both final checks fail: {}", failed.join(", ")),
        (n, _) => format!("{n} of {of} final checks fail: {}", failed.join(", ")),
    }
}
