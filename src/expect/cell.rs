//! The values a result set is made of, independent of the engine that gave them, and how a cell is written.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Values, fill};

/// One value of a row.
#[derive(Debug, Clone, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// SQL `NULL`.
    Null,
    /// An exact number in decimal notation, as the engine prints it (`12`, `-0.50`); booleans are `1` and `0`.
    Number(String),
    /// A binary floating-point number; it is compared and shown to 15 significant digits.
    Float(#[serde(with = "any_float")] f64),
    /// Text, byte for byte.
    Text(String),
    /// Bytes that are not text.
    Bytes(Vec<u8>),
    /// What is not told, because it differs from run to run: a value of a column named volatile, in a listed row.
    Volatile,
}

/// The rows one statement returned.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResultSet {
    /// The column names, in order.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the statement fixes the order of its rows (a top-level `ORDER BY`).
    pub ordered: bool,
}

impl ResultSet {
    /// The first rows, as many as take about `bytes`.
    pub fn shortened(&self, bytes: usize) -> Self {
        let size = |row: &Vec<Cell>| row.iter().map(|cell| cell.written().len() + 8).sum::<usize>();
        let kept = within(bytes, self.rows.iter().map(size));
        Self { columns: self.columns.clone(), rows: self.rows[..kept].to_vec(), ordered: self.ordered }
    }
}

/// How many of the first parts fit in `bytes` together.
pub(super) fn within(bytes: usize, sizes: impl Iterator<Item = usize>) -> usize {
    let mut left = bytes;
    sizes
        .take_while(|&size| {
            let rest = left.checked_sub(size);
            left = rest.unwrap_or_default();
            rest.is_some()
        })
        .count()
}

/// JSON has no infinite numbers: those are stored as text.
mod any_float {
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Number(f64),
        Text(String),
    }

    pub(super) fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if number.is_finite() { serializer.serialize_f64(*number) } else { serializer.collect_str(number) }
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<f64, D::Error> {
        match Stored::deserialize(deserializer)? {
            Stored::Number(number) => Ok(number),
            Stored::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

impl Cell {
    /// The cell as it is written in a table.
    ///
    /// Text that would read as something else (`NULL`, a quote at its start, spaces at its ends, a `|`, a line ending)
    /// is quoted: `''` is a quote inside, `\n`, `\r`, `\t` and `\\` are escapes.
    pub fn written(&self) -> String {
        match self {
            Self::Null => "NULL".into(),
            Self::Number(number) => number.clone(),
            Self::Float(number) => float_text(*number),
            Self::Text(text) if text == "NULL" => quoted(text),
            Self::Text(text) => written_text(text),
            Self::Bytes(bytes) => bytes.iter().fold(String::from("0x"), |hex, byte| format!("{hex}{byte:02X}")),
            Self::Volatile => "(volatile)".into(),
        }
    }

    /// Whether `expected`, a cell as written in a table, is this value. `<name>` stands for a parameter's value.
    pub fn is(&self, expected: &str, values: &Values) -> bool {
        match self {
            Self::Null => expected == "NULL",
            Self::Text(text) => {
                // Quotes are read first: what a parameter's value holds is neither a quote nor an escape.
                let read = read_text(expected);
                fill(&read, values, str::to_owned).map_or(expected != "NULL" && read == *text, |filled| filled == *text)
            }
            Self::Number(_) | Self::Float(_) => match fill(expected, values, str::to_owned) {
                Some(filled) => self.is_number(&filled),
                None => self.is_number(expected),
            },
            Self::Bytes(_) => self.written().eq_ignore_ascii_case(expected),
            // An engine gives none.
            Self::Volatile => false,
        }
    }

    fn is_number(&self, expected: &str) -> bool {
        match self {
            Self::Number(number) => match (decimal(expected), decimal(number)) {
                (Some(expected), Some(number)) => expected == number,
                _ => expected == number,
            },
            Self::Float(number) => {
                let expected = expected.parse::<f64>().map(float_text);
                expected.is_ok_and(|expected| expected == float_text(*number))
            }
            _ => false,
        }
    }
}

/// A number to 15 significant digits, without zeros at its end: what every `f64` is sure to hold.
fn float_text(number: f64) -> String {
    if !number.is_finite() {
        return number.to_string();
    }
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    let magnitude = rounded.abs();
    if magnitude != 0.0 && !(1e-5..1e15).contains(&magnitude) {
        return format!("{rounded:e}");
    }
    let text = rounded.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

/// Sign, digits and exponent of an exact decimal, normalised; equal numbers are equal values.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    // An exponent of more digits than `i32` has is no number a database gives, and could not be added to below.
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, i64::from(exponent.parse::<i32>().ok()?)),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: String = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = all.trim_start_matches('0');
    let trimmed = significant.trim_end_matches('0');
    if trimmed.is_empty() {
        return Some((false, String::new(), 0));
    }
    let dropped = (significant.len() - trimmed.len()) as i64;
    Some((negative, trimmed.to_owned(), exponent - fraction.len() as i64 + dropped))
}

/// Text as it is written in a cell or in the header, where `NULL` is a name like any other.
pub(super) fn written_text(text: &str) -> String {
    let reads_otherwise = text.trim() != text || text.starts_with('\'') || text.contains(['|', '\n', '\r', '\t']);
    if reads_otherwise { quoted(text) } else { text.to_owned() }
}

/// The text that stands in a cell: without its quotes, if it has any.
pub(super) fn read_text(written: &str) -> Cow<'_, str> {
    unquoted(written).map_or(Cow::Borrowed(written), Cow::Owned)
}

fn quoted(text: &str) -> String {
    let escaped =
        text.replace('\\', "\\\\").replace('\'', "''").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
    format!("'{escaped}'")
}

fn unquoted(written: &str) -> Option<String> {
    let inner = written.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut text = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                if chars.next() != Some('\'') {
                    return None;
                }
                text.push('\'');
            }
            '\\' => text.push(match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '\\' => '\\',
                _ => return None,
            }),
            c => text.push(c),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(cell: Cell, expected: &str) -> bool {
        cell.is(expected, &Values::from([("arch".into(), "i586".into()), ("n".into(), "2".into())]))
    }

    #[test]
    fn numbers_are_compared_as_values() {
        let number = |text: &str| Cell::Number(text.into());
        assert!(
            is(number("1"), "1.0") && is(number("1.50"), "1.5") && is(number("-0"), "0") && is(number("100"), "1e2")
        );
        assert!(!is(number("1"), "2") && !is(number("10"), "1") && !is(number("1"), "'1'"));
        assert!(is(Cell::Float(0.1 + 0.2), "0.3"));
        assert!(!is(Cell::Float(0.3), "0.30001"));
        assert!(is(number("2"), "<n>"));
    }

    #[test]
    fn an_exponent_beyond_all_bounds_is_no_number() {
        assert!(!is(Cell::Number("1".into()), "1.5e-9223372036854775808"));
    }

    #[test]
    fn floats_without_end_are_stored_and_read_back() {
        for number in [f64::INFINITY, f64::NEG_INFINITY, 0.1, -0.0, 1e300] {
            let cell = Cell::Float(number);
            let stored = serde_json::to_string(&cell).unwrap();
            assert_eq!(serde_json::from_str::<Cell>(&stored).unwrap(), cell, "{stored}");
        }
        assert!(is(Cell::Float(f64::INFINITY), "inf"));
    }

    #[test]
    fn null_text_null_and_nothing_are_three_things() {
        let text = |text: &str| Cell::Text(text.into());
        assert!(is(Cell::Null, "NULL") && !is(Cell::Null, "'NULL'") && !is(Cell::Null, ""));
        assert!(is(text("NULL"), "'NULL'") && !is(text("NULL"), "NULL"));
        assert!(is(text(""), "") && !is(text(""), "NULL"));
        assert!(is(text("1.0"), "1.0") && !is(text("1.0"), "1"), "text is compared byte for byte");
    }

    #[test]
    fn parameters_stand_for_their_values() {
        assert!(is(Cell::Text("a|i586".into()), "'a|<arch>'"));
        assert!(is(Cell::Text("i586".into()), "<arch>") && is(Cell::Text("a i586 b".into()), "a <arch> b"));
        assert!(!is(Cell::Text("<arch>".into()), "<arch>") && is(Cell::Text("<other>".into()), "<other>"));
    }

    #[test]
    fn what_is_written_reads_back() {
        for text in
            ["'", "'a", "''", "''''", "NULL", "'x'", " a ", "a|b", "a\nb", "it's", "\\", "", "plain", "'", "a\\nb\t"]
        {
            let cell = Cell::Text(text.into());
            assert!(is(cell.clone(), &cell.written()), "{text:?} is written {}", cell.written());
        }
    }
}
