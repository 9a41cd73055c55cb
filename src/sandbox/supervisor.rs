//! Starting a room's supervisor, and programs through it.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::SandboxError;
use super::chosen::Sandbox;
use super::confine::Confinement;
use super::connection::Connection;
use super::order::Order;
use super::process::Process;
use super::raw;
use super::refusal::START;
use super::room::{MARKER, Room};
use super::wire::{self, Report, Request};

/// A room's supervisor: a process that ends with Proofbook and takes everything it started along.
///
/// A handle: a copy is the same supervisor. When the room is closed, or the last handle and the last [`Process`] are
/// dropped, it ends all its programs and exits.
#[derive(Debug, Clone)]
pub struct Supervisor {
    connection: Arc<Connection>,
    confinement: Arc<Confinement>,
}

impl Supervisor {
    /// Starts a supervisor for `room`.
    ///
    /// Of Proofbook's descriptors it has the room's lock and a socket; of the environment the room's marker only.
    pub fn start(sandbox: &Sandbox, room: &Room) -> Result<Self, SandboxError> {
        let launcher = sandbox.launcher();
        let failed = |error: io::Error| SandboxError::io("start the supervisor", &launcher.program)(error);
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let marker = format!("{MARKER}={}", room.name());
        // Before it is started: should Proofbook die right after, the supervisor knows what to clean up.
        wire::send(&ours, &Request::Begin { folder: room.folder().to_path_buf(), marker }).map_err(failed)?;
        let mut command = Command::new(&launcher.program);
        command.arg0("proofbook").args(&launcher.arguments).env_clear().env(MARKER, room.name()).current_dir("/");
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(room.lock()?);
        apart(&mut command);
        let supervisor = command.spawn().map_err(failed)?;
        let connection = Arc::new(Connection::new(ours, supervisor, room.folder()).map_err(failed)?);
        room.is_kept_by(&connection);
        Ok(Self { connection, confinement: Arc::new(sandbox.confinement(room.folder())) })
    }

    /// The same supervisor with what `sandbox` holds its programs back by.
    pub(super) fn confined_as(&self, sandbox: &Sandbox, room: &Room) -> Self {
        Self { connection: Arc::clone(&self.connection), confinement: Arc::new(sandbox.confinement(room.folder())) }
    }

    /// Starts a program, with an empty stdin and in a session of its own.
    pub fn spawn(&self, order: &Order) -> Result<Process, SandboxError> {
        let process = self.connection.number();
        let confinement = Confinement::clone(&self.confinement);
        match self.connection.ask(&Request::Spawn { process, order: order.clone(), confinement })? {
            Report::Started { pid } => Ok(Process::new(Arc::clone(&self.connection), process, pid)),
            Report::NotStarted(refusal) if refusal.doing == START => {
                Err(SandboxError::io("start", &order.program)(refusal.error()))
            }
            Report::NotStarted(refusal) => Err(SandboxError::Refused {
                program: order.program.clone(),
                doing: refusal.doing.clone(),
                path: refusal.path.as_ref().map(PathBuf::from),
                error: refusal.error(),
            }),
            _ => Err(SandboxError::io("start", Path::new(&order.program))(io::Error::from(io::ErrorKind::InvalidData))),
        }
    }

    /// Ends all programs and everything they started; the supervisor can start others.
    pub fn end_all(&self) -> Result<(), SandboxError> {
        self.connection.end(&Request::EndAll)
    }
}

/// A session of its own, so that Ctrl-C in the terminal does not reach it, and nothing of the caller's left open.
#[allow(unsafe_code, reason = "what a new process does between fork and exec has no safe interface")]
fn apart(command: &mut Command) {
    let prepare = || {
        rustix::process::setsid()?;
        raw::ignore_terminal_signals();
        raw::close_on_exec();
        Ok(())
    };
    // SAFETY: the closure makes system calls only: it neither allocates nor takes a lock.
    unsafe { command.pre_exec(prepare) };
}
