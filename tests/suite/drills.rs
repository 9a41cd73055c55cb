//! A drill is three runs: without the fault, with the fault alone, with fault and repair.

use expect_test::expect;

use crate::support::{Project, text};

/// A drill with this fault, this repair, and a check that account 1 is open.
fn drill(fault: &str, repair: &str) -> String {
    text(&format!(
        r#"
        +++
        title = "Drill"
        kind = "drill"
        description = "Find the closed account"
        owner = "Shop team"
        +++

        ## Situation

        ```sql fault name=break
        {fault}
        ```

        ```sql check name=symptom
        SELECT count(*) AS open FROM accounts WHERE closed = 0;
        ```
        ```output
        | open |
        |    1 |
        ```

        ## What you do

        ```sql name=reopen
        {repair}
        ```

        ## How you know it worked

        ```sql check name=is-open
        SELECT closed FROM accounts WHERE id = 1;
        ```
        ```output
        | closed |
        |      0 |
        ```

        ```sql check name=is-there
        SELECT count(*) AS n FROM accounts WHERE id = 1;
        ```
        ```output
        | n |
        | 1 |
        ```
        "#
    ))
}

const CLOSE: &str = "UPDATE accounts SET closed = 1 WHERE id = 1;";
const REOPEN: &str = "UPDATE accounts SET closed = 0 WHERE id = 1;";

#[test]
fn a_drill_that_proves_something_is_told_in_three_lines() {
    let project = Project::shop(&drill(CLOSE, REOPEN));
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/page.md on sqlite: 5 passed ([TIME])
                 without the fault              both final checks pass
                 with the fault, no repair      1 of 2 final checks fails: `is-open`
                 with the fault and the repair  both final checks pass

        1 page: 1 proven
        5 snippets: 5 passed ([TIME])
        sandbox: [LAYERS]
    "#]]);
    project.run("build").fine();
    let page = project.read("public/page.html");
    for line in [
        "Without the fault: both final checks pass.",
        "With the fault, without the repair: 1 of 2 final checks fails.",
        "With the fault and the repair: both final checks pass.",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}

#[test]
fn a_fault_that_no_final_check_notices_fails() {
    let page = drill("UPDATE accounts SET closed = 1 WHERE id = 2;", "SELECT 1;");
    Project::shop(&page).run("test").is(expect![[r#"
        exit status 1
        --- stdout
         failed  content/page.md on sqlite: 4 passed, 1 failed ([TIME])
                 without the fault              both final checks pass
                 with the fault, no repair      both final checks pass
                 with the fault and the repair  both final checks pass

        FAILED content/page.md:10:1 fault `break` on sqlite

        >  10 │ ```sql fault name=break
           11 │ UPDATE accounts SET closed = 1 WHERE id = 2;
           12 │ ```

          With this fault and without the repair, no final check fails: `is-open` and `is-there`. So the drill proves nothing.

          help: let a final check look at what the fault breaks

          Run just this page again: proofbook test content/page.md

        1 page: 1 failed
        5 snippets: 4 passed, 1 failed ([TIME])
        sandbox: [LAYERS]
    "#]]);
}

#[test]
fn a_repair_that_repairs_nothing_fails() {
    Project::shop(&drill(CLOSE, "SELECT 1;")).run("test").ended(1).says("with the fault and the repair").says("1 of 2");
}

#[test]
fn a_check_that_fails_without_the_fault_fails() {
    let broken = "UPDATE accounts SET closed = 1 WHERE id = 1;";
    let page = drill(broken, REOPEN)
        .replace("## Situation\n", "## Situation\n\n```sql setup\nUPDATE accounts SET closed = 1 WHERE id = 1;\n```\n");
    let ran = Project::shop(&page).run("test").ended(1);
    ran.says("It fails without the fault");
}

#[test]
fn a_drill_says_what_it_needs() {
    let no_check = "+++\ntitle = \"D\"\nkind = \"drill\"\n+++\n\n```bash fault\ntrue\n```\n\n```bash\ntrue\n```\n";
    Project::new(&[("content/page.md", no_check)]).run("test").ended(1).warns("this drill has no check at its end");
    let no_drill = "# Page\n\n```bash fault\ntrue\n```\n\n```bash check\ntrue\n```\n";
    Project::new(&[("content/page.md", no_drill)])
        .run("test")
        .ended(1)
        .warns("a `fault` stands on drill pages only")
        .warns("kind = \"drill\"");
}
