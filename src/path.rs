//! Paths inside a project: checked once, then trusted.
//!
//! Takes what a person or a page wrote, gives a path that is relative, normalised, and cannot leave the folder it is
//! relative to. Must stay true: parts are joined by `/`, none is empty, `.` or `..`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A file path relative to some root (`content/`, `public/`, a work folder).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelativePath(String);

/// Why a text is not a path within its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathError {
    /// Nothing is left after normalising.
    Empty,
    /// It starts at the root of the file system.
    Absolute,
    /// A `..` leads out of the root.
    Escapes,
    /// It holds a byte no portable file name has (NUL, a control character, a backslash).
    BadCharacter(char),
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the path is empty"),
            Self::Absolute => f.write_str("the path is absolute"),
            Self::Escapes => f.write_str("the path leads out of its folder"),
            Self::BadCharacter(c) => write!(f, "the path holds {c:?}"),
        }
    }
}

impl std::error::Error for PathError {}

impl RelativePath {
    /// Normalises `text`; `.` and inner `a/..` are resolved.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Self::resolve("", text)
    }

    /// Resolves `text` against the folder `base` (`""` is the root), as a link in a file of that folder does.
    pub fn resolve(base: &str, text: &str) -> Result<Self, PathError> {
        if text.starts_with('/') {
            return Err(PathError::Absolute);
        }
        if let Some(bad) = text.chars().find(|&c| c.is_control() || c == '\\') {
            return Err(PathError::BadCharacter(bad));
        }
        let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or(PathError::Escapes)?;
                }
                part => parts.push(part),
            }
        }
        if parts.is_empty() { Err(PathError::Empty) } else { Ok(Self(parts.join("/"))) }
    }

    /// `index.html`, the page of a folder.
    pub fn index() -> Self {
        Self("index.html".into())
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder the file lies in, `""` for the root.
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The file name's part before its last dot.
    pub fn stem(&self) -> &str {
        self.file_name().rsplit_once('.').map_or(self.file_name(), |(stem, _)| stem)
    }

    /// The parts, from the root down.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// How to write a link to this path from a file in `folder`.
    ///
    /// `understand/model.html` seen from `do` is `../understand/model.html`.
    pub fn relative_to(&self, folder: &str) -> String {
        let from: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        let to: Vec<&str> = self.parts().collect();
        let shared = from.iter().zip(&to[..to.len() - 1]).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("..", from.len() - shared);
        up.chain(to[shared..].iter().copied()).collect::<Vec<_>>().join("/")
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RelativePath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::parse(&text)
    }
}

impl From<RelativePath> for String {
    fn from(path: RelativePath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_and_cannot_escape() {
        let parse = |text| RelativePath::parse(text).map(|path| path.to_string());
        assert_eq!(parse("a/./b/../c.md"), Ok("a/c.md".into()));
        assert_eq!(parse("../a"), Err(PathError::Escapes));
        assert_eq!(parse("a/../../b"), Err(PathError::Escapes));
        assert_eq!(parse("/etc/passwd"), Err(PathError::Absolute));
        assert_eq!(parse("a\\b"), Err(PathError::BadCharacter('\\')));
        assert_eq!(parse("."), Err(PathError::Empty));
    }

    #[test]
    fn links_are_relative_to_the_folder_of_the_page() {
        let link = |to, from| RelativePath::parse(to).unwrap().relative_to(from);
        assert_eq!(link("understand/model.html", "do"), "../understand/model.html");
        assert_eq!(link("do/index.html", "do"), "index.html");
        assert_eq!(link("index.html", "a/b"), "../../index.html");
        assert_eq!(link("a/b/c.html", ""), "a/b/c.html");
        assert_eq!(link("a/index.html", "a/b"), "../index.html");
    }
}
