//! Two snapshots to the effect that leads from one to the other.
//!
//! Rows are matched by their primary key. Rows that have none (no key declared, NULL in it) are a multiset: what is
//! there equally often before and after did not change. If the columns of a table changed, a column that is not there
//! counts as NULL, so that adding an empty column changes no row, and dropping one changes those that lose a value;
//! if the key itself changed, the rows are a multiset.
//!
//! Must stay true: counts are exact, only the listing is cut; the result depends on nothing but the two snapshots.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::runbook::effect::{Counts, Effect, ObjectChange, RowChange, SchemaChange, TableEffect};

use super::snapshot::{Row, Rows, Snapshot, Table};

/// How many rows of a table are listed.
const ROWS_LISTED: usize = 20;

/// What leads from `before` to `after`.
pub(super) fn difference(before: &Snapshot, after: &Snapshot) -> Effect {
    let names: BTreeSet<&String> = before.tables.keys().chain(after.tables.keys()).collect();
    let tables: BTreeMap<String, TableEffect> = names
        .into_iter()
        .filter_map(|name| match (before.tables.get(name), after.tables.get(name)) {
            (Some(before), Some(after)) => Some((after.name.clone(), of_tables(before, after)?)),
            (Some(before), None) => Some((before.name.clone(), of_tables(before, &before.emptied())?)),
            (None, Some(after)) => Some((after.name.clone(), of_tables(&after.emptied(), after)?)),
            (None, None) => None,
        })
        .collect();
    Effect { tables, schema: of_objects(before, after) }
}

fn of_objects(before: &Snapshot, after: &Snapshot) -> Vec<SchemaChange> {
    let keys: BTreeSet<_> = before.objects.keys().chain(after.objects.keys()).collect();
    keys.into_iter()
        .filter_map(|key| {
            let (object, change) = match (before.objects.get(key), after.objects.get(key)) {
                (Some(before), Some(after)) if before == after => return None,
                (Some(_), Some(after)) => (after, ObjectChange::Changed),
                (None, Some(after)) => (after, ObjectChange::Added),
                (Some(before), None) => (before, ObjectChange::Removed),
                (None, None) => return None,
            };
            Some(SchemaChange { kind: key.0.clone(), name: object.name.clone(), change })
        })
        .collect()
}

/// The effect on one table, or `None` if its rows are the same.
fn of_tables(before: &Table, after: &Table) -> Option<TableEffect> {
    if before.columns == after.columns && before.key == after.key {
        return of_rows(&before.rows, &after.rows, &after.columns, &after.key);
    }
    let mut columns = after.columns.clone();
    columns.extend(before.columns.iter().filter(|&column| !has(&after.columns, column)).cloned());
    let positions = |table: &Table| -> Vec<Option<usize>> {
        columns.iter().map(|column| position(&table.columns, column)).collect()
    };
    let key_of = |table: &Table| -> Option<Vec<usize>> {
        table.key.iter().map(|&at| position(&columns, &table.columns[at])).collect()
    };
    let key = key_of(after).filter(|key| Some(key) == key_of(before).as_ref()).unwrap_or_default();
    of_rows(&before.rows.projected(&positions(before)), &after.rows.projected(&positions(after)), &columns, &key)
}

fn position(columns: &[String], name: &str) -> Option<usize> {
    columns.iter().position(|column| column.eq_ignore_ascii_case(name))
}

fn has(columns: &[String], name: &str) -> bool {
    position(columns, name).is_some()
}

/// The effect between rows of the same columns, or `None` if there is none.
fn of_rows(before: &Rows, after: &Rows, columns: &[String], key: &[usize]) -> Option<TableEffect> {
    if before == after {
        return None;
    }
    // Most rows of most tables stay where they are: only what is between the equal ends needs to be matched.
    let start = before.iter().zip(after.iter()).take_while(|(before, after)| before == after).count();
    let shorter = before.len().min(after.len());
    let end = (1..=shorter - start).take_while(|&n| before.get(before.len() - n) == after.get(after.len() - n)).count();
    let old: Vec<Row<'_>> = (start..before.len() - end).map(|index| before.get(index)).collect();
    let new: Vec<Row<'_>> = (start..after.len() - end).map(|index| after.get(index)).collect();

    let mut unmatched = ByIdentity::new(&old, key);
    let mut added = Vec::new();
    let mut changed = Vec::new();
    for &row in &new {
        match unmatched.take(row) {
            Some(index) if old[index] == row => {}
            Some(index) => changed.push((old[index], row)),
            None => added.push(row),
        }
    }
    let removed: Vec<Row<'_>> =
        old.iter().zip(&unmatched.taken).filter(|&(_, &taken)| !taken).map(|(&row, _)| row).collect();

    let counts = Counts { added: added.len(), changed: changed.len(), removed: removed.len() };
    if counts == Counts::default() {
        return None;
    }
    let removed = removed.iter().map(|row| RowChange::Removed(row.cells()));
    let changed =
        changed.iter().map(|(before, after)| RowChange::Changed { before: before.cells(), after: after.cells() });
    let added = added.iter().map(|row| RowChange::Added(row.cells()));
    let rows = removed.chain(changed).chain(added).take(ROWS_LISTED).collect();
    Some(TableEffect { counts, columns: columns.to_vec(), rows })
}

/// Rows found by what makes them the same row; several of the same identity are taken in order.
struct ByIdentity<'a> {
    key: &'a [usize],
    first: HashMap<Identity<'a>, usize>,
    /// For each row the next one of the same identity.
    next: Vec<Option<usize>>,
    /// Which rows were taken.
    taken: Vec<bool>,
}

/// What makes two rows the same row.
#[derive(PartialEq, Eq, Hash)]
enum Identity<'a> {
    /// The cells of the primary key.
    Key(Vec<u8>),
    /// All cells, for a row without a key.
    Values(&'a [u8]),
}

impl<'a> ByIdentity<'a> {
    fn new(rows: &[Row<'a>], key: &'a [usize]) -> Self {
        let mut first = HashMap::with_capacity(rows.len());
        let mut next = vec![None; rows.len()];
        for (index, &row) in rows.iter().enumerate().rev() {
            next[index] = first.insert(identity(row, key), index);
        }
        Self { key, first, next, taken: vec![false; rows.len()] }
    }

    fn take(&mut self, row: Row<'a>) -> Option<usize> {
        let identity = identity(row, self.key);
        let index = self.first.remove(&identity)?;
        if let Some(next) = self.next[index] {
            self.first.insert(identity, next);
        }
        self.taken[index] = true;
        Some(index)
    }
}

fn identity<'a>(row: Row<'a>, key: &[usize]) -> Identity<'a> {
    let declared = if key.is_empty() { None } else { row.key(key) };
    declared.map_or(Identity::Values(row.bytes()), Identity::Key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::Cell;

    fn table(columns: &str, key: &[usize], rows: &[&str]) -> Table {
        let mut table = Table {
            name: "T".into(),
            columns: columns.split(' ').map(str::to_owned).collect(),
            key: key.to_vec(),
            rows: Rows::default(),
        };
        for row in rows {
            for cell in row.split(' ') {
                if cell == "NULL" { table.rows.push_null() } else { table.rows.push_text(cell.as_bytes()) }
            }
            table.rows.end_row();
        }
        table
    }

    fn counts(before: &Table, after: &Table) -> String {
        of_tables(before, after).map_or("none".into(), |effect| effect.counts.to_string())
    }

    #[test]
    fn rows_are_matched_by_key_wherever_they_are() {
        let before = table("id a", &[0], &["1 x", "2 y", "3 z"]);
        let check = |rows: &[&str], expected| assert_eq!(counts(&before, &table("id a", &[0], rows)), expected);
        check(&["1 x", "2 y", "3 z"], "none");
        check(&["3 z", "1 x", "2 y"], "none");
        check(&["1 x", "2 Y", "3 z"], "~1");
        check(&["3 y", "2 x", "9 z"], "+1 ~2 -1");
        check(&[], "-3");
        assert_eq!(counts(&table("id a", &[0], &[]), &before), "+3");
    }

    #[test]
    fn rows_without_a_key_are_a_multiset() {
        let before = table("a b", &[], &["x 1", "x 1", "y 2"]);
        let check = |rows: &[&str], expected| assert_eq!(counts(&before, &table("a b", &[], rows)), expected);
        check(&["y 2", "x 1", "x 1"], "none");
        check(&["x 1", "y 2"], "-1");
        check(&["x 1", "x 1", "x 1", "y 2"], "+1");
        check(&["x 1", "y 2", "y 2"], "+1 -1");
        let keyed = |rows: &[&str]| table("id a", &[0], rows);
        assert_eq!(counts(&keyed(&["NULL x", "NULL x", "1 x"]), &keyed(&["1 y", "NULL x"])), "~1 -1");
        assert_eq!(counts(&keyed(&["NULL x"]), &keyed(&["5 x"])), "+1 -1");
    }

    #[test]
    fn a_composite_key_is_all_its_columns() {
        let of = |rows: &[&str]| table("a b c", &[0, 1], rows);
        assert_eq!(counts(&of(&["1 1 x", "1 2 x"]), &of(&["1 1 y", "2 1 x"])), "+1 ~1 -1");
    }

    #[test]
    fn a_column_that_is_not_there_is_null() {
        let before = table("id a", &[0], &["1 x", "2 y"]);
        let check = |after: Table, expected| assert_eq!(counts(&before, &after), expected);
        check(table("id a b", &[0], &["1 x NULL", "2 y NULL"]), "none");
        check(table("id a b", &[0], &["1 x NULL", "2 y 7"]), "~1");
        check(table("id", &[0], &["1", "2"]), "~2");
        check(table("A ID", &[1], &["x 1", "y 2"]), "none");
        check(table("nr a", &[0], &["1 x", "2 y"]), "+2 -2");
        check(table("id a", &[], &["1 x", "2 z"]), "+1 -1");
        let effect = of_tables(&before, &table("id b", &[0], &["1 z"])).unwrap();
        assert_eq!(effect.columns, ["id", "b", "a"]);
        let text = |text: &str| Cell::Text(text.into());
        assert_eq!(
            effect.rows,
            [
                RowChange::Removed(vec![text("2"), Cell::Null, text("y")]),
                RowChange::Changed {
                    before: vec![text("1"), Cell::Null, text("x")],
                    after: vec![text("1"), text("z"), Cell::Null],
                },
            ]
        );
    }

    #[test]
    fn the_listing_is_cut_and_the_counts_are_not() {
        let row = |n: usize| format!("{n} x");
        let many: Vec<String> = (0..50).map(row).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let effect = of_tables(&table("id a", &[0], &many), &table("id a", &[0], &["7 x", "99 y"])).unwrap();
        assert_eq!(effect.counts.to_string(), "+1 -49");
        assert_eq!(effect.rows.len(), 20);
        assert_eq!(effect.omitted(), 30);
        assert!(effect.rows.iter().all(|row| matches!(row, RowChange::Removed(_))));
    }
}
