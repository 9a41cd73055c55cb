//! Schema and seed: what they make, and what is said about one that does not load.

use super::dialect::Dialect;
use super::page::{NAME, Page, prepare};
use super::{number, text};
use crate::database::PrepareError;
use crate::expect::Cell;

on_each_engine!(
    a_page_begins_with_what_the_scripts_made,
    a_database_may_be_empty,
    a_mistake_is_marked_in_its_script,
    a_row_that_is_refused_is_marked,
    a_script_is_whole,
    the_version_is_the_engines,
);

fn a_page_begins_with_what_the_scripts_made(on: Dialect) {
    let schema = format!(
        "-- žž ; no end\n{}\nCREATE TABLE texts ({}, v VARCHAR(20));\nCREATE VIEW names AS SELECT name FROM parents;",
        on.family(),
        on.counted()
    );
    let seed = "INSERT INTO texts (v) VALUES ('a;b'), ('ž🦀'), (NULL);\n/* the end */";
    let prepared = prepare(on.engine, NAME, &schema, seed).unwrap();
    let tables: Vec<String> =
        prepared.tables().into_iter().map(|table| format!("{} {:?}", table.name, table.key)).collect();
    assert_eq!(tables, [r#"children ["id"]"#, "log []", r#"parents ["id"]"#, r#"texts ["id"]"#]);
    let (mut one, mut two) = (Page::open(&*prepared, on.engine, NAME), Page::open(&*prepared, on.engine, NAME));
    assert_eq!((one.effect(""), one.since()), ("none".into(), "none".into()));
    let rows = [[number("1"), text("a;b")], [number("2"), text("ž🦀")], [number("3"), Cell::Null]];
    assert_eq!(one.rows("SELECT id, v FROM texts ORDER BY id"), rows);
    assert_eq!(one.effect("INSERT INTO texts (v) VALUES ('next')"), "texts +1");
    assert_eq!(one.rows("SELECT max(id) FROM texts"), [[number("4")]], "counting goes on");
    assert_eq!(one.effect("DELETE FROM parents WHERE id = 1"), "children -2, log +1, parents -1");
    assert_eq!(two.rows("SELECT id, v FROM texts ORDER BY id"), rows);
    assert_eq!(two.effect(""), "none");
    drop(prepared);
    assert_eq!(two.effect("DELETE FROM texts"), "texts -3", "a page does not need what it was copied from");
}

fn a_database_may_be_empty(on: Dialect) {
    for (schema, seed) in [("", ""), ("-- nothing yet\n", "/* nor here */ ;\n")] {
        let prepared = prepare(on.engine, NAME, schema, seed).unwrap();
        let mut page = Page::open(&*prepared, on.engine, NAME);
        assert_eq!((page.effect(""), page.since()), ("none".into(), "none".into()));
        assert_eq!(page.database.committed().counters().unwrap().len(), 0);
        assert_eq!(page.effect("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)"), "t +1, schema");
    }
}

/// The place and the text that are marked, the code, and what is said.
fn mistake(on: Dialect, schema: &str, seed: &str) -> (String, String, String) {
    match prepare(on.engine, NAME, schema, seed).map(|_| ()) {
        Err(PrepareError::Script { file, span, code, message, .. }) => {
            let place = format!("{}:{} {}", file.path(), file.location(span.start), file.slice(span));
            (place, code.unwrap_or_default(), message)
        }
        other => panic!("{schema} {seed}: {other:?}"),
    }
}

fn a_mistake_is_marked_in_its_script(on: Dialect) {
    let syntax = on.pick(["SQLITE_ERROR", "1064", "42601"]);
    let (place, code, _) =
        mistake(on, "-- žž\nCREATE TABLE t (a INTEGER);\nCREATE TABLE ž (a INTEGER,, b INTEGER);\n", "");
    // MariaDB quotes what comes after the comma.
    let expected = on.pick(["schema.sql:3:27 ,", "schema.sql:3:29 b", "schema.sql:3:27 ,"]);
    assert_eq!((place.as_str(), code.as_str()), (expected, syntax));
    let table = "CREATE TABLE t (a INTEGER);\r\n";
    let (place, code, message) = mistake(on, table, "INSERT INTO t VALUES (1);\r\nSELECT 'žž🦀', nmae FROM t;\r\n");
    assert_eq!((place.as_str(), code.as_str()), ("seed.sql:2:15 nmae", on.pick(["SQLITE_ERROR", "1054", "42703"])));
    assert!(message.contains("nmae"), "{message}");
}

fn a_row_that_is_refused_is_marked(on: Dialect) {
    let keys = "CREATE TABLE a (id INTEGER PRIMARY KEY);
                CREATE TABLE b (a_id INTEGER, FOREIGN KEY (a_id) REFERENCES a (id));";
    let (place, code, message) = mistake(on, keys, "INSERT INTO a VALUES (1); /* ž */  INSERT INTO a VALUES (1), (2);");
    assert_eq!(place, "seed.sql:1:36 INSERT INTO a VALUES (1), (2)");
    assert_eq!(code, on.pick(["SQLITE_CONSTRAINT_PRIMARYKEY", "1062", "23505"]), "{message}");
    let (place, code, message) =
        mistake(on, keys, "INSERT INTO a VALUES (1);\nINSERT INTO b VALUES (1);\n\tINSERT INTO b VALUES (7);");
    assert_eq!(place, "seed.sql:3:2 INSERT INTO b VALUES (7)");
    assert_eq!(code, on.pick(["SQLITE_CONSTRAINT_FOREIGNKEY", "1452", "23503"]), "{message}");
}

fn a_script_is_whole(on: Dialect) {
    let table = "CREATE TABLE t (a INTEGER);";
    let (place, code, message) = mistake(on, &format!("{table}\n/* ž */ INSERT INTO t VALUES ('x);"), "");
    assert_eq!((place.as_str(), code.as_str()), ("schema.sql:2:31 '", ""));
    assert_eq!(message, "a string is opened here and never closed");
    let (place, code, message) = mistake(on, table, "BEGIN; INSERT INTO t VALUES (1);");
    assert_eq!((place.as_str(), code.as_str()), ("seed.sql:1:8 INSERT INTO t VALUES (1)", ""));
    assert_eq!(message, "the script ends with a transaction open");
    let (command, program) =
        on.pick([(".import x t", "sqlite3"), ("DELIMITER //", "mariadb"), ("\\connect x", "psql")]);
    let (place, code, message) = mistake(on, &format!("{table}\n{command}\n"), "");
    let word = command.split(' ').next().unwrap();
    assert!(place.starts_with(&format!("schema.sql:2:1 {word}")), "{place}");
    assert!(code.is_empty() || on.pick([false, false, true]), "{code}");
    assert!(message.contains(word) && message.contains(program), "{message}");
}

fn the_version_is_the_engines(on: Dialect) {
    let prepared = prepare(on.engine, NAME, "", "").unwrap();
    let version = prepared.engine_version();
    let number = version.strip_prefix(on.pick(["SQLite ", "MariaDB ", "PostgreSQL "])).expect(&version).to_owned();
    assert!(number.starts_with(|first: char| first.is_ascii_digit()), "{version}");
    let asked = on.pick(["SELECT sqlite_version()", "SELECT VERSION()", "SHOW server_version"]);
    let told = Page::open(&*prepared, on.engine, NAME).rows(asked)[0][0].written();
    assert!(told.starts_with(&number), "{told} is not {version}");
}
