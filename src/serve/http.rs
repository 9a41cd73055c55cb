//! Requests read from a socket, answers written to it.
//!
//! Takes a connection, gives one request after the other. Must stay true: a head has a greatest size and a time by
//! which it must be complete, however the bytes drip in; a request with a body is never answered as one without.

use std::borrow::Cow;
use std::io::{self, BufWriter, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use tiny_http::{HTTPVersion, Header, Method, Response, StatusCode};

/// Browsers send every cookie of `localhost`, whatever port set it; they allow more than a page would need.
const LARGEST_HEAD: usize = 64 * 1024;

/// The head of a request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// The target as sent, such as `/a.html?b`.
    pub(super) target: String,
    /// Names in lower case, with their values.
    headers: Vec<(String, String)>,
    version: HTTPVersion,
}

/// Why there is no request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoRequest {
    /// The client closed the connection, or said nothing for too long.
    Over,
    /// What it sent is answered with this status and ends the connection.
    Refused(u16),
}

/// What a request gets.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, Cow<'static, str>)>,
    pub(super) body: Vec<u8>,
}

/// A connection from which requests are read.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    stream: &'a TcpStream,
    /// What was read and not yet used: the start of the next head.
    buffer: Vec<u8>,
}

impl Request {
    /// The value of the header `name` (in lower case); with several, the first.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// Every value of the header `name` (in lower case).
    pub(super) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// Whether a body follows the head. No request that the preview answers has one.
    pub(super) fn has_body(&self) -> bool {
        self.header("transfer-encoding").is_some() || self.headers("content-length").any(|length| length != "0")
    }

    /// Whether the client wants to send another request afterwards.
    pub(super) fn keeps_alive(&self) -> bool {
        let closes = |value: &str| value.split(',').any(|word| word.trim().eq_ignore_ascii_case("close"));
        self.version >= (1, 1) && !self.headers("connection").any(closes) && !self.has_body()
    }

    /// Reads the lines of a head, each with its ending, without the final empty one.
    fn parse(head: &[u8]) -> Result<Self, NoRequest> {
        const BAD: NoRequest = NoRequest::Refused(400);
        let head = head.strip_suffix(b"\n").ok_or(BAD)?;
        let mut lines = head.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r"));
        let first = lines.next().flatten().and_then(|line| std::str::from_utf8(line).ok()).ok_or(BAD)?;
        let mut words = first.split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(BAD);
        };
        let version = match version {
            "HTTP/1.1" => HTTPVersion(1, 1),
            "HTTP/1.0" => HTTPVersion(1, 0),
            other if other.starts_with("HTTP/") => return Err(NoRequest::Refused(505)),
            _ => return Err(BAD),
        };
        let mut headers = Vec::new();
        for line in lines {
            let line = String::from_utf8_lossy(line.ok_or(BAD)?);
            let (name, value) = line.split_once(':').ok_or(BAD)?;
            // Also refuses a line that goes on with the value of the one before it, which starts with a space.
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(BAD);
            }
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let method = method.parse().map_err(|()| BAD)?;
        Ok(Self { method, target: target.to_owned(), headers, version })
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(stream: &'a TcpStream) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// The next request, if its first byte comes within `idle` and its head is complete within `whole` of that.
    pub(super) fn next(&mut self, idle: Duration, whole: Duration) -> Result<Request, NoRequest> {
        let mut until = Instant::now() + if self.buffer.is_empty() { idle } else { whole };
        let mut searched = 0;
        loop {
            if let Some(end) = find(&self.buffer[searched..], b"\r\n\r\n").map(|at| searched + at) {
                let request = Request::parse(&self.buffer[..end + 2]);
                self.buffer.drain(..end + 4);
                return request;
            }
            if self.buffer.len() > LARGEST_HEAD {
                return Err(NoRequest::Refused(431));
            }
            searched = self.buffer.len().saturating_sub(3);
            let mut chunk = [0; 4096];
            let begun = !self.buffer.is_empty();
            match self.read(&mut chunk, until) {
                Ok(0) => return Err(NoRequest::Over),
                Ok(count) => {
                    self.buffer.extend_from_slice(&chunk[..count]);
                    if !begun {
                        until = Instant::now() + whole;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) && begun => return Err(NoRequest::Refused(408)),
                Err(_) => return Err(NoRequest::Over),
            }
        }
    }

    fn read(&mut self, chunk: &mut [u8], until: Instant) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left_until(until)?))?;
        self.stream.read(chunk)
    }
}

impl Answer {
    /// A short text.
    pub(super) fn text(status: u16, text: impl Into<String>) -> Self {
        let mut body = text.into();
        body.push('\n');
        let kind = Cow::Borrowed("text/plain; charset=utf-8");
        Self { status, headers: vec![("Content-Type", kind)], body: body.into_bytes() }
    }

    /// With one more header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Writes the answer; the client must have taken all of it within `patience`.
    pub(super) fn write(self, stream: &TcpStream, request: Option<&Request>, patience: Duration) -> io::Result<()> {
        let headers = COMMON_HEADERS.iter().map(|&(name, value)| (name, Cow::Borrowed(value))).chain(self.headers);
        // A header of which HTTP could not be made is left out: none of ours is such a one.
        let headers = headers.filter_map(|(name, value)| Header::from_bytes(name, value.as_bytes()).ok()).collect();
        let length = self.body.len();
        let response = Response::new(StatusCode(self.status), headers, &*self.body, Some(length), None)
            .with_chunked_threshold(usize::MAX);
        let head_only = request.is_some_and(|request| request.method == Method::Head);
        let version = request.map_or(HTTPVersion(1, 1), |request| request.version.clone());
        let mut writer = BufWriter::with_capacity(16 * 1024, Patient { stream, until: Instant::now() + patience });
        response.raw_print(&mut writer, version, &[], head_only, None)?;
        writer.flush()
    }
}

/// What every answer carries. `no-store`: the preview is always the present. `same-origin`: the navigation tree and
/// the search index are classic scripts, which any page on the web could otherwise load from here and read.
pub(super) const COMMON_HEADERS: [(&str, &str); 4] = [
    ("Server", "proofbook"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

/// Ends a connection so that the client still gets the last answer: data it sent and nobody read would make the
/// system throw that away.
pub(super) fn close(mut stream: &TcpStream) {
    let until = Instant::now() + Duration::from_secs(1);
    let mut left = 256 * 1024;
    let mut chunk = [0; 4096];
    if stream.shutdown(Shutdown::Write).is_err() {
        return;
    }
    while left > 0 {
        let Ok(patience) = left_until(until) else { return };
        let read = stream.set_read_timeout(Some(patience)).and_then(|()| stream.read(&mut chunk));
        match read {
            Ok(0) | Err(_) => return,
            Ok(count) => left = usize::saturating_sub(left, count),
        }
    }
}

/// A writer that gives up at one time for all it writes, not only for each piece.
struct Patient<'a> {
    stream: &'a TcpStream,
    until: Instant,
}

impl Write for Patient<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left_until(self.until)?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn left_until(until: Instant) -> io::Result<Duration> {
    let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
    left.ok_or_else(|| io::ErrorKind::TimedOut.into())
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(head: &str) -> Result<Request, NoRequest> {
        Request::parse(head.as_bytes())
    }

    #[test]
    fn a_head_is_read_strictly() {
        let request = parse("GET /a?b HTTP/1.1\r\nHost: x\r\nCOOKIE:  č=1 \r\n").unwrap();
        assert_eq!((request.target.as_str(), request.header("cookie")), ("/a?b", Some("č=1")));
        assert!(request.keeps_alive() && !request.has_body());
        let refused = |head: &str| parse(head).unwrap_err();
        assert_eq!(refused("GET /\r\n"), NoRequest::Refused(400));
        assert_eq!(refused("GET / x HTTP/1.1\r\n"), NoRequest::Refused(400));
        assert_eq!(refused("GET / HTTP/1.1\n"), NoRequest::Refused(400), "a line ending without its return");
        assert_eq!(refused("GET / HTTP/1.1\r\nHost : x\r\n"), NoRequest::Refused(400));
        assert_eq!(refused("GET / HTTP/1.1\r\nA: b\r\n c\r\n"), NoRequest::Refused(400), "a folded line");
        assert_eq!(refused("GET / HTTP/2.0\r\n"), NoRequest::Refused(505));
    }

    #[test]
    fn a_body_ends_the_connection() {
        let request = parse("GET / HTTP/1.1\r\nContent-Length: 900000000000000\r\n").unwrap();
        assert!(request.has_body() && !request.keeps_alive());
        assert!(parse("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n").unwrap().has_body());
        assert!(!parse("GET / HTTP/1.1\r\nContent-Length: 0\r\n").unwrap().has_body());
        assert!(!parse("GET / HTTP/1.1\r\nConnection: Close\r\n").unwrap().keeps_alive());
        assert!(!parse("GET / HTTP/1.0\r\n").unwrap().keeps_alive());
    }
}
