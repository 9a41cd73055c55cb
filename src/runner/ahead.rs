//! Stages made ready before a page asks for them: while one page runs, the server of the next one starts.
//!
//! A stage does not know its page, only its database, so whichever page comes next on the same database and engine takes it.
//! Stages without a server are made when they are asked for; that takes a few milliseconds.
//!
//! A stage that waits takes room, in memory most often, which a page may need. So what could not be made ahead is no page's
//! failure, and a page that has no room itself gets that of the stages that wait; nothing more is made ahead then.
//!
//! Must stay true: no more stages wait than pages run at a time, and none that no page can still want; what was made and not
//! taken is taken down before the run ends; nobody waits for a stage that nobody is making; a page for which there is room
//! without all this has it.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::stage::{Ground, NoStage, Stage, is_server};
use super::{PlannedPage, RunError, Surroundings, drill, is_stopped, undo};
use crate::sandbox::SandboxError;

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
    /// How many stages that waited are being taken down.
    leaving: usize,
    /// The run is over: nothing more is made.
    is_closed: bool,
    /// A stage could not be made: whoever needs one makes it.
    is_given_up: bool,
    /// Why one that was taken down is not gone.
    left: Option<SandboxError>,
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
    ready: Vec<Stage>,
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
        let shelves = Mutex::new(Shelves { of, ..Shelves::default() });
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
            let begun = Begun { ahead: self, ground: &ground };
            let made = Stage::open(Some(&ground), self.surroundings);
            begun.ended(made.ok());
            shelves = self.shelves();
        }
    }

    /// A fresh stage: one that is ready or being made, else one that is made now.
    pub(super) fn stage(&self, ground: Option<&Ground>) -> Result<Stage, NoStage> {
        let Some(ground) = ground.filter(|(_, engine)| is_server(*engine)) else {
            return Stage::open(ground, self.surroundings);
        };
        let taken = self.take(ground);
        let stage = taken.map_or_else(|| self.make(ground), Ok);
        // Not before this one is there: the two would only slow each other down.
        self.order(ground);
        stage
    }

    fn take(&self, ground: &Ground) -> Option<Stage> {
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
        if is_stopped(self.stop) || shelves.is_given_up {
            return;
        }
        let Some(shelf) = shelves.of.get_mut(ground) else { return };
        let there = shelf.ordered + shelf.begun + shelf.ready.len();
        if there < shelf.expected.min(most) {
            shelf.ordered += 1;
            self.changed.notify_all();
        }
    }

    /// A stage made now, once more if it may have been for others made ahead that there was none. Those may be gone by then:
    /// taken by the page they were meant for, or taken down for another page that found no room at the same time. So what
    /// counts is whether there could be any when it was tried.
    fn make(&self, ground: &Ground) -> Result<Stage, NoStage> {
        let is_alone = self.shelves().is_given_up_and_clear();
        match Stage::open(Some(ground), self.surroundings) {
            Err(_) if !is_alone => {
                self.make_room();
                Stage::open(Some(ground), self.surroundings)
            }
            made => made,
        }
    }

    /// Takes down what waits, and sees to it that nothing more does.
    fn make_room(&self) {
        let mut shelves = self.shelves();
        shelves.is_given_up = true;
        let mut waited = Vec::new();
        for shelf in shelves.of.values_mut() {
            shelf.ordered = 0;
            waited.append(&mut shelf.ready);
        }
        shelves.leaving += waited.len();
        drop(shelves);
        for stage in waited {
            let _leaving = Leaving(self);
            self.take_down(stage);
        }
        // What is being made now takes room, too, and is taken down as soon as it is there; so does what others take down.
        let mut shelves = self.shelves();
        while !shelves.is_given_up_and_clear() {
            shelves = self.changed.wait(shelves).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes down a stage that nobody will take; what is left of it is told when the run ends.
    fn take_down(&self, stage: Stage) {
        if let Err(error) = stage.close(false) {
            self.shelves().left = Some(error);
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
        let mut result = shelves.left.map_or(Ok(()), |error| Err(error.into()));
        for stage in shelves.of.into_values().flat_map(|shelf| shelf.ready) {
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

impl Shelves {
    /// Whether no stage but those of pages takes room, and none will.
    fn is_given_up_and_clear(&self) -> bool {
        let is_clear = |shelf: &Shelf| shelf.begun == 0 && shelf.ready.is_empty();
        self.is_given_up && self.leaving == 0 && self.of.values().all(is_clear)
    }
}

/// A stage that is being taken down for a page that needs its room. However that ends, nobody waits for it any longer.
struct Leaving<'a, 'w>(&'a Ahead<'w>);

impl Drop for Leaving<'_, '_> {
    fn drop(&mut self) {
        self.0.shelves().leaving -= 1;
        self.0.changed.notify_all();
    }
}

/// A stage that is being made. However that ends, nobody waits for it any longer.
struct Begun<'a, 'w> {
    ahead: &'a Ahead<'w>,
    ground: &'a Ground,
}

impl Begun<'_, '_> {
    /// It was `made`, or could not be.
    fn ended(self, made: Option<Stage>) {
        let mut shelves = self.ahead.shelves();
        let is_wanted = !shelves.is_given_up;
        let unwanted = match (made, shelves.of.get_mut(self.ground)) {
            (Some(stage), Some(shelf)) if is_wanted => {
                shelf.ready.push(stage);
                None
            }
            (Some(stage), _) => Some(stage),
            (None, _) => {
                // The page for which it was meant makes its own, and says why if that fails, too.
                shelves.is_given_up = true;
                shelves.of.values_mut().for_each(|shelf| shelf.ordered = 0);
                None
            }
        };
        drop(shelves);
        unwanted.into_iter().for_each(|stage| self.ahead.take_down(stage));
    }
}

impl Drop for Begun<'_, '_> {
    fn drop(&mut self) {
        let mut shelves = self.ahead.shelves();
        if let Some(shelf) = shelves.of.get_mut(self.ground) {
            shelf.begun -= 1;
        }
        drop(shelves);
        self.ahead.changed.notify_all();
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

#[cfg(test)]
mod tests;
