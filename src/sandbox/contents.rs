//! What lies in a work folder, and how two such states differ.
//!
//! Names and bytes, no more: times and permissions are no part of it. No link is ever followed.

use std::collections::BTreeMap;
use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::SandboxError;
use crate::runbook::effect::ObjectChange;
use crate::runbook::outcome::FileChange;

/// Everything in a folder at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderState {
    entries: BTreeMap<PathBuf, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Folder,
    /// By its bytes.
    File([u8; 32]),
    /// By where it leads.
    Link(PathBuf),
    /// A FIFO, a socket, a device.
    Other(&'static str),
}

impl FolderState {
    /// What lies in `folder` now.
    pub(super) fn read(folder: &Path) -> Result<Self, SandboxError> {
        let mut entries = BTreeMap::new();
        for found in WalkDir::new(folder).min_depth(1).follow_links(false) {
            let found = found.map_err(SandboxError::io("look into", folder))?;
            let path = found.path();
            let entry = Entry::read(path, found.file_type()).map_err(SandboxError::io("read", path))?;
            entries.insert(path.strip_prefix(folder).unwrap_or(path).to_path_buf(), entry);
        }
        Ok(Self { entries })
    }

    /// What is different in `later`, in order of path.
    pub fn changes(&self, later: &Self) -> Vec<FileChange> {
        let mut changes: Vec<(&Path, ObjectChange)> = Vec::new();
        for (path, entry) in &self.entries {
            match later.entries.get(path) {
                None => changes.push((path, ObjectChange::Removed)),
                Some(now) if now != entry => changes.push((path, ObjectChange::Changed)),
                Some(_) => {}
            }
        }
        let added = later.entries.keys().filter(|path| !self.entries.contains_key(*path));
        changes.extend(added.map(|path| (path.as_path(), ObjectChange::Added)));
        changes.sort();
        let told = |(path, change): (&Path, ObjectChange)| FileChange { path: path.display().to_string(), change };
        changes.into_iter().map(told).collect()
    }
}

impl Entry {
    fn read(path: &Path, kind: FileType) -> io::Result<Self> {
        Ok(if kind.is_dir() {
            Self::Folder
        } else if kind.is_symlink() {
            Self::Link(path.read_link()?)
        } else if kind.is_file() {
            Self::File(hash(path)?)
        } else if kind.is_fifo() {
            Self::Other("fifo")
        } else if kind.is_socket() {
            Self::Other("socket")
        } else {
            Self::Other("device")
        })
    }
}

fn hash(path: &Path) -> io::Result<[u8; 32]> {
    // Should the file have become a link or a FIFO since it was listed, nothing is followed and nothing waits.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut file: File = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            n_bytes => hash.update(&buffer[..n_bytes]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn names_bytes_and_links_count_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir_all(at("a/b")).unwrap();
        for (name, text) in [("same", "x"), ("a/changed", "x"), ("a/b/removed", "x"), ("becomes a folder", "x")] {
            fs::write(at(name), text).unwrap();
        }
        symlink(outside.path(), at("out")).unwrap();
        symlink("nowhere", at("link")).unwrap();
        let before = FolderState::read(folder.path()).unwrap();

        fs::write(outside.path().join("new"), "").unwrap();
        fs::write(at("same"), "x").unwrap();
        assert_eq!(before.changes(&FolderState::read(folder.path()).unwrap()), [], "what is outside is not looked at");

        fs::write(at("a/changed"), "y").unwrap();
        fs::remove_dir_all(at("a/b")).unwrap();
        fs::remove_file(at("becomes a folder")).unwrap();
        fs::create_dir(at("becomes a folder")).unwrap();
        fs::remove_file(at("link")).unwrap();
        symlink("elsewhere", at("link")).unwrap();
        fs::write(at("a/added"), "").unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("fifo"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        let after = FolderState::read(folder.path()).unwrap();
        let told = |changes: Vec<FileChange>| -> Vec<String> {
            changes.into_iter().map(|found| format!("{:?} {}", found.change, found.path)).collect()
        };
        let expected = [
            "Added a/added",
            "Removed a/b",
            "Removed a/b/removed",
            "Changed a/changed",
            "Changed becomes a folder",
            "Added fifo",
            "Changed link",
        ];
        assert_eq!(told(before.changes(&after)), expected);
        assert_eq!(after.changes(&after), []);
    }
}
