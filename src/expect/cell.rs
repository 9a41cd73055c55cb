//! The values a result set is made of, independent of the engine that gave them, and how a cell is written.

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
    Float(f64),
    /// Text, byte for byte.
    Text(String),
    /// Bytes that are not text.
    Bytes(Vec<u8>),
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

impl Cell {
    /// The cell as it is written in a table.
    ///
    /// Text that would read as something else (`NULL`, a quoted text, spaces at its ends, a `|`, a line ending) is
    /// quoted: `''` is a quote inside, `\n`, `\r`, `\t` and `\\` are escapes.
    pub fn written(&self) -> String {
        match self {
            Self::Null => "NULL".into(),
            Self::Number(number) => number.clone(),
            Self::Float(number) => float_text(*number),
            Self::Text(text) if must_be_quoted(text) => quoted(text),
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => bytes.iter().fold(String::from("0x"), |hex, byte| format!("{hex}{byte:02X}")),
        }
    }

    /// Whether `expected`, a cell as written in a table, is this value. `<name>` stands for a parameter's value.
    pub fn is(&self, expected: &str, values: &Values) -> bool {
        if let Some(filled) = fill(expected, values, str::to_owned) {
            return match self {
                Self::Text(text) => *text == filled,
                Self::Number(_) | Self::Float(_) => self.is_number(&filled),
                Self::Null | Self::Bytes(_) => false,
            };
        }
        match self {
            Self::Null => expected == "NULL",
            Self::Text(text) if must_be_quoted(text) => unquoted(expected).as_ref() == Some(text),
            Self::Text(text) => expected == text || unquoted(expected).as_ref() == Some(text),
            Self::Number(_) | Self::Float(_) => self.is_number(expected),
            Self::Bytes(_) => self.written().eq_ignore_ascii_case(expected),
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
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
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

fn must_be_quoted(text: &str) -> bool {
    text == "NULL"
        || text.trim() != text
        || text.contains(['|', '\n', '\r', '\t'])
        || (text.len() >= 2 && text.starts_with('\'') && text.ends_with('\''))
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
    fn null_text_null_and_nothing_are_three_things() {
        let text = |text: &str| Cell::Text(text.into());
        assert!(is(Cell::Null, "NULL") && !is(Cell::Null, "'NULL'") && !is(Cell::Null, ""));
        assert!(is(text("NULL"), "'NULL'") && !is(text("NULL"), "NULL"));
        assert!(is(text(""), "") && !is(text(""), "NULL"));
        assert!(is(text("1.0"), "1.0") && !is(text("1.0"), "1"), "text is compared byte for byte");
    }

    #[test]
    fn parameters_stand_for_their_values() {
        assert!(is(Cell::Text("i586".into()), "<arch>") && is(Cell::Text("a i586 b".into()), "a <arch> b"));
        assert!(!is(Cell::Text("<arch>".into()), "<arch>") && is(Cell::Text("<other>".into()), "<other>"));
    }

    #[test]
    fn what_is_written_reads_back() {
        for text in ["NULL", "'x'", " a ", "a|b", "a\nb", "it's", "\\", "", "plain", "'", "a\\nb\t"] {
            let cell = Cell::Text(text.into());
            assert!(is(cell.clone(), &cell.written()), "{text:?} is written {}", cell.written());
        }
    }
}
