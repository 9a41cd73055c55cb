//! Which saves lead to a build, and that none is lost.

use super::*;

#[test]
fn every_way_of_saving_is_seen() {
    let preview = Preview::start();
    let content = preview.folder.path().join("content");
    preview.shows("one");

    fs::write(content.join(".index.md.tmp"), "renamed").unwrap();
    fs::rename(content.join(".index.md.tmp"), content.join("index.md")).unwrap();
    preview.shows("renamed");

    let mut file = fs::File::create(content.join("index.md")).unwrap();
    thread::sleep(Duration::from_millis(80));
    file.write_all(b"written").unwrap();
    file.flush().unwrap();
    preview.shows("written");

    fs::create_dir_all(content.join("a/b")).unwrap();
    preview.save("a/b/new.md", "new");
    wait_until("a page in a new folder", || preview.get("/a/b/new.txt").contains("new"));
    preview.save("a/b/new.md", "newer");
    wait_until("a change in a new folder", || preview.get("/a/b/new.txt").contains("newer"));
    fs::rename(content.join("a"), content.join("z")).unwrap();
    wait_until("a renamed folder", || preview.get("/z/b/new.txt").contains("newer"));
    fs::remove_dir_all(content.join("z")).unwrap();
    wait_until("a removed folder", || preview.get("/z/b/new.txt").contains("404"));

    let builds = preview.builds();
    fs::write(preview.folder.path().join("proofbook.toml"), "title = 'new'").unwrap();
    wait_until("a build for a file that was not there", || preview.builds() > builds);

    // As a checkout of another branch does.
    fs::rename(&content, preview.folder.path().join("old")).unwrap();
    fs::create_dir(&content).unwrap();
    preview.save("index.md", "another branch");
    preview.shows("another branch");
    preview.save("index.md", "and on");
    preview.shows("and on");
}

#[test]
fn what_changes_nothing_builds_nothing() {
    let preview = Preview::start();
    preview.shows("one");
    let content = preview.folder.path().join("content");
    fs::create_dir(content.join("public")).unwrap();
    for round in 0..5 {
        preview.save("public/index.html", &round.to_string());
        // Written over without being emptied first: an emptied file is a change, if somebody looks in that moment.
        let mut page = fs::OpenOptions::new().write(true).open(content.join("index.md")).unwrap();
        page.write_all(b"one").unwrap();
        preview.save(".index.md.swp", &round.to_string());
        fs::write(preview.folder.path().join("unwatched"), round.to_string()).unwrap();
        thread::sleep(Duration::from_millis(60));
    }
    preview.save("index.md", "two");
    preview.shows("two");
    assert_eq!(preview.builds(), 2, "{:?}", lock(&preview.events));
}

#[test]
fn a_build_that_writes_what_is_watched_makes_no_loop() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    fs::write(&page, "one").unwrap();
    let builds = Arc::new(AtomicUsize::new(0));
    let (count, written) = (Arc::clone(&builds), page.clone());
    let build = move |_: &Changed| {
        count.fetch_add(1, Ordering::SeqCst);
        fs::write(&written, fs::read(&written).unwrap()).unwrap();
        Build::default()
    };
    let options = Options { port: 0, watch: vec![folder.path().to_owned()], ..Options::default() };
    let _server = Server::start(options, build, |_| ()).unwrap();
    wait_until("the first build", || builds.load(Ordering::SeqCst) > 0);
    thread::sleep(Duration::from_millis(700));
    assert!(builds.load(Ordering::SeqCst) <= 2, "once more at most, in case it read what was half written");
    let before = builds.load(Ordering::SeqCst);
    fs::write(&page, "two").unwrap();
    wait_until("another build", || builds.load(Ordering::SeqCst) > before);
}

#[test]
fn saves_during_a_build_are_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    fs::write(&page, "0").unwrap();
    let read = page.clone();
    let build = move |_: &Changed| {
        let text = fs::read(&read).unwrap();
        thread::sleep(Duration::from_millis(60));
        Build { files: Some([(RelativePath::parse("index.html").unwrap(), text)].into()), problems: Vec::new() }
    };
    let options = Options { port: 0, watch: vec![page.clone()], ..Options::default() };
    let server = Server::start(options, build, |_| ()).unwrap();
    for save in 1..=40 {
        fs::write(&page, save.to_string()).unwrap();
        thread::sleep(Duration::from_millis(7));
    }
    let get = || {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        write!(stream, "GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer).unwrap_or_default()
    };
    wait_until("the last save", || get().contains("\r\n\r\n40<script"));
}

#[test]
fn a_build_that_panics_is_a_problem_and_no_more() {
    let calls = AtomicUsize::new(0);
    let folder = tempfile::tempdir().unwrap();
    let build = move |_: &Changed| {
        // Not `panic!`, whose message would stand among the results of the tests.
        if calls.fetch_add(1, Ordering::SeqCst) == 0 {
            std::panic::resume_unwind(Box::new("a mistake"));
        }
        Build::default()
    };
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let options = Options { port: 0, watch: vec![folder.path().to_owned()], ..Options::default() };
    let _server = Server::start(options, build, move |event| lock(&log).push(event)).unwrap();
    wait_until("the first build", || !lock(&events).is_empty());
    fs::write(folder.path().join("x"), "x").unwrap();
    wait_until("the second build", || lock(&events).len() == 2);
    let problems: Vec<usize> = lock(&events)
        .iter()
        .map(|event| match event {
            ServeEvent::Built { problems, .. } => *problems,
            ServeEvent::Polling(_) => 99,
        })
        .collect();
    assert_eq!(problems, [1, 0]);
}
