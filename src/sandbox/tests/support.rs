//! A room with a supervisor, and scripts run through it to their end.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::super::confine::Mechanisms;
use super::super::{AsUser, Order, Process, ProcessEnd, ProcessLimits, Room, Sandbox, Supervisor};
use super::launcher::{test_launcher, test_sandbox};

/// How long anything may take before a test gives up.
pub(super) const LONG: Duration = Duration::from_secs(60);

pub(super) const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What this machine has.
pub(super) fn all_mechanisms() -> Mechanisms {
    test_sandbox().confinement(Path::new("/")).mechanisms
}

/// The ways in which a room can be closed off here: with namespaces, and with those forced off.
pub(super) fn ways() -> Vec<(&'static str, Mechanisms)> {
    let found = all_mechanisms();
    let mut ways = vec![("without namespaces", Mechanisms { namespaces: false, ..found })];
    if found.namespaces {
        ways.push(("with namespaces", found));
    } else {
        skipped();
    }
    ways
}

/// Says that a test tried less than it could, and why.
#[allow(clippy::print_stderr, reason = "who reads the tests' output is to know")]
pub(super) fn say_skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// The usual reason.
pub(super) fn skipped() {
    say_skipped("this system has no namespaces for this user, so nothing was tried with them");
}

/// A room and its supervisor.
pub(super) struct Kept {
    // Dropped in this order.
    pub(super) supervisor: Supervisor,
    pub(super) room: Room,
    pub(super) parent: TempDir,
}

/// How a script ended and what it printed to both streams.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) end: ProcessEnd,
    pub(super) printed: String,
}

impl Ran {
    pub(super) fn told(&self) -> String {
        match self.end {
            ProcessEnd::Exited(status) => format!("exit {status}\n{}", self.printed),
            ProcessEnd::Killed(signal) => format!("killed {signal}\n{}", self.printed),
            ProcessEnd::TooMany(limit) => format!("too many {limit}\n{}", self.printed),
        }
    }
}

impl Kept {
    pub(super) fn new(mechanisms: Mechanisms) -> Self {
        let parent = tempfile::Builder::new().prefix("proof of a room ").tempdir().unwrap();
        Self::below(parent, mechanisms, PATH)
    }

    pub(super) fn below(parent: TempDir, mechanisms: Mechanisms, path: &str) -> Self {
        let room = Room::create(parent.path()).unwrap();
        let supervisor = Supervisor::start(&Sandbox::with(test_launcher(), path, mechanisms), &room).unwrap();
        Self { supervisor, room, parent }
    }

    /// Starts `script` in a shell.
    pub(super) fn start(&self, script: &str) -> Process {
        self.supervisor.spawn(&self.order(script)).unwrap()
    }

    pub(super) fn order(&self, script: &str) -> Order {
        let log = self.room.private().join("printed");
        Order {
            program: "/bin/bash".into(),
            arguments: vec!["-c".into(), script.into()],
            environment: self.room.environment(PATH),
            folder: self.room.work(),
            stdout: log.clone(),
            stderr: log,
            limits: ProcessLimits::default(),
            as_user: AsUser::Same,
        }
    }

    /// Runs `script` in a shell to its end.
    pub(super) fn sh(&self, script: &str) -> Ran {
        let _ = fs::remove_file(self.room.private().join("printed"));
        let mut process = self.start(script);
        let end = wait_for_end(&mut process);
        Ran { end, printed: self.printed() }
    }

    pub(super) fn printed(&self) -> String {
        fs::read_to_string(self.room.private().join("printed")).unwrap_or_default()
    }
}

pub(super) fn wait_for_end(process: &mut Process) -> ProcessEnd {
    let started = Instant::now();
    loop {
        if let Some(end) = process.end().unwrap() {
            return end;
        }
        assert!(started.elapsed() < LONG, "the program does not end");
        process.wait_for_news(Duration::from_millis(100)).unwrap();
    }
}

/// Waits until `holds`.
pub(super) fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < LONG, "waited for: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The ids of the processes whose command line holds `word`.
pub(super) fn running(word: &str) -> Vec<i32> {
    let entries = fs::read_dir("/proc").unwrap();
    let pids = entries.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<i32>().ok());
    let holds = |pid: &i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|&byte| byte == 0).any(|argument| argument == word.as_bytes())
    };
    pids.filter(holds).collect()
}
