//! Finding and ending the processes of a room, wherever they went.
//!
//! A process is the room's if the environment it was started with holds exactly `PROOFBOOK_ROOM=<folder name>`.
//! `setsid`, a double fork or a changed folder cannot take that away. Must stay true: a signal only ever goes to a
//! process whose marker was read after a handle on that very process was taken, so a reused id is never hit.

/// Ends every process that carries `marker` (`NAME=value`), and those they start meanwhile.
///
/// `Err` lists the ones that outlived every attempt.
#[cfg(target_os = "linux")]
pub(super) fn end_marked(marker: &str) -> Result<(), Vec<i32>> {
    use std::time::Duration;

    // A killed process is gone from /proc/PID/environ once its memory is, mostly within a millisecond; one that forks
    // all the time needs several rounds. About five seconds in all.
    const ROUNDS: u64 = 500;

    let mut left = Vec::new();
    for round in 0..ROUNDS {
        left = linux::marked(marker);
        if left.is_empty() {
            return Ok(());
        }
        for &pid in &left {
            linux::kill_if_marked(pid, marker);
        }
        std::thread::sleep(Duration::from_millis(round.min(10)));
    }
    Err(left)
}

/// Without /proc nothing is found, and [`super::Layers`] says that processes are not contained.
#[cfg(not(target_os = "linux"))]
pub(super) fn end_marked(_marker: &str) -> Result<(), Vec<i32>> {
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    use rustix::io::Errno;
    use rustix::process::{Pid, PidfdFlags, Signal, getpid, kill_process, pidfd_open, pidfd_send_signal};

    /// The ids of all processes that carry `marker`, except this one.
    pub(super) fn marked(marker: &str) -> Vec<i32> {
        let own = getpid().as_raw_nonzero().get();
        let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
        let mut pids: Vec<i32> = entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|&pid| pid != own && carries(pid, marker))
            .collect();
        pids.sort_unstable();
        pids
    }

    /// Ends `pid` if it still carries `marker`.
    pub(super) fn kill_if_marked(pid: i32, marker: &str) {
        let Some(id) = Pid::from_raw(pid) else { return };
        match pidfd_open(id, PidfdFlags::empty()) {
            // The handle is on whoever has the id now; only after that is the marker read again.
            Ok(handle) if carries(pid, marker) => {
                // It may have ended by itself in between, which is what is wanted.
                let _ = pidfd_send_signal(&handle, Signal::KILL);
            }
            // Kernels before 5.3, and some containers, have no such handles: the id itself must do.
            Err(Errno::NOSYS | Errno::PERM) if carries(pid, marker) => {
                let _ = kill_process(id, Signal::KILL);
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// Whether the environment `pid` was started with holds `marker`. A process that cannot be read is not ours.
    fn carries(pid: i32, marker: &str) -> bool {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|entry| entry == marker.as_bytes())
    }
}
