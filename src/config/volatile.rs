//! The key `volatile` of a database: columns that differ from run to run, such as `updated_at`.
//!
//! Takes its texts, gives names with their places. Must stay true: no entry is dropped without a message, and no two
//! name the same column of the same table, so that each has something to leave out. Whether a database has such a column
//! is not known here: whoever makes the database says so.

use std::fmt;
use std::sync::Arc;

use super::{Fields, Spanned};
use crate::diagnostic::{Diagnostic, Place};
use crate::span::SourceFile;

/// A column named volatile. Names are compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolatileColumn {
    /// The table it belongs to; every table with such a column if `None`.
    pub table: Option<String>,
    /// Its name.
    pub column: String,
}

impl VolatileColumn {
    /// Reads `updated_at`, `events.seen_at` or `audit.events.seen_at`: what stands before the last dot is the table.
    fn parse(text: &str) -> Option<Self> {
        let is_name =
            |name: &str| !name.is_empty() && name.trim() == name && !name.contains(['"', '`', '\'', '[', ']']);
        let (table, column) = match text.rsplit_once('.') {
            Some((table, column)) => (Some(table), column),
            None => (None, text),
        };
        let parts_are_names = table.is_none_or(|table| table.split('.').all(is_name)) && is_name(column);
        parts_are_names.then(|| Self { table: table.map(str::to_owned), column: column.to_owned() })
    }

    /// Whether the column `column` of the table `table` is one that this names.
    pub fn names(&self, table: &str, column: &str) -> bool {
        is_same(&self.column, column) && self.table.as_ref().is_none_or(|own| is_same(own, table))
    }

    /// Whether everything that `other` names is named by this, too.
    fn covers(&self, other: &Self) -> bool {
        let is_table = |own: &String| other.table.as_ref().is_some_and(|table| is_same(own, table));
        is_same(&self.column, &other.column) && self.table.as_ref().is_none_or(is_table)
    }
}

impl fmt::Display for VolatileColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.table {
            Some(table) => write!(f, "{table}.{}", self.column),
            None => f.write_str(&self.column),
        }
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Reads the key `volatile` of a `[database.NAME]`.
pub(super) fn columns(fields: &mut Fields<'_>, file: &Arc<SourceFile>) -> Vec<Spanned<VolatileColumn>> {
    let mut columns: Vec<Spanned<VolatileColumn>> = Vec::new();
    for entry in fields.texts("volatile").map(|entries| entries.value).unwrap_or_default() {
        let place = Place::new(file, entry.span);
        let Some(column) = VolatileColumn::parse(&entry.value) else {
            let message = match entry.value.trim().is_empty() {
                true => "a volatile column is empty".to_owned(),
                false => format!("`{}` does not name a column", entry.value),
            };
            fields.report(
                Diagnostic::error("bad-volatile", place, message)
                    .note("what differs in a volatile column is no change, so each is named in full")
                    .hint("write `column` for every table that has it, or `table.column`, without quotes inside"),
            );
            continue;
        };
        match columns.iter().find(|earlier| earlier.value.covers(&column) || column.covers(&earlier.value)) {
            Some(earlier) => {
                // Two ways to be named twice: the same name, or one of a table beside one of all tables.
                let (wider, narrower) = match earlier.value.covers(&column) {
                    true => (&earlier.value, &column),
                    false => (&column, &earlier.value),
                };
                let message = format!("the volatile column `{narrower}` is named twice");
                let diagnostic = Diagnostic::error("bad-volatile", place, message);
                fields.report(if narrower.table == wider.table {
                    diagnostic.hint("remove one of them; upper and lower case are the same here")
                } else {
                    diagnostic.hint(format!("`{wider}` names it in every table: remove one of the two"))
                });
            }
            None => columns.push(Spanned::new(column, entry.span)),
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, FILE_NAME};
    use crate::span::SourceFile;

    fn read(list: &str) -> (Vec<String>, Vec<String>) {
        let file = SourceFile::new(FILE_NAME, format!("[database.shop]\nvolatile = {list}\n"));
        let (config, diagnostics) = Config::parse(&file);
        let shown = |d: &crate::diagnostic::Diagnostic| {
            format!("{} {}; {}", d.place.location(), d.message, d.hint.as_deref().unwrap_or("-"))
        };
        let columns = config.databases[0].volatile.iter().map(|column| column.value.to_string()).collect();
        (columns, diagnostics.iter().map(shown).collect())
    }

    #[test]
    fn columns_are_named_in_every_table_or_in_one() {
        let (columns, messages) = read("['updated_at', 'Events.seen_at', 'audit.log.at', 'last seen']");
        assert_eq!(columns, ["updated_at", "Events.seen_at", "audit.log.at", "last seen"]);
        assert_eq!(messages, [""; 0]);
        let (columns, messages) = read("['users.seen_at', 'events.seen_at']");
        assert_eq!((columns.len(), messages.len()), (2, 0), "the same column of two tables");
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for entry in ["''", "' '", "'.a'", "'a.'", "'a..b'", "' a'", "'a. b'", "'\"a\"'", "'`a`.b'", "'[a]'"] {
            let (columns, messages) = read(&format!("[{entry}]"));
            assert_eq!((columns.len(), messages.len()), (0, 1), "{entry}: {messages:?}");
        }
        assert_eq!(
            read("['', 'users.']").1,
            [
                "2:13 a volatile column is empty; write `column` for every table that has it, or `table.column`, \
                 without quotes inside",
                "2:17 `users.` does not name a column; write `column` for every table that has it, or \
                 `table.column`, without quotes inside",
            ]
        );
        assert_eq!(
            read("'a'").1,
            ["2:12 `volatile` must be a list of texts, but is text; write for example `[\"one\", \"two\"]`"]
        );
    }

    #[test]
    fn what_is_named_twice_is_refused() {
        assert_eq!(
            read("['updated_at', 'UPDATED_AT', 'users.updated_at', 'events.at', 'at']").1,
            [
                "2:27 the volatile column `UPDATED_AT` is named twice; remove one of them; upper and lower case are \
                 the same here",
                "2:41 the volatile column `users.updated_at` is named twice; `updated_at` names it in every table: \
                 remove one of the two",
                "2:74 the volatile column `events.at` is named twice; `at` names it in every table: remove one of \
                 the two",
            ]
        );
    }
}
