//! Builds the site at the start and after every change.
//!
//! Takes the closure that builds, puts what it gives on the board and tells what happened. Must stay true: after the
//! last save that changed a byte there is one build that began after it; what a build itself writes leads to one more
//! build at most; a closure that panics costs its build, not the preview.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Instant;

use super::board::Board;
use super::watch::{Signal, Watch};
use super::{Build, Changed, Options, Problem, ServeEvent};

/// The work of the build thread.
#[derive(Debug)]
pub(super) struct Rebuild {
    roots: Vec<PathBuf>,
    ignored: Vec<PathBuf>,
    board: Arc<Board>,
    signals: Sender<Signal>,
    inbox: Receiver<Signal>,
}

impl Rebuild {
    pub(super) fn new(options: &Options, board: Arc<Board>, signals: Sender<Signal>, inbox: Receiver<Signal>) -> Self {
        Self { roots: options.watch.clone(), ignored: options.ignore.clone(), board, signals, inbox }
    }

    /// Builds and waits in turn until the preview ends.
    pub(super) fn run(self, mut build: impl FnMut(&Changed) -> Build, mut on_event: impl FnMut(ServeEvent)) {
        // Before the first build: what is saved while it reads is then a change.
        let (mut watch, trouble) = Watch::new(&self.roots, &self.ignored, self.signals, self.inbox);
        if let Some(reason) = trouble {
            on_event(ServeEvent::Polling(reason));
        }
        let mut changed = Some(Changed::Start);
        loop {
            if self.board.is_stopped() {
                return;
            }
            if let Some(changed) = changed.take() {
                on_event(built(&self.board, changed, &mut build));
                // A file that was being written with the bytes it had may have been read while it was empty.
                let Some(difference) = watch.catch_up() else { return };
                let again = [difference.changed, difference.rewritten].concat();
                if !again.is_empty() {
                    on_event(built(&self.board, Changed::Files(sorted(again)), &mut build));
                }
            }
            let Some((difference, trouble)) = watch.wait() else { return };
            if let Some(reason) = trouble {
                on_event(ServeEvent::Polling(reason));
            }
            changed = (!difference.changed.is_empty()).then_some(Changed::Files(difference.changed));
        }
    }
}

fn built(board: &Board, changed: Changed, build: &mut impl FnMut(&Changed) -> Build) -> ServeEvent {
    let begun = Instant::now();
    board.begin();
    let build = catch_unwind(AssertUnwindSafe(|| build(&changed))).unwrap_or_else(|_| Build {
        files: None,
        problems: vec![Problem {
            message: "Proofbook itself failed while building; this is a mistake in Proofbook".to_owned(),
            place: String::new(),
            text: "The terminal says more.".to_owned(),
        }],
    });
    let problems = build.problems.len();
    let result = board.put(build);
    ServeEvent::Built { changed, result, problems, took: begun.elapsed() }
}

fn sorted(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort();
    paths
}
