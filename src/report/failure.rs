//! What went wrong in a run: where, the snippet with its line marked, expected against actual, how to run it again.
//!
//! This is what a writer or an on-call person reads at night. Must stay true: the first line can be clicked
//! (`file:line:column`), the last one can be typed.

use std::collections::BTreeMap;

use similar::{ChangeTag, TextDiff};

use super::paint::{ADDED, BAD, MIND, QUIET, REMOVED, STRONG, hint, paint, plural};
use crate::expect::{ResultSet, TableDifference, draw};
use crate::runbook::effect::{Counts, Effect, ObjectChange, Promise, RowChange};
use crate::runbook::outcome::{Outcome, PageRun, Problem, Running, Verdict};
use crate::runbook::{Action, Runbook, Snippet};
use crate::span::Location;

/// The most lines of a snippet, an output or a table that are shown.
const MOST_LINES: usize = 24;

/// Draws how `outcome` failed; `None` if it did not.
pub fn failure(page: &PageRun, runbook: &Runbook, outcome: &Outcome) -> Option<String> {
    let snippet = runbook.snippets.iter().find(|snippet| snippet.id == outcome.snippet)?;
    let (word, problems): (&str, &[Problem]) = match &outcome.verdict {
        Verdict::Failed { problems } => ("FAILED", problems),
        Verdict::TimedOut { .. } => ("TIMED OUT", &[]),
        Verdict::Error { .. } => ("ERROR", &[]),
        _ => return None,
    };
    let places: Vec<Location> = problems.iter().map(|problem| place(problem, runbook, snippet)).collect();
    let top = runbook.file.location(snippet.span.start);
    let hung = match &outcome.verdict {
        Verdict::TimedOut { running: Some(Running { line: Some(line), .. }), .. } => Some(*line),
        _ => None,
    };
    let first = places.first().copied().or(hung.map(|line| first_word(runbook, line))).unwrap_or(top);
    let marks: Vec<usize> = places.iter().map(|place| place.line).chain(hung).collect();
    let engine = page.engine.map(|engine| format!(" on {engine}")).unwrap_or_default();
    let title = snippet.title.as_ref().map(|title| format!(" “{title}”")).unwrap_or_default();
    let mut text = format!(
        "{} {} {} `{}`{title}{engine}\n\n",
        paint(BAD, word),
        paint(STRONG, &format!("{}:{first}", runbook.file.path())),
        snippet.role.name(),
        snippet.id,
    );
    let caret = problems
        .iter()
        .zip(&places)
        .find(|(problem, _)| matches!(problem, Problem::Statement { .. } | Problem::OtherError { .. }))
        .map(|(_, place)| *place);
    text.push_str(&source(runbook, snippet, &marks, caret));
    match &outcome.verdict {
        Verdict::TimedOut { limit, running } => {
            let seconds = *limit as f64 / 1000.0;
            let what = running.as_ref().map_or("It".to_owned(), |running| format!("`{}`", running.command));
            // SQL starts nothing and never asks.
            let (ended, input) = match snippet.action {
                Action::Sql => ("ended", ""),
                _ => ("ended, with everything the block had started", "If it waits for input: there is none. "),
            };
            text.push_str(&format!("\n  {what} was still running after {seconds} s and was {ended}.\n"));
            text.push_str(&indent(&format!("{input}If it needs longer: `timeout=2m` on the fence.\n")));
        }
        Verdict::Error { message } => text.push_str(&format!("\n  It could not be run: {message}\n")),
        _ => {}
    }
    for problem in problems {
        text.push('\n');
        text.push_str(&indent(&describe(problem, outcome)));
    }
    text.push_str(&printed(outcome, problems));
    // Of several problems the first is the cause more often than not.
    if let Some(problem) = problems.first() {
        text.push_str(&format!("\n{}\n", hint(&remedy(problem, outcome))));
    }
    text.push_str(&format!(
        "\n  Run just this page again: {}\n",
        paint(STRONG, &format!("proofbook test {}", quoted(runbook.file.path())))
    ));
    Some(text)
}

/// Where in the page a problem shows.
fn place(problem: &Problem, runbook: &Runbook, snippet: &Snippet) -> Location {
    let top = runbook.file.location(snippet.span.start);
    let line = |line: usize| Location { line, column: 1 };
    match problem {
        Problem::Statement { at, .. } | Problem::OtherError { at, .. } => Location { line: at.line, column: at.column },
        Problem::Exit { command: Some(command), .. } => first_word(runbook, command.line),
        Problem::Table { line: at, .. } | Problem::TableCount { line: at, .. } | Problem::Text { line: at, .. } => {
            line(*at)
        }
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

/// The snippet as it stands in the page, with the marked lines pointed at and a caret where the engine pointed; long
/// ones around the first mark.
fn source(runbook: &Runbook, snippet: &Snippet, marks: &[usize], caret: Option<Location>) -> String {
    let file = &runbook.file;
    let first = file.line_of(snippet.span.start).min(marks.iter().copied().min().unwrap_or(usize::MAX));
    let end = file.line_of(snippet.span.end.saturating_sub(1).max(snippet.span.start));
    let last = end.max(marks.iter().copied().max().unwrap_or(0));
    let focus = marks.first().copied().unwrap_or(first);
    let (from, to) = if last - first < MOST_LINES {
        (first, last)
    } else {
        let from = focus.saturating_sub(MOST_LINES / 2).max(first);
        (from, (from + MOST_LINES - 1).min(last))
    };
    let width = to.to_string().len().max(3);
    let mut text = String::new();
    let gap = |text: &mut String| text.push_str(&format!("  {} {}\n", " ".repeat(width), paint(QUIET, "⋮")));
    if from > first {
        gap(&mut text);
    }
    for number in from..=to {
        let line = file.line(number);
        let bar = paint(QUIET, "│");
        if marks.contains(&number) {
            text.push_str(&format!("{} {} {bar} {line}\n", paint(BAD, ">"), paint(BAD, &format!("{number:>width$}"))));
        } else {
            text.push_str(&format!("  {} {bar} {line}\n", paint(QUIET, &format!("{number:>width$}"))));
        }
        if let Some(caret) = caret.filter(|caret| caret.line == number) {
            // Tabs stay tabs, so that the caret stands under its character at any tab width.
            let before: String =
                line.chars().take(caret.column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            text.push_str(&format!("  {} {bar} {before}{}\n", " ".repeat(width), paint(BAD, "^")));
        }
    }
    if to < last {
        gap(&mut text);
    }
    text
}

fn describe(problem: &Problem, outcome: &Outcome) -> String {
    match problem {
        Problem::Statement { code, message, .. } => {
            let measured = outcome.effect.as_ref().filter(|effect| !effect.is_none());
            let before =
                measured.map(|effect| format!("Before it failed, the snippet changed: {}\n", effect.promise()));
            format!("The statement failed: {message}{}\n{}", in_brackets(code), before.unwrap_or_default())
        }
        Problem::Exit { expected, .. } if does_not_parse(problem, outcome) => {
            format!("The block does not parse, so nothing of it ran; the page promises status {expected}.\n")
        }
        Problem::Exit { expected, actual, command, note } => {
            let mut text = match command {
                Some(command) => {
                    format!("`{}` stopped the block with status {actual}", command.command.replace('\n', " "))
                }
                None => format!("The block ended with status {actual}"),
            };
            text.push_str(&format!("; the page promises {expected}.\n"));
            if let Some(note) = note {
                text.push_str(&format!("{}.\n", capitalised(note)));
            }
            text
        }
        Problem::NoError { expected } => {
            format!("Every statement succeeded; the page promises that the last one fails with {expected}.\n")
        }
        Problem::OtherError { expected, code, message, last, .. } => {
            let which = if *last { "The statement failed with" } else { "A statement before the last one failed with" };
            format!(
                "{which}: {message}{}\nThe page promises that the last one fails with {expected}.\n",
                in_brackets(code)
            )
        }
        Problem::Effect { promised, measured } => {
            format!("The effect differs from what the page promises.\n\n{}", effects(promised, measured))
        }
        Problem::CheckChanged { measured } => {
            format!("A check must change nothing, but this one did.\n\n{}", effects(&Promise::default(), measured))
        }
        Problem::FailureChanged { measured } => format!(
            "A statement that fails must change nothing, but this one did.\n\n{}",
            effects(&Promise::default(), measured)
        ),
        Problem::Table { number, difference, line } => {
            let which = if *number > 1 { format!("Result {number}") } else { "The result".into() };
            format!("{which} differs from the output in line {line}.\n\n{}", table(difference))
        }
        Problem::TableCount { expected, actual, line } => {
            let noun = |n: usize| if n == 1 { "1 result".into() } else { format!("{n} results") };
            let drawn: Vec<String> = actual.iter().map(capped).collect();
            format!(
                "The snippet gives {}, the output in line {line} expects {}.\n\n{}",
                noun(actual.len()),
                noun(*expected),
                drawn.join("\n")
            )
        }
        Problem::Text { stream, expected, actual, line } => {
            format!(
                "{} differs from the output in line {line}.\n\n{}",
                stream.name(),
                text_difference(expected, actual)
            )
        }
        Problem::CheckChangedInTransaction { rows } => {
            let rows = plural(usize::try_from(*rows).unwrap_or(usize::MAX), "row");
            format!("A check must change nothing, but this one touched {rows} inside the open transaction.\n")
        }
        Problem::NotWritten { message } => format!("The file was not written: {message}\n"),
        Problem::EffectInTransaction => {
            "`effect` cannot be measured: a transaction is still open after this snippet.\n".into()
        }
        Problem::TransactionLeftOpen => {
            "The transaction this snippet began is still open at the end of the page, so what it did would be lost.\n"
                .into()
        }
    }
}

/// What to do about a problem.
fn remedy(problem: &Problem, outcome: &Outcome) -> String {
    match problem {
        Problem::Exit { .. } if does_not_parse(problem, outcome) => {
            "close the quote, bracket or keyword that bash names below".into()
        }
        Problem::Statement { hint: Some(hint), .. } => hint.clone(),
        Problem::Statement { .. } => {
            "correct the statement; if the page is to show that it fails, promise it with `error=…`".into()
        }
        Problem::Exit { expected: 0, actual: 127, command: Some(_), .. } => {
            "correct the program's name, or install it; a block that not everybody can run says `requires=PROGRAM`"
                .into()
        }
        // A shell that a signal ended is never what a page shows.
        Problem::Exit { expected: 0, actual: 129.., command: None, note: Some(_) } => "correct the block".into(),
        Problem::Exit { expected: 0, actual, .. } => {
            format!("correct the block; if the page is to show that it fails, promise it with `exit={actual}`")
        }
        Problem::Exit { .. } => "correct the block, or the promise in `exit=`".into(),
        Problem::NoError { .. } => "correct the statement, or remove `error=` if it is right that it succeeds".into(),
        Problem::OtherError { last: false, .. } => "only the last statement may fail: correct those before it".into(),
        Problem::OtherError { .. } => "correct the statement, or the promise in `error=`".into(),
        Problem::Effect { .. } => {
            "correct the snippet; change the promise only if what was measured is what it must do".into()
        }
        Problem::CheckChanged { .. } | Problem::CheckChangedInTransaction { .. } => {
            "let it only look; if the reader is to do this, make it a step: `effect=\"…\"` instead of `check`".into()
        }
        Problem::FailureChanged { .. } => {
            "promise what it changes with `effect=\"…\"`, or undo it in the snippet".into()
        }
        Problem::Table { line, .. } | Problem::TableCount { line, .. } => {
            format!("correct the statement, or the output in line {line} if what came is right")
        }
        Problem::Text { line, .. } => format!("correct the block, or the output in line {line} if what came is right"),
        Problem::NotWritten { .. } => "give the file another path, or let the page not put anything there".into(),
        Problem::EffectInTransaction => "commit or roll back in it, or move `effect` to the snippet that does".into(),
        Problem::TransactionLeftOpen => "end it with COMMIT or ROLLBACK".into(),
    }
}

/// Whether bash could not read the block: it says so on stderr and ends it with 2, or with 1 for an unclosed heredoc.
fn does_not_parse(problem: &Problem, outcome: &Outcome) -> bool {
    let said = ["syntax error", "unexpected EOF", "unexpected end of file"];
    matches!(problem, Problem::Exit { actual: 1 | 2, .. })
        && outcome.printed.stdout.is_empty()
        && outcome.printed.stderr.starts_with("bash: line ")
        && said.iter().any(|said| outcome.printed.stderr.contains(said))
}

fn in_brackets(code: &str) -> String {
    if code.is_empty() { String::new() } else { format!(" ({code})") }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Two effects side by side, then the rows.
fn effects(promised: &Promise, measured: &Effect) -> String {
    let actual = measured.promise();
    let mut lines: BTreeMap<String, (String, String)> = BTreeMap::new();
    let show = |counts: Option<&Counts>| counts.map_or_else(|| "–".to_owned(), Counts::to_string);
    let lower = |promise: &Promise, name: &str| {
        promise.tables.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, counts)| *counts)
    };
    for name in actual.tables.keys().chain(promised.tables.keys()) {
        if !lines.keys().any(|known| known.eq_ignore_ascii_case(name)) {
            let sides = (show(lower(promised, name).as_ref()), show(lower(&actual, name).as_ref()));
            lines.insert(name.clone(), sides);
        }
    }
    if promised.schema || actual.schema {
        let mark = |schema: bool| if schema { "changed" } else { "–" }.to_owned();
        lines.insert("schema".into(), (mark(promised.schema), mark(actual.schema)));
    }
    let width = |pick: fn(&(String, String)) -> &String, head: &str| {
        lines.values().map(|sides| pick(sides).chars().count()).chain([head.len()]).max().unwrap_or(0)
    };
    let name_width = lines.keys().map(|name| name.chars().count()).chain(["effect".len()]).max().unwrap_or(0);
    let left = width(|sides| &sides.0, "promised");
    let right = width(|sides| &sides.1, "measured");
    let mut text = format!(
        "{}\n",
        paint(QUIET, format!("{:<name_width$}   {:<left$}   {:<right$}", "effect", "promised", "measured").trim_end())
    );
    for (name, (promised, measured)) in &lines {
        let line = format!("{name:<name_width$}   {promised:<left$}   {measured:<right$}");
        let line = line.trim_end();
        text.push_str(&if promised == measured { format!("{line}\n") } else { format!("{}\n", paint(MIND, line)) });
    }
    text + &rows(measured)
}

/// The rows of an effect, by table.
fn rows(effect: &Effect) -> String {
    let mut text = String::new();
    for (name, table) in &effect.tables {
        let result = |kept: fn(&RowChange) -> Option<&Vec<crate::expect::Cell>>| ResultSet {
            columns: table.columns.clone(),
            rows: table.rows.iter().filter_map(kept).cloned().collect(),
            ordered: false,
        };
        let parts = [
            ("removed from", result(|row| if let RowChange::Removed(cells) = row { Some(cells) } else { None })),
            ("added to", result(|row| if let RowChange::Added(cells) = row { Some(cells) } else { None })),
        ];
        for (word, part) in parts.iter().filter(|(_, part)| !part.rows.is_empty()) {
            text.push_str(&format!("\n{word} {name}:\n{}", capped(part)));
        }
        let changed: Vec<_> = table
            .rows
            .iter()
            .filter_map(|row| if let RowChange::Changed { before, after } = row { Some((before, after)) } else { None })
            .collect();
        if !changed.is_empty() {
            text.push_str(&format!("\nchanged in {name}:\n"));
            for (before, after) in changed {
                text.push_str(&format!("  {}\n", changed_row(&table.columns, before, after)));
            }
        }
        if table.omitted() > 0 {
            text.push_str(&format!("… and {} more rows of {name}\n", table.omitted()));
        }
    }
    for change in &effect.schema {
        let word = match change.change {
            ObjectChange::Added => "added",
            ObjectChange::Changed => "changed",
            ObjectChange::Removed => "removed",
        };
        text.push_str(&format!("\n{word}: {} {}\n", change.kind, change.name));
    }
    text
}

/// A changed row: what stayed names it, what changed is shown with both values.
fn changed_row(columns: &[String], before: &[crate::expect::Cell], after: &[crate::expect::Cell]) -> String {
    let cells = columns.iter().zip(before).zip(after);
    let parts: Vec<String> = cells
        .map(|((column, before), after)| {
            if before == after {
                format!("{column} = {}", after.written())
            } else {
                paint(MIND, &format!("{column}: {} → {}", before.written(), after.written()))
            }
        })
        .collect();
    parts.join(", ")
}

fn table(difference: &TableDifference) -> String {
    let mut text = String::new();
    if let Some((expected, actual)) = &difference.columns {
        text.push_str(&format!("expected columns: {}\nactual columns:   {}\n", expected.join(", "), actual.join(", ")));
    }
    for cell in &difference.cells {
        text.push_str(&format!(
            "row {}, column `{}`: expected {}, got {}\n",
            cell.row,
            cell.column,
            paint(REMOVED, &shown(&cell.expected)),
            paint(ADDED, &shown(&cell.actual))
        ));
    }
    for row in difference.missing.iter().take(MOST_LINES) {
        text.push_str(&paint(REMOVED, &format!("- | {} |  expected, but missing", row.join(" | "))));
        text.push('\n');
    }
    for row in difference.unexpected.iter().take(MOST_LINES) {
        text.push_str(&paint(ADDED, &format!("+ | {} |  came, but not expected", row.join(" | "))));
        text.push('\n');
    }
    if difference.order {
        text.push_str("the same rows in another order; the statement fixes the order with ORDER BY\n");
    }
    text.push_str(&format!("\nactual result:\n{}", capped(&difference.actual)));
    text
}

fn shown(cell: &str) -> String {
    if cell.is_empty() { "an empty text".into() } else { format!("`{cell}`") }
}

/// A result set drawn, cut to the lines that are shown.
fn capped(result: &ResultSet) -> String {
    if result.rows.len() <= MOST_LINES {
        return draw(result);
    }
    let part = ResultSet { rows: result.rows[..MOST_LINES].to_vec(), ..result.clone() };
    format!("{}… and {} more rows\n", draw(&part), result.rows.len() - MOST_LINES)
}

/// A line diff: `-` expected, `+` actual.
fn text_difference(expected: &str, actual: &str) -> String {
    let end = |text: &str| if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    let (expected, actual) = (end(expected), end(actual));
    let diff = TextDiff::from_lines(&expected, &actual);
    let mut text = String::from("- expected\n+ actual\n\n");
    let mut shown = 0;
    for group in diff.grouped_ops(3) {
        for operation in group {
            for change in diff.iter_changes(&operation) {
                if shown == 2 * MOST_LINES {
                    text.push_str("… the rest is left out\n");
                    return text;
                }
                shown += 1;
                let line = change.value().trim_end_matches('\n');
                text.push_str(&match change.tag() {
                    ChangeTag::Delete => paint(REMOVED, &format!("- {line}")),
                    ChangeTag::Insert => paint(ADDED, &format!("+ {line}")),
                    ChangeTag::Equal => format!("  {line}"),
                });
                text.push('\n');
            }
        }
    }
    text
}

/// What a shell snippet printed, as far as the problems have not shown it.
fn printed(outcome: &Outcome, problems: &[Problem]) -> String {
    let mut text = String::new();
    let compared = |name: &str| {
        problems.iter().any(|problem| matches!(problem, Problem::Text { stream, .. } if stream.name() == name))
    };
    for (name, stream) in [("stdout", &outcome.printed.stdout), ("stderr", &outcome.printed.stderr)] {
        if stream.is_empty() || compared(name) {
            continue;
        }
        let lines: Vec<&str> = stream.lines().collect();
        let skipped = lines.len().saturating_sub(MOST_LINES);
        let cut = if skipped > 0 { format!(", the last {MOST_LINES} of {} lines", lines.len()) } else { String::new() };
        text.push_str(&format!("\n  It had printed to {name}{cut}:\n"));
        for line in &lines[skipped..] {
            text.push_str(&format!("    {line}\n"));
        }
    }
    for note in &outcome.printed.notes {
        text.push_str(&format!("\n  Note: {note}\n"));
    }
    text
}

fn indent(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".into() } else { format!("  {line}\n") }).collect()
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte));
    if plain { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}
