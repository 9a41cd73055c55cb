//! Where rooms can be made in memory, for what writes much and is thrown away.

use std::path::PathBuf;

/// How many bytes must be free there.
const ENOUGH: u64 = 1 << 30;

/// The system's folder in memory, if rooms can be made there: there is space, and programs can be started from it
/// (containers often forbid that).
#[cfg(target_os = "linux")]
pub fn in_memory() -> Option<PathBuf> {
    use rustix::fs::{Access, AtFlags, CWD, StatVfsMountFlags, accessat, statvfs};

    let folder = PathBuf::from("/dev/shm");
    let found = statvfs(&folder).ok()?;
    let starts_programs = !found.f_flag.contains(StatVfsMountFlags::NOEXEC);
    let has_space = found.f_bavail.saturating_mul(found.f_frsize) >= ENOUGH;
    let is_ours = accessat(CWD, &folder, Access::WRITE_OK, AtFlags::EACCESS).is_ok();
    (starts_programs && has_space && is_ours).then_some(folder)
}

/// Other systems have none.
#[cfg(not(target_os = "linux"))]
pub fn in_memory() -> Option<PathBuf> {
    None
}
