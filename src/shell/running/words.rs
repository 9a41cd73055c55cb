//! What a process was doing, in plain words.
//!
//! Must stay true: a sentence says what was read from the system and no more; who holds the other end of a pipe or a
//! lock is looked for among the page's own processes only.

use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use super::call::{Wait, wait};
use super::names::Names;
use super::process::{FileIdentity, Process, Processes};

/// The page's processes and how they and their files are called.
pub(super) struct Words<'p> {
    pub(super) processes: &'p Processes,
    pub(super) names: &'p Names,
}

/// The other end of something.
struct Ends {
    others: Vec<String>,
    /// Whether the process has that end open itself.
    own: bool,
}

impl Words<'_> {
    /// What `process` was doing; `None` if the system does not tell.
    pub(super) fn doing(&self, process: &Process) -> Option<String> {
        Some(match process.state {
            'R' => "using the processor".into(),
            'T' => "stopped by a signal".into(),
            't' => "stopped by a debugger".into(),
            'D' => "waiting for the disk or another part of the system, which no signal ends".into(),
            'S' => return self.waiting(process, wait(process)?),
            _ => return None,
        })
    }

    /// Whether `process` only waits for those it has started.
    pub(super) fn only_waits(process: &Process) -> bool {
        process.state == 'S' && wait(process) == Some(Wait::Children)
    }

    fn waiting(&self, process: &Process, wait: Wait) -> Option<String> {
        Some(match wait {
            Wait::Time => "sleeping".into(),
            Wait::Children => "waiting for its child processes".into(),
            Wait::Signal => "waiting for a signal".into(),
            Wait::Thread if process.n_threads > 1 && process.has_running_thread() => {
                "using the processor in another of its threads".into()
            }
            Wait::Thread if process.n_threads > 1 => "waiting for another of its threads".into(),
            Wait::Thread => "waiting for another process, at a place in memory they share (futex)".into(),
            Wait::Disk => "waiting for the disk".into(),
            Wait::Read(descriptor) => self.reading(process, descriptor),
            Wait::Write(descriptor) => self.writing(process, descriptor),
            Wait::Event(descriptor) => event(process, descriptor),
            Wait::Lock(descriptor) => self.locked(process, descriptor),
            Wait::Open { path, to_write } => self.opening(process, path, to_write),
            Wait::Socket(_) => "waiting for an answer on a socket".into(),
            Wait::Visitor(descriptor) => {
                let name = descriptor.and_then(|descriptor| socket(process, descriptor)).unwrap_or("a socket");
                format!("waiting for somebody to connect to {name}")
            }
        })
    }

    fn reading(&self, process: &Process, descriptor: Option<u32>) -> String {
        let Some(descriptor) = descriptor else { return "reading from a pipe".into() };
        match self.target(process, descriptor) {
            Target::Pipe(identity) => {
                let ends = self.ends(process, identity, true);
                match ends.named() {
                    Some(who) => format!("reading from a pipe that {who} open to write"),
                    None if ends.own => "reading from a pipe that only it itself has open to write".into(),
                    None => "reading from a pipe".into(),
                }
            }
            // What bash is fed through: it has come to the end of the block and has not said so.
            Target::Commands => {
                "waiting for its next command; what the block did keeps bash from telling its end".into()
            }
            Target::Fifo(identity, path) => {
                let ends = self.ends(process, identity, true);
                let who = ends.named().unwrap_or_else(|| "nobody else has".into());
                format!("reading from the FIFO {path}, which {who} open to write")
            }
            Target::Socket(name) => format!("waiting for an answer on {name}"),
            Target::Inotify => "waiting for a file to change".into(),
            Target::Timer => "sleeping".into(),
            Target::Signals => "waiting for a signal".into(),
            Target::Process => "waiting for a process to end".into(),
            Target::File(path) => format!("reading from {path}"),
            Target::Unknown => "reading from a file".into(),
        }
    }

    fn writing(&self, process: &Process, descriptor: Option<u32>) -> String {
        let Some(descriptor) = descriptor else { return "writing to a full pipe".into() };
        match self.target(process, descriptor) {
            Target::Pipe(identity) => {
                let ends = self.ends(process, identity, false);
                match ends.named() {
                    Some(who) => format!("writing to a full pipe that {who} open to read"),
                    None if ends.own => "writing to a full pipe that only it itself has open to read".into(),
                    None => "writing to a full pipe".into(),
                }
            }
            Target::Fifo(identity, path) => {
                let ends = self.ends(process, identity, false);
                let who = ends.named().unwrap_or_else(|| "nobody else has".into());
                format!("writing to the FIFO {path}, which is full and {who} open to read")
            }
            Target::Socket(name) => format!("waiting for the other side to read from {name}"),
            Target::File(path) => format!("writing to {path}"),
            _ => "writing to a file".into(),
        }
    }

    fn opening(&self, process: &Process, path: Option<String>, to_write: Option<bool>) -> String {
        let Some(path) = path else { return "waiting for somebody else to open the FIFO it opens".into() };
        let seen = process.link("cwd").unwrap_or_default().join(&path);
        let name = self.names.path(&seen);
        match to_write {
            Some(true) => format!("opening the FIFO {name} to write, which nobody has open to read"),
            Some(false) => format!("opening the FIFO {name} to read, which nobody has open to write"),
            None => format!("opening the FIFO {name}, which nobody else has open"),
        }
    }

    fn locked(&self, process: &Process, descriptor: Option<u32>) -> String {
        let path = descriptor.and_then(|descriptor| match self.target(process, descriptor) {
            Target::File(path) => Some(path),
            _ => None,
        });
        let what =
            path.map_or("waiting for a lock on a file".to_owned(), |path| format!("waiting for a lock on {path}"));
        let holder = fs::read_to_string("/proc/locks").ok().and_then(|locks| holder(&locks, process.identity.pid));
        match holder.and_then(|pid| self.processes.get(pid)) {
            Some(holder) => format!("{what}, which {} holds", self.names.quoted(holder)),
            None => what,
        }
    }

    /// Who has the pipe or FIFO `identity` open to write, or else to read.
    fn ends(&self, process: &Process, identity: FileIdentity, to_write: bool) -> Ends {
        let mut ends = Ends { others: Vec::new(), own: false };
        for other in self.processes.all().filter(|other| other.has_open(identity, to_write)) {
            if other.identity == process.identity {
                ends.own = true;
            } else {
                ends.others.push(self.names.quoted(other));
            }
        }
        ends
    }

    /// What a descriptor of `process` leads to.
    fn target(&self, process: &Process, descriptor: u32) -> Target {
        let name = format!("fd/{descriptor}");
        let Some(link) = process.link(&name) else { return Target::Unknown };
        let text = link.to_string_lossy();
        if let Some(name) = socket(process, descriptor) {
            return Target::Socket(name);
        }
        match text.as_ref() {
            "anon_inode:inotify" => return Target::Inotify,
            "anon_inode:[timerfd]" => return Target::Timer,
            "anon_inode:[signalfd]" => return Target::Signals,
            "anon_inode:[pidfd]" => return Target::Process,
            _ => {}
        }
        let Some(found) = process.metadata(&name) else { return Target::Unknown };
        let identity = FileIdentity::from(&found);
        match found.file_type() {
            kind if kind.is_fifo() && text.starts_with("pipe:") => Target::Pipe(identity),
            kind if kind.is_fifo() && self.names.is_hidden(&link) => Target::Commands,
            kind if kind.is_fifo() => Target::Fifo(identity, self.names.path(&link)),
            _ if text.starts_with('/') => Target::File(format!("the file {}", self.names.path(&link))),
            _ => Target::Unknown,
        }
    }
}

/// What a descriptor may lead to.
enum Target {
    Pipe(FileIdentity),
    Fifo(FileIdentity, String),
    /// The FIFO that the page's bash reads its commands from.
    Commands,
    Socket(&'static str),
    File(String),
    Inotify,
    Timer,
    Signals,
    Process,
    Unknown,
}

impl Ends {
    /// Who it is, with the verb: `` `a` and `b` have ``; `None` if nobody else.
    fn named(&self) -> Option<String> {
        Some(match self.others.as_slice() {
            [] => return None,
            [one] => format!("{one} has"),
            [one, other] if one == other => format!("two processes of {one} have"),
            [one, other] => format!("{one} and {other} have"),
            [one, more @ ..] => format!("{one} and {} others have", more.len()),
        })
    }
}

fn event(process: &Process, descriptor: Option<u32>) -> String {
    let link = descriptor.and_then(|descriptor| process.link(&format!("fd/{descriptor}")));
    match link.as_deref().map(Path::to_string_lossy).as_deref() {
        Some("anon_inode:inotify") => "waiting for a file to change".into(),
        Some(link) if link.starts_with("socket:") => "waiting for something to happen on a socket".into(),
        _ => "waiting for something to happen on one of its files or connections".into(),
    }
}

/// What kind of socket a descriptor is; `None` if it is none.
fn socket(process: &Process, descriptor: u32) -> Option<&'static str> {
    let link: PathBuf = process.link(&format!("fd/{descriptor}"))?;
    let text = link.to_string_lossy();
    let number = text.strip_prefix("socket:[")?.strip_suffix(']')?;
    let list = process.text("net/unix").unwrap_or_default();
    let is_unix = list.lines().skip(1).any(|line| line.split_whitespace().nth(6) == Some(number));
    Some(if is_unix { "a UNIX socket" } else { "a socket" })
}

/// Who holds the lock that `pid` waits for, by the system's list: those who wait stand below the holder, with an arrow.
fn holder(locks: &str, pid: u32) -> Option<u32> {
    let mut holder = None;
    for line in locks.lines() {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        match words.as_slice() {
            ["->", _, _, _, waiting, ..] if waiting.parse() == Ok(pid) => return holder,
            ["->", ..] => {}
            [_, _, _, holding, ..] => holder = holding.parse().ok(),
            _ => holder = None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_lock_is_the_one_above_the_arrow() {
        let locks = "1: FLOCK  ADVISORY  WRITE 11 fe:00:1 0 EOF\n\
                     2: POSIX  ADVISORY  READ 12 fe:00:2 0 EOF\n\
                     2: -> POSIX  ADVISORY  WRITE 13 fe:00:2 0 EOF\n\
                     2:  -> POSIX  ADVISORY  WRITE 14 fe:00:2 0 EOF\n\
                     3: OFDLCK ADVISORY  WRITE -1 fe:00:3 0 EOF\n\
                     3: -> OFDLCK ADVISORY  WRITE -1 fe:00:3 0 EOF\n";
        let holders = [11, 12, 13, 14, 15].map(|pid| holder(locks, pid));
        assert_eq!(holders, [None, None, Some(12), Some(12), None]);
    }

    #[test]
    fn several_at_the_other_end_are_counted() {
        let named = |others: &[&str]| {
            Ends { others: others.iter().map(|other| (*other).to_owned()).collect(), own: false }.named()
        };
        assert_eq!(named(&[]), None);
        assert_eq!(named(&["`a`"]).unwrap(), "`a` has");
        assert_eq!(named(&["`a`", "`b`"]).unwrap(), "`a` and `b` have");
        assert_eq!(named(&["`a`", "`a`"]).unwrap(), "two processes of `a` have");
        assert_eq!(named(&["`a`", "`b`", "`c`"]).unwrap(), "`a` and 2 others have");
    }
}
