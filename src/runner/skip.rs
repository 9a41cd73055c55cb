//! What does not run, and why: decided before anything is started.

use super::{MissingPrograms, Surroundings};
use crate::config::Engine;
use crate::runbook::coverage::only;
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
    let prepared =
        runbook.database.clone().zip(engine).and_then(|ground| surroundings.databases.get(&ground)?.as_ref().ok());
    // What the engine brings lies first on the page's PATH, wherever it is installed.
    let has = |program: &str| {
        prepared.is_some_and(|prepared| prepared.program(program).is_some())
            || find_program(&surroundings.path, program).is_some()
    };
    let snippet = |this| snippet(this, engine, case, &has, &surroundings.missing);
    snippet(this).or_else(|| match &this.role {
        Role::Undo { of, .. } => {
            let step = runbook.snippets.iter().find(|step| step.id == *of)?;
            // That a program is missing is an error of the step; the undo then is not run.
            snippet(step).filter(|verdict| matches!(verdict, Verdict::Skipped { .. }))
        }
        _ => None,
    })
}

fn snippet(
    snippet: &Snippet,
    engine: Option<Engine>,
    case: &str,
    has: &dyn Fn(&str) -> bool,
    missing: &MissingPrograms,
) -> Option<Verdict> {
    let skipped = |reason| Some(Verdict::Skipped { reason });
    let condition = &snippet.condition;
    if let Some(reason) = &condition.skip {
        return skipped(SkipReason::Author(reason.clone()));
    }
    if !condition.holds(engine.unwrap_or(Engine::Sqlite), case) {
        return skipped(only(snippet, case));
    }
    let absent = condition.requires.iter().find(|program| !has(program))?;
    match missing {
        MissingPrograms::ErrorUnless(allowed) if !allowed.contains(absent) => Some(Verdict::Error {
            message: format!(
                "the program `{absent}` is not installed; install it, or say `--allow-missing={absent}` to skip what needs it"
            ),
        }),
        _ => skipped(SkipReason::Missing(absent.clone())),
    }
}
