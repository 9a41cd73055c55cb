//! The second session: what was committed, whoever did it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ask;
use super::connection::Connection;
use super::read::{self, Layout};
use crate::database::difference::between;
use crate::database::snapshot::Snapshot;
use crate::database::{DatabaseError, Volatile};
use crate::runbook::effect::Effect;

/// Watches one database.
pub(super) struct Observer {
    connection: Connection,
    /// What reading keeps from one time to the next.
    layout: Layout,
    /// The committed state as it was last read.
    now: Arc<Snapshot>,
    /// The state up to which changes were told.
    told: Arc<Snapshot>,
    /// The state to compare with on demand.
    remembered: Arc<Snapshot>,
    /// The columns that are left out.
    volatile: Arc<Volatile>,
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
        let (now, told, remembered) = (Arc::clone(seen), Arc::clone(seen), Arc::clone(seen));
        Ok(Self { connection, layout, now, told, remembered, volatile: Arc::default() })
    }

    /// From now on these columns are left out.
    pub(super) fn leave_out(&mut self, volatile: &Arc<Volatile>) {
        self.volatile = Arc::clone(volatile);
    }

    /// What was committed since the last call.
    pub(super) fn measure(&mut self) -> Result<Effect, DatabaseError> {
        self.look()?;
        let effect = between(&self.told, &self.now, &self.volatile);
        self.told = Arc::clone(&self.now);
        Ok(effect)
    }

    /// Keeps what is committed now for `since_remembered`.
    pub(super) fn remember(&mut self) -> Result<(), DatabaseError> {
        self.look()?;
        self.remembered = Arc::clone(&self.now);
        Ok(())
    }

    /// What was committed since `remember`.
    pub(super) fn since_remembered(&mut self) -> Result<Effect, DatabaseError> {
        self.look()?;
        Ok(between(&self.remembered, &self.now, &self.volatile))
    }

    /// The sequences' values, by name.
    pub(super) fn counters(&mut self) -> Result<BTreeMap<String, String>, DatabaseError> {
        self.reach()?;
        read::counters(&mut self.connection)
    }

    /// The names that `query` gives, as they were committed.
    pub(super) fn names(&mut self, query: &str) -> Option<Vec<String>> {
        ask::texts(&mut self.connection, query)
    }

    /// Brings `now` up to date.
    fn look(&mut self) -> Result<(), DatabaseError> {
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
