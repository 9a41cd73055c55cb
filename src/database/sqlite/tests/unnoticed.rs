//! Changes that a shortcut could overlook: by what a client does to the file, and without a row being written.

use std::process::Command;

use super::*;

/// Tables so large that it is found out whether they changed.
const LARGE: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE u (id INTEGER PRIMARY KEY, v);
    CREATE TABLE w (id INT PRIMARY KEY, v TEXT COLLATE NOCASE) WITHOUT ROWID;
    CREATE TABLE s (id INTEGER PRIMARY KEY, v ANY) STRICT;
    WITH n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 1500) INSERT INTO t SELECT n, 'x' FROM n;
    INSERT INTO u SELECT id, v FROM t; INSERT INTO w SELECT id, v FROM t; INSERT INTO s SELECT id, v FROM t;";

/// What the sqlite3 program does to the page's file; `false` if it is not installed.
fn client(shop: &Shop, script: &str) -> bool {
    let Ok(done) = Command::new("sqlite3").arg(shop.path()).arg(script).output() else { return false };
    assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
    true
}

#[test]
fn a_table_that_begins_where_another_did_counts() {
    let mut shop = Shop::new(LARGE);
    let again = "DROP TABLE u; CREATE TABLE u (id INTEGER PRIMARY KEY, v); INSERT INTO u SELECT id + 1, v FROM t";
    assert_eq!(shop.effect(again), "u +1 -1");
    let swap = "ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u";
    assert_eq!(shop.effect(swap), "t +1 -1, u +1 -1");
    assert_eq!(
        shop.effect("DELETE FROM t; INSERT INTO t SELECT id, v FROM u; DELETE FROM u WHERE id = 1"),
        "t +1 -1, u -1"
    );
}

#[test]
fn columns_that_come_and_go_count() {
    let mut shop = Shop::new(LARGE);
    assert_eq!(shop.effect("ALTER TABLE t ADD COLUMN c DEFAULT 5"), "t ~1500, schema");
    assert_eq!(shop.effect("ALTER TABLE t DROP COLUMN c"), "t ~1500, schema");
    assert_eq!(shop.effect("ALTER TABLE u RENAME COLUMN v TO z"), "u ~1500, schema");
    assert_eq!(shop.effect("UPDATE w SET v = 'X' WHERE id = 7"), "w ~1", "whatever the collation");
    assert_eq!(shop.effect("UPDATE s SET v = 1 WHERE id = 7; UPDATE s SET v = '1' WHERE id = 8"), "s ~2");
}

#[test]
fn the_schema_written_by_hand_counts() {
    let mut shop = Shop::new(LARGE);
    let other = shop.other();
    let write = |sql: &str| {
        other.execute_batch("PRAGMA writable_schema = ON").unwrap();
        other.execute_batch(sql).unwrap();
        other.execute_batch("PRAGMA writable_schema = OFF").unwrap();
    };
    write("UPDATE sqlite_schema SET sql = replace(sql, ', v)', ', v, c DEFAULT 9)') WHERE name = 't'");
    assert_eq!(shop.effect(""), "t ~1500, schema");
    // Another table's pages, and the same definition.
    write("UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 's') WHERE name = 'u'");
    shop.effect("");
    write("UPDATE t SET v = 'y' WHERE id = 3; UPDATE s SET v = 'y' WHERE id = 3");
    assert_eq!(shop.effect(""), "s ~1, t ~1, u ~1");
}

#[test]
fn a_file_that_is_laid_out_anew_counts() {
    let mut shop = Shop::new(LARGE);
    for pragma in [
        "PRAGMA page_size = 1024; VACUUM",
        "PRAGMA auto_vacuum = INCREMENTAL; VACUUM",
        "PRAGMA incremental_vacuum(3)",
        "PRAGMA auto_vacuum = FULL; VACUUM",
        "PRAGMA auto_vacuum = NONE; PRAGMA page_size = 65536; VACUUM",
        "REINDEX",
        "PRAGMA journal_mode = WAL",
        "PRAGMA wal_checkpoint(TRUNCATE)",
    ] {
        if !client(&shop, pragma) {
            return;
        }
        assert_eq!(shop.effect(""), "none", "{pragma}");
        assert!(client(
            &shop,
            "UPDATE t SET v = v || 'x' WHERE id = 9; DELETE FROM u WHERE id = (SELECT min(id) FROM u)"
        ));
        assert_eq!(shop.effect(""), "t ~1, u -1", "after {pragma}");
        assert_eq!(shop.effect("UPDATE w SET v = v || 'x' WHERE id = 9"), "w ~1", "by the page after {pragma}");
    }
}

#[test]
fn a_backup_put_back_by_the_client_counts() {
    let mut shop = Shop::new(LARGE);
    let backup = shop.path().with_extension("backup");
    let named = backup.display().to_string();
    if !client(&shop, &format!(".backup {named}")) {
        return;
    }
    assert_eq!(shop.effect("DELETE FROM u WHERE id < 11"), "u -10");
    assert!(client(&shop, &format!(".restore {named}")));
    assert_eq!(shop.effect(""), "u +10");
    assert!(client(
        &shop,
        &format!("ATTACH '{named}' AS b; DELETE FROM b.t WHERE id < 11; DELETE FROM main.t WHERE id = 1")
    ));
    assert_eq!(shop.effect(""), "t -1");
    std::fs::copy(&backup, shop.path()).unwrap();
    assert_eq!(shop.effect(""), "t -9");
}

/// Everything that tells a file from another but what is in it, as `rsync --inplace --times` leaves it.
#[test]
fn a_file_written_over_with_its_time_put_back_counts() {
    use std::os::unix::fs::FileExt as _;
    let mut shop = Shop::new(LARGE);
    let path = shop.path().to_owned();
    for _ in 0..3 {
        // What the observer saw has settled.
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(shop.effect(""), "none");
    }
    let bytes = std::fs::read(&path).unwrap();
    let copy = path.with_extension("copy");
    std::fs::write(&copy, &bytes).unwrap();
    Connection::open(&copy).unwrap().execute_batch("UPDATE u SET v = 'y' WHERE id = 900").unwrap();
    let other = std::fs::read(&copy).unwrap();
    let modified = path.metadata().unwrap().modified().unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    // All pages but the first, which counts the commits.
    file.write_all_at(&other[4096..], 4096).unwrap();
    file.set_modified(modified).unwrap();
    drop(file);
    assert_eq!(shop.effect(""), "u ~1");
}

/// A client that is killed in the middle of a transaction so large that it has begun to write.
#[test]
fn what_a_killed_client_left_half_done_does_not_count() {
    let mut shop = Shop::new(LARGE);
    let script = "PRAGMA cache_size = 5; BEGIN;\n\
                  UPDATE t SET v = hex(randomblob(500)); UPDATE u SET v = hex(randomblob(500));\n\
                  .shell kill -9 $PPID\n";
    let mut child = match Command::new("sqlite3").arg(shop.path()).stdin(std::process::Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(_) => return,
    };
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), script.as_bytes()).unwrap();
    assert!(!child.wait().unwrap().success());
    let journal = shop.path().with_file_name("database.sqlite3-journal");
    assert!(journal.exists(), "it left its journal");
    assert_eq!(shop.effect(""), "none");
    assert_eq!(shop.effect("UPDATE t SET v = 'y' WHERE id = 1"), "t ~1");
}
