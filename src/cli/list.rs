//! `proofbook list`.

use super::args::ListArgs;
use super::exit::Exit;
use super::project::Project;
use super::{Here, output};
use crate::report;
use crate::runbook::Runbook;
use crate::site::Drafts;

pub(super) fn run(_: &ListArgs, here: &Here) -> Exit {
    let project = match Project::load_or_say(&here.root, Drafts::LeftOut) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let mut diagnostics = project.diagnostics.clone();
    let exit = output::diagnostics(&mut diagnostics);
    for (page, book) in project.site.pages.iter().zip(&project.runbooks) {
        let kind = page.document.front_matter.kind.name();
        output::result(&format!("{}  {kind}{}\n", book.file.path(), runs(book)));
        for snippet in &book.snippets {
            let skip = snippet.condition.skip.as_ref().map(|reason| format!("  skipped: {reason}")).unwrap_or_default();
            let effect =
                snippet.promise.effect.as_ref().map(|effect| format!("  effect: {}", effect.value)).unwrap_or_default();
            output::result(&format!(
                "  {:>5}  {:<6} {:<7} {}{effect}{skip}\n",
                snippet.line,
                snippet.role.name(),
                snippet.action.name(),
                snippet.id
            ));
        }
    }
    exit
}

fn runs(book: &Runbook) -> String {
    match (&book.not_run, book.snippets.len()) {
        (Some(not_run), _) if not_run.fences > 0 => {
            format!(", {}, not run: {}", report::plural(not_run.fences, "snippet"), not_run.reason)
        }
        (_, 0) => ", no snippets".into(),
        (_, count) => {
            let engines: Vec<&str> = book.engines.iter().map(|engine| engine.name()).collect();
            let on = match &book.database {
                Some(database) => format!(" on {database} ({})", engines.join(", ")),
                None => String::new(),
            };
            let cases = match book.cases.len() {
                1 => String::new(),
                cases => format!(", {}", report::plural(cases, "case")),
            };
            let after = book.after.as_ref().map(|after| format!(", after {}", after.value)).unwrap_or_default();
            format!(", {}{on}{cases}{after}", report::plural(count, "snippet"))
        }
    }
}
