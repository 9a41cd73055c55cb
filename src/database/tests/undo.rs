//! What an undo is proved with: a remembered state, compared with again and again, and counters.

use super::dialect::Dialect;

on_each_engine!(
    remembering_takes_nothing_from_measuring,
    rows_are_back_if_their_values_are,
    the_schema_is_back_if_it_says_the_same,
    a_step_after_its_undo_has_its_effect_again,
    counters_only_go_forward,
);

fn remembering_takes_nothing_from_measuring(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
    page.run("DELETE FROM t").unwrap();
    assert_eq!(page.since(), "t -1");
    page.database.committed().remember().unwrap();
    assert_eq!(page.since(), "none");
    assert_eq!(page.effect(""), "t -1", "measured only now");
    page.run("INSERT INTO t VALUES (2)").unwrap();
    assert_eq!((page.since(), page.since()), ("t +1".into(), "t +1".into()));
    assert_eq!(page.effect(""), "t +1");
    assert_eq!(page.effect("BEGIN; DELETE FROM t"), "none");
    assert_eq!(page.since(), "t +1", "only what is committed");
    assert_eq!(page.effect("COMMIT"), "t -1");
    assert_eq!(page.since(), "none");
    page.other().script("INSERT INTO t VALUES (3); CREATE TABLE u (a INTEGER)");
    assert_eq!(page.since(), "t +1, schema");
    page.database.committed().remember().unwrap();
    assert_eq!((page.since(), page.effect("")), ("none".into(), "t +1, schema".into()));
}

/// Each line is a step and an undo, done in turn on the same page; what is left of both is then taken away by hand.
fn check(on: Dialect, schema: &str, cases: &[(&str, &str, &str)]) {
    let mut page = on.page(schema);
    for (step, undo, left) in cases {
        page.database.committed().remember().unwrap();
        assert_ne!(page.effect(step), "none", "the step does something: {step}");
        page.effect(undo);
        assert_eq!(page.since(), *left, "{step}; {undo}");
    }
}

const GOODS: &str = "
    CREATE TABLE goods (id INTEGER PRIMARY KEY, name VARCHAR(20));
    CREATE TABLE notes (what VARCHAR(20), at INTEGER);
    INSERT INTO goods VALUES (1, 'tea'), (2, 'milk');
    INSERT INTO notes VALUES ('x', 1), ('x', 1), ('y', 2)";

fn rows_are_back_if_their_values_are(on: Dialect) {
    check(
        on,
        GOODS,
        &[
            ("DELETE FROM notes WHERE at = 2", "INSERT INTO notes VALUES ('y', 2)", "none"),
            ("DELETE FROM notes", "INSERT INTO notes VALUES ('y', 2), ('x', 1), ('x', 1)", "none"),
            ("UPDATE goods SET name = 'Tea' WHERE id = 1", "UPDATE goods SET name = 'tea' WHERE id = 1", "none"),
            ("DELETE FROM goods WHERE id = 2", "INSERT INTO goods VALUES (2, 'milk')", "none"),
            ("DELETE FROM goods WHERE id = 2", "INSERT INTO goods VALUES (3, 'milk')", "goods +1 -1"),
            ("DELETE FROM notes", "INSERT INTO notes VALUES ('y', 2), ('x', 1)", "notes -1"),
            ("DELETE FROM notes", "INSERT INTO notes VALUES ('y', 2), ('x', 1), ('x', 1)", "notes +1"),
            ("UPDATE goods SET name = NULL WHERE id = 1", "UPDATE goods SET name = '' WHERE id = 1", "goods ~1"),
            ("UPDATE goods SET name = 'X' WHERE id = 1", "UPDATE goods SET name = 'NULL' WHERE id = 1", "goods ~1"),
        ],
    );
}

fn the_schema_is_back_if_it_says_the_same(on: Dialect) {
    let index = on.pick(["DROP INDEX by_name", "DROP INDEX by_name ON goods", "DROP INDEX by_name"]);
    let schema = format!(
        "{GOODS}; CREATE INDEX by_name ON goods (name); CREATE VIEW names AS SELECT name FROM goods;
         CREATE TABLE {lines} (id INTEGER PRIMARY KEY)",
        lines = on.quoted("order lines")
    );
    let (there, back) = (
        format!("ALTER TABLE {} RENAME TO lines_of", on.quoted("order lines")),
        format!("ALTER TABLE lines_of RENAME TO {}", on.quoted("order lines")),
    );
    check(
        on,
        &schema,
        &[
            (index, "CREATE INDEX by_name ON goods (name)", "none"),
            (index, "CREATE INDEX by_name -- again\n  ON goods(name)", "none"),
            ("DROP VIEW names", "CREATE VIEW names AS SELECT name FROM goods", "none"),
            ("ALTER TABLE goods ADD COLUMN price INTEGER", "ALTER TABLE goods DROP COLUMN price", "none"),
            ("CREATE TABLE more (a INTEGER)", "DROP TABLE more", "none"),
            (&there, &back, "none"),
            (
                "DROP TABLE notes",
                "CREATE TABLE notes (what VARCHAR(20), at INTEGER); INSERT INTO notes VALUES ('x', 1), ('x', 1), ('y', 2)",
                "none",
            ),
            (index, "CREATE UNIQUE INDEX by_name ON goods (name)", "schema"),
            ("DROP VIEW names", "CREATE VIEW names AS SELECT 'name' AS name FROM goods", "schema"),
            ("DROP TABLE notes", "CREATE TABLE notes (what VARCHAR(20) NOT NULL, at INTEGER)", "notes -3, schema"),
        ],
    );
}

/// The runner's order: a step, its undo, the step again.
fn a_step_after_its_undo_has_its_effect_again(on: Dialect) {
    let mut page = on.page(&on.family());
    let step = "DELETE FROM parents WHERE id = 1; CREATE TABLE kept AS SELECT 1 AS id, 'a' AS name";
    let undo = "INSERT INTO parents SELECT * FROM kept; INSERT INTO children VALUES (1, 1), (2, 1); DROP TABLE kept;
                DELETE FROM log";
    assert_eq!(page.effect(""), "none");
    page.database.committed().remember().unwrap();
    let first = page.measured(step);
    assert_eq!(first.promise().to_string(), "children -2, kept +1, log +1, parents -1, schema");
    assert_eq!(page.since(), "children -2, kept +1, log +1, parents -1, schema");
    assert_eq!(page.effect(undo), "children +2, kept -1, log -1, parents +1, schema");
    assert!(page.database.committed().since_remembered().unwrap().is_none());
    assert_eq!(page.measured(step), first);
}

fn counters_only_go_forward(on: Dialect) {
    let mut page =
        on.page(&format!("CREATE TABLE plain (id INTEGER PRIMARY KEY); CREATE TABLE t ({}, v INTEGER)", on.counted()));
    page.effect("INSERT INTO t (v) VALUES (1)");
    let first = page.database.committed().counters().unwrap();
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(page.database.committed().counters().unwrap(), first, "looking moves nothing");
    page.database.committed().remember().unwrap();
    page.effect("INSERT INTO t (v) VALUES (2); DELETE FROM t WHERE v = 2");
    assert_eq!(page.since(), "none", "the row is gone");
    let second = page.database.committed().counters().unwrap();
    assert_ne!(second, first, "and the next one gets another key");
    page.effect("INSERT INTO plain VALUES (7); UPDATE t SET v = 3");
    assert_eq!(page.database.committed().counters().unwrap(), second);
    assert_eq!(page.effect(""), "none", "a counter is neither row nor schema");
}
