//! What is said between a session and those who use it, as plain values.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fallible_iterator::FallibleIterator as _;
use postgres_protocol::message::backend::{DataRowBody, ErrorFields};

use super::value::Kind;

/// Who is asked for, at which socket.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) socket: PathBuf,
    pub(super) user: &'static str,
    pub(super) database: String,
}

/// Whether the session has a transaction open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Idle,
    Open,
    /// A statement failed in it; only its end is accepted.
    Failed,
}

/// What the server says about something it refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) detail: Option<String>,
    pub(super) hint: Option<String>,
    /// The character of the statement it points at, from 1.
    pub(super) position: Option<usize>,
}

/// Why a statement has no result.
#[derive(Debug)]
pub(super) enum Trouble {
    Refused(Box<Refused>),
    /// It exchanges rows with a client in a form of its own.
    Copy,
    /// Whoever takes the rows wants no more of them.
    Enough,
    TimedOut,
    Stopped,
    /// The session is gone; why.
    Broken(String),
}

/// When a statement is to end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Until<'u> {
    pub(super) deadline: Instant,
    pub(super) stop: Option<&'u AtomicBool>,
}

impl Until<'_> {
    /// In that time.
    pub(super) fn within(limit: Duration) -> Self {
        Self { deadline: Instant::now() + limit, stop: None }
    }

    /// Why it is to end, if it is.
    pub(super) fn end(&self) -> Option<Trouble> {
        if self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return Some(Trouble::Stopped);
        }
        (Instant::now() >= self.deadline).then_some(Trouble::TimedOut)
    }
}

/// Takes what a statement gives.
pub(super) trait Take {
    /// A result begins; its columns.
    fn columns(&mut self, columns: Vec<Column>);
    /// One more row of it; whether to go on.
    fn row(&mut self, row: &DataRowBody) -> io::Result<bool>;
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// What such fields say.
pub(super) fn refused(mut fields: ErrorFields<'_>) -> Refused {
    let mut refused = Refused::default();
    while let Ok(Some(field)) = fields.next() {
        let text = || String::from_utf8_lossy(field.value_bytes()).into_owned();
        match field.type_() {
            b'C' => refused.code = text(),
            b'M' => refused.message = text(),
            b'D' => refused.detail = Some(text()),
            b'H' => refused.hint = Some(text()),
            b'P' => refused.position = text().parse().ok(),
            _ => {}
        }
    }
    refused
}
