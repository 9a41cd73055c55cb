//! What can go wrong with a room and what keeps it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The surroundings of a run could not be made, used or taken away.
#[derive(Debug)]
pub enum SandboxError {
    /// The system refused something.
    Io {
        /// What was tried, as in `cannot …`.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A file was to be written through a symbolic link, which may lead out of the work folder.
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A file was to be written where something else than a file or folder stands in the way.
    InTheWay {
        /// What is in the way.
        path: PathBuf,
    },
    /// Processes of the room outlived every attempt to end them.
    Processes {
        /// The room's folder.
        folder: PathBuf,
        /// Their ids.
        pids: Vec<i32>,
    },
    /// A program could not be started, because what is around it could not be set up.
    Refused {
        /// The program.
        program: PathBuf,
        /// What was tried, as in `cannot …`.
        doing: String,
        /// With what, if it was a file.
        path: Option<PathBuf>,
        /// Why not.
        error: io::Error,
    },
    /// The room's supervisor ended before it was asked to.
    Gone {
        /// How.
        how: String,
    },
    /// The room's supervisor does not answer.
    Silent {
        /// The room's folder.
        folder: PathBuf,
    },
}

impl SandboxError {
    /// For `map_err`: what was tried, with what.
    pub(super) fn io<E: Into<io::Error>>(doing: &'static str, path: &Path) -> impl FnOnce(E) -> Self {
        move |error| Self::Io { doing, path: path.to_path_buf(), error: error.into() }
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, path, error } => write!(f, "cannot {doing} {}: {error}", path.display()),
            Self::Link { path } => {
                write!(
                    f,
                    "cannot write through the symbolic link {}: it may lead out of the work folder",
                    path.display()
                )
            }
            Self::InTheWay { path } => write!(f, "cannot write {}: something else is in its place", path.display()),
            Self::Processes { folder, pids } => {
                let pids: Vec<String> = pids.iter().map(i32::to_string).collect();
                write!(f, "cannot end all processes of {}: still running: {}", folder.display(), pids.join(", "))
            }
            Self::Refused { program, doing, path, error } => {
                let program = program.display();
                let what = path.as_ref().map(|path| format!(" {}", path.display())).unwrap_or_default();
                write!(
                    f,
                    "cannot start {program} in its sandbox: cannot {doing}{what}: {error}; this worked when the run \
                     began, and nothing is run without it; run the page again"
                )
            }
            Self::Gone { how } => write!(
                f,
                "the supervisor of this page ended before the page did ({how}): something killed it, and with it every \
                 program of the page; run the page again"
            ),
            Self::Silent { folder } => write!(
                f,
                "the supervisor of this page does not answer, so its programs cannot be started or ended: the page's \
                 folder is {}; see whether the machine is overloaded, and run the page again",
                folder.display()
            ),
        }
    }
}

impl std::error::Error for SandboxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } | Self::Refused { error, .. } => Some(error),
            Self::Gone { .. } | Self::Silent { .. } => None,
            Self::Link { .. } | Self::InTheWay { .. } | Self::Processes { .. } => None,
        }
    }
}
