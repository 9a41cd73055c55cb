//! The second connection: what was committed, whoever did it.
//!
//! Must stay true: when it says nothing changed, nothing was committed since it last looked. Two signals together say
//! so: SQLite's own (`PRAGMA data_version`, which counts what other connections commit) and the file's (identity, size,
//! time of change, because a program can put another file in its place or write over it, as `cp` does when a backup
//! is restored). If either differs, the file's content is compared (`content`). The time of change advances by ticks of
//! the kernel, so a file that changed just now may change again without showing it: it is read once more after that.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ffi};

use crate::database::DatabaseError;
use crate::database::committed::Look;
use crate::database::snapshot::Snapshot;

use super::content::Content;
use super::file::File;
use super::{containment, read};

/// Longer than the kernel's tick (at most 10 ms), in which two changes of a file have the same time.
const TICK: Duration = Duration::from_millis(20);

/// Watches one database file.
pub(super) struct Observer {
    path: PathBuf,
    connection: Connection,
    /// What a file is read with: making one each time takes longer than reading a small database.
    memory: Connection,
    version: i64,
    /// Whether a WAL belonged to the file when it was last read.
    is_wal: bool,
    stamp: Stamp,
    /// When the stamp was first seen.
    stamped: Instant,
    /// Whether the content was read more than a tick after that: the same stamp then means the same content.
    settled: bool,
    /// The committed content as it was last read.
    now: Content,
}

/// What a change of the file itself shows in.
#[derive(Debug, PartialEq)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    /// Of the content or of anything else about it: unlike the time of the content alone, nobody can put it back.
    changed: (i64, i64),
}

impl Observer {
    /// Watches the file at `path`, whose content is `now`.
    pub(super) fn new(path: &Path, now: Content) -> Result<Self, DatabaseError> {
        let stamp = Stamp::of(path)?;
        let stamped = Instant::now();
        let connection = connect(path)?;
        let version = data_version(&connection).map_err(reading)?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            memory: Connection::open_in_memory().map_err(reading)?,
            version,
            is_wal: false,
            stamp,
            stamped,
            settled: false,
            now,
        })
    }

    /// Brings `now` up to date.
    fn update(&mut self) -> Result<(), DatabaseError> {
        // Before the snapshot: what is committed between the two is then looked at again the next time.
        let looked = Instant::now();
        let stamp = Stamp::of(&self.path)?;
        let stamped = Instant::now();
        let same_stamp = stamp == self.stamp;
        let trusted = same_stamp && self.settled;
        if !trusted {
            // Another file may be there now, or another content that SQLite would not notice; nothing is remembered.
            if stamp.is_of_same_file(&self.stamp) && !self.is_wal {
                self.connection.release_memory().map_err(reading)?;
            } else {
                self.connection = connect(&self.path)?;
            }
        }
        let known = trusted.then_some(self.version);
        let Some((version, file)) = committed(&mut self.connection, known).map_err(reading)? else { return Ok(()) };
        let is_wal = file.is_wal;
        self.now.update(&file, &mut self.memory)?;
        self.is_wal = is_wal;
        self.settled = same_stamp && looked.duration_since(self.stamped) >= TICK;
        if !same_stamp {
            (self.stamp, self.stamped) = (stamp, stamped);
        }
        self.version = version;
        Ok(())
    }
}

impl Look for Observer {
    fn look(&mut self) -> Result<Arc<Snapshot>, DatabaseError> {
        self.update()?;
        Ok(Arc::clone(&self.now.snapshot))
    }

    /// The highest key given so far by `AUTOINCREMENT`, by table.
    fn counters(&mut self) -> Result<BTreeMap<String, String>, DatabaseError> {
        // What this one remembers of the schema could be that of another file.
        let connection = connect(&self.path)?;
        read::counters(&connection).map_err(|error| DatabaseError::new("read `sqlite_sequence`", error))
    }
}

/// The file and the version it is of, taken in one read transaction; `None` if it is the version `known`.
fn committed(connection: &mut Connection, known: Option<i64>) -> rusqlite::Result<Option<(i64, File)>> {
    connection.execute_batch("BEGIN")?;
    let mut take = || {
        let version = data_version(connection)?;
        if known == Some(version) {
            return Ok(None);
        }
        File::take(connection).map(|file| Some((version, file)))
    };
    let taken = take();
    // Whatever came of it: nothing was written, and a lock that stayed would keep writers out.
    let ended = connection.execute_batch("ROLLBACK");
    let taken = taken?;
    ended.map(|()| taken)
}

fn connect(path: &Path) -> Result<Connection, DatabaseError> {
    // Open for writing, though it never writes: only so can it roll back what a killed program left half done.
    let connect = || {
        let connection = Connection::open_with_flags(path, containment::open_flags())?;
        connection.pragma_update(None, "query_only", true)?;
        // Every page is asked for once, and handed on: finding memory for all of them takes longer than reading them.
        connection.pragma_update(None, "cache_size", 10)?;
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
        _ if error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_CANTOPEN_SYMLINK) => {
            DatabaseError::new(doing, containment::LINK_HINT)
        }
        _ => DatabaseError::new(doing, error),
    }
}

impl Stamp {
    /// Whether both are of the file, whatever was written to it between them.
    fn is_of_same_file(&self, other: &Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }

    fn of(path: &Path) -> Result<Self, DatabaseError> {
        let metadata = path
            .symlink_metadata()
            .map_err(|error| DatabaseError::new(format!("find the throwaway database {}", path.display()), error))?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::committed::{Committed as _, Watched};

    fn watch(path: &Path, seen: Content) -> Watched<Observer> {
        let snapshot = Arc::clone(&seen.snapshot);
        Watched::new(Observer::new(path, seen).unwrap(), &snapshot)
    }

    fn content(path: &Path) -> Content {
        let bytes = std::fs::read(path).unwrap();
        Content::of(&mut Connection::open(path).unwrap(), &bytes).unwrap()
    }

    #[test]
    fn a_lock_that_stays_is_an_error_that_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch("CREATE TABLE t (a)").unwrap();
        let seen = content(&path);
        let mut observer = watch(&path, seen);
        // Once settled, it keeps its connection, and with it the patience set here.
        std::thread::sleep(TICK);
        observer.observer.look().unwrap();
        observer.observer.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        writer.execute_batch("BEGIN EXCLUSIVE; INSERT INTO t VALUES (1)").unwrap();
        let error = observer.measure().unwrap_err();
        assert!(error.to_string().contains("locking_mode"), "{error}");
        writer.execute_batch("COMMIT").unwrap();
        assert_eq!(observer.measure().unwrap().promise().to_string(), "t +1");
    }

    #[test]
    fn a_file_written_over_within_a_tick_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("x"), folder.path().join("copy"));
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
        let seen = content(&path);
        std::fs::copy(&path, &copy).unwrap();
        writer.execute_batch("UPDATE t SET a = 2").unwrap();
        let mut observer = watch(&path, seen);
        assert_eq!(observer.measure().unwrap().promise().to_string(), "t +1 -1");
        // The same size, the same number of commits, the same time: only the content tells.
        let other = Connection::open(&copy).unwrap();
        other.execute_batch("UPDATE t SET a = 3").unwrap();
        let modified = path.metadata().unwrap().modified().unwrap();
        std::fs::copy(&copy, &path).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert_eq!(observer.measure().unwrap().promise().to_string(), "t +1 -1");
        assert!(observer.measure().unwrap().is_none());
    }
}
