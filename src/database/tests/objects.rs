//! Schema objects: what is there by kind and name, and whether it says the same.

use super::dialect::Dialect;
use crate::runbook::effect::Effect;

on_each_engine!(
    objects_count_by_kind_and_name,
    what_says_the_same_is_the_same,
    a_view_that_is_broken_stops_nothing,
    routines_count_where_there_are_any,
);

/// The objects that changed, one a line.
fn changes(effect: &Effect) -> Vec<String> {
    effect.schema.iter().map(|change| format!("{} {} {:?}", change.kind, change.name, change.change)).collect()
}

fn objects_count_by_kind_and_name(on: Dialect) {
    let mut family = on.page(&on.family());
    let effect = family.measured(&format!(
        "CREATE INDEX by_name ON parents (name); CREATE VIEW names AS SELECT name FROM parents;
         {}; CREATE TABLE empty (a INTEGER); ALTER TABLE log ADD COLUMN at INTEGER",
        on.drop_trigger("gone", "parents")
    ));
    // An index of MariaDB's is part of its table.
    let index = on.pick(["index by_name Added", "table parents Changed", "index by_name Added"]);
    let mut expected = [
        index,
        "table empty Added",
        "table log Changed",
        on.pick(["trigger gone Removed", "trigger gone Removed", "trigger gone on parents Removed"]),
        "view names Added",
    ];
    expected.sort_unstable();
    assert_eq!(changes(&effect), expected);
    assert!(effect.tables.is_empty());
    let effect = family.measured("DROP TABLE empty; DROP VIEW names; CREATE VIEW names AS SELECT id FROM parents");
    assert_eq!(changes(&effect), ["table empty Removed", "view names Changed"]);
}

fn what_says_the_same_is_the_same(on: Dialect) {
    let mut family = on.page(&format!("{}; CREATE VIEW names AS SELECT name FROM parents", on.family()));
    let index = "CREATE INDEX by_name ON parents (name)";
    let drop = on.pick(["DROP INDEX by_name", "DROP INDEX by_name ON parents", "DROP INDEX by_name"]);
    assert_eq!(family.effect(index), "schema");
    assert_eq!(family.effect(&format!("{drop}; {index}")), "none");
    assert_eq!(family.effect(&format!("{drop}; {}", index.replace("(name)", "(name, id)"))), "schema");
    assert_eq!(family.effect(&format!("{drop}; {}", index.replace("CREATE", "CREATE UNIQUE"))), "schema");
    assert_eq!(family.effect("DROP VIEW names; CREATE VIEW names AS SELECT name FROM parents"), "none");
    assert_eq!(family.effect("DROP VIEW names; CREATE VIEW names AS SELECT 'name' AS name FROM parents"), "schema");
    assert_eq!(family.effect("ALTER TABLE parents ADD COLUMN x INTEGER; ALTER TABLE parents DROP COLUMN x"), "none");
    assert_eq!(family.effect("ALTER TABLE log RENAME TO gone_log; ALTER TABLE gone_log RENAME TO log"), "none");
    assert_eq!(
        family.effect("CREATE TABLE t (a INTEGER NOT NULL); DROP TABLE t; CREATE TABLE t (a INTEGER)"),
        "schema"
    );
    assert_eq!(family.effect("DROP TABLE t; CREATE TABLE t (a INTEGER NOT NULL)"), "schema");
}

fn a_view_that_is_broken_stops_nothing(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER); CREATE TABLE u (a INTEGER); CREATE VIEW v AS SELECT a FROM u");
    // PostgreSQL lets no view break.
    let drop = on.pick(["DROP TABLE u", "DROP TABLE u", "DROP TABLE u CASCADE"]);
    assert_eq!(page.effect(drop), "schema");
    assert_eq!(page.effect("INSERT INTO t VALUES (1)"), "t +1");
    page.error("SELECT * FROM v");
}

fn routines_count_where_there_are_any(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER)");
    let function = |result: u32| {
        on.pick([
            String::new(),
            format!("CREATE FUNCTION f () RETURNS INT BEGIN INSERT INTO t VALUES ({result}); RETURN {result}; END"),
            format!("CREATE FUNCTION f () RETURNS int LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES ({result}) RETURNING a; END"),
        ])
    };
    let procedure = on.pick([
        "",
        "CREATE PROCEDURE p (n INT) BEGIN DECLARE i INT DEFAULT 0; WHILE i < n DO INSERT INTO t VALUES (i); SET i = i + 1; END WHILE; END",
        "CREATE PROCEDURE p (n int) LANGUAGE plpgsql AS $body$ BEGIN FOR i IN 1..n LOOP INSERT INTO t VALUES (i); END LOOP; END; $body$",
    ]);
    if procedure.is_empty() {
        return;
    }
    let effect = page.measured(&format!("{}; {procedure}", function(1)));
    let names: Vec<String> = effect.schema.iter().map(|change| format!("{} {}", change.kind, change.name)).collect();
    let of_postgres = &["function f()", "procedure p(IN n integer)"] as &[&str];
    assert_eq!(names, on.pick([&[] as &[&str], &["function f", "procedure p"], of_postgres]));
    assert_eq!(page.effect("SELECT f()"), "t +1", "what a function does counts");
    assert_eq!(page.effect("CALL p(3)"), "t +3");
    assert_eq!(page.effect(&format!("DROP FUNCTION f; {}", function(1))), "none");
    assert_eq!(page.effect(&format!("DROP FUNCTION f; {}", function(2))), "schema");
    assert_eq!(page.effect("DROP FUNCTION f; DROP PROCEDURE p"), "schema");
}
