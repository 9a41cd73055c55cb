//! A first site for `proofbook init`: small, working, proved.
//!
//! Takes a folder, writes the files of `site/` into it. Must stay true: nothing that is there is overwritten, and
//! `proofbook build --verify` in the result passes.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files, each with its text.
const FILES: [(&str, &str); 7] = [
    ("proofbook.toml", include_str!("site/proofbook.toml")),
    ("content/index.md", include_str!("site/index.md")),
    ("content/runbooks/index.md", include_str!("site/runbooks/index.md")),
    ("content/runbooks/close-an-account.md", include_str!("site/runbooks/close-an-account.md")),
    ("content/_databases/shop/schema.sql", include_str!("site/schema.sql")),
    ("content/_databases/shop/seed.sql", include_str!("site/seed.sql")),
    (".gitignore", "/public/\n/.proofbook/\n"),
];

/// Why no site was made.
#[derive(Debug)]
pub enum ScaffoldError {
    /// There is something in the way.
    Exists {
        /// What.
        path: PathBuf,
    },
    /// The system refused to write.
    Unwritable {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl fmt::Display for ScaffoldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists { path } => write!(f, "{} is already there; nothing was written", path.display()),
            Self::Unwritable { path, error } => write!(f, "{} cannot be written: {error}", path.display()),
        }
    }
}

impl std::error::Error for ScaffoldError {}

impl ScaffoldError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "choose an empty folder: `proofbook init DIR`",
            Self::Unwritable { .. } => "check the folder's rights and the space left",
        }
    }
}

/// Writes the site into `folder`, made if it is not there. Gives the paths written.
pub fn write(folder: &Path) -> Result<Vec<&'static str>, ScaffoldError> {
    // `content` and the configuration make a project; single files beside them (a `.gitignore`) may be there.
    let in_the_way = ["content", "proofbook.toml"].iter().map(|name| folder.join(name)).find(|path| path.exists());
    if let Some(path) = in_the_way {
        return Err(ScaffoldError::Exists { path });
    }
    let mut written = Vec::new();
    for (name, text) in FILES {
        let path = folder.join(name);
        if path.exists() {
            continue;
        }
        let write = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, text)
        };
        write().map_err(|error| ScaffoldError::Unwritable { path: path.clone(), error })?;
        written.push(name);
    }
    Ok(written)
}
