//! What a statement gives: values as what they are, no rows apart from no query.

use super::dialect::Dialect;
use super::{number, text};
use crate::expect::Cell;

on_each_engine!(
    values_keep_their_kind,
    what_is_nearly_null_is_not,
    columns_have_their_names_and_rows_their_order,
    no_rows_are_not_the_same_as_no_query,
    one_statement_at_a_time,
    a_result_that_is_too_large_is_an_error,
);

fn values_keep_their_kind(on: Dialect) {
    let mut page = on.page(&format!(
        "CREATE TABLE kinds (whole BIGINT, negative INTEGER, exact DECIMAL(9, 2), f DOUBLE PRECISION, third DOUBLE PRECISION, \
         t VARCHAR(40), b {}, yes BOOLEAN, no BOOLEAN, day DATE, missing INTEGER);
         INSERT INTO kinds VALUES (9223372036854775807, -7, -0.50, 0.1, 1e0 / 3, 'žluťoučký 🦀', {}, TRUE, FALSE, '2023-06-20', NULL)",
        on.binary(),
        on.bytes("00ff"),
    ));
    // SQLite has no exact fractions.
    let exact = on.pick([Cell::Float(-0.5), number("-0.50"), number("-0.50")]);
    assert_eq!(
        page.rows("SELECT * FROM kinds"),
        [[
            number("9223372036854775807"),
            number("-7"),
            exact,
            Cell::Float(0.1),
            Cell::Float(1.0 / 3.0),
            text("žluťoučký 🦀"),
            Cell::Bytes(vec![0, 255]),
            number("1"),
            number("0"),
            text("2023-06-20"),
            Cell::Null,
        ]]
    );
    assert_eq!(page.rows("SELECT count(*), 1 = 1, 1 > 2 FROM kinds"), [[number("1"), number("1"), number("0")]]);
}

fn what_is_nearly_null_is_not(on: Dialect) {
    let mut page = on.page(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(9));
         INSERT INTO t VALUES (1, NULL), (2, 'NULL'), (3, ''), (4, ' '), (5, '0')",
    );
    let rows = page.rows("SELECT v FROM t ORDER BY id");
    assert_eq!(rows.concat(), [Cell::Null, text("NULL"), text(""), text(" "), text("0")]);
}

fn columns_have_their_names_and_rows_their_order(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER, b VARCHAR(9)); INSERT INTO t VALUES (2, 'x'), (1, 'y')");
    let renamed = on.quoted("žába a \"b\"");
    let result = page.run(&format!("SELECT a, b AS {renamed} FROM t ORDER BY a")).unwrap().remove(0);
    assert_eq!(result.columns, ["a", "žába a \"b\""]);
    assert_eq!(result.rows, [[number("1"), text("y")], [number("2"), text("x")]]);
    assert!(result.ordered);
    for unordered in ["SELECT a FROM t", "SELECT a FROM (SELECT a FROM t ORDER BY a) AS s", "SELECT 1"] {
        assert!(!page.run(unordered).unwrap()[0].ordered, "{unordered}");
    }
}

fn no_rows_are_not_the_same_as_no_query(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER, b INTEGER)");
    for query in [
        "SELECT a, b FROM t",
        "WITH x AS (SELECT 1 AS a, 2 AS b) SELECT a, b FROM x WHERE 1 = 0",
        "DELETE FROM t RETURNING a, b",
        "SELECT * FROM t /* */ ; ",
    ] {
        let [result] = page.run(query).unwrap().try_into().unwrap();
        assert_eq!((result.columns.join(" "), result.rows), ("a b".into(), vec![]), "{query}");
    }
    for other in [
        "INSERT INTO t VALUES (1, 1)",
        "UPDATE t SET a = 2",
        "CREATE TABLE u (a INTEGER)",
        "DROP TABLE u",
        "BEGIN",
        "SAVEPOINT s",
        "COMMIT",
        "-- nothing",
        "/* nor this */",
        "",
        ";",
    ] {
        assert_eq!(page.run(other), Ok(vec![]), "{other}");
    }
    assert_eq!(page.rows("INSERT INTO t VALUES (2, 3) RETURNING b"), [[number("3")]]);
}

fn one_statement_at_a_time(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER)");
    let error = page.error("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
    let code = on.pick(["SQLITE_ERROR", "1064", "42601"]);
    assert_eq!(error.codes[0], code, "{error}");
    assert_eq!(page.effect(""), "none", "neither was run");
    assert_eq!(page.run("INSERT INTO t VALUES (1); -- the end"), Ok(vec![]));
}

fn a_result_that_is_too_large_is_an_error(on: Dialect) {
    let mut page = on.page("");
    let sql = on.pick([
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT hex(zeroblob(500000)) FROM n",
        "SELECT repeat('x', 1000) FROM seq_1_to_10000000",
        "SELECT repeat('x', 1000000) FROM generate_series(1, 1000000)",
    ]);
    assert_eq!(page.error(sql).message, "the result is larger than 64 MiB");
    assert_eq!(page.rows("SELECT 1"), [[number("1")]], "nothing of it is left over");
}
