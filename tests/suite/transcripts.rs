//! `console` fences: what was typed, what came, and where the two part.

use expect_test::{Expect, expect};

use crate::support::{Project, text};

/// What `test` tells of a site of one page, which fails.
#[track_caller]
fn check(page: &str, expected: Expect) {
    check_as_it_stands(&text(page), expected);
}

#[track_caller]
fn check_as_it_stands(page: &str, expected: Expect) {
    let project = Project::new(&[("content/index.md", page)]);
    expected.assert_eq(&project.run("test").ended(1).told_of("content/index.md"));
}

/// Demands that a site of one page is proven.
#[track_caller]
fn passes(page: &str) {
    Project::new(&[("content/index.md", &text(page))]).run("test").fine().says("proven").never_says("skipped");
}

/// What `check` tells of a site of one page.
#[track_caller]
fn refused(page: &str, expected: Expect) {
    let project = Project::new(&[("content/index.md", &text(page))]);
    expected.assert_eq(&project.run("check").ended(1).stderr);
}

#[test]
fn everything_a_terminal_shows() {
    passes(
        r#"
        # Page

        ```console
        $ name=world
        $ mkdir -p a/b && cd a
        $ echo "hello $name"; echo oops >&2; echo bye
        hello world
        oops
        bye
        $ ls
        b
        $ false
        [1]
        $ nosuch-program --version
        bash: nosuch-program: command not found
        [127]
        $ cat <<END
        > one
        >   two
        >
        > END
        one
          two

        $ for n in 1 2
        > do
        >   echo "$n"
        > done
        1
        2
        $ printf 'no line ending'
        no line ending
        $ # said, not done
        $ echo '[3]'
        [3]
        [0]
        $ diff <(echo a) <(echo b)
        1c1
        < a
        ---
        > b
        [1]
        $ f() { echo "f in ${PWD##*/}"; return 4; }
        $ f
        f in a
        [4]
        ```

        What it set lasts for the shell blocks below, and what they set for it.

        ```bash check
        test "$name" = world
        test "${PWD##*/}" = a
        name=moon
        ```

        ```console check
        $ echo $name; f
        moon
        f in a
        [4]
        ```
        "#,
    );
}

#[test]
fn an_output_that_differs_stops_the_transcript_at_its_command() {
    check(
        "
        # Page

        ```console
        $ echo before
        before
        $ printf 'one\\ntwo\\nthree\\n'; echo wrong >&2
        one
        too
        three
        $ touch never
        ```

        ```bash check
        true
        ```
        ",
        expect![[r#"
            FAILED content/index.md:6:1 step `snippet-1`

                3 │ ```console
                4 │ $ echo before
                5 │ before
            >   6 │ $ printf 'one\ntwo\nthree\n'; echo wrong >&2
                7 │ one
                8 │ too
                9 │ three
               10 │ $ touch never
               11 │ ```

              `printf 'one\ntwo\nthree\n'; echo wrong >&2` printed something else than the transcript has from line 7 on.

              - expected
              + actual

                one
              - too
              + two
                three
              + wrong

              help: correct the command, or what stands below it if what came is right

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn a_status_that_differs() {
    check(
        "
        # Page

        ```console
        $ echo before
        before
        $ echo now; (exit 7)
        now
        $ echo after
        after
        ```
        ",
        expect![[r#"
            FAILED content/index.md:6:1 step `snippet-1`

                3 │ ```console
                4 │ $ echo before
                5 │ before
            >   6 │ $ echo now; (exit 7)
                7 │ now
                8 │ $ echo after
                9 │ after
               10 │ ```

              `echo now; (exit 7)` ended with status 7; the transcript says 0.

              It had printed:
                before
                now

              help: correct the command; if it is to fail, write `[7]` on a line below what it prints

              Run just this page again: proofbook test content/index.md
        "#]],
    );
    check(
        "
        # Page

        ```console
        $ true
        [1]
        ```
        ",
        expect![[r#"
            FAILED content/index.md:4:1 step `snippet-1`

                3 │ ```console
            >   4 │ $ true
                5 │ [1]
                6 │ ```

              `true` ended with status 0; the transcript says 1.

              help: correct the command, or remove the line `[1]`

              Run just this page again: proofbook test content/index.md
        "#]],
    );
    check(
        "
        # Page

        ```console
        $ for n in 1 2; do
        >   ls no-such-$n
        > done
        ls: cannot access 'no-such-1': No such file or directory
        [1]
        ```
        ",
        expect![[r#"
            FAILED content/index.md:5:5 step `snippet-1`

                3 │ ```console
                4 │ $ for n in 1 2; do
            >   5 │ >   ls no-such-$n
                6 │ > done
                7 │ ls: cannot access 'no-such-1': No such file or directory
                8 │ [1]
                9 │ ```

              `ls no-such-$n` ended with status 2; the transcript says 1.

              It had printed:
                ls: cannot access 'no-such-1': No such file or directory

              help: correct the command, or write `[2]` instead of `[1]`

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn silence_and_noise() {
    check(
        "
        # Page

        ```console
        $ echo hello
        ```
        ",
        expect![[r#"
            FAILED content/index.md:4:1 step `snippet-1`

                3 │ ```console
            >   4 │ $ echo hello
                5 │ ```

              `echo hello` printed something; in the transcript it prints nothing.

              - expected
              + actual

              + hello

              help: correct the command, or what stands below it if what came is right

              Run just this page again: proofbook test content/index.md
        "#]],
    );
    check(
        "
        # Page

        ```console
        $ true
        hello
        ```
        ",
        expect![[r#"
            FAILED content/index.md:4:1 step `snippet-1`

                3 │ ```console
            >   4 │ $ true
                5 │ hello
                6 │ ```

              `true` printed nothing; the transcript has output from line 5 on.

              - expected
              + actual

              - hello

              help: correct the command, or what stands below it if what came is right

              Run just this page again: proofbook test content/index.md
        "#]],
    );
    check(
        "
        # Page

        ```console
        $ echo hello
        hello

        $ echo world
        world
        ```
        ",
        expect![[r#"
            FAILED content/index.md:4:1 step `snippet-1`

                3 │ ```console
            >   4 │ $ echo hello
                5 │ hello
                6 │ 
                7 │ $ echo world
                8 │ world
                9 │ ```

              `echo hello` printed something else than the transcript has from line 5 on.

              - expected
              + actual

                hello
              - 

              help: correct the blank lines or the blanks at the end: everything up to the next `$ ` is compared

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn the_marked_line_is_right_wherever_the_transcript_stands() {
    let page = "+++\ntitle = \"Page\"\n+++\n\n1. In a list:\n\n   > And a quote:\n   >\n   > ```console\n   > $ echo a\n   \
                > a\n   > $ cat <<END\n   > > b\n   > > END\n   > c\n   > ```\n";
    check_as_it_stands(
        page,
        expect![[r#"
        FAILED content/index.md:12:6 step `snippet-1`

            9 │    > ```console
           10 │    > $ echo a
           11 │    > a
        >  12 │    > $ cat <<END
           13 │    > > b
           14 │    > > END
           15 │    > c
           16 │    > ```

          `cat <<END` printed something else than the transcript has from line 15 on.

          - expected
          + actual

          - c
          + b

          help: correct the command, or what stands below it if what came is right

          Run just this page again: proofbook test content/index.md
    "#]],
    );
    check_as_it_stands(
        &page.replace("> c\n", "> b\n   > $ nosuch\n").replace('\n', "\r\n"),
        expect![[r#"
        FAILED content/index.md:16:6 step `snippet-1`

            9 │    > ```console
           10 │    > $ echo a
           11 │    > a
           12 │    > $ cat <<END
           13 │    > > b
           14 │    > > END
           15 │    > b
        >  16 │    > $ nosuch
           17 │    > ```

          `nosuch` ended with status 127; the transcript says 0.

          `nosuch` printed something; in the transcript it prints nothing.

          - expected
          + actual

          + bash: nosuch: command not found

          help: correct the program's name, or install it; a transcript that not everybody can run says `requires=PROGRAM`

          Run just this page again: proofbook test content/index.md
    "#]],
    );
    let page = "- item\n\n  - item\n\n    ~~~console\n    $ true\n    $ cat <<END\n    > b\n    > $(exit 3)\n    > END\n    b\n\n    $ f() {\n    >   true\n    >   \
                ls nowhere\n    > }\n    $ f\n    ~~~\n";
    check_as_it_stands(
        page,
        expect![[r#"
        FAILED content/index.md:17:5 step `snippet-1`

            5 │     ~~~console
            6 │     $ true
            7 │     $ cat <<END
            8 │     > b
            9 │     > $(exit 3)
           10 │     > END
           11 │     b
           12 │ 
           13 │     $ f() {
           14 │     >   true
           15 │     >   ls nowhere
           16 │     > }
        >  17 │     $ f
           18 │     ~~~

          `f` ended with status 2; the transcript says 0.

          `f` printed something; in the transcript it prints nothing.

          - expected
          + actual

          + ls: cannot access 'nowhere': No such file or directory

          help: correct the command; if it is to fail, write `[2]` on a line below what it prints

          Run just this page again: proofbook test content/index.md
    "#]],
    );
}

#[test]
fn a_command_that_reads_finds_nothing_and_one_in_the_background_goes_on() {
    passes(
        "
        # Page

        ```console
        $ cat
        $ read line
        [1]
        $ sleep 60 &
        $ jobs -r | wc -l
        1
        $ kill %1
        ```
        ",
    );
}

#[test]
fn a_command_that_hangs() {
    check(
        "
        # Page

        ```console timeout=300ms
        $ echo before
        before
        $ echo waiting; sleep 60
        ```
        ",
        expect![[r#"
            TIMED OUT content/index.md:6:1 step `snippet-1`

                3 │ ```console timeout=300ms
                4 │ $ echo before
                5 │ before
            >   6 │ $ echo waiting; sleep 60
                7 │ ```

              `sleep 60` was still running after 0.3 s and was ended, with everything the block had started.
              It was sleeping.
              If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.

              It had printed:
                before
                waiting

              Run just this page again: proofbook test content/index.md
        "#]],
    );
    check(
        "
        # Page

        ```console timeout=300ms
        $ echo before
        before
        $ while :; do
        >   :
        > done
        ```
        ",
        expect![[r#"
            TIMED OUT content/index.md:6:1 step `snippet-1`

                3 │ ```console timeout=300ms
                4 │ $ echo before
                5 │ before
            >   6 │ $ while :; do
                7 │ >   :
                8 │ > done
                9 │ ```

              `while :; do` was still running after 0.3 s and was ended, with everything the block had started.
              What ran then, and what it was doing:
                bash: using the processor
              If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.

              It had printed:
                before

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn what_bash_cannot_read_costs_its_command_only() {
    check(
        "
        # Page

        ```console
        $ echo before
        before
        $ echo 'open
        $ echo after
        after
        ```
        ",
        expect![[r#"
            FAILED content/index.md:6:1 step `snippet-1`

                3 │ ```console
                4 │ $ echo before
                5 │ before
            >   6 │ $ echo 'open
                7 │ $ echo after
                8 │ after
                9 │ ```

              `echo 'open` does not parse, so nothing of it ran; the transcript says status 0.

              `echo 'open` printed something; in the transcript it prints nothing.

              - expected
              + actual

              + bash: unexpected EOF while looking for matching `''

              help: close the quote, bracket or keyword that bash names above; a command over several lines goes on with `> `

              Run just this page again: proofbook test content/index.md
        "#]],
    );
    check(
        "
        # Page

        ```console
        $ cat <<END
        one
        END
        ```
        ",
        expect![[r#"
            FAILED content/index.md:4:1 step `snippet-1`

                3 │ ```console
            >   4 │ $ cat <<END
                5 │ one
                6 │ END
                7 │ ```

              `cat <<END` does not parse, so nothing of it ran; the transcript says status 0.

              `cat <<END` printed something else than the transcript has from line 5 on.

              - expected
              + actual

              - one
              - END
              + bash: warning: here-document at line 4 delimited by end-of-file (wanted `END')
              + bash: syntax error: unexpected end of file

              help: close the quote, bracket or keyword that bash names above; a command over several lines goes on with `> `

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn a_command_that_ends_the_shell() {
    passes(
        "
        # Page

        ```console
        $ name=kept; cd /
        $ exit 3
        [3]
        $ echo $name in $PWD
        kept in /
        $ kill -9 $$
        [137]
        $ echo $name
        kept
        ```
        ",
    );
    check(
        "
        # Page

        ```console
        $ echo leaving; exit 3
        leaving
        $ echo after
        after
        ```
        ",
        expect![[r#"
            FAILED content/index.md:4:1 step `snippet-1`

                3 │ ```console
            >   4 │ $ echo leaving; exit 3
                5 │ leaving
                6 │ $ echo after
                7 │ after
                8 │ ```

              `echo leaving; exit 3` ended with status 3; the transcript says 0.
              It ended the shell itself: its variables and jobs are lost.

              It had printed:
                leaving

              help: correct the command; if it is to fail, write `[3]` on a line below what it prints

              Run just this page again: proofbook test content/index.md
        "#]],
    );
}

#[test]
fn parameters() {
    let page = text(
        r#"
        +++
        title = "Page"

        [parameters.name]
        default = "O'Brien & $(touch hacked)"
        +++

        ```console
        $ echo "$NAME" >file; cat file; echo "<name>"
        <name>
        <name>
        $ ls
        file
        ```
        "#,
    );
    // `<name>` is a parameter in what is expected, not in what is run.
    let project = Project::new(&[("content/index.md", &page)]);
    expect![[r#"
        FAILED content/index.md:9:1 step `snippet-1`

            8 │ ```console
        >   9 │ $ echo "$NAME" >file; cat file; echo "<name>"
           10 │ <name>
           11 │ <name>
           12 │ $ ls
           13 │ file
           14 │ ```

          `echo "$NAME" >file; cat file; echo "<name>"` printed something else than the transcript has from line 10 on.

          - expected
          + actual

            O'Brien & $(touch hacked)
          - O'Brien & $(touch hacked)
          + <name>

          help: correct the command, or what stands below it if what came is right

          Run just this page again: proofbook test content/index.md
    "#]]
    .assert_eq(&project.run("test").ended(1).told_of("content/index.md"));
    project.edit("content/index.md", "; echo \"<name>\"\n<name>", "");
    project.run("test").fine().says("proven");
}

#[test]
fn checks_setups_and_effects() {
    let page = text(
        r#"
        # Page

        ```console setup title="A file"
        $ echo 1 >id
        ```

        ```console effect=none name=looks
        $ cat id
        1
        ```

        ```console check requires=cat
        $ cat id
        1
        ```

        ```console effect="accounts -1" name=wrong
        $ true
        ```
        "#,
    );
    let project = Project::shop(&page);
    expect![[r#"
        FAILED content/page.md:17:20 step `wrong` on sqlite

        >  17 │ ```console effect="accounts -1" name=wrong
           18 │ $ true
           19 │ ```

          The effect differs from what the page promises.

          effect     promised   measured
          accounts   -1         –

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&project.run("test").ended(1).told_of("`wrong`"));
    project.edit("content/page.md", "effect=\"accounts -1\" name=wrong", "skip=\"not now\"");
    project.run("test").fine().says("1 skipped").says("3 passed").never_says("unasserted");
    project.edit("content/page.md", "$ cat id\n1\n```\n\n```console skip", "$ cat id\n2\n```\n\n```console skip");
    project.run("test").ended(1).says("1 failed, 1 skipped");
}

#[test]
fn output_that_was_cut_is_never_what_was_expected() {
    let limit = 1 << 20;
    let page = |printed: usize| {
        let command = format!("head -c {printed} /dev/zero | tr '\\0' x");
        format!("# Page\n\n```console\n$ {command}\n{}\n```\n", "x".repeat(limit))
    };
    let project = Project::new(&[("content/index.md", &page(limit))]);
    project.run("test").fine().says("proven");
    project.write("content/index.md", &page(limit + 1));
    project.run("test").ended(1).says("line 4: output was cut: 1048576 bytes of 1048577 are kept");
}

#[test]
fn what_is_no_transcript() {
    refused(
        "
        # Page

        ```console
        user@host:~$ ls -l
        ```

        ```console exit=1
        $ false
        ```

        ```console
        $ ls
        ```
        ```output
        file
        ```

        ```console
        $ false
        [1234]
        ```
        ",
        expect![[r#"
            error[bad-transcript]: this line stands before the first command of the transcript
             --> content/index.md:4:1
              |
            4 | user@host:~$ ls -l
              | ^^^^^^^^^^^^^^^^^^
              |
              = note: it is no command, and no command can have printed it, so nothing would be run for it
              = help: write the prompt as a dollar and one blank only: `$ ls -l`

            error[unknown-word]: `exit` does not go with a transcript
             --> content/index.md:7:12
              |
            7 | ```console exit=1
              |            ^^^^ unknown here
              |
              = note: each command of a transcript has a status of its own
              = help: write it in brackets on a line below what the command prints: `[1]`

            error[output-of-nothing]: a transcript has no `output`: what it prints stands in it
              --> content/index.md:14:4
               |
            14 | ```output
               |    ^^^^^^
               |
               = note: each command is compared with the lines below it, so this fence would be compared with nothing
               = help: move these lines below the command that prints them, and remove the fence

            error[bad-transcript]: `1234` is not an exit status
              --> content/index.md:20:1
               |
            20 | [1234]
               | ^^^^^^
               |
               = note: a last line of digits in brackets is the status the command ends with
               = help: write a number from 0 to 255; if the command prints this line, write its status below, `[0]`

        "#]],
    );
}

#[test]
fn a_failure_as_json_and_on_the_page() {
    let page = text(
        "
        # Page

        ```console
        $ echo one
        one
        $ echo two
        too
        [1]
        ```
        ",
    );
    let project = Project::new(&[("content/index.md", &page)]);
    let mut report = project.run("test --format json").ended(1).json();
    crate::support::redact_record(&mut report);
    let outcome = serde_json::to_string_pretty(&report["pages"][0]["outcomes"][0]).unwrap();
    expect![[r#"
        {
          "action": "console",
          "asserted": true,
          "line": 3,
          "milliseconds": "[TIME]",
          "printed": {
            "stdout": "one\ntwo\n"
          },
          "problems": [
            {
              "actual": 0,
              "command": {
                "command": "echo two",
                "line": 6
              },
              "expected": 1,
              "problem": "exit"
            },
            {
              "actual": "two\n",
              "command": {
                "command": "echo two",
                "line": 6
              },
              "expected": "too\n",
              "line": 7,
              "problem": "text",
              "stream": "both"
            }
          ],
          "role": "step",
          "snippet": "snippet-1",
          "verdict": "failed"
        }"#]]
    .assert_eq(&outcome);
    project.run("build").fine();
    let html = project.read("public/index.html");
    assert!(html.contains("<code>echo two</code> printed something else"), "{html}");
}
