//! What can go wrong with a session itself, apart from what its blocks do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::sandbox::SandboxError;

/// A session could not be started or used.
#[derive(Debug)]
pub enum ShellError {
    /// The system refused something.
    Io {
        /// What was tried, as in `cannot …`.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// Bash could not be started, or what it is started by is gone.
    Sandbox(SandboxError),
    /// Bash is too old.
    Old {
        /// The program.
        bash: PathBuf,
        /// What it calls its version.
        version: String,
    },
    /// Bash was started, but did not come to read its first command.
    NotReady {
        /// The program.
        bash: PathBuf,
        /// What it printed meanwhile, if anything.
        printed: String,
    },
}

impl ShellError {
    /// For `map_err`: what was tried, with what.
    pub(super) fn io<E: Into<io::Error>>(doing: &'static str, path: &Path) -> impl FnOnce(E) -> Self {
        move |error| Self::Io { doing, path: path.to_path_buf(), error: error.into() }
    }
}

impl From<SandboxError> for ShellError {
    fn from(error: SandboxError) -> Self {
        Self::Sandbox(error)
    }
}

impl fmt::Display for ShellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, path, error } => write!(f, "cannot {doing} {}: {error}", path.display()),
            Self::Sandbox(error) => error.fmt(f),
            Self::Old { bash, version } => {
                write!(f, "{} is bash {version}, but runbooks need bash 4.4 or newer", bash.display())
            }
            Self::NotReady { bash, printed } if printed.is_empty() => {
                write!(f, "{} did not start as a bash does", bash.display())
            }
            Self::NotReady { bash, printed } => {
                write!(f, "{} did not start as a bash does; it printed: {}", bash.display(), printed.trim_end())
            }
        }
    }
}

impl std::error::Error for ShellError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            Self::Sandbox(error) => Some(error),
            Self::Old { .. } | Self::NotReady { .. } => None,
        }
    }
}
