//! Rows as they lie on a page, to values.
//!
//! A row is a record: a header with the type of each value, and then the values (SQLite, "Database File Format", 2.1 Record
//! Format). Reading a few rows so takes a tenth of what asking SQLite for them does, which has to be given the file first.
//!
//! Must stay true: what comes out is what a `SELECT` of the columns gives. Whatever is not that simple (a record without
//! a value for a column that was added later and has a default; columns that are computed) is not read here.

use crate::database::snapshot::Rows;

/// What has to be known of a table besides the bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Form(Vec<Stored>);

/// How the values of a column are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stored {
    kind: Kind,
    /// Whether it is NULL in rows that are older than the column, which have no value for it.
    is_null_if_missing: bool,
}

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// What they are stored as.
    Any,
    /// Floating-point numbers, of which whole ones are stored as integers.
    Real,
    /// The row id, which is not stored.
    RowId,
}

/// A column as SQLite describes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Its declared type.
    pub(super) declared: String,
    /// Its default, as SQL.
    pub(super) default: Option<String>,
    /// Its place in the primary key, from 1; 0 if it is not part of it.
    pub(super) key_place: i64,
    pub(super) hidden: Hidden,
}

/// As `PRAGMA table_xinfo` numbers it: 0 ordinary, 1 hidden (of a virtual table), 2 generated, 3 generated and stored.
pub(super) type Hidden = u8;

impl Form {
    /// That of a table with row ids and these `columns`, which was made by `sql`; `None` if it is not simple.
    pub(super) fn of(columns: &[Column], sql: &str) -> Option<Self> {
        // The key of one column is the row id if its type is just this. Where the word `DESC` follows it is not ("ROWIDs and
        // the INTEGER PRIMARY KEY").
        let keys = columns.iter().filter(|column| column.key_place > 0).count();
        let may_be_row_id = |column: &Column| {
            keys == 1 && column.key_place > 0 && column.declared.trim().eq_ignore_ascii_case("INTEGER")
        };
        let is_simple = |column: &Column| {
            column.hidden == 0 && !(may_be_row_id(column) && sql.to_ascii_lowercase().contains("desc"))
        };
        let kind = |column: &Column| match () {
            () if may_be_row_id(column) => Kind::RowId,
            () if is_real(&column.declared) => Kind::Real,
            () => Kind::Any,
        };
        let stored = |column: &Column| Stored { kind: kind(column), is_null_if_missing: column.default.is_none() };
        columns.iter().all(is_simple).then(|| Self(columns.iter().map(stored).collect()))
    }

    /// Adds the row with the row id `id` that is stored as `record`; `None` if it is none of this form, and then part of it
    /// may have been added.
    pub(super) fn push(&self, id: i64, record: &[u8], rows: &mut Rows) -> Option<()> {
        let (header, mut at) = varint(record, 0)?;
        let header = usize::try_from(header).ok()?;
        let mut value = header;
        for &Stored { kind, is_null_if_missing } in &self.0 {
            if at == header && is_null_if_missing {
                rows.push_null();
                continue;
            }
            let (stored_as, next) = varint(record.get(..header)?, at)?;
            at = next;
            let length = length(stored_as)?;
            let bytes = record.get(value..value.checked_add(length)?)?;
            value += length;
            match (kind, stored_as) {
                (Kind::RowId, 0) => rows.push_integer(id),
                (Kind::RowId, _) => return None,
                (_, 0) => rows.push_null(),
                (Kind::Real, 1..=6 | 8 | 9) => rows.push_float(integer(stored_as, bytes) as f64),
                (_, 1..=6 | 8 | 9) => rows.push_integer(integer(stored_as, bytes)),
                (_, 7) => match f64::from_be_bytes(*bytes.first_chunk()?) {
                    // SQLite has no other value for it.
                    number if number.is_nan() => rows.push_null(),
                    number => rows.push_float(number),
                },
                _ if stored_as % 2 == 0 => rows.push_bytes(bytes),
                _ => rows.push_text(bytes),
            }
        }
        rows.end_row();
        (at == header && value == record.len()).then_some(())
    }
}

/// Whether values of a column of the type `declared` are floating-point numbers, if they are numbers at all ("Datatypes In
/// SQLite", 3.1 Determination Of Column Affinity).
fn is_real(declared: &str) -> bool {
    let declared = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    !has(&["INT", "CHAR", "CLOB", "TEXT", "BLOB"]) && has(&["REAL", "FLOA", "DOUB"])
}

/// How many bytes a value takes that is stored as this; `None` for what is kept for later versions.
fn length(stored_as: u64) -> Option<usize> {
    Some(match stored_as {
        0 | 8 | 9 => 0,
        1..=4 => stored_as as usize,
        5 => 6,
        6 | 7 => 8,
        10 | 11 => return None,
        _ => usize::try_from((stored_as - 12) / 2).ok()?,
    })
}

fn integer(stored_as: u64, bytes: &[u8]) -> i64 {
    match stored_as {
        8 => 0,
        9 => 1,
        _ => {
            let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
            bytes.iter().fold(if negative { -1 } else { 0 }, |number, &byte| number << 8 | i64::from(byte))
        }
    }
}

/// A number of one to nine bytes, and where it ends.
pub(super) fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut number: u64 = 0;
    for length in 0..9 {
        let byte = *bytes.get(at + length)?;
        if length == 8 {
            return Some((number << 8 | u64::from(byte), at + 9));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((number, at + length + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, MAIN_DB};

    use super::*;
    use crate::database::sqlite::leaves::{Leaves, Part};
    use crate::database::sqlite::read;
    use crate::expect::Cell;

    /// The cells of the table `t` that `script` makes, read from the file's bytes; `None` if they are left to SQLite.
    fn cells(script: &str) -> Option<Vec<Vec<Cell>>> {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(script).unwrap();
        let layout = read::layout(&connection, None).unwrap();
        let (_, root) = layout.first_pages().find(|(name, _)| name == "t").unwrap();
        let bytes = connection.serialize(MAIN_DB).unwrap().to_vec();
        let leaves = Leaves::of(&bytes, root, None)?;
        let parts = leaves.parts(&Leaves::default(), &crate::database::sqlite::pages::Changed::default());
        assert!(parts.iter().all(|part| matches!(part, Part::Read { .. })));
        let rows = leaves.rows_of(&parts, &Rows::default(), &bytes, layout.form("t")?)?;
        // What SQLite itself gives is what counts.
        let mut selected = Rows::default();
        let mut statement = connection.prepare("SELECT * FROM t NOT INDEXED").unwrap();
        let n_columns = statement.column_count();
        let mut query = statement.query([]).unwrap();
        while let Some(row) = query.next().unwrap() {
            for column in 0..n_columns {
                read::push(row.get_ref(column).unwrap(), &mut selected);
            }
            selected.end_row();
        }
        assert_eq!(rows, selected, "{script}");
        Some(rows.iter().map(|row| row.cells()).collect())
    }

    fn number(digits: &str) -> Cell {
        Cell::Number(digits.into())
    }

    #[test]
    fn values_are_read_as_they_are_selected() {
        let whole = "0, 1, 2, -1, 127, 128, -129, 32767, -32769, 8388607, -8388609, 2147483648, 140737488355327, \
                     -140737488355329, 9223372036854775807, -9223372036854775808";
        let columns = |kind: &str| (0..16).map(|n| format!("c{n} {kind}")).collect::<Vec<_>>().join(", ");
        for kind in ["", "INT", "REAL", "NUMERIC", "TEXT", "BLOB", "FLOATING POINT", "DOUBLE", "VARCHAR(9)"] {
            let script = format!("CREATE TABLE t ({}); INSERT INTO t VALUES ({whole})", columns(kind));
            assert!(cells(&script).is_some(), "{script}");
        }
        let values = "CREATE TABLE t (a, b, c, d, e, f); INSERT INTO t VALUES (NULL, 'žluť', x'00ff', '', x'', 0.1), \
                      (9e999, -0.0, CAST(x'ff' AS TEXT), 'a' || char(0) || 'b', 1.0, 9e999 - 9e999)";
        let read = cells(values).unwrap();
        assert_eq!(read[0][..3], [Cell::Null, Cell::Text("žluť".into()), Cell::Bytes(vec![0, 255])]);
        assert_eq!(read[1][2..], [Cell::Bytes(vec![255]), Cell::Text("a\0b".into()), Cell::Float(1.0), Cell::Null]);
    }

    #[test]
    fn a_key_that_is_the_row_id_is_not_stored() {
        for key in ["id INTEGER PRIMARY KEY", "id integer primary key autoincrement", "id INTEGER, PRIMARY KEY (id)"] {
            let read = cells(&format!("CREATE TABLE t (v, {key}); INSERT INTO t VALUES ('a', -7), ('b', 5000000000)"));
            let row = |v: &str, id: &str| vec![Cell::Text(v.into()), number(id)];
            assert_eq!(read.unwrap_or_default(), [row("a", "-7"), row("b", "5000000000")], "{key}");
        }
        // These are stored, beside a row id of their own.
        for key in ["id INT PRIMARY KEY", "id BIGINT PRIMARY KEY", "id INTEGER, PRIMARY KEY (id, v)"] {
            let read = cells(&format!("CREATE TABLE t (v, {key}); INSERT INTO t VALUES ('a', NULL), ('b', 5)"));
            assert_eq!(read.unwrap_or_default()[0][1], Cell::Null, "{key}");
        }
    }

    #[test]
    fn what_is_not_simple_is_left_to_sqlite() {
        for script in [
            "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, v); INSERT INTO t VALUES (NULL, 1)",
            "CREATE TABLE t (a, b AS (a + 1) STORED); INSERT INTO t (a) VALUES (1)",
            "CREATE TABLE t (a, b AS (a + 1)); INSERT INTO t (a) VALUES (1)",
            "CREATE TABLE t (a); INSERT INTO t VALUES (1); ALTER TABLE t ADD COLUMN b DEFAULT 5",
            "CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(9000))",
            "PRAGMA encoding = 'UTF-16'; CREATE TABLE t (a); INSERT INTO t VALUES ('x')",
            "CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES (1)",
        ] {
            assert_eq!(cells(script), None, "{script}");
        }
        let later =
            "CREATE TABLE t (a); INSERT INTO t VALUES (1); ALTER TABLE t ADD COLUMN b; INSERT INTO t VALUES (1, 2)";
        assert_eq!(cells(later).unwrap(), [[number("1"), Cell::Null], [number("1"), number("2")]]);
    }

    #[test]
    fn bytes_that_are_no_record_are_refused() {
        let stored = |kind| Stored { kind, is_null_if_missing: false };
        let form = Form([Kind::RowId, Kind::Any, Kind::Real].map(stored).into());
        let read = |record: &[u8]| form.push(7, record, &mut Rows::default());
        let whole = [4, 0, 15, 1, b'x', 5];
        assert_eq!(read(&whole), Some(()));
        for (what, record) in [
            ("nothing", &[][..]),
            ("cut off", &whole[..5]),
            ("too long", &[4, 0, 15, 1, b'x', 5, 0]),
            ("a value less", &[3, 0, 15, b'x']),
            ("a value more", &[5, 0, 15, 1, 1, b'x', 5, 5]),
            ("a header that ends within a type", &[4, 0, 15, 0x81, 0, b'x', 5]),
            ("a key that is stored", &[4, 1, 15, 1, 7, b'x', 5]),
            ("a type that nobody knows", &[4, 0, 10, 1, 5]),
            ("a length beyond the end", &[12, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 5]),
        ] {
            assert_eq!(read(record), None, "{what}");
        }
        let mut random: u64 = 7;
        for _ in 0..200_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let bytes = (random >> 8).to_le_bytes();
            let _ = read(&bytes[..(random >> 3) as usize % 9 % 8]);
        }
    }
}
