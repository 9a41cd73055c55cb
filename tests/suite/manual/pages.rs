//! Effects, undos, pages that go on from others, and drills that fail. Tests are called as their rows call them.

use super::{page, verdicts};
use crate::support::Project;

const SQLITE3: &str = "sqlite3 shop \"UPDATE accounts SET closed = 1 WHERE rowid = 1\"";

#[test]
fn another_effect() {
    let page = |effect: &str| {
        Project::shop(&format!(
            "# Page\n\n<!-- proof: requires=sqlite3 -->\n```bash effect=\"{effect}\"\n{SQLITE3}\n```\n"
        ))
    };
    page("accounts ~1").run("test").fine();
    page("accounts ~2").run("test").ended(1).says("accounts   ~2         ~1");
    page("none").run("test").ended(1).says("accounts   –          ~1");
}

#[test]
fn check_that_changes() {
    let project =
        Project::shop(&format!("# Page\n\n<!-- proof: requires=sqlite3 -->\n```bash check\n{SQLITE3}\n```\n"));
    project.run("test").ended(1).says("A check must change nothing").says("accounts   –          ~1");
}

#[test]
fn undo_that_leaves_something() {
    let page = |undo: &str| {
        page(&format!("# Page\n\n```bash\necho a > one\necho b > two\n```\n\n```bash undo\n{undo}\n```\n")).run("test")
    };
    page("rm one two").fine();
    page("rm one").ended(1).says("two");
    page("rm one two; echo c > three").ended(1).says("three");
    let contents = "# Page\n\n```bash setup\necho a > file\n```\n\n```bash\necho b > file\n```\n\n```bash undo\necho c > file\n```\n";
    Project::new(&[("content/page.md", contents)]).run("test").ended(1).says("file");
    let rows = |undo: &str| {
        let step = "```sql\nUPDATE accounts SET closed = 1 WHERE rowid = 1;\n```\n";
        Project::shop(&format!("# Page\n\n{step}\n```sql undo\n{undo}\n```\n")).run("test")
    };
    rows("UPDATE accounts SET closed = 0 WHERE rowid = 1;").fine();
    rows("UPDATE accounts SET closed = 0;\nDELETE FROM orders;").ended(1).says("orders -3");
    rows("UPDATE accounts SET closed = 0;\nCREATE TABLE left_over (n INTEGER);").ended(1).says("left_over");
}

#[test]
fn step_that_works_once() {
    // The file is in the home folder, which is not compared.
    let ran = page("# Page\n\n```bash\nmkdir ~/once\n```\n\n```bash undo\ntrue\n```\n").run("test").ended(1);
    ran.says("content/page.md:7:1").says("1 passed, 1 failed");
}

#[test]
fn undo_of_skipped_step() {
    let project = page(
        r#"
        # Page

        <!-- proof: requires=no-such-program -->
        ```bash name=make
        touch made
        ```

        ```bash undo
        rm made
        ```

        ```bash check
        true
        ```
        "#,
    );
    assert_eq!(verdicts(&project.run("test --format json").fine()), ["skipped", "skipped", "passed"]);
}

#[test]
fn undo_exact() {
    let page = |undo: &str| {
        let table = "```sql setup\nCREATE TABLE tickets (id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT);\n```\n";
        let step = "```sql\nINSERT INTO tickets (subject) VALUES ('Lost key');\n```\n";
        Project::shop(&format!("# Page\n\n{table}\n{step}\n```sql {undo}\nDELETE FROM tickets;\n```\n")).run("test")
    };
    page("undo").fine();
    page("undo=exact").ended(1).says("tickets");
}

/// A page, and one that goes on where it ends.
fn two_pages(first: &str) -> Project {
    let second = "+++\ntitle = \"Second\"\nafter = \"first.md\"\n+++\n\n```sql check\nSELECT count(*) AS n FROM orders;\n```\n\
                  ```output\n| n |\n| 2 |\n```\n\n```bash check\ncat left\necho \"${word-no word}\"\n```\n```output\nleft\nno word\n```\n";
    let project = Project::shop("# Page\n");
    project.write(
        "content/first.md",
        &format!("# First\n\n```bash\n{first}\n```\n\n```sql\nDELETE FROM orders WHERE rowid = 1;\n```\n"),
    );
    project.write("content/second.md", second);
    project
}

#[test]
fn page_that_goes_on() {
    two_pages("echo left > left\nword=there").run("test content/second.md").fine().says("2 passed");
}

#[test]
fn page_that_cannot_go_on() {
    let ran = two_pages("false").run("test --format json").ended(1);
    // Of the first page, then of the second, whose first snippet tells why nothing of it was run.
    assert_eq!(verdicts(&ran), ["failed", "not_run", "failed", "not_run"]);
    two_pages("false").run("test content/second.md").ended(1).says("content/first.md:3");
}

/// A drill on a file: this fault, this repair, and a check that the file says `right`.
fn drill_page(fault: &str, repair: &str) -> Project {
    page(&format!(
        r#"
        +++
        title = "Drill"
        kind = "drill"
        description = "Find the wrong word"
        owner = "Nobody"
        +++

        ## Situation

        ```bash setup
        echo right > word
        ```

        ```bash fault
        {fault}
        ```

        ## What you do

        ```bash
        {repair}
        ```

        ## How you know it worked

        ```bash check name=says-right
        cat word
        ```
        ```output
        right
        ```
        "#
    ))
}

#[test]
fn drill() {
    let ran = drill_page("echo wrong > word", "echo right > word").run("test").fine();
    let words: Vec<&str> = ran.stdout.split_whitespace().collect();
    for line in [
        "without the fault the final check passes",
        "with the fault, no repair the final check fails: `says-right`",
        "with the fault and the repair the final check passes",
    ] {
        assert!(words.join(" ").contains(line), "{line}\n{}", ran.whole());
    }
    drill_page("echo wrong > word", "true").run("test").ended(1);
}

#[test]
fn fault_nobody_notices() {
    drill_page("echo wrong > other", "true").run("test").ended(1).says("FAILED content/page.md:14:1");
}

#[test]
fn checks_not_reached() {
    let repair = "echo right > word\n```\n\n```bash setup\n! grep wrong word".replace('\n', "\n        ");
    drill_page("echo wrong > word", &repair).run("test").ended(1).says("no final check is reached");
}
