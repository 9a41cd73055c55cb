//! One statement: run under a deadline, its rows and errors turned into ours.
//!
//! Must stay true: a statement ends soon after its deadline or a stop; results are complete; a kill that comes too late
//! meets no later statement.

use std::cell::Cell as Flag;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::config::Engine;
use crate::database::StatementError;
use crate::expect::{Cell, ResultSet};
use crate::runbook::sql;

use super::connection::{Connection, Failed, Part};
use super::refused;
use super::value::cell;
use super::waiting;

/// The most memory one result may take.
const MOST_RESULT: usize = 64 * 1024 * 1024;
/// What is said about one that takes more.
const TOO_MUCH: &str = "the result is larger than 64 MiB";
const TOO_MUCH_HINT: &str = "show fewer rows (`LIMIT`), or what is to be seen in them (`count(*)`)";
/// How often a statement is told to end.
const KILL_EVERY: Duration = Duration::from_millis(100);
/// How long a statement that was told to end may go on before the connection is given up.
const GRACE: Duration = Duration::from_secs(5);

/// What became of a statement.
pub(super) struct Ran {
    pub(super) result: Result<Vec<ResultSet>, StatementError>,
    /// How many rows it says it touched.
    pub(super) touched: u64,
    /// Whether the connection can be used no more.
    pub(super) is_broken: bool,
    /// What it was doing when its deadline came.
    pub(super) doing: Option<String>,
}

impl Ran {
    fn failed(error: StatementError) -> Self {
        Self { result: Err(error), touched: 0, is_broken: false, doing: None }
    }
}

/// Runs `text`, one statement, as `Throwaway::execute` says.
pub(super) fn execute(connection: &mut Connection, text: &str, deadline: Instant, stop: &AtomicBool) -> Ran {
    if stop.load(Ordering::Relaxed) {
        return Ran::failed(StatementError::Stopped);
    }
    if Instant::now() >= deadline {
        return Ran::failed(StatementError::TimedOut);
    }
    // The lexer knows a statement of comments only; the server calls it an empty query.
    if sql::statements(text, Engine::Mariadb).is_empty() {
        return Ran { result: Ok(Vec::new()), touched: 0, is_broken: false, doing: None };
    }
    let is_too_much = Flag::new(false);
    let mut answer = Answer { text, left: MOST_RESULT, is_too_much: &is_too_much, results: Vec::new(), touched: 0 };
    let mut end = End { deadline, stop, is_too_much: &is_too_much, why: None, since: None, last_kill: None };
    let (id, socket) = (connection.id(), connection.socket().to_path_buf());
    let mut doing = None;
    let mut look = |is_first_of_late: bool| {
        // Before it is told to end.
        if is_first_of_late {
            doing = waiting::of_own(&socket, waiting::Own { id, last: None });
        }
        kill(&socket, id);
    };
    let outcome = connection.query(text, &mut || end.look(&mut look), &mut |part| answer.take(part));
    if end.last_kill.is_some() {
        // The kill may have come after the end. It meets this instead of the page's next statement.
        let _ = connection.ask("DO 0");
    }
    let is_broken = matches!(outcome, Err(Failed::Broken(_)));
    let touched = answer.touched;
    let result = match (end.why, outcome) {
        (Some(Why::Late), _) => Err(StatementError::TimedOut),
        (Some(Why::Stopped), _) => Err(StatementError::Stopped),
        (Some(Why::TooMuch), _) => Err(StatementError::Sql(refused::our_own(TOO_MUCH, TOO_MUCH_HINT))),
        (None, Err(Failed::Refused(refusal))) => Err(StatementError::Sql(refused::error(text, refusal))),
        (None, Err(Failed::Broken(error))) => Err(StatementError::Sql(refused::lost(&error))),
        (None, Ok(())) if is_too_much.get() => Err(StatementError::Sql(refused::our_own(TOO_MUCH, TOO_MUCH_HINT))),
        (None, Ok(())) => Ok(answer.results),
    };
    Ran { result, touched, is_broken, doing }
}

/// Ends the statement that connection `id` runs, over a connection of its own.
fn kill(socket: &Path, id: u32) {
    // If the server cannot be reached, the grace runs out.
    if let Ok(mut other) = Connection::open(socket, "") {
        let _ = other.ask(&format!("KILL QUERY {id}"));
    }
}

/// Why a statement was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Late,
    Stopped,
    TooMuch,
}

/// Watches over a running statement.
struct End<'e> {
    deadline: Instant,
    stop: &'e AtomicBool,
    is_too_much: &'e Flag<bool>,
    why: Option<Why>,
    since: Option<Instant>,
    last_kill: Option<Instant>,
}

impl End<'_> {
    /// Ends the statement by `kill` if it is time, which is told whether this is the first time and because of the
    /// deadline; an error if even that took too long.
    fn look(&mut self, kill: &mut dyn FnMut(bool)) -> io::Result<()> {
        let now = Instant::now();
        self.why = self.why.or_else(|| match () {
            () if self.is_too_much.get() => Some(Why::TooMuch),
            () if self.stop.load(Ordering::Relaxed) => Some(Why::Stopped),
            () if now >= self.deadline => Some(Why::Late),
            () => None,
        });
        if self.why.is_none() {
            return Ok(());
        }
        if now.duration_since(*self.since.get_or_insert(now)) >= GRACE {
            return Err(io::ErrorKind::TimedOut.into());
        }
        // Again and again: a kill between two steps of the server is forgotten by it.
        if self.last_kill.is_none_or(|last| now.duration_since(last) >= KILL_EVERY) {
            let is_first = self.last_kill.replace(now).is_none();
            kill(is_first && self.why == Some(Why::Late));
        }
        Ok(())
    }
}

/// What a statement answered so far.
struct Answer<'a> {
    /// The statement.
    text: &'a str,
    left: usize,
    is_too_much: &'a Flag<bool>,
    results: Vec<ResultSet>,
    touched: u64,
}

impl Answer<'_> {
    fn take(&mut self, part: Part<'_>) -> io::Result<()> {
        match part {
            Part::Columns(columns) => {
                let columns = columns.iter().map(|column| column.name.clone()).collect();
                let ordered = sql::is_ordered(self.text, Engine::Mariadb);
                self.results.push(ResultSet { columns, rows: Vec::new(), ordered });
            }
            Part::Row(columns, mut values) => {
                let mut row = Vec::with_capacity(columns.len());
                let mut size = 0;
                for column in columns {
                    let value = values.text()?;
                    size += size_of::<Cell>() + value.map_or(0, <[u8]>::len);
                    row.push(cell(column, value)?);
                }
                match (self.left.checked_sub(size), self.results.last_mut()) {
                    (Some(left), Some(result)) => {
                        self.left = left;
                        result.rows.push(row);
                    }
                    // What still comes is read and dropped, until the statement has ended.
                    _ => self.is_too_much.set(true),
                }
            }
            Part::Done(rows) => self.touched += rows,
        }
        Ok(())
    }
}
