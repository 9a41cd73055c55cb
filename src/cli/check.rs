//! `proofbook check`.

use super::args::{CheckArgs, Format};
use super::exit::Exit;
use super::project::Project;
use super::{Here, fix, output};
use crate::diagnostic::{Diagnostic, Place};
use crate::report;
use crate::site::Drafts;
use crate::span::Span;

pub(super) fn run(args: &CheckArgs, here: &Here) -> Exit {
    let mut project = match Project::load_or_say(&here.root, Drafts::LeftOut) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let mut fixed = Exit::Fine;
    if args.fix {
        fixed = match fix::fix(&mut project) {
            Ok(fix::Fixed { told, exit }) => {
                told.iter().for_each(|line| match args.format {
                    Format::Text => output::result(&format!("{line}\n")),
                    Format::Json => output::message(line),
                });
                exit
            }
            Err(exit) => return exit,
        };
    }
    let mut diagnostics = project.all_diagnostics();
    diagnostics.extend(project.published(true));
    diagnostics.extend(overdue(&project));
    let pages = project.site.pages.len();
    match args.format {
        Format::Text => {
            let exit = output::diagnostics(&mut diagnostics);
            output::result(&format!(
                "{} checked: {}\n",
                report::plural(pages, "page"),
                report::diagnostic_totals(&diagnostics)
            ));
            exit.and(fixed)
        }
        Format::Json => {
            diagnostics.sort_by(Diagnostic::order);
            output::result(&report::check_json(&diagnostics, pages));
            output::exit_of(&diagnostics).and(fixed)
        }
    }
}

/// Pages whose review date has passed: only `check` looks at the clock, so that builds stay the same.
fn overdue(project: &Project) -> Vec<Diagnostic> {
    let today = jiff::Zoned::now().date();
    let mut diagnostics = Vec::new();
    for page in &project.site.pages {
        let Some(date) = page.document.front_matter.review_by.filter(|date| *date < today) else { continue };
        let file = &page.document.file;
        let at = file.text().find("review_by").unwrap_or(0);
        let span = Span::new(at, at + file.text()[at..].lines().next().map_or(0, str::len));
        diagnostics.push(
            Diagnostic::warning(
                "review-overdue",
                Place::new(file, span),
                format!("this page was to be reviewed by {date}"),
            )
            .hint("read it, correct it, and set a new date"),
        );
    }
    diagnostics
}
