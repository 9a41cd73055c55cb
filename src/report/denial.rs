//! What `--deny` makes an error although nothing failed: the kinds, their words, and what is meant by each.
//!
//! Must stay true: what is denied of a run is told from its outcomes, by the same rule in every format.

use crate::path::RelativePath;
use crate::runbook::Snippet;
use crate::runbook::outcome::{PageRun, Run, SkipReason, Verdict};

/// A kind of gap in what is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// A step passed of which nothing is demanded.
    Unasserted,
    /// A snippet was left out: by its author, for want of a program, or because no run was one it is for.
    Skipped,
    /// A page is not proved as it stands.
    Stale,
}

/// A page that is not proved as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StalePage {
    /// The page, below `content/`.
    pub page: RelativePath,
    /// Which of its runs are missing or of another version, in one line.
    pub why: String,
}

/// What is wrong with an unasserted step.
pub(super) const UNASSERTED: &str = "it ran, but nothing is demanded of it";
/// What to do about it.
pub(super) const ASSERT: &str = "add `effect=…`, an `output` or a check after it";
/// What to do about a page that is not proved as it stands.
pub(super) const RUN_IT: &str = "run it with `proofbook test`, or join the proofs of the runs that were made elsewhere with `proofbook proof merge`";
/// What to do about a page that says it does not run.
pub(super) const LET_IT_RUN: &str = "let the page run, or remove `skipped` from `--deny`";

/// What to do about a snippet that was skipped.
pub(super) fn remedy(reason: &SkipReason) -> String {
    match reason {
        SkipReason::Author(_) => "let it run, or remove `skipped` from `--deny`".into(),
        SkipReason::Missing(program) => format!("install `{program}` where this runs"),
        SkipReason::Engine(engines) => format!("run the page on one of its engines, too: {engines}"),
        SkipReason::Case(case) => format!("run the case `{case}`, too"),
    }
}

/// Whether a snippet of `page` was left out, and is to be told here. One for other engines or cases is left out only if
/// it ran on none; that is told once.
pub(super) fn is_left_out(run: &Run, page: &PageRun, snippet: &Snippet, reason: &SkipReason) -> bool {
    if matches!(reason, SkipReason::Author(_) | SkipReason::Missing(_)) {
        return true;
    }
    let verdicts = || {
        let of_it = run.pages.iter().filter(|other| other.page == page.page);
        of_it.filter_map(|other| {
            let outcome = other.outcomes.iter().find(|outcome| outcome.snippet == snippet.id)?;
            Some((other, &outcome.verdict))
        })
    };
    let for_others =
        |verdict: &Verdict| matches!(verdict, Verdict::Skipped { reason: SkipReason::Engine(_) | SkipReason::Case(_) });
    verdicts().all(|(_, verdict)| for_others(verdict))
        && verdicts().next().is_some_and(|(first, _)| (&first.case, first.engine) == (&page.case, page.engine))
}
