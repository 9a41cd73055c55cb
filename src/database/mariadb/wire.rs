//! The packets of MariaDB's client protocol, read from and written to a UNIX socket.
//!
//! Takes bytes, gives packets and the values in them. The protocol is spoken here and in `connection` and not by a crate,
//! because two things it says must not get lost: whether a transaction is open (the status in every answer), and the
//! type of every column (what tells a number from a text). Reading is bounded in time by its caller, who is asked
//! whenever nothing arrives for a moment.
//!
//! Must stay true: nothing the server sends makes this panic or wait without asking the caller.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long nothing may arrive before the caller is asked whether to go on.
const MOMENT: Duration = Duration::from_millis(10);

/// The largest payload of one packet; a longer message goes on in the next.
const LARGEST: usize = 0xff_ffff;

/// Asked whenever nothing arrives, and after every portion that did; an error ends the reading.
pub(super) type Patience<'p> = dyn FnMut() -> io::Result<()> + 'p;

/// A socket on which packets come and go.
#[derive(Debug)]
pub(super) struct Wire {
    stream: UnixStream,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    sequence: u8,
    /// A message of several packets, put together.
    joined: Vec<u8>,
}

impl Wire {
    /// Connects to the server's socket.
    pub(super) fn connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(MOMENT))?;
        stream.set_write_timeout(Some(Duration::from_secs(10)))?;
        let buffer = vec![0; 64 * 1024];
        Ok(Self { stream, buffer, start: 0, end: 0, sequence: 0, joined: Vec::new() })
    }

    /// Begins a new exchange with the message `parts` make together.
    pub(super) fn command(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        self.sequence = 0;
        self.send(parts)
    }

    /// Sends the message `parts` make together, as the next one of the exchange.
    pub(super) fn send(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        let message = parts.concat();
        let mut rest = message.as_slice();
        // All at once: the server would wake up for a header alone, and wait again.
        let mut packets = Vec::with_capacity(message.len() + 4);
        loop {
            let (payload, after) = rest.split_at(rest.len().min(LARGEST));
            let mut header = (payload.len() as u32).to_le_bytes();
            header[3] = self.sequence;
            self.sequence = self.sequence.wrapping_add(1);
            packets.extend_from_slice(&header);
            packets.extend_from_slice(payload);
            rest = after;
            if payload.len() < LARGEST {
                return self.stream.write_all(&packets);
            }
        }
    }

    /// The next message.
    pub(super) fn receive(&mut self, patience: &mut Patience<'_>) -> io::Result<&[u8]> {
        let length = self.header(patience)?;
        if length < LARGEST {
            self.fill(length, patience)?;
            let start = self.start;
            self.start += length;
            return Ok(&self.buffer[start..start + length]);
        }
        self.joined.clear();
        let mut length = length;
        loop {
            let mut left = length;
            while left > 0 {
                self.fill(left.min(64 * 1024), patience)?;
                let there = left.min(self.end - self.start);
                self.joined.extend_from_slice(&self.buffer[self.start..self.start + there]);
                self.start += there;
                left -= there;
            }
            if length < LARGEST {
                return Ok(&self.joined);
            }
            length = self.header(patience)?;
        }
    }

    fn header(&mut self, patience: &mut Patience<'_>) -> io::Result<usize> {
        self.fill(4, patience)?;
        let header = &self.buffer[self.start..self.start + 4];
        let length = usize::from(header[0]) | usize::from(header[1]) << 8 | usize::from(header[2]) << 16;
        self.sequence = header[3].wrapping_add(1);
        self.start += 4;
        Ok(length)
    }

    /// Reads on until `need` bytes are there in one piece.
    fn fill(&mut self, need: usize, patience: &mut Patience<'_>) -> io::Result<()> {
        if self.end - self.start >= need {
            return Ok(());
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < need {
            self.buffer.resize(need.next_power_of_two(), 0);
        }
        while self.end < need {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.end += count,
                Err(error) if is_moment_over(&error) => {}
                Err(error) => return Err(error),
            }
            patience()?;
        }
        Ok(())
    }
}

fn is_moment_over(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// The values in a message, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'m>(&'m [u8]);

impl<'m> Values<'m> {
    /// Those of `message`.
    pub(super) fn of(message: &'m [u8]) -> Self {
        Self(message)
    }

    /// What was not read yet.
    pub(super) fn rest(self) -> &'m [u8] {
        self.0
    }

    /// The next `count` bytes.
    pub(super) fn bytes(&mut self, count: usize) -> io::Result<&'m [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or_else(cut)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// The next `count` bytes as a number, the least significant first.
    pub(super) fn number(&mut self, count: usize) -> io::Result<u64> {
        Ok(self.bytes(count)?.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// The bytes up to the next NUL.
    pub(super) fn until_nul(&mut self) -> io::Result<&'m [u8]> {
        let length = self.0.iter().position(|&byte| byte == 0).ok_or_else(cut)?;
        let bytes = self.bytes(length)?;
        self.bytes(1)?;
        Ok(bytes)
    }

    /// A number that says its own length; `None` is NULL.
    pub(super) fn length(&mut self) -> io::Result<Option<u64>> {
        Ok(match self.number(1)? {
            0xfb => None,
            0xfc => Some(self.number(2)?),
            0xfd => Some(self.number(3)?),
            0xfe => Some(self.number(8)?),
            small => Some(small),
        })
    }

    /// Bytes that say their own length; `None` is NULL.
    pub(super) fn text(&mut self) -> io::Result<Option<&'m [u8]>> {
        match self.length()? {
            None => Ok(None),
            Some(length) => usize::try_from(length).map_err(|_| cut()).and_then(|length| self.bytes(length)).map(Some),
        }
    }
}

/// What is said about a message that is not as it must be.
pub(super) fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the server sent what is no MariaDB message")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wire and the other end of it.
    fn pair() -> (Wire, UnixStream) {
        let folder = tempfile::tempdir().unwrap();
        let listener = std::os::unix::net::UnixListener::bind(folder.path().join("s")).unwrap();
        let wire = Wire::connect(&folder.path().join("s")).unwrap();
        (wire, listener.accept().unwrap().0)
    }

    #[test]
    fn long_messages_are_cut_and_put_together_again() {
        for length in [0, 1, 70_000, LARGEST - 1, LARGEST, LARGEST + 1] {
            let (mut wire, mut other) = pair();
            let message: Vec<u8> = (0..length).map(|at| at as u8).collect();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    // What comes is sent back as it is.
                    let packets = 1 + length / LARGEST;
                    let mut echoed = vec![0; length + 4 * packets];
                    other.read_exact(&mut echoed).unwrap();
                    other.write_all(&echoed).unwrap();
                });
                wire.command(&[b"", &message]).unwrap();
                assert!(wire.receive(&mut || Ok(())).unwrap() == message, "{length}");
            });
        }
    }

    #[test]
    fn waiting_asks_and_ends_when_told_to() {
        let (mut wire, mut other) = pair();
        other.write_all(&[5, 0, 0]).unwrap();
        let mut asked = 0;
        let error = wire.receive(&mut || {
            asked += 1;
            if asked < 3 { Ok(()) } else { Err(io::ErrorKind::TimedOut.into()) }
        });
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(other);
        assert_eq!(wire.receive(&mut || Ok(())).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn values_are_read_and_never_beyond_the_message() {
        let mut values = Values::of(b"\x02ab\xfb\xfc\x01\x00zabc\x00\x2a\x01\xff");
        assert_eq!(values.text().unwrap(), Some(&b"ab"[..]));
        assert_eq!(values.text().unwrap(), None);
        assert_eq!(values.text().unwrap(), Some(&b"z"[..]));
        assert_eq!(values.until_nul().unwrap(), b"abc");
        assert_eq!(values.number(2).unwrap(), 0x12a);
        assert!(values.until_nul().is_err() && values.number(2).is_err() && values.clone().text().is_err());
        assert_eq!(values.rest(), [0xff]);
        assert!(Values::of(b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff").text().is_err());
    }
}
