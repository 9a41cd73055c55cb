//! What is to be started in a room, and how it ends: plain values, shared by Proofbook and the supervisor.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A program to start.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// The program, by its absolute path.
    #[serde(with = "as_bytes")]
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<std::ffi::OsString>,
    /// Its whole environment.
    pub environment: Vec<(String, String)>,
    /// The folder it starts in.
    #[serde(with = "as_bytes")]
    pub folder: PathBuf,
    /// The file its stdout is appended to; made if it is not there.
    #[serde(with = "as_bytes")]
    pub stdout: PathBuf,
    /// The file its stderr is appended to; may be the same.
    #[serde(with = "as_bytes")]
    pub stderr: PathBuf,
    /// How far it may go.
    pub limits: ProcessLimits,
    /// As whom it runs.
    pub as_user: AsUser,
}

/// As whom a program runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AsUser {
    /// As the user Proofbook runs as.
    #[default]
    Same,
    /// As somebody who is not root: servers refuse to run as root. If Proofbook does not run as root this is the same
    /// user; in namespaces root only has another number. Without those it is an account with few rights of its own, so
    /// that what the program is to use must be given to it.
    NotRoot {
        /// The files and folders of the room that are given to that account, with all that is in them.
        owns: Vec<PathBuf>,
    },
}

/// Whether Proofbook itself runs as root: what [`AsUser::NotRoot`] then makes a difference for.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// How far a program and what it starts may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessLimits {
    /// How many bytes a file it writes may get; a program that writes on is ended with SIGXFSZ.
    pub file: u64,
    /// How many processes it may have started that still run. With more, all of it is ended.
    pub descendants: usize,
}

impl Default for ProcessLimits {
    fn default() -> Self {
        Self { file: 256 << 20, descendants: 256 }
    }
}

/// How a program ended. Everything it had started has ended, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProcessEnd {
    /// With this exit status.
    Exited(i32),
    /// By this signal.
    Killed(i32),
    /// It was ended because more than so many processes ran below it.
    TooMany(usize),
}

/// Paths as the bytes they are: JSON knows text only, and a path need not be any.
pub(super) mod as_bytes {
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        path.as_os_str().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        OsString::deserialize(deserializer).map(PathBuf::from)
    }
}
