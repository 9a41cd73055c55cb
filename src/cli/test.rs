//! `proofbook test`.

use std::collections::BTreeSet;

use super::args::{Format, TestArgs};
use super::coverage;
use super::exit::Exit;
use super::project::Project;
use super::report::Reports;
use super::run::{self, Refusal};
use super::selection::{NothingSelected, Selection};
use super::{Here, accept, output};
use crate::config::Engine;
use crate::diagnostic::Diagnostic;
use crate::report;
use crate::runbook::Runbook;
use crate::site::Drafts;

/// Its name in reports.
const COMMAND: &str = "test";

pub(super) fn run(args: &TestArgs, here: &Here) -> Exit {
    if args.accept.is_some()
        && let Err(exit) = accept::is_allowed(args.selection.fail_fast)
    {
        return exit;
    }
    let mut project = match Project::load_or_say(&here.root, Drafts::LeftOut) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let reports = match Reports::ready(&args.run.report, args.format == Format::Json, here) {
        Ok(reports) => reports,
        Err(exit) => return exit,
    };
    let engines = args.engine.iter().copied().map(Engine::from).collect();
    let selection = match Selection::of(&args.selection, engines, &project, here) {
        Ok(selection) => selection,
        Err(NothingSelected { notice, exit }) => {
            output::notice(&notice);
            return exit.and(reports.write(&run::refused(COMMAND, &project, &[], vec![notice], exit)));
        }
    };
    let holds = |book: &Runbook| selection.holds(book);
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
    diagnostics.sort_by(Diagnostic::order);
    if crate::diagnostic::has_errors(&diagnostics) {
        return refuse(args, &project, &mut diagnostics, &reports);
    }
    let ran = run::run(&project, &selection, &args.run).and_then(|mut ran| {
        let accept = |what| accept::rounds(&mut project, &mut ran, &selection, &args.run, what);
        let acceptance = args.accept.map(accept).transpose()?;
        Ok((ran, acceptance))
    });
    let (mut ran, acceptance) = match ran {
        Ok(ran) => ran,
        Err(Refusal::Broken(notice)) => {
            output::notice(&notice);
            let exit = Exit::Environment;
            return exit.and(reports.write(&run::refused(COMMAND, &project, &diagnostics, vec![notice], exit)));
        }
        Err(Refusal::Diagnostics(refused)) => {
            diagnostics.extend(refused);
            return refuse(args, &project, &mut diagnostics, &reports);
        }
    };
    let mut exit = run::exit_of(&ran);
    let accepted = acceptance.map(|acceptance| acceptance.write(&project));
    exit = exit.and(accepted.as_ref().map_or(Exit::Fine, |accepted| accepted.exit));
    ran.unwritten = accepted.as_ref().map(|accepted| accepted.unwritten.clone()).unwrap_or_default();
    // A proof that cannot be stored is no reason to lose the report.
    let recorded = run::record(&project, &ran);
    if let Err(lost) = &recorded {
        exit = exit.and(*lost);
    }
    let deny = args.deny.denials();
    let mut account = ran.account(COMMAND, &project, &diagnostics, exit);
    account.accepted = accepted.as_ref().map(|accepted| accepted.edits.clone());
    let denied = coverage::deny(&mut account, &deny, &project, recorded.as_ref().ok(), exit);
    exit = denied.exit;
    match args.format {
        Format::Text => {
            diagnostics.iter().for_each(output::diagnostic);
            reports.shielded(|| {
                run::show(&project, &ran);
                if let Some(accepted) = &accepted {
                    output::result(&format!("{}{}{}", accepted.differences, accepted.refused, accepted.totals));
                }
            });
        }
        Format::Json => {
            output::result(&report::run_json(&account));
            // Nobody could find it otherwise.
            ran.kept.iter().for_each(|kept| output::message(&kept.told()));
            let refused = accepted.iter().map(|accepted| accepted.refused.trim());
            refused.filter(|refused| !refused.is_empty()).for_each(output::message);
        }
    }
    denied.told.iter().for_each(output::notice);
    exit.and(reports.write(&account))
}

fn refuse(args: &TestArgs, project: &Project, diagnostics: &mut [Diagnostic], reports: &Reports) -> Exit {
    diagnostics.sort_by(Diagnostic::order);
    let exit = output::exit_of(diagnostics);
    let account = run::refused(COMMAND, project, diagnostics, Vec::new(), exit);
    match args.format {
        Format::Text => {
            diagnostics.iter().for_each(output::diagnostic);
            output::message(&format!("{}; nothing was run", report::diagnostic_totals(diagnostics)));
        }
        Format::Json => output::result(&report::run_json(&account)),
    }
    exit.and(reports.write(&account))
}
