//! Output without measure, and output and pages that are not text.

use expect_test::expect;

use super::site::{Site, hostile, raw};

#[test]
fn output_is_kept_up_to_its_limit_and_the_rest_is_told() {
    Site::new().check([
        hostile(
            "two-hundred-megabytes",
            r#"
            ```bash check
            seq 23000000
            echo the end >&2
            ```
            ```output
            1
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :7:1 check `snippet-1` on sqlite
                >   7 │ ```output
                  stdout differs from the output in line 7.
                  - expected
                  + actual
                    1
                  + 2
                  + 3
                  + 4
                  + 5
                  + 6
                  + 7
                  + 8
                  + 9
                  + 10
                  + 11
                  + 12
                  + 13
                  + 14
                  + 15
                  + 16
                  + 17
                  + 18
                  + 19
                  + 20
                  + 21
                  + 22
                  + 23
                  + 24
                  + 25
                  + 26
                  + 27
                  + 28
                  + 29
                  + 30
                  + 31
                  + 32
                  + 33
                  + 34
                  + 35
                  + 36
                  + 37
                  + 38
                  + 39
                  + 40
                  + 41
                  + 42
                  + 43
                  + 44
                  + 45
                  + 46
                  + 47
                  + 48
                  … the rest is left out
                  It had printed to stderr:
                    the end
                  Note: stdout was cut: 1048576 bytes of 195888897 are kept
            "#]],
        ),
        hostile(
            "endless",
            r#"
            ```bash
            yes
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :4:1 step `snippet-1` on sqlite
                >   4 │ yes
                  `yes` stopped the block with status 153; the page promises 0.
                  It had printed to stdout, the last 24 of 524288 lines:
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                    y
                  It had printed to stderr:
                    bash: line 4: [PID] File size limit exceededyes
                  Note: stdout was cut: 1048576 bytes of 268435456 are kept
            "#]],
        ),
        hostile(
            "one-line",
            r#"
            ```bash check
            head -c 5M /dev/zero | tr '\0' x
            echo; false
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :5:1 check `snippet-1` on sqlite
                >   5 │ echo; false
                  `false` stopped the block with status 1; the page promises 0.
                  It had printed to stdout:
                    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx … and 1047580 more characters
                  Note: stdout was cut: 1048576 bytes of 5242881 are kept
            "#]],
        ),
        hostile(
            "many-lines-to-stderr",
            r#"
            ```bash
            seq 300000 >&2
            false
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :5:1 step `snippet-1` on sqlite
                >   5 │ false
                  `false` stopped the block with status 1; the page promises 0.
                  It had printed to stderr, the last 24 of 165669 lines:
                    165646
                    165647
                    165648
                    165649
                    165650
                    165651
                    165652
                    165653
                    165654
                    165655
                    165656
                    165657
                    165658
                    165659
                    165660
                    165661
                    165662
                    165663
                    165664
                    165665
                    165666
                    165667
                    165668
                    16566
                  Note: stderr was cut: 1048576 bytes of 1988895 are kept
            "#]],
        ),
        hostile(
            "transcript",
            r#"
            ```console
            $ head -c 3M /dev/zero | tr '\0' y
            short
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :4:1 step `snippet-1` on sqlite
                >   4 │ $ head -c 3M /dev/zero | tr '\0' y
                  `head -c 3M /dev/zero | tr '\0' y` printed something else than the transcript has from line 5 on.
                  - expected
                  + actual
                  - short
                  + yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy … and 1047580 more characters
                  Note: line 4: output was cut: 1048576 bytes of 3145728 are kept
            "#]],
        ),
    ]);
}

#[test]
fn what_is_not_text_is_shown_as_such() {
    Site::new().check([
        hostile(
            "zeros",
            r#"
            ```bash check
            printf 'a\0b\n\0\0\n'
            ```
            ```output
            ab
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :6:1 check `snippet-1` on sqlite
                >   6 │ ```output
                  stdout differs from the output in line 6.
                  - expected
                  + actual
                  - ab
                  + a␀b
                  + ␀␀
            "#]],
        ),
        hostile(
            "not-utf-8",
            r#"
            ```bash
            printf '\xff\xfe\x80 text \xc3\n'
            head -c 300 /dev/urandom > file; cat /dev/null
            false
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :6:1 step `snippet-1` on sqlite
                >   6 │ false
                  `false` stopped the block with status 1; the page promises 0.
                  It had printed to stdout:
                    ��� text �
                  Note: stdout is not UTF-8: its other bytes are shown as `�`
            "#]],
        ),
        hostile(
            "control-codes",
            r#"
            ```bash
            printf 'plain\e[31m red \e]0;title\a\rover\b\b \x9b31m\n'
            false
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :5:1 step `snippet-1` on sqlite
                >   5 │ false
                  `false` stopped the block with status 1; the page promises 0.
                  It had printed to stdout:
                    plain red ␛]0;title␇␍over␈␈ �31m
                  Note: stdout is not UTF-8: its other bytes are shown as `�`
            "#]],
        ),
        raw(
            "a-zero-in-the-block",
            "# Page\n\n```bash check\necho 'a\0b' | od -An -c\n```\n",
            expect![[r#"
                 proven  1 passed
            "#]],
        ),
        raw(
            "control-codes-in-the-block",
            "# Page\n\n```bash\necho 'a\x1b[31mb'\x07 >/dev/null; false\n```\n",
            expect![[r#"
                failed  1 failed
                FAILED :4:1 step `snippet-1` on sqlite
                >   4 │ echo 'ab'␇ >/dev/null; false
                  `false` stopped the block with status 1; the page promises 0.
            "#]],
        ),
        raw(
            "a-byte-order-mark",
            "\u{feff}# Page\n\n```bash\ntrue\nfalse\n```\n",
            expect![[r#"
                failed  1 failed
                FAILED :5:1 step `snippet-1` on sqlite
                >   5 │ false
                  `false` stopped the block with status 1; the page promises 0.
            "#]],
        ),
        raw(
            "unicode",
            "# Page\n\n```bash\nécho='é'; echo \"𝛑\"; false ❌\n```\n",
            expect![[r#"
                failed  1 failed
                FAILED :4:1 step `snippet-1` on sqlite
                >   4 │ écho='é'; echo "𝛑"; false ❌
                  `écho='é'` stopped the block with status 127; the page promises 0.
                  It had printed to stderr:
                    bash: line 4: écho=é: command not found
            "#]],
        ),
    ]);
}

/// A page that is not UTF-8 stops the site, and with it what else would run: the place is told.
#[test]
fn a_block_that_is_not_utf_8_is_refused_with_its_place() {
    let site = Site::new();
    std::fs::write(site.project.path("content/page.md"), b"# Page\n\n```bash\necho caf\xe9\n```\n").unwrap();
    site.run("test").is(expect![[r#"
        exit status 1
        --- stderr
        error[not-utf8]: this file is not UTF-8 text
         --> content/page.md:4:9
          |
        4 | echo caf�
          |         ^ the first byte that is not
          |
          = help: save it as UTF-8

        1 error; nothing was run
    "#]]);
}
