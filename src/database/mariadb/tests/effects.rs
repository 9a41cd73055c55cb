//! Effects, measured on a real server.

use super::*;
use crate::runbook::effect::RowChange;

/// Parents, children that go with them, a log kept by a trigger. The trigger is on the parents: a cascade fires none.
const FAMILY: &str = "
    CREATE TABLE parents (id INT PRIMARY KEY, name VARCHAR(20));
    CREATE TABLE children (id INT PRIMARY KEY, parent_id INT,
      FOREIGN KEY (parent_id) REFERENCES parents (id) ON DELETE CASCADE);
    CREATE TABLE log (what VARCHAR(20));
    CREATE TRIGGER gone AFTER DELETE ON parents FOR EACH ROW INSERT INTO log VALUES (concat('gone ', old.id));
    INSERT INTO parents VALUES (1, 'a'), (2, 'b');
    INSERT INTO children VALUES (1, 1), (2, 1), (3, 2);";

#[test]
fn cascades_and_triggers_count() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
    let effect = family.measured("DELETE FROM parents WHERE id = 1");
    assert_eq!(effect.promise().to_string(), "children -2, log +1, parents -1");
    assert_eq!(effect.tables["parents"].columns, ["id", "name"]);
    assert_eq!(effect.tables["parents"].rows, [RowChange::Removed(vec![number("1"), text("a")])]);
    assert_eq!(family.effect(""), "none", "each change is told once");
}

#[test]
fn only_the_net_effect_counts() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
    assert_eq!(family.effect("UPDATE parents SET name = name"), "none");
    assert_eq!(family.effect("UPDATE parents SET name = 'z'; UPDATE parents SET name = char(96 + id)"), "none");
    assert_eq!(family.effect("INSERT INTO log VALUES ('x'); DELETE FROM log; OPTIMIZE TABLE log"), "none");
    assert_eq!(
        family.effect("DELETE FROM parents WHERE id = 2; INSERT INTO parents VALUES (2, 'B')"),
        "children -1, log +1, parents ~1"
    );
    assert_eq!(
        family.effect("REPLACE INTO parents VALUES (1, 'A')"),
        "children -2, log +1, parents ~1",
        "REPLACE deletes"
    );
}

#[test]
fn only_what_is_committed_counts() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
    assert_eq!(family.effect("BEGIN; DELETE FROM children WHERE id = 3; INSERT INTO log VALUES ('x')"), "none");
    assert_eq!(family.effect("SAVEPOINT s; DELETE FROM children; ROLLBACK TO s"), "none");
    assert_eq!(family.effect("COMMIT"), "children -1, log +1");
    assert_eq!(family.effect("BEGIN; DELETE FROM children; ROLLBACK"), "none");
    assert_eq!(family.effect("CREATE TEMPORARY TABLE t (a INT); INSERT INTO t VALUES (1)"), "none");
    assert_eq!(family.effect("BEGIN; DELETE FROM children; CREATE TABLE u (a INT)"), "children -2, schema");
    assert_eq!(family.effect("BEGIN; INSERT INTO log VALUES ('y'); TRUNCATE TABLE u; ROLLBACK"), "log +1");
}

#[test]
fn any_writer_counts() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
    let mut other = family.other();
    other.ask("DELETE FROM parents WHERE id = 2").unwrap();
    assert_eq!(family.effect("INSERT INTO log VALUES ('mine')"), "children -1, log +2, parents -1");
    other.ask("BEGIN").unwrap();
    other.ask("INSERT INTO log VALUES ('open')").unwrap();
    assert_eq!(family.effect(""), "none");
    other.ask("COMMIT").unwrap();
    assert_eq!(family.effect(""), "log +1");
    // While the page has a transaction open, with what it has seen.
    family.run("BEGIN").unwrap();
    family.run("SELECT * FROM log").unwrap();
    other.ask("INSERT INTO log VALUES ('between')").unwrap();
    assert_eq!(family.effect(""), "log +1");
    assert_eq!(family.effect("COMMIT"), "none");
}

#[test]
fn rows_without_a_key_are_counted_as_often_as_they_are_there() {
    let script = "CREATE TABLE t (a INT, b VARCHAR(9)); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, NULL)";
    let Some(mut shop) = Shop::new(script) else { return };
    assert_eq!(shop.effect("DELETE FROM t WHERE a = 1 LIMIT 1"), "t -1");
    assert_eq!(shop.effect("UPDATE t SET b = 'y' WHERE a = 1"), "t +2 -2");
    assert_eq!(shop.effect("INSERT INTO t VALUES (2, NULL)"), "t +1");
}

#[test]
fn every_kind_of_table_works() {
    let Some(mut shop) = Shop::new(
        "CREATE TABLE composite (a VARCHAR(9), b INT, c INT, PRIMARY KEY (b, a));
         CREATE TABLE generated (id INT PRIMARY KEY, n VARCHAR(9), v INT AS (id + 1), s VARCHAR(20) AS (concat(n, '!')) STORED);
         CREATE TABLE `odd ``name`` [x]` (`select` INT PRIMARY KEY, `a b` INT);
         CREATE TABLE kinds (id INT PRIMARY KEY, f FLOAT, d DOUBLE, b BLOB, t VARCHAR(9));
         CREATE TABLE counted (id INT PRIMARY KEY AUTO_INCREMENT, hidden INT INVISIBLE);
         CREATE TABLE aria (a INT) ENGINE = Aria; CREATE TABLE memory (a INT) ENGINE = MEMORY;
         CREATE TABLE history (id INT PRIMARY KEY, a INT) WITH SYSTEM VERSIONING;
         CREATE TABLE parts (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3;
         CREATE TABLE uniquely (a INT NOT NULL UNIQUE, b INT)",
    ) else {
        return;
    };
    assert_eq!(shop.effect("INSERT INTO composite VALUES ('x', 1, 2), ('y', 1, 2)"), "composite +2");
    assert_eq!(shop.effect("UPDATE composite SET c = 3 WHERE a = 'y'"), "composite ~1");
    assert_eq!(shop.effect("UPDATE composite SET a = 'z' WHERE a = 'y'"), "composite +1 -1");
    let effect = shop.measured("INSERT INTO generated (id, n) VALUES (1, 'x')");
    assert_eq!(effect.tables["generated"].columns, ["id", "n", "s"]);
    assert_eq!(shop.effect("INSERT INTO `odd ``name`` [x]` VALUES (1, 2)"), "odd `name` [x] +1");
    assert_eq!(
        shop.effect("INSERT INTO kinds VALUES (1, 0.1, 0.1, x'00ff', 'a'), (2, 1e30, 1e300, '', NULL)"),
        "kinds +2"
    );
    assert_eq!(shop.effect("UPDATE kinds SET f = 0.1000001 WHERE id = 1"), "kinds ~1", "six digits would not show it");
    assert_eq!(shop.effect("UPDATE kinds SET t = 'A' WHERE id = 1"), "kinds ~1", "case counts, whatever the collation");
    assert_eq!(shop.effect("UPDATE kinds SET t = 'A ' WHERE id = 1"), "kinds ~1");
    assert_eq!(shop.effect("UPDATE kinds SET t = '' WHERE id = 2"), "kinds ~1", "NULL is not the empty text");
    assert_eq!(shop.effect("INSERT INTO counted VALUES (); INSERT INTO counted (hidden) VALUES (7)"), "counted +2");
    assert_eq!(shop.effect("UPDATE counted SET hidden = 8 WHERE hidden = 7"), "counted ~1");
    assert_eq!(shop.effect("INSERT INTO aria VALUES (1); INSERT INTO memory VALUES (1), (1)"), "aria +1, memory +2");
    assert_eq!(shop.effect("INSERT INTO history VALUES (1, 1); UPDATE history SET a = 2"), "history +1");
    assert_eq!(
        shop.effect("INSERT INTO parts VALUES (1), (2), (3); ALTER TABLE parts TRUNCATE PARTITION p0"),
        "parts +2"
    );
    assert_eq!(shop.effect("INSERT INTO uniquely VALUES (1, 1)"), "uniquely +1");
    assert_eq!(shop.effect("UPDATE uniquely SET b = 2"), "uniquely +1 -1", "only a declared primary key is one");
    assert_eq!(shop.effect("ANALYZE TABLE kinds"), "none");
}

#[test]
fn schema_objects_count_by_kind_and_name() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
    let effect = family.measured(
        "CREATE INDEX by_name ON parents (name); CREATE VIEW names AS SELECT name FROM parents; DROP TRIGGER gone;
         CREATE TABLE empty (a INT PRIMARY KEY); CREATE PROCEDURE p () SELECT 1; CREATE FUNCTION f () RETURNS INT RETURN 1;
         CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DO DELETE FROM log; CREATE SEQUENCE s;
         CREATE USER reader@localhost IDENTIFIED BY 'x'; CREATE DATABASE beside",
    );
    let changes: Vec<_> =
        effect.schema.iter().map(|change| format!("{} {} {:?}", change.kind, change.name, change.change)).collect();
    assert_eq!(
        changes,
        [
            "database beside Added",
            "event e Added",
            "function f Added",
            "procedure p Added",
            "sequence s Added",
            "table empty Added",
            "table parents Changed",
            "trigger gone Removed",
            "user reader@localhost Added",
            "view names Added",
        ]
    );
    assert!(effect.tables.is_empty());
    assert_eq!(family.effect("DROP VIEW names; CREATE VIEW names AS SELECT name FROM parents"), "none");
    assert_eq!(family.effect("DROP PROCEDURE p; CREATE PROCEDURE p () SELECT 2"), "schema");
    assert_eq!(family.effect("GRANT SELECT ON shop_production.* TO reader@localhost"), "schema");
    assert_eq!(family.effect("DROP INDEX by_name ON parents; CREATE INDEX by_name ON parents (name)"), "none");
    assert_eq!(family.effect("CREATE TABLE beside.t (a INT); INSERT INTO beside.t VALUES (1)"), "beside.t +1, schema");
    assert_eq!(family.effect("CREATE VIEW broken AS SELECT * FROM empty; DROP TABLE empty"), "schema");
    assert_eq!(family.effect("INSERT INTO log VALUES ('x')"), "log +1", "a broken view stops nothing");
    assert_eq!(family.effect("EXECUTE IMMEDIATE 'DROP SEQUENCE s'"), "schema");
    assert_eq!(family.effect("DROP DATABASE beside"), "beside.t -1, schema");
}

#[test]
fn altered_renamed_and_dropped_tables_keep_exact_counts() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
    assert_eq!(family.effect("ALTER TABLE parents ADD COLUMN age INT"), "schema");
    assert_eq!(family.effect("ALTER TABLE parents ADD COLUMN size INT DEFAULT 5"), "parents ~2, schema");
    assert_eq!(family.effect("ALTER TABLE parents DROP COLUMN age"), "schema");
    assert_eq!(family.effect("ALTER TABLE parents RENAME COLUMN name TO title"), "parents ~2, schema");
    assert_eq!(family.effect("RENAME TABLE children TO kids"), "children -3, kids +3, schema");
    assert_eq!(family.effect("DROP TABLE kids"), "kids -3, schema");
    assert_eq!(
        family.effect("CREATE TABLE copy LIKE parents; INSERT INTO copy SELECT * FROM parents; DROP TABLE parents; RENAME TABLE copy TO parents"),
        "schema",
        "the rows are the ones that were there; the trigger is gone",
    );
    assert_eq!(family.effect("DROP DATABASE shop_production"), "parents -2, schema");
    assert_eq!(
        family.effect("CREATE DATABASE shop_production; CREATE TABLE shop_production.t AS SELECT 1 AS a"),
        "t +1, schema"
    );
}

#[test]
fn a_table_that_stays_locked_is_an_error_that_says_so() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
    family.run("LOCK TABLES log WRITE").unwrap();
    family.run("INSERT INTO log VALUES ('x')").unwrap();
    let error = family.database.measure().unwrap_err();
    let expected =
        "cannot read the table `log`: a connection keeps it locked (`LOCK TABLES`, or a program in the background)";
    assert_eq!(error.to_string(), expected);
    assert_eq!(family.effect("UNLOCK TABLES"), "log +1");
}
