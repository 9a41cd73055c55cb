//! System calls without a safe interface elsewhere: becoming two processes, and what has to be set between.
//!
//! What forks is called by the supervisor only, which is a program of its own with a single thread: that is what makes
//! it sound. What sets signals and descriptors makes system calls only, and may be called before any program's start.

#![allow(unsafe_code, reason = "fork and what goes with it have no safe interface")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

/// On which side of a fork the caller is.
pub(super) enum Side {
    /// The new process.
    Child,
    /// The old one; the child's process id.
    Parent(i32),
}

/// Forks.
pub(super) fn fork() -> io::Result<Side> {
    // SAFETY: the supervisor has one thread, so nobody else holds a lock that would stay held in the child.
    side(libc::c_long::from(unsafe { libc::fork() }))
}

/// Forks into new namespaces for users, processes, mounts, the network and IPC. The child is process 1 there.
#[cfg(target_os = "linux")]
pub(super) fn fork_into_namespaces() -> io::Result<Side> {
    let spaces = libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::CLONE_NEWNS | libc::CLONE_NEWNET | libc::CLONE_NEWIPC;
    let flags = libc::c_long::from(spaces | libc::SIGCHLD);
    let none: libc::c_long = 0;
    // On s390x the stack comes first; it is zero (the parent's, copied) like all the others.
    let (first, second) = if cfg!(target_arch = "s390x") { (none, flags) } else { (flags, none) };
    // SAFETY: without CLONE_VM and with no new stack this is a fork; see above for the single thread.
    side(unsafe { libc::syscall(libc::SYS_clone, first, second, none, none, none) })
}

fn side(pid: libc::c_long) -> io::Result<Side> {
    match i32::try_from(pid) {
        Ok(0) => Ok(Side::Child),
        Ok(pid) if pid > 0 => Ok(Side::Parent(pid)),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ends this process at once. What a parent left in its buffers is not written a second time.
pub(super) fn exit_now(status: i32) -> ! {
    // SAFETY: it does not return, and touches no memory.
    unsafe { libc::_exit(status) }
}

/// Becomes that user in that group and in no other. From root there is no way back.
pub(super) fn become_user(user: u32, group: u32) -> io::Result<()> {
    let done = |result: libc::c_int| if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) };
    // SAFETY: the list has the one member that is said, and it outlives the call. There is one thread, so that all of
    // the process changes at once.
    done(unsafe { libc::setgroups(1, &raw const group) })?;
    // SAFETY: only numbers of the process change.
    done(unsafe { libc::setgid(group) })?;
    // SAFETY: the same.
    done(unsafe { libc::setuid(user) })
}

/// Lets the signals of a terminal and of a closing one pass by.
pub(super) fn ignore_terminal_signals() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT] {
        // SAFETY: ignoring a signal runs no code.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
    // Who ignores this one, as a caller may have done, cannot wait for its children.
    // SAFETY: a default effect runs no code.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}

/// Gives every signal its default effect: a program starts the same whatever its parents ignored.
pub(super) fn default_signals() {
    for signal in 1..=64 {
        // The C library keeps two signals to itself and refuses to touch them, but a caller may have ignored those, too.
        #[cfg(target_os = "linux")]
        {
            let default = [0_u64; 8];
            let nothing = std::ptr::null::<u64>();
            let set_size: usize = 8;
            // SAFETY: all zeros are the default effect, without flags and mask, and the kernel's structure is shorter
            // than that. A default effect runs no code. Signals that cannot be set refuse, which is right.
            unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), nothing, set_size) };
        }
        #[cfg(not(target_os = "linux"))]
        // SAFETY: a default effect runs no code. Signals that cannot be set refuse, which is right.
        unsafe {
            libc::signal(signal, libc::SIG_DFL)
        };
    }
}

/// Marks every descriptor from 3 on to be closed when this process becomes another program.
pub(super) fn close_on_exec() {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: only a flag of descriptors changes; the call allocates nothing.
        let done = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
        if done == 0 {
            return;
        }
    }
    for descriptor in 3..1024 {
        // SAFETY: only a flag changes, and one that is not open refuses.
        unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

/// Closes every descriptor from 3 on but `kept`.
///
/// The caller must not use any other descriptor it has afterwards, and must leave by [`exit_now`] or by becoming
/// another program, so that nothing closes them a second time.
pub(super) fn close_all_but(kept: BorrowedFd<'_>) {
    let kept = kept.as_raw_fd();
    let close = |from: RawFd, to: libc::c_uint| {
        #[cfg(target_os = "linux")]
        {
            // SAFETY: see above: what is closed here is not used any more.
            if unsafe { libc::syscall(libc::SYS_close_range, from, to, 0) } == 0 {
                return;
            }
        }
        for descriptor in from..=RawFd::try_from(to).unwrap_or(1024).min(1024) {
            // SAFETY: the same.
            unsafe { libc::close(descriptor) };
        }
    };
    if kept > 3 {
        close(3, (kept - 1).unsigned_abs());
    }
    close((kept + 1).max(3), libc::c_uint::MAX);
}

/// Makes everything mounted at and below `path` read-only, or what is mounted exactly there writable again.
#[cfg(target_os = "linux")]
pub(super) fn set_read_only(path: &std::ffi::CStr, read_only: bool) -> io::Result<()> {
    let read_only_flag = libc::MOUNT_ATTR_RDONLY;
    let attributes = libc::mount_attr {
        attr_set: if read_only { read_only_flag } else { 0 },
        attr_clr: if read_only { 0 } else { read_only_flag },
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if read_only { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the pointers are to a string and a struct that outlive the call, and the size is that of the struct.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
