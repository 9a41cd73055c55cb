//! Why a site was not published: what happened, to which path, and what to do about it.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// Why a site was not published. The output is as it was.
#[derive(Debug)]
pub struct PublishError {
    /// The file or folder it happened to.
    pub path: PathBuf,
    /// What happened.
    pub kind: PublishErrorKind,
}

/// What happened to the path of a [`PublishError`].
#[derive(Debug)]
pub enum PublishErrorKind {
    /// The output (the path) would overwrite sources.
    Source {
        /// How the output lies to them.
        relation: Relation,
        /// The source folder, or the project's root.
        source: PathBuf,
    },
    /// The output is a symbolic link.
    Link,
    /// The output is neither a folder nor free.
    NotAFolder,
    /// The output holds files but no list of what Proofbook wrote.
    NotOurs,
    /// The list of what Proofbook wrote cannot be read; the text says why.
    BrokenList(String),
    /// The path, which Proofbook did not write, stands where this file of the site belongs.
    Foreign {
        /// The file of the site.
        site_file: String,
    },
    /// The site has two files that cannot both exist, or one with the list's name; the path is one of them.
    Clash,
    /// A folder inside the output is a mount point, which an exchange would tear out.
    Mounted,
    /// Another build holds the output; its process, if it is known.
    Busy(Option<u32>),
    /// The output cannot change places with the new site (it is a mount point, or on a layered file system).
    CannotExchange(io::Error),
    /// The system refused; the text says what, as in "cannot TEXT PATH".
    Io(&'static str, io::Error),
}

/// How an output lies to a folder it must keep away from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// It is the folder.
    Is,
    /// It holds the folder.
    Holds,
    /// It lies in the folder.
    LiesIn,
}

impl PublishError {
    pub(super) fn new(path: impl Into<PathBuf>, kind: PublishErrorKind) -> Self {
        Self { path: path.into(), kind }
    }

    pub(super) fn io(doing: &'static str, path: &Path, error: io::Error) -> Self {
        Self::new(path, PublishErrorKind::Io(doing, error))
    }

    /// What to do about it, as one sentence; `None` where the system's own message says all there is.
    pub fn hint(&self) -> Option<String> {
        let path = self.path.display();
        Some(match &self.kind {
            PublishErrorKind::Source { .. } => {
                "name a folder that holds nothing else, such as `public` in the project".to_owned()
            }
            PublishErrorKind::Link => {
                "name the folder the link leads to, or remove the link: publishing exchanges the folder itself"
                    .to_owned()
            }
            PublishErrorKind::NotAFolder => format!("remove `{path}`, or name another folder"),
            PublishErrorKind::NotOurs => {
                format!("name another folder, or empty `{path}` yourself if nothing in it is needed")
            }
            PublishErrorKind::BrokenList(_) => {
                "bring the file back, or remove the whole output folder if nothing foreign in it is needed".to_owned()
            }
            PublishErrorKind::Foreign { .. } => format!("move `{path}` away, or give the page another name"),
            PublishErrorKind::Clash => "give one of them another name".to_owned(),
            PublishErrorKind::Mounted => "unmount it, or name an output without mounts in it".to_owned(),
            PublishErrorKind::Busy(_) => "wait until that build has ended, then build again".to_owned(),
            PublishErrorKind::CannotExchange(_) => {
                let inside = self.path.join("site");
                format!("name a folder inside it, such as `{}`, or remove it if it can be removed", inside.display())
            }
            PublishErrorKind::Io(_, error) if error.kind() == io::ErrorKind::StorageFull => {
                "free some space: the old and the new site stand side by side for a moment".to_owned()
            }
            PublishErrorKind::Io(..) => return None,
        })
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.kind {
            PublishErrorKind::Source { relation, source } => {
                let source = source.display();
                match relation {
                    Relation::Is => write!(f, "the output `{path}` is the folder `{source}`, which holds sources"),
                    Relation::Holds => write!(f, "the output `{path}` holds the folder `{source}` with sources"),
                    Relation::LiesIn => write!(f, "the output `{path}` lies in the folder `{source}` with sources"),
                }
            }
            PublishErrorKind::Link => write!(f, "the output `{path}` is a symbolic link"),
            PublishErrorKind::NotAFolder => write!(f, "the output `{path}` is not a folder"),
            PublishErrorKind::NotOurs => {
                write!(f, "the output `{path}` is not empty, and nothing in it says that Proofbook wrote it")
            }
            PublishErrorKind::BrokenList(why) => {
                write!(f, "the list of what Proofbook wrote, `{path}`, cannot be read: {why}")
            }
            PublishErrorKind::Foreign { site_file } => {
                write!(f, "`{path}`, which Proofbook did not write, stands where `{site_file}` of the site belongs")
            }
            PublishErrorKind::Clash => {
                write!(f, "the site has a file `{path}` that cannot stand beside another file of it")
            }
            PublishErrorKind::Mounted => write!(f, "`{path}` in the output is on another file system"),
            PublishErrorKind::Busy(Some(process)) => {
                write!(f, "another build (process {process}) is writing the output `{path}`")
            }
            PublishErrorKind::Busy(None) => write!(f, "another build is writing the output `{path}`"),
            PublishErrorKind::CannotExchange(error) => {
                write!(f, "the output `{path}` cannot be exchanged for the new site: {error}")
            }
            PublishErrorKind::Io(doing, error) => write!(f, "cannot {doing} `{path}`: {error}"),
        }
    }
}

impl std::error::Error for PublishError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            PublishErrorKind::CannotExchange(error) | PublishErrorKind::Io(_, error) => Some(error),
            _ => None,
        }
    }
}
