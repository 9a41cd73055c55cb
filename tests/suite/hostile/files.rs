//! Writing, linking and filling what is not the page's.

use expect_test::expect;

use super::site::{Site, hostile};

#[test]
fn nothing_is_written_outside() {
    let site = Site::new();
    if !site.is_held() {
        return;
    }
    site.check([
        hostile(
            "new-files",
            r#"
            ```bash check
            for folder in OUTSIDE CALLER CALLER/.ssh PROJECT PROJECT/content PROJECT/.proofbook REPOSITORY / /tmp /var/tmp \
              /etc /usr/bin /opt /run /dev /proc /sys /root /home ../.. "$HOME/../../.." "$TMPDIR/../../.." "$HOME/../bin"; do
              if { echo hostile > "$folder/MARK"; } 2>/dev/null; then echo "written: $folder"; fi
              if mkdir "$folder/MARK" 2>/dev/null; then echo "made: $folder"; fi
              if ln -s / "$folder/MARK" 2>/dev/null; then echo "linked: $folder"; fi
              if mkfifo "$folder/MARK" 2>/dev/null; then echo "piped: $folder"; fi
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
            "old-files",
            r#"
            ```bash check
            HELD
            for file in OUTSIDE/file CALLER/.ssh/id CALLER/.bashrc PROJECT/proofbook.toml PROJECT/content/page.md \
              /etc/passwd /usr/bin/env "$BASH"; do
              if { echo hostile >> "$file"; } 2>/dev/null; then echo "appended: $file"; fi
              if truncate -s 0 "$file" 2>/dev/null; then echo "emptied: $file"; fi
              if rm -f "$file" 2>/dev/null && ! [ -e "$file" ] && [ -e "${file%/*}" ]; then echo "removed: $file"; fi
              if mv "$file" here 2>/dev/null; then echo "moved: $file"; fi
              if chmod 777 "$file" 2>/dev/null; then echo "opened up: $file"; fi
              if touch -d 2001-01-01 "$file" 2>/dev/null && [ "$(stat -c %Y "$file")" -lt 1000000000 ]; then echo "touched: $file"; fi
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
            "as-a-step",
            r#"
            ```bash
            cd OUTSIDE
            echo hostile > file
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :4:1 step `snippet-1` on sqlite
                >   4 │ cd [BESIDE]/outside
                  `cd [BESIDE]/outside` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    bash: line 4: cd: [BESIDE]/outside: No such file or directory
            "#]],
        ),
        hostile(
            "redirections",
            r#"
            ```bash
            echo hostile > /etc/MARK
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :4:1 step `snippet-1` on sqlite
                >   4 │ echo hostile > /etc/MARK
                  `echo hostile > /etc/MARK` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    bash: line 4: /etc/MARK: Read-only file system
            "#]],
        ),
        hostile(
            "links",
            r#"
            ```bash check
            ln -s OUTSIDE folder; ln -s OUTSIDE/file file; ln -s / root
            for path in folder/MARK file root/tmp/MARK; do
              if { echo hostile > "$path"; } 2>/dev/null; then echo "written: $path"; fi
            done
            for path in OUTSIDE/file CALLER/.ssh/id /etc/passwd; do
              if ln "$path" hard 2>/dev/null; then echo "linked: $path"; echo hostile >> hard; fi
            done
            if cp -l OUTSIDE/file hard 2>/dev/null; then echo copied; fi
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
            "devices-and-mounts",
            r#"
            ```bash check
            HELD
            mknod disk b 254 0 2>/dev/null && echo "made a disk"
            mknod memory c 1 1 2>/dev/null && echo "made a memory"
            for device in /dev/vda /dev/sda /dev/nvme0n1 /dev/mem /dev/kmsg /dev/kvm /dev/loop0 /dev/fuse /dev/loop-control; do
              if { : < "$device"; } 2>/dev/null; then echo "open: $device"; fi
            done
            mkdir mount
            mount -t tmpfs none mount 2>/dev/null && echo mounted
            mount --bind / mount 2>/dev/null && echo bound
            umount /proc 2>/dev/null && echo "unmounted"
            chroot / true 2>/dev/null && echo "changed the root"
            unshare -Urm sh -c 'mount --bind / mount && ls mount/home' 2>/dev/null && echo "went around"
            { echo 1 > /proc/sys/kernel/sysrq; } 2>/dev/null && echo "sysrq"
            { : > /proc/sysrq-trigger; } 2>/dev/null && echo "could restart"
            hostname MARK 2>/dev/null && echo "renamed"
            nice -n -5 true 2>&1 | grep -q . || echo "gained priority"
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
            "shared-memory",
            r#"
            ```bash check
            HELD
            for i in 1 2; do head -c 200M /dev/zero > /dev/shm/MARK-$i; done
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ for i in 1 2; do head -c 200M /dev/zero > /dev/shm/MARK-$i; done
                  `head -c 200M /dev/zero > /dev/shm/MARK-$i` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    head: error writing 'standard output': No space left on device
            "#]],
        ),
    ]);
}

#[test]
fn what_a_page_does_to_its_own_folders_is_its_own_loss() {
    Site::new().check([
        hostile(
            "removed-work-folder",
            r#"
            ```bash check
            rm -rf "$PWD"
            ```

            ```bash check
            pwd; ls; echo on
            ```

            ```bash check
            echo text > file
            ```

            ```text file=new.txt
            text
            ```
            "#,
            expect![[r#"
                failed  3 passed, 1 failed
                FAILED :4:1 check `snippet-1` on sqlite
                >   4 │ rm -rf "$PWD"
                  `rm -rf "$PWD"` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    rm: cannot remove '[BESIDE]/tmp/[ROOM]/work': Permission denied
            "#]],
        ),
        hostile(
            "removed-everything",
            r#"
            ```bash check
            cd /
            rm -rf "$HOME" "$TMPDIR" "$OLDPWD" 2>/dev/null || true
            rm -rf "$HOME"/.. 2>/dev/null || echo "not all of it"
            ```

            ```bash check
            echo on
            ```
            "#,
            expect![[r#"
                 proven  2 passed
            "#]],
        ),
        hostile(
            "removed-private",
            r#"
            ```bash check timeout=500ms
            rm -rf "$HOME/../private"
            ```

            ```bash check
            echo on
            ```
            "#,
            expect![[r#"
                failed  1 timed out, 1 not run
                TIMED OUT :3:1 check `snippet-1` on sqlite
                  It was still running after 0.5 s and was ended, with everything the block had started.
                  It was waiting for its next command; what the block did keeps bash from telling its end.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "unreadable",
            r#"
            ```bash check
            mkdir inner; touch inner/file
            chmod 000 inner .
            ```

            ```bash check
            touch file
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :9:1 check `snippet-2` on sqlite
                >   9 │ touch file
                  `touch file` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    touch: cannot touch 'file': Permission denied
            "#]],
        ),
        hostile(
            "umask",
            r#"
            ```bash check
            umask 777
            ```

            ```bash check
            echo text > file; cat file
            ```

            ```bash check
            exit 0
            ```

            ```bash check
            umask 022; echo on
            ```
            ```output
            on
            ```
            "#,
            expect![[r#"
                failed  3 passed, 1 failed
                FAILED :8:1 check `snippet-2` on sqlite
                >   8 │ echo text > file; cat file
                  `cat file` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    cat: file: Permission denied
            "#]],
        ),
        hostile(
            "in-the-way",
            r#"
            ```bash check
            mkfifo fifo; mkdir folder; ln -s OUTSIDE link; ln -s /dev/null null; touch -- file
            ```

            ```text file=fifo
            text
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :7:1 step `snippet-2` on sqlite
                >   7 │ ```text file=fifo
                  The file was not written: cannot write [BESIDE]/tmp/[ROOM]/work/fifo: something else is in its place
            "#]],
        ),
        hostile(
            "folder-in-the-way",
            r#"
            ```bash check
            mkdir folder
            ```

            ```text file=folder
            text
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :7:1 step `snippet-2` on sqlite
                >   7 │ ```text file=folder
                  The file was not written: cannot write [BESIDE]/tmp/[ROOM]/work/folder: something else is in its place
            "#]],
        ),
        hostile(
            "file-as-folder",
            r#"
            ```bash check
            touch file
            ```

            ```text file=file/inner.txt
            text
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :7:1 step `snippet-2` on sqlite
                >   7 │ ```text file=file/inner.txt
                  The file was not written: cannot write [BESIDE]/tmp/[ROOM]/work/file: something else is in its place
            "#]],
        ),
        hostile(
            "link-in-the-way",
            r#"
            ```bash check
            mkdir -p a; ln -s OUTSIDE a/b
            ```

            ```text file=a/b/file
            text
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :7:1 step `snippet-2` on sqlite
                >   7 │ ```text file=a/b/file
                  The file was not written: cannot write through the symbolic link [BESIDE]/tmp/[ROOM]/work/a/b: it may lead out of the work folder
            "#]],
        ),
        hostile(
            "link-instead-of-work",
            r#"
            ```bash check
            cd ..; mv work moved 2>/dev/null || rm -rf work/* work
            ln -s OUTSIDE work 2>/dev/null || true
            ```

            ```text file=file
            hostile
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :4:1 check `snippet-1` on sqlite
                >   4 │ cd ..; mv work moved 2>/dev/null || rm -rf work/* work
                  `rm -rf work/* work` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    rm: cannot remove 'work': Permission denied
            "#]],
        ),
        hostile(
            "odd-names",
            r#"
            ```bash check
            touch $'new\nline' $'tab\t' ' ' '*' -- -rf $'\xff\xfe' "$(printf 'x%.0s' {1..255})" '"' "'" '\' $'\e[31m'
            ls | wc -l
            ```

            ```bash effect=none name=more
            touch $'more\nlines'
            ```

            ```bash undo
            rm $'more\nlines'
            ```
            "#,
            expect![[r#"
                 proven  3 passed
            "#]],
        ),
    ]);
}

#[test]
fn what_is_filled_has_a_limit() {
    Site::new().check([
        hostile(
            "large-file",
            r#"
            ```bash
            head -c 300M /dev/zero > file
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :4:1 step `snippet-1` on sqlite
                >   4 │ head -c 300M /dev/zero > file
                  `head -c 300M /dev/zero > file` stopped the block with status 153; the page promises 0.
                  It had printed to stderr:
                    bash: line 4: [PID] File size limit exceededhead -c 300M /dev/zero > file
            "#]],
        ),
        hostile(
            "sparse-file",
            r#"
            ```bash check
            truncate -s 1T file
            ```

            ```bash check
            truncate -s 256M file; ls -l file | cut -d ' ' -f 5
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :4:1 check `snippet-1` on sqlite
                >   4 │ truncate -s 1T file
                  `truncate -s 1T file` stopped the block with status 153; the page promises 0.
                  It had printed to stderr:
                    bash: line 4: [PID] File size limit exceededtruncate -s 1T file
            "#]],
        ),
        hostile(
            "output-through-a-link",
            r#"
            ```bash check
            cat /proc/self/fd/1 >&2
            echo text > /proc/self/fd/1
            ```
            "#,
            expect![[r#"
                 proven  1 passed
            "#]],
        ),
    ]);
}

/// Whether Proofbook can go on with such a room depends on who runs it; that it goes does not.
#[test]
fn a_room_that_was_made_unreadable_is_removed_all_the_same() {
    let site = Site::new();
    let page = "# Page\n\n```bash check timeout=1s\nmkdir -p a/b; cd \"$HOME/..\"; chmod 000 work/a home .\n```\n";
    site.project.write("content/page.md", page);
    let ran = site.run("test");
    assert!([1, 3].contains(&ran.status), "{}", ran.whole());
    assert!(ran.messages("content/page.md:3:1").len() == 1, "{}", ran.whole());
}
