//! Waiting for what a server answers.
//!
//! Most answers are there after some ten microseconds, and a thread that sleeps takes longer than that to wake up. So it
//! looks again and again for a moment, leaving the core to others in between, before it sleeps.

use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::net::{RecvFlags, recv};

/// How long it looks before it sleeps.
const AWAKE: Duration = Duration::from_micros(60);

/// Reads what there is of `stream`, as `Read` does: waits for it no longer than the stream's own limit.
pub(in crate::database) fn read(mut stream: &UnixStream, buffer: &mut [u8]) -> io::Result<usize> {
    let until = Instant::now() + AWAKE;
    loop {
        match recv(stream, &mut *buffer, RecvFlags::DONTWAIT) {
            Ok((_, length)) => return Ok(length),
            Err(error) if error != rustix::io::Errno::WOULDBLOCK => return Err(error.into()),
            Err(_) if Instant::now() >= until => return stream.read(buffer),
            Err(_) => std::thread::yield_now(),
        }
    }
}
