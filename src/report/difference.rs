//! Expected against actual: effects, tables and text, drawn.
//!
//! Must stay true: what of a row or a value is not shown is said.

use std::collections::BTreeMap;

use similar::{ChangeTag, TextDiff};

use super::paint::{ADDED, MIND, QUIET, REMOVED, paint};
use crate::expect::{Cell, ResultSet, TableDifference, draw};
use crate::runbook::effect::{Counts, Effect, Ignored, ObjectChange, Promise, RowChange, TableEffect, ignored_words};
use crate::runbook::listing::{shortened, told_apart, unchanged};

/// The most lines of a snippet, an output or a table that are shown.
pub(super) const MOST_LINES: usize = 24;

/// Two effects side by side, then the rows.
pub(super) fn effects(promised: &Promise, measured: &Effect) -> String {
    let actual = measured.promise();
    let mut lines: BTreeMap<String, (String, String)> = BTreeMap::new();
    let show = |counts: Option<&Counts>| counts.map_or_else(|| "–".to_owned(), Counts::to_string);
    let lower = |promise: &Promise, name: &str| {
        promise.tables.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, counts)| *counts)
    };
    for name in actual.tables.keys().chain(promised.tables.keys()) {
        if !lines.keys().any(|known| known.eq_ignore_ascii_case(name)) {
            let sides = (show(lower(promised, name).as_ref()), show(lower(&actual, name).as_ref()));
            lines.insert(name.clone(), sides);
        }
    }
    if promised.schema || actual.schema {
        let mark = |schema: bool| if schema { "changed" } else { "–" }.to_owned();
        lines.insert("schema".into(), (mark(promised.schema), mark(actual.schema)));
    }
    let width = |pick: fn(&(String, String)) -> &String, head: &str| {
        lines.values().map(|sides| pick(sides).chars().count()).chain([head.len()]).max().unwrap_or(0)
    };
    let name_width = lines.keys().map(|name| name.chars().count()).chain(["effect".len()]).max().unwrap_or(0);
    let left = width(|sides| &sides.0, "promised");
    let right = width(|sides| &sides.1, "measured");
    let mut text = format!(
        "{}\n",
        paint(QUIET, format!("{:<name_width$}   {:<left$}   {:<right$}", "effect", "promised", "measured").trim_end())
    );
    for (name, (promised, measured)) in &lines {
        let line = format!("{name:<name_width$}   {promised:<left$}   {measured:<right$}");
        let line = line.trim_end();
        text.push_str(&if promised == measured { format!("{line}\n") } else { format!("{}\n", paint(MIND, line)) });
    }
    text + &rows(measured)
}

/// The rows of an effect, by table, then what of it is ignored.
pub(super) fn rows(effect: &Effect) -> String {
    let mut text: String = effect.tables.iter().map(|(name, table)| rows_of(name, table)).collect();
    for change in &effect.schema {
        let word = match change.change {
            ObjectChange::Added => "added",
            ObjectChange::Changed => "changed",
            ObjectChange::Removed => "removed",
        };
        text.push_str(&format!("\n{word}: {} {}\n", change.kind, change.name));
    }
    if !effect.ignored.is_empty() {
        text.push_str(&format!("\n{}\n", ignored(&effect.ignored)));
    }
    text
}

/// What differs and does not count, in one line.
pub(super) fn ignored(ignored: &Ignored) -> String {
    paint(QUIET, &format!("ignored: {} (volatile)", ignored_words(ignored)))
}

fn rows_of(name: &str, table: &TableEffect) -> String {
    let mut text = String::new();
    let columns = table.shown_columns();
    let of_all = match table.columns.len() {
        all if all == columns.len() => String::new(),
        all => format!(" ({} of {all} columns)", columns.len()),
    };
    let whole = |kept: fn(&RowChange) -> Option<&Vec<Cell>>| ResultSet {
        columns: columns.iter().map(|&at| table.columns[at].clone()).collect(),
        rows: table
            .rows
            .iter()
            .filter_map(kept)
            .map(|cells| columns.iter().filter_map(|&at| cells.get(at)).map(shortened).collect())
            .collect(),
        ordered: false,
    };
    let parts = [
        ("removed from", whole(|row| if let RowChange::Removed(cells) = row { Some(cells) } else { None })),
        ("added to", whole(|row| if let RowChange::Added(cells) = row { Some(cells) } else { None })),
    ];
    for (word, part) in parts.iter().filter(|(_, part)| !part.rows.is_empty()) {
        text.push_str(&format!("\n{word} {name}{of_all}:\n{}", capped(part)));
    }
    let changed: Vec<String> = table
        .rows
        .iter()
        .filter_map(|row| if let RowChange::Changed { before, after } = row { Some((before, after)) } else { None })
        .map(|(before, after)| format!("  {}\n", changed_row(table, before, after)))
        .collect();
    if !changed.is_empty() {
        let of_all = match table.is_narrow() {
            true => String::new(),
            false => format!(" (of {} columns the key and what changed)", table.columns.len()),
        };
        text.push_str(&format!("\nchanged in {name}{of_all}:\n{}", changed.concat()));
    }
    if table.omitted() > 0 {
        let rows = if table.omitted() == 1 { "row" } else { "rows" };
        text.push_str(&format!("… and {} more {rows} of {name}\n", table.omitted()));
    }
    text
}

/// A changed row: what stayed names it, what changed is shown with both values.
fn changed_row(table: &TableEffect, before: &[Cell], after: &[Cell]) -> String {
    let parts: Vec<String> = (0..table.columns.len())
        .filter(|&at| table.is_narrow() || table.is_key(at) || before.get(at) != after.get(at))
        .filter_map(|at| Some((&table.columns[at], before.get(at)?, after.get(at)?)))
        .map(|(column, before, after)| {
            if before == after {
                format!("{column} = {}", unchanged(after))
            } else {
                let (before, after) = told_apart(before, after);
                paint(MIND, &format!("{column}: {before} → {after}"))
            }
        })
        .collect();
    parts.join(", ")
}

pub(super) fn table(difference: &TableDifference) -> String {
    let mut text = String::new();
    if let Some((expected, actual)) = &difference.columns {
        text.push_str(&format!("expected columns: {}\nactual columns:   {}\n", expected.join(", "), actual.join(", ")));
    }
    for cell in &difference.cells {
        text.push_str(&format!(
            "row {}, column `{}`: expected {}, got {}\n",
            cell.row,
            cell.column,
            paint(REMOVED, &shown(&cell.expected)),
            paint(ADDED, &shown(&cell.actual))
        ));
    }
    for row in difference.missing.iter().take(MOST_LINES) {
        text.push_str(&paint(REMOVED, &format!("- | {} |  expected, but missing", row.join(" | "))));
        text.push('\n');
    }
    for row in difference.unexpected.iter().take(MOST_LINES) {
        text.push_str(&paint(ADDED, &format!("+ | {} |  came, but not expected", row.join(" | "))));
        text.push('\n');
    }
    if difference.order {
        text.push_str("the same rows in another order; the statement fixes the order with ORDER BY\n");
    }
    let listed =
        difference.missing.len().saturating_sub(MOST_LINES) + difference.unexpected.len().saturating_sub(MOST_LINES);
    if listed + difference.left_out > 0 {
        text.push_str(&format!("… and {} more\n", listed + difference.left_out));
    }
    text.push_str(&format!("\nactual result:\n{}", first_of(&difference.actual, difference.actual_rows)));
    text
}

fn shown(cell: &str) -> String {
    if cell.is_empty() { "an empty text".into() } else { format!("`{cell}`") }
}

/// A result set drawn, cut to the lines that are shown.
pub(super) fn capped(result: &ResultSet) -> String {
    first_of(result, result.rows.len())
}

/// The first rows of a result set that has `count` in all.
fn first_of(result: &ResultSet, count: usize) -> String {
    if count <= MOST_LINES {
        return draw(result);
    }
    let shown = result.rows.len().min(MOST_LINES);
    let part = ResultSet { rows: result.rows[..shown].to_vec(), ..result.clone() };
    format!("{}… and {} more rows\n", draw(&part), count - shown)
}

/// A line diff: `-` expected, `+` actual.
pub(super) fn text_difference(expected: &str, actual: &str) -> String {
    let end = |text: &str| if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    let (expected, actual) = (end(expected), end(actual));
    let diff = TextDiff::from_lines(&expected, &actual);
    let mut text = String::from("- expected\n+ actual\n\n");
    let mut shown = 0;
    for group in diff.grouped_ops(3) {
        for operation in group {
            for change in diff.iter_changes(&operation) {
                if shown == 2 * MOST_LINES {
                    text.push_str("… the rest is left out\n");
                    return text;
                }
                shown += 1;
                let line = change.value().trim_end_matches('\n');
                text.push_str(&match change.tag() {
                    ChangeTag::Delete => paint(REMOVED, &format!("- {line}")),
                    ChangeTag::Insert => paint(ADDED, &format!("+ {line}")),
                    ChangeTag::Equal => format!("  {line}"),
                });
                text.push('\n');
            }
        }
    }
    text
}
