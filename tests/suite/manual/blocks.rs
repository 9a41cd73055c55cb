//! What blocks, files and transcripts do when they do not do what the page says. Tests are called as their rows call them.

use std::fs;
use std::time::Duration;

use proofbook::runner::{PAGE_LIMIT, SNIPPET_LIMIT};

use super::{check, kept_folder, page, step, verdicts};
use crate::support::{Project, Ran};

#[test]
fn callers_environment() {
    let project = page(
        r#"
        # Page

        ```bash check
        echo "secret: ${SECRET-none}, home: $(ls -A ~ | wc -l) files, zone: $TZ"
        env | grep -c hunter2 || true
        ```
        ```output
        secret: none, home: 0 files, zone: UTC
        0
        ```
        "#,
    );
    let home = project.beside().join("home");
    fs::create_dir(&home).unwrap();
    fs::write(home.join(".netrc"), "password hunter2").unwrap();
    let command = project.command("test").variable("SECRET", "hunter2").variable("TZ", "Asia/Tokyo");
    command.variable("HOME", &home.to_string_lossy()).run().fine().says("1 passed");
}

#[test]
fn left_running() {
    // What is left after a run fails it, in `Command::run`. The third has no environment it could be known by.
    step("sleep 1000 &\nsetsid sleep 1000 &\nenv -i setsid setsid sleep 1000 &").run("test").fine();
}

#[test]
fn failing_line() {
    let ran = step("true\nfalse\ntrue").run("test").ended(1);
    ran.says("FAILED content/page.md:5:1").says(">   5 │ false").says("stopped the block with status 1");
}

#[test]
fn failed_step() {
    let ran = page("# Page\n\n```bash\nfalse\n```\n\n```bash\necho never\n```\n").run("test --format json").ended(1);
    assert_eq!(verdicts(&ran), ["failed", "not_run"]);
}

#[test]
fn failed_check() {
    let ran = page("# Page\n\n```bash check\nfalse\n```\n\n```bash\necho on\n```\n").run("test --format json").ended(1);
    assert_eq!(verdicts(&ran), ["failed", "passed"]);
}

#[test]
fn exit_trap_at_the_end() {
    let mark = |commands: &str| {
        let project = step(&format!("trap 'echo run > \"$HOME/../work/mark\"' EXIT\n{commands}"));
        let ran = project.command("test --keep").start().wait().fine();
        kept_folder(&project, &ran).join("work/mark").exists()
    };
    assert!(mark("(exit 0); exit 0"), "the mark is one that would be found");
    assert!(!mark("true"));
}

#[test]
fn new_bash_is_told() {
    let ran = page("# Page\n\n```bash exit=3\nexit 3\n```\n\n```bash\nfalse\n```\n").run("test").ended(1);
    ran.says("FAILED content/page.md:8:1").says("ran in a new shell with the last good state");
}

#[test]
fn another_output() {
    let project = page("");
    check(&project, "echo one; echo two", "one\n2");
    project.run("test").ended(1).says("- 2").says("+ two");
}

#[test]
fn nothing_expected() {
    let project = page("# Page\n\n```bash check\necho one\n```\n```output\n```\n");
    project.run("test").ended(1).says("+ one");
}

#[test]
fn cut_output() {
    let page = |count: u32| step(&format!("head -c {count} /dev/zero | tr '\\0' a")).run("test --format json").fine();
    let printed = |ran: &Ran| ran.json()["pages"][0]["outcomes"][0]["printed"].clone();
    let whole = printed(&page(1 << 20));
    assert_eq!((whole["stdout"].as_str().unwrap().len(), whole["notes"].is_null()), (1 << 20, true));
    let cut = printed(&page((1 << 20) + 1));
    assert_eq!(cut["stdout"].as_str().unwrap().len(), 1 << 20);
    assert_eq!(cut["notes"][0], "stdout was cut: 1048576 bytes of 1048577 are kept");
}

#[test]
fn not_text() {
    let project = page("");
    check(&project, "printf 'caf\\351\\n'", "caf\u{fffd}");
    project.run("test").ended(1).says("it is not UTF-8").says("    caf\u{fffd}");
}

#[test]
fn hung_snippet() {
    assert_eq!(SNIPPET_LIMIT, Duration::from_secs(30), "nobody waits for it here");
    for limit in ["500ms", "1s"] {
        let ran =
            page(&format!("# Page\n\n```bash timeout={limit}\necho first\nsleep 1000\n```\n")).run("test").ended(1);
        ran.says("TIMED OUT content/page.md:5:1").says("`sleep 1000` was still running after").says("    first\n");
    }
    let two_minutes = page("# Page\n\n```bash timeout=2m check\ntrue\n```\n");
    two_minutes.run("test").fine();
}

#[test]
fn long_page() {
    // Nobody waits for it here: that the limit is the page's is one line in the runner, and the number is this.
    assert_eq!(PAGE_LIMIT, Duration::from_secs(5 * 60));
}

#[test]
fn many_processes() {
    let ran = step("for i in {1..300}; do sleep 1000 & done\nwait").run("test").ended(1);
    ran.says("FAILED content/page.md").says("More than 256 processes were running at once; all were ended");
    step("for i in {1..200}; do sleep 1000 & done\nkill $(jobs -p)").run("test").fine();
}

#[test]
fn params_elsewhere() {
    let page = |language: &str, text: &str| {
        let front = "+++\ntitle = \"Page\"\n\n[parameters.customer]\ndefault = 'a \"b\"'\n+++\n";
        let file = format!("```{language} file=new params\n{text}\n```\n");
        let check = "```bash check\ncat new\n```\n```output\n{\"customer\": \"a \\\"b\\\"\"}\n```\n";
        Project::new(&[("content/page.md", &format!("{front}\n{file}\n{check}"))]).run("test")
    };
    page("json", "{\"customer\": \"{{customer}}\"}").fine();
    page("yaml", "customer: {{customer}}")
        .ended(1)
        .warns("`params` cannot fill in a file in `yaml`")
        .warns("nothing was run");
}

#[test]
fn path_upwards() {
    let project = page("# Page\n\n```text file=../up.txt\nnever\n```\n\n```bash\ntouch ran\n```\n");
    let ran = project.run("test").ended(1);
    ran.warns("`../up.txt` is not a file in the work folder").warns("nothing was run");
}

#[test]
fn path_through_a_link() {
    let project =
        page("# Page\n\n```bash\nmkdir real\nln -s real link\n```\n\n```text file=link/new.txt\nnever\n```\n");
    project.run("test").ended(1).says("content/page.md:8:1").says("symbolic link");
}

#[test]
fn wrong_transcript() {
    let transcript = |page: &str| page.replace("TRANSCRIPT", "console").replace("PRINTED", "two");
    let wrong = page(&transcript(
        r#"
        # Page

        ```TRANSCRIPT
        $ echo one
        PRINTED
        $ touch "$HOME/../work/never"
        ```
        "#,
    ));
    let ran = wrong.command("test --keep").start().wait().ended(1);
    let folder = kept_folder(&wrong, &ran.says("- two").says("+ one"));
    assert!(!folder.join("work/never").exists(), "the rest of it is not run");
    page("# Page\n\n```console\n$ false\n```\n").run("test").ended(1).says("status 1");
    page("# Page\n\n```console\n$ false\n[2]\n```\n").run("test").ended(1).says("status 1");
}

#[test]
fn prompt_in_output() {
    // It is taken for the next command.
    let ran = page("# Page\n\n```console\n$ echo '$ false'\n$ false\n```\n").run("test").ended(1);
    ran.says("+ $ false");
    let apart = page("");
    check(&apart, "echo '$ false'", "$ false");
    apart.run("test").fine();
}
