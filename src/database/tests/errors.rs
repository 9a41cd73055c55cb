//! Errors: the engine's codes, the most specific first, and the exact place.

use super::dialect::Dialect;

on_each_engine!(
    constraints_have_their_codes,
    errors_point_at_the_right_character,
    an_error_undoes_its_statement_and_no_more,
    errors_of_names_say_what_to_do,
);

fn constraints_have_their_codes(on: Dialect) {
    let mut page = on.page(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, name VARCHAR(9) NOT NULL UNIQUE CHECK (name <> ''));
         CREATE TABLE b (a_id INTEGER, FOREIGN KEY (a_id) REFERENCES a (id));
         INSERT INTO a VALUES (1, 'x'); INSERT INTO b VALUES (1)",
    );
    for (sql, sqlite, mariadb, postgres) in [
        ("DELETE FROM a", "FOREIGNKEY", "1451 23000", "23503"),
        ("UPDATE a SET id = 2", "FOREIGNKEY", "1451 23000", "23503"),
        ("INSERT INTO b VALUES (7)", "FOREIGNKEY", "1452 23000", "23503"),
        ("INSERT INTO a VALUES (1, 'y')", "PRIMARYKEY", "1062 23000", "23505"),
        ("INSERT INTO a VALUES (2, 'x')", "UNIQUE", "1062 23000", "23505"),
        ("INSERT INTO a VALUES (2, NULL)", "NOTNULL", "1048 23000", "23502"),
        ("INSERT INTO a VALUES (2, '')", "CHECK", "4025 23000", "23514"),
    ] {
        let sqlite = format!("SQLITE_CONSTRAINT_{sqlite} SQLITE_CONSTRAINT");
        let error = page.error(sql);
        assert_eq!(error.codes.join(" "), on.pick([sqlite.as_str(), mariadb, postgres]), "{sql}: {error}");
        assert_eq!(error.offset, None, "{sql} is wrong as a whole");
        assert!(!error.message.is_empty());
    }
    assert_eq!(page.effect(""), "none");
}

/// Each with the text the error points at, and its codes.
fn errors_point_at_the_right_character(on: Dialect) {
    let mut page = on.page("CREATE TABLE a (id INTEGER PRIMARY KEY, name VARCHAR(9))");
    let syntax = on.pick(["SQLITE_ERROR", "1064 42000", "42601"]);
    let column = on.pick(["SQLITE_ERROR", "1054 42S22", "42703"]);
    let function = on.pick(["SQLITE_ERROR", "1305 42000", "42883"]);
    for (sql, pointed_at, codes) in [
        ("SELECT /* ěšč */ id\nFORM a WHERE 1 = 1", "a WHERE 1 = 1", syntax),
        ("SELECT 'žluťoučký 🦀'\n  AS č, 'ř'\n\tFROM a WHERE WHERE", "WHERE", syntax),
        ("SELECT 'žluťoučký 🦀', nmae FROM a", "nmae FROM a", column),
        ("SELECT\r\n '🦀🦀' AS x,\r\n nmae\r\nFROM a", "nmae\r\nFROM a", column),
        ("SELECT 'ž', lowr(name) FROM a", "lowr(name) FROM a", function),
    ] {
        let error = page.error(sql);
        assert_eq!(error.codes.join(" "), codes, "{sql}: {error}");
        let pointed = error.offset.map(|at| &sql[at..]);
        assert_eq!(pointed, Some(pointed_at), "{sql}: {error}");
    }
    // SQLite does not say where this one is.
    let sql = "UPDATE a SET name = 'ž', nmae = 'x' WHERE id = 1";
    let pointed_at = "nmae = 'x' WHERE id = 1";
    let error = page.error(sql);
    assert_eq!(error.codes.join(" "), column, "{error}");
    assert_eq!(error.offset.map(|at| &sql[at..]), on.pick([None, Some(pointed_at), Some(pointed_at)]));
    let error = page.error("SELECT (");
    assert_eq!(error.codes.join(" "), syntax);
    assert!(error.offset.is_none_or(|at| at == "SELECT (".len()), "{error:?}");
}

fn an_error_undoes_its_statement_and_no_more(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (5)");
    page.error("INSERT INTO t VALUES (1), (2), (5)");
    assert_eq!(page.effect(""), "none");
    page.run("BEGIN").unwrap();
    page.run("INSERT INTO t VALUES (1)").unwrap();
    page.run("SAVEPOINT s").unwrap();
    page.error("INSERT INTO t VALUES (2), (5)");
    assert!(page.database.in_transaction(), "the transaction stays open");
    assert_eq!(page.run("ROLLBACK TO SAVEPOINT s"), Ok(vec![]));
    assert_eq!(page.effect("COMMIT"), "t +1");
}

fn errors_of_names_say_what_to_do(on: Dialect) {
    let mut page = on.page("CREATE TABLE accounts (id INTEGER PRIMARY KEY, email VARCHAR(40))");
    let error = page.error("DELETE FROM acounts");
    let codes = on.pick(["SQLITE_ERROR", "1146 42S02", "42P01"]);
    assert_eq!(error.codes.join(" "), codes, "{error}");
    assert!(error.message.contains("acounts"), "{error}");
    let error = page.error("SELECT emial FROM accounts");
    assert!(error.message.contains("emial"), "{error}");
}
