//! The only door to `.proofbook/`: what is remembered between runs, safe to delete.
//!
//! Takes and gives text; what it means is `proof`'s business. Must stay true: a file is replaced as a whole, so a killed
//! run leaves the old one or the new one; who reads a proof to write it again holds its lock, so that of two runs that
//! end at the same time none loses what the other recorded.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The folder, in the project's root.
pub const FOLDER: &str = ".proofbook";
const PROOF: &str = "proof.json";
const LOCK: &str = "lock";

/// Why the cache could not be used.
#[derive(Debug)]
pub struct CacheError {
    /// What was to be read or written.
    pub path: PathBuf,
    /// What the system said.
    pub error: io::Error,
}

impl fmt::Display for CacheError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be used: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for CacheError {}

/// Where the proof of the project at `root` lies.
pub fn proof_path(root: &Path) -> PathBuf {
    root.join(FOLDER).join(PROOF)
}

/// Where data folders of the project at `root` lie that were prepared for a version of an engine.
pub fn engines_path(root: &Path) -> PathBuf {
    root.join(FOLDER).join("engines")
}

/// The text of a proof; `None` if there is none.
pub fn read_proof(path: &Path) -> Result<Option<String>, CacheError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CacheError { path: path.to_path_buf(), error }),
    }
}

/// The right to read the proof of a project and write it again. It ends with its value, or with its process.
#[derive(Debug)]
pub struct ProofLock(#[expect(dead_code, reason = "open, it is the lock")] File);

/// Waits until no other process changes the proof of the project at `root`, which takes moments.
pub fn lock_proof(root: &Path) -> Result<ProofLock, CacheError> {
    let lock = || -> io::Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(ready_folder(root)?.join(LOCK))?;
        loop {
            match file.lock() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A file system without locks: one run at a time is then up to the person.
                Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(file),
                locked => return locked.map(|()| file),
            }
        }
    };
    lock().map(ProofLock).map_err(|error| CacheError { path: proof_path(root), error })
}

/// Makes the folder of the project at `root`.
fn ready_folder(root: &Path) -> io::Result<PathBuf> {
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let ignore = folder.join(".gitignore");
    if !ignore.exists() {
        fs::write(ignore, "*\n")?;
    }
    Ok(folder)
}

/// Replaces the proof of the project at `root`.
pub fn write_proof(root: &Path, text: &str) -> Result<(), CacheError> {
    let path = proof_path(root);
    ready_folder(root).map_err(|error| CacheError { path: path.clone(), error })?;
    write_proof_at(&path, text)
}

/// Replaces the proof at `path`, wherever that is; the folders above it are made.
pub fn write_proof_at(path: &Path, text: &str) -> Result<(), CacheError> {
    let write = || -> io::Result<()> {
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // A device or a pipe is written to; in its place nobody wants a file.
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes());
        }
        // A link is followed; one that leads nowhere is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // As any file the caller makes: others may read it, and build with it.
        let permissions = fs::Permissions::from_mode(0o666);
        let mut file = tempfile::Builder::new().permissions(permissions).tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| CacheError { path: path.to_owned(), error })
}
