//! The programs that reach a throwaway database as typed in the pages: small scripts that stand in for the real ones.
//!
//! Must stay true: a script adds the connection and nothing else. stdin, stdout, exit status, the environment and every
//! word that does not name the database are the real program's; the process becomes that program, so that signals and
//! limits meet it, not a shell around it.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// A program and the script that stands in for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The name under which it is typed, and under which the script lies first on PATH.
    pub name: &'static str,
    /// What the script does; `$proofbook_real` is the real program.
    body: Vec<u8>,
    /// The real program, where it is not to be looked for.
    real: Option<PathBuf>,
}

impl Client {
    pub(super) fn new(name: &'static str, body: Vec<u8>) -> Self {
        Self { name, body, real: None }
    }

    /// The same for the program at `real`, whatever of that name is on PATH.
    pub(super) fn at(self, real: PathBuf) -> Self {
        Self { real: Some(real), ..self }
    }

    /// The real program, if it is known which; else it is the one of that name on PATH.
    pub fn real(&self) -> Option<&Path> {
        self.real.as_deref()
    }

    /// The text of the executable file that stands in for the program at `real`, an absolute path.
    ///
    /// It is run by `/bin/sh`, whatever shell that is. Bytes, because a path need not be UTF-8.
    pub fn script(&self, real: &Path) -> Vec<u8> {
        let mut script = b"#!/bin/sh\nproofbook_real=".to_vec();
        script.extend(quoted(real.as_os_str().as_bytes()));
        script.push(b'\n');
        script.extend(&self.body);
        script
    }
}

/// `text` as one word of the shell.
pub(super) fn quoted(text: &[u8]) -> Vec<u8> {
    let mut word = vec![b'\''];
    for &byte in text {
        match byte {
            b'\'' => word.extend(br"'\''"),
            byte => word.push(byte),
        }
    }
    word.push(b'\'');
    word
}
