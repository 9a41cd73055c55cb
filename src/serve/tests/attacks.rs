//! Who is refused, and what a hostile or broken client can do: nothing.

use super::*;

#[test]
fn whoever_is_not_the_person_at_the_browser_is_refused() {
    let preview = Preview::start();
    let with = |headers: &str| preview.status(&format!("GET / HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"));
    assert_eq!(with("Host: HOST\r\n"), "200");
    assert_eq!(with("Host: HOST\r\nOrigin: http://HOST\r\nSec-Fetch-Site: same-origin\r\n"), "200");
    assert_eq!(with("Host: HOST\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"), "200", "a link");

    assert_eq!(with(""), "403", "no name at all");
    assert_eq!(with("Host: evil.example\r\n"), "403");
    assert_eq!(with(&format!("Host: evil.example:{}\r\n", preview.server.address().port())), "403", "DNS rebinding");
    assert_eq!(with("Host: HOST\r\nHost: evil.example\r\n"), "400");
    assert_eq!(with("Host: HOST\r\nOrigin: http://evil.example\r\n"), "403");
    assert_eq!(with("Host: HOST\r\nOrigin: https://HOST\r\n"), "403");
    assert_eq!(with("Host: HOST\r\nOrigin: null\r\n"), "403");
    assert_eq!(with("Host: HOST\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"), "403", "a script tag");
    assert_eq!(with("Host: HOST\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\n"), "403", "another port");
    let events = preview.ask("GET /_proofbook/events HTTP/1.1\r\nHost: HOST\r\nOrigin: http://evil.example\r\n\r\n");
    assert!(events.starts_with("HTTP/1.1 403 "), "{events}");
    assert!(!events.to_ascii_lowercase().contains("access-control"), "{events}");

    let refused = preview.ask("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert!(refused.contains("was asked for as `evil.example`"), "{refused}");
}

#[test]
fn only_reading_is_possible() {
    let preview = Preview::start();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "FETCH", "get"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n");
        let answer = preview.ask(&request);
        assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("\r\nAllow: GET, HEAD\r\n"), "{answer}");
    }
    let post = "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(preview.status(post), "405");
    let hidden = "GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 30\r\n\r\nGET /x HTTP/1.1\r\nHost: HOST\r\n\r\n";
    let answer = preview.ask(hidden);
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.matches("HTTP/1.1").count() == 1, "{answer}");
}

#[test]
fn no_path_leads_out_of_the_site() {
    let preview = Preview::start();
    fs::write(preview.folder.path().join("secret"), "the secret").unwrap();
    for target in [
        "/../secret",
        "/../../../../../../etc/passwd",
        "/do/../../secret",
        "/%2e%2e/secret",
        "/%2e%2e%2fsecret",
        "/..%2fsecret",
        "/..%5csecret",
        "/..\\secret",
        "//secret",
        "//etc/passwd",
        "/do//index.html",
        "/do/./index.html",
        "/%00",
        "/index.html%00.png",
        "/%c0%ae%c0%ae/secret",
        "/.%252e/secret",
        "/content/index.md",
        "/@fs/etc/passwd",
        "http://evil.example/",
        "file:///etc/passwd",
        "*",
        "secret",
    ] {
        let answer = preview.get(target);
        assert!(answer.starts_with("HTTP/1.1 404 "), "{target}: {answer}");
        assert!(!answer.contains("the secret") && !answer.contains("root:"), "{target}: {answer}");
    }
    let redirect = preview.get("//do");
    assert!(!redirect.contains("Location"), "{redirect}");
}

#[test]
fn what_is_not_http_ends_only_its_own_connection() {
    let preview = Preview::start();
    assert_eq!(preview.status("\r\n\r\n"), "400");
    assert_eq!(preview.status("GET /\r\n\r\n"), "400");
    assert_eq!(preview.status("GET / HTTP/9.9\r\nHost: HOST\r\n\r\n"), "505");
    assert_eq!(preview.status("\u{16}\u{3}\u{1}\u{2}\0\r\n\r\n"), "400", "TLS");
    let long = "x".repeat(1 << 20);
    assert_eq!(preview.status(&format!("GET /{long} HTTP/1.1\r\nHost: HOST\r\n\r\n")), "431");
    assert_eq!(preview.status(&format!("GET / HTTP/1.1\r\nHost: HOST\r\nX: {long}\r\n\r\n")), "431");
    assert_eq!(preview.status(&format!("GET / HTTP/1.1\r\n{}", "X: y\r\n".repeat(100_000))), "431");
    let huge = "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 900000000000000\r\n\r\n";
    assert_eq!(preview.status(huge), "405", "tiny_http alone ends the process here");
    assert_eq!(preview.status("GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"), "200");
}

#[test]
fn clients_that_are_slow_idle_or_many_keep_nobody_waiting() {
    let limits = Limits { idle: Duration::from_secs(1), head: Duration::from_secs(1), ..Limits::default() };
    let preview = Preview::start_within(limits, "one");
    preview.shows("one");
    // Far more than there is room for, of each kind.
    let idle: Vec<TcpStream> = (0..100).map(|_| preview.connect()).collect();
    let mut dripping: Vec<TcpStream> = (0..100).map(|_| preview.connect()).collect();
    for byte in "GET / HTTP/1.1\r\n".bytes() {
        for stream in &mut dripping {
            let _ = stream.write_all(&[byte]);
        }
        assert!(preview.get("/").starts_with("HTTP/1.1 200 OK"));
    }
    let (open, _) = preview.server.listening.as_ref().unwrap().n_open();
    assert!(open <= limits.connections, "{open}");
    // Sending on and on does not help: the head as a whole has its time.
    let mut last = preview.connect();
    let begun = Instant::now();
    let mut answer = String::new();
    last.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    while begun.elapsed() < PATIENCE && answer.is_empty() {
        let _ = last.write_all(b"G");
        let _ = last.read_to_string(&mut answer);
    }
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer:?}");
    drop((idle, dripping));
}

#[test]
fn a_page_that_stops_reading_its_events_keeps_nobody_waiting() {
    let limits = Limits { event: Duration::from_millis(500), ..Limits::default() };
    let preview = Preview::start_within(limits, "one");
    let mut deaf = preview.listen();
    let mut events = preview.listen();
    deaf.next();
    events.next();
    // Together more than the system keeps for a client that does not read.
    for round in 0..4 {
        preview.save("index.md", &format!("wrong {round} {}", "x".repeat(4 << 20)));
        let mark = format!("1 | wrong {round} ");
        events.until(|state| state["problems"][0]["text"].as_str().is_some_and(|text| text.starts_with(&mark)));
        assert!(preview.get("/").contains("<p>one</p>"));
    }
    wait_until("the deaf one to be given up", || preview.n_streams() == 1);
    preview.save("index.md", "two");
    events.until(|state| state["failed"] == false);
    drop(deaf);
}

#[test]
fn streams_are_limited_and_given_back() {
    let limits = Limits { streams: 3, heartbeat: Duration::from_millis(100), ..Limits::default() };
    let preview = Preview::start_within(limits, "one");
    let mut streams: Vec<Events> = (0..3).map(|_| preview.listen()).collect();
    for stream in &mut streams {
        stream.next();
    }
    let request = "GET /_proofbook/events HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n";
    assert_eq!(preview.status(request), "503");
    assert!(preview.get("/").starts_with("HTTP/1.1 200 OK"), "pages are still served");
    streams[0].stream.shutdown(Shutdown::Both).unwrap();
    wait_until("a free place", || {
        let mut stream = preview.listen();
        let mut chunk = [0; 12];
        stream.stream.read_exact(&mut chunk).is_ok() && &chunk == b"HTTP/1.1 200"
    });
    let mut chunk = [0; 3];
    streams[1].stream.read_exact(&mut chunk).unwrap();
    assert_eq!(&chunk, b":\n\n", "a sign of life");
}
