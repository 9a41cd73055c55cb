//! What SQL cannot reach: other files, extensions, memory without end.

use super::*;
use crate::database::SqlError;

fn refused(shop: &mut Shop, sql: &str) -> SqlError {
    match shop.run(sql) {
        Err(StatementError::Sql(error)) => error,
        other => panic!("{sql}: {other:?}"),
    }
}

const REFUSED: &str = "the statement reaches beyond the page's database, which it may not";
const HINT: &str =
    "SQL snippets reach the page's database only; to work with another file use `sqlite3 FILE` in a bash snippet";

#[test]
fn no_statement_reaches_another_file() {
    let mut shop = Shop::new("CREATE TABLE t (a)");
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("there.db");
    Connection::open(&there).unwrap().execute_batch("CREATE TABLE secret (a)").unwrap();
    let (there, new) = (there.display().to_string(), folder.path().join("new.db").display().to_string());
    let (first, rest) = there.split_at(5);
    for sql in [
        format!("ATTACH '{there}' AS other"),
        format!("ATTACH DATABASE \"{there}\" AS other"),
        format!("ATTACH 'file:{there}?mode=ro' AS other"),
        format!("ATTACH '{first}' || '{rest}' AS other"),
        format!("ATTACH (SELECT '{there}') AS other"),
        format!("ATTACH '{new}' AS other"),
        "ATTACH 'file::memory:' AS other".into(),
        format!("VACUUM INTO '{new}'"),
        format!("VACUUM INTO '{first}' || '{rest}'"),
        format!("VACUUM main INTO 'file:{new}'"),
        format!("PRAGMA temp_store_directory = '{}'", folder.path().display()),
        "PRAGMA main.data_store_directory('/')".into(),
        "PRAGMA TEMP_STORE = FILE".into(),
        "PRAGMA temp_store(1)".into(),
        "PRAGMA hard_heap_limit = 1000000".into(),
        "PRAGMA soft_heap_limit(1000000)".into(),
        "SELECT load_extension('x')".into(),
    ] {
        let error = refused(&mut shop, &sql);
        if sql.contains("load_extension") {
            assert_eq!(error.to_string(), "not authorized to use function: load_extension (SQLITE_ERROR)");
        } else {
            assert_eq!(error.to_string(), format!("{REFUSED} (SQLITE_AUTH)"), "{sql}");
        }
        assert_eq!(error.hint.as_deref(), Some(HINT), "{sql}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was made");
    assert_eq!(shop.effect(""), "none");
}

#[test]
fn what_names_no_file_still_works() {
    let mut shop = Shop::new("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");
    assert_eq!(shop.effect("DELETE FROM t WHERE a = 1; VACUUM; PRAGMA auto_vacuum = FULL; VACUUM main"), "t -1");
    assert_eq!(
        shop.effect(
            "ATTACH ':memory:' AS side; CREATE TABLE side.copy AS SELECT * FROM t; INSERT INTO t SELECT a + 5 FROM copy;
             DETACH side; ATTACH '' AS side; CREATE TABLE side.copy (a); DETACH side; PRAGMA temp_store = MEMORY"
        ),
        "t +1"
    );
    for sql in [
        "PRAGMA temp_store",
        "PRAGMA hard_heap_limit",
        "PRAGMA database_list",
        "EXPLAIN SELECT * FROM t",
        "ANALYZE",
        "REINDEX",
    ] {
        assert!(shop.run(sql).is_ok(), "{sql}");
    }
    let pages = std::fs::read_dir(shop.path().parent().unwrap()).unwrap().count();
    assert_eq!(pages, 1, "the database is the only file");
}

#[test]
fn a_script_reaches_no_other_file_either() {
    for sql in ["ATTACH '/nowhere/x' AS x", "VACUUM INTO '/nowhere/x'"] {
        let seed = format!("INSERT INTO t VALUES (1);\n{sql};");
        let Err(PrepareError::Script { file, span, code, message, hint }) =
            super::super::prepare(&definition("CREATE TABLE t (a);", &seed)).map(|_| ())
        else {
            panic!("{sql} was run")
        };
        assert_eq!((file.path(), file.slice(span), code.as_deref()), ("seed.sql", sql, Some("SQLITE_AUTH")));
        assert_eq!((message.as_str(), hint.as_deref()), (REFUSED, Some(HINT)));
    }
}

#[test]
fn a_database_and_a_result_have_an_end() {
    let mut shop = Shop::new("CREATE TABLE t (a)");
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)";
    for into in ["INSERT INTO t", "CREATE TEMP TABLE u AS"] {
        let sql = match into.strip_prefix("INSERT") {
            Some(_) => format!("{endless} {into} SELECT zeroblob(1000000) FROM n"),
            None => format!("{into} {endless} SELECT zeroblob(1000000) FROM n"),
        };
        let error = refused(&mut shop, &sql);
        assert_eq!(error.to_string(), "database or disk is full (SQLITE_FULL)");
        let hint = "a throwaway database holds at most 256 MiB; does a recursive query go on without an end?";
        assert_eq!(error.hint.as_deref(), Some(hint));
    }
    let error = refused(&mut shop, &format!("{endless} SELECT zeroblob(1000000) FROM n"));
    assert_eq!(error.to_string(), "the result is larger than 64 MiB (SQLITE_TOOBIG)");
    assert!(error.hint.is_some());
    assert_eq!(shop.effect("INSERT INTO t VALUES (1)"), "t +1");
}

#[test]
fn a_script_without_an_end_is_ended() {
    let limit = Duration::from_millis(100);
    let endless =
        "SELECT max(x) FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n)";
    let seed = format!("INSERT INTO t VALUES (1);\n{endless};\nINSERT INTO t VALUES (2);");
    let error = script::load(&definition("CREATE TABLE t (a);", &seed), limit).unwrap_err();
    let PrepareError::Script { file, span, hint, .. } = &error else { panic!("{error}") };
    assert_eq!((file.path(), file.slice(*span)), ("seed.sql", endless));
    assert_eq!(
        error.to_string(),
        "seed.sql:2:1: schema and seed have 0 s together, and this statement was still running at the end of them"
    );
    assert!(hint.is_some());
    // Many short statements come through between two interrupts.
    let error = script::load(&definition("CREATE TABLE t (a); CREATE TABLE u (a)", ""), Duration::ZERO).unwrap_err();
    assert!(matches!(error, PrepareError::Script { span, .. } if span.end == "CREATE TABLE t (a)".len()), "{error}");
    assert!(script::load(&definition("", "CREATE TABLE t (a); INSERT INTO t VALUES (1)"), limit * 600).is_ok());
}

#[test]
fn a_link_in_the_place_of_the_database_is_not_followed() {
    let mut shop = Shop::new("CREATE TABLE t (a)");
    let elsewhere = tempfile::tempdir().unwrap();
    let real = elsewhere.path().join("real.db");
    Connection::open(&real).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let before = std::fs::read(&real).unwrap();
    std::fs::remove_file(shop.path()).unwrap();
    std::os::unix::fs::symlink(&real, shop.path()).unwrap();
    let error = refused(&mut shop, "INSERT INTO t VALUES (1)");
    assert_eq!(error.codes[0], "SQLITE_CANTOPEN_SYMLINK");
    let hint = "a symbolic link stands where the page's database was; put a file there (`cp`), not a link";
    assert_eq!(error.hint.as_deref(), Some(hint));
    let error = shop.database.committed().measure().unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read the throwaway database: {hint}"));
    assert_eq!(std::fs::read(&real).unwrap(), before);
}
