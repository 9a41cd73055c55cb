//! Statements as only SQLite has them: its kinds of values, pragmas, its errors, its lock.

use super::*;
use crate::database::SqlError;
use crate::expect::Cell;

fn number(digits: &str) -> Cell {
    Cell::Number(digits.into())
}

fn sql_error(result: Result<Option<ResultSet>, StatementError>) -> SqlError {
    match result {
        Err(StatementError::Sql(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_keep_their_kind() {
    let mut shop = Shop::new("");
    let result = shop.run("SELECT 1 AS a, -0.5, 'ž', NULL, x'00ff', CAST(x'ff' AS TEXT), 1 = 1, 1e999 ORDER BY a");
    let result = result.unwrap().unwrap();
    assert_eq!(result.columns[..3], ["a", "-0.5", "'ž'"]);
    assert_eq!(
        result.rows,
        [[
            number("1"),
            Cell::Float(-0.5),
            Cell::Text("ž".into()),
            Cell::Null,
            Cell::Bytes(vec![0, 255]),
            Cell::Bytes(vec![255]),
            number("1"),
            Cell::Float(f64::INFINITY),
        ]]
    );
    assert!(result.ordered);
    assert!(!shop.run("SELECT 1").unwrap().unwrap().ordered);
}

#[test]
fn a_query_without_rows_is_not_the_same_as_no_query() {
    let mut shop = Shop::new("CREATE TABLE t (a)");
    for query in
        ["SELECT a FROM t", "PRAGMA foreign_key_check", "PRAGMA main.foreign_key_check(t)", "SELECT * FROM t /* */ ; "]
    {
        let result = shop.run(query).unwrap();
        assert_eq!(result.map(|result| result.rows), Some(vec![]), "{query}");
    }
    for other in [
        "INSERT INTO t VALUES (1)",
        "CREATE TABLE u (a)",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA user_version = 3",
        "PRAGMA optimize",
        "BEGIN",
        "COMMIT",
        "-- nothing",
        "",
        ";",
    ] {
        assert_eq!(shop.run(other), Ok(None), "{other}");
    }
    assert_eq!(shop.run("PRAGMA user_version").unwrap().unwrap().rows, [[number("3")]]);
    assert_eq!(shop.run("PRAGMA table_info(t)").unwrap().unwrap().rows.len(), 1);
    assert_eq!(shop.run("INSERT INTO t VALUES (2) RETURNING a").unwrap().unwrap().rows, [[number("2")]]);
}

#[test]
fn errors_have_their_codes_and_point_at_the_right_byte() {
    let mut shop = Shop::new(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE CHECK (name <> ''));
         CREATE TABLE b (a_id INTEGER REFERENCES a (id));
         INSERT INTO a VALUES (1, 'x'); INSERT INTO b VALUES (1);
         CREATE TRIGGER stop BEFORE DELETE ON b BEGIN SELECT RAISE(ABORT, 'not that'); END;",
    );
    for (sql, code, message) in [
        ("DELETE FROM a", "SQLITE_CONSTRAINT_FOREIGNKEY", "FOREIGN KEY constraint failed"),
        ("INSERT INTO a VALUES (2, 'x')", "SQLITE_CONSTRAINT_UNIQUE", "UNIQUE constraint failed: a.name"),
        ("INSERT INTO a VALUES (2, '')", "SQLITE_CONSTRAINT_CHECK", "CHECK constraint failed: name <> ''"),
        ("DELETE FROM b", "SQLITE_CONSTRAINT_TRIGGER", "not that"),
    ] {
        let error = sql_error(shop.run(sql));
        assert_eq!(error.codes, [code, "SQLITE_CONSTRAINT"], "{sql}");
        assert_eq!((error.message.as_str(), error.offset), (message, None), "{sql}");
    }
    for (sql, pointed_at, message) in [
        (
            "SELECT 'ž' FROM a WHERE name = \"x\"",
            Some("\"x\""),
            "no such column: \"x\" - should this be a string literal",
        ),
        ("SELECT id FROM nothere", None, "no such table: nothere"),
        ("SELECT (", None, "incomplete input"),
    ] {
        let error = sql_error(shop.run(sql));
        assert_eq!(error.codes, ["SQLITE_ERROR"]);
        assert!(error.message.starts_with(message), "{}", error.message);
        let pointed = error.offset.map(|at| &sql[at..]);
        assert!(pointed.is_some() == pointed_at.is_some(), "{sql}: {pointed:?}");
        assert!(pointed.unwrap_or("").starts_with(pointed_at.unwrap_or("")), "{sql}: {pointed:?}");
    }
}

#[test]
fn what_sqlite_would_do_silently_is_refused() {
    let mut shop = Shop::new("CREATE TABLE t (a)");
    for sql in ["INSERT INTO t VALUES (?)", "INSERT INTO t VALUES (:name)", "INSERT INTO t VALUES (@x)"] {
        assert!(sql_error(shop.run(sql)).message.contains("nothing gives"), "{sql}");
    }
    assert!(sql_error(shop.run("DELETE FROM t\0 WHERE a = 1")).message.contains("NUL"));
    assert!(
        sql_error(shop.run("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")).message.contains("more than one")
    );
    assert!(sql_error(shop.run("SELECT load_extension('x')")).message.contains("not authorized"));
    assert_eq!(shop.effect(""), "none");
}

#[test]
fn a_lock_is_waited_for_whatever_the_page_has_set() {
    let mut shop = Shop::new("CREATE TABLE t (a)");
    let other = shop.other();
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)").unwrap();
    let insert = "INSERT INTO t VALUES (2)";
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            other.execute_batch("COMMIT").unwrap();
        });
        shop.run("PRAGMA busy_timeout = 1").unwrap();
        assert_eq!(shop.run(insert), Ok(None));
    });
    assert_eq!(shop.effect(""), "t +2");
}

#[test]
fn the_address_is_one_a_client_can_read() {
    let prepared = super::super::prepare(&definition("CREATE TABLE t (a)", "")).unwrap();
    assert_eq!(prepared.engine_version(), format!("SQLite {}", rusqlite::version()));
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap().join("a b%ž");
    std::fs::create_dir(&folder).unwrap();
    let page = prepared.copy(&folder).unwrap();
    assert!(page.address().starts_with("sqlite:///"));
    assert!(page.address().ends_with("/a%20b%25%C5%BE/database.sqlite3"), "{}", page.address());
    assert_eq!(page.path().unwrap(), folder.join("database.sqlite3"));
    assert!(prepared.copy(&folder).is_err(), "one folder is one page's");
    assert!(prepared.copy(&folder.join("missing")).is_err());
}
