//! Changes that a shortcut could overlook: rows that become others without being written.

use super::*;

/// So many that they are not read just in case.
fn many(table: &str) -> String {
    format!("INSERT INTO {table} SELECT n FROM generate_series(1, 1500) AS n")
}

#[test]
fn partitions_put_in_each_others_place_count() {
    let schema = "CREATE TABLE parts (id int) PARTITION BY LIST (id);
                  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
                  INSERT INTO parts VALUES (1), (1); CREATE TABLE beside (id int); INSERT INTO beside VALUES (2), (2)";
    let Some(mut shop) = Shop::new(schema) else { return };
    let exchange = "ALTER TABLE parts DETACH PARTITION parts_1;
                    ALTER TABLE parts ATTACH PARTITION beside FOR VALUES IN (2)";
    assert_eq!(shop.effect(exchange), "beside -2, parts +2 -2, parts_1 +2, schema");
    assert_eq!(shop.effect("INSERT INTO parts VALUES (2)"), "parts +1");
}

#[test]
fn values_that_read_otherwise_count_where_they_became_so() {
    let schema = "CREATE TYPE mood AS ENUM ('ok', 'sad'); CREATE TYPE pair AS (a int);
                  CREATE TABLE moods (id int PRIMARY KEY, m mood, ms mood[]); CREATE TABLE pairs (p pair);
                  CREATE DOMAIN state AS mood; CREATE TABLE states (s state);
                  CREATE TABLE tables (t regclass);
                  INSERT INTO moods VALUES (1, 'ok', '{}'), (2, 'sad', '{ok}'); INSERT INTO pairs VALUES (row(1));
                  INSERT INTO states VALUES ('ok'); INSERT INTO tables VALUES ('moods')";
    let Some(mut shop) = Shop::new(schema) else { return };
    assert_eq!(shop.effect("ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'"), "moods ~2, states +1 -1, schema");
    assert_eq!(shop.effect("ALTER TYPE pair ADD ATTRIBUTE b int"), "pairs +1 -1, schema");
    assert_eq!(shop.effect("INSERT INTO moods VALUES (3, 'fine')"), "moods +1");
    assert_eq!(shop.effect("ALTER TABLE pairs RENAME TO couples"), "couples +1, pairs -1, schema");
    assert_eq!(shop.effect("ALTER TABLE moods RENAME TO humours"), "humours +3, moods -3, tables +1 -1, schema");
}

#[test]
fn what_a_crash_takes_counts() {
    let schema = "CREATE UNLOGGED TABLE quick (id int); CREATE TABLE slow (id int)";
    let Some(mut shop) = Shop::new(&format!("{schema}; {}; {}", many("quick"), many("slow"))) else { return };
    assert_eq!(shop.effect("INSERT INTO slow VALUES (0); CHECKPOINT"), "slow +1");
    // The server's process ids are those of its room.
    let process = shop.shown("SELECT pg_backend_pid()");
    let mut other = shop.other();
    let _ = run(&mut other, &format!("COPY (SELECT 1) TO PROGRAM 'kill -9 {process}'"));
    // It tells all sessions to end, and starts again by itself.
    while shop.run("SELECT 1").is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    // It ends one session after the other; until it has come to the observer's, everything is still there.
    let told = (0..1000).find_map(|_| {
        std::thread::sleep(Duration::from_millis(10));
        shop.database.committed().measure().ok().filter(|effect| !effect.is_none())
    });
    assert_eq!(told.map(|effect| effect.promise().to_string()).as_deref(), Some("quick -1500"));
    shop.database.reconnect().unwrap();
    assert_eq!(shop.effect("INSERT INTO quick VALUES (1)"), "quick +1");
}

#[test]
fn rewritten_and_frozen_tables_count_exactly() {
    let schema = "CREATE TABLE t (id int); CREATE INDEX by_id ON t (id); CREATE TABLE u (id int)";
    let Some(mut shop) = Shop::new(&format!("{schema}; {}; {}", many("t"), many("u"))) else { return };
    let rewritten = "CLUSTER t USING by_id; VACUUM FULL FREEZE u; VACUUM FREEZE t; ANALYZE";
    assert_eq!(shop.effect(rewritten), "schema", "the index is marked");
    assert_eq!(shop.effect("DELETE FROM t WHERE id = 7; INSERT INTO t VALUES (0); VACUUM FREEZE t"), "t +1 -1");
    assert_eq!(shop.effect("SET track_counts = off; UPDATE u SET id = -1 WHERE id = 1; VACUUM FULL FREEZE"), "u +1 -1");
    assert_eq!(shop.effect("SELECT pg_stat_reset(); DELETE FROM u WHERE id = -1"), "u -1");
    let copy = "BEGIN; TRUNCATE u; INSERT INTO u SELECT n + 1 FROM generate_series(1, 1499) AS n; COMMIT";
    assert_eq!(shop.effect(copy), "none", "the rows are the same again");
    assert_eq!(shop.effect("ALTER TABLE u SET UNLOGGED; ALTER TABLE u SET LOGGED"), "none");
    let swap = "ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u";
    assert_eq!(shop.effect(&format!("{swap}; {swap}")), "none");
    assert_eq!(shop.effect("DELETE FROM u WHERE id = 1500; DELETE FROM t WHERE id IN (1499, 1500)"), "t -2, u -1");
    assert_eq!(shop.effect(swap).replace("schema", ""), "t +2 -2, u +2 -2, ");
}

#[test]
fn commits_that_come_late_count_once() {
    let Some(mut shop) = Shop::new(&format!("CREATE TABLE t (id int); {}", many("t"))) else { return };
    let (mut first, mut second) = (shop.other(), shop.other());
    run(&mut first, "BEGIN; INSERT INTO t VALUES (-1); DELETE FROM t WHERE id = 1").unwrap();
    run(&mut second, "BEGIN; SAVEPOINT s; INSERT INTO t VALUES (-2); RELEASE SAVEPOINT s").unwrap();
    assert_eq!(shop.effect("INSERT INTO t VALUES (-3)"), "t +1");
    run(&mut second, "COMMIT").unwrap();
    assert_eq!(shop.effect("INSERT INTO t VALUES (-4)"), "t +2");
    run(&mut first, "COMMIT").unwrap();
    assert_eq!(shop.effect(""), "t +1 -1");
    assert_eq!(shop.effect(""), "none");
}

#[test]
fn two_names_that_look_alike_are_two() {
    let schema = r#"CREATE TABLE "Goods" (id int); CREATE TABLE goods (id int); CREATE SCHEMA a;
                    CREATE TABLE a.b (id int); CREATE TABLE "a.b" (id int)"#;
    let Some(mut shop) = Shop::new(schema) else { return };
    for table in [r#""Goods""#, "goods", "a.b", r#""a.b""#] {
        let effect = shop.effect(&format!("INSERT INTO {table} VALUES (1), (2)"));
        assert!(effect.contains("+2") && !effect.contains(','), "{table}: {effect}");
    }
    assert_eq!(shop.effect(r#"DROP TABLE a.b"#).replace("schema", "").matches("-2").count(), 1);
    assert_eq!(shop.effect(r#"DROP TABLE "Goods""#).replace("schema", "").matches("-2").count(), 1);
}
