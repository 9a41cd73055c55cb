//! The second session: what was committed, whoever did it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ask;
use super::connection::Connection;
use super::few::Few;
use super::read::{self, Layout};
use crate::database::DatabaseError;
use crate::database::committed::Look;
use crate::database::snapshot::Snapshot;

/// Watches one database.
pub(super) struct Observer {
    connection: Connection,
    /// What reading keeps from one time to the next.
    layout: Layout,
    /// What was prepared in this session.
    few: Few,
    /// Whether the page has done more than look since.
    expects_change: bool,
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
        Ok(Self { connection, layout, few: Few::default(), expects_change: false, now: Arc::clone(seen) })
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
        let Self { connection, layout, few, expects_change, now } = self;
        read::changed(connection, few, layout, now, *expects_change)
    }

    /// Begins a new session if a page has ended this one (`pg_terminate_backend`), or crashed the server, which starts
    /// again by itself.
    fn reach(&mut self) -> Result<(), DatabaseError> {
        if self.connection.is_broken() {
            self.connection = super::session::again(self.connection.address())?;
            read::settle(&mut self.connection)?;
            self.few = Few::default();
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
