//! What a person at the browser sees.

use super::*;

#[test]
fn a_site_is_served_as_a_strict_host_would() {
    let preview = Preview::start();
    let home = preview.get("/?a=b#c");
    assert!(home.starts_with("HTTP/1.1 200 OK\r\n"), "{home}");
    for header in [
        "Content-Type: text/html; charset=utf-8",
        "Content-Security-Policy: default-src 'self'",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Cross-Origin-Resource-Policy: same-origin",
    ] {
        assert!(home.contains(&format!("\r\n{header}\r\n")), "{header} in {home}");
    }
    let (before, after) = home.split_once("<script src=\"/_proofbook/reload.js\" data-version=\"").unwrap();
    assert!(before.ends_with("<p>one</p>") && after.ends_with("\" defer></script>\n</body>"), "{home}");

    let type_of = |target| {
        let answer = preview.get(target);
        let status = answer.split(' ').nth(1).unwrap().to_owned();
        let kind = answer.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap_or_default().to_owned();
        (status, kind, answer.contains("reload.js\""))
    };
    let expect = |status: &str, kind: &str, script| (status.to_owned(), kind.to_owned(), script);
    assert_eq!(type_of("/style.css"), expect("200", "text/css; charset=utf-8", false));
    assert_eq!(type_of("/icon.svg"), expect("200", "image/svg+xml; charset=utf-8", false));
    assert_eq!(type_of("/do/a%20b.html"), expect("200", "text/html; charset=utf-8", true));
    assert_eq!(type_of("/missing.html"), expect("404", "text/html; charset=utf-8", true));
    assert_eq!(type_of("/_proofbook/reload.js"), expect("200", "text/javascript; charset=utf-8", false));
    assert_eq!(type_of("/_proofbook/other"), expect("404", "text/plain; charset=utf-8", false));
    assert!(preview.get("/missing.html").contains("nothing here"));

    let redirect = preview.get("/do?a=b");
    assert!(redirect.starts_with("HTTP/1.1 302 ") && redirect.contains("\r\nLocation: /do/?a=b\r\n"), "{redirect}");
    let head = preview.ask("HEAD / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn one_connection_takes_many_requests() {
    let preview = Preview::start();
    let get = "GET /style.css HTTP/1.1\r\nHost: HOST\r\n\r\n";
    let last = "GET /icon.svg HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n";
    let answers = preview.ask(&format!("{get}{get}{last}"));
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
    assert!(answers.ends_with("<svg/>"));
}

#[test]
fn a_save_reaches_the_open_page() {
    let preview = Preview::start();
    let mut events = preview.listen();
    let first = events.next();
    assert_eq!(first["failed"], false);
    let version = first["version"].as_str().unwrap().to_owned();
    assert!(preview.get("/").contains(&format!("data-version=\"{version}\"")));
    preview.save("index.md", "two");
    let second = events.next();
    assert_ne!(second["version"], version.as_str());
    assert!(preview.get("/").contains("<p>two</p>"), "what is told is already there");
    preview.save("index.md", "one");
    assert_eq!(events.next()["version"], version.as_str(), "the version says what the site is, not when");
    let built = lock(&preview.events)[1].clone();
    let index = preview.folder.path().join("content/index.md");
    assert!(
        matches!(&built, ServeEvent::Built { changed: Changed::Files(files), result: BuildResult::New(_), problems: 0, .. }
            if *files == [index]),
        "{built:?}"
    );
}

#[test]
fn a_build_error_is_shown_over_the_last_good_site_and_goes_when_it_is_fixed() {
    let preview = Preview::start();
    let mut events = preview.listen();
    let version = events.next()["version"].clone();
    preview.save("index.md", "wrong");
    let state = events.next();
    assert_eq!((&state["failed"], &state["version"]), (&true.into(), &version));
    assert_eq!(state["problems"][0]["message"], "<b>it is wrong</b>");
    assert_eq!(state["problems"][0]["place"], "content/index.md:1:1");
    assert_eq!(state["problems"][0]["text"], "1 | wrong\n  | ^^^");
    assert!(preview.get("/").contains("<p>one</p>"), "the last good version stays");
    preview.save("index.md", "one");
    let state = events.next();
    assert_eq!((&state["failed"], &state["version"]), (&false.into(), &version));
    assert_eq!(state["problems"], serde_json::json!([]));
}

#[test]
fn a_first_build_that_fails_gives_a_page_that_says_so() {
    let preview = Preview::start_within(Limits::default(), "wrong");
    let page = preview.get("/any/page.html");
    assert!(page.starts_with("HTTP/1.1 503 ") && page.contains("\r\nContent-Security-Policy: "), "{page}");
    assert!(page.contains("&lt;b&gt;it is wrong&lt;/b&gt;") && !page.contains("<b>it"), "{page}");
    assert!(page.contains("<script src=\"/_proofbook/reload.js\" data-version=\"\" defer></script>"), "{page}");
    let mut events = preview.listen();
    assert_eq!(events.next()["version"], serde_json::Value::Null);
    preview.save("index.md", "fine");
    assert!(events.next()["version"].is_string());
    assert!(preview.get("/").contains("<p>fine</p>"));
}

#[test]
fn a_taken_port_is_said_so_and_an_ended_preview_gives_its_port_back() {
    let preview = Preview::start();
    let mut events = preview.listen();
    events.next();
    let port = preview.server.address().port();
    assert_eq!(preview.server.url(), format!("http://127.0.0.1:{port}/"));
    let start = || Server::start(Options { port, ..Options::default() }, |_| Build::default(), |_| ());
    let error = start().unwrap_err();
    assert_eq!(error.to_string(), format!("port {port} of `127.0.0.1` is taken"));
    assert_eq!(
        error.hint().unwrap(),
        format!(
            "another preview may be running; `--port {}` takes another port, `--port 0` any free one",
            port.saturating_add(1)
        )
    );
    drop(preview);
    let mut rest = Vec::new();
    let _ = events.stream.read_to_end(&mut rest);
    start().unwrap();
}

#[test]
fn requests_wait_for_the_first_build_and_a_stop_does_not() {
    let (go, wait) = mpsc::channel::<()>();
    let build = move |_: &Changed| {
        let _ = wait.recv();
        let page = (RelativePath::parse("index.html").unwrap(), b"built".to_vec());
        Build { files: Some([page].into()), problems: Vec::new() }
    };
    let server = Server::start(Options { port: 0, ..Options::default() }, build, |_| ()).unwrap();
    let address = server.address();
    let get = thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    thread::sleep(Duration::from_millis(50));
    go.send(()).unwrap();
    assert!(get.join().unwrap().contains("\r\n\r\nbuilt"));

    // A build that never ends.
    let hung = Server::start(Options { port: 0, ..Options::default() }, |_| loop_for_ever(), |_| ()).unwrap();
    wait_until("the build to begin", || hung.board.is_building());
    hung.wait(&AtomicBool::new(true));
    drop(hung);
}

fn loop_for_ever() -> Build {
    loop {
        thread::park();
    }
}
