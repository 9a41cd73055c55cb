//! Effects of what only PostgreSQL has: partitions, materialized views, its kinds of objects, its locks.

use super::*;
use crate::runbook::effect::ObjectChange;

/// Parents, children that go with them, a log kept by a trigger.
const FAMILY: &str = "
    CREATE TABLE parents (id int PRIMARY KEY, name text);
    CREATE TABLE children (id int PRIMARY KEY, parent_id int REFERENCES parents (id) ON DELETE CASCADE);
    CREATE TABLE log (what text);
    CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO log VALUES ('gone ' || old.id); RETURN NULL; END $$;
    CREATE TRIGGER gone AFTER DELETE ON children FOR EACH ROW EXECUTE FUNCTION gone();
    INSERT INTO parents VALUES (1, 'a'), (2, 'b');
    INSERT INTO children VALUES (1, 1), (2, 1), (3, 2);";

#[test]
fn a_cascade_fires_triggers_and_truncating_does_not() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
    assert_eq!(family.effect("DELETE FROM parents WHERE id = 1"), "children -2, log +2, parents -1");
    assert_eq!(family.effect("TRUNCATE children; VACUUM FREEZE"), "children -1");
    assert_eq!(family.effect("TRUNCATE parents CASCADE"), "parents -1");
}

#[test]
fn every_kind_of_table_works() {
    let schema = r#"CREATE TABLE keyed (a text, b int, c int, PRIMARY KEY (b, a));
           CREATE TABLE bag (a int, b text); INSERT INTO bag VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, NULL);
           CREATE TABLE generated (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, s int GENERATED ALWAYS AS (n + 1) STORED);
           CREATE TABLE "odd ""name"" [x]" ("select" int PRIMARY KEY, "a b" int);
           CREATE TABLE kinds (id int PRIMARY KEY, f float8, b bytea, j json, a int[], n numeric);
           CREATE TABLE nothing ();
           CREATE UNLOGGED TABLE quick (a int);
           CREATE SCHEMA other; CREATE TABLE other.keyed (a int);
           CREATE TABLE days (day date, n int) PARTITION BY RANGE (day);
           CREATE TABLE days_2023 PARTITION OF days FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
           CREATE TABLE days_rest PARTITION OF days DEFAULT;
           CREATE TABLE base (a int); CREATE TABLE derived (b int) INHERITS (base);
           CREATE MATERIALIZED VIEW sums AS SELECT count(*) AS n FROM bag;
           CREATE MATERIALIZED VIEW empty AS SELECT count(*) AS n FROM bag WITH NO DATA;"#;
    let Some(mut shop) = Shop::new(schema) else { return };
    assert_eq!(shop.effect("INSERT INTO keyed VALUES ('x', 1, 2), ('y', 1, 2)"), "keyed +2");
    assert_eq!(shop.effect("UPDATE keyed SET c = 3 WHERE a = 'y'"), "keyed ~1");
    assert_eq!(shop.effect("UPDATE keyed SET a = 'z' WHERE a = 'y'"), "keyed +1 -1");
    assert_eq!(shop.effect("DELETE FROM bag WHERE ctid = '(0,2)'"), "bag -1");
    assert_eq!(shop.effect("UPDATE bag SET b = 'y' WHERE a = 1"), "bag +2 -2");
    assert_eq!(shop.effect("INSERT INTO bag VALUES (2, NULL)"), "bag +1");
    let effect = shop.measured("INSERT INTO generated (n) VALUES (7)");
    assert_eq!(effect.tables["generated"].columns, ["id", "n", "s"]);
    assert_eq!(shop.effect(r#"INSERT INTO "odd ""name"" [x]" VALUES (1, 2)"#), r#"odd "name" [x] +1"#);
    assert_eq!(
        shop.effect(
            "INSERT INTO kinds VALUES (1, 'NaN', '\\xff', '{}', '{1,NULL}', 'NaN'), (2, 1.5, '', '[]', '{}', 1.50)"
        ),
        "kinds +2"
    );
    assert_eq!(shop.effect("UPDATE kinds SET f = f, b = b, n = n"), "none");
    assert_eq!(shop.effect("UPDATE kinds SET f = '-0', n = 1.5 WHERE id = 2"), "kinds ~1");
    assert_eq!(shop.effect("INSERT INTO nothing DEFAULT VALUES"), "nothing +1");
    assert_eq!(
        shop.effect("INSERT INTO quick VALUES (1); INSERT INTO other.keyed VALUES (1)"),
        "other.keyed +1, quick +1"
    );
    assert_eq!(shop.effect("INSERT INTO days VALUES ('2023-05-05', 1), ('2022-01-01', 1)"), "days +2");
    assert_eq!(shop.effect("UPDATE days SET day = '2022-02-02' WHERE day > '2023-01-01'"), "days +1 -1");
    assert_eq!(shop.effect("ALTER TABLE days DETACH PARTITION days_rest"), "days -2, days_rest +2, schema");
    assert_eq!(shop.effect("INSERT INTO derived VALUES (1, 2)"), "derived +1", "not the base, too");
    assert_eq!(shop.effect("INSERT INTO bag VALUES (9, 'z'); REFRESH MATERIALIZED VIEW sums"), "bag +1, sums +1 -1");
    assert_eq!(shop.effect("REFRESH MATERIALIZED VIEW empty"), "empty +1, schema");
}

#[test]
fn schema_objects_count_by_kind_and_name() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
    let effect = family.measured(
        "CREATE INDEX by_name ON parents (name); CREATE VIEW names AS SELECT name FROM parents;
         DROP TRIGGER gone ON children; CREATE TABLE empty (a serial PRIMARY KEY); ALTER TABLE log ADD COLUMN at int;
         CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('ok'); CREATE DOMAIN d AS int CHECK (value > 0);
         CREATE OR REPLACE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
         CREATE ROLE app LOGIN; GRANT SELECT ON parents TO app; ALTER TABLE children ALTER parent_id SET NOT NULL",
    );
    let changes: Vec<String> =
        effect.schema.iter().map(|change| format!("{:?} {} {}", change.change, change.kind, change.name)).collect();
    assert_eq!(
        changes,
        [
            "Added constraint empty_pkey on empty",
            "Added domain d",
            "Changed function gone()",
            "Added index by_name",
            "Added role app",
            "Added schema s",
            "Added sequence empty_a_seq",
            "Changed table children",
            "Added table empty",
            "Changed table log",
            "Changed table parents",
            "Removed trigger gone on children",
            "Added type s.mood",
            "Added view names",
        ]
    );
    assert!(effect.tables.is_empty());
    assert_eq!(family.effect("DROP VIEW names; CREATE VIEW names AS SELECT name FROM parents"), "none");
    assert_eq!(family.effect("ALTER TYPE s.mood ADD VALUE 'sad'"), "schema");
    assert_eq!(family.effect("ALTER ROLE app SET search_path = s"), "schema");
    assert_eq!(family.effect("SELECT nextval('empty_a_seq')"), "none", "a counter is no part of its definition");
    assert_eq!(family.effect("COMMENT ON COLUMN log.at IS 'when'"), "schema");
    let change = family.measured("ALTER TABLE children DROP CONSTRAINT children_parent_id_fkey").schema.remove(0);
    assert_eq!((change.kind.as_str(), change.change), ("constraint", ObjectChange::Removed));
    assert_eq!(family.effect("CREATE EXTENSION IF NOT EXISTS plpgsql"), "none");
}

#[test]
fn altered_renamed_and_dropped_tables_keep_exact_counts() {
    let Some(mut family) = Shop::new(FAMILY) else { return };
    assert_eq!(family.effect("ALTER TABLE parents ADD COLUMN size int DEFAULT 5"), "parents ~2, schema");
    assert_eq!(
        family.effect("ALTER TABLE parents DROP COLUMN size; ALTER TABLE parents ADD COLUMN size int DEFAULT 6"),
        "parents ~2, schema",
        "the default is in no row, and the same name is another column"
    );
    assert_eq!(family.effect("ALTER TABLE parents ALTER size TYPE numeric(9, 1)"), "parents ~2, schema");
    assert_eq!(family.effect("DROP TABLE children"), "children -3, schema", "dropping fires no triggers");
    assert_eq!(
        family.effect("CREATE TABLE copy AS TABLE parents; DROP TABLE parents; ALTER TABLE copy RENAME TO parents"),
        "schema",
        "the rows are the ones that were there"
    );
}

#[test]
fn counters_go_forward_only() {
    let Some(mut shop) = Shop::new("CREATE TABLE t (id serial PRIMARY KEY); CREATE SEQUENCE s START 5") else { return };
    let counters = |shop: &mut Shop| format!("{:?}", shop.database.committed().counters().unwrap());
    assert_eq!(counters(&mut shop), r#"{"s": "before 5", "t_id_seq": "before 1"}"#);
    shop.run("BEGIN").unwrap();
    shop.run("INSERT INTO t DEFAULT VALUES").unwrap();
    shop.run("ROLLBACK").unwrap();
    assert_eq!(counters(&mut shop), r#"{"s": "before 5", "t_id_seq": "1"}"#, "also of what was not committed");
    assert_eq!(shop.effect("SELECT setval('s', 9)"), "none");
    assert_eq!(counters(&mut shop), r#"{"s": "9", "t_id_seq": "1"}"#);
}

#[test]
fn a_lock_that_stays_is_an_error_that_says_so() {
    let Some(mut shop) = Shop::new("CREATE TABLE t (a int)") else { return };
    let mut other = shop.other();
    run(&mut other, "BEGIN; LOCK TABLE t; INSERT INTO t VALUES (1)").unwrap();
    shop.run("CREATE TABLE u (a int)").unwrap();
    let error = shop.database.committed().measure().unwrap_err();
    assert!(error.to_string().contains("keeps a table of it locked"), "{error}");
    run(&mut other, "COMMIT").unwrap();
    assert_eq!(shop.effect(""), "t +1, schema");
}
