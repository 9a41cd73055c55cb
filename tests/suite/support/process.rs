//! Looking for processes, and for programs.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// The ids of all processes but this one that were started with `folder`, or a path below it, in their environment, or
/// that are in it or have something in it open.
///
/// A room's processes have their `HOME` there, and a program that was run from a test its `TMPDIR`; a supervisor has
/// nothing of the kind, but holds the room. A process that has ended, but was not waited for yet, has nothing any more.
pub(crate) fn processes_below(folder: &Path) -> Vec<i32> {
    let own = std::process::id().cast_signed();
    let bytes = folder.as_os_str().as_bytes();
    let holds = |pid: &i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut links = open.chain([format!("/proc/{pid}/cwd").into()]);
        *pid != own
            && (environment.windows(bytes.len()).any(|window| window == bytes)
                || links.any(|link| fs::read_link(link).is_ok_and(|target| target.starts_with(folder))))
    };
    let entries = fs::read_dir("/proc").expect("/proc: this suite runs on Linux");
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let mut found: Vec<i32> = ids.filter(holds).collect();
    found.sort_unstable();
    found
}

/// The command lines of all processes in which `word` stands: what `env -i` and `setsid` cannot take away.
pub(crate) fn processes_naming(word: &str) -> Vec<String> {
    let entries = fs::read_dir("/proc").expect("/proc: this suite runs on Linux");
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let mut found: Vec<String> = ids.map(command_line).filter(|line| line.contains(word)).collect();
    found.sort_unstable();
    found
}

/// The command line of a process, its words separated by spaces; empty if it has ended.
pub(super) fn command_line(process: i32) -> String {
    let words = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&words).trim_end_matches('\0').replace('\0', " ")
}

/// The parent of a process; `None` if it has ended.
pub(super) fn parent(process: i32) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok())
}

/// Kills a process if it is still there.
pub(super) fn end(process: i32) {
    if let Some(id) = Pid::from_raw(process) {
        let _ = kill_process(id, Signal::KILL);
    }
}

/// Whether a program is on this machine's PATH.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| {
        let found = fs::metadata(folder.join(program));
        found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    })
}
