//! The incident of 20 June 2023, done again on the handbook's own page: the row is deleted from `architectures` where
//! only its link to a distribution should have gone. Both ways it can go are caught before anybody follows the page.

use expect_test::expect;

use crate::support::{Project, has_server};

const PAGE: &str = "content/do/remove-an-architecture.md";

/// The step of the page, and the one word of difference.
const RIGHT: &str = "DELETE FROM architectures_distributions
 WHERE distribution_id = (SELECT id FROM distributions
                           WHERE name = :distribution AND remote = 0)
   AND architecture_id = (SELECT id FROM architectures WHERE name = :architecture);";
const WRONG: &str = "DELETE FROM architectures WHERE name = :architecture;";

/// What is told of the step after `arguments`, its lines counted from the statement.
fn told(project: &Project, statement: &str) -> String {
    let line = project.line_of(PAGE, statement);
    project
        .run("test --engine sqlite content/do/remove-an-architecture.md")
        .ended(1)
        .told_of_line("step `remove-link`", line)
}

#[test]
fn while_repositories_use_the_architecture_the_keys_refuse_the_delete() {
    let project = Project::handbook();
    project.edit(PAGE, RIGHT, WRONG);
    expect![[r#"
        FAILED content/do/remove-an-architecture.md:[0]:1 step `remove-link` “Remove the link” on sqlite

        > [-1] │ ```sql name=remove-link effect="architectures_distributions -1" title="Remove the link"
        > [0] │ DELETE FROM architectures WHERE name = :architecture;
              │ ^
          [+1] │ ```

          The statement failed: FOREIGN KEY constraint failed (SQLITE_CONSTRAINT_FOREIGNKEY)

          The effect differs from what the page promises.

          effect                        promised   measured
          architectures_distributions   -1         –

          help: rows of another table still refer to a row this removes, or the row it refers to is not there; if the page is to show that, promise it with `error=SQLITE_CONSTRAINT_FOREIGNKEY`

          Run just this page again: proofbook test content/do/remove-an-architecture.md

        FAILED content/do/remove-an-architecture.md:[0]:1 step `remove-link` “Remove the link” on sqlite, case `apostrophe-and-accents`

        > [-1] │ ```sql name=remove-link effect="architectures_distributions -1" title="Remove the link"
        > [0] │ DELETE FROM architectures WHERE name = :architecture;
              │ ^
          [+1] │ ```

          The statement failed: FOREIGN KEY constraint failed (SQLITE_CONSTRAINT_FOREIGNKEY)

          The effect differs from what the page promises.

          effect                        promised   measured
          architectures_distributions   -1         –

          help: rows of another table still refer to a row this removes, or the row it refers to is not there; if the page is to show that, promise it with `error=SQLITE_CONSTRAINT_FOREIGNKEY`

          Run just this page again: proofbook test content/do/remove-an-architecture.md

        FAILED content/do/remove-an-architecture.md:[0]:1 step `remove-link` “Remove the link” on sqlite, case `another-architecture`

        > [-1] │ ```sql name=remove-link effect="architectures_distributions -1" title="Remove the link"
        > [0] │ DELETE FROM architectures WHERE name = :architecture;
              │ ^
          [+1] │ ```

          The statement failed: FOREIGN KEY constraint failed (SQLITE_CONSTRAINT_FOREIGNKEY)

          The effect differs from what the page promises.

          effect                        promised   measured
          architectures_distributions   -1         –

          help: rows of another table still refer to a row this removes, or the row it refers to is not there; if the page is to show that, promise it with `error=SQLITE_CONSTRAINT_FOREIGNKEY`

          Run just this page again: proofbook test content/do/remove-an-architecture.md
    "#]].assert_eq(&told(&project, WRONG));
}

#[test]
fn where_only_distributions_use_it_the_delete_happens_and_the_effect_shows_the_row() {
    let project = Project::handbook();
    project.edit(PAGE, RIGHT, WRONG);
    // riscv64 is offered by openSUSE Tumbleweed and used by nothing else.
    project.edit(PAGE, "default = \"Debian 12\"", "default = \"openSUSE Tumbleweed\"");
    project.edit(PAGE, "default = \"i586\"", "default = \"riscv64\"");
    expect![[r#"
        FAILED content/do/remove-an-architecture.md:[-1]:33 step `remove-link` “Remove the link” on sqlite

        > [-1] │ ```sql name=remove-link effect="architectures_distributions -1" title="Remove the link"
          [0] │ DELETE FROM architectures WHERE name = :architecture;
          [+1] │ ```

          The effect differs from what the page promises.

          effect                        promised   measured
          architectures                 –          -1
          architectures_distributions   -1         –

          removed from architectures:
          +----+---------+-----------+
          | id | name    | available |
          +----+---------+-----------+
          | 26 | riscv64 |         0 |
          +----+---------+-----------+

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/do/remove-an-architecture.md

        FAILED content/do/remove-an-architecture.md:[-1]:33 step `remove-link` “Remove the link” on sqlite, case `apostrophe-and-accents`

        > [-1] │ ```sql name=remove-link effect="architectures_distributions -1" title="Remove the link"
          [0] │ DELETE FROM architectures WHERE name = :architecture;
          [+1] │ ```

          The effect differs from what the page promises.

          effect                        promised   measured
          architectures                 –          -1
          architectures_distributions   -1         –

          removed from architectures:
          +----+---------+-----------+
          | id | name    | available |
          +----+---------+-----------+
          | 26 | riscv64 |         0 |
          +----+---------+-----------+

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/do/remove-an-architecture.md

        FAILED content/do/remove-an-architecture.md:[0]:1 step `remove-link` “Remove the link” on sqlite, case `another-architecture`

        > [-1] │ ```sql name=remove-link effect="architectures_distributions -1" title="Remove the link"
        > [0] │ DELETE FROM architectures WHERE name = :architecture;
              │ ^
          [+1] │ ```

          The statement failed: FOREIGN KEY constraint failed (SQLITE_CONSTRAINT_FOREIGNKEY)

          The effect differs from what the page promises.

          effect                        promised   measured
          architectures_distributions   -1         –

          help: rows of another table still refer to a row this removes, or the row it refers to is not there; if the page is to show that, promise it with `error=SQLITE_CONSTRAINT_FOREIGNKEY`

          Run just this page again: proofbook test content/do/remove-an-architecture.md
    "#]]
    .assert_eq(&told(&project, WRONG));

    // The right statement does for riscv64 what it does for i586.
    project.edit(PAGE, WRONG, RIGHT);
    let outcomes =
        project.run("test --engine sqlite content/do/remove-an-architecture.md --format json").ended(1).json();
    let step = outcomes["pages"][0]["outcomes"].as_array().unwrap().iter().find(|o| o["snippet"] == "remove-link");
    assert_eq!(step.unwrap()["verdict"], "passed");
}

#[test]
fn a_dropped_condition_hits_more_than_the_page_promises() {
    let wrong = |dropped: &str, measured: &str| {
        let project = Project::handbook();
        assert_eq!(RIGHT.matches(dropped).count(), 1);
        let statement = RIGHT.replace(dropped, "");
        let told = told(project.edit(PAGE, RIGHT, &statement), &statement);
        assert!(told.contains(&format!("\n  architectures_distributions   -1         {measured}\n")), "{told}");
    };
    wrong("\n   AND architecture_id = (SELECT id FROM architectures WHERE name = :architecture)", "-2");
    wrong(
        "distribution_id = (SELECT id FROM distributions\n                           WHERE name = :distribution AND remote = 0)\n   AND ",
        "-6",
    );
}

#[test]
fn the_remote_entry_of_the_same_name_is_told_by_the_checks() {
    let project = Project::handbook();
    project.edit(PAGE, RIGHT, &RIGHT.replace("remote = 0", "remote = 1"));
    let ran = project.run("test --engine sqlite content/do/remove-an-architecture.md").ended(1);
    // One row goes, as promised, but not the one that was meant. (The other case's distribution has no remote twin.)
    let told = ran.told_of("FAILED");
    let told =
        told.split("FAILED ").filter(|told| !told.contains(", case `apostrophe-and-accents`")).collect::<String>();
    assert!(!told.contains("step `remove-link`"), "{told}");
    assert!(told.contains("check `offered-after`") && told.contains("check `other-distributions`"), "{told}");
}

/// The incident of 20 June 2023 on the database that OBS has in production.
#[test]
fn on_mariadb_the_foreign_key_stops_the_incident_and_without_it_the_effect_shows_it() {
    if !has_server("mariadb") {
        return;
    }
    const PAGE: &str = "content/do/incident.md";
    const DELETE: &str = "```sql effect=\"architectures -1\"\nDELETE FROM architectures\n WHERE name = 'i586';\n```\n";
    const KEYS: [(&str, &str); 6] = [
        ("repository_architectures", "repository_architectures_ibfk_2"),
        ("flags", "flags_ibfk_3"),
        ("channel_binaries", "channel_binaries_ibfk_4"),
        ("channel_binary_lists", "channel_binary_lists_ibfk_4"),
        ("product_media", "product_media_ibfk_3"),
        ("product_update_repositories", "product_update_repositories_ibfk_3"),
    ];
    let front = "+++\ntitle = \"The incident\"\nengines = [\"mariadb\"]\n+++\n\n";
    let project = Project::handbook();
    project.write(PAGE, &format!("{front}{DELETE}"));
    let arguments = format!("test {PAGE}");
    expect![[r#"
        FAILED content/do/incident.md:7:1 step `snippet-1` on mariadb

        >   6 │ ```sql effect="architectures -1"
        >   7 │ DELETE FROM architectures
              │ ^
            8 │  WHERE name = 'i586';
            9 │ ```

          The statement failed: Cannot delete or update a parent row: a foreign key constraint fails (`api_production`.`channel_binaries`, CONSTRAINT `channel_binaries_ibfk_4` FOREIGN KEY (`architecture_id`) REFERENCES `architectures` (`id`)) (1451)

          The effect differs from what the page promises.

          effect          promised   measured
          architectures   -1         –

          help: rows of another table still refer to a row this removes or changes; if the page is to show that, promise it with `error=1451`

          Run just this page again: proofbook test content/do/incident.md
    "#]].assert_eq(&project.run(&arguments).ended(1).told_of(PAGE));
    let dropped: String =
        KEYS.iter().map(|(table, key)| format!("ALTER TABLE {table} DROP FOREIGN KEY {key};\n")).collect();
    project.write(PAGE, &format!("{front}```sql setup\n{dropped}```\n\n{DELETE}"));
    project.run(&arguments).fine().says("1 proven");
    // Whoever expects the link to go is told what went.
    project.edit(PAGE, "effect=\"architectures -1\"", "effect=\"architectures_distributions -1\"");
    expect![[r#"
        FAILED content/do/incident.md:15:16 step `snippet-2` on mariadb

        >  15 │ ```sql effect="architectures_distributions -1"
           16 │ DELETE FROM architectures
           17 │  WHERE name = 'i586';
           18 │ ```

          The effect differs from what the page promises.

          effect                        promised   measured
          architectures                 –          -1
          architectures_distributions   -1         –

          removed from architectures:
          +----+------+-----------+
          | id | name | available |
          +----+------+-----------+
          | 13 | i586 |         1 |
          +----+------+-----------+

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/do/incident.md
    "#]]
    .assert_eq(&project.run(&arguments).ended(1).told_of(PAGE));
}
