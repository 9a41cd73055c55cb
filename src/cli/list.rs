//! `proofbook list`.

use super::args::{Format, ListArgs};
use super::exit::Exit;
use super::project::Project;
use super::{Here, coverage, output, recorded};
use crate::diagnostic::Diagnostic;
use crate::runbook::Runbook;
use crate::site::Drafts;
use crate::{cache, report};

pub(super) fn run(args: &ListArgs, here: &Here) -> Exit {
    let project = match Project::load_or_say(&here.root, Drafts::LeftOut) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let deny = args.deny.denials();
    let mut diagnostics = project.diagnostics.clone();
    let mut exit = match args.format {
        Format::Text => output::diagnostics(&mut diagnostics),
        Format::Json => {
            diagnostics.sort_by(Diagnostic::order);
            output::exit_of(&diagnostics)
        }
    };
    if args.format == Format::Text && !args.coverage && deny.is_empty() {
        plain(&project);
        return exit;
    }
    let proofs = match recorded::proofs(&cache::proof_path(&project.tree.root)) {
        Ok(proofs) => project.page_proofs(&proofs),
        Err(unreadable) => return exit.and(unreadable),
    };
    let pages = coverage::of(&project, &proofs);
    let denied = report::coverage_denied(&pages, &deny);
    if !denied.is_empty() {
        exit = exit.and(Exit::Documents);
    }
    match args.format {
        Format::Text => {
            for page in pages.iter().filter(|page| !page.fences.is_empty()) {
                let kind = page.document.front_matter.kind.name();
                output::result(&report::coverage_page(page, &format!("{kind}{}", runs(page.runbook))));
            }
            output::result(&report::coverage_summary(&pages));
        }
        Format::Json => output::result(&report::coverage_json(&pages, &denied, &diagnostics, exit.status())),
    }
    denied.iter().for_each(|denied| output::notice(&denied.told()));
    exit
}

/// Pages and snippets, and which of them run.
fn plain(project: &Project) {
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
