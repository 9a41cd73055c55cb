//! What is said on stderr while a run goes on: a line that says what runs, on a terminal only, and which snippets are slow.
//!
//! Must stay true: whoever waits, at a terminal or reading a log, can tell for what; a quick run says nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::output;
use crate::config::Engine;
use crate::runbook::DEFAULT_CASE;
use crate::runner::{Moment, RunEvent};

/// After how long a snippet counts as slow. It is named then, and again each time that time has doubled.
const SLOW: Duration = Duration::from_secs(10);

/// Shows a run.
pub(super) struct Progress {
    bar: ProgressBar,
    watch: Arc<Watch>,
    watcher: Option<JoinHandle<()>>,
}

/// Which run of which page.
type Who = (String, String, Option<Engine>);

/// The snippets that run now; whoever looks for slow ones is told when the run is over.
#[derive(Default)]
struct Watch {
    state: Mutex<State>,
    is_over: Condvar,
}

#[derive(Default)]
struct State {
    running: BTreeMap<Who, Running>,
    is_over: bool,
}

/// A snippet that runs.
struct Running {
    /// How it is called in a message.
    name: String,
    since: Instant,
    /// After how long it is named next.
    named_after: Duration,
}

impl Progress {
    /// For a run of so many pages.
    pub(super) fn new(pages: usize) -> Self {
        let bar = ProgressBar::new(pages as u64);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} pages  {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        let watch = Arc::new(Watch::default());
        let (watched, shown) = (Arc::clone(&watch), bar.clone());
        // That there is no thread for it is no reason not to run.
        let watcher = std::thread::Builder::new().spawn(move || watched.name_slow(&shown)).ok();
        Self { bar, watch, watcher }
    }

    /// Takes note of what happened.
    pub(super) fn show(&self, event: &RunEvent<'_>) {
        match event {
            RunEvent::PageStarted(book) => self.bar.set_message(book.file.path().to_owned()),
            RunEvent::SnippetStarted(moment) => {
                let name = name(moment);
                self.bar.set_message(name.clone());
                let running = Running { name, since: Instant::now(), named_after: SLOW };
                self.watch.state().running.insert(who(moment), running);
            }
            RunEvent::SnippetLeft(moment) => {
                self.watch.state().running.remove(&who(moment));
            }
            RunEvent::PageEnded(_) => self.bar.inc(1),
            RunEvent::SnippetEnded(..) | RunEvent::Kept(_) => {}
        }
    }

    /// Nothing more is shown.
    pub(super) fn finish(mut self) {
        self.watch.state().is_over = true;
        self.watch.is_over.notify_all();
        if let Some(watcher) = self.watcher.take() {
            // It holds nothing that a panic of it could have broken.
            let _ = watcher.join();
        }
        self.bar.finish_and_clear();
    }
}

impl Watch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name_slow(&self, bar: &ProgressBar) {
        let mut state = self.state();
        while !state.is_over {
            let mut next = SLOW;
            for running in state.running.values_mut() {
                let ran = running.since.elapsed();
                if ran >= running.named_after {
                    let line = format!("still running after {} s: {}", ran.as_secs(), running.name);
                    bar.suspend(|| output::message(&line));
                    running.named_after *= 2;
                }
                next = next.min(running.named_after.saturating_sub(ran));
            }
            (state, _) = self.is_over.wait_timeout(state, next).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn who(moment: &Moment<'_>) -> Who {
    (moment.runbook.page.as_str().to_owned(), moment.case.to_owned(), moment.engine)
}

fn name(moment: &Moment<'_>) -> String {
    let Moment { runbook, snippet, case, engine } = moment;
    let mut name = format!("{}:{} {} `{}`", runbook.file.path(), snippet.line, snippet.role.name(), snippet.id);
    if let Some(engine) = engine {
        name.push_str(&format!(" on {engine}"));
    }
    if *case != DEFAULT_CASE {
        name.push_str(&format!(", case `{case}`"));
    }
    name
}
