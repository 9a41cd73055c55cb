//! The `output` fences of a snippet, rewritten, split by engine or case, or joined by one more.
//!
//! Must stay true: an expectation that holds keeps its bytes; one that counts in a run that was not made keeps counting
//! there as it stands.

use super::fence::Frame;
use super::split::{self, For};
use super::{Edit, Measured, Part, Refusal, RunOf, Seen, Spot};
use crate::config::Engine;
use crate::expect::{rewritten_tables, rewritten_text};
use crate::runbook::outcome::Printed;
use crate::runbook::snippet::{Expected, ExpectedOutput, Stream};
use crate::span::Span;

/// Which of a snippet's expectations an output is.
pub(super) fn part(expected: &Expected) -> Part {
    match expected {
        Expected::Tables(_) => Part::Tables,
        Expected::Text { stream: Stream::Stderr, .. } => Part::Stderr,
        Expected::Text { .. } => Part::Stdout,
    }
}

/// Whether the expectation is what came in this run.
pub(super) fn holds(expected: &Expected, run: &Measured<'_>) -> bool {
    let printed = &run.outcome.printed;
    match expected {
        Expected::Tables(tables) => {
            tables.len() == printed.results.len()
                && tables
                    .iter()
                    .zip(&printed.results)
                    .all(|(table, result)| table.difference(result, &run.values).is_none())
        }
        Expected::Text { stream, pattern } => pattern.matches(stream_of(printed, *stream), &run.values),
    }
}

fn stream_of(printed: &Printed, stream: Stream) -> &str {
    if stream == Stream::Stderr { &printed.stderr } else { &printed.stdout }
}

/// A text for a fence, and the runs it is for.
struct Class<'r> {
    /// `None` where the fence keeps its text.
    text: Option<String>,
    runs: Vec<RunOf<'r>>,
}

/// What makes the fences say what came; nothing where they do already.
pub(super) fn edits(seen: &Seen<'_>, spot: &Spot) -> Result<Vec<Edit>, Refusal> {
    let outputs: Vec<&ExpectedOutput> =
        seen.snippet.promise.outputs.iter().filter(|output| part(&output.expected) == spot.part).collect();
    let mut edits = Vec::new();
    for output in &outputs {
        edits.extend(of_fence(seen, spot, output)?);
    }
    edits.extend(added(seen, spot, &outputs));
    Ok(edits)
}

/// What becomes of one fence.
fn of_fence(seen: &Seen<'_>, spot: &Spot, output: &ExpectedOutput) -> Result<Option<Edit>, Refusal> {
    let counts = |engine: Engine, case: &str| output.condition.holds(engine, case);
    let runs: Vec<&Measured<'_>> = seen.runs.iter().filter(|run| counts(run.engine, run.case)).collect();
    let differing: Vec<&Measured<'_>> = runs.iter().copied().filter(|run| !is_right(output, run)).collect();
    let Some(first) = differing.first() else { return Ok(None) };
    let known = super::engines(seen.page.runbook);
    if let Some(run) = differing.iter().find(|run| !known.contains(&run.engine)) {
        let why = format!("it differs on {}, on which the page does not run", run.engine);
        let hint = format!("add {} to the page's `engines`, and accept again", run.engine);
        return Err(seen.refusal(spot, why, hint));
    }
    for run in &differing {
        may_be_written(seen, spot, output, run)?;
    }
    let keeps: Vec<RunOf<'_>> =
        seen.unmeasured.iter().copied().filter(|&(engine, case)| counts(engine, case)).collect();
    let text = text_for(&output.expected, first);
    let document = seen.page.document;
    let fence = &document.fences[output.fence];
    let frame = Frame::of(&document.file, fence);
    let edit = |text: String| Edit { spot: spot.clone(), span: frame.span(), text };
    // One text for all of them, if that is possible.
    if keeps.is_empty() && runs.iter().all(|run| reads_as(&output.expected, &text, run)) {
        return Ok(Some(edit(frame.with_text(&text))));
    }
    let mut classes = vec![Class { text: None, runs: keeps }];
    for run in &runs {
        let of = (run.engine, run.case);
        if is_right(output, run) {
            classes[0].runs.push(of);
            continue;
        }
        let fits =
            |class: &&mut Class<'_>| class.text.as_ref().is_some_and(|text| reads_as(&output.expected, text, run));
        match classes.iter_mut().find(fits) {
            Some(class) => class.runs.push(of),
            None => classes.push(Class { text: Some(text_for(&output.expected, run)), runs: vec![of] }),
        }
    }
    if !frame.has_own_words() {
        let why = "the runs differ, and the words of its `output` stand in a comment";
        return Err(seen.refusal(spot, why, "move them to the line of its opening backticks, and accept again"));
    }
    let engines: Vec<&str> = output.condition.engines.iter().map(|engine| engine.name()).collect();
    let case = output.condition.case.as_deref().unwrap_or_default();
    let runs_of: Vec<Vec<RunOf<'_>>> = classes.iter().map(|class| class.runs.clone()).collect();
    let drawn = |one: For| match &classes[one.class].text {
        None => frame.with_words(&one.engines, &one.case),
        Some(text) => frame.another(&one.engines, &one.case, text),
    };
    let fences: Vec<String> = split::words(&runs_of, &engines.join(","), case).into_iter().map(drawn).collect();
    Ok(Some(edit(fences.join(&frame.turn()))))
}

/// Fences for runs in which the snippet's outputs say nothing, and something else came than they say elsewhere.
fn added(seen: &Seen<'_>, spot: &Spot, outputs: &[&ExpectedOutput]) -> Option<Edit> {
    let last = outputs.iter().max_by_key(|output| output.fence)?;
    let known = super::engines(seen.page.runbook);
    let is_silent = |engine: Engine, case: &str| !outputs.iter().any(|output| output.condition.holds(engine, case));
    // The first class is everything that gets no fence: what has one, what came alike, what was not run.
    let mut classes = vec![Class { text: None, runs: seen.unmeasured.clone() }];
    for run in seen.runs.iter().filter(|run| known.contains(&run.engine)) {
        let of = (run.engine, run.case);
        let comes_alike = outputs.iter().any(|output| holds(&output.expected, run));
        // Nor is a pattern, or something that was cut, anything to write beside.
        if !is_silent(run.engine, run.case) || comes_alike || may_be_written(seen, spot, last, run).is_err() {
            classes[0].runs.push(of);
            continue;
        }
        let fits = |class: &&mut Class<'_>| class.text.as_ref().is_some_and(|text| reads_as(&last.expected, text, run));
        match classes.iter_mut().find(fits) {
            Some(class) => class.runs.push(of),
            None => classes.push(Class { text: Some(text_for(&last.expected, run)), runs: vec![of] }),
        }
    }
    let document = seen.page.document;
    let frame = Frame::of(&document.file, &document.fences[last.fence]);
    let runs: Vec<Vec<RunOf<'_>>> = classes.iter().map(|class| class.runs.clone()).collect();
    let drawn = |one: For| {
        let text = classes[one.class].text.as_ref()?;
        Some(format!("{}{}", frame.turn(), frame.another(&one.engines, &one.case, text)))
    };
    let text: String = split::words(&runs, "", "").into_iter().filter_map(drawn).collect();
    let end = frame.span().end;
    (!text.is_empty()).then(|| Edit { spot: spot.clone(), span: Span::new(end, end), text })
}

/// Whether the runner found this output to be what came.
fn is_right(output: &ExpectedOutput, run: &Measured<'_>) -> bool {
    // What is recorded of a long result may be cut; it was judged whole.
    if cut(&run.outcome.printed, part(&output.expected)).is_some() {
        return !super::reading::is_told(&run.outcome.verdict, output.line);
    }
    holds(&output.expected, run)
}

/// Refuses what no text in the fence could say.
fn may_be_written(seen: &Seen<'_>, spot: &Spot, output: &ExpectedOutput, run: &Measured<'_>) -> Result<(), Refusal> {
    let printed = &run.outcome.printed;
    if let Some(why) = cut(printed, spot.part) {
        return Err(seen.refusal(spot, why, "let the snippet print less, or in a form that is text"));
    }
    match &output.expected {
        Expected::Tables(_) if printed.results.is_empty() => {
            let hint = "remove the `output` yourself, if it is right that nothing is asked";
            Err(seen.refusal(spot, "the snippet gives no result any more", hint))
        }
        Expected::Tables(_) => Ok(()),
        Expected::Text { stream, pattern } => {
            if rewritten_text(pattern, "", &run.values).is_none() {
                let why = "it is a pattern (`match=`), and a text would be no pattern";
                return Err(seen.refusal(spot, why, "change the lines that do not match yourself"));
            }
            let unwritable = unwritable(stream_of(printed, *stream));
            unwritable.map_or(Ok(()), |(why, hint)| Err(seen.refusal(spot, why, hint)))
        }
    }
}

/// Why a text cannot stand in a page, and what to do.
pub(super) fn unwritable(text: &str) -> Option<(&'static str, &'static str)> {
    if text.contains('\r') {
        // A page's line endings are its own.
        return Some((
            "what came holds carriage returns, which a page cannot hold",
            "let it remove them: `| tr -d '\\r'`",
        ));
    }
    text.contains('\0').then_some((
        "what came holds NUL characters, with which a page would be no text",
        "let it print them in another form: `| od -c`",
    ))
}

/// Why not all of it is known as text, if so.
fn cut(printed: &Printed, part: Part) -> Option<String> {
    let is_about = |note: &&String| match part {
        Part::Tables => note.starts_with("result ") && note.contains(" was cut: "),
        Part::Stderr => note.starts_with("stderr was cut: ") || note.starts_with("stderr is not UTF-8"),
        _ => note.starts_with("stdout was cut: ") || note.starts_with("stdout is not UTF-8"),
    };
    printed.notes.iter().find(is_about).cloned()
}

/// The text of a fence that says what came in this run.
fn text_for(expected: &Expected, run: &Measured<'_>) -> String {
    let printed = &run.outcome.printed;
    match expected {
        Expected::Tables(tables) => rewritten_tables(tables, &printed.results, &run.values),
        Expected::Text { stream, pattern } => {
            rewritten_text(pattern, stream_of(printed, *stream), &run.values).unwrap_or_default()
        }
    }
}

/// Whether `text`, in place of that of the fence, would be what came in this run.
fn reads_as(expected: &Expected, text: &str, run: &Measured<'_>) -> bool {
    use crate::expect::{TextPattern, parse_tables};
    match expected {
        Expected::Tables(_) => parse_tables(text).is_ok_and(|tables| holds(&Expected::Tables(tables), run)),
        Expected::Text { stream, pattern } => TextPattern::new(text, pattern.form(), pattern.is_unordered())
            .is_ok_and(|pattern| holds(&Expected::Text { stream: *stream, pattern }, run)),
    }
}
