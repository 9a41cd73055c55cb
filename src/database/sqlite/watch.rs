//! A running statement, ended at its deadline or when the run is stopped.
//!
//! SQLite itself asks whether to go on: every so many steps of a statement, and while it waits for a lock. A thread that
//! watches would do, too, but starting one takes several times as long as a short statement.
//!
//! Must stay true: what SQLite was given to ask is never answered after [`Watch::finish`].

use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::database::StatementError;

/// How long a statement waits for another connection's lock.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How often a lock is tried again.
const LOCK_POLL: Duration = Duration::from_millis(2);
/// After how many steps of SQLite's machine it asks: some ten microseconds.
const STEPS: i32 = 1000;

/// One statement's deadline and stop.
pub(super) struct Watch(Arc<Watched>);

struct Watched {
    deadline: Instant,
    stop: Stop,
    /// Why the statement was ended.
    end: OnceLock<StatementError>,
    is_over: AtomicBool,
}

/// Whether the run was stopped, for what outlives the borrow: SQLite keeps what it is given to ask.
struct Stop(NonNull<AtomicBool>);

// SAFETY: it only leads to an `AtomicBool`, which every thread may read.
#[allow(unsafe_code, reason = "SQLite's handlers must be `'static`, and whether to stop is borrowed")]
unsafe impl Send for Stop {}
// SAFETY: as above.
#[allow(unsafe_code, reason = "SQLite's handlers must be `'static`, and whether to stop is borrowed")]
unsafe impl Sync for Stop {}

impl Watch {
    /// Watches what runs on `connection` from now on until [`Self::finish`], which is called before `stop` can go.
    ///
    /// For every statement anew, because `PRAGMA busy_timeout` replaces the handler that waits.
    pub(super) fn start(connection: &mut Connection, deadline: Instant, stop: &AtomicBool) -> rusqlite::Result<Self> {
        let stop = Stop(NonNull::from(stop));
        let watched = Arc::new(Watched { deadline, stop, end: OnceLock::new(), is_over: AtomicBool::new(false) });
        let watch = Self(Arc::clone(&watched));
        let (running, waiting) = (Arc::clone(&watched), watched);
        connection.progress_handler(STEPS, Some(move || running.is_at_its_end()))?;
        let mut since = Instant::now();
        connection.busy_handler(Some(move |tries| {
            if tries == 0 {
                since = Instant::now();
            }
            std::thread::sleep(LOCK_POLL);
            !waiting.is_at_its_end() && since.elapsed() < LOCK_WAIT
        }))?;
        Ok(watch)
    }

    /// Watches no more; why the statement was ended, if it was.
    pub(super) fn finish(self, connection: &mut Connection) -> Option<StatementError> {
        self.0.is_over.store(true, Ordering::SeqCst);
        // Should SQLite keep them, they say nothing any more.
        let _ = connection.progress_handler(0, None::<fn() -> bool>);
        let _ = connection.busy_handler(None::<fn(i32) -> bool>);
        self.0.end.get().cloned()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // If whatever was watched panicked.
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}

impl Watched {
    fn is_at_its_end(&self) -> bool {
        if self.is_over.load(Ordering::SeqCst) {
            return false;
        }
        if self.end.get().is_none() {
            // SAFETY: `stop` is borrowed by whoever holds the `Watch`, whose end was asked for above. Both happen on the
            // thread on which the statement runs.
            #[allow(unsafe_code, reason = "SQLite's handlers must be `'static`, and whether to stop is borrowed")]
            let is_stopped = unsafe { self.stop.0.as_ref() }.load(Ordering::Relaxed);
            if is_stopped {
                let _ = self.end.set(StatementError::Stopped);
            } else if Instant::now() >= self.deadline {
                let _ = self.end.set(StatementError::TimedOut);
            }
        }
        self.end.get().is_some()
    }
}
