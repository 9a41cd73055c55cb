//! What of the listed rows of an effect is shown to a person, in a report and on a page alike.
//!
//! Takes rows, gives the columns and values to show. Must stay true: of a row that changed, its key and every value that
//! changed are shown, and two values that differ never read the same; what is left out or cut is said. Programs read the
//! rows themselves, which are whole.

use crate::expect::Cell;

use super::effect::{RowChange, TableEffect};

/// A table of up to so many columns is shown with all of them.
const NARROW: usize = 8;

/// The most characters of a value that are shown.
const LONGEST: usize = 40;

/// The most characters of a value that did not change, beside those that did.
const LONGEST_BESIDE: usize = 20;

/// How many characters before the first one that differs are shown, where a long beginning is the same.
const CONTEXT: usize = 12;

impl TableEffect {
    /// The columns that are shown of the listed rows, as positions: all of a narrow table; of a wide one the key and what
    /// changed, and if rows were added or removed beside them as many as a narrow one has, first those with values.
    pub fn shown_columns(&self) -> Vec<usize> {
        let all = 0..self.columns.len();
        if self.is_narrow() || self.rows.is_empty() {
            return all.collect();
        }
        let mut shown: Vec<usize> = all.clone().filter(|&at| self.is_key(at) || self.has_changed(at)).collect();
        let is_whole = |row: &RowChange| !matches!(row, RowChange::Changed { .. });
        if self.rows.iter().any(is_whole) || shown.is_empty() {
            let mut others: Vec<usize> = all.filter(|at| !shown.contains(at)).collect();
            others.sort_by_key(|&at| !self.has_value(at));
            shown.extend(others.into_iter().take(NARROW.saturating_sub(shown.len())));
            shown.sort_unstable();
        }
        shown
    }

    /// Whether so many columns are shown in full, and not only those that tell a row and what changed.
    pub fn is_narrow(&self) -> bool {
        self.columns.len() <= NARROW
    }

    /// Whether the column at `at` belongs to the key.
    pub fn is_key(&self, at: usize) -> bool {
        self.key.contains(&self.columns[at])
    }

    /// Whether the column at `at` is not NULL in all added and removed rows.
    fn has_value(&self, at: usize) -> bool {
        let is_value = |cells: &Vec<Cell>| cells.get(at).is_some_and(|cell| *cell != Cell::Null);
        self.rows
            .iter()
            .any(|row| matches!(row, RowChange::Added(cells) | RowChange::Removed(cells) if is_value(cells)))
    }

    /// Whether the column at `at` changed in any of the listed rows.
    fn has_changed(&self, at: usize) -> bool {
        self.rows
            .iter()
            .any(|row| matches!(row, RowChange::Changed { before, after } if before.get(at) != after.get(at)))
    }
}

/// A value fit to be shown: the same, or the beginning of a long one with its length.
pub fn shortened(cell: &Cell) -> Cell {
    match cell {
        Cell::Text(text) if text.chars().nth(LONGEST).is_some() => Cell::Text(cut(text, 0, "characters")),
        Cell::Number(digits) if digits.len() > LONGEST => Cell::Text(cut(digits, 0, "characters")),
        Cell::Bytes(bytes) if 2 * bytes.len() > LONGEST => Cell::Text(cut_bytes(bytes, 0)),
        cell => cell.clone(),
    }
}

/// A value that did not change, in a row of which others did: it only helps to recognise the row.
pub fn unchanged(cell: &Cell) -> String {
    let written = cell.written();
    if written.chars().nth(LONGEST_BESIDE).is_none() {
        return written;
    }
    let beginning: String = match cell {
        Cell::Text(text) => text.chars().take(LONGEST_BESIDE).collect(),
        _ => written.chars().take(LONGEST_BESIDE).collect(),
    };
    Cell::Text(format!("{beginning}…")).written()
}

/// Two values that differ, as they are written beside each other: long ones from where they begin to differ.
pub fn told_apart(before: &Cell, after: &Cell) -> (String, String) {
    let (first, second) = match (before, after) {
        (Cell::Text(before), Cell::Text(after)) => {
            let same = before.chars().zip(after.chars()).take_while(|(before, after)| before == after).count();
            (cut_text(before, same), cut_text(after, same))
        }
        (Cell::Bytes(before), Cell::Bytes(after)) => {
            let same = before.iter().zip(after).take_while(|(before, after)| before == after).count();
            (cut_bytes(before, same), cut_bytes(after, same))
        }
        (before, after) => (alone(before), alone(after)),
    };
    if first == second { (marked(before, first), marked(after, second)) } else { (first, second) }
}

/// A value beside another of another kind; the empty text can be seen.
fn alone(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => cut_text(text, 0),
        cell => shortened(cell).written(),
    }
}

/// What is written alike and is not the same: text is quoted, a floating-point number has all its digits.
fn marked(cell: &Cell, written: String) -> String {
    match cell {
        Cell::Text(_) if !written.starts_with('\'') => format!("'{written}'"),
        Cell::Float(number) => format!("{number:?}"),
        _ => written,
    }
}

/// `text`, of which the first `same` characters are the same in the other one.
fn cut_text(text: &str, same: usize) -> String {
    if text.is_empty() {
        "''".into()
    } else if text.chars().nth(LONGEST).is_none() {
        Cell::Text(text.to_owned()).written()
    } else {
        Cell::Text(cut(text, same, "characters")).written()
    }
}

fn cut_bytes(bytes: &[u8], same: usize) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    if hex.len() <= LONGEST {
        return Cell::Bytes(bytes.to_vec()).written();
    }
    let start = start_of(hex.len(), 2 * same) & !1;
    let end = (start + LONGEST).min(hex.len());
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < hex.len() { "…" } else { "" });
    format!("0x{before}{}{after} ({} bytes)", &hex[start..end], bytes.len())
}

fn cut(text: &str, same: usize, unit: &str) -> String {
    let length = text.chars().count();
    let start = start_of(length, same);
    let shown: String = text.chars().skip(start).take(LONGEST).collect();
    let (before, after) = (if start > 0 { "…" } else { "" }, if start + LONGEST < length { "…" } else { "" });
    format!("{before}{shown}{after} ({length} {unit})")
}

/// Where what is shown of a value of `length` begins, if the first `same` of it are in the other value, too.
fn start_of(length: usize, same: usize) -> usize {
    if same + CONTEXT < LONGEST { 0 } else { same.saturating_sub(CONTEXT).min(length.saturating_sub(LONGEST)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::effect::Counts;

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    fn wide(rows: Vec<RowChange>) -> TableEffect {
        let columns = (0..30).map(|at| format!("c{at}")).collect();
        TableEffect { counts: Counts::default(), columns, key: vec!["c3".into()], rows }
    }

    #[test]
    fn of_a_wide_table_the_key_and_what_changed_are_shown() {
        let before: Vec<Cell> = (0..30).map(|at| Cell::Number(at.to_string())).collect();
        let mut after = before.clone();
        after[17] = Cell::Null;
        let changed = RowChange::Changed { before: before.clone(), after };
        assert_eq!(wide(vec![changed.clone()]).shown_columns(), [3, 17]);
        assert_eq!(wide(vec![changed, RowChange::Added(before.clone())]).shown_columns(), [0, 1, 2, 3, 4, 5, 6, 17]);
        let mut sparse = before.clone();
        sparse[1..28].fill(Cell::Null);
        assert_eq!(wide(vec![RowChange::Added(sparse)]).shown_columns(), [0, 1, 2, 3, 4, 5, 28, 29]);
        let mut keyless = wide(vec![RowChange::Removed(before)]);
        keyless.key.clear();
        assert_eq!(keyless.shown_columns(), [0, 1, 2, 3, 4, 5, 6, 7]);
        keyless.columns.truncate(8);
        assert_eq!(keyless.shown_columns().len(), 8);
    }

    #[test]
    fn a_long_value_is_cut_and_says_so() {
        assert_eq!(shortened(&text(&"é".repeat(40))), text(&"é".repeat(40)));
        assert_eq!(shortened(&text(&"é".repeat(41))), text(&format!("{}… (41 characters)", "é".repeat(40))));
        let bytes = Cell::Bytes(vec![0xab; 40]);
        assert_eq!(shortened(&bytes), text(&format!("0x{}… (40 bytes)", "AB".repeat(20))));
        assert_eq!(shortened(&Cell::Bytes(vec![1, 2])), Cell::Bytes(vec![1, 2]));
    }

    #[test]
    fn what_did_not_change_is_cut_sooner() {
        assert_eq!(unchanged(&text(&"é".repeat(20))), "é".repeat(20));
        assert_eq!(unchanged(&text(&"é".repeat(21))), format!("{}…", "é".repeat(20)));
        assert_eq!(unchanged(&Cell::Bytes(vec![0; 40])), format!("0x{}…", "0".repeat(18)));
        assert_eq!(unchanged(&Cell::Volatile), "(volatile)");
    }

    #[test]
    fn two_values_that_differ_never_read_the_same() {
        let check = |before: Cell, after: Cell, expected: (&str, &str)| {
            let (before, after) = told_apart(&before, &after);
            assert_eq!((before.as_str(), after.as_str()), expected);
        };
        check(Cell::Null, text("NULL"), ("NULL", "'NULL'"));
        check(Cell::Null, text(""), ("NULL", "''"));
        check(text("a"), text("a "), ("a", "'a '"));
        check(Cell::Number("1".into()), text("1"), ("1", "'1'"));
        check(Cell::Float(0.1 + 0.2), Cell::Float(0.3), ("0.30000000000000004", "0.3"));
        check(Cell::Bytes(vec![0x61]), text("0x61"), ("0x61", "'0x61'"));
        check(Cell::Bytes(vec![0x61]), text("a"), ("0x61", "a"));
        let long = |end: &str| text(&format!("{}{end}", "x".repeat(100)));
        check(
            long("old"),
            long("newer"),
            (
                &format!("…{}old (103 characters)", "x".repeat(37)),
                &format!("…{}newer (105 characters)", "x".repeat(35)),
            ),
        );
        let zeros = |last: u8| Cell::Bytes([vec![0; 50], vec![last]].concat());
        check(
            zeros(1),
            zeros(2),
            (&format!("0x…{}01 (51 bytes)", "00".repeat(19)), &format!("0x…{}02 (51 bytes)", "00".repeat(19))),
        );
    }
}
