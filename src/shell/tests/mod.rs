//! What the blocks of a page do in a real bash. Each test has its own folder and session.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Block, BlockEnd, Ended, Limits, Session, SessionOptions};

mod failing;
mod living;

const LONG: Duration = Duration::from_secs(60);

struct Page {
    // Dropped in this order: the session before its folder.
    session: Session,
    folder: tempfile::TempDir,
}

impl Page {
    fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    fn with_limits(limits: Limits) -> Self {
        // A quote and a space in the path, because they are allowed there.
        let folder = tempfile::Builder::new().prefix("it's a page ").tempdir().unwrap();
        let session = Session::start(options(folder.path(), limits)).unwrap();
        Self { session, folder }
    }

    /// Runs `text` as if it stood at line 11 of the page.
    fn run(&mut self, text: &str) -> BlockEnd {
        self.run_at(11, text, LONG)
    }

    fn run_at(&mut self, first_line: usize, text: &str, limit: Duration) -> BlockEnd {
        let block = Block { first_line, text: text.into() };
        self.session.run(&block, limit, &AtomicBool::new(false)).unwrap()
    }

    /// A path of the page's folder as its blocks would show it.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }
}

fn options(folder: &Path, limits: Limits) -> SessionOptions {
    let folder = folder.canonicalize().unwrap();
    let (work, private) = (folder.join("work"), folder.join("private"));
    for made in [&work, &private] {
        std::fs::create_dir(made).unwrap();
    }
    let environment = [("PATH", "/usr/bin:/bin"), ("LC_ALL", "C.UTF-8"), ("GIVEN", "yes")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    SessionOptions { bash: "/bin/bash".into(), work, private, environment, limits }
}

/// One line a fact: how the block ended, where, what it printed.
fn told(end: &BlockEnd) -> String {
    let mut told = match end.ended {
        Ended::Status(status) => format!("status {status}"),
        Ended::ShellExited(status) => format!("shell exited {status}"),
        Ended::ShellKilled(signal) => format!("shell killed by {signal}"),
        Ended::TimedOut => "timed out".into(),
        Ended::Stopped => "stopped".into(),
    };
    if let Some(failed) = &end.failed {
        told += &format!(", line {} `{}` gave {}", failed.line, failed.command, failed.status);
    }
    if end.restarted {
        told += ", restarted";
    }
    if let Some(running) = &end.running {
        told += &format!(" in `{}`, line {:?}", running.command, running.line);
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
