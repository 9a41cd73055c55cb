//! The real program, in an environment that holds nothing of the machine's, with a limit on how long it may take.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::{Project, Ran};

/// What no run comes near; one that does hangs, and its test fails instead of waiting.
const LIMIT: Duration = Duration::from_secs(60);

/// A run that was not started yet.
pub(crate) struct Command<'p> {
    project: &'p Project,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    folder: PathBuf,
    terminal: bool,
}

impl<'p> Command<'p> {
    pub(super) fn new(project: &'p Project, arguments: &str) -> Self {
        let arguments = arguments.split_whitespace().map(str::to_owned).collect();
        Self { project, arguments, variables: Vec::new(), folder: project.root(), terminal: false }
    }

    /// With one more argument, spaces and all.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// With an environment variable.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Started in this folder, taken from the project's root.
    pub(crate) fn inside(mut self, folder: &str) -> Self {
        self.folder = self.project.root().join(folder);
        self
    }

    /// With a terminal in place of stdout and stderr, which then are one.
    pub(crate) fn in_terminal(mut self) -> Self {
        self.terminal = true;
        self
    }

    /// Runs it to its end, and demands that no file and no process is left of it.
    #[track_caller]
    pub(crate) fn run(self) -> Ran {
        let (project, terminal) = (self.project, self.terminal);
        let ran = self.start().wait();
        assert!(terminal || !ran.whole().contains('\x1b'), "no terminal, but control codes: {:?}", ran.whole());
        assert_eq!(project.left_files(), Vec::<PathBuf>::new(), "files were left behind by\n{}", ran.whole());
        assert_eq!(project.left_processes(), Vec::<i32>::new(), "processes were left behind by\n{}", ran.whole());
        ran
    }

    /// Starts it.
    pub(crate) fn start(self) -> Running {
        const PROGRAM: &str = env!("CARGO_BIN_EXE_proofbook");
        let mut command = if self.terminal {
            // The program and its arguments hold nothing a shell gives a meaning.
            let mut command = std::process::Command::new("script");
            command.args(["-qefc", &format!("{PROGRAM} {}", self.arguments.join(" ")), "/dev/null"]);
            command
        } else {
            let mut command = std::process::Command::new(PROGRAM);
            command.args(&self.arguments);
            command
        };
        command
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TMPDIR", self.project.temporary())
            .envs(self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own: what is typed at the terminal of the tests does not reach it.
            .process_group(0);
        let mut child = command.spawn().expect("the program starts");
        let stdout = read(child.stdout.take());
        let stderr = read(child.stderr.take());
        Running { child, stdout, stderr, root: self.project.root(), seen: Vec::new() }
    }
}

/// A run that goes on. Dropping it kills it.
pub(crate) struct Running {
    child: Child,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    root: PathBuf,
    /// What was taken from stdout before the end.
    seen: Vec<u8>,
}

impl Running {
    /// Its process id.
    pub(crate) fn id(&self) -> i32 {
        i32::try_from(self.child.id()).expect("a process id")
    }

    /// Whether it goes on.
    pub(crate) fn goes_on(&mut self) -> bool {
        self.child.try_wait().expect("the program's state").is_none()
    }

    /// Sends a signal to the program alone, as `kill` does.
    pub(crate) fn signal(&self, signal: Signal) {
        // It may have ended just now; then its id is still its own, because nobody has waited for it.
        let _ = kill_process(Pid::from_raw(self.id()).expect("a process id"), signal);
    }

    /// Waits for the first line of stdout.
    #[track_caller]
    pub(crate) fn first_line(&mut self) -> String {
        let started = Instant::now();
        loop {
            if let Some(end) = self.seen.iter().position(|&byte| byte == b'\n') {
                return String::from_utf8_lossy(&self.seen[..end]).into_owned();
            }
            let left = LIMIT.saturating_sub(started.elapsed());
            match self.stdout.recv_timeout(left) {
                Ok(bytes) => self.seen.extend(bytes),
                Err(error) => panic!("no line on stdout ({error}): {:?}", String::from_utf8_lossy(&self.seen)),
            }
        }
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Ran {
        let status = self.end();
        let stdout = [std::mem::take(&mut self.seen), all(&self.stdout, "stdout")].concat();
        let stderr = all(&self.stderr, "stderr");
        let status = status.code().or(status.signal().map(|signal| 128 + signal)).expect("a status");
        Ran::new(status, &stdout, &stderr, &self.root)
    }

    #[track_caller]
    fn end(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the program's state") {
                return status;
            }
            if started.elapsed() > LIMIT {
                let _ = kill_process_group(Pid::from_raw(self.id()).expect("a process id"), Signal::KILL);
                let printed =
                    [&self.stdout, &self.stderr].map(|stream| stream.try_iter().flatten().collect::<Vec<u8>>());
                let [stdout, stderr] = printed.each_ref().map(|bytes| String::from_utf8_lossy(bytes));
                panic!("it was still running after {LIMIT:?}\n--- stdout\n{stdout}--- stderr\n{stderr}");
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a stream on a thread of its own, so that a full pipe holds nobody up.
fn read(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let mut stream = stream.expect("a pipe");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(count) = stream.read(&mut bytes)
            && count > 0
            && sender.send(bytes[..count].to_vec()).is_ok()
        {}
    });
    receiver
}

/// What is left of a stream whose writer has ended. A process that keeps it open is what must not be left behind.
#[track_caller]
fn all(stream: &Receiver<Vec<u8>>, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        match stream.recv_timeout(LIMIT) {
            Ok(more) => bytes.extend(more),
            Err(mpsc::RecvTimeoutError::Disconnected) => return bytes,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("the program has ended, but something holds its {name}"),
        }
    }
}
