//! What does not run, and why: decided before anything is started.

use super::{MissingPrograms, Surroundings};
use crate::config::Engine;
use crate::runbook::Snippet;
use crate::runbook::outcome::{SkipReason, Verdict};
use crate::sandbox::find_program;

/// Why nothing of the page can be proved by this version, if so.
pub(super) fn page(engine: Option<Engine>) -> Option<SkipReason> {
    let other = engine.filter(|engine| *engine != Engine::Sqlite)?;
    Some(SkipReason::NotProvedYet(format!("this version runs SQLite, not {other}")))
}

/// How the snippet ends without being run, if so.
pub(super) fn snippet(
    snippet: &Snippet,
    engine: Option<Engine>,
    case: &str,
    surroundings: &Surroundings,
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
    let absent = condition.requires.iter().find(|program| find_program(&surroundings.path, program).is_none())?;
    match &surroundings.missing {
        MissingPrograms::ErrorUnless(allowed) if !allowed.contains(absent) => Some(Verdict::Error {
            message: format!(
                "the program `{absent}` is not installed; install it, or say `--allow-missing={absent}` to skip what needs it"
            ),
        }),
        _ => skipped(SkipReason::Missing(absent.clone())),
    }
}
