//! Undos are proved in a run of their own, and only then does a page say so.

use expect_test::expect;

use crate::support::{Project, text};

const STEP: &str = r#"
    # Page

    ```sql name=close effect="accounts ~1"
    UPDATE accounts SET closed = 1 WHERE id = 1;
    ```

    ```sql undo name=reopen effect="accounts ~1"
    UPDATE accounts SET closed = 0 WHERE id = 1;
    ```
    "#;

#[test]
fn a_proved_undo_passes_and_the_page_says_so() {
    let project = Project::shop(&text(STEP));
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/page.md on sqlite: 2 passed ([TIME])

        1 page: 1 proven
        2 snippets: 2 passed ([TIME])
        sandbox: [LAYERS]
    "#]]);
    project.run("build").fine();
    let page = project.read("public/page.html");
    assert!(page.contains("Undo verified on SQLite"), "{page}");
}

#[test]
fn a_page_whose_undo_was_not_proved_does_not_say_so() {
    let project = Project::shop(&text(&STEP.replace("SET closed = 0 WHERE", "SET closed = 2 WHERE")));
    project.run("build").fine();
    assert!(!project.read("public/page.html").contains("Undo verified"), "before any run");
    project.run("test").ended(1);
    project.run("build").fine();
    assert!(!project.read("public/page.html").contains("Undo verified"), "after a failed one");
}

#[test]
fn an_undo_that_leaves_another_state_fails_with_what_differs() {
    let page = text(
        r#"
        # Page

        ```sql name=close effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ```sql undo name=reopen
        UPDATE accounts SET closed = 0, email = 'eve@example.org' WHERE id = 1;
        ```
        "#,
    );
    let ran = Project::shop(&page).run("test").ended(1);
    expect![[r#"
        FAILED content/page.md:7:1 undo `reopen` on sqlite

        >   7 │ ```sql undo name=reopen
            8 │ UPDATE accounts SET closed = 0, email = 'eve@example.org' WHERE id = 1;
            9 │ ```

          After the step and this undo, not everything is as it was before the step.

          against before the step: accounts ~1

          changed in accounts:
            id = 1, email: ada@example.org → eve@example.org, closed = 0

          help: let the undo put back everything the step changes, and nothing else

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&ran.told_of("content/page.md"));
}

#[test]
fn files_and_counters_that_stay_are_named() {
    let page = text(
        r#"
        # Page

        ```sql setup
        CREATE TABLE tickets (id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT);
        ```

        ```bash name=note
        mkdir notes
        echo call back > notes/today
        ```

        ```bash undo of=note name=forget
        rm notes/today
        ```

        ```sql name=open effect="tickets +1"
        INSERT INTO tickets (subject) VALUES ('Lost key');
        ```

        ```sql undo=exact of=open name=close
        DELETE FROM tickets WHERE subject = 'Lost key';
        ```
        "#,
    );
    let ran = Project::shop(&page).run("test").ended(1);
    expect![[r#"
        FAILED content/page.md:12:1 undo `forget` on sqlite

        >  12 │ ```bash undo of=note name=forget
           13 │ rm notes/today
           14 │ ```

          After the step and this undo, not everything is as it was before the step.

          `notes` in the work folder is there only after

          After this undo its step, run again, does not work any more.
          `mkdir notes` stopped the block with status 1; the page promises 0.

          help: let the undo put back everything the step changes, and nothing else

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&ran.told_of("content/page.md"));
}

#[test]
fn after_the_undo_the_step_must_work_again() {
    let page = text(
        r#"
        # Page

        ```bash name=step
        test ! -e "$HOME/seen"
        touch "$HOME/seen"
        ```

        ```bash undo
        true
        ```
        "#,
    );
    let ran = Project::new(&[("content/page.md", &page)]).run("test").ended(1);
    expect![[r#"
        FAILED content/page.md:8:1 undo `snippet-2`

        >   8 │ ```bash undo
            9 │ true
           10 │ ```

          After this undo its step, run again, does not work any more.
          `test ! -e "$HOME/seen"` stopped the block with status 1; the page promises 0.

          help: a reader who goes back will want to try again: let the undo restore what the step needs

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&ran.told_of("content/page.md"));
}

#[test]
fn the_page_goes_on_after_the_step_as_if_it_had_never_been_undone() {
    let page = text(
        r#"
        # Page

        ```sql name=close effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ```sql undo
        UPDATE accounts SET closed = 0 WHERE id = 1;
        ```

        ```sql name=remove effect="orders -1"
        DELETE FROM orders WHERE id = 1 AND EXISTS (SELECT 1 FROM accounts WHERE closed = 1);
        ```

        ```sql undo
        SELECT 1;
        ```
        "#,
    );
    let ran = Project::shop(&page).run("test").ended(1);
    // The first undo is proved, and the second step still finds its row.
    ran.says("3 passed, 1 failed");
}

#[test]
fn several_undos_of_one_step_take_it_back_together() {
    let page = text(
        r#"
        # Page

        ```bash name=step effect=none
        echo 1 > one
        echo 2 > two
        ```

        ```bash undo of=step
        rm one
        ```

        ```bash undo of=step
        rm two
        ```
        "#,
    );
    Project::shop(&page).run("test").fine().says("3 passed");
}

#[test]
fn what_failed_is_not_undone() {
    let page = text(
        r#"
        # Page

        ```bash
        false
        ```

        ```bash undo name=back
        true
        ```
        "#,
    );
    Project::new(&[("content/page.md", &page)]).run("test").ended(1).says("1 failed, 1 not run");
}

#[test]
fn an_undo_whose_step_is_skipped_is_skipped_and_counted() {
    let page = text(
        r#"
        +++
        title = "Page"

        [parameters.size]
        default = "1"

        [[cases]]
        name = "large"
        size = "9"
        +++

        ```bash case=large name=make effect=none
        touch made
        ```

        ```bash undo name=unmake
        rm made
        ```

        <!-- proof: requires=no-such-program -->
        ```bash name=more effect=none
        touch more
        ```

        ```bash undo name=less
        rm more
        ```

        ```bash check
        true
        ```
        "#,
    );
    Project::shop(&page).run("test").is(expect![[r#"
        exit status 0
        --- stdout
         partly  content/page.md on sqlite: 1 passed, 4 skipped ([TIME])
                 skipped `make` (line 12): only in the case `large`
                 skipped `unmake` (line 16): only in the case `large`
                 skipped `more` (line 21): needs the program `no-such-program`, which was not installed
                 skipped `less` (line 25): needs the program `no-such-program`, which was not installed
         partly  content/page.md on sqlite, case `large`: 3 passed, 2 skipped ([TIME])
                 skipped `more` (line 21): needs the program `no-such-program`, which was not installed
                 skipped `less` (line 25): needs the program `no-such-program`, which was not installed

        1 page, 2 runs: 2 partly proven
        10 snippets: 4 passed, 6 skipped ([TIME])
        sandbox: [LAYERS]
    "#]]);
}
