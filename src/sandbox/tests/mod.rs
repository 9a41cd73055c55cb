//! Rooms with real processes and folders. Each test has a parent folder of its own.

#[cfg(target_os = "linux")]
mod as_user;
#[cfg(target_os = "linux")]
mod ending;
#[cfg(target_os = "linux")]
mod held_back;
pub(crate) mod launcher;
#[cfg(target_os = "linux")]
mod mechanisms;
#[cfg(target_os = "linux")]
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{MARKER, Room, SandboxError, sweep};

use crate::path::RelativePath;

fn path(text: &str) -> RelativePath {
    RelativePath::parse(text).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Runs `script` in the environment of `room`, to its end.
fn shell(room: &Room, script: &str) -> String {
    let mut sh = Command::new("/bin/sh");
    sh.arg("-c").arg(script).current_dir(room.work()).env_clear().envs(room.environment("/usr/bin:/bin"));
    let output = sh.stderr(Stdio::inherit()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A process of nobody's that carries the marker of `room`.
fn marked(room: &str) -> Child {
    Command::new("/bin/sleep").arg("1000").env(MARKER, room).spawn().unwrap()
}

/// Whether the process is there and not a zombie.
fn is_running(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with(['Z', 'X']))
}

/// The id of a process that has ended.
fn dead_pid() -> u32 {
    let mut child = Command::new("/bin/true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

#[test]
fn a_room_has_its_folders_and_its_own_environment() {
    let parent = tempfile::tempdir().unwrap();
    let room = Room::create(parent.path()).unwrap();
    assert_eq!(names(room.folder()), ["bin", "database", "home", "private", "root", "tmp", "work"]);
    assert_eq!((mode(room.folder()), mode(&room.work()), mode(&room.private())), (0o700, 0o755, 0o700));

    let name = room.folder().file_name().unwrap().to_str().unwrap().to_owned();
    assert!(name.starts_with(&format!("proofbook-{}-", std::process::id())), "{name}");
    let folder = room.folder().display();
    let expected = format!(
        "COLUMNS=80 DEBIAN_FRONTEND=noninteractive GIT_PAGER=cat GIT_TERMINAL_PROMPT=0 HOME={folder}/home \
         LC_ALL=C.UTF-8 PAGER=cat PATH={folder}/bin:/x:/y PROOFBOOK_ROOM={name} TERM=dumb TMPDIR={folder}/tmp TZ=UTC"
    );
    let environment: Vec<String> =
        room.environment("/x:/y").into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(environment.join(" "), expected);

    let other = Room::create(parent.path()).unwrap();
    assert_ne!(room.folder(), other.folder());
    room.close().unwrap();
    other.close().unwrap();
    assert!(names(parent.path()).is_empty());
}

#[test]
fn a_room_cannot_be_made_where_there_is_no_folder() {
    let error = Room::create(Path::new("/nonexistent/parent")).unwrap_err().to_string();
    assert!(error.starts_with("cannot use the folder /nonexistent/parent: No such file"), "{error}");
}

#[test]
fn files_are_written_into_the_work_folder() {
    let parent = tempfile::tempdir().unwrap();
    let room = Room::create(parent.path()).unwrap();
    let file = room.work().join("a/b/c.txt");
    room.write(&path("a/b/c.txt"), b"first, longer").unwrap();
    assert_eq!((mode(&room.work().join("a")), mode(&file)), (0o755, 0o644));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    room.write(&path("a/b/c.txt"), b"second\0\xff").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"second\0\xff");
    assert_eq!(mode(&file), 0o755, "an existing file keeps its permissions");
    room.write(&path("top"), b"").unwrap();
    assert_eq!(names(&room.work()), ["a", "top"]);
}

#[test]
fn no_write_leaves_the_work_folder_through_a_link() {
    let parent = tempfile::tempdir().unwrap();
    let outside = parent.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("kept"), "kept").unwrap();
    let room = Room::create(parent.path()).unwrap();
    shell(
        &room,
        "ln -s ../../outside folder; ln -s ../../outside/kept file; ln -s ../../outside/new dangling; mkfifo fifo; mkdir real",
    );

    let refused = |text: &str| match room.write(&path(text), b"lost").unwrap_err() {
        SandboxError::Link { path } => format!("link {}", path.strip_prefix(room.work()).unwrap().display()),
        SandboxError::InTheWay { path } => format!("in the way {}", path.strip_prefix(room.work()).unwrap().display()),
        error => error.to_string(),
    };
    assert_eq!(refused("folder/new"), "link folder");
    assert_eq!(refused("folder/deep/new"), "link folder");
    assert_eq!(refused("file"), "link file");
    assert_eq!(refused("dangling"), "link dangling");
    assert_eq!(refused("fifo"), "in the way fifo");
    assert_eq!(refused("real"), "in the way real");
    assert_eq!(refused("fifo/below"), "in the way fifo");
    assert_eq!(names(&outside), ["kept"]);
    assert_eq!(fs::read_to_string(outside.join("kept")).unwrap(), "kept");
}

#[test]
fn closing_removes_what_cannot_be_written() {
    let parent = tempfile::tempdir().unwrap();
    let outside = parent.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::set_permissions(&outside, fs::Permissions::from_mode(0o555)).unwrap();
    let room = Room::create(parent.path()).unwrap();
    shell(&room, "mkdir -p a/b/c; touch a/b/file; ln -s ../../../outside a/b/link; chmod 555 a/b/c; chmod 000 a/b a");
    room.close().unwrap();
    assert_eq!(names(parent.path()), ["outside"]);
    assert_eq!(mode(&outside), 0o555, "a link out is not followed");
}

#[cfg(target_os = "linux")]
#[test]
fn closing_ends_every_process_of_the_room_and_no_other() {
    let parent = tempfile::tempdir().unwrap();
    let room = Room::create(parent.path()).unwrap();
    let other = Room::create(parent.path()).unwrap();
    let name = room.folder().file_name().unwrap().to_str().unwrap().to_owned();
    let mut similar = [marked(&format!("{name}x")), marked(&name[..name.len() - 1]), marked("")];
    let mut foreign = Command::new("/bin/sleep").arg("1000").spawn().unwrap();

    let detached = "setsid sh -c '(sleep 1000 >/dev/null & echo $!)'";
    let pids = shell(
        &room,
        &format!(
            "cd /; {detached}; {detached}; nohup sh -c 'trap \"\" TERM HUP; while :; do sleep 0.01; done' >/dev/null 2>&1 & echo $!"
        ),
    );
    let pids: Vec<&str> = pids.lines().collect();
    let others = shell(&other, detached);
    assert_eq!(pids.len(), 3);
    assert!(pids.iter().all(|pid| is_running(pid)) && is_running(others.trim()));

    room.close().unwrap();
    assert_eq!(pids.iter().filter(|pid| is_running(pid)).count(), 0);
    assert!(is_running(others.trim()), "another room's process goes on");
    for child in similar.iter_mut().chain([&mut foreign]) {
        assert!(is_running(&child.id().to_string()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    drop(other);
    assert!(!is_running(others.trim()), "dropping a room closes it");
    assert!(names(parent.path()).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_room_that_forks_all_the_time_is_ended_too() {
    let parent = tempfile::tempdir().unwrap();
    let room = Room::create(parent.path()).unwrap();
    // Each process starts one more in a session of its own and ends.
    fs::write(room.work().join("again"), "echo . >> count; sleep 0.002; setsid sh ./again &").unwrap();
    shell(&room, "setsid sh ./again >/dev/null 2>&1 &");
    let name = format!("{MARKER}={}", room.folder().file_name().unwrap().to_str().unwrap());
    while fs::metadata(room.work().join("count")).map_or(0, |found| found.len()) < 20 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    room.close().unwrap();
    assert_eq!(super::marked::end_marked(&name), Ok(()));
    assert!(names(parent.path()).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_sweep_removes_the_rooms_of_the_dead_only() {
    let parent = tempfile::tempdir().unwrap();
    let live = Room::create(parent.path()).unwrap();
    let (dead, own) = (dead_pid(), std::process::id());
    let make = |name: &str, parts: &[&str]| {
        fs::create_dir(parent.path().join(name)).unwrap();
        for part in parts {
            fs::create_dir(parent.path().join(name).join(part)).unwrap();
        }
    };
    let left = format!("proofbook-{dead}-aaaa");
    make(&left, &["work", "home"]);
    make(&format!("proofbook-{dead}-bbbb"), &[]);
    // The id was given to a living process, but the room's lock is not held.
    make(&format!("proofbook-{own}-cccc"), &["work"]);
    // This moment made, not locked yet.
    make(&format!("proofbook-{own}-dddd"), &[]);
    make("proofbook-x-eeee", &["work"]);
    make(&format!("proofbook-{dead}"), &["work"]);
    make(&format!("proofbook-{dead}-my.site"), &["work"]);
    fs::write(parent.path().join(format!("proofbook-{dead}-file")), "").unwrap();
    let mut process = marked(&left);

    let swept = sweep(parent.path()).unwrap();
    let mut expected = vec![left, format!("proofbook-{dead}-bbbb"), format!("proofbook-{own}-cccc")];
    expected.sort();
    assert_eq!(swept.removed, expected);
    assert!(swept.failed.is_empty());
    process.wait().unwrap();

    assert_eq!(names(live.folder()), ["bin", "database", "home", "private", "root", "tmp", "work"]);
    live.write(&path("still"), b"here").unwrap();
    live.close().unwrap();
    assert_eq!(names(parent.path()).len(), 5, "what is no room of a dead one stays");
    assert!(sweep(parent.path()).unwrap().removed.is_empty());
}

#[test]
fn rooms_can_be_made_while_others_sweep() {
    let parent = tempfile::tempdir().unwrap();
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sweeping = scope.spawn(|| {
            let mut n_removed = 0;
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                let swept = sweep(parent.path()).unwrap();
                assert!(swept.failed.is_empty(), "{:?}", swept.failed);
                n_removed += swept.removed.len();
            }
            n_removed
        });
        for _ in 0..30 {
            let room = Room::create(parent.path()).unwrap();
            room.write(&path("a/b"), b"c").unwrap();
            room.close().unwrap();
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(sweeping.join().unwrap(), 0, "no living room was removed");
    });
    assert!(names(parent.path()).is_empty());
}
