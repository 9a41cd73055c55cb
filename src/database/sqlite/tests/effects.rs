//! Effects of what only SQLite has: its files and journals, row ids, kinds of tables, virtual tables.

use super::*;

/// Parents, children that go with them, a log kept by a trigger.
const FAMILY: &str = "
    CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id REFERENCES parents (id) ON DELETE CASCADE);
    CREATE TABLE log (what TEXT);
    CREATE TRIGGER gone AFTER DELETE ON children BEGIN INSERT INTO log VALUES ('gone ' || old.id); END;
    INSERT INTO parents VALUES (1, 'a'), (2, 'b');
    INSERT INTO children VALUES (1, 1), (2, 1), (3, 2);";

#[test]
fn a_cascade_fires_triggers_and_replacing_does_not() {
    let mut family = Shop::new(FAMILY);
    assert_eq!(family.effect("DELETE FROM parents WHERE id = 1"), "children -2, log +2, parents -1");
    assert_eq!(
        family.effect("REPLACE INTO parents VALUES (2, 'B')"),
        "children -1, log +1, parents ~1",
        "but of what it cascades to"
    );
}

#[test]
fn another_journal_counts() {
    let mut family = Shop::new(FAMILY);
    let other = family.other();
    other.execute_batch("PRAGMA journal_mode = WAL; INSERT INTO log VALUES ('wal')").unwrap();
    assert_eq!(family.effect(""), "log +1");
    other.execute_batch("INSERT INTO log VALUES ('not in the file yet')").unwrap();
    assert_eq!(family.effect(""), "log +1");
    assert_eq!(family.effect("INSERT INTO log VALUES ('mine')"), "log +1");
}

#[test]
fn a_row_id_is_no_value() {
    let mut shop = Shop::new("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, NULL)");
    assert_eq!(shop.effect("UPDATE t SET rowid = rowid + 100"), "none");
    assert_eq!(shop.effect("DELETE FROM t WHERE rowid = 102; VACUUM"), "t -1");
}

#[test]
fn names_are_told_as_they_are_written_last() {
    let mut family = Shop::new(FAMILY);
    assert_eq!(family.effect("ALTER TABLE parents RENAME TO p; ALTER TABLE p RENAME TO PARENTS"), "schema");
    assert_eq!(family.effect("CREATE VIEW broken AS SELECT * FROM nowhere"), "schema");
    assert_eq!(family.effect("INSERT INTO parents VALUES (7, 'x')"), "PARENTS +1", "a broken view stops nothing");
}

#[test]
fn a_large_open_transaction_does_not_block_measuring() {
    let mut family = Shop::new(FAMILY);
    let fill = "INSERT INTO log SELECT hex(randomblob(400)) FROM generate LIMIT 20000";
    let many = "CREATE TABLE generate (n);
                WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 20000)
                INSERT INTO generate SELECT x FROM n";
    assert_eq!(family.effect(many), "generate +20000, schema");
    assert_eq!(family.effect(&format!("BEGIN; {fill}")), "none");
    let effect = family.measured("COMMIT");
    assert_eq!(effect.promise().to_string(), "log +20000");
    assert_eq!(effect.tables["log"].rows.len(), 20);
    assert_eq!(effect.tables["log"].omitted(), 19980);
}

#[test]
fn a_file_put_in_its_place_counts() {
    let mut family = Shop::new(FAMILY);
    let (path, backup) = (family.path().to_owned(), family.path().with_extension("backup"));
    std::fs::copy(&path, &backup).unwrap();
    assert_eq!(family.effect("DELETE FROM log; DELETE FROM children"), "children -3, log +3");
    std::fs::copy(&backup, &path).unwrap();
    assert_eq!(family.effect(""), "children +3, log -3", "written over, as `cp` does");
    let other = Connection::open(&backup).unwrap();
    other.execute_batch("DELETE FROM children WHERE id = 1").unwrap();
    drop(other);
    std::fs::rename(&backup, &path).unwrap();
    assert_eq!(family.database.committed().measure().unwrap().promise().to_string(), "children -1, log +1");
    std::fs::remove_file(&path).unwrap();
    let error = family.database.committed().measure().unwrap_err();
    assert!(error.to_string().starts_with("cannot find the throwaway database /"), "{error}");
}

#[test]
fn every_kind_of_table_works() {
    let mut shop = Shop::new(
        r#"CREATE TABLE without (a TEXT, b INT, c, PRIMARY KEY (b, a)) WITHOUT ROWID;
           CREATE TABLE generated (id INTEGER PRIMARY KEY, n, v AS (n + 1), s AS (n || '!') STORED);
           CREATE TABLE "odd ""name"" [x]" ("select" PRIMARY KEY, "a b", [c'd]);
           CREATE TABLE nullable (k TEXT PRIMARY KEY, v);
           CREATE TABLE kinds (id INTEGER PRIMARY KEY, v);
           CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT);
           CREATE TABLE "sqlitely" (a);"#,
    );
    assert_eq!(shop.effect("INSERT INTO without VALUES ('x', 1, 2), ('y', 1, 2)"), "without +2");
    assert_eq!(shop.effect("UPDATE without SET c = 3 WHERE a = 'y'"), "without ~1");
    assert_eq!(shop.effect("UPDATE without SET a = 'z' WHERE a = 'y'"), "without +1 -1");
    let effect = shop.measured("INSERT INTO generated (n) VALUES ('not json')");
    assert_eq!(effect.tables["generated"].columns, ["id", "n", "s"]);
    // Reading this column is an error; what is stored can be measured all the same.
    assert_eq!(shop.effect("ALTER TABLE generated ADD COLUMN j AS (json_extract(n, '$'))"), "schema");
    assert!(shop.run("SELECT j FROM generated").is_err());
    assert_eq!(shop.effect("UPDATE generated SET n = '{}'"), "generated ~1");
    assert_eq!(shop.effect(r#"INSERT INTO "odd ""name"" [x]" VALUES (1, 2, 3)"#), r#"odd "name" [x] +1"#);
    assert_eq!(shop.effect("INSERT INTO nullable VALUES (NULL, 1), (NULL, 1), ('a', 1)"), "nullable +3");
    assert_eq!(shop.effect("UPDATE nullable SET v = 2 WHERE k IS NULL AND rowid = 1"), "nullable +1 -1");
    assert_eq!(shop.effect("UPDATE nullable SET v = 2 WHERE k = 'a'"), "nullable ~1");
    assert_eq!(
        shop.effect("INSERT INTO kinds VALUES (1, x'00ff'), (2, 1.5), (3, 9e999 - 9e999), (4, CAST(x'ff' AS TEXT))"),
        "kinds +4"
    );
    assert_eq!(shop.effect("UPDATE kinds SET v = NULL WHERE id = 3"), "none", "NaN is NULL");
    assert_eq!(
        shop.effect("UPDATE kinds SET v = x'00fe' WHERE id = 1; UPDATE kinds SET v = '1.5' WHERE id = 2"),
        "kinds ~2"
    );
    assert_eq!(shop.effect("INSERT INTO counted DEFAULT VALUES"), "counted +1");
    assert_eq!(shop.effect("ANALYZE"), "none", "sqlite_stat1 is SQLite's own");
    assert_eq!(shop.effect("INSERT INTO sqlitely VALUES (1)"), "sqlitely +1");
}

#[test]
fn virtual_tables_count_without_what_they_keep_them_in() {
    let mut shop = Shop::new("CREATE TABLE docs (id INTEGER PRIMARY KEY, text)");
    let effect = shop
        .measured("CREATE VIRTUAL TABLE found USING fts5 (text); CREATE VIRTUAL TABLE boxes USING rtree (id, a, b)");
    let names: Vec<&str> = effect.schema.iter().map(|change| change.name.as_str()).collect();
    assert_eq!(names, ["boxes", "found"]);
    assert_eq!(shop.effect("INSERT INTO found VALUES ('hello'), ('hello')"), "found +2");
    assert_eq!(shop.effect("DELETE FROM found WHERE rowid = 1"), "found -1");
    assert_eq!(shop.effect("INSERT INTO boxes VALUES (1, 0, 1)"), "boxes +1");
    assert_eq!(shop.effect("CREATE VIRTUAL TABLE ext USING fts5 (text, content = docs, content_rowid = id)"), "schema");
    assert_eq!(shop.effect("DROP TABLE docs"), "schema", "what `ext` shows is gone, and measuring goes on");
    assert_eq!(shop.effect("DROP TABLE found"), "found -1, schema");
}
