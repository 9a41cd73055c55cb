//! The new site, made complete in a folder beside the output.
//!
//! Takes files and what stands in the output, gives a folder `.NAME.proofbook-new-PROCESS` that can take its place.
//! Must stay true: nothing in the output changes (a hard link shares a file, it does not touch it), and a staging
//! folder that is not exchanged is removed with its value.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::guard::Output;
use super::manifest::{self, Manifest};
use super::removal::remove_tree;
use super::standing::{Foreign, Standing};
use super::{PublishError, PublishErrorKind};
use crate::path::RelativePath;

/// A site in the making.
#[derive(Debug)]
pub(super) struct Staging {
    folder: PathBuf,
    /// The folders made so far, parents before what lies in them.
    made: RefCell<BTreeSet<PathBuf>>,
}

impl Staging {
    /// Makes the folder, empty.
    pub(super) fn make(output: &Output, standing: &Standing) -> Result<Self, PublishError> {
        let folder = output.beside(&format!("new-{}", std::process::id()));
        fs::create_dir(&folder).map_err(|error| PublishError::io("make the folder", &folder, error))?;
        let staging = Self { folder, made: RefCell::default() };
        staging.take_after(Path::new(""), standing)?;
        Ok(staging)
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts `bytes` at `path`; whether they already stood there in the output, and so kept their file.
    pub(super) fn put(&self, path: &RelativePath, bytes: &[u8], standing: &Standing) -> Result<bool, PublishError> {
        self.make_folder(Path::new(path.folder()), standing)?;
        let to = self.folder.join(path.as_str());
        if let Some(from) = standing.our_file(path).filter(|from| holds(from, bytes)) {
            link_or_copy(&from, &to)?;
            return Ok(true);
        }
        write_new(&to, bytes).map(|()| false)
    }

    /// Puts the list of what Proofbook wrote.
    pub(super) fn put_list(&self, manifest: &Manifest) -> Result<(), PublishError> {
        write_new(&self.folder.join(manifest::FILE_NAME), &manifest.bytes())
    }

    /// Takes along everything foreign in the output; how many files, links and empty folders that were.
    pub(super) fn carry_over(&self, standing: &Standing) -> Result<usize, PublishError> {
        let mut count = 0;
        for (path, kind, from) in standing.foreign() {
            let to = self.folder.join(path);
            match kind {
                Foreign::Folder => {
                    self.make_folder(path, standing)?;
                    let mut entries = fs::read_dir(&from).map_err(|error| PublishError::io("read", &from, error))?;
                    count += usize::from(entries.next().is_none());
                    continue;
                }
                Foreign::File => {
                    self.make_folder(path.parent().unwrap_or(Path::new("")), standing)?;
                    link_or_copy(&from, &to)?;
                }
                Foreign::Link => {
                    self.make_folder(path.parent().unwrap_or(Path::new("")), standing)?;
                    let copied = fs::read_link(&from).and_then(|target| symlink(target, &to));
                    copied.map_err(|error| PublishError::io("carry over", &from, error))?;
                }
                Foreign::Special => {
                    self.make_folder(path.parent().unwrap_or(Path::new("")), standing)?;
                    fs::hard_link(&from, &to).map_err(|error| PublishError::io("carry over", &from, error))?;
                }
            }
            count += 1;
        }
        Ok(count)
    }

    /// Gives every folder that also stands in the output the permissions it has there.
    pub(super) fn finish(&self, standing: &Standing) -> Result<(), PublishError> {
        // Innermost first: a folder without write permission must be filled before it gets it.
        for path in self.made.borrow().iter().rev() {
            if let Some(like) = standing.folder_like(path) {
                self.set_permissions(path, like.permissions())?;
            }
        }
        if let Some(like) = standing.folder_like(Path::new("")) {
            self.set_permissions(Path::new(""), like.permissions())?;
        }
        Ok(())
    }

    fn make_folder(&self, path: &Path, standing: &Standing) -> Result<(), PublishError> {
        if path == Path::new("") || self.made.borrow().contains(path) {
            return Ok(());
        }
        self.make_folder(path.parent().unwrap_or(Path::new("")), standing)?;
        let folder = self.folder.join(path);
        fs::create_dir(&folder).map_err(|error| PublishError::io("make the folder", &folder, error))?;
        self.made.borrow_mut().insert(path.to_owned());
        self.take_after(path, standing)
    }

    /// Gives the new folder `path` the group and permissions it has in the output, kept writable for now.
    ///
    /// A web root shared by a group (`chmod g+s`) would otherwise be lost to that group with every build.
    fn take_after(&self, path: &Path, standing: &Standing) -> Result<(), PublishError> {
        let Some(like) = standing.folder_like(path) else { return Ok(()) };
        let folder = self.folder.join(path);
        if folder.symlink_metadata().is_ok_and(|made| made.gid() != like.gid()) {
            // Only a member of the group may give it away; without it the site is still right.
            let _ = std::os::unix::fs::chown(&folder, None, Some(like.gid()));
        }
        self.set_permissions(path, Permissions::from_mode(like.mode() & 0o7777 | 0o700))
    }

    fn set_permissions(&self, path: &Path, permissions: Permissions) -> Result<(), PublishError> {
        let folder = self.folder.join(path);
        fs::set_permissions(&folder, permissions)
            .map_err(|error| PublishError::io("set the permissions of", &folder, error))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After an exchange the old site has this name. A failure leaves a folder that the next build removes.
        let _ = remove_tree(&self.folder);
    }
}

fn holds(file: &Path, bytes: &[u8]) -> bool {
    let same_size = file.symlink_metadata().is_ok_and(|there| there.is_file() && there.len() == bytes.len() as u64);
    same_size && fs::read(file).is_ok_and(|there| there == bytes)
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
    // `create_new`: on a file system that takes `A.html` and `a.html` for one name, the second is an error.
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    opened.and_then(|mut file| file.write_all(bytes)).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => PublishError::new(path, PublishErrorKind::Clash),
        _ => PublishError::io("write", path, error),
    })
}

/// The same file under another name; where links are not possible, a copy with its permissions and times.
fn link_or_copy(from: &Path, to: &Path) -> Result<(), PublishError> {
    match fs::hard_link(from, to) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(PublishError::new(to, PublishErrorKind::Clash));
        }
        // One more reason than in `standing`: a bind mount has the same device number.
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            return Err(PublishError::new(from, PublishErrorKind::Mounted));
        }
        Err(_) => {}
    }
    let copy = || -> io::Result<()> {
        fs::copy(from, to)?;
        let there = from.symlink_metadata()?;
        let times = fs::FileTimes::new().set_modified(there.modified()?);
        fs::File::open(to)?.set_times(times)
    };
    copy().map_err(|error| PublishError::io("carry over", from, error))
}
