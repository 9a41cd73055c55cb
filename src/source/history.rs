//! When each page was last changed, from git: one walk over the history for the whole site.
//!
//! Takes the folder of pages, gives the day of the last commit that changed each page, and which pages are not committed as
//! they stand. Must stay true: a project that is in no repository, or a machine without git, is no error; what lies beyond
//! the end of a shallow clone is not known, and not guessed; git asks nobody, fetches nothing and writes nothing. A page
//! that was moved counts as changed by the move.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::path::RelativePath;

/// What git knows of the pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The commit whose history it is.
    head: String,
    /// The day in UTC on which each page was last changed, by path below `content/`.
    pub changed: BTreeMap<RelativePath, Date>,
    /// Pages of which that is not known, because the clone does not reach back so far.
    pub beyond: BTreeSet<RelativePath>,
    /// Pages that are not committed as they stand.
    pub uncommitted: BTreeSet<RelativePath>,
}

/// Asks git about the pages in `content`. An `earlier` answer is used again if nothing was committed since. `None` if there
/// is nothing to ask; an error is what git objects to.
pub fn read(content: &Path, earlier: Option<&History>) -> Result<Option<History>, String> {
    let Some(place) = git(content, &["rev-parse", "--show-prefix", "--git-path", "shallow", "HEAD"])? else {
        return Ok(None);
    };
    let place = String::from_utf8_lossy(&place).into_owned();
    let mut lines = place.lines();
    let (Some(prefix), Some(shallow), Some(head)) = (lines.next(), lines.next(), lines.next()) else {
        return Ok(None);
    };
    let mut history = match earlier.filter(|earlier| earlier.head == head) {
        Some(earlier) => earlier.clone(),
        None => {
            // Absent in a whole clone.
            let ends = std::fs::read_to_string(content.join(shallow)).unwrap_or_default();
            let ends: BTreeSet<&str> = ends.lines().collect();
            let walk = ["log", "--no-renames", "--no-color", "--no-show-signature", "--relative", "--name-only"];
            let Some(log) = git(content, &[&walk[..], &["-z", "--format=%x01%H %ct", head, "--", "."]].concat())?
            else {
                return Ok(None);
            };
            let mut history = History { head: head.to_owned(), ..History::default() };
            walked(&log, &ends, &mut history);
            history
        }
    };
    let ask = ["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=all"];
    let status = git(content, &[&ask[..], &["--", "."]].concat())?.unwrap_or_default();
    history.uncommitted = uncommitted(&status, prefix);
    Ok(Some(history))
}

/// Reads what `log` says, latest first: each commit's hash and time, then the files it changed.
fn walked(log: &[u8], ends: &BTreeSet<&str>, history: &mut History) {
    let mut commit: Option<(bool, Date)> = None;
    for part in log.split(|byte| *byte == 0) {
        let part = String::from_utf8_lossy(part);
        let part = part.trim_start_matches('\n');
        if let Some(header) = part.strip_prefix('\u{1}') {
            commit = header.split_once(' ').and_then(|(hash, time)| {
                let time = Timestamp::from_second(time.trim().parse().ok()?).ok()?;
                Some((ends.contains(hash), time.to_zoned(TimeZone::UTC).date()))
            });
            continue;
        }
        let (Some((is_end, date)), Some(page)) = (commit, page(part)) else { continue };
        if history.changed.contains_key(&page) || history.beyond.contains(&page) {
            continue;
        }
        // The commit at which a shallow clone ends seems to have added everything that was there.
        if is_end {
            history.beyond.insert(page);
        } else {
            history.changed.insert(page, date);
        }
    }
}

/// Reads what `status` says: two letters, a blank, and the path from the repository's root.
fn uncommitted(status: &[u8], prefix: &str) -> BTreeSet<RelativePath> {
    let path = |entry: &[u8]| {
        let entry = String::from_utf8_lossy(entry);
        page(entry.get(3..)?.strip_prefix(prefix)?)
    };
    status.split(|byte| *byte == 0).filter_map(path).collect()
}

fn page(path: &str) -> Option<RelativePath> {
    RelativePath::parse(path).ok().filter(|path| path.as_str().ends_with(".md"))
}

/// What git answers in `folder`; `None` without git, outside of a repository, or before the first commit.
fn git(folder: &Path, arguments: &[&str]) -> Result<Option<Vec<u8>>, String> {
    let mut command = Command::new("git");
    command.args(["--no-optional-locks", "-c", "log.showRoot=true", "-c", "core.fsmonitor=false"]);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    // Inside a hook these name the repository by paths from another folder.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"] {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_NO_LAZY_FETCH", "1");
    let answer = match command.output() {
        Ok(answer) => answer,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("git cannot be started: {error}")),
    };
    if answer.status.success() {
        return Ok(Some(answer.stdout));
    }
    let said = String::from_utf8_lossy(&answer.stderr);
    let nothing = ["not a git repository", "unknown revision", "does not have any commits"];
    if nothing.iter().any(|nothing| said.contains(nothing)) {
        return Ok(None);
    }
    let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("git failed, and does not say why");
    Err(line.trim_start_matches("fatal: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> RelativePath {
        RelativePath::parse(path).unwrap()
    }

    #[test]
    fn the_first_commit_that_names_a_page_is_its_last_change() {
        let log =
            "\u{1}c3 1687305600\0\na b.md\0é.md\0pic.png\0\u{1}c2 1687305599\0\na b.md\0\u{1}c1 0\0\na b.md\0old.md\0";
        let mut history = History::default();
        walked(log.as_bytes(), &BTreeSet::from(["c1"]), &mut history);
        let day: Date = "2023-06-21".parse().unwrap();
        assert_eq!(history.changed, BTreeMap::from([(path("a b.md"), day), (path("é.md"), day)]));
        assert_eq!(history.beyond, BTreeSet::from([path("old.md")]));
    }

    #[test]
    fn what_is_not_committed_is_named_from_the_root() {
        let status = " M docs/content/a.md\0?? docs/content/b/c d.md\0A  docs/content/x.png\0 M other/content/e.md\0";
        let found = uncommitted(status.as_bytes(), "docs/content/");
        assert_eq!(found, BTreeSet::from([path("a.md"), path("b/c d.md")]));
    }
}
