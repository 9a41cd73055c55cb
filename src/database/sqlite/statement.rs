//! One statement: run under a deadline, its rows and errors turned into ours.
//!
//! Must stay true: a statement ends soon after its deadline or a stop, also while it waits for a lock; results are
//! complete; nothing runs with a value missing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, InterruptHandle, Statement, ffi};

use crate::config::Engine;
use crate::database::{SqlError, StatementError};
use crate::expect::{Cell, ResultSet};
use crate::runbook::sql;

use super::advice::advised;
use super::codes;
use super::watch::Watch;

/// The most memory one result set may take.
const MOST_RESULT: usize = 64 * 1024 * 1024;
/// What is said about one that takes more.
pub(super) const TOO_MUCH: &str = "the result is larger than 64 MiB";
/// How often the `stop` of running scripts is looked at.
const STOP_POLL: Duration = Duration::from_millis(10);

/// Runs `text`, one statement, as `Throwaway::execute` says.
pub(super) fn execute(
    connection: &mut Connection,
    text: &str,
    deadline: Instant,
    stop: &AtomicBool,
) -> Result<Option<ResultSet>, StatementError> {
    if stop.load(Ordering::Relaxed) {
        return Err(StatementError::Stopped);
    }
    if Instant::now() >= deadline {
        return Err(StatementError::TimedOut);
    }
    let watch = Watch::start(connection, deadline, stop).map_err(|error| StatementError::Sql(sql_error(error)))?;
    let result = run(connection, text);
    let end = watch.finish(connection);
    result.map_err(|error| match (end, error.sqlite_error_code()) {
        (Some(end), Some(ffi::ErrorCode::OperationInterrupted | ffi::ErrorCode::DatabaseBusy)) => end,
        _ => StatementError::Sql(advised(connection, sql_error(error))),
    })
}

/// Does `work`, which runs statements on `connection`, and interrupts them at `deadline` or on `stop`; says why if it did.
///
/// SQLite runs on this thread, another one watches the time. It is joined before this returns, so no interrupt can
/// reach what comes after `work`.
pub(super) fn watching<T>(
    connection: &Connection,
    deadline: Instant,
    stop: &AtomicBool,
    give_up: &AtomicBool,
    work: impl FnOnce() -> T,
) -> (T, Option<StatementError>) {
    let interrupt = connection.get_interrupt_handle();
    let (done, is_done) = channel::<()>();
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(is_done, deadline, stop, &interrupt, give_up));
        let result = work();
        drop(done);
        (result, watcher.join().ok().flatten())
    })
}

/// What SQLite says, in our words.
pub(super) fn sql_error(error: Error) -> SqlError {
    match error {
        Error::SqlInputError { error, msg, offset, .. } => {
            let offset = usize::try_from(offset).ok();
            SqlError { codes: codes::names(error.extended_code), message: msg, offset, hint: None }
        }
        Error::SqliteFailure(error, message) => SqlError {
            codes: codes::names(error.extended_code),
            message: message.unwrap_or_else(|| error.to_string()),
            offset: None,
            hint: None,
        },
        other => {
            SqlError { codes: codes::names(ffi::SQLITE_ERROR), message: other.to_string(), offset: None, hint: None }
        }
    }
}

/// Ends the running statement at `deadline` or on `stop`; says why if it did.
fn watch(
    is_done: Receiver<()>,
    deadline: Instant,
    stop: &AtomicBool,
    interrupt: &InterruptHandle,
    give_up: &AtomicBool,
) -> Option<StatementError> {
    let mut end = None;
    loop {
        let patience = STOP_POLL.min(deadline.saturating_duration_since(Instant::now())).max(Duration::from_millis(1));
        if is_done.recv_timeout(patience) != Err(RecvTimeoutError::Timeout) {
            return end;
        }
        if end.is_none() && stop.load(Ordering::Relaxed) {
            end = Some(StatementError::Stopped);
        } else if end.is_none() && Instant::now() >= deadline {
            end = Some(StatementError::TimedOut);
        }
        if end.is_some() {
            give_up.store(true, Ordering::Relaxed);
            // Again and again: an interrupt between two steps of SQLite is forgotten by it.
            interrupt.interrupt();
        }
    }
}

/// Runs `text`, one statement, for as long as it takes.
pub(super) fn run(connection: &Connection, text: &str) -> rusqlite::Result<Option<ResultSet>> {
    // SQLite takes a NUL for the end of the statement and would leave out the rest without a word.
    if text.contains('\0') {
        return Err(failure("the statement holds a NUL character"));
    }
    match sql::statements(text, Engine::Sqlite).len() {
        0 => return Ok(None),
        1 => {}
        _ => return Err(failure("more than one statement")),
    }
    let mut statement = connection.prepare(text)?;
    if statement.parameter_count() > 0 {
        // SQLite would run it with NULL.
        let name = statement.parameter_name(1).unwrap_or("?");
        return Err(failure(&format!("`{name}` stands for a value that nothing gives")));
    }
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let rows = rows(&mut statement, columns.len())?;
    if columns.is_empty() || (rows.is_empty() && !lists_rows(text)) {
        return Ok(None);
    }
    Ok(Some(ResultSet { columns, rows, ordered: sql::is_ordered(text, Engine::Sqlite) }))
}

fn failure(message: &str) -> Error {
    Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ERROR), Some(message.to_owned()))
}

/// All rows, or an error if they are more than a page could show: they are kept in memory, and a query need not end.
fn rows(statement: &mut Statement<'_>, width: usize) -> rusqlite::Result<Vec<Vec<Cell>>> {
    let mut rows = Vec::new();
    let mut left = MOST_RESULT;
    let mut cursor = statement.raw_query();
    while let Some(row) = cursor.next()? {
        let mut cells = Vec::with_capacity(width);
        for column in 0..width {
            let value = row.get_ref(column)?;
            left = left
                .checked_sub(size_of::<Cell>() + length(value))
                .ok_or_else(|| Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_TOOBIG), Some(TOO_MUCH.to_owned())))?;
            cells.push(cell(value));
        }
        rows.push(cells);
    }
    Ok(rows)
}

fn length(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        _ => 0,
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Number(number.to_string()),
        ValueRef::Real(number) => Cell::Float(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => Cell::Bytes(text.to_vec()),
        },
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
    }
}

/// Whether no rows from this statement, which has columns, is an answer: true but for settings made by `PRAGMA`.
fn lists_rows(text: &str) -> bool {
    let words: Vec<&str> = sql::tokens(text, Engine::Sqlite)
        .into_iter()
        .filter(|token| token.kind == sql::Kind::Word)
        .map(|token| token.text(text))
        .take(3)
        .collect();
    let is_listing = |word: &&str| LISTING_PRAGMAS.iter().any(|pragma| pragma.eq_ignore_ascii_case(word));
    match words.as_slice() {
        [first, rest @ ..] if first.eq_ignore_ascii_case("PRAGMA") => rest.iter().any(is_listing),
        _ => true,
    }
}

const LISTING_PRAGMAS: &[&str] = &[
    "collation_list",
    "compile_options",
    "database_list",
    "foreign_key_check",
    "foreign_key_list",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "module_list",
    "pragma_list",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];
