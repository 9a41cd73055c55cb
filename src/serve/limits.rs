//! How many clients there may be, and how slow.

use std::time::Duration;

/// How much of us clients may hold, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Connections at one time.
    pub(super) connections: usize,
    /// Streams of events among them.
    pub(super) streams: usize,
    /// From one request to the next.
    pub(super) idle: Duration,
    /// From the first byte of a head to its last.
    pub(super) head: Duration,
    /// To take an answer.
    pub(super) answer: Duration,
    /// Until the first build has ended.
    pub(super) first_build: Duration,
    /// To take one event.
    pub(super) event: Duration,
    /// Between signs of life on a stream.
    pub(super) heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            streams: 16,
            idle: Duration::from_secs(15),
            head: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            first_build: Duration::from_secs(30),
            event: Duration::from_secs(5),
            heartbeat: Duration::from_secs(10),
        }
    }
}
