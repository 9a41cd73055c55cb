//! A program that runs in a room, as Proofbook sees it.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::SandboxError;
use super::connection::Connection;
use super::order::ProcessEnd;
use super::wire::Request;

/// A running program. Dropping it ends it and everything it started.
#[derive(Debug)]
pub struct Process {
    connection: Arc<Connection>,
    number: u64,
    pid: u32,
    end: Option<ProcessEnd>,
    is_over: bool,
}

impl Process {
    pub(super) fn new(connection: Arc<Connection>, number: u64, pid: u32) -> Self {
        Self { connection, number, pid, end: None, is_over: false }
    }

    /// Its process id as seen from outside the room.
    pub fn id(&self) -> u32 {
        self.pid
    }

    /// Waits until `also` has something to read, the supervisor has news or `limit` is over, whichever is first.
    pub fn wait(&self, also: BorrowedFd<'_>, limit: Duration) -> Result<(), SandboxError> {
        wait(&[also, self.connection.as_fd()], limit)
    }

    /// Waits until the supervisor has news or `limit` is over.
    pub fn wait_for_news(&self, limit: Duration) -> Result<(), SandboxError> {
        wait(&[self.connection.as_fd()], limit)
    }

    /// How it ended, if it has. Everything it started has ended, too, then. An error if the supervisor is gone.
    pub fn end(&mut self) -> Result<Option<ProcessEnd>, SandboxError> {
        if self.end.is_none() && !self.is_over {
            self.end = self.connection.end_of(self.number)?;
            self.is_over = self.end.is_some();
        }
        Ok(self.end)
    }

    /// Ends it and everything it started, wherever that went; when this returns, all of it is gone.
    ///
    /// If the supervisor itself is gone, this is left to the room, whose end finds the processes by their marker.
    pub fn kill(&mut self) {
        if !self.is_over {
            self.is_over = true;
            let _ = self.connection.end(&Request::Kill { process: self.number });
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn wait(descriptors: &[BorrowedFd<'_>], limit: Duration) -> Result<(), SandboxError> {
    let mut watched: Vec<PollFd<'_>> =
        descriptors.iter().map(|&descriptor| PollFd::from_borrowed_fd(descriptor, PollFlags::IN)).collect();
    let limit = Timespec { tv_sec: limit.as_secs().cast_signed(), tv_nsec: limit.subsec_nanos().into() };
    match poll(&mut watched, Some(&limit)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(SandboxError::io("wait for", std::path::Path::new("a process"))(error)),
    }
}
