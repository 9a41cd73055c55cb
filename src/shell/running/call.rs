//! What a waiting process waits in: the system call it made, or else the function of the kernel it stands in.
//!
//! Both are read as far as the system lets us. Numbers of calls are those of the machine's own architecture; where a
//! process is made for another one they are not looked at. Must stay true: nothing is guessed; what is not in these
//! tables is unknown.

use super::process::Process;

/// What a process waits in. Numbers are descriptors of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wait {
    Time,
    Children,
    Signal,
    Thread,
    Read(Option<u32>),
    Write(Option<u32>),
    /// Something to happen on this descriptor, or on several.
    Event(Option<u32>),
    Lock(Option<u32>),
    /// Opening a FIFO: its path, if it could be read, and whether to write.
    Open {
        path: Option<String>,
        to_write: Option<bool>,
    },
    Socket(Option<u32>),
    /// Somebody to connect.
    Visitor(Option<u32>),
    Disk,
}

/// What `process`, which is asleep, waits in.
pub(super) fn wait(process: &Process) -> Option<Wait> {
    call(process).or_else(|| function(process.text("wchan")?.trim()))
}

#[cfg(target_os = "linux")]
fn call(process: &Process) -> Option<Wait> {
    let text = process.text("syscall")?;
    let mut words = text.split_whitespace();
    let number: libc::c_long = words.next()?.parse().ok()?;
    let arguments: Vec<u64> = words.map_while(|word| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok()).collect();
    let [a, b, c, ..] = *arguments.as_slice() else { return None };
    if !process.is_native() {
        return None;
    }
    let descriptor = |argument: u64| u32::try_from(argument).ok();
    Some(match number {
        libc::SYS_nanosleep | libc::SYS_clock_nanosleep => Wait::Time,
        libc::SYS_wait4 | libc::SYS_waitid => Wait::Children,
        libc::SYS_rt_sigsuspend | libc::SYS_rt_sigtimedwait => Wait::Signal,
        libc::SYS_futex => Wait::Thread,
        libc::SYS_read | libc::SYS_readv | libc::SYS_pread64 => Wait::Read(descriptor(a)),
        libc::SYS_write | libc::SYS_writev | libc::SYS_pwrite64 => Wait::Write(descriptor(a)),
        // Of the two sides, the kernel's own function says which one is waited for.
        libc::SYS_splice => side(process, a, c)?,
        libc::SYS_copy_file_range => side(process, a, c)?,
        libc::SYS_tee => side(process, a, b)?,
        libc::SYS_sendfile => side(process, b, a)?,
        libc::SYS_flock => Wait::Lock(descriptor(a)),
        libc::SYS_fcntl if b == libc::F_SETLKW as u64 || b == libc::F_OFD_SETLKW as u64 => Wait::Lock(descriptor(a)),
        libc::SYS_openat => open(process, b, c),
        libc::SYS_recvfrom | libc::SYS_recvmsg => Wait::Read(descriptor(a)),
        libc::SYS_sendto | libc::SYS_sendmsg => Wait::Write(descriptor(a)),
        libc::SYS_connect => Wait::Socket(descriptor(a)),
        libc::SYS_accept | libc::SYS_accept4 => Wait::Visitor(descriptor(a)),
        libc::SYS_ppoll => polled(process, a, b),
        libc::SYS_pselect6 if a == 0 => Wait::Time,
        libc::SYS_pselect6 | libc::SYS_epoll_pwait => Wait::Event(None),
        libc::SYS_fsync | libc::SYS_fdatasync | libc::SYS_sync | libc::SYS_syncfs => Wait::Disk,
        number => return older(process, number, [a, b]),
    })
}

/// Calls that newer architectures do without.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn older(process: &Process, number: libc::c_long, [a, b]: [u64; 2]) -> Option<Wait> {
    Some(match number {
        libc::SYS_pause => Wait::Signal,
        libc::SYS_open => open(process, a, b),
        libc::SYS_poll => polled(process, a, b),
        libc::SYS_select if a == 0 => Wait::Time,
        libc::SYS_select | libc::SYS_epoll_wait => Wait::Event(None),
        _ => return None,
    })
}

#[cfg(all(target_os = "linux", not(target_arch = "x86_64")))]
fn older(_process: &Process, _number: libc::c_long, _arguments: [u64; 2]) -> Option<Wait> {
    None
}

#[cfg(not(target_os = "linux"))]
fn call(_process: &Process) -> Option<Wait> {
    None
}

/// Which side of a copy is waited for.
#[cfg(target_os = "linux")]
fn side(process: &Process, from: u64, to: u64) -> Option<Wait> {
    match function(process.text("wchan")?.trim())? {
        Wait::Read(_) => Some(Wait::Read(u32::try_from(from).ok())),
        Wait::Write(_) => Some(Wait::Write(u32::try_from(to).ok())),
        _ => None,
    }
}

#[cfg(target_os = "linux")]
fn open(process: &Process, path: u64, flags: u64) -> Wait {
    // The path may end right before memory that is not there: less is read then.
    let bytes = process.memory(path, 4096);
    let path = bytes.and_then(|bytes| String::from_utf8(bytes.split(|&byte| byte == 0).next()?.to_vec()).ok());
    let to_write = match flags & 3 {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    Wait::Open { path: path.filter(|path| !path.is_empty()), to_write }
}

/// What a `poll` waits for: time if it looks at nothing, else something on its only descriptor or on several.
#[cfg(target_os = "linux")]
fn polled(process: &Process, list: u64, length: u64) -> Wait {
    match length {
        0 => Wait::Time,
        1 => {
            let entry = process.memory(list, 6).filter(|entry| entry.len() == 6);
            let Some(entry) = entry else { return Wait::Event(None) };
            let descriptor = u32::from_ne_bytes([entry[0], entry[1], entry[2], entry[3]]);
            let events = i16::from_ne_bytes([entry[4], entry[5]]);
            match (events & libc::POLLIN != 0, events & libc::POLLOUT != 0) {
                (true, false) => Wait::Read(Some(descriptor)),
                (false, true) => Wait::Write(Some(descriptor)),
                _ => Wait::Event(Some(descriptor)),
            }
        }
        _ => Wait::Event(None),
    }
}

/// By the kernel's function. Their names differ a little from version to version.
fn function(name: &str) -> Option<Wait> {
    let has = |part: &str| name.contains(part);
    Some(match name {
        "do_wait" | "kernel_wait4" => Wait::Children,
        "wait_for_partner" | "fifo_open" => Wait::Open { path: None, to_write: None },
        _ if has("nanosleep") => Wait::Time,
        _ if has("pipe_read") || has("pipe_wait_readable") => Wait::Read(None),
        _ if has("pipe_write") || has("pipe_wait_writable") => Wait::Write(None),
        _ if has("futex") => Wait::Thread,
        _ if has("sigsuspend") || has("sigtimedwait") => Wait::Signal,
        _ if has("lock_inode_wait") || has("fcntl_setlk") => Wait::Lock(None),
        _ if has("poll_schedule_timeout") || name == "do_poll" || name == "ep_poll" => Wait::Event(None),
        _ if has("unix_stream_read") || has("unix_stream_data_wait") || has("skb_wait_for_more_packets") => {
            Wait::Socket(None)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_of_the_kernel_is_known_or_nothing_is_said() {
        for (name, wait) in [
            ("do_wait", Some(Wait::Children)),
            ("hrtimer_nanosleep", Some(Wait::Time)),
            ("pipe_read", Some(Wait::Read(None))),
            ("anon_pipe_write", Some(Wait::Write(None))),
            ("futex_wait_queue_me", Some(Wait::Thread)),
            ("sigsuspend.isra.0", Some(Wait::Signal)),
            ("locks_lock_inode_wait", Some(Wait::Lock(None))),
            ("poll_schedule_timeout.constprop.0", Some(Wait::Event(None))),
            ("unix_stream_read_generic", Some(Wait::Socket(None))),
            ("0", None),
            ("", None),
            ("do_something_new", None),
        ] {
            assert_eq!(function(name), wait, "{name}");
        }
    }
}
