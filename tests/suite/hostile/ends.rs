//! Blocks that end, replace, freeze or deafen the shell they run in.

use expect_test::expect;

use super::site::{Site, hostile};

#[test]
fn a_block_that_ends_the_shell_costs_that_block_only() {
    Site::new().check([
        hostile(
            "exit",
            r#"
            ```bash check
            exit 0
            echo never
            ```

            ```bash check exit=3
            exit 3
            ```

            ```bash check
            exit 4
            ```

            ```bash check
            echo on
            ```
            "#,
            expect![[r#"
                failed  3 passed, 1 failed
                FAILED :12:1 check `snippet-3` on sqlite
                >  12 │ ```bash check
                  The block ended with status 4; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
                  Note: ran in a new shell with the last good state, because a block before it ended the shell
            "#]],
        ),
        hostile(
            "exec-program",
            r#"
            ```bash check
            kept=yes
            ```

            ```bash check
            exec cat
            ```

            ```bash check
            exec no-such-program
            ```

            ```bash check
            echo "$kept"
            ```
            ```output
            yes
            ```
            "#,
            expect![[r#"
                failed  3 passed, 1 failed
                FAILED :12:1 check `snippet-3` on sqlite
                >  12 │ exec no-such-program
                  `exec no-such-program` stopped the block with status 127; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
                  It had printed to stderr:
                    bash: line 12: exec: no-such-program: not found
                  Note: ran in a new shell with the last good state, because a block before it ended the shell
            "#]],
        ),
        hostile(
            "kill-shell",
            r#"
            ```bash check
            true
            kill -9 $$
            ```

            ```bash check
            kill -TERM $$; sleep 1
            ```

            ```bash check
            kill -INT $$; sleep 1
            ```

            ```bash check
            kill -SEGV $BASHPID
            ```

            ```bash check
            (kill -9 $$)
            sleep 5
            ```
            "#,
            expect![[r#"
                failed  5 failed
                FAILED :3:1 check `snippet-1` on sqlite
                >   3 │ ```bash check
                  The block ended with status 137; the page promises 0.
                  The shell was killed by signal 9.
                FAILED :8:1 check `snippet-2` on sqlite
                >   8 │ ```bash check
                  The block ended with status 143; the page promises 0.
                  The shell was killed by signal 15.
                  Note: ran in a new shell with the last good state, because a block before it ended the shell
                FAILED :12:1 check `snippet-3` on sqlite
                >  12 │ ```bash check
                  The block ended with status 130; the page promises 0.
                  The shell was killed by signal 2.
                  Note: ran in a new shell with the last good state, because a block before it ended the shell
                FAILED :16:1 check `snippet-4` on sqlite
                >  16 │ ```bash check
                  The block ended with status 139; the page promises 0.
                  The shell was killed by signal 11.
                  Note: ran in a new shell with the last good state, because a block before it ended the shell
                FAILED :20:1 check `snippet-5` on sqlite
                >  20 │ ```bash check
                  The block ended with status 137; the page promises 0.
                  The shell was killed by signal 9.
                  Note: ran in a new shell with the last good state, because a block before it ended the shell
            "#]],
        ),
        hostile(
            "kill-group",
            r#"
            ```bash check
            kill 0
            sleep 5
            ```

            ```bash check
            kill -9 0
            ```

            ```bash check
            sleep 5 | kill -9 -$$
            ```
            "#,
            expect![[r#"
                failed  3 failed
                FAILED :3:1 check `snippet-1` on sqlite
                >   3 │ ```bash check
                  The block ended with status 143; the page promises 0.
                  The shell was killed by signal 15.
                FAILED :8:1 check `snippet-2` on sqlite
                >   8 │ ```bash check
                  The block ended with status 137; the page promises 0.
                  The shell was killed by signal 9.
                  Note: ran in a new shell with the last good state, because a block before it ended the shell
                FAILED :12:1 check `snippet-3` on sqlite
                >  12 │ ```bash check
                  The block ended with status 137; the page promises 0.
                  The shell was killed by signal 9.
                  Note: ran in a new shell with the last good state, because a block before it ended the shell
            "#]],
        ),
        hostile(
            "killed-between-blocks",
            r#"
            ```bash check
            kept=yes
            (sleep 0.1; kill -9 $$) &
            ```

            ```bash check
            sleep 0.3
            ```

            ```bash check
            echo "$kept"
            ```
            ```output
            yes
            ```
            "#,
            expect![[r#"
                failed  2 passed, 1 failed
                FAILED :8:1 check `snippet-2` on sqlite
                >   8 │ ```bash check
                  The block ended with status 137; the page promises 0.
                  The shell was killed by signal 9.
            "#]],
        ),
        hostile(
            "endless-recursion",
            r#"
            ```bash check
            ulimit -s 512
            f() { f; }
            f
            ```

            ```bash check
            echo on
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :3:1 check `snippet-1` on sqlite
                >   3 │ ```bash check
                  The block ended with status 139; the page promises 0.
                  The shell was killed by signal 11.
            "#]],
        ),
    ]);
}

#[test]
fn what_a_block_does_to_its_streams_ends_with_it() {
    Site::new().check([
        hostile(
            "exec-streams",
            r#"
            ```bash check
            echo before
            exec > file 2>&1
            echo into the file
            ```
            ```output
            before
            ```

            ```bash check
            cat file
            ```
            ```output
            into the file
            ```

            ```bash check
            exec 2>&1
            echo to stderr >&2
            ```
            ```output
            to stderr
            ```
            "#,
            expect![[r#"
                 proven  3 passed
            "#]],
        ),
        hostile(
            "closed-streams",
            r#"
            ```bash check
            exec 0<&- 1>&- 2>&-
            ```

            ```bash check
            exec 1>&-
            echo lost
            ```

            ```bash check
            echo on; echo to stderr >&2; read -r line || echo end
            ```
            ```output
            on
            end
            ```
            ```output stderr
            to stderr
            ```
            "#,
            expect![[r#"
                failed  2 passed, 1 failed
                FAILED :9:1 check `snippet-2` on sqlite
                >   9 │ echo lost
                  `echo lost` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    bash: line 9: echo: write error: Bad file descriptor
            "#]],
        ),
        hostile(
            "closed-everything",
            r#"
            ```bash check
            kept=yes
            ```

            ```bash check
            for ((fd = 0; fd <= 255; fd++)); do eval "exec $fd>&-"; done
            ```

            ```bash check
            echo "$kept"
            ```
            ```output
            yes
            ```
            "#,
            expect![[r#"
                 proven  3 passed
            "#]],
        ),
        hostile(
            "used-up-descriptors",
            r#"
            ```bash check
            for ((fd = 256; fd < 1000; fd++)); do eval "exec $fd</dev/null"; done
            ```

            ```bash check
            echo on | cat
            ```
            ```output
            on
            ```
            "#,
            expect![[r#"
                 proven  2 passed
            "#]],
        ),
        hostile(
            "readers",
            r#"
            ```bash check
            cat
            read -r line || echo "read: $?"
            wc -c < /dev/stdin
            perl -e 'print defined(<STDIN>) ? "some" : "nothing", "\n"'
            mapfile -t lines; echo "${#lines[@]}"
            select word in one two; do :; done > /dev/null 2>&1 || echo none
            sort; bash; sh -s; xargs echo
            ```
            ```output
            read: 1
            0
            nothing
            0
            none

            ```

            ```bash check
            read -r line
            ```

            ```bash check
            cat < /dev/tty
            ```
            "#,
            expect![[r#"
                failed  1 passed, 2 failed
                FAILED :22:1 check `snippet-2` on sqlite
                >  22 │ read -r line
                  `read -r line` stopped the block with status 1; the page promises 0.
                FAILED :26:1 check `snippet-3` on sqlite
                >  26 │ cat < /dev/tty
                  `cat < /dev/tty` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    bash: line 26: /dev/tty: No such device or address
            "#]],
        ),
    ]);
}

#[test]
fn a_block_that_hangs_is_ended_at_its_limit_and_named() {
    Site::new().check([
        hostile(
            "sleeps",
            r#"
            ```bash timeout=500ms
            echo before
            sleep MARK
            ```
            "#,
            expect![[r#"
                failed  1 timed out
                TIMED OUT :5:1 step `snippet-1` on sqlite
                >   5 │ sleep MARK
                  `sleep MARK` was still running after 0.5 s and was ended, with everything the block had started.
                  It was sleeping.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
                  It had printed to stdout:
                    before
            "#]],
        ),
        hostile(
            "loops",
            r#"
            ```bash timeout=500ms
            trap '' TERM INT HUP QUIT PIPE
            while :; do :; done
            ```
            "#,
            expect![[r#"
                failed  1 timed out
                TIMED OUT :3:1 step `snippet-1` on sqlite
                  It was still running after 0.5 s and was ended, with everything the block had started.
                  It was using the processor.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "stops-itself",
            r#"
            ```bash timeout=500ms
            kill -STOP $$
            ```
            "#,
            expect![[r#"
                failed  1 timed out
                TIMED OUT :3:1 step `snippet-1` on sqlite
                  It was still running after 0.5 s and was ended, with everything the block had started.
                  It was stopped by a signal.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "ignores",
            r#"
            ```bash timeout=500ms
            bash -c "trap '' TERM INT HUP QUIT; while :; do sleep MARK; done"
            ```
            "#,
            expect![[r#"
                failed  1 timed out
                TIMED OUT :4:1 step `snippet-1` on sqlite
                >   4 │ bash -c "trap '' TERM INT HUP QUIT; while :; do sleep MARK; done"
                  `bash -c trap '' TERM INT HUP QUIT; while :; do sleep MARK; done` was still running after 0.5 s and was ended, with everything the block had started.
                  What ran then, and what it was doing:
                    bash -c trap '' TERM INT HUP QUIT; while :; do sleep MARK; done: waiting for its child processes
                      sleep MARK: sleeping
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "fifo",
            r#"
            ```bash timeout=500ms
            mkfifo fifo
            read -r line < fifo
            ```
            "#,
            expect![[r#"
                failed  1 timed out
                TIMED OUT :3:1 step `snippet-1` on sqlite
                  It was still running after 0.5 s and was ended, with everything the block had started.
                  It was opening the FIFO `fifo` to read, which nobody has open to write.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "function",
            r#"
            ```bash timeout=500ms
            inner() {
              sleep MARK
            }
            outer() { inner; }
            echo "$(outer)"
            ```
            "#,
            expect![[r#"
                failed  1 timed out
                TIMED OUT :5:3 step `snippet-1` on sqlite
                >   5 │   sleep MARK
                  `sleep MARK` was still running after 0.5 s and was ended, with everything the block had started.
                  What ran then, and what it was doing:
                    bash: reading from a pipe that `bash` and `sleep MARK` have open to write
                      bash: waiting for its child processes
                        sleep MARK: sleeping
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "waits-for-a-job",
            r#"
            ```bash timeout=500ms
            setsid sleep MARK & sleep MARK & wait
            ```
            "#,
            expect![[r#"
                failed  1 timed out
                TIMED OUT :4:1 step `snippet-1` on sqlite
                >   4 │ setsid sleep MARK & sleep MARK & wait
                  `sleep MARK` was still running after 0.5 s and was ended, with everything the block had started.
                  What ran then, and what it was doing:
                    sleep MARK: sleeping
                    sleep MARK: sleeping
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "coprocess",
            r#"
            ```bash timeout=500ms
            coproc sleep MARK
            read -r line <&"${COPROC[0]}"
            ```
            "#,
            expect![[r#"
                failed  1 timed out
                TIMED OUT :4:1 step `snippet-1` on sqlite
                >   4 │ coproc sleep MARK
                  `sleep MARK` was still running after 0.5 s and was ended, with everything the block had started.
                  What ran then, and what it was doing:
                    bash: reading from a pipe that `sleep MARK` has open to write
                      sleep MARK: sleeping
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "check-goes-on",
            r#"
            ```bash check
            kept=yes
            ```

            ```bash check timeout=300ms
            kept=lost
            sleep MARK
            ```

            ```bash check
            echo "$kept"
            ```
            ```output
            yes
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 timed out, 1 not run
                TIMED OUT :9:1 check `snippet-2` on sqlite
                >   9 │ sleep MARK
                  `sleep MARK` was still running after 0.3 s and was ended, with everything the block had started.
                  It was sleeping.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
    ]);
}

#[test]
fn traps_of_a_page_do_not_reach_the_next_block() {
    Site::new().check([
        hostile(
            "trap-exit",
            r#"
            ```bash check
            trap 'echo leaving; exit 9' EXIT
            ```

            ```bash check
            exit 0
            ```

            ```bash check
            trap -p EXIT
            ```
            "#,
            expect![[r#"
                failed  2 passed, 1 failed
                FAILED :7:1 check `snippet-2` on sqlite
                >   7 │ ```bash check
                  The block ended with status 9; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
                  It had printed to stdout:
                    leaving
            "#]],
        ),
        hostile(
            "trap-err",
            r#"
            ```bash check
            trap 'echo caught; exit 8' ERR
            ```

            ```bash check
            echo here
            false
            ```

            ```bash check
            trap 'echo caught' ERR
            false
            ```

            ```bash check
            trap - ERR; set -E
            false
            ```
            "#,
            expect![[r#"
                failed  1 passed, 3 failed
                FAILED :9:1 check `snippet-2` on sqlite
                >   9 │ false
                  `false` stopped the block with status 1; the page promises 0.
                  It had printed to stdout:
                    here
                FAILED :12:1 check `snippet-3` on sqlite
                >  12 │ ```bash check
                  The block ended with status 1; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
                  It had printed to stdout:
                    caught
                FAILED :17:1 check `snippet-4` on sqlite
                >  17 │ ```bash check
                  The block ended with status 1; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
                  Note: ran in a new shell with the last good state, because a block before it ended the shell
            "#]],
        ),
        hostile(
            "trap-return-and-debug",
            r#"
            ```bash check
            set -T; trap 'echo back; exit 7' RETURN
            ```

            ```bash check
            f() { :; }
            f
            ```

            ```bash check
            trap 'echo "next: $BASH_COMMAND"' DEBUG
            true
            ```

            ```bash check
            echo on
            ```
            "#,
            expect![[r#"
                failed  3 passed, 1 failed
                FAILED :3:1 check `snippet-1` on sqlite
                >   3 │ ```bash check
                  The block ended with status 7; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
                  It had printed to stdout:
                    back
            "#]],
        ),
        hostile(
            "trap-debug-that-skips",
            r#"
            ```bash check
            kept=yes
            ```

            ```bash check timeout=500ms
            shopt -s extdebug
            trap 'false' DEBUG
            ```

            ```bash check
            echo "$kept"
            ```
            ```output
            yes
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 timed out, 1 not run
                TIMED OUT :7:1 check `snippet-2` on sqlite
                  It was still running after 0.5 s and was ended, with everything the block had started.
                  It was waiting for its next command; what the block did keeps bash from telling its end.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "trap-debug-that-exits",
            r#"
            ```bash check timeout=500ms
            trap 'exit 6' DEBUG
            ```

            ```bash check
            echo on
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :3:1 check `snippet-1` on sqlite
                >   3 │ ```bash check timeout=500ms
                  The block ended with status 6; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
            "#]],
        ),
        hostile(
            "trap-signals",
            r#"
            ```bash check
            trap '' INT TERM HUP QUIT PIPE CHLD USR1 USR2 ALRM
            trap 'exit 5' CHLD
            ```

            ```bash check
            sleep 0.01; sleep 0.01 | cat
            ```
            "#,
            expect![[r#"
                 proven  2 passed
            "#]],
        ),
    ]);
}
