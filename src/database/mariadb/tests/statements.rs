//! Statements as only MariaDB has them: its kinds of values, procedures, its errors, its packets.

use super::*;

#[test]
fn values_keep_their_kind() {
    let Some(mut shop) = Shop::new("") else { return };
    let sql = "SELECT 1 AS a, -0.50, 1e0 / 3, 'ž🦀' AS `ž`, NULL, x'00ff', 1 = 1, b'101', CAST('2023-06-20' AS DATE), \
               18446744073709551615, '' ORDER BY a";
    let result = shop.run(sql).unwrap().unwrap();
    assert_eq!(result.columns[..4], ["a", "-0.50", "1e0 / 3", "ž"]);
    assert_eq!(
        result.rows,
        [[
            number("1"),
            number("-0.50"),
            Cell::Float(1.0 / 3.0),
            text("ž🦀"),
            Cell::Null,
            Cell::Bytes(vec![0, 255]),
            number("1"),
            Cell::Bytes(vec![5]),
            text("2023-06-20"),
            number("18446744073709551615"),
            text(""),
        ]]
    );
    assert!(result.ordered);
    assert!(!shop.run("SELECT 1").unwrap().unwrap().ordered);
    shop.effect(
        "CREATE TABLE kinds (i TINYINT(1), z INT(5) ZEROFILL, d DECIMAL(10, 3), f FLOAT, b BIT(9), e ENUM('x', 'y'), \
         bin VARBINARY(9), bl BLOB, t TIME, y YEAR, j JSON, l VARCHAR(9) CHARACTER SET latin1, u UUID); \
         INSERT INTO kinds VALUES (TRUE, 7, 1.5, 0.1, 257, 'y', 'ab', 'c', '838:59:59', 2023, '{\"a\": 1}', 'é', \
         '123e4567-e89b-12d3-a456-426655440000')",
    );
    assert_eq!(
        shop.rows("SELECT * FROM kinds"),
        [[
            number("1"),
            number("00007"),
            number("1.500"),
            Cell::Float(0.1),
            number("257"),
            text("y"),
            Cell::Bytes(b"ab".into()),
            Cell::Bytes(b"c".into()),
            text("838:59:59"),
            number("2023"),
            text("{\"a\": 1}"),
            text("é"),
            text("123e4567-e89b-12d3-a456-426655440000"),
        ]]
    );
}

#[test]
fn the_surroundings_are_fixed() {
    let Some(mut shop) = Shop::new("") else { return };
    let row = shop.rows(
        "SELECT @@time_zone, @@character_set_client, @@collation_connection, @@collation_database, @@sql_mode, \
         @@innodb_lock_wait_timeout, @@lock_wait_timeout, @@skip_networking, DATABASE(), @@autocommit",
    );
    assert_eq!(row[0][..4], [text("+00:00"), text("utf8mb4"), text("utf8mb4_unicode_ci"), text("utf8mb4_unicode_ci")]);
    let mode = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION";
    assert_eq!(row[0][4..], [text(mode), number("5"), number("5"), number("1"), text("shop_production"), number("1")]);
}

#[test]
fn a_query_without_rows_is_not_the_same_as_no_query() {
    let Some(mut shop) = Shop::new("CREATE TABLE t (a INT)") else { return };
    for query in ["SELECT a FROM t", "SHOW TABLES LIKE 'nothing'"] {
        assert_eq!(shop.run(query).unwrap().map(|result| result.rows), Some(vec![]), "{query}");
    }
    for other in ["SET @x = 1", "DO 1", "# nothing", "/*! SET @y = 2 */"] {
        assert_eq!(shop.run(other), Ok(None), "{other}");
    }
    assert_eq!(shop.rows("SELECT @x, @y"), [[number("1"), number("2")]], "what such a comment holds is run");
}

#[test]
fn a_procedure_gives_its_results() {
    let Some(mut shop) = Shop::new(
        "CREATE TABLE t (a INT);
         CREATE PROCEDURE none () INSERT INTO t VALUES (1);
         CREATE PROCEDURE one () BEGIN INSERT INTO t VALUES (2); SELECT a FROM t ORDER BY a; END;
         CREATE PROCEDURE two () BEGIN SELECT 1; SELECT a AS b FROM t WHERE a > 9; SELECT 2; END;
         CREATE PROCEDURE fails () BEGIN SELECT 1; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not that'; END",
    ) else {
        return;
    };
    assert_eq!(shop.run("CALL none()"), Ok(None));
    assert_eq!(shop.rows("CALL one()"), [[number("1")], [number("2")]]);
    let far = Instant::now() + Duration::from_secs(60);
    let two = shop.database.execute("CALL two()", far, &AtomicBool::new(false)).unwrap();
    let shown = |result: &ResultSet| (result.columns.join(","), result.rows.clone());
    assert_eq!(
        two.iter().map(shown).collect::<Vec<_>>(),
        [("1".into(), vec![vec![number("1")]]), ("b".into(), vec![]), ("2".into(), vec![vec![number("2")]])]
    );
    let error = shop.error("CALL fails()");
    assert_eq!((error.codes.join(" "), error.message.as_str()), ("1644 45000".into(), "not that"));
    assert_eq!(shop.rows("SELECT 1"), [[number("1")]], "nothing of it is left over");
}

#[test]
fn errors_have_their_codes_and_point_at_the_right_byte() {
    let Some(mut shop) = Shop::new(
        "CREATE TABLE a (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL UNIQUE CHECK (name <> ''));
         CREATE TABLE b (a_id INT REFERENCES a (id)); INSERT INTO a VALUES (1, 'x'); INSERT INTO b VALUES (1)",
    ) else {
        return;
    };
    for (sql, codes) in [
        ("INSERT INTO a VALUES (2, '1234567890')", "1406 22001"),
        ("SELECT nmae, nmae FROM a", "1054 42S22"),
        ("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE b", "4166 HY000"),
    ] {
        let error = shop.error(sql);
        assert_eq!((error.codes.join(" ").as_str(), error.offset), (codes, None), "{sql}: {error}");
    }
    for (sql, pointed_at) in [
        ("SELECT 'žluťoučký 🦀' FORM a", "a"),
        ("SELECT /* ěšč */ id\nFORM a WHERE 1", "a WHERE 1"),
        ("SELECT id, id, id FROM a WHERE id id", "id"),
        ("SELECT 1; SELECT 2", "SELECT 2"),
        ("SELECT (", ""),
        ("/* one\ntwo */ SELECT 'ž'\n  FROM a,, b", "b"),
    ] {
        let error = shop.error(sql);
        assert_eq!(error.codes, ["1064", "42000"], "{sql}");
        assert_eq!(error.offset.map(|at| &sql[at..]), Some(pointed_at), "{sql}: {}", error.message);
    }
    for (sql, code, pointed_at) in [
        ("SELECT 'ž', nmae FROM a", "1054", "nmae FROM a"),
        ("SELECT 'ž' FROM `nothere`", "1146", "`nothere`"),
        ("SELECT 'ž', lowr(name) FROM a", "1305", "lowr(name) FROM a"),
    ] {
        let error = shop.error(sql);
        assert_eq!((error.codes[0].as_str(), error.offset.map(|at| &sql[at..])), (code, Some(pointed_at)), "{error}");
    }
    let sql = format!("SELECT 1 FORM a WHERE name IN ('ž{}') AND FORM", "x".repeat(300));
    assert_eq!(shop.error(&sql).offset, Some(14), "a message quotes 80 characters only");
}

#[test]
fn a_deadline_ends_a_statement_and_not_the_connection() {
    let Some(mut shop) = Shop::new("CREATE TABLE t (a INT) ") else { return };
    let running = AtomicBool::new(false);
    let soon = || Instant::now() + Duration::from_millis(100);
    shop.run("SET @kept = 5").unwrap();
    for sql in [
        "SELECT SLEEP(1000)",
        "SELECT BENCHMARK(1000000000000, md5('x'))",
        "INSERT INTO t SELECT a.seq FROM seq_1_to_1000000 AS a, seq_1_to_1000000 AS b",
    ] {
        assert_eq!(shop.database.execute(sql, soon(), &running), Err(StatementError::TimedOut), "{sql}");
        assert_eq!(shop.rows("SELECT @kept"), [[number("5")]], "the session goes on");
    }
    assert_eq!(shop.database.execute("SELECT 1", Instant::now(), &running), Err(StatementError::TimedOut));
    assert_eq!(shop.effect("INSERT INTO t VALUES (1)"), "t +1");
}

#[test]
fn a_row_may_be_larger_than_a_packet() {
    let Some(mut shop) = Shop::new("") else { return };
    let one = "SELECT 'end', repeat('x', 17000000)";
    assert_eq!(shop.rows(one)[0][1], Cell::Null, "MariaDB's own limit is 16 MiB a value");
    let two = "SELECT repeat('x', 16000000), repeat('y', 16000000), 'end'";
    assert!(shop.rows(two)[0][2] == text("end"), "a row of two packets");
}

#[test]
fn a_killed_connection_and_a_stopped_server_say_so() {
    let Some(mut shop) = Shop::new("") else { return };
    let mut other = shop.other();
    let id = match &shop.rows("SELECT connection_id()")[0][0] {
        Cell::Number(id) => id.clone(),
        other => panic!("{other:?}"),
    };
    other.ask(&format!("KILL {id}")).unwrap();
    let error = shop.error("SELECT 1");
    assert!(error.codes[0] == "2013" || error.codes[0] == "1927", "{error}");
    shop.database.reconnect().unwrap();
    assert_eq!(shop.rows("SELECT 1"), [[number("1")]]);
    let _ = other.ask("SHUTDOWN");
    drop(other);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(shop.error("SELECT 1").codes[0], "2013");
    let error = shop.database.committed().measure().unwrap_err();
    assert!(error.to_string().starts_with("cannot ask the server how busy it is: "), "{error}");
}

#[test]
fn a_wrong_name_is_answered_with_the_one_that_is_there() {
    let schema = "CREATE TABLE architectures (id INT PRIMARY KEY, name TEXT); CREATE TABLE flags (flag TEXT)";
    let Some(mut shop) = Shop::new(schema) else { return };
    for (statement, advice) in [
        ("SELECT a.nmae FROM architectures AS a", Some("did you mean `name`?")),
        ("SELECT name FROM architecture", Some("did you mean `architectures`?")),
        ("SELECT name FROM zebra", Some("the database has the tables `architectures`, `flags`")),
        ("SELECT quite_something FROM architectures", None),
        ("SELEC 1", None),
    ] {
        let Err(StatementError::Sql(error)) = shop.run(statement) else { panic!("{statement}") };
        assert_eq!(error.hint.as_deref(), advice, "{statement}: {}", error.message);
    }
}
