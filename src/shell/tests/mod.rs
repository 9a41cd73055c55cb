//! What the blocks of a page do in a real bash. Each test has its own folder and session.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tempfile::TempDir;

use super::{Block, BlockEnd, Ended, Limits, Session, SessionOptions, Streams};
use crate::sandbox::{Room, Supervisor, test_sandbox};

mod failing;
mod hanging;
mod living;
mod together;

const LONG: Duration = Duration::from_secs(60);

struct Page {
    // Dropped in this order: the session before its room.
    session: Session,
    room: Room,
    _parent: TempDir,
}

impl Page {
    fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    fn with_limits(limits: Limits) -> Self {
        let (room, parent) = room();
        let session = Session::start(options(&room, limits)).unwrap();
        Self { session, room, _parent: parent }
    }

    /// Runs `text` as if it stood at line 11 of the page.
    fn run(&mut self, text: &str) -> BlockEnd {
        self.run_at(11, text, LONG)
    }

    fn run_at(&mut self, first_line: usize, text: &str, limit: Duration) -> BlockEnd {
        self.run_block(&Block { first_line, text: text.into(), streams: Streams::Apart }, limit)
    }

    fn run_block(&mut self, block: &Block, limit: Duration) -> BlockEnd {
        self.session.run(block, limit, &AtomicBool::new(false)).unwrap()
    }

    /// A path of the page's folder as its blocks would show it.
    fn path(&self, name: &str) -> PathBuf {
        self.room.folder().join(name)
    }
}

fn room() -> (Room, TempDir) {
    // A quote and a space in the path, because they are allowed there.
    let parent = tempfile::Builder::new().prefix("it's a page ").tempdir().unwrap();
    (Room::create(parent.path()).unwrap(), parent)
}

fn options(room: &Room, limits: Limits) -> SessionOptions {
    let supervisor = Supervisor::start(&test_sandbox(), room).unwrap();
    let environment = [("PATH", "/usr/bin:/bin"), ("LC_ALL", "C.UTF-8"), ("GIVEN", "yes")];
    let mut environment: Vec<(String, String)> =
        environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    environment.push(("TMPDIR".into(), room.tmp().to_str().unwrap().to_owned()));
    let (work, private) = (room.work(), room.private());
    SessionOptions { supervisor, bash: "/bin/bash".into(), work, private, environment, limits }
}

/// One line a fact: how the block ended, where, what it printed.
fn told(end: &BlockEnd) -> String {
    let mut told = match end.ended {
        Ended::Status(status) => format!("status {status}"),
        Ended::ShellExited(status) => format!("shell exited {status}"),
        Ended::ShellKilled(signal) => format!("shell killed by {signal}"),
        Ended::TimedOut => "timed out".into(),
        Ended::Stopped => "stopped".into(),
        Ended::TooManyProcesses(limit) => format!("more than {limit} processes"),
    };
    if let Some(failed) = &end.failed {
        told += &format!(", line {} `{}` gave {}", failed.line, failed.command, failed.status);
    }
    if end.restarted {
        told += ", restarted";
    }
    if let Some((running, command)) =
        end.running.as_ref().and_then(|running| Some((running, running.command.as_ref()?)))
    {
        told += &format!(" in `{command}`, line {:?}", running.line);
    }
    for (name, stream) in [("out", &end.stdout), ("err", &end.stderr)] {
        for line in stream.text().lines() {
            told += &format!("\n{name}: {line}");
        }
    }
    told
}

/// Runs one block in a session of its own, and a second to see that the session goes on.
#[track_caller]
fn check(text: &str, expected: &str) {
    let mut page = Page::new();
    assert_eq!(told(&page.run(text)), expected, "{text}");
    let next = page.run("echo next\nfalse");
    assert_eq!(next.stdout.text(), "next\n", "after {text}");
    let stopped = next.failed.expect("the next block stops where it fails");
    assert_eq!((stopped.line, &stopped.command[..]), (12, "false"), "after {text}");
}
