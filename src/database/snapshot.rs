//! A database's committed state at one moment, whatever the engine: what two of are compared.
//!
//! Must stay true: equal values have equal bytes and different ones different bytes, so that rows are compared without
//! being read; a snapshot is complete, nothing in it is summarised.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::volatile::TableColumns;
use crate::expect::Cell;

/// The rows and schema objects of a database.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Snapshot {
    /// The tables by name, in the form in which the engine tells names apart. One that did not change from one snapshot to the next is the same in both.
    pub(super) tables: BTreeMap<String, Arc<Table>>,
    /// The schema objects by kind and name, likewise.
    pub(super) objects: BTreeMap<(String, String), Object>,
}

/// A schema object: table, index, view, trigger …
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object {
    /// Its name as written.
    pub(super) name: String,
    /// Everything that makes it what it is, as one text.
    pub(super) definition: String,
}

/// A table and its rows.
// `Eq`, so that two that are one are not compared (`Arc` knows).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// Its name as written.
    pub(super) name: String,
    /// Its columns, in order.
    pub(super) columns: Vec<String>,
    /// The columns of its declared primary key, as positions in `columns`; empty if it has none.
    pub(super) key: Vec<usize>,
    /// Its rows, in the order the engine gave them.
    pub(super) rows: Rows,
}

impl Table {
    /// The same table without rows.
    pub(super) fn emptied(&self) -> Self {
        let Self { name, columns, key, .. } = self;
        Self { name: name.clone(), columns: columns.clone(), key: key.clone(), rows: Rows::default() }
    }
}

impl Snapshot {
    /// Its tables without rows.
    pub(super) fn columns(&self) -> Vec<TableColumns> {
        let of_table = |Table { name, columns, key, .. }: &Table| TableColumns {
            name: name.clone(),
            columns: columns.clone(),
            key: key.iter().map(|&at| columns[at].clone()).collect(),
        };
        self.tables.values().map(|table| of_table(table)).collect()
    }

    /// The form of a name by which tables and objects are matched on an engine that does not tell case apart.
    pub(super) fn folded(name: &str) -> String {
        name.to_ascii_lowercase()
    }
}

/// Rows, one after the other in one buffer: a snapshot of many small rows is read and compared often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

const NULL: u8 = 0;
const NUMBER: u8 = 1;
const FLOAT: u8 = 2;
const TEXT: u8 = 3;
const BYTES: u8 = 4;
const INTEGER: u8 = 5;

impl Rows {
    /// No rows, with room for as many as there were `before`, and some more.
    pub(super) fn about_as_many_as(before: &Self) -> Self {
        let more = |length: usize| length + length / 8 + 64;
        Self { bytes: Vec::with_capacity(more(before.bytes.len())), ends: Vec::with_capacity(more(before.ends.len())) }
    }

    /// Adds a whole number of an engine that gives none as digits.
    pub(super) fn push_integer(&mut self, number: i64) {
        self.bytes.push(INTEGER);
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    /// Adds NULL to the current row.
    pub(super) fn push_null(&mut self) {
        self.bytes.push(NULL);
    }

    /// Adds an exact number in decimal notation.
    pub(super) fn push_number(&mut self, digits: &str) {
        self.push_long(NUMBER, digits.as_bytes());
    }

    /// Adds a floating-point number; two are the same if their bits are.
    pub(super) fn push_float(&mut self, value: f64) {
        self.bytes.push(FLOAT);
        self.bytes.extend_from_slice(&value.to_bits().to_le_bytes());
    }

    /// Adds what the engine calls text; it stays bytes if it is not UTF-8.
    pub(super) fn push_text(&mut self, text: &[u8]) {
        let tag = if std::str::from_utf8(text).is_ok() { TEXT } else { BYTES };
        self.push_long(tag, text);
    }

    /// Adds bytes.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) {
        self.push_long(BYTES, bytes);
    }

    /// Ends the current row.
    pub(super) fn end_row(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Adds the rows of `other` that are in `range`.
    pub(super) fn extend(&mut self, other: &Self, range: Range<usize>) {
        let start = |index: usize| index.checked_sub(1).map_or(0, |before| other.ends[before]);
        let (from, had) = (start(range.start), self.bytes.len());
        self.bytes.extend_from_slice(&other.bytes[from..start(range.end)]);
        self.ends.extend(other.ends[range].iter().map(|end| end - from + had));
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The row at `index`.
    pub(super) fn get(&self, index: usize) -> Row<'_> {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Row(&self.bytes[start..self.ends[index]])
    }

    /// The rows, in order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// The same rows with other columns: the one at each of `positions`, or NULL.
    pub(super) fn projected(&self, positions: &[Option<usize>]) -> Self {
        let mut projected = Self::default();
        for row in self.iter() {
            let cells: Vec<&[u8]> = row.raw_cells().collect();
            for position in positions {
                match position.and_then(|position| cells.get(position)) {
                    Some(cell) => projected.bytes.extend_from_slice(cell),
                    None => projected.push_null(),
                }
            }
            projected.end_row();
        }
        projected
    }

    fn push_long(&mut self, tag: u8, payload: &[u8]) {
        self.bytes.reserve(1 + 8 + payload.len());
        self.bytes.push(tag);
        self.bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(payload);
    }
}

/// One row as bytes: equal rows are equal bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Row<'a>(&'a [u8]);

impl<'a> Row<'a> {
    /// The row's values.
    pub(super) fn cells(self) -> Vec<Cell> {
        self.raw_cells().map(cell).collect()
    }

    /// The bytes of the cells at `key`, or `None` if one is NULL: such a row has no identity but its values.
    pub(super) fn key(self, key: &[usize]) -> Option<Vec<u8>> {
        let cells: Vec<&[u8]> = self.raw_cells().collect();
        let mut bytes = Vec::new();
        for &position in key {
            let cell = *cells.get(position)?;
            if cell.first() == Some(&NULL) {
                return None;
            }
            bytes.extend_from_slice(cell);
        }
        Some(bytes)
    }

    /// The bytes of the row without the cells at `positions`.
    pub(super) fn without(self, positions: &[usize]) -> Cow<'a, [u8]> {
        if positions.is_empty() {
            return Cow::Borrowed(self.0);
        }
        let cells = self.raw_cells().enumerate().filter(|(at, _)| !positions.contains(at));
        Cow::Owned(cells.flat_map(|(_, cell)| cell).copied().collect())
    }

    /// Which of the cells at `positions` are others in `other`.
    pub(super) fn differing(self, other: Self, positions: &[usize]) -> Vec<usize> {
        let (own, others): (Vec<_>, Vec<_>) = (self.raw_cells().collect(), other.raw_cells().collect());
        positions.iter().copied().filter(|&at| own.get(at) != others.get(at)).collect()
    }

    fn raw_cells(self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let length = cell_length(rest)?;
            let (cell, after) = rest.split_at(length);
            rest = after;
            Some(cell)
        })
    }
}

/// How long the first cell of `bytes` is; `None` at the end.
fn cell_length(bytes: &[u8]) -> Option<usize> {
    let (&tag, payload) = bytes.split_first()?;
    Some(match tag {
        NULL => 1,
        FLOAT | INTEGER => 1 + 8,
        _ => 1 + 8 + u64::from_le_bytes(*payload.first_chunk()?) as usize,
    })
}

fn cell(bytes: &[u8]) -> Cell {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes.get(9..).unwrap_or_default()).into_owned();
    match bytes.first() {
        Some(&NUMBER) => Cell::Number(text(bytes)),
        Some(&FLOAT) => {
            let bits = bytes[1..].first_chunk().map_or(0, |bits| u64::from_le_bytes(*bits));
            Cell::Float(f64::from_bits(bits))
        }
        Some(&INTEGER) => {
            let number = bytes[1..].first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes));
            Cell::Number(number.to_string())
        }
        Some(&TEXT) => Cell::Text(text(bytes)),
        Some(&BYTES) => Cell::Bytes(bytes[9..].to_vec()),
        _ => Cell::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_went_in() {
        let mut rows = Rows::default();
        rows.push_null();
        rows.push_number("-12");
        rows.push_float(0.1);
        rows.push_text("žluť".as_bytes());
        rows.push_text(b"\xff");
        rows.push_bytes(b"");
        rows.end_row();
        rows.end_row();
        assert_eq!(rows.len(), 2);
        let cells = [
            Cell::Null,
            Cell::Number("-12".into()),
            Cell::Float(0.1),
            Cell::Text("žluť".into()),
            Cell::Bytes(vec![0xff]),
            Cell::Bytes(vec![]),
        ];
        assert_eq!(rows.get(0).cells(), cells);
        assert_eq!(rows.get(1).cells(), []);
    }

    #[test]
    fn a_whole_number_is_read_as_its_digits() {
        for number in [0, 7, -1, 10, -105, i64::MAX, i64::MIN] {
            let mut rows = Rows::default();
            rows.push_integer(number);
            rows.push_null();
            rows.end_row();
            assert_eq!(rows.get(0).cells(), [Cell::Number(number.to_string()), Cell::Null]);
        }
    }

    #[test]
    fn different_values_are_different_bytes() {
        let mut rows = Rows::default();
        for fill in [
            |rows: &mut Rows| rows.push_null(),
            |rows: &mut Rows| rows.push_text(b"1"),
            |rows: &mut Rows| rows.push_number("1"),
            |rows: &mut Rows| rows.push_bytes(b"1"),
            |rows: &mut Rows| rows.push_float(1.0),
            |rows: &mut Rows| rows.push_text(b""),
        ] {
            fill(&mut rows);
            rows.end_row();
        }
        for a in 0..rows.len() {
            for b in 0..rows.len() {
                assert_eq!(rows.get(a) == rows.get(b), a == b);
            }
        }
    }

    #[test]
    fn a_projection_picks_and_reorders_columns() {
        let mut rows = Rows::default();
        rows.push_number("1");
        rows.push_text(b"a");
        rows.end_row();
        let projected = rows.projected(&[Some(1), None, Some(0)]);
        assert_eq!(projected.get(0).cells(), [Cell::Text("a".into()), Cell::Null, Cell::Number("1".into())]);
        assert_eq!(rows.get(0).key(&[1]), projected.get(0).key(&[0]));
        assert_eq!(projected.get(0).key(&[0, 1]), None, "NULL is no identity");
    }
}
