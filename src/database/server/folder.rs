//! Copying a data folder.
//!
//! Most of a new server's files is nothing but zeros, for which a copy needs no room: it gets holes there, and has none to
//! look for when it is copied itself.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rustix::fs::{SeekFrom, seek};

/// What is looked at as a whole for whether it is zeros, in bytes: what memory is given by.
const BLOCK: usize = 4096;

/// How much is copied at once, in bytes. A shorter file may have zeros.
const PORTION: usize = 32 * BLOCK;

/// Copies everything in the folder `from` into `to`, which may be there already; permissions are kept.
///
/// Only files and folders: a server's socket or a link left in it is no part of its data.
pub(in crate::database) fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    match fs::create_dir(to) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if kind.is_file() {
            copy_file(&entry.path(), &target)?;
        }
    }
    fs::set_permissions(to, fs::metadata(from)?.permissions())
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    if fs::metadata(from)?.len() < PORTION as u64 {
        return fs::copy(from, to).map(drop);
    }
    let (source, target) = (File::open(from)?, File::create(to)?);
    let metadata = source.metadata()?;
    let mut portion = vec![0; PORTION];
    let mut at = 0;
    while let Some((start, end)) = data(&source, at, metadata.len())? {
        at = start;
        while at < end {
            let length = usize::try_from(end - at).map_or(PORTION, |left| left.min(PORTION));
            source.read_exact_at(&mut portion[..length], at)?;
            write_but_zeros(&target, &portion[..length], at)?;
            at += length as u64;
        }
    }
    target.set_len(metadata.len())?;
    target.set_permissions(metadata.permissions())
}

/// Where the next part of a file of `length` bytes begins and ends that is no hole, from `at` on.
fn data(source: &File, at: u64, length: u64) -> io::Result<Option<(u64, u64)>> {
    if at >= length {
        return Ok(None);
    }
    match seek(source, SeekFrom::Data(at)) {
        Ok(start) => Ok(Some((start, seek(source, SeekFrom::Hole(start))?.min(length)))),
        // All the rest is one.
        Err(rustix::io::Errno::NXIO) => Ok(None),
        // Nobody knows.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::OPNOTSUPP) => Ok(Some((at, length))),
        Err(error) => Err(error.into()),
    }
}

/// Writes the blocks of `bytes` to their place in `target`, which begins at `at`, but those that are nothing but zeros.
fn write_but_zeros(target: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    let is_zeros = |block: &[u8]| *block == [0; BLOCK][..block.len()];
    let mut done = 0;
    while done < bytes.len() {
        let blocks = bytes[done..].chunks(BLOCK);
        let zeros: usize = blocks.clone().take_while(|block| is_zeros(block)).map(<[u8]>::len).sum();
        let others: usize =
            blocks.skip(zeros.div_ceil(BLOCK)).take_while(|block| !is_zeros(block)).map(<[u8]>::len).sum();
        let start = done + zeros;
        done = start + others;
        target.write_all_at(&bytes[start..done], at + start as u64)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn files_and_folders_are_copied_with_their_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::create_dir(&to).unwrap();
        fs::write(from.join("a/b/file"), "x").unwrap();
        fs::set_permissions(from.join("a/b/file"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(&from, fs::Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::symlink("/", from.join("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(from.join("socket")).unwrap();
        copy_folder(&from, &to).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(fs::read(to.join("a/b/file")).unwrap(), b"x");
        assert_eq!((mode(&to), mode(&to.join("a/b/file"))), (0o700, 0o600));
        let names: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["a"]);
    }

    #[test]
    fn zeros_take_no_room_and_stay_what_they_are() {
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (from, to, again) = (folder.path().join("from"), folder.path().join("to"), folder.path().join("again"));
        fs::create_dir(&from).unwrap();
        let mut files: Vec<Vec<u8>> = vec![
            vec![0; 40 * PORTION],
            vec![7; 3 * PORTION + 5],
            Vec::new(),
            vec![0; 10],
            vec![0; PORTION],
            (0..2 * PORTION + 100).map(|n| u8::from((n / BLOCK).is_multiple_of(3))).collect(),
        ];
        // A byte here and there among zeros, at the ends of blocks and of the file.
        for places in [[0, 1, 2], [BLOCK - 1, BLOCK, PORTION - 1], [PORTION, 3 * PORTION, 5 * PORTION + 2]] {
            let mut file = vec![0; 5 * PORTION + 3];
            places.into_iter().for_each(|place| file[place] = 1);
            files.push(file);
        }
        for (name, file) in files.iter().enumerate() {
            fs::write(from.join(name.to_string()), file).unwrap();
        }
        // One that has holes already, at its end, too.
        let holes = File::create(from.join("holes")).unwrap();
        holes.write_all_at(b"x", 9 * PORTION as u64 + 1).unwrap();
        holes.set_len(30 * PORTION as u64).unwrap();
        copy_folder(&from, &to).unwrap();
        copy_folder(&to, &again).unwrap();
        for copy in [&to, &again] {
            for entry in fs::read_dir(&from).unwrap() {
                let name = entry.unwrap().file_name();
                let is_same = fs::read(from.join(&name)).unwrap() == fs::read(copy.join(&name)).unwrap();
                assert!(is_same, "{}", name.display());
            }
            let room = |name: &str| fs::metadata(copy.join(name)).unwrap().blocks() * 512;
            assert_eq!(room("0"), 0);
            assert!(
                room("1") >= 3 * PORTION as u64 && room("holes") <= PORTION as u64,
                "{} {}",
                room("1"),
                room("holes")
            );
        }
    }
}
