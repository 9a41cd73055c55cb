//! Files that the command line names to be written: what of the project none of them may be.

use std::path::{Path, PathBuf};

use crate::config;
use crate::source::{CONTENT, PUBLISHED, THEMES};

/// What of the site's sources a file written to `path` would harm, in words that follow "it would"; `root` is the
/// project's.
pub(super) fn harm(path: &Path, root: &Path) -> Option<&'static str> {
    let target = resolved(path);
    // The folder itself cannot be written, whatever it is.
    let stands_in = |folder: &str| {
        let folder = resolved(&root.join(folder));
        target != folder && target.starts_with(folder)
    };
    if stands_in(CONTENT) {
        Some("stand among the pages of the site")
    } else if stands_in(THEMES) {
        Some("stand among the files of themes")
    } else if is_same(&target, &root.join(config::FILE_NAME)) {
        Some("replace the configuration")
    } else if is_same(&target, &root.join(PUBLISHED)) {
        Some("replace the list of published addresses")
    } else {
        None
    }
}

/// Whether `path` and `other` name the same file, be it there or not.
pub(super) fn is_same(path: &Path, other: &Path) -> bool {
    resolved(path) == resolved(other)
}

/// Where `path` leads, as far as it is there.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => resolved(folder).join(name),
        _ => path.to_owned(),
    })
}
