//! What this version reads without error and does not prove: it says so, counts it, and never calls it passed.

use expect_test::expect;

use crate::support::{Project, text};

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

        1 page, 3 runs: 1 proven, 2 not run
        3 snippets: 1 passed, 2 not proved yet ([TIME])
        sandbox: [LAYERS]
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
