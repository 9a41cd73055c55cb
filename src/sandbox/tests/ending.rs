//! Everything ends: with its program, with the room, with Proofbook, however that ends.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::confine::Mechanisms;
use super::super::{AsUser, MARKER, Order, ProcessEnd, ProcessLimits, SandboxError, sweep};
use super::launcher::test_launcher;
use super::names;
use super::support::{Kept, running, wait_for_end, wait_until, ways};

/// A number of seconds that nothing else on this machine sleeps.
fn unique(number: usize) -> String {
    format!("{}.{:06}", 3_000_000 + number, std::process::id())
}

/// Starts what does not want to end with its parent, and says how many that are.
fn detached(word: &str) -> (String, usize) {
    let script = format!(
        "sleep {word} &
         setsid sleep {word} &
         env -i setsid nohup sleep {word} &
         ( ( env -i sleep {word} & ) & )
         ( setsid sh -c 'trap \"\" TERM HUP INT; ( env -i setsid sleep {word} & ); sleep {word}; sleep {word}' & )
         echo started"
    );
    (script, 6)
}

#[test]
fn what_a_program_started_ends_with_it() {
    for (number, (way, mechanisms)) in ways().into_iter().enumerate() {
        let kept = Kept::new(mechanisms);
        let word = unique(number);
        let (script, n_started) = detached(&word);

        // By itself, …
        let wait = format!("{script}; until [ -e go ]; do sleep 0.01; done; exit 5");
        let mut process = kept.start(&wait);
        wait_until("all have started", || running(&word).len() >= n_started);
        fs::write(kept.room.work().join("go"), "").unwrap();
        assert_eq!(wait_for_end(&mut process), ProcessEnd::Exited(5), "{way}");
        assert_eq!(running(&word), [0; 0], "{way}");

        // … killed from within, …
        let mut process = kept.start(&format!("rm go; {script}; until [ -e go ]; do sleep 0.01; done; kill -9 $$"));
        wait_until("all have started", || running(&word).len() >= n_started);
        fs::write(kept.room.work().join("go"), "").unwrap();
        assert_eq!(wait_for_end(&mut process), ProcessEnd::Killed(9), "{way}");
        assert_eq!(running(&word), [0; 0], "{way}");

        // … and from without.
        let mut process = kept.start(&format!("{script}; sleep 1000"));
        wait_until("all have started", || running(&word).len() >= n_started);
        process.kill();
        assert_eq!(running(&word), [0; 0], "{way}");
        drop(kept.start(&format!("{script}; sleep 1000")));
        assert_eq!(running(&word), [0; 0], "{way}");
    }
}

#[test]
fn one_program_ends_without_the_other() {
    for (number, (way, mechanisms)) in ways().into_iter().enumerate() {
        let kept = Kept::new(mechanisms);
        let (first, second) = (unique(10 + number), unique(20 + number));
        let start = |word: &str| kept.start(&format!("{}; sleep 1000", detached(word).0));
        let mut one = start(&first);
        let mut other = start(&second);
        wait_until("all have started", || running(&first).len() + running(&second).len() >= 12);
        one.kill();
        assert_eq!(running(&first), [0; 0], "{way}");
        assert_eq!(running(&second).len(), 6, "{way}");
        assert_eq!(other.end().unwrap(), None, "{way}");
        kept.supervisor.end_all().unwrap();
        assert_eq!(running(&second), [0; 0], "{way}");
        assert_eq!(kept.sh("echo on").told(), "exit 0\non\n", "{way}: the supervisor is still there");
    }
}

#[test]
fn closing_a_room_ends_all_even_while_a_handle_is_held() {
    for (number, (way, mechanisms)) in ways().into_iter().enumerate() {
        let Kept { supervisor, room, parent } = Kept::new(mechanisms);
        let word = unique(30 + number);
        let log = room.private().join("log");
        let order = Order {
            program: "/bin/bash".into(),
            arguments: vec!["-c".into(), format!("{}; sleep 1000", detached(&word).0).into()],
            environment: room.environment("/usr/bin:/bin"),
            folder: room.work(),
            stdout: log.clone(),
            stderr: log,
            limits: ProcessLimits::default(),
            as_user: AsUser::Same,
        };
        let process = supervisor.spawn(&order).unwrap();
        wait_until("all have started", || running(&word).len() >= 6);
        room.close().unwrap();
        assert_eq!(running(&word), [0; 0], "{way}");
        assert_eq!(names(parent.path()), [""; 0], "{way}");
        let error = supervisor.spawn(&order).unwrap_err();
        assert!(matches!(error, SandboxError::Gone { .. }), "{way}: {error}");
        drop(process);
    }
}

#[test]
fn a_room_can_be_kept() {
    for (number, (way, mechanisms)) in ways().into_iter().enumerate() {
        let kept = Kept::new(mechanisms);
        let word = unique(40 + number);
        let process = kept.start(&format!("echo x > file; {}; sleep 1000", detached(&word).0));
        wait_until("all have started", || running(&word).len() >= 6);
        let Kept { supervisor, room, parent } = kept;
        let folder = room.keep().unwrap();
        assert_eq!(running(&word), [0; 0], "{way}");
        assert!(folder.file_name().unwrap().to_str().unwrap().starts_with("proofbook-kept-"), "{way}");
        assert_eq!(fs::read_to_string(folder.join("work/file")).unwrap(), "x\n", "{way}");
        assert!(sweep(parent.path()).unwrap().removed.is_empty(), "{way}");
        assert!(folder.join("work/file").exists(), "{way}");
        drop((process, supervisor));
    }
}

#[test]
fn no_snippet_ends_its_supervisor() {
    for (way, mechanisms) in ways() {
        let kept = Kept::new(mechanisms);
        let ran = kept.sh("kill -9 $PPID 2>/dev/null; kill -9 -1 2>/dev/null; sleep 0.1; echo alive");
        // `kill -9 -1` reaches the shell's own background at most; the shell itself is spared by it.
        assert_eq!(ran.told(), "exit 0\nalive\n", "{way}");
        assert_eq!(kept.sh("echo on").told(), "exit 0\non\n", "{way}");
    }
    // Without anything that stops the signal, the program is lost, and nothing else.
    let none = Mechanisms { descendants: true, ..Mechanisms::default() };
    let kept = Kept::new(none);
    let word = unique(50);
    let ran = kept.sh(&format!("{}; kill -9 $PPID; sleep 1000", detached(&word).0));
    assert_eq!(ran.end, ProcessEnd::Killed(9));
    assert_eq!(running(&word), [0; 0]);
    assert_eq!(kept.sh("echo on").told(), "exit 0\non\n");
}

#[test]
fn a_fork_bomb_is_bounded_and_ended() {
    for (number, (way, mechanisms)) in ways().into_iter().enumerate() {
        let kept = Kept::new(mechanisms);
        let word = unique(60 + number);
        let limits = ProcessLimits { descendants: 100, ..ProcessLimits::default() };
        // Bounded by itself, too, should the supervisor fail: the machine is not this test's to bring down.
        let script =
            format!("bomb() {{ [ $1 -gt 11 ] || {{ bomb $(($1 + 1)) | bomb $(($1 + 1)) & }}; sleep {word}; }}; bomb 0");
        let mut process = kept.supervisor.spawn(&Order { limits, ..kept.order(&script) }).unwrap();
        assert_eq!(wait_for_end(&mut process), ProcessEnd::TooMany(100), "{way}");
        assert_eq!(running(&word), [0; 0], "{way}");

        // One that only ever has two processes, but never the same: it is ended with its program.
        let again = "echo . >> count; sleep 0.002; setsid env -i bash ./again &";
        fs::write(kept.room.work().join("again"), again).unwrap();
        let mut process = kept.start("bash ./again; sleep 1000");
        let count = kept.room.work().join("count");
        wait_until("it goes round", || fs::metadata(&count).is_ok_and(|found| found.len() > 20));
        process.kill();
        let n_rounds = fs::metadata(&count).unwrap().len();
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(fs::metadata(&count).unwrap().len(), n_rounds, "{way}");
    }
}

/// The id of a room's supervisor: its environment is the marker and nothing else, and it is the first with that.
fn supervisor_of(room: &str) -> i32 {
    let entries = fs::read_dir("/proc").unwrap();
    let pids = entries.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let environment = format!("{MARKER}={room}\0");
    let is_it = |pid: &i32| fs::read(format!("/proc/{pid}/environ")).unwrap_or_default() == environment.as_bytes();
    pids.filter(is_it).min().expect("a supervisor")
}

fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// Not a test: a Proofbook with one room that waits to be killed.
#[test]
fn a_proofbook_to_be_killed() {
    let Some(parent) = std::env::var_os("PROOFBOOK_TEST_ROOM_BELOW") else { return };
    let (word, way) = (std::env::var("PROOFBOOK_TEST_WORD").unwrap(), std::env::var("PROOFBOOK_TEST_WAY").unwrap());
    let (_, mechanisms) = ways().into_iter().find(|(name, _)| *name == way).unwrap();
    let room = super::Room::create(std::path::Path::new(&parent)).unwrap();
    let sandbox = super::super::Sandbox::with(test_launcher(), "/usr/bin:/bin", mechanisms);
    let supervisor = super::super::Supervisor::start(&sandbox, &room).unwrap();
    let log = room.private().join("log");
    let _process = supervisor
        .spawn(&Order {
            program: "/bin/bash".into(),
            arguments: vec!["-c".into(), format!("{}; sleep 1000", detached(&word).0).into()],
            environment: room.environment("/usr/bin:/bin"),
            folder: room.work(),
            stdout: log.clone(),
            stderr: log,
            limits: ProcessLimits::default(),
            as_user: AsUser::Same,
        })
        .unwrap();
    std::thread::sleep(Duration::from_secs(600));
}

/// Starts that Proofbook, and waits until everything runs.
fn proofbook(parent: &std::path::Path, word: &str, way: &str) -> std::process::Child {
    let name = concat!(module_path!(), "::a_proofbook_to_be_killed");
    let (_, name) = name.split_once("::").unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("PROOFBOOK_TEST_ROOM_BELOW", parent).env("PROOFBOOK_TEST_WORD", word).env("PROOFBOOK_TEST_WAY", way);
    let child = command.spawn().unwrap();
    wait_until("the other Proofbook has all started", || running(word).len() >= 6);
    child
}

#[test]
fn a_killed_proofbook_leaves_nothing() {
    for (number, (way, _)) in ways().into_iter().enumerate() {
        let parent = tempfile::tempdir().unwrap();
        let word = unique(70 + number);
        let mut child = proofbook(parent.path(), &word, way);
        child.kill().unwrap();
        child.wait().unwrap();
        wait_until("the room is gone", || names(parent.path()).is_empty());
        assert_eq!(running(&word), [0; 0], "{way}");
    }
}

#[test]
fn a_killed_proofbook_with_a_killed_supervisor_leaves_nothing_after_the_next() {
    for (number, (way, mechanisms)) in ways().into_iter().enumerate() {
        let parent = tempfile::tempdir().unwrap();
        let word = unique(80 + number);
        let mut child = proofbook(parent.path(), &word, way);
        let room = names(parent.path()).remove(0);
        let supervisor = supervisor_of(&room);
        // Neither comes to notice the end of the other.
        kill(i32::try_from(child.id()).unwrap());
        kill(supervisor);
        child.wait().unwrap();
        if mechanisms.namespaces {
            wait_until("the namespace is gone", || running(&word).is_empty());
        }
        wait_until("it was swept", || {
            let swept = sweep(parent.path()).unwrap();
            assert!(swept.failed.is_empty(), "{:?}", swept.failed);
            names(parent.path()).is_empty()
        });
        let left = running(&word);
        if mechanisms.namespaces {
            assert_eq!(left, [0; 0]);
        }
        // Without namespaces, what threw its environment away is beyond finding once both are gone.
        left.into_iter().for_each(kill);
    }
}

#[test]
fn a_living_proofbooks_room_is_not_swept_and_its_supervisor_holds_the_lock() {
    for (number, (way, _)) in ways().into_iter().enumerate() {
        let parent = tempfile::tempdir().unwrap();
        let word = unique(90 + number);
        let mut child = proofbook(parent.path(), &word, way);
        assert!(sweep(parent.path()).unwrap().removed.is_empty(), "{way}");
        let supervisor = supervisor_of(&names(parent.path())[0]);
        let stop = rustix::process::Pid::from_raw(supervisor).unwrap();
        // Stopped, the supervisor cannot clean up; while it lives, nobody else does.
        rustix::process::kill_process(stop, rustix::process::Signal::STOP).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(sweep(parent.path()).unwrap().removed.is_empty(), "{way}");
        rustix::process::kill_process(stop, rustix::process::Signal::CONT).unwrap();
        wait_until("the room is gone", || names(parent.path()).is_empty());
        assert_eq!(running(&word), [0; 0], "{way}");
    }
}

#[test]
fn a_terminals_signals_do_not_reach_a_supervisor() {
    for (way, mechanisms) in ways() {
        let kept = Kept::new(mechanisms);
        let supervisor = supervisor_of(kept.room.name());
        let pid = rustix::process::Pid::from_raw(supervisor).unwrap();
        assert_eq!(rustix::process::getsid(Some(pid)).unwrap(), pid, "{way}: a session of its own");
        use rustix::process::Signal;
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            rustix::process::kill_process(pid, signal).unwrap();
        }
        assert_eq!(kept.sh("echo on").told(), "exit 0\non\n", "{way}");
        let mut open: Vec<String> = names(std::path::Path::new(&format!("/proc/{supervisor}/fd")));
        open.retain(|descriptor| descriptor.parse::<u32>().unwrap() > 2);
        // Beside the standard ones only a second name for the socket on stdin.
        assert_eq!(open.len(), 1, "{way}: {open:?}");
    }
}
