//! Who runs below a process, as /proc tells; and ending them.
//!
//! Must stay true: a signal only ever goes to whom it is meant for. The ids of the supervisor's own children, and of the
//! process groups these are in, cannot go to anybody else before the supervisor has laid them to rest; of processes
//! further down, a handle is taken first and their parent looked at then.

use std::fs;

use rustix::process::{Pid, Signal, getpgid, getpgrp, kill_process, kill_process_group};

/// The children of `pid`, of all its threads; none if it has ended.
pub(super) fn children(pid: i32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let mut children = Vec::new();
    for task in tasks {
        let text = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        children.extend(text.split_whitespace().filter_map(|id| id.parse::<i32>().ok()));
    }
    children
}

/// How many processes run below `pid`, itself left out. Stops counting beyond `enough`.
pub(super) fn count(pid: i32, enough: usize) -> usize {
    let mut open = vec![pid];
    let mut n_found = 0;
    while let Some(pid) = open.pop() {
        let found = children(pid);
        n_found += found.len();
        if n_found > enough {
            break;
        }
        open.extend(found);
    }
    n_found
}

/// Whether this system tells at all.
pub(super) fn are_known() -> bool {
    let pid = rustix::process::getpid().as_raw_nonzero();
    fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten()
        .any(|task| task.path().join("children").exists())
}

/// Ends a child of this process, and all of its process group. A group lies within a session, and the only session of
/// somebody else's is the supervisor's own, in which a program stands for the moment before it makes one.
pub(super) fn end_child(pid: Pid) {
    if let Ok(group) = getpgid(Some(pid))
        && group != getpgrp()
    {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = kill_process(pid, Signal::KILL);
}

/// Ends what runs below `pid`, which has been ended: it makes no more children, and whoever gets away from here comes
/// up as a child of the supervisor.
#[cfg(target_os = "linux")]
pub(super) fn end_below(pid: Pid) {
    use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};

    let mut open = vec![pid.as_raw_nonzero().get()];
    while let Some(parent) = open.pop() {
        for pid in children(parent) {
            let Some(handle) = Pid::from_raw(pid).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) else {
                continue;
            };
            if parent_of(pid) == Some(parent) && pidfd_send_signal(&handle, Signal::KILL).is_ok() {
                open.push(pid);
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn end_below(_pid: Pid) {}

#[cfg(target_os = "linux")]
fn parent_of(pid: i32) -> Option<i32> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; after the last one come the state and the parent.
    let after = stat.iter().rposition(|&byte| byte == b')')?;
    std::str::from_utf8(&stat[after + 1..]).ok()?.split_whitespace().nth(1)?.parse().ok()
}
