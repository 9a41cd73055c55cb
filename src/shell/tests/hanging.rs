//! What is told of a block that hangs, with namespaces and without.

use super::{Block, LONG, Limits, Page, Streams, options, room};
use crate::runbook::running::Running;
use crate::sandbox::{Supervisor, test_sandboxes};
use crate::shell::{Ended, Session};

use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Runs `before` to its end and `text` into its limit, in each kind of sandbox; they must tell the same.
#[track_caller]
fn hung(before: &str, text: &str) -> Running {
    let mut told: Vec<Running> = Vec::new();
    for sandbox in test_sandboxes() {
        let (room, parent) = room();
        let mut options = options(&room, Limits::default());
        options.supervisor = Supervisor::start(&sandbox, &room).unwrap();
        let mut page = Page { session: Session::start(options).unwrap(), room, _parent: parent };
        assert_eq!(page.run(before).ended, Ended::Status(0), "{before}");
        let block = Block { first_line: 11, text: text.into(), streams: Streams::Apart };
        let mut looked = 0;
        let limit = Duration::from_secs(1);
        let end = page.session.run_watched(&block, limit, &AtomicBool::new(false), &mut || looked += 1).unwrap();
        assert_eq!((end.ended, looked), (Ended::TimedOut, 1), "{text}");
        told.push(end.running.expect("what was running"));
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
    told.remove(0)
}

#[test]
fn jobs_of_earlier_blocks_are_told_only_where_they_are_waited_for() {
    let own = hung("sleep 1000 & mkfifo pipe", "cat pipe\n");
    assert_eq!((own.command.as_deref(), own.line), (Some("cat pipe"), Some(11)));
    assert_eq!(own.processes.len(), 1, "{own:?}");
    let waiting = hung("sleep 1000 &", "wait");
    assert_eq!((waiting.command.as_deref(), waiting.line), (None, None));
    let commands: Vec<&str> = waiting.processes.iter().map(|process| process.command.as_str()).collect();
    assert_eq!(commands, ["sleep 1000"]);
    let busy = hung("sleep 1000 &", "while :; do :; done");
    assert_eq!((busy.command.as_deref(), busy.doing()), (None, Some("using the processor")));
}

#[test]
fn who_left_its_parent_is_told_beside_the_others() {
    let daemon = hung("true", "setsid -f sleep 1000\nsleep 1001\n");
    assert_eq!((daemon.command.as_deref(), daemon.line), (Some("sleep 1001"), Some(12)));
    let tree: Vec<(usize, &str)> =
        daemon.processes.iter().map(|process| (process.depth, process.command.as_str())).collect();
    assert_eq!(tree, [(0, "sleep 1001"), (0, "sleep 1000")]);
    // Where bash has something to tell itself, what it started stands below it.
    let held = hung("true", "x=$(sleep 1000; true)");
    let tree: Vec<(usize, &str)> =
        held.processes.iter().map(|process| (process.depth, process.command.as_str())).collect();
    assert_eq!(tree, [(0, "bash"), (1, "bash"), (2, "sleep 1000")]);
}

#[test]
fn a_block_that_ends_in_time_is_not_looked_at() {
    let mut page = Page::new();
    let block = Block { first_line: 11, text: "true".into(), streams: Streams::Apart };
    let end = page.session.run_watched(&block, LONG, &AtomicBool::new(false), &mut || panic!("looked at")).unwrap();
    assert_eq!((end.ended, end.running), (Ended::Status(0), None));
}
