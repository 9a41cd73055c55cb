//! The caller's secrets and files, and whoever listens on this machine: nothing of it is seen or reached.

use std::io::ErrorKind;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use expect_test::expect;

use super::site::{Site, hostile};

#[test]
fn nothing_of_the_callers_is_seen() {
    let site = Site::new();
    if !site.is_held() {
        return;
    }
    site.check([
        hostile(
            "environment",
            r#"
            ```bash check
            env | cut -d = -f 1 | sort | grep -v -e '^_$' -e SHLVL -e OLDPWD | tr '\n' ' '
            declare -F | grep -v __proofbook || true
            ```
            ```output
            COLUMNS DATABASE_URL DEBIAN_FRONTEND GIT_PAGER GIT_TERMINAL_PROMPT HOME LC_ALL PAGER PATH PROOFBOOK_ROOM PWD TERM TMPDIR TZ 
            ```

            ```bash check
            printf '%s\n' "$AWS_SECRET_ACCESS_KEY" "$GITHUB_TOKEN" "$SSH_AUTH_SOCK" "$BASH_ENV" "$CDPATH" | wc -w
            type -t ls; shopt -q nocasematch || echo "case matters"; [[ -o xtrace ]] || echo "no trace"; printf '%q\n' "$IFS"
            ```
            ```output
            0
            file
            case matters
            no trace
            $' \t\n'
            ```

            ```bash check
            bash -c 'echo inner' ; sh -c 'echo inner'; bash -ic 'echo inner' 2>/dev/null
            ```
            ```output
            inner
            inner
            inner
            ```
            "#,
            expect![[r#"
                 proven  3 passed
            "#]],
        ),
        hostile(
            "other-environments",
            r#"
            ```bash check
            cat /proc/[0-9]*/environ /proc/[0-9]*/task/*/environ 2>/dev/null | tr '\0' '\n' | grep -c "cana""ry" || true
            (($(ls -d /proc/[0-9]* | wc -l) < 10)) && echo few
            ```
            ```output
            0
            few
            ```
            "#,
            expect![[r#"
                 proven  1 passed
            "#]],
        ),
        hostile(
            "files",
            r#"
            ```bash check
            for file in CALLER/.ssh/id CALLER/.bashrc OUTSIDE/file PROJECT/proofbook.toml PROJECT/content/page.md \
              PROJECT/content/_databases/shop/seed.sql REPOSITORY/Cargo.toml ../../../caller/.ssh/id \
              /proc/1/root/etc/hostname /proc/1/cwd /proc/$PPID/root /proc/kcore /dev/mem; do
              if head -c 1 -- "$file" > /dev/null 2>&1 || ls -- "$file" > /dev/null 2>&1; then echo "read: $file"; fi
            done
            for folder in OUTSIDE CALLER CALLER/.ssh PROJECT REPOSITORY / /root /home /tmp /var /run ../.. ~root; do
              if ls -- "$folder" > /dev/null 2>&1; then echo "listed: $folder"; fi
            done
            echo done
            ```
            ```output
            done
            ```
            "#,
            expect![[r#"
                 proven  1 passed
            "#]],
        ),
        hostile(
            "as-steps",
            r#"
            ```bash check
            cat CALLER/.ssh/id
            ```

            ```bash check
            cd CALLER
            ```

            ```bash check
            . CALLER/.bashrc
            ```

            ```bash check
            cd / && ls
            ```
            "#,
            expect![[r#"
                failed  4 failed
                FAILED :4:1 check `snippet-1` on sqlite
                >   4 │ cat [BESIDE]/caller/.ssh/id
                  `cat [BESIDE]/caller/.ssh/id` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    cat: [BESIDE]/caller/.ssh/id: No such file or directory
                FAILED :8:1 check `snippet-2` on sqlite
                >   8 │ cd [BESIDE]/caller
                  `cd [BESIDE]/caller` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    bash: line 8: cd: [BESIDE]/caller: No such file or directory
                FAILED :12:1 check `snippet-3` on sqlite
                >  12 │ . [BESIDE]/caller/.bashrc
                  `. [BESIDE]/caller/.bashrc` stopped the block with status 1; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
                  It had printed to stderr:
                    bash: line 12: [BESIDE]/caller/.bashrc: No such file or directory
                FAILED :16:1 check `snippet-4` on sqlite
                >  16 │ cd / && ls
                  `ls` stopped the block with status 2; the page promises 0.
                  It had printed to stderr:
                    ls: cannot open directory '.': Permission denied
                  Note: ran in a new shell with the last good state, because a block before it ended the shell
            "#]],
        ),
    ]);
}

#[test]
fn nobody_is_reached() {
    let site = Site::new();
    if !site.is_held() {
        return;
    }
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let in_a_folder = UnixListener::bind(site.beside().join("outside/socket")).unwrap();
    let agent = UnixListener::bind(site.beside().join("caller/agent")).unwrap();
    let name = format!("proofbook-test-{}", site.mark());
    let without_path = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    tcp.set_nonblocking(true).unwrap();
    udp.set_nonblocking(true).unwrap();
    for listener in [&in_a_folder, &agent, &without_path] {
        listener.set_nonblocking(true).unwrap();
    }
    let page = r#"
        ```bash check
        try() { if timeout 2 "$@" > /dev/null 2>&1; then echo "reached: $*"; fi; }
        try bash -c 'echo hostile > /dev/tcp/127.0.0.1/TCP_PORT'
        try bash -c 'echo hostile > /dev/udp/127.0.0.1/UDP_PORT'
        try perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; connect($s, sockaddr_un("OUTSIDE/socket")) or die'
        try perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; connect($s, sockaddr_un("CALLER/agent")) or die'
        try perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; connect($s, pack_sockaddr_un("\0proofbook-test-MARK")) or die'
        for family in 2 10 16 17 40; do for type in 1 2 3 5; do
          try perl -e 'socket(my $s, $ARGV[0], $ARGV[1], 0) or die' "$family" "$type"
        done; done
        try perl -MSocket -e 'socket(my $s, AF_INET, SOCK_STREAM, 0) or die; bind($s, sockaddr_in(0, INADDR_ANY)) or die'
        try perl -e 'socket(my $s, 2, 2, 0) or die; send($s, "hostile", 0, pack("Sna4x8", 2, UDP_PORT, "\x7f\0\0\1")) or die'
        echo done
        ```
        ```output
        done
        ```

        ```bash check
        perl -MSocket -e 'socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or die $!; print "with itself\n"'
        ```
        ```output
        with itself
        ```

        ```bash check
        echo hostile > /dev/tcp/127.0.0.1/9
        ```
        "#
    .replace("TCP_PORT", &tcp.local_addr().unwrap().port().to_string())
    .replace("UDP_PORT", &udp.local_addr().unwrap().port().to_string());
    site.check([hostile(
        "sockets",
        &page,
        expect![[r#"
            failed  2 passed, 1 failed
            FAILED :29:1 check `snippet-3` on sqlite
            >  29 │ echo hostile > /dev/tcp/127.0.0.1/9
              `echo hostile > /dev/tcp/127.0.0.1/9` stopped the block with status 1; the page promises 0.
              It had printed to stderr:
                bash: socket: Permission denied
                bash: line 29: /dev/tcp/127.0.0.1/9: Permission denied
        "#]],
    )]);
    let nothing = |tried: std::io::Result<()>, who: &str| {
        assert_eq!(tried.expect_err(who).kind(), ErrorKind::WouldBlock, "{who}");
    };
    nothing(tcp.accept().map(drop), "somebody connected over TCP");
    nothing(udp.recv(&mut [0; 64]).map(drop), "somebody sent over UDP");
    nothing(in_a_folder.accept().map(drop), "somebody connected to the socket in a folder");
    nothing(agent.accept().map(drop), "somebody connected to the agent");
    nothing(without_path.accept().map(drop), "somebody connected to the abstract socket");
}
