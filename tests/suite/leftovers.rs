//! No run leaves a process or a folder, however it ends. (Every other test of this suite demands it of its runs, too;
//! `kills` has runs that were killed.)

use expect_test::{Expect, expect};
use rustix::process::Signal;

use crate::support::Project;

/// A page that starts one process in the background, one in a session of its own, and waits.
const WAITING: &str = "# Waiting\n\n```bash name=wait timeout=2m\necho begun\nsleep 60 &\nsetsid sleep 61 &\nsleep 62\n```\n\n```bash check name=after\ntrue\n```\n";
const QUICK: &str = "# Zzz, quick\n\n```bash check\ntrue\n```\n";
const PROCESSES: [&str; 3] = ["sleep 60", "sleep 61", "sleep 62"];

fn project() -> Project {
    Project::new(&[("content/waiting.md", WAITING), ("content/zzz.md", QUICK)])
}

fn check(signal: Signal, expected: Expect) {
    let project = project();
    let running = project.command("test --jobs 1").start();
    project.wait_for_processes(&PROCESSES);
    running.signal(signal);
    running.wait().is(expected);
    assert_eq!(project.left_processes(), [0; 0]);
    assert!(project.left_files().is_empty(), "{:?}", project.left_files());
    assert!(!project.path(".proofbook").exists(), "an interrupted run is not recorded");
}

#[test]
fn ctrl_c_ends_everything_and_says_what_was_not_run() {
    check(
        Signal::INT,
        expect![[r#"
            exit status 130
            --- stdout
            not run  content/waiting.md: 2 not run ([TIME])
            not run  content/zzz.md: 1 not run ([TIME])

            2 pages: 2 not run
            3 snippets: 3 not run ([TIME])
            sandbox: [LAYERS]
            --- stderr
            error: the run was interrupted; what had not ended is `not run`, and nothing was recorded
        "#]],
    );
}

#[test]
fn a_request_to_end_does_the_same() {
    check(
        Signal::TERM,
        expect![[r#"
            exit status 130
            --- stdout
            not run  content/waiting.md: 2 not run ([TIME])
            not run  content/zzz.md: 1 not run ([TIME])

            2 pages: 2 not run
            3 snippets: 3 not run ([TIME])
            sandbox: [LAYERS]
            --- stderr
            error: the run was interrupted; what had not ended is `not run`, and nothing was recorded
        "#]],
    );
}

#[test]
fn an_interrupted_build_publishes_nothing() {
    let project = project();
    let running = project.command("build --verify").start();
    project.wait_for_processes(&PROCESSES);
    running.signal(Signal::INT);
    running.wait().ended(130).warns("nothing was published");
    assert_eq!(project.left_processes(), [0; 0]);
    assert!(project.left_files().is_empty() && !project.path("public").exists());
}

#[test]
fn a_run_that_goes_on_is_left_alone_by_others() {
    let project = project();
    let mut running = project.command("test content/waiting.md").start();
    project.wait_for_processes(&PROCESSES);
    project.command("test content/zzz.md").start().wait().fine();
    project.wait_for_processes(&PROCESSES);
    assert!(running.goes_on());
    running.signal(Signal::INT);
    running.wait().ended(130);
    assert_eq!(project.left_processes(), [0; 0]);
}

#[test]
fn what_a_page_leaves_running_ends_with_the_page() {
    let page = "# Page\n\n```bash check\nsleep 60 &\nsetsid sleep 61 &\n(setsid sleep 62 > /dev/null 2>&1 &)\ntouch \"$HOME/file\" \"$TMPDIR/file\"\n```\n";
    let project = Project::new(&[("content/index.md", page)]);
    project.run("test").fine().says("1 passed");
}

#[test]
fn what_a_hung_block_started_ends_at_its_limit() {
    let page = "# Page\n\n```bash timeout=1s\nsetsid sleep 60 &\n(trap '' TERM HUP INT; sleep 61)\n```\n";
    let project = Project::new(&[("content/index.md", page)]);
    project.run("test").ended(1).says("TIMED OUT content/index.md");
}
