//! A database file taken into memory: its bytes as one read transaction sees them, and a database made of them.

use rusqlite::serialize::{Data, OwnedData};
use rusqlite::{Connection, MAIN_DB};

use crate::database::DatabaseError;

/// Where the header says whether a database is in WAL mode: 1 is a rollback journal, 2 is WAL; for writing and for reading.
const JOURNAL_MODE: std::ops::Range<usize> = 18..20;

/// The bytes of a file; none for a database without any page.
pub(super) struct File {
    bytes: Option<OwnedData>,
    /// Whether what counts could lie in a WAL beside it.
    pub(super) is_wal: bool,
}

impl File {
    /// The file of `connection` as its read transaction sees it.
    pub(super) fn take(connection: &mut Connection) -> rusqlite::Result<Self> {
        if connection.query_one("PRAGMA page_count", [], |row| row.get::<_, i64>(0))? == 0 {
            return Ok(Self { bytes: None, is_wal: false });
        }
        // Only a database in memory gives bytes that it keeps for itself.
        let Data::Owned(mut bytes) = connection.serialize(MAIN_DB)? else {
            return Err(rusqlite::Error::InvalidQuery);
        };
        // What of a WAL counts is part of the bytes. A database in memory cannot have one, and would not be opened.
        let mut is_wal = false;
        if let Some(mode) = bytes.get_mut(JOURNAL_MODE) {
            is_wal = mode != [1, 1];
            mode.fill(1);
        }
        Ok(Self { bytes: Some(bytes), is_wal })
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or_default()
    }

    /// Makes `memory` the database of these bytes, which nobody can write.
    fn put(&self, memory: &mut Connection) -> rusqlite::Result<()> {
        match self.bytes() {
            [] => Connection::open_in_memory().map(|empty| *memory = empty),
            bytes => memory.deserialize_read_exact(MAIN_DB, bytes, bytes.len(), true),
        }
    }
}

/// A database in memory, of a file, as soon as somebody asks for it.
pub(super) struct Memory<'m> {
    connection: &'m mut Connection,
    /// The file, until it is in memory.
    file: Option<&'m File>,
}

impl<'m> Memory<'m> {
    /// One that `connection` holds already.
    pub(super) fn filled(connection: &'m mut Connection) -> Self {
        Self { connection, file: None }
    }

    /// That of `file`, for which `connection` is used.
    pub(super) fn of(file: &'m File, connection: &'m mut Connection) -> Self {
        Self { connection, file: Some(file) }
    }

    /// The connection to it.
    pub(super) fn get(&mut self) -> Result<&Connection, DatabaseError> {
        if let Some(file) = self.file {
            let put = file.put(self.connection);
            put.map_err(|error| DatabaseError::new("read a copy of the throwaway database", error))?;
            self.file = None;
        }
        Ok(self.connection)
    }
}
