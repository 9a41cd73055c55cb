//! A workload nobody thought of: what is measured by way of signals, against reading and comparing everything.

use super::*;
use crate::database::difference::difference;
use crate::runbook::effect::Counts;

const SCHEMA: &str = "
    CREATE TABLE a (id int PRIMARY KEY, v int);
    CREATE TABLE b (x text, y int, a_id int REFERENCES a (id) ON DELETE CASCADE, PRIMARY KEY (y, x));
    CREATE TABLE c (v int, w text);
    CREATE TABLE d (k text UNIQUE, v int) PARTITION BY LIST (k);
    CREATE TABLE d_1 PARTITION OF d FOR VALUES IN ('1', '2', '3', NULL);
    CREATE TABLE d_rest PARTITION OF d DEFAULT;
    CREATE FUNCTION a_c() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO c VALUES (old.id % 3, old.v); RETURN NULL; END $$;
    CREATE TRIGGER a_c AFTER DELETE ON a FOR EACH ROW EXECUTE FUNCTION a_c();";

struct Lcg(u64);

impl Lcg {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn statement(&mut self) -> String {
        let (n, m, v) = (self.below(20), self.below(20), self.below(4));
        match self.below(22) {
            0..=3 => format!("INSERT INTO a VALUES ({n}, {v}) ON CONFLICT (id) DO UPDATE SET v = {v}"),
            4 | 5 => format!("INSERT INTO b SELECT 'x{v}', {m}, id FROM a WHERE id % 5 = {v} ON CONFLICT DO NOTHING"),
            6 => format!("INSERT INTO b VALUES ('ž{v}', {n}, NULL)"),
            7 => format!("INSERT INTO c VALUES ({v}, '0{v}'), ({v}, '{v}.5')"),
            8 | 9 => format!("INSERT INTO d VALUES ('{n}', {m}) ON CONFLICT DO NOTHING"),
            10 => format!("DELETE FROM a WHERE id = {n}"),
            11 => format!("DELETE FROM c WHERE ctid IN (SELECT ctid FROM c LIMIT {v})"),
            12 => format!("UPDATE a SET v = {v} WHERE id > {n}"),
            13 => format!("UPDATE b SET y = y + 100 WHERE y = {n}"),
            14 => format!("UPDATE d SET k = '{m}' WHERE k = '{n}'"),
            15 => format!("DELETE FROM d WHERE v < {v}"),
            16 => "VACUUM (FREEZE) c".into(),
            17 => format!("CREATE TABLE e AS SELECT id, v FROM a WHERE v = {v}"),
            18 => "DROP TABLE IF EXISTS e".into(),
            19 => format!("ALTER TABLE c DROP COLUMN IF EXISTS z, ADD COLUMN z int DEFAULT {v}"),
            20 => "VACUUM FULL b".into(),
            _ => format!("TRUNCATE {}", ["c", "d_1", "d"][usize::try_from(v % 3).unwrap()]),
        }
    }
}

#[test]
fn measuring_agrees_with_comparing_everything() {
    let Some(mut shop) = Shop::new(SCHEMA) else { return };
    let (mut other, mut reader) = (shop.other(), shop.other());
    read::settle(&mut reader).unwrap();
    let mut random = Lcg(2026);
    let (mut before, _) = read::snapshot(&mut reader).unwrap();
    let mut seen = Counts::default();
    let mut schema_changes = 0;
    for round in 0..200 {
        for _ in 0..=random.below(4) {
            let statement = random.statement();
            let end = if random.below(2) == 0 { "COMMIT" } else { "ROLLBACK" };
            match random.below(4) {
                0 => drop(run(&mut other, &statement)),
                1 => {
                    // Begins now, writes, and ends after another has written and ended.
                    let locks = run(&mut other, &format!("SET lock_timeout = '10ms'; BEGIN; {statement}"));
                    let _ = locks.and_then(|()| shop.run("SET lock_timeout = '10ms'").map(drop));
                    let _ = shop.run(&random.statement());
                    let _ = run(&mut other, end);
                }
                2 => {
                    let _ = shop.run("BEGIN");
                    let _ = shop.run(&statement);
                    let _ = shop.run("SAVEPOINT s");
                    let _ = shop.run(&random.statement());
                    let _ = shop.run("ROLLBACK TO s");
                    let _ = shop.run(end);
                }
                _ => drop(shop.run(&statement)),
            }
        }
        let (after, _) = read::snapshot(&mut reader).unwrap();
        let effect = shop.database.measure().unwrap();
        let expected = difference(&before, &after);
        assert_eq!(effect, expected, "round {round}");
        schema_changes += effect.schema.len();
        for table in effect.tables.values() {
            let Counts { added, changed, removed } = table.counts;
            seen =
                Counts { added: seen.added + added, changed: seen.changed + changed, removed: seen.removed + removed };
        }
        before = after;
    }
    assert!(seen.added > 100 && seen.changed > 50 && seen.removed > 100, "the workload does something: {seen}");
    assert!(schema_changes > 10);
}
