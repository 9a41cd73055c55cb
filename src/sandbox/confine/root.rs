//! A root folder of the program's own: the readable folders and the room, each at its own path, and nothing else.
//!
//! Called by process 1 of new namespaces. Must stay true: nothing is made or mounted anywhere but below the room's mount
//! point, so that all of it is gone with the namespace; what is not the room's is read-only.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, mount_change, unmount,
};
use rustix::process::{chdir, pivot_root};

use super::{Confinement, DEVICES, MOUNT_POINT};
use crate::sandbox::raw::set_read_only;
use crate::sandbox::refusal::Refusal;

/// Makes the caller in the new user namespace the user it was, under the number `inside`, and no other.
pub(super) fn map_user((user, group): (u32, u32), inside: (u32, u32)) -> Result<(), Refusal> {
    let write = |file: &str, text: String| fs::write(file, text).map_err(Refusal::at("write", file));
    // Required before a group may be mapped by anybody but root.
    write("/proc/self/setgroups", "deny".into())?;
    write("/proc/self/uid_map", format!("{} {user} 1", inside.0))?;
    write("/proc/self/gid_map", format!("{} {group} 1", inside.1))
}

/// Builds the new root and changes into it.
pub(super) fn change(confinement: &Confinement) -> Result<(), Refusal> {
    let top = confinement.room.join(MOUNT_POINT);
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(Refusal::of("make the mounts private"))?;
    temporary(&top)?;
    let root = NewRoot { top };
    root.system(confinement)?;
    root.processes()?;
    root.devices()?;
    root.bind(&confinement.room, Below::Hidden)?;

    set(&root.top, true)?;
    for writable in [confinement.room.as_path(), Path::new("/dev/shm")] {
        set(&root.at(writable), false)?;
    }
    chdir(&root.top).map_err(Refusal::at("enter", &root.top))?;
    // The old root ends up on top of the new one, and is taken away from there.
    pivot_root(".", ".").map_err(Refusal::of("change the root folder"))?;
    unmount(".", UnmountFlags::DETACH).map_err(Refusal::of("let go of the old root folder"))?;
    chdir("/").map_err(Refusal::at("enter", "/"))
}

/// A file system in memory.
fn temporary(at: &Path) -> Result<(), Refusal> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", at, "tmpfs", flags, c"mode=0755,size=256m").map_err(Refusal::at("mount a tmpfs at", at))
}

fn set(path: &Path, read_only: bool) -> Result<(), Refusal> {
    let text = CString::new(path.as_os_str().as_bytes()).map_err(Refusal::at("name", path))?;
    set_read_only(&text, read_only).map_err(Refusal::at("set whether one can write to", path))
}

/// What becomes of mounts below a bound folder.
#[derive(PartialEq, Eq)]
enum Below {
    /// They are there, too. The kernel insists on it for folders of the caller's.
    Shown,
    /// They are not.
    Hidden,
}

struct NewRoot {
    top: PathBuf,
}

impl NewRoot {
    /// Where `path` lies while the new root is not yet the root.
    fn at(&self, path: &Path) -> PathBuf {
        self.top.join(path.strip_prefix("/").unwrap_or(path))
    }

    fn folder(&self, path: &Path) -> Result<PathBuf, Refusal> {
        let made = self.at(path);
        fs::create_dir_all(&made).map_err(Refusal::at("make the folder", &made))?;
        Ok(made)
    }

    fn link(&self, path: &Path, target: &Path) -> Result<(), Refusal> {
        let made = self.at(path);
        std::os::unix::fs::symlink(target, &made).map_err(Refusal::at("make the link", &made))
    }

    fn bind(&self, path: &Path, below: Below) -> Result<(), Refusal> {
        let at = self.folder(path)?;
        let bound = if below == Below::Shown { mount_bind_recursive(path, &at) } else { mount_bind(path, &at) };
        bound.map_err(Refusal::at("bind", path))
    }

    /// The readable folders; those that are or stand behind symbolic links under both names.
    fn system(&self, confinement: &Confinement) -> Result<(), Refusal> {
        let mut named: Vec<(PathBuf, PathBuf)> = confinement
            .readable()
            .filter_map(|name| Some((name.canonicalize().ok().filter(|folder| folder.is_dir())?, name)))
            .filter(|(folder, _)| {
                // Those two are made anew, and the whole root is what all this is about not to show.
                folder.as_os_str() != "/" && !folder.starts_with("/proc") && !folder.starts_with("/dev")
            })
            .collect();
        // A folder comes before what it holds.
        named.sort();
        let mut bound: Vec<&Path> = Vec::new();
        for (folder, _) in &named {
            if !bound.iter().any(|above| folder.starts_with(above)) {
                self.bind(folder, Below::Shown)?;
                bound.push(folder);
            }
        }
        for (folder, name) in named.iter().filter(|(folder, name)| folder != name) {
            // One link may have been made for another name already, or lie in a folder that is shown as it is.
            if self.at(name).symlink_metadata().is_err() {
                name.parent().map(|above| self.folder(above)).transpose()?;
                self.link(name, folder)?;
            }
        }
        Ok(())
    }

    fn processes(&self) -> Result<(), Refusal> {
        let proc = self.folder(Path::new("/proc"))?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        mount("proc", &proc, "proc", flags, None).map_err(Refusal::at("mount a proc at", &proc))
    }

    fn devices(&self) -> Result<(), Refusal> {
        let folder = Path::new("/dev");
        self.folder(folder)?;
        for device in DEVICES {
            let device = folder.join(device);
            let at = self.at(&device);
            fs::write(&at, "").map_err(Refusal::at("make the file", &at))?;
            match mount_bind(&device, &at).map_err(io::Error::from) {
                // A container may lack one; it is not there then either.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    fs::remove_file(&at).map_err(Refusal::at("remove", &at))?;
                }
                bound => bound.map_err(Refusal::at("bind", &device))?,
            }
        }
        for (name, target) in [
            ("fd", "/proc/self/fd"),
            ("stdin", "/proc/self/fd/0"),
            ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"),
        ] {
            self.link(&folder.join(name), Path::new(target))?;
        }
        temporary(&self.folder(&folder.join("shm"))?)?;
        let terminals = self.folder(&folder.join("pts"))?;
        let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
        // Not every kernel lets a user namespace have terminals; without, `script` and its like fail.
        if mount("devpts", &terminals, "devpts", flags, c"newinstance,ptmxmode=0666,mode=0620").is_ok() {
            self.link(&folder.join("ptmx"), Path::new("pts/ptmx"))?;
        }
        Ok(())
    }
}
