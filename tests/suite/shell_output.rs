//! What shell blocks print, against the page's output.

use expect_test::{Expect, expect};

use crate::support::{Project, text};

/// What `test` tells of a site of one page, which fails.
#[track_caller]
fn check(page: &str, expected: Expect) {
    let project = Project::new(&[("content/index.md", &text(page))]);
    expected.assert_eq(&project.run("test").ended(1).told_of("content/index.md"));
}

#[test]
fn stdout_that_differs() {
    check(
        "
        # Page

        ```bash check
        printf 'one\\ntwo\\nthree\\nfour\\nfive\\n'
        echo warning >&2
        ```
        ```output
        one
        too
        three
        four
        five
        six
        ```
        ",
        expect![[r#"
            FAILED content/index.md:7:1 check `snippet-1`

                3 │ ```bash check
                4 │ printf 'one\ntwo\nthree\nfour\nfive\n'
                5 │ echo warning >&2
                6 │ ```
            >   7 │ ```output

              stdout differs from the output in line 7.

              - expected
              + actual

                one
              - too
              + two
                three
                four
                five
              - six

              It had printed to stderr:
                warning

              help: correct the block, or the output in line 7 if what came is right

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn stderr_that_differs_and_a_pattern_that_does_not_match() {
    check(
        "
        # Page

        ```bash check
        echo 'took 12 ms'
        echo careful >&2
        ```
        ```output match=glob
        took * s
        ```
        ```output stderr
        danger
        ```
        ",
        expect![[r#"
            FAILED content/index.md:7:1 check `snippet-1`

                3 │ ```bash check
                4 │ echo 'took 12 ms'
                5 │ echo careful >&2
                6 │ ```
            >   7 │ ```output match=glob
                8 │ took * s
                9 │ ```
            >  10 │ ```output stderr

              stdout differs from the output in line 7.

              - expected
              + actual

              - took * s
              + took 12 ms

              stderr differs from the output in line 10.

              - expected
              + actual

              - danger
              + careful

              help: correct the block, or the output in line 7 if what came is right

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn long_output_is_cut_to_its_end() {
    check(
        "
        # Page

        ```bash
        seq 100
        false
        ```
        ",
        expect![[r#"
            FAILED content/index.md:5:1 step `snippet-1`

                3 │ ```bash
                4 │ seq 100
            >   5 │ false
                6 │ ```

              `false` stopped the block with status 1; the page promises 0.

              It had printed to stdout, the last 24 of 100 lines:
                77
                78
                79
                80
                81
                82
                83
                84
                85
                86
                87
                88
                89
                90
                91
                92
                93
                94
                95
                96
                97
                98
                99
                100

              help: correct the block; if the page is to show that it fails, promise it with `exit=1`

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn output_that_is_not_text() {
    check(
        "
        # Page

        ```bash check
        printf 'caf\\351\\n'
        ```
        ```output
        café
        ```
        ",
        expect![[r#"
            FAILED content/index.md:6:1 check `snippet-1`

                3 │ ```bash check
                4 │ printf 'caf\351\n'
                5 │ ```
            >   6 │ ```output

              stdout differs from the output in line 6.

              - expected
              + actual

              - café
              + caf�

              Note: stdout is not UTF-8: its other bytes are shown as `�`

              help: correct the block, or the output in line 6 if what came is right

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn what_was_cut_or_is_no_text_is_never_what_was_expected() {
    let kept = "x".repeat(1 << 20);
    for (command, output, why) in [
        ("head -c 1048577 /dev/zero | tr '\\0' x", kept.as_str(), "it was cut: 1048576 bytes of 1048577 are kept"),
        ("printf 'a\\377'", "a\u{fffd}", "it is not UTF-8"),
        ("printf 'a\\377'", "a*", "it is not UTF-8"),
    ] {
        let words = if output.contains('*') { " match=glob" } else { "" };
        let page = format!("# Page\n\n```bash\n{command}\n```\n```output{words}\n{output}\n```\n");
        let ran = Project::new(&[("content/index.md", &page)]).run("test").ended(1);
        ran.says(&format!("stdout cannot be compared with the output in line 6: {why}."));
    }
}
