//! A workload nobody thought of, on each engine: what is measured after each step must be the difference of everything
//! that another session reads before and after it, counted by a comparison too simple to be wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::dialect::Dialect;
use super::page::{Other, Page};
use crate::expect::Cell;
use crate::runbook::effect::{Counts, Effect};

on_each_engine!(measuring_agrees_with_comparing_everything);

const STEPS: usize = 60;

/// The tables with a declared key, and its columns.
const KEYS: [(&str, &[&str]); 4] = [("a", &["id"]), ("b", &["y", "x"]), ("d", &["k"]), ("counted", &["id"])];

fn schema(on: Dialect) -> String {
    let (without_rowid, aria) = on.pick([(" WITHOUT ROWID", ""), ("", " ENGINE = Aria"), ("", "")]);
    // A table that is unlike the others: keys that may be NULL, another storage engine, partitions.
    let own = on.pick([
        "CREATE TABLE own (k TEXT PRIMARY KEY, v INTEGER)",
        "CREATE TABLE own (k VARCHAR(9), v INTEGER) ENGINE = MyISAM;
         CREATE PROCEDURE p (n INT) BEGIN INSERT INTO c VALUES (n, 'p'); UPDATE d SET v = v + 1 WHERE v = n; END;
         CREATE FUNCTION f (n INT) RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO own VALUES (n, n); RETURN n; END",
        "CREATE TABLE own (k text, v int) PARTITION BY LIST (k);
         CREATE TABLE own_1 PARTITION OF own FOR VALUES IN ('1', '2', '3', NULL);
         CREATE TABLE own_rest PARTITION OF own DEFAULT",
    ]);
    format!(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, v INTEGER);
         CREATE TABLE b (x VARCHAR(9), y INTEGER, a_id INTEGER, w INTEGER, PRIMARY KEY (y, x),
           FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE CASCADE){without_rowid};
         CREATE TABLE c (v INTEGER, w VARCHAR(9));
         CREATE TABLE d (k VARCHAR(9) PRIMARY KEY, v INTEGER){aria};
         CREATE TABLE counted ({}, v INTEGER);
         {own};
         {}
         {}",
        on.counted(),
        on.trigger("a_c", "DELETE ON a", "INSERT INTO c VALUES (old.id % 3, old.v)"),
        on.trigger("b_d", "UPDATE ON b", "DELETE FROM d WHERE v = new.y"),
    )
}

/// A row by its columns; NULL is a column that is not there, which is what adding an empty one comes to.
type Row = BTreeMap<String, String>;

/// The rows of every table.
type Everything = BTreeMap<String, Vec<Row>>;

/// Everything, read by somebody else, and the columns of each table.
fn everything(on: Dialect, reader: &mut Other) -> (Everything, BTreeSet<String>) {
    let names = reader.result(on.pick([
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition \
         AND relnamespace = 'public'::regnamespace",
    ]));
    let (mut tables, mut columns) = (Everything::new(), BTreeSet::new());
    for name in names.rows.concat() {
        let Cell::Text(name) = name else { panic!("{name:?}") };
        let result = reader.result(&format!("SELECT * FROM {name}"));
        columns.insert(format!("{name} {:?}", result.columns));
        let named = |cells: Vec<Cell>| -> Row {
            let pairs = result.columns.iter().cloned().zip(cells).filter(|(_, cell)| *cell != Cell::Null);
            pairs.map(|(column, cell)| (column, format!("{cell:?}"))).collect()
        };
        tables.insert(name, result.rows.into_iter().map(named).collect());
    }
    (tables, columns)
}

/// For each row before, one after that is the same; looking at all of them each time.
fn compared(before: &Everything, after: &Everything) -> BTreeMap<String, Counts> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut effect = BTreeMap::new();
    for name in names {
        let key = KEYS.iter().find(|(table, _)| table == name).map_or(&[] as &[&str], |(_, key)| key);
        let mut counts = Counts::default();
        let mut left = after.get(name).cloned().unwrap_or_default();
        for row in before.get(name).into_iter().flatten() {
            let has_key = !key.is_empty() && key.iter().all(|column| row.contains_key(*column));
            let is_same =
                |other: &Row| if has_key { key.iter().all(|&c| other.get(c) == row.get(c)) } else { other == row };
            match left.iter().position(is_same) {
                Some(at) => counts.changed += usize::from(left.swap_remove(at) != *row),
                None => counts.removed += 1,
            }
        }
        counts.added = left.len();
        if counts != Counts::default() {
            effect.insert(name.clone(), counts);
        }
    }
    effect
}

/// A generator of pseudo-random numbers; the same numbers every time.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// A statement on rows, and none on definitions.
    fn of_rows(&mut self, on: Dialect) -> String {
        let (n, m, v) = (self.below(20), self.below(20), self.below(4));
        let (ignore, conflict) = on.pick([
            ("INSERT OR IGNORE INTO", ""),
            ("INSERT IGNORE INTO", ""),
            ("INSERT INTO", " ON CONFLICT DO NOTHING"),
        ]);
        let own = match self.below(4) {
            0 => format!("INSERT INTO own VALUES ({}, {m})", if v == 0 { "NULL".into() } else { format!("'{n}'") }),
            1 => format!("UPDATE own SET k = '{m}' WHERE k = '{n}'"),
            2 => format!("UPDATE own SET v = {m} WHERE k IS NULL OR k = '{n}'"),
            _ => format!("DELETE FROM own WHERE v < {v}"),
        };
        let special = [
            on.pick([
                format!("REPLACE INTO a VALUES ({n}, {v})"),
                format!("CALL p({n})"),
                format!("INSERT INTO a VALUES ({n}, {v}) ON CONFLICT (id) DO UPDATE SET v = {v}"),
            ]),
            on.pick([
                format!("UPDATE c SET rowid = rowid + 1000 WHERE v = {v} AND rowid < 1000"),
                format!("SELECT f({n})"),
                format!("WITH x AS (DELETE FROM c WHERE v = {n} RETURNING v) INSERT INTO counted (v) SELECT v FROM x"),
            ]),
            on.pick([
                format!("DELETE FROM c WHERE rowid IN (SELECT rowid FROM c LIMIT {v})"),
                format!("EXECUTE IMMEDIATE 'DELETE FROM c WHERE v = {v} LIMIT 1'"),
                format!("DELETE FROM c WHERE ctid IN (SELECT ctid FROM c LIMIT {v})"),
            ]),
        ];
        match self.below(22) {
            0..=2 => format!("{ignore} a VALUES ({n}, {v}), ({m}, {v}){conflict}"),
            3 | 4 => format!("{ignore} b SELECT 'ž{v}', {m}, id, {n} FROM a WHERE id % 7 = {v}{conflict}"),
            5 => format!("{ignore} b VALUES ('x{v}', {n}, NULL, {m}){conflict}"),
            6 => format!("INSERT INTO c (v, w) VALUES ({v}, '{n}'), ({v}, '{n}'), ({n}, NULL)"),
            7 => format!("{ignore} d VALUES ('{n}', {m}){conflict}"),
            8 => format!("INSERT INTO counted (v) VALUES ({n}), ({m})"),
            9 => format!("DELETE FROM a WHERE id = {n}"),
            10 => format!("DELETE FROM a WHERE v = {v} AND id > {n}"),
            11 => format!("UPDATE a SET v = {v} WHERE id > {n}"),
            12 => format!("UPDATE b SET y = y + 100 WHERE y = {n}"),
            13 => format!("UPDATE b SET w = {m} WHERE y < {n}"),
            14 => format!("UPDATE c SET v = v + 1 WHERE v = {v}"),
            15 => format!("UPDATE d SET v = {m} WHERE k = '{n}'"),
            16 => format!("DELETE FROM c WHERE v = {n}"),
            17 => format!("DELETE FROM counted WHERE id % 5 = {v}"),
            18 => special[usize::try_from(v).unwrap_or_default() % 3].clone(),
            19 | 20 => own,
            _ => "SELECT count(*) FROM a".into(),
        }
    }

    /// A statement of any kind; whether it may change a definition.
    fn any(&mut self, on: Dialect) -> (String, bool) {
        let (v, which) = (self.below(4), self.below(24));
        let definition = match which {
            0 => format!("CREATE TABLE e AS SELECT id, v FROM a WHERE v = {v}"),
            1 => "DROP TABLE IF EXISTS e".into(),
            2 => "ALTER TABLE e RENAME TO g".into(),
            3 => "DROP TABLE IF EXISTS g".into(),
            4 => format!("ALTER TABLE c ADD COLUMN z INTEGER DEFAULT {v}"),
            5 => "ALTER TABLE c DROP COLUMN z".into(),
            6 => "ALTER TABLE d ADD COLUMN z INTEGER".into(),
            7 => "ALTER TABLE d DROP COLUMN z".into(),
            8 => on.truncate(
                ["c", "d", on.pick(["own", "own", "own_1"]), "counted"][usize::try_from(v).unwrap_or_default()],
            ),
            9 => on.pick(["VACUUM", "OPTIMIZE TABLE c", "VACUUM FULL b"]).into(),
            10 => on.pick(["ANALYZE", "ANALYZE TABLE a", "VACUUM (FREEZE) c"]).into(),
            _ => return (self.of_rows(on), false),
        };
        (definition, which < 8)
    }
}

/// A page with a second writer, and somebody who only reads.
struct Scene {
    on: Dialect,
    page: Page,
    other: Other,
    reader: Other,
    before: Everything,
    columns: BTreeSet<String>,
    random: Lcg,
    /// Whether a definition may have changed since the last look.
    defines: bool,
    seen: Counts,
}

impl Scene {
    fn new(on: Dialect, seed: u64) -> Self {
        let page = on.page(&schema(on));
        let (other, mut reader) = (page.other(), page.other());
        let (before, columns) = everything(on, &mut reader);
        let (random, seen) = (Lcg(seed), Counts::default());
        Self { on, page, other, reader, before, columns, random, defines: false, seen }
    }

    /// A statement of any kind.
    fn any(&mut self) -> String {
        let (statement, defines) = self.random.any(self.on);
        self.defines |= defines;
        statement
    }

    /// Runs a statement that may fail, or meet the other's lock and give up.
    fn run(&mut self, sql: &str) {
        let _ = self.page.database.execute(sql, Instant::now() + Duration::from_millis(500), &AtomicBool::new(false));
    }

    /// One thing that somebody does.
    fn act(&mut self, place: &str) {
        let end = if self.random.below(3) > 0 { "COMMIT" } else { "ROLLBACK" };
        match self.random.below(8) {
            0 | 1 => {
                let statement = self.any();
                let _ = self.other.run(&statement);
            }
            2 => {
                // Begins first and ends last; what is open is measured by nobody.
                let (theirs, ours) = (self.random.of_rows(self.on), self.random.of_rows(self.on));
                let _ = self.other.run("BEGIN");
                let _ = self.other.run(&theirs);
                let soon = Instant::now() + Duration::from_millis(10);
                let _ = self.page.database.execute(&ours, soon, &AtomicBool::new(false));
                self.check(place);
                let _ = self.other.run(end);
            }
            3 => {
                let statement = self.random.of_rows(self.on);
                self.run("BEGIN");
                self.run(&statement);
                self.check(place);
                self.run(end);
            }
            4 => {
                let (first, second) = (self.any(), self.any());
                for sql in ["BEGIN", &first, "SAVEPOINT s", &second, "ROLLBACK TO SAVEPOINT s", end, "ROLLBACK"] {
                    self.run(sql);
                }
            }
            5 => {
                let statement = self.any();
                let (off, back) = self.on.pick([
                    ("BEGIN", "COMMIT"),
                    ("SET autocommit = 0", "SET autocommit = 1"),
                    ("BEGIN", "COMMIT"),
                ]);
                for sql in [off, &statement, back] {
                    self.run(sql);
                }
            }
            _ => {
                let statement = self.any();
                self.run(&statement);
            }
        }
    }

    /// What is measured must be what somebody else sees.
    fn check(&mut self, place: &str) -> Effect {
        let (after, columns) = everything(self.on, &mut self.reader);
        let effect = self.page.database.committed().measure().unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(effect.promise().tables, compared(&self.before, &after), "{place}");
        assert!(self.defines || effect.schema.is_empty(), "{place}: {:?}", effect.schema);
        assert!(columns == self.columns || !effect.schema.is_empty(), "{place}: {:?} {columns:?}", self.columns);
        for table in effect.tables.values() {
            let Counts { added, changed, removed } = table.counts;
            assert_eq!(table.rows.len(), (added + changed + removed).min(20), "{place}");
            self.seen.added += added;
            self.seen.changed += changed;
            self.seen.removed += removed;
        }
        (self.before, self.columns, self.defines) = (after, columns, false);
        effect
    }
}

fn measuring_agrees_with_comparing_everything(on: Dialect) {
    let (mut schema_changes, mut seen) = (0, Counts::default());
    // A page of a server takes longer to begin than all its steps.
    for seed in 0..on.pick([12, 8, 8]) {
        let mut scene = Scene::new(on, seed);
        let beginning = scene.before.clone();
        for step in 0..STEPS {
            let place = format!("seed {seed}, step {step}");
            for _ in 0..=scene.random.below(3) {
                scene.act(&place);
            }
            schema_changes += scene.check(&place).schema.len();
        }
        let all = scene.page.database.committed().since_remembered().unwrap();
        assert_eq!(all.promise().tables, compared(&beginning, &scene.before), "seed {seed}");
        seen.added += scene.seen.added;
        seen.changed += scene.seen.changed;
        seen.removed += scene.seen.removed;
    }
    assert!(seen.added > 300 && seen.changed > 100 && seen.removed > 150, "the workload does something: {seen}");
    assert!(schema_changes > 30, "{schema_changes}");
}
