//! Real bashes, looked at while they wait.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;

/// A bash that runs `text` until its input ends.
struct Waiting {
    bash: Child,
    block: Block,
}

impl Waiting {
    fn start(text: &str) -> Self {
        let block = Block { first_line: 11, text: text.into(), streams: Default::default() };
        let bash = Command::new("/bin/bash").arg("-c").arg(text).stdin(Stdio::piped()).spawn().unwrap();
        Self { bash, block }
    }

    /// What runs there now, without what else this test program started.
    fn look(&self) -> Option<Running> {
        let own = std::process::id();
        let beside: BTreeSet<Identity> = identities(self.bash.id());
        let under = |mut process: Process| loop {
            if process.parent == self.bash.id() {
                return true;
            }
            match Process::read(process.parent) {
                Some(above) if above.identity.pid != own => process = above,
                _ => return false,
            }
        };
        let others = beside
            .into_iter()
            .filter(|identity| Process::read(identity.pid).is_none_or(|process| !under(process)))
            .collect();
        running(self.bash.id(), &self.block, &others, &Names::new("/nowhere".as_ref(), &[]))
    }

    /// Waits until what runs there is `command`.
    fn until(mut self, command: &str) -> Running {
        let found = loop {
            match self.look() {
                Some(running) if running.command.as_deref() == Some(command) => break running,
                _ => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        // The programs below end with their input.
        drop(self.bash.stdin.take());
        self.bash.wait().unwrap();
        found
    }
}

#[test]
fn the_program_a_block_waits_for_is_named_with_its_line() {
    let line = |text: &str, command: &str| Waiting::start(text).until(command).line;
    assert_eq!(line("true\ncat -\ntrue", "cat -"), Some(12));
    assert_eq!(line("( true\n cat - - ); true", "cat - -"), Some(12));
    assert_eq!(line("cat - | sed 's/a/b/'\ntrue", "sed s/a/b/"), Some(11));
    assert_eq!(line("true\n/bin/cat \"$(echo -)\"\ntrue", "/bin/cat -"), Some(12));
    assert_eq!(line("x=-\ncat </dev/null\ncat $x\ntrue", "cat -"), None, "either may be meant");
}

#[test]
fn a_process_that_has_ended_is_nothing_and_no_error() {
    let mut child = Command::new("true").spawn().unwrap();
    let pid = child.id();
    // It is a zombie until it is waited for, and then gone.
    while Process::read(pid).is_some() {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(Processes::of_page(pid).is_none());
    child.wait().unwrap();
    assert!(Process::read(pid).is_none());
    assert!(Processes::of_page(pid).is_none());
    assert_eq!(identities(pid), BTreeSet::new());
}

#[test]
fn more_processes_than_can_be_read_are_counted() {
    let mut waiting = Waiting::start("for n in {1..25}; do cat - <&0 & done; wait");
    let found = loop {
        match waiting.look() {
            Some(found) if found.processes.len() + found.more_processes == 25 => break found,
            _ => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    drop(waiting.bash.stdin.take());
    waiting.bash.wait().unwrap();
    assert_eq!((found.processes.len(), found.more_processes), (20, 5));
    assert_eq!(found.lines().last().unwrap(), "and 5 more");
}
