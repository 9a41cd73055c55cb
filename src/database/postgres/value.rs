//! Values as the server writes them, by type, as cells and as parts of a snapshot.
//!
//! The forms are those of the settings in `settings`; of types that are not named here the text is the value.

use std::borrow::Cow;

use postgres_protocol::message::backend::DataRowBody;

use fallible_iterator::FallibleIterator as _;

use crate::database::snapshot::Rows;
use crate::expect::Cell;

/// What a column's values are, of what matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Number,
    Float,
    Bytes,
    Text,
}

impl Kind {
    /// By the number of the type; the built-in ones are the same everywhere (`pg_type.dat`), and a domain shows as what
    /// it is made of.
    pub(super) fn of(oid: u32) -> Self {
        match oid {
            16 => Self::Boolean,
            // bigint, smallint, integer, oid, numeric
            20 | 21 | 23 | 26 | 1700 => Self::Number,
            700 | 701 => Self::Float,
            17 => Self::Bytes,
            _ => Self::Text,
        }
    }

    /// The value `text` of this kind.
    pub(super) fn cell(self, text: Option<&[u8]>) -> Cell {
        match self.value(text) {
            Value::Null => Cell::Null,
            Value::Number(digits) => Cell::Number(digits.into_owned()),
            Value::Float(value) => Cell::Float(value),
            Value::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Cell::Text(text.to_owned()),
                Err(_) => Cell::Bytes(text.to_vec()),
            },
            Value::Bytes(bytes) => Cell::Bytes(bytes),
        }
    }

    /// Adds the value `text` of this kind to the current row of `rows`.
    pub(super) fn push(self, text: Option<&[u8]>, rows: &mut Rows) {
        match self.value(text) {
            Value::Null => rows.push_null(),
            Value::Number(digits) => rows.push_number(&digits),
            Value::Float(value) => rows.push_float(value),
            Value::Text(text) => rows.push_text(text),
            Value::Bytes(bytes) => rows.push_bytes(&bytes),
        }
    }

    fn value(self, text: Option<&[u8]>) -> Value<'_> {
        let Some(text) = text else { return Value::Null };
        match self {
            Self::Boolean => Value::Number(if text == b"t" { "1".into() } else { "0".into() }),
            Self::Number => Value::Number(String::from_utf8_lossy(text)),
            Self::Float => float(text).map_or(Value::Text(text), Value::Float),
            Self::Bytes => bytes(text).map_or(Value::Text(text), Value::Bytes),
            Self::Text => Value::Text(text),
        }
    }
}

/// A value, out of what the server wrote.
enum Value<'t> {
    Null,
    Number(Cow<'t, str>),
    Float(f64),
    Text(&'t [u8]),
    Bytes(Vec<u8>),
}

/// Calls `each` with the values of `row`, in order.
pub(super) fn values(row: &DataRowBody, mut each: impl FnMut(usize, Option<&[u8]>)) -> std::io::Result<()> {
    let mut ranges = row.ranges();
    let mut index = 0;
    while let Some(range) = ranges.next()? {
        each(index, range.and_then(|range| row.buffer().get(range)));
        index += 1;
    }
    Ok(())
}

fn float(text: &[u8]) -> Option<f64> {
    // `Infinity`, `-Infinity` and `NaN` are read, too.
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Bytes in either of the two forms: `\x00ff`, or `a\000\\` where a page has set `bytea_output`.
fn bytes(text: &[u8]) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix(b"\\x") {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        return digits.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect();
    }
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'\\' if rest.first() == Some(&b'\\') => {
                bytes.push(b'\\');
                rest = &rest[1..];
            }
            b'\\' => {
                let digits = std::str::from_utf8(rest.get(..3)?).ok()?;
                bytes.push(u8::from_str_radix(digits, 8).ok()?);
                rest = &rest[3..];
            }
            byte => bytes.push(byte),
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_their_type() {
        let cell = |oid: u32, text: &str| Kind::of(oid).cell(Some(text.as_bytes()));
        assert_eq!(cell(16, "t"), Cell::Number("1".into()));
        assert_eq!(cell(16, "f"), Cell::Number("0".into()));
        assert_eq!(cell(1700, "-0.50"), Cell::Number("-0.50".into()));
        assert_eq!(cell(701, "1e-05"), Cell::Float(0.00001));
        assert_eq!(cell(700, "-Infinity"), Cell::Float(f64::NEG_INFINITY));
        assert!(matches!(cell(701, "NaN"), Cell::Float(value) if value.is_nan()));
        assert_eq!(cell(17, "\\x00fF"), Cell::Bytes(vec![0, 255]));
        assert_eq!(cell(17, "a\\\\b\\000\\377"), Cell::Bytes(b"a\\b\0\xff".to_vec()));
        assert_eq!(cell(17, "\\x0"), Cell::Text("\\x0".into()), "no form of bytes");
        assert_eq!(cell(25, "\\x00"), Cell::Text("\\x00".into()));
        assert_eq!(cell(3802, "{\"a\": 1}"), Cell::Text("{\"a\": 1}".into()));
        assert_eq!(Kind::of(23).cell(None), Cell::Null);
    }
}
