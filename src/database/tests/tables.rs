//! Tables that come, go and change while they hold rows.

use super::dialect::Dialect;

on_each_engine!(
    a_table_comes_and_goes_with_its_rows,
    an_altered_table_keeps_exact_counts,
    a_table_put_in_the_place_of_another_is_that_table,
    a_database_can_be_emptied_and_filled_again,
    definitions_in_a_transaction_count_when_they_are_committed,
);

fn a_table_comes_and_goes_with_its_rows(on: Dialect) {
    let mut family = on.page(&on.family());
    assert_eq!(family.effect("CREATE TABLE more (a INTEGER)"), "schema");
    assert_eq!(family.effect("INSERT INTO more VALUES (1), (1)"), "more +2");
    assert_eq!(family.effect("CREATE TABLE copied AS SELECT * FROM more"), "copied +2, schema");
    assert_eq!(family.effect("DROP TABLE more"), "more -2, schema");
    assert_eq!(family.effect("CREATE TABLE brief (a INTEGER); INSERT INTO brief VALUES (1); DROP TABLE brief"), "none");
    assert_eq!(family.effect(&on.truncate("copied")), "copied -2");
    assert_eq!(family.effect(&on.truncate("children")), "children -3", "which fires no trigger");
}

fn an_altered_table_keeps_exact_counts(on: Dialect) {
    let mut family = on.page(&on.family());
    assert_eq!(family.effect("ALTER TABLE parents ADD COLUMN age INTEGER"), "schema", "NULL is what was not there");
    assert_eq!(family.effect("ALTER TABLE parents ADD COLUMN size INTEGER DEFAULT 5"), "parents ~2, schema");
    assert_eq!(family.effect("ALTER TABLE parents DROP COLUMN age"), "schema");
    assert_eq!(family.effect("ALTER TABLE parents RENAME COLUMN name TO title"), "parents ~2, schema");
    assert_eq!(
        family.effect("ALTER TABLE parents DROP COLUMN size; DELETE FROM parents WHERE id = 2"),
        "children -1, log +1, parents ~1 -1, schema"
    );
    let renamed = family.measured("ALTER TABLE children RENAME TO kids");
    assert_eq!(renamed.promise().to_string(), "children -2, kids +2, schema");
    assert_eq!(renamed.tables["kids"].columns, ["id", "parent_id"]);
    assert_eq!(family.effect("ALTER TABLE log ADD COLUMN n INTEGER DEFAULT 1"), "log +1 -1, schema", "without a key");
    assert_eq!(family.effect("DROP TABLE kids"), "kids -2, schema");
}

fn a_table_put_in_the_place_of_another_is_that_table(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO t VALUES (1, 1), (2, 2)");
    let rebuild = "CREATE TABLE copy (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO copy SELECT * FROM t;
                   DROP TABLE t; ALTER TABLE copy RENAME TO t";
    let same = page.effect(rebuild);
    // PostgreSQL has a name for its key, and that is another one then.
    assert_eq!(same, on.pick(["none", "none", "schema"]));
    assert_eq!(page.effect(&format!("{rebuild}; UPDATE t SET v = 3 WHERE id = 2")).replace(", schema", ""), "t ~1");
    let without_key = "CREATE TABLE copy AS SELECT * FROM t; DROP TABLE t; ALTER TABLE copy RENAME TO t";
    assert_eq!(page.effect(without_key), "schema", "the rows are the ones that were there");
}

fn a_database_can_be_emptied_and_filled_again(on: Dialect) {
    let mut family = on.page(&on.family());
    let drop_function = on.pick(["", "", "DROP FUNCTION gone()"]);
    assert_eq!(
        family.effect(&format!("DROP TABLE children; DROP TABLE parents; DROP TABLE log; {drop_function}")),
        "children -3, parents -2, schema"
    );
    assert_eq!(family.effect(&on.family()), "children +3, parents +2, schema");
    assert_eq!(family.since(), "none");
}

fn definitions_in_a_transaction_count_when_they_are_committed(on: Dialect) {
    let mut family = on.page(&on.family());
    let script = "BEGIN; DELETE FROM children; CREATE TABLE u (a INTEGER)";
    let (open, undone) = on.pick([("none", "none"), ("children -3, schema", "none"), ("none", "none")]);
    assert_eq!(family.effect(script), open, "MariaDB commits by itself before each definition");
    assert_eq!(family.database.in_transaction(), on.pick([true, false, true]));
    assert_eq!(family.effect("ROLLBACK"), undone);
    if on.pick([true, false, true]) {
        assert_eq!(family.effect(&format!("{script}; INSERT INTO u VALUES (1); COMMIT")), "children -3, u +1, schema");
    }
}
