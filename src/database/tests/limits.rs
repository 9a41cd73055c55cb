//! A statement ends: at its deadline, on a stop, and after 5 s at a lock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::dialect::Dialect;
use super::number;
use super::page::{far, soon};
use crate::config::Engine;
use crate::database::StatementError;

on_each_engine!(
    a_deadline_ends_a_statement_and_not_the_session,
    a_stop_ends_a_statement_and_not_the_session,
    a_lock_is_waited_for_until_the_deadline,
);

fn a_deadline_ends_a_statement_and_not_the_session(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a BIGINT)");
    let running = AtomicBool::new(false);
    page.run("CREATE TEMPORARY TABLE kept (a INTEGER)").unwrap();
    page.run("INSERT INTO kept VALUES (7)").unwrap();
    let insert = format!("INSERT INTO t {}", on.endless());
    for sql in [on.endless(), &insert] {
        assert_eq!(page.database.execute(sql, soon(), &running), Err(StatementError::TimedOut), "{sql}");
        assert_eq!(page.rows("SELECT * FROM kept"), [[number("7")]], "the session goes on");
    }
    let now = std::time::Instant::now();
    assert_eq!(page.database.execute("INSERT INTO t VALUES (1)", now, &running), Err(StatementError::TimedOut));
    assert_eq!(page.effect("INSERT INTO t VALUES (2)"), "t +1", "what was ended did nothing");
    // A transaction is still there to be rolled back.
    page.run("BEGIN").unwrap();
    page.run("INSERT INTO t VALUES (3)").unwrap();
    assert_eq!(page.database.execute(on.endless(), soon(), &running), Err(StatementError::TimedOut));
    assert!(page.database.in_transaction());
    assert_eq!(page.effect("ROLLBACK"), "none");
}

fn a_stop_ends_a_statement_and_not_the_session(on: Dialect) {
    let mut page = on.page("");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(30));
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(page.database.execute(on.endless(), far(), &stop), Err(StatementError::Stopped));
        assert_eq!(page.database.execute("SELECT 1", far(), &stop), Err(StatementError::Stopped));
    });
    assert_eq!(page.rows("SELECT 1"), [[number("1")]]);
}

fn a_lock_is_waited_for_until_the_deadline(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
    let mut other = page.other();
    other.script("BEGIN; UPDATE t SET a = 2");
    let delete = "DELETE FROM t";
    assert_eq!(page.database.execute(delete, soon(), &AtomicBool::new(false)), Err(StatementError::TimedOut));
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            other.script("COMMIT");
        });
        assert_eq!(page.run(delete), Ok(vec![]));
    });
    assert_eq!(page.effect(""), "t -1");
}

/// All engines at the same time: each waits as long as it may.
#[test]
fn a_lock_that_stays_is_an_error_long_before_the_deadline() {
    std::thread::scope(|scope| {
        for engine in [Engine::Sqlite, Engine::Mariadb, Engine::Postgres] {
            scope.spawn(move || {
                let Some(on) = Dialect::of(engine) else { return };
                let mut page = on.page("CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
                let mut other = page.other();
                other.script("BEGIN; UPDATE t SET a = 2");
                let error = page.error("DELETE FROM t");
                let codes = on.pick(["SQLITE_BUSY", "1205 HY000", "55P03"]);
                assert_eq!(error.codes.join(" "), codes, "{error}");
                assert!(error.hint.is_some_and(|hint| hint.contains("another")), "{engine}");
                other.script("ROLLBACK");
                assert_eq!(page.effect("DELETE FROM t"), "t -1", "the session goes on");
            });
        }
    });
}
