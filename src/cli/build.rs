//! `proofbook build`.

use std::path::Path;

use super::args::BuildArgs;
use super::exit::Exit;
use super::project::Project;
use super::run::{self, Refusal, Selection};
use super::{Here, output};
use crate::proof::Proofs;
use crate::publish::{self, Forbidden, PublishErrorKind};
use crate::render::{self, Input};
use crate::runbook::Runbook;
use crate::site::Drafts;
use crate::source::{CONTENT, THEMES};
use crate::{cache, diagnostic, report};

/// Where a site is published if nothing else is said, in the project's root.
pub(super) const OUTPUT: &str = "public";

pub(super) fn run(args: &BuildArgs, here: &Here) -> Exit {
    let project = match Project::load_or_say(&here.root, Drafts::LeftOut) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let mut diagnostics = project.all_diagnostics();
    let exit = output::diagnostics(&mut diagnostics);
    if diagnostic::has_errors(&diagnostics) {
        output::message(&format!("{}; nothing was published", report::diagnostic_totals(&diagnostics)));
        return exit;
    }
    let proofs = if args.verify { verified(&project, args) } else { recorded(&project, args.proof.as_deref(), here) };
    let proofs = match proofs {
        Ok(proofs) => proofs,
        Err(exit) => return exit,
    };
    publish(&project, &proofs, args, here)
}

/// The proofs of a run made now; an error if anything failed.
fn verified(project: &Project, args: &BuildArgs) -> Result<Proofs, Exit> {
    let everything = |_: &Runbook| true;
    let ran =
        run::run(project, &Selection { holds: &everything, engines: Vec::new() }, &args.run).map_err(|refusal| {
            let exit = match refusal {
                Refusal::Said(exit) => exit,
                Refusal::Diagnostic(diagnostic) => output::diagnostics(&mut [*diagnostic]),
            };
            output::message("nothing was published");
            exit
        })?;
    let proofs = run::record(project, &ran)?;
    run::show(project, &ran);
    match run::exit_of(&ran) {
        Exit::Fine => Ok(proofs),
        exit => {
            output::message("nothing was published");
            Err(exit)
        }
    }
}

fn recorded(project: &Project, file: Option<&Path>, here: &Here) -> Result<Proofs, Exit> {
    match file {
        None => run::proofs(&cache::proof_path(&project.tree.root)),
        Some(file) => {
            let path = here.typed(file);
            if !path.exists() {
                output::fail(
                    &format!("there is no proof at {}", path.display()),
                    Some("check the path given with `--proof`"),
                );
                return Err(Exit::Usage);
            }
            run::proofs(&path)
        }
    }
}

fn publish(project: &Project, proofs: &Proofs, args: &BuildArgs, here: &Here) -> Exit {
    let input = Input {
        site: &project.site,
        runbooks: &project.runbooks,
        proofs: &project.page_proofs(proofs),
        theme: &project.tree.theme,
    };
    let rendered = match render::render(&input) {
        Ok(rendered) => rendered,
        Err(error) => {
            output::fail(&error.to_string(), Some(error.hint.as_str()));
            return Exit::Documents;
        }
    };
    let root = &project.tree.root;
    let output_folder = args.output.as_deref().map_or_else(|| root.join(OUTPUT), |output| here.typed(output));
    let forbidden = Forbidden {
        root: root.clone(),
        sources: [CONTENT, THEMES, cache::FOLDER, ".git"].map(|name| root.join(name)).to_vec(),
    };
    match publish::publish(&rendered.files, &output_folder, &forbidden) {
        Ok(published) => {
            let shown = output_folder.strip_prefix(&here.folder).unwrap_or(&output_folder).display();
            let carried = match published.carried_over {
                0 => String::new(),
                count => format!(", {count} not ours kept"),
            };
            output::result(&format!(
                "{} published in {shown} ({} written, {} unchanged, {} removed{carried})\n",
                report::plural(project.site.pages.len(), "page"),
                report::plural(published.written, "file"),
                published.unchanged,
                published.removed
            ));
            Exit::Fine
        }
        Err(error) => {
            output::fail(&error.to_string(), error.hint().as_deref());
            match error.kind {
                PublishErrorKind::Busy(_) | PublishErrorKind::CannotExchange(_) | PublishErrorKind::Io(..) => {
                    Exit::Environment
                }
                PublishErrorKind::Clash => Exit::Documents,
                _ => Exit::Usage,
            }
        }
    }
}
