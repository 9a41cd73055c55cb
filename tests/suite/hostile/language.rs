//! Blocks that do not parse, and blocks that change what the shell's own words mean.

use expect_test::expect;

use super::site::{Site, hostile, raw};

#[test]
fn what_does_not_parse_does_not_run_and_is_contained() {
    let unclosed = |text: &str| {
        format!("\n```bash check\necho started\n{text}\n```\n\n```bash check\necho on\n```\n```output\non\n```\n")
    };
    Site::new().check([
        hostile(
            "quote",
            &unclosed("echo 'open"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ echo 'open
                  The block does not parse, so nothing of it ran; the page promises status 0.
                  It had printed to stderr:
                    bash: line 5: unexpected EOF while looking for matching `''
            "#]],
        ),
        hostile(
            "double-quote",
            &unclosed("echo \"open $(date"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ echo "open $(date
                  The block does not parse, so nothing of it ran; the page promises status 0.
                  It had printed to stderr:
                    bash: line 5: syntax error: unexpected end of file
            "#]],
        ),
        hostile(
            "heredoc",
            &unclosed("cat <<END\nopen"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ cat <<END
                  The block does not parse, so nothing of it ran; the page promises status 0.
                  It had printed to stderr:
                    bash: line 6: warning: here-document at line 5 delimited by end-of-file (wanted `END')
                    bash: line 6: syntax error: unexpected end of file
            "#]],
        ),
        hostile(
            "heredoc-in-substitution",
            &unclosed("echo $(cat <<END\nopen"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ echo $(cat <<END
                  The block does not parse, so nothing of it ran; the page promises status 0.
                  It had printed to stderr:
                    bash: line 6: warning: here-document at line 5 delimited by end-of-file (wanted `END')
                    bash: line 6: unexpected EOF while looking for matching `)'
            "#]],
        ),
        hostile(
            "if",
            &unclosed("if true; then"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ if true; then
                  The block does not parse, so nothing of it ran; the page promises status 0.
                  It had printed to stderr:
                    bash: line 5: syntax error: unexpected end of file
            "#]],
        ),
        hostile(
            "brace",
            &unclosed("}"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ }
                  `}` stopped the block with status 2; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
                  It had printed to stdout:
                    started
                  It had printed to stderr:
                    bash: line 5: syntax error: unexpected end of file
            "#]],
        ),
        hostile(
            "brace-and-more",
            &unclosed("}; echo outside; {"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ }; echo outside; {
                  The block does not parse, so nothing of it ran; the page promises status 0.
                  It had printed to stderr:
                    bash: line 5: syntax error: unexpected end of file
            "#]],
        ),
        hostile(
            "parenthesis",
            &unclosed(")"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ )
                  The block does not parse, so nothing of it ran; the page promises status 0.
                  It had printed to stderr:
                    bash: line 5: syntax error near unexpected token `)'
                    bash: line 5: `)'
            "#]],
        ),
        hostile(
            "done",
            &unclosed("done"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ done
                  The block does not parse, so nothing of it ran; the page promises status 0.
                  It had printed to stderr:
                    bash: line 5: syntax error near unexpected token `done'
                    bash: line 5: `done'
            "#]],
        ),
        hostile(
            "backslash",
            &unclosed("echo open \\"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ echo open \
                  The block does not parse, so nothing of it ran; the page promises status 0.
                  It had printed to stderr:
                    bash: line 5: syntax error: unexpected end of file
            "#]],
        ),
        hostile(
            "shopt-and-quote",
            &unclosed("shopt -s extglob\necho 'open"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :6:1 check `snippet-1` on sqlite
                >   6 │ echo 'open
                  `echo 'open` stopped the block with status 2; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
                  It had printed to stdout:
                    started
                  It had printed to stderr:
                    bash: line 6: unexpected EOF while looking for matching `''
            "#]],
        ),
        hostile(
            "shopt-and-brace",
            &unclosed("shopt -s extglob\n}"),
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :6:1 check `snippet-1` on sqlite
                >   6 │ }
                  `}` stopped the block with status 2; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
                  It had printed to stdout:
                    started
                  It had printed to stderr:
                    bash: line 6: syntax error near unexpected token `}'
            "#]],
        ),
    ]);
}

#[test]
fn a_page_with_windows_line_endings_runs_as_any_other() {
    let page = "# Page\n\n```bash check\ncat <<END\none\nEND\nif true; then\n  echo two \\\n    three\nfi\n```\n\
                ```output\none\ntwo three\n```\n\n```bash\ntrue\nfalse\n```\n";
    Site::new().check([raw(
        "crlf",
        page.replace('\n', "\r\n"),
        expect![[r#"
            failed  1 passed, 1 failed
            FAILED :19:1 step `snippet-2` on sqlite
            >  19 │ false
              `false` stopped the block with status 1; the page promises 0.
        "#]],
    )]);
}

#[test]
fn options_of_a_block_do_not_change_how_the_next_is_judged() {
    let after = |options: &str| {
        format!(
            "\n```bash check\n{options}\n```\n\n```bash check\necho a b | while read -r x; do echo \"$x\"; done\n\
             test -z \"$(false)\" || true\n```\n```output\na b\n```\n\n```bash check\ntrue\nfalse\necho never\n```\n\n\
             ```bash check\nset +e\nfalse\n```\n"
        )
    };
    Site::new().check([
        hostile(
            "strict",
            &after("set -euo pipefail"),
            expect![[r#"
                failed  2 passed, 2 failed
                FAILED :17:1 check `snippet-3` on sqlite
                >  17 │ false
                  `false` stopped the block with status 1; the page promises 0.
                FAILED :21:1 check `snippet-4` on sqlite
                >  21 │ ```bash check
                  The block ended with status 1; the page promises 0.
            "#]],
        ),
        hostile(
            "traced",
            &after("set -x; PS4='$(touch traced) '"),
            expect![[r#"
                failed  2 passed, 2 failed
                FAILED :17:1 check `snippet-3` on sqlite
                >  17 │ false
                  `false` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                      true
                      false
                FAILED :21:1 check `snippet-4` on sqlite
                >  21 │ ```bash check
                  The block ended with status 1; the page promises 0.
                  It had printed to stderr:
                      set +e
                      false
            "#]],
        ),
        hostile(
            "verbose",
            &after("set -v"),
            expect![[r#"
                failed  2 passed, 2 failed
                FAILED :17:1 check `snippet-3` on sqlite
                >  17 │ false
                  `false` stopped the block with status 1; the page promises 0.
                FAILED :21:1 check `snippet-4` on sqlite
                >  21 │ ```bash check
                  The block ended with status 1; the page promises 0.
            "#]],
        ),
        hostile(
            "keyword",
            &after("set -k"),
            expect![[r#"
                failed  2 passed, 2 failed
                FAILED :17:1 check `snippet-3` on sqlite
                >  17 │ false
                  `false` stopped the block with status 1; the page promises 0.
                FAILED :21:1 check `snippet-4` on sqlite
                >  21 │ ```bash check
                  The block ended with status 1; the page promises 0.
            "#]],
        ),
        hostile(
            "noglob",
            &after("set -f; set -b; set -h; set -p; set -C; set -B +H"),
            expect![[r#"
                failed  2 passed, 2 failed
                FAILED :17:1 check `snippet-3` on sqlite
                >  17 │ false
                  `false` stopped the block with status 1; the page promises 0.
                FAILED :21:1 check `snippet-4` on sqlite
                >  21 │ ```bash check
                  The block ended with status 1; the page promises 0.
            "#]],
        ),
        hostile(
            "posix",
            &after("set -o posix"),
            expect![[r#"
                failed  2 passed, 2 failed
                FAILED :17:1 check `snippet-3` on sqlite
                >  17 │ false
                  `false` stopped the block with status 1; the page promises 0.
                FAILED :21:1 check `snippet-4` on sqlite
                >  21 │ ```bash check
                  The block ended with status 1; the page promises 0.
            "#]],
        ),
        hostile(
            "monitor",
            &after("set -m"),
            expect![[r#"
                failed  2 passed, 2 failed
                FAILED :17:1 check `snippet-3` on sqlite
                >  17 │ false
                  `false` stopped the block with status 1; the page promises 0.
                FAILED :21:1 check `snippet-4` on sqlite
                >  21 │ ```bash check
                  The block ended with status 1; the page promises 0.
            "#]],
        ),
        hostile(
            "functrace",
            &after("set -T; shopt -s extdebug"),
            expect![[r#"
                failed  2 passed, 2 failed
                FAILED :17:1 check `snippet-3` on sqlite
                >  17 │ false
                  `false` stopped the block with status 1; the page promises 0.
                FAILED :21:1 check `snippet-4` on sqlite
                >  21 │ ```bash check
                  The block ended with status 1; the page promises 0.
            "#]],
        ),
        hostile(
            "nothing-on",
            &after("set +e +u +o pipefail +E +h +B; shopt -u inherit_errexit"),
            expect![[r#"
                failed  2 passed, 2 failed
                FAILED :17:1 check `snippet-3` on sqlite
                >  17 │ false
                  `false` stopped the block with status 1; the page promises 0.
                FAILED :21:1 check `snippet-4` on sqlite
                >  21 │ ```bash check
                  The block ended with status 1; the page promises 0.
            "#]],
        ),
        hostile(
            "every-shopt",
            &after("shopt -s $(shopt | cut -f 1 | grep -v -e restricted -e extdebug -e failglob)"),
            expect![[r#"
                failed  2 passed, 2 failed
                FAILED :17:1 check `snippet-3` on sqlite
                >  17 │ false
                  `false` stopped the block with status 1; the page promises 0.
                FAILED :21:1 check `snippet-4` on sqlite
                >  21 │ ```bash check
                  The block ended with status 1; the page promises 0.
            "#]],
        ),
        hostile(
            "words",
            &after("IFS='/0123456789e'; GLOBIGNORE='*'; BASH_XTRACEFD=1; TIMEFORMAT=x; OPTIND=5"),
            expect![[r#"
                failed  2 passed, 2 failed
                FAILED :17:1 check `snippet-3` on sqlite
                >  17 │ false
                  `false` stopped the block with status 1; the page promises 0.
                FAILED :21:1 check `snippet-4` on sqlite
                >  21 │ ```bash check
                  The block ended with status 1; the page promises 0.
            "#]],
        ),
    ]);
}

/// After these the shell cannot even end a block. That is told of the block that did it, and costs no other.
#[test]
fn options_that_cripple_the_shell_cost_their_block_only() {
    let block = |text: &str| {
        format!(
            "\n```bash check\nkept=yes\n```\n\n```bash check timeout=500ms\n{text}\n```\n\n\
             ```bash check\necho \"$kept\"\n```\n```output\nyes\n```\n"
        )
    };
    Site::new().check([
        hostile(
            "reads-only",
            &block("set -n"),
            expect![[r#"
                failed  1 passed, 1 timed out, 1 not run
                TIMED OUT :7:1 check `snippet-2` on sqlite
                  It was still running after 0.5 s and was ended, with everything the block had started.
                  It was waiting for its next command; what the block did keeps bash from telling its end.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "one-command",
            &block("set -t"),
            expect![[r#"
                 proven  3 passed
            "#]],
        ),
        hostile(
            "restricted",
            &block("set -r"),
            expect![[r#"
                failed  1 passed, 1 timed out, 1 not run
                TIMED OUT :7:1 check `snippet-2` on sqlite
                  It was still running after 0.5 s and was ended, with everything the block had started.
                  It was waiting for its next command; what the block did keeps bash from telling its end.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "no-builtins",
            &block("enable -n printf trap set builtin declare"),
            expect![[r#"
                failed  2 passed, 1 failed
                FAILED :7:1 check `snippet-2` on sqlite
                >   7 │ ```bash check timeout=500ms
                  The block ended with status 127; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
            "#]],
        ),
        hostile(
            "no-driver",
            &block("unset -f __proofbook_begin __proofbook_end __proofbook_failed"),
            expect![[r#"
                failed  2 passed, 1 failed
                FAILED :7:1 check `snippet-2` on sqlite
                >   7 │ ```bash check timeout=500ms
                  The block ended with status 2; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
            "#]],
        ),
        hostile(
            "other-driver",
            &block("__proofbook_end() { :; }"),
            expect![[r#"
                failed  1 passed, 1 timed out, 1 not run
                TIMED OUT :7:1 check `snippet-2` on sqlite
                  It was still running after 0.5 s and was ended, with everything the block had started.
                  It was waiting for its next command; what the block did keeps bash from telling its end.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "function-builtin",
            &block("builtin() { :; }"),
            expect![[r#"
                failed  1 passed, 1 timed out, 1 not run
                TIMED OUT :7:1 check `snippet-2` on sqlite
                  It was still running after 0.5 s and was ended, with everything the block had started.
                  It was waiting for its next command; what the block did keeps bash from telling its end.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "file-size",
            &block("ulimit -f 0"),
            expect![[r#"
                failed  2 passed, 1 failed
                FAILED :7:1 check `snippet-2` on sqlite
                >   7 │ ```bash check timeout=500ms
                  The block ended with status 153; the page promises 0.
                  The shell was killed by signal 25.
            "#]],
        ),
        hostile(
            "descriptors",
            &block("ulimit -n 3"),
            expect![[r#"
                failed  1 passed, 1 timed out, 1 not run
                TIMED OUT :7:1 check `snippet-2` on sqlite
                  It was still running after 0.5 s and was ended, with everything the block had started.
                  It was waiting for its next command; what the block did keeps bash from telling its end.
                  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
    ]);
}

#[test]
fn names_that_hide_the_builtins_are_seen_by_the_page_only() {
    let after = |names: &str| {
        format!(
            "\n```bash check\n{names}\n```\n\n```bash check\n\\command echo on\n```\n```output\non\n```\n\n\
             ```bash check\ntrue\n\\command false\n```\n"
        )
    };
    Site::new().check([
        hostile(
            "functions",
            &after("for name in printf echo return trap set read test true exec cd declare shopt alias umask :; do eval \"function $name { builtin echo \\\"no $name\\\"; }\"; done"),
            expect![[r#"
                failed  2 passed, 1 failed
                FAILED :16:1 check `snippet-3` on sqlite
                >  16 │ \command false
                  `\command false` stopped the block with status 1; the page promises 0.
                  It had printed to stdout:
                    no true
            "#]],
        ),
        hostile("function-dot", &after("function . { builtin echo no dot; }; function source { builtin echo no source; }"), expect![[r#"
            failed  2 passed, 1 failed
            FAILED :16:1 check `snippet-3` on sqlite
            >  16 │ \command false
              `\command false` stopped the block with status 1; the page promises 0.
        "#]]),
        hostile("function-unset", &after("unset() { builtin echo no unset; }; eval() { builtin echo no eval; }"), expect![[r#"
            failed  2 passed, 1 failed
            FAILED :16:1 check `snippet-3` on sqlite
            >  16 │ \command false
              `\command false` stopped the block with status 1; the page promises 0.
        "#]]),
        hostile(
            "aliases",
            &after("alias builtin='echo no' printf='echo no' trap='echo no' set='echo no' .='echo no' return='echo no' __proofbook_end='echo no' __proofbook_begin='echo no'"),
            expect![[r#"
                failed  2 passed, 1 failed
                FAILED :16:1 check `snippet-3` on sqlite
                >  16 │ \command false
                  `\command false` stopped the block with status 1; the page promises 0.
            "#]],
        ),
        hostile("keywords", &after("alias {='echo no' }='echo no' if='echo no' [[='echo no'"), expect![[r#"
            failed  1 passed, 2 failed
            FAILED :10:1 check `snippet-2` on sqlite
            >  10 │ ```output
              stdout differs from the output in line 10.
              - expected
              + actual
              + no { builtin :
              + no
                on
              + no
            FAILED :14:1 check `snippet-3` on sqlite
            >  14 │ ```bash check
              The block ended with status 1; the page promises 0.
              The block ended the shell itself: its variables and jobs are lost.
              It had printed to stdout:
                no { builtin :
                no
                no __proofbook_failed 1 \command false [BESIDE]/tmp/[ROOM]/private/failed-3 1
                no
        "#]]),
        hostile("readonly", &after("readonly IFS PATH HOME PWD TMPDIR PS4 fd line x REPLY BASH_ENV; declare -r __proofbook=1"), expect![[r#"
            failed  2 passed, 1 failed
            FAILED :16:1 check `snippet-3` on sqlite
            >  16 │ \command false
              `\command false` stopped the block with status 1; the page promises 0.
        "#]]),
        hostile(
            "readonly-and-gone",
            "\n```bash check\nreadonly IFS PATH HOME PWD LC_ALL kept=yes\nkept=no\n```\n\n```bash check\necho \"$kept $HOME\" | cat | wc -l\n```\n```output\n1\n```\n\n```bash check\necho \"$kept\"\n```\n```output\nyes\n```\n",
            expect![[r#"
                failed  1 passed, 2 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ kept=no
                  `kept=no` stopped the block with status 1; the page promises 0.
                  The block ended the shell itself: its variables and jobs are lost.
                  It had printed to stderr:
                    bash: line 5: kept: readonly variable
                FAILED :18:1 check `snippet-3` on sqlite
                >  18 │ ```output
                  stdout differs from the output in line 18.
                  - expected
                  + actual
                  - yes
                  + 
            "#]],
        ),
        hostile("oddly-named", &after("export 'BASH_FUNC_builtin%%=() { echo no; }'; env 'a.b=c' '1=2' true"), expect![[r#"
            failed  1 passed, 2 failed
            FAILED :4:1 check `snippet-1` on sqlite
            >   4 │ export 'BASH_FUNC_builtin%%=() { echo no; }'; env 'a.b=c' '1=2' true
              `export 'BASH_FUNC_builtin%%=() { echo no; }'` stopped the block with status 1; the page promises 0.
              It had printed to stderr:
                bash: line 4: export: `BASH_FUNC_builtin%%=() { echo no; }': not a valid identifier
            FAILED :16:1 check `snippet-3` on sqlite
            >  16 │ \command false
              `\command false` stopped the block with status 1; the page promises 0.
        "#]]),
        hostile("prompts", &after("export PROMPT_COMMAND='touch MARK' BASH_ENV=/dev/null ENV=/dev/null PS1='$(touch MARK)' PS0='$(touch MARK)' HISTFILE=history; set -o history"), expect![[r#"
            failed  2 passed, 1 failed
            FAILED :16:1 check `snippet-3` on sqlite
            >  16 │ \command false
              `\command false` stopped the block with status 1; the page promises 0.
        "#]]),
    ]);
}

#[test]
fn a_shell_without_its_variables_goes_on() {
    Site::new().check([
        hostile(
            "no-path",
            r#"
            ```bash check
            PATH=
            hash -r
            ```

            ```bash check
            cat /dev/null
            ```

            ```bash check
            unset PATH HOME PWD OLDPWD TMPDIR IFS PROOFBOOK_ROOM
            ```

            ```bash check
            cd
            ```

            ```bash check
            echo on
            ```
            "#,
            expect![[r#"
                failed  3 passed, 2 failed
                FAILED :9:1 check `snippet-2` on sqlite
                >   9 │ cat /dev/null
                  `cat /dev/null` stopped the block with status 127; the page promises 0.
                  It had printed to stderr:
                    bash: line 9: cat: No such file or directory
                FAILED :17:1 check `snippet-4` on sqlite
                >  17 │ cd
                  `cd` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    bash: line 17: cd: HOME not set
            "#]],
        ),
        hostile(
            "nothing-set",
            r#"
            ```bash check
            for name in $(compgen -v); do unset -v "$name"; done 2>/dev/null || true
            ```

            ```bash check
            echo on; false
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :7:1 check `snippet-2` on sqlite
                >   7 │ ```bash check
                  The block ended with status 1; the page promises 0.
                  It had printed to stdout:
                    on
            "#]],
        ),
        hostile(
            "megabyte",
            r#"
            ```bash check
            export BIG=$(head -c 1000000 /dev/zero | tr '\0' x)
            ```

            ```bash check
            echo "${#BIG}"
            ```
            ```output
            1000000
            ```

            ```bash check
            ls
            ```

            ```bash check
            exit 0
            ```

            ```bash check
            echo "${#BIG}"; unset BIG; ls
            ```
            ```output
            1000000
            ```
            "#,
            expect![[r#"
                failed  4 passed, 1 failed
                FAILED :15:1 check `snippet-3` on sqlite
                >  15 │ ls
                  `ls` stopped the block with status 126; the page promises 0.
                  It had printed to stderr:
                    bash: line 15: /usr/bin/ls: Argument list too long
            "#]],
        ),
        hostile(
            "odd-values",
            r#"
            ```bash check
            quotes=$'a\'b"c\n\\d\x01\x7f\xff`e`$(f)'; declare -A map=(["] \$(touch MARK)"]=$'\n'); array=(1 2 [9]=3)
            function odd-name.of:one { echo "$quotes"; }
            declare -n reference=quotes; declare -i number=7; declare -u upper=abc; declare -x empty= unset
            ```

            ```bash check
            exit 0
            ```

            ```bash check
            printf '%s' "$quotes" | od -An -tx1
            echo "${array[*]} ${!array[*]} ${!map[*]} ${map[*]@Q}"; [ "$reference" = "$quotes" ]
            number=1+1 upper=def; echo "$number $upper ${empty-none} ${unset-none}"; declare -F | grep odd; ls
            ```
            ```output
             61 27 62 22 63 0a 5c 64 01 7f ff 60 65 60 24 28
             66 29
            1 2 3 0 1 9 ] $(touch MARK) $'\n'
            2 DEF  none
            declare -f odd-name.of:one
            ```
            "#,
            expect![[r#"
                 proven  3 passed
            "#]],
        ),
    ]);
}
