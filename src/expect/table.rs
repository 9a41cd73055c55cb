//! Result tables: as an author writes them, as they are drawn, and how two differ.
//!
//! Takes text that looks like what the `mariadb` client prints. Must stay true: what `draw` draws, `parse_tables`
//! reads back as the same values.

use serde::{Deserialize, Serialize};

use super::cell::{Cell, ResultSet, read_text, within, written_text};
use super::{Values, fill};

/// One expected result set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedTable {
    /// The header; `None` for `Empty set`.
    pub columns: Option<Vec<String>>,
    /// The rows, each cell as written.
    pub rows: Vec<Vec<String>>,
}

/// Why a text is no result table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSyntax {
    /// The line, from 0.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// How a result set differs from the expected one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableDifference {
    /// The expected and the actual header, if they differ.
    pub columns: Option<(Vec<String>, Vec<String>)>,
    /// Single cells that differ, where rows could be paired.
    pub cells: Vec<CellDifference>,
    /// Expected rows that did not come.
    pub missing: Vec<Vec<String>>,
    /// Rows that came and were not expected.
    pub unexpected: Vec<Vec<String>>,
    /// Whether the same rows came in another order.
    pub order: bool,
    /// What came; the first rows of it if there are many.
    pub actual: ResultSet,
    /// How many rows came.
    pub actual_rows: usize,
    /// How many further differences there are beside those listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl TableDifference {
    /// The same with so much of it as takes about `bytes`, for recording.
    pub fn shortened(mut self, bytes: usize) -> Self {
        let size = |row: &Vec<String>| row.iter().map(|cell| cell.len() + 8).sum::<usize>();
        let cell_size = |cell: &CellDifference| cell.expected.len() + cell.actual.len() + cell.column.len() + 16;
        let n_cells = within(bytes, self.cells.iter().map(cell_size));
        let n_missing = within(bytes, self.missing.iter().map(size));
        let n_unexpected = within(bytes, self.unexpected.iter().map(size));
        let listed = self.cells.len() + self.missing.len() + self.unexpected.len();
        self.left_out += listed - n_cells - n_missing - n_unexpected;
        self.cells.truncate(n_cells);
        self.missing.truncate(n_missing);
        self.unexpected.truncate(n_unexpected);
        self.actual = self.actual.shortened(bytes);
        self
    }
}

/// One cell that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellDifference {
    /// The row, from 1.
    pub row: usize,
    /// The column's name.
    pub column: String,
    /// As written, parameters filled in.
    pub expected: String,
    /// As it would be written.
    pub actual: String,
}

/// Reads the tables of an `output` fence: one a result set, a blank line between.
pub fn parse_tables(text: &str) -> Result<Vec<ExpectedTable>, TableSyntax> {
    let mut tables = Vec::new();
    let mut current: Option<ExpectedTable> = None;
    for (line, text) in text.lines().enumerate() {
        let refuse = |message: String| Err(TableSyntax { line, message });
        let text = text.trim();
        if text.is_empty() {
            tables.extend(current.take());
        } else if text == "Empty set" {
            if current.is_some() {
                return refuse("`Empty set` stands alone, with a blank line before it".into());
            }
            current = Some(ExpectedTable { columns: None, rows: Vec::new() });
        } else if text.starts_with('+') && text.chars().all(|c| matches!(c, '+' | '-')) {
            if current.as_ref().is_some_and(|table| table.columns.is_none()) {
                return refuse("a table starts with a blank line before it".into());
            }
        } else if text.starts_with('|') {
            let cells =
                split_row(text).ok_or_else(|| TableSyntax { line, message: "this row has no closing `|`".into() })?;
            match &mut current {
                None => current = Some(ExpectedTable { columns: Some(cells), rows: Vec::new() }),
                Some(ExpectedTable { columns: None, .. }) => {
                    return refuse("a table starts with a blank line before it".into());
                }
                Some(ExpectedTable { columns: Some(columns), .. }) if columns.len() != cells.len() => {
                    return refuse(format!("this row has {} cells, the header has {}", cells.len(), columns.len()));
                }
                Some(table) => table.rows.push(cells),
            }
        } else {
            return refuse("this line is neither a table's row, nor its border, nor `Empty set`".into());
        }
    }
    tables.extend(current);
    Ok(tables)
}

/// The cells of `| a | 'b|c' |`; a quoted cell may hold a `|`.
fn split_row(row: &str) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut rest = row.strip_prefix('|')?;
    loop {
        let inner = rest.trim_start();
        let end = if inner.starts_with('\'') { closing_quote(inner) } else { None };
        let skipped = rest.len() - inner.len() + end.unwrap_or(0);
        let bar = skipped + rest[skipped..].find('|')?;
        cells.push(rest[..bar].trim().to_owned());
        rest = &rest[bar + 1..];
        if rest.trim().is_empty() {
            return Some(cells);
        }
    }
}

/// The length of the quoted cell `text` starts with, if it is closed and followed by the cell's end.
fn closing_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\\', _) | (b'\'', Some(b'\'')) => at += 2,
            (b'\'', _) => return text[at + 1..].trim_start().starts_with('|').then_some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// Draws a result set as the `mariadb` client does; no rows are `Empty set`.
pub fn draw(result: &ResultSet) -> String {
    let columns: Vec<String> = result.columns.iter().map(|name| written_text(name)).collect();
    let rows: Vec<Vec<Drawn>> = result.rows.iter().map(|row| row.iter().map(Drawn::of).collect()).collect();
    draw_cells(&columns, &rows)
}

/// A cell as it is drawn.
pub(super) struct Drawn {
    pub(super) text: String,
    /// Whether it stands at the right.
    pub(super) is_number: bool,
}

impl Drawn {
    pub(super) fn of(cell: &Cell) -> Self {
        Self { text: cell.written(), is_number: matches!(cell, Cell::Number(_) | Cell::Float(_)) }
    }
}

/// Draws cells that are written already.
pub(super) fn draw_cells(columns: &[String], rows: &[Vec<Drawn>]) -> String {
    if rows.is_empty() {
        return "Empty set\n".into();
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|row| &row[column].text).chain([&columns[column]]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let border: String = widths.iter().map(|width| format!("+{}", "-".repeat(width + 2))).collect::<String>() + "+\n";
    let mut text = border.clone();
    for (cell, width) in columns.iter().zip(&widths) {
        text.push_str(&format!("| {cell:<width$} "));
    }
    text.push_str("|\n");
    text.push_str(&border);
    for row in rows {
        for (Drawn { text: cell, is_number }, width) in row.iter().zip(&widths) {
            let cell = if *is_number { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
            text.push_str(&format!("| {cell} "));
        }
        text.push_str("|\n");
    }
    text + &border
}

impl ExpectedTable {
    /// How `actual` differs; `None` if it is what was expected. Row order counts only where the statement fixes it.
    pub fn difference(&self, actual: &ResultSet, values: &Values) -> Option<TableDifference> {
        let mut difference = TableDifference {
            columns: None,
            cells: Vec::new(),
            missing: Vec::new(),
            unexpected: Vec::new(),
            order: false,
            actual: actual.clone(),
            actual_rows: actual.rows.len(),
            left_out: 0,
        };
        if let Some(columns) = &self.columns {
            let same = columns.len() == actual.columns.len()
                && columns.iter().zip(&actual.columns).all(|(a, b)| read_text(a).to_lowercase() == b.to_lowercase());
            if !same {
                difference.columns = Some((columns.clone(), actual.columns.clone()));
                return Some(difference);
            }
        }
        let written = |row: &[Cell]| row.iter().map(Cell::written).collect::<Vec<_>>();
        let equal =
            |expected: &[String], row: &[Cell]| expected.iter().zip(row).all(|(text, cell)| cell.is(text, values));
        let in_order: Vec<bool> =
            self.rows.iter().zip(&actual.rows).map(|(expected, row)| equal(expected, row)).collect();
        if self.rows.len() == actual.rows.len() && in_order.iter().all(|&same| same) {
            return None;
        }
        let mut left: Vec<usize> = (0..actual.rows.len()).collect();
        let mut missing = Vec::new();
        for (number, expected) in self.rows.iter().enumerate() {
            match left.iter().position(|&row| equal(expected, &actual.rows[row])) {
                Some(found) => {
                    left.remove(found);
                }
                None => missing.push(number),
            }
        }
        if missing.is_empty() && left.is_empty() {
            difference.order = actual.ordered;
            return difference.order.then_some(difference);
        }
        // Rows that stand for each other are shown cell by cell: the one row left over on both sides, or, where order
        // counts and there are as many as expected, those of the same number.
        let paired: Vec<(usize, usize)> = match (missing.as_slice(), left.as_slice()) {
            ([expected], [row]) => vec![(*expected, *row)],
            _ if actual.ordered && self.rows.len() == actual.rows.len() => {
                (0..in_order.len()).filter(|&row| !in_order[row]).map(|row| (row, row)).collect()
            }
            _ => Vec::new(),
        };
        if paired.is_empty() {
            difference.missing = missing.iter().map(|&row| self.filled(row, values)).collect();
            difference.unexpected = left.iter().map(|&row| written(&actual.rows[row])).collect();
        }
        for (expected, row) in paired {
            let cells = self.rows[expected].iter().zip(&actual.rows[row]).zip(&actual.columns);
            for ((text, cell), column) in cells.filter(|((text, cell), _)| !cell.is(text, values)) {
                difference.cells.push(CellDifference {
                    row: row + 1,
                    column: column.clone(),
                    expected: fill(text, values, str::to_owned).unwrap_or_else(|| text.clone()),
                    actual: cell.written(),
                });
            }
        }
        Some(difference)
    }

    fn filled(&self, row: usize, values: &Values) -> Vec<String> {
        let text = |cell: &String| fill(cell, values, str::to_owned).unwrap_or_else(|| cell.clone());
        self.rows[row].iter().map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(columns: &[&str], rows: &[&[&str]], ordered: bool) -> ResultSet {
        ResultSet {
            columns: columns.iter().map(|&name| name.into()).collect(),
            rows: rows.iter().map(|row| row.iter().map(|&text| Cell::Text(text.into())).collect()).collect(),
            ordered,
        }
    }

    fn parse(text: &str) -> ExpectedTable {
        parse_tables(text).unwrap().remove(0)
    }

    #[test]
    fn what_is_drawn_reads_back() {
        let mut result = set(&["name", "note"], &[&["i586", "a|b"], &["é", "'q'"], &["", "x\ny"]], true);
        result.rows.push(vec![Cell::Null, Cell::Number("12".into())]);
        let drawn = draw(&result);
        assert_eq!(parse(&drawn).difference(&result, &Values::new()), None, "{drawn}");
        let empty = set(&["name"], &[], false);
        assert_eq!(draw(&empty), "Empty set\n");
        assert_eq!(parse("Empty set\n").difference(&empty, &Values::new()), None);
    }

    #[test]
    fn widths_and_borders_do_not_count_and_order_only_where_it_is_fixed() {
        let expected = parse("| NAME |\n|---|\n".replace("|---|\n", "+-+\n").as_str());
        assert_eq!(expected.difference(&set(&["name"], &[], true), &Values::new()), None);
        let expected = parse("+--+\n| name |\n+-+\n| b |\n| a |\n");
        assert_eq!(expected.difference(&set(&["name"], &[&["a"], &["b"]], false), &Values::new()), None);
        let difference = expected.difference(&set(&["name"], &[&["a"], &["b"]], true), &Values::new()).unwrap();
        assert!(difference.order);
    }

    #[test]
    fn a_difference_names_cells_or_rows() {
        let expected = parse("| name | n |\n| a | 1 |\n| b | 2 |\n");
        let one = expected.difference(&set(&["name", "n"], &[&["a", "1"], &["b", "3"]], true), &Values::new()).unwrap();
        let cell = CellDifference { row: 2, column: "n".into(), expected: "2".into(), actual: "3".into() };
        assert_eq!((one.cells, one.missing.len()), (vec![cell], 0));
        let less = expected.difference(&set(&["name", "n"], &[&["a", "1"]], true), &Values::new()).unwrap();
        assert_eq!(less.missing, [["b", "2"]]);
        let header = expected.difference(&set(&["name"], &[&["a"]], true), &Values::new()).unwrap();
        assert!(header.columns.is_some());
        assert!(parse("Empty set").difference(&set(&["name"], &[&["a"]], false), &Values::new()).is_some());
    }

    #[test]
    fn a_header_that_is_an_expression_reads_back() {
        let result = set(&["'a' || b", "NULL", "n"], &[&["'x", "y'", "z"]], false);
        let drawn = draw(&result);
        assert_eq!(parse(&drawn).difference(&result, &Values::new()), None, "{drawn}");
    }

    #[test]
    fn rows_that_differ_are_never_shown_as_nothing() {
        let expected = parse("| a |\n| 1 |\n| 2 |\n| 1 |\n| 2 |\n");
        let actual = set(&["a"], &[&["x"], &["y"], &["1"], &["2"]], true);
        let difference = expected.difference(&actual, &Values::new()).unwrap();
        assert_eq!(difference.cells.len(), 2);
    }

    #[test]
    fn what_is_no_table_is_named_by_line() {
        let error = |text: &str| parse_tables(text).unwrap_err();
        assert_eq!(error("| a | b |\n| 1 |\n").message, "this row has 1 cells, the header has 2");
        assert_eq!(error("a b\n").line, 0);
        assert_eq!(error("| a |\n| 1\n").message, "this row has no closing `|`");
        assert_eq!(parse_tables("| a |\n| 1 |\n\nEmpty set\n").unwrap().len(), 2);
    }
}
