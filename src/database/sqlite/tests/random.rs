//! A workload nobody thought of, against a comparison too simple to be wrong.

use std::collections::BTreeMap;

use super::*;
use crate::runbook::effect::Counts;

const SCHEMA: &str = "
    CREATE TABLE a (id INTEGER PRIMARY KEY, v);
    CREATE TABLE b (x TEXT, y INT, a_id REFERENCES a (id) ON DELETE CASCADE, PRIMARY KEY (y, x)) WITHOUT ROWID;
    CREATE TABLE c (v, w);
    CREATE TABLE d (k TEXT PRIMARY KEY, v);
    CREATE TRIGGER a_c AFTER DELETE ON a BEGIN INSERT INTO c VALUES (old.id % 3, old.v); END;
    CREATE TRIGGER b_d AFTER UPDATE ON b BEGIN DELETE FROM d WHERE v = new.y; END;";

/// A table's rows as text, with the number of their key columns.
type Plain = BTreeMap<String, (usize, Vec<Vec<String>>)>;

fn plain(connection: &Connection) -> Plain {
    let keys = BTreeMap::from([("a", "id"), ("b", "y, x"), ("c", ""), ("d", "k")]);
    let mut plain = Plain::new();
    for (table, key) in keys {
        let columns = match key {
            "" => "*".to_owned(),
            key => format!("{key}, *"),
        };
        let mut statement = connection.prepare(&format!("SELECT {columns} FROM {table}")).unwrap();
        let width = statement.column_count();
        let rows = statement
            .query_map([], |row| Ok((0..width).map(|at| format!("{:?}", row.get_ref(at).unwrap())).collect()))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        plain.insert(table.to_owned(), (key.split(',').filter(|key| !key.is_empty()).count(), rows));
    }
    plain
}

/// For each row before, the first row after that is the same one; quadratic on purpose.
fn naive(before: &Plain, after: &Plain) -> BTreeMap<String, Counts> {
    let mut effect = BTreeMap::new();
    for (table, (key, old)) in before {
        let mut new = after[table].1.clone();
        let mut counts = Counts::default();
        for row in old {
            let has_key = *key > 0 && row[..*key].iter().all(|cell| cell != "Null");
            let same = |other: &Vec<String>| if has_key { other[..*key] == row[..*key] } else { other == row };
            match new.iter().position(same) {
                Some(at) => counts.changed += usize::from(new.remove(at) != *row),
                None => counts.removed += 1,
            }
        }
        counts.added = new.len();
        if counts != Counts::default() {
            effect.insert(table.clone(), counts);
        }
    }
    effect
}

struct Lcg(u64);

impl Lcg {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn statement(&mut self) -> String {
        let (n, m, v) = (self.below(20), self.below(20), self.below(4));
        match self.below(16) {
            0..=2 => format!("INSERT OR REPLACE INTO a VALUES ({n}, {v})"),
            3 => format!("INSERT OR IGNORE INTO b SELECT 'x{v}', {m}, id FROM a WHERE id % 5 = {v}"),
            4 => format!("INSERT OR REPLACE INTO b VALUES ('ž{v}', {n}, NULL)"),
            5 => format!("INSERT INTO c VALUES ({v}, x'0{v}'), ({v}, {v}.5)"),
            6 => format!(
                "INSERT OR IGNORE INTO d VALUES ({}, {m})",
                if v == 0 { "NULL".into() } else { format!("'{n}'") }
            ),
            7 => format!("DELETE FROM a WHERE id = {n}"),
            8 => format!("DELETE FROM c WHERE rowid IN (SELECT rowid FROM c LIMIT {v})"),
            9 => format!("UPDATE a SET v = {v} WHERE id > {n}"),
            10 => format!("UPDATE OR IGNORE b SET y = y + 1 WHERE y = {n}"),
            11 => format!("UPDATE OR REPLACE a SET id = id + 1 WHERE id = {n}"),
            12 => format!("UPDATE c SET v = v + 1, rowid = rowid + 1000 WHERE v = {v} AND rowid < 1000"),
            13 => format!("UPDATE d SET v = {m} WHERE k IS NULL OR k = '{n}'"),
            14 => "VACUUM".into(),
            _ => format!("DELETE FROM d WHERE v < {v}"),
        }
    }
}

#[test]
fn measuring_agrees_with_comparing_everything() {
    let mut shop = Shop::new(SCHEMA);
    let mut other = shop.other();
    let mut random = Lcg(2026);
    let mut before = plain(&shop.other());
    let mut seen = Counts::default();
    for round in 0..400 {
        for _ in 0..=random.below(4) {
            let statement = random.statement();
            match random.below(4) {
                0 => {
                    let _ = other.execute_batch(&statement);
                }
                1 => {
                    let transaction = other.transaction().unwrap();
                    let _ = transaction.execute_batch(&statement);
                    if random.below(2) == 0 {
                        transaction.commit().unwrap()
                    }
                }
                2 => {
                    let _ = shop.run("BEGIN");
                    let _ = shop.run(&statement);
                    let _ = shop.run(if random.below(2) == 0 { "COMMIT" } else { "ROLLBACK" });
                }
                _ => {
                    let _ = shop.run(&statement);
                }
            }
        }
        let after = plain(&shop.other());
        let effect = shop.database.committed().measure().unwrap();
        assert_eq!(effect.promise().tables, naive(&before, &after), "round {round}");
        assert!(effect.schema.is_empty());
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
