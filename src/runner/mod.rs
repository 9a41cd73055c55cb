//! Running a plan: each page in surroundings of its own, its snippets in order.
//!
//! Takes a plan and the surroundings, gives a `Run`. It decides what is skipped and when a page stops; what a snippet did
//! is judged in `judge`, and everything that touches the world is done by `database`, `shell` and `sandbox`. Must stay
//! true: a page's result depends on that page only, whatever runs beside it; after a run there is no process, database
//! or folder left of it.

mod ahead;
mod attempt;
mod console;
mod drill;
mod judge;
mod page;
mod pass;
mod passes;
mod perform;
mod skip;
mod stage;
mod undo;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::config::Engine;
use crate::database::{Prepared, Reopening};
use crate::runbook::outcome::{Outcome, PageRun, PageVerdict, Run};
use crate::runbook::{Case, Runbook, Snippet};
use crate::sandbox::{Sandbox, SandboxError};
use ahead::{Ahead, Closing};
use stage::Ground;

/// The time a snippet has if it does not say otherwise.
pub const SNIPPET_LIMIT: Duration = Duration::from_secs(30);
/// The time a page has.
pub const PAGE_LIMIT: Duration = Duration::from_secs(300);

/// One page to run, once.
#[derive(Debug, Clone, Copy)]
pub struct PlannedPage<'p> {
    /// What to run.
    pub runbook: &'p Runbook,
    /// With which values.
    pub case: &'p Case,
    /// The pages it starts after, the first to run first; each is run in its case `default`.
    pub after: &'p [&'p Runbook],
    /// The engine; `None` for a page without a database.
    pub engine: Option<Engine>,
    /// The key its proof is recorded under.
    pub key: &'p str,
    /// The position of the last snippet that takes part, if not all do. The proofs that need the whole page, of a drill
    /// and of what a later snippet does to an earlier one, are then not made.
    pub until: Option<usize>,
}

impl PlannedPage<'_> {
    /// The database it runs on, if it has one.
    fn ground(&self) -> Option<Ground> {
        self.runbook.database.clone().zip(self.engine)
    }

    /// Whether the snippet at `index` takes part.
    fn reaches(&self, index: usize) -> bool {
        self.until.is_none_or(|until| index <= until)
    }
}

/// Databases that are ready to be copied, by name and engine; or why one is not.
pub type Databases = BTreeMap<(String, Engine), Result<Box<dyn Prepared>, Unready>>;

/// Why there is no database to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unready {
    /// The engine's program is not installed, and nobody insists on it: the page is skipped there, and says so.
    Skipped(String),
    /// It cannot be had; why, in words.
    Broken(String),
}

/// Everything a run needs of the world, handed in by the command line.
pub struct Surroundings {
    /// Where programs are found, as in `PATH`.
    pub path: String,
    /// Where the pages' folders are made.
    pub temporary: PathBuf,
    /// Where they are made for pages that run on a server: in memory, if there is room.
    pub memory: PathBuf,
    /// The databases pages run on.
    pub databases: Databases,
    /// How many pages run at a time.
    pub jobs: usize,
    /// What a missing program means.
    pub missing: MissingPrograms,
    /// How their processes are held.
    pub sandbox: Sandbox,
    /// Whether each page's folder and database are left when it ends.
    pub keep: bool,
    /// Whether no page begins after one that failed.
    pub fail_fast: bool,
}

/// What a page sees of all this.
#[derive(Clone, Copy)]
struct World<'w> {
    surroundings: &'w Surroundings,
    ahead: &'w Ahead<'w>,
    stop: &'w AtomicBool,
    on_event: &'w (dyn Fn(RunEvent<'_>) + Sync),
}

/// What it means that a program named by `requires=` is not installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissingPrograms {
    /// The snippet is skipped, and says so.
    Skip,
    /// The snippet is an error, unless the program is one of these.
    ErrorUnless(Vec<String>),
}

/// What is said while a run goes on.
#[derive(Debug)]
pub enum RunEvent<'e> {
    /// A page starts.
    PageStarted(&'e Runbook),
    /// A snippet is run now, in whichever pass over its page.
    SnippetStarted(Moment<'e>),
    /// It is not run any more.
    SnippetLeft(Moment<'e>),
    /// A snippet ended.
    SnippetEnded(&'e Runbook, &'e Outcome),
    /// A page ended.
    PageEnded(&'e PageRun),
    /// What a page was run on was left, as it was asked for.
    Kept(Kept<'e>),
}

/// A snippet in one of the runs of its page.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'e> {
    /// Its page.
    pub runbook: &'e Runbook,
    /// Which one.
    pub snippet: &'e Snippet,
    /// The case.
    pub case: &'e str,
    /// The engine.
    pub engine: Option<Engine>,
}

/// What is left of a page's run on purpose.
#[derive(Debug)]
pub struct Kept<'k> {
    /// Which run.
    pub planned: &'k PlannedPage<'k>,
    /// Its folder, with `work`, `home` and `tmp` in it.
    pub folder: PathBuf,
    /// How its database is opened again, if it has one.
    pub database: Option<Reopening>,
}

/// Why a run could not be done at all.
#[derive(Debug)]
pub enum RunError {
    /// The pages' folders could not be made or removed.
    Sandbox(SandboxError),
    /// The threads could not be started.
    Threads(String),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sandbox(error) => error.fmt(f),
            Self::Threads(error) => write!(f, "the threads to run pages on could not be started: {error}"),
        }
    }
}

impl std::error::Error for RunError {}

impl From<SandboxError> for RunError {
    fn from(error: SandboxError) -> Self {
        Self::Sandbox(error)
    }
}

/// Runs the pages of a plan. When `stop` becomes true, what is left is not run and the run ends soon.
pub fn run(
    plan: &[PlannedPage<'_>],
    surroundings: &Surroundings,
    stop: &AtomicBool,
    on_event: &(dyn Fn(RunEvent<'_>) + Sync),
) -> Result<Run, RunError> {
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(surroundings.jobs.max(1))
        .build()
        .map_err(|error| RunError::Threads(error.to_string()))?;
    let ahead = Ahead::new(plan, surroundings, stop);
    let world = World { surroundings, ahead: &ahead, stop, on_event };
    let has_failed = AtomicBool::new(false);
    let one = |planned: &PlannedPage<'_>| {
        if surroundings.fail_fast && has_failed.load(Ordering::Relaxed) {
            return Ok(page::not_run(planned, "a page failed, and `--fail-fast` is set"));
        }
        on_event(RunEvent::PageStarted(planned.runbook));
        let page = page::run(planned, world)?;
        if page.verdict() == PageVerdict::Failed {
            has_failed.store(true, Ordering::Relaxed);
        }
        on_event(RunEvent::PageEnded(&page));
        Ok(page)
    };
    let pages: Result<Vec<PageRun>, RunError> = std::thread::scope(|scope| {
        for _ in 0..ahead.workers() {
            scope.spawn(|| ahead.work());
        }
        let _closing = Closing(&ahead);
        threads.install(|| plan.par_iter().map(one).collect())
    });
    let cleared = ahead.clear();
    let run = Run { pages: pages? };
    cleared.map(|()| run)
}

fn is_stopped(stop: &AtomicBool) -> bool {
    stop.load(Ordering::Relaxed)
}

/// How long ago `started` was.
fn milliseconds(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
