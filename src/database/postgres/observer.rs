//! The second session: what was committed, whoever did it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ask;
use super::connection::Connection;
use super::read::{self, Layout};
use crate::database::DatabaseError;
use crate::database::committed::Look;
use crate::database::snapshot::Snapshot;

/// Watches one database.
pub(super) struct Observer {
    connection: Connection,
    /// What reading keeps from one time to the next.
    layout: Layout,
    /// The committed state as it was last read.
    now: Arc<Snapshot>,
}

impl Observer {
    /// Watches through `connection` a database whose content is `seen`, as it was read with `layout` from the folder that
    /// this one is a copy of.
    pub(super) fn new(
        mut connection: Connection,
        seen: &Arc<Snapshot>,
        layout: &Layout,
    ) -> Result<Self, DatabaseError> {
        read::settle(&mut connection)?;
        let mut layout = layout.clone();
        layout.state = read::ended_transactions(&mut connection)?;
        Ok(Self { connection, layout, now: Arc::clone(seen) })
    }

    /// The names that `query` gives, as they were committed.
    pub(super) fn names(&mut self, query: &str) -> Option<Vec<String>> {
        ask::texts(&mut self.connection, query)
    }

    /// Brings `now` up to date.
    fn update(&mut self) -> Result<(), DatabaseError> {
        self.reach()?;
        let mut changed = read::changed(&mut self.connection, &mut self.layout, &self.now);
        if changed.is_err() && self.connection.is_broken() {
            self.reach()?;
            changed = read::changed(&mut self.connection, &mut self.layout, &self.now);
        }
        if let Some(now) = changed?
            && now != *self.now
        {
            self.now = Arc::new(now);
        }
        Ok(())
    }

    /// Begins a new session if a page has ended this one (`pg_terminate_backend`), or crashed the server, which starts
    /// again by itself.
    fn reach(&mut self) -> Result<(), DatabaseError> {
        if self.connection.is_broken() {
            self.connection = super::session::again(self.connection.address())?;
            read::settle(&mut self.connection)?;
            // A crash takes what was not logged, and numbers of transactions are given again.
            self.layout.state.clear();
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
