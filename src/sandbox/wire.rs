//! What Proofbook and a supervisor say to each other: one line of JSON a message, over a pair of UNIX sockets.
//!
//! Proofbook asks one thing at a time and gets one answer; between answers a supervisor says of its own accord only
//! that a process ended. An end of the socket without [`Request::Close`] means that Proofbook died.

use std::io::{self, ErrorKind, Read, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::confine::Confinement;
use super::order::{Order, ProcessEnd, as_bytes};
use super::refusal::Refusal;

/// What Proofbook asks for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// The first message: which room it is. It waits in the socket before the supervisor is started, so a supervisor
    /// always knows what to clean up.
    Begin {
        /// The room's folder.
        #[serde(with = "as_bytes")]
        folder: PathBuf,
        /// The marker its processes carry, `NAME=value`.
        marker: String,
    },
    /// Start a program.
    Spawn {
        /// The number it goes by from now on.
        process: u64,
        /// What to start.
        order: Order,
        /// What it is held back by.
        confinement: Confinement,
    },
    /// End a program and everything it started.
    Kill {
        /// Its number.
        process: u64,
    },
    /// End all programs.
    EndAll,
    /// End all programs, leave the folder alone, and exit.
    Close {
        /// Whether the room's folder is to be removed first: then it is gone even if Proofbook dies now.
        remove: bool,
    },
}

/// What the supervisor says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Report {
    /// To [`Request::Spawn`]: it runs, under this id in the view of Proofbook.
    Started {
        /// The process id.
        pid: u32,
    },
    /// To [`Request::Spawn`]: it does not.
    NotStarted(Refusal),
    /// To the others: done, and these processes outlived every attempt to end them (none, as a rule).
    Done {
        /// Their ids.
        left: Vec<i32>,
    },
    /// Of its own accord: a program ended that nobody asked to end.
    Ended {
        /// Its number.
        process: u64,
        /// How.
        end: ProcessEnd,
    },
}

/// Sends `message` as one line.
pub(super) fn send(mut to: impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    to.write_all(&line)
}

/// Cuts what is read into messages.
#[derive(Debug, Default)]
pub(super) struct Lines {
    unread: Vec<u8>,
}

/// What reading once came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// There may be more messages now.
    More,
    /// Nothing is there yet.
    Nothing,
    /// The other side is gone.
    End,
}

impl Lines {
    /// The next whole message that was read.
    pub(super) fn next<M: DeserializeOwned>(&mut self) -> io::Result<Option<M>> {
        let Some(end) = self.unread.iter().position(|&byte| byte == b'\n') else { return Ok(None) };
        let line: Vec<u8> = self.unread.drain(..=end).collect();
        Ok(Some(serde_json::from_slice(&line)?))
    }

    /// Reads once.
    pub(super) fn read(&mut self, mut from: impl Read) -> io::Result<Reading> {
        let mut buffer = [0; 4096];
        loop {
            return match from.read(&mut buffer) {
                Ok(0) => Ok(Reading::End),
                Ok(n_bytes) => {
                    self.unread.extend_from_slice(&buffer[..n_bytes]);
                    Ok(Reading::More)
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Reading::Nothing),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // The other side died with something unread.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(Reading::End),
                Err(error) => Err(error),
            };
        }
    }
}
