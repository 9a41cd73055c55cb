//! Effects and results as a reader sees them: signs and words, never colour alone.
//!
//! Must stay true: asserted and only measured are told apart; what was not measured is never shown as if it was; what is
//! ignored, left out or cut is said.

use super::code::{self, FilledIn, Style};
use super::view::{CellView, ChangeView, EffectItemView, EffectView, RowView, RowsView, TableView};
use super::words;
use crate::expect::{Cell, ResultSet};
use crate::runbook::effect::{Counts, Effect, Ignored, ObjectChange, Promise, RowChange, TableEffect, ignored_words};
use crate::runbook::listing::{shortened, told_apart, unchanged};

/// The effect of a snippet from what it promises and what was measured; `None` if neither is known. `left` is what an
/// undo left otherwise, in volatile columns.
pub(crate) fn view(promised: Option<&Promise>, measured: Option<&Effect>, left: &Ignored) -> Option<EffectView> {
    let state = match (promised, measured) {
        (Some(promised), Some(measured)) if promised.holds(measured) => "promised",
        (Some(_), Some(_)) => "broken",
        (None, Some(_)) => "measured",
        (Some(_), None) => "expected",
        (None, None) => return None,
    };
    Some(match measured {
        Some(measured) => EffectView {
            state,
            items: measured_items(measured),
            tables: rows(measured),
            ignored: ignored_lines(&measured.ignored, left),
        },
        None => EffectView {
            state,
            items: promised.map(promised_items).unwrap_or_default(),
            tables: Vec::new(),
            ignored: Vec::new(),
        },
    })
}

fn ignored_lines(measured: &Ignored, left: &Ignored) -> Vec<String> {
    let line = |what: &str, ignored: &Ignored| {
        (!ignored.is_empty()).then(|| words::marked_up(&format!("{what}: {} (volatile)", ignored_words(ignored))))
    };
    [line("Ignored", measured), line("Ignored, though not as before the step", left)].into_iter().flatten().collect()
}

/// A promise in one line, such as `architectures −1`.
pub(crate) fn line(promise: &Promise) -> String {
    let items: Vec<String> = promised_items(promise)
        .into_iter()
        .map(|item| {
            let counts: Vec<String> = item.changes.into_iter().map(|change| change.count).collect();
            format!("`{}` {}", item.name, counts.join(" ")).trim_end().to_owned()
        })
        .collect();
    if items.is_empty() { "nothing".into() } else { items.join(", ") }
}

/// A result set as a table.
pub(crate) fn result(result: &ResultSet) -> TableView {
    if result.rows.is_empty() {
        return TableView { columns: Vec::new(), rows: Vec::new() };
    }
    TableView {
        columns: result.columns.clone(),
        rows: result.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
    }
}

/// A cell as an author wrote it, parameters filled in.
pub(crate) fn written_cell(text: &str, filled_in: &[FilledIn]) -> CellView {
    let number = text.parse::<f64>().is_ok() && text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let html = if text == "NULL" { NULL.into() } else { code::html("", text, filled_in, &Style::default()) };
    CellView { html, number }
}

/// What stands for a value of a volatile column, which is not told.
const VOLATILE: &str = "<span class=\"null\">volatile</span>";

/// `NULL` is not the text `NULL`.
const NULL: &str = "<span class=\"null\">NULL</span>";

/// A minus sign, as wide as a plus; a hyphen is easily overlooked.
const MINUS: &str = "\u{2212}";

fn measured_items(effect: &Effect) -> Vec<EffectItemView> {
    let tables = effect.tables.iter().map(|(name, table)| item(name, table.counts));
    let objects = effect.schema.iter().map(|object| {
        let (change, sign) = match object.change {
            ObjectChange::Added => ("added", "+"),
            ObjectChange::Changed => ("changed", "~"),
            ObjectChange::Removed => ("removed", MINUS),
        };
        let changes = vec![ChangeView { change, count: sign.to_owned() }];
        EffectItemView { name: format!("{} {}", object.kind, object.name), changes }
    });
    tables.chain(objects).collect()
}

fn promised_items(promise: &Promise) -> Vec<EffectItemView> {
    let mut items: Vec<_> = promise.tables.iter().map(|(name, counts)| item(name, *counts)).collect();
    if promise.schema {
        items.push(EffectItemView { name: "schema".into(), changes: Vec::new() });
    }
    items
}

fn item(name: &str, counts: Counts) -> EffectItemView {
    let changes = [("added", "+", counts.added), ("changed", "~", counts.changed), ("removed", MINUS, counts.removed)]
        .into_iter()
        .filter(|(_, _, count)| *count > 0)
        .map(|(change, sign, count)| ChangeView { change, count: format!("{sign}{count}") })
        .collect();
    EffectItemView { name: name.to_owned(), changes }
}

/// The rows of an effect, by table.
pub(crate) fn rows(effect: &Effect) -> Vec<RowsView> {
    let listed = effect.tables.iter().filter(|(_, table)| !table.rows.is_empty());
    listed.map(|(name, table)| rows_of(name, table)).collect()
}

fn rows_of(name: &str, table: &TableEffect) -> RowsView {
    let columns = table.shown_columns();
    let whole =
        |cells: &[Cell]| columns.iter().filter_map(|&at| cells.get(at)).map(|it| cell(&shortened(it))).collect();
    let row = |change: &RowChange| match change {
        RowChange::Added(row) => RowView { change: "added", sign: "+", cells: whole(row) },
        RowChange::Removed(row) => RowView { change: "removed", sign: MINUS, cells: whole(row) },
        RowChange::Changed { before, after } => RowView {
            change: "changed",
            sign: "~",
            cells: columns.iter().filter_map(|&at| Some(changed_cell(before.get(at)?, after.get(at)?))).collect(),
        },
    };
    RowsView {
        name: name.to_owned(),
        columns: columns.iter().map(|&at| table.columns[at].clone()).collect(),
        of_columns: (columns.len() < table.columns.len()).then_some(table.columns.len()),
        rows: table.rows.iter().map(row).collect(),
        omitted: table.omitted(),
    }
}

/// A cell of a changed row: both values if they differ.
fn changed_cell(before: &Cell, after: &Cell) -> CellView {
    if before == after {
        return match after {
            Cell::Text(_) | Cell::Bytes(_) => CellView { html: super::escape::text(&unchanged(after)), number: false },
            after => cell(&shortened(after)),
        };
    }
    let (was, is) = told_apart(before, after);
    let html = |cell: &Cell, written: &str| match cell {
        Cell::Null => NULL.into(),
        _ => super::escape::text(written),
    };
    // Values too long to be read beside each other stand below each other: in a cell a line ending is one.
    let between = if was.chars().count() + is.chars().count() > BESIDE { "\n" } else { " " };
    let html = format!("{}{between}\u{2192} <mark>{}</mark>", html(before, &was), html(after, &is));
    CellView { html, number: false }
}

/// How many characters two values may have together to stand beside each other.
const BESIDE: usize = 32;

fn cell(cell: &Cell) -> CellView {
    let html = match cell {
        Cell::Null => NULL.into(),
        Cell::Volatile => VOLATILE.into(),
        cell => super::escape::text(&cell.written()),
    };
    CellView { html, number: matches!(cell, Cell::Number(_) | Cell::Float(_)) }
}
