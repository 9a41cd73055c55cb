//! What runs after something failed, and beside it.

use expect_test::expect;

use crate::support::{Project, text};

#[test]
fn what_comes_after_a_failed_step_is_not_run_and_says_so() {
    let page = text(
        r#"
        # Page

        ```sql name=close effect="accounts ~2"
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ```sql name=reopen effect="accounts ~1"
        UPDATE accounts SET closed = 0 WHERE id = 1;
        ```

        ```bash name=tell skip="there is nobody to tell"
        mail
        ```

        ```bash name=list check
        true
        ```
        "#,
    );
    let project = Project::shop(&page);
    project.run("test").is(expect![[r#"
        exit status 1
        --- stdout
         failed  content/page.md on sqlite: 1 failed, 2 not run, 1 skipped ([TIME])
                 skipped `tell` (line 11): there is nobody to tell

        FAILED content/page.md:3:27 step `close` on sqlite

        >   3 │ ```sql name=close effect="accounts ~2"
            4 │ UPDATE accounts SET closed = 1 WHERE id = 1;
            5 │ ```

          The effect differs from what the page promises.

          effect     promised   measured
          accounts   ~2         ~1

          changed in accounts:
            id = 1, email = ada@example.org, closed: 0 → 1

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/page.md

        1 page: 1 failed
        4 snippets: 1 failed, 2 not run, 1 skipped ([TIME])
        sandbox: [LAYERS]
    "#]]);

    let outcomes = &project.run("test --format json").ended(1).json()["pages"][0]["outcomes"];
    let verdicts: Vec<&str> = outcomes.as_array().unwrap().iter().map(|o| o["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["failed", "not_run", "skipped", "not_run"]);
    assert_eq!(outcomes[1]["because"], "`close` failed");
}

#[test]
fn a_failing_check_does_not_stop_the_page() {
    let page = text(
        r#"
        # Page

        ```bash name=wrong check
        false
        ```

        ```sql name=close effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ```bash name=right check
        true
        ```
        "#,
    );
    Project::shop(&page).run("test").ended(1).says("2 passed, 1 failed").never_says("not run");
}

#[test]
fn other_pages_go_on() {
    let project = Project::shop("# Page\n\n```bash\nfalse\n```\n");
    project.write("content/a.md", "# A\n\n```bash check\ntrue\n```\n");
    project.write("content/z.md", "# Z\n\n```bash check\ntrue\n```\n");
    for jobs in ["1", "2", "8"] {
        project.run(&format!("test --jobs {jobs}")).ended(1).says("3 pages: 2 proven, 1 failed");
    }
}

#[test]
fn each_page_has_a_database_and_a_folder_of_its_own() {
    let page = |id: u32| {
        text(&format!(
            r#"
            # Page {id}

            ```sql effect="orders -{orders}, accounts -1"
            DELETE FROM orders WHERE account_id = {id};
            DELETE FROM accounts WHERE id = {id};
            ```

            ```bash check
            ls -A
            touch mine
            ```
            ```output
            ```
            "#,
            orders = 3 - id,
        ))
        .replace("```output\n```\n", "")
    };
    let project = Project::shop(&page(1));
    project.write("content/two.md", &page(2)).write("content/three.md", &page(1));
    project.run("test --jobs 3").fine().says("3 pages: 3 proven");
}

#[test]
fn sql_and_shell_of_a_page_are_two_terminals_on_one_work_folder() {
    let page = text(
        r#"
        # Page

        ```bash
        printf 'eve@example.org' > address
        state=kept
        ```

        ```sql effect="accounts +1"
        INSERT INTO accounts (email) VALUES ('eve@example.org');
        ```

        ```bash check
        echo "$state $(cat address)"
        ```
        ```output
        kept eve@example.org
        ```
        "#,
    );
    Project::shop(&page).run("test").fine().says("3 passed");
}
