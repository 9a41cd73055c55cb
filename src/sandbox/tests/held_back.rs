//! Each layer, shown to hold by something that tries to get past it, with namespaces and without.

use std::fs;
use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;

use super::super::confine::Mechanisms;
use super::super::{Order, ProcessEnd, ProcessLimits};
use super::support::{Kept, PATH, all_mechanisms, skipped, ways};

/// Runs `attempts`, one a line, in a subshell each, and gives those that worked.
fn worked(kept: &Kept, attempts: &str) -> Vec<String> {
    let mut script = String::new();
    for attempt in attempts.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let quoted = attempt.replace('\'', "'\\''");
        script += &format!("if ( {attempt} ) >/dev/null 2>&1; then echo '{quoted}'; fi\n");
    }
    let ran = kept.sh(&script);
    assert_eq!(ran.end, ProcessEnd::Exited(0), "{ran:?}");
    ran.printed.lines().map(str::to_owned).collect()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn files_can_be_written_in_the_room_only() {
    for (way, mechanisms) in ways() {
        let kept = Kept::new(mechanisms);
        let outside = kept.parent.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::set_permissions(&outside, fs::Permissions::from_mode(0o777)).unwrap();
        fs::write(outside.join("kept"), "kept").unwrap();
        symlink(&outside, kept.room.work().join("link")).unwrap();
        let attempts = format!(
            "echo > '{outside}/new'
             echo > '{outside}/kept'
             : > link/kept
             truncate -s 0 link/kept
             perl -e 'truncate(\"link/kept\", 0) or die'
             rm link/kept
             mv link/kept .
             ln link/kept hard
             mkdir link/folder
             mkfifo link/fifo
             chmod 700 link/kept && echo > link/kept
             echo > /etc/proofbook-test
             echo > /usr/proofbook-test
             echo > /tmp/proofbook-test
             echo > /var/tmp/proofbook-test
             echo > /proofbook-test
             echo > /dev/proofbook-test
             echo > /proc/sys/kernel/domainname
             echo > ../new
             echo > ../bin/sqlite3
             rm -r ../bin
             mv ../work ../moved",
            outside = outside.display()
        );
        assert_eq!(worked(&kept, &attempts), [""; 0], "{way}");
        assert_eq!(fs::read_to_string(outside.join("kept")).unwrap(), "kept", "{way}");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 1, "{way}");

        let allowed = "echo a > file; mkdir folder; mv file folder/; ln -s folder l; mkfifo fifo; rm fifo
             echo > \"$HOME/x\" && mv \"$HOME/x\" \"$TMPDIR/x\" && ln \"$TMPDIR/x\" hard
             echo > ../database/x
             echo > /dev/null
             head -c 4 /dev/zero /dev/urandom
             exec 3<>/dev/full
             cat <(echo x) > >(cat)
             echo x > /dev/stdout
             echo x | tee /dev/stderr";
        assert_eq!(worked(&kept, allowed), lines(allowed), "{way}");
    }
}

#[test]
fn nothing_of_the_caller_can_be_read() {
    for (way, mechanisms) in ways() {
        let kept = Kept::new(mechanisms);
        let home = kept.parent.path().join("home/.ssh");
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join("id_rsa"), "secret").unwrap();
        symlink(home.join("id_rsa"), kept.room.work().join("key")).unwrap();
        let project = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let attempts = format!(
            "cat '{home}/id_rsa'
             cat key
             cp key copy
             ls '{home}'
             ls '{parent}'
             cat '{project}'
             cat /proc/{pid}/environ
             cat /proc/$PPID/environ
             cat /proc/{pid}/maps
             ls /proc/{pid}/cwd/ /proc/{pid}/root/
             ls ~root
             ls /var/log
             ls /run
             ls /tmp
             ls -A / && ls /home",
            home = home.display(),
            parent = kept.parent.path().display(),
            pid = std::process::id(),
        );
        assert_eq!(worked(&kept, &attempts), [""; 0], "{way}");
        let allowed = "cat /etc/passwd
             ls /usr/bin
             cat /proc/self/status /proc/cpuinfo
             ls /proc/self/fd";
        assert_eq!(worked(&kept, allowed), lines(allowed), "{way}");
    }
}

#[test]
fn no_network_and_no_socket_of_another_program_is_reached() {
    for (way, mechanisms) in ways() {
        let kept = Kept::new(mechanisms);
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        tcp.set_nonblocking(true).unwrap();
        udp.set_nonblocking(true).unwrap();
        let path = kept.parent.path().join("socket");
        let at_path = UnixListener::bind(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        let name = format!("proofbook-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name);
        let in_nowhere = UnixListener::bind_addr(&address.unwrap());
        for listener in [&at_path].into_iter().chain(in_nowhere.as_ref().ok()) {
            listener.set_nonblocking(true).unwrap();
        }
        let attempts = format!(
            "echo > /dev/tcp/127.0.0.1/{tcp}
             echo > /dev/udp/127.0.0.1/{udp}
             perl -MSocket -e 'socket(S, PF_INET6, SOCK_STREAM, 0) or die'
             perl -MSocket -e 'socket(S, PF_INET, SOCK_RAW, 1) or die'
             perl -MSocket -e 'socket(S, 16, SOCK_RAW, 0) or die'
             perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) or die; connect(S, pack_sockaddr_un(\"\\0{name}\")) or die'
             perl -e 'syscall(425, 4, \"\\0\" x 120) >= 0 or die'",
            tcp = tcp.local_addr().unwrap().port(),
            udp = udp.local_addr().unwrap().port(),
        );
        // Only namespaces or Landlock's scope stop the last but one.
        assert!(mechanisms.namespaces || mechanisms.landlock == Some(6), "this kernel is too old for this test");
        assert_eq!(worked(&kept, &attempts), [""; 0], "{way}");
        assert!(tcp.accept().is_err() && udp.recv(&mut [0; 9]).is_err(), "{way}");

        let connect = format!(
            "perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) or die; connect(S, pack_sockaddr_un($ARGV[0])) or die; print S \"x\"' '{}'",
            path.display()
        );
        let reached = !worked(&kept, &connect).is_empty();
        assert_eq!(mechanisms.layers().sockets, mechanisms.namespaces, "{way}");
        assert!(!(mechanisms.layers().sockets && reached), "{way}");
        if let Ok((mut stream, _)) = at_path.accept() {
            assert!(!mechanisms.layers().sockets, "{way}");
            let _ = stream.read(&mut [0]);
        }

        let allowed = "perl -MSocket -e 'socketpair(A, B, PF_UNIX, SOCK_STREAM, 0) or die'
             perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) or die; bind(S, pack_sockaddr_un(\"s\")) or die; listen(S, 1); socket(T, PF_UNIX, SOCK_STREAM, 0); connect(T, pack_sockaddr_un(\"s\")) or die'";
        assert_eq!(worked(&kept, allowed), lines(allowed), "{way}");
        let told = kept.sh("perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0) or die qq($!\\n)'");
        assert_eq!(told.told(), "exit 13\nPermission denied\n", "{way}");
    }
}

#[test]
fn a_filter_alone_and_a_namespace_alone_keep_the_network_away() {
    let found = all_mechanisms();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    tcp.set_nonblocking(true).unwrap();
    let attempt = format!("echo > /dev/tcp/127.0.0.1/{}", tcp.local_addr().unwrap().port());
    let none = Mechanisms { descendants: found.descendants, ..Mechanisms::default() };
    let filter = Mechanisms { seccomp: found.seccomp, ..none };
    let spaces = Mechanisms { namespaces: found.namespaces, ..none };
    for mechanisms in [filter, spaces] {
        assert_eq!(worked(&Kept::new(mechanisms), &attempt).is_empty(), mechanisms.layers().net, "{mechanisms:?}");
    }
    // And the attempt is one that works where nothing stops it.
    assert_eq!(worked(&Kept::new(none), &attempt), [attempt]);
}

#[test]
fn namespaces_alone_keep_files_away() {
    let found = all_mechanisms();
    let mechanisms = Mechanisms { landlock: None, seccomp: false, ..found };
    if !mechanisms.namespaces {
        return skipped();
    }
    let kept = Kept::new(mechanisms);
    let canary = kept.parent.path().join("canary");
    fs::write(&canary, "secret").unwrap();
    let attempts = format!(
        "cat '{canary}'
         echo > '{canary}'
         echo > /usr/proofbook-test
         echo > /etc/proofbook-test
         echo > /proofbook-test
         ls /var /tmp/systemd
         mount -o remount,rw /usr
         umount /usr",
        canary = canary.display()
    );
    assert_eq!(worked(&kept, &attempts), [""; 0]);
    assert_eq!(fs::read_to_string(&canary).unwrap(), "secret");
}

#[test]
fn root_is_nobody_special() {
    for (way, mechanisms) in ways() {
        let kept = Kept::new(mechanisms);
        let ran = kept.sh("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; id -u");
        let seccomp = if mechanisms.seccomp { 2 } else { 0 };
        let zero = "0000000000000000";
        let user = rustix::process::geteuid().as_raw();
        // A bounding set is root's to lower; without new privileges it is of no use to others.
        let bounding = if user == 0 { zero.to_owned() } else { ran.printed.lines().nth(3).unwrap()[8..].to_owned() };
        let expected = format!(
            "exit 0\nCapInh:\t{zero}\nCapPrm:\t{zero}\nCapEff:\t{zero}\nCapBnd:\t{bounding}\nCapAmb:\t{zero}\n\
             NoNewPrivs:\t1\nSeccomp:\t{seccomp}\n{user}\n"
        );
        assert_eq!(ran.told(), expected, "{way}");
        let attempts = "chroot .
             mknod device c 1 3
             unshare -n true
             mount -t tmpfs none .
             touch file && chown 12345 file";
        assert_eq!(worked(&kept, attempts), [""; 0], "{way}");
    }
}

#[test]
fn a_program_starts_the_same_whatever_its_parents_did() {
    for (way, mechanisms) in ways() {
        let kept = Kept::new(mechanisms);
        let ran = kept.sh("sed -n '/^Sig[BI]/p' /proc/self/status; nice; ls /proc/self/fd | wc -l; umask; ulimit -c; ulimit -f; cat; (: </dev/tty) 2>/dev/null || echo no terminal");
        let zero = "0000000000000000";
        let nice = rustix::process::getpriority_process(None).unwrap();
        let expected = format!("exit 0\nSigBlk:\t{zero}\nSigIgn:\t{zero}\n{nice}\n4\n0022\n0\n262144\nno terminal\n");
        assert_eq!(ran.told(), expected, "{way}");
    }
}

#[test]
fn a_file_has_its_limit() {
    for (way, mechanisms) in ways() {
        let kept = Kept::new(mechanisms);
        let limits = ProcessLimits { file: 1000, ..ProcessLimits::default() };
        let order = Order { limits, ..kept.order("head -c 2000 /dev/zero > file") };
        let mut process = kept.supervisor.spawn(&order).unwrap();
        assert_eq!(super::support::wait_for_end(&mut process), ProcessEnd::Exited(153), "{way}");
        assert_eq!(fs::metadata(kept.room.work().join("file")).unwrap().len(), 1000, "{way}");
    }
}

#[test]
fn programs_on_the_path_can_be_run_wherever_they_are() {
    for (way, mechanisms) in ways() {
        let parent = tempfile::Builder::new().prefix("it's hidden ").tempdir().unwrap();
        let top = parent.path().canonicalize().unwrap();
        let program = |folder: &str, text: &str| {
            fs::create_dir_all(top.join(folder)).unwrap();
            let file = top.join(folder).join(text);
            fs::write(&file, format!("#!/bin/sh\necho {text}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        };
        program("home/bin", "direct");
        program("home/real/bin", "linked");
        program("home/other", "hidden");
        symlink("real/bin", top.join("home/link")).unwrap();
        symlink("home", top.join("house")).unwrap();
        program("home/third", "through");
        let at = |path: &str| top.join(path).display().to_string();
        let folders =
            [at("home/bin"), at("home/link"), at("house/third"), at("missing"), "relative".into(), "/".into()];
        let path = format!("{}::{PATH}:/usr/bin", folders.join(":"));
        let kept = Kept::below(parent, mechanisms, &path);
        let script =
            format!("PATH={}", quoted(&path)) + "; direct; linked; through; readlink -f \"$(command -v linked)\"";
        let ran = kept.sh(&script);
        let expected = format!("exit 0\ndirect\nlinked\nthrough\n{}\n", at("home/real/bin/linked"));
        assert_eq!(ran.told(), expected, "{way}");
        let attempts = format!(
            "cat {0}\nls {1}\necho > {2}",
            quoted(&at("home/other/hidden")),
            quoted(&at("home")),
            quoted(&at("home/bin/new"))
        );
        assert_eq!(worked(&kept, &attempts), [""; 0], "{way}");
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[test]
fn a_program_of_the_room_comes_first_and_cannot_be_changed() {
    for (way, mechanisms) in ways() {
        let kept = Kept::new(mechanisms);
        kept.room.add_program("ls", b"#!/bin/sh\necho mine\n").unwrap();
        assert_eq!(kept.sh("ls").told(), "exit 0\nmine\n", "{way}");
        let path = Path::new("../bin/ls");
        if mechanisms.landlock.is_some() {
            assert_eq!(worked(&kept, &format!("echo > {}", path.display())), [""; 0], "{way}");
        }
    }
}

#[test]
fn a_program_that_is_none_is_refused_with_why() {
    for (way, mechanisms) in ways() {
        let kept = Kept::new(mechanisms);
        let refused = |order: Order| kept.supervisor.spawn(&order).unwrap_err().to_string();
        let order = || kept.order("true");
        let missing = refused(Order { program: "/nonexistent/bash".into(), ..order() });
        assert_eq!(missing, "cannot start /nonexistent/bash: No such file or directory (os error 2)", "{way}");
        let folder = refused(Order { folder: "/nonexistent".into(), ..order() });
        assert_eq!(
            folder,
            "cannot start /bin/bash in its sandbox: cannot enter the folder /nonexistent: No such file or directory (os \
             error 2); this worked when the run began, and nothing is run without it; run the page again",
            "{way}"
        );
        assert_eq!(kept.sh("echo on").told(), "exit 0\non\n", "{way}");
    }
}
