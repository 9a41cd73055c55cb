//! A workload nobody thought of, against a comparison too simple to be wrong.

use std::collections::BTreeMap;

use super::*;
use crate::runbook::effect::Counts;

const SCHEMA: &str = "
    CREATE TABLE a (id INT PRIMARY KEY, v INT);
    CREATE TABLE b (x VARCHAR(9), y INT, a_id INT, PRIMARY KEY (y, x), FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE CASCADE);
    CREATE TABLE c (v INT, w INT);
    CREATE TABLE d (k VARCHAR(9) PRIMARY KEY, v INT) ENGINE = Aria;
    CREATE TABLE e (v INT, w INT) ENGINE = MyISAM;
    CREATE TRIGGER a_c AFTER DELETE ON a FOR EACH ROW INSERT INTO c VALUES (old.id % 3, old.v);
    CREATE TRIGGER b_d AFTER UPDATE ON b FOR EACH ROW DELETE FROM d WHERE v = new.y;
    CREATE PROCEDURE p (n INT) BEGIN INSERT INTO c VALUES (n, n); UPDATE d SET v = v + 1 WHERE v = n; END;
    CREATE FUNCTION f (n INT) RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO e VALUES (n, n); RETURN n; END";

/// A table's rows as text, with the number of their key columns, which stand first.
type Plain = BTreeMap<String, (usize, Vec<Vec<String>>)>;

fn plain(connection: &mut Connection) -> Plain {
    let tables = [("a", 1, "id, v"), ("b", 2, "y, x, a_id"), ("c", 0, "v, w"), ("d", 1, "k, v"), ("e", 0, "v, w")];
    let read = |(table, key, columns): (&str, usize, &str)| {
        let columns: Vec<String> = columns.split(", ").map(|column| format!("coalesce({column}, 'NULL')")).collect();
        let rows = connection.ask(&format!("SELECT {} FROM {table}", columns.join(", "))).unwrap();
        (table.to_owned(), (key, rows))
    };
    tables.map(read).into()
}

/// What changed, by looking at every row of one side for each of the other.
fn naive(before: &Plain, after: &Plain) -> BTreeMap<String, Counts> {
    let mut counts = BTreeMap::new();
    for (table, (key, old)) in before {
        let (_, new) = &after[table];
        let mut left = new.clone();
        let mut gone = Vec::new();
        for row in old {
            match left.iter().position(|other| other == row) {
                Some(at) => drop(left.swap_remove(at)),
                None => gone.push(row),
            }
        }
        let mut count = Counts::default();
        for row in gone {
            let same = |other: &Vec<String>| *key > 0 && other[..*key] == row[..*key];
            match left.iter().position(same) {
                Some(at) => {
                    left.swap_remove(at);
                    count.changed += 1;
                }
                None => count.removed += 1,
            }
        }
        count.added = left.len();
        if count != Counts::default() {
            counts.insert(table.clone(), count);
        }
    }
    counts
}

/// A generator of pseudo-random numbers; the same numbers every time.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn statement(&mut self) -> String {
        let (n, m, v) = (self.below(20), self.below(20), self.below(5));
        match self.below(22) {
            0..=2 => format!("INSERT IGNORE INTO a VALUES ({n}, {v}), ({m}, {v})"),
            3 | 4 => format!("INSERT IGNORE INTO b VALUES ('{v}', {n}, {m})"),
            5 => format!("INSERT INTO c VALUES ({n}, {v}), ({n}, {v})"),
            6 => format!("REPLACE INTO d VALUES ('{n}', {v})"),
            7 => format!("DELETE FROM a WHERE id = {n}"),
            8 => format!("DELETE FROM c WHERE v = {v} LIMIT 1"),
            9 => format!("UPDATE a SET v = {v} WHERE id > {n}"),
            10 => format!("UPDATE IGNORE b SET y = y + 1 WHERE y = {n}"),
            11 => format!("UPDATE a SET v = v + 1 WHERE id = {n}"),
            12 => format!("UPDATE c SET v = v + 1 WHERE v = {v}"),
            13 => format!("UPDATE d SET v = {m} WHERE k = '{n}'"),
            14 => "OPTIMIZE TABLE c".into(),
            15 => format!("DELETE FROM d WHERE v < {v}"),
            16 => format!("CALL p({n})"),
            17 => format!("SELECT f({n})"),
            18 => format!("INSERT INTO e VALUES ({n}, {v})"),
            19 => format!("DELETE FROM e WHERE v = {n}"),
            20 => format!("EXECUTE IMMEDIATE 'INSERT INTO c VALUES ({n}, {v})'"),
            _ => "SELECT count(*) FROM a".into(),
        }
    }
}

#[test]
fn measuring_agrees_with_comparing_everything() {
    let Some(mut shop) = Shop::new(SCHEMA) else { return };
    let (mut other, mut third) = (shop.other(), shop.other());
    let mut random = Lcg(2026);
    let mut before = plain(&mut third);
    let mut seen = Counts::default();
    for round in 0..300 {
        for _ in 0..=random.below(4) {
            let statement = random.statement();
            match random.below(5) {
                0 => {
                    let _ = other.ask(&statement);
                }
                1 => {
                    let _ = other.ask("BEGIN");
                    let _ = other.ask(&statement);
                    let _ = other.ask(if random.below(2) == 0 { "COMMIT" } else { "ROLLBACK" });
                }
                2 => {
                    let _ = shop.run("BEGIN");
                    let _ = shop.run(&statement);
                    // What is not committed is measured by nobody.
                    let open = shop.database.measure().unwrap();
                    let after = plain(&mut third);
                    assert_eq!(open.promise().tables, naive(&before, &after), "round {round}, {statement}");
                    before = after;
                    let _ = shop.run(if random.below(2) == 0 { "COMMIT" } else { "ROLLBACK" });
                }
                3 => {
                    // Commits by itself what a transaction has done so far.
                    let _ = shop.run("SET autocommit = 0");
                    let _ = shop.run(&statement);
                    let _ = shop.run("SET autocommit = 1");
                }
                _ => {
                    let _ = shop.run(&statement);
                }
            }
        }
        let after = plain(&mut third);
        let effect = shop.database.measure().unwrap();
        assert_eq!(effect.promise().tables, naive(&before, &after), "round {round}");
        assert!(effect.schema.is_empty(), "round {round}: {:?}", effect.schema);
        for table in effect.tables.values() {
            let Counts { added, changed, removed } = table.counts;
            assert_eq!(table.rows.len(), (added + changed + removed).min(20));
            seen =
                Counts { added: seen.added + added, changed: seen.changed + changed, removed: seen.removed + removed };
        }
        before = after;
    }
    assert!(seen.added > 100 && seen.changed > 100 && seen.removed > 100, "the workload does something: {seen}");
}
