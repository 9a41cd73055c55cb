//! The only writer of what authors write: exchanges the text of a page, or of the list of published addresses, whole or
//! not at all.
//!
//! Must stay true: a file that is no longer what was read is left alone; a file is never half written, and keeps its
//! permissions and owner; nothing outside `content/` but that list is written, wherever a link leads.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::path::RelativePath;

/// Why a file was not rewritten.
#[derive(Debug)]
pub enum RewriteError {
    /// It is not what was read any more.
    Changed {
        /// The file.
        file: PathBuf,
    },
    /// It may not be written.
    ReadOnly {
        /// The file.
        file: PathBuf,
    },
    /// It is a link to a file outside the folder it belongs to.
    LeadsOut {
        /// The file.
        file: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// The system refused.
    Refused {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl fmt::Display for RewriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { file } => {
                write!(f, "{} was changed meanwhile, so it was left as it is", file.display())
            }
            Self::ReadOnly { file } => write!(f, "{} is read-only, so it was left as it is", file.display()),
            Self::LeadsOut { file, target } => {
                write!(
                    f,
                    "{} is a link to {}, outside the folder it stands in, so it was left as it is",
                    file.display(),
                    target.display()
                )
            }
            Self::Refused { file, error } => {
                write!(f, "{} cannot be rewritten, and was left as it is: {error}", file.display())
            }
        }
    }
}

impl std::error::Error for RewriteError {}

impl RewriteError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "run it again",
            Self::ReadOnly { .. } => "make it writable, and run it again",
            Self::LeadsOut { .. } => "change the file that the link leads to, yourself",
            Self::Refused { .. } => "check that you may write to its folder, and the space left there",
        }
    }
}

/// Gives the page `path` below `content` the text `new`, if its text still is `old`.
pub fn rewrite(content: &Path, path: &RelativePath, old: &str, new: &str) -> Result<(), RewriteError> {
    exchange(content, content.join(path.as_str()), old, new)
}

/// Gives the file `name` in `root` the text `new`, if its text still is `old`; with no `old`, if it is not there yet.
pub fn rewrite_list(root: &Path, name: &str, old: Option<&str>, new: &str) -> Result<(), RewriteError> {
    let file = root.join(name);
    let Some(old) = old else {
        let refused = |error: io::Error| RewriteError::Refused { file: file.clone(), error };
        let mut beside = beside(name, root).map_err(refused)?;
        beside.write_all(new.as_bytes()).map_err(refused)?;
        return match beside.persist_noclobber(&file) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(RewriteError::Changed { file }),
            Err(error) => Err(RewriteError::Refused { file, error: error.error }),
        };
    };
    exchange(root, file, old, new)
}

/// Files are made with the permissions that the caller's umask leaves.
#[cfg(unix)]
fn beside(name: &str, folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    let permissions = fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(&format!(".{name}.")).permissions(permissions).tempfile_in(folder)
}

#[cfg(not(unix))]
fn beside(name: &str, folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(&format!(".{name}.")).tempfile_in(folder)
}

/// Gives `file` the text `new`, if its text still is `old` and it lies in `around`.
fn exchange(around: &Path, file: PathBuf, old: &str, new: &str) -> Result<(), RewriteError> {
    let refused = |error: io::Error| RewriteError::Refused { file: file.clone(), error };
    let (around, target) = (around.canonicalize().map_err(refused)?, file.canonicalize().map_err(refused)?);
    let Some(folder) = target.parent().filter(|folder| folder.starts_with(&around)) else {
        return Err(RewriteError::LeadsOut { file, target });
    };
    let metadata = fs::metadata(&target).map_err(refused)?;
    // A rename would not ask.
    if metadata.permissions().readonly() {
        return Err(RewriteError::ReadOnly { file });
    }
    let is_same = || -> Result<bool, RewriteError> { Ok(fs::read(&target).map_err(refused)? == old.as_bytes()) };
    if !is_same()? {
        return Err(RewriteError::Changed { file });
    }
    // Beside it, so that it can be renamed; a name with a dot in front is never a page.
    let name = format!(".{}.", file.file_name().unwrap_or_default().to_string_lossy());
    let mut beside = tempfile::Builder::new().prefix(&name).tempfile_in(folder).map_err(refused)?;
    beside.write_all(new.as_bytes()).map_err(refused)?;
    keep_owner(beside.path(), &metadata).map_err(refused)?;
    fs::set_permissions(beside.path(), metadata.permissions()).map_err(refused)?;
    if !is_same()? {
        return Err(RewriteError::Changed { file });
    }
    beside.persist(&target).map_err(|error| RewriteError::Refused { file: file.clone(), error: error.error })?;
    Ok(())
}

/// Gives the file at `path` the owner of the one it is to replace.
#[cfg(unix)]
fn keep_owner(path: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let own = fs::metadata(path)?;
    if (own.uid(), own.gid()) == (metadata.uid(), metadata.gid()) {
        return Ok(());
    }
    chown(path, Some(metadata.uid()), Some(metadata.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            let folder = Self(tempfile::tempdir().unwrap());
            fs::create_dir_all(folder.content().join("do")).unwrap();
            fs::write(folder.content().join("do/a.md"), "old").unwrap();
            folder
        }

        fn content(&self) -> PathBuf {
            self.0.path().join("content")
        }

        fn rewrite(&self, path: &str, old: &str) -> Result<(), RewriteError> {
            rewrite(&self.content(), &RelativePath::parse(path).unwrap(), old, "new")
        }

        fn text(&self, path: &str) -> String {
            assert_eq!(fs::read_dir(self.content().join("do")).unwrap().count(), 1, "nothing is left beside it");
            fs::read_to_string(self.content().join(path)).unwrap()
        }
    }

    #[test]
    fn the_text_is_exchanged_and_the_permissions_stay() {
        let folder = Folder::new();
        let file = folder.content().join("do/a.md");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        folder.rewrite("do/a.md", "old").unwrap();
        assert_eq!(folder.text("do/a.md"), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn what_was_changed_or_is_read_only_is_left() {
        let folder = Folder::new();
        assert!(matches!(folder.rewrite("do/a.md", "older"), Err(RewriteError::Changed { .. })));
        let file = folder.content().join("do/a.md");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(matches!(folder.rewrite("do/a.md", "old"), Err(RewriteError::ReadOnly { .. })));
        assert_eq!(folder.text("do/a.md"), "old");
        assert!(matches!(folder.rewrite("do/b.md", "old"), Err(RewriteError::Refused { .. })));
    }

    #[test]
    fn a_list_is_made_once_and_then_exchanged() {
        let folder = Folder::new();
        let root = folder.0.path();
        let write = |old: Option<&str>, new: &str| rewrite_list(root, "list.txt", old, new);
        write(None, "a").unwrap();
        assert!(matches!(write(None, "b"), Err(RewriteError::Changed { .. })));
        assert!(matches!(write(Some("b"), "c"), Err(RewriteError::Changed { .. })));
        write(Some("a"), "d").unwrap();
        assert_eq!(fs::read_to_string(root.join("list.txt")).unwrap(), "d");
        assert_ne!(
            fs::metadata(root.join("list.txt")).unwrap().permissions().mode() & 0o777,
            0o600,
            "not only its own"
        );
        assert_eq!(fs::read_dir(root).unwrap().count(), 2, "nothing is left beside it");
    }

    #[test]
    fn a_link_is_followed_within_the_pages_only() {
        let folder = Folder::new();
        symlink("do/a.md", folder.content().join("b.md")).unwrap();
        folder.rewrite("b.md", "old").unwrap();
        assert_eq!(folder.text("do/a.md"), "new");
        assert!(folder.content().join("b.md").is_symlink());
        fs::write(folder.0.path().join("out.md"), "old").unwrap();
        symlink("../out.md", folder.content().join("c.md")).unwrap();
        assert!(matches!(folder.rewrite("c.md", "old"), Err(RewriteError::LeadsOut { .. })));
        assert_eq!(fs::read_to_string(folder.0.path().join("out.md")).unwrap(), "old");
    }
}
