//! Effects and results as a reader sees them: signs and words, never colour alone.
//!
//! Must stay true: asserted and only measured are told apart; what was not measured is never shown as if it was.

use super::code::{self, FilledIn, Style};
use super::view::{CellView, ChangeView, EffectItemView, EffectView, RowView, RowsView, TableView};
use crate::expect::{Cell, ResultSet};
use crate::runbook::effect::{Counts, Effect, ObjectChange, Promise, RowChange};

/// The effect of a snippet from what it promises and what was measured; `None` if neither is known.
pub(crate) fn view(promised: Option<&Promise>, measured: Option<&Effect>) -> Option<EffectView> {
    let state = match (promised, measured) {
        (Some(promised), Some(measured)) if promised.holds(measured) => "promised",
        (Some(_), Some(_)) => "broken",
        (None, Some(_)) => "measured",
        (Some(_), None) => "expected",
        (None, None) => return None,
    };
    Some(match measured {
        Some(measured) => EffectView { state, items: measured_items(measured), tables: rows(measured) },
        None => EffectView { state, items: promised.map(promised_items).unwrap_or_default(), tables: Vec::new() },
    })
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
    TableView { columns: result.columns.clone(), rows: result.rows.iter().map(|row| cells(row, None)).collect() }
}

/// A cell as an author wrote it, parameters filled in.
pub(crate) fn written_cell(text: &str, filled_in: &[FilledIn]) -> CellView {
    let number = text.parse::<f64>().is_ok() && text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let html = if text == "NULL" { NULL.into() } else { code::html("", text, filled_in, &Style::default()) };
    CellView { html, number, differs: false }
}

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

fn rows(effect: &Effect) -> Vec<RowsView> {
    let row = |change: &RowChange| match change {
        RowChange::Added(row) => vec![RowView { change: "added", sign: "+", cells: cells(row, None) }],
        RowChange::Removed(row) => vec![RowView { change: "removed", sign: MINUS, cells: cells(row, None) }],
        RowChange::Changed { before, after } => vec![
            RowView { change: "was", sign: "~", cells: cells(before, Some(after)) },
            RowView { change: "now", sign: "~", cells: cells(after, Some(before)) },
        ],
    };
    effect
        .tables
        .iter()
        .filter(|(_, table)| !table.rows.is_empty())
        .map(|(name, table)| RowsView {
            name: name.clone(),
            columns: table.columns.clone(),
            rows: table.rows.iter().flat_map(row).collect(),
            omitted: table.omitted(),
        })
        .collect()
}

fn cells(row: &[Cell], other: Option<&[Cell]>) -> Vec<CellView> {
    row.iter()
        .enumerate()
        .map(|(index, cell)| CellView {
            html: match cell {
                Cell::Null => NULL.into(),
                cell => super::escape::text(&cell.written()),
            },
            number: matches!(cell, Cell::Number(_) | Cell::Float(_)),
            differs: other.is_some_and(|other| other.get(index) != Some(cell)),
        })
        .collect()
}
