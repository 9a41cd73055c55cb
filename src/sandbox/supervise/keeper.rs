//! The process between the supervisor and one program: it holds everything the program starts together.
//!
//! With namespaces it is process 1 of its own, so that its end is the end of all of them. Without, it is a reaper of
//! orphans: while it lives they come to it, and when it ends to the supervisor, which then knows whose they were. It
//! lives as long as the program, and stands outside of what holds the program back, so that the program cannot end it
//! where the system has a say.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, WaitOptions, WaitStatus};
use serde::{Deserialize, Serialize};

use super::account::Account;
use crate::sandbox::confine::Confinement;
use crate::sandbox::order::{AsUser, Order, ProcessEnd};
use crate::sandbox::raw::{self, Side};
use crate::sandbox::refusal::{Refusal, START};
use crate::sandbox::wire;

/// What a keeper says to its supervisor, in this order: ready or refused, started or refused, ended.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// It will end with the supervisor from now on, and waits for the answer, which shows that there still is one.
    Ready,
    /// The program was not started.
    Refused(Refusal),
    /// The program runs, under this id in the view of the keeper.
    Started(i32),
    /// The program ended.
    Ended(ProcessEnd),
}

/// Starts a keeper for `order`; gives its process id and the supervisor's end of the line to it.
pub(super) fn start(order: &Order, confinement: &Confinement, niceness: i32) -> Result<(Pid, UnixStream), Refusal> {
    let (ours, theirs) = UnixStream::pair().map_err(Refusal::of("make a pair of sockets"))?;
    let user = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let side = if confinement.mechanisms.namespaces {
        namespaces().map_err(Refusal::of("make namespaces"))?
    } else {
        raw::fork().map_err(Refusal::of("make a process"))?
    };
    match side {
        Side::Parent(pid) => {
            let pid = Pid::from_raw(pid).ok_or_else(|| Refusal::of("make a process")(rustix::io::Errno::SRCH))?;
            Ok((pid, ours))
        }
        Side::Child => {
            // Nothing may unwind into the supervisor's own frames, nor run its destructors.
            let _ = catch_unwind(AssertUnwindSafe(|| {
                if let Err(refusal) = keep(order, confinement, (user, niceness), &theirs) {
                    let _ = wire::send(&theirs, &Word::Refused(refusal));
                }
            }));
            raw::exit_now(0)
        }
    }
}

#[cfg(target_os = "linux")]
fn namespaces() -> io::Result<Side> {
    raw::fork_into_namespaces()
}

#[cfg(not(target_os = "linux"))]
fn namespaces() -> io::Result<Side> {
    Err(rustix::io::Errno::NOSYS.into())
}

fn keep(
    order: &Order,
    confinement: &Confinement,
    (user, niceness): ((u32, u32), i32),
    line: &UnixStream,
) -> Result<(), Refusal> {
    let nothing = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null");
    let nothing = nothing.map_err(Refusal::at("open", "/dev/null"))?;
    stand_on(&nothing, &nothing, &nothing)?;
    raw::close_all_but(line.as_fd());
    // The descriptor was closed with the others.
    std::mem::forget(nothing);
    let other = other_account(order, user.0);
    settle(confinement, user, other)?;
    wire::send(line, &Word::Ready).map_err(Refusal::of("answer"))?;
    let mut answer = [0];
    let mut from = line;
    if from.read_exact(&mut answer).is_err() {
        return Ok(());
    }
    // In namespaces the number is another one by now, for all that is in there.
    let becomes = other.filter(|_| !confinement.mechanisms.namespaces);
    let program = program(order, confinement, becomes, niceness)?;
    wire::send(line, &Word::Started(program.as_raw_nonzero().get())).map_err(Refusal::of("answer"))?;
    let end = wait_for(program).map_err(Refusal::of("wait for the program"))?;
    wire::send(line, &Word::Ended(end)).map_err(Refusal::of("answer"))
}

/// The account that is not root, if the program is to run as one and would not.
fn other_account(order: &Order, user: u32) -> Option<Account> {
    (user == 0 && order.as_user != AsUser::Same).then(Account::not_root)
}

/// Becomes what holds the program's processes together, and bound to the life of the supervisor.
#[cfg(target_os = "linux")]
fn settle(confinement: &Confinement, user: (u32, u32), other: Option<Account>) -> Result<(), Refusal> {
    use rustix::process::{DumpableBehavior, set_child_subreaper, set_dumpable_behavior};

    if confinement.mechanisms.namespaces {
        confinement.enter_namespaces(user, other.map_or(user, |account| (account.user, account.group)))?;
    } else {
        set_child_subreaper(Some(rustix::process::getpid())).map_err(Refusal::of("adopt orphans"))?;
    }
    // Its memory is a copy of the supervisor's.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(Refusal::of("close its memory"))?;
    // After everything that changes who the process is, because that undoes it.
    die_with_parent()
}

#[cfg(not(target_os = "linux"))]
fn settle(_confinement: &Confinement, _user: (u32, u32), _other: Option<Account>) -> Result<(), Refusal> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn die_with_parent() -> Result<(), Refusal> {
    use rustix::process::{Signal, set_parent_process_death_signal};

    set_parent_process_death_signal(Some(Signal::KILL)).map_err(Refusal::of("end with its parent"))
}

/// Starts the program itself.
fn program(order: &Order, confinement: &Confinement, becomes: Option<Account>, niceness: i32) -> Result<Pid, Refusal> {
    let (mut refusal, in_child) = io::pipe().map_err(Refusal::of("make a pipe"))?;
    let keeper = rustix::process::getpid();
    match raw::fork().map_err(Refusal::of("make a process"))? {
        Side::Child => {
            let _ = catch_unwind(AssertUnwindSafe(|| {
                let refusal = become_program(order, confinement, (keeper, becomes), niceness);
                let _ = wire::send(&in_child, &refusal);
            }));
            raw::exit_now(127)
        }
        Side::Parent(pid) => {
            drop(in_child);
            let mut text = Vec::new();
            // It ends without a word when the program has taken the child's place.
            refusal.read_to_end(&mut text).map_err(Refusal::of("read from a pipe"))?;
            if !text.is_empty() {
                return Err(serde_json::from_slice(&text)
                    .map_err(io::Error::from)
                    .map_err(Refusal::of("read from a pipe"))?);
            }
            Pid::from_raw(pid).ok_or_else(|| Refusal::of("make a process")(rustix::io::Errno::SRCH))
        }
    }
}

/// Comes back only with what went wrong.
fn become_program(order: &Order, confinement: &Confinement, parties: (Pid, Option<Account>), niceness: i32) -> Refusal {
    if let Err(refusal) = prepare(order, confinement, parties, niceness) {
        return refusal;
    }
    let mut command = Command::new(&order.program);
    command.args(&order.arguments).env_clear();
    command.envs(order.environment.iter().map(|(name, value)| (name, value)));
    Refusal::at(START, &order.program)(command.exec())
}

fn prepare(
    order: &Order,
    confinement: &Confinement,
    (keeper, becomes): (Pid, Option<Account>),
    niceness: i32,
) -> Result<(), Refusal> {
    rustix::process::setsid().map_err(Refusal::of("make a session"))?;
    raw::default_signals();
    // The supervisor may have raised its own; to lower it again is allowed to everybody.
    let _ = rustix::process::setpriority_process(None, niceness);
    raw::close_on_exec();
    rustix::process::umask(rustix::fs::Mode::WGRP | rustix::fs::Mode::WOTH);
    let stdin = std::fs::File::open("/dev/null").map_err(Refusal::at("open", "/dev/null"))?;
    let open = |path: &std::path::Path| {
        std::fs::OpenOptions::new().append(true).create(true).open(path).map_err(Refusal::at("write", path))
    };
    stand_on(&stdin, &open(&order.stdout)?, &open(&order.stderr)?)?;
    // After the streams, which need not be that account's, and before the folder, which it must be able to enter.
    if let Some(account) = becomes {
        account.take_over(&order.as_user, &confinement.room)?;
    }
    rustix::process::chdir(&order.folder).map_err(Refusal::at("enter the folder", &order.folder))?;
    lower(Resource::Fsize, order.limits.file)?;
    lower(Resource::Core, 0)?;
    confinement.apply()?;
    #[cfg(target_os = "linux")]
    die_with_parent()?;
    // Had the keeper died before that, nobody would end this process.
    if rustix::process::getppid() == Some(keeper) {
        Ok(())
    } else {
        Err(Refusal::of("end with its parent")(rustix::io::Errno::SRCH))
    }
}

fn stand_on(stdin: &impl AsFd, stdout: &impl AsFd, stderr: &impl AsFd) -> Result<(), Refusal> {
    rustix::stdio::dup2_stdin(stdin)
        .and_then(|()| rustix::stdio::dup2_stdout(stdout))
        .and_then(|()| rustix::stdio::dup2_stderr(stderr))
        .map_err(Refusal::of("set the standard streams"))
}

fn lower(resource: Resource, to: u64) -> Result<(), Refusal> {
    let old = rustix::process::getrlimit(resource);
    let lower = |limit: Option<u64>| Some(limit.map_or(to, |limit| limit.min(to)));
    let new = Rlimit { current: lower(old.current), maximum: lower(old.maximum) };
    rustix::process::setrlimit(resource, new).map_err(Refusal::of("lower a limit"))
}

/// Waits until `program` has ended, and lays every orphan to rest that ends before it.
#[cfg(target_os = "linux")]
fn wait_for(program: Pid) -> io::Result<ProcessEnd> {
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == program => return Ok(end_of(status)),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Without namespaces and reapers, what can be ended with the program is its process group.
#[cfg(not(target_os = "linux"))]
fn wait_for(program: Pid) -> io::Result<ProcessEnd> {
    use rustix::process::{Signal, WaitId, WaitIdOptions, kill_process_group, waitid, waitpid};

    loop {
        // It stays a zombie until its group was ended: its id cannot go to anybody else before.
        match waitid(WaitId::Pid(program), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let _ = kill_process_group(program, Signal::KILL);
        if let Some((_, status)) = waitpid(Some(program), WaitOptions::empty())? {
            return Ok(end_of(status));
        }
    }
}

fn end_of(status: WaitStatus) -> ProcessEnd {
    match status.exit_status() {
        Some(code) => ProcessEnd::Exited(code),
        None => ProcessEnd::Killed(status.terminating_signal().unwrap_or_default()),
    }
}

/// Lets the keeper on the other end of `line` go on.
pub(super) fn answer(mut line: &UnixStream) -> io::Result<()> {
    line.write_all(b"g")
}
