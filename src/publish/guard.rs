//! Where a site may be published: a checked output folder.
//!
//! Takes what a person or the configuration named, gives an `Output`. Must stay true: an `Output` is absolute, its
//! parent is free of symbolic links and `..`, it is not a link itself, and it neither is nor holds nor lies in sources.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{Forbidden, PublishError, PublishErrorKind, Relation};

/// A folder that may be published into; it need not exist.
#[derive(Debug, Clone)]
pub(super) struct Output {
    parent: PathBuf,
    name: OsString,
}

impl Output {
    /// Checks `asked` against the sources, by the places on disk the names lead to.
    pub(super) fn check(asked: &Path, forbidden: &Forbidden) -> Result<Self, PublishError> {
        let path = place(asked).map_err(|error| PublishError::io("look at", asked, error))?;
        let relations = std::iter::once((&forbidden.root, false)).chain(forbidden.sources.iter().map(|s| (s, true)));
        for (source, inside_too) in relations {
            let source = resolve(source).map_err(|error| PublishError::io("look at", source, error))?;
            let relation = if path == source {
                Relation::Is
            } else if source.starts_with(&path) {
                Relation::Holds
            } else if inside_too && path.starts_with(&source) {
                Relation::LiesIn
            } else {
                continue;
            };
            return Err(PublishError::new(asked, PublishErrorKind::Source { relation, source }));
        }
        match path.symlink_metadata() {
            Ok(there) if there.is_symlink() => return Err(PublishError::new(asked, PublishErrorKind::Link)),
            Ok(there) if !there.is_dir() => return Err(PublishError::new(asked, PublishErrorKind::NotAFolder)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(PublishError::io("look at", asked, error)),
        }
        match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => Ok(Self { parent: parent.to_owned(), name: name.to_owned() }),
            // Only the root of the file system has no name, and it holds every project.
            _ => {
                let kind = PublishErrorKind::Source { relation: Relation::Holds, source: forbidden.root.clone() };
                Err(PublishError::new(asked, kind))
            }
        }
    }

    /// The folder the output lies in.
    pub(super) fn parent(&self) -> &Path {
        &self.parent
    }

    /// The output itself.
    pub(super) fn path(&self) -> PathBuf {
        self.parent.join(&self.name)
    }

    /// What the names of everything Proofbook puts beside the output start with: `.NAME.proofbook-WHAT`.
    pub(super) fn beside_name(&self, what: &str) -> OsString {
        [OsStr::new("."), &self.name, OsStr::new(".proofbook-"), OsStr::new(what)].into_iter().collect()
    }

    /// The path `.NAME.proofbook-WHAT` beside the output, on the same file system.
    pub(super) fn beside(&self, what: &str) -> PathBuf {
        self.parent.join(self.beside_name(what))
    }
}

/// Where `asked` is, its last part not followed if it is a link.
fn place(asked: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(asked)?;
    match (absolute.parent(), absolute.components().next_back()) {
        (Some(parent), Some(Component::Normal(name))) => Ok(resolve(parent)?.join(name)),
        _ => resolve(&absolute),
    }
}

/// Where `path` leads: links followed as far as the path exists, the rest taken by name.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    match absolute.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => return found,
    }
    let Some(parent) = absolute.parent() else { return Ok(absolute) };
    let mut resolved = resolve(parent)?;
    match absolute.components().next_back() {
        Some(Component::Normal(name)) => resolved.push(name),
        Some(Component::ParentDir) => {
            resolved.pop();
        }
        _ => {}
    }
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A project with sources, a link to its content, and a file.
    fn check(output: &str) -> Result<PathBuf, String> {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        let root = base.join("project");
        fs::create_dir_all(root.join("content/a")).unwrap();
        fs::write(root.join("file"), "").unwrap();
        symlink("content", root.join("to-content")).unwrap();
        symlink(&root, base.join("to-project")).unwrap();
        let forbidden = Forbidden { root: root.clone(), sources: vec![root.join("content"), root.join("themes")] };
        let shorten = |text: String| text.replace(&format!("{}/", base.display()), "");
        match Output::check(&root.join(output), &forbidden) {
            Ok(output) => Ok(output.path().strip_prefix(&base).unwrap().to_owned()),
            Err(error) => Err(shorten(error.to_string())),
        }
    }

    #[test]
    fn an_output_beside_the_sources_is_fine() {
        assert_eq!(check("public"), Ok("project/public".into()));
        assert_eq!(check("public/"), Ok("project/public".into()));
        assert_eq!(check("a/b/../public"), Ok("project/a/public".into()));
        assert_eq!(check("../elsewhere/site"), Ok("elsewhere/site".into()));
        assert_eq!(check("content2"), Ok("project/content2".into()), "a name that only starts like a source");
        assert_eq!(check("../to-project/public"), Ok("project/public".into()));
    }

    #[test]
    fn an_output_that_would_overwrite_sources_is_refused_also_through_links() {
        let refused = |output| check(output).unwrap_err();
        assert_eq!(
            refused("content"),
            "the output `project/content` is the folder `project/content`, which holds sources"
        );
        assert!(refused("content/a").contains("lies in the folder `project/content`"));
        assert!(refused("content/new/deep").contains("lies in the folder `project/content`"));
        assert!(refused("themes/default").contains("lies in the folder `project/themes`"), "not there yet");
        assert!(refused("to-content/a").contains("lies in the folder `project/content`"));
        assert!(refused("../to-project/content").contains("is the folder `project/content`"));
        assert!(refused(".").contains("is the folder"));
        assert!(refused("content/..").contains("is the folder"));
        assert!(refused("..").contains("holds the folder"));
        assert!(refused("../..").contains("holds the folder"));
        assert!(refused("/").contains("holds the folder"));
    }

    #[test]
    fn a_link_or_a_file_is_refused() {
        assert_eq!(check("to-content").unwrap_err(), "the output `project/to-content` is a symbolic link");
        assert_eq!(check("to-content/").unwrap_err(), "the output `project/to-content/` is a symbolic link");
        assert_eq!(check("file").unwrap_err(), "the output `project/file` is not a folder");
    }
}
