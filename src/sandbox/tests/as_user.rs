//! A program started by root as somebody else, with namespaces and without.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use super::super::{AsUser, Order};
use super::support::{Kept, PATH, say_skipped, wait_for_end, ways};

fn is_root() -> bool {
    rustix::process::geteuid().as_raw() == 0
}

/// Runs `script` as somebody else, to whom the room's database folder is given.
fn told(kept: &Kept, script: &str) -> String {
    let owns = vec![kept.room.database()];
    let order = Order { as_user: AsUser::NotRoot { owns }, ..kept.order(script) };
    let _ = fs::remove_file(kept.room.private().join("printed"));
    let mut process = kept.supervisor.spawn(&order).unwrap();
    wait_for_end(&mut process);
    kept.printed()
}

/// A room that everybody may come to.
fn reachable(mechanisms: super::super::confine::Mechanisms) -> Kept {
    let parent = tempfile::Builder::new().prefix("proof of a room ").tempdir().unwrap();
    fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o755)).unwrap();
    Kept::below(parent, mechanisms, PATH)
}

#[test]
fn root_is_somebody_else_and_owns_what_was_given() {
    for (way, mechanisms) in ways() {
        let kept = reachable(mechanisms);
        let folder = kept.room.database();
        fs::create_dir(folder.join("below")).unwrap();
        fs::write(folder.join("below/file"), "old").unwrap();
        fs::set_permissions(folder.join("below"), fs::Permissions::from_mode(0o700)).unwrap();
        let script = "cd ../database && cat below/file && echo new > below/file && touch made && [ -O made ] && [ -O . ] \
                      && [ -O below/file ] && [ \"$(id -u)\" != 0 ] && [ \"$(id -g)\" != 0 ] && id -un >/dev/null && \
                      id -G | grep -qvw 0 && grep -q 'CapEff:.*0000000000000000' /proc/self/status && echo ' and new'";
        assert_eq!(told(&kept, script), "old and new\n", "{way}");
        assert_eq!(fs::read_to_string(folder.join("below/file")).unwrap(), "new\n", "{way}");
        let owner = fs::metadata(folder.join("made")).unwrap().uid();
        if is_root() {
            // In namespaces it is only another number for root.
            assert_eq!(owner == 0, mechanisms.namespaces, "{way}");
        }
        // Others of the room can go there, and Proofbook can take it away.
        assert_eq!(kept.sh("cat ../database/made; ls ../database").told(), "exit 0\nbelow\nmade\n", "{way}");
        let room = kept.room.folder().to_path_buf();
        drop(kept);
        assert!(!room.exists(), "{way}");
    }
}

#[test]
fn nothing_else_of_the_room_is_given() {
    if !is_root() {
        return say_skipped("only root starts programs as somebody else");
    }
    for (way, mechanisms) in ways().into_iter().filter(|(_, mechanisms)| !mechanisms.namespaces) {
        let kept = reachable(mechanisms);
        fs::write(kept.room.private().join("secret"), "secret").unwrap();
        std::os::unix::fs::symlink(kept.room.private(), kept.room.database().join("link")).unwrap();
        let script = "{ cat ../private/secret || touch ../work/x || ls ..; } 2>/dev/null || echo refused";
        assert_eq!(told(&kept, script), "refused\n", "{way}");
        assert_eq!(fs::metadata(kept.room.private()).unwrap().uid(), 0, "no link is followed");
    }
}

#[test]
fn it_ends_with_the_room_and_by_a_kill() {
    for (way, mechanisms) in ways() {
        let kept = reachable(mechanisms);
        let order = |script: &str| Order {
            as_user: AsUser::NotRoot { owns: vec![kept.room.database()] },
            ..kept.order(script)
        };
        let marker = format!("10{}", std::process::id());
        let script = format!("setsid sleep {marker} & sleep {marker}; :");
        for _ in 0..2 {
            let mut process = kept.supervisor.spawn(&order(&script)).unwrap();
            super::support::wait_until("both sleep", || super::support::running(&marker).len() == 2);
            process.kill();
            assert_eq!(super::support::running(&marker), [0; 0], "{way}");
        }
        let _process = kept.supervisor.spawn(&order(&script)).unwrap();
        super::support::wait_until("both sleep", || super::support::running(&marker).len() == 2);
        kept.supervisor.end_all().unwrap();
        assert_eq!(super::support::running(&marker), [0; 0], "{way}");
    }
}
