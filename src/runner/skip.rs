//! What does not run, and why: decided before anything is started.

use super::{MissingPrograms, Surroundings};
use crate::config::Engine;
use crate::runbook::outcome::{SkipReason, Verdict};
use crate::runbook::{Role, Runbook, Snippet};
use crate::sandbox::find_program;

/// How the snippet at `index` ends without being run, if so. An undo takes part only where its step does: without it
/// there is nothing to take back.
pub(super) fn at(
    runbook: &Runbook,
    index: usize,
    engine: Option<Engine>,
    case: &str,
    surroundings: &Surroundings,
) -> Option<Verdict> {
    let this = &runbook.snippets[index];
    snippet(this, engine, case, surroundings).or_else(|| match &this.role {
        Role::Undo { of, .. } => {
            let step = runbook.snippets.iter().find(|step| step.id == *of)?;
            // That a program is missing is an error of the step; the undo then is not run.
            snippet(step, engine, case, surroundings).filter(|verdict| matches!(verdict, Verdict::Skipped { .. }))
        }
        _ => None,
    })
}

fn snippet(snippet: &Snippet, engine: Option<Engine>, case: &str, surroundings: &Surroundings) -> Option<Verdict> {
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
