//! Sees when the bytes of a watched file change.
//!
//! Takes the files and folders to watch, gives, each time it is asked to wait, the files whose bytes differ from the
//! time before. The system's reports only say when to look; what changed is told by hashes. So a save that changes
//! nothing is no change, a build that writes below a watched folder makes no loop, and a report that gets lost (a
//! network drive, a full queue, a folder filled before it was watched) is made up for by a look every few seconds.
//! Must stay true: between two answers no change is lost, whatever happened in the meantime.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use std::{fs, io};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// Silence after which a save is taken to be complete.
const SETTLE: Duration = Duration::from_millis(40);

/// A save is not waited out longer than this, should something write without end.
const LONGEST_SETTLE: Duration = Duration::from_millis(500);

/// How often everything is looked at where the system reports changes, and where it does not.
const GLANCE: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_secs(1);

/// A look at everything may take this part of the time: a large tree is looked at less often.
const EFFORT: u32 = 50;

/// What wakes the watch up.
#[derive(Debug)]
pub(super) enum Signal {
    /// Something happened to these paths; to unknown ones if empty.
    Touched(Vec<PathBuf>),
    /// The preview ends.
    Stop,
}

/// What is watched.
#[derive(Debug)]
pub(super) struct Watch {
    roots: Vec<PathBuf>,
    ignored: Vec<PathBuf>,
    inbox: Receiver<Signal>,
    /// `None` where changes are not reported.
    watcher: Option<RecommendedWatcher>,
    /// What the watcher was told to watch, with the identity it had.
    armed: BTreeMap<PathBuf, (Mode, Identity)>,
    files: BTreeMap<PathBuf, Seen>,
    /// How long the last look took.
    effort: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    Entries,
    Tree,
}

/// Device and number of a file or folder.
type Identity = (u64, u64);

/// A file as it was at the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    stamp: Stamp,
    /// Of its bytes; `None` if they cannot be read.
    hash: Option<[u8; 32]>,
    /// For how many more looks the bytes are read even if the stamp is the same: a clock that ticks every few
    /// milliseconds does not tell two saves in one tick apart.
    fresh: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    identity: Identity,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// What differs from the look before.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Files with other bytes, new ones and removed ones.
    pub(super) changed: Vec<PathBuf>,
    /// Files that were written with the bytes they had.
    pub(super) rewritten: Vec<PathBuf>,
}

impl Watch {
    /// Watches `roots`, there or not, without what lies in `ignored`. The text says why the system does not report.
    pub(super) fn new(
        roots: &[PathBuf],
        ignored: &[PathBuf],
        signals: Sender<Signal>,
        inbox: Receiver<Signal>,
    ) -> (Self, Option<String>) {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let roots: Vec<PathBuf> = roots.iter().map(absolute).collect();
        // An output is often named through a link, or reported by the name it really has.
        let real = ignored.iter().filter_map(|path| path.canonicalize().ok());
        let ignored: Vec<PathBuf> = ignored.iter().map(absolute).chain(real).collect();
        let report = move |event| {
            if let Some(touched) = touched(event) {
                // Nobody listens any more when the preview has ended.
                let _ = signals.send(Signal::Touched(touched));
            }
        };
        let (watcher, error) = match notify::recommended_watcher(report) {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(reason(&error))),
        };
        let mut watch = Self {
            roots,
            ignored,
            inbox,
            watcher,
            armed: BTreeMap::new(),
            files: BTreeMap::new(),
            effort: Duration::ZERO,
        };
        let error = error.or_else(|| watch.arm().err());
        // Without a report there would be seconds in which changes get lost: the first look comes after arming.
        watch.look(&BTreeSet::new());
        (watch, error)
    }

    /// The next difference; `None` when the preview ends. The text says why the system no longer reports.
    pub(super) fn wait(&mut self) -> Option<(Difference, Option<String>)> {
        loop {
            let named = self.named()?;
            let mut error = self.arm().err();
            let difference = self.look(&named);
            if difference != Difference::default() || error.is_some() {
                return Some((difference, error.take()));
            }
        }
    }

    /// Looks at once; the paths reported so far are part of it. `None` when the preview ends.
    pub(super) fn catch_up(&mut self) -> Option<Difference> {
        let mut named = BTreeSet::new();
        for signal in self.inbox.try_iter() {
            match signal {
                Signal::Touched(paths) => named.extend(paths),
                Signal::Stop => return None,
            }
        }
        Some(self.look(&named))
    }

    /// Waits until something was reported and it is quiet again, or it is time for a look; the paths reported.
    fn named(&self) -> Option<BTreeSet<PathBuf>> {
        let mut named = BTreeSet::new();
        let every = if self.watcher.is_some() { GLANCE } else { POLL };
        let mut until = Instant::now() + every.max(self.effort * EFFORT);
        let mut settling: Option<Instant> = None;
        loop {
            match self.inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => return Some(named),
                Ok(Signal::Touched(paths)) => {
                    let unknown = paths.is_empty();
                    let relevant: Vec<PathBuf> = paths.into_iter().filter(|path| self.concerns(path)).collect();
                    if unknown || !relevant.is_empty() {
                        named.extend(relevant);
                        let begun = *settling.get_or_insert_with(Instant::now);
                        until = (Instant::now() + SETTLE).min(begun + LONGEST_SETTLE);
                    }
                }
            }
        }
    }

    fn concerns(&self, path: &Path) -> bool {
        let watched = self.roots.iter().any(|root| path.starts_with(root) || root.starts_with(path));
        watched && !self.is_ignored(path)
    }

    fn is_ignored(&self, path: &Path) -> bool {
        self.ignored.iter().any(|ignored| path.starts_with(ignored))
    }

    /// Tells the watcher about roots that appeared, or were replaced by others of the same name.
    ///
    /// A file is watched through its folder, because an editor replaces it; so is a root that is not there yet.
    fn arm(&mut self) -> Result<(), String> {
        let Some(watcher) = &mut self.watcher else { return Ok(()) };
        let mut wanted: BTreeMap<PathBuf, (Mode, Identity)> = BTreeMap::new();
        for root in &self.roots {
            let parent = root.parent().filter(|parent| parent.is_dir()).map(|parent| (parent, Mode::Entries));
            let tree = root.is_dir().then_some((root.as_path(), Mode::Tree));
            for (path, mode) in parent.into_iter().chain(tree) {
                let Ok(there) = fs::metadata(path) else { continue };
                let entry = wanted.entry(path.to_owned()).or_insert((mode, identity(&there)));
                entry.0 = entry.0.max(mode);
            }
        }
        for (path, entry) in &wanted {
            if self.armed.get(path) == Some(entry) {
                continue;
            }
            if self.armed.contains_key(path) {
                // The one that had the name is gone, and its watch with it.
                let _ = watcher.unwatch(path);
            }
            let mode = if entry.0 == Mode::Tree { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            match watcher.watch(path, mode) {
                Ok(()) => {}
                // Gone again; the next look sees it.
                Err(error) if matches!(error.kind, notify::ErrorKind::PathNotFound) => {}
                Err(notify::Error { kind: notify::ErrorKind::Io(error), .. })
                    if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    self.watcher = None;
                    self.armed.clear();
                    return Err(reason(&error));
                }
            }
        }
        self.armed = wanted;
        Ok(())
    }

    /// Looks at everything. Bytes are read of files with a new stamp, of fresh ones and of those `named`.
    fn look(&mut self, named: &BTreeSet<PathBuf>) -> Difference {
        let begun = Instant::now();
        let mut files = BTreeMap::new();
        for root in &self.roots {
            let walk = WalkDir::new(root).follow_links(true).into_iter();
            let entries = walk.filter_entry(|entry| !self.is_ignored(entry.path()) && entry.file_name() != ".git");
            // What cannot be read, or is gone again, is as if it were not there.
            for entry in entries.filter_map(Result::ok) {
                let Ok(there) = entry.metadata() else { continue };
                if there.is_file() && !is_editors(entry.file_name().as_encoded_bytes()) {
                    let path = entry.into_path();
                    let seen = Seen::at(&path, &there, self.files.get(&path), named.contains(&path));
                    files.insert(path, seen);
                }
            }
        }
        let before = std::mem::replace(&mut self.files, files);
        self.effort = begun.elapsed();

        let mut difference = Difference::default();
        let paths: BTreeSet<&PathBuf> = before.keys().chain(self.files.keys()).collect();
        for path in paths {
            match (before.get(path), self.files.get(path)) {
                (Some(old), Some(new)) if old.hash == new.hash && old.stamp == new.stamp => {}
                (Some(old), Some(new)) if old.hash == new.hash && new.hash.is_some() => {
                    difference.rewritten.push(path.clone());
                }
                _ => difference.changed.push(path.clone()),
            }
        }
        difference
    }
}

impl Seen {
    fn at(path: &Path, there: &Metadata, before: Option<&Self>, named: bool) -> Self {
        let stamp = Stamp {
            identity: identity(there),
            length: there.len(),
            modified: (there.mtime(), there.mtime_nsec()),
            changed: (there.ctime(), there.ctime_nsec()),
        };
        match before {
            Some(before) if before.stamp == stamp && before.fresh == 0 && !named => before.clone(),
            Some(before) if before.stamp == stamp => {
                Self { stamp, hash: hash_of(path), fresh: before.fresh.saturating_sub(1) }
            }
            before => Self { stamp, hash: hash_of(path), fresh: if before.is_some() { 2 } else { 0 } },
        }
    }
}

fn hash_of(path: &Path) -> Option<[u8; 32]> {
    fs::read(path).ok().map(|bytes| Sha256::digest(bytes).into())
}

fn identity(there: &Metadata) -> Identity {
    (there.dev(), there.ino())
}

/// The paths an event of the system is about; `None` if it is not about a change.
fn touched(event: notify::Result<notify::Event>) -> Option<Vec<PathBuf>> {
    match event {
        // Reading is no change; every build reads everything.
        Ok(event) if matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write)) => {
            None
        }
        Ok(event) if event.need_rescan() => Some(Vec::new()),
        Ok(event) => Some(event.paths),
        Err(_) => Some(Vec::new()),
    }
}

/// Why the system does not report, in words that lead to what to change: its own say "no space" and "open files".
fn reason(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "the limit of watched folders (`fs.inotify.max_user_watches`) is reached".to_owned()
        }
        notify::ErrorKind::Io(error) if error.raw_os_error() == Some(Errno::MFILE.raw_os_error()) => {
            "the limit of watching programs (`fs.inotify.max_user_instances`) or of open files is reached".to_owned()
        }
        notify::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    }
}

/// Whether an editor keeps something of its own under this name (vim, Emacs, Kate, JetBrains).
fn is_editors(name: &[u8]) -> bool {
    let swap = name.starts_with(b".") && [".swp", ".swo", ".swx"].iter().any(|end| name.ends_with(end.as_bytes()));
    swap || name.ends_with(b"~") || name.starts_with(b".#") || name == b"4913" || name.ends_with(b"___jb_tmp___")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn watch(folder: &Path) -> (Watch, Sender<Signal>) {
        let (signals, inbox) = mpsc::channel();
        let (watch, trouble) = Watch::new(&[folder.to_owned()], &[folder.join("out")], signals.clone(), inbox);
        assert_eq!(trouble, None);
        (watch, signals)
    }

    #[test]
    fn without_reports_changes_are_found_by_looking() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("a.md");
        fs::write(&page, "one").unwrap();
        let (mut watch, _signals) = watch(folder.path());
        watch.watcher = None;
        fs::write(&page, "two").unwrap();
        let (difference, trouble) = watch.wait().unwrap();
        assert_eq!((difference.changed, trouble), (vec![page], None));
    }

    #[test]
    fn two_saves_of_one_length_in_one_tick_are_both_seen() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("a.md");
        fs::write(&page, "0").unwrap();
        let (mut watch, _signals) = watch(folder.path());
        let nothing = BTreeSet::new();
        for round in 1..200 {
            fs::write(&page, (round % 10).to_string()).unwrap();
            assert_eq!(watch.look(&nothing).changed, std::slice::from_ref(&page), "round {round}");
        }
        for _ in 0..3 {
            assert_eq!(watch.look(&nothing), Difference::default());
        }
    }

    #[test]
    fn only_bytes_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("out")).unwrap();
        for name in ["kept", "gone", "rewritten", "out/x", ".a.md.swp", "a.md~"] {
            fs::write(path(name), name).unwrap();
        }
        let (mut watch, _signals) = watch(folder.path());
        fs::remove_file(path("gone")).unwrap();
        fs::write(path("new"), "").unwrap();
        fs::write(path(".a.md.swp"), "other").unwrap();
        fs::write(path("out/x"), "other").unwrap();
        fs::remove_file(path("rewritten")).unwrap();
        fs::write(path("rewritten"), "rewritten").unwrap();
        let difference = watch.look(&BTreeSet::new());
        assert_eq!(difference.changed, [path("gone"), path("new")]);
        assert_eq!(difference.rewritten, [path("rewritten")]);
    }

    #[test]
    fn the_end_is_seen_while_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let (mut watch, signals) = watch(folder.path());
        signals.send(Signal::Stop).unwrap();
        assert!(watch.wait().is_none());
    }
}
