//! The only writer of pages: exchanges a page's text, whole or not at all.
//!
//! Must stay true: a page that is no longer what was read is left alone; a page is never half written, and keeps its
//! permissions and owner; nothing outside `content/` is written, wherever a link leads.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::path::RelativePath;

/// Why a page was not rewritten.
#[derive(Debug)]
pub enum RewriteError {
    /// It is not what was read any more.
    Changed {
        /// The page.
        file: PathBuf,
    },
    /// It may not be written.
    ReadOnly {
        /// The page.
        file: PathBuf,
    },
    /// It is a link to a file outside the folder of pages.
    LeadsOut {
        /// The page.
        file: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// The system refused.
    Refused {
        /// The page.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl fmt::Display for RewriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { file } => {
                write!(f, "{} was changed while its snippets ran, so it was left as it is", file.display())
            }
            Self::ReadOnly { file } => write!(f, "{} is read-only, so it was left as it is", file.display()),
            Self::LeadsOut { file, target } => {
                write!(
                    f,
                    "{} is a link to {}, outside the folder of pages, so it was left as it is",
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
            Self::LeadsOut { .. } => "write what is expected where the link leads, yourself",
            Self::Refused { .. } => "check that you may write to its folder, and the space left there",
        }
    }
}

/// Gives the page `path` below `content` the text `new`, if its text still is `old`.
pub fn rewrite(content: &Path, path: &RelativePath, old: &str, new: &str) -> Result<(), RewriteError> {
    let file = content.join(path.as_str());
    let refused = |error: io::Error| RewriteError::Refused { file: file.clone(), error };
    let (content, target) = (content.canonicalize().map_err(refused)?, file.canonicalize().map_err(refused)?);
    let Some(folder) = target.parent().filter(|folder| folder.starts_with(&content)) else {
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
    let name = format!(".{}.", path.file_name());
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
