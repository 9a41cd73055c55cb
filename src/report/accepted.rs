//! What was accepted, and what was not: the difference of a page, and reasons.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use super::paint::{ADDED, MIND, QUIET, REMOVED, STRONG, hint, paint, plural};
use super::visible::visible;
use crate::runbook::accept::Refusal;

/// One expectation that was rewritten.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AcceptedEdit {
    /// The page's file.
    pub file: String,
    /// The line in it where the rewritten text begins, from 1.
    pub line: usize,
    /// The snippet.
    pub snippet: String,
    /// `output` or `effect`.
    pub what: &'static str,
}

/// How the text of a page changed, as a unified difference.
pub fn page_difference(file: &str, old: &str, new: &str) -> String {
    let mut text = format!("{}\n{}\n", paint(STRONG, &format!("--- {file}")), paint(STRONG, &format!("+++ {file}")));
    let difference = TextDiff::from_lines(old, new);
    for hunk in difference.unified_diff().context_radius(3).iter_hunks() {
        text.push_str(&format!("{}\n", paint(QUIET, &hunk.header().to_string())));
        for change in hunk.iter_changes() {
            // Windows line endings are the page's, and no news.
            let line = change.value().trim_end_matches('\n').trim_end_matches('\r');
            text.push_str(&match change.tag() {
                ChangeTag::Delete => paint(REMOVED, &format!("-{line}")),
                ChangeTag::Insert => paint(ADDED, &format!("+{line}")),
                ChangeTag::Equal if line.is_empty() => String::new(),
                ChangeTag::Equal => format!(" {line}"),
            });
            text.push('\n');
        }
    }
    visible(&text)
}

/// What keeps its text, why, and what to do.
pub fn not_accepted(file: &str, refusal: &Refusal) -> String {
    let Refusal { line, what, why, hint: remedy, whole_page, .. } = refusal;
    let place = paint(STRONG, &format!("{file}:{line}"));
    let page = if *whole_page { "the page keeps its text because of " } else { "" };
    let text = format!("{} {place} {page}{what}: {why}\n{}\n", paint(MIND, "NOT ACCEPTED"), hint(remedy));
    visible(&text)
}

/// `2 outputs and 1 effect in 1 page accepted`.
pub fn accepted_totals(edits: &[AcceptedEdit]) -> String {
    let mut files: Vec<&str> = edits.iter().map(|edit| edit.file.as_str()).collect();
    files.dedup();
    let of = |what: &str| edits.iter().filter(|edit| edit.what == what).count();
    let parts: Vec<String> =
        ["output", "effect"].iter().filter(|what| of(what) > 0).map(|what| plural(of(what), what)).collect();
    if parts.is_empty() {
        return "nothing accepted; no page was changed".into();
    }
    format!("{} in {} accepted", parts.join(" and "), plural(files.len(), "page"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_count_outputs_effects_and_pages() {
        let edit = |file: &str, what| AcceptedEdit { file: file.into(), line: 1, snippet: "a".into(), what };
        assert_eq!(accepted_totals(&[]), "nothing accepted; no page was changed");
        assert_eq!(accepted_totals(&[edit("a", "output")]), "1 output in 1 page accepted");
        assert_eq!(
            accepted_totals(&[edit("a", "output"), edit("a", "effect"), edit("b", "output")]),
            "2 outputs and 1 effect in 2 pages accepted"
        );
    }
}
