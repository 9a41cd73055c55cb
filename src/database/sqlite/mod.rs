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
mod codes;
mod observer;
mod read;
mod script;
mod statement;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::expect::ResultSet;
use crate::runbook::effect::Effect;

use super::snapshot::Snapshot;
use super::{DatabaseError, Definition, PrepareError, Prepared, StatementError, Throwaway};
use observer::Observer;

/// The name of the database in its folder.
const FILE_NAME: &str = "database.sqlite3";

/// Loads schema and seed.
pub(super) fn prepare(definition: &Definition) -> Result<impl Prepared + 'static, PrepareError> {
    let loaded = script::load(definition)?;
    Ok(Image { bytes: image(&loaded)?, content: Arc::new(read::snapshot(&loaded).map_err(script::engine)?) })
}

/// The bytes of a database file, and what they hold.
struct Image {
    bytes: Vec<u8>,
    content: Arc<Snapshot>,
}

/// The file SQLite would write for `connection`. `VACUUM INTO` keeps the row ids.
fn image(connection: &Connection) -> Result<Vec<u8>, PrepareError> {
    let folder = tempfile::tempdir().map_err(script::engine)?;
    let path = folder.path().join(FILE_NAME);
    connection.execute("VACUUM INTO ?1", [path.to_string_lossy()]).map_err(script::engine)?;
    std::fs::read(&path).map_err(script::engine)
}

impl Prepared for Image {
    fn open(&self, folder: &Path) -> Result<Box<dyn Throwaway>, DatabaseError> {
        let doing = || format!("make a throwaway database in {}", folder.display());
        let path = std::path::absolute(folder).map_err(|error| DatabaseError::new(doing(), error))?.join(FILE_NAME);
        std::fs::File::create_new(&path)
            .and_then(|mut file| file.write_all(&self.bytes))
            .map_err(|error| DatabaseError::new(doing(), error))?;
        let connection = connect(&path).map_err(|error| DatabaseError::new(doing(), error))?;
        let observer = Observer::new(&path, Arc::clone(&self.content))?;
        Ok(Box::new(Page { connection, observer, path }))
    }

    fn engine_version(&self) -> String {
        format!("SQLite {}", rusqlite::version())
    }
}

/// One page's copy.
struct Page {
    connection: Connection,
    observer: Observer,
    path: PathBuf,
}

impl Throwaway for Page {
    fn execute(
        &mut self,
        sql: &str,
        deadline: Instant,
        stop: &AtomicBool,
    ) -> Result<Option<ResultSet>, StatementError> {
        statement::execute(&mut self.connection, sql, deadline, stop)
    }

    fn rows_touched(&self) -> u64 {
        // Counts triggers and foreign key actions, too (SQLite C interface, `sqlite3_total_changes`).
        self.connection.total_changes()
    }

    fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn address(&self) -> String {
        format!("sqlite://{}", percent_encoded(&self.path))
    }

    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn measure(&mut self) -> Result<Effect, DatabaseError> {
        self.observer.measure()
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection)?;
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_spill = OFF;",
    )?;
    Ok(connection)
}

/// What holds for the scripts and for the pages.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")
}

/// The path as the path of an address.
fn percent_encoded(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encode = |&byte: &u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.as_os_str().as_bytes().iter().map(encode).collect()
}

#[cfg(test)]
mod tests;
