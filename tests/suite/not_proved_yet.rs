//! What this version reads without error and does not prove: it says so, counts it, and never calls it passed.

use expect_test::expect;

use crate::support::{Project, text};

#[test]
fn an_undo() {
    let page = text(
        r#"
        # Page

        ```sql name=close effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ```sql undo effect="accounts ~1"
        UPDATE accounts SET closed = 0 WHERE id = 1;
        ```

        ```sql undo of=close name=again
        UPDATE accounts SET closed = 0 WHERE id = 1;
        ```
        "#,
    );
    Project::shop(&page).run("test").is(expect![[r#"
        exit status 0
        --- stdout
         partly  content/page.md on sqlite: 1 passed, 2 not proved yet ([TIME])
                 skipped `snippet-2` (line 7): not proved yet: an undo is a run of its own
                 skipped `again` (line 11): not proved yet: an undo is a run of its own

        1 page: 1 partly proven
        3 snippets: 1 passed, 2 not proved yet ([TIME])
        sandbox: environment, processes; files and network not contained
    "#]]);
}

#[test]
fn a_transcript() {
    let page = text(
        "
        # Page

        ```bash check
        true
        ```

        ```console
        $ echo one
        one
        $ false
        [1]
        ```
        ",
    );
    Project::new(&[("content/index.md", &page)]).run("test").is(expect![[r#"
        exit status 0
        --- stdout
         partly  content/index.md: 1 passed, 1 not proved yet ([TIME])
                 skipped `snippet-2` (line 7): not proved yet: transcripts are not run

        1 page: 1 partly proven
        2 snippets: 1 passed, 1 not proved yet ([TIME])
        sandbox: environment, processes; files and network not contained
    "#]]);
}

#[test]
fn a_drill() {
    let page = text(
        r#"
        +++
        title = "Drill"
        kind = "drill"
        description = "Find the closed account"
        owner = "Shop team"
        +++

        ## Situation

        ```sql fault
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ## What you do

        ```sql name=reopen effect="accounts ~1"
        UPDATE accounts SET closed = 0 WHERE id = 1;
        ```

        ## How you know it worked

        ```sql check
        SELECT closed FROM accounts WHERE id = 1;
        ```
        ```output
        +--------+
        | closed |
        +--------+
        |      0 |
        +--------+
        ```
        "#,
    );
    Project::shop(&page).run("test").is(expect![[r#"
        exit status 4
        --- stdout
        not run  content/page.md on sqlite: 3 not proved yet ([TIME])
                 skipped `snippet-1` (line 10): not proved yet: drills are three runs
                 skipped `reopen` (line 16): not proved yet: drills are three runs
                 skipped `snippet-3` (line 22): not proved yet: drills are three runs

        1 page: 1 not run
        3 snippets: 3 not proved yet ([TIME])
        sandbox: environment, processes; files and network not contained
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
    "#]]);
}

#[test]
fn a_page_that_starts_after_another() {
    let first = "+++\ntitle = \"First\"\n+++\n\n```bash check\ntrue\n```\n";
    let second = "+++\ntitle = \"Second\"\nafter = \"first.md\"\n+++\n\n```bash check\nfalse\n```\n";
    let project = Project::new(&[("content/first.md", first), ("content/second.md", second)]);
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/first.md: 1 passed ([TIME])
        not run  content/second.md: 1 not proved yet ([TIME])
                 skipped `snippet-1` (line 6): not proved yet: the page starts from the end of `first.md`

        2 pages: 1 proven, 1 not run
        2 snippets: 1 passed, 1 not proved yet ([TIME])
        sandbox: environment, processes; files and network not contained
    "#]]);
    project.run("test content/second.md").ended(4).warns("nothing ran");
}

#[test]
fn cases_beside_the_defaults() {
    let page = text(
        r#"
        +++
        title = "Page"

        [parameters.id]
        label = "Account"
        type = "integer"
        default = "1"

        [[cases]]
        name = "the-other"
        id = "2"
        +++

        ```sql effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = :id;
        ```

        ```sql check case=the-other
        SELECT closed FROM accounts WHERE id = 2;
        ```
        ```output
        +--------+
        | closed |
        +--------+
        |      1 |
        +--------+
        ```
        "#,
    );
    // Only the defaults are run, so the page is not called proven, and the case is named.
    let ran = Project::shop(&page).run("test").fine().says("1 passed").says("not proved yet").says("the-other");
    assert!(!ran.stdout.contains("1 page: 1 proven"), "{}", ran.whole());
}

#[test]
fn the_engines_mariadb_and_postgres() {
    let page = text(
        r#"
        +++
        title = "Page"
        engines = ["sqlite", "mariadb", "postgres"]
        +++

        ```sql effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```
        "#,
    );
    let project = Project::shop(&page);
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/page.md on sqlite: 1 passed ([TIME])
        not run  content/page.md on mariadb: 1 not proved yet ([TIME])
                 skipped `snippet-1` (line 6): not proved yet: this version runs SQLite, not mariadb
        not run  content/page.md on postgres: 1 not proved yet ([TIME])
                 skipped `snippet-1` (line 6): not proved yet: this version runs SQLite, not postgres

        3 pages: 1 proven, 2 not run
        3 snippets: 1 passed, 2 not proved yet ([TIME])
        sandbox: environment, processes; files and network not contained
    "#]]);
    project.run("test --engine sqlite").fine().never_says("mariadb");
}

#[test]
fn an_engine_that_is_asked_for_and_not_there_is_an_error_never_a_pass() {
    let page = "# Page\n\n```sql effect=none\nUPDATE accounts SET closed = 1 WHERE id = 9;\n```\n";
    let project = Project::shop(page);
    project.run("test --engine mariadb").is(expect![[r#"
        exit status 3
        --- stderr
        error: `mariadb` is not proved yet: this version runs SQLite only
          help: run with `--engine sqlite`, or leave the engine out of the page's `engines`
    "#]]);
    project.run("test --engine sqlite --engine postgres").ended(3);
    assert!(!project.path(".proofbook/proof.json").exists(), "nothing is recorded");
}
