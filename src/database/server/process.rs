//! A server's process: started in a place, waited for, ended with it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::database::Place;
use crate::sandbox::{AsUser, Order, Process, ProcessEnd, ProcessLimits};

use super::Failure;

/// How large a server's files may get: a data file holds all of a table.
const LARGEST_FILE: u64 = 4 << 30;

/// How often it is looked whether a server is ready.
const POLL: Duration = Duration::from_millis(5);

/// What is to be started.
#[derive(Debug, Clone)]
pub(in crate::database) struct Launch<'l> {
    /// The program, by its absolute path.
    pub(in crate::database) program: &'l Path,
    /// Its arguments.
    pub(in crate::database) arguments: Vec<OsString>,
    /// What its environment has beyond that of the place; a variable that is there is replaced.
    pub(in crate::database) environment: Vec<(String, String)>,
    /// The name of its log in the place's private folder; stdout and stderr go there.
    pub(in crate::database) log: &'static str,
    /// As whom it runs.
    pub(in crate::database) as_user: AsUser,
}

impl Launch<'_> {
    fn log(&self, place: Place<'_>) -> PathBuf {
        place.private.join(self.log)
    }

    fn start(&self, place: Place<'_>) -> Result<Process, Failure> {
        let replaced = |name: &str| self.environment.iter().any(|(other, _)| other == name);
        let mut environment: Vec<_> = place.environment.iter().filter(|(name, _)| !replaced(name)).cloned().collect();
        environment.extend(self.environment.iter().cloned());
        let log = self.log(place);
        let order = Order {
            program: self.program.to_path_buf(),
            arguments: self.arguments.clone(),
            environment,
            folder: place.folder.to_path_buf(),
            stdout: log.clone(),
            stderr: log,
            limits: ProcessLimits { file: LARGEST_FILE, ..ProcessLimits::default() },
            as_user: self.as_user.clone(),
        };
        Ok(place.supervisor.spawn(&order)?)
    }
}

/// A running server. Dropping it ends it at once, without letting it finish.
#[derive(Debug)]
pub(in crate::database) struct Server {
    process: Process,
    program: PathBuf,
    log: PathBuf,
}

impl Server {
    /// Starts a server and waits until `connect` gives something, which it is asked for again and again; an error it
    /// gives ends the waiting. Fails if the server ends before, or after `limit`.
    pub(in crate::database) fn start<C>(
        place: Place<'_>,
        launch: &Launch<'_>,
        limit: Duration,
        mut connect: impl FnMut() -> Result<Option<C>, Failure>,
    ) -> Result<(Self, C), Failure> {
        let process = launch.start(place)?;
        let mut server = Self { process, program: launch.program.to_path_buf(), log: launch.log(place) };
        let deadline = Instant::now() + limit;
        loop {
            if let Some(connected) = connect()? {
                return Ok((server, connected));
            }
            if let Some(end) = server.process.end()? {
                return Err(server.failure(&ended(end)));
            }
            if Instant::now() >= deadline {
                return Err(server.failure(&format!("did not become ready in {} s", limit.as_secs())));
            }
            server.process.wait_for_news(POLL)?;
        }
    }

    /// Waits until the server, which was asked to, has ended well.
    pub(in crate::database) fn wait_for_end(mut self, limit: Duration) -> Result<(), Failure> {
        match wait_for_end(&mut self.process, limit)? {
            Some(ProcessEnd::Exited(0)) => Ok(()),
            Some(end) => Err(self.failure(&ended(end))),
            None => Err(self.failure(&format!("did not end in {} s", limit.as_secs()))),
        }
    }

    /// How the server ended, in words with the end of its log, if it did: why a connection broke.
    pub(in crate::database) fn death(&mut self) -> Option<String> {
        let end = self.process.end().ok().flatten()?;
        Some(self.failure(&ended(end)).to_string())
    }

    fn failure(&self, what: &str) -> Failure {
        let message = format!("the server {} {what}", self.program.display());
        Failure::new(message, "start it by hand to see more, or repair its installation").with_log(&self.log)
    }
}

/// Runs a program in `place` to its end; what it printed. Fails if that takes longer than `limit` or its status is not 0.
pub(in crate::database) fn run(place: Place<'_>, launch: &Launch<'_>, limit: Duration) -> Result<String, Failure> {
    let mut process = launch.start(place)?;
    let log = launch.log(place);
    let what = match wait_for_end(&mut process, limit)? {
        Some(ProcessEnd::Exited(0)) => {
            let printed = std::fs::read(&log).map_err(Failure::io("read", &log))?;
            return Ok(String::from_utf8_lossy(&printed).into_owned());
        }
        Some(end) => ended(end),
        None => format!("did not end in {} s", limit.as_secs()),
    };
    let message = format!("{} {what}", launch.program.display());
    Err(Failure::new(message, "run it by hand to see more, or repair its installation").with_log(&log))
}

fn wait_for_end(process: &mut Process, limit: Duration) -> Result<Option<ProcessEnd>, Failure> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(end) = process.end()? {
            return Ok(Some(end));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        process.wait_for_news(left.min(Duration::from_millis(50)))?;
    }
}

fn ended(end: ProcessEnd) -> String {
    match end {
        ProcessEnd::Exited(status) => format!("ended with status {status}"),
        ProcessEnd::Killed(signal) => format!("was ended by signal {signal}"),
        ProcessEnd::TooMany(count) => format!("was ended because more than {count} processes ran below it"),
    }
}
