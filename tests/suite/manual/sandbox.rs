//! What the sandbox keeps out, and what `--keep` leaves. Tests are called as their rows call them.

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;

use super::{check, kept_folder, page, step};
use crate::support::{Project, is_installed};

/// Whether this machine enforces a layer of the sandbox. If not, the report must say so.
///
/// Then the test that asks proves no more than that; `PROOFBOOK_REQUIRE=sandbox` makes it a failure.
#[expect(clippy::print_stderr, reason = "who reads the log of a test sees what it did not prove")]
#[track_caller]
fn enforces(layer: &str) -> bool {
    let ran = step("true").run("test --format json").fine();
    let enforced = ran.json()["sandbox"][layer].as_bool().unwrap();
    let line = step("true").run("test").fine();
    let sandbox = line.stdout.lines().find(|line| line.starts_with("sandbox: ")).unwrap();
    let held = sandbox.split(';').next().unwrap();
    assert_eq!(held.contains(layer), enforced, "{sandbox}");
    if !enforced {
        let required = std::env::var("PROOFBOOK_REQUIRE").unwrap_or_default();
        assert!(!required.split(',').any(|part| part == "sandbox"), "the required part sandbox is missing: {sandbox}");
        eprintln!("SKIPPED: this machine does not enforce {layer}: {sandbox}");
    }
    enforced
}

#[test]
fn keep() {
    let project = Project::shop("# Page\n\n```bash\necho left > file\n```\n");
    let ran = project.command("test --keep").start().wait().fine();
    let folder = kept_folder(&project, &ran);
    assert_eq!(fs::read_to_string(folder.join("work/file")).unwrap(), "left\n");
    let database = ran.stdout.lines().find_map(|line| line.strip_prefix("  database: sqlite3 ")).unwrap();
    let database = database.replace("[BESIDE]", &project.beside().to_string_lossy());
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let opened = rusqlite::Connection::open_with_flags(database, flags).unwrap();
    let count = |row: &rusqlite::Row<'_>| row.get::<_, u32>(0);
    assert_eq!(opened.query_row("SELECT count(*) FROM orders", [], count).unwrap(), 3);
    // A report for programs keeps no less, and says where, too.
    project.command("test --keep --format json").start().wait().fine().warns("  folder:   cd ");
}

#[test]
fn writing_outside() {
    if !enforces("files") {
        return;
    }
    let project = page("");
    let outside = project.beside().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("canary"), "alive\n").unwrap();
    let commands = format!(
        "for path in new canary; do\n  (echo gone > '{0}'/$path) 2>/dev/null || echo refused\ndone\n\
         rm '{0}/canary' 2>/dev/null || echo refused",
        outside.display()
    );
    check(&project, &commands, "refused\nrefused\nrefused");
    project.run("test").fine();
    assert_eq!(fs::read_to_string(outside.join("canary")).unwrap(), "alive\n");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
}

#[test]
fn reading_outside() {
    if !enforces("files") {
        return;
    }
    let project = page("");
    let canary = project.beside().join("canary");
    fs::write(&canary, "alive\n").unwrap();
    check(&project, &format!("cat '{}' 2>/dev/null || echo refused", canary.display()), "refused");
    project.run("test").fine();
}

#[test]
fn connecting() {
    if !enforces("net") {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let project = page("");
    check(&project, &format!("(: <> /dev/tcp/127.0.0.1/{port}) 2>/dev/null || echo refused"), "refused");
    project.run("test").fine();
    assert!(listener.accept().is_err(), "nobody has come");
    std::net::TcpStream::connect(("127.0.0.1", port)).expect("it would have been possible");
}

#[test]
fn host_sockets() {
    let holds = enforces("sockets");
    let project = page("");
    let socket = project.beside().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    let connect =
        "use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0) and connect(S, sockaddr_un(shift)) and print qq(connected)";
    let commands = format!("perl -e '{connect} or print qq(refused)' '{}'", socket.display());
    check(&project, &commands, if holds { "refused" } else { "connected" });
    project.edit("content/page.md", "```bash check", "<!-- proof: requires=perl -->\n```bash check");
    let ran = project.run("test");
    if is_installed("perl") {
        assert_eq!(ran.fine().stdout.contains("host sockets reachable"), !holds);
        assert_eq!(listener.accept().is_err(), holds, "whether somebody has come");
    }
}

#[test]
fn required_layers() {
    for layer in ["environment", "files", "net", "processes", "sockets"] {
        let project = step("touch ran");
        let ran = project.run(&format!("test --require-sandbox={layer}"));
        if enforces(layer) {
            ran.fine();
        } else {
            ran.ended(3).warns(layer).never_says("passed");
        }
    }
}
