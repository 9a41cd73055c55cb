//! What does not run, and why: decided before anything is started.

use super::MissingPrograms;
use crate::config::Engine;
use crate::runbook::outcome::{SkipReason, Verdict};
use crate::runbook::{Action, Role, Runbook, Snippet};

/// Why nothing of the page can be proved by this version, if so.
pub(super) fn page(runbook: &Runbook, engine: Option<Engine>) -> Option<SkipReason> {
    let not_yet = |what: String| Some(SkipReason::NotProvedYet(what));
    if let Some(after) = &runbook.after {
        return not_yet(format!("the page starts from the end of `{after}`"));
    }
    if let Some(engine) = engine.filter(|engine| *engine != Engine::Sqlite) {
        return not_yet(format!("this version runs SQLite, not {engine}"));
    }
    if runbook.snippets.iter().any(|snippet| snippet.role == Role::Fault) {
        return not_yet("drills are three runs".into());
    }
    None
}

/// How the snippet ends without being run, if so. `installed` says whether a program is there.
pub(super) fn snippet(
    snippet: &Snippet,
    engine: Option<Engine>,
    case: &str,
    missing: &MissingPrograms,
    installed: impl Fn(&str) -> bool,
) -> Option<Verdict> {
    let skipped = |reason| Some(Verdict::Skipped { reason });
    let condition = &snippet.condition;
    if let Some(reason) = &condition.skip {
        return skipped(SkipReason::Author(reason.clone()));
    }
    if !condition.holds(engine.unwrap_or(Engine::Sqlite), case) {
        return skipped(match &condition.case {
            Some(only) if only != case => SkipReason::Case(only.clone()),
            _ => {
                SkipReason::Engine(condition.engines.iter().map(|engine| engine.name()).collect::<Vec<_>>().join(", "))
            }
        });
    }
    match (&snippet.role, &snippet.action) {
        (Role::Undo { .. }, _) => return skipped(SkipReason::NotProvedYet("an undo is a run of its own".into())),
        (_, Action::Console) => return skipped(SkipReason::NotProvedYet("transcripts are not run".into())),
        _ => {}
    }
    let absent = condition.requires.iter().find(|program| !installed(program))?;
    match missing {
        MissingPrograms::ErrorUnless(allowed) if !allowed.contains(absent) => Some(Verdict::Error {
            message: format!(
                "the program `{absent}` is not installed; install it, or say `--allow-missing={absent}` to skip what needs it"
            ),
        }),
        _ => skipped(SkipReason::Missing(absent.clone())),
    }
}
