//! Finding out which mechanisms this machine has: by using each of them, in a room made for that.

use std::path::Path;
use std::time::{Duration, Instant};

use super::SandboxError;
use super::chosen::Sandbox;
use super::confine::{LANDLOCK, Mechanisms};
use super::launcher::Launcher;
use super::order::{AsUser, Order, ProcessEnd, ProcessLimits};
use super::room::Room;
use super::supervise::are_descendants_known;
use super::supervisor::Supervisor;

/// How long the smallest of programs may take.
const LIMIT: Duration = Duration::from_secs(20);

impl Sandbox {
    /// Tries each mechanism and keeps those with which a program runs. `path` is the `PATH` of the pages, and whatever
    /// else they may read, as such a list; `temporary` is where their rooms will be.
    ///
    /// An error means that not even a supervisor could be started.
    pub fn probe(launcher: Launcher, path: &str, temporary: &Path) -> Result<Self, SandboxError> {
        let room = Room::create(temporary)?;
        let supervisor = Supervisor::start(&Self::with(launcher.clone(), path, Mechanisms::default()), &room)?;
        let holds = |mechanisms: Mechanisms| -> Result<bool, SandboxError> {
            runs(&supervisor.confined_as(&Self::with(launcher.clone(), path, mechanisms), &room), &room)
        };
        let mut found = Mechanisms { descendants: are_descendants_known(), ..Mechanisms::default() };
        let none = Mechanisms::default();
        if cfg!(target_os = "linux") {
            for version in LANDLOCK {
                if holds(Mechanisms { landlock: Some(version), ..none })? {
                    found.landlock = Some(version);
                    break;
                }
            }
            found.seccomp = holds(Mechanisms { seccomp: true, ..none })?;
            // With the others, because that is how they are used.
            found.namespaces = holds(Mechanisms { namespaces: true, ..found })?;
        }
        room.close()?;
        Ok(Self::with(launcher, path, found))
    }
}

/// Whether a program runs with what `supervisor` holds it back by.
fn runs(supervisor: &Supervisor, room: &Room) -> Result<bool, SandboxError> {
    let log = room.private().join("probe");
    let order = Order {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), "exit 7".into()],
        environment: room.environment("/usr/bin:/bin"),
        folder: room.work(),
        stdout: log.clone(),
        stderr: log,
        limits: ProcessLimits::default(),
        as_user: AsUser::Same,
    };
    let mut process = match supervisor.spawn(&order) {
        Ok(process) => process,
        Err(SandboxError::Refused { .. } | SandboxError::Io { .. }) => return Ok(false),
        Err(error) => return Err(error),
    };
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        if let Some(end) = process.end()? {
            return Ok(end == ProcessEnd::Exited(7));
        }
        process.wait_for_news(Duration::from_millis(50))?;
    }
    Ok(false)
}
