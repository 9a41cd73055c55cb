//! The list of what Proofbook wrote, which stands in the output itself.
//!
//! Takes the paths of a site, gives the bytes of the list and reads them back. Must stay true: the bytes follow from
//! the paths alone (sorted, one a line, no date, no version), and a list read back holds only paths inside the output.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::{PublishError, PublishErrorKind};
use crate::path::RelativePath;

/// The list's name in the output.
pub const FILE_NAME: &str = ".proofbook-files.json";

/// The paths Proofbook wrote into an output, the list itself not among them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) files: BTreeSet<RelativePath>,
}

impl Manifest {
    /// The list of `files`.
    pub(super) fn of(files: &BTreeMap<RelativePath, Vec<u8>>) -> Self {
        Self { files: files.keys().cloned().collect() }
    }

    /// The list that stands in `folder`; `None` if there is none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, PublishError> {
        let path = folder.join(FILE_NAME);
        match path.symlink_metadata() {
            Ok(there) if there.is_file() => {}
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(PublishError::io("read", &path, error)),
        }
        let bytes = fs::read(&path).map_err(|error| PublishError::io("read", &path, error))?;
        match serde_json::from_slice(&bytes) {
            Ok(manifest) => Ok(Some(manifest)),
            Err(error) => Err(PublishError::new(path, PublishErrorKind::BrokenList(error.to_string()))),
        }
    }

    /// The list as it stands in the output.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text.into_bytes()
    }
}

/// Refuses a site that has a file and below it, as if it were a folder, another; or one with the list's name.
pub(super) fn check_names(files: &BTreeMap<RelativePath, Vec<u8>>) -> Result<(), PublishError> {
    for path in files.keys() {
        let mut above = Path::new(path.as_str()).ancestors().skip(1).filter_map(Path::to_str);
        let below_a_file = above.any(|folder| RelativePath::parse(folder).is_ok_and(|file| files.contains_key(&file)));
        if below_a_file || path.as_str() == FILE_NAME {
            return Err(PublishError::new(path.as_str(), PublishErrorKind::Clash));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_cannot_name_a_file_outside() {
        let paths = ["z.html", "a/b.html", "a.html"];
        let files = paths.map(|path| (RelativePath::parse(path).unwrap(), Vec::new())).into();
        let bytes = Manifest::of(&files).bytes();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "{\n  \"files\": [\n    \"a.html\",\n    \"a/b.html\",\n    \"z.html\"\n  ]\n}\n");

        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NAME), r#"{"files": ["../../etc/passwd"]}"#).unwrap();
        let error = Manifest::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("the path leads out of its folder"), "{error}");
    }

    #[test]
    fn files_that_cannot_stand_side_by_side_are_refused() {
        let check = |paths: &[&str]| {
            let files = paths.iter().map(|path| (RelativePath::parse(path).unwrap(), Vec::new())).collect();
            check_names(&files).map_err(|error| error.path.display().to_string())
        };
        assert_eq!(check(&["a/b", "ab"]), Ok(()));
        assert_eq!(check(&["a", "a/b/c"]), Err("a/b/c".into()));
        assert_eq!(check(&[FILE_NAME]), Err(FILE_NAME.into()));
    }
}
