//! The kinds of failure, each with a stable name and a sentence or two on what it means.

use crate::runbook::outcome::{Problem, Verdict};

/// A kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    /// Its stable name.
    pub(super) id: &'static str,
    /// What happened, in a sentence.
    pub(super) what: &'static str,
    /// What it means, and what to do in general.
    pub(super) help: &'static str,
}

const fn rule(id: &'static str, what: &'static str, help: &'static str) -> Rule {
    Rule { id, what, help }
}

/// A step of which nothing is demanded.
pub(super) const UNASSERTED: Rule = rule(
    "unasserted",
    "A step ran, but nothing is demanded of it.",
    "Such a step passes whatever it does. Add `effect=\"…\"`, an `output`, or a check right after it.",
);

/// Snippets that were skipped because a program is missing.
pub(super) const MISSING_PROGRAM: Rule = rule(
    "missing-program",
    "Snippets were skipped, because a program they need is not installed.",
    "They are not proved by this run. Install the program where the run takes place.",
);

/// A snippet, or a page, that was left out; told where it is denied.
pub(super) const SKIPPED: Rule = rule(
    "skipped",
    "A snippet was left out on purpose or for want of a program, and that is denied.",
    "Nothing is known of what did not run. Let it run, or do not deny it with `--deny skipped`.",
);

/// A page without a proof of what stands there; told where it is denied.
pub(super) const STALE: Rule = rule(
    "stale",
    "The recorded proof of a page is missing or of another version of it, and that is denied.",
    "What was proved is not what stands there. Run the page, or join the proofs of the runs that were made elsewhere.",
);

/// The kind of failure a verdict is; of several problems the first, as in the report. `None` if it is none.
pub(super) fn of_verdict(verdict: &Verdict) -> Option<Rule> {
    match verdict {
        Verdict::Failed { problems } => problems.first().map(of_problem),
        Verdict::TimedOut { .. } => Some(rule(
            "timed-out",
            "A snippet was still running at its limit and was ended.",
            "A snippet has no input, so a program that asks waits for ever. What needs longer says `timeout=2m`.",
        )),
        Verdict::Error { .. } => Some(rule(
            "could-not-run",
            "A snippet could not be run, because its surroundings are broken.",
            "The page may be right; nothing is known about it. Repair the machine the run takes place on.",
        )),
        Verdict::Passed | Verdict::Skipped { .. } | Verdict::NotRun { .. } => None,
    }
}

fn of_problem(problem: &Problem) -> Rule {
    match problem {
        Problem::Statement { .. } => rule(
            "statement-failed",
            "A SQL statement failed.",
            "A reader who follows the page gets this error. If the page is to show it, promise it with `error=…`.",
        ),
        Problem::Exit { .. } => rule(
            "exit-status",
            "A shell block or command stopped with another status than the page promises.",
            "A block stops at its first unhandled failure. A status that is right is promised with `exit=N`.",
        ),
        Problem::NoError { .. } => rule(
            "no-error",
            "The page promises an error, and every statement succeeded.",
            "Correct the statement, or remove `error=`.",
        ),
        Problem::OtherError { .. } => rule(
            "other-error",
            "The page promises an error, and another one came.",
            "Correct the statement, or the promise in `error=`.",
        ),
        Problem::Effect { .. } => rule(
            "effect-differs",
            "The snippet changed other rows than the page promises.",
            "Correct the snippet; change the promise only if what was measured is what it must do.",
        ),
        Problem::CheckChanged { .. } | Problem::CheckChangedInTransaction { .. } => rule(
            "check-changed",
            "A check changed something.",
            "A check only looks. What the reader is to change is a step, with `effect=\"…\"`.",
        ),
        Problem::FailureChanged { .. } => rule(
            "failure-changed",
            "A statement that fails as promised changed something all the same.",
            "Promise what it changes with `effect=\"…\"`, or undo it in the snippet.",
        ),
        Problem::Table { .. } | Problem::TableCount { .. } => rule(
            "result-differs",
            "A result is another one than the page shows.",
            "Correct the statement, or the `output` if what came is right.",
        ),
        Problem::Text { .. } | Problem::NotComparable { .. } => rule(
            "output-differs",
            "What was printed is something else than the page shows.",
            "Correct the block, or the `output` if what came is right.",
        ),
        Problem::NotWritten { .. } => rule(
            "not-written",
            "A file of the page could not be written.",
            "Something the page itself made is in the way. Give the file another path.",
        ),
        Problem::Before { .. } => rule(
            "page-before",
            "The page starts where another one ends, and that one does not come to its end.",
            "Correct the other page first.",
        ),
        Problem::TooManyProcesses { .. } => rule(
            "too-many-processes",
            "More processes were running at once than a page may have.",
            "A loop may start a program without waiting for it.",
        ),
        Problem::UndoDiffers { .. } | Problem::RepeatDiffers { .. } | Problem::StepOfUndo { .. } => rule(
            "undo-differs",
            "After a step and its undo, not everything is as before, or the step does not work again.",
            "Let the undo put back everything the step changes, and nothing else.",
        ),
        Problem::UndoInTransaction | Problem::EffectInTransaction | Problem::TransactionLeftOpen => rule(
            "open-transaction",
            "A transaction is open where its end is needed.",
            "While a transaction is open nothing can be measured; at the end of the page it would be lost. End it.",
        ),
        Problem::FailsWithoutFault { .. } | Problem::FailsWithoutRepair { .. } | Problem::FaultUnnoticed { .. } => {
            rule(
                "drill",
                "A drill proves nothing.",
                "Its final checks must pass without the fault, fail with the fault alone, and pass after the repair.",
            )
        }
    }
}
