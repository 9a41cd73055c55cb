//! The preview: serves the site from memory, rebuilds it on save, and tells open pages to reload.
//!
//! Takes a closure that builds the site, gives a running [`Server`]. Its parts, in the order a save passes them:
//!
//! - `watch` sees that the bytes of a watched file changed;
//! - `rebuild` calls the closure and puts what it gives on the board;
//! - `board` holds the last good site and the present problems;
//! - `events` tells every open page what is on the board;
//! - `listen` takes connections, `http` reads their requests, `answer` says what each gets.
//!
//! Must stay true: only whole sites are served, because a site comes from one build and replaces the last one at once;
//! a failed build leaves the last good site; nothing outside the site's own files can be asked for, because there is
//! no way from a request to the file system; no request makes anything happen: no snippet is run, nothing is written;
//! whoever is not the person in front of the browser is refused (`answer` says how); no client, however slow or
//! many, keeps others waiting or makes the process grow.
//!
//! tiny_http is used for its half that answers (methods, status texts, framing). The half that listens is our own,
//! for reasons measured with tiny_http 0.12: its accept loop ends for good at the first error, which includes the
//! timeout that a listening socket passes on to `accept`, and running out of file descriptors; it starts a thread for
//! every connection, without limit; it reads a head of any length for any time; and one request that claims a body of
//! some terabytes makes it allocate them, which aborts the process.

mod answer;
mod board;
mod events;
mod http;
mod limits;
mod listen;
mod rebuild;
mod watch;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fmt, io, thread};

use serde::Serialize;

use crate::path::RelativePath;
use answer::Names;
use board::Board;
use limits::Limits;
use listen::Listening;
use watch::Signal;

/// The port of a preview for which none is named.
pub const DEFAULT_PORT: u16 = 4747;

/// What to serve, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address or name to listen on. Loopback names are always answered to; with an address for all interfaces
    /// (`0.0.0.0`, `::`) any IP address is, but no other name: a name is what DNS rebinding needs.
    pub host: String,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// Files and folders whose changes lead to a build, there or not.
    pub watch: Vec<PathBuf>,
    /// Files and folders that never do, also where they lie below a watched one: the output, caches.
    pub ignore: Vec<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { host: "127.0.0.1".to_owned(), port: DEFAULT_PORT, watch: Vec::new(), ignore: Vec::new() }
    }
}

/// Why a build is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// The first one.
    Start,
    /// These files were added, changed or removed; sorted, absolute.
    Files(Vec<PathBuf>),
}

/// What a build gave.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// Every file of the site; `None` if there is none to show, then the last good one stays.
    pub files: Option<BTreeMap<RelativePath, Vec<u8>>>,
    /// What is wrong, also with a site that can be shown.
    pub problems: Vec<Problem>,
}

/// One problem as shown over the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What is wrong, in one line.
    pub message: String,
    /// Where, such as `content/a.md:3:5`; empty for nowhere.
    pub place: String,
    /// The diagnostic drawn as plain text; empty for none.
    pub text: String,
}

/// Something worth telling the person who started the preview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServeEvent {
    /// A build has ended.
    Built {
        /// Why it was made.
        changed: Changed,
        /// What it did to the pages.
        result: BuildResult,
        /// How many problems it has.
        problems: usize,
        /// How long it took.
        took: Duration,
    },
    /// The system does not report changes (the text says why); files are looked at every second instead.
    Polling(String),
}

/// What a build did to the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildResult {
    /// There is a new site of so many files; open pages reload.
    New(usize),
    /// The site is the same as before.
    Same,
    /// There is no new site; the last good one stays.
    Failed,
}

/// A running preview; dropping it ends it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    url: String,
    board: Arc<Board>,
    signals: Sender<Signal>,
    listening: Option<Listening>,
    rebuilding: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens, then builds and watches in the background; requests wait for the first build.
    pub fn start(
        options: Options,
        build: impl FnMut(&Changed) -> Build + Send + 'static,
        on_event: impl FnMut(ServeEvent) + Send + 'static,
    ) -> Result<Self, ServeError> {
        Self::start_within(Limits::default(), options, build, on_event)
    }

    fn start_within(
        limits: Limits,
        options: Options,
        build: impl FnMut(&Changed) -> Build + Send + 'static,
        on_event: impl FnMut(ServeEvent) + Send + 'static,
    ) -> Result<Self, ServeError> {
        let fail = |error| ServeError::new(&options, error);
        let host = options.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let listener = TcpListener::bind((host.as_str(), options.port)).map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        let names = Names::new(&host, address);
        let url = names.url();

        let board = Arc::new(Board::default());
        let listening = Listening::start(listener, limits, names, Arc::clone(&board)).map_err(fail)?;
        let (signals, inbox) = mpsc::channel();
        let work = rebuild::Rebuild::new(&options, Arc::clone(&board), signals.clone(), inbox);
        let rebuilding = thread::Builder::new().name("preview-build".to_owned()).spawn(|| work.run(build, on_event));
        let rebuilding = Some(rebuilding.map_err(fail)?);
        Ok(Self { address, url, board, signals, listening: Some(listening), rebuilding })
    }

    /// The address listened on, with the port taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address to open in a browser, such as `http://127.0.0.1:4747/`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns when `stop` is set, which a signal may do.
    pub fn wait(&self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.board.stop();
        // The build thread may have ended by itself; then nobody is there to be told.
        let _ = self.signals.send(Signal::Stop);
        drop(self.listening.take());
        if let Some(rebuilding) = self.rebuilding.take() {
            // A build under way is not waited for: it would keep a person who pressed Ctrl-C waiting.
            if !self.board.is_building() {
                let _ = rebuilding.join();
            }
        }
    }
}

/// Why the preview could not start.
#[derive(Debug)]
pub struct ServeError {
    /// The host asked for.
    pub host: String,
    /// The port asked for.
    pub port: u16,
    /// What the system said.
    pub error: io::Error,
}

impl ServeError {
    fn new(options: &Options, error: io::Error) -> Self {
        Self { host: options.host.clone(), port: options.port, error }
    }

    /// What to do about it, as one sentence.
    pub fn hint(&self) -> Option<String> {
        Some(match self.error.kind() {
            io::ErrorKind::AddrInUse => {
                let next = self.port.saturating_add(1);
                format!("another preview may be running; `--port {next}` takes another port, `--port 0` any free one")
            }
            io::ErrorKind::PermissionDenied => "ports below 1024 are for the system: take a higher one".to_owned(),
            io::ErrorKind::AddrNotAvailable => "the host must be an address or a name of this machine".to_owned(),
            _ => return None,
        })
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, error } = self;
        match error.kind() {
            io::ErrorKind::AddrInUse => write!(f, "port {port} of `{host}` is taken"),
            _ => write!(f, "cannot listen on port {port} of `{host}`: {error}"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Locks `mutex`, also after a thread that held it has panicked: what it guards is replaced, never half changed.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
