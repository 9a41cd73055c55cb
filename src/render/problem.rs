//! What went wrong with a snippet, short enough for a page. The full report is `report`'s.

use super::effect;
use super::view::{ProblemView, RowsView, TableView};
use super::words;
use crate::runbook::outcome::{Outcome, Problem, Running, Verdict};

/// Everything that went wrong.
pub(crate) fn views(outcome: &Outcome) -> Vec<ProblemView> {
    match &outcome.verdict {
        Verdict::Failed { problems } => problems.iter().map(view).collect(),
        Verdict::TimedOut { running: Some(running), .. } => vec![hung(running)],
        _ => Vec::new(),
    }
}

/// The first thing that went wrong, in one line of HTML.
pub(crate) fn first(outcome: &Outcome) -> Option<String> {
    views(outcome).into_iter().next().map(|problem| problem.words_html)
}

/// What was still running when a snippet was ended.
fn hung(running: &Running) -> ProblemView {
    let command = running.command.as_ref().map(|command| format!("`{}`", command.replace('`', "'")));
    let mut words = format!("{} did not end", command.as_deref().unwrap_or("it"));
    if let Some(doing) = running.doing() {
        words.push_str(&format!("; it was {doing}"));
    }
    let lines = running.lines();
    let came = (!lines.is_empty()).then(|| lines.iter().map(|line| format!("{line}\n")).collect());
    ProblemView { words_html: words::marked_up(&words), came, tables: Vec::new(), rows: Vec::new() }
}

fn view(problem: &Problem) -> ProblemView {
    let mut came = None;
    let mut tables: Vec<TableView> = Vec::new();
    let mut rows: Vec<RowsView> = Vec::new();
    let words = match problem {
        Problem::Statement { code, message, .. } => format!("a statement failed: {message} ({code})"),
        Problem::Exit { expected, actual, command, note } => {
            let mut words = format!("it ended with status {actual}, not {expected}");
            if let Some(command) = command {
                words.push_str(&format!(", at `{}`", command.command.replace('`', "'")));
            }
            if let Some(note) = note {
                words.push_str(&format!("; {note}"));
            }
            words
        }
        Problem::NoError { expected } => format!("it succeeded, but should fail with {expected}"),
        Problem::OtherError { expected, code, message, last, .. } => {
            let place = if *last { "" } else { " before its last statement" };
            format!("it failed{place} with {message} ({code}), not with {expected}")
        }
        Problem::Effect { promised, measured } => {
            format!(
                "it promises to change {}, but changed {}",
                effect::line(promised),
                effect::line(&measured.promise())
            )
        }
        Problem::CheckChanged { measured } => {
            format!("a check must change nothing, but it changed {}", effect::line(&measured.promise()))
        }
        Problem::FailureChanged { measured } => {
            format!("the statement that should fail changed {}", effect::line(&measured.promise()))
        }
        Problem::Table { number, difference, .. } => {
            tables.push(effect::result(&difference.actual));
            if *number == 1 { "the result differs".into() } else { format!("result {number} differs") }
        }
        Problem::TableCount { expected, actual, .. } => {
            tables.extend(actual.iter().map(effect::result));
            format!("{expected} results are expected, {} came", actual.len())
        }
        Problem::Text { actual, command: Some(command), .. } => {
            came = Some(actual.clone());
            let what = if actual.is_empty() { "printed nothing" } else { "printed something else" };
            format!("`{}` {what}", command.command.replace('`', "'"))
        }
        Problem::Text { stream, actual, .. } => {
            came = Some(actual.clone());
            let stream = match stream {
                crate::runbook::Stream::Stdout => "output",
                crate::runbook::Stream::Stderr => "standard error",
                crate::runbook::Stream::Both => "output",
            };
            if actual.is_empty() { format!("there was no {stream}") } else { format!("the {stream} differs") }
        }
        Problem::CheckChangedInTransaction { .. } => "it must change nothing, but changed rows".into(),
        Problem::NotComparable { why, .. } => format!("what it printed cannot be compared: {why}"),
        Problem::NotWritten { message } => format!("the file was not written: {message}"),
        Problem::Before { file, line, ended } => {
            format!("the page starts after another one, which does not come to its end: `{file}` line {line} {ended}")
        }
        Problem::TooManyProcesses { limit } => format!("more than {limit} processes were running at once"),
        Problem::UndoDiffers { rows: differing, files, counters } => {
            let mut what = Vec::new();
            if !differing.is_none() {
                what.push(effect::line(&differing.promise()));
                rows = effect::rows(differing);
            }
            what.extend(files.iter().map(|file| format!("`{}` in the work folder", file.path)));
            what.extend(counters.iter().map(|counter| format!("the counter of `{}`", counter.name)));
            format!("after it, not everything is as before the step: {}", words::joined(&what))
        }
        Problem::RepeatDiffers { first, again } => format!(
            "after it, the step changes {}, but the first time {}",
            effect::line(&again.promise()),
            effect::line(&first.promise())
        ),
        Problem::StepOfUndo { again: true, .. } => "after it, the step does not work any more".into(),
        Problem::StepOfUndo { again: false, .. } => "its step failed where the undo was to be proved".into(),
        Problem::UndoInTransaction => "a transaction is open, so the states cannot be compared".into(),
        Problem::FailsWithoutFault { .. } => "it fails although nothing is broken".into(),
        Problem::FailsWithoutRepair { .. } => "it fails with the fault and without the repair".into(),
        Problem::FaultUnnoticed { .. } => "no final check notices it".into(),
        Problem::EffectInTransaction => "a transaction is still open, so its effect could not be measured".into(),
        Problem::TransactionLeftOpen => "the page ended with the transaction open that begins here".into(),
    };
    ProblemView { words_html: words::marked_up(&words), came, tables, rows }
}
