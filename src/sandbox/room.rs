//! One page's private folder and what is in it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat};
use rustix::io::Errno;

use super::SandboxError;
use super::confine::{MOUNT_POINT, PROGRAMS};
use super::connection::Connection;
use super::contents::FolderState;
use super::marked::end_marked;
use super::wire::Request;
use crate::path::RelativePath;

/// The environment variable by which the processes of a room are known.
pub const MARKER: &str = "PROOFBOOK_ROOM";

/// What every room's folder is called: this, the process id of its Proofbook, `-`, random letters.
pub(super) const PREFIX: &str = "proofbook-";

/// What a room that was kept is called instead.
const KEPT: &str = "proofbook-kept-";

/// A private folder that lasts as long as the run of one page, and the processes started with its environment.
///
/// Dropping it closes it too, but only [`Room::close`] says if that failed.
#[derive(Debug)]
pub struct Room {
    folder: PathBuf,
    name: String,
    /// Held for the room's whole life; the system lets go of it when Proofbook dies, however it dies. That is how
    /// [`super::sweep`] tells a living room from a left one.
    lock: Option<OwnedFd>,
    /// Its supervisors; as a rule one.
    supervisors: Mutex<Vec<Arc<Connection>>>,
}

impl Room {
    /// Makes a room below `parent`: a folder only this user can enter, with the folders named below in it.
    pub fn create(parent: &Path) -> Result<Self, SandboxError> {
        // With links resolved the shell's `pwd` shows the same path as ours.
        let parent = parent.canonicalize().map_err(SandboxError::io("use the folder", parent))?;
        let room = loop {
            let folder = tempfile::Builder::new()
                .prefix(&format!("{PREFIX}{}-", std::process::id()))
                .rand_bytes(10)
                .permissions(fs::Permissions::from_mode(0o700))
                .tempdir_in(&parent)
                .map_err(SandboxError::io("make a folder in", &parent))?
                .keep();
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match lock_folder(&folder, FlockOperation::LockExclusive) {
                Ok(Some(lock)) => break Self { folder, name, lock: Some(lock), supervisors: Mutex::default() },
                // A sweep in another container took the folder for a dead one's before it was locked.
                Ok(None) => {}
                Err(error) => {
                    let _ = fs::remove_dir(&folder);
                    return Err(error);
                }
            }
        };
        let parts = [room.work(), room.home(), room.tmp(), room.private(), room.database(), room.bin()];
        for part in parts.into_iter().chain([room.folder.join(MOUNT_POINT)]) {
            fs::create_dir(&part).map_err(SandboxError::io("make the folder", &part))?;
            // Whatever the caller's umask is, `ls -l` in a page shows the same.
            let mode = if part == room.private() { 0o700 } else { 0o755 };
            fs::set_permissions(&part, fs::Permissions::from_mode(mode))
                .map_err(SandboxError::io("set the permissions of", &part))?;
        }
        Ok(room)
    }

    /// The room's own folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The work folder: where the page's snippets start, and where its files are written.
    pub fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// The snippets' `HOME`, empty at first.
    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// The snippets' `TMPDIR`, empty at first.
    pub fn tmp(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// Where Proofbook keeps what the snippets need but do not see: the shell's own files.
    pub fn private(&self) -> PathBuf {
        self.folder.join("private")
    }

    /// Where the throwaway database lies, for Proofbook and the snippets' own programs alike.
    pub fn database(&self) -> PathBuf {
        self.folder.join("database")
    }

    /// The programs Proofbook puts first on the snippets' `PATH`; they can read there, not write.
    pub fn bin(&self) -> PathBuf {
        self.folder.join(PROGRAMS)
    }

    /// Writes `text` as an executable script called `name` into [`Room::bin`].
    pub fn add_program(&self, name: &str, text: &[u8]) -> Result<(), SandboxError> {
        let path = self.bin().join(name);
        fs::write(&path, text).map_err(SandboxError::io("write", &path))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
            .map_err(SandboxError::io("set the permissions of", &path))
    }

    /// The room's name: that of its folder.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// One more holder of the room's lock.
    pub(super) fn lock(&self) -> Result<Stdio, SandboxError> {
        let lock = self.lock.as_ref().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
        let held = lock.and_then(OwnedFd::try_clone).map_err(SandboxError::io("hold the lock of", &self.folder))?;
        Ok(held.into())
    }

    /// From now on this room's end is that of what `connection` leads to.
    pub(super) fn is_kept_by(&self, connection: &Arc<Connection>) {
        self.supervisors.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(connection));
    }

    /// The whole environment of the room's processes, in order of name; `path` is where programs are looked for.
    ///
    /// Everything else is fixed, so that output does not depend on who runs it where. Started with anything less, a
    /// process is not the room's: the marker is one of the variables.
    pub fn environment(&self, path: &str) -> Vec<(String, String)> {
        let folder = |path: PathBuf| path.to_string_lossy().into_owned();
        let mut environment: Vec<(String, String)> = [
            ("COLUMNS", "80"),
            ("DEBIAN_FRONTEND", "noninteractive"),
            ("GIT_PAGER", "cat"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("LC_ALL", "C.UTF-8"),
            ("PAGER", "cat"),
            ("PATH", &first(&self.bin(), path)),
            ("TERM", "dumb"),
            ("TZ", "UTC"),
            (MARKER, &self.name),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        environment.push(("HOME".into(), folder(self.home())));
        environment.push(("TMPDIR".into(), folder(self.tmp())));
        environment.sort();
        environment
    }

    /// Writes `text` to `path` in the work folder, making the folders above it.
    ///
    /// No part of the path may be a symbolic link, whoever made it: a snippet's `ln -s / out` must not turn the next
    /// `file=out/…` into a write to the caller's files. An existing file is emptied and keeps its permissions.
    pub fn write(&self, path: &RelativePath, text: &[u8]) -> Result<(), SandboxError> {
        let mut at = self.work();
        for part in path.folder().split('/').filter(|part| !part.is_empty()) {
            at.push(part);
            // Folders are refused as links one by one, from the work folder down. Nothing else in the room runs
            // while Proofbook writes (snippets of a page come in order), so looking and then going is safe enough.
            match DirBuilder::new().mode(0o755).create(&at) {
                Ok(()) => fs::set_permissions(&at, fs::Permissions::from_mode(0o755))
                    .map_err(SandboxError::io("set the permissions of", &at))?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let kind = fs::symlink_metadata(&at).map_err(SandboxError::io("look at", &at))?.file_type();
                    if kind.is_symlink() {
                        return Err(SandboxError::Link { path: at });
                    }
                    if !kind.is_dir() {
                        return Err(SandboxError::InTheWay { path: at });
                    }
                }
                Err(error) => return Err(SandboxError::io("make the folder", &at)(error)),
            }
        }
        at.push(path.file_name());
        write_file(&at, text)
    }

    /// What lies in the work folder now.
    pub fn files(&self) -> Result<FolderState, SandboxError> {
        FolderState::read(&self.work())
    }

    /// Ends every process of the room; its folder stays, and so do its supervisors.
    pub fn end_processes(&self) -> Result<(), SandboxError> {
        let supervisors = self.supervisors.lock().unwrap_or_else(PoisonError::into_inner).clone();
        supervisors.iter().try_for_each(|supervisor| supervisor.end(&Request::EndAll))
    }

    /// Ends every process of the room and removes its folder.
    pub fn close(mut self) -> Result<(), SandboxError> {
        self.clear()
    }

    /// What its folder is called once it is kept.
    pub fn kept_folder(&self) -> PathBuf {
        self.folder.with_file_name(self.name.replacen(PREFIX, KEPT, 1))
    }

    /// Ends every process of the room and leaves its folder, under a name that no sweep takes for a room's.
    pub fn keep(mut self) -> Result<PathBuf, SandboxError> {
        let Some(_lock) = self.lock.take() else { return Ok(self.folder.clone()) };
        let ended = self.end_supervisors(false).and_then(|()| end_processes(&self.folder, &self.name));
        let kept = self.kept_folder();
        fs::rename(&self.folder, &kept).map_err(SandboxError::io("rename the folder", &self.folder))?;
        // Nothing is mounted there any more.
        let _ = fs::remove_dir(kept.join(MOUNT_POINT));
        ended.map(|()| kept)
    }

    fn clear(&mut self) -> Result<(), SandboxError> {
        let Some(lock) = self.lock.take() else { return Ok(()) };
        let ended = self.end_supervisors(true);
        let result = clear(&self.folder, &self.name);
        // Only now may a sweep look at what is left, if anything is.
        drop(lock);
        // A supervisor that is gone was said to be when it was missed; what counts here is that nothing is left.
        match ended {
            Err(SandboxError::Processes { .. }) => result.and(ended),
            _ => result,
        }
    }

    fn end_supervisors(&self, remove: bool) -> Result<(), SandboxError> {
        let supervisors = std::mem::take(&mut *self.supervisors.lock().unwrap_or_else(PoisonError::into_inner));
        supervisors.iter().map(|supervisor| supervisor.close(remove)).fold(Ok(()), Result::and)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // Nobody is left to tell; the next start's sweep tries again.
        let _ = self.clear();
    }
}

/// Ends the processes marked with `name`, then removes `folder`; the folder goes even if a process stays.
pub(super) fn clear(folder: &Path, name: &str) -> Result<(), SandboxError> {
    let ended = end_processes(folder, name);
    remove_folder(folder).and(ended)
}

fn end_processes(folder: &Path, name: &str) -> Result<(), SandboxError> {
    end_marked(&format!("{MARKER}={name}"))
        .map_err(|pids| SandboxError::Processes { folder: folder.to_path_buf(), pids })
}

/// `path` with `folder` before all others.
fn first(folder: &Path, path: &str) -> String {
    let folder = folder.to_string_lossy();
    if path.is_empty() { folder.into_owned() } else { format!("{folder}:{path}") }
}

/// Opens `folder` and locks it. `None` if another holds the lock, or if the folder is no longer there to be held.
pub(super) fn lock_folder(folder: &Path, how: FlockOperation) -> Result<Option<OwnedFd>, SandboxError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = match rustix::fs::open(folder, flags, Mode::empty()) {
        Ok(opened) => opened,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(SandboxError::io("open the folder", folder)(error)),
    };
    match flock(&opened, how) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Ok(None),
        Err(error) => return Err(SandboxError::io("lock the folder", folder)(error)),
    }
    // Between opening and locking, whoever held the lock may have removed the folder.
    let held = fstat(&opened).map_err(SandboxError::io("look at", folder))?;
    let there =
        fs::symlink_metadata(folder).is_ok_and(|found| (found.dev(), found.ino()) == (held.st_dev, held.st_ino));
    Ok(there.then_some(opened))
}

fn write_file(path: &Path, text: &[u8]) -> Result<(), SandboxError> {
    // Opening a FIFO without O_NONBLOCK would wait for a reader forever.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let open = |create: bool| -> io::Result<File> {
        OpenOptions::new().write(true).create_new(create).custom_flags(flags).mode(0o644).open(path)
    };
    let mut file = match open(true) {
        Ok(file) => {
            file.set_permissions(fs::Permissions::from_mode(0o644))
                .map_err(SandboxError::io("set the permissions of", path))?;
            file
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let kind = fs::symlink_metadata(path).map_err(SandboxError::io("look at", path))?.file_type();
            if kind.is_symlink() {
                return Err(SandboxError::Link { path: path.to_path_buf() });
            }
            if !kind.is_file() {
                return Err(SandboxError::InTheWay { path: path.to_path_buf() });
            }
            let file = open(false).map_err(SandboxError::io("write", path))?;
            file.set_len(0).map_err(SandboxError::io("empty", path))?;
            file
        }
        Err(error) => return Err(SandboxError::io("write", path)(error)),
    };
    file.write_all(text).map_err(SandboxError::io("write", path))
}

/// Removes `folder` and everything in it, folders without write permission included.
pub(super) fn remove_folder(folder: &Path) -> Result<(), SandboxError> {
    let mut removed = fs::remove_dir_all(folder);
    for _ in 0..3 {
        match &removed {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) => {}
        }
        open_up(folder);
        removed = fs::remove_dir_all(folder);
    }
    removed.map_err(SandboxError::io("remove the folder", folder))
}

/// Gives the owner every right on `folder` and the folders in it. What cannot be opened, the removal reports.
fn open_up(folder: &Path) {
    // `symlink_metadata` and the check below keep this from following a link out of the room.
    let Ok(found) = fs::symlink_metadata(folder) else { return };
    if !found.is_dir() {
        return;
    }
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        open_up(&entry.path());
    }
}
