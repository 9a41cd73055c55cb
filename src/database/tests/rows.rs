//! Which row is which: by the key that was declared, or as one of a multiset.

use std::sync::Arc;

use super::dialect::Dialect;
use crate::database::Volatile;

on_each_engine!(
    rows_without_a_key_are_counted_as_often_as_they_are_there,
    rows_are_matched_by_all_columns_of_their_key,
    values_differ_if_their_bytes_do,
    a_column_that_is_left_out_makes_no_row_another,
);

fn rows_without_a_key_are_counted_as_often_as_they_are_there(on: Dialect) {
    let mut page = on.page(
        "CREATE TABLE t (a INTEGER, b VARCHAR(9));
         INSERT INTO t VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, NULL)",
    );
    let one = on.pick([
        "DELETE FROM t WHERE rowid = 2",
        "DELETE FROM t WHERE a = 1 LIMIT 1",
        "DELETE FROM t WHERE ctid = '(0,2)'",
    ]);
    assert_eq!(page.effect(one), "t -1");
    assert_eq!(page.effect("UPDATE t SET b = 'y' WHERE a = 1"), "t +2 -2");
    assert_eq!(page.effect("INSERT INTO t VALUES (2, NULL), (1, 'y')"), "t +2");
    assert_eq!(page.effect("INSERT INTO t VALUES (1, 'y'); DELETE FROM t WHERE a = 2"), "t +1 -2");
    assert_eq!(page.effect("DELETE FROM t; INSERT INTO t VALUES (1, 'y'), (1, 'y'), (1, 'y'), (1, 'y')"), "none");
}

fn rows_are_matched_by_all_columns_of_their_key(on: Dialect) {
    let mut page = on.page(
        "CREATE TABLE single (id INTEGER PRIMARY KEY, v INTEGER);
         CREATE TABLE pair (a VARCHAR(9), b INTEGER, c INTEGER, PRIMARY KEY (b, a));
         CREATE TABLE uniquely (a INTEGER NOT NULL UNIQUE, b INTEGER)",
    );
    assert_eq!(page.effect("INSERT INTO pair VALUES ('x', 1, 2), ('y', 1, 2), ('x', 2, 2)"), "pair +3");
    assert_eq!(page.effect("UPDATE pair SET c = 3 WHERE a = 'x'"), "pair ~2");
    assert_eq!(page.effect("UPDATE pair SET a = 'z' WHERE a = 'y'"), "pair +1 -1", "another key is another row");
    assert_eq!(page.effect("UPDATE pair SET b = b + 10"), "pair +3 -3");
    assert_eq!(page.effect("INSERT INTO single VALUES (1, 1), (2, 2)"), "single +2");
    assert_eq!(page.effect("UPDATE single SET id = 3 WHERE id = 1"), "single +1 -1");
    // The two exchange what they hold.
    assert_eq!(page.effect("UPDATE single SET v = 3 - v"), "single ~2");
    assert_eq!(page.effect("INSERT INTO uniquely VALUES (1, 1)"), "uniquely +1");
    assert_eq!(page.effect("UPDATE uniquely SET b = 2"), "uniquely +1 -1", "only a declared primary key is one");
}

fn values_differ_if_their_bytes_do(on: Dialect) {
    let bytes = |hex| on.bytes(hex);
    let mut page = on.page(&format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(20)); INSERT INTO t VALUES (1, NULL);
         CREATE TABLE n (id INTEGER PRIMARY KEY, f DOUBLE PRECISION, b {}); INSERT INTO n VALUES (1, 0.1, {})",
        on.binary(),
        bytes("00ff")
    ));
    for v in [
        "'NULL'",
        "''",
        "' '",
        "'a'",
        "'A'",
        "'A '",
        "'\u{e1}'",
        "'a\u{301}'",
        "'0'",
        "'0.0'",
        "'00'",
        "'🦀'",
        "'žž\nž'",
        "NULL",
    ] {
        assert_eq!(page.effect(&format!("UPDATE t SET v = {v}")), "t ~1", "{v}");
        assert_eq!(page.effect(&format!("UPDATE t SET v = {v}")), "none", "{v}");
    }
    for f in ["0.1000000000000001", "0.3", "0.30000000000000004", "1e300", "NULL", "0"] {
        assert_eq!(page.effect(&format!("UPDATE n SET f = {f}")), "n ~1", "{f}");
        assert_eq!(page.effect(&format!("UPDATE n SET f = {f}")), "none", "{f}");
    }
    for b in ["00fe", "", "4e554c4c", "c5be"] {
        assert_eq!(page.effect(&format!("UPDATE n SET b = {}", bytes(b))), "n ~1", "{b}");
    }
    assert_eq!(page.effect("UPDATE n SET b = NULL"), "n ~1");
}

fn a_column_that_is_left_out_makes_no_row_another(on: Dialect) {
    let mut page = on.page(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER, seen INTEGER); INSERT INTO t VALUES (1, 1, 1), (2, 2, 2);
         CREATE TABLE keyless (v INTEGER, seen INTEGER); INSERT INTO keyless VALUES (1, 1), (1, 2)",
    );
    page.database.committed().leave_out(&Arc::new(Volatile::of(&["SEEN"])));
    let touched = page.measured("UPDATE t SET seen = 9; UPDATE keyless SET seen = 9");
    assert_eq!(touched.promise().to_string(), "none");
    assert!(!touched.ignored.is_empty(), "what was left out is told");
    assert_eq!(page.effect("UPDATE t SET seen = 8, v = 3 WHERE id = 1"), "t ~1");
    assert_eq!(page.effect("UPDATE t SET seen = NULL; INSERT INTO t VALUES (3, 3, 3)"), "t +1");
    assert_eq!(page.effect("DELETE FROM keyless WHERE seen = 9; INSERT INTO keyless VALUES (1, 5)"), "keyless -1");
    assert_eq!(page.since(), "keyless -1, t +1 ~1");
}
