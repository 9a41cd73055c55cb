//! The supervisor: a process of its own for each room, which starts the room's programs and ends everything they
//! started, whenever and however the page or Proofbook ends.
//!
//! It is this same program, started again. On stdin it has a UNIX socket to Proofbook: when that ends without
//! [`Request::Close`], Proofbook is dead, and the supervisor ends all programs, removes the room's folder and exits.
//! As stderr it holds the room's lock, so that nobody takes the room for a dead one's before that is done.
//!
//! Must stay true: it has one thread; a signal goes only to its own children, which keep their ids until it lays them
//! to rest; it never waits for a program without a limit.

mod account;
mod descendants;
mod keeper;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

use super::confine::Confinement;
use super::order::{Order, ProcessEnd};
use super::refusal::Refusal;
use super::wire::{self, Lines, Reading, Report, Request};
use super::{marked, raw, room};
use keeper::Word;

/// How often the descendants of the programs are counted.
const COUNT: Duration = Duration::from_millis(25);

/// How long a keeper may take to start its program. It takes milliseconds; a folder on `PATH` may be far away.
const START: Duration = Duration::from_secs(20);

/// How long ended processes may take to be gone.
const END: Duration = Duration::from_secs(10);

/// Whether this process was started to be a supervisor, and not by somebody who typed the word.
pub fn is_supervisor() -> bool {
    let stdin = rustix::fs::fstat(io::stdin().as_fd());
    stdin.is_ok_and(|found| rustix::fs::FileType::from_raw_mode(found.st_mode) == rustix::fs::FileType::Socket)
}

/// What the program does when it was started as a supervisor: see the module's own text.
pub fn supervise() -> ExitCode {
    raw::ignore_terminal_signals();
    let niceness = hurry();
    let Ok(stdin) = io::stdin().as_fd().try_clone_to_owned() else { return ExitCode::FAILURE };
    let Ok(mut supervisor) = Supervisor::begin(UnixStream::from(stdin), niceness) else { return ExitCode::FAILURE };
    match supervisor.serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => {
            // Proofbook meets the end of the socket and says so; nothing may be left all the same.
            supervisor.abandon();
            ExitCode::FAILURE
        }
    }
}

/// Goes before the programs it may have to end, where it is allowed to (root is). Among hundreds that fork as fast as
/// they can, the one that ends them would hardly ever have its turn. Gives the priority it had.
fn hurry() -> i32 {
    let niceness = rustix::process::getpriority_process(None).unwrap_or_default();
    let _ = rustix::process::setpriority_process(None, -20);
    niceness
}

/// Whether this system tells who a process's children are.
pub(super) fn are_descendants_known() -> bool {
    descendants::are_known()
}

struct Supervisor {
    socket: UnixStream,
    lines: Lines,
    folder: PathBuf,
    marker: String,
    /// The priority programs are started with: that of Proofbook.
    niceness: i32,
    keepers: BTreeMap<u64, Keeper>,
    counted: Instant,
}

/// One program's keeper.
struct Keeper {
    /// `None` once it was laid to rest: from then on the id may be somebody else's.
    pid: Option<Pid>,
    /// The program as the keeper sees it; `None` until it runs. On Linux the keeper's own end is enough.
    #[cfg_attr(
        target_os = "linux",
        allow(dead_code, reason = "only needed where a keeper's end is not its program's")
    )]
    program: Option<i32>,
    line: UnixStream,
    lines: Lines,
    descendants: usize,
}

/// Whether the supervisor goes on.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    Exit,
}

impl Supervisor {
    fn begin(socket: UnixStream, niceness: i32) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
        let mut lines = Lines::default();
        loop {
            match lines.next::<Request>()? {
                Some(Request::Begin { folder, marker }) => {
                    let (keepers, counted) = (BTreeMap::new(), Instant::now());
                    return Ok(Self { socket, lines, folder, marker, niceness, keepers, counted });
                }
                Some(_) => return Err(io::ErrorKind::InvalidData.into()),
                None if lines.read(&socket)? == Reading::End => return Err(io::ErrorKind::UnexpectedEof.into()),
                None => {}
            }
        }
    }

    fn serve(&mut self) -> io::Result<()> {
        loop {
            // Before waiting: what Proofbook asks for may have come together with what it asked for before.
            if self.answer()? == Next::Exit {
                return Ok(());
            }
            let (asked, told) = self.wait()?;
            for process in told {
                self.listen(process)?;
            }
            self.count()?;
            if asked && self.lines.read(&self.socket)? == Reading::End {
                self.abandon();
                return Ok(());
            }
        }
    }

    /// Waits for a request or a keeper's word: whether there is one of the first, and whose the second are.
    fn wait(&self) -> io::Result<(bool, Vec<u64>)> {
        let lines = std::iter::once(self.socket.as_fd()).chain(self.keepers.values().map(|keeper| keeper.line.as_fd()));
        let mut watched: Vec<PollFd<'_>> = lines.map(|line| PollFd::from_borrowed_fd(line, PollFlags::IN)).collect();
        let limit = (!self.keepers.is_empty()).then(|| COUNT.saturating_sub(self.counted.elapsed()));
        let limit = limit.map(|limit| Timespec { tv_sec: 0, tv_nsec: limit.subsec_nanos().into() });
        match poll(&mut watched, limit.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut spoke = watched.iter().map(|line| !line.revents().is_empty());
        let asked = spoke.next().unwrap_or_default();
        Ok((asked, self.keepers.keys().copied().zip(spoke).filter(|(_, spoke)| *spoke).map(|(id, _)| id).collect()))
    }

    /// Hears what the keeper of `process` has to say; a program that ended is told on.
    fn listen(&mut self, process: u64) -> io::Result<()> {
        let Some(keeper) = self.keepers.get_mut(&process) else { return Ok(()) };
        // A keeper that is gone without a word, or babbles, was meddled with: it was killed, and with it the program.
        let end = match keeper.word() {
            Ok(None) => return Ok(()),
            Ok(Some(Word::Ended(end))) => end,
            Ok(Some(_)) | Err(_) => ProcessEnd::Killed(9),
        };
        self.end(Some(process));
        self.say(&Report::Ended { process, end })
    }

    /// Ends each program below which too many processes run.
    fn count(&mut self) -> io::Result<()> {
        if self.counted.elapsed() < COUNT {
            return Ok(());
        }
        self.counted = Instant::now();
        let too_many = |keeper: &Keeper| {
            // The program itself is below its keeper, and is none of its own descendants.
            let enough = keeper.descendants + 1;
            keeper.pid.is_some_and(|pid| descendants::count(pid.as_raw_nonzero().get(), enough) > enough)
        };
        let over: Vec<(u64, usize)> = self
            .keepers
            .iter()
            .filter(|(_, keeper)| too_many(keeper))
            .map(|(&process, keeper)| (process, keeper.descendants))
            .collect();
        for (process, limit) in over {
            self.end(Some(process));
            self.say(&Report::Ended { process, end: ProcessEnd::TooMany(limit) })?;
        }
        Ok(())
    }

    /// Does what Proofbook asks for.
    fn answer(&mut self) -> io::Result<Next> {
        while let Some(request) = self.lines.next()? {
            let report = match request {
                Request::Begin { .. } => return Err(io::ErrorKind::InvalidData.into()),
                Request::Spawn { process, order, confinement } => match self.spawn(process, &order, &confinement) {
                    Ok(pid) => Report::Started { pid },
                    Err(refusal) => Report::NotStarted(refusal),
                },
                Request::Kill { process } => Report::Done { left: self.end(Some(process)) },
                Request::EndAll => Report::Done { left: self.end(None) },
                Request::Close { remove } => {
                    let left = self.end(None);
                    if remove && left.is_empty() {
                        // What cannot be removed here, Proofbook tries again, and says so.
                        let _ = marked::end_marked(&self.marker);
                        let _ = room::remove_folder(&self.folder);
                    }
                    // Proofbook may have died meanwhile; then the room is left to this process after all.
                    if self.say(&Report::Done { left }).is_err() {
                        self.abandon();
                    }
                    return Ok(Next::Exit);
                }
            };
            if self.say(&report).is_err() {
                self.abandon();
                return Ok(Next::Exit);
            }
        }
        Ok(Next::GoOn)
    }

    /// Says something to Proofbook. That it is gone is seen when it is listened to.
    fn say(&self, report: &Report) -> io::Result<()> {
        match wire::send(&self.socket, report) {
            Err(error) if matches!(report, Report::Ended { .. }) && error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            said => said,
        }
    }

    fn spawn(&mut self, process: u64, order: &Order, confinement: &Confinement) -> Result<u32, Refusal> {
        let (pid, line) = keeper::start(order, confinement, self.niceness)?;
        let descendants = order.limits.descendants;
        let mut keeper = Keeper { pid: Some(pid), program: None, line, lines: Lines::default(), descendants };
        let started = keeper.started();
        keeper.program = started.as_ref().ok().copied();
        self.keepers.insert(process, keeper);
        match started {
            Ok(program) => {
                // In namespaces of its own the program has another number than out here, where it is the only child.
                let seen = if confinement.mechanisms.namespaces {
                    descendants::children(pid.as_raw_nonzero().get()).first().copied().unwrap_or(program)
                } else {
                    program
                };
                Ok(seen.unsigned_abs())
            }
            Err(refusal) => {
                self.end(Some(process));
                Err(refusal)
            }
        }
    }

    /// Ends a program, or all of them, with everything they started. Gives the ids of what outlived every attempt.
    fn end(&mut self, process: Option<u64>) -> Vec<i32> {
        let ended = match process {
            Some(process) => self.keepers.remove(&process).into_iter().collect(),
            None => std::mem::take(&mut self.keepers).into_values().collect::<Vec<_>>(),
        };
        for keeper in &ended {
            keeper.end();
        }
        self.end_strays()
    }

    /// Ends every process that is a child of this one and no living keeper, until there is none.
    ///
    /// What a child leaves behind becomes a child here, and has its turn. Whole process groups are ended at once, which
    /// no fork gets ahead of: among hundreds of forking processes, ending one after the other could come too late.
    fn end_strays(&mut self) -> Vec<i32> {
        let own = rustix::process::getpid().as_raw_nonzero().get();
        let started = Instant::now();
        let mut pause = Duration::from_micros(50);
        loop {
            self.lay_to_rest();
            let keepers: Vec<Pid> = self.keepers.values().filter_map(|keeper| keeper.pid).collect();
            let strays: Vec<Pid> = descendants::children(own)
                .into_iter()
                .filter_map(Pid::from_raw)
                .filter(|pid| !keepers.contains(pid))
                .collect();
            if strays.is_empty() || started.elapsed() > END {
                return strays.into_iter().map(|pid| pid.as_raw_nonzero().get()).collect();
            }
            for &pid in &strays {
                descendants::end_child(pid);
            }
            for pid in strays {
                descendants::end_below(pid);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(2));
        }
    }

    /// Takes leave of the children that have ended. Their ids may go to others from here on.
    fn lay_to_rest(&mut self) {
        while let Ok(Some((pid, _))) = wait(WaitOptions::NOHANG) {
            // A keeper may have died by itself; its line says so, too.
            for keeper in self.keepers.values_mut().filter(|keeper| keeper.pid == Some(pid)) {
                keeper.pid = None;
            }
        }
    }

    /// Proofbook is dead: what it would have done is done here.
    fn abandon(&mut self) {
        self.end(None);
        // What the room held besides (Proofbook may start programs with its marker, too) is looked for by that.
        // What cannot be removed, the next Proofbook's sweep tries again.
        let _ = marked::end_marked(&self.marker);
        let _ = room::remove_folder(&self.folder);
    }
}

impl Keeper {
    /// The next thing it says; `None` if that has not come yet, an error if it never will.
    fn word(&mut self) -> io::Result<Option<Word>> {
        // It may have said two things at once, and have gone since.
        loop {
            if let Some(word) = self.lines.next()? {
                return Ok(Some(word));
            }
            match self.lines.read(&self.line)? {
                Reading::More => {}
                Reading::Nothing => return Ok(None),
                Reading::End => return Err(rustix::io::Errno::PIPE.into()),
            }
        }
    }

    /// With the keeper goes its namespace, or else the program, and all orphans come to the supervisor.
    #[cfg(target_os = "linux")]
    fn end(&self) {
        if let Some(pid) = self.pid {
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Elsewhere a keeper's end is not the program's: its process group is ended, and then the keeper ends by itself.
    #[cfg(not(target_os = "linux"))]
    fn end(&self) {
        if let Some(program) = self.program.and_then(Pid::from_raw) {
            let _ = rustix::process::kill_process_group(program, Signal::KILL);
            let _ = self.pid.map(|pid| rustix::process::waitpid(Some(pid), WaitOptions::empty()));
        } else if let Some(pid) = self.pid {
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Waits until the program runs; its id as the keeper sees it.
    fn started(&mut self) -> Result<i32, Refusal> {
        let broken = |error: io::Error| Refusal::of("reach the process that holds it")(error);
        self.line.set_read_timeout(Some(START)).map_err(broken)?;
        let program = loop {
            match self.word().map_err(broken)? {
                Some(Word::Ready) => keeper::answer(&self.line).map_err(broken)?,
                Some(Word::Started(pid)) => break pid,
                Some(Word::Refused(refusal)) => return Err(refusal),
                Some(Word::Ended(_)) => return Err(broken(io::ErrorKind::InvalidData.into())),
                None => return Err(broken(rustix::io::Errno::TIMEDOUT.into())),
            }
        };
        // From now on it is listened to only when it speaks; it may have done so already.
        self.line.set_nonblocking(true).map_err(broken)?;
        Ok(program)
    }
}
