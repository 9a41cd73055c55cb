//! What lies in an output before it is exchanged.
//!
//! Takes the output folder, gives its files as ours (listed, and still plain files) and foreign (everything else).
//! Must stay true: what is not surely ours is foreign, and a folder Proofbook did not write and did not list is
//! refused unless it is empty.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::guard::Output;
use super::manifest::{self, Manifest};
use super::{PublishError, PublishErrorKind};
use crate::path::RelativePath;

/// The content of an output folder; of an absent one, nothing.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The folder; `None` if it is not there.
    folder: Option<PathBuf>,
    ours: BTreeSet<RelativePath>,
    /// By path in the folder; parents before what lies in them.
    foreign: BTreeMap<PathBuf, Foreign>,
}

/// What a foreign path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foreign {
    /// A folder in which no listed file lies.
    Folder,
    /// A plain file.
    File,
    /// A symbolic link.
    Link,
    /// A pipe, a socket, a device.
    Special,
}

impl Standing {
    /// Reads `output`.
    pub(super) fn read(output: &Output) -> Result<Self, PublishError> {
        let folder = output.path();
        match folder.symlink_metadata() {
            Ok(there) if there.is_symlink() => return Err(PublishError::new(folder, PublishErrorKind::Link)),
            Ok(there) if !there.is_dir() => return Err(PublishError::new(folder, PublishErrorKind::NotAFolder)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(PublishError::io("look at", &folder, error)),
        }
        let read_error = |error| PublishError::io("read", &folder, error);
        let mount = mount_of(&folder).map_err(read_error)?;
        if mount != mount_of(output.parent()).map_err(read_error)? {
            let error = io::Error::other("it is a mount point");
            return Err(PublishError::new(folder, PublishErrorKind::CannotExchange(error)));
        }
        let manifest = match Manifest::read(&folder)? {
            Some(manifest) => manifest,
            None if fs::read_dir(&folder).map_err(read_error)?.next().is_none() => Manifest::default(),
            None => return Err(PublishError::new(folder, PublishErrorKind::NotOurs)),
        };
        Self { folder: Some(folder), ..Self::default() }.filled(&manifest, mount)
    }

    fn filled(mut self, manifest: &Manifest, mount: u64) -> Result<Self, PublishError> {
        let Some(folder) = &self.folder else { return Ok(self) };
        let our_folders: BTreeSet<&Path> =
            manifest.files.iter().flat_map(|file| Path::new(file.as_str()).ancestors().skip(1)).collect();
        for entry in WalkDir::new(folder).min_depth(1).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(folder).to_owned();
                PublishError::io("read", &path, error.into())
            })?;
            let Ok(path) = entry.path().strip_prefix(folder) else { continue };
            let kind = entry.file_type();
            if kind.is_dir() {
                // The old folder is removed at the end: a mount in it would be emptied with it.
                if mount_of(entry.path()).map_err(|error| PublishError::io("read", entry.path(), error))? != mount {
                    return Err(PublishError::new(entry.path(), PublishErrorKind::Mounted));
                }
                if !our_folders.contains(path) {
                    self.foreign.insert(path.to_owned(), Foreign::Folder);
                }
            } else if kind.is_file() {
                let listed = path.to_str().and_then(|path| RelativePath::parse(path).ok());
                match listed.filter(|path| manifest.files.contains(path)) {
                    Some(ours) => drop(self.ours.insert(ours)),
                    None if path == Path::new(manifest::FILE_NAME) => {}
                    None => drop(self.foreign.insert(path.to_owned(), Foreign::File)),
                }
            } else {
                let foreign = if kind.is_symlink() { Foreign::Link } else { Foreign::Special };
                self.foreign.insert(path.to_owned(), foreign);
            }
        }
        Ok(self)
    }

    /// Refuses a site that would take the place of something foreign.
    pub(super) fn check_conflicts(&self, files: &BTreeMap<RelativePath, Vec<u8>>) -> Result<(), PublishError> {
        let refuse = |foreign: &Path, site_file: &str| {
            let path = self.folder.as_deref().unwrap_or(Path::new("")).join(foreign);
            Err(PublishError::new(path, PublishErrorKind::Foreign { site_file: site_file.to_owned() }))
        };
        for file in files.keys() {
            let mut stands = Path::new(file.as_str()).ancestors().map(|path| (path, self.foreign.get(path)));
            if let Some((path, Some(_))) = stands.next() {
                return refuse(path, file.as_str());
            }
            if let Some((path, _)) = stands.find(|(_, there)| there.is_some_and(|&kind| kind != Foreign::Folder)) {
                return refuse(path, file.as_str());
            }
        }
        // The other way round: what was a folder of ours becomes a file, and something foreign lies in the folder.
        for foreign in self.foreign.keys() {
            let folders = foreign.ancestors().skip(1).filter_map(Path::to_str);
            for folder in folders.filter_map(|folder| RelativePath::parse(folder).ok()) {
                if files.contains_key(&folder) {
                    return refuse(foreign, folder.as_str());
                }
            }
        }
        Ok(())
    }

    /// How many of our files are not among `files`.
    pub(super) fn no_longer_in(&self, files: &BTreeMap<RelativePath, Vec<u8>>) -> usize {
        self.ours.iter().filter(|file| !files.contains_key(file)).count()
    }

    /// Whether the output is there at all.
    pub(super) fn exists(&self) -> bool {
        self.folder.is_some()
    }

    /// Where our file `path` stands, if it does.
    pub(super) fn our_file(&self, path: &RelativePath) -> Option<PathBuf> {
        self.ours.contains(path).then(|| self.absolute(Path::new(path.as_str()))).flatten()
    }

    /// Everything foreign with where it stands, parents first.
    pub(super) fn foreign(&self) -> impl Iterator<Item = (&Path, Foreign, PathBuf)> {
        self.foreign.iter().filter_map(|(path, &kind)| Some((path.as_path(), kind, self.absolute(path)?)))
    }

    /// The folder `path` of the output, if it is one; `""` is the output itself.
    pub(super) fn folder_like(&self, path: &Path) -> Option<Metadata> {
        self.absolute(path)?.symlink_metadata().ok().filter(Metadata::is_dir)
    }

    fn absolute(&self, path: &Path) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(path))
    }
}

/// What tells one mount from another: two mounts of one file system share its device number, but not this.
#[cfg(target_os = "linux")]
fn mount_of(folder: &Path) -> io::Result<u64> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
    use std::os::unix::fs::MetadataExt;

    match statx(CWD, folder, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::MNT_ID) {
        Ok(there) if there.stx_mask & StatxFlags::MNT_ID.bits() != 0 => Ok(there.stx_mnt_id),
        // Kernels before 5.8.
        _ => Ok(folder.symlink_metadata()?.dev()),
    }
}

#[cfg(not(target_os = "linux"))]
fn mount_of(folder: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;

    Ok(folder.symlink_metadata()?.dev())
}
