//! What the preview has to show right now.
//!
//! Takes the results of builds, gives the last good site and the present problems to whoever asks or waits. Must stay
//! true: what is read at one time belongs together, and a site has a version that depends on its bytes alone, so that
//! a page knows after a restart of the preview too whether it is the current one.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::{Build, BuildResult, Problem, lock};
use crate::path::RelativePath;

/// One whole site.
#[derive(Debug)]
pub(super) struct Site {
    /// Differs between sites that differ in any file.
    pub(super) version: String,
    /// Its files.
    pub(super) files: BTreeMap<RelativePath, Vec<u8>>,
}

/// What is shown at one time.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    /// Counts what was put on the board; 0 before the first build has ended.
    pub(super) revision: u64,
    /// The last good site.
    pub(super) site: Option<Arc<Site>>,
    /// Whether the last build gave no site.
    pub(super) failed: bool,
    /// The problems of the last build.
    pub(super) problems: Arc<Vec<Problem>>,
}

/// The board.
#[derive(Debug, Default)]
pub(super) struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    shown: Shown,
    building: bool,
    stopped: bool,
}

impl Board {
    /// Says that a build begins.
    pub(super) fn begin(&self) {
        lock(&self.state).building = true;
    }

    /// Puts up what a build gave, and ends it.
    pub(super) fn put(&self, build: Build) -> BuildResult {
        let site = build.files.map(|files| Arc::new(Site { version: version_of(&files), files }));
        let mut state = lock(&self.state);
        state.building = false;
        let shown = &mut state.shown;
        let result = match (&site, &shown.site) {
            (None, _) => BuildResult::Failed,
            (Some(new), Some(old)) if new.version == old.version => BuildResult::Same,
            (Some(new), _) => BuildResult::New(new.files.len()),
        };
        let failed = site.is_none();
        let same = result == BuildResult::Same || failed;
        if !same || shown.revision == 0 || shown.failed != failed || *shown.problems != build.problems {
            shown.revision += 1;
            shown.failed = failed;
            shown.problems = Arc::new(build.problems);
            if !same {
                shown.site = site;
            }
            self.changed.notify_all();
        }
        result
    }

    /// What is shown after the first build; waits for that at most `patience`.
    pub(super) fn first(&self, patience: Duration) -> Shown {
        self.beyond(0, patience)
    }

    /// What is shown as soon as its revision is not `seen`; after `patience`, or when the preview ends, what there is.
    pub(super) fn beyond(&self, seen: u64, patience: Duration) -> Shown {
        let until = Instant::now() + patience;
        let mut state = lock(&self.state);
        while state.shown.revision == seen && !state.stopped {
            let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) else { break };
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.shown.clone()
    }

    /// Ends the preview.
    pub(super) fn stop(&self) {
        lock(&self.state).stopped = true;
        self.changed.notify_all();
    }

    /// Whether the preview has ended.
    pub(super) fn is_stopped(&self) -> bool {
        lock(&self.state).stopped
    }

    /// Whether a build is under way.
    pub(super) fn is_building(&self) -> bool {
        lock(&self.state).building
    }
}

fn version_of(files: &BTreeMap<RelativePath, Vec<u8>>) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in files {
        // Lengths keep apart what would run together: `a` + `bc` and `ab` + `c`.
        for part in [path.as_str().as_bytes(), bytes] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(text: &str, problems: &[&str]) -> Build {
        let files = [(RelativePath::parse("index.html").unwrap(), text.as_bytes().to_vec())].into();
        let problem =
            |message: &&str| Problem { message: (*message).into(), place: String::new(), text: String::new() };
        Build { files: (!text.is_empty()).then_some(files), problems: problems.iter().map(problem).collect() }
    }

    #[test]
    fn only_what_a_page_must_know_is_a_new_revision() {
        let board = Board::default();
        let put = |text, problems: &[&str]| {
            let result = board.put(build(text, problems));
            (result, board.beyond(99, Duration::ZERO).revision)
        };
        assert_eq!(put("", &["p"]), (BuildResult::Failed, 1));
        assert_eq!(put("", &["p"]), (BuildResult::Failed, 1));
        assert_eq!(put("one", &[]), (BuildResult::New(1), 2));
        assert_eq!(put("one", &[]), (BuildResult::Same, 2), "a build that gave the same site");
        assert_eq!(put("one", &["warning"]), (BuildResult::Same, 3));
        assert_eq!(put("", &["p"]), (BuildResult::Failed, 4));
        assert!(board.beyond(99, Duration::ZERO).site.is_some(), "the last good site stays");
        assert_eq!(put("one", &[]), (BuildResult::Same, 5), "the problem is gone");
    }
}
