//! Statements that fail and should not, that should fail and do not, and that never end.

use expect_test::{Expect, expect};

use crate::support::{Project, text};

/// What `test` tells of `page`, which fails, run on the shop's database.
#[track_caller]
fn check(page: &str, expected: Expect) {
    expected.assert_eq(&Project::shop(&text(page)).run("test").ended(1).told_of("content/page.md"));
}

#[test]
fn a_statement_that_fails_in_the_middle_says_what_was_changed_before_it() {
    check(
        r#"
        # Page

        ```sql effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = 2;
        UPDATE acounts SET closed = 0 WHERE id = 2;
        ```
        "#,
        expect![[r#"
            FAILED content/page.md:5:1 step `snippet-1` on sqlite

                3 │ ```sql effect="accounts ~1"
                4 │ UPDATE accounts SET closed = 1 WHERE id = 2;
            >   5 │ UPDATE acounts SET closed = 0 WHERE id = 2;
                  │ ^
                6 │ ```

              The statement failed: no such table: acounts (SQLITE_ERROR)
              Before it failed, the snippet changed: accounts ~1

              help: did you mean `accounts`?

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn a_statement_that_does_not_parse_in_a_list_item_is_pointed_at_as_it_stands_in_the_page() {
    check(
        "
        # Page

        - First:

          ```sql
          UPDATE accounts
             SET closed = 1
           WERE id = 2;
          ```
        ",
        expect![[r#"
            FAILED content/page.md:8:4 step `snippet-1` on sqlite

                5 │   ```sql
                6 │   UPDATE accounts
                7 │      SET closed = 1
            >   8 │    WERE id = 2;
                  │    ^
                9 │   ```

              The statement failed: near "WERE": syntax error (SQLITE_ERROR)

              help: correct the statement; if the page is to show that it fails, promise it with `error=…`

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn a_promised_error_that_does_not_come() {
    check(
        "
        # Page

        ```sql error=SQLITE_CONSTRAINT_UNIQUE
        INSERT INTO accounts (email) VALUES ('eve@example.org');
        ```
        ",
        expect![[r#"
            FAILED content/page.md:3:14 step `snippet-1` on sqlite

            >   3 │ ```sql error=SQLITE_CONSTRAINT_UNIQUE
                4 │ INSERT INTO accounts (email) VALUES ('eve@example.org');
                5 │ ```

              Every statement succeeded; the page promises that the last one fails with SQLITE_CONSTRAINT_UNIQUE.

              help: correct the statement, or remove `error=` if it is right that it succeeds

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn another_error_than_promised() {
    check(
        "
        # Page

        ```sql error=SQLITE_CONSTRAINT_UNIQUE
        INSERT INTO accounts (email) VALUES (NULL);
        ```
        ",
        expect![[r#"
            FAILED content/page.md:4:1 step `snippet-1` on sqlite

                3 │ ```sql error=SQLITE_CONSTRAINT_UNIQUE
            >   4 │ INSERT INTO accounts (email) VALUES (NULL);
                  │ ^
                5 │ ```

              The statement failed with: NOT NULL constraint failed: accounts.email (SQLITE_CONSTRAINT_NOTNULL)
              The page promises that the last one fails with SQLITE_CONSTRAINT_UNIQUE.

              help: correct the statement, or the promise in `error=`

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn the_promised_error_from_a_statement_before_the_last() {
    check(
        r#"
        # Page

        ```sql error="/UNIQUE constraint/"
        INSERT INTO accounts (email) VALUES ('ada@example.org');
        SELECT 1;
        ```
        "#,
        expect![[r#"
            FAILED content/page.md:4:1 step `snippet-1` on sqlite

                3 │ ```sql error="/UNIQUE constraint/"
            >   4 │ INSERT INTO accounts (email) VALUES ('ada@example.org');
                  │ ^
                5 │ SELECT 1;
                6 │ ```

              A statement before the last one failed with: UNIQUE constraint failed: accounts.email (SQLITE_CONSTRAINT_UNIQUE)
              The page promises that the last one fails with /UNIQUE constraint/.

              help: only the last statement may fail: correct those before it

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn the_promised_error_is_a_pass_and_may_have_an_effect_before_it() {
    let page = text(
        r#"
        # Page

        ```sql effect="accounts +1" error=SQLITE_CONSTRAINT_UNIQUE,SQLITE_CONSTRAINT_CHECK
        INSERT INTO accounts (email) VALUES ('eve@example.org');
        INSERT INTO accounts (email) VALUES ('ada@example.org');
        ```

        ```sql check error="/no such table: .*where/"
        SELECT 1 FROM nowhere;
        ```
        "#,
    );
    Project::shop(&page).run("test").fine().says("2 passed");
}

#[test]
fn a_parameter_is_filled_in_as_a_literal_whatever_it_holds() {
    let page = text(
        r#"
        +++
        title = "Page"

        [parameters.email]
        label = "The address"
        default = "x'; DELETE FROM accounts; --"
        +++

        ```sql effect=none
        UPDATE accounts SET closed = 1 WHERE email = :email;
        ```

        ```sql check
        SELECT :email AS email, count(*) AS accounts FROM accounts;
        ```
        ```output
        +---------+----------+
        | email   | accounts |
        +---------+----------+
        | <email> |        2 |
        +---------+----------+
        ```
        "#,
    );
    Project::shop(&page).run("test").fine().says("2 passed");
}

#[test]
fn a_statement_without_end_is_stopped_at_its_limit() {
    check(
        "
        # Page

        ```sql timeout=1s
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;
        ```
        ",
        expect![[r#"
            TIMED OUT content/page.md:4:1 step `snippet-1` on sqlite

                3 │ ```sql timeout=1s
            >   4 │ WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;
                5 │ ```

              `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n` was still running after 1 s and was ended.
              If it needs longer: `timeout=2m` on the fence.

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}
