//! SQLite: a file a page, copied from one that was loaded once.
//!
//! Settings, and why: `foreign_keys=ON`, because the pages are about them. A rollback journal, not WAL, so that the
//! file alone is the database at any time and `cp` in a snippet copies all of it. The journal stays in memory, with
//! `synchronous=OFF`, because nothing here outlives the run; the cache is not spilled, so that an open transaction
//! leaves the file as it was and readable. Double-quoted text is a name and never a string, so that a misspelt column
//! is an error; the sqlite3 program does the same.
//!
//! Must stay true: `open` copies bytes, it runs no SQL of the author's.

mod advice;
mod client;
mod codes;
mod containment;
mod content;
mod file;
mod leaves;
mod observer;
mod pages;
mod pieces;
mod read;
mod record;
mod script;
mod statement;
mod watch;

use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::address;
use crate::expect::ResultSet;

use super::committed::{Committed, Watched};
use super::{
    Client, DatabaseError, Definition, Place, PrepareError, Prepared, Reopening, StatementError, TableColumns,
    Throwaway, reopening,
};
use advice::advised;
use content::Content;
use observer::Observer;

/// The name of the database in its folder.
const FILE_NAME: &str = "database.sqlite3";

/// How long schema and seed may take together.
const PREPARE_LIMIT: Duration = Duration::from_secs(60);

/// Loads schema and seed.
pub(super) fn prepare(definition: &Definition) -> Result<Image, PrepareError> {
    let mut loaded = script::load(definition, PREPARE_LIMIT)?;
    // The file SQLite would write. Nothing is moved in it: rows keep their row ids.
    // A database without any page has no bytes at all, which is a good file, too.
    let bytes = loaded.serialize(rusqlite::MAIN_DB).map_err(script::engine)?.to_vec();
    let content = Content::of(&mut loaded, &bytes).map_err(script::engine)?;
    Ok(Image { content, documented_name: definition.documented_name.clone() })
}

/// The bytes of a database file, and what they hold.
pub(super) struct Image {
    content: Content,
    documented_name: String,
}

impl Prepared for Image {
    fn open(&self, place: Place<'_>) -> Result<Box<dyn Throwaway>, DatabaseError> {
        self.copy(place.folder)
    }

    fn engine_version(&self) -> String {
        format!("SQLite {}", rusqlite::version())
    }

    fn tables(&self) -> Vec<TableColumns> {
        self.content.snapshot.columns()
    }
}

impl Image {
    /// A copy in `folder`.
    fn copy(&self, folder: &Path) -> Result<Box<dyn Throwaway>, DatabaseError> {
        let doing = || format!("make a throwaway database in {}", folder.display());
        // Without links on the way, because none is followed.
        let path = folder.canonicalize().map_err(|error| DatabaseError::new(doing(), error))?.join(FILE_NAME);
        std::fs::File::create_new(&path)
            .and_then(|mut file| self.content.bytes().iter().try_for_each(|piece| file.write_all(piece)))
            .map_err(|error| DatabaseError::new(doing(), error))?;
        let connection = connect(&path).map_err(|error| DatabaseError::new(doing(), error))?;
        let observer = Observer::new(&path, self.content.clone())?;
        let committed = Watched::new(observer, &self.content.snapshot);
        let file = identity(&path);
        let documented_name = self.documented_name.clone();
        Ok(Box::new(Page { connection, file, committed, path, documented_name, transactions: 0 }))
    }
}

/// One page's copy.
struct Page {
    connection: Connection,
    /// The file the connection has open.
    file: Option<Identity>,
    committed: Watched<Observer>,
    path: PathBuf,
    documented_name: String,
    /// How many transactions were opened and outlived the statement that opened them.
    transactions: u64,
}

/// A file, whatever its name: device and inode.
type Identity = (u64, u64);

fn identity(path: &Path) -> Option<Identity> {
    path.symlink_metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

impl Page {
    /// Opens the file anew if another one was put in its place (`mv backup.db app.db`): the connection would go on
    /// reading and writing the old one, which nobody else sees. In a transaction it stays, as a person's would.
    fn follow_file(&mut self) -> Result<(), StatementError> {
        let now = identity(&self.path);
        if now.is_some() && now != self.file && self.connection.is_autocommit() {
            let refused = |error| StatementError::Sql(advised(&self.connection, statement::sql_error(error)));
            self.connection = connect(&self.path).map_err(refused)?;
            self.file = now;
        }
        Ok(())
    }
}

impl Throwaway for Page {
    fn execute(&mut self, sql: &str, deadline: Instant, stop: &AtomicBool) -> Result<Vec<ResultSet>, StatementError> {
        self.follow_file()?;
        let was_open = !self.connection.is_autocommit();
        let result = statement::execute(&mut self.connection, sql, deadline, stop);
        // One statement opens a transaction or ends one, never both.
        if !was_open && !self.connection.is_autocommit() {
            self.transactions += 1;
        }
        Ok(result?.into_iter().collect())
    }

    fn rows_touched(&self) -> u64 {
        // Counts triggers and foreign key actions, too (SQLite C interface, `sqlite3_total_changes`).
        self.connection.total_changes()
    }

    fn transaction(&self) -> Option<u64> {
        (!self.connection.is_autocommit()).then_some(self.transactions)
    }

    fn reconnect(&mut self) -> Result<(), DatabaseError> {
        self.connection = connect(&self.path)
            .map_err(|error| DatabaseError::new("connect to the throwaway database again", error))?;
        self.file = identity(&self.path);
        Ok(())
    }

    fn address(&self) -> String {
        format!("sqlite://{}", address::path(self.path.as_os_str().as_encoded_bytes()))
    }

    fn leave(self: Box<Self>, folder: &Path) -> Reopening {
        let file = reopening::text(&folder.join(FILE_NAME));
        Reopening { start: None, open: reopening::line(["sqlite3", &file]), end: None, flaw: None }
    }

    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn clients(&self) -> Vec<Client> {
        vec![client::client(&self.path, &self.documented_name)]
    }

    fn committed(&mut self) -> &mut dyn Committed {
        &mut self.committed
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(path, containment::open_flags())?;
    configure(&connection)?;
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_spill = OFF;",
    )?;
    containment::contain(&mut connection)?;
    Ok(connection)
}

/// What holds for the scripts and for the pages.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")
}

#[cfg(test)]
pub(super) mod tests;
