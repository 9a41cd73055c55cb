//! The bash process: started in a session of its own, watched, and ended with its whole group.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, getrlimit, kill_process_group, setrlimit, setsid, waitid,
};

/// A running shell; dropping it kills its process group.
#[derive(Debug)]
pub(super) struct ShellProcess {
    child: Child,
    pid: Pid,
    /// Becomes readable when the process ends; where the system has no such thing, looking now and then must do.
    watch: Option<OwnedFd>,
    is_reaped: bool,
}

/// How a shell ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProcessEnd {
    Exited(i32),
    Killed(i32),
}

impl ShellProcess {
    /// Starts `command` with an empty stdin and what it prints itself going to `log`.
    ///
    /// It leads a session without a terminal, so nothing in it can ask at `/dev/tty`, and on Linux it is killed when
    /// the *thread* that started it ends, however that happens. No file it writes grows over `file_limit` bytes.
    pub(super) fn start(mut command: Command, log: &File, file_limit: u64) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log.try_clone()?);
        before_exec(&mut command, file_limit);
        let child = command.spawn()?;
        let pid = Pid::from_child(&child);
        Ok(Self { watch: watch(pid), child, pid, is_reaped: false })
    }

    /// The shell's process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `messages` has something to read, the process ends or `limit` is over, whichever is first.
    pub(super) fn wait(&self, messages: BorrowedFd<'_>, limit: Duration) -> io::Result<()> {
        let mut watched = vec![PollFd::from_borrowed_fd(messages, PollFlags::IN)];
        watched.extend(self.watch.iter().map(|watch| PollFd::from_borrowed_fd(watch.as_fd(), PollFlags::IN)));
        let limit = Timespec { tv_sec: limit.as_secs().cast_signed(), tv_nsec: limit.subsec_nanos().into() };
        match poll(&mut watched, Some(&limit)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// How the process ended, if it did. What is left of its group is killed then.
    pub(super) fn end(&mut self) -> io::Result<Option<ProcessEnd>> {
        if !self.is_reaped {
            // The process stays a zombie until its group was killed: its id cannot go to anybody else before.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            if waitid(WaitId::Pid(self.pid), options)?.is_none() {
                return Ok(None);
            }
        }
        self.kill();
        let status = self.child.wait()?;
        Ok(Some(match (status.code(), status.signal()) {
            (Some(code), _) => ProcessEnd::Exited(code),
            (None, signal) => ProcessEnd::Killed(signal.unwrap_or_default()),
        }))
    }

    /// Kills the whole process group and waits for the shell itself.
    pub(super) fn kill(&mut self) {
        if !self.is_reaped {
            // It can only fail if there is nobody left to kill.
            let _ = kill_process_group(self.pid, Signal::KILL);
            let _ = self.child.wait();
            self.is_reaped = true;
        }
    }
}

impl Drop for ShellProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(target_os = "linux")]
fn watch(pid: Pid) -> Option<OwnedFd> {
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn watch(_pid: Pid) -> Option<OwnedFd> {
    None
}

#[allow(unsafe_code, reason = "what a new process does between fork and exec has no safe interface")]
fn before_exec(command: &mut Command, file_limit: u64) {
    let parent = rustix::process::getpid();
    let prepare = move || {
        setsid()?;
        die_with(parent)?;
        lower(Resource::Fsize, file_limit)?;
        lower(Resource::Core, 0)
    };
    // SAFETY: the closure makes system calls only: it neither allocates nor takes a lock.
    unsafe { command.pre_exec(prepare) };
}

#[cfg(target_os = "linux")]
fn die_with(parent: Pid) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // Had the parent died before that call, nobody would kill this process.
    if rustix::process::getppid() == Some(parent) { Ok(()) } else { Err(rustix::io::Errno::SRCH.into()) }
}

#[cfg(not(target_os = "linux"))]
fn die_with(_parent: Pid) -> io::Result<()> {
    Ok(())
}

fn lower(resource: Resource, to: u64) -> io::Result<()> {
    let old = getrlimit(resource);
    let lower = |limit: Option<u64>| Some(limit.map_or(to, |limit| limit.min(to)));
    Ok(setrlimit(resource, Rlimit { current: lower(old.current), maximum: lower(old.maximum) })?)
}
