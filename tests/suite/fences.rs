//! Fences that look as if they ran or were compared, and would not be: each is told, with what to write.

use expect_test::{Expect, expect};

use crate::support::{Project, text};

/// What `check` says about `page`.
fn check(page: &str, expected: Expect) {
    Project::shop(&text(page)).run("check").is(expected);
}

#[test]
fn a_misspelt_language() {
    check(
        "
        # Page

        ```bsh
        true
        ```

        ```SQL
        SELECT 1;
        ```

        ```mysql
        SELECT 1;
        ```

        ```zsh
        true
        ```
        ",
        expect![[r#"
            exit status 1
            --- stdout
            2 pages checked: 4 errors
            --- stderr
            error[bad-language]: `bsh` looks like `bash`, but would not run
             --> content/page.md:3:4
              |
            3 | ```bsh
              |    ^^^ not a language that runs
              |
              = help: did you mean `bash`? A fence that is only shown can be `text`

            error[bad-language]: `SQL` is written in lower case
             --> content/page.md:7:4
              |
            7 | ```SQL
              |    ^^^ not a language that runs
              |
              = help: write `sql`

            error[bad-language]: fences in `mysql` do not run
              --> content/page.md:11:4
               |
            11 | ```mysql
               |    ^^^^^ not a language that runs
               |
               = help: write `sql`, and `engine=…` if it is for one engine only

            error[bad-language]: fences in `zsh` do not run
              --> content/page.md:15:4
               |
            15 | ```zsh
               |    ^^^ not a language that runs
               |
               = help: write `bash`

        "#]],
    );
}

#[test]
fn a_check_that_demands_nothing_and_an_output_of_nothing() {
    check(
        "
        # Page

        ```sql check
        SELECT 1;
        ```

        Some text.

        ```output
        1
        ```
        ",
        expect![[r#"
            exit status 1
            --- stdout
            2 pages checked: 2 errors
            --- stderr
            error[check-of-nothing]: this check says nothing about its result
             --> content/page.md:3:1
              |
            3 | ```sql check
              | ^^^^^^^^^^^^
              |
              = note: a SELECT succeeds whatever it finds
              = help: add an `output` fence after it (no rows are `Empty set`), or `error=CODE`

            error[output-of-nothing]: this `output` belongs to no snippet
             --> content/page.md:9:4
              |
            9 | ```output
              |    ^^^^^^
              |
              = note: it would be compared with nothing
              = help: put it after its snippet in the same list item or quote, with only blank lines between; output that is only shown can be `text`

        "#]],
    );
}

#[test]
fn an_expected_table_that_is_none() {
    check(
        "
        # Page

        ```sql check
        SELECT 1 AS a;
        ```
        ```output
        a
        1
        ```
        ",
        expect![[r#"
            exit status 1
            --- stdout
            2 pages checked: 1 error
            --- stderr
            error[bad-table]: this line is neither a table's row, nor its border, nor `Empty set`
             --> content/page.md:7:1
              |
            7 | a
              | ^
              |
              = help: write it as the `mariadb` client prints it; no rows are `Empty set`

        "#]],
    );
}

#[test]
fn an_undeclared_parameter_and_an_unterminated_text() {
    check(
        "
        # Page

        ```sql
        UPDATE accounts SET closed = 1 WHERE email = :email;
        ```

        ```sql
        SELECT 'never closed;
        ```
        ",
        expect![[r#"
            exit status 1
            --- stdout
            2 pages checked: 2 errors
            --- stderr
            error[unknown-parameter]: `:email` is not a parameter of this page
             --> content/page.md:4:46
              |
            4 | UPDATE accounts SET closed = 1 WHERE email = :email;
              |                                              ^^^^^^
              |
              = help: declare it in the front matter: `[parameters.email]` with a `default`

            error[unterminated]: this string is never closed
             --> content/page.md:8:8
              |
            8 | SELECT 'never closed;
              |        ^
              |
              = note: everything after it would be read as part of it
              = help: close it, or double the quote if it is part of the text

        "#]],
    );
}

#[test]
fn a_fence_that_is_never_closed() {
    check(
        "# Page\n\n```bash\ntrue\n\nEverything from here on is code.\n",
        expect![[r#"
            exit status 1
            --- stdout
            2 pages checked: 1 error
            --- stderr
            error[unclosed-fence]: this fence is never closed
             --> content/page.md:3:1
              |
            3 | ```bash
              | ^^^^^^^ opened here
              |
              = note: everything after it on the page is read as code
              = help: add a line of 3 backticks after its last line

        "#]],
    );
}
