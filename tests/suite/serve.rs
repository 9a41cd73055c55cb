//! `proofbook serve`: the real process, asked over a socket as a browser asks, and as nobody should.

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Events, Project, Running, get, request};

fn site() -> Project {
    let project = Project::new(&[("content/index.md", "# Home\n\nOld words.\n"), ("content/guide/a.md", "# A\n")]);
    project.write("content/soon.md", "+++\ntitle = \"Soon\"\ndraft = true\n+++\n");
    project
}

/// Starts the preview and gives its address (`127.0.0.1:PORT`).
fn serve(project: &Project) -> (Running, String) {
    let mut running = project.command("serve --port 0").start();
    let line = running.first_line();
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap_or_else(|| panic!("{line}"));
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{line}");
    (running, address)
}

fn is_good(event: &Value) -> bool {
    event["failed"] == false && event["version"].is_string()
}

#[test]
fn a_page_is_served_with_the_script_that_reloads_it() {
    let project = site();
    let (_running, address) = serve(&project);
    let home = get(&address, "/");
    assert_eq!(home.status, 200);
    assert!(home.body.contains("Old words."), "{}", home.body);
    assert!(home.body.contains("<script src=\"/_proofbook/reload.js\""), "{}", home.body);
    assert!(home.head.contains("Content-Security-Policy: default-src 'self'"), "{}", home.head);
    assert_eq!(get(&address, "/guide/a.html").status, 200);
    assert_eq!(get(&address, "/soon.html").status, 200, "a draft is shown in the preview");
    let style = home.body.split('"').find(|value| value.ends_with("/style.css")).unwrap_or_default();
    assert!(style.starts_with("theme-"), "{style}");
    assert_eq!(get(&address, &format!("/{style}")).status, 200);
    let tree = home.body.split('"').find(|value| value.starts_with("navigation-")).unwrap_or_default();
    assert!(get(&address, &format!("/{tree}")).body.starts_with("proofbookNavigation("), "{tree}");
    assert_eq!(get(&address, "/_proofbook/reload.js").status, 200);
    assert_eq!(get(&address, "/nowhere.html").status, 404);
}

#[test]
fn a_save_is_announced_and_served() {
    let project = site();
    let (_running, address) = serve(&project);
    let mut events = Events::open(&address);
    let before = events.next(is_good);
    project.edit("content/index.md", "Old words.", "New words.");
    let after = events.next(|event| event["version"] != before["version"]);
    assert_eq!(after["failed"], false);
    assert_eq!(after["problems"], Value::Array(Vec::new()));
    let home = get(&address, "/");
    assert!(home.body.contains("New words.") && !home.body.contains("Old words."), "{}", home.body);

    project.write("content/added.md", "# Added\n");
    events.next(|event| event["version"] != after["version"] && is_good(event));
    assert!(get(&address, "/added.html").body.contains("<h1 id=\"added\">Added</h1>"));
}

#[test]
fn a_broken_save_is_announced_and_the_last_good_page_stays() {
    let project = site();
    let (_running, address) = serve(&project);
    let mut events = Events::open(&address);
    let before = events.next(is_good);
    project.edit("content/index.md", "Old words.", "See [there](nowhere.md).");
    let broken = events.next(|event| event["failed"] == true);
    assert_eq!(broken["version"], before["version"]);
    assert_eq!(broken["problems"][0]["place"], "content/index.md:3:13");
    assert_eq!(broken["problems"][0]["message"], "there is no `nowhere.md`");
    assert!(broken["problems"][0]["text"].as_str().unwrap().contains("error[dead-link]"), "{broken}");
    assert!(get(&address, "/").body.contains("Old words."));

    project.edit("content/index.md", "See [there](nowhere.md).", "Right again.");
    let fixed = events.next(is_good);
    assert_eq!(fixed["problems"], Value::Array(Vec::new()));
    assert!(get(&address, "/").body.contains("Right again."));
}

#[test]
fn a_project_that_is_broken_from_the_start_is_served_with_its_problems() {
    let project = Project::new(&[("content/index.md", "# Home\n\n[there](nowhere.md)\n")]);
    let (_running, address) = serve(&project);
    let mut events = Events::open(&address);
    let broken = events.next(|event| event["failed"] == true);
    assert_eq!(broken["version"], Value::Null);
    let home = get(&address, "/");
    assert_eq!(home.status, 503);
    assert!(home.body.contains("content/index.md:3:9"), "without scripts, too: {}", home.body);
    project.edit("content/index.md", "[there](nowhere.md)", "Mended.");
    events.next(is_good);
    assert!(get(&address, "/").body.contains("Mended."));
}

#[test]
fn a_saved_proof_shows_in_the_page() {
    let project = Project::shop("# Page\n\n```bash check\ntrue\n```\n");
    let (_running, address) = serve(&project);
    let mut events = Events::open(&address);
    let before = events.next(is_good);
    assert!(get(&address, "/page.html").body.contains("Not run yet"));
    project.command("test").start().wait().fine();
    events.next(|event| event["version"] != before["version"]);
    assert!(get(&address, "/page.html").body.contains("<strong>Proven</strong>"));
}

#[test]
fn whoever_is_not_the_person_in_front_of_it_is_refused() {
    let project = site();
    let (_running, address) = serve(&project);
    let ask = |head: &str| request(&address, &format!("{head}\r\nConnection: close\r\n\r\n"));
    let port = address.rsplit(':').next().unwrap();

    let foreign = ask(&format!("GET / HTTP/1.1\r\nHost: evil.example:{port}"));
    assert_eq!(foreign.status, 403);
    assert!(foreign.body.contains("evil.example") && !foreign.body.contains("Old words."), "{}", foreign.body);
    assert_eq!(ask("GET / HTTP/1.1").status, 403, "no Host at all");
    assert_eq!(ask(&format!("GET / HTTP/1.1\r\nHost: {address}\r\nOrigin: http://evil.example")).status, 403);
    let events = "GET /_proofbook/events HTTP/1.1\r\nHost: evil.example\r\nAccept: text/event-stream";
    assert_eq!(ask(events).status, 403);
    assert_eq!(ask(&format!("POST / HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0")).status, 405);
    assert_eq!(ask(&format!("GET / HTTP/1.1\r\nHost: localhost:{port}")).status, 200);
    for path in
        ["/../proofbook.toml", "/%2e%2e/content/index.md", "/..%2fproofbook.toml", "//etc/passwd", "/content/index.md"]
    {
        let answer = ask(&format!("GET {path} HTTP/1.1\r\nHost: {address}"));
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
    }
}

#[test]
fn ctrl_c_ends_it_and_that_is_fine() {
    for signal in [Signal::INT, Signal::TERM] {
        let project = site();
        let (running, address) = serve(&project);
        assert_eq!(get(&address, "/").status, 200);
        let _events = Events::open(&address);
        running.signal(signal);
        let ran = running.wait().fine();
        assert!(ran.stderr.contains("built: "), "{}", ran.whole());
        assert_eq!(project.left_processes(), [0; 0]);
        assert!(!project.path("public").exists(), "a preview publishes nothing");
    }
}

#[test]
fn a_port_that_is_taken_is_told_with_a_way_out() {
    let project = site();
    let (_running, address) = serve(&project);
    let port = address.rsplit(':').next().unwrap();
    let ran = project.command(&format!("serve --port {port}")).start().wait().ended(3);
    assert!(ran.stderr.contains(&format!("port {port} of `127.0.0.1` is taken")), "{}", ran.whole());
    assert!(ran.stderr.contains("`--port 0` any free one"), "{}", ran.whole());
}
