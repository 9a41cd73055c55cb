//! `proofbook test`.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::args::{Deny, Format, TestArgs};
use super::exit::Exit;
use super::project::Project;
use super::run::{self, Refusal, Selection};
use super::{Here, output};
use crate::config::Engine;
use crate::diagnostic::{Diagnostic, nearest};
use crate::report;
use crate::runbook::Runbook;
use crate::runbook::outcome::Run;
use crate::site::Drafts;
use crate::source::CONTENT;

pub(super) fn run(args: &TestArgs, here: &Here) -> Exit {
    let project = match Project::load_or_say(&here.root, Drafts::LeftOut) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let selected = match selected(&project, &args.paths, here) {
        Ok(selected) => selected,
        Err(exit) => return exit,
    };
    let holds = |book: &Runbook| selected.is_empty() || selected.iter().any(|path| is_below(book.page.as_str(), path));
    // What is wrong with pages that are not run now is none of this run's business; those that one starts after are run.
    let started_after: BTreeSet<&str> = project
        .runbooks
        .iter()
        .filter(|book| holds(book))
        .flat_map(|book| project.before(book))
        .map(|before| before.file.path())
        .collect();
    let of_interest = |diagnostic: &&Diagnostic| {
        let file = diagnostic.place.file.path();
        let book = project.runbooks.iter().find(|book| book.file.path() == file);
        book.is_none_or(holds) || started_after.contains(file)
    };
    let mut diagnostics: Vec<Diagnostic> = project.diagnostics.iter().filter(of_interest).cloned().collect();
    if crate::diagnostic::has_errors(&diagnostics) {
        return refuse(args, &mut diagnostics);
    }
    let engines: Vec<Engine> = args.engine.iter().copied().map(Engine::from).collect();
    let ran = match run::run(&project, &Selection { holds: &holds, engines }, &args.run) {
        Ok(ran) => ran,
        Err(Refusal::Said(exit)) => return exit,
        Err(Refusal::Diagnostic(diagnostic)) => {
            diagnostics.push(*diagnostic);
            return refuse(args, &mut diagnostics);
        }
    };
    if let Err(exit) = run::record(&project, &ran) {
        return exit;
    }
    let mut exit = run::exit_of(&ran);
    match args.format {
        Format::Text => {
            output::diagnostics(&mut diagnostics);
            run::show(&project, &ran);
        }
        Format::Json => {
            output::result(&report::test_json(&diagnostics, &ran.run, &ran.not_run, Some(ran.sandbox)));
            // Nobody could find it otherwise.
            ran.kept.iter().for_each(|kept| output::message(kept));
        }
    }
    let unasserted = report::Counts::of_run(&ran.run).unasserted;
    if args.deny.contains(&Deny::Unasserted) && unasserted > 0 {
        output::fail("a step passed of which nothing is demanded, and `--deny unasserted` is set", None);
        exit = exit.and(Exit::Documents);
    }
    exit
}

fn refuse(args: &TestArgs, diagnostics: &mut [Diagnostic]) -> Exit {
    match args.format {
        Format::Text => {
            let exit = output::diagnostics(diagnostics);
            output::message(&format!("{}; nothing was run", report::diagnostic_totals(diagnostics)));
            exit
        }
        Format::Json => {
            diagnostics.sort_by(Diagnostic::order);
            output::result(&report::test_json(diagnostics, &Run::default(), &[], None));
            output::exit_of(diagnostics)
        }
    }
}

/// The typed paths, as paths below `content/`.
fn selected(project: &Project, paths: &[PathBuf], here: &Here) -> Result<Vec<String>, Exit> {
    let content = here.root.join(CONTENT);
    let pages: Vec<&str> = project.runbooks.iter().map(|book| book.page.as_str()).collect();
    let mut selected = Vec::new();
    for path in paths {
        let candidates = [here.typed(path), here.root.join(path), content.join(path)];
        let below: Vec<String> = candidates.iter().filter_map(|candidate| below(&content, candidate)).collect();
        let found = below.iter().find(|below| pages.iter().any(|page| is_below(page, below)));
        match found {
            Some(found) => selected.push(found.clone()),
            None => {
                let typed = path.to_string_lossy();
                let is_draft = |below: &String| project.site.drafts.iter().any(|draft| draft.as_str() == below);
                if below.iter().any(is_draft) {
                    let hint = "`proofbook serve` shows it; to run it, remove `draft = true` from its front matter";
                    output::fail(&format!("`{typed}` is a draft, and drafts are not run"), Some(hint));
                    return Err(Exit::Usage);
                }
                let wanted = typed.strip_prefix("content/").unwrap_or(&typed);
                let hint = match nearest(wanted, pages.iter().copied()) {
                    Some(near) => format!("did you mean `{CONTENT}/{near}`?"),
                    None => "see `proofbook list` for the pages there are".into(),
                };
                output::fail(&format!("no page is, or lies below, `{typed}`"), Some(&hint));
                return Err(Exit::Usage);
            }
        }
    }
    Ok(selected)
}

/// `path` as a path below `content`, without looking at the disk; `""` is `content` itself.
fn below(content: &Path, path: &Path) -> Option<String> {
    let normal = |path: &Path| {
        let mut parts = PathBuf::new();
        for part in path.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        parts
    };
    normal(path).strip_prefix(normal(content)).ok().map(|rest| rest.to_string_lossy().replace('\\', "/"))
}

fn is_below(page: &str, folder: &str) -> bool {
    folder.is_empty() || page == folder || page.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
