//! What a command of a transcript prints, rewritten below it. Its status never is.

use super::fence::Frame;
use super::output::unwritable;
use super::{Edit, Refusal, Seen, Spot};
use crate::expect::{TextPattern, rewritten_text};
use crate::runbook::outcome::{Outcome, Problem, Verdict};
use crate::runbook::snippet::Action;
use crate::runbook::transcript::TranscriptCommand;
use crate::span::Span;

/// What the command at `position` printed in a run in which it printed something else than the page has.
pub(super) fn printed<'o>(outcome: &'o Outcome, command: &TranscriptCommand) -> Option<&'o str> {
    let Verdict::Failed { problems } = &outcome.verdict else { return None };
    problems.iter().find_map(|problem| match problem {
        Problem::Text { command: Some(this), actual, .. } if this.line == command.line => Some(actual.as_str()),
        _ => None,
    })
}

/// What makes the transcript show what came; nothing where it does, or where it stopped above this command.
pub(super) fn edits(seen: &Seen<'_>, spot: &Spot, position: usize) -> Result<Vec<Edit>, Refusal> {
    let Action::Console(commands) = &seen.snippet.action else { return Ok(Vec::new()) };
    let command = &commands[position];
    let stopped_above =
        seen.runs.iter().any(|run| commands[..position].iter().any(|above| printed(run.outcome, above).is_some()));
    let mut came = seen.runs.iter().filter_map(|run| Some((run, printed(run.outcome, command)?)));
    let Some((first, actual)) = came.next().filter(|_| !stopped_above) else { return Ok(Vec::new()) };
    let instead = "write a `bash` block with an `output`, which can be told apart with `engine=` and `case=`";
    if let Some((engine, case)) = seen.unmeasured.first() {
        let why =
            format!("it was not run {}, where the transcript would have to be right, too", seen.named(*engine, case));
        return Err(seen.refusal(spot, why, "run it there, too, and accept again"));
    }
    let line = format!("line {}: output ", command.line);
    let is_flawed = |note: &&String| note.starts_with(&line);
    if let Some(note) = seen.runs.iter().flat_map(|run| &run.outcome.printed.notes).find(is_flawed) {
        return Err(seen.refusal(spot, note.clone(), "let the command print less, or in a form that is text"));
    }
    if let Some((why, hint)) = unwritable(actual) {
        return Err(seen.refusal(spot, why, hint));
    }
    let Some(text) = rewritten_text(&command.output, actual, &first.values) else { return Ok(Vec::new()) };
    let new = TextPattern::exact(&text);
    let fits = |run: &&super::Measured<'_>| match printed(run.outcome, command) {
        Some(actual) => new.matches(actual, &run.values),
        None => new.filled(&run.values) == command.output.filled(&run.values),
    };
    if let Some(other) = seen.runs.iter().find(|run| !fits(run)) {
        let why = format!("it prints something else {}", seen.named(other.engine, other.case));
        return Err(seen.refusal(spot, why, instead));
    }
    let file = &seen.page.document.file;
    let frame = Frame::of(file, &seen.page.document.fences[seen.snippet.fence]);
    // The lines of a fence are lines of the page.
    let first_line = command.line + command.text.lines().count();
    let count = command.output.written().split_inclusive('\n').count();
    let start = |line: usize| file.line_span(line).map_or(file.text().len(), |span| span.start);
    let span = Span::new(start(first_line), start(first_line + count));
    Ok(vec![Edit { spot: spot.clone(), span, text: frame.lines(&text) }])
}
