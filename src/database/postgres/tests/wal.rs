//! What the server's log tells, on real servers: that only rows were written when it is so, and never when it is not.

use std::os::unix::fs::FileExt as _;

use super::*;
use crate::database::committed::Look as _;
use crate::database::postgres::read::{MOMENT, files, first_unseen, moment};
use crate::database::postgres::wal::{End, Files, SEGMENT, Wal};

const SCHEMA: &str = "
    CREATE TABLE parents (id int PRIMARY KEY, name text);
    CREATE TABLE children (id serial PRIMARY KEY, parent_id int REFERENCES parents (id) ON DELETE CASCADE);
    CREATE INDEX by_name ON parents (name);
    CREATE INDEX by_hash ON parents USING hash (name);
    CREATE TABLE texts (id int, words tsvector, long text);
    CREATE INDEX by_word ON texts USING gin (words);
    CREATE TABLE spots (at point);
    CREATE INDEX by_spot ON spots USING gist (at);
    CREATE INDEX by_part ON spots USING spgist (at);
    CREATE TABLE log (what text);
    CREATE INDEX by_range ON log USING brin (what);
    CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO log VALUES ('gone ' || old.id); RETURN NULL; END $$;
    CREATE TRIGGER gone AFTER DELETE ON children FOR EACH ROW EXECUTE FUNCTION gone();
    CREATE TABLE days (day date) PARTITION BY RANGE (day);
    CREATE TABLE days_2023 PARTITION OF days FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
    CREATE TABLE days_rest PARTITION OF days DEFAULT;
    CREATE UNLOGGED TABLE quick (id int);
    INSERT INTO parents SELECT n, 'p' || n FROM generate_series(1, 50) AS n;
    INSERT INTO children (parent_id) SELECT 1 + n % 50 FROM generate_series(1, 100) AS n;";

/// Looks at the log as a reader does, without looking at anything else.
struct Reading {
    connection: Connection,
    wal: Wal,
    files: Files,
    first_unseen: String,
}

impl Reading {
    fn of(shop: &Shop) -> Self {
        let mut connection = shop.other();
        let wal = shop.rented.place().folder.join(DATA).join("pg_wal");
        let now = moment(asked(&mut connection));
        let files = files(&mut connection).unwrap();
        Self { connection, wal: Wal::new(wal, now.end), files, first_unseen: first_unseen(&now.state).to_owned() }
    }

    /// Whether the log tells that nothing but rows was written since. If not, the catalogs are read.
    fn tells_rows_only(&mut self) -> bool {
        let now = moment(asked(&mut self.connection));
        let is_told = self.wal.tells_rows_only(now.end, &self.files, &self.first_unseen);
        if !is_told {
            self.files = files(&mut self.connection).unwrap();
            self.wal.catalogs_are_read();
        }
        first_unseen(&now.state).clone_into(&mut self.first_unseen);
        is_told
    }
}

fn asked(connection: &mut Connection) -> [String; 3] {
    let row = ask::rows(connection, MOMENT).unwrap().remove(0);
    row.into_iter().map(Option::unwrap).collect::<Vec<_>>().try_into().unwrap()
}

/// A page's database, and who reads its log.
fn shop() -> Option<(Shop, Reading)> {
    let shop = Shop::new(SCHEMA)?;
    let reading = Reading::of(&shop);
    Some((shop, reading))
}

fn statements(shop: &mut Shop, script: &str) {
    for span in sql::statements(script, Engine::Postgres) {
        let statement = &script[span.start..span.end];
        shop.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

#[test]
fn rows_are_told_as_rows_whoever_writes_them() {
    let Some((mut shop, mut reading)) = shop() else { return };
    for script in [
        "INSERT INTO parents VALUES (60, 'x'), (61, 'y')",
        "UPDATE parents SET name = name || '!' WHERE id > 40",
        "DELETE FROM parents WHERE id = 60",
        "DELETE FROM parents WHERE id < 5",
        "INSERT INTO children (parent_id) VALUES (10), (11)",
        "SELECT nextval('children_id_seq'); SELECT setval('children_id_seq', 900)",
        "BEGIN; SAVEPOINT a; INSERT INTO log VALUES ('a'); ROLLBACK TO a; INSERT INTO log VALUES ('b'); COMMIT",
        "BEGIN; INSERT INTO log VALUES ('c'); ROLLBACK; INSERT INTO log VALUES ('d')",
        "BEGIN; SELECT * FROM children ORDER BY id FOR UPDATE; COMMIT",
        "BEGIN; SELECT * FROM parents ORDER BY id FOR KEY SHARE; UPDATE parents SET name = 'z' WHERE id = 20; COMMIT",
        "INSERT INTO parents VALUES (20, '') ON CONFLICT (id) DO UPDATE SET name = 'again'",
        "INSERT INTO parents VALUES (20, '') ON CONFLICT DO NOTHING",
        "MERGE INTO parents p USING (VALUES (20, 'm'), (70, 'n')) v (id, name) ON p.id = v.id
             WHEN MATCHED THEN UPDATE SET name = v.name WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.name)",
        "INSERT INTO days VALUES ('2023-05-05'), ('2022-01-01'); UPDATE days SET day = day + 400",
        "INSERT INTO quick VALUES (1); INSERT INTO log VALUES ('e')",
        "INSERT INTO texts VALUES (1, 'a b c', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 2000) AS n))",
        "UPDATE texts SET id = 2, words = 'b d'; DELETE FROM texts",
        "INSERT INTO spots SELECT point(n, n * n % 97) FROM generate_series(1, 500) AS n",
        "DELETE FROM spots WHERE at[0] > 400",
        "DO $$ BEGIN FOR n IN 200..260 LOOP INSERT INTO parents VALUES (n, n::text); END LOOP; END $$",
    ] {
        statements(&mut shop, script);
        assert!(reading.tells_rows_only(), "{script}");
    }
    // Another session, and over many of the log's files.
    let mut other = shop.other();
    run(&mut other, "INSERT INTO log SELECT repeat(md5(n::text), 60) FROM generate_series(1, 4000) AS n").unwrap();
    run(&mut other, "DELETE FROM log").unwrap();
    assert!(reading.tells_rows_only());
    assert!(reading.tells_rows_only(), "nothing");
}

#[test]
fn whatever_else_is_written_is_not_told_as_rows() {
    let Some((mut shop, mut reading)) = shop() else { return };
    statements(&mut shop, "CREATE ROLE app; CREATE TYPE mood AS ENUM ('ok')");
    assert!(!reading.tells_rows_only());
    for script in [
        "CREATE TABLE made (id int)",
        "INSERT INTO made VALUES (1); ALTER TABLE made ADD COLUMN b int",
        "CREATE INDEX of_made ON made (b)",
        "DROP TABLE made",
        "COMMENT ON TABLE log IS 'a log'",
        "COMMENT ON DATABASE shop_production IS 'a shop'",
        "ALTER TABLE log RENAME TO logged; ALTER TABLE logged RENAME TO log",
        "ALTER TABLE parents DISABLE TRIGGER ALL",
        "CREATE OR REPLACE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
        "ALTER ROLE app SET search_path = here",
        "ALTER ROLE app LOGIN",
        "GRANT SELECT (name) ON parents TO app",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app",
        "ALTER DATABASE shop_production SET timezone = 'CET'",
        "CREATE PUBLICATION news FOR TABLE log",
        "SELECT lo_create(4711)",
        "TRUNCATE quick",
        "TRUNCATE log",
        "CLUSTER parents USING by_name",
        "REINDEX TABLE parents",
        "VACUUM log",
        "VACUUM FULL log",
        "VACUUM FULL pg_description",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY counts",
        "ANALYZE parents",
        "ALTER SEQUENCE children_id_seq INCREMENT BY 5",
        "ALTER TABLE days DETACH PARTITION days_rest",
        "CREATE TEMPORARY TABLE brief (id int)",
        "DO $$ BEGIN EXECUTE 'CREATE VIEW hidden AS SELECT 1 AS one'; END $$",
        "BEGIN; SAVEPOINT a; CREATE TABLE undone (id int); ROLLBACK TO a; INSERT INTO log VALUES ('d'); COMMIT",
        "BEGIN; CREATE TABLE undone (id int); ROLLBACK",
        "SET allow_system_table_mods = on; UPDATE pg_proc SET prosrc = 'BEGIN RETURN OLD; END' WHERE proname = 'gone'",
        "UPDATE pg_class SET relname = 'diary' WHERE relname = 'log'; UPDATE pg_class SET relname = 'log' WHERE relname = 'diary'",
    ] {
        if script.contains("counts") {
            let counts =
                "CREATE MATERIALIZED VIEW counts AS SELECT count(*) AS n FROM log; CREATE UNIQUE INDEX n ON counts (n)";
            statements(&mut shop, counts);
            assert!(!reading.tells_rows_only());
        }
        // Who reads a catalog may tidy it up, which the log tells, too.
        let is_told = |_: &i32| {
            statements(&mut shop, "INSERT INTO log VALUES ('before')");
            reading.tells_rows_only()
        };
        assert!((1..5).find(is_told).is_some(), "before {script}");
        statements(&mut shop, script);
        statements(&mut shop, "INSERT INTO log VALUES ('after')");
        assert!(!reading.tells_rows_only(), "{script}");
        assert!(!reading.wal.is_lost(), "{script}");
    }
}

#[test]
fn what_is_written_elsewhere_is_not_told_as_rows() {
    let Some((mut shop, mut reading)) = shop() else { return };
    statements(&mut shop, "CREATE DATABASE elsewhere");
    assert!(!reading.tells_rows_only());
    let address = programs::address(shop.rented.place(), "elsewhere").unwrap();
    let mut elsewhere = session::again(&address).unwrap();
    run(&mut elsewhere, "CREATE TABLE t (id int)").unwrap();
    assert!(!reading.tells_rows_only());
    // It may have the same numbers as here.
    run(&mut elsewhere, "INSERT INTO t VALUES (1)").unwrap();
    assert!(!reading.tells_rows_only());
    run(&mut shop.other(), "INSERT INTO log VALUES ('here')").unwrap();
    assert!(reading.tells_rows_only());
}

#[test]
fn what_a_transaction_wrote_is_not_told_as_rows_until_it_was_seen() {
    let Some((mut shop, mut reading)) = shop() else { return };
    let mut long = shop.other();
    run(&mut long, "BEGIN; INSERT INTO log VALUES ('long')").unwrap();
    statements(&mut shop, "INSERT INTO log VALUES ('a')");
    assert!(reading.tells_rows_only(), "it has written rows only");
    run(&mut long, "SAVEPOINT a; CREATE TABLE made (id int); RELEASE a").unwrap();
    statements(&mut shop, "INSERT INTO log VALUES ('b')");
    assert!(!reading.tells_rows_only(), "it has made a table");
    for _ in 0..2 {
        statements(&mut shop, "INSERT INTO log VALUES ('c')");
        assert!(!reading.tells_rows_only(), "nobody sees it yet");
    }
    run(&mut long, "COMMIT").unwrap();
    assert!(!reading.tells_rows_only(), "it is seen now");
    statements(&mut shop, "INSERT INTO log VALUES ('d'); INSERT INTO made VALUES (1)");
    assert!(reading.tells_rows_only(), "it was seen");
}

#[test]
fn a_log_that_is_not_in_its_files_yet_tells_nothing() {
    let Some((mut shop, mut reading)) = shop() else { return };
    statements(&mut shop, "SET synchronous_commit = off; INSERT INTO log VALUES ('a')");
    let now = moment(asked(&mut reading.connection));
    let unwritten = End { written: now.end.inserted - 8, ..now.end };
    assert!(!reading.wal.tells_rows_only(unwritten, &reading.files, &reading.first_unseen));
    // Whoever waits for a commit has it written up to there.
    statements(&mut shop, "SET synchronous_commit = on; INSERT INTO log VALUES ('b')");
    assert!(reading.tells_rows_only());
}

#[test]
fn a_log_that_goes_on_in_another_place_is_lost() {
    let Some((mut shop, mut reading)) = shop() else { return };
    statements(&mut shop, "INSERT INTO log VALUES ('a'); SELECT 1 FROM pg_switch_wal(); INSERT INTO log VALUES ('b')");
    assert!(!reading.tells_rows_only());
    assert!(reading.wal.is_lost(), "the rest of a file is empty");
    statements(&mut shop, "INSERT INTO log VALUES ('c')");
    assert!(!reading.tells_rows_only(), "nobody knows what was not read");
    assert_eq!(shop.effect(""), "log +3");
    assert_eq!(shop.effect("CREATE TABLE made (id int)"), "schema");
    assert_eq!(shop.effect("INSERT INTO made VALUES (1)"), "made +1");
}

#[test]
fn a_log_whose_files_are_gone_is_lost() {
    let Some((mut shop, mut reading)) = shop() else { return };
    // Much more than the server keeps.
    let much = "INSERT INTO log SELECT repeat(md5(n::text), 60) FROM generate_series(1, 12000) AS n; DELETE FROM log";
    statements(&mut shop, &format!("{much}; CHECKPOINT; {much}; CHECKPOINT; INSERT INTO log VALUES ('a')"));
    assert!(!reading.tells_rows_only());
    assert!(reading.wal.is_lost());
    assert_eq!(shop.effect(""), "log +1");
    assert_eq!(shop.effect("ALTER TABLE log ADD COLUMN b int; INSERT INTO log VALUES ('b', 1)"), "log +1, schema");
}

#[test]
fn bytes_that_are_no_log_tell_nothing() {
    let Some((mut shop, reading)) = shop() else { return };
    let from = moment(asked(&mut shop.other())).end;
    statements(&mut shop, "INSERT INTO parents VALUES (300, 'c'); UPDATE children SET parent_id = 300 WHERE id < 5");
    let to = moment(asked(&mut shop.other())).end;
    let folder = shop.rented.place().folder.join(DATA).join("pg_wal");
    let copy = tempfile::tempdir().unwrap();
    let name = format!("00000001{:08X}{:08X}", 0, from.inserted / SEGMENT);
    let bytes = std::fs::read(folder.join(&name)).unwrap();
    let tells = |from: End, to: End| {
        let mut wal = Wal::new(copy.path().into(), from);
        let is_told = wal.tells_rows_only(to, &reading.files, "4000000000");
        assert!(!(is_told && wal.is_lost()));
        is_told
    };
    let path = copy.path().join(&name);
    assert_eq!(from.inserted / SEGMENT, to.inserted / SEGMENT, "this test reads one file");
    let (start, end) = ((from.inserted % SEGMENT) as usize, (to.inserted % SEGMENT) as usize);
    assert!(!tells(from, to), "none");
    std::fs::write(&path, []).unwrap();
    assert!(!tells(from, to), "empty");
    std::fs::write(&path, &bytes[..end - 1]).unwrap();
    assert!(!tells(from, to), "cut off");
    std::fs::write(&path, &bytes).unwrap();
    assert!(tells(from, to));
    assert!(!tells(to, from), "backwards");
    assert!(!tells(End { inserted: from.inserted + 8, ..from }, to), "not where a record begins");

    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let tells_with = |at: usize, byte: u8| {
        file.write_all_at(&[byte], at as u64).unwrap();
        let is_told = tells(from, to);
        file.write_all_at(&bytes[at..=at], at as u64).unwrap();
        is_told
    };
    // Whatever a byte is instead, nothing goes wrong.
    for at in start..end {
        for byte in [0, 1, 0x7f, 0x80, 0xfc, 0xfd, 0xfe, 0xff] {
            tells_with(at, byte);
        }
    }
    let page = start - start % 8192;
    for (what, at, byte) in [
        ("the version", page, 0x42),
        ("the place", page + 8, 1),
        ("a record's length", start, 23),
        ("a record's length", start + 3, 0x7f),
        ("what it does", start + 16, 0x30),
        ("its kind", start + 17, 8),
        ("a part's number", start + 24, 251),
        ("a part that is a whole page", start + 25, 0x30),
        ("a part's length", start + 26, 0xff),
        ("its tablespace", start + 28, 1),
        ("its database", start + 32, 1),
        ("its file", start + 37, 0xee),
    ] {
        assert_ne!(bytes[at], byte, "{what}");
        assert!(!tells_with(at, byte), "{what}");
    }
    assert!(tells(from, to));
}

#[test]
fn an_observer_reads_the_log_until_it_is_lost() {
    let Some(prepared) = template() else { return };
    let mut shop = Shop::of(prepared, &test_sandbox());
    let data = shop.rented.place().folder.join(DATA);
    let mut observer = Observer::new(shop.other(), &data, &prepared.content, &prepared.layout).unwrap();
    let mut rows = |script: &str, table: &str| {
        statements(&mut shop, script);
        observer.expect_change();
        let n_rows = observer.look().unwrap().tables[table].rows.len();
        (n_rows, observer.reads_log())
    };
    assert_eq!(rows(SCHEMA, "children"), (100, true));
    assert_eq!(rows("DELETE FROM parents WHERE id = 1", "children"), (98, true));
    assert_eq!(rows("CREATE TABLE made AS SELECT 1 AS id", "made"), (1, true));
    assert_eq!(rows("INSERT INTO made VALUES (2)", "made"), (2, true));
    assert_eq!(rows("SELECT 1 FROM pg_switch_wal(); INSERT INTO made VALUES (3)", "made"), (3, false));
    assert_eq!(rows("CREATE TABLE more AS SELECT 1 AS id", "more"), (1, false));
}

#[test]
fn definitions_count_when_the_transaction_that_made_them_ends() {
    let Some(mut shop) = Shop::new(SCHEMA) else { return };
    let mut long = shop.other();
    run(&mut long, "BEGIN; ALTER TABLE spots ADD COLUMN name text; CREATE VIEW names AS SELECT name FROM spots")
        .unwrap();
    run(&mut shop.other(), "INSERT INTO log VALUES ('a')").unwrap();
    run(&mut long, "ROLLBACK; BEGIN; COMMENT ON TABLE log IS 'a log'; CREATE FUNCTION one() RETURNS int RETURN 1")
        .unwrap();
    assert_eq!(shop.effect("INSERT INTO log VALUES ('b')"), "log +2");
    assert_eq!(shop.effect("INSERT INTO log VALUES ('c')"), "log +1");
    run(&mut long, "COMMIT").unwrap();
    assert_eq!(shop.effect("INSERT INTO log VALUES ('d')"), "log +1, schema");
    assert_eq!(shop.effect("INSERT INTO log VALUES ('e')"), "log +1");
}
