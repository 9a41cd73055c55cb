//! A problem in words: what it is, and what to do about it.

use super::difference::{self, capped, effects, table, text_difference};
use super::paint::{plural, shell_word};
use crate::runbook::effect::{Effect, ObjectChange, Promise};
use crate::runbook::outcome::{CounterChange, FileChange, Outcome, Problem};

/// What went wrong, in sentences.
pub(super) fn describe(problem: &Problem, outcome: &Outcome) -> String {
    match problem {
        Problem::Statement { code, message, .. } => {
            let measured = outcome.effect.as_ref().filter(|effect| !effect.is_none());
            let before =
                measured.map(|effect| format!("Before it failed, the snippet changed: {}\n", effect.promise()));
            format!("The statement failed: {message}{}\n{}", in_brackets(code), before.unwrap_or_default())
        }
        Problem::Exit { expected, actual, command: Some(command), note } if is_transcript(outcome) => {
            let command = command.command.replace('\n', " ");
            let note = note.as_ref().map(|note| format!("{}.\n", capitalised(note))).unwrap_or_default();
            let how = match does_not_parse(problem, outcome) {
                true => format!("does not parse, so nothing of it ran; the transcript says status {expected}"),
                false => format!("ended with status {actual}; the transcript says {expected}"),
            };
            format!("`{command}` {how}.\n{note}")
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
        Problem::Text { expected, actual, line, command: Some(command), .. } => {
            let command = command.command.as_str();
            let what = match (expected.is_empty(), actual.is_empty()) {
                (true, _) => format!("`{command}` printed something; in the transcript it prints nothing."),
                (_, true) => format!("`{command}` printed nothing; the transcript has output from line {line} on."),
                _ => format!("`{command}` printed something else than the transcript has from line {line} on."),
            };
            format!("{what}\n\n{}", text_difference(expected, actual))
        }
        Problem::Text { stream, expected, actual, line, command: None } => {
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
        Problem::NotComparable { line, stream, why } => {
            format!("{} cannot be compared with the output in line {line}: {why}.\n", stream.name())
        }
        Problem::NotWritten { message } => format!("The file was not written: {message}\n"),
        Problem::Before { file, line, ended } => format!(
            "The page starts where another one ends, and that one does not come to its end: {file}:{line} {ended}.\n"
        ),
        Problem::TooManyProcesses { limit } => {
            format!("More than {limit} processes were running at once; all were ended, and the shell with them.\n")
        }
        Problem::UndoDiffers { rows, files, counters } => undo_differs(rows, files, counters),
        Problem::RepeatDiffers { first, again } => format!(
            "After this undo its step has another effect than the first time.\n\n{}",
            effects(&first.promise(), again).replace("promised", "first   ").replace("measured", "again   ")
        ),
        Problem::StepOfUndo { again, problems } => {
            let told: String = problems.iter().map(|problem| describe(problem, outcome)).collect();
            let when = if *again {
                "After this undo its step, run again, does not work any more."
            } else {
                "In the run that proves undos its step does not work, though it did before; the undos and steps above leave something else behind."
            };
            format!("{when}\n{told}")
        }
        Problem::UndoInTransaction => {
            "A transaction is open before the step or after this undo, so the two states cannot be compared.\n".into()
        }
        Problem::FailsWithoutFault { problems } => {
            let told: String = problems.iter().map(|problem| describe(problem, outcome)).collect();
            format!("It fails without the fault, so it cannot tell whether the repair worked.\n{told}")
        }
        Problem::FailsWithoutRepair { problems } => {
            let told: String = problems.iter().map(|problem| describe(problem, outcome)).collect();
            format!(
                "It fails with the fault and without the repair, so nobody knows whether the final checks notice the fault.\n{told}"
            )
        }
        Problem::FaultUnnoticed { checks } => format!(
            "With this fault and without the repair, no final check fails: {}. So the drill proves nothing.\n",
            listed(checks)
        ),
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
pub(super) fn remedy(problem: &Problem, outcome: &Outcome) -> String {
    match problem {
        Problem::Exit { expected, actual, .. } if is_transcript(outcome) => {
            transcript_status(*expected, *actual, does_not_parse(problem, outcome))
        }
        Problem::Exit { .. } if does_not_parse(problem, outcome) => {
            "close the quote, bracket or keyword that bash names above".into()
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
        Problem::Text { expected, actual, command: Some(_), .. } if expected.trim_end() == actual.trim_end() => {
            "correct the blank lines or the blanks at the end: everything up to the next `$ ` is compared".into()
        }
        Problem::Text { command: Some(_), .. } => {
            "correct the command, or what stands below it if what came is right".into()
        }
        Problem::Text { line, .. } => format!("correct the block, or the output in line {line} if what came is right"),
        Problem::NotComparable { .. } => {
            "let the block print less, or in a form that is text (`head`, `grep`, `wc`, `od`)".into()
        }
        Problem::NotWritten { .. } => "give the file another path, or let the page not put anything there".into(),
        Problem::Before { file, .. } => format!("correct that page first: `proofbook test {}`", shell_word(file)),
        Problem::TooManyProcesses { .. } => {
            "correct the block; a loop may start a program without waiting for it".into()
        }
        Problem::UndoDiffers { rows, files, .. } if rows.is_none() && files.is_empty() => {
            "put the counters back, too, or write `undo` instead of `undo=exact`".into()
        }
        Problem::UndoDiffers { .. } => "let the undo put back everything the step changes, and nothing else".into(),
        Problem::RepeatDiffers { .. } | Problem::StepOfUndo { again: true, .. } => {
            "a reader who goes back will want to try again: let the undo restore what the step needs".into()
        }
        Problem::StepOfUndo { .. } => {
            "make the step independent of ids that the engine assigned, which do not go back with an undo".into()
        }
        Problem::UndoInTransaction => "end the transaction before the step, or in it".into(),
        Problem::FailsWithoutFault { .. } => "correct the check, or what stands before the fault".into(),
        Problem::FailsWithoutRepair { .. } if outcome.role == "check" => "let the check change nothing".into(),
        Problem::FailsWithoutRepair { .. } if outcome.role == "fault" => {
            "let it need nothing of the steps above it: what is below the first fault is the repair, and is left out in this run"
                .into()
        }
        Problem::FailsWithoutRepair { .. } => {
            "move it above the first fault; the steps below that are the repair, and are left out in this run".into()
        }
        Problem::FaultUnnoticed { .. } => "let a final check look at what the fault breaks".into(),
        Problem::EffectInTransaction => "commit or roll back in it, or move `effect` to the snippet that does".into(),
        Problem::TransactionLeftOpen => "end it with COMMIT or ROLLBACK".into(),
    }
}

fn is_transcript(outcome: &Outcome) -> bool {
    outcome.action == "console"
}

/// What to do about a command of a transcript that ended with another status.
fn transcript_status(expected: i32, actual: i32, does_not_parse: bool) -> String {
    match (expected, actual) {
        _ if does_not_parse => {
            "close the quote, bracket or keyword that bash names above; a command over several lines goes on with `> `"
                .into()
        }
        (0, 127) => {
            "correct the program's name, or install it; a transcript that not everybody can run says `requires=PROGRAM`"
                .into()
        }
        (0, _) => {
            format!("correct the command; if it is to fail, write `[{actual}]` on a line below what it prints")
        }
        (_, 0) => format!("correct the command, or remove the line `[{expected}]`"),
        _ => format!("correct the command, or write `[{actual}]` instead of `[{expected}]`"),
    }
}

/// Whether bash could not read the block: it says so on stderr and ends it with 2, or with 1 for an unclosed heredoc.
fn does_not_parse(problem: &Problem, outcome: &Outcome) -> bool {
    let said = ["syntax error", "unexpected EOF", "unexpected end of file"];
    if is_transcript(outcome) {
        // The commands before the last one may have printed anything; of a syntax error bash quotes the line below it.
        let last = outcome.printed.stdout.lines().rev().take(2);
        return matches!(problem, Problem::Exit { actual: 1 | 2, .. })
            && last.into_iter().any(|line| line.starts_with("bash: ") && said.iter().any(|said| line.contains(said)));
    }
    matches!(problem, Problem::Exit { actual: 1 | 2, .. })
        && outcome.printed.stdout.is_empty()
        && outcome.printed.stderr.starts_with("bash: line ")
        && said.iter().any(|said| outcome.printed.stderr.contains(said))
}

/// What an undo left otherwise than it was before its step.
fn undo_differs(rows: &Effect, files: &[FileChange], counters: &[CounterChange]) -> String {
    let mut text = String::from("After the step and this undo, not everything is as it was before the step.\n");
    if !rows.is_none() {
        text.push_str(&format!("\nagainst before the step: {}\n{}", rows.promise(), difference::rows(rows)));
    }
    for file in files {
        let word = match file.change {
            ObjectChange::Added => "is there only after",
            ObjectChange::Changed => "has another content",
            ObjectChange::Removed => "is gone",
        };
        text.push_str(&format!("\n`{}` in the work folder {word}\n", file.path));
    }
    for counter in counters {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not there".into());
        let (before, after) = (value(&counter.before), value(&counter.after));
        text.push_str(&format!("\nthe counter of `{}` was {before} and is {after}\n", counter.name));
    }
    text
}

/// `a`, `b` and `c`, as code.
fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "none".into(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

fn in_brackets(code: &str) -> String {
    if code.is_empty() { String::new() } else { format!(" ({code})") }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
