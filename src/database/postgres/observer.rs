//! The second session: what was committed, whoever did it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::ask;
use super::connection::Connection;
use super::read::{self, Layout, Reader};
use crate::database::DatabaseError;
use crate::database::committed::Look;
use crate::database::snapshot::Snapshot;

/// Watches one database.
pub(super) struct Observer {
    connection: Connection,
    reader: Reader,
    /// Whether the page has done more than look since.
    expects_change: bool,
    /// The committed state as it was last read.
    now: Arc<Snapshot>,
}

impl Observer {
    /// Watches through `connection` the database in the folder `data`, whose content is `seen`, as it was read with `layout`
    /// from the folder that this one is a copy of.
    pub(super) fn new(
        mut connection: Connection,
        data: &Path,
        seen: &Arc<Snapshot>,
        layout: &Layout,
    ) -> Result<Self, DatabaseError> {
        read::settle(&mut connection)?;
        let reader = Reader::new(&mut connection, layout, data.join("pg_wal"))?;
        Ok(Self { connection, reader, expects_change: false, now: Arc::clone(seen) })
    }

    /// Whether it asks the server's log, and not the catalogs each time.
    #[cfg(test)]
    pub(super) fn reads_log(&self) -> bool {
        self.reader.reads_log()
    }

    /// The page has done something that may have changed what is committed. Whatever it is, it is found; this only spares
    /// the question whether there is something to find.
    pub(super) fn expect_change(&mut self) {
        self.expects_change = true;
    }

    /// The names that `query` gives, as they were committed.
    pub(super) fn names(&mut self, query: &str) -> Option<Vec<String>> {
        ask::texts(&mut self.connection, query)
    }

    /// Brings `now` up to date.
    fn update(&mut self) -> Result<(), DatabaseError> {
        self.reach()?;
        let mut changed = self.changed();
        self.expects_change = false;
        if changed.is_err() && self.connection.is_broken() {
            self.reach()?;
            changed = self.changed();
        }
        if let Some(now) = changed?
            && now != *self.now
        {
            self.now = Arc::new(now);
        }
        Ok(())
    }

    fn changed(&mut self) -> Result<Option<Snapshot>, DatabaseError> {
        self.reader.changed(&mut self.connection, &self.now, self.expects_change)
    }

    /// Begins a new session if a page has ended this one (`pg_terminate_backend`), or crashed the server, which starts
    /// again by itself.
    fn reach(&mut self) -> Result<(), DatabaseError> {
        if self.connection.is_broken() {
            self.connection = super::session::again(self.connection.address())?;
            read::settle(&mut self.connection)?;
            self.reader.begin_again();
        }
        Ok(())
    }
}

impl Look for Observer {
    fn look(&mut self) -> Result<Arc<Snapshot>, DatabaseError> {
        self.update()?;
        Ok(Arc::clone(&self.now))
    }

    /// The sequences' values, by name.
    fn counters(&mut self) -> Result<BTreeMap<String, String>, DatabaseError> {
        self.reach()?;
        read::counters(&mut self.connection)
    }
}
