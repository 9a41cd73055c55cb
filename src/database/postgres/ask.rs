//! Questions of our own to the server, and what its answers are turned into.

use std::io;
use std::time::Duration;

use postgres_protocol::message::backend::DataRowBody;

use super::connection::Connection;
use super::exchange::{Column, Take, Trouble, Until};
use super::statement::sql_error;
use super::value;
use crate::database::DatabaseError;

/// How long one may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Why reading failed, with the statement that did.
#[derive(Debug)]
pub(super) struct Failed {
    sql: String,
    trouble: Trouble,
}

pub(super) fn reading(failed: Failed) -> DatabaseError {
    let reason = match failed.trouble {
        Trouble::Refused(refused) if refused.code == "55P03" => {
            "a session keeps a table of it locked (a program in the background with an open transaction, or `LOCK TABLE`)"
                .into()
        }
        Trouble::Refused(refused) => sql_error(&failed.sql, *refused).to_string(),
        Trouble::TimedOut => format!("that took longer than {} s", LIMIT.as_secs()),
        Trouble::Broken(why) => why,
        trouble => format!("{trouble:?}"),
    };
    DatabaseError::new("read the throwaway database", reason)
}

/// Takes rows as text.
#[derive(Default)]
struct Texts(Vec<Vec<Option<String>>>);

impl Take for Texts {
    fn columns(&mut self, _columns: Vec<Column>) {}

    fn row(&mut self, row: &DataRowBody) -> io::Result<bool> {
        let mut cells = Vec::new();
        value::values(row, |_, text| cells.push(text.map(|text| String::from_utf8_lossy(text).into_owned())))?;
        self.0.push(cells);
        Ok(true)
    }
}

/// The rows that `sql` gives, as text.
pub(super) fn rows(connection: &mut Connection, sql: &str) -> Result<Vec<Vec<Option<String>>>, Failed> {
    let mut texts = Texts::default();
    run(connection, sql, &mut texts)?;
    Ok(texts.0)
}

/// Has `take` take the rows that `sql` gives.
pub(super) fn run(connection: &mut Connection, sql: &str, take: &mut dyn Take) -> Result<(), Failed> {
    let done = connection.run(sql, Until::within(LIMIT), take);
    done.map(drop).map_err(|trouble| Failed { sql: sql.to_owned(), trouble })
}

/// The cells of a row of that many columns; NULL is empty.
pub(super) fn fixed<const N: usize>(row: Vec<Option<String>>) -> [String; N] {
    let mut cells = row.into_iter();
    std::array::from_fn(|_| cells.next().flatten().unwrap_or_default())
}

/// The texts of the first column, for the words of advice.
pub(super) fn texts(connection: &mut Connection, sql: &str) -> Option<Vec<String>> {
    let rows = rows(connection, sql).ok()?;
    Some(rows.into_iter().map(|row| fixed::<1>(row).concat()).collect())
}
