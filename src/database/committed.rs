//! What was committed: each change told by one call, or held against a state that was kept.
//!
//! The same for every engine, which only has to say what is committed now.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::difference::between;
use super::snapshot::Snapshot;
use super::{DatabaseError, Volatile};
use crate::runbook::effect::Effect;

/// Looks at a database from beside the page's connection.
pub(super) trait Look: Send {
    /// What is committed now; the very snapshot of the last time if that is known to be the same.
    fn look(&mut self) -> Result<Arc<Snapshot>, DatabaseError>;

    /// As [`Committed::counters`].
    fn counters(&mut self) -> Result<BTreeMap<String, String>, DatabaseError>;
}

/// What of the committed state of a page's database was told, and what was kept.
pub trait Committed {
    /// From now on a difference in these columns is none; `Effect::ignored` counts it.
    fn leave_out(&mut self, volatile: &Arc<Volatile>);

    /// The difference between the committed state now and at the last call, or when the database was opened.
    ///
    /// Everything committed is told by exactly one call: neither of the two methods below takes anything from it.
    fn measure(&mut self) -> Result<Effect, DatabaseError>;

    /// Keeps the committed state of now as the one that [`Self::since_remembered`] compares with, until the next call.
    ///
    /// What was committed and not measured yet is part of it, and `measure` still tells it.
    fn remember(&mut self) -> Result<(), DatabaseError>;

    /// The difference between the remembered state (the one the database was opened with if none was remembered) and
    /// the committed state now. Can be asked again and again: it changes nothing, and nothing is used up.
    fn since_remembered(&mut self) -> Result<Effect, DatabaseError>;

    /// What was committed and goes forward only, by name: what an undo cannot be expected to bring back, and what
    /// `undo=exact` compares. For SQLite, the highest key given so far in each table with `AUTOINCREMENT`.
    fn counters(&mut self) -> Result<BTreeMap<String, String>, DatabaseError>;
}

/// A database that `observer` looks at.
#[derive(Debug)]
pub(super) struct Watched<L> {
    pub(super) observer: L,
    /// The state up to which changes were told.
    told: Arc<Snapshot>,
    /// The state to compare with on demand.
    remembered: Arc<Snapshot>,
    /// The columns that are left out.
    volatile: Arc<Volatile>,
}

impl<L> Watched<L> {
    /// A database whose content is `seen`, which nobody need be told.
    pub(super) fn new(observer: L, seen: &Arc<Snapshot>) -> Self {
        Self { observer, told: Arc::clone(seen), remembered: Arc::clone(seen), volatile: Arc::default() }
    }
}

impl<L: Look> Committed for Watched<L> {
    fn leave_out(&mut self, volatile: &Arc<Volatile>) {
        self.volatile = Arc::clone(volatile);
    }

    fn measure(&mut self) -> Result<Effect, DatabaseError> {
        let now = self.observer.look()?;
        let effect = between(&self.told, &now, &self.volatile);
        self.told = now;
        Ok(effect)
    }

    fn remember(&mut self) -> Result<(), DatabaseError> {
        self.remembered = self.observer.look()?;
        Ok(())
    }

    fn since_remembered(&mut self) -> Result<Effect, DatabaseError> {
        let now = self.observer.look()?;
        Ok(between(&self.remembered, &now, &self.volatile))
    }

    fn counters(&mut self) -> Result<BTreeMap<String, String>, DatabaseError> {
        self.observer.counters()
    }
}
