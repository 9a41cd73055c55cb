//! What went wrong with a snippet, short enough for a page. The full report is `report`'s.

use super::effect;
use super::view::{ProblemView, TableView};
use super::words;
use crate::runbook::outcome::{Outcome, Problem, Verdict};

/// Everything that went wrong.
pub(crate) fn views(outcome: &Outcome) -> Vec<ProblemView> {
    match &outcome.verdict {
        Verdict::Failed { problems } => problems.iter().map(view).collect(),
        _ => Vec::new(),
    }
}

/// The first thing that went wrong, in one line of HTML.
pub(crate) fn first(outcome: &Outcome) -> Option<String> {
    views(outcome).into_iter().next().map(|problem| problem.words_html)
}

fn view(problem: &Problem) -> ProblemView {
    let mut came = None;
    let mut tables: Vec<TableView> = Vec::new();
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
        Problem::Text { stream, actual, .. } => {
            came = Some(actual.clone());
            let stream = match stream {
                crate::runbook::Stream::Stdout => "output",
                crate::runbook::Stream::Stderr => "standard error",
            };
            if actual.is_empty() { format!("there was no {stream}") } else { format!("the {stream} differs") }
        }
        Problem::CheckChangedInTransaction { .. } => "it must change nothing, but changed rows".into(),
        Problem::NotWritten { message } => format!("the file was not written: {message}"),
        Problem::EffectInTransaction => "a transaction is still open, so its effect could not be measured".into(),
        Problem::TransactionLeftOpen => "the page ended with the transaction open that begins here".into(),
    };
    ProblemView { words_html: words::marked_up(&words), came, tables }
}
