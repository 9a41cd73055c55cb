//! The two FIFOs between Proofbook and bash: commands go in, the status of each block comes out.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::ShellError;

/// One shell's FIFOs. A shell that takes another's place gets new ones, so that no old line is read by mistake.
#[derive(Debug)]
pub(super) struct Channel {
    commands_path: PathBuf,
    status_path: PathBuf,
    commands: File,
    status: File,
    /// What was read of a line that has not ended yet.
    unread: Vec<u8>,
}

/// What the driver says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A block came to its end in a living shell.
    End {
        /// The block.
        number: usize,
        /// Its exit status.
        status: i32,
        /// Whether the state after it was written down whole.
        is_state_kept: bool,
    },
    /// The driver refuses to work with this version of bash.
    Old(String),
}

impl Channel {
    /// Makes the FIFOs in `folder`.
    pub(super) fn create(folder: &Path) -> Result<Self, ShellError> {
        let (commands_path, status_path) = (folder.join("commands"), folder.join("status"));
        Ok(Self {
            commands: open_fifo(&commands_path, 0)?,
            status: open_fifo(&status_path, OFlags::NONBLOCK.bits().cast_signed())?,
            commands_path,
            status_path,
            unread: Vec::new(),
        })
    }

    /// Where bash reads its commands.
    pub(super) fn commands_path(&self) -> &Path {
        &self.commands_path
    }

    /// Where the driver writes its messages.
    pub(super) fn status_path(&self) -> &Path {
        &self.status_path
    }

    /// What to poll for messages.
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.status.as_fd()
    }

    /// Sends lines for bash to execute. They fit the FIFO's buffer, so this does not wait for bash.
    pub(super) fn send(&mut self, lines: &[u8]) -> Result<(), ShellError> {
        self.commands.write_all(lines).map_err(ShellError::io("write to", &self.commands_path))
    }

    /// The next message, if one has come. Lines the driver cannot have written are passed over.
    pub(super) fn receive(&mut self) -> Result<Option<Message>, ShellError> {
        loop {
            if let Some(end) = self.unread.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                match parse(&String::from_utf8_lossy(&line)) {
                    None => continue,
                    message => return Ok(message),
                }
            }
            let mut buffer = [0; 256];
            match self.status.read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(n_bytes) => self.unread.extend_from_slice(&buffer[..n_bytes]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ShellError::io("read from", &self.status_path)(error)),
            }
        }
    }
}

fn parse(line: &str) -> Option<Message> {
    let line = line.trim_end();
    if let Some(version) = line.strip_prefix("old ") {
        return Some(Message::Old(version.to_owned()));
    }
    let mut words = line.strip_prefix("end ")?.split(' ');
    let number = words.next()?.parse().ok()?;
    let status = words.next()?.parse().ok()?;
    Some(Message::End { number, status, is_state_kept: words.next()? == "kept" })
}

/// Opened for reading and writing: neither side ever waits for the other to open it, or meets its end.
fn open_fifo(path: &Path, flags: i32) -> Result<File, ShellError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(ShellError::io("remove", path)(error)),
        _ => {}
    }
    make_fifo(path).map_err(ShellError::io("make the FIFO", path))?;
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).map_err(ShellError::io("open", path))
}

#[cfg(not(target_vendor = "apple"))]
fn make_fifo(path: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    Ok(mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?)
}

/// Rustix has no such call for macOS; its `mkfifo` program is always there.
#[cfg(target_vendor = "apple")]
fn make_fifo(path: &Path) -> std::io::Result<()> {
    let ended = std::process::Command::new("/usr/bin/mkfifo").arg("-m").arg("600").arg(path).status()?;
    if ended.success() { Ok(()) } else { Err(std::io::Error::other(format!("mkfifo: {ended}"))) }
}
