//! Where in the page a failure shows: one answer for every report.
//!
//! Takes a snippet and how it ended, gives lines and columns of its page. Must stay true: the first place is the one a
//! person is sent to, the same in a terminal, an annotation and a file.

use crate::runbook::outcome::{Problem, Running, Verdict};
use crate::runbook::{Runbook, Snippet};
use crate::span::Location;

/// The places of one failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    /// Where to look first.
    pub(super) first: Location,
    /// The lines that are pointed at.
    pub(super) marks: Vec<usize>,
    /// The character an engine pointed at.
    pub(super) caret: Option<Location>,
}

/// Where `verdict` on `snippet` shows.
pub(super) fn places(runbook: &Runbook, snippet: &Snippet, verdict: &Verdict) -> Places {
    let (problems, hung): (&[Problem], Option<usize>) = match verdict {
        Verdict::Failed { problems } => (problems, None),
        Verdict::TimedOut { running: Some(Running { line, .. }), .. } => (&[], *line),
        _ => (&[], None),
    };
    let found: Vec<Location> = problems.iter().map(|problem| place(problem, runbook, snippet)).collect();
    let top = runbook.file.location(snippet.span.start);
    let first = found.first().copied().or(hung.map(|line| first_word(runbook, line))).unwrap_or(top);
    let marks = found.iter().map(|place| place.line).chain(hung).collect();
    let caret = problems
        .iter()
        .zip(&found)
        .find(|(problem, _)| matches!(problem, Problem::Statement { .. } | Problem::OtherError { .. }))
        .map(|(_, place)| *place);
    Places { first, marks, caret }
}

/// The line of the last character of a snippet's fence.
pub(super) fn last_line(runbook: &Runbook, snippet: &Snippet) -> usize {
    runbook.file.line_of(snippet.span.end.saturating_sub(1).max(snippet.span.start))
}

/// Where in the page a problem shows.
fn place(problem: &Problem, runbook: &Runbook, snippet: &Snippet) -> Location {
    let top = runbook.file.location(snippet.span.start);
    let line = |line: usize| Location { line, column: 1 };
    match problem {
        Problem::Statement { at, .. } | Problem::OtherError { at, .. } => Location { line: at.line, column: at.column },
        Problem::Exit { command: Some(command), .. } | Problem::Text { command: Some(command), .. } => {
            first_word(runbook, command.line)
        }
        Problem::Table { line: at, .. }
        | Problem::TableCount { line: at, .. }
        | Problem::NotComparable { line: at, .. }
        | Problem::Text { line: at, .. } => line(*at),
        Problem::Effect { .. } => {
            let effect = snippet.promise.effect.as_ref();
            effect.map_or(top, |effect| runbook.file.location(effect.span.start))
        }
        Problem::NoError { .. } => {
            let error = snippet.promise.error.as_ref();
            error.map_or(top, |error| runbook.file.location(error.span.start))
        }
        _ => top,
    }
}

/// Where the text of a line begins, after indentation and quote marks.
fn first_word(runbook: &Runbook, line: usize) -> Location {
    let text = runbook.file.line(line);
    Location { line, column: text.chars().take_while(|c| c.is_whitespace() || *c == '>').count() + 1 }
}
