//! Snippets that are the same step for different engines.
//!
//! Takes a page and its snippets, gives which of them stand for each other: they follow each other, have the same role, and
//! no engine runs two of them. Must stay true: every variant stays on the page and says which engines it is for, so that
//! nothing is lost where scripts do not make tabs of them.

use super::escape;
use super::words;
use crate::config::Engine;
use crate::document::Document;
use crate::runbook::Snippet;

/// The first of each group of variants and how many there are, by index in `snippets`; groups of one are none.
pub(crate) fn groups(document: &Document, snippets: &[Snippet]) -> Vec<std::ops::Range<usize>> {
    let mut groups = Vec::new();
    let mut start = 0;
    while start < snippets.len() {
        let mut end = start + 1;
        while end < snippets.len() && goes_on(document, &snippets[start..end], &snippets[end]) {
            end += 1;
        }
        if end - start > 1 {
            groups.push(start..end);
        }
        start = end;
    }
    groups
}

/// Whether `next` is one more variant of what `group` is.
fn goes_on(document: &Document, group: &[Snippet], next: &Snippet) -> bool {
    let Some(last) = group.last() else { return false };
    let engines = &next.condition.engines;
    let last_fence = last.output_fences.last().copied().unwrap_or(last.fence);
    let shared = |engine: &Engine| engines.contains(engine);
    document.fences.get(next.fence).is_some_and(|fence| fence.follows == Some(last_fence))
        && next.role.name() == last.role.name()
        && next.condition.case == last.condition.case
        && !engines.is_empty()
        && group.iter().all(|other| !other.condition.engines.is_empty() && !other.condition.engines.iter().any(shared))
}

/// The HTML of one variant, `html`, at `at` of `count`.
pub(crate) fn wrapped(snippet: &Snippet, html: &str, at: usize, count: usize) -> String {
    let engines = &snippet.condition.engines;
    let names: Vec<&str> = engines.iter().map(|engine| engine.name()).collect();
    let label: Vec<&str> = engines.iter().map(|engine| words::engine(*engine)).collect();
    // The tabs are made by a script; the room for them is there from the start.
    let open = if at == 0 { "<div class=\"variants\">\n<div class=\"tabs\"></div>\n" } else { "" };
    let close = if at + 1 == count { "</div>\n" } else { "" };
    format!(
        "{open}<div class=\"variant\" data-engines=\"{}\" data-label=\"{}\">\n{html}\n</div>\n{close}",
        escape::text(&names.join(" ")),
        escape::text(&label.join(", ")),
    )
}
