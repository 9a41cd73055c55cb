//! Columns that differ from run to run, left out when states are compared.
//!
//! Takes the names from the configuration and a prepared database, gives the same database, which leaves them out. Must
//! stay true: each name stands for at least one column that the scripts made, so that a misspelt one never goes
//! unnoticed; a column of a primary key is never left out, because it says which rows are the same.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::{DatabaseError, Place, Prepared, Throwaway};
use crate::config::{Engine, Spanned, VolatileColumn};
use crate::diagnostic::{self, Diagnostic, nearest};
use crate::span::SourceFile;

/// The columns of a database that are left out.
#[derive(Debug, Clone, Default)]
pub struct Volatile(Vec<VolatileColumn>);

impl Volatile {
    /// The positions of those columns of `table` that are left out. A page can give a table another key, so those of the
    /// key are asked for each time.
    pub(super) fn positions(&self, table: &str, columns: &[String], is_key: impl Fn(usize) -> bool) -> Vec<usize> {
        let is_named = |column: &String| self.0.iter().any(|named| named.names(table, column));
        (0..columns.len()).filter(|&at| is_named(&columns[at]) && !is_key(at)).collect()
    }
}

#[cfg(test)]
impl Volatile {
    /// These columns, none of which has a table.
    pub(super) fn of(columns: &[&str]) -> Self {
        Self(columns.iter().map(|&column| VolatileColumn { table: None, column: column.to_owned() }).collect())
    }
}

/// A table that the scripts made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumns {
    /// Its name; `schema.table` outside the page's own schema.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Those of its primary key.
    pub key: Vec<String>,
}

/// `prepared` with `columns`, named in `file`, left out. The error is what is wrong with them, a message each.
pub fn leaving_out(
    prepared: Box<dyn Prepared>,
    columns: &[Spanned<VolatileColumn>],
    file: &Arc<SourceFile>,
    engine: Engine,
) -> Result<Box<dyn Prepared>, Vec<Diagnostic>> {
    if columns.is_empty() {
        return Ok(prepared);
    }
    let tables = prepared.tables();
    let wrong: Vec<Diagnostic> = columns.iter().filter_map(|column| refused(column, &tables, file, engine)).collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let volatile = Volatile(columns.iter().map(|column| column.value.clone()).collect());
    Ok(Box::new(LeavingOut { prepared, volatile: Arc::new(volatile) }))
}

/// A database whose copies leave columns out.
struct LeavingOut {
    prepared: Box<dyn Prepared>,
    volatile: Arc<Volatile>,
}

impl Prepared for LeavingOut {
    fn open(&self, place: Place<'_>) -> Result<Box<dyn Throwaway>, DatabaseError> {
        let mut throwaway = self.prepared.open(place)?;
        throwaway.committed().leave_out(&self.volatile);
        Ok(throwaway)
    }

    fn engine_version(&self) -> String {
        self.prepared.engine_version()
    }

    fn program(&self, name: &str) -> Option<PathBuf> {
        self.prepared.program(name)
    }

    fn tables(&self) -> Vec<TableColumns> {
        self.prepared.tables()
    }
}

/// What is wrong with a name, if anything is.
fn refused(
    column: &Spanned<VolatileColumn>,
    tables: &[TableColumns],
    file: &Arc<SourceFile>,
    engine: Engine,
) -> Option<Diagnostic> {
    let named = &column.value;
    let place = diagnostic::Place::new(file, column.span);
    let is_key = |table: &&TableColumns| table.key.iter().any(|own| named.names(&table.name, own));
    if let Some(table) = tables.iter().find(is_key) {
        let others: Vec<String> = tables
            .iter()
            .filter(|other| !is_key(other))
            .filter(|other| other.columns.iter().any(|own| named.names(&other.name, own)))
            .map(|other| format!("`{}.{}`", other.name, named.column))
            .collect();
        let message = format!("`{named}` cannot be volatile: it belongs to the primary key of `{}`", table.name);
        let hint = match others.is_empty() {
            true => "remove it; for a key that the engine gives, let the snippet find the row by another column".into(),
            false => format!("name the tables where it is no key: {}", others.join(", ")),
        };
        return Some(
            Diagnostic::error("bad-volatile", place, message)
                .note("rows are the same row before and after a snippet if their keys are")
                .hint(hint),
        );
    }
    if tables.iter().any(|table| table.columns.iter().any(|own| named.names(&table.name, own))) {
        return None;
    }
    // Of a table that is there, its columns; else every way in which a column can be named.
    let table = named.table.as_ref().map(|wanted| {
        let same = |table: &&TableColumns| table.name.to_lowercase() == wanted.to_lowercase();
        (wanted, tables.iter().find(same))
    });
    let (message, hint) = match table {
        Some((_, Some(table))) => {
            let names: Vec<&str> = table.columns.iter().map(String::as_str).collect();
            let near = nearest(&named.column, names.iter().copied()).map(|near| format!("{}.{near}", table.name));
            (format!("the table `{}` has no column `{}` on {engine}", table.name, named.column), near)
        }
        Some((wanted, None)) => {
            let near = nearest(wanted, tables.iter().map(|table| table.name.as_str()));
            let near = near.map(|near| format!("{near}.{}", named.column));
            (format!("there is no table `{wanted}` on {engine}"), near)
        }
        None => {
            let names: BTreeSet<&str> =
                tables.iter().flat_map(|table| table.columns.iter().map(String::as_str)).collect();
            let near = nearest(&named.column, names).map(str::to_owned);
            (format!("no table has a column `{named}` on {engine}"), near)
        }
    };
    let hint = match hint {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write the name as the schema has it, or remove it".into(),
    };
    Some(
        Diagnostic::error("bad-volatile", place, message)
            .note(
                "only columns that schema and seed make can be volatile; a name that fits none would leave out nothing",
            )
            .hint(hint),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, FILE_NAME};

    fn table(name: &str, columns: &str, key: &str) -> TableColumns {
        let list = |names: &str| names.split_whitespace().map(str::to_owned).collect();
        TableColumns { name: name.into(), columns: list(columns), key: list(key) }
    }

    fn told(column: &str) -> String {
        let file = SourceFile::new(FILE_NAME, format!("[database.shop]\nvolatile = ['{column}']\n"));
        let (config, _) = Config::parse(&file);
        let tables = [
            table("Users", "id Email updated_at", "id"),
            table("events", "seen_at id", "seen_at"),
            table("log", "at seen_at", ""),
        ];
        refused(&config.databases[0].volatile[0], &tables, &file, Engine::Sqlite)
            .map_or_else(String::new, |d| format!("{}; {}", d.message, d.hint.unwrap_or_default()))
    }

    #[test]
    fn a_name_that_fits_is_fine_whatever_its_case() {
        for column in ["updated_at", "UPDATED_AT", "users.updated_AT", "log.seen_at", "email"] {
            assert_eq!(told(column), "");
        }
    }

    #[test]
    fn a_name_that_fits_nothing_is_refused_with_the_nearest_one() {
        let check = |column, expected| assert_eq!(told(column), expected);
        check("updatet_at", "no table has a column `updatet_at` on sqlite; did you mean `updated_at`?");
        check("users.emial", "the table `Users` has no column `emial` on sqlite; did you mean `Users.Email`?");
        check("user.email", "there is no table `user` on sqlite; did you mean `Users.email`?");
        check("x.y", "there is no table `x` on sqlite; write the name as the schema has it, or remove it");
        check(
            "log.updated_at",
            "the table `log` has no column `updated_at` on sqlite; write the name as the schema has it, or remove it",
        );
    }

    #[test]
    fn a_key_is_refused_with_where_it_is_none() {
        let check = |column, expected| assert_eq!(told(column), expected);
        check(
            "seen_at",
            "`seen_at` cannot be volatile: it belongs to the primary key of `events`; \
             name the tables where it is no key: `log.seen_at`",
        );
        check(
            "Users.ID",
            "`Users.ID` cannot be volatile: it belongs to the primary key of `Users`; \
             remove it; for a key that the engine gives, let the snippet find the row by another column",
        );
    }

    #[test]
    fn a_column_that_is_a_key_in_the_end_is_not_left_out() {
        let columns: Vec<String> = ["id", "Seen_At", "name"].map(str::to_owned).into();
        let volatile = Volatile::of(&["seen_at", "name"]);
        assert_eq!(volatile.positions("t", &columns, |at| at == 0), [1, 2]);
        assert_eq!(volatile.positions("t", &columns, |at| at == 1), [2]);
    }
}
