//! One JSON document a run of a command, for programs.
//!
//! `report.schema.json` beside this file documents every field. Must stay true: a field that is not in it fails a test; a
//! change of meaning raises `format`.

use serde::Serialize;

use super::accepted::AcceptedEdit;
use super::account::{Account, KeptFolder, Notice};
use super::finding::{Finding, findings};
use super::summary::{Counts, page_state};
use crate::diagnostic::{Diagnostic, Severity};
use crate::runbook::outcome::PageRun;
use crate::sandbox::Layers;

/// The number of the format of these documents.
const FORMAT: u32 = 1;

#[derive(Serialize)]
pub(super) struct Message<'d> {
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

pub(super) fn messages(diagnostics: &[Diagnostic]) -> Vec<Message<'_>> {
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

/// The document of `test --format json` and `--report json=FILE`.
pub fn run_json(account: &Account<'_>) -> String {
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
        exit_status: u8,
        interrupted: bool,
        notices: &'d [Notice],
        milliseconds: u128,
        sandbox: Option<Layers>,
        counts: Counts,
        findings: Vec<Finding>,
        pages: Vec<Page<'d>>,
        not_run: Vec<PageNotRun<'d>>,
        kept: &'d [KeptFolder],
        #[serde(skip_serializing_if = "Option::is_none")]
        accepted: Option<&'d [AcceptedEdit]>,
        diagnostics: Vec<Message<'d>>,
    }
    text(&Document {
        format: FORMAT,
        command: account.command,
        exit_status: account.exit_status,
        interrupted: account.interrupted,
        notices: &account.notices,
        milliseconds: std::time::Duration::from_secs_f64(account.seconds.max(0.0)).as_millis(),
        sandbox: account.sandbox,
        counts: Counts::of_run(account.run),
        findings: findings(account),
        pages: account
            .run
            .pages
            .iter()
            .map(|run| Page { file: format!("content/{}", run.page), state: page_state(run), run })
            .collect(),
        not_run: account
            .not_run
            .iter()
            .map(|(page, not_run)| PageNotRun { page, reason: &not_run.reason, snippets: not_run.fences })
            .collect(),
        kept: account.kept,
        accepted: account.accepted.as_deref(),
        diagnostics: messages(account.diagnostics),
    })
}

fn text(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}
