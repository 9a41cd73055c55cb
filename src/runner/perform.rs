//! One snippet, carried out: SQL over the connection, a block in the bash, a file written.
//!
//! What it came to is an [`Attempt`]: what was printed and what of it is not as promised. Its effect is measured by the
//! pass.

use std::time::{Duration, Instant};

use super::attempt::{Attempt, End};
use super::judge::{self, Came, RECORDED};
use super::pass::Pass;
use crate::database::StatementError;
use crate::path::RelativePath;
use crate::runbook::outcome::{At, FailedCommand, Printed, Problem, Running, RunningStatement};
use crate::runbook::running::in_short;
use crate::runbook::{Action, FileFormat, Snippet, parameter, sql};
use crate::sandbox::{SandboxError, find_program};
use crate::shell::{Block, BlockEnd, Captured, Ended, Limits, Session, SessionOptions, Streams};
use crate::span::Span;

impl Pass<'_> {
    /// Carries the snippet out, waiting no longer than `limit`.
    pub(super) fn attempt(&mut self, snippet: &Snippet, limit: Duration) -> Attempt {
        match &snippet.action {
            Action::Sql => {
                let mut attempt = self.sql(snippet, limit);
                shorten(&mut attempt.printed);
                attempt
            }
            Action::Shell => self.shell(snippet, limit),
            Action::File { path, fill } => self.file(snippet, path, *fill),
            Action::Console(commands) => self.console(commands, limit),
        }
    }

    fn file(&mut self, snippet: &Snippet, path: &RelativePath, fill: Option<FileFormat>) -> Attempt {
        let text = &snippet.code.text;
        let filled = fill.map(|format| parameter::fill_file(text, format, &self.case.values).text);
        match self.stage.room.write(path, filled.as_ref().unwrap_or(text).as_bytes()) {
            Ok(()) => Attempt::default(),
            // What stands in the way was put there by the page itself.
            Err(error @ (SandboxError::Link { .. } | SandboxError::InTheWay { .. })) => {
                let problem = Problem::NotWritten { message: error.to_string() };
                Attempt { problems: vec![problem], ..Attempt::default() }
            }
            Err(error) => Attempt { end: End::Broken(error.to_string()), ..Attempt::default() },
        }
    }

    fn sql(&mut self, snippet: &Snippet, limit: Duration) -> Attempt {
        let engine = self.engine_or_default();
        let mut attempt = Attempt::default();
        let Some(database) = &mut self.stage.database else {
            attempt.end = End::Broken("this page has no database".into());
            return attempt;
        };
        let deadline = Instant::now() + limit;
        let filled = parameter::fill(&snippet.code.text, engine, &self.case.values);
        let statements = sql::statements(&filled.text, engine);
        let promised = snippet.promise.error.as_ref().map(|error| &error.value);
        for (number, span) in statements.iter().enumerate() {
            let last = number + 1 == statements.len();
            let told_apart = promised.is_some() && snippet.promise.effect.is_none();
            let before = if last && told_apart && !database.in_transaction() {
                // The statement that must fail must have changed nothing; those before it may have.
                database.committed().measure().map(Some)
            } else {
                Ok(None)
            };
            match before {
                Ok(effect) => attempt.effect = effect,
                Err(error) => {
                    attempt.end = End::Broken(error.to_string());
                    return attempt;
                }
            }
            let text = &filled.text[span.start..span.end];
            match database.execute(text, deadline, self.world.stop) {
                Ok(results) => attempt.printed.results.extend(results),
                Err(StatementError::TimedOut) => {
                    attempt.end = End::TimedOut;
                    let statement = in_short(text);
                    let told =
                        database.timed_out().map(|doing| RunningStatement { statement: statement.clone(), doing });
                    attempt.running = Some(Running {
                        command: Some(statement),
                        line: Some(self.at(snippet, filled.original_offset(span.start)).line),
                        statements: told.into_iter().collect(),
                        ..Running::default()
                    });
                    return attempt;
                }
                Err(StatementError::Stopped) => attempt.end = End::Stopped,
                Err(StatementError::Sql(error)) => {
                    let offset = span.start + error.offset.unwrap_or(0);
                    let at = self.at(snippet, filled.original_offset(offset));
                    attempt.problems.extend(judge::failure(promised, &error, at, last));
                    attempt.failed_as_promised = attempt.problems.is_empty();
                    if attempt.problems.is_empty() {
                        let code = error.codes.first().map(|code| format!("{code}: ")).unwrap_or_default();
                        attempt.printed.notes.push(format!("failed as promised: {code}{}", error.message));
                        attempt.problems.extend(judge::results(snippet, &attempt.printed.results, self.context()));
                    }
                    return attempt;
                }
            }
            if !matches!(attempt.end, End::Own) {
                return attempt;
            }
        }
        if let Some(pattern) = promised {
            attempt.problems.push(Problem::NoError { expected: judge::written(pattern) });
        }
        let problems = judge::results(snippet, &attempt.printed.results, self.context());
        attempt.problems.extend(problems);
        attempt
    }

    /// The place in the page of byte `offset` of the snippet's text.
    fn at(&self, snippet: &Snippet, offset: usize) -> At {
        let span = snippet.code.source_span(Span::new(offset, offset));
        let location = self.runbook.file.location(span.start);
        At { line: location.line, column: location.column }
    }

    fn shell(&mut self, snippet: &Snippet, limit: Duration) -> Attempt {
        let first_line = self.at(snippet, 0).line;
        let block = Block { first_line, text: snippet.code.text.clone(), streams: Streams::Apart };
        let end = match self.run_block(&block, limit) {
            Ok(end) => end,
            Err(message) => return Attempt { end: End::Broken(message), ..Attempt::default() },
        };
        let printed = printed(&end);
        let mut attempt = Attempt::default();
        let expected = snippet.promise.exit.as_ref().map_or(0, |exit| exit.value);
        attempt.running = end.running;
        let command = end.failed.map(|failed| FailedCommand { line: failed.line, command: failed.command });
        let (actual, note) = match end.ended {
            Ended::TimedOut => (None, None),
            Ended::Stopped => (None, None),
            Ended::TooManyProcesses(_) => (None, None),
            Ended::Status(status) => (Some(status), None),
            Ended::ShellExited(status) => {
                (Some(status), Some("the block ended the shell itself: its variables and jobs are lost".to_owned()))
            }
            Ended::ShellKilled(signal) => {
                (Some(128 + signal), Some(format!("the shell was killed by signal {signal}")))
            }
        };
        match (&end.ended, actual) {
            (Ended::TimedOut, _) => attempt.end = End::TimedOut,
            (Ended::Stopped, _) => attempt.end = End::Stopped,
            (Ended::TooManyProcesses(limit), _) => {
                attempt.problems.push(Problem::TooManyProcesses { limit: *limit });
            }
            (_, Some(actual)) if actual != expected => {
                attempt.problems.push(Problem::Exit { expected, actual, command, note });
            }
            _ => {}
        }
        if matches!(attempt.end, End::Own) {
            let stdout = Came { text: &printed.stdout, flaw: flaw(&end.stdout) };
            let stderr = Came { text: &printed.stderr, flaw: flaw(&end.stderr) };
            attempt.problems.extend(judge::streams(snippet, &stdout, &stderr, self.context()));
        }
        attempt.printed = printed;
        once(&mut attempt);
        attempt
    }

    /// Runs a block in the page's bash. What is still running at its limit is told together with what it does in the
    /// page's database, as that tells before anything is ended.
    pub(super) fn run_block(&mut self, block: &Block, limit: Duration) -> Result<BlockEnd, String> {
        if self.session.is_none() {
            self.session = Some(self.start_session()?);
        }
        let session = self.session.as_mut().ok_or("the shell could not be kept")?;
        let database = &mut self.stage.database;
        let mut statements = Vec::new();
        let mut at_limit = || statements = database.as_mut().map(|database| database.of_clients()).unwrap_or_default();
        let mut end =
            session.run_watched(block, limit, self.world.stop, &mut at_limit).map_err(|error| error.to_string())?;
        if let Some(running) = &mut end.running {
            running.statements = statements;
        }
        Ok(end)
    }

    fn start_session(&mut self) -> Result<Session, String> {
        let surroundings = self.world.surroundings;
        let bash = find_program(&surroundings.path, "bash")
            .ok_or("there is no program `bash` on PATH, and shell snippets need it; install the package `bash`")?;
        let supervisor = self.stage.supervisor.clone();
        let room = &self.stage.room;
        let mut environment = room.environment(&surroundings.path);
        if let Some(database) = &self.stage.database {
            environment.push(("DATABASE_URL".into(), database.address()));
            environment.extend(database.environment());
        }
        for (name, value) in &self.case.values {
            environment.push((parameter::shell_variable(name), value.as_str().to_owned()));
        }
        let options = SessionOptions {
            supervisor,
            bash,
            work: room.work(),
            private: room.private(),
            environment,
            limits: Limits::default(),
        };
        Session::start(options).map_err(|error| error.to_string())
    }
}

/// The note on a block that ended the shell and was to end just so.
const ENDED_SHELL: &str = "ended the shell itself";

/// Takes the note away where a problem says the same.
pub(super) fn once(attempt: &mut Attempt) {
    if attempt.problems.iter().any(|problem| matches!(problem, Problem::Exit { note: Some(_), .. })) {
        attempt.printed.notes.retain(|note| !note.ends_with(ENDED_SHELL));
    }
}

fn printed(end: &BlockEnd) -> Printed {
    let mut told = Vec::new();
    let (stdout, stderr) = (kept("stdout", &end.stdout, &mut told), kept("stderr", &end.stderr, &mut told));
    told.extend(notes(end));
    Printed { results: Vec::new(), stdout, stderr, notes: told }
}

/// What is kept of a stream as text; what is not is told in `notes`.
pub(super) fn kept(name: &str, captured: &Captured, notes: &mut Vec<String>) -> String {
    if captured.truncated {
        notes.push(format!("{name} was cut: {} bytes of {} are kept", captured.bytes.len(), captured.length));
    }
    match std::str::from_utf8(&captured.bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            notes.push(format!("{name} is not UTF-8: its other bytes are shown as `\u{fffd}`"));
            String::from_utf8_lossy(&captured.bytes).into_owned()
        }
    }
}

/// What else is to be told of a block.
pub(super) fn notes(end: &BlockEnd) -> Vec<String> {
    let mut notes = Vec::new();
    if end.restarted {
        notes.push("ran in a new shell with the last good state, because a block before it ended the shell".into());
    }
    if matches!(end.ended, Ended::ShellExited(_) | Ended::ShellKilled(_)) {
        notes.push(ENDED_SHELL.into());
    }
    notes
}

/// Keeps of each result what is recorded; all of it has been judged.
fn shorten(printed: &mut Printed) {
    for (index, result) in printed.results.iter_mut().enumerate() {
        let kept = result.shortened(RECORDED);
        if kept.rows.len() < result.rows.len() {
            let (kept, all) = (kept.rows.len(), result.rows.len());
            printed.notes.push(format!("result {} was cut: {kept} rows of {all} are kept", index + 1));
        }
        *result = kept;
    }
}

/// Why what is known of a stream cannot be compared.
fn flaw(captured: &Captured) -> Option<String> {
    if captured.truncated {
        let (kept, length) = (captured.bytes.len(), captured.length);
        return Some(format!("it was cut: {kept} bytes of {length} are kept"));
    }
    std::str::from_utf8(&captured.bytes).is_err().then(|| "it is not UTF-8".to_owned())
}
