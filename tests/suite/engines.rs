//! The same page on several engines: each proved by itself, nothing inferred from one to another.

use expect_test::expect;

use crate::support::{Project, has_server, text};

/// Whether both servers are installed.
pub(crate) fn servers() -> bool {
    // Both are asked: each says for itself that it is missing.
    [has_server("mariadb"), has_server("postgres")] == [true, true]
}

/// A page that runs on all engines.
pub(crate) fn page(body: &str) -> String {
    format!("+++\ntitle = \"Page\"\nengines = [\"sqlite\", \"mariadb\", \"postgres\"]\n+++\n\n{}", text(body))
}

const BODY: &str = r#"
    ```sql name=close effect="accounts ~1"
    UPDATE accounts SET closed = 1 WHERE id = 1;
    ```

    ```sql undo
    UPDATE accounts SET closed = 0 WHERE id = 1;
    ```

    ```sql check
    SELECT id, email, closed FROM accounts ORDER BY id;
    ```
    ```output
    | id | email           | closed |
    |  1 | ada@example.org |      1 |
    |  2 | bob@example.org |      0 |
    ```

    ```sql name=refused error=SQLITE_CONSTRAINT_FOREIGNKEY,1451,23503
    DELETE FROM accounts WHERE id = 1;
    ```
    "#;

#[test]
fn a_page_is_proved_on_each() {
    if !servers() {
        return;
    }
    let project = Project::shop(&page(BODY));
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/page.md on sqlite: 4 passed ([TIME])
         proven  content/page.md on mariadb: 4 passed ([TIME])
         proven  content/page.md on postgres: 4 passed ([TIME])

        1 page, 3 runs: 3 proven
        12 snippets: 12 passed ([TIME])
        sandbox: [LAYERS]
    "#]]);
    project.run("build").fine();
    let html = project.read("public/page.html");
    assert!(html.contains("Proved on SQLite ") && html.contains("MariaDB ") && html.contains("PostgreSQL "), "{html}");
    project.run("test --engine mariadb").fine().says("on mariadb").never_says("on sqlite");
}

#[test]
fn clients_in_a_shell_reach_the_pages_own_database() {
    if !servers() {
        return;
    }
    let project = Project::shop(&page(
        r#"
        ```bash engine=mariadb effect="accounts ~1"
        mariadb shop -e 'UPDATE accounts SET closed = 1 WHERE id = 2'
        mysql -N -e 'SELECT count(*) FROM orders'
        mariadb-dump shop | grep -c 'INSERT INTO `accounts`'
        ```
        ```output
        3
        1
        ```

        ```bash engine=postgres effect="accounts ~1"
        psql -q shop -c 'UPDATE accounts SET closed = 1 WHERE id = 2'
        psql -At -c 'SELECT count(*) FROM orders'
        pg_dump shop | grep -c 'COPY public.accounts'
        ```
        ```output
        3
        1
        ```

        ```bash engine=sqlite effect="accounts ~1" requires=sqlite3
        sqlite3 shop 'UPDATE accounts SET closed = 1 WHERE id = 2'
        sqlite3 shop 'SELECT count(*) FROM orders'
        ```
        ```output
        3
        ```
        "#,
    ));
    project.run("test").fine();
}

#[test]
fn what_differs_on_one_engine_says_that_it_passed_on_another() {
    if !servers() {
        return;
    }
    let project = Project::shop(&page(
        r#"
        ```sql check
        SELECT 7 / 2 AS half;
        ```
        ```output
        | half |
        |    3 |
        ```
        "#,
    ));
    let ran = project.run("test").ended(1);
    expect![[r#"
        FAILED content/page.md:9:1 check `snippet-1` on mariadb

            6 │ ```sql check
            7 │ SELECT 7 / 2 AS half;
            8 │ ```
        >   9 │ ```output

          The result differs from the output in line 9.

          row 1, column `half`: expected `3`, got `3.5000`

          actual result:
          +--------+
          | half   |
          +--------+
          | 3.5000 |
          +--------+

          On sqlite and postgres it passed.

          help: correct the statement, or the output in line 9 if what came is right

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&ran.told_of("content/page.md"));
}

#[test]
fn values_are_literals_on_each_whatever_they_are() {
    if !servers() {
        return;
    }
    for value in ["O'Brien", "a\\\\'; DROP TABLE orders; --", "żółw 𝛑", ":id \"x\" `y` $$z$$"] {
        let front = format!(
            "+++\ntitle = \"Page\"\nengines = [\"sqlite\", \"mariadb\", \"postgres\"]\n\n[parameters.email]\ndefault = \"{}\"\n+++\n\n",
            value.replace('\\', "\\\\").replace('"', "\\\"")
        );
        let body = text(
            r#"
            ```sql effect="accounts ~1"
            UPDATE accounts SET email = :email WHERE id = 1;
            ```

            ```sql check
            SELECT email, (SELECT count(*) FROM orders) AS orders FROM accounts WHERE email = :email;
            ```
            ```output
            | email   | orders |
            | <email> |      3 |
            ```
            "#,
        );
        Project::shop(&format!("{front}{body}")).run("test").fine().says("3 proven");
    }
}
