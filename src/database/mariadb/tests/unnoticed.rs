//! Changes that a shortcut could overlook: in tables so large that the server is asked whether they changed.

use super::*;

const FILL: &str = "SELECT seq FROM seq_1_to_300";

/// A page with `schema`, every table of which has 300 rows; nothing has touched them since their server started.
fn page(schema: &str, fill: &[&str]) -> Option<Shop> {
    if !is_installed() {
        return None;
    }
    let seed: Vec<String> = fill.iter().map(|table| format!("INSERT INTO {table} (id) {FILL};\n")).collect();
    let template = ground().prepare(&definition(schema, &seed.concat())).unwrap();
    let mut shop = Shop::open(&template);
    // The template goes with its room; the page has its own copy.
    assert_eq!(shop.effect(""), "none");
    Some(shop)
}

#[test]
fn parts_of_a_table_count() {
    let parts = "PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (100), PARTITION p1 VALUES LESS THAN (200),
                 PARTITION p2 VALUES LESS THAN MAXVALUE)";
    let schema = format!(
        "CREATE TABLE parts (id INT PRIMARY KEY, v INT) {parts};
         CREATE TABLE whole (id INT PRIMARY KEY, v INT)"
    );
    let Some(mut shop) = page(&schema, &["parts", "whole"]) else { return };
    assert_eq!(shop.effect("UPDATE parts SET v = 1 WHERE id = 250"), "parts ~1");
    assert_eq!(shop.effect("UPDATE parts SET v = 1 WHERE id = 1"), "parts ~1");
    assert_eq!(shop.effect("DELETE FROM parts WHERE id = 150"), "parts -1");
    assert_eq!(shop.effect("DELETE FROM whole WHERE id >= 100"), "whole -201");
    assert_eq!(shop.effect("UPDATE whole SET v = 2"), "whole ~99");
    let exchange = "ALTER TABLE parts EXCHANGE PARTITION p0 WITH TABLE whole";
    assert_eq!(shop.effect(exchange), "parts ~99, whole ~99");
    assert_eq!(shop.effect("UPDATE parts SET v = 3 WHERE id = 99"), "parts ~1");
    assert_eq!(shop.effect("ALTER TABLE parts TRUNCATE PARTITION p2"), "parts -101");
}

#[test]
fn rows_that_others_rows_change_count() {
    let schema = "CREATE TABLE a (id INT PRIMARY KEY, v INT);
                  CREATE TABLE b (id INT PRIMARY KEY, x INT,
                    FOREIGN KEY (id) REFERENCES a (id) ON DELETE CASCADE ON UPDATE CASCADE);
                  CREATE TABLE c (id INT PRIMARY KEY, b_id INT, FOREIGN KEY (b_id) REFERENCES b (id) ON DELETE SET NULL);
                  CREATE TABLE d (id INT, w INT);
                  CREATE TRIGGER t AFTER DELETE ON a FOR EACH ROW UPDATE d SET w = old.id WHERE id = old.id;
                  CREATE FUNCTION f (n INT) RETURNS INT MODIFIES SQL DATA
                    BEGIN DELETE FROM d WHERE id = n; RETURN n; END";
    let Some(mut shop) = page(schema, &["a", "b", "c", "d"]) else { return };
    assert_eq!(shop.effect("UPDATE c SET b_id = id"), "c ~300");
    assert_eq!(shop.effect("DELETE FROM a WHERE id = 7"), "a -1, b -1, c ~1, d +1 -1");
    assert_eq!(shop.effect("SELECT f(8)"), "d -1");
    assert_eq!(shop.effect("DO f(9)"), "d -1");
    assert_eq!(shop.effect("SET @x = f(10)"), "d -1");
    assert_eq!(shop.effect("PREPARE s FROM 'DELETE FROM d WHERE id = 11'; EXECUTE s"), "d -1");
    assert_eq!(shop.effect("DELETE d FROM d JOIN a ON a.id = d.id WHERE a.id = 12"), "d -1");
}

#[test]
fn a_table_rebuilt_emptied_or_taken_out_of_memory_counts() {
    let schema = "CREATE TABLE t (id INT PRIMARY KEY, v INT); CREATE TABLE u (id INT);
                  CREATE TABLE h (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING;
                  CREATE TABLE hidden (id INT PRIMARY KEY, v INT INVISIBLE)";
    let Some(mut shop) = page(schema, &["t", "u", "h", "hidden"]) else { return };
    assert_eq!(shop.effect("UPDATE t SET v = 1 WHERE id = 1; FLUSH TABLES"), "t ~1");
    assert_eq!(shop.effect("UPDATE t SET v = 2 WHERE id = 1; FLUSH TABLES; FLUSH STATUS"), "t ~1");
    assert_eq!(shop.effect("ALTER TABLE t ADD COLUMN w INT DEFAULT 4, ALGORITHM = INSTANT"), "t ~300, schema");
    assert_eq!(
        shop.effect("ALTER TABLE t DROP COLUMN w, ALGORITHM = INSTANT; UPDATE t SET v = 3 WHERE id = 2"),
        "t ~300, schema"
    );
    assert_eq!(shop.effect("TRUNCATE TABLE u; INSERT INTO u SELECT seq FROM seq_2_to_301"), "u +1 -1");
    assert_eq!(shop.effect("UPDATE u SET id = 0 WHERE id = 301"), "u +1 -1");
    assert_eq!(shop.effect("OPTIMIZE TABLE u; UPDATE u SET id = 1 WHERE id = 0"), "u +1 -1");
    assert_eq!(shop.effect("UPDATE h SET v = 1 WHERE id = 1"), "h ~1");
    assert_eq!(shop.effect("DELETE HISTORY FROM h"), "none");
    assert_eq!(shop.effect("UPDATE hidden SET v = 1 WHERE id = 1"), "hidden ~1");
    assert_eq!(shop.effect("CREATE DATABASE beside; RENAME TABLE u TO beside.u"), "beside.u +300, u -300, schema");
    assert_eq!(shop.effect("DELETE FROM beside.u WHERE id = 1"), "beside.u -1");
    assert_eq!(shop.effect("XA START 'x'; DELETE FROM t WHERE id = 1; XA END 'x'; XA PREPARE 'x'"), "none");
    assert_eq!(shop.effect("XA COMMIT 'x'"), "t -1");
    assert_eq!(shop.effect("XA START 'y'; DELETE FROM t WHERE id = 2; XA END 'y'; XA COMMIT 'y' ONE PHASE"), "t -1");
}

#[test]
fn tables_without_transactions_count() {
    let schema = "CREATE TABLE m (id INT PRIMARY KEY, v INT) ENGINE = MyISAM; CREATE TABLE a (id INT) ENGINE = Aria;
                  CREATE TABLE e (id INT) ENGINE = MEMORY; CREATE TABLE i (id INT PRIMARY KEY)";
    let Some(mut shop) = page(schema, &["m", "a", "i"]) else { return };
    assert_eq!(shop.effect("UPDATE m SET v = 1 WHERE id = 5"), "m ~1");
    assert_eq!(shop.effect("BEGIN; DELETE FROM m WHERE id = 5; DELETE FROM i WHERE id = 5"), "m -1");
    assert_eq!(shop.effect("ROLLBACK"), "none");
    assert_eq!(shop.effect("INSERT INTO e SELECT id FROM a; DELETE FROM a"), "a -300, e +300");
    assert_eq!(shop.effect("TRUNCATE TABLE e; FLUSH TABLES; REPAIR TABLE m"), "e -300");
}

#[test]
fn accounts_count_however_they_are_changed() {
    let Some(mut shop) = Shop::new("CREATE TABLE t (a INT)") else { return };
    assert_eq!(shop.effect("CREATE USER u@localhost; CREATE ROLE r; GRANT r TO u@localhost"), "schema");
    assert_eq!(shop.effect("SET PASSWORD FOR u@localhost = PASSWORD('x')"), "schema");
    assert_eq!(shop.effect("SET DEFAULT ROLE r FOR u@localhost"), "schema");
    let by_hand = "UPDATE mysql.global_priv SET priv = json_set(priv, '$.account_locked', true) WHERE user = 'u'";
    assert_eq!(shop.effect(by_hand), "schema");
    assert_eq!(shop.effect("INSERT INTO t VALUES (1)"), "t +1");
}

#[test]
fn accounts_count_whatever_leads_to_them() {
    let lock =
        "SET priv = json_set(priv, '$.account_locked', NOT json_value(priv, '$.account_locked')) WHERE user = 'u'";
    for (schema, first, change) in [
        ("CREATE TABLE further (a INT)", "", format!("UPDATE `mysql`.global_priv {lock}")),
        // A view and a trigger, whose statements stand in their definitions.
        ("CREATE VIEW accounts AS SELECT * FROM mysql.global_priv", "", format!("UPDATE accounts {lock}")),
        (
            &*format!(
                "CREATE TRIGGER locks AFTER INSERT ON t FOR EACH ROW UPDATE mysql.global_priv {lock};
                 CREATE TABLE further (a INT)"
            ),
            "",
            "INSERT INTO t VALUES (1)".into(),
        ),
        // Where the tables of the server's own are what names alone mean.
        ("CREATE TABLE further (a INT)", "USE mysql", format!("UPDATE global_priv {lock}")),
        (
            "CREATE TABLE further (a INT)",
            "EXECUTE IMMEDIATE concat('USE my', 'sql')",
            format!("UPDATE global_priv {lock}"),
        ),
        (
            "CREATE TABLE further (a INT)",
            "SET STATEMENT max_statement_time = 9 FOR EXECUTE IMMEDIATE concat('USE my', 'sql')",
            format!("UPDATE global_priv {lock}"),
        ),
    ] {
        let schema = format!("CREATE TABLE t (a INT); {schema}; CREATE USER u@localhost ACCOUNT LOCK");
        let Some(mut shop) = Shop::new(&schema) else { return };
        for script in [first, "INSERT INTO shop_production.further VALUES (1)"] {
            if !script.is_empty() && schema.contains("further") {
                shop.measured(script);
            }
        }
        for _ in 0..2 {
            let effect = shop.effect(&change);
            assert!(effect.ends_with("schema"), "{change}: {effect}");
        }
    }
}

#[test]
fn two_names_that_look_alike_are_two() {
    let Some(mut shop) = Shop::new(
        "CREATE TABLE Goods (id INT PRIMARY KEY); CREATE TABLE goods (id INT PRIMARY KEY);
         CREATE TABLE nazev (id INT PRIMARY KEY); CREATE TABLE název (id INT PRIMARY KEY);
         CREATE DATABASE a; CREATE TABLE a.b (id INT PRIMARY KEY); CREATE TABLE `a.b` (id INT PRIMARY KEY)",
    ) else {
        return;
    };
    for table in ["Goods", "goods", "nazev", "název", "a.b", "`a.b`"] {
        let effect = shop.measured(&format!("INSERT INTO {table} VALUES (1), (2)"));
        let told = effect.promise().to_string();
        assert!(told.contains("+2") && !told.contains(','), "{table}: {told}");
        assert!(effect.tables.values().all(|table| table.columns == ["id"]), "{table}: {effect:?}");
    }
}

#[test]
fn a_definition_that_is_changed_meanwhile_counts() {
    let Some(mut shop) = page("CREATE TABLE t (id INT PRIMARY KEY, v INT)", &["t"]) else { return };
    let mut other = shop.other();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for n in 0..30 {
                other.ask(&format!("ALTER TABLE t ADD COLUMN c{n} INT DEFAULT 1, ALGORITHM = COPY")).unwrap();
                other.ask("TRUNCATE TABLE t").unwrap();
                other.ask(&format!("INSERT INTO t (id) {FILL}")).unwrap();
            }
        });
        for _ in 0..200 {
            shop.database.committed().measure().unwrap();
        }
    });
    shop.database.committed().measure().unwrap();
    assert_eq!(shop.database.committed().since_remembered().unwrap().promise().to_string(), "t ~300, schema");
}

/// How often the server was asked what it has counted, this time included. Asking how busy it is counts, too, and is what
/// every look begins with.
fn asked(shop: &mut Shop) -> u64 {
    match shop.rows("SHOW GLOBAL STATUS LIKE 'Com_show_status'").concat().pop() {
        Some(Cell::Text(asked)) => asked.parse().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_server_is_asked_what_it_has_counted_only_if_somebody_else_was_there() {
    let Some(mut shop) = page("CREATE TABLE t (id INT, v INT)", &["t"]) else { return };
    let before = asked(&mut shop);
    // What the page itself has asked could be anything, and is counted.
    assert_eq!(shop.effect(""), "none");
    for statement in ["INSERT INTO t VALUES (0, 0)", "UPDATE t SET v = 1 WHERE id = 0", "DELETE FROM t WHERE id = 0"] {
        assert_ne!(shop.effect(statement), "none", "{statement}");
        assert_eq!(shop.effect(""), "none");
    }
    assert_eq!(asked(&mut shop), before + 2 + 7, "seven looks, of which one asked");
    assert_eq!(shop.effect(""), "none");
    let mut other = shop.other();
    other.ask("DO 1").unwrap();
    assert_eq!(shop.effect("INSERT INTO t VALUES (0, 0)"), "t +1");
    assert_eq!(asked(&mut shop), before + 5 + 9, "two looks more, both of which asked");
}

#[test]
fn what_somebody_does_who_came_and_went_counts() {
    let schema = "CREATE TABLE t (id INT PRIMARY KEY, v INT); CREATE TABLE u (id INT)";
    let Some(mut shop) = page(schema, &["t", "u"]) else { return };
    let mut id = 1000;
    for (theirs, effect) in [
        ("DO 1", "t +1"),
        ("DELETE FROM u WHERE id = 5", "t +1, u -1"),
        ("ALTER TABLE u COMMENT = 'theirs'", "t +1, schema"),
        ("CREATE VIEW w AS SELECT 1", "t +1, schema"),
        ("CREATE USER somebody", "t +1, schema"),
        ("INSERT INTO u VALUES (5)", "t +1, u +1"),
    ] {
        id += 1;
        // In both orders, and so that the page asks as often as the other one did.
        let mut other = shop.other();
        other.ask(theirs).unwrap();
        drop(other);
        assert_eq!(shop.effect(&format!("INSERT INTO t VALUES ({id}, 1)")), effect, "{theirs}");
        assert_eq!(shop.effect(""), "none", "{theirs}");
    }
    shop.run("INSERT INTO t VALUES (1, 1)").unwrap_err();
    assert_eq!(shop.effect(""), "none");
    // Somebody who stays, and commits while the page looks elsewhere.
    let mut other = shop.other();
    other.ask("BEGIN").unwrap();
    other.ask("DELETE FROM u WHERE id = 6").unwrap();
    assert_eq!(shop.effect("DELETE FROM t WHERE id = 1001"), "t -1");
    other.ask("COMMIT").unwrap();
    drop(other);
    assert_eq!(shop.effect("DELETE FROM t WHERE id = 1002"), "t -1, u -1");
}

#[test]
fn what_the_server_does_by_itself_counts() {
    let schema = "CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE m (id INT) ENGINE = MyISAM";
    let Some(mut shop) = Shop::new(schema) else { return };
    shop.run("SET GLOBAL event_scheduler = ON").unwrap();
    let event =
        "CREATE EVENT e ON SCHEDULE EVERY 1 SECOND STARTS now() + INTERVAL 1 SECOND DO INSERT IGNORE INTO t VALUES (7)";
    assert_eq!(shop.effect(event), "schema");
    let mut told = Vec::new();
    while told.is_empty() {
        std::thread::sleep(Duration::from_millis(20));
        told.extend(Some(shop.effect("DELETE FROM t WHERE id = 8")).filter(|effect| effect != "none"));
    }
    assert_eq!(told, ["t +1"]);
    assert_eq!(shop.effect("DROP EVENT e; SET GLOBAL event_scheduler = OFF"), "schema");
    shop.run("INSERT DELAYED INTO m VALUES (1)").unwrap();
    let mut told = vec![shop.effect("")];
    while told.last().is_none_or(|told| told == "none") {
        std::thread::sleep(Duration::from_millis(5));
        told.push(shop.effect(""));
    }
    assert_eq!(told.last().map(String::as_str), Some("m +1"));
}
