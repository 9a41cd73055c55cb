//! Values as the server sends them, in text with a type, to ours.

use std::io;

use crate::database::snapshot::Rows;
use crate::expect::Cell;

use super::connection::Column;

/// The character set that means bytes.
const BINARY: u16 = 63;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Float,
    Bits,
    Text,
    Bytes,
}

fn kind(column: &Column) -> Kind {
    match column.kind {
        // DECIMAL, TINYINT, SMALLINT, INT, BIGINT, MEDIUMINT, YEAR, DECIMAL.
        0 | 1 | 2 | 3 | 8 | 9 | 13 | 246 => Kind::Number,
        4 | 5 => Kind::Float,
        16 => Kind::Bits,
        // NULL, TIMESTAMP, DATE, TIME, DATETIME: text, although its character set is none.
        6 | 7 | 10..=12 | 14 | 17..=19 => Kind::Text,
        _ if column.charset == BINARY => Kind::Bytes,
        _ => Kind::Text,
    }
}

/// The value of `column` whose text is `value`.
pub(super) fn cell(column: &Column, value: Option<&[u8]>) -> io::Result<Cell> {
    let Some(value) = value else { return Ok(Cell::Null) };
    Ok(match kind(column) {
        Kind::Number => Cell::Number(ascii(value)?.to_owned()),
        Kind::Float => Cell::Float(float(value)?),
        Kind::Bits => Cell::Number(bits(value).to_string()),
        Kind::Bytes => Cell::Bytes(value.to_vec()),
        Kind::Text => match std::str::from_utf8(value) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => Cell::Bytes(value.to_vec()),
        },
    })
}

/// Adds the value of `column` whose text is `value` to the current row of `rows`.
pub(super) fn push(rows: &mut Rows, column: &Column, value: Option<&[u8]>) -> io::Result<()> {
    let Some(value) = value else {
        rows.push_null();
        return Ok(());
    };
    match kind(column) {
        Kind::Number => rows.push_number(ascii(value)?),
        Kind::Float => rows.push_float(float(value)?),
        Kind::Bits => rows.push_number(&bits(value).to_string()),
        Kind::Bytes => rows.push_bytes(value),
        Kind::Text => rows.push_text(value),
    }
    Ok(())
}

fn ascii(value: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(value).map_err(|_| super::wire::cut())
}

fn float(value: &[u8]) -> io::Result<f64> {
    ascii(value)?.parse().map_err(|_| super::wire::cut())
}

/// `BIT(n)` comes as bytes, the most significant first; at most 64 bits.
fn bits(value: &[u8]) -> u64 {
    value.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}
