//! What this machine has, and that a program runs with it and with less.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::super::confine::{LANDLOCK, Mechanisms};
use super::support::{Kept, PATH, all_mechanisms, say_skipped, ways};

#[test]
fn each_mechanism_that_was_found_lets_a_program_run() {
    let found = all_mechanisms();
    assert!(found.landlock.is_none_or(|version| LANDLOCK.contains(&version)));
    for mechanisms in [
        found,
        Mechanisms { namespaces: false, ..found },
        Mechanisms { landlock: None, seccomp: false, ..found },
        Mechanisms { descendants: found.descendants, ..Mechanisms::default() },
    ] {
        let kept = Kept::new(mechanisms);
        assert_eq!(kept.sh("echo out; pwd; exit 3").told(), format!("exit 3\nout\n{}\n", kept.room.work().display()));
    }
}

#[test]
fn another_user_is_held_back_the_same() {
    if rustix::process::geteuid().as_raw() != 0 || super::super::find_program(PATH, "setpriv").is_none() {
        return say_skipped("only root can become somebody else, and only with the program setpriv");
    }
    // In a place that everybody can reach.
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("tests");
    // By another process: one that this process had open for writing might not be started a moment later.
    let own = format!("/proc/{}/exe", std::process::id());
    let copied = Command::new("cp").arg(own).arg(&program).status().unwrap();
    assert!(copied.success());
    for path in [place.path(), &program] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program).arg("sandbox::tests::held_back");
    let output = command.current_dir("/").env("TMPDIR", place.path()).stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("11 passed; 0 failed"), "{told}");
}

#[test]
fn a_room_may_lie_where_it_hides_or_is_hidden() {
    // Below a folder that is made anew, below one that is shown, below one that is not there.
    for folder in ["/dev/shm", "/opt", "/run"] {
        let Ok(parent) = tempfile::Builder::new().prefix("proofbook tests ").tempdir_in(folder) else {
            say_skipped(&format!("{folder} cannot be written to"));
            continue;
        };
        let Ok(canary) = tempfile::Builder::new().tempfile_in(folder) else { continue };
        for (way, mechanisms) in ways() {
            let below = tempfile::tempdir_in(parent.path()).unwrap();
            // And with a folder on PATH that holds it all.
            for path in [PATH.to_owned(), format!("{PATH}:{}", parent.path().display())] {
                let place = tempfile::tempdir_in(below.path()).unwrap();
                let kept = Kept::below(place, mechanisms, &path);
                let script = "echo x > file && cat file && rm file; echo y > ../outside; echo z > ../../outside";
                let ran = kept.sh(&format!("{{ {script}; }} 2>/dev/null; exit 4"));
                assert_eq!(ran.told(), "exit 4\nx\n", "{folder}, {way}");
            }
            let kept = Kept::below(tempfile::tempdir_in(below.path()).unwrap(), mechanisms, PATH);
            kept.sh(&format!("echo x > '{}'", canary.path().display()));
            // There may be another file of that name in there, but this one is out of reach.
            assert_eq!(fs::read_to_string(canary.path()).unwrap(), "", "{folder}, {way}");
        }
    }
}
