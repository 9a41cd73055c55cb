//! One statement: run under a deadline, its rows and errors turned into ours.
//!
//! Must stay true: results are complete; what the server would leave to a client is refused with what to do instead.

use std::io;

use postgres_protocol::message::backend::DataRowBody;

use super::connection::Connection;
use super::exchange::{Column, Refused, Take, Trouble, Until};
use super::value::{self, Kind};
use crate::config::Engine;
use crate::database::{SqlError, StatementError};
use crate::expect::{Cell, ResultSet};
use crate::runbook::sql;

/// The most memory one result set may take.
const MOST_RESULT: usize = 64 * 1024 * 1024;

/// What a statement did.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Done {
    /// What it gave, in order; nothing if it gives no rows at all.
    pub(super) results: Vec<ResultSet>,
    /// What the server calls it, as in `INSERT 0 1`; empty if there was nothing to do.
    pub(super) tag: String,
}

impl Done {
    /// The first word of the tag.
    pub(super) fn verb(&self) -> &str {
        self.tag.split(' ').next().unwrap_or_default()
    }

    /// How many rows it says it has added, changed or removed.
    pub(super) fn rows_touched(&self) -> u64 {
        match self.verb() {
            "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "COPY" => {
                self.tag.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or_default()
            }
            "TRUNCATE" => 1,
            _ => 0,
        }
    }
}

/// Runs `text`, one statement.
pub(super) fn execute(connection: &mut Connection, text: &str, until: Until<'_>) -> Result<Done, StatementError> {
    let n_statements = sql::statements(text, Engine::Postgres).len();
    if let Some(refusal) = refusal(text, n_statements) {
        return Err(StatementError::Sql(refusal));
    }
    if n_statements == 0 {
        return Ok(Done::default());
    }
    let mut rows = Collected { text, results: Vec::new(), kinds: Vec::new(), left: MOST_RESULT };
    match connection.run(text, until, &mut rows) {
        Ok(tag) => Ok(Done { results: rows.results, tag }),
        Err(trouble) => Err(error(text, trouble)),
    }
}

/// What is refused before the server sees it.
fn refusal(text: &str, n_statements: usize) -> Option<SqlError> {
    if text.contains('\0') {
        // The protocol would take it for the end of the statement.
        return Some(ours("22021", "the statement holds a NUL character", "leave it out"));
    }
    if let Some((span, name)) = sql::client_command(text, Engine::Postgres) {
        let error = if name.starts_with('\\') {
            let message = format!("`{name}` is a command of the psql program, not SQL");
            ours("42601", &message, "write what it does in SQL, or run `psql` in a shell snippet")
        } else {
            copy()
        };
        return Some(SqlError { offset: Some(span.start), ..error });
    }
    (n_statements > 1).then(|| ours("42601", "more than one statement", "end the one before the other begins"))
}

/// What no statement of a page can do.
fn copy() -> SqlError {
    ours(
        "0A000",
        "`COPY` with `STDIN` or `STDOUT` exchanges rows with a client, and here is none",
        "write rows as `INSERT` (`pg_dump --inserts` does) and read them by `SELECT`, or run `psql` in a shell snippet",
    )
}

fn ours(code: &str, message: &str, hint: &str) -> SqlError {
    SqlError { codes: vec![code.into()], message: message.into(), offset: None, hint: Some(hint.into()) }
}

/// Why `text` has no result, in our words.
fn error(text: &str, trouble: Trouble) -> StatementError {
    StatementError::Sql(match trouble {
        Trouble::TimedOut => return StatementError::TimedOut,
        Trouble::Stopped => return StatementError::Stopped,
        Trouble::Refused(refused) => sql_error(text, *refused),
        Trouble::Copy => copy(),
        Trouble::Enough => ours(
            "54000",
            "the result is larger than 64 MiB",
            "show fewer rows (`LIMIT`), or what is to be seen in them (`count(*)`)",
        ),
        Trouble::Broken(why) => ours(
            "08006",
            &format!("the session with the server is gone: {why}"),
            "the next statement begins a new session, without the temporary tables, settings and the open transaction of \
             this one",
        ),
    })
}

/// What the server said about `text`.
pub(super) fn sql_error(text: &str, refused: Refused) -> SqlError {
    let Refused { code, mut message, detail, hint, position } = refused;
    let hint = advice(&code).map(str::to_owned).or(hint);
    if let Some(detail) = detail {
        message = format!("{message}: {}", detail.trim_end_matches('.'));
    }
    SqlError { codes: vec![code], message, offset: position.and_then(|position| byte_of(text, position)), hint }
}

/// The byte at which the character numbered `position`, from 1, begins; the end of the text is a place, too.
fn byte_of(text: &str, position: usize) -> Option<usize> {
    let index = position.checked_sub(1)?;
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(index)
}

/// What to do about an error that many a page meets, where the server's own hint says less.
fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "23503" => {
            "rows of another table still refer to a row this removes, or the row it refers to is not there; if the page is \
             to show that, promise it with `error=23503`"
        }
        "25P02" => "an earlier statement of this transaction failed: end it with `ROLLBACK`, or go back to a savepoint",
        "55P03" => {
            "another session (a program in the background, or a transaction left open) holds the lock; locks are waited \
             for 5 s"
        }
        "25001" => "it cannot run inside a transaction: end that one with `COMMIT` first",
        "42P02" => "`$1` stands for a value that nothing gives: write the value, or a parameter of the page as `:name`",
        _ => return None,
    })
}

/// The results of one statement, as far as memory goes: one as a rule, more where a rule of the table asks, too.
struct Collected<'t> {
    /// The statement.
    text: &'t str,
    results: Vec<ResultSet>,
    kinds: Vec<Kind>,
    left: usize,
}

impl Take for Collected<'_> {
    fn columns(&mut self, columns: Vec<Column>) {
        let kinds = columns.iter().map(|column| column.kind).collect();
        let columns = columns.into_iter().map(|column| column.name).collect();
        let ordered = sql::is_ordered(self.text, Engine::Postgres);
        self.results.push(ResultSet { columns, rows: Vec::new(), ordered });
        self.kinds = kinds;
    }

    fn row(&mut self, row: &DataRowBody) -> io::Result<bool> {
        let Some(result) = self.results.last_mut() else { return Ok(true) };
        let size = row.buffer().len() + result.columns.len() * size_of::<Cell>();
        let Some(left) = self.left.checked_sub(size) else { return Ok(false) };
        self.left = left;
        let mut cells = Vec::with_capacity(self.kinds.len());
        let kinds = &self.kinds;
        value::values(row, |index, text| cells.push(kinds.get(index).map_or(Cell::Null, |kind| kind.cell(text))))?;
        result.rows.push(cells);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_found_among_longer_ones() {
        let text = "SELECT 'ž🦀', nmae";
        assert_eq!(byte_of(text, 14).map(|at| &text[at..]), Some("nmae"));
        assert_eq!(byte_of(text, 18), Some(text.len()));
        assert_eq!((byte_of(text, 0), byte_of(text, 19), byte_of("", 1)), (None, None, Some(0)));
    }

    #[test]
    fn a_tag_tells_how_many_rows_were_touched() {
        let touched = |tag: &str| Done { results: Vec::new(), tag: tag.into() }.rows_touched();
        assert_eq!(
            (touched("INSERT 0 3"), touched("UPDATE 2"), touched("DELETE 0"), touched("SELECT 7")),
            (3, 2, 0, 0)
        );
        assert_eq!((touched("TRUNCATE TABLE"), touched("CREATE TABLE"), touched("")), (1, 0, 0));
    }
}
