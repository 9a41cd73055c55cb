//! Statements on three engines: each reads them, and refuses them, by its own rules, and says so at the right place.

use expect_test::expect;

use crate::engines::{page, servers};
use crate::support::Project;

#[test]
fn a_statement_that_is_wrong_is_marked_at_its_place_on_each() {
    if !servers() {
        return;
    }
    let project = Project::shop(&page(
        r#"
        ```sql
        SELECT 'é',
               emial FROM accounts;
        ```
        "#,
    ));
    let ran = project.run("test").ended(1);
    for engine in ["sqlite", "mariadb", "postgres"] {
        let place = format!("FAILED content/page.md:8:8 step `snippet-1` on {engine}");
        assert!(ran.stdout.contains(&place), "{engine}\n{}", ran.whole());
    }
}

#[test]
fn a_mistake_after_characters_of_many_bytes_is_marked_at_its_place_on_each() {
    if !servers() {
        return;
    }
    let project = Project::shop(&page("```sql\nSELECT 'žluť 🦀', emial FROM accounts;\n```\n"));
    let ran = project.run("test").ended(1);
    for engine in ["sqlite", "mariadb", "postgres"] {
        let place = format!("FAILED content/page.md:7:18 step `snippet-1` on {engine}");
        assert!(ran.stdout.contains(&place), "{engine}\n{}", ran.whole());
    }
}

/// A row of `orders` goes with the account it belongs to.
#[test]
fn rows_that_a_cascade_removed_are_told_on_each() {
    if !servers() {
        return;
    }
    let project = Project::shop(&page("```sql effect=\"accounts -1\"\nDELETE FROM accounts WHERE id = 2;\n```\n"));
    let schema = "CREATE TABLE accounts (id INTEGER PRIMARY KEY, email VARCHAR(40), closed INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, account_id INTEGER, total VARCHAR(9),
          FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE);";
    project.write("content/_databases/shop/schema.sql", schema);
    let ran = project.run("test").ended(1);
    for engine in ["sqlite", "mariadb", "postgres"] {
        assert_eq!(ran.messages(&format!(" on {engine}\n")).len(), 1, "{}", ran.whole());
    }
    expect![[r#"
        FAILED content/page.md:6:16 step `snippet-1` on mariadb

        >   6 │ ```sql effect="accounts -1"
            7 │ DELETE FROM accounts WHERE id = 2;
            8 │ ```

          The effect differs from what the page promises.

          effect     promised   measured
          accounts   -1         -1
          orders     –          -1

          removed from accounts:
          +----+-----------------+--------+
          | id | email           | closed |
          +----+-----------------+--------+
          |  2 | bob@example.org |      0 |
          +----+-----------------+--------+

          removed from orders:
          +----+------------+-------+
          | id | account_id | total |
          +----+------------+-------+
          |  3 |          2 |       |
          +----+------------+-------+

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&ran.told_of(" on mariadb\n"));
}

/// MariaDB commits what is open before it changes a definition.
#[test]
fn a_definition_in_an_open_transaction_is_told_as_what_it_commits() {
    if !servers() {
        return;
    }
    let project = Project::shop(&page(
        r#"
        ```sql name=begin
        BEGIN;
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ```sql name=define effect=none
        CREATE TABLE notes (what VARCHAR(9));
        ```

        ```sql name=back effect=none
        ROLLBACK;
        ```
        "#,
    ));
    let ran = project.run("test").ended(1);
    expect![[r#"
        FAILED content/page.md:11:1 step `define` on sqlite

        >  11 │ ```sql name=define effect=none
           12 │ CREATE TABLE notes (what VARCHAR(9));
           13 │ ```

          `effect` cannot be measured: a transaction is still open after this snippet.

          help: commit or roll back in it, or move `effect` to the snippet that does

          Run just this page again: proofbook test content/page.md

        FAILED content/page.md:11:27 step `define` on mariadb

        >  11 │ ```sql name=define effect=none
           12 │ CREATE TABLE notes (what VARCHAR(9));
           13 │ ```

          The effect differs from what the page promises.

          effect     promised   measured
          accounts   –          ~1
          schema     –          changed

          changed in accounts:
            id = 1, email = ada@example.org, closed: 0 → 1

          added: table notes

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/page.md

        FAILED content/page.md:11:1 step `define` on postgres

        >  11 │ ```sql name=define effect=none
           12 │ CREATE TABLE notes (what VARCHAR(9));
           13 │ ```

          `effect` cannot be measured: a transaction is still open after this snippet.

          help: commit or roll back in it, or move `effect` to the snippet that does

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&ran.told_of("content/page.md"));
}

#[test]
fn commands_of_a_client_are_refused_on_its_engine() {
    if !servers() {
        return;
    }
    let project = Project::shop(&page(
        r#"
        ```sql engine=sqlite
        .mode box
        SELECT 1;
        ```

        ```sql engine=mariadb
        DELIMITER //
        CREATE PROCEDURE p () BEGIN SELECT 1; END //
        ```

        ```sql engine=postgres
        \copy accounts TO 'accounts.csv'
        ```
        "#,
    ));
    expect![[r#"
        exit status 1
        --- stderr
        error[client-command]: `.mode` is a command of the client program, not SQL
         --> content/page.md:7:1
          |
        7 | .mode box
          | ^^^^^
          |
          = note: SQL snippets go to the engine itself, statement by statement
          = help: run the client in a `bash` snippet, or write it as SQL

        error[client-command]: `DELIMITER` is a command of the client program, not SQL
          --> content/page.md:12:1
           |
        12 | DELIMITER //
           | ^^^^^^^^^
           |
           = note: SQL snippets go to the engine itself, statement by statement
           = help: run the client in a `bash` snippet, or write it as SQL

        error[client-command]: `\copy` is a command of the client program, not SQL
          --> content/page.md:17:1
           |
        17 | \copy accounts TO 'accounts.csv'
           | ^^^^^
           |
           = note: SQL snippets go to the engine itself, statement by statement
           = help: run the client in a `bash` snippet, or write it as SQL

        3 errors; nothing was run
    "#]]
    .assert_eq(&project.run("test").whole());
}

#[test]
fn bodies_quotes_and_comments_are_read_as_each_engine_reads_them() {
    if !servers() {
        return;
    }
    let project = Project::shop(&page(
        r#"
        ```sql engine=mariadb effect="accounts ~2, schema"
        CREATE PROCEDURE close_all (n INT)
        BEGIN
          DECLARE i INT DEFAULT 0;
          WHILE i < n DO
            SET i = i + 1;
            IF i > 0 THEN UPDATE accounts SET closed = 1 WHERE id = i; END IF;
          END WHILE;
        END;
        CALL close_all(2);
        /*!50000 UPDATE accounts SET email = 'a; b' WHERE id = 1 */; # not; this
        ```

        ```sql engine=postgres effect="accounts ~2, schema"
        CREATE FUNCTION close_one(n int) RETURNS void LANGUAGE plpgsql AS $body$
        BEGIN
          UPDATE accounts SET closed = 1 WHERE id = n; -- $$
        END;
        $body$;
        CREATE PROCEDURE close_two() LANGUAGE sql
        BEGIN ATOMIC
          UPDATE accounts SET closed = 1 WHERE id = 2;
          SELECT CASE WHEN true THEN 1 END;
        END;
        SELECT close_one(1);
        CALL close_two();
        UPDATE accounts SET email = $$a; b$$ WHERE id = 1; /* not /* nested; */ this */
        ```

        ```sql engine=sqlite effect="accounts ~2, schema"
        CREATE TRIGGER follow AFTER UPDATE OF closed ON accounts WHEN new.id = 1 BEGIN
          UPDATE accounts SET closed = CASE WHEN 1 THEN 1 ELSE 0 END WHERE id = 2;
          SELECT 1;
        END;
        UPDATE accounts SET closed = 1, email = 'a; b' WHERE id = 1; /* not; */ -- this;
        ```

        ```sql check
        SELECT closed, count(*) AS n, min(email) AS email FROM accounts GROUP BY closed;
        ```
        ```output
        | closed | n | email |
        |      1 | 2 | a; b  |
        ```
        "#,
    ));
    project.run("test").fine().says("3 proven");
}
