//! What holds a program back: the mechanisms of Linux, applied between its fork and its start.
//!
//! [`super::Sandbox`] tries once which of them this machine has; a supervisor then applies exactly those, and a
//! program for which one fails is not started. On other systems there are none.

#[cfg(target_os = "linux")]
mod capabilities;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod root;
#[cfg(target_os = "linux")]
mod system_calls;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::layers::Layers;
use super::order::as_bytes;
use super::refusal::Refusal;

/// The room's folders in which a program may write.
pub(super) const WRITABLE: [&str; 5] = ["work", "home", "tmp", "private", "database"];

/// The room's folder with the programs Proofbook puts first on `PATH`.
pub(super) const PROGRAMS: &str = "bin";

/// The room's folder that is empty, to hang a file system up in.
pub(super) const MOUNT_POINT: &str = "root";

/// The folders of the system in which a program may read and from which it may start others.
#[cfg(target_os = "linux")]
const SYSTEM: [&str; 14] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/snap",
    "/proc",
    "/sys",
];

/// The devices every program may use.
#[cfg(target_os = "linux")]
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// Which mechanisms are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Mechanisms {
    /// Namespaces of its own for users, processes, mounts, the network and IPC.
    pub(super) namespaces: bool,
    /// Landlock, with the rights of this version of its interface.
    pub(super) landlock: Option<u8>,
    /// A filter of system calls.
    pub(super) seccomp: bool,
    /// Orphans come to the supervisor, and it can tell who its children are.
    pub(super) descendants: bool,
}

/// The versions of Landlock's interface that are of use, best first. Before 3, a file could be emptied all the same;
/// after 6 nothing came that is needed here.
pub(super) const LANDLOCK: [u8; 4] = [6, 5, 4, 3];

impl Mechanisms {
    /// What they amount to.
    pub(super) fn layers(self) -> Layers {
        Layers {
            // The new root holds the readable folders only, and those read-only.
            files: self.landlock.is_some() || self.namespaces,
            net: self.seccomp || self.namespaces,
            processes: self.descendants || self.namespaces,
            // Landlock's scope covers abstract sockets only; those in the file system are out of reach with it.
            sockets: self.namespaces,
            ..Layers::least()
        }
    }
}

/// What one program is held back by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Confinement {
    /// By which means.
    pub(super) mechanisms: Mechanisms,
    /// The room's folder.
    #[serde(with = "as_bytes")]
    pub(super) room: PathBuf,
    /// The folders on `PATH`.
    pub(super) path: Vec<std::ffi::OsString>,
}

impl Confinement {
    /// Everything that is to be done in new namespaces before a program is started there. `user`, a user and a group,
    /// has the numbers `inside` in there.
    #[cfg(target_os = "linux")]
    pub(super) fn enter_namespaces(&self, user: (u32, u32), inside: (u32, u32)) -> Result<(), Refusal> {
        root::map_user(user, inside)?;
        root::change(self)
    }

    /// Holds this process, which is about to become the program, back for good.
    #[cfg(target_os = "linux")]
    pub(super) fn apply(&self) -> Result<(), Refusal> {
        capabilities::drop_all()?;
        if let Some(version) = self.mechanisms.landlock {
            files::restrict(self, version)?;
        }
        if self.mechanisms.seccomp {
            system_calls::restrict()?;
        }
        Ok(())
    }

    /// There is nothing of the kind on other systems, and [`Layers`] says so.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn apply(&self) -> Result<(), Refusal> {
        Ok(())
    }

    /// The folders to read in, as they are named: those of the system and those on `PATH`.
    #[cfg(target_os = "linux")]
    fn readable(&self) -> impl Iterator<Item = PathBuf> {
        let system = SYSTEM.iter().map(PathBuf::from);
        let on_path = self.path.iter().map(PathBuf::from);
        system.chain(on_path.filter(|folder| folder.is_absolute() && folder.as_os_str() != "/"))
    }
}
