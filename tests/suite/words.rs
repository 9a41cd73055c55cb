//! Words of a fence that are wrong: nothing of its page runs, and the writer is told what to write.

use expect_test::{Expect, expect};

use crate::support::{Project, text};

/// What `check` says about `page`.
fn check(page: &str, expected: Expect) {
    Project::shop(&text(page)).run("check").is(expected);
}

#[test]
fn a_misspelt_word_in_a_list_item() {
    check(
        r#"
        # Page

        1. Close it:

           ```sql name=close effct="accounts ~1"
           UPDATE accounts SET closed = 1;
           ```
        "#,
        expect![[r#"
            exit status 1
            --- stdout
            2 pages checked: 1 error
            --- stderr
            error[unknown-word]: `effct` is not a word of a SQL snippet
             --> content/page.md:5:22
              |
            5 |    ```sql name=close effct="accounts ~1"
              |                      ^^^^^ unknown here
              |
              = help: did you mean `effect`?

        "#]],
    );
}

#[test]
fn a_misspelt_word_in_a_proof_comment() {
    check(
        "
        # Page

        <!-- proof: timout=5s -->
        ```bash
        true
        ```
        ",
        expect![[r#"
            exit status 1
            --- stdout
            2 pages checked: 1 error
            --- stderr
            error[unknown-word]: `timout` is not a word of a shell snippet
             --> content/page.md:3:13
              |
            3 | <!-- proof: timout=5s -->
              |             ^^^^^^ unknown here
              |
              = help: did you mean `timeout`?

        "#]],
    );
}

#[test]
fn words_that_do_not_go_together() {
    check(
        r#"
        # Page

        ```sql check effect="accounts ~1"
        SELECT 1;
        ```

        ```bash error=1
        true
        ```

        ```sql exit=1
        SELECT 1;
        ```

        ```sql name=a name=b
        SELECT 1;
        ```

        ```sql check step
        SELECT 1;
        ```
        "#,
        expect![[r#"
            exit status 1
            --- stdout
            2 pages checked: 7 errors
            --- stderr
            error[check-of-nothing]: this check says nothing about its result
             --> content/page.md:3:1
              |
            3 | ```sql check effect="accounts ~1"
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = note: a SELECT succeeds whatever it finds
              = help: add an `output` fence after it (no rows are `Empty set`), or `error=CODE`

            error[check-with-effect]: a check has no `effect`
             --> content/page.md:3:22
              |
            3 | ```sql check effect="accounts ~1"
              |                      ^^^^^^^^^^^
              |
              = note: a check changes nothing, and fails if it does
              = help: remove `effect`, or make it a step by removing `check`

            error[unknown-word]: `error` does not go with a shell snippet
             --> content/page.md:7:9
              |
            7 | ```bash error=1
              |         ^^^^^ unknown here
              |
              = help: known here: `check`, `setup`, `undo`, `of`, `fault`, `name`, `title`, `effect`, `exit`, `engine`, `case`, `requires`, `skip`, `timeout`, `linenos`

            error[unknown-word]: `exit` does not go with a SQL snippet
              --> content/page.md:11:8
               |
            11 | ```sql exit=1
               |        ^^^^ unknown here
               |
               = help: known here: `check`, `setup`, `undo`, `of`, `fault`, `name`, `title`, `effect`, `error`, `engine`, `case`, `requires`, `skip`, `timeout`, `linenos`

            error[word-twice]: `name` is given twice
              --> content/page.md:15:15
               |
            15 | ```sql name=a name=b
               |               ^^^^^^
               |
               = help: keep one; the proof comment above counts, too

            error[check-of-nothing]: this check says nothing about its result
              --> content/page.md:19:1
               |
            19 | ```sql check step
               | ^^^^^^^^^^^^^^^^^
               |
               = note: a SELECT succeeds whatever it finds
               = help: add an `output` fence after it (no rows are `Empty set`), or `error=CODE`

            error[unknown-word]: `step` is not a word of a SQL snippet
              --> content/page.md:19:14
               |
            19 | ```sql check step
               |              ^^^^ unknown here
               |
               = help: known here: `check`, `setup`, `undo`, `of`, `fault`, `name`, `title`, `effect`, `error`, `engine`, `case`, `requires`, `skip`, `timeout`, `linenos`

        "#]],
    );
}

#[test]
fn values_that_do_not_parse() {
    check(
        r#"
        # Page

        ```sql effect="accounts 1"
        SELECT 1;
        ```

        ```bash exit=300 timeout=soon
        true
        ```

        ```sql engine=oracle
        SELECT 1;
        ```

        ```sql title="never closed
        SELECT 1;
        ```

        ```sql error=1451
        SELECT 1;
        ```
        "#,
        expect![[r#"
            exit status 1
            --- stdout
            2 pages checked: 6 errors
            --- stderr
            error[bad-effect]: `effect` does not parse: `1` is not a count: write `+1` (added), `~1` (changed) or `-1` (removed)
             --> content/page.md:3:16
              |
            3 | ```sql effect="accounts 1"
              |                ^^^^^^^^^^
              |
              = help: write for example `effect="architectures_distributions -1, distributions ~1"` or `effect=none`

            error[bad-exit]: `300` is not an exit status
             --> content/page.md:7:14
              |
            7 | ```bash exit=300 timeout=soon
              |              ^^^
              |
              = help: write a number from 0 to 255

            error[bad-timeout]: `soon` is not a time limit
             --> content/page.md:7:26
              |
            7 | ```bash exit=300 timeout=soon
              |                          ^^^^
              |
              = help: write for example `timeout=500ms`, `timeout=30s` or `timeout=2m`

            error[unknown-value]: `oracle` is not an engine
              --> content/page.md:11:15
               |
            11 | ```sql engine=oracle
               |               ^^^^^^
               |
               = help: known here: `sqlite`, `mariadb`, `postgres`

            error[word-syntax]: the quote after `title=` is never closed
              --> content/page.md:15:8
               |
            15 | ```sql title="never closed
               |        ^^^^^^^^^^^^^^^^^^^
               |
               = help: close it on the same line; a quote inside is written `\"`

            error[bad-error]: `error` names no code of sqlite, on which this snippet runs
              --> content/page.md:19:14
               |
            19 | ```sql error=1451
               |              ^^^^
               |
               = help: add a SQLite code such as `SQLITE_CONSTRAINT_FOREIGNKEY`, separated by a comma

        "#]],
    );
}

#[test]
fn a_page_with_a_wrong_word_keeps_only_itself_from_running() {
    let project = Project::shop("# Page\n\n```sql chek\nSELECT 1;\n```\n");
    project.write("content/other.md", "# Other\n\n```bash check\ntrue\n```\n");
    project.run("test content/other.md").fine().says("1 passed");
    project.run("test").ended(1).warns("content/page.md:3:8").warns("nothing was run");
}
