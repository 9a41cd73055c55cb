//! What is said about a schema or a seed that does not load.

use super::*;

/// Where preparing fails, what is marked there, and what is said about it.
fn check(schema: &str, seed: &str, expected: (&str, &str, Option<&str>, &str)) {
    let Err(PrepareError::Script { file, span, code, message, .. }) =
        super::super::prepare(&definition(schema, seed)).map(|_| ())
    else {
        panic!("no mistake found in {schema} {seed}")
    };
    let (path, marked, expected_code, expected_message) = expected;
    assert_eq!(
        (file.path(), file.slice(span), code.as_deref(), message.as_str()),
        (path, marked, expected_code, expected_message)
    );
}

#[test]
fn a_mistake_is_marked_in_its_script() {
    let error = Some("SQLITE_ERROR");
    check("CREATE TABLE t (a); CREATE TABLE t (b)", "", ("schema.sql", "t", error, "table t already exists"));
    check("-- žž\nCREATE TABLE t (a TEXT,);", "", ("schema.sql", ")", error, "near \")\": syntax error"));
    check(
        "CREATE TABLE t (a);",
        "INSERT INTO t VALUES ('žž');\nINSERT INTO t (nmae) VALUES (1);",
        ("seed.sql", "INSERT INTO t (nmae) VALUES (1)", error, "table t has no column named nmae"),
    );
    check(
        "CREATE TABLE t (a NOT NULL);",
        "INSERT INTO t VALUES (NULL);",
        (
            "seed.sql",
            "INSERT INTO t VALUES (NULL)",
            Some("SQLITE_CONSTRAINT_NOTNULL"),
            "NOT NULL constraint failed: t.a",
        ),
    );
    check("CREATE TABLE t (a);", "SELECT 'ž', nmae FROM t", ("seed.sql", "nmae", error, "no such column: nmae"));
}

#[test]
fn a_script_is_whole() {
    check(
        "CREATE TABLE t (a);\nINSERT INTO t VALUES ('x);",
        "",
        ("schema.sql", "'", None, "a string is opened here and never closed"),
    );
    check(
        "CREATE TABLE t (a);\n.import x t\n",
        "",
        ("schema.sql", ".import", None, "`.import` is a command of the sqlite3 program, not SQL"),
    );
    check(
        "CREATE TABLE t (a);",
        "BEGIN; INSERT INTO t VALUES (1);",
        ("seed.sql", "INSERT INTO t VALUES (1)", None, "the script ends with a transaction open"),
    );
}

const TWO: &str =
    "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, a_id REFERENCES a (id));";

#[test]
fn a_foreign_key_that_leads_nowhere_is_marked_where_it_was_broken() {
    let key = Some("SQLITE_CONSTRAINT_FOREIGNKEY");
    check(
        TWO,
        "INSERT INTO b VALUES (1, 1);\nINSERT INTO b VALUES (2, 'ž');\nINSERT INTO a VALUES (1);",
        ("seed.sql", "INSERT INTO b VALUES (2, 'ž')", key, "`b`.`a_id` = 'ž' refers to no row of `a`"),
    );
    check(
        TWO,
        "INSERT INTO a VALUES (1);INSERT INTO b VALUES (1, 1), (2, 1);DELETE FROM a;",
        ("seed.sql", "DELETE FROM a", key, "`b`.`a_id` = 1 refers to no row of `a` (and one row more like it)"),
    );
    let without_rowid =
        "CREATE TABLE b (x, a_id REFERENCES a (id), PRIMARY KEY (x)) WITHOUT ROWID; INSERT INTO b VALUES (1, 2)";
    check(
        &format!("CREATE TABLE a (id INTEGER PRIMARY KEY); {without_rowid}"),
        "",
        ("schema.sql", "INSERT INTO b VALUES (1, 2)", key, "a row of `b` by `a_id` refers to no row of `a`"),
    );
    check(
        "CREATE TABLE a (x); CREATE TABLE b (a_x REFERENCES a (x));",
        "INSERT INTO b VALUES (1);",
        (
            "schema.sql",
            "CREATE TABLE b (a_x REFERENCES a (x))",
            Some("SQLITE_ERROR"),
            "foreign key mismatch - \"b\" referencing \"a\"",
        ),
    );
}

#[test]
fn a_seed_may_be_in_any_order() {
    let seed = "INSERT INTO b VALUES (1, 1); INSERT INTO a VALUES (1);";
    assert!(super::super::prepare(&definition(TWO, seed)).is_ok());
}

#[test]
fn triggers_virtual_tables_and_settings_are_copied() {
    let mut shop = Shop::new(
        "CREATE TABLE t (a); CREATE TABLE log (a);
         CREATE TRIGGER keep AFTER INSERT ON t BEGIN INSERT INTO log VALUES (CASE WHEN new.a THEN 1 ELSE 0 END); END;
         CREATE VIRTUAL TABLE f USING fts5 (text); INSERT INTO f VALUES ('hello');
         PRAGMA user_version = 7;",
    );
    assert_eq!(shop.effect("INSERT INTO t VALUES (5)"), "log +1, t +1");
    let rows = |shop: &mut Shop, sql: &str| shop.run(sql).unwrap().unwrap().rows.len();
    assert_eq!(rows(&mut shop, "SELECT * FROM f WHERE f MATCH 'hello'"), 1);
    assert_eq!(rows(&mut shop, "SELECT * FROM pragma_user_version WHERE user_version = 7"), 1);
}
