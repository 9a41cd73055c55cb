//! Proofbook's end of the line to a supervisor.
//!
//! Must stay true: a supervisor that is gone is noticed at the next thing asked of it, and said; nothing waits for it
//! without a limit; when the last user of a connection lets go of it, the supervisor has ended everything and is gone.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::SandboxError;
use super::order::ProcessEnd;
use super::wire::{self, Lines, Reading, Report, Request};

/// How long an answer may take. The supervisor's own limits are all shorter.
const ANSWER: Duration = Duration::from_secs(40);

/// A line to one supervisor.
#[derive(Debug)]
pub(super) struct Connection {
    socket: UnixStream,
    /// The room's folder.
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    supervisor: Child,
    lines: Lines,
    /// How processes ended that nobody has asked about yet.
    ends: BTreeMap<u64, ProcessEnd>,
    /// The number of the last process.
    last: u64,
    /// How the supervisor ended, when it has.
    gone: Option<String>,
    is_closed: bool,
}

impl Connection {
    /// `socket` leads to `supervisor`, which keeps the room in `folder`.
    pub(super) fn new(socket: UnixStream, supervisor: Child, folder: &Path) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let (lines, ends) = (Lines::default(), BTreeMap::new());
        let state = State { supervisor, lines, ends, last: 0, gone: None, is_closed: false };
        Ok(Self { socket, folder: folder.to_path_buf(), state: Mutex::new(state) })
    }

    /// What becomes readable when there is news.
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// A number for one more process.
    pub(super) fn number(&self) -> u64 {
        let mut state = self.lock();
        state.last += 1;
        state.last
    }

    /// How `process` ended, if it has.
    pub(super) fn end_of(&self, process: u64) -> Result<Option<ProcessEnd>, SandboxError> {
        let mut state = self.lock();
        loop {
            if let Some(end) = state.ends.remove(&process) {
                return Ok(Some(end));
            }
            match self.next(&mut state)? {
                Some(Report::Ended { process, end }) => drop(state.ends.insert(process, end)),
                // An answer nobody waits for any more.
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// Asks for something and waits for the answer.
    pub(super) fn ask(&self, request: &Request) -> Result<Report, SandboxError> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(self.gone(state.gone.as_deref().unwrap_or("it was closed with its room")));
        }
        self.send(&mut state, request)?;
        let asked = Instant::now();
        loop {
            match self.next(&mut state)? {
                Some(Report::Ended { process, end }) => drop(state.ends.insert(process, end)),
                Some(answer) => return Ok(answer),
                None => {
                    if !self.wait(ANSWER.saturating_sub(asked.elapsed())) {
                        return Err(SandboxError::Silent { folder: self.folder.clone() });
                    }
                }
            }
        }
    }

    /// Has everything ended, the room's folder removed if `remove`, and the supervisor exit; again and again does nothing.
    pub(super) fn close(&self, remove: bool) -> Result<(), SandboxError> {
        if self.lock().is_closed {
            return Ok(());
        }
        let answer = self.ask(&Request::Close { remove });
        let mut state = self.lock();
        state.is_closed = true;
        if answer.is_err() {
            // It is gone, or does not answer: then it is of no use, and the room's processes are found by their marker.
            let _ = state.supervisor.kill();
        }
        let _ = state.supervisor.wait();
        self.none_left(&answer?)
    }

    /// Asks to end something, and whether that was done.
    pub(super) fn end(&self, request: &Request) -> Result<(), SandboxError> {
        if self.lock().is_closed {
            return Ok(());
        }
        let answer = self.ask(request)?;
        self.none_left(&answer)
    }

    fn none_left(&self, answer: &Report) -> Result<(), SandboxError> {
        match answer {
            Report::Done { left } if left.is_empty() => Ok(()),
            Report::Done { left } => Err(SandboxError::Processes { folder: self.folder.clone(), pids: left.clone() }),
            _ => Err(SandboxError::Silent { folder: self.folder.clone() }),
        }
    }

    fn send(&self, state: &mut State, request: &Request) -> Result<(), SandboxError> {
        // Small against what a socket holds, so that it never has to wait; if it has to, something is wrong.
        let _ = self.socket.set_nonblocking(false);
        let _ = self.socket.set_write_timeout(Some(ANSWER));
        let sent = wire::send(&self.socket, request);
        let _ = self.socket.set_nonblocking(true);
        sent.map_err(|error| self.broken(state, &error))
    }

    /// The next thing the supervisor said, if there is one.
    fn next(&self, state: &mut State) -> Result<Option<Report>, SandboxError> {
        loop {
            match state.lines.next() {
                Ok(None) => {}
                Ok(report) => return Ok(report),
                Err(error) => return Err(self.broken(state, &error)),
            }
            if let Some(how) = &state.gone {
                return Err(self.gone(how));
            }
            match state.lines.read(&self.socket) {
                Ok(Reading::More) => {}
                Ok(Reading::Nothing) => return Ok(None),
                Ok(Reading::End) => return Err(self.broken(state, &io::ErrorKind::UnexpectedEof.into())),
                Err(error) => return Err(self.broken(state, &error)),
            }
        }
    }

    /// The line is of no use any more: the supervisor is ended, if it has not ended itself, and how is remembered.
    fn broken(&self, state: &mut State, error: &io::Error) -> SandboxError {
        let how = match state.supervisor.try_wait() {
            Ok(Some(status)) => status.to_string(),
            // It closed its end, so it is about to end.
            _ if error.kind() == io::ErrorKind::UnexpectedEof || error.kind() == io::ErrorKind::BrokenPipe => {
                state.supervisor.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
            }
            _ => {
                let _ = state.supervisor.kill();
                let _ = state.supervisor.wait();
                error.to_string()
            }
        };
        state.is_closed = true;
        let how = state.gone.get_or_insert(how).clone();
        self.gone(&how)
    }

    fn gone(&self, how: &str) -> SandboxError {
        SandboxError::Gone { how: how.to_owned() }
    }

    fn wait(&self, limit: Duration) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let limit = Timespec { tv_sec: limit.as_secs().cast_signed(), tv_nsec: limit.subsec_nanos().into() };
        let mut watched = [PollFd::from_borrowed_fd(self.socket.as_fd(), PollFlags::IN)];
        matches!(poll(&mut watched, Some(&limit)), Ok(1..) | Err(rustix::io::Errno::INTR))
    }

    /// A panic of another user of the line leaves nothing half-done that matters here.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.close(false);
    }
}
