//! Puts a rendered site into its output folder, whole or not at all.
//!
//! Takes every file of the site as bytes, gives counts of what changed. The steps, in order:
//!
//! 1. `guard`: the output may not be, hold or lie in the sources;
//! 2. `lock`: one build at a time writes into an output;
//! 3. `exchange::finish_interrupted`: what a killed build left is finished or removed;
//! 4. `standing`: what lies in the output now, split into ours and foreign by the `manifest`;
//! 5. `staging`: the new site is made complete in a folder beside the output;
//! 6. `exchange`: the two folders change places, and the old one is removed.
//!
//! Must stay true: up to step 6 nothing in the output is touched, so a build that fails or is killed leaves the old
//! site; nothing is ever written into a file that stands in the output, so links to it elsewhere keep their bytes; a
//! file Proofbook did not write is never overwritten and never lost; the same files give the same bytes on disk.
//!
//! Deliberately absent: `fsync`. A site survives the death of the process at any moment, not the loss of power: the
//! sources are still there, and a build is quicker than syncing thousands of files. A file that somebody else puts
//! into the output in the very moment of step 6 is not seen.

mod error;
mod exchange;
mod guard;
mod lock;
mod manifest;
mod removal;
mod staging;
mod standing;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub use error::{PublishError, PublishErrorKind, Relation};
pub use manifest::FILE_NAME as LIST_NAME;

use crate::path::RelativePath;
use guard::Output;
use lock::Lock;
use manifest::Manifest;
use staging::Staging;
use standing::Standing;

/// What an output folder must keep away from.
#[derive(Debug, Clone)]
pub struct Forbidden {
    /// The project's root: the output may lie in it, but neither be it nor hold it.
    pub root: PathBuf,
    /// Folders with sources (`content`, `themes` …), there or not: the output may not be, hold or lie in one.
    pub sources: Vec<PathBuf>,
}

/// What a publish did, in numbers of files; the list itself is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Published {
    /// New or with new bytes.
    pub written: usize,
    /// Already there with the same bytes; their modification time is kept.
    pub unchanged: usize,
    /// Written by an earlier build and no longer part of the site.
    pub removed: usize,
    /// Foreign files, links and empty folders taken along.
    pub carried_over: usize,
}

/// Makes `output` hold exactly `files`, the list of them, and the foreign files that were in it.
pub fn publish(
    files: &BTreeMap<RelativePath, Vec<u8>>,
    output: &Path,
    forbidden: &Forbidden,
) -> Result<Published, PublishError> {
    manifest::check_names(files)?;
    let output = Output::check(output, forbidden)?;
    fs::create_dir_all(output.parent()).map_err(|error| PublishError::io("make the folder", output.parent(), error))?;
    let lock = Lock::take(&output)?;
    exchange::finish_interrupted(&output)?;
    let standing = Standing::read(&output)?;
    standing.check_conflicts(files)?;

    let staging = Staging::make(&output, &standing)?;
    let mut published = Published { removed: standing.no_longer_in(files), ..Published::default() };
    for (path, bytes) in files {
        if staging.put(path, bytes, &standing)? {
            published.unchanged += 1;
        } else {
            published.written += 1;
        }
    }
    staging.put_list(&Manifest::of(files))?;
    published.carried_over = staging.carry_over(&standing)?;
    staging.finish(&standing)?;

    exchange::exchange(&output, staging, &standing)?;
    drop(lock);
    Ok(published)
}
