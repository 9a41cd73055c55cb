//! How this program is started again, as the supervisor of a page.

use std::ffi::OsString;
use std::path::PathBuf;

/// The word on the command line that makes this program a supervisor. No command of its own: nobody types it.
pub const SUPERVISE: &str = "__supervise";

/// The program to start as a supervisor, and its arguments.
///
/// It must end in [`super::supervise`]. Handed in by the command line, because a library does not know which program
/// it is part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    /// The program. On Linux `/proc/self/exe` is this very program even if its file has been replaced since.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

impl Launcher {
    /// `program` with the word that makes it a supervisor.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), arguments: vec![SUPERVISE.into()] }
    }
}
