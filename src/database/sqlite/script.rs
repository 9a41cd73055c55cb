//! Schema and seed: run once in memory, every mistake at its place in the script.
//!
//! Foreign keys are checked when everything is there, not row by row, so that a seed may be in any order.
//!
//! Must stay true: what loads has no transaction open and no row whose foreign key leads nowhere; loading ends.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ffi, params};

use crate::config::Engine;
use crate::database::{Definition, PrepareError, SqlError};
use crate::runbook::sql;
use crate::span::{SourceFile, Span};

use super::advice::advised;
use super::containment;
use super::read::quoted;
use super::statement::{run, sql_error, watching};

/// A connection to a database in memory that holds what the scripts of `definition` make, in `limit` altogether.
pub(super) fn load(definition: &Definition, limit: Duration) -> Result<Connection, PrepareError> {
    let scripts: Vec<&Arc<SourceFile>> = std::iter::once(&definition.schema).chain(&definition.seed).collect();
    let mut connection = empty()?;
    let deadline = Instant::now() + limit;
    let broken = watched(&connection, deadline, || fill(&connection, &scripts, deadline, limit))?;
    match broken {
        None => {
            containment::release(&mut connection).map_err(engine)?;
            Ok(connection)
        }
        Some(broken) => Err(place(&scripts, broken, limit)?),
    }
}

/// Does `work` on `connection`, whose statement is interrupted at `deadline`.
fn watched<T>(connection: &Connection, deadline: Instant, work: impl FnOnce() -> T) -> T {
    // Before the first page runs nothing is there to be tidied up: Ctrl-C simply ends the program.
    let (never, give_up) = (AtomicBool::new(false), AtomicBool::new(false));
    watching(connection, deadline, &never, &give_up, work).0
}

/// Runs the scripts; gives the first foreign key that does not hold.
fn fill(
    connection: &Connection,
    scripts: &[&Arc<SourceFile>],
    deadline: Instant,
    limit: Duration,
) -> Result<Option<BrokenKey>, PrepareError> {
    for &file in scripts {
        check_form(file)?;
        for span in sql::statements(file.text(), Engine::Sqlite) {
            let result = run(connection, file.slice(span));
            // Many short statements can come through between two interrupts.
            if result.as_ref().is_err_and(is_interrupt) || Instant::now() >= deadline {
                return Err(too_long(file, span, limit));
            }
            result.map_err(|error| at_statement(connection, file, span, error))?;
        }
        if !connection.is_autocommit() {
            let last = sql::statements(file.text(), Engine::Sqlite).pop().unwrap_or(Span::new(0, 0));
            return Err(mistake(file, last, "the script ends with a transaction open", "end it with `COMMIT;`"));
        }
    }
    broken_key(connection).map_err(|error| match (is_interrupt(&error), scripts.last()) {
        (true, Some(&file)) => too_long(file, Span::new(0, 0), limit),
        _ => engine(error),
    })
}

fn is_interrupt(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ffi::ErrorCode::OperationInterrupted)
}

fn too_long(file: &Arc<SourceFile>, span: Span, limit: Duration) -> PrepareError {
    let message = format!(
        "schema and seed have {} s together, and this statement was still running at the end of them",
        limit.as_secs()
    );
    mistake(
        file,
        span,
        message,
        "does a recursive query go on without an end? give it a `LIMIT`, or make the seed smaller",
    )
}

/// An error of SQLite that is not the author's.
pub(super) fn engine(error: impl Display) -> PrepareError {
    PrepareError::Engine { message: format!("SQLite cannot prepare the database: {error}"), hint: None }
}

fn empty() -> Result<Connection, PrepareError> {
    let mut connection = Connection::open_in_memory().map_err(engine)?;
    super::configure(&connection).map_err(engine)?;
    connection.pragma_update(None, "foreign_keys", false).map_err(engine)?;
    containment::contain(&mut connection).map_err(engine)?;
    Ok(connection)
}

fn check_form(file: &Arc<SourceFile>) -> Result<(), PrepareError> {
    if let Some((span, kind)) = sql::unterminated(file.text(), Engine::Sqlite) {
        return Err(mistake(file, span, format!("a {kind} is opened here and never closed"), "close it"));
    }
    if let Some((span, name)) = sql::client_command(file.text(), Engine::Sqlite) {
        let message = format!("`{name}` is a command of the sqlite3 program, not SQL");
        return Err(mistake(file, span, message, "leave it out, or write what it does in SQL"));
    }
    Ok(())
}

fn mistake(file: &Arc<SourceFile>, span: Span, message: impl Into<String>, hint: &str) -> PrepareError {
    let hint = Some(hint.to_owned());
    PrepareError::Script { file: Arc::clone(file), span, code: None, message: message.into(), hint }
}

fn at_statement(
    connection: &Connection,
    file: &Arc<SourceFile>,
    statement: Span,
    error: rusqlite::Error,
) -> PrepareError {
    let SqlError { codes, message, offset, hint } = advised(connection, sql_error(error));
    let token = |offset| sql::token_at(file.slice(statement), offset, Engine::Sqlite).shifted(statement.start);
    PrepareError::Script {
        file: Arc::clone(file),
        span: offset.map_or(statement, token),
        code: codes.into_iter().next(),
        message,
        hint,
    }
}

/// A foreign key that does not hold.
#[derive(Debug)]
struct BrokenKey {
    table: String,
    /// The first row without a parent; `None` if the key itself is wrong.
    row: Option<Orphan>,
    code: String,
    message: String,
}

/// A row whose foreign key leads nowhere, as `PRAGMA foreign_key_check` tells it.
#[derive(Debug, PartialEq)]
struct Orphan {
    /// A table WITHOUT ROWID does not say which row.
    rowid: Option<i64>,
    parent: String,
    key: i64,
}

/// The first foreign key that does not hold, in the order of the tables.
fn broken_key(connection: &Connection) -> rusqlite::Result<Option<BrokenKey>> {
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for table in tables {
        let mut orphans = match orphans(connection, &table) {
            Ok(orphans) => orphans,
            // As in "foreign key mismatch": the columns it refers to are not unique.
            Err(error) => {
                let SqlError { codes, message, .. } = sql_error(error);
                let code = codes.into_iter().next().unwrap_or_default();
                return Ok(Some(BrokenKey { table, row: None, code, message }));
            }
        };
        if !orphans.is_empty() {
            let first = orphans.remove(0);
            let more = match orphans.len() {
                0 => String::new(),
                1 => " (and one row more like it)".into(),
                more => format!(" (and {more} rows more like it)"),
            };
            let row = described(connection, &table, &first)?;
            let message = format!("{row} refers to no row of `{}`{more}", first.parent);
            let code = "SQLITE_CONSTRAINT_FOREIGNKEY".to_owned();
            return Ok(Some(BrokenKey { table, row: Some(first), code, message }));
        }
    }
    Ok(None)
}

fn orphans(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Orphan>> {
    connection
        .prepare("SELECT rowid, parent, fkid FROM pragma_foreign_key_check(?1)")?
        .query_map([table], |row| Ok(Orphan { rowid: row.get(0)?, parent: row.get(1)?, key: row.get(2)? }))?
        .collect()
}

/// The row as the columns of its key and their values: `` `orders`.`customer_id` = 7 ``.
fn described(connection: &Connection, table: &str, orphan: &Orphan) -> rusqlite::Result<String> {
    let columns: Vec<String> = connection
        .prepare("SELECT \"from\" FROM pragma_foreign_key_list(?1) WHERE id = ?2 ORDER BY seq")?
        .query_map(params![table, orphan.key], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let Some(rowid) = orphan.rowid else { return Ok(format!("a row of `{table}` by `{}`", columns.join("`, `"))) };
    let values = columns.iter().map(|column| {
        let sql = format!("SELECT quote({}) FROM {} WHERE rowid = ?1", quoted(column), quoted(table));
        let value: String = connection.query_one(&sql, [rowid], |row| row.get(0))?;
        Ok(format!("`{table}`.`{column}` = {value}"))
    });
    Ok(values.collect::<rusqlite::Result<Vec<_>>>()?.join(", "))
}

/// The statement that broke the key: the last one after which it did not hold and before which it did.
///
/// Found by running the scripts again with a check after each statement, because only the end result counts: before
/// the seed is through, a key may well lead nowhere yet.
fn place(scripts: &[&Arc<SourceFile>], broken: BrokenKey, limit: Duration) -> Result<PrepareError, PrepareError> {
    let connection = empty()?;
    let found = watched(&connection, Instant::now() + limit, || breaking(&connection, scripts, &broken))?;
    let BrokenKey { code, message, .. } = broken;
    let Some((file, span)) = found else { return Err(engine(message)) };
    Ok(PrepareError::Script { file, span, code: Some(code), message, hint: None })
}

fn breaking(
    connection: &Connection,
    scripts: &[&Arc<SourceFile>],
    broken: &BrokenKey,
) -> Result<Option<(Arc<SourceFile>, Span)>, PrepareError> {
    let mut found = None;
    let mut was_broken = false;
    for &file in scripts {
        for span in sql::statements(file.text(), Engine::Sqlite) {
            run(connection, file.slice(span)).map_err(engine)?;
            let is_broken = match (orphans(connection, &broken.table), &broken.row) {
                (Ok(orphans), Some(row)) => orphans.contains(row),
                (Err(error), None) => sql_error(error).message == broken.message,
                _ => false,
            };
            if is_broken && !was_broken {
                found = Some((Arc::clone(file), span));
            }
            was_broken = is_broken;
        }
    }
    Ok(found)
}
