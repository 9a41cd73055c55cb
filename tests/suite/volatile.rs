//! Columns that differ from run to run: a difference in them is no change, and is never silent.

use expect_test::{Expect, expect};
use serde_json::json;

use crate::support::{Project, has_server, proof_of, text};

/// Users with a key, events without one; both with a column that every change moves on.
fn project(volatile: &str, page: &str) -> Project {
    let project = Project::shop(page);
    project.write("proofbook.toml", &format!("title = \"Shop\"\n\n[database.shop]\nvolatile = {volatile}\n"));
    project.write(
        "content/_databases/shop/schema.sql",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(80), updated_at INTEGER);\n\
         CREATE TABLE events (what VARCHAR(80), seen_at INTEGER);\n",
    );
    project.write(
        "content/_databases/shop/seed.sql",
        "INSERT INTO users VALUES (1, 'ada', 10), (2, 'bob', 10), (3, 'eve', NULL);\n\
         INSERT INTO events VALUES ('open', 10), ('open', 11), ('close', 12);\n",
    );
    project
}

/// A step whose undo leaves another `updated_at`, a check that moves one on, events that are seen again.
const PAGE: &str = r#"
    ```sql name=rename effect="users ~1"
    UPDATE users SET name = 'Ada', updated_at = updated_at + 1 WHERE id = 1;
    ```

    ```sql undo name=back effect="users ~1"
    UPDATE users SET name = 'ada', updated_at = updated_at + 1 WHERE id = 1;
    ```

    ```sql check name=look
    UPDATE users SET updated_at = 77 WHERE id > 1;
    SELECT name FROM users WHERE id = 1;
    ```
    ```output
    | name |
    | Ada  |
    ```

    ```sql name=see effect=none
    UPDATE events SET seen_at = seen_at + 1;
    ```

    ```sql name=close effect="events +1 -1"
    UPDATE events SET what = 'closed', seen_at = 99 WHERE what = 'close';
    ```
    "#;

const VOLATILE: &str = "[\"UPDATED_AT\", \"Events.seen_at\"]";

fn page(engines: &str) -> String {
    format!("+++\ntitle = \"Page\"\nengines = {engines}\n+++\n\n{}", text(PAGE))
}

#[test]
fn a_difference_in_them_is_no_change_and_is_told() {
    let project = project(VOLATILE, &page("[\"sqlite\"]"));
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/page.md on sqlite: 5 passed ([TIME])
                 ignored in `back` (line 10): users.updated_at in 1 row (volatile), not as before its step
                 ignored in `look` (line 14): users.updated_at in 2 rows (volatile)
                 ignored in `see` (line 23): events.seen_at in 2 rows (volatile)

        1 page: 1 proven
        5 snippets: 5 passed ([TIME])
        sandbox: [LAYERS]
    "#]]);
    project.run("build").fine();
    let html = project.read("public/page.html");
    for line in [
        "<p class=\"note\">Ignored, though not as before the step: users.updated_at in 1 row (volatile)</p>",
        "<p class=\"note\">Ignored: users.updated_at in 2 rows (volatile)</p>",
        "<p class=\"note\">Ignored: events.seen_at in 2 rows (volatile)</p>",
        "<td>ada → <mark>Ada</mark></td><td><span class=\"null\">volatile</span></td>",
    ] {
        assert!(html.contains(line), "{line}\n{html}");
    }
    assert!(!html.contains("99</td>"), "no value of a volatile column is told");

    let outcomes = &project.run("test --format json").fine().json()["pages"][0]["outcomes"];
    let outcome = |id: &str| outcomes.as_array().unwrap().iter().find(|outcome| outcome["snippet"] == id).unwrap();
    assert_eq!(outcome("look")["effect"], json!({"ignored": {"users": {"updated_at": 2}}}));
    assert_eq!(outcome("see")["effect"], json!({"ignored": {"events": {"seen_at": 2}}}));
    assert_eq!(outcome("back")["left"], json!({"users": {"updated_at": 1}}));
    assert_eq!(
        outcome("close")["effect"]["tables"]["events"],
        json!({
            "added": 1, "changed": 0, "removed": 1,
            "columns": ["what", "seen_at"], "primary_key": [], "omitted": 0,
            "rows": [
                {"removed": [{"text": "close"}, "volatile"]},
                {"added": [{"text": "closed"}, "volatile"]},
            ],
        })
    );
}

#[test]
fn so_on_every_engine() {
    for engine in ["mariadb", "postgres"].into_iter().filter(|engine| has_server(engine)) {
        let ran = project(VOLATILE, &page(&format!("[\"{engine}\"]"))).run("test").fine();
        for part in [
            "ignored in `back` (line 10): users.updated_at in 1 row (volatile), not as before its step",
            "ignored in `look` (line 14): users.updated_at in 2 rows (volatile)",
        ] {
            assert!(ran.stdout.contains(part), "{engine}\n{}", ran.whole());
        }
    }
}

#[test]
fn without_them_the_same_page_fails() {
    let project = project("[]", &page("[\"sqlite\"]"));
    expect![[r#"
        FAILED content/page.md:14:1 check `look` on sqlite

        >  14 │ ```sql check name=look
           15 │ UPDATE users SET updated_at = 77 WHERE id > 1;
           16 │ SELECT name FROM users WHERE id = 1;
           17 │ ```

          A check must change nothing, but this one did.

          effect   promised   measured
          users    –          ~2

          changed in users:
            id = 2, name = bob, updated_at: 10 → 77
            id = 3, name = eve, updated_at: NULL → 77

          help: let it only look; if the reader is to do this, make it a step: `effect="…"` instead of `check`

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&project.run("test").ended(1).told_of("check `look`"));
    let page = project.read("content/page.md");
    project.write("content/page.md", page.split("```sql check").next().unwrap());
    expect![[r#"
        FAILED content/page.md:10:1 undo `back` on sqlite

        >  10 │ ```sql undo name=back effect="users ~1"
           11 │ UPDATE users SET name = 'ada', updated_at = updated_at + 1 WHERE id = 1;
           12 │ ```

          After the step and this undo, not everything is as it was before the step.

          against before the step: users ~1

          changed in users:
            id = 1, name = ada, updated_at: 10 → 12

          help: let the undo put back everything the step changes, and nothing else

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&project.run("test").ended(1).told_of("undo `back`"));
    project.run("build").fine();
    let html = project.read("public/page.html");
    assert!(html.contains("<td>10 → <mark>12</mark></td>"), "the page shows what the undo left\n{html}");
}

#[test]
fn what_changed_beside_them_is_shown_without_their_values() {
    let page = text(
        r#"
        # Page

        ```sql effect="users ~2"
        UPDATE users SET updated_at = 42;
        UPDATE users SET name = NULL WHERE id = 1;
        DELETE FROM users WHERE id = 2;
        ```
        "#,
    );
    let ran = project("[\"users.updated_at\"]", &page).run("test").ended(1);
    expect![[r#"
        FAILED content/page.md:3:16 step `snippet-1` on sqlite

        >   3 │ ```sql effect="users ~2"
            4 │ UPDATE users SET updated_at = 42;
            5 │ UPDATE users SET name = NULL WHERE id = 1;
            6 │ DELETE FROM users WHERE id = 2;
            7 │ ```

          The effect differs from what the page promises.

          effect   promised   measured
          users    ~2         ~1 -1

          removed from users:
          +----+------+------------+
          | id | name | updated_at |
          +----+------+------------+
          |  2 | bob  | (volatile) |
          +----+------+------------+

          changed in users:
            id = 1, name: ada → NULL, updated_at = (volatile)

          ignored: users.updated_at in 1 row (volatile)

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&ran.told_of("content/page.md:"));
}

#[test]
fn naming_another_column_makes_the_proof_stale() {
    let project = project("[\"updated_at\"]", "# Page\n\n```sql effect=none\nUPDATE users SET updated_at = 5;\n```\n");
    project.run("test").fine();
    let is_stale = || {
        project.run("build").fine();
        proof_of(&project.read("public/page.html")).starts_with("Stale")
    };
    assert!(!is_stale());
    project.edit("proofbook.toml", "updated_at", "users.updated_at");
    assert!(is_stale());
    project.edit("proofbook.toml", "users.updated_at", "UPDATED_AT");
    assert!(!is_stale(), "case means nothing");
}

/// What is said of a configuration with `volatile`.
#[track_caller]
fn refused(volatile: &str, expected: Expect) {
    let ran = project(volatile, "# Page\n\n```sql effect=none\nSELECT 1;\n```\n").run("test").ended(2);
    expected.assert_eq(&ran.told_of("proofbook.toml"));
}

#[test]
fn a_name_that_fits_no_column_is_refused() {
    refused(
        "[\"updatet_at\"]",
        expect![[r#"
        error[bad-volatile]: no table has a column `updatet_at` on sqlite
         --> proofbook.toml:4:13
          |
        4 | volatile = ["updatet_at"]
          |             ^^^^^^^^^^^^
          |
          = note: only columns that schema and seed make can be volatile; a name that fits none would leave out nothing
          = help: did you mean `updated_at`?
    "#]],
    );
    refused(
        "[\"users.seen_at\", \"event.seen_at\"]",
        expect![[r#"
        error[bad-volatile]: the table `users` has no column `seen_at` on sqlite
         --> proofbook.toml:4:13
          |
        4 | volatile = ["users.seen_at", "event.seen_at"]
          |             ^^^^^^^^^^^^^^^
          |
          = note: only columns that schema and seed make can be volatile; a name that fits none would leave out nothing
          = help: write the name as the schema has it, or remove it

        error[bad-volatile]: there is no table `event` on sqlite
         --> proofbook.toml:4:30
          |
        4 | volatile = ["users.seen_at", "event.seen_at"]
          |                              ^^^^^^^^^^^^^^^
          |
          = note: only columns that schema and seed make can be volatile; a name that fits none would leave out nothing
          = help: did you mean `events.seen_at`?
    "#]],
    );
}

#[test]
fn a_key_is_refused() {
    refused(
        "[\"id\"]",
        expect![[r#"
        error[bad-volatile]: `id` cannot be volatile: it belongs to the primary key of `users`
         --> proofbook.toml:4:13
          |
        4 | volatile = ["id"]
          |             ^^^^
          |
          = note: rows are the same row before and after a snippet if their keys are
          = help: remove it; for a key that the engine gives, let the snippet find the row by another column
    "#]],
    );
}

#[test]
fn a_list_that_cannot_be_meant_is_refused() {
    refused(
        "[\"\", \"seen_at\", \"events.seen_at\"]",
        expect![[r#"
        error[bad-volatile]: a volatile column is empty
         --> proofbook.toml:4:13
          |
        4 | volatile = ["", "seen_at", "events.seen_at"]
          |             ^^
          |
          = note: what differs in a volatile column is no change, so each is named in full
          = help: write `column` for every table that has it, or `table.column`, without quotes inside

        error[bad-volatile]: the volatile column `events.seen_at` is named twice
         --> proofbook.toml:4:28
          |
        4 | volatile = ["", "seen_at", "events.seen_at"]
          |                            ^^^^^^^^^^^^^^^^
          |
          = help: `seen_at` names it in every table: remove one of the two
    "#]],
    );
}

#[test]
fn wide_tables_and_long_values_are_shown_in_what_counts() {
    let columns: String = (1..30).map(|at| format!(", c{at} TEXT")).collect();
    let project = Project::shop(&text(
        r#"
        # Page

        ```sql effect=none
        UPDATE wide SET c7 = 'NULL', c9 = NULL, c20 = replace(c20, 'y', 'z') WHERE id = 2;
        UPDATE wide SET c8 = '', c9 = x'00ff', c21 = 1 WHERE id = 1;
        DELETE FROM wide WHERE id > 2;
        ```
        "#,
    ));
    project.write(
        "content/_databases/shop/schema.sql",
        &format!("CREATE TABLE wide (id INTEGER PRIMARY KEY{columns});\n"),
    );
    project.write(
        "content/_databases/shop/seed.sql",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)\n\
         INSERT INTO wide (id, c1, c8, c9, c20, c21) SELECT i, 'row ' || i, NULL, 'nine', hex(zeroblob(60)) || 'y', '1' FROM n;\n",
    );
    let ran = project.run("test").ended(1);
    expect![[r#"
        FAILED content/page.md:3:15 step `snippet-1` on sqlite

        >   3 │ ```sql effect=none
            4 │ UPDATE wide SET c7 = 'NULL', c9 = NULL, c20 = replace(c20, 'y', 'z') WHERE id = 2;
            5 │ UPDATE wide SET c8 = '', c9 = x'00ff', c21 = 1 WHERE id = 1;
            6 │ DELETE FROM wide WHERE id > 2;
            7 │ ```

          The effect differs from what the page promises.

          effect   promised   measured
          wide     –          ~2 -38

          removed from wide (8 of 30 columns):
          +----+--------+------+------+------+------+------------------------------------------------------------+-----+
          | id | c1     | c2   | c7   | c8   | c9   | c20                                                        | c21 |
          +----+--------+------+------+------+------+------------------------------------------------------------+-----+
          |  3 | row 3  | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          |  4 | row 4  | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          |  5 | row 5  | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          |  6 | row 6  | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          |  7 | row 7  | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          |  8 | row 8  | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          |  9 | row 9  | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          | 10 | row 10 | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          | 11 | row 11 | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          | 12 | row 12 | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          | 13 | row 13 | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          | 14 | row 14 | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          | 15 | row 15 | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          | 16 | row 16 | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          | 17 | row 17 | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          | 18 | row 18 | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          | 19 | row 19 | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          | 20 | row 20 | NULL | NULL | NULL | nine | 0000000000000000000000000000000000000000… (121 characters) | 1   |
          +----+--------+------+------+------+------+------------------------------------------------------------+-----+

          changed in wide (of 30 columns the key and what changed):
            id = 1, c8: NULL → '', c9: nine → 0x00FF
            id = 2, c7: NULL → 'NULL', c9: nine → NULL, c20: …000000000000000000000000000000000000000y (121 characters) → …000000000000000000000000000000000000000z (121 characters)
          … and 20 more rows of wide

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&ran.told_of("content/page.md:"));
    let table =
        &project.run("test --format json").ended(1).json()["pages"][0]["outcomes"][0]["effect"]["tables"]["wide"];
    assert_eq!((&table["removed"], &table["omitted"]), (&json!(38), &json!(20)));
    assert_eq!(table["rows"][0]["removed"][20]["text"].as_str().unwrap().len(), 121, "the JSON is whole");
}
