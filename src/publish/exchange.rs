//! The last step: the new site and the old one change places.
//!
//! Takes a finished staging folder, gives the output. On Linux and macOS one system call exchanges two folders. Where
//! the file system cannot, two renames do it, and a journal written before the first says what the next build must
//! finish:
//!
//! | killed | output | `new` | `old` | the next build |
//! |---|---|---|---|---|
//! | before the first rename | old site | there | - | removes `new` |
//! | between the two | absent | there | there | renames `new` to the output, removes `old` |
//! | after the second | new site | - | there | removes `old` |
//!
//! Must stay true: a folder beside the output is removed only if it is named after a process that has ended.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::guard::Output;
use super::removal::remove_tree;
use super::staging::Staging;
use super::standing::Standing;
use super::{PublishError, PublishErrorKind};

/// Puts the new site in the place of the old one and removes that.
pub(super) fn exchange(output: &Output, staging: Staging, standing: &Standing) -> Result<(), PublishError> {
    let flags = if standing.exists() { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    match renameat_with(CWD, staging.folder(), CWD, output.path(), flags) {
        // The old site now has the staging folder's name, and goes with it.
        Ok(()) => {}
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => two_renames(output, &staging, standing)?,
        Err(errno) => return Err(cannot_exchange(output, errno.into())),
    }
    drop(staging);
    Ok(())
}

/// The exchange for file systems that have none.
pub(super) fn two_renames(output: &Output, staging: &Staging, standing: &Standing) -> Result<(), PublishError> {
    let failed = |error| cannot_exchange(output, error);
    if !standing.exists() {
        return fs::rename(staging.folder(), output.path()).map_err(failed);
    }
    let journal = Journal::write(output)?;
    fs::rename(output.path(), &journal.old).map_err(failed)?;
    if let Err(error) = fs::rename(staging.folder(), output.path()) {
        // Back to where it was; if even that fails, the journal is still there for the next build.
        fs::rename(&journal.old, output.path()).map_err(failed)?;
        journal.remove()?;
        return Err(failed(error));
    }
    journal.remove()?;
    let _ = remove_tree(&journal.old);
    Ok(())
}

/// Finishes or takes back what a killed build had begun, and removes the folders such builds left.
pub(super) fn finish_interrupted(output: &Output) -> Result<(), PublishError> {
    if let Some(journal) = Journal::read(output)? {
        let there = |path: &Path| path.symlink_metadata().is_ok();
        if !there(&output.path()) {
            let site = if there(&journal.new) { &journal.new } else { &journal.old };
            if there(site) {
                fs::rename(site, output.path()).map_err(|error| cannot_exchange(output, error))?;
            }
        }
        journal.remove()?;
    }
    remove_leftovers(output)
}

/// What is under way, kept beside the output: the process whose folders are being renamed.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    new: PathBuf,
    old: PathBuf,
}

impl Journal {
    fn at(output: &Output, process: u32) -> Self {
        let beside = |what| output.beside(&format!("{what}-{process}"));
        Self { path: output.beside("journal"), new: beside("new"), old: beside("old") }
    }

    pub(super) fn write(output: &Output) -> Result<Self, PublishError> {
        let process = std::process::id();
        let journal = Self::at(output, process);
        fs::write(&journal.path, format!("{process}\n"))
            .map_err(|error| PublishError::io("write", &journal.path, error))?;
        Ok(journal)
    }

    fn read(output: &Output) -> Result<Option<Self>, PublishError> {
        let path = output.beside("journal");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(PublishError::io("read", &path, error)),
        };
        // A journal without its line ending was cut off while being written: nothing had been renamed yet, and
        // process 0 has no folders.
        let process = text.strip_suffix('\n').and_then(|process| process.parse().ok()).unwrap_or(0);
        Ok(Some(Self::at(output, process)))
    }

    fn remove(&self) -> Result<(), PublishError> {
        fs::remove_file(&self.path).map_err(|error| PublishError::io("remove", &self.path, error))
    }
}

fn remove_leftovers(output: &Output) -> Result<(), PublishError> {
    let failed = |error| PublishError::io("read", output.parent(), error);
    let prefixes = ["new-", "old-"].map(|what| output.beside_name(what));
    for entry in fs::read_dir(output.parent()).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let process = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix.as_encoded_bytes()));
        let process = process.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        if process.is_some_and(has_ended) && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            // What cannot be removed (another user's) is only in the way of itself, and tried again next time.
            let _ = remove_tree(&entry.path());
        }
    }
    Ok(())
}

/// Whether a folder named after `process` can have no user: it is gone, or it is this one, which holds the lock.
fn has_ended(process: u32) -> bool {
    let id = i32::try_from(process).ok().and_then(Pid::from_raw);
    process == std::process::id() || id.is_some_and(|id| test_kill_process(id) == Err(Errno::SRCH))
}

fn cannot_exchange(output: &Output, error: io::Error) -> PublishError {
    match error.kind() {
        io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices => {
            PublishError::new(output.path(), PublishErrorKind::CannotExchange(error))
        }
        _ => PublishError::io("exchange the new site for", &output.path(), error),
    }
}
