//! Why a program could not be started: what a supervisor says, as plain values.

use std::ffi::OsString;
use std::io;

use serde::{Deserialize, Serialize};

/// Why a program could not be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refusal {
    /// What was tried, as in `cannot …`; [`START`] if it is the program itself that cannot be started.
    pub(super) doing: String,
    /// With what, if it was a file.
    pub(super) path: Option<OsString>,
    /// The system's number for why not.
    pub(super) errno: i32,
}

/// What [`Refusal::doing`] is when everything around the program worked.
pub(super) const START: &str = "start";

impl Refusal {
    /// For `map_err`.
    pub(super) fn of<E: Into<io::Error>>(doing: &str) -> impl FnOnce(E) -> Self {
        move |error| Self { doing: doing.to_owned(), path: None, errno: number(&error.into()) }
    }

    /// For `map_err`, with what it was tried on.
    pub(super) fn at<E: Into<io::Error>>(doing: &str, path: impl Into<OsString>) -> impl FnOnce(E) -> Self {
        move |error| Self { doing: doing.to_owned(), path: Some(path.into()), errno: number(&error.into()) }
    }

    /// Why not.
    pub(super) fn error(&self) -> io::Error {
        io::Error::from_raw_os_error(self.errno)
    }
}

/// The system's number of `error`; errors of our own libraries mean that the system cannot do it.
fn number(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or_else(|| rustix::io::Errno::OPNOTSUPP.raw_os_error())
}
