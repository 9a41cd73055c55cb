//! A page's processes, as /proc tells of them at one moment.
//!
//! Must stay true: only what runs below the page's own keeper is looked at; a process that ends meanwhile is left out,
//! never an error; what the system does not let us read stays unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// The most processes that are looked at; a page may have no more (see `Limits`), but for a moment it can.
const MOST: usize = 512;

/// A process that could be told from any other, even one that got its number later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::shell) struct Identity {
    pub(super) pid: u32,
    /// When it was started, in ticks since the system was.
    started: u64,
}

/// A process.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) identity: Identity,
    pub(super) parent: u32,
    /// The letter the system has for its state.
    pub(super) state: char,
    pub(super) n_threads: usize,
    /// The program and its arguments; its bare name if it has overwritten them.
    pub(super) words: Vec<String>,
}

/// What a file descriptor leads to, comparable across processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileIdentity(u64, u64);

impl From<&Metadata> for FileIdentity {
    fn from(found: &Metadata) -> Self {
        Self(found.dev(), found.ino())
    }
}

impl Process {
    /// `None` if it has ended.
    pub(super) fn read(pid: u32) -> Option<Self> {
        let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
        let stat = String::from_utf8_lossy(&stat);
        // The name, in parentheses, may hold anything.
        let (front, after) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = after.split_whitespace().collect();
        let state = fields.first()?.chars().next()?;
        if matches!(state, 'Z' | 'X' | 'x') {
            return None;
        }
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let line = line.strip_suffix(b"\0").unwrap_or(&line);
        let words = if line.is_empty() {
            vec![front.split_once('(')?.1.to_owned()]
        } else {
            line.split(|&byte| byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
        };
        Some(Self {
            identity: Identity { pid, started: fields.get(19)?.parse().ok()? },
            parent: fields.get(1)?.parse().ok()?,
            state,
            n_threads: fields.get(17)?.parse().ok()?,
            words,
        })
    }

    /// Whether one of its threads is running right now.
    pub(super) fn has_running_thread(&self) -> bool {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.identity.pid)).into_iter().flatten().flatten();
        tasks.into_iter().any(|task| {
            let stat = fs::read(task.path().join("stat")).unwrap_or_default();
            let stat = String::from_utf8_lossy(&stat);
            stat.rsplit_once(')').is_some_and(|(_, after)| after.trim_start().starts_with('R'))
        })
    }

    /// The text of one of its files in /proc.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// Where one of its links in /proc leads, as the process itself sees it.
    pub(super) fn link(&self, name: &str) -> Option<PathBuf> {
        fs::read_link(self.path(name)).ok()
    }

    /// Of the file behind a descriptor, or behind a path of the process.
    pub(super) fn metadata(&self, name: &str) -> Option<Metadata> {
        fs::metadata(self.path(name)).ok()
    }

    /// `length` bytes of its memory.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only what Linux tells leads there"))]
    pub(super) fn memory(&self, address: u64, length: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; length];
        let n_read = File::open(self.path("mem")).ok()?.read_at(&mut bytes, address).ok()?;
        bytes.truncate(n_read);
        Some(bytes)
    }

    /// Whether its program is made for the machine's own, 64-bit numbers of system calls.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux tells numbers of calls"))]
    pub(super) fn is_native(&self) -> bool {
        let mut start = [0; 5];
        let read = File::open(self.path("exe")).and_then(|mut program| program.read_exact(&mut start));
        read.is_ok() && start[..4] == *b"\x7fELF" && (start[4] == 2) == cfg!(target_pointer_width = "64")
    }

    /// Whether it has the file `wanted` open to write (`true`) or to read.
    pub(super) fn has_open(&self, wanted: FileIdentity, to_write: bool) -> bool {
        let open = fs::read_dir(self.path("fd")).into_iter().flatten().flatten();
        open.into_iter().any(|descriptor| {
            let name = descriptor.file_name().to_string_lossy().into_owned();
            let is_it = |found: &Metadata| FileIdentity::from(found) == wanted;
            self.metadata(&format!("fd/{name}")).as_ref().is_some_and(is_it)
                && self.access(&name).is_some_and(|(reads, writes)| if to_write { writes } else { reads })
        })
    }

    /// Whether a descriptor can be read from, and written to.
    fn access(&self, descriptor: &str) -> Option<(bool, bool)> {
        let text = self.text(&format!("fdinfo/{descriptor}"))?;
        let flags = text.lines().find_map(|line| line.strip_prefix("flags:"))?.trim().to_owned();
        match u64::from_str_radix(&flags, 8).ok()? & 3 {
            0 => Some((true, false)),
            1 => Some((false, true)),
            _ => Some((true, true)),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.identity.pid.to_string()).join(name)
    }
}

/// The children of `pid`, of all its threads, in the order they were started; none if it has ended.
fn children(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let texts = tasks.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
    let texts: Vec<String> = texts.collect();
    texts.iter().flat_map(|text| text.split_whitespace()).filter_map(|id| id.parse().ok()).collect()
}

/// All processes of a page at one moment.
#[derive(Debug)]
pub(super) struct Processes {
    found: BTreeMap<u32, Process>,
    below: BTreeMap<u32, Vec<u32>>,
    /// What holds them together: the shell's parent. It is none of them.
    keeper: u32,
}

impl Processes {
    /// Those of the page whose shell is `shell`: all that the shell's keeper holds. `None` if the shell has ended, and on
    /// systems without /proc.
    pub(super) fn of_page(shell: u32) -> Option<Self> {
        let keeper = Process::read(shell)?.parent;
        let mut processes = Self { found: BTreeMap::new(), below: BTreeMap::new(), keeper };
        let mut open = vec![keeper];
        let mut seen = BTreeSet::new();
        while let Some(above) = open.pop() {
            let pids: Vec<u32> = children(above).into_iter().filter(|&pid| seen.insert(pid)).collect();
            for &pid in &pids {
                if let Some(process) = Process::read(pid) {
                    processes.found.insert(pid, process);
                }
            }
            open.extend(&pids);
            processes.below.insert(above, pids);
            if seen.len() > MOST {
                break;
            }
        }
        processes.found.contains_key(&shell).then_some(processes)
    }

    pub(super) fn get(&self, pid: u32) -> Option<&Process> {
        self.found.get(&pid)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Process> {
        self.found.values()
    }

    /// What `pid` has started, in order.
    pub(super) fn below(&self, pid: u32) -> impl Iterator<Item = &Process> {
        self.below.get(&pid).into_iter().flatten().filter_map(|pid| self.found.get(pid))
    }

    /// What lost its parent, or stands beside the shell.
    pub(super) fn orphans(&self, shell: u32) -> impl Iterator<Item = &Process> {
        self.below(self.keeper).filter(move |process| process.identity.pid != shell)
    }
}

/// What runs beside and below the shell `shell` now.
pub(in crate::shell) fn identities(shell: u32) -> BTreeSet<Identity> {
    let processes = Processes::of_page(shell);
    processes.iter().flat_map(Processes::all).map(|process| process.identity).collect()
}
