//! `proofbook build`.

use std::path::Path;

use super::args::BuildArgs;
use super::changes;
use super::coverage;
use super::exit::Exit;
use super::project::Project;
use super::report::Reports;
use super::run::{self, Refusal};
use super::selection::Selection;
use super::{Here, output, recorded};
use crate::diagnostic::{self, Diagnostic};
use crate::proof::Proofs;
use crate::publish::{self, Forbidden, PublishErrorKind};
use crate::render::{self, Input};
use crate::report::Denial;
use crate::site::Drafts;
use crate::source::{CONTENT, THEMES};
use crate::{cache, report};

/// Its name in reports.
const COMMAND: &str = "build";
/// Where a site is published if nothing else is said, in the project's root.
pub(super) const OUTPUT: &str = "public";

pub(super) fn run(args: &BuildArgs, here: &Here) -> Exit {
    if !args.verify && !args.run.report.is_empty() {
        let message = "`--report` tells of a run, and a build without `--verify` runs nothing";
        output::fail(message, Some("write `proofbook build --verify --report …`"));
        return Exit::Usage;
    }
    let project = match Project::load_or_say(&here.root, Drafts::LeftOut) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let reports = match Reports::ready(&args.run.report, false, here) {
        Ok(reports) => reports,
        Err(exit) => return exit,
    };
    let mut diagnostics = project.all_diagnostics();
    diagnostics.extend(project.published(false));
    let exit = output::diagnostics(&mut diagnostics);
    if diagnostic::has_errors(&diagnostics) {
        output::message(&format!("{}; nothing was published", report::diagnostic_totals(&diagnostics)));
        return exit.and(reports.write(&run::refused(COMMAND, &project, &diagnostics, Vec::new(), exit)));
    }
    let proofs = if args.verify {
        verified(&project, args, diagnostics, &reports)
    } else {
        recorded(&project, args.proof.as_deref(), here)
            .and_then(|proofs| undenied(&project, &args.deny.denials(), proofs))
    };
    let proofs = match proofs {
        Ok(proofs) => proofs,
        Err(exit) => return exit,
    };
    publish(&project, &proofs, args, here)
}

/// The proofs of a run made now; an error if anything failed. `diagnostics` have been shown.
fn verified(
    project: &Project,
    args: &BuildArgs,
    mut diagnostics: Vec<Diagnostic>,
    reports: &Reports,
) -> Result<Proofs, Exit> {
    let ran = match run::run(project, &Selection::everything(project), &args.run) {
        Ok(ran) => ran,
        Err(refusal) => {
            let (exit, notices) = match refusal {
                Refusal::Broken(notice) => {
                    output::notice(&notice);
                    (Exit::Environment, vec![notice])
                }
                Refusal::Diagnostics(mut refused) => {
                    let exit = output::diagnostics(&mut refused);
                    diagnostics.extend(refused);
                    diagnostics.sort_by(Diagnostic::order);
                    (exit, Vec::new())
                }
            };
            output::message("nothing was published");
            return Err(exit.and(reports.write(&run::refused(COMMAND, project, &diagnostics, notices, exit))));
        }
    };
    let recorded = run::record(project, &ran);
    let mut exit = run::exit_of(&ran);
    if let Err(lost) = &recorded {
        exit = exit.and(*lost);
    }
    reports.shielded(|| run::show(project, &ran));
    let deny = args.deny.denials();
    let mut account = ran.account(COMMAND, project, &diagnostics, exit);
    let denied = coverage::deny(&mut account, &deny, project, recorded.as_ref().ok(), exit);
    denied.told.iter().for_each(output::notice);
    exit = denied.exit;
    // What is published now is told by the reports, too: one that is lost stops it.
    exit = exit.and(reports.write(&account));
    match (recorded, exit) {
        (Ok(proofs), Exit::Fine) => Ok(proofs),
        _ => {
            output::message("nothing was published");
            Err(exit)
        }
    }
}

fn recorded(project: &Project, file: Option<&Path>, here: &Here) -> Result<Proofs, Exit> {
    match file {
        None => recorded::proofs(&cache::proof_path(&project.tree.root)),
        Some(file) => {
            let path = here.typed(file);
            if !path.exists() {
                output::fail(
                    &format!("there is no proof at {}", path.display()),
                    Some("check the path given with `--proof`"),
                );
                return Err(Exit::Usage);
            }
            // One that was asked for is not left aside: the site would look as if nothing had ever been proved.
            named(file, &path)
        }
    }
}

/// The proof at `path`, typed as `file`.
fn named(file: &Path, path: &Path) -> Result<Proofs, Exit> {
    let wrong = |error: &str, exit: Exit| {
        output::fail(
            &format!("{} cannot be shown: {error}", file.display()),
            Some("name a proof as `proofbook test` records it; nothing was published"),
        );
        exit
    };
    let text = cache::read_proof(path).map_err(|error| wrong(&error.error.to_string(), Exit::Environment))?;
    Proofs::parse(&text.unwrap_or_default()).map_err(|error| wrong(&error, Exit::Usage))
}

/// The proofs, if nothing is denied of them.
fn undenied(project: &Project, deny: &[Denial], proofs: Proofs) -> Result<Proofs, Exit> {
    let denied = coverage::denied(project, &proofs, deny);
    if denied.is_empty() {
        return Ok(proofs);
    }
    denied.iter().for_each(|denied| output::notice(&denied.told()));
    output::message("nothing was published");
    Err(Exit::Documents)
}

fn publish(project: &Project, proofs: &Proofs, args: &BuildArgs, here: &Here) -> Exit {
    let input = Input {
        site: &project.site,
        runbooks: &project.runbooks,
        proofs: &project.page_proofs(proofs),
        changes: &changes::published(&project.tree.root, &project.site),
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
