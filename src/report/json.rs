//! One JSON document a run of a command, for programs. Documented in the README; a change of meaning raises `format`.

use serde::Serialize;

use super::summary::{Counts, page_state};
use crate::diagnostic::{Diagnostic, Severity};
use crate::runbook::NotRun;
use crate::runbook::outcome::{PageRun, Run};
use crate::sandbox::Layers;

/// The number of the format of these documents.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Message<'d> {
    severity: &'static str,
    code: &'d str,
    message: &'d str,
    file: &'d str,
    line: usize,
    column: usize,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'d str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'d [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'d str>,
}

fn messages(diagnostics: &[Diagnostic]) -> Vec<Message<'_>> {
    let message = |diagnostic: &'_ Diagnostic| {
        let location = diagnostic.place.location();
        (location.line, location.column)
    };
    diagnostics
        .iter()
        .map(|diagnostic| {
            let (line, column) = message(diagnostic);
            Message {
                severity: if diagnostic.severity == Severity::Error { "error" } else { "warning" },
                code: diagnostic.code,
                message: &diagnostic.message,
                file: diagnostic.place.file.path(),
                line,
                column,
                label: &diagnostic.label,
                notes: &diagnostic.notes,
                hint: diagnostic.hint.as_deref(),
            }
        })
        .collect()
}

/// The document of `check --format json`.
pub fn check_json(diagnostics: &[Diagnostic], pages: usize) -> String {
    #[derive(Serialize)]
    struct Document<'d> {
        format: u32,
        command: &'static str,
        pages: usize,
        diagnostics: Vec<Message<'d>>,
    }
    text(&Document { format: FORMAT, command: "check", pages, diagnostics: messages(diagnostics) })
}

/// The document of `test --format json`.
///
/// `not_run` are the pages with snippets that were not to run: path, reason, how many snippets. `sandbox` is what held the
/// snippets; `None` if nothing was run.
pub fn test_json(
    diagnostics: &[Diagnostic],
    run: &Run,
    not_run: &[(String, NotRun)],
    sandbox: Option<Layers>,
) -> String {
    #[derive(Serialize)]
    struct PageNotRun<'r> {
        page: &'r str,
        reason: &'r str,
        snippets: usize,
    }
    #[derive(Serialize)]
    struct Page<'r> {
        file: String,
        state: String,
        #[serde(flatten)]
        run: &'r PageRun,
    }
    #[derive(Serialize)]
    struct Document<'d> {
        format: u32,
        command: &'static str,
        sandbox: Option<Layers>,
        counts: Counts,
        pages: Vec<Page<'d>>,
        not_run: Vec<PageNotRun<'d>>,
        diagnostics: Vec<Message<'d>>,
    }
    text(&Document {
        format: FORMAT,
        command: "test",
        sandbox,
        counts: Counts::of_run(run),
        pages: run
            .pages
            .iter()
            .map(|run| Page { file: format!("content/{}", run.page), state: page_state(run), run })
            .collect(),
        not_run: not_run
            .iter()
            .map(|(page, not_run)| PageNotRun { page, reason: &not_run.reason, snippets: not_run.fences })
            .collect(),
        diagnostics: messages(diagnostics),
    })
}

fn text(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}
