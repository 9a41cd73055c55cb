//! A snippet on its page: what the reader does, what comes back, and whether it was proved.
//!
//! Takes a snippet, its fence and what is known of it, gives its view. Must stay true: what is shown is what is copied
//! and what was run, with the parameters' defaults filled in by `runbook::parameter`; every value filled in is marked.

use super::code::{self, FilledIn, Style};
use super::proof::{self, Known};
use super::view::{LinkView, OutputView, SnippetView, TableView};
use super::{effect, problem, words};
use crate::config::Engine;
use crate::document::{Document, Fence};
use crate::runbook::outcome::Verdict;
use crate::runbook::parameter::{Value, fill, fill_file, shell_assignment, shell_variable, uses};
use crate::runbook::transcript::TranscriptCommand;
use crate::runbook::{
    Action, Condition, DEFAULT_CASE, ErrorPattern, Expected, ExpectedOutput, Parameter, Role, Runbook, Snippet, Stream,
};
use crate::span::Span;

/// The view of `snippet`, a snippet of `document`.
pub(crate) fn view(document: &Document, known: &Known<'_>, snippet: &Snippet) -> SnippetView {
    let runbook = known.runbook;
    let verdict = known.snippet(snippet);
    let outcomes = known.outcomes(snippet);
    // What failed is shown, else what ran: on an engine the snippet is not for it has only been skipped.
    let shown = outcomes
        .iter()
        .find(|(_, outcome)| outcome.verdict.is_bad())
        .or_else(|| outcomes.iter().find(|(_, outcome)| outcome.verdict == Verdict::Passed))
        .or_else(|| outcomes.first())
        .map(|(_, outcome)| *outcome);
    let fresh = shown.filter(|_| !known.is_stale() && verdict.state != "skipped");
    let has_run = fresh.filter(|outcome| !matches!(outcome.verdict, Verdict::Skipped { .. } | Verdict::NotRun { .. }));
    let measured = has_run.and_then(|outcome| outcome.effect.as_ref()).filter(|effect| {
        // That a check or a command touches no row goes without saying; that a statement does not is worth a line.
        let says_something = snippet.role != Role::Check && snippet.action == Action::Sql;
        !effect.is_none() || !effect.ignored.is_empty() || snippet.promise.effect.is_some() || says_something
    });
    let (outputs, in_other_cases) = outputs(document, runbook, snippet, verdict.state == "failed");
    SnippetView {
        anchor: (!document.anchors().any(|anchor| anchor == snippet.id)).then(|| snippet.id.clone()),
        title: proof::title(snippet),
        role: snippet.role.name(),
        badge: badge(snippet),
        reverts: reverts(runbook, snippet),
        action: snippet.action.name(),
        path: match &snippet.action {
            Action::File { path, .. } if snippet.title.is_some() => Some(path.to_string()),
            _ => None,
        },
        engines: snippet.condition.engines.iter().map(|engine| words::engine(*engine)).collect(),
        code_html: code_html(runbook, snippet, document.fences.get(snippet.fence)),
        ending_html: ending(snippet).map(|words| words::marked_up(&words)),
        outputs,
        in_other_cases,
        took: has_run.map(|outcome| words::took(outcome.milliseconds)),
        effect: effect::view(
            snippet.promise.effect.as_ref().map(|effect| &effect.value),
            measured,
            &has_run.map(|outcome| outcome.left.clone()).unwrap_or_default(),
        ),
        problems: has_run.map(problem::views).unwrap_or_default(),
        verdict,
    }
}

/// How the snippet ends on purpose, if a reader would take that for a failure.
fn ending(snippet: &Snippet) -> Option<String> {
    if let Some(exit) = snippet.promise.exit.as_ref().filter(|exit| exit.value != 0) {
        return Some(format!("Ends with status {}", exit.value));
    }
    let code = |text: &str| format!("`{}`", text.replace('`', "'"));
    Some(match &snippet.promise.error.as_ref()?.value {
        ErrorPattern::Codes(codes) => {
            let codes: Vec<String> = codes.iter().map(|text| code(text)).collect();
            format!("Fails with {}", codes.join(" or "))
        }
        ErrorPattern::Message(pattern) => format!("Fails with a message like {}", code(pattern.as_str())),
    })
}

fn badge(snippet: &Snippet) -> Option<String> {
    let is_file = matches!(snippet.action, Action::File { .. });
    match snippet.role {
        Role::Step if is_file => Some("File".into()),
        Role::Step => None,
        // Without a title the role stands in its place.
        _ if snippet.title.is_none() && !is_file => None,
        ref role => Some(proof::role(role).into()),
    }
}

fn reverts(runbook: &Runbook, snippet: &Snippet) -> Option<LinkView> {
    let Role::Undo { of, .. } = &snippet.role else { return None };
    let step = runbook.snippets.iter().find(|other| other.id == *of)?;
    Some(LinkView { title: proof::title(step), address: format!("#{of}") })
}

fn code_html(runbook: &Runbook, snippet: &Snippet, fence: Option<&Fence>) -> String {
    let style = fence.map(Style::of).unwrap_or_default();
    let text = snippet.code.text.as_str();
    match &snippet.action {
        Action::Sql => {
            let (text, filled_in) = filled_sql(runbook, snippet, text);
            code::block("sql", &text, &filled_in, &style)
        }
        Action::Shell => assignments(runbook, text) + &code::block("bash", text, &[], &style),
        Action::Console(commands) => {
            let (shown, filled_in) = filled_transcript(runbook, commands, text);
            assignments(runbook, text) + &code::block("console", &shown, &filled_in, &style)
        }
        Action::File { fill, .. } => {
            let language = fence.map_or("", |fence| fence.language.as_str());
            let Some(format) = fill else { return code::block(language, text, &[], &style) };
            let filled = fill_file(text, *format, &runbook.defaults());
            let place = |(span, name): &(Span, String)| {
                parameter(runbook, name).map(|parameter| filled_in(parameter, span.start..span.end))
            };
            let places: Vec<FilledIn> = filled.places.iter().filter_map(place).collect();
            code::block(language, &filled.text, &places, &style)
        }
    }
}

/// What a reader sees of a snippet's text: with the parameters' defaults filled in.
pub(crate) fn shown(runbook: &Runbook, snippet: &Snippet) -> String {
    let text = snippet.code.text.as_str();
    match &snippet.action {
        Action::Sql => filled_sql(runbook, snippet, text).0,
        Action::Shell => text.to_owned(),
        Action::Console(commands) => filled_transcript(runbook, commands, text).0,
        Action::File { fill: Some(format), .. } => fill_file(text, *format, &runbook.defaults()).text,
        Action::File { fill: None, .. } => text.to_owned(),
    }
}

/// SQL with its parameters filled in as the first engine it runs on quotes them, and where they are.
fn filled_sql(runbook: &Runbook, snippet: &Snippet, text: &str) -> (String, Vec<FilledIn>) {
    let engines = if snippet.condition.engines.is_empty() { &runbook.engines } else { &snippet.condition.engines };
    let engine = engines.first().copied().unwrap_or(Engine::Sqlite);
    let filled = fill(text, engine, &runbook.defaults());
    let mut places = Vec::new();
    // Bytes before a use are the same in both texts but for the literals filled in so far.
    let (mut original_end, mut filled_end) = (0, 0);
    for used in uses(text, engine) {
        let Some(parameter) = parameter(runbook, &used.name) else { continue };
        let start = filled_end + (used.span.start - original_end);
        let is_literal = |at: &usize| filled.original_offset(*at) == used.span.start;
        let end = (start + 1..=filled.text.len()).find(|at| !is_literal(at)).unwrap_or(filled.text.len());
        places.push(filled_in(parameter, start..end));
        (original_end, filled_end) = (used.span.end, end);
    }
    (filled.text, places)
}

/// A transcript with its parameters filled in where output names them, and where they are.
fn filled_transcript(runbook: &Runbook, commands: &[TranscriptCommand], text: &str) -> (String, Vec<FilledIn>) {
    let mut shown = String::with_capacity(text.len());
    let mut places = Vec::new();
    let mut done = 0;
    for output in commands.iter().map(|command| command.output_span) {
        shown.push_str(&text[done..output.start]);
        let (filled, inside) = filled_text(runbook, &text[output.start..output.end]);
        let start = shown.len();
        let moved = |place: FilledIn| FilledIn { range: start + place.range.start..start + place.range.end, ..place };
        places.extend(inside.into_iter().map(moved));
        shown.push_str(&filled);
        done = output.end;
    }
    shown.push_str(&text[done..]);
    (shown, places)
}

/// The assignments a shell needs before the block, as they are copied: of the parameters the block uses.
fn assignments(runbook: &Runbook, text: &str) -> String {
    let mut lines = String::new();
    let mut places = Vec::new();
    for parameter in runbook.parameters.iter().filter(|parameter| is_used(text, &shell_variable(&parameter.name))) {
        let assignment = shell_assignment(&parameter.name, &parameter.default);
        let value = shell_variable(&parameter.name).len() + 1;
        places.push(filled_in(parameter, lines.len() + value..lines.len() + assignment.len()));
        lines.push_str(&assignment);
        lines.push('\n');
    }
    if lines.is_empty() { lines } else { code::block("bash", &lines, &places, &Style::default()) }
}

/// Whether shell text uses a variable: `$NAME` or `${NAME…`. One inside single quotes is taken for a use, too; an
/// assignment too many does no harm.
fn is_used(text: &str, variable: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let rest = &text[at + 1..];
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let rest = rest.strip_prefix(['#', '!']).unwrap_or(rest);
        let after = rest.strip_prefix(variable);
        after.is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
    })
}

/// What the snippet is expected to print, and what it is in the cases that are not the reader's; said so where something
/// else came.
fn outputs(
    document: &Document,
    runbook: &Runbook,
    snippet: &Snippet,
    has_failed: bool,
) -> (Vec<OutputView>, Vec<OutputView>) {
    let view = |output: &ExpectedOutput| {
        let mut view = output_view(document, runbook, output)?;
        if has_failed {
            view.label = format!("Expected {}", words::uncapitalised(&view.label));
        }
        Some(view)
    };
    let (others, own): (Vec<_>, Vec<_>) = snippet.promise.outputs.iter().partition(|output| is_of_other_case(output));
    (own.into_iter().filter_map(view).collect(), others.into_iter().filter_map(view).collect())
}

/// Whether an output is that of a case with other values than those the page shows.
pub(crate) fn is_of_other_case(output: &ExpectedOutput) -> bool {
    output.condition.case.as_ref().is_some_and(|case| case != DEFAULT_CASE)
}

fn output_view(document: &Document, runbook: &Runbook, output: &ExpectedOutput) -> Option<OutputView> {
    let fence = document.fences.get(output.fence)?;
    let label = |name: &str| format!("{name}{}", qualified(&output.condition, fence));
    Some(match &output.expected {
        Expected::Tables(tables) => {
            let cell = |text: &String| {
                let (text, places) = filled_output(runbook, output, text);
                effect::written_cell(&text, &places)
            };
            let table = |table: &crate::expect::ExpectedTable| TableView {
                columns: table.columns.clone().unwrap_or_default(),
                rows: table.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
            };
            let name = if tables.len() == 1 { "Result" } else { "Results" };
            OutputView { label: label(name), tables: tables.iter().map(table).collect(), text_html: None }
        }
        Expected::Text { stream, .. } => {
            let (text, places) = filled_output(runbook, output, &fence.code.text);
            let name = match stream {
                Stream::Stdout => "Output",
                Stream::Stderr => "Standard error",
                Stream::Both => "Output",
            };
            if text.is_empty() {
                return Some(OutputView {
                    label: label(&format!("{name}: nothing")),
                    tables: Vec::new(),
                    text_html: None,
                });
            }
            let text_html = Some(code::html("", &text, &places, &Style::of(fence)));
            OutputView { label: label(name), tables: Vec::new(), text_html }
        }
    })
}

/// When an output holds, and how it is compared, if not always and not as it stands.
fn qualified(condition: &Condition, fence: &Fence) -> String {
    let mut words = String::new();
    if !condition.engines.is_empty() {
        let engines: Vec<String> = condition.engines.iter().map(|engine| words::engine(*engine).to_owned()).collect();
        words.push_str(&format!(" on {}", words::joined(&engines)));
    }
    if let Some(case) = condition.case.as_ref().filter(|case| *case != DEFAULT_CASE) {
        words.push_str(&format!(" in the case {case}"));
    }
    for word in &fence.words {
        match (word.key.as_str(), word.value.as_ref().map(|value| value.text.as_str())) {
            ("unordered", None) => words.push_str(", in any order"),
            ("match", Some("glob")) => words.push_str(", where * stands for any text"),
            ("match", Some("regex")) => words.push_str(", as a pattern"),
            _ => {}
        }
    }
    words
}

/// An expectation as it is in its case. Only the values of the page's own case are the reader's to change.
fn filled_output(runbook: &Runbook, output: &ExpectedOutput, text: &str) -> (String, Vec<FilledIn>) {
    let other = runbook
        .cases
        .iter()
        .find(|case| is_of_other_case(output) && Some(&case.name) == output.condition.case.as_ref());
    match other {
        Some(case) => (filled(runbook, text, |parameter| case.values.get(&parameter.name)).0, Vec::new()),
        None => filled_text(runbook, text),
    }
}

/// An expectation with each `<name>` filled in, and where the values are.
pub(crate) fn filled_text(runbook: &Runbook, text: &str) -> (String, Vec<FilledIn>) {
    filled(runbook, text, |parameter| Some(&parameter.default))
}

fn filled<'a>(
    runbook: &'a Runbook,
    text: &str,
    value: impl Fn(&'a Parameter) -> Option<&'a Value>,
) -> (String, Vec<FilledIn>) {
    let mut filled = String::with_capacity(text.len());
    let mut places = Vec::new();
    let mut done = 0;
    for place in placeholders(runbook, text) {
        let Some(parameter) = parameter(runbook, &place.name) else { continue };
        filled.push_str(&text[done..place.range.start]);
        let start = filled.len();
        filled.push_str(value(parameter).unwrap_or(&parameter.default).as_str());
        done = place.range.end;
        places.push(FilledIn { range: start..filled.len(), ..place });
    }
    filled.push_str(&text[done..]);
    (filled, places)
}

/// Where `text` names a parameter as `<name>`.
fn placeholders(runbook: &Runbook, text: &str) -> Vec<FilledIn> {
    let (open, close) = ("<", ">");
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(open).map(|found| at + found) {
        let inner = start + open.len();
        let found = text[inner..].find(close).and_then(|length| {
            let parameter = parameter(runbook, &text[inner..inner + length])?;
            Some(filled_in(parameter, start..inner + length + close.len()))
        });
        at = found.as_ref().map_or(inner, |place| place.range.end);
        places.extend(found);
    }
    places
}

fn parameter<'a>(runbook: &'a Runbook, name: &str) -> Option<&'a Parameter> {
    runbook.parameters.iter().find(|parameter| parameter.name == name)
}

fn filled_in(parameter: &Parameter, range: std::ops::Range<usize>) -> FilledIn {
    FilledIn { range, name: parameter.name.clone(), label: parameter.label.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_used_where_the_shell_would_read_it() {
        for text in ["echo $NAME", "\"${NAME}\"", "${NAME:-x}", "${#NAME}", "a$NAME-b", "$X$NAME"] {
            assert!(is_used(text, "NAME"), "{text}");
        }
        for text in ["echo NAME", "$NAMES", "${NAME_2}", "$", "$N", "\\${}", "čžš$"] {
            assert!(!is_used(text, "NAME"), "{text}");
        }
    }
}
