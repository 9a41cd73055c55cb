//! The second connection: what was committed, whoever did it.
//!
//! Must stay true: when it says nothing changed, nothing was committed since it last looked. Two signals together say
//! so: SQLite's own (`PRAGMA data_version`, which counts what other connections commit) and the file's (identity, size,
//! time of change, because a program can put another file in its place or write over it, as `cp` does when a backup
//! is restored). If either differs, everything is read and compared.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags, ffi};

use crate::database::DatabaseError;
use crate::database::difference::difference;
use crate::database::snapshot::Snapshot;
use crate::runbook::effect::Effect;

use super::read;

/// Watches one database file.
pub(super) struct Observer {
    path: PathBuf,
    connection: Connection,
    stamp: Stamp,
    version: i64,
    seen: Arc<Snapshot>,
}

/// What a change of the file itself shows in.
#[derive(Debug, PartialEq)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

impl Observer {
    /// Watches the file at `path`, whose content is `seen`.
    pub(super) fn new(path: &Path, seen: Arc<Snapshot>) -> Result<Self, DatabaseError> {
        let stamp = Stamp::of(path)?;
        let connection = connect(path)?;
        let version = data_version(&connection).map_err(reading)?;
        Ok(Self { path: path.to_owned(), connection, stamp, version, seen })
    }

    /// What was committed since the last call.
    pub(super) fn measure(&mut self) -> Result<Effect, DatabaseError> {
        // Before the snapshot: what is committed between the two is then looked at again the next time.
        let stamp = Stamp::of(&self.path)?;
        if stamp != self.stamp {
            // Another file may be there now, or another content that SQLite would not notice; nothing is remembered.
            self.connection = connect(&self.path)?;
        }
        let transaction = self.connection.unchecked_transaction().map_err(reading)?;
        let version = data_version(&transaction).map_err(reading)?;
        if stamp == self.stamp && version == self.version {
            return Ok(Effect::default());
        }
        let now = read::snapshot(&transaction)?;
        transaction.commit().map_err(reading)?;
        let effect = difference(&self.seen, &now);
        (self.stamp, self.version, self.seen) = (stamp, version, Arc::new(now));
        Ok(effect)
    }
}

fn connect(path: &Path) -> Result<Connection, DatabaseError> {
    // Open for writing, though it never writes: only so can it roll back what a killed program left half done.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    };
    connect().map_err(reading)
}

/// Also starts the read transaction it is called in, so that the number is that of the state read after it.
fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_one("PRAGMA data_version", [], |row| row.get(0))
}

fn reading(error: rusqlite::Error) -> DatabaseError {
    let doing = "read the throwaway database";
    match error.sqlite_error_code() {
        Some(ffi::ErrorCode::DatabaseBusy | ffi::ErrorCode::DatabaseLocked) => DatabaseError::new(
            doing,
            "a connection keeps it locked (a program in the background, or `PRAGMA locking_mode = EXCLUSIVE`)",
        ),
        _ => DatabaseError::new(doing, error),
    }
}

impl Stamp {
    fn of(path: &Path) -> Result<Self, DatabaseError> {
        let metadata = path
            .metadata()
            .map_err(|error| DatabaseError::new(format!("find the throwaway database {}", path.display()), error))?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_stays_is_an_error_that_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch("CREATE TABLE t (a)").unwrap();
        let seen = Arc::new(read::snapshot(&writer).unwrap());
        let mut observer = Observer::new(&path, seen).unwrap();
        observer.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        writer.execute_batch("BEGIN EXCLUSIVE; INSERT INTO t VALUES (1)").unwrap();
        let error = observer.measure().unwrap_err();
        assert!(error.to_string().contains("locking_mode"), "{error}");
        writer.execute_batch("COMMIT").unwrap();
        assert_eq!(observer.measure().unwrap().promise().to_string(), "t +1");
    }
}
