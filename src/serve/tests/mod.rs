//! The preview as a whole: real sockets, real files.
//!
//! What the tests wait for comes within milliseconds; [`PATIENCE`] is only how long they wait before they fail.

mod attacks;
mod pages;
mod saves;

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// A preview of a folder: `index.md` is the home page, and with the word `wrong` in it no site can be built.
struct Preview {
    folder: tempfile::TempDir,
    server: Server,
    builds: Arc<AtomicUsize>,
    events: Arc<Mutex<Vec<ServeEvent>>>,
}

impl Preview {
    fn start() -> Self {
        Self::start_within(Limits::default(), "one")
    }

    fn start_within(limits: Limits, index: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("content")).unwrap();
        fs::write(folder.path().join("content/index.md"), index).unwrap();
        let content = folder.path().join("content");
        let options = Options {
            port: 0,
            watch: vec![content.clone(), folder.path().join("proofbook.toml")],
            ignore: vec![content.join("public")],
            ..Options::default()
        };
        let builds = Arc::new(AtomicUsize::new(0));
        let events = Arc::new(Mutex::new(Vec::new()));
        let (count, log) = (Arc::clone(&builds), Arc::clone(&events));
        let build = move |_: &Changed| {
            count.fetch_add(1, Ordering::SeqCst);
            built_of(&content)
        };
        let server = Server::start_within(limits, options, build, move |event| lock(&log).push(event)).unwrap();
        Self { folder, server, builds, events }
    }

    fn save(&self, path: &str, text: &str) {
        fs::write(self.folder.path().join("content").join(path), text).unwrap();
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.server.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// The whole answer to `request`; `HOST` in it stands for our own name.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        let host = format!("127.0.0.1:{}", self.server.address().port());
        // Refused requests may be answered before they were taken whole.
        let _ = stream.write_all(request.replace("HOST", &host).as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, target: &str) -> String {
        self.ask(&format!("GET {target} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"))
    }

    fn status(&self, request: &str) -> String {
        self.ask(request).split(' ').nth(1).unwrap_or("none").to_owned()
    }

    fn listen(&self) -> Events {
        let mut stream = self.connect();
        let host = format!("localhost:{}", self.server.address().port());
        let head = format!("GET /_proofbook/events HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        Events { stream, text: String::new() }
    }

    fn n_streams(&self) -> usize {
        self.server.listening.as_ref().unwrap().n_open().1
    }

    fn builds(&self) -> usize {
        self.builds.load(Ordering::SeqCst)
    }

    /// Waits until the home page says `text`.
    fn shows(&self, text: &str) {
        wait_until(&format!("the page to say {text:?}"), || self.get("/").contains(text));
    }
}

fn built_of(content: &Path) -> Build {
    let path = |path: &str| RelativePath::parse(path).unwrap();
    let index = fs::read_to_string(content.join("index.md")).unwrap_or_default();
    if let Some(line) = index.lines().find(|line| line.contains("wrong")) {
        let place = "content/index.md:1:1".to_owned();
        let problem = Problem { message: "<b>it is wrong</b>".to_owned(), place, text: format!("1 | {line}\n  | ^^^") };
        return Build { files: None, problems: vec![problem] };
    }
    let mut files: BTreeMap<RelativePath, Vec<u8>> = [
        (path("index.html"), format!("<title>x</title><body><p>{index}</p></body>").into_bytes()),
        (path("do/index.html"), b"<body>do</body>".to_vec()),
        (path("do/a b.html"), b"<body>page</body>".to_vec()),
        (path("404.html"), b"<body>nothing here</body>".to_vec()),
        (path("style.css"), b"p{}".to_vec()),
        (path("icon.svg"), b"<svg/>".to_vec()),
    ]
    .into();
    for entry in walkdir::WalkDir::new(content).into_iter().filter_map(Result::ok) {
        let name = entry.path().strip_prefix(content).unwrap().to_str().unwrap().replace(".md", ".txt");
        if entry.file_type().is_file() && name != "index.txt" {
            files.insert(path(&name), fs::read(entry.path()).unwrap_or_default());
        }
    }
    Build { files: Some(files), problems: Vec::new() }
}

/// A stream of events.
struct Events {
    stream: TcpStream,
    text: String,
}

impl Events {
    /// The next state.
    fn next(&mut self) -> serde_json::Value {
        let mut searched = 0;
        loop {
            if let Some(end) = self.text[searched..].find("\n\n").map(|at| searched + at) {
                let event: String = self.text.drain(..end + 2).collect();
                searched = 0;
                if let Some((_, data)) = event.split_once("data: ") {
                    return serde_json::from_str(data).unwrap();
                }
                continue;
            }
            searched = self.text.len().saturating_sub(1);
            let mut chunk = vec![0; 1 << 16];
            let count = self.stream.read(&mut chunk).unwrap();
            assert!(count > 0, "the stream ended: {:?}", self.text);
            self.text.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
        }
    }

    /// The next state that fits.
    fn until(&mut self, fits: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
        loop {
            let state = self.next();
            if fits(&state) {
                return state;
            }
        }
    }
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
