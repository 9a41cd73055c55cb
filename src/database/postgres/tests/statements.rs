//! Statements as only PostgreSQL has them: its kinds of values, its errors, transactions that have failed.

use super::*;
use crate::database::SqlError;
use crate::expect::Cell;

fn sql_error(result: Result<Option<ResultSet>, StatementError>) -> SqlError {
    match result {
        Err(StatementError::Sql(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_keep_their_kind() {
    let Some(mut shop) = Shop::new("CREATE DOMAIN price AS numeric(9, 2); CREATE TYPE mood AS ENUM ('sad', 'ok')")
    else {
        return;
    };
    let query = "SELECT 1 AS a, -0.50, 'ž', NULL, '\\x00ff'::bytea, 1 = 1, 0.1::float8, 'infinity'::float4, 1.5::price, \
                 'ok'::mood, ARRAY[1, NULL], '{\"b\": 1}'::json, timestamptz '2023-06-20 12:32+02', interval '1 day 2 h', \
                 9223372036854775807, 'NULL', '', date '2023-06-20', 0.1::float4 ORDER BY a";
    let result = shop.run(query).unwrap().unwrap();
    assert_eq!(result.columns[..4], ["a", "?column?", "?column?", "?column?"]);
    let (number, text) = (|digits: &str| Cell::Number(digits.into()), |text: &str| Cell::Text(text.into()));
    assert_eq!(
        result.rows,
        [[
            number("1"),
            number("-0.50"),
            text("ž"),
            Cell::Null,
            Cell::Bytes(vec![0, 255]),
            number("1"),
            Cell::Float(0.1),
            Cell::Float(f64::INFINITY),
            number("1.50"),
            text("ok"),
            text("{1,NULL}"),
            text("{\"b\": 1}"),
            text("2023-06-20 10:32:00+00"),
            text("1 day 02:00:00"),
            number("9223372036854775807"),
            text("NULL"),
            text(""),
            text("2023-06-20"),
            Cell::Float(0.1),
        ]]
    );
    assert!(result.ordered);
    assert!(!shop.run("SELECT 1").unwrap().unwrap().ordered);
}

#[test]
fn a_query_without_rows_is_not_the_same_as_no_query() {
    let Some(mut shop) = Shop::new("CREATE TABLE t (a int)") else { return };
    for query in [
        "SELECT a FROM t",
        "WITH x AS (SELECT 1) SELECT * FROM x WHERE false",
        "DELETE FROM t RETURNING a",
        "SELECT FROM t",
        "TABLE t /* */ ; ",
    ] {
        assert_eq!(shop.run(query).unwrap().map(|result| result.rows), Some(vec![]), "{query}");
    }
    for other in [
        "INSERT INTO t VALUES (1)",
        "CREATE TABLE u (a int)",
        "SET work_mem = '4MB'",
        "BEGIN",
        "COMMIT",
        "-- no",
        "",
        ";",
    ] {
        assert_eq!(shop.run(other), Ok(None), "{other}");
    }
    assert_eq!(shop.shown("INSERT INTO t VALUES (2) RETURNING a"), "2");
    assert_eq!(shop.shown("SHOW timezone"), "UTC");
}

#[test]
fn errors_have_their_codes_and_point_at_the_right_byte() {
    let schema = "CREATE TABLE a (id int PRIMARY KEY, name text NOT NULL UNIQUE CHECK (name <> ''));
         CREATE TABLE b (a_id int REFERENCES a (id));
         INSERT INTO a VALUES (1, 'x'); INSERT INTO b VALUES (1);
         CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not that'; END $$;
         CREATE TRIGGER stop BEFORE DELETE ON b EXECUTE FUNCTION stop();";
    let Some(mut shop) = Shop::new(schema) else { return };
    for (sql, code, message) in [
        (
            "DELETE FROM a",
            "23503",
            "update or delete on table \"a\" violates foreign key constraint \"b_a_id_fkey\" on table \"b\": \
             Key (id)=(1) is still referenced from table \"b\"",
        ),
        (
            "INSERT INTO a VALUES (1, 'y')",
            "23505",
            "duplicate key value violates unique constraint \"a_pkey\": Key (id)=(1) already exists",
        ),
        ("DELETE FROM b", "P0001", "not that"),
    ] {
        let error = sql_error(shop.run(sql));
        assert_eq!((error.codes, error.message.as_str(), error.offset), (vec![code.into()], message, None), "{sql}");
    }
    for (sql, pointed_at, code, hint) in [
        (
            "SELECT 'žluťoučký 🦀', nmae FROM a",
            Some("nmae FROM"),
            "42703",
            Some("Perhaps you meant to reference the column \"a.name\""),
        ),
        ("SELECT /* ěšč */ id\nFORM a WHERE true", Some("a WHERE"), "42601", None),
        ("SELECT 'ž', lowr(name) FROM a", Some("lowr(name)"), "42883", Some("No function matches")),
        ("SELECT id FROM bb", Some("bb"), "42P01", Some("did you mean `b`?")),
        ("SELECT id FROM nothere", Some("nothere"), "42P01", Some("the database has the tables `a`, `b`")),
        ("SELECT (", Some(""), "42601", None),
        ("INSERT INTO a VALUES ($1)", Some("$1"), "42P02", Some("`$1` stands for a value that nothing gives")),
        ("\\d a", Some("\\d"), "42601", Some("write what it does in SQL")),
        ("COPY a FROM STDIN", Some("COPY"), "0A000", Some("write rows as `INSERT`")),
        ("COPY a TO STDOUT", Some("COPY"), "0A000", Some("write rows as `INSERT`")),
        ("SELECT 1; SELECT 2", None, "42601", Some("end the one")),
        ("SELECT '\0'", None, "22021", Some("leave it out")),
    ] {
        let error = sql_error(shop.run(sql));
        assert_eq!(error.codes, [code], "{sql}: {}", error.message);
        let pointed = error.offset.map(|at| &sql[at..]);
        assert_eq!(pointed.is_some(), pointed_at.is_some(), "{sql}: {pointed:?}");
        assert!(pointed.unwrap_or("").starts_with(pointed_at.unwrap_or("")), "{sql}: {pointed:?}");
        let told = error.hint.unwrap_or_default();
        assert!(told.starts_with(hint.unwrap_or_default()), "{sql}: {told}");
    }
    assert_eq!(shop.effect("SELECT 1"), "none", "the session goes on, and nothing was done");
}

const ENDLESS: &str = "WITH RECURSIVE n (x) AS (SELECT 1::bigint UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";

#[test]
fn a_deadline_ends_a_statement_and_not_the_session() {
    let Some(mut shop) = Shop::new("CREATE TABLE t (a bigint)") else { return };
    let running = AtomicBool::new(false);
    let soon = || Instant::now() + Duration::from_millis(30);
    shop.run("CREATE TEMP TABLE kept (a int)").unwrap();
    assert_eq!(shop.database.execute(ENDLESS, soon(), &running), Err(StatementError::TimedOut));
    assert_eq!(shop.database.execute("SELECT pg_sleep(1000)", soon(), &running), Err(StatementError::TimedOut));
    assert_eq!(shop.database.execute("SELECT 1", Instant::now(), &running), Err(StatementError::TimedOut));
    let insert = format!("INSERT INTO t {ENDLESS}");
    assert_eq!(shop.database.execute(&insert, soon(), &running), Err(StatementError::TimedOut));
    assert_eq!(shop.effect("INSERT INTO t VALUES (1); SELECT * FROM kept"), "t +1");
    // In a transaction it is an error like any other.
    shop.run("BEGIN").unwrap();
    assert_eq!(shop.database.execute("SELECT pg_sleep(1000)", soon(), &running), Err(StatementError::TimedOut));
    let error = sql_error(shop.run("SELECT 1"));
    assert_eq!(error.codes, ["25P02"]);
    assert!(error.hint.unwrap().contains("`ROLLBACK`"));
    assert!(shop.database.in_transaction());
    shop.run("ROLLBACK").unwrap();
    assert!(!shop.database.in_transaction());
}

#[test]
fn a_cancel_never_meets_the_next_statement() {
    let Some(mut shop) = Shop::new("") else { return };
    let running = AtomicBool::new(false);
    for round in 0..60 {
        // Ends at about its deadline, sometimes before and sometimes after.
        let deadline = Instant::now() + Duration::from_millis(10);
        let result = shop.database.execute(&format!("SELECT pg_sleep(0.00{})", round % 10 + 5), deadline, &running);
        assert!(matches!(result, Ok(_) | Err(StatementError::TimedOut)), "{result:?}");
        assert!(shop.run("SELECT pg_sleep(0.001)").is_ok(), "round {round}");
    }
}

#[test]
fn transactions_are_told_apart() {
    let Some(mut shop) = Shop::new("CREATE TABLE t (a int)") else { return };
    let mut open = |sql: &str| {
        let result = shop.run(sql);
        (shop.database.transaction(), result.is_ok())
    };
    assert_eq!(open("SELECT 1"), (None, true));
    assert_eq!(open("BEGIN"), (Some(1), true));
    assert_eq!(open("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"), (Some(1), true), "nothing was looked at yet");
    assert_eq!(open("SAVEPOINT s"), (Some(1), true));
    assert_eq!(open("ROLLBACK TO s"), (Some(1), true));
    assert_eq!(open("COMMIT AND CHAIN"), (Some(2), true));
    assert_eq!(open("COMMIT AND NO CHAIN"), (None, true));
    assert_eq!(open("START TRANSACTION"), (Some(3), true));
    assert_eq!(open("SELECT 1/0"), (Some(3), false), "a transaction that failed is an open one");
    assert_eq!(open("SELECT 1"), (Some(3), false));
    assert_eq!(open("COMMIT"), (None, true));
    assert_eq!(open("BEGIN"), (Some(4), true));
    shop.database.reconnect().unwrap();
    assert_eq!(shop.database.transaction(), None);
    assert_eq!(shop.effect("INSERT INTO t VALUES (1)"), "t +1");
}

#[test]
fn rows_are_counted_inside_a_transaction_too() {
    let schema = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a (id) ON DELETE CASCADE);
        INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (1), (1);
        CREATE FUNCTION more() RETURNS int LANGUAGE sql AS $$ INSERT INTO a VALUES (9) RETURNING id $$;";
    let Some(mut shop) = Shop::new(schema) else { return };
    let mut touched = |sql: &str| {
        let before = shop.database.rows_touched();
        shop.run(sql).unwrap();
        shop.database.rows_touched() - before
    };
    assert_eq!(touched("BEGIN"), 0);
    assert_eq!(touched("SELECT * FROM a"), 0);
    assert_eq!(touched("DELETE FROM a WHERE id = 1"), 3, "the rows of the cascade");
    assert_eq!(touched("SELECT count(*) FROM b"), 0);
    assert_eq!(touched("SELECT more()"), 1, "a query that writes");
    assert_eq!(touched("SAVEPOINT s"), 0);
    assert_eq!(touched("UPDATE a SET id = id"), 2);
    assert_eq!(touched("ROLLBACK TO s"), 0);
    assert_eq!(touched("EXPLAIN ANALYZE DELETE FROM a WHERE id = 9"), 1);
    assert_eq!(touched("ROLLBACK"), 0);
    assert_eq!(touched("INSERT INTO a VALUES (3), (4)"), 2);
    assert_eq!(touched("BEGIN"), 0);
    assert_eq!(touched("INSERT INTO a VALUES (5)"), 1);
    assert_eq!(touched("COMMIT"), 0);
}

#[test]
fn a_session_that_was_ended_is_replaced() {
    let Some(mut shop) = Shop::new("CREATE TABLE t (a int)") else { return };
    let error = sql_error(shop.run("SELECT pg_terminate_backend(pg_backend_pid())"));
    assert_eq!(error.codes, ["57P01"]);
    let gone = shop.run("SELECT 1");
    if let Err(StatementError::Sql(error)) = gone {
        assert_eq!(error.codes, ["08006"], "{}", error.message);
    }
    let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND \
                  backend_type = 'client backend'";
    assert_eq!(shop.shown(others), "1");
    assert_eq!(shop.effect("INSERT INTO t VALUES (1)"), "t +1", "the observer's, too");
}
