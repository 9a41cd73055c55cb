//! Expected output written anew, so that it says what came.
//!
//! Takes the expectation as it stands and what came, gives the text that would have been right. Must stay true: what
//! still holds keeps its words (`<name>`, `1.0` for 1), so that a difference shows only what changed; what is written
//! here is nothing to rely on before it was read back as an expectation and held against what came.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::cell::{Cell, ResultSet, read_text, written_text};
use super::table::{Drawn, ExpectedTable, draw_cells};
use super::text::TextPattern;
use super::{Values, fill};

/// The tables that say what came, with a blank line between.
pub fn rewritten_tables(expected: &[ExpectedTable], actual: &[ResultSet], values: &Values) -> String {
    let tables = actual.iter().enumerate().map(|(number, result)| table(expected.get(number), result, values));
    tables.collect::<Vec<_>>().join("\n")
}

fn table(expected: Option<&ExpectedTable>, actual: &ResultSet, values: &Values) -> String {
    let header = expected.and_then(|table| table.columns.as_deref()).unwrap_or_default();
    let is_same = |old: &String, new: &String| read_text(old).to_lowercase() == new.to_lowercase();
    let column = |(at, name): (usize, &String)| {
        header.get(at).filter(|old| is_same(old, name)).cloned().unwrap_or_else(|| written_text(name))
    };
    let columns: Vec<String> = actual.columns.iter().enumerate().map(column).collect();
    let old: &[Vec<String>] = match expected {
        // Cells of other columns say nothing about these.
        Some(table) if header.len() == columns.len() => &table.rows,
        _ => &[],
    };
    let mut pairs = paired(old, &actual.rows, values);
    if !actual.ordered {
        // Any order is right: that of the page first, so that it stays, and then one that is the same on each engine.
        pairs.sort_by_cached_key(|&(row, was)| {
            let cells: Vec<String> = if was.is_some() { Vec::new() } else { sortable(&actual.rows[row]) };
            (was.unwrap_or(usize::MAX), cells)
        });
    }
    let rows: Vec<Vec<Drawn>> = pairs
        .iter()
        .map(|&(row, was)| {
            let beside = was.or(actual.ordered.then_some(row)).and_then(|was| old.get(was));
            let cells = actual.rows[row].iter().enumerate();
            cells.map(|(column, cell)| kept(cell, beside, old, column, values)).collect()
        })
        .collect();
    draw_cells(&columns, &rows)
}

/// The rows that came, each with the row of the page that says the same.
fn paired(old: &[Vec<String>], rows: &[Vec<Cell>], values: &Values) -> Vec<(usize, Option<usize>)> {
    let mut free: Vec<usize> = (0..old.len()).collect();
    let holds = |was: usize, row: &[Cell]| row.iter().zip(&old[was]).all(|(cell, text)| cell.is(text, values));
    let pair = |(number, row): (usize, &Vec<Cell>)| {
        let found = free.iter().position(|&was| holds(was, row));
        (number, found.map(|at| free.remove(at)))
    };
    rows.iter().enumerate().map(pair).collect()
}

/// A row as a key to sort by: numbers by size, everything else as it is written.
fn sortable(row: &[Cell]) -> Vec<String> {
    let key = |cell: &Cell| match cell {
        Cell::Number(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => format!("{number:0>40}"),
        cell => cell.written(),
    };
    row.iter().map(key).collect()
}

/// A cell with the words it had, as far as they still hold: those of the row `beside` it, or a parameter of its column.
fn kept(cell: &Cell, beside: Option<&Vec<String>>, old: &[Vec<String>], column: usize, values: &Values) -> Drawn {
    let mut drawn = Drawn::of(cell);
    let holds = |text: &&String| cell.is(text, values);
    let beside = beside.map(|row| &row[column]).filter(holds);
    let named = |text: &&String| fill(text, values, str::to_owned).is_some() && holds(text);
    if let Some(text) = beside.or_else(|| old.iter().map(|row| &row[column]).find(named)) {
        drawn.text.clone_from(text);
    }
    drawn
}

/// The text that says what came; `None` if the expectation is a pattern, which no literal text stands for.
pub fn rewritten_text(expected: &TextPattern, actual: &str, values: &Values) -> Option<String> {
    if expected.form() != super::Form::Exact {
        return None;
    }
    let old: Vec<&str> = lines(expected.written());
    let filled: Vec<String> = old.iter().map(|line| filled(line, values)).collect();
    let mut new: Vec<String> = lines(actual).into_iter().map(str::to_owned).collect();
    if expected.is_unordered() {
        // The lines of the page stay where they are; the others are sorted, because they come in any order.
        let mut left = new;
        let mut ordered = Vec::new();
        for line in &filled {
            if let Some(at) = left.iter().position(|other| other == line) {
                ordered.push(left.remove(at));
            }
        }
        left.sort();
        ordered.append(&mut left);
        new = ordered;
    }
    let mut text = String::new();
    for operation in capture_diff_slices(Algorithm::Myers, &filled, &new) {
        let (_, was, is) = operation.as_tag_tuple();
        for (offset, at) in is.enumerate() {
            let was = Some(was.start + offset).filter(|at| was.contains(at));
            let line = match (operation, was) {
                (DiffOp::Equal { .. }, Some(was)) => old[was].to_owned(),
                (_, Some(was)) => rewritten_line(old[was], &new[at], values),
                _ => new[at].clone(),
            };
            text.push_str(&line);
            text.push('\n');
        }
    }
    let holds = |text: &str| match TextPattern::new(text, super::Form::Exact, expected.is_unordered()) {
        Ok(pattern) => pattern.matches(actual, values),
        Err(_) => false,
    };
    Some(if holds(&text) { text } else { actual.to_owned() })
}

/// A line with the words it had, as far as they still hold.
fn rewritten_line(old: &str, new: &str, values: &Values) -> String {
    let (old, new) = (words(old), words(new));
    let filled: Vec<String> = old.iter().map(|word| filled(word, values)).collect();
    let is: Vec<String> = new.iter().map(|&word| word.to_owned()).collect();
    let mut line = String::new();
    for operation in capture_diff_slices(Algorithm::Myers, &filled, &is) {
        let (_, was, is) = operation.as_tag_tuple();
        let part = if matches!(operation, DiffOp::Equal { .. }) { &old[was] } else { &new[is] };
        line.push_str(&part.concat());
    }
    line
}

fn filled(text: &str, values: &Values) -> String {
    fill(text, values, str::to_owned).unwrap_or_else(|| text.to_owned())
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line)).collect()
}

/// The words of a line and the gaps between them, in order.
fn words(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_gap = first.is_whitespace();
        let end = rest.find(|c: char| c.is_whitespace() != is_gap).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::{Form, parse_tables};

    fn values() -> Values {
        Values::from([("arch".into(), "i586".into()), ("n".into(), "2".into())])
    }

    fn result(columns: &[&str], rows: &[&[Cell]], ordered: bool) -> ResultSet {
        let columns = columns.iter().map(|&name| name.into()).collect();
        ResultSet { columns, rows: rows.iter().map(|row| row.to_vec()).collect(), ordered }
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    fn number(text: &str) -> Cell {
        Cell::Number(text.into())
    }

    #[test]
    fn what_still_holds_keeps_its_words() {
        let old = parse_tables("| NAME | n |\n| <arch> | 1.0 |\n| x | 3 |\n").unwrap();
        let came = result(&["name", "n"], &[&[text("i586"), number("1")], &[text("y"), number("3")]], true);
        assert_eq!(
            rewritten_tables(&old, &[came], &values()),
            "+--------+-----+\n| NAME   | n   |\n+--------+-----+\n| <arch> | 1.0 |\n| y      |   3 |\n+--------+-----+\n"
        );
    }

    #[test]
    fn a_parameter_stays_in_its_column_though_the_row_is_another() {
        let old = parse_tables("| name |\n| z |\n| <arch> |\n").unwrap();
        let came = result(&["name"], &[&[text("a")], &[text("b")], &[text("i586")]], true);
        let new = rewritten_tables(&old, &[came], &values());
        assert!(new.contains("| <arch> |"), "{new}");
    }

    #[test]
    fn without_an_order_the_rows_of_the_page_stay_first_and_the_rest_is_sorted() {
        let old = parse_tables("| id |\n| 7 |\n| 5 |\n").unwrap();
        let row = |id: &str| vec![number(id)];
        let came = |ids: &[&str]| ResultSet {
            columns: vec!["id".into()],
            rows: ids.iter().map(|id| row(id)).collect(),
            ordered: false,
        };
        let one = rewritten_tables(&old, &[came(&["10", "5", "9", "7"])], &values());
        assert_eq!(one, rewritten_tables(&old, &[came(&["9", "7", "10", "5"])], &values()));
        assert_eq!(one, "+----+\n| id |\n+----+\n|  7 |\n|  5 |\n|  9 |\n| 10 |\n+----+\n");
    }

    #[test]
    fn tables_come_and_go() {
        let old = parse_tables("| a |\n| 1 |\n").unwrap();
        let came = result(&["a"], &[&[number("1")]], false);
        let none = result(&["b"], &[], false);
        assert_eq!(
            rewritten_tables(&old, &[came.clone(), none], &values()),
            "+---+\n| a |\n+---+\n| 1 |\n+---+\n\nEmpty set\n"
        );
        let empty = parse_tables("Empty set\n").unwrap();
        assert!(rewritten_tables(&empty, &[came], &values()).contains("| 1 |"));
    }

    fn line(old: &str, actual: &str) -> String {
        let pattern = TextPattern::new(old, Form::Exact, false).unwrap();
        rewritten_text(&pattern, actual, &values()).unwrap()
    }

    #[test]
    fn a_text_keeps_its_parameters_where_they_still_stand() {
        assert_eq!(line("a <arch> 1\nb\n", "a i586 2\nb\n"), "a <arch> 2\nb\n");
        assert_eq!(line("<n> of <arch>\n", "3 of i586 now\n"), "3 of <arch> now\n");
        assert_eq!(line("x <arch>\n", "new\nx i586\n"), "new\nx <arch>\n");
        assert_eq!(line("x\n", "i586\n"), "i586\n", "none is invented");
        assert_eq!(line("x\n", ""), "");
        assert_eq!(line("", "x"), "x\n");
        assert_eq!(line("x\n", "\n"), "\n");
    }

    #[test]
    fn an_unordered_text_keeps_the_order_of_the_page() {
        let pattern = TextPattern::new("b\na\n", Form::Exact, true).unwrap();
        assert_eq!(rewritten_text(&pattern, "d\na\nc\nb\n", &values()).unwrap(), "b\na\nc\nd\n");
        let pattern = TextPattern::new("b*\n", Form::Glob, false).unwrap();
        assert_eq!(rewritten_text(&pattern, "c\n", &values()), None);
    }
}
