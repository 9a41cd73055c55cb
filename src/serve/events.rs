//! Tells an open page what is on the board, as server-sent events.
//!
//! Takes a connection and the board, writes one event `state` for each revision until the client or the preview ends.
//! An event carries everything (`{"version", "failed", "problems"}`), so it does not matter which ones a page missed.
//! Must stay true: a client that is gone, or takes nothing any more, is noticed and given up.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::net::{RecvFlags, recv};
use serde::Serialize;

use super::Problem;
use super::board::{Board, Shown};
use super::http::COMMON_HEADERS;
use super::limits::Limits;

/// How often it is looked whether the client is still there.
const GLANCE: Duration = Duration::from_millis(500);

#[derive(Serialize)]
struct State<'a> {
    /// The version of the site; `null` before there is one.
    version: Option<&'a str>,
    /// Whether the last build gave no site.
    failed: bool,
    problems: &'a [Problem],
}

/// Writes events until there is nobody to read them. An error is the client's end as much as a return is.
pub(super) fn stream(mut stream: &TcpStream, board: &Board, limits: &Limits) -> io::Result<()> {
    stream.set_write_timeout(Some(limits.event))?;
    // A connection that broke without a word (a laptop that was closed) would else take a quarter of an hour to notice.
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_tcp_user_timeout(stream, 30_000)?;

    stream.write_all(head().as_bytes())?;
    let mut seen = 0;
    let mut written = Instant::now();
    while !board.is_stopped() && is_there(stream) {
        let shown = board.beyond(seen, GLANCE);
        if shown.revision != seen {
            seen = shown.revision;
            stream.write_all(event(&shown).as_bytes())?;
            written = Instant::now();
        } else if written.elapsed() >= limits.heartbeat {
            stream.write_all(b":\n\n")?;
            written = Instant::now();
        }
    }
    Ok(())
}

/// The head of the stream, and how long a browser waits before it connects again.
pub(super) fn head() -> String {
    let common: String = COMMON_HEADERS.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 200 OK\r\n{common}Content-Type: text/event-stream\r\nConnection: close\r\n\r\nretry: 1000\n\n")
}

fn event(shown: &Shown) -> String {
    let version = shown.site.as_ref().map(|site| site.version.as_str());
    let state = State { version, failed: shown.failed, problems: &shown.problems };
    // JSON escapes line endings, so this is one line. Texts and numbers always become JSON.
    format!("event: state\ndata: {}\n\n", serde_json::to_string(&state).unwrap_or_default())
}

/// Whether the client still holds its end. What it sends meanwhile is not read: it has nothing to say.
fn is_there(stream: &TcpStream) -> bool {
    let mut byte = [0; 1];
    !matches!(recv(stream, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT), Ok((_, 0)))
}
