//! Where statements begin and end, by each engine's rules.

use super::*;

fn check(engine: Engine, text: &str, expected: &[&str]) {
    let cut: Vec<&str> = statements(text, engine).iter().map(|span| &text[span.start..span.end]).collect();
    assert_eq!(cut, expected, "{engine}: {text}");
}

#[test]
fn statements_are_trimmed_and_comments_around_them_left_out() {
    for engine in Engine::ALL {
        check(engine, "", &[]);
        check(engine, " ;; \n; -- only\n/* comments */ ;", &[]);
        check(engine, "SELECT 1", &["SELECT 1"]);
        check(engine, "-- why\nSELECT 1 ; /* then */\n\nSELECT 2 -- last\n;", &["SELECT 1", "SELECT 2"]);
        check(engine, "SELECT /* ; */ 1 -- ;\n + 2;", &["SELECT /* ; */ 1 -- ;\n + 2"]);
        check(engine, "SELECT 'a;''b;'; SELECT 2", &["SELECT 'a;''b;'", "SELECT 2"]);
        check(engine, "SELECT 'čž;🦀'; SELECT '🦀'", &["SELECT 'čž;🦀'", "SELECT '🦀'"]);
        check(engine, "SELECT 'open; SELECT 2", &["SELECT 'open; SELECT 2"]);
        check(engine, "\u{feff}SELECT 1; SELECT 2", &["SELECT 1", "SELECT 2"]);
        check(engine, "BEGIN; UPDATE t SET a = 1; COMMIT;", &["BEGIN", "UPDATE t SET a = 1", "COMMIT"]);
    }
}

#[test]
fn each_engine_has_its_own_quotes_and_comments() {
    check(Engine::Sqlite, r#"SELECT 'a\'; SELECT [;"], `;`, ";""#, &[r"SELECT 'a\'", r#"SELECT [;"], `;`, ";""#]);
    check(
        Engine::Mariadb,
        r#"SELECT 'a\'; b', "c\";", `;`; SELECT 2"#,
        &[r#"SELECT 'a\'; b', "c\";", `;`"#, "SELECT 2"],
    );
    check(Engine::Postgres, r"SELECT 'a\'; SELECT E'a\'; b'", &[r"SELECT 'a\'", r"SELECT E'a\'; b'"]);
    check(Engine::Mariadb, "SELECT 5--3;SELECT 2 # ;\n--\n;", &["SELECT 5--3", "SELECT 2"]);
    check(Engine::Sqlite, "SELECT 5--3;\n;", &["SELECT 5"]);
    check(Engine::Postgres, "SELECT /* /* ; */ ; */ 1; /* */ ; */", &["SELECT /* /* ; */ ; */ 1", "*/"]);
    check(Engine::Sqlite, "SELECT /* /* ; */ 1; SELECT 2", &["SELECT /* /* ; */ 1", "SELECT 2"]);
    check(
        Engine::Postgres,
        "SELECT $$;$$, $a$ $$;$$ ;$a$, $1; SELECT 2",
        &["SELECT $$;$$, $a$ $$;$$ ;$a$, $1", "SELECT 2"],
    );
    check(Engine::Postgres, "SELECT a$b$; SELECT c$b$", &["SELECT a$b$", "SELECT c$b$"]);
    check(
        Engine::Mariadb,
        "/*!40101 SET a = '*/;' /* ; */ */; /* ; */ SELECT 1",
        &["/*!40101 SET a = '*/;' /* ; */ */", "SELECT 1"],
    );
    check(Engine::Sqlite, "/*!40101 SET a = 1 */; SELECT 1", &["SELECT 1"]);
}

#[test]
fn sqlite_triggers_are_one_statement() {
    let trigger = "CREATE TEMP TRIGGER IF NOT EXISTS t AFTER DELETE ON a BEGIN\n\
                   SELECT CASE WHEN old.x THEN 1 ELSE 2 END;\n  DELETE FROM b WHERE c = ';END;'; /* ;END; */\nEND";
    check(Engine::Sqlite, &format!("{trigger};\nSELECT 1;"), &[trigger, "SELECT 1"]);
    check(Engine::Sqlite, "CREATE TABLE trigger_log (a); SELECT 1", &["CREATE TABLE trigger_log (a)", "SELECT 1"]);
    check(Engine::Sqlite, "CREATE TRIGGER x BEGIN SELECT 1; SELECT 2", &["CREATE TRIGGER x BEGIN SELECT 1; SELECT 2"]);
}

/// A `;` of ours ends a statement exactly where `sqlite3_complete` says so, and nowhere else.
#[test]
fn sqlite_agrees() {
    #[expect(unsafe_code, reason = "rusqlite has no wrapper for sqlite3_complete, the reference this is compared with")]
    fn is_complete(text: &str) -> bool {
        let text = std::ffi::CString::new(text).unwrap();
        // SAFETY: the pointer is to a NUL-terminated string that outlives the call.
        unsafe { rusqlite::ffi::sqlite3_complete(text.as_ptr()) == 1 }
    }
    let pieces = [
        "CREATE ",
        "TEMP ",
        "TRIGGER ",
        "EXPLAIN ",
        "QUERY PLAN ",
        "BEGIN ",
        "END",
        "SELECT 1",
        ";",
        ";",
        ";",
        "\n",
        " ",
        "-- ;\n",
        "/* ; */",
        "';'",
        "\";\"",
        "[;]",
        "`;`",
        "CASE x END",
        "end",
        "ž",
        "trigger",
        "'",
        "temporary ",
    ];
    let mut random = Lcg(7);
    for _ in 0..3000 {
        let text: String = (0..12).map(|_| pieces[random.below(pieces.len())]).collect();
        let spans = statements(&text, Engine::Sqlite);
        // Walk over the text as a client does: the first `;` that completes what was read so far ends the statement.
        let mut start = 0;
        let mut expected = Vec::new();
        for (at, _) in text.match_indices(';') {
            if is_complete(&text[start..=at]) {
                expected.push(start..at);
                start = at + 1;
            }
        }
        expected.push(start..text.len());
        expected.retain(|part| !statements(&text[part.clone()], Engine::Sqlite).is_empty());
        assert_eq!(spans.len(), expected.len(), "{text:?}");
        for (span, part) in spans.iter().zip(expected) {
            assert!(part.start <= span.start && span.end <= part.end, "{text:?}: {span:?} not in {part:?}");
        }
    }
}

#[test]
fn mariadb_bodies_are_one_statement() {
    for body in [
        "CREATE PROCEDURE p() BEGIN SELECT 1; BEGIN SELECT 2; END; END",
        "CREATE OR REPLACE DEFINER=`root`@localhost FUNCTION f(n INT) RETURNS INT BEGIN \
         IF n > 1 THEN SET n = IF(n, 2, 3); ELSEIF n THEN SET n = 0; ELSE IF n THEN SET n = 1; END IF; END IF; \
         WHILE n > 0 DO SET n = n - 1; END WHILE; l: LOOP LEAVE l; END LOOP; REPEAT SET n = 1; UNTIL n END REPEAT; \
         CASE n WHEN 1 THEN SELECT CASE WHEN n THEN 1 END; ELSE BEGIN END; END CASE; RETURN REPEAT('x', 3); END",
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.end = 1; SET NEW.begin = 2; END",
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW IF NEW.a THEN SET NEW.a = 1; END IF",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM a; DELETE FROM b; END",
        "BEGIN NOT ATOMIC SELECT 1; SELECT 2; END",
        "IF 1 THEN SELECT 1; SELECT 2; END IF",
        "FOR i IN 1..2 DO SELECT i; END FOR",
    ] {
        check(Engine::Mariadb, &format!("{body}; SELECT 'next';"), &[body, "SELECT 'next'"]);
    }
    check(Engine::Mariadb, "CREATE TABLE event (begin INT); SELECT 1", &["CREATE TABLE event (begin INT)", "SELECT 1"]);
    check(
        Engine::Mariadb,
        "CREATE DEFINER=event@x VIEW v AS SELECT 1; SELECT 1",
        &["CREATE DEFINER=event@x VIEW v AS SELECT 1", "SELECT 1"],
    );
    check(Engine::Mariadb, "CREATE PROCEDURE p() SELECT 1; SELECT 2", &["CREATE PROCEDURE p() SELECT 1", "SELECT 2"]);
    check(Engine::Mariadb, "BEGIN; SELECT 1; COMMIT", &["BEGIN", "SELECT 1", "COMMIT"]);
}

#[test]
fn postgres_bodies_are_one_statement() {
    for body in [
        "CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE a WHEN 1 THEN 2 END; END",
        "CREATE OR REPLACE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC DELETE FROM a; DELETE FROM b; END",
        "CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END; $$ LANGUAGE plpgsql",
        "CREATE RULE r AS ON INSERT TO a DO ALSO (DELETE FROM b; DELETE FROM c)",
        "DO $body$ BEGIN PERFORM 1; END $body$",
    ] {
        check(Engine::Postgres, &format!("{body}; SELECT 2;"), &[body, "SELECT 2"]);
    }
    check(Engine::Postgres, "CREATE TABLE atomic (a int); SELECT 1", &["CREATE TABLE atomic (a int)", "SELECT 1"]);
    check(Engine::Postgres, "SELECT 1; BEGIN; END; SELECT 2", &["SELECT 1", "BEGIN", "END", "SELECT 2"]);
}

#[test]
fn only_an_order_of_its_own_counts() {
    for engine in Engine::ALL {
        for sql in [
            "SELECT a FROM t ORDER BY a",
            "select a from t order /* by */ by a limit 1",
            "WITH x AS (SELECT 1) SELECT * FROM x ORDER BY 1",
            "SELECT 1 UNION SELECT 2 ORDER BY 1",
            "VALUES (2), (1) ORDER BY 1",
            "(SELECT a FROM t ORDER BY a)",
        ] {
            assert!(is_ordered(sql, engine), "{sql}");
        }
        for sql in [
            "SELECT a FROM t",
            "SELECT * FROM (SELECT a FROM t ORDER BY a) x",
            "WITH x AS (SELECT 1 ORDER BY 1) SELECT * FROM x",
            "SELECT row_number() OVER (ORDER BY a) FROM t",
            "SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY a)",
            "SELECT group_concat(a ORDER BY a) FROM t",
            "SELECT 'ORDER BY', \"order by\" FROM t -- ORDER BY a",
            "(SELECT 1 ORDER BY 1) UNION (SELECT 2 ORDER BY 1)",
            "DELETE FROM t ORDER BY a LIMIT 1",
            "WITH x AS (SELECT 1) DELETE FROM t WHERE a IN x ORDER BY a",
            "",
            ")",
        ] {
            assert!(!is_ordered(sql, engine), "{sql}");
        }
    }
}

#[test]
fn client_commands_are_recognised_where_a_statement_starts() {
    let found = |text: &str, engine| {
        client_command(text, engine).map(|(span, name)| (text[span.start..span.end].to_owned(), name))
    };
    let same = |word: &str| Some((word.to_owned(), word.to_owned()));
    assert_eq!(found(".mode table\nSELECT 1;", Engine::Sqlite), same(".mode"));
    assert_eq!(found("SELECT 1;\n-- now\n.headers on", Engine::Sqlite), same(".headers"));
    assert_eq!(found("SELECT t.mode, .5 FROM t; SELECT '.mode'", Engine::Sqlite), None);
    assert_eq!(found("SELECT 1;\n\\copy t FROM 'x'", Engine::Postgres), same("\\copy"));
    assert_eq!(found("SELECT 1 \\gx", Engine::Postgres), same("\\gx"));
    assert_eq!(found("SELECT '\\copy', $$\\copy$$", Engine::Postgres), None);
    assert_eq!(found("COPY t (a) FROM stdin;", Engine::Postgres).unwrap().0, "COPY");
    assert_eq!(found("COPY t FROM '/x.csv';", Engine::Postgres), None);
    assert_eq!(found("SELECT 1;\ndelimiter //\nCREATE …", Engine::Mariadb), same("delimiter"));
    assert_eq!(found("SELECT \\N FROM t\\G", Engine::Mariadb), same("\\G"));
    assert_eq!(found("\\! ls", Engine::Postgres), same("\\!"));
    assert_eq!(found("SELECT \\N, delimiter, status FROM t; USE x; HELP 'y'", Engine::Mariadb), None);
}

#[test]
fn what_is_never_closed_is_found_at_its_opening_mark() {
    let found = |text: &str, engine| {
        unterminated(text, engine)
            .map(|(span, kind)| (&text[..span.end], kind))
            .map(|(before, kind)| (before.to_owned(), kind))
    };
    for engine in Engine::ALL {
        assert_eq!(found("SELECT 'ž' || 'it''s", engine), Some(("SELECT 'ž' || '".into(), Unterminated::Text)));
        assert_eq!(found("SELECT 1 /* never", engine), Some(("SELECT 1 /*".into(), Unterminated::Comment)));
        assert_eq!(found("SELECT 'a', 1 /* b */ -- c", engine), None);
    }
    assert_eq!(found("SELECT [a", Engine::Sqlite), Some(("SELECT [".into(), Unterminated::Name)));
    assert_eq!(found("SELECT \"a", Engine::Sqlite), Some(("SELECT \"".into(), Unterminated::Name)));
    assert_eq!(found("SELECT \"a", Engine::Mariadb), Some(("SELECT \"".into(), Unterminated::Text)));
    assert_eq!(found("SELECT 'a\\'", Engine::Mariadb), Some(("SELECT '".into(), Unterminated::Text)));
    assert_eq!(found("SELECT E'a\\'", Engine::Postgres), Some(("SELECT E'".into(), Unterminated::Text)));
    assert_eq!(found("SELECT $x$ $$", Engine::Postgres), Some(("SELECT $x$".into(), Unterminated::Text)));
    assert_eq!(found("/* /* */", Engine::Postgres), Some(("/*".into(), Unterminated::Comment)));
    assert_eq!(found("/*! SELECT 1", Engine::Mariadb), Some(("/*".into(), Unterminated::Comment)));
}

#[test]
fn the_token_under_an_offset() {
    let text = "SELECT 'žž', nmae FROM t";
    let at = |needle: &str| {
        let span = token_at(text, text.find(needle).unwrap(), Engine::Sqlite);
        &text[span.start..span.end]
    };
    assert_eq!(at("nmae"), "nmae");
    assert_eq!(at("mae"), "nmae");
    assert_eq!(at("'ž"), "'žž'");
    assert_eq!(token_at(text, 99, Engine::Sqlite), Span::new(text.len(), text.len()));
}

/// Whatever the text, the tokens cover it and nothing panics.
#[test]
fn any_text_is_cut_into_tokens_without_gaps() {
    let pieces =
        ["'", "\"", "`", "[", "]", "\\", "$", "a$", "$$", "/*", "/*!", "*/", "--", "#", "\n", "ž", "E'", ";", ":", "x"];
    let mut random = Lcg(11);
    for _ in 0..3000 {
        let text: String = (0..14).map(|_| pieces[random.below(pieces.len())]).collect();
        for engine in Engine::ALL {
            let mut at = 0;
            for token in tokens(&text, engine) {
                assert_eq!(token.span.start, at, "{engine} {text:?}");
                assert!(token.span.end > at && text.is_char_boundary(token.span.end), "{engine} {text:?}");
                at = token.span.end;
            }
            assert_eq!(at, text.len());
            let _ = (statements(&text, engine), unterminated(&text, engine), is_ordered(&text, engine));
            let _ = client_command(&text, engine);
        }
    }
}

/// A small generator of the same numbers every time.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}
