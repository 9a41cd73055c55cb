//! Cleaning up after Proofbooks that were killed before they could do it themselves.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use rustix::process::{Pid, geteuid, test_kill_process};

use super::SandboxError;
use super::room::{PREFIX, clear, lock_folder};

/// What a sweep found.
#[derive(Debug, Default)]
pub struct Swept {
    /// The names of the folders that were removed, in order.
    pub removed: Vec<String>,
    /// What could not be removed, and why. The run itself can go on.
    pub failed: Vec<SandboxError>,
}

/// Removes the rooms below `parent` whose Proofbook is no longer alive, and ends their processes.
///
/// A living Proofbook holds a lock on each of its rooms, which the system releases when the process is gone; so a
/// process id that was given to somebody else, or one from another container, cannot mislead. Only folders of this
/// user with a room's name are looked at. Several Proofbooks may sweep and make rooms at the same time.
pub fn sweep(parent: &Path) -> Result<Swept, SandboxError> {
    let mut swept = Swept::default();
    let mut names: Vec<String> = fs::read_dir(parent)
        .map_err(SandboxError::io("list the folder", parent))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    for name in names {
        let Some(pid) = owner(&name) else { continue };
        match sweep_one(&parent.join(&name), &name, pid) {
            Ok(true) => swept.removed.push(name),
            Ok(false) => {}
            Err(error) => swept.failed.push(error),
        }
    }
    Ok(swept)
}

/// The process id in the name of a room's folder; `None` if it is not one.
fn owner(name: &str) -> Option<i32> {
    let (pid, letters) = name.strip_prefix(PREFIX)?.split_once('-')?;
    let is_random = !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_alphanumeric());
    pid.parse().ok().filter(|&pid| pid > 0 && is_random)
}

/// Removes the room unless it is alive; says whether it did.
fn sweep_one(folder: &Path, name: &str, pid: i32) -> Result<bool, SandboxError> {
    let found = match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        found => found.map_err(SandboxError::io("look at", folder))?,
    };
    if !found.is_dir() || found.uid() != geteuid().as_raw() {
        return Ok(false);
    }
    let Some(_lock) = lock_folder(folder, FlockOperation::NonBlockingLockExclusive)? else { return Ok(false) };
    // A room is made first and locked then. In that moment it is empty, and its maker is alive and waits for the lock
    // that was just taken. (If the maker lives in another container, the room is removed; it makes another.)
    let is_empty = fs::read_dir(folder).map_err(SandboxError::io("list the folder", folder))?.next().is_none();
    if is_empty && is_alive(pid) {
        return Ok(false);
    }
    clear(folder, name)?;
    Ok(true)
}

/// Whether some process has this id now.
fn is_alive(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| matches!(test_kill_process(pid), Ok(()) | Err(Errno::PERM)))
}
