//! The committed content of a database file: its bytes, and what is read of them.
//!
//! The bytes are taken first, in one read transaction, and everything else is read of them, or of a database in memory
//! that is made of them. So what is known of a table and the pages it was read from always belong together, even if a
//! program writes over the file without asking SQLite for a lock. And the file is locked for as long as it takes to copy
//! it, not to read it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;

use crate::database::DatabaseError;
use crate::database::snapshot::Snapshot;

use super::file::{File, Memory};
use super::leaves::{Leaves, are_defined_alike};
use super::pages::{Changed, Pages};
use super::pieces::Pieces;
use super::read::{self, Layout, Reuse};

/// From how many rows on it is found out whether a table has to be read again.
const LEAST_ROWS: usize = 1000;

/// What a file held at one moment.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub(super) snapshot: Arc<Snapshot>,
    layout: Arc<Layout>,
    pages: Pages,
    /// Of each table with row ids, by folded name.
    leaves: BTreeMap<String, Leaves>,
}

impl Content {
    /// That of `memory`, the file of which is `bytes`.
    pub(super) fn of(memory: &mut Connection, bytes: &[u8]) -> Result<Self, DatabaseError> {
        Self::with(memory, bytes, LEAST_ROWS)
    }

    fn with(memory: &mut Connection, bytes: &[u8], least_rows: usize) -> Result<Self, DatabaseError> {
        let memory = &mut Memory::filled(memory);
        let layout = read::layout(memory.get()?, None)?;
        let snapshot = read::snapshot(memory, &layout, None, |_| Reuse::Nothing)?;
        let leaves = leaves(bytes, &layout, None);
        let none = Pages::none(least_rows);
        let pages = none
            .next(none.bytes().next(bytes), memory, &snapshot, &Snapshot::default(), |name| are_all(leaves.get(name)));
        Ok(Self { snapshot: Arc::new(snapshot), layout, pages, leaves })
    }

    /// The file's bytes.
    pub(super) fn bytes(&self) -> &Pieces {
        self.pages.bytes()
    }

    /// Brings this up to date with `file`, for which `memory` is used. If reading fails it stays what it was.
    pub(super) fn update(&mut self, file: &File, memory: &mut Connection) -> Result<(), DatabaseError> {
        let (bytes, pieces) = (file.bytes(), self.bytes().next(file.bytes()));
        if self.bytes().are_all_of(&pieces) {
            return Ok(());
        }
        let memory = &mut Memory::of(file, memory);
        let changed = self.pages.changed(&pieces);
        let layout = if changed.is_some() && are_defined_alike(self.bytes().first(), bytes) {
            Arc::clone(&self.layout)
        } else {
            read::layout(memory.get()?, Some(&self.layout))?
        };
        // Under other definitions, or laid out otherwise, the same bytes can be other rows.
        let is_same = Arc::ptr_eq(&layout, &self.layout);
        let changed = changed.filter(|_| is_same);
        let leaves = leaves(bytes, &layout, changed.as_ref().map(|changed| (&self.leaves, changed)));
        let reuse = |name: &str| match &changed {
            Some(changed) => self.reuse(name, leaves.get(name), bytes, changed),
            None => Reuse::Nothing,
        };
        let snapshot = read::snapshot(memory, &layout, is_same.then_some(&self.snapshot), reuse)?;
        self.pages = self.pages.next(pieces, memory, &snapshot, &self.snapshot, |name| are_all(leaves.get(name)));
        (self.layout, self.leaves) = (layout, leaves);
        if snapshot != *self.snapshot {
            self.snapshot = Arc::new(snapshot);
        }
        Ok(())
    }

    /// What of the table `name` is known, whose leaves in the file `bytes` are `leaves`, if it has any.
    fn reuse(&self, name: &str, leaves: Option<&Leaves>, bytes: &[u8], changed: &Changed) -> Reuse {
        if self.pages.is_untouched(name, changed) {
            return Reuse::All;
        }
        let Some((before, now)) = self.leaves.get(name).zip(leaves) else { return Reuse::Nothing };
        let parts = now.parts(before, changed);
        if before.is_whole(&parts) {
            return Reuse::All;
        }
        let (form, table) = (self.layout.form(name), self.snapshot.tables.get(name));
        let rows = form.zip(table).and_then(|(form, table)| now.rows_of(&parts, &table.rows, bytes, form));
        rows.map_or(Reuse::Parts(parts), Reuse::Rows)
    }
}

/// The leaves of each table with row ids in the file `bytes`. Those `before` are known, but for the pages that changed.
fn leaves(
    bytes: &[u8],
    layout: &Layout,
    before: Option<(&BTreeMap<String, Leaves>, &Changed)>,
) -> BTreeMap<String, Leaves> {
    let of = |name: &str, first_page: u32| {
        let before = before.and_then(|(before, changed)| Some((before.get(name)?, changed)));
        Leaves::of(bytes, first_page, before)
    };
    layout.first_pages().filter_map(|(name, first_page)| of(&name, first_page).map(|leaves| (name, leaves))).collect()
}

/// Whether the leaves of a table alone tell if it changed.
fn are_all(leaves: Option<&Leaves>) -> bool {
    leaves.is_some_and(Leaves::are_all)
}

#[cfg(test)]
mod tests {
    use super::super::leaves::Part;
    use super::*;
    use std::path::Path;

    const TABLES: usize = 10;

    /// Tables of every kind, the same in nothing but that they have an `id` and a `v`.
    const SCHEMA: &str = "
        CREATE TABLE t0 (id INTEGER PRIMARY KEY, v);
        CREATE TABLE t1 (id TEXT PRIMARY KEY, v);
        CREATE TABLE t2 (id INT PRIMARY KEY, v) WITHOUT ROWID;
        CREATE TABLE t3 (v, id, PRIMARY KEY (v, id)) WITHOUT ROWID;
        CREATE TABLE t4 (id INT, v);
        CREATE TABLE t5 (id INTEGER PRIMARY KEY AUTOINCREMENT, v, w AS (id + 1) STORED);
        CREATE TABLE t6 (id INT, v REAL, UNIQUE (v, id));
        CREATE TABLE t8 (v DOUBLE PRECISION, id INTEGER, w TEXT DEFAULT 'd', PRIMARY KEY (id));
        CREATE TABLE t9 (id INTEGER PRIMARY KEY DESC, v);
        CREATE VIRTUAL TABLE t7 USING fts5 (id, v);
        CREATE INDEX t0_v ON t0 (v);
        CREATE TRIGGER t0_t4 AFTER DELETE ON t0 BEGIN INSERT INTO t4 (id, v) VALUES (old.id, old.v); END;";

    fn file(path: &Path) -> File {
        File::take(&mut Connection::open(path).unwrap()).unwrap()
    }

    /// Everything, read anew.
    fn whole(path: &Path) -> Content {
        let mut memory = Connection::open_in_memory().unwrap();
        let file = file(path);
        Memory::of(&file, &mut memory).get().unwrap();
        Content::with(&mut memory, file.bytes(), 0).unwrap()
    }

    /// A generator of pseudo-random numbers; the same numbers every time.
    struct Lcg(u64);

    impl Lcg {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % limit
        }

        fn script(&mut self) -> String {
            let (t, n, m) = (self.below(TABLES), self.below(300), self.below(7));
            let v = match self.below(12) {
                // A value that needs pages of its own.
                0 if m == 0 => format!("printf('%.*c', {}, 'x')", 500 * n),
                1 => "NULL".into(),
                2 => format!("zeroblob({n})"),
                3 => format!("CAST(x'ff{n:04}' AS TEXT)"),
                4 => format!("-{n} * {}", 10_i64.pow(n as u32 % 17)),
                5 => format!("{n} % 3"),
                6 => format!("{n}e300 * {m}e300"),
                7 => "'žluť'".into(),
                _ => format!("{n}.5"),
            };
            match self.below(40) {
                0..=11 => format!("INSERT OR REPLACE INTO t{t} (id, v) VALUES ({n}, {v})"),
                12..=17 => format!("UPDATE OR IGNORE t{t} SET v = {v} WHERE id % 7 = {m}"),
                18..=21 => format!("DELETE FROM t{t} WHERE id % 7 = {m}"),
                22..=24 => format!(
                    "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {n})
                     INSERT OR IGNORE INTO t{t} (id, v) SELECT n * {}, n FROM n",
                    m + 1
                ),
                25 => "VACUUM".into(),
                26 => "PRAGMA auto_vacuum = FULL; VACUUM".into(),
                27 | 28 => "PRAGMA auto_vacuum = NONE; VACUUM".into(),
                29 => format!("PRAGMA page_size = {}; VACUUM", 512 << self.below(3)),
                30 if m == 0 => format!("ALTER TABLE t{t} ADD COLUMN c{m} DEFAULT {n}"),
                30 => format!("ALTER TABLE t{t} ADD COLUMN c{m}"),
                31 => format!("ALTER TABLE t{t} DROP COLUMN c{m}"),
                32 => format!(
                    "ALTER TABLE t{t} RENAME TO x; ALTER TABLE t{m} RENAME TO t{t}; ALTER TABLE x RENAME TO t{m}"
                ),
                33 => format!("DROP TABLE IF EXISTS e; CREATE TABLE e AS SELECT * FROM t{t}"),
                34 => "DROP TABLE IF EXISTS e".into(),
                35 => format!("PRAGMA user_version = {n}"),
                36 => format!("CREATE INDEX IF NOT EXISTS i ON t{m} (v)"),
                37 => "DROP INDEX IF EXISTS i".into(),
                38 => "PRAGMA journal_mode = WAL".into(),
                _ => "PRAGMA journal_mode = DELETE".into(),
            }
        }
    }

    /// How many tables were read in part between the two, and how many without asking SQLite.
    fn parts_read(before: &Content, now: &Content) -> (usize, usize) {
        let bytes = now.bytes().iter().collect::<Vec<_>>().concat();
        let Some(changed) = before.pages.changed(now.bytes()) else { return (0, 0) };
        let is_in_part = |(name, leaves): &(&String, &Leaves)| {
            let Some(before) = before.leaves.get(*name) else { return false };
            let parts = leaves.parts(before, &changed);
            parts.len() > 1 && parts.iter().any(|part| matches!(part, Part::Kept(_)))
        };
        let is_read_here = |(name, leaves): &(&String, &Leaves)| {
            matches!(before.reuse(name, Some(leaves), &bytes, &changed), Reuse::Rows(_))
        };
        (now.leaves.iter().filter(is_in_part).count(), now.leaves.iter().filter(is_read_here).count())
    }

    #[test]
    fn a_table_that_is_not_read_again_has_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("x"), folder.path().join("backup"));
        let mut writer = Connection::open(&path).unwrap();
        // Small pages, so that a table has many.
        writer.execute_batch("PRAGMA page_size = 512").unwrap();
        writer.execute_batch(SCHEMA).unwrap();
        let mut memory = Connection::open_in_memory().unwrap();
        let mut content = whole(&path);
        let mut random = Lcg(2026);
        let (mut kept, mut changed, mut failed, mut in_part, mut here) = (0, 0, 0, 0, 0);
        for round in 0..300 {
            let script = random.script();
            failed += usize::from(writer.execute_batch(&script).is_err());
            // A script that failed in the middle of a transaction has left none open.
            assert!(writer.is_autocommit(), "{script}");
            if random.below(40) == 0 {
                // A backup is put over the file, and SQLite is not told.
                drop(writer);
                if backup.exists() && random.below(2) == 0 {
                    std::fs::copy(&backup, &path).unwrap();
                } else {
                    std::fs::copy(&path, &backup).unwrap();
                }
                writer = Connection::open(&path).unwrap();
            }
            let before = content.clone();
            content.update(&file(&path), &mut memory).unwrap();
            assert_eq!(content.snapshot, whole(&path).snapshot, "round {round}, {script}");
            let (parts, read_here) = parts_read(&before, &content);
            (in_part, here) = (in_part + parts, here + read_here);
            let before = before.snapshot;
            for (name, table) in &content.snapshot.tables {
                match before.tables.get(name) {
                    Some(before) if Arc::ptr_eq(before, table) => kept += 1,
                    Some(before) if before != table => changed += 1,
                    _ => {}
                }
            }
        }
        assert!(failed < 150, "the workload does something: {failed} of 300 failed");
        assert!(kept > 500 && changed > 50, "both happen: {kept} kept, {changed} changed");
        assert!(in_part > 30 && here > 40, "{in_part} were read in part, {here} without SQLite");
    }

    #[test]
    fn one_changed_row_of_many_tables_costs_one_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        // As for a page: made in memory, then written to a file.
        let mut loaded = Connection::open_in_memory().unwrap();
        for table in 0..10 {
            loaded.execute_batch(&format!("CREATE TABLE t{table} (v); INSERT INTO t{table} VALUES (1)")).unwrap();
        }
        let bytes = loaded.serialize(rusqlite::MAIN_DB).unwrap().to_vec();
        let mut content = Content::with(&mut loaded, &bytes, 0).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let before = Arc::clone(&content.snapshot);
        Connection::open(&path).unwrap().execute_batch("UPDATE t7 SET v = 2").unwrap();
        content.update(&file(&path), &mut Connection::open_in_memory().unwrap()).unwrap();
        let same = |(name, table): &(&String, &Arc<_>)| Arc::ptr_eq(before.tables.get(*name).unwrap(), table);
        let read: Vec<&String> =
            content.snapshot.tables.iter().filter(|table| !same(table)).map(|(name, _)| name).collect();
        assert_eq!(read, ["t7"]);
    }

    #[test]
    fn two_tables_that_exchange_their_pages_are_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let writer = Connection::open(&path).unwrap();
        writer
            .execute_batch(
                "CREATE TABLE a (v); CREATE TABLE b (v); INSERT INTO a VALUES (1); INSERT INTO b VALUES (2), (3)",
            )
            .unwrap();
        let mut content = whole(&path);
        // Only the page that says where they begin is another one then.
        writer
            .execute_batch(
                "PRAGMA writable_schema = ON;
                 UPDATE sqlite_schema SET rootpage = (SELECT sum(rootpage) FROM sqlite_schema) - rootpage",
            )
            .unwrap();
        content.update(&file(&path), &mut Connection::open_in_memory().unwrap()).unwrap();
        let rows = |table: &str| content.snapshot.tables.get(table).unwrap().rows.len();
        assert_eq!((rows("a"), rows("b")), (2, 1));
    }
}
