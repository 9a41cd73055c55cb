//! A plain web server, as the pages are published by one: files below a path, with the policy they are written for.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

/// Serves a folder until the tests end.
pub(crate) struct Host {
    /// Where the folder's root is, with a final `/`.
    pub(crate) address: String,
}

impl Host {
    /// Serves `folder` at the path `at`, which begins and ends with `/`.
    pub(crate) fn start(folder: PathBuf, at: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://localhost:{}{at}", listener.local_addr().unwrap().port());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let folder = folder.clone();
                // A browser that went away is nobody's failure.
                thread::spawn(move || answer(&stream, &folder, at).ok());
            }
        });
        Self { address }
    }
}

fn answer(mut stream: &TcpStream, folder: &Path, at: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The head is read to its end, or the connection would be reset with it.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let within = path.strip_prefix(at).map(|path| if path.is_empty() { "index.html" } else { path });
    let found = within.and_then(|path| Some((path, std::fs::read(folder.join(path)).ok()?)));
    let (status, path, body) = match found {
        Some((path, body)) => ("200 OK", path, body),
        None => ("404 Not Found", "404.html", std::fs::read(folder.join("404.html")).unwrap_or_default()),
    };
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("xml") => "application/xml",
        _ => "text/plain; charset=utf-8",
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: max-age=600\r\n\
         Content-Security-Policy: default-src 'self'\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}
