//! Two snapshots to the effect that leads from one to the other.
//!
//! Rows are matched by their primary key. Rows that have none (no key declared, NULL in it) are a multiset: what is
//! there equally often before and after did not change. If the columns of a table changed, a column that is not there
//! counts as NULL, so that adding an empty column changes no row, and dropping one changes those that lose a value;
//! if the key itself changed, the rows are a multiset.
//!
//! Volatile columns are left out: rows that differ in them only did not change, and how many do is told beside the effect.
//! Without a key, a row is looked for first as it is, then without them, so that no more rows differ than must.
//!
//! Must stay true: counts are exact, only the listing is cut; the result depends on nothing but the two snapshots; no
//! value of a volatile column is in it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::expect::Cell;
use crate::runbook::effect::{Counts, Effect, ObjectChange, RowChange, SchemaChange, TableEffect};

use super::snapshot::{Row, Rows, Snapshot, Table};
use super::volatile::Volatile;

/// How many rows of a table are listed.
const ROWS_LISTED: usize = 20;

/// What leads from one state to the other, `volatile` left out.
pub(super) fn between(before: &Arc<Snapshot>, after: &Arc<Snapshot>, volatile: &Volatile) -> Effect {
    if Arc::ptr_eq(before, after) { Effect::default() } else { of_snapshots(before, after, volatile) }
}

fn of_snapshots(before: &Snapshot, after: &Snapshot, volatile: &Volatile) -> Effect {
    let names: BTreeSet<&String> = before.tables.keys().chain(after.tables.keys()).collect();
    let mut effect = Effect { schema: of_objects(before, after), ..Effect::default() };
    for name in names {
        let (name, of_rows) = match (before.tables.get(name), after.tables.get(name)) {
            (Some(before), Some(after)) => (&after.name, of_tables(before, after, volatile)),
            (Some(before), None) => (&before.name, of_tables(before, &before.emptied(), volatile)),
            (None, Some(after)) => (&after.name, of_tables(&after.emptied(), after, volatile)),
            (None, None) => continue,
        };
        effect.tables.extend(of_rows.effect.map(|effect| (name.clone(), effect)));
        if !of_rows.ignored.is_empty() {
            effect.ignored.insert(name.clone(), of_rows.ignored);
        }
    }
    effect
}

/// How the rows of one table differ.
#[derive(Default)]
struct RowsDiffer {
    /// The effect, if there is one.
    effect: Option<TableEffect>,
    /// How many rows differ in volatile columns only, by column.
    ignored: BTreeMap<String, usize>,
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

fn of_tables(before: &Table, after: &Table, volatile: &Volatile) -> RowsDiffer {
    if before.columns == after.columns && before.key == after.key {
        let volatile = volatile.positions(&after.name, &after.columns, |at| after.key.contains(&at));
        return of_rows(&before.rows, &after.rows, &after.columns, &after.key, &volatile);
    }
    let mut columns = after.columns.clone();
    columns.extend(before.columns.iter().filter(|&column| !has(&after.columns, column)).cloned());
    let positions = |table: &Table| -> Vec<Option<usize>> {
        columns.iter().map(|column| position(&table.columns, column)).collect()
    };
    let key_of = |table: &Table| -> Vec<usize> {
        table.key.iter().filter_map(|&at| position(&columns, &table.columns[at])).collect()
    };
    let keys = [key_of(before), key_of(after)];
    let volatile = volatile.positions(&after.name, &columns, |at| keys.iter().any(|key| key.contains(&at)));
    let [of_before, key] = keys;
    let key = if key == of_before { key } else { Vec::new() };
    let (before, after) = (before.rows.projected(&positions(before)), after.rows.projected(&positions(after)));
    of_rows(&before, &after, &columns, &key, &volatile)
}

fn position(columns: &[String], name: &str) -> Option<usize> {
    columns.iter().position(|column| column.eq_ignore_ascii_case(name))
}

fn has(columns: &[String], name: &str) -> bool {
    position(columns, name).is_some()
}

/// How far a row is looked for that stands a little further on on the other side.
const NEAR: usize = 8;

/// The rows of both sides but for equal ones that stand in the same order, as far as that shows without searching: equal
/// rows are the same row whatever their key, and most of those that are left would be such.
fn unaligned<'a>(
    before: &'a Rows,
    mut of_before: Range<usize>,
    after: &'a Rows,
    mut of_after: Range<usize>,
) -> (Vec<Row<'a>>, Vec<Row<'a>>) {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    while !of_before.is_empty() && !of_after.is_empty() {
        let (i, j) = (of_before.start, of_after.start);
        let (row, other) = (before.get(i), after.get(j));
        if row == other {
            (of_before.start, of_after.start) = (i + 1, j + 1);
        } else if let Some(further) = (j + 1..of_after.end).take(NEAR).find(|&further| after.get(further) == row) {
            new.extend((j..further).map(|index| after.get(index)));
            of_after.start = further;
        } else if let Some(further) = (i + 1..of_before.end).take(NEAR).find(|&further| before.get(further) == other) {
            old.extend((i..further).map(|index| before.get(index)));
            of_before.start = further;
        } else {
            old.push(row);
            new.push(other);
            (of_before.start, of_after.start) = (i + 1, j + 1);
        }
    }
    old.extend(of_before.map(|index| before.get(index)));
    new.extend(of_after.map(|index| after.get(index)));
    (old, new)
}

/// How rows of the same columns differ, those at `volatile` left out.
fn of_rows(before: &Rows, after: &Rows, columns: &[String], key: &[usize], volatile: &[usize]) -> RowsDiffer {
    if before == after {
        return RowsDiffer::default();
    }
    // Most rows of most tables stay where they are: only what is between the equal ends needs to be matched.
    let start = before.iter().zip(after.iter()).take_while(|(before, after)| before == after).count();
    let shorter = before.len().min(after.len());
    let end = (1..=shorter - start).take_while(|&n| before.get(before.len() - n) == after.get(after.len() - n)).count();
    let (mut old, mut new) = unaligned(before, start..before.len() - end, after, start..after.len() - end);
    if !volatile.is_empty() {
        (old, new) = unequal(old, new);
    }

    let mut unmatched = ByIdentity::new(&old, key, volatile);
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    let mut ignored = BTreeMap::new();
    for &row in &new {
        match unmatched.take(row) {
            Some(index) if old[index] == row => {}
            Some(index) if old[index].without(volatile) == row.without(volatile) => {
                for at in old[index].differing(row, volatile) {
                    *ignored.entry(columns[at].clone()).or_default() += 1;
                }
            }
            Some(index) => changed.push((old[index], row)),
            None => added.push(row),
        }
    }
    let removed: Vec<Row<'_>> =
        old.iter().zip(&unmatched.taken).filter(|&(_, &taken)| !taken).map(|(&row, _)| row).collect();

    let counts = Counts { added: added.len(), changed: changed.len(), removed: removed.len() };
    if counts == Counts::default() {
        return RowsDiffer { effect: None, ignored };
    }
    let cells = |row: &Row<'_>| {
        let mut cells = row.cells();
        volatile.iter().for_each(|&at| cells[at] = Cell::Volatile);
        cells
    };
    let [of_removed, of_changed, of_added] = shares([removed.len(), changed.len(), added.len()]);
    let changed_row =
        |(before, after): &(Row<'_>, Row<'_>)| RowChange::Changed { before: cells(before), after: cells(after) };
    let removed = removed[..of_removed].iter().map(|row| RowChange::Removed(cells(row)));
    let changed = changed[..of_changed].iter().map(changed_row);
    let added = added[..of_added].iter().map(|row| RowChange::Added(cells(row)));
    let rows = removed.chain(changed).chain(added).collect();
    let key = key.iter().map(|&at| columns[at].clone()).collect();
    RowsDiffer { effect: Some(TableEffect { counts, columns: columns.to_vec(), key, rows }), ignored }
}

/// How many of each kind of row are listed: many of one kind do not push out the others.
fn shares(counts: [usize; 3]) -> [usize; 3] {
    let mut shares = counts.map(|count| count.min(ROWS_LISTED / 3));
    let mut room = ROWS_LISTED - shares.iter().sum::<usize>();
    for (share, count) in shares.iter_mut().zip(counts) {
        let more = room.min(count - *share);
        *share += more;
        room -= more;
    }
    shares
}

/// The rows without those that are there on both sides, value for value.
fn unequal<'a>(old: Vec<Row<'a>>, new: Vec<Row<'a>>) -> (Vec<Row<'a>>, Vec<Row<'a>>) {
    let mut whole = ByIdentity::new(&old, &[], &[]);
    let new: Vec<Row<'a>> = new.into_iter().filter(|&row| whole.take(row).is_none()).collect();
    let taken = std::mem::take(&mut whole.taken);
    (old.into_iter().zip(taken).filter(|&(_, taken)| !taken).map(|(row, _)| row).collect(), new)
}

/// Rows found by what makes them the same row; several of the same identity are taken in order.
struct ByIdentity<'a, 'p> {
    key: &'p [usize],
    volatile: &'p [usize],
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
    /// All cells but the volatile ones, for a row without a key.
    Values(Cow<'a, [u8]>),
}

impl<'a, 'p> ByIdentity<'a, 'p> {
    fn new(rows: &[Row<'a>], key: &'p [usize], volatile: &'p [usize]) -> Self {
        let mut first = HashMap::with_capacity(rows.len());
        let mut next = vec![None; rows.len()];
        for (index, &row) in rows.iter().enumerate().rev() {
            next[index] = first.insert(identity(row, key, volatile), index);
        }
        Self { key, volatile, first, next, taken: vec![false; rows.len()] }
    }

    fn take(&mut self, row: Row<'a>) -> Option<usize> {
        let identity = identity(row, self.key, self.volatile);
        let index = self.first.remove(&identity)?;
        if let Some(next) = self.next[index] {
            self.first.insert(identity, next);
        }
        self.taken[index] = true;
        Some(index)
    }
}

fn identity<'a>(row: Row<'a>, key: &[usize], volatile: &[usize]) -> Identity<'a> {
    let declared = if key.is_empty() { None } else { row.key(key) };
    declared.map_or_else(|| Identity::Values(row.without(volatile)), Identity::Key)
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

    fn effect_of(before: &Table, after: &Table) -> TableEffect {
        of_tables(before, after, &Volatile::default()).effect.unwrap()
    }

    fn counts(before: &Table, after: &Table) -> String {
        let effect = of_tables(before, after, &Volatile::default()).effect;
        effect.map_or("none".into(), |effect| effect.counts.to_string())
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
        let effect = effect_of(&before, &table("id b", &[0], &["1 z"]));
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
        let effect = effect_of(&table("id a", &[0], &many), &table("id a", &[0], &["7 x", "99 y"]));
        assert_eq!(effect.counts.to_string(), "+1 -49");
        assert_eq!(effect.rows.len(), 20);
        assert_eq!(effect.omitted(), 30);
        let is_removed = |row: &RowChange| matches!(row, RowChange::Removed(_));
        assert!(effect.rows[..19].iter().all(is_removed), "removed rows first");
        assert!(matches!(&effect.rows[19], RowChange::Added(_)), "many rows of one kind do not push out the others");
    }

    #[test]
    fn each_kind_of_row_has_its_share_of_the_listing() {
        for (counts, expected) in [
            ([0, 0, 0], [0, 0, 0]),
            ([50, 0, 0], [20, 0, 0]),
            ([50, 1, 0], [19, 1, 0]),
            ([50, 50, 50], [8, 6, 6]),
            ([2, 50, 50], [2, 12, 6]),
            ([3, 3, 3], [3, 3, 3]),
            ([7, 7, 6], [7, 7, 6]),
        ] {
            assert_eq!(shares(counts), expected, "{counts:?}");
        }
    }

    /// The counts and what is ignored, where the columns `at` and `by` are volatile.
    fn ignoring(before: &Table, after: &Table) -> String {
        let RowsDiffer { effect, ignored } = of_tables(before, after, &Volatile::of(&["At", "by"]));
        let counts = effect.map_or("none".into(), |effect| effect.counts.to_string());
        let ignored: Vec<String> = ignored.iter().map(|(column, rows)| format!("{column}={rows}")).collect();
        format!("{counts} {}", ignored.join(" ")).trim_end().to_owned()
    }

    #[test]
    fn rows_that_differ_in_volatile_columns_only_are_counted_apart() {
        let of = |rows: &[&str]| table("id a at by", &[0], rows);
        let before = of(&["1 x 10 eve", "2 y 10 eve", "3 z NULL eve"]);
        let check = |rows: &[&str], expected| assert_eq!(ignoring(&before, &of(rows)), expected);
        check(&["1 x 10 eve", "2 y 10 eve", "3 z NULL eve"], "none");
        check(&["1 x 11 eve", "2 y 10 eve", "3 z 11 bob"], "none at=2 by=1");
        check(&["3 z NULL eve", "2 y 12 eve", "1 x 11 eve"], "none at=2");
        // What changed anyway counts as that, and a row is added or removed whatever stands in it.
        check(&["1 X 11 eve", "2 y 11 eve", "4 z NULL eve"], "+1 ~1 -1 at=1");
    }

    #[test]
    fn without_a_key_a_row_is_found_without_its_volatile_columns() {
        let of = |rows: &[&str]| table("a at", &[], rows);
        let before = of(&["x 1", "x 2", "x 2", "y 1"]);
        let check = |rows: &[&str], expected| assert_eq!(ignoring(&before, &of(rows)), expected);
        check(&["y 1", "x 2", "x 1", "x 2"], "none");
        check(&["x 2", "x 2", "x 3", "y 1"], "none at=1");
        check(&["x 7", "x 8", "x 9", "y 7"], "none at=4");
        check(&["x 7", "y 1", "y 1"], "+1 -2 at=1");
        check(&["x 1", "x 2", "x 2", "z 1"], "+1 -1");
    }

    #[test]
    fn a_key_is_compared_even_if_it_is_named() {
        let of = |key: &[usize], rows: &[&str]| table("at a", key, rows);
        assert_eq!(ignoring(&of(&[0], &["1 x"]), &of(&[0], &["2 x"])), "+1 -1");
        assert_eq!(ignoring(&of(&[], &["1 x"]), &of(&[0], &["2 x"])), "+1 -1");
        assert_eq!(ignoring(&of(&[1], &["1 x"]), &of(&[1], &["2 x"])), "none at=1");
    }

    #[test]
    fn a_volatile_column_that_comes_or_goes_is_ignored() {
        let without = table("id a", &[0], &["1 x"]);
        let with = table("id a at", &[0], &["1 x 5"]);
        assert_eq!(ignoring(&without, &with), "none at=1");
        assert_eq!(ignoring(&with, &without), "none at=1");
    }

    #[test]
    fn no_value_of_a_volatile_column_is_listed() {
        let of = |rows: &[&str]| table("id a at", &[0], rows);
        let (before, after) = (of(&["1 x 10", "2 y 10", "3 z 10"]), of(&["1 X 11", "2 y 11", "4 w 11"]));
        let effect = of_tables(&before, &after, &Volatile::of(&["at"])).effect.unwrap();
        let row = |id: &str, a: &str| vec![Cell::Text(id.into()), Cell::Text(a.into()), Cell::Volatile];
        assert_eq!(
            effect.rows,
            [
                RowChange::Removed(row("3", "z")),
                RowChange::Changed { before: row("1", "x"), after: row("1", "X") },
                RowChange::Added(row("4", "w")),
            ]
        );
        assert_eq!(effect.key, ["id"]);
    }
}
