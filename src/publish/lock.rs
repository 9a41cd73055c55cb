//! One build at a time writes into an output.
//!
//! Takes an output, gives a lock that ends with its value or its process. A second build waits, because publishing
//! takes moments and its result is wanted; after [`PATIENCE`] it is refused, because then the first is hung or
//! stopped. Must stay true: the lock file is removed only by who holds it, so two builds never hold two files of one
//! name.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::guard::Output;
use super::{PublishError, PublishErrorKind};

/// How long a build waits for another one.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The right to write into an output.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Waits for the lock of `output`, at most [`PATIENCE`].
    pub(super) fn take(output: &Output) -> Result<Self, PublishError> {
        Self::take_within(output, PATIENCE)
    }

    pub(super) fn take_within(output: &Output, patience: Duration) -> Result<Self, PublishError> {
        let path = output.beside("lock");
        let failed = |error| PublishError::io("lock", &path, error);
        let asked = Instant::now();
        loop {
            let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = opened.map_err(failed)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                // A file system without locks (some network ones): one build at a time is then up to the person.
                Err(Errno::NOSYS | Errno::NOTSUP | Errno::NOLCK) => {}
                Err(Errno::INTR) => continue,
                Err(Errno::WOULDBLOCK) if asked.elapsed() < patience => {
                    std::thread::sleep(Duration::from_millis(20));
                    continue;
                }
                Err(Errno::WOULDBLOCK) => {
                    let mut holder = String::new();
                    let holder = file.read_to_string(&mut holder).ok().and_then(|_| holder.trim().parse().ok());
                    return Err(PublishError::new(output.path(), PublishErrorKind::Busy(holder)));
                }
                Err(errno) => return Err(failed(errno.into())),
            }
            // Whoever held the lock before may have removed this very file: then it guards nothing any more.
            let ours = file.metadata().map_err(failed)?.ino();
            if fs::symlink_metadata(&path).is_ok_and(|there| there.ino() == ours) {
                let process = std::process::id().to_string();
                file.set_len(0).and_then(|()| file.write_all(process.as_bytes())).map_err(failed)?;
                return Ok(Self { path, _file: file });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while still held; a failure leaves a file that the next build takes over.
        let _ = fs::remove_file(&self.path);
    }
}
