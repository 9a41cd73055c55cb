//! A filter of system calls: sockets are UNIX ones only.
//!
//! Landlock knows TCP and no more; UDP, raw and netlink sockets are stopped here. io_uring could make sockets past this
//! filter, so it is refused as where an administrator switched it off. Calls of another architecture, which would be
//! read by the wrong numbers, end the process.

use std::collections::BTreeMap;
use std::io;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter,
};

use crate::sandbox::refusal::Refusal;

/// Restricts this process, and what it starts, for good. Needs `no_new_privs`.
pub(super) fn restrict() -> Result<(), Refusal> {
    for filter in [sockets(), rings()] {
        let program = filter.map_err(refusal)?;
        apply_filter(&program).map_err(refusal)?;
    }
    Ok(())
}

/// The error is what socket(2) says of a family a process may not use.
fn sockets() -> Result<BpfProgram, seccompiler::Error> {
    let unix = u64::from(libc::AF_UNIX.unsigned_abs());
    let other_family = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, unix)?;
    let rule = SeccompRule::new(vec![other_family])?;
    let numbers = [libc::SYS_socket, libc::SYS_socketpair];
    compile(numbers.into_iter().map(|number| (number, vec![rule.clone()])), libc::EACCES)
}

fn rings() -> Result<BpfProgram, seccompiler::Error> {
    compile([(libc::SYS_io_uring_setup, Vec::new())].into_iter(), libc::EPERM)
}

fn compile(
    rules: impl Iterator<Item = (libc::c_long, Vec<SeccompRule>)>,
    errno: i32,
) -> Result<BpfProgram, seccompiler::Error> {
    // On x86_64 every call has a second number, that of the x32 interface.
    const X32: i64 = 0x4000_0000;
    let mut all = BTreeMap::new();
    for (number, rules) in rules {
        if cfg!(target_arch = "x86_64") {
            all.insert(number | X32, rules.clone());
        }
        all.insert(number, rules);
    }
    let refuse = SeccompAction::Errno(errno.unsigned_abs());
    let architecture = if cfg!(target_arch = "x86_64") {
        "x86_64"
    } else if cfg!(target_arch = "aarch64") {
        "aarch64"
    } else if cfg!(target_arch = "riscv64") {
        "riscv64"
    } else {
        "none the filter can be made for"
    };
    let architecture = TargetArch::try_from(architecture)?;
    let filter = SeccompFilter::new(all, SeccompAction::Allow, refuse, architecture)?;
    Ok(filter.try_into()?)
}

fn refusal(_error: seccompiler::Error) -> Refusal {
    Refusal::of("filter the system calls")(io::Error::last_os_error())
}
