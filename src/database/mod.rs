//! Throwaway databases: made for one run of one page, measured while it runs, gone afterwards.
//!
//! Takes the definition of a database (schema and seed) and statements, gives result sets, the engine's errors and
//! the effect of what was done. Three steps, each its own value:
//!
//! 1. [`prepare`] loads schema and seed once and says what is wrong with them.
//! 2. [`Prepared::open`] makes a fresh copy in a folder, cheap enough for every page.
//! 3. [`Throwaway`] executes statements over one connection and measures over another.
//!
//! Must stay true: an effect is the difference of two complete snapshots of the committed state, so any writer counts,
//! be it the page's connection, a cascade, a trigger or a program in the shell; a shortcut may only rule out that
//! anything was committed. Nothing here connects to a database it did not make.
//!
//! Contained: a statement reaches the page's database and no other file; what one holds in memory has limits.
//! Not measured: what is neither a row nor a schema object (`PRAGMA user_version`), and temporary tables.

mod client;
mod committed;
mod difference;
mod mariadb;
mod names;
mod postgres;
mod reopening;
mod server;
mod snapshot;
mod sqlite;
#[cfg(test)]
mod tests;
mod volatile;
mod waiting;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::config::Engine;
use crate::expect::ResultSet;
use crate::runbook::running::RunningStatement;
use crate::sandbox::{Sandbox, Supervisor};
use crate::span::{SourceFile, Span};

pub use client::Client;
pub use committed::Committed;
pub use reopening::Reopening;
pub use volatile::{TableColumns, Volatile, leaving_out};

/// What a database is made from.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name in the configuration.
    pub name: String,
    /// The name it has in production, under which the pages speak of it.
    pub documented_name: String,
    /// The script that makes its tables.
    pub schema: Arc<SourceFile>,
    /// The script that fills them.
    pub seed: Option<Arc<SourceFile>>,
}

/// What an engine that is a server needs of the world.
#[derive(Debug, Clone, Copy)]
pub struct Grounds<'g> {
    /// Where programs are looked for, as in `PATH`.
    pub path: &'g str,
    /// What servers are held back by.
    pub sandbox: &'g Sandbox,
    /// Where rooms are made: in memory, if the machine has room there.
    pub temporary: &'g Path,
    /// The folder for data folders that are prepared once for each version of a server. It need not be there yet.
    pub cache: &'g Path,
}

/// Where a page's database is to live.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    /// An empty folder for it, which is the caller's to remove.
    pub folder: &'p Path,
    /// A folder for logs, out of the page's way.
    pub private: &'p Path,
    /// Starts a server, and ends it with the page.
    pub supervisor: &'p Supervisor,
    /// The environment of the room's processes.
    pub environment: &'p [(String, String)],
}

/// Loads `definition` once, so that every page can have a copy.
pub fn prepare(
    engine: Engine,
    definition: &Definition,
    grounds: Grounds<'_>,
) -> Result<Box<dyn Prepared>, PrepareError> {
    match engine {
        Engine::Sqlite => Ok(Box::new(sqlite::prepare(definition)?)),
        Engine::Mariadb => Ok(Box::new(mariadb::prepare(definition, grounds)?)),
        Engine::Postgres => Ok(Box::new(postgres::prepare(definition, grounds)?)),
    }
}

/// A database that is ready to be copied.
pub trait Prepared: Send + Sync {
    /// A copy of its own for one page.
    fn open(&self, place: Place<'_>) -> Result<Box<dyn Throwaway>, DatabaseError>;

    /// The engine and its version, as in `SQLite 3.50.1`.
    fn engine_version(&self) -> String;

    /// The program `name` as the pages have it, where the engine brings it, be it on PATH or not.
    fn program(&self, name: &str) -> Option<PathBuf> {
        let _ = name;
        None
    }

    /// The tables that schema and seed made, in order of name.
    fn tables(&self) -> Vec<TableColumns>;
}

/// One page's database, with the connection its SQL snippets share.
pub trait Throwaway: Send {
    /// Runs one statement: its result sets in order, none if it is no query. A query without rows has an empty one; a
    /// procedure may have several.
    ///
    /// It ends at `deadline`, and soon after `stop` becomes true. What the connection holds open (a transaction,
    /// temporary tables) stays, as far as the engine keeps it after such an end.
    fn execute(&mut self, sql: &str, deadline: Instant, stop: &AtomicBool) -> Result<Vec<ResultSet>, StatementError>;

    /// What the statement that last ended with [`StatementError::TimedOut`] was doing or waiting for, as the engine told
    /// right before it was ended: `waiting for a lock on …`. `None` if the engine does not tell.
    fn timed_out(&mut self) -> Option<String> {
        None
    }

    /// The statements that other programs run in the database right now, and what each is doing or waiting for. None for
    /// an engine that does not tell.
    fn of_clients(&mut self) -> Vec<RunningStatement> {
        Vec::new()
    }

    /// The transaction the connection has open, as a number that no other transaction of this database has.
    ///
    /// Where it differs before and after a snippet, another transaction is open than the one that was.
    fn transaction(&self) -> Option<u64>;

    /// Whether the connection has a transaction open.
    fn in_transaction(&self) -> bool {
        self.transaction().is_some()
    }

    /// How many rows the page's connection has added, changed and removed so far, committed or not. It tells a statement
    /// that only looks from one that does not where `measure` cannot: inside a transaction.
    fn rows_touched(&self) -> u64;

    /// Puts a new connection in place of the page's own. What only the old one had is gone: temporary tables, settings,
    /// an open transaction.
    fn reconnect(&mut self) -> Result<(), DatabaseError>;

    /// What `DATABASE_URL` is set to.
    fn address(&self) -> String;

    /// What else the environment of shell snippets needs so that clients reach this database.
    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Ends what serves the database, so that its files are complete, and says how it is opened again when the folder of
    /// its place is called `folder`.
    fn leave(self: Box<Self>, folder: &Path) -> Reopening;

    /// The file that holds the database, for engines that keep it in one.
    fn path(&self) -> Option<&Path>;

    /// The programs by which a shell snippet reaches this database: a wrapper for each is put first on its PATH.
    fn clients(&self) -> Vec<Client>;

    /// What of this database was committed.
    fn committed(&mut self) -> &mut dyn Committed;
}

/// Why a database could not be prepared.
#[derive(Debug, Clone)]
pub enum PrepareError {
    /// The author's mistake: a place in the schema or the seed.
    Script {
        /// The script.
        file: Arc<SourceFile>,
        /// What is wrong in it.
        span: Span,
        /// The engine's code, if it was the engine that said so.
        code: Option<String>,
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The environment's: the engine's server is not installed.
    NotInstalled {
        /// Its program.
        program: &'static str,
        /// That it is not there, and what to do.
        message: String,
    },
    /// The environment's: the engine does not run here.
    Engine {
        /// What happened.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
}

impl fmt::Display for PrepareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Script { file, span, message, .. } => {
                write!(f, "{}:{}: {message}", file.path(), file.location(span.start))
            }
            Self::NotInstalled { message, .. } | Self::Engine { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for PrepareError {}

/// Our own failure with a throwaway database, not that of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseError {
    /// What was being done, as in `read the table t`.
    pub doing: String,
    /// Why it failed.
    pub reason: String,
}

impl DatabaseError {
    fn new(doing: impl Into<String>, reason: impl fmt::Display) -> Self {
        Self { doing: doing.into(), reason: reason.to_string() }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.doing, self.reason)
    }
}

impl std::error::Error for DatabaseError {}

/// How a statement failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementError {
    /// The engine refused it.
    Sql(SqlError),
    /// It ran until its deadline.
    TimedOut,
    /// The run was stopped.
    Stopped,
}

/// What the engine says about a statement it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// The engine's codes, the most specific first (`SQLITE_CONSTRAINT_FOREIGNKEY`, `SQLITE_CONSTRAINT`).
    pub codes: Vec<String>,
    /// Its message.
    pub message: String,
    /// The byte of the statement it points at, if it does.
    pub offset: Option<usize>,
    /// What to do, as one sentence, where there is something to say.
    pub hint: Option<String>,
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.codes.first() {
            Some(code) => write!(f, "{} ({code})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sql(error) => error.fmt(f),
            Self::TimedOut => f.write_str("the statement ran out of time"),
            Self::Stopped => f.write_str("the run was stopped"),
        }
    }
}

impl std::error::Error for SqlError {}
impl std::error::Error for StatementError {}
