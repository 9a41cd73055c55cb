//! What SQL changed, against what the page promises that it changes; and transactions, which put that off.

use expect_test::{Expect, expect};

use crate::support::{Project, text};

/// What `test` tells of `page`, which fails, run on the shop's database.
#[track_caller]
fn check(page: &str, expected: Expect) {
    expected.assert_eq(&Project::shop(&text(page)).run("test").ended(1).told_of("content/page.md"));
}

#[test]
fn an_effect_on_other_tables_with_changed_rows() {
    check(
        r#"
        # Page

        ```sql effect="orders -1"
        UPDATE accounts SET closed = 1, email = 'ada@example.com' WHERE id = 1;
        DELETE FROM orders WHERE id = 1;
        INSERT INTO orders (account_id, total) VALUES (2, '7');
        ```
        "#,
        expect![[r#"
            FAILED content/page.md:3:16 step `snippet-1` on sqlite

            >   3 │ ```sql effect="orders -1"
                4 │ UPDATE accounts SET closed = 1, email = 'ada@example.com' WHERE id = 1;
                5 │ DELETE FROM orders WHERE id = 1;
                6 │ INSERT INTO orders (account_id, total) VALUES (2, '7');
                7 │ ```

              The effect differs from what the page promises.

              effect     promised   measured
              accounts   –          ~1
              orders     -1         +1 -1

              changed in accounts:
                id = 1, email: ada@example.org → ada@example.com, closed: 0 → 1

              removed from orders:
              +----+------------+-------+
              | id | account_id | total |
              +----+------------+-------+
              |  1 |          1 | 12.50 |
              +----+------------+-------+

              added to orders:
              +----+------------+-------+
              | id | account_id | total |
              +----+------------+-------+
              |  4 |          2 | 7     |
              +----+------------+-------+

              help: correct the snippet; change the promise only if what was measured is what it must do

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn an_effect_on_the_schema() {
    check(
        "
        # Page

        ```sql effect=none
        ALTER TABLE accounts ADD COLUMN note TEXT;
        CREATE INDEX orders_total ON orders (total);
        ```
        ",
        expect![[r#"
            FAILED content/page.md:3:15 step `snippet-1` on sqlite

            >   3 │ ```sql effect=none
                4 │ ALTER TABLE accounts ADD COLUMN note TEXT;
                5 │ CREATE INDEX orders_total ON orders (total);
                6 │ ```

              The effect differs from what the page promises.

              effect   promised   measured
              schema   –          changed

              added: index orders_total

              changed: table accounts

              help: correct the snippet; change the promise only if what was measured is what it must do

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn an_effect_that_did_not_happen() {
    check(
        r#"
        # Page

        ```sql effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE email = 'eve@example.org';
        ```
        "#,
        expect![[r#"
            FAILED content/page.md:3:16 step `snippet-1` on sqlite

            >   3 │ ```sql effect="accounts ~1"
                4 │ UPDATE accounts SET closed = 1 WHERE email = 'eve@example.org';
                5 │ ```

              The effect differs from what the page promises.

              effect     promised   measured
              accounts   ~1         –

              help: correct the snippet; change the promise only if what was measured is what it must do

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn a_check_that_changes_something() {
    check(
        "
        # Page

        ```sql check
        UPDATE accounts SET closed = 1 WHERE id = 1;
        SELECT closed FROM accounts WHERE id = 1;
        ```
        ```output
        +--------+
        | closed |
        +--------+
        |      1 |
        +--------+
        ```

        ```sql check
        SELECT closed FROM accounts WHERE id = 2;
        ```
        ```output
        +--------+
        | closed |
        +--------+
        |      0 |
        +--------+
        ```
        ",
        expect![[r#"
            FAILED content/page.md:3:1 check `snippet-1` on sqlite

            >   3 │ ```sql check
                4 │ UPDATE accounts SET closed = 1 WHERE id = 1;
                5 │ SELECT closed FROM accounts WHERE id = 1;
                6 │ ```

              A check must change nothing, but this one did.

              effect     promised   measured
              accounts   –          ~1

              changed in accounts:
                id = 1, email = ada@example.org, closed: 0 → 1

              help: let it only look; if the reader is to do this, make it a step: `effect="…"` instead of `check`

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn a_transaction_that_is_left_open() {
    check(
        "
        # Page

        ```sql check
        SELECT 1 AS one;
        ```
        ```output
        +-----+
        | one |
        +-----+
        |   1 |
        +-----+
        ```

        ```sql name=begin
        BEGIN;
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ```sql
        UPDATE accounts SET closed = 1 WHERE id = 2;
        ```
        ",
        expect![[r#"
            FAILED content/page.md:14:1 step `begin` on sqlite

            >  14 │ ```sql name=begin
               15 │ BEGIN;
               16 │ UPDATE accounts SET closed = 1 WHERE id = 1;
               17 │ ```

              The transaction this snippet began is still open at the end of the page, so what it did would be lost.

              help: end it with COMMIT or ROLLBACK

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn an_effect_inside_an_open_transaction() {
    check(
        r#"
        # Page

        ```sql effect="accounts ~1"
        BEGIN;
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```
        "#,
        expect![[r#"
            FAILED content/page.md:3:1 step `snippet-1` on sqlite

            >   3 │ ```sql effect="accounts ~1"
                4 │ BEGIN;
                5 │ UPDATE accounts SET closed = 1 WHERE id = 1;
                6 │ ```

              `effect` cannot be measured: a transaction is still open after this snippet.

              help: commit or roll back in it, or move `effect` to the snippet that does

              Run just this page again: proofbook test content/page.md
        "#]],
    );
}

#[test]
fn the_snippet_that_ends_a_transaction_carries_its_whole_effect() {
    let page = text(
        r#"
        # Page

        ```sql
        BEGIN;
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ```sql effect="accounts ~1, orders -2"
        DELETE FROM orders WHERE account_id = 1;
        COMMIT;
        ```

        ```sql
        BEGIN;
        DELETE FROM orders;
        ```

        ```sql effect=none
        ROLLBACK;
        ```
        "#,
    );
    Project::shop(&page).run("test").fine().says("4 passed");
}
