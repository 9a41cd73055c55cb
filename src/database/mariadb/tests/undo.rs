//! Counters and transactions as only MariaDB has them.

use super::*;

const GOODS: &str = "
    CREATE TABLE goods (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20));
    CREATE TABLE log (what VARCHAR(20));
    INSERT INTO goods VALUES (1, 'bread'), (2, 'milk')";

#[test]
fn counters_only_go_forward() {
    let Some(mut shop) = Shop::new(GOODS) else { return };
    let counters = |shop: &mut Shop| {
        let counters = shop.database.committed().counters().unwrap();
        counters.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(counters(&mut shop), "goods=3");
    shop.database.committed().remember().unwrap();
    shop.effect("INSERT INTO goods (name) VALUES ('jam'); DELETE FROM goods WHERE name = 'jam'");
    assert!(
        shop.database.committed().since_remembered().unwrap().is_none(),
        "the rows are gone, the number is no schema"
    );
    assert_eq!(counters(&mut shop), "goods=4");
    assert_eq!(shop.effect("CREATE SEQUENCE s INCREMENT BY 1 NOCACHE"), "schema");
    let before = counters(&mut shop);
    shop.run("SELECT NEXT VALUE FOR s").unwrap();
    assert_ne!(counters(&mut shop), before);
    assert_eq!(shop.effect(""), "none");
}

#[test]
fn statements_that_end_a_transaction_and_begin_one_change_its_number() {
    let Some(mut shop) = Shop::new(GOODS) else { return };
    shop.run("BEGIN").unwrap();
    let first = shop.database.transaction();
    assert!(first.is_some());
    shop.run("BEGIN").unwrap();
    let second = shop.database.transaction();
    assert!(second.is_some() && second != first, "BEGIN commits what was open");
    shop.run("COMMIT AND CHAIN").unwrap();
    let third = shop.database.transaction();
    assert!(third.is_some() && third != second);
    shop.run("CREATE TABLE t (a INT)").unwrap();
    assert_eq!(shop.database.transaction(), None, "DDL commits by itself");
    assert_eq!(shop.effect(""), "schema");
    shop.run("SET autocommit = 0").unwrap();
    assert_eq!(shop.database.transaction(), None);
    shop.run("INSERT INTO log VALUES ('x')").unwrap();
    assert!(shop.database.in_transaction());
    assert_eq!(shop.effect(""), "none");
    shop.run("SET autocommit = 1").unwrap();
    assert_eq!((shop.database.transaction(), shop.effect("")), (None, "log +1".into()));
}

#[test]
fn a_deadlock_ends_the_transaction_and_a_refused_statement_does_not() {
    let Some(mut shop) = Shop::new(GOODS) else { return };
    let mut other = shop.other();
    shop.run("BEGIN").unwrap();
    shop.run("UPDATE goods SET name = 'a' WHERE id = 1").unwrap();
    other.ask("BEGIN").unwrap();
    // The one that has changed more is not the victim.
    for row in 10..40 {
        other.ask(&format!("INSERT INTO goods VALUES ({row}, 'x')")).unwrap();
    }
    other.ask("UPDATE goods SET name = 'b' WHERE id = 2").unwrap();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| other.ask("UPDATE goods SET name = 'b' WHERE id = 1").map(drop));
        std::thread::sleep(Duration::from_millis(200));
        let error = shop.error("UPDATE goods SET name = 'a' WHERE id = 2");
        assert_eq!(error.codes, ["1213", "40001"], "{error}");
        assert_eq!(shop.database.transaction(), None, "all of it was rolled back");
        waits.join().unwrap().unwrap();
    });
    other.ask("COMMIT").unwrap();
    assert_eq!(shop.effect(""), "goods +30 ~2");
}
