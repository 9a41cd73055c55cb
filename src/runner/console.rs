//! A transcript, carried out: its commands one after the other in the page's bash, each a block of its own.
//!
//! Must stay true: it stops at the first command that does not do what the transcript says, because what a person would
//! see below it is no longer known; the limit is the transcript's, not each command's.

use std::time::{Duration, Instant};

use super::attempt::{Attempt, End};
use super::pass::Pass;
use super::perform::{kept, notes, once};
use crate::runbook::Stream;
use crate::runbook::outcome::{FailedCommand, Problem};
use crate::runbook::transcript::TranscriptCommand;
use crate::shell::{Block, BlockEnd, Ended, Streams};

impl Pass<'_> {
    /// Carries a transcript out, waiting no longer than `limit`.
    pub(super) fn console(&mut self, commands: &[TranscriptCommand], limit: Duration) -> Attempt {
        let deadline = Instant::now() + limit;
        let mut attempt = Attempt::default();
        for command in commands {
            let block = Block { first_line: command.line, text: command.text.clone(), streams: Streams::Together };
            let left = deadline.saturating_duration_since(Instant::now());
            match self.run_block(&block, left) {
                Ok(end) => self.judge_command(command, end, &mut attempt),
                Err(message) => attempt.end = End::Broken(message),
            }
            if !matches!(attempt.end, End::Own) || !attempt.problems.is_empty() {
                break;
            }
        }
        once(&mut attempt);
        attempt
    }

    /// Holds what a command did against the transcript, and adds it to what the snippet came to.
    fn judge_command(&self, command: &TranscriptCommand, end: BlockEnd, attempt: &mut Attempt) {
        let mut told = Vec::new();
        let actual = kept("output", &end.stdout, &mut told);
        told.extend(notes(&end));
        attempt.printed.notes.extend(told.into_iter().map(|note| format!("line {}: {note}", command.line)));
        attempt.printed.stdout.push_str(&actual);
        let this = FailedCommand { line: command.line, command: command.title().to_owned() };
        let (status, note) = match end.ended {
            Ended::Status(status) => (status, None),
            Ended::ShellExited(status) => {
                (status, Some("it ended the shell itself: its variables and jobs are lost".to_owned()))
            }
            Ended::ShellKilled(signal) => (128 + signal, Some(format!("the shell was killed by signal {signal}"))),
            Ended::TooManyProcesses(limit) => return attempt.problems.push(Problem::TooManyProcesses { limit }),
            Ended::Stopped => return attempt.end = End::Stopped,
            Ended::TimedOut => {
                attempt.end = End::TimedOut;
                let mut running = end.running.unwrap_or_default();
                // Where bash itself is what hangs, the command is.
                running.command.get_or_insert(this.command);
                running.line.get_or_insert(this.line);
                attempt.running = Some(running);
                return;
            }
        };
        if status != command.status {
            // A failure in a function of an earlier block is told where this transcript called it.
            let here = end.failed.filter(|failed| failed.line == failed.within);
            let failed = here.map(|failed| FailedCommand { line: failed.line, command: failed.command });
            let expected = command.status;
            attempt.problems.push(Problem::Exit {
                expected,
                actual: status,
                command: Some(failed.unwrap_or_else(|| this.clone())),
                note,
            });
        }
        // What was cut is never what was expected, however much of it agrees.
        if end.stdout.truncated || !command.output.matches(&actual, &self.texts) {
            attempt.problems.push(Problem::Text {
                line: command.output_line,
                stream: Stream::Both,
                expected: command.output.filled(&self.texts),
                actual,
                command: Some(this),
            });
        }
    }
}
