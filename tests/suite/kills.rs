//! Killed at any moment, a run leaves no process and no folder, and the next one works.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use expect_test::expect;
use rustix::process::Signal;

use crate::support::Project;

const KILLS: u32 = 100;

const PAGES: usize = 3;
const PROVEN: &str = "3 pages: 3 proven";

/// How long a supervisor may take to remove a folder before it counts as left to the next run.
const GONE_BY_ITSELF: Duration = Duration::from_millis(500);

/// How long what is left of a killed run may take to be gone. It takes milliseconds; a machine may be busy.
const GONE: Duration = Duration::from_secs(20);

/// A page with processes that nothing but a sandbox ends, SQL, an undo, and a little time to be killed in.
const PAGE: &str = "# Page\n\n\
    ```bash check\nsetsid -f sleep 8640NUMBER\nenv -i \"$(command -v setsid)\" -f \"$(command -v sleep)\" 8640NUMBER\n\
    (trap '' INT TERM HUP; sleep 8640NUMBER) &\nsleep 0.02\n```\n\n\
    ```sql name=close effect=\"accounts ~1\"\nUPDATE accounts SET closed = 1 WHERE id = 1;\n```\n\n\
    ```sql undo\nUPDATE accounts SET closed = 0 WHERE id = 1;\n```\n\n\
    ```bash name=note\necho text > note; sleep 0.02\n```\n\n```bash undo\nrm note\n```\n\n\
    ```sql check\nWITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT count(*) AS n FROM n;\n```\n\
    ```output\n| n |\n| 20000 |\n```\n";

/// A site whose run takes a while, two pages at a time.
fn site() -> Project {
    let project = Project::shop("# Empty\n");
    for number in 0..PAGES {
        project.write(&format!("content/page-{number}.md"), &PAGE.replace("NUMBER", &number.to_string()));
    }
    project
}

/// The next numbers of a sequence that looks random: SplitMix64.
struct Random(u64);

impl Random {
    /// Seeded by `PROOFBOOK_SEED` or the clock; the seed is shown if the test fails.
    #[expect(clippy::print_stdout, reason = "shown if the test fails, so that it can be run the same way again")]
    fn new() -> Self {
        let clock = || {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
            u64::try_from(since.as_nanos() % u128::from(u64::MAX)).expect("a small number")
        };
        let seed = std::env::var("PROOFBOOK_SEED").map_or_else(|_| clock(), |seed| seed.parse().expect("a number"));
        println!("PROOFBOOK_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A time up to `most`.
    fn time(&mut self, most: Duration) -> Duration {
        most.mul_f64((self.next() % 10_000) as f64 / 10_000.0)
    }
}

/// Waits until no process of a run on `project` is left.
#[track_caller]
fn all_processes_end(project: &Project, kill: &str) {
    let started = Instant::now();
    while !project.left_processes().is_empty() {
        assert!(started.elapsed() < GONE, "{kill}: these processes are left: {:?}", project.left_commands());
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "shown with `--nocapture`, and if the test fails")]
fn killed_a_hundred_times_at_random_moments() {
    let project = site();
    let mut random = Random::new();
    let run = || project.command("test --jobs 2");
    // The shorter of two, because a busy machine may be slow once, and signals are to come before the end.
    let took = || {
        let started = Instant::now();
        run().run().fine().says(PROVEN);
        started.elapsed()
    };
    let whole = took().min(took());

    let (mut killed, mut interrupted, mut left) = (0, 0, 0);
    for number in 0..KILLS {
        let signal = if random.next().is_multiple_of(2) { Signal::KILL } else { Signal::INT };
        let after = random.time(whole);
        let kill = format!("kill {number} by {signal:?} after {after:?} of {whole:?}");
        let running = run().start();
        thread::sleep(after);
        running.signal(signal);
        let ran = running.wait();
        all_processes_end(&project, &kill);
        // Before the run proper Ctrl-C simply ends the program, and nothing is told.
        if signal == Signal::INT && ran.whole().contains("---") {
            assert!([130, 0].contains(&ran.status), "{kill}\n{}", ran.whole());
            if ran.status == 130 {
                interrupted += 1;
                assert!(ran.stderr.contains("the run was interrupted"), "{kill}\n{}", ran.whole());
            }
            // What was done until then is told: each page has its line.
            let pages = ran.stdout.lines().filter(|line| line.contains("  content/page-")).count();
            assert_eq!(pages, PAGES, "{kill}\n{}", ran.whole());
            assert_eq!(project.left_files(), Vec::<PathBuf>::new(), "{kill}");
            continue;
        }
        killed += 1;
        let ended = Instant::now();
        while !project.left_files().is_empty() && ended.elapsed() < GONE_BY_ITSELF {
            thread::sleep(Duration::from_millis(5));
        }
        // A room whose supervisor is not there yet, or not any more, goes with the next run, which demands that nothing
        // is left of any.
        let is_left = !project.left_files().is_empty();
        left += u32::from(is_left);
        if is_left || number % 10 == 0 {
            run().run().fine().says(PROVEN);
        }
    }
    println!("{killed} were killed, {interrupted} interrupted, {left} left a folder to the next run");
    assert!(killed >= KILLS / 10 && interrupted >= KILLS / 10, "{killed} killed, {interrupted} interrupted: too few");
    // How many kills come before there is a supervisor depends on the machine's load; without any supervisors it is most.
    assert!(left <= killed / 3, "{left} of {killed} left a folder: supervisors come too late, or do not clean up");
    run().run().fine().says(PROVEN);
}

#[test]
fn a_supervisor_that_is_killed_costs_its_page_and_leaves_nothing() {
    let project = Project::new(&[
        ("content/a.md", "# A\n\n```bash\nsetsid -f sleep 86411\nsleep 86412\n```\n\n```bash\ntrue\n```\n"),
        ("content/b.md", "# B\n\n```bash check\ntrue\n```\n"),
    ]);
    let running = project.command("test --jobs 1").start();
    project.wait_for_processes(&["sleep 86411", "sleep 86412"]);
    let supervisors = project.supervisors();
    assert_eq!(supervisors.len(), 1, "{supervisors:?}");
    for supervisor in supervisors {
        project.kill(supervisor);
    }
    let ran = running.wait().ended(3).says("proven  content/b.md: 1 passed");
    expect![[r#"
        ERROR content/a.md:3:1 step `snippet-1`

            3 │ ```bash
            4 │ setsid -f sleep 86411
            5 │ sleep 86412
            6 │ ```

          It could not be run: the supervisor of this page ended before the page did (signal: 9 (SIGKILL)): something killed it, and with it every program of the page; run the page again

          Run just this page again: proofbook test content/a.md
    "#]]
    .assert_eq(&ran.told_of("content/a.md"));
    all_processes_end(&project, "after the supervisor was killed");
    assert_eq!(project.left_files(), Vec::<PathBuf>::new());
}

#[test]
fn what_is_left_when_both_are_killed_goes_with_the_next_run() {
    let project = site();
    let hang = "# Hang\n\n```bash timeout=2m\nsetsid -f sleep 86421\nsleep 86422\n```\n";
    project.write("content/hang.md", hang);
    let running = project.command("test content/hang.md").start();
    project.wait_for_processes(&["sleep 86421", "sleep 86422"]);
    // Stopped, neither sees the other die.
    let supervisors = project.supervisors();
    assert_eq!(supervisors.len(), 1, "{supervisors:?}");
    running.signal(Signal::STOP);
    for &supervisor in &supervisors {
        project.kill(supervisor);
    }
    running.signal(Signal::KILL);
    running.wait().ended(137);
    assert!(!project.left_files().is_empty(), "nothing is left: this test proves nothing any more");
    // `run` demands that neither files nor processes are left.
    project.run("test content/page-0.md").fine().says("1 page: 1 proven");
}
