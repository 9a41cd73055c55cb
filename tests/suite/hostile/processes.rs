//! Programs that stay, multiply, or turn on who started them.

use expect_test::expect;

use super::site::{Site, hostile};

#[test]
fn what_goes_on_in_the_background_ends_with_the_page() {
    Site::new().check([
        hostile(
            "daemons",
            r#"
            ```bash check
            sleep MARK &
            (sleep MARK &)
            setsid sleep MARK &
            setsid -f sleep MARK
            nohup sleep MARK > /dev/null 2>&1 &
            sleep MARK & disown -a
            env -i "$(command -v setsid)" "$(command -v sleep)" MARK &
            (trap '' HUP TERM INT; setsid bash -c 'cd /; exec 0<&- 1>&- 2>&-; sleep MARK' &)
            (env -i bash -c '(setsid bash -c "(sleep MARK &) & sleep MARK" &) &' &)
            perl -e 'use POSIX; exit if fork; POSIX::setsid(); exit if fork; $SIG{$_} = "IGNORE" for keys %SIG; POSIX::close($_) for 0..63; $0 = "MARK"; sleep 600'
            coproc sleep MARK
            exec 9> >(sleep MARK)
            echo started
            ```
            ```output
            started
            ```

            ```bash check
            echo on
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
            "holds-stdout",
            r#"
            ```bash check
            echo first
            setsid bash -c 'sleep 0.2; echo late; sleep MARK' &
            ```
            ```output
            first
            ```

            ```bash check
            sleep 0.4; echo second
            ```
            ```output
            second
            ```
            "#,
            expect![[r#"
                 proven  2 passed
            "#]],
        ),
        hostile(
            "jobs-across-blocks",
            r#"
            ```bash check
            sleep MARK &
            job=$!
            ```

            ```bash check
            jobs -r | wc -l
            kill -0 "$job" && kill %1
            wait "$job"
            ```

            ```bash check
            wait
            (exit 3) &
            ```

            ```bash check exit=3
            wait $!
            ```
            ```output
            ```
            "#,
            expect![[r#"
                failed  3 passed, 1 failed
                FAILED :11:1 check `snippet-2` on sqlite
                >  11 │ wait "$job"
                  `wait "$job"` stopped the block with status 143; the page promises 0.
                  It had printed to stdout:
                    1
            "#]],
        ),
        hostile(
            "busy-until-the-end",
            r#"
            ```bash check
            (while :; do mkdir -p busy/$RANDOM; : > busy/$RANDOM/file; done) 2>/dev/null &
            (while :; do (: MARK) & wait; done) 2>/dev/null &
            (trap '' TERM; while :; do setsid -f sleep 0.01; done) &
            sleep 0.1
            ```
            "#,
            expect![[r#"
                 proven  1 passed
            "#]],
        ),
        hostile(
            "stopped",
            r#"
            ```bash check
            sleep MARK & kill -STOP $!
            bash -c 'kill -STOP $$; sleep MARK' &
            sleep 0.05
            ```
            "#,
            expect![[r#"
                 proven  1 passed
            "#]],
        ),
    ]);
}

#[test]
fn more_than_256_processes_at_once_are_ended_with_the_shell() {
    // While they are being ended, forks fail; who says so on stderr is chance.
    Site::new().check([
        hostile(
            "a-loop-that-forks",
            r#"
            ```bash check
            kept=yes
            ```

            ```bash check
            exec 2> /dev/null
            for ((i = 0; i < 400; i++)); do sleep MARK & done
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
                failed  2 passed, 1 failed
                FAILED :7:1 check `snippet-2` on sqlite
                >   7 │ ```bash check
                  More than 256 processes were running at once; all were ended, and the shell with them.
            "#]],
        ),
        hostile(
            "a-tree",
            r#"
            ```bash check
            tree() { (($1 > 9)) || { tree $(($1 + 1)) & tree $(($1 + 1)) & }; sleep MARK; }
            exec 2> /dev/null; tree 0
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :3:1 check `snippet-1` on sqlite
                >   3 │ ```bash check
                  More than 256 processes were running at once; all were ended, and the shell with them.
            "#]],
        ),
        hostile(
            "out-of-sight",
            r#"
            ```bash check
            exec 2> /dev/null
            for ((i = 0; i < 400; i++)); do env -i setsid -f sleep MARK; done
            sleep MARK
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :3:1 check `snippet-1` on sqlite
                >   3 │ ```bash check
                  More than 256 processes were running at once; all were ended, and the shell with them.
            "#]],
        ),
        hostile(
            "a-step",
            r#"
            ```bash
            exec 2> /dev/null
            for ((i = 0; i < 400; i++)); do sleep MARK & done
            sleep MARK
            ```

            ```bash
            echo never
            ```
            "#,
            expect![[r#"
                failed  1 failed, 1 not run
                FAILED :3:1 step `snippet-1` on sqlite
                >   3 │ ```bash
                  More than 256 processes were running at once; all were ended, and the shell with them.
            "#]],
        ),
        // As many as are allowed harm nobody.
        hostile(
            "not-too-many",
            r#"
            ```bash check
            for ((i = 0; i < 200; i++)); do sleep MARK & done
            sleep 0.1
            ```
            "#,
            expect![[r#"
                 proven  1 passed
            "#]],
        ),
    ]);
}

/// What would end this machine if nothing held it: the command line demands what does, and so do the snippets.
#[test]
fn what_is_aimed_at_everybody_hits_nobody_else() {
    let site = Site::new();
    if !site.is_held() {
        return;
    }
    site.check_with(
        "--require-sandbox=files,net,processes,sockets",
        [
            hostile(
                "bomb",
                r#"
                ```bash check
                HELD
                bomb() { bomb | bomb & }
                exec 2> /dev/null; bomb
                sleep MARK
                ```
                "#,
                expect![[r#"
                    failed  1 failed
                    FAILED :3:1 check `snippet-1` on sqlite
                    >   3 │ ```bash check
                      More than 256 processes were running at once; all were ended, and the shell with them.
                "#]],
            ),
            hostile(
                "kill-everybody",
                r#"
                ```bash check
                HELD
                kill -9 -1
                sleep 0.01; echo on
                ```

                ```bash check
                HELD
                (kill -STOP -1; kill -TERM -1; kill -9 -1) &
                wait; echo on
                ```
                "#,
                expect![[r#"
                    failed  2 failed
                    FAILED :5:1 check `snippet-1` on sqlite
                    >   5 │ kill -9 -1
                      `kill -9 -1` stopped the block with status 1; the page promises 0.
                      It had printed to stderr:
                        bash: line 5: kill: (-1) - No such process
                    FAILED :9:1 check `snippet-2` on sqlite
                    >   9 │ ```bash check
                      The block ended with status 137; the page promises 0.
                      The shell was killed by signal 9.
                "#]],
            ),
            hostile(
                "kill-parent",
                r#"
                ```bash check
                HELD
                kill -9 $PPID
                sleep 0.05; echo on
                ```

                ```bash check
                HELD
                kill -9 1; kill -STOP 1; kill -TERM 1
                sleep 0.05; echo on
                ```

                ```bash check
                echo on
                ```
                "#,
                expect![[r#"
                    failed  1 passed, 2 failed
                    FAILED :5:1 check `snippet-1` on sqlite
                    >   5 │ kill -9 $PPID
                      `kill -9 $PPID` stopped the block with status 1; the page promises 0.
                      It had printed to stderr:
                        bash: line 5: kill: (1) - Operation not permitted
                    FAILED :11:1 check `snippet-2` on sqlite
                    >  11 │ kill -9 1; kill -STOP 1; kill -TERM 1
                      `kill -9 1` stopped the block with status 1; the page promises 0.
                      It had printed to stderr:
                        bash: line 11: kill: (1) - Operation not permitted
                "#]],
            ),
            hostile(
                "tracing",
                r#"
                ```bash check
                cat /proc/1/environ /proc/$PPID/environ /proc/1/maps
                ```

                ```bash check
                ls /proc/1/root/ /proc/1/cwd/
                ```

                ```bash check
                for fd in {0..20}; do { : < /proc/1/fd/$fd; } 2>/dev/null && echo "open: $fd"; done
                echo done
                ```
                ```output
                done
                ```

                ```bash check
                HELD
                echo 1000 > /proc/1/oom_score_adj
                ```
                "#,
                expect![[r#"
                    failed  1 passed, 3 failed
                    FAILED :4:1 check `snippet-1` on sqlite
                    >   4 │ cat /proc/1/environ /proc/$PPID/environ /proc/1/maps
                      `cat /proc/1/environ /proc/$PPID/environ /proc/1/maps` stopped the block with status 1; the page promises 0.
                      It had printed to stderr:
                        cat: /proc/1/environ: Permission denied
                        cat: /proc/1/environ: Permission denied
                        cat: /proc/1/maps: Permission denied
                    FAILED :8:1 check `snippet-2` on sqlite
                    >   8 │ ls /proc/1/root/ /proc/1/cwd/
                      `ls /proc/1/root/ /proc/1/cwd/` stopped the block with status 2; the page promises 0.
                      It had printed to stderr:
                        ls: cannot access '/proc/1/root/': Permission denied
                        ls: cannot access '/proc/1/cwd/': Permission denied
                    FAILED :21:1 check `snippet-4` on sqlite
                    >  21 │ echo 1000 > /proc/1/oom_score_adj
                      `echo 1000 > /proc/1/oom_score_adj` stopped the block with status 1; the page promises 0.
                      It had printed to stderr:
                        bash: line 21: /proc/1/oom_score_adj: Read-only file system
                "#]],
            ),
        ],
    );
}
