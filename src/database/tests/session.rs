//! What a page's connection holds from one statement to the next, and what is gone with it.

use super::dialect::Dialect;
use super::number;
use crate::database::StatementError;

on_each_engine!(
    settings_and_temporary_tables_stay,
    a_transaction_with_savepoints_stays,
    a_lock_stays_until_it_is_given_back,
    a_new_connection_has_nothing_of_the_old_one,
    every_transaction_has_its_number,
    rows_touched_tell_a_look_from_a_change,
    every_copy_is_its_own,
);

fn settings_and_temporary_tables_stay(on: Dialect) {
    let mut page = on.page("");
    let (set, show, value) = on.pick([
        ("PRAGMA cache_size = 77", "PRAGMA cache_size", number("77")),
        ("SET @kept = 77", "SELECT @kept", number("77")),
        ("SET statement_timeout = 77000", "SELECT current_setting('statement_timeout') = '77s'", number("1")),
    ]);
    assert_eq!(page.run(set), Ok(vec![]));
    page.run("CREATE TEMPORARY TABLE kept (a INTEGER)").unwrap();
    page.run("INSERT INTO kept VALUES (7)").unwrap();
    page.error("SELECT nothing");
    assert_eq!(page.rows(show), [[value]]);
    assert_eq!(page.rows("SELECT * FROM kept"), [[number("7")]]);
    assert_eq!(page.effect(""), "none", "what is temporary is not measured");
}

fn a_transaction_with_savepoints_stays(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER)");
    let mut other = page.other();
    for sql in ["BEGIN", "INSERT INTO t VALUES (1)", "SAVEPOINT s", "INSERT INTO t VALUES (2)"] {
        page.run(sql).unwrap();
    }
    assert_eq!(page.rows("SELECT count(*) FROM t"), [[number("2")]]);
    assert_eq!(other.result("SELECT count(*) FROM t").rows, [[number("0")]], "nobody else sees it");
    page.run("ROLLBACK TO SAVEPOINT s").unwrap();
    assert_eq!(page.rows("SELECT a FROM t"), [[number("1")]]);
    page.run("RELEASE SAVEPOINT s").unwrap();
    assert!(page.database.in_transaction());
    page.run("COMMIT").unwrap();
    assert!(!page.database.in_transaction());
    assert_eq!(other.result("SELECT a FROM t").rows, [[number("1")]]);
}

fn a_lock_stays_until_it_is_given_back(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
    let mut other = page.other();
    let (lock, unlock) = on.pick([
        ("BEGIN IMMEDIATE", "COMMIT"),
        ("LOCK TABLES t WRITE", "UNLOCK TABLES"),
        ("SELECT pg_advisory_lock(7)", "SELECT pg_advisory_unlock(7)"),
    ]);
    let insert = on.pick([
        "INSERT INTO t VALUES (2)",
        "INSERT INTO t VALUES (2)",
        "INSERT INTO t SELECT 2 FROM pg_advisory_lock(7)",
    ]);
    page.run(lock).unwrap();
    page.run("SELECT * FROM t").unwrap();
    assert_eq!(other.run_soon(insert), Err(StatementError::TimedOut));
    page.run(unlock).unwrap();
    assert_eq!(other.run(insert), Ok(vec![]));
    assert_eq!(page.effect(""), "t +1");
}

fn a_new_connection_has_nothing_of_the_old_one(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER)");
    page.run("CREATE TEMPORARY TABLE gone (a INTEGER)").unwrap();
    page.run("INSERT INTO t VALUES (1)").unwrap();
    page.run("BEGIN").unwrap();
    page.run("INSERT INTO t VALUES (2)").unwrap();
    let before = page.database.transaction();
    page.database.reconnect().unwrap();
    assert_eq!(page.database.transaction(), None);
    assert_eq!(page.rows("SELECT a FROM t"), [[number("1")]]);
    page.error("SELECT * FROM gone");
    assert_eq!(page.effect(""), "t +1", "what was committed before is told all the same");
    page.run("BEGIN").unwrap();
    assert_ne!(page.database.transaction(), before, "no number is given twice");
    assert_eq!(page.effect("INSERT INTO t VALUES (3); COMMIT"), "t +1");
}

fn every_transaction_has_its_number(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER PRIMARY KEY)");
    let mut open = |sql: &str| {
        page.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(page.database.in_transaction(), page.database.transaction().is_some());
        page.database.transaction()
    };
    assert_eq!(open("SELECT 1"), None);
    assert_eq!(open("INSERT INTO t VALUES (1)"), None, "it ends with its statement");
    let first = open("BEGIN");
    assert!(first.is_some());
    for sql in ["INSERT INTO t VALUES (2)", "SELECT 1", "SAVEPOINT s", "ROLLBACK TO SAVEPOINT s", "RELEASE SAVEPOINT s"]
    {
        assert_eq!(open(sql), first, "{sql}");
    }
    assert_eq!(open("COMMIT"), None);
    let second = open("BEGIN");
    assert!(second.is_some() && second != first);
    assert_eq!(open("ROLLBACK"), None);
    let third = open("BEGIN");
    assert!(third.is_some() && third != second && third != first);
    page.error("SELECT nothing");
    assert_eq!(page.database.transaction(), third, "an error by itself does not end it");
    page.run("ROLLBACK").unwrap();
    assert_eq!(page.database.transaction(), None);
}

fn rows_touched_tell_a_look_from_a_change(on: Dialect) {
    let mut page = on.page(&on.family());
    let mut touched = |sql: &str| {
        let before = page.database.rows_touched();
        page.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        page.database.rows_touched() - before
    };
    for (sql, rows) in [
        ("BEGIN", 0),
        ("SELECT * FROM parents", 0),
        ("SELECT count(*) FROM parents, children", 0),
        ("INSERT INTO log VALUES ('a'), ('b')", 2),
        ("SAVEPOINT s", 0),
        ("UPDATE log SET what = 'c'", 2),
        ("UPDATE log SET what = 'd' WHERE what = 'nothing'", 0),
        // Only MariaDB looks whether a row becomes another.
        ("UPDATE log SET what = what", on.pick([2, 0, 2])),
        ("DELETE FROM log", 2),
        ("ROLLBACK TO SAVEPOINT s", 0),
        ("ROLLBACK", 0),
        ("INSERT INTO log VALUES ('a')", 1),
    ] {
        assert_eq!(touched(sql), rows, "{sql}");
    }
    touched("BEGIN");
    assert!(touched("DELETE FROM parents WHERE id = 1") > 0);
}

fn every_copy_is_its_own(on: Dialect) {
    let (mut one, mut two) = (on.page("CREATE TABLE t (a INTEGER)"), on.page(""));
    assert_eq!(one.effect("INSERT INTO t VALUES (1)"), "t +1");
    two.error("SELECT * FROM t");
    assert_eq!(two.effect(""), "none");
    assert_ne!(one.database.address(), two.database.address());
}
