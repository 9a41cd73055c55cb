//! Results of SQL that differ from the page's output, cell by cell and row by row.

use expect_test::{Expect, expect};

use crate::support::{Project, text};

/// What `test` tells of `page`, which fails, run on the shop's database.
#[track_caller]
fn check(page: &str, expected: Expect) {
    expected.assert_eq(&Project::shop(&text(page)).run("test").ended(1).told_of("content/page.md"));
}

#[test]
fn cells_that_differ() {
    check(
        "
        # Page

        ```sql check
        SELECT email, closed FROM accounts ORDER BY email;
        ```
        ```output
        +-----------------+--------+
        | email           | closed |
        +-----------------+--------+
        | ada@example.org |      1 |
        | bob@example.com |      0 |
        +-----------------+--------+
        ```
        ",
        expect![[r#"
            FAILED content/page.md:6:1 check `snippet-1` on sqlite

                3 │ ```sql check
                4 │ SELECT email, closed FROM accounts ORDER BY email;
                5 │ ```
            >   6 │ ```output

              The result differs from the output in line 6.

              row 1, column `closed`: expected `1`, got `0`
              row 2, column `email`: expected `bob@example.com`, got `bob@example.org`

              actual result:
              +-----------------+--------+
              | email           | closed |
              +-----------------+--------+
              | ada@example.org |      0 |
              | bob@example.org |      0 |
              +-----------------+--------+

              help: correct the statement, or the output in line 6 if what came is right

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn null_and_the_empty_text_are_told_apart() {
    check(
        "
        # Page

        ```sql check
        SELECT id, total FROM orders ORDER BY id;
        ```
        ```output
        +----+-------+
        | id | total |
        +----+-------+
        |  1 | 12.5  |
        |  2 |       |
        |  3 | NULL  |
        +----+-------+
        ```
        ",
        expect![[r#"
            FAILED content/page.md:6:1 check `snippet-1` on sqlite

                3 │ ```sql check
                4 │ SELECT id, total FROM orders ORDER BY id;
                5 │ ```
            >   6 │ ```output

              The result differs from the output in line 6.

              row 1, column `total`: expected `12.5`, got `12.50`
              row 2, column `total`: expected an empty text, got `NULL`
              row 3, column `total`: expected `NULL`, got an empty text

              actual result:
              +----+-------+
              | id | total |
              +----+-------+
              |  1 | 12.50 |
              |  2 | NULL  |
              |  3 |       |
              +----+-------+

              help: correct the statement, or the output in line 6 if what came is right

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn rows_that_are_missing_rows_that_came_and_other_columns() {
    check(
        "
        # Page

        ```sql check
        SELECT email FROM accounts;
        ```
        ```output
        +-----------------+
        | email           |
        +-----------------+
        | eve@example.org |
        | ada@example.org |
        | joe@example.org |
        +-----------------+
        ```

        ```sql check
        SELECT email FROM accounts WHERE closed = 1;
        ```
        ```output
        +-------+
        | mail  |
        +-------+
        | a@b.c |
        +-------+
        ```

        ```sql check
        SELECT email FROM accounts WHERE id = 1;
        ```
        ```output
        Empty set
        ```
        ",
        expect![[r#"
            FAILED content/page.md:6:1 check `snippet-1` on sqlite

                3 │ ```sql check
                4 │ SELECT email FROM accounts;
                5 │ ```
            >   6 │ ```output

              The result differs from the output in line 6.

              - | eve@example.org |  expected, but missing
              - | joe@example.org |  expected, but missing
              + | bob@example.org |  came, but not expected

              actual result:
              +-----------------+
              | email           |
              +-----------------+
              | ada@example.org |
              | bob@example.org |
              +-----------------+

              help: correct the statement, or the output in line 6 if what came is right

              Run just this page again: proofbook test content/page.md

            FAILED content/page.md:19:1 check `snippet-2` on sqlite

               16 │ ```sql check
               17 │ SELECT email FROM accounts WHERE closed = 1;
               18 │ ```
            >  19 │ ```output

              The result differs from the output in line 19.

              expected columns: mail
              actual columns:   email

              actual result:
              Empty set

              help: correct the statement, or the output in line 19 if what came is right

              Run just this page again: proofbook test content/page.md

            FAILED content/page.md:30:1 check `snippet-3` on sqlite

               27 │ ```sql check
               28 │ SELECT email FROM accounts WHERE id = 1;
               29 │ ```
            >  30 │ ```output

              The result differs from the output in line 30.

              + | ada@example.org |  came, but not expected

              actual result:
              +-----------------+
              | email           |
              +-----------------+
              | ada@example.org |
              +-----------------+

              help: correct the statement, or the output in line 30 if what came is right

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn rows_in_another_order_than_order_by_promises() {
    check(
        "
        # Page

        ```sql check
        SELECT id FROM accounts ORDER BY id;
        ```
        ```output
        +----+
        | id |
        +----+
        |  2 |
        |  1 |
        +----+
        ```
        ",
        expect![[r#"
            FAILED content/page.md:6:1 check `snippet-1` on sqlite

                3 │ ```sql check
                4 │ SELECT id FROM accounts ORDER BY id;
                5 │ ```
            >   6 │ ```output

              The result differs from the output in line 6.

              the same rows in another order; the statement fixes the order with ORDER BY

              actual result:
              +----+
              | id |
              +----+
              |  1 |
              |  2 |
              +----+

              help: correct the statement, or the output in line 6 if what came is right

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn more_results_than_expected() {
    check(
        "
        # Page

        ```sql check
        SELECT count(*) AS accounts FROM accounts;
        SELECT count(*) AS orders FROM orders;
        ```
        ```output
        +----------+
        | accounts |
        +----------+
        |        2 |
        +----------+
        ```
        ",
        expect![[r#"
            FAILED content/page.md:7:1 check `snippet-1` on sqlite

                3 │ ```sql check
                4 │ SELECT count(*) AS accounts FROM accounts;
                5 │ SELECT count(*) AS orders FROM orders;
                6 │ ```
            >   7 │ ```output

              The snippet gives 2 results, the output in line 7 expects 1 result.

              +----------+
              | accounts |
              +----------+
              |        2 |
              +----------+

              +--------+
              | orders |
              +--------+
              |      3 |
              +--------+

              help: correct the statement, or the output in line 7 if what came is right

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}
