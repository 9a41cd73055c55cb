//! One bash a page: what carries over, what is fixed, what happens when it hangs or is ended.

use expect_test::{Expect, expect};

use crate::support::{Project, text};

/// What `test` tells of a site of one page, which fails.
#[track_caller]
fn check(page: &str, expected: Expect) {
    let project = Project::new(&[("content/index.md", &text(page))]);
    expected.assert_eq(&project.run("test").ended(1).told_of("content/index.md"));
}

#[test]
fn a_step_that_waits_too_long_shows_what_it_had_printed() {
    check(
        "
        # Page

        ```bash timeout=1s
        echo waiting
        echo 'for the other side' >&2
        sleep 3600
        ```

        ```bash
        echo never
        ```
        ",
        expect![[r#"
            TIMED OUT content/index.md:6:1 step `snippet-1`

                3 │ ```bash timeout=1s
                4 │ echo waiting
                5 │ echo 'for the other side' >&2
            >   6 │ sleep 3600
                7 │ ```

              `sleep 3600` was still running after 1 s and was ended, with everything the block had started.
              It was sleeping.
              If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.

              It had printed to stdout:
                waiting

              It had printed to stderr:
                for the other side

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn a_prompt_ends_instead_of_hanging() {
    check(
        "
        # Page

        ```bash
        read -r -p 'Sure? ' answer
        ```
        ",
        expect![[r#"
            FAILED content/index.md:4:1 step `snippet-1`

                3 │ ```bash
            >   4 │ read -r -p 'Sure? ' answer
                5 │ ```

              `read -r -p 'Sure? ' answer` stopped the block with status 1; the page promises 0.

              help: correct the block; if the page is to show that it fails, promise it with `exit=1`

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn a_block_that_ends_the_shell_costs_that_block() {
    check(
        "
        # Page

        ```bash exit=5
        lost=1
        exit 5
        ```

        ```bash check
        echo \"lost=${lost:-}\"
        ```
        ```output
        lost=1
        ```
        ",
        expect![[r#"
            FAILED content/index.md:11:1 check `snippet-2`

                8 │ ```bash check
                9 │ echo "lost=${lost:-}"
               10 │ ```
            >  11 │ ```output

              stdout differs from the output in line 11.

              - expected
              + actual

              - lost=1
              + lost=

              Note: ran in a new shell with the last good state, because a block before it ended the shell

              help: correct the block, or the output in line 11 if what came is right

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn a_shell_that_kills_itself() {
    check(
        "
        # Page

        ```bash
        kill -9 $$
        ```
        ",
        expect![[r#"
            FAILED content/index.md:3:1 step `snippet-1`

            >   3 │ ```bash
                4 │ kill -9 $$
                5 │ ```

              The block ended with status 137; the page promises 0.
              The shell was killed by signal 9.

              help: correct the block

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn variables_functions_and_the_folder_carry_over_and_the_surroundings_are_fixed() {
    let page = text(
        r#"
        +++
        title = "Page"

        [parameters.user_name]
        label = "Name"
        default = "O'Brien $HOME"
        +++

        ```bash
        greet() { echo "hello $1"; }
        mkdir -p sub && cd sub
        count=1
        ```

        ```bash check
        greet "$USER_NAME"
        basename "$PWD"
        echo "$count"
        echo "$LC_ALL $TZ $COLUMNS $TERM $(umask) ${SECRET-unset}"
        ls -A ~
        ```
        ```output
        hello O'Brien $HOME
        sub
        1
        C.UTF-8 UTC 80 dumb 0022 unset
        ```
        "#,
    );
    let project = Project::new(&[("content/index.md", &page)]);
    project.command("test").variable("SECRET", "hunter2").variable("COLUMNS", "200").run().fine().says("2 passed");
}

#[test]
fn a_file_is_written_into_the_work_folder_with_its_parameters_escaped() {
    let page = text(
        r#"
        +++
        title = "Page"

        [parameters.full_name]
        label = "Name"
        default = "a <b> & \"c\""
        +++

        ```xml file=out/name.xml params
        <name>{{full_name}}</name>
        ```

        ```bash check
        cat out/name.xml
        ```
        ```output
        <name>a &lt;b&gt; &amp; &quot;c&quot;</name>
        ```
        "#,
    );
    Project::new(&[("content/index.md", &page)]).run("test").fine().says("2 passed");
}

#[test]
fn a_file_is_never_written_through_a_link_out_of_the_work_folder() {
    let project = Project::new(&[]);
    let outside = project.beside().join("outside");
    std::fs::create_dir(&outside).unwrap();
    let link = format!("# Page\n\n```bash\nln -s {} link\n```\n", outside.display());
    project.write("content/index.md", &(link + "\n```text file=link/escaped.txt\nnever\n```\n"));
    let ran = project.run("test");
    assert_ne!(ran.status, 0, "{}", ran.whole());
    ran.says("content/index.md:7:1").says("cannot write through the symbolic link");
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
}
