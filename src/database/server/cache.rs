//! Data folders that are made once for each version of a server.
//!
//! Who makes one holds a lock; a folder is made beside its place and renamed into it. So a killed run leaves a folder
//! under a name that nobody reads, which the next one to make it removes, and the system lets go of the lock.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::Failure;

/// The folder `name` in `cache`; if it is not there, `make` fills it, given the folder to make.
pub(in crate::database) fn cached<E: From<Failure>>(
    cache: &Path,
    name: &str,
    make: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<PathBuf, E> {
    let folder = cache.join(name);
    if folder.is_dir() {
        return Ok(folder);
    }
    fs::create_dir_all(cache).map_err(Failure::io("make the folder", cache))?;
    let lock = cache.join(format!("{name}.lock"));
    let held = OpenOptions::new().create(true).append(true).open(&lock).map_err(Failure::io("write", &lock))?;
    flock(&held, FlockOperation::LockExclusive).map_err(|error| Failure::io("lock", &lock)(error.into()))?;
    // Another run may have made it while this one waited.
    if folder.is_dir() {
        return Ok(folder);
    }
    let partial = cache.join(format!("{name}.partial"));
    remove(&partial).map_err(Failure::io("remove", &partial))?;
    if let Err(error) = make(&partial) {
        // Should it stay, the next one to come removes it.
        let _ = remove(&partial);
        return Err(error);
    }
    fs::rename(&partial, &folder).map_err(Failure::io("rename", &partial))?;
    Ok(folder)
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn make(folder: &Path) -> Result<(), Failure> {
        fs::create_dir(folder)
            .and_then(|()| fs::write(folder.join("file"), "whole"))
            .map_err(Failure::io("make", folder))
    }

    #[test]
    fn a_folder_is_made_once_however_many_ask_for_it() {
        let temporary = tempfile::tempdir().unwrap();
        let (cache, made) = (temporary.path().join("not/yet"), AtomicUsize::new(0));
        let ask = || {
            let folder = cached(&cache, "x", |folder| {
                made.fetch_add(1, Ordering::Relaxed);
                make(folder)
            });
            assert_eq!(fs::read(folder.unwrap().join("file")).unwrap(), b"whole");
        };
        std::thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(ask))));
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_was_left_half_done_is_made_anew() {
        let temporary = tempfile::tempdir().unwrap();
        let cache = temporary.path();
        fs::create_dir(cache.join("x.partial")).unwrap();
        fs::write(cache.join("x.partial/old"), "half").unwrap();
        let failed = cached(cache, "x", |folder| {
            make(folder)?;
            Err(Failure::new("no room", "make some"))
        });
        assert_eq!(failed.unwrap_err().message(), "no room");
        assert!(!cache.join("x.partial").exists() && !cache.join("x").exists());
        fs::create_dir(cache.join("x.partial")).unwrap();
        fs::write(cache.join("x.partial/old"), "half").unwrap();
        let folder = cached(cache, "x", make).unwrap();
        let names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["file"]);
    }
}
