//! One fault at a time in a copy of our own handbook: what a writer who made it is told, whole.
//!
//! Lines are counted from the place of the fault (`[0]`), because the handbook goes on being written.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};

use crate::support::{Project, files_below};

const REMOVE: &str = "content/do/remove-an-architecture.md";
const RESTORE: &str = "content/operate/restore-a-deleted-architecture.md";
const SCHEMA: &str = "content/_databases/obs/schema.sql";
const SEED: &str = "content/_databases/obs/seed.sql";

/// Replaces `from` by `to` in `file` of the handbook, and runs `arguments`: the status is 1, and what is told of the
/// file is `expected`, its lines counted from where `to` starts.
#[track_caller]
fn check(file: &str, from: &str, to: &str, arguments: &str, expected: Expect) {
    let project = Project::handbook();
    project.edit(file, from, to);
    let line = project.line_of(file, to);
    expected.assert_eq(&project.run(arguments).ended(1).told_of_line(file, line));
}

#[test]
fn a_misspelt_column_is_pointed_at() {
    check(
        REMOVE,
        "SELECT name, available FROM architectures WHERE name = :architecture;",
        "SELECT name, availble FROM architectures WHERE name = :architecture;",
        "test --engine sqlite content/do/remove-an-architecture.md",
        expect![[r#"
            FAILED content/do/remove-an-architecture.md:[0]:14 check `architecture-still-there` “The architecture is still there” on sqlite

              [-1] │ ```sql check name=architecture-still-there title="The architecture is still there"
            > [0] │ SELECT name, availble FROM architectures WHERE name = :architecture;
                  │              ^
              [+1] │ ```

              The statement failed: no such column: availble (SQLITE_ERROR)

              help: did you mean `available`?

              Run just this page again: proofbook test content/do/remove-an-architecture.md

            FAILED content/do/remove-an-architecture.md:[0]:14 check `architecture-still-there` “The architecture is still there” on sqlite, case `apostrophe-and-accents`

              [-1] │ ```sql check name=architecture-still-there title="The architecture is still there"
            > [0] │ SELECT name, availble FROM architectures WHERE name = :architecture;
                  │              ^
              [+1] │ ```

              The statement failed: no such column: availble (SQLITE_ERROR)

              help: did you mean `available`?

              Run just this page again: proofbook test content/do/remove-an-architecture.md

            FAILED content/do/remove-an-architecture.md:[0]:14 check `architecture-still-there` “The architecture is still there” on sqlite, case `another-architecture`

              [-1] │ ```sql check name=architecture-still-there title="The architecture is still there"
            > [0] │ SELECT name, availble FROM architectures WHERE name = :architecture;
                  │              ^
              [+1] │ ```

              The statement failed: no such column: availble (SQLITE_ERROR)

              help: did you mean `available`?

              Run just this page again: proofbook test content/do/remove-an-architecture.md
        "#]],
    );
}

#[test]
fn a_misspelt_column_after_a_parameter_is_pointed_at_as_written_in_the_page() {
    check(
        REMOVE,
        "WHERE d.name = :distribution AND d.remote = 0\n   AND a.name = :architecture;",
        "WHERE d.name = :distribution AND d.remot = 0\n   AND a.name = :architecture;",
        "test --engine sqlite content/do/remove-an-architecture.md",
        expect![[r#"
            FAILED content/do/remove-an-architecture.md:[0]:35 step `copy-link` “Copy the link” on sqlite

              [-6] │ ```sql name=copy-link effect=none title="Copy the link"
              [-5] │ CREATE TEMPORARY TABLE removed_link AS
              [-4] │ SELECT ad.id, ad.distribution_id, ad.architecture_id
              [-3] │   FROM architectures_distributions AS ad
              [-2] │   JOIN distributions AS d ON d.id = ad.distribution_id
              [-1] │   JOIN architectures AS a ON a.id = ad.architecture_id
            > [0] │  WHERE d.name = :distribution AND d.remot = 0
                  │                                   ^
              [+1] │    AND a.name = :architecture;
              [+2] │ ```

              The statement failed: no such column: d.remot (SQLITE_ERROR)

              help: did you mean `remote`?

              Run just this page again: proofbook test content/do/remove-an-architecture.md

            FAILED content/do/remove-an-architecture.md:[0]:35 step `copy-link` “Copy the link” on sqlite, case `apostrophe-and-accents`

              [-6] │ ```sql name=copy-link effect=none title="Copy the link"
              [-5] │ CREATE TEMPORARY TABLE removed_link AS
              [-4] │ SELECT ad.id, ad.distribution_id, ad.architecture_id
              [-3] │   FROM architectures_distributions AS ad
              [-2] │   JOIN distributions AS d ON d.id = ad.distribution_id
              [-1] │   JOIN architectures AS a ON a.id = ad.architecture_id
            > [0] │  WHERE d.name = :distribution AND d.remot = 0
                  │                                   ^
              [+1] │    AND a.name = :architecture;
              [+2] │ ```

              The statement failed: no such column: d.remot (SQLITE_ERROR)

              help: did you mean `remote`?

              Run just this page again: proofbook test content/do/remove-an-architecture.md

            FAILED content/do/remove-an-architecture.md:[0]:35 step `copy-link` “Copy the link” on sqlite, case `another-architecture`

              [-6] │ ```sql name=copy-link effect=none title="Copy the link"
              [-5] │ CREATE TEMPORARY TABLE removed_link AS
              [-4] │ SELECT ad.id, ad.distribution_id, ad.architecture_id
              [-3] │   FROM architectures_distributions AS ad
              [-2] │   JOIN distributions AS d ON d.id = ad.distribution_id
              [-1] │   JOIN architectures AS a ON a.id = ad.architecture_id
            > [0] │  WHERE d.name = :distribution AND d.remot = 0
                  │                                   ^
              [+1] │    AND a.name = :architecture;
              [+2] │ ```

              The statement failed: no such column: d.remot (SQLITE_ERROR)

              help: did you mean `remote`?

              Run just this page again: proofbook test content/do/remove-an-architecture.md
        "#]],
    );
}

#[test]
fn a_renamed_table_breaks_the_seed_before_any_page() {
    let project = Project::handbook();
    project.edit(SCHEMA, "CREATE TABLE distributions (", "CREATE TABLE distribution (");
    let ran = project.run("test").ended(1).warns("1 error; nothing was run");
    let line = project.line_of(SEED, "INSERT INTO distributions (");
    expect![[r#"
        error[bad-script]: no such table: distributions (SQLITE_ERROR)
          --> content/_databases/obs/seed.sql:[0]:1
           |
        [0] | INSERT INTO distributions (vendor, version, name, project, reponame, repository, link, remote) VALUES
           | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = note: the database `obs` cannot be made, so no page that runs on it can be proved
           = help: did you mean `distribution`?
    "#]]
    .assert_eq(&ran.told_of_line(SEED, line));
}

#[test]
fn a_table_renamed_in_schema_and_seed_breaks_the_pages_that_use_it_and_no_other() {
    let project = Project::handbook();
    for file in [SCHEMA, SEED] {
        project.write(file, &project.read(file).replace("download_repositories", "download_sources"));
    }
    let whole = project.run("test --engine sqlite").ended(1).stdout;
    let told = whole.lines().filter_map(|line| line.strip_prefix("FAILED ")?.split(':').next());
    let failed: BTreeSet<&str> = told.collect();
    let is_using = |page: &&String| project.read(page).contains("download_repositories");
    let files = files_below(&project.path("content")).into_keys().filter(|file| file.ends_with(".md"));
    let pages: Vec<String> = files.map(|file| format!("content/{file}")).collect();
    let using: BTreeSet<&str> = pages.iter().filter(is_using).map(String::as_str).collect();
    assert!(failed.len() > 2 && failed.is_subset(&using), "{failed:?} failed, {using:?} use it");
    let ran = project.run(&format!("test --engine sqlite {RESTORE}")).ended(1).says("1 failed");
    let line = project.line_of(RESTORE, "SELECT DISTINCT dr.arch\n");
    expect![[r#"
        FAILED content/operate/restore-a-deleted-architecture.md:[0]:1 check `name-hint` “Names in use that have no row” on sqlite

          [-1] │ ```sql check name=name-hint title="Names in use that have no row"
        > [0] │ SELECT DISTINCT dr.arch
              │ ^
          [+1] │   FROM download_repositories AS dr
          [+2] │   LEFT JOIN architectures AS a ON a.name = dr.arch
          [+3] │  WHERE a.id IS NULL
          [+4] │  ORDER BY dr.arch;
          [+5] │ ```

          The statement failed: no such table: download_repositories (SQLITE_ERROR)

          help: the database has the tables `architectures`, `architectures_distributions`, `bs_requests`, `channel_binaries`, `channel_binary_lists`, `distribution_icons`, `distribution_icons_distributions`, `distributions` and 15 more

          Run just this page again: proofbook test content/operate/restore-a-deleted-architecture.md

        FAILED content/operate/restore-a-deleted-architecture.md:[0]:1 check `name-hint` “Names in use that have no row” on sqlite, case `second-architecture`

          [-1] │ ```sql check name=name-hint title="Names in use that have no row"
        > [0] │ SELECT DISTINCT dr.arch
              │ ^
          [+1] │   FROM download_repositories AS dr
          [+2] │   LEFT JOIN architectures AS a ON a.name = dr.arch
          [+3] │  WHERE a.id IS NULL
          [+4] │  ORDER BY dr.arch;
          [+5] │ ```

          The statement failed: no such table: download_repositories (SQLITE_ERROR)

          help: the database has the tables `architectures`, `architectures_distributions`, `bs_requests`, `channel_binaries`, `channel_binary_lists`, `distribution_icons`, `distribution_icons_distributions`, `distributions` and 15 more

          Run just this page again: proofbook test content/operate/restore-a-deleted-architecture.md
    "#]].assert_eq(&ran.told_of_line("FAILED", line));
}

#[test]
fn an_effect_off_by_one_shows_both_effects_and_the_rows() {
    check(
        REMOVE,
        r#"effect="architectures_distributions -1" title="Remove the link""#,
        r#"effect="architectures_distributions -2" title="Remove the link""#,
        "test --engine sqlite content/do/remove-an-architecture.md",
        expect![[r#"
            FAILED content/do/remove-an-architecture.md:[0]:33 step `remove-link` “Remove the link” on sqlite

            > [0] │ ```sql name=remove-link effect="architectures_distributions -2" title="Remove the link"
              [+1] │ DELETE FROM architectures_distributions
              [+2] │  WHERE distribution_id = (SELECT id FROM distributions
              [+3] │                            WHERE name = :distribution AND remote = 0)
              [+4] │    AND architecture_id = (SELECT id FROM architectures WHERE name = :architecture);
              [+5] │ ```

              The effect differs from what the page promises.

              effect                        promised   measured
              architectures_distributions   -2         -1

              removed from architectures_distributions:
              +----+-----------------+-----------------+
              | id | distribution_id | architecture_id |
              +----+-----------------+-----------------+
              |  6 |               4 |              13 |
              +----+-----------------+-----------------+

              help: correct the snippet; change the promise only if what was measured is what it must do

              Run just this page again: proofbook test content/do/remove-an-architecture.md

            FAILED content/do/remove-an-architecture.md:[0]:33 step `remove-link` “Remove the link” on sqlite, case `apostrophe-and-accents`

            > [0] │ ```sql name=remove-link effect="architectures_distributions -2" title="Remove the link"
              [+1] │ DELETE FROM architectures_distributions
              [+2] │  WHERE distribution_id = (SELECT id FROM distributions
              [+3] │                            WHERE name = :distribution AND remote = 0)
              [+4] │    AND architecture_id = (SELECT id FROM architectures WHERE name = :architecture);
              [+5] │ ```

              The effect differs from what the page promises.

              effect                        promised   measured
              architectures_distributions   -2         -1

              removed from architectures_distributions:
              +----+-----------------+-----------------+
              | id | distribution_id | architecture_id |
              +----+-----------------+-----------------+
              | 11 |               6 |              13 |
              +----+-----------------+-----------------+

              help: correct the snippet; change the promise only if what was measured is what it must do

              Run just this page again: proofbook test content/do/remove-an-architecture.md

            FAILED content/do/remove-an-architecture.md:[0]:33 step `remove-link` “Remove the link” on sqlite, case `another-architecture`

            > [0] │ ```sql name=remove-link effect="architectures_distributions -2" title="Remove the link"
              [+1] │ DELETE FROM architectures_distributions
              [+2] │  WHERE distribution_id = (SELECT id FROM distributions
              [+3] │                            WHERE name = :distribution AND remote = 0)
              [+4] │    AND architecture_id = (SELECT id FROM architectures WHERE name = :architecture);
              [+5] │ ```

              The effect differs from what the page promises.

              effect                        promised   measured
              architectures_distributions   -2         -1

              removed from architectures_distributions:
              +----+-----------------+-----------------+
              | id | distribution_id | architecture_id |
              +----+-----------------+-----------------+
              |  7 |               4 |              35 |
              +----+-----------------+-----------------+

              help: correct the snippet; change the promise only if what was measured is what it must do

              Run just this page again: proofbook test content/do/remove-an-architecture.md
        "#]],
    );
}

#[test]
fn a_dead_anchor_is_told_with_the_nearest_one() {
    check(
        "content/operate/index.md",
        "what-a-distribution-is.md#check-the-keys-on-your-own-database",
        "what-a-distribution-is.md#check-the-keys-of-your-own-database",
        "check",
        expect![[r#"
            error[dead-anchor]: there is no `#check-the-keys-of-your-own-database` on `understand/what-a-distribution-is.md`
              --> content/operate/index.md:[0]:41
               |
            [0] | - [Check the keys on your own database](../understand/what-a-distribution-is.md#check-the-keys-of-your-own-database):
               |                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: did you mean `#check-the-keys-on-your-own-database`?
        "#]],
    );
}

const COPY: &str = r#"effect=none title="Copy the link""#;
const MISSPELT: &str = r#"efect=none title="Copy the link""#;

#[test]
fn a_misspelt_fence_word_is_told_with_the_nearest_one() {
    check(
        REMOVE,
        COPY,
        MISSPELT,
        "check",
        expect![[r#"
        error[unknown-word]: `efect` is not a word of a SQL snippet
           --> content/do/remove-an-architecture.md:[0]:23
            |
        [0] | ```sql name=copy-link efect=none title="Copy the link"
            |                       ^^^^^ unknown here
            |
            = help: did you mean `effect`?
    "#]],
    );
}

#[test]
fn a_misspelt_fence_word_runs_nothing() {
    let project = Project::handbook();
    let ran = project.edit(REMOVE, COPY, MISSPELT).run("test").ended(1).warns("\n1 error; nothing was run\n");
    assert_eq!(ran.stdout, "");
    assert!(!project.path(".proofbook").exists());
}

#[test]
fn an_unknown_front_matter_key_is_told_with_the_nearest_one() {
    check(
        REMOVE,
        "weight = 10",
        "wight = 10",
        "check",
        expect![[r#"
        error[unknown-key]: `wight` is not a key of the front matter
         --> content/do/remove-an-architecture.md:[0]:1
          |
        [0] | wight = 10
          | ^^^^^ unknown key
          |
          = help: did you mean `weight`?
    "#]],
    );
}

#[test]
fn a_required_front_matter_key_that_is_misspelt() {
    check(
        REMOVE,
        "owner = \"",
        "ownr = \"",
        "check",
        expect![[r#"
        error[missing-key]: a runbook needs `owner` in its front matter
         --> content/do/remove-an-architecture.md:[-5]:1
          |
        [-5] | +++
          | ^^^
          |
          = help: add `owner = "…"`

        error[unknown-key]: `ownr` is not a key of the front matter
         --> content/do/remove-an-architecture.md:[0]:1
          |
        [0] | ownr = "Handbook editors"
          | ^^^^ unknown key
          |
          = help: did you mean `owner`?
    "#]],
    );
}

#[test]
fn a_missing_schema_file_is_told_at_the_configuration() {
    let project = Project::handbook();
    project.remove(SCHEMA);
    for command in ["check", "test", "build", "list"] {
        project.run(command).ended(2).warns("error[no-schema]");
    }
    let line = project.line_of("proofbook.toml", "[database.obs]");
    expect![[r#"
        error[no-schema]: the database `obs` has no schema for sqlite, on which content/understand/what-a-distribution-is.md runs
         --> proofbook.toml:[0]:11
          |
        [0] | [database.obs]
          |           ^^^ neither `schema.sql` nor `schema.sqlite.sql` is in `content/_databases/obs`
          |
          = help: create one of them, or leave sqlite out of the page's `engines`
    "#]]
    .assert_eq(&project.run("check").ended(2).told_of_line("proofbook.toml", line));
}

#[test]
fn a_seed_file_may_be_missing_and_its_absence_shows() {
    let project = Project::handbook();
    project.remove(SEED).run("test --engine sqlite content/understand").ended(1).says("expected, but missing");
}

#[test]
fn two_faults_are_both_told_in_order_of_place() {
    let project = Project::handbook();
    project.edit("content/do/index.md", "weight = 20", "weight = \"20\"");
    project.edit(REMOVE, "```sql check name=find-entry", "```sql chek name=find-entry");
    let ran = project.run("check").ended(1).says(": 2 errors\n");
    let first = ran.stderr.find("content/do/index.md:").unwrap();
    let second = ran.stderr.find("content/do/remove-an-architecture.md:").unwrap();
    assert!(first < second, "{}", ran.whole());
    let line = project.line_of("content/do/index.md", "weight = ");
    expect![[r#"
        error[wrong-type]: `weight` must be a whole number, but is text
         --> content/do/index.md:[0]:10
          |
        [0] | weight = "20"
          |          ^^^^
          |
          = help: write for example `3`
    "#]]
    .assert_eq(&ran.told_of_line("content/do/index.md", line));
}
