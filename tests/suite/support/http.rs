//! Just enough HTTP to ask the preview as a browser would, and as a browser never would.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// What no answer comes near.
const LIMIT: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    /// Its status.
    pub(crate) status: u16,
    /// Its head, as it came.
    pub(crate) head: String,
    /// Its body.
    pub(crate) body: String,
}

/// Asks `address` (`127.0.0.1:4747`) for `path`, as a browser does.
pub(crate) fn get(address: &str, path: &str) -> Response {
    request(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"))
}

/// Sends `request` as it stands.
pub(crate) fn request(address: &str, request: &str) -> Response {
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).expect("a request");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Response {
        status: status.unwrap_or_else(|| panic!("no status: {head:?}")),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

/// The stream of events of the preview.
pub(crate) struct Events {
    lines: BufReader<TcpStream>,
}

impl Events {
    /// Opens the stream.
    pub(crate) fn open(address: &str) -> Self {
        let mut stream = connect(address);
        let request =
            format!("GET /_proofbook/events HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut events = Self { lines: BufReader::new(stream) };
        assert_eq!(events.line(), "HTTP/1.1 200 OK");
        while !events.line().is_empty() {}
        events
    }

    /// The next event for which `wanted` holds; those before it are passed over.
    #[track_caller]
    pub(crate) fn next(&mut self, wanted: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
        let asked = Instant::now();
        loop {
            // The stream never falls silent, so its own limit is not enough.
            assert!(asked.elapsed() < LIMIT, "no such event came");
            let line = self.line();
            let Some(data) = line.strip_prefix("data: ") else { continue };
            let event = serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}"));
            if wanted(&event) {
                return event;
            }
        }
    }

    #[track_caller]
    fn line(&mut self) -> String {
        let mut line = String::new();
        match self.lines.read_line(&mut line) {
            Ok(0) => panic!("the stream of events has ended"),
            Ok(_) => line.trim_end_matches(['\r', '\n']).to_owned(),
            Err(error) => panic!("no event came: {error}"),
        }
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit");
    stream.set_write_timeout(Some(LIMIT)).expect("a limit");
    stream
}
