//! A session: bash started, fed with blocks, watched, and started again if a block ended it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::marker::PhantomData;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::block::{Block, Streams};
use super::capture::Captured;
use super::channel::{Channel, Message};
use super::error::ShellError;
use super::failure::{Blocks, FailedCommand};
use super::running::{Identity, Names, identities, running};
use crate::runbook::running::Running;
use crate::sandbox::{AsUser, Order, Process, ProcessEnd, ProcessLimits, Supervisor};

/// How often a waiting session looks whether it was asked to stop.
const LOOK: Duration = Duration::from_millis(50);

/// How much is read of what the driver wrote about failures; a failure writes some hundred bytes.
const RECORDS: u64 = 1 << 20;

/// How long bash may take to read its first command. It takes milliseconds; a machine may be busy.
const START: Duration = Duration::from_secs(30);

/// Where and how the blocks of a page run.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// What starts bash, and ends it with everything it started.
    pub supervisor: Supervisor,
    /// The bash to run.
    pub bash: PathBuf,
    /// The folder the first block starts in.
    pub work: PathBuf,
    /// An existing folder for the files of this one session, out of the blocks' way. Other files in it are left alone.
    pub private: PathBuf,
    /// The whole environment: nothing of the caller's is added.
    pub environment: Vec<(String, String)>,
    /// How much a block may write.
    pub limits: Limits,
}

/// How much a block may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes of each stream are kept.
    pub stream: u64,
    /// How large a file may get; a program that writes on is ended with SIGXFSZ. It keeps an endless printer from
    /// filling the disk.
    pub file: u64,
    /// How many processes may run at a time. With more, the shell and all of them are ended.
    pub descendants: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let ProcessLimits { file, descendants } = ProcessLimits::default();
        Self { stream: 1 << 20, file, descendants }
    }
}

/// One bash for one page.
///
/// It stays on the thread that made it (it is not `Send`): one page, one thread.
#[derive(Debug)]
pub struct Session {
    options: SessionOptions,
    /// `None` after a block ended it, until the next block.
    shell: Option<Shell>,
    blocks: Blocks,
    /// The file with the last good state, from which a new shell goes on.
    state: Option<PathBuf>,
    stays_on_its_thread: PhantomData<*const ()>,
}

/// What one block did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockEnd {
    /// How it ended.
    pub ended: Ended,
    /// The command that stopped it, if one did and it is known.
    pub failed: Option<FailedCommand>,
    /// What was going on when it was ended at its limit; `None` if it was not, or nothing is known.
    pub running: Option<Running>,
    /// What it printed to stdout; with [`Streams::Together`] to either.
    pub stdout: Captured,
    /// What it printed to stderr; with [`Streams::Together`] nothing.
    pub stderr: Captured,
    /// Whether an earlier block had ended the shell, so that this one ran in a new shell with the last good state:
    /// variables, functions, aliases, options and the folder are there, jobs, descriptors and traps are not.
    pub restarted: bool,
}

/// How a block ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With this exit status, at its end or at its first unhandled failure; the session goes on.
    Status(i32),
    /// The shell ended with it: by `exit`, by `exec PROGRAM`, or by an error no bash survives (`failed` says which).
    ShellExited(i32),
    /// The shell was ended by this signal.
    ShellKilled(i32),
    /// It was still running at its limit; the shell and everything it had started was ended.
    TimedOut,
    /// The stop flag was set; the shell and everything it had started was ended.
    Stopped,
    /// More than so many processes ran at a time; the shell and everything it had started was ended.
    TooManyProcesses(usize),
}

impl Session {
    /// Starts bash and waits until it is ready.
    pub fn start(options: SessionOptions) -> Result<Self, ShellError> {
        let driver = options.private.join("driver.sh");
        fs::write(&driver, include_str!("driver.sh")).map_err(ShellError::io("write", &driver))?;
        let log = options.private.join("log");
        fs::write(&log, "").map_err(ShellError::io("write", &log))?;
        let prefix = options.private.join("block-").as_os_str().as_bytes().to_vec();
        let blocks = Blocks { prefix, blocks: Vec::new() };
        let mut session = Self { options, shell: None, blocks, state: None, stays_on_its_thread: PhantomData };
        session.shell = Some(session.start_shell()?);
        Ok(session)
    }

    /// Runs `block` and says what it did. Waits no longer than `limit`, and not after `stop` is set.
    pub fn run(&mut self, block: &Block, limit: Duration, stop: &AtomicBool) -> Result<BlockEnd, ShellError> {
        self.run_watched(block, limit, stop, &mut || {})
    }

    /// The same; `at_limit` is called when the limit is over, while everything the block has started still runs.
    pub fn run_watched(
        &mut self,
        block: &Block,
        limit: Duration,
        stop: &AtomicBool,
        at_limit: &mut dyn FnMut(),
    ) -> Result<BlockEnd, ShellError> {
        // A job of an earlier block may have ended the shell since.
        if self.shell.as_mut().is_some_and(Shell::has_ended) {
            self.shell = None;
        }
        let restarted = self.shell.is_none();
        let mut shell = match self.shell.take() {
            Some(shell) => shell,
            None => self.start_shell()?,
        };
        self.blocks.blocks.push(block.clone());
        let files = Files::new(&self.options.private, self.blocks.blocks.len());
        fs::write(&files.script, block.script()).map_err(ShellError::io("write", &files.script))?;
        // A job of an earlier block is none of this one's processes.
        let earlier = identities(shell.process.id());
        shell.channel.send(&files.commands(block.streams, shell.channel.status_path()))?;
        let mut look = |shell: &Shell| {
            at_limit();
            self.running(shell, &earlier)
        };
        let turn = self.watch(&mut shell, files.number, limit, stop, &mut look)?;
        if let Ended::Status(_) = turn.ended {
            self.shell = Some(shell);
        } else {
            // Whatever of it still runs must not print on into what is read now.
            drop(shell);
        }
        if turn.is_state_kept {
            if let Some(old) = self.state.replace(files.state.clone()) {
                remove(&old)?;
            }
        } else {
            remove(&files.state)?;
        }
        let end = self.read_back(&files, turn, restarted);
        files.remove()?;
        end
    }

    /// What runs for the last block, beside what was there `earlier`.
    fn running(&self, shell: &Shell, earlier: &BTreeSet<Identity>) -> Option<Running> {
        let names = Names::new(&self.options.work, &self.options.environment);
        running(shell.process.id(), self.blocks.blocks.last()?, earlier, &names)
    }

    /// Waits for the end of block `number`, and sees to it that there is one. `look` tells what runs at the limit.
    fn watch(
        &self,
        shell: &mut Shell,
        number: usize,
        limit: Duration,
        stop: &AtomicBool,
        look: &mut dyn FnMut(&Shell) -> Option<Running>,
    ) -> Result<Turn, ShellError> {
        let started = Instant::now();
        loop {
            // Bash may have spoken and ended since the last look, so its end counts only if it has nothing to say.
            let process_end = shell.process.end()?;
            while let Some(message) = shell.channel.receive()? {
                match message {
                    Message::End { number: of, status, is_state_kept } if of == number => {
                        return Ok(Turn { ended: Ended::Status(status), is_state_kept, running: None });
                    }
                    Message::Old(version) => {
                        return Err(ShellError::Old { bash: self.options.bash.clone(), version });
                    }
                    Message::End { .. } => {}
                }
            }
            match process_end {
                Some(ProcessEnd::Exited(status)) => return Ok(Turn::lost(Ended::ShellExited(status), None)),
                Some(ProcessEnd::Killed(signal)) => return Ok(Turn::lost(Ended::ShellKilled(signal), None)),
                Some(ProcessEnd::TooMany(limit)) => return Ok(Turn::lost(Ended::TooManyProcesses(limit), None)),
                None => {}
            }
            let left = limit.saturating_sub(started.elapsed());
            if stop.load(Ordering::Relaxed) || left.is_zero() {
                let ended = if left.is_zero() { Ended::TimedOut } else { Ended::Stopped };
                // Before anything of it is ended.
                let running = if ended == Ended::TimedOut { look(shell) } else { None };
                shell.process.kill();
                return Ok(Turn::lost(ended, running));
            }
            shell.process.wait(shell.channel.as_fd(), left.min(LOOK))?;
        }
    }

    fn read_back(&self, files: &Files, turn: Turn, restarted: bool) -> Result<BlockEnd, ShellError> {
        let read = |path: &Path| Captured::read(path, self.options.limits.stream).map_err(ShellError::io("read", path));
        let (mut stdout, mut stderr) = (read(&files.stdout)?, read(&files.stderr)?);
        let Turn { ended, running, .. } = turn;
        let streams = self.blocks.blocks.last().map(|block| block.streams).unwrap_or_default();
        let complaints = match streams {
            Streams::Apart => &stderr.bytes,
            Streams::Together => &stdout.bytes,
        };
        let failed = match ended {
            Ended::Status(0)
            | Ended::ShellExited(0)
            | Ended::ShellKilled(_)
            | Ended::TimedOut
            | Ended::Stopped
            | Ended::TooManyProcesses(_) => None,
            Ended::Status(status) => {
                let records =
                    Captured::read(&files.records, RECORDS).map_err(ShellError::io("read", &files.records))?;
                let failed = self.blocks.failed(&records.bytes);
                failed.or_else(|| self.blocks.complained(complaints, status))
            }
            Ended::ShellExited(status) => self.blocks.complained(complaints, status),
        };
        let last_line = self.blocks.blocks.last().map_or(0, Block::last_line);
        for captured in [&mut stdout, &mut stderr] {
            captured.name_bash(&self.blocks.prefix, files.number, last_line, streams);
        }
        Ok(BlockEnd { ended, failed, running, stdout, stderr, restarted })
    }

    /// Starts a bash, in the last good state if there is one.
    fn start_shell(&self) -> Result<Shell, ShellError> {
        let options = &self.options;
        let mut channel = Channel::create(&options.private)?;
        let log = options.private.join("log");
        let process = options.supervisor.spawn(&Order {
            program: options.bash.clone(),
            arguments: ["--noprofile".into(), "--norc".into(), channel.commands_path().into()].into(),
            environment: options.environment.clone(),
            folder: options.work.clone(),
            stdout: log.clone(),
            stderr: log.clone(),
            limits: ProcessLimits { file: options.limits.file, descendants: options.limits.descendants },
            as_user: AsUser::Same,
        })?;

        let driver = options.private.join("driver.sh");
        let (status, commands) = (quoted(channel.status_path()), quoted(channel.commands_path()));
        let mut lines = [b"\\builtin . ", &quoted(&driver)[..], b" ", &status, b" ", &commands, b"\n"].concat();
        if let Some(state) = &self.state {
            // What a block unset must not be back because the environment has it.
            for (name, _) in options.environment.iter().filter(|(name, _)| is_variable(name)) {
                lines.extend_from_slice(format!("\\builtin unset -v {name}\n").as_bytes());
            }
            lines.extend_from_slice(&[b"\\builtin . ", &quoted(state)[..], b"\n"].concat());
        }
        let unused = options.private.join("state-start");
        lines.extend_from_slice(&end_command(b"0", 0, &unused, channel.status_path()));
        channel.send(&lines)?;

        let mut shell = Shell { process, channel };
        match self.watch(&mut shell, 0, START, &AtomicBool::new(false), &mut |_| None)?.ended {
            Ended::Status(_) => {
                remove(&unused)?;
                Ok(shell)
            }
            _ => {
                let log = Captured::read(&log, 4096).unwrap_or_default();
                Err(ShellError::NotReady { bash: options.bash.clone(), printed: log.text().into_owned() })
            }
        }
    }
}

/// A bash and the way to talk to it. Dropping it ends bash and everything it started.
#[derive(Debug)]
struct Shell {
    process: Process,
    channel: Channel,
}

impl Shell {
    fn has_ended(&mut self) -> bool {
        // If even that cannot be told, a new shell is the safe choice.
        !matches!(self.process.end(), Ok(None))
    }
}

/// What watching a block until its end tells.
struct Turn {
    ended: Ended,
    /// Whether the state after the block was written down whole.
    is_state_kept: bool,
    running: Option<Running>,
}

impl Turn {
    fn lost(ended: Ended, running: Option<Running>) -> Self {
        Self { ended, is_state_kept: false, running }
    }
}

/// The files of one block in the private folder.
struct Files {
    number: usize,
    script: PathBuf,
    stdout: PathBuf,
    stderr: PathBuf,
    records: PathBuf,
    state: PathBuf,
}

impl Files {
    fn new(private: &Path, number: usize) -> Self {
        let file = |name: &str| private.join(format!("{name}-{number}"));
        Self {
            number,
            script: file("block"),
            stdout: file("stdout"),
            stderr: file("stderr"),
            records: file("failed"),
            state: file("state"),
        }
    }

    /// The three lines for bash that run the block; see `driver.sh`.
    fn commands(&self, streams: Streams, status: &Path) -> Vec<u8> {
        let [script, stdout, stderr, records] =
            [&self.script, &self.stdout, &self.stderr, &self.records].map(|path| quoted(path));
        let mut lines = [b"\\__proofbook_begin ", &records[..], b"\n"].concat();
        // Appending, so that a program which writes to `/dev/stderr`, and so starts the file over, leaves no hole in it.
        lines.extend([b"\\builtin . ", &script[..], b" </dev/null >>", &stdout].concat());
        match streams {
            Streams::Apart => lines.extend([b" 2>>", &stderr[..], b"\n"].concat()),
            Streams::Together => lines.extend(b" 2>&1\n"),
        }
        lines.extend(end_command(b"\"$?\"", self.number, &self.state, status));
        lines
    }

    /// A job in the background may go on writing; what it writes into is gone with it.
    fn remove(&self) -> Result<(), ShellError> {
        [&self.script, &self.stdout, &self.stderr, &self.records].into_iter().try_for_each(|path| remove(path))
    }
}

fn end_command(block_status: &[u8], number: usize, state: &Path, status: &Path) -> Vec<u8> {
    let number = number.to_string();
    [b"\\__proofbook_end ", block_status, b" ", number.as_bytes(), b" ", &quoted(state), b" ", &quoted(status), b"\n"]
        .concat()
}

/// `path` as one word of bash.
fn quoted(path: &Path) -> Vec<u8> {
    let mut word = vec![b'\''];
    for &byte in path.as_os_str().as_bytes() {
        if byte == b'\'' {
            word.extend_from_slice(b"'\\''");
        } else {
            word.push(byte);
        }
    }
    word.push(b'\'');
    word
}

/// Whether bash can have a variable of this name.
fn is_variable(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

fn remove(path: &Path) -> Result<(), ShellError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ShellError::io("remove", path)(error)),
        _ => Ok(()),
    }
}
