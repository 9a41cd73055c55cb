//! Effects of what only MariaDB has: definitions that commit, storage engines, its kinds of objects.

use super::*;

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
fn a_definition_commits_what_is_open() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
    assert_eq!(family.effect("BEGIN; DELETE FROM children; CREATE TABLE u (a INT)"), "children -3, schema");
    assert_eq!(family.effect("BEGIN; INSERT INTO log VALUES ('y'); TRUNCATE TABLE u; ROLLBACK"), "log +1");
    assert_eq!(
        family.effect("BEGIN; INSERT INTO log VALUES ('z'); CREATE TEMPORARY TABLE v (a INT); ROLLBACK"),
        "none"
    );
}

#[test]
fn every_kind_of_table_works() {
    let Some(mut shop) = Shop::new(
        "CREATE TABLE generated (id INT PRIMARY KEY, n VARCHAR(9), v INT AS (id + 1), s VARCHAR(20) AS (concat(n, '!')) STORED);
         CREATE TABLE `odd ``name`` [x]` (`select` INT PRIMARY KEY, `a b` INT);
         CREATE TABLE kinds (id INT PRIMARY KEY, f FLOAT, d DOUBLE, b BLOB, t VARCHAR(9));
         CREATE TABLE counted (id INT PRIMARY KEY AUTO_INCREMENT, hidden INT INVISIBLE);
         CREATE TABLE aria (a INT) ENGINE = Aria; CREATE TABLE memory (a INT) ENGINE = MEMORY;
         CREATE TABLE history (id INT PRIMARY KEY, a INT) WITH SYSTEM VERSIONING;
         CREATE TABLE parts (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3",
    ) else {
        return;
    };
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
fn renamed_tables_and_dropped_databases_keep_exact_counts() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
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
    let error = family.database.committed().measure().unwrap_err();
    let expected =
        "cannot read the table `log`: a connection keeps it locked (`LOCK TABLES`, or a program in the background)";
    assert_eq!(error.to_string(), expected);
    assert_eq!(family.effect("UNLOCK TABLES"), "log +1");
}
