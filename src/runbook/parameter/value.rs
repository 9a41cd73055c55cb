//! Values, checked once, and how each engine writes them.
//!
//! Must stay true: a literal is read back by its engine as exactly the value, whatever the value holds.

use std::fmt;

use crate::config::Engine;

/// A value that is what its type says: made only by the checking constructors.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value {
    kind: ValueKind,
    text: String,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueKind {
    /// Any text without a NUL character.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A number with an optional fraction.
    Decimal,
}

/// Why a text is not a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueError {
    /// Neither a shell variable nor a PostgreSQL string can hold it.
    Nul,
    /// It is not digits with at most a minus sign before them.
    NotInteger,
    /// It needs more than 64 bits.
    IntegerRange,
    /// It is not digits, a point and digits, with at most a minus sign before them.
    NotDecimal,
    /// It has more digits than MariaDB's `DECIMAL` can hold.
    DecimalRange,
    /// It starts with a zero it would lose as a number.
    LeadingZero,
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nul => "a value cannot hold a NUL character",
            Self::NotInteger => "not an integer: write digits, with a `-` before them if it is negative",
            Self::IntegerRange => "the integer does not fit in 64 bits; if it is an identifier, make it a `text`",
            Self::NotDecimal => "not a decimal: write it like `12.50`, without exponent or thousands separators",
            Self::DecimalRange => "the decimal has more than 65 digits; if it is an identifier, make it a `text`",
            Self::LeadingZero => "a number does not keep its leading zeros; leave them out or make it a `text`",
        })
    }
}

impl std::error::Error for ValueError {}

impl Value {
    /// The value of type `kind` that `text` stands for.
    pub fn new(kind: ValueKind, text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let loses_zeros = whole.len() > 1 && whole.starts_with('0');
        match kind {
            ValueKind::Text if text.contains('\0') => Err(ValueError::Nul),
            ValueKind::Integer if !is_digits(digits) => Err(ValueError::NotInteger),
            ValueKind::Decimal if !is_digits(whole) || !fraction.is_none_or(is_digits) => Err(ValueError::NotDecimal),
            ValueKind::Integer | ValueKind::Decimal if loses_zeros => Err(ValueError::LeadingZero),
            // SQLite would silently make a floating-point number of it.
            ValueKind::Integer if text.parse::<i64>().is_err() => Err(ValueError::IntegerRange),
            ValueKind::Decimal if digits.bytes().filter(u8::is_ascii_digit).count() > 65 => {
                Err(ValueError::DecimalRange)
            }
            _ => Ok(Self { kind, text }),
        }
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Result<Self, ValueError> {
        Self::new(ValueKind::Text, text)
    }

    /// A whole number.
    pub fn integer(text: impl Into<String>) -> Result<Self, ValueError> {
        Self::new(ValueKind::Integer, text)
    }

    /// A number with an optional fraction.
    pub fn decimal(text: impl Into<String>) -> Result<Self, ValueError> {
        Self::new(ValueKind::Decimal, text)
    }

    /// What it is.
    pub fn kind(&self) -> ValueKind {
        self.kind
    }

    /// The value as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The value as `engine` reads it in SQL.
pub fn literal(value: &Value, engine: Engine) -> String {
    match value.kind {
        ValueKind::Text => text_literal(&value.text, engine),
        // In parentheses, or `x-:n` would become `x--5`: a comment.
        ValueKind::Integer | ValueKind::Decimal if value.text.starts_with('-') => format!("({})", number(value)),
        ValueKind::Integer | ValueKind::Decimal => number(value),
    }
}

/// A decimal keeps its point: without one it would be an integer, and `10 / 4` would be 2.
fn number(value: &Value) -> String {
    let is_whole_decimal = value.kind == ValueKind::Decimal && !value.text.contains('.');
    format!("{}{}", value.text, if is_whole_decimal { ".0" } else { "" })
}

fn text_literal(text: &str, engine: Engine) -> String {
    let doubled = text.replace('\'', "''");
    match engine {
        Engine::Sqlite => format!("'{doubled}'"),
        Engine::Mariadb => format!("'{}'", doubled.replace('\\', "\\\\")),
        // `E'…'` means the same whatever `standard_conforming_strings` is set to.
        Engine::Postgres if text.contains('\\') => format!("E'{}'", doubled.replace('\\', "\\\\")),
        Engine::Postgres => format!("'{doubled}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_its_type_says() {
        for text in ["0", "-0", "7", "-12", "9223372036854775807", "-9223372036854775808"] {
            assert_eq!(Value::integer(text).unwrap().as_str(), text);
        }
        for text in ["0", "0.5", "-0.50", "12", "1234567890.123456789"] {
            assert_eq!(Value::decimal(text).unwrap().as_str(), text);
        }
        for text in ["", "i586", "a'b\\c\"d", "two\nlines", "čžš 🦀", "'; DROP TABLE t; --"] {
            assert_eq!(Value::text(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_not_a_value_is_refused_with_the_reason() {
        for (text, why) in [
            ("", ValueError::NotInteger),
            ("-", ValueError::NotInteger),
            ("+5", ValueError::NotInteger),
            (" 5", ValueError::NotInteger),
            ("5;", ValueError::NotInteger),
            ("1e3", ValueError::NotInteger),
            ("1.0", ValueError::NotInteger),
            ("٣", ValueError::NotInteger),
            ("--5", ValueError::NotInteger),
            ("007", ValueError::LeadingZero),
            ("9223372036854775808", ValueError::IntegerRange),
        ] {
            assert_eq!(Value::integer(text), Err(why), "{text:?}");
        }
        for (text, why) in [
            (".5", ValueError::NotDecimal),
            ("5.", ValueError::NotDecimal),
            ("1.2.3", ValueError::NotDecimal),
            ("1,5", ValueError::NotDecimal),
            ("1e3", ValueError::NotDecimal),
            ("NaN", ValueError::NotDecimal),
            ("1.-2", ValueError::NotDecimal),
            ("00.5", ValueError::LeadingZero),
            (&"1".repeat(66), ValueError::DecimalRange),
        ] {
            assert_eq!(Value::decimal(text), Err(why), "{text:?}");
        }
        assert_eq!(Value::text("a\0b"), Err(ValueError::Nul));
    }

    #[test]
    fn every_engine_has_its_own_quotes() {
        let hostile = Value::text("a'b\\'c\n\"`$$").unwrap();
        assert_eq!(literal(&hostile, Engine::Sqlite), "'a''b\\''c\n\"`$$'");
        assert_eq!(literal(&hostile, Engine::Mariadb), "'a''b\\\\''c\n\"`$$'");
        assert_eq!(literal(&hostile, Engine::Postgres), "E'a''b\\\\''c\n\"`$$'");
        assert_eq!(literal(&Value::text("it's").unwrap(), Engine::Postgres), "'it''s'");
    }

    #[test]
    fn numbers_keep_their_sign_and_their_kind() {
        for engine in Engine::ALL {
            assert_eq!(literal(&Value::integer("12").unwrap(), engine), "12");
            assert_eq!(literal(&Value::integer("-5").unwrap(), engine), "(-5)");
            assert_eq!(literal(&Value::decimal("-0.50").unwrap(), engine), "(-0.50)");
            assert_eq!(literal(&Value::decimal("10").unwrap(), engine), "10.0");
        }
    }

    #[test]
    fn sqlite_reads_back_exactly_the_value() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let hostile =
            ["", "'", "''", "\\'", "a\r\nb", "-- x", "/* x", "'; DROP TABLE t; --", "č 🦀", "\u{feff}\u{1}%_"];
        for text in hostile {
            let sql = format!("SELECT {}", literal(&Value::text(text).unwrap(), Engine::Sqlite));
            let read: String = connection.query_one(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(read, text);
        }
        for text in ["0", "-1", "9223372036854775807", "-9223372036854775808"] {
            let sql = format!("SELECT {}", literal(&Value::integer(text).unwrap(), Engine::Sqlite));
            let read: i64 = connection.query_one(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(read.to_string(), text);
        }
    }
}
