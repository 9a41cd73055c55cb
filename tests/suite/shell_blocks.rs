//! Shell blocks that stop where they should not, with the failing line as it stands in the page.

use expect_test::{Expect, expect};

use crate::support::{Project, text};

/// What `test` tells of a site of one page, which fails.
#[track_caller]
fn check(page: &str, expected: Expect) {
    let project = Project::new(&[("content/index.md", &text(page))]);
    expected.assert_eq(&project.run("test").ended(1).told_of("content/index.md"));
}

#[test]
fn a_step_that_fails_in_its_second_line() {
    check(
        "
        # Page

        ```bash
        echo before
        grep nothing /dev/null
        echo after
        ```
        ",
        expect![[r#"
            FAILED content/index.md:5:1 step `snippet-1`

                3 │ ```bash
                4 │ echo before
            >   5 │ grep nothing /dev/null
                6 │ echo after
                7 │ ```

              `grep nothing /dev/null` stopped the block with status 1; the page promises 0.

              It had printed to stdout:
                before

              help: correct the block; if the page is to show that it fails, promise it with `exit=1`

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn a_step_in_a_list_item_and_one_in_a_quote() {
    let project = Project::new(&[
        ("content/list.md", "# List\n\n1. First:\n\n   ```bash\n   true\n   test -e nowhere\n   ```\n"),
        ("content/quote.md", "# Quote\n\n> First:\n>\n> ```bash\n> true\n> test -e nowhere\n> ```\n"),
    ]);
    expect![[r#"
        FAILED content/list.md:7:4 step `snippet-1`

            5 │    ```bash
            6 │    true
        >   7 │    test -e nowhere
            8 │    ```

          `test -e nowhere` stopped the block with status 1; the page promises 0.

          help: correct the block; if the page is to show that it fails, promise it with `exit=1`

          Run just this page again: proofbook test content/list.md

        FAILED content/quote.md:7:3 step `snippet-1`

            5 │ > ```bash
            6 │ > true
        >   7 │ > test -e nowhere
            8 │ > ```

          `test -e nowhere` stopped the block with status 1; the page promises 0.

          help: correct the block; if the page is to show that it fails, promise it with `exit=1`

          Run just this page again: proofbook test content/quote.md
    "#]]
    .assert_eq(&project.run("test").ended(1).told_of("content/"));
}

#[test]
fn a_step_after_front_matter_in_a_file_with_windows_line_endings() {
    let page =
        "+++\ntitle = \"Page\"\n+++\n\nText.\n\n```bash\necho here\ntest -e nowhere\n```\n".replace('\n', "\r\n");
    check(
        &page,
        expect![[r#"
        FAILED content/index.md:9:1 step `snippet-1`

            7 │ ```bash
            8 │ echo here
        >   9 │ test -e nowhere
           10 │ ```

          `test -e nowhere` stopped the block with status 1; the page promises 0.

          It had printed to stdout:
            here

          help: correct the block; if the page is to show that it fails, promise it with `exit=1`

          Run just this page again: proofbook test content/index.md
    "#]],
    );
}

#[test]
fn another_exit_status() {
    check(
        "
        # Page

        ```bash exit=3
        (exit 4)
        ```
        ",
        expect![[r#"
            FAILED content/index.md:4:1 step `snippet-1`

                3 │ ```bash exit=3
            >   4 │ (exit 4)
                5 │ ```

              `(exit 4)` stopped the block with status 4; the page promises 3.

              help: correct the block, or the promise in `exit=`

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn a_promised_status_that_does_not_come() {
    check(
        "
        # Page

        ```bash exit=1
        true
        ```
        ",
        expect![[r#"
            FAILED content/index.md:3:1 step `snippet-1`

            >   3 │ ```bash exit=1
                4 │ true
                5 │ ```

              The block ended with status 0; the page promises 1.

              help: correct the block, or the promise in `exit=`

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn programs_functions_pipes_and_syntax() {
    let project = Project::new(&[
        ("content/command.md", "# Command\n\n```bash\nno-such-program --now\n```\n"),
        ("content/function.md", "# Function\n\n```bash\nf() {\n  true\n  false\n}\nf\n```\n"),
        ("content/pipe.md", "# Pipe\n\n```bash\nfalse | cat\n```\n"),
        ("content/syntax.md", "# Syntax\n\n```bash\nif true; then\n  echo yes\n```\n"),
    ]);
    expect![[r#"
        FAILED content/command.md:4:1 step `snippet-1`

            3 │ ```bash
        >   4 │ no-such-program --now
            5 │ ```

          `no-such-program --now` stopped the block with status 127; the page promises 0.

          It had printed to stderr:
            bash: line 4: no-such-program: command not found

          help: correct the program's name, or install it; a block that not everybody can run says `requires=PROGRAM`

          Run just this page again: proofbook test content/command.md

        FAILED content/function.md:6:3 step `snippet-1`

            3 │ ```bash
            4 │ f() {
            5 │   true
        >   6 │   false
            7 │ }
            8 │ f
            9 │ ```

          `false` stopped the block with status 1; the page promises 0.

          help: correct the block; if the page is to show that it fails, promise it with `exit=1`

          Run just this page again: proofbook test content/function.md

        FAILED content/pipe.md:4:1 step `snippet-1`

            3 │ ```bash
        >   4 │ false | cat
            5 │ ```

          `false | cat` stopped the block with status 1; the page promises 0.

          help: correct the block; if the page is to show that it fails, promise it with `exit=1`

          Run just this page again: proofbook test content/pipe.md

        FAILED content/syntax.md:5:3 step `snippet-1`

            3 │ ```bash
            4 │ if true; then
        >   5 │   echo yes
            6 │ ```

          The block does not parse, so nothing of it ran; the page promises status 0.

          It had printed to stderr:
            bash: line 5: syntax error: unexpected end of file

          help: close the quote, bracket or keyword that bash names above

          Run just this page again: proofbook test content/syntax.md
    "#]]
    .assert_eq(&project.run("test").ended(1).told_of("content/"));
}
