//! Going back: what counts as the state that was remembered, and what does not.

use super::*;

/// Every kind of row and object an undo has to bring back.
const SHOP: &str = "
    CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE notes (text, at);
    CREATE TABLE log (what);
    CREATE INDEX by_name ON goods (name);
    CREATE VIEW names AS SELECT name FROM goods;
    CREATE TRIGGER gone AFTER DELETE ON goods BEGIN INSERT INTO log VALUES ('gone ' || old.id); END;
    CREATE TABLE \"order lines\" (id INTEGER PRIMARY KEY, [goods id] REFERENCES goods (id));
    INSERT INTO goods VALUES (1, 'tea'), (2, 'milk');
    INSERT INTO notes VALUES ('x', 1), ('x', 1), ('y', 2);";

/// What is left of `step` after `undo`, in one line.
fn left(step: &str, undo: &str) -> String {
    let mut shop = Shop::new(SHOP);
    shop.database.committed().remember().unwrap();
    assert_ne!(shop.effect(step), "none", "the step does something: {step}");
    shop.effect(undo);
    shop.database.committed().since_remembered().unwrap().promise().to_string()
}

#[test]
fn rows_are_back_if_their_values_are() {
    let (step, undo) = ("DELETE FROM notes WHERE at = 2", "INSERT INTO notes VALUES ('y', 2)");
    assert_eq!(left(step, undo), "none");
    assert_eq!(left(step, "INSERT INTO notes (rowid, text, at) VALUES (77, 'y', 2)"), "none", "a row id is no value");
    assert_eq!(left(step, "INSERT INTO notes VALUES ('y', '2')"), "notes +1 -1", "text is no number");
    assert_eq!(left(step, "INSERT INTO notes VALUES ('y', 2.0)"), "notes +1 -1", "nor is a float an integer");

    assert_eq!(left("INSERT INTO goods VALUES (3, 'salt')", "DELETE FROM goods WHERE id = 3"), "log +1");
    assert_eq!(
        left("DELETE FROM goods WHERE id = 2", "INSERT INTO goods VALUES (2, 'milk')"),
        "log +1",
        "what a trigger wrote stays"
    );
}

#[test]
fn the_schema_is_back_if_it_says_the_same() {
    for (step, undo) in [
        ("DROP INDEX by_name", "CREATE INDEX by_name ON goods (name)"),
        ("DROP INDEX by_name", "CREATE INDEX by_name -- again\n  ON \"goods\"(name)"),
        ("DROP VIEW names", "CREATE VIEW names AS SELECT name FROM goods"),
        ("ALTER TABLE goods ADD COLUMN price", "ALTER TABLE goods DROP COLUMN price"),
        ("ALTER TABLE goods RENAME TO wares", "ALTER TABLE wares RENAME TO goods"),
        ("ALTER TABLE \"order lines\" RENAME TO lines", "ALTER TABLE lines RENAME TO [order lines]"),
        ("ALTER TABLE goods RENAME COLUMN name TO title", "ALTER TABLE goods RENAME COLUMN title TO name"),
        ("CREATE TABLE more (a)", "DROP TABLE more"),
        ("DROP TABLE log", "CREATE TABLE log (what)"),
    ] {
        assert_eq!(left(step, undo), "none", "{step}; {undo}");
    }
    for (step, undo) in [
        ("DROP INDEX by_name", "CREATE INDEX by_name ON goods (name DESC)"),
        ("DROP INDEX by_name", "CREATE UNIQUE INDEX by_name ON goods (name)"),
        ("DROP INDEX by_name", "CREATE INDEX by_name ON notes (text)"),
        // Words are compared as written, names being among them.
        ("DROP INDEX by_name", "CREATE INDEX by_name ON goods (NAME)"),
        ("DROP VIEW names", "CREATE VIEW names AS SELECT 'name' FROM goods"),
        ("DROP TABLE log", "CREATE TABLE log (what DEFAULT NULL)"),
        ("DROP TABLE log", "CREATE TABLE log (\"wh at\")"),
        ("ALTER TABLE goods RENAME TO wares", "ALTER TABLE wares RENAME TO Goods"),
        ("DROP TRIGGER gone", "CREATE TRIGGER gone BEFORE DELETE ON goods BEGIN SELECT 1; END"),
    ] {
        assert_eq!(left(step, undo), "schema", "{step}; {undo}");
    }
}

#[test]
fn counters_only_go_forward() {
    let counters = |shop: &mut Shop| {
        let counters = shop.database.committed().counters().unwrap();
        counters.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    let mut shop = Shop::new(SHOP);
    assert_eq!(counters(&mut shop), "");
    let table = "CREATE TABLE \"a b\" (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE c (id INTEGER PRIMARY KEY \
                 AUTOINCREMENT)";
    shop.effect(table);
    assert_eq!(counters(&mut shop), "");
    shop.database.committed().remember().unwrap();
    shop.effect("INSERT INTO \"a b\" DEFAULT VALUES; INSERT INTO c VALUES (41), (NULL)");
    assert_eq!(counters(&mut shop), "a b=1 c=42");
    shop.effect("DELETE FROM c; DELETE FROM \"a b\"");
    assert!(shop.database.committed().since_remembered().unwrap().is_none(), "the rows are gone");
    assert_eq!(counters(&mut shop), "a b=1 c=42", "and the next ones get other keys");
    shop.run("BEGIN").unwrap();
    shop.run("INSERT INTO c VALUES (100)").unwrap();
    assert_eq!(counters(&mut shop), "a b=1 c=42", "only what is committed");
    shop.run("ROLLBACK").unwrap();
    shop.effect("INSERT INTO sqlite_sequence VALUES ('c', NULL), (NULL, 'x')");
    assert_eq!(counters(&mut shop), "NULL='x' a b=1 c=42,NULL", "whatever somebody wrote there");
}

#[test]
fn a_savepoint_opens_a_transaction_and_an_error_may_end_it() {
    let mut shop = Shop::new(SHOP);
    shop.run("BEGIN").unwrap();
    let first = shop.database.transaction();
    assert!(shop.run("BEGIN").is_err());
    assert_eq!(shop.database.transaction(), first);
    shop.run("COMMIT").unwrap();
    assert_eq!(shop.database.transaction(), None);
    shop.run("SAVEPOINT s").unwrap();
    let second = shop.database.transaction();
    assert!(second.is_some() && second != first);
    shop.run("INSERT OR ROLLBACK INTO goods VALUES (1, 'there already')").unwrap_err();
    assert_eq!(shop.database.transaction(), None, "an error can end it, too");
}
