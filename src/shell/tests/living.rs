//! What lasts from block to block, and what becomes of a session that a block harms.

use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::super::{Block, Captured, Ended, Limits, Session, SessionOptions, ShellError};
use super::{LONG, Page, Streams, check, options, room, told};

#[test]
fn state_carries_over() {
    let mut page = Page::new();
    page.run("declare -A map=([a]=1)\nlist=(x 'y z')\nexport EXPORTED=e\nset -- p q\nf() { echo \"f $1\"; }\nalias say='echo said'");
    page.run("mkdir in && cd in\nshopt -s nullglob\nset -u\numask 077\nsleep 1000 &\nexec 7<<<kept");
    let end = page.run("echo ${map[a]} \"${list[1]}\" \"$@\"\nf x\nsay it\nsh -c 'echo $EXPORTED'\npwd\necho *.none $-\numask\njobs -r\nread -r l <&7; echo $l\nkill %1");
    let pwd = page.path("work/in");
    let expected = format!(
        "status 0\nout: 1 y z p q\nout: f x\nout: said it\nout: e\nout: {}\nout: ehuBE\nout: 0077\nout: [1]+  Running                 sleep 1000 &\nout: kept",
        pwd.display()
    );
    assert_eq!(told(&end), expected);
}

#[test]
fn parsing_options_work_within_their_own_block() {
    check("alias say='echo said'\nsay it\nfalse", "status 1, line 13 `false` gave 1\nout: said it");
    check("shopt -s extglob\ntouch a b\necho !(a)", "status 0\nout: b");
}

#[test]
fn what_a_block_leaves_behind_does_not_break_the_next() {
    for text in [
        "set -e; set -u; set -f; set -C; set -a; set -E",
        "set +e +E; set +o pipefail",
        "IFS=; unset IFS; IFS=0123456789",
        "TMOUT=1; PS4=; CDPATH=/; GLOBIGNORE='*'; POSIXLY_CORRECT=1",
        "shopt -s nocasematch failglob nullglob extdebug lastpipe localvar_inherit xpg_echo",
        "trap 'echo debugging' DEBUG; trap 'echo returning' RETURN; trap 'echo failing' ERR",
        "trap '' TERM HUP INT",
        "exec 1>&-; true",
        "exec 0<&- 1>&- 2>&-",
        "exec 1>file 2>&1 0</dev/zero",
        "exec 10>&- 11>&- 12>&-; true",
        "printf() { :; }; trap() { :; }; set() { :; }; shopt() { :; }; umask() { :; }; return() { :; }; declare() { :; }",
        "alias set=false trap=false printf=false builtin=false .=false",
        "cd /; set -m",
        "break; continue",
        "cd \"$(mktemp -d)\"; rmdir \"$PWD\"",
        "set -o posix",
        "( sleep 1000 & )",
        "coproc cat",
    ] {
        let mut page = Page::new();
        let ended = page.run(text).ended;
        assert!(matches!(ended, Ended::Status(0)), "{ended:?}: {text}");
        let next = page.run("echo \"$BASH_SUBSHELL\"\n( exit 3 )\necho never");
        assert!(next.stdout.text().lines().any(|line| line == "0"), "after {text}: {}", told(&next));
        assert_eq!(next.ended, Ended::Status(3), "after {text}: {}", told(&next));
        assert!(!next.restarted, "after {text}");
    }
}

#[test]
fn set_x_shows_the_blocks_own_commands_only() {
    let mut page = Page::new();
    page.run("set -x");
    let end = page.run("echo a\nfalse");
    assert_eq!(told(&end), "status 1, line 12 `false` gave 1\nout: a\nerr: ++ echo a\nerr: ++ false");
}

#[test]
fn a_block_that_ends_the_shell_costs_that_block() {
    for (text, expected) in [
        ("echo a\nx=lost\nexit 3", "shell exited 3\nout: a"),
        ("exit", "shell exited 0"),
        ("exec true", "shell exited 0"),
        (
            "exec nosuch",
            "shell exited 127, line 11 `exec nosuch` gave 127\nerr: bash: line 11: exec: nosuch: not found",
        ),
        ("kill -9 $$", "shell killed by 9"),
        ("kill 0", "shell killed by 15"),
        ("trap 'echo bye' EXIT\nexit 4", "shell exited 4\nout: bye"),
        ("exec sh -c 'echo other; exit 5'", "shell exited 5\nout: other"),
    ] {
        let mut page = Page::new();
        page.run("x='a b\nc'; f() { echo \"f $x\"; }; alias say='echo said'; shopt -s extglob; set -u; readonly fixed=1; export EXPORTED=e");
        page.run("unset GIVEN; mkdir in; cd in; umask 027; declare -A map=([k]='*')");
        assert_eq!(told(&page.run(text)), expected);
        let next = page
            .run("f; say it\npwd\numask\necho \"${map[k]} $fixed ${GIVEN-no} $- $(sh -c 'echo $EXPORTED')\"\nfalse");
        let expected = format!(
            "status 1, line 15 `false` gave 1, restarted\nout: f a b\nout: c\nout: said it\nout: {}\nout: 0027\nout: * 1 no ehuBE e",
            page.path("work/in").display()
        );
        assert_eq!(told(&next), expected, "after {text}");
        assert!(!page.run("echo on").restarted);
    }
}

#[test]
fn a_shell_ended_between_blocks_is_replaced() {
    let mut page = Page::new();
    page.run("x=1\n( while [ ! -e go ]; do sleep 0.01; done; kill -9 $$ ) &");
    std::fs::write(page.path("work/go"), "").unwrap();
    let end = loop {
        let end = page.run("echo $x");
        if end.restarted || !matches!(end.ended, Ended::Status(0)) {
            break end;
        }
    };
    // It may have died while a block ran, too.
    let end = if matches!(end.ended, Ended::ShellKilled(9)) { page.run("echo $x") } else { end };
    assert_eq!(told(&end), "status 0, restarted\nout: 1");
}

#[test]
fn a_hung_block_is_ended_at_its_limit_with_what_it_printed() {
    for (text, expected) in [
        ("echo a\nsleep 1000\necho never", "timed out in `sleep 1000`, line Some(12)\nout: a"),
        ("echo a\nwhile :; do :; done", "timed out\nout: a"),
        ("echo a\ntrap '' TERM INT HUP\nsleep 1000 & wait", "timed out in `sleep 1000`, line Some(13)\nout: a"),
        ("set -n\necho never", "timed out"),
    ] {
        let mut page = Page::new();
        page.run("x=kept");
        assert_eq!(told(&page.run_at(11, text, Duration::from_secs(1))), expected, "{text}");
        assert_eq!(told(&page.run("echo $x")), "status 0, restarted\nout: kept", "after {text}");
    }
}

#[test]
fn a_block_is_stopped_when_asked_to() {
    let mut page = Page::new();
    let stop = AtomicBool::new(false);
    let end = std::thread::scope(|scope| {
        let started = page.path("work/started");
        let stop = &stop;
        scope.spawn(move || {
            while !started.exists() {
                std::thread::sleep(Duration::from_millis(5));
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        let text = "echo a; touch started; while :; do :; done".into();
        let block = Block { first_line: 1, text, streams: Streams::Apart };
        page.session.run(&block, LONG, stop).unwrap()
    });
    assert_eq!(told(&end), "stopped\nout: a");
}

/// The processes outside and inside whose command line holds the word.
fn running(word: &str) -> usize {
    let ps = Command::new("ps").args(["-eo", "args="]).output().unwrap();
    String::from_utf8_lossy(&ps.stdout).lines().filter(|line| line.split_whitespace().any(|part| part == word)).count()
}

/// Each in a session of its own, with an environment of its own, its parent gone.
const DETACHED: &str = "( env -i setsid sleep {word} & ) ; ( setsid sh -c 'sleep {word} & sleep {word}' & )";

#[test]
fn dropping_a_session_ends_all_it_started() {
    let word = format!("1000.{}1", std::process::id());
    let mut page = Page::new();
    page.run(&format!("sleep {word} & {}", DETACHED.replace("{word}", &word)));
    while running(&word) < 4 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let Page { session, room, _parent } = page;
    drop(session);
    assert_eq!(running(&word), 0);
    drop(room);
}

#[test]
fn what_a_block_left_running_ends_with_its_shell() {
    for (number, (text, limit)) in
        [("exit 3", LONG), ("kill -9 $$", LONG), ("sleep 1000", Duration::from_secs(1))].into_iter().enumerate()
    {
        let word = format!("1001.{}{number}", std::process::id());
        let mut page = Page::new();
        page.run(&DETACHED.replace("{word}", &word));
        while running(&word) < 3 {
            std::thread::sleep(Duration::from_millis(5));
        }
        page.run_at(11, text, limit);
        assert_eq!(running(&word), 0, "after {text}");
        assert_eq!(told(&page.run("echo on")), "status 0, restarted\nout: on");
    }
}

#[test]
fn more_processes_than_allowed_end_the_shell_and_the_page_goes_on() {
    let mut page = Page::with_limits(Limits { descendants: 20, ..Limits::default() });
    page.run("x=kept");
    assert_eq!(told(&page.run("for i in {1..15}; do sleep 1000 & done")), "status 0");
    let end = page.run("echo a\nfor i in {1..15}; do sleep 1000 & done\nsleep 1000");
    assert_eq!(told(&end), "more than 20 processes\nout: a");
    assert_eq!(told(&page.run("echo $x; jobs")), "status 0, restarted\nout: kept");
}

#[test]
fn a_supervisor_that_is_killed_is_told_and_what_it_kept_ends_with_the_room() {
    let word = format!("1002.{}", std::process::id());
    let mut page = Page::new();
    page.run(&format!("setsid sleep {word} &"));
    let name = page.room.folder().file_name().unwrap().to_str().unwrap().to_owned();
    let marked = |pid: &i32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment == format!("PROOFBOOK_ROOM={name}\0").as_bytes()
    };
    let pids =
        std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    // Its keepers have the same environment, and the youngest ids.
    let supervisor: i32 = pids.filter(marked).min().unwrap();
    assert!(Command::new("kill").args(["-9", &supervisor.to_string()]).status().unwrap().success());
    let block = Block { first_line: 1, text: "sleep 1000".into(), streams: Streams::Apart };
    let error = page.session.run(&block, LONG, &AtomicBool::new(false)).unwrap_err();
    let expected = "the supervisor of this page ended before the page did (signal: 9 (SIGKILL)): something killed it, \
                    and with it every program of the page; run the page again";
    assert_eq!(error.to_string(), expected);
    assert_eq!(page.session.run(&block, LONG, &AtomicBool::new(false)).unwrap_err().to_string(), expected);
    let Page { session, room, _parent } = page;
    drop(session);
    room.close().unwrap();
    assert_eq!(running(&word), 0);
}

#[test]
fn stdin_is_empty_and_there_is_no_terminal() {
    check(
        "cat\nread -r x || echo none\n(: < /dev/tty) 2>/dev/null || echo no terminal",
        "status 0\nout: none\nout: no terminal",
    );
}

#[test]
fn nothing_of_the_session_is_open_in_a_block() {
    check("ls /proc/self/fd | wc -l; ( ls /proc/self/fd | wc -l )", "status 0\nout: 4\nout: 4");
    check("echo $0 $#; (exit 0) & wait $!; sh -c 'env' | grep -c __proofbook || true", "status 0\nout: bash 0\nout: 0");
}

#[test]
fn output_is_bytes_and_is_cut_at_its_limit() {
    let mut page = Page::with_limits(Limits { stream: 10, ..Limits::default() });
    let end = page.run("printf 'a\\0\\xff'; head -c 20000 /dev/zero >&2");
    assert_eq!(end.stdout, Captured { bytes: b"a\0\xff".into(), length: 3, truncated: false });
    assert_eq!((end.stderr.bytes.len(), end.stderr.truncated), (10, true));
    assert_eq!(end.stderr.length, 20000);
    assert_eq!(page.run("echo 123456789").stdout.length, 10);
    assert!(!page.run("echo 123456789").stdout.truncated, "exactly at the limit");
}

#[test]
fn an_endless_printer_does_not_fill_the_disk() {
    let mut page = Page::with_limits(Limits { file: 1 << 16, ..Limits::default() });
    let end = page.run("echo start\nyes\necho never");
    assert_eq!((end.ended, end.stdout.length), (Ended::Status(153), 1 << 16), "128 + SIGXFSZ");
    assert_eq!(end.failed.unwrap().line, 12);
}

#[test]
fn windows_line_endings_are_plain_ones() {
    check("echo a\r\ncat <<EOF\r\nb\r\nEOF\r\nfalse\r\n", "status 1, line 15 `false` gave 1\nout: a\nout: b");
}

#[test]
fn no_files_are_left_by_finished_blocks() {
    let mut page = Page::new();
    for _ in 0..20 {
        page.run("for i in 1; do false; done < /dev/null");
    }
    let count = "open=(/proc/$$/fd/*); echo ${#open[@]}";
    let end = page.run(count);
    assert_eq!(end.stdout, Page::new().run(count).stdout, "leaving a block leaves nothing open");
    let mut names: Vec<String> = std::fs::read_dir(page.path("private"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["commands", "driver.sh", "log", "state-21", "status"]);
    assert_eq!(std::fs::read_to_string(page.path("private/log")).unwrap(), "", "the driver has nothing to complain of");
}

#[test]
fn a_shell_that_is_none_is_refused_with_its_path() {
    let start = |bash: &str| {
        let (room, _parent) = room();
        Session::start(SessionOptions { bash: bash.into(), ..options(&room, Limits::default()) }).unwrap_err()
    };
    assert!(start("/nonexistent/bash").to_string().starts_with("cannot start /nonexistent/bash: No such file"));
    let error = start("/bin/echo");
    assert!(matches!(error, ShellError::NotReady { .. }), "{error}");
    assert!(error.to_string().contains("/bin/echo did not start as a bash does; it printed: --noprofile"), "{error}");
}

#[test]
fn a_bash_too_old_is_refused_with_its_version() {
    let (room, _parent) = room();
    let bash = room.bin().join("bash");
    // It answers as the driver does on such a bash.
    let script = "#!/bin/sh\necho 'old 3.2.57(1)-release' >\"${3%/*}/status\"\nsleep 1000\n";
    room.add_program("bash", script.as_bytes()).unwrap();
    let error = Session::start(SessionOptions { bash: bash.clone(), ..options(&room, Limits::default()) });
    let expected = format!("{} is bash 3.2.57(1)-release, but runbooks need bash 4.4 or newer", bash.display());
    assert_eq!(error.unwrap_err().to_string(), expected);
}

#[test]
fn a_function_of_a_lost_shell_fails_where_it_is_called() {
    let mut page = Page::new();
    page.run("f() {\n  false\n}");
    page.run("exit 3");
    assert_eq!(told(&page.run("true\nf")), "status 1, line 12 `f` gave 1, restarted");
}
