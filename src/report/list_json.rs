//! The document of `list --format json`, for programs.
//!
//! `list.schema.json` beside this file documents every field. Must stay true: a field that is not in it fails a test; a
//! change of meaning raises `format`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::coverage::{counts, why};
use super::denied::Denied;
use super::finding::one_line;
use super::json::{Message, messages};
use crate::config::Engine;
use crate::diagnostic::Diagnostic;
use crate::runbook::coverage::{FenceCoverage, OnEngine, PageCoverage, PageState, by_engine};

/// The number of the format of the document.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document<'d> {
    format: u32,
    command: &'static str,
    exit_status: u8,
    summary: Summary,
    pages: Vec<Page<'d>>,
    denied: &'d [Denied],
    diagnostics: Vec<Message<'d>>,
}

#[derive(Serialize)]
struct Summary {
    snippets: usize,
    engines: Vec<OnEngine>,
    states: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct Page<'d> {
    file: &'d str,
    title: &'d str,
    kind: &'static str,
    database: Option<&'d str>,
    engines: &'d [Engine],
    cases: Vec<&'d str>,
    after: Option<&'d str>,
    not_run: Option<&'d str>,
    runs: Vec<PageRecord<'d>>,
    snippets: Vec<Fence<'d>>,
}

#[derive(Serialize)]
struct PageRecord<'d> {
    engine: Option<Engine>,
    case: &'d str,
    state: &'static str,
    engine_version: Option<&'d str>,
    recorded: Option<&'d str>,
}

#[derive(Serialize)]
struct Fence<'d> {
    id: Option<&'d str>,
    line: usize,
    role: Option<&'static str>,
    language: &'d str,
    action: Option<&'static str>,
    title: Option<&'d str>,
    effect: Option<String>,
    state: &'static str,
    reason: Option<String>,
    runs: Vec<RunOfFence<'d>>,
}

#[derive(Serialize)]
struct RunOfFence<'d> {
    engine: Option<Engine>,
    case: &'d str,
    state: &'static str,
    reason: Option<String>,
}

/// The document of `list --format json`; pages without a snippet are in it, too.
pub fn coverage_json(
    pages: &[PageCoverage<'_>],
    denied: &[Denied],
    diagnostics: &[Diagnostic],
    exit_status: u8,
) -> String {
    let summary = Summary {
        snippets: pages.iter().map(|page| page.fences.len()).sum(),
        engines: by_engine(pages),
        states: counts(pages).into_iter().map(|(state, count)| (state.name(), count)).collect(),
    };
    let document = Document {
        format: FORMAT,
        command: "list",
        exit_status,
        summary,
        pages: pages.iter().map(page_json).collect(),
        denied,
        diagnostics: messages(diagnostics),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn page_json<'d>(page: &'d PageCoverage<'_>) -> Page<'d> {
    let book = page.runbook;
    let record = |run: &'d PageState<'_>| PageRecord {
        engine: run.engine,
        case: run.case,
        state: match run.proof {
            Some(proof) if proof.stale => "stale",
            Some(_) => "current",
            None => "missing",
        },
        engine_version: run.proof.and_then(|proof| proof.run.engine_version.as_deref()),
        recorded: run.proof.map(|proof| proof.recorded.as_str()),
    };
    Page {
        file: book.file.path(),
        title: &book.title,
        kind: page.document.front_matter.kind.name(),
        database: book.database.as_deref(),
        engines: &book.engines,
        cases: book.cases.iter().map(|case| case.name.as_str()).collect(),
        after: book.after.as_ref().map(|after| after.value.as_str()),
        not_run: book.not_run.as_ref().map(|not_run| not_run.reason.as_str()),
        runs: page.runs.iter().map(record).collect(),
        snippets: page.fences.iter().map(|fence| fence_json(page, fence)).collect(),
    }
}

fn fence_json<'d>(page: &'d PageCoverage<'_>, fence: &'d FenceCoverage<'_>) -> Fence<'d> {
    let state = fence.state();
    let reason = |why: String| (!why.is_empty()).then_some(why);
    let whys: BTreeSet<String> = fence.runs.iter().filter(|run| run.state == state).map(why).collect();
    let of_page = page.runbook.not_run.as_ref().map(|not_run| one_line(&not_run.reason));
    Fence {
        id: fence.snippet.map(|snippet| snippet.id.as_str()),
        line: fence.fence.line(&page.runbook.file),
        role: fence.snippet.map(|snippet| snippet.role.name()),
        language: &fence.fence.language,
        action: fence.snippet.map(|snippet| snippet.action.name()),
        title: fence.snippet.and_then(|snippet| snippet.title.as_deref()),
        effect: fence.snippet.and_then(|snippet| Some(snippet.promise.effect.as_ref()?.value.to_string())),
        state: state.name(),
        reason: of_page.or_else(|| reason(whys.into_iter().collect::<Vec<_>>().join("; "))),
        runs: fence
            .runs
            .iter()
            .map(|run| RunOfFence {
                engine: run.engine,
                case: run.case,
                state: run.state.name(),
                reason: reason(why(run)),
            })
            .collect(),
    }
}
