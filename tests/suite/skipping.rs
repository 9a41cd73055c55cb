//! What is not run says why, and is counted; a run in which nothing ran is not a pass.

use expect_test::expect;

use crate::support::{Project, text};

const NEEDS: &str =
    "# Page\n\n```bash check\ntrue\n```\n\n```bash name=export requires=bash,no-such-program\nno-such-program\n```\n";

#[test]
fn a_program_that_is_not_installed() {
    let project = Project::new(&[("content/index.md", NEEDS)]);
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         partly  content/index.md: 1 passed, 1 skipped ([TIME])
                 skipped `export` (line 7): needs the program `no-such-program`, which was not installed

        1 page: 1 partly proven
        2 snippets: 1 passed, 1 skipped ([TIME])
        sandbox: [LAYERS]
    "#]]);
}

#[test]
fn under_ci_a_missing_program_is_an_error_of_the_environment() {
    let project = Project::new(&[("content/index.md", NEEDS)]);
    project.command("test").variable("CI", "true").run().is(expect![[r#"
        exit status 3
        --- stdout
         failed  content/index.md: 1 passed, 1 could not be run ([TIME])

        ERROR content/index.md:7:1 step `export`

            7 │ ```bash name=export requires=bash,no-such-program
            8 │ no-such-program
            9 │ ```

          It could not be run: the program `no-such-program` is not installed; install it, or say `--allow-missing=no-such-program` to skip what needs it

          Run just this page again: proofbook test content/index.md

        1 page: 1 failed
        2 snippets: 1 passed, 1 could not be run ([TIME])
        sandbox: [LAYERS]
    "#]]);
    project.command("test").variable("CI", "false").run().fine();
    project.command("build --verify").variable("CI", "true").run().ended(3).warns("nothing was published");
    assert!(!project.path("public").exists());
}

#[test]
fn under_ci_a_missing_program_can_be_allowed_by_name_only() {
    let project = Project::new(&[("content/index.md", NEEDS)]);
    let allowed =
        |program: &str| project.command(&format!("test --allow-missing={program}")).variable("CI", "true").run();
    allowed("no-such-program").fine().says("1 skipped");
    allowed("another-program").ended(3);
}

#[test]
fn a_failure_weighs_more_than_a_missing_program() {
    let project = Project::new(&[("content/index.md", NEEDS), ("content/wrong.md", "# W\n\n```bash\nfalse\n```\n")]);
    project.command("test").variable("CI", "true").run().ended(1).says("1 failed").says("1 could not be run");
}

#[test]
fn a_page_that_says_it_does_not_run() {
    let page =
        "+++\ntitle = \"Page\"\nrun = false\nrun_reason = \"a sample for newcomers\"\n+++\n\n```bash\nfalse\n```\n";
    let project = Project::new(&[("content/index.md", page), ("content/b.md", "# B\n\n```bash check\ntrue\n```\n")]);
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/b.md: 1 passed ([TIME])
        not run  content/index.md: 1 snippet: a sample for newcomers

        1 page: 1 proven
        1 snippet: 1 passed ([TIME])
        sandbox: [LAYERS]
    "#]]);
    project.run("list").is(expect![[r#"
        exit status 0
        --- stdout
        content/index.md  doc, 1 snippet, not run: a sample for newcomers
              7  step   bash    snippet-1
        content/b.md  doc, 1 snippet
              3  check  bash    snippet-1
    "#]]);
}

#[test]
fn nothing_that_could_run_is_not_a_pass() {
    let project = Project::new(&[("content/index.md", "# Page\n\nOnly prose.\n")]);
    project.run("test").is(expect![[r#"
        exit status 4
        --- stdout

        sandbox: [LAYERS]
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
    "#]]);
    let skipped = "# Page\n\n```bash skip=\"needs a server\"\ntrue\n```\n";
    let project = Project::new(&[("content/index.md", skipped)]);
    project.run("test").is(expect![[r#"
        exit status 4
        --- stdout
        not run  content/index.md: 1 skipped ([TIME])
                 skipped `snippet-1` (line 3): needs a server

        1 page: 1 not run
        1 snippet: 1 skipped ([TIME])
        sandbox: [LAYERS]
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
    "#]]);
    project.run("build --verify").is(expect![[r#"
        exit status 4
        --- stdout
        not run  content/index.md: 1 skipped ([TIME])
                 skipped `snippet-1` (line 3): needs a server

        1 page: 1 not run
        1 snippet: 1 skipped ([TIME])
        sandbox: [LAYERS]
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
        nothing was published
    "#]]);
    assert!(!project.path("public").exists());
}

#[test]
fn a_snippet_for_another_engine_and_its_group() {
    let page = text(
        "
        # Page

        ```sql check engine=sqlite
        SELECT sqlite_version() IS NOT NULL AS sqlite;
        ```
        ```output
        +--------+
        | sqlite |
        +--------+
        |      1 |
        +--------+
        ```

        ```sql check engine=mariadb,postgres error=1064,42601
        SELECT FROM WHERE;
        ```
        ",
    );
    // The codes an error may have are those of the engines this block is for.
    let ran = Project::shop(&page).run("test").fine();
    ran.says("1 page: 1 proven").says("skipped `snippet-2` (line 14): only on mariadb, postgres");
}

#[test]
fn unasserted_steps_are_told_and_can_be_denied() {
    let page = "# Page\n\n```bash name=quiet\ntrue\n```\n\nText.\n\n```bash name=seen\ntrue\n```\n\n```bash check\ntrue\n```\n";
    let project = Project::new(&[("content/index.md", page)]);
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/index.md: 3 passed, 1 unasserted ([TIME])
                 unasserted `quiet` (line 3): it ran, but nothing is demanded of it; add `effect=…`, an `output` or a check after it

        1 page: 1 proven
        3 snippets: 3 passed, 1 unasserted ([TIME])
        sandbox: [LAYERS]
    "#]]);
    project.run("test --deny unasserted").ended(1).warns("`--deny unasserted`");
    project.edit("content/index.md", "Text.", "```bash check\ntrue\n```").run("test --deny unasserted").fine();
}
