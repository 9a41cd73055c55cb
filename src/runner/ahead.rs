//! Stages made ready before a page asks for them: while one page runs, the server of the next one starts.
//!
//! A stage does not know its page, only its database, so whichever page comes next on the same database and engine takes it.
//! Stages without a server are made when they are asked for; that takes a few milliseconds.
//!
//! Must stay true: no more stages wait than pages run at a time, and none that no page can still want; what was made and not
//! taken is taken down before the run ends; nobody waits for a stage that nobody is making.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::stage::{Ground, NoStage, Stage, is_server};
use super::{PlannedPage, RunError, Surroundings, drill, is_stopped, undo};

/// The stages that are ready, and what is wanted beyond them.
pub(super) struct Ahead<'w> {
    surroundings: &'w Surroundings,
    stop: &'w AtomicBool,
    shelves: Mutex<Shelves>,
    /// Something on the shelves changed.
    changed: Condvar,
}

#[derive(Default)]
struct Shelves {
    of: BTreeMap<Ground, Shelf>,
    /// The run is over: nothing more is made.
    is_closed: bool,
}

/// The stages of one ground.
#[derive(Default)]
struct Shelf {
    /// How many stages pages may still ask for. A page that fails early asks for fewer.
    expected: usize,
    /// How many are to be made, and nobody has begun.
    ordered: usize,
    /// How many are being made.
    begun: usize,
    /// Those that were made.
    ready: Vec<Result<Stage, NoStage>>,
}

impl<'w> Ahead<'w> {
    /// Empty shelves for `plan`.
    pub(super) fn new(plan: &[PlannedPage<'_>], surroundings: &'w Surroundings, stop: &'w AtomicBool) -> Self {
        let mut of: BTreeMap<Ground, Shelf> = BTreeMap::new();
        for planned in plan {
            let is_ready = |ground: &Ground| matches!(surroundings.databases.get(ground), Some(Ok(_)));
            if let Some(ground) = planned.ground().filter(|ground| is_server(ground.1) && is_ready(ground)) {
                of.entry(ground).or_default().expected += passes(planned);
            }
        }
        let shelves = Mutex::new(Shelves { of, is_closed: false });
        Self { surroundings, stop, shelves, changed: Condvar::new() }
    }

    /// How many threads are to [`Self::work`].
    pub(super) fn workers(&self) -> usize {
        if self.shelves().of.is_empty() { 0 } else { self.surroundings.jobs.max(1) }
    }

    /// Makes stages that were ordered, until the run is over.
    pub(super) fn work(&self) {
        let mut shelves = self.shelves();
        while !shelves.is_closed {
            let Some((ground, shelf)) = shelves.of.iter_mut().find(|(_, shelf)| shelf.ordered > 0) else {
                shelves = self.changed.wait(shelves).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let ground = ground.clone();
            shelf.ordered -= 1;
            shelf.begun += 1;
            drop(shelves);
            let made = Stage::open(Some(&ground), self.surroundings);
            shelves = self.shelves();
            let shelf = shelves.of.entry(ground).or_default();
            shelf.begun -= 1;
            shelf.ready.push(made);
            self.changed.notify_all();
        }
    }

    /// A fresh stage: one that is ready or being made, else one that is made now.
    pub(super) fn stage(&self, ground: Option<&Ground>) -> Result<Stage, NoStage> {
        let Some(ground) = ground.filter(|(_, engine)| is_server(*engine)) else {
            return Stage::open(ground, self.surroundings);
        };
        let taken = self.take(ground);
        let stage = taken.unwrap_or_else(|| Stage::open(Some(ground), self.surroundings));
        // Not before this one is there: the two would only slow each other down.
        self.order(ground);
        stage
    }

    fn take(&self, ground: &Ground) -> Option<Result<Stage, NoStage>> {
        let mut shelves = self.shelves();
        let shelf = shelves.of.get_mut(ground)?;
        shelf.expected = shelf.expected.saturating_sub(1);
        loop {
            let shelf = shelves.of.get_mut(ground)?;
            if let Some(made) = shelf.ready.pop() {
                return Some(made);
            }
            if shelf.ordered > 0 {
                // Nobody has begun; whoever needs it can do it as well.
                shelf.ordered -= 1;
                return None;
            }
            if shelf.begun == 0 {
                return None;
            }
            shelves = self.changed.wait(shelves).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn order(&self, ground: &Ground) {
        let most = self.surroundings.jobs.max(1);
        let mut shelves = self.shelves();
        if is_stopped(self.stop) {
            return;
        }
        let Some(shelf) = shelves.of.get_mut(ground) else { return };
        let there = shelf.ordered + shelf.begun + shelf.ready.len();
        if there < shelf.expected.min(most) {
            shelf.ordered += 1;
            self.changed.notify_all();
        }
    }

    /// Ends [`Self::work`]: what is begun is finished, nothing more is made.
    pub(super) fn close(&self) {
        self.shelves().is_closed = true;
        self.changed.notify_all();
    }

    /// Takes down what nobody took. Call it when no thread works here any more.
    pub(super) fn clear(self) -> Result<(), RunError> {
        let shelves = self.shelves.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut result = Ok(());
        // One that was not made has left nothing, and no page has missed it.
        for stage in shelves.of.into_values().flat_map(|shelf| shelf.ready).flatten() {
            if let Err(error) = stage.close(false) {
                result = Err(error.into());
            }
        }
        result
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the shelves however the run ends, so that the threads that fill them end, too.
pub(super) struct Closing<'a, 'w>(pub(super) &'a Ahead<'w>);

impl Drop for Closing<'_, '_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// How many stages the page asks for if nothing fails.
fn passes(planned: &PlannedPage<'_>) -> usize {
    let further = if planned.runbook.is_drill() { drill::FURTHER_PASSES } else { 0 };
    1 + further + usize::from(undo::has_some(planned.runbook))
}
