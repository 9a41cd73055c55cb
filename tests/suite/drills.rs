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

/// A drill of shell blocks: what stands before `## What you do`, the repair, the checks.
fn shell_drill(front: &str, situation: &str, repair: &str, checks: &str) -> String {
    format!(
        "+++\ntitle = \"Drill\"\nkind = \"drill\"\ndescription = \"d\"\nowner = \"o\"\n{front}+++\n\n## Situation\n\n{situation}\n\n\
         ## What you do\n\n{repair}\n\n## How you know it worked\n\n{checks}\n"
    )
}

const BREAK: &str = "```bash fault name=break\ntouch broken\n```";
const MEND: &str = "```bash name=mend\nrm -f broken\n```";
const WHOLE: &str = "```bash check name=whole\n[ ! -e broken ]\n```";
const TWO_CASES: &str = "[parameters.size]\ndefault = \"1\"\n[[cases]]\nname = \"large\"\nsize = \"9\"\n";

#[test]
fn a_check_that_was_not_reached_has_noticed_nothing() {
    // The check would pass whatever is broken; without the repair it is not even run.
    let repair = format!("{MEND}\n\n```bash setup name=prepare\n[ ! -e broken ]\n```");
    let page = shell_drill("", BREAK, &repair, "```bash check name=blind\ntrue\n```");
    let ran = Project::new(&[("content/page.md", &page)]).run("test").ended(1);
    ran.is(expect![[r#"
        exit status 1
        --- stdout
         failed  content/page.md: 3 passed, 1 failed, 1 unasserted ([TIME])
                 without the fault              the final check passes
                 with the fault, no repair      no final check is reached
                 with the fault and the repair  the final check passes
                 unasserted `mend` (line 16): it ran, but nothing is demanded of it; add `effect=…`, an `output` or a check after it

        FAILED content/page.md:20:1 setup `prepare`

        >  20 │ ```bash setup name=prepare
           21 │ [ ! -e broken ]
           22 │ ```

          It fails with the fault and without the repair, so nobody knows whether the final checks notice the fault.
          `[ ! -e broken ]` stopped the block with status 1; the page promises 0.

          help: move it above the first fault; the steps below that are the repair, and are left out in this run

          Run just this page again: proofbook test content/page.md

        1 page: 1 failed
        4 snippets: 3 passed, 1 failed, 1 unasserted ([TIME])
        sandbox: [LAYERS]
    "#]]);
}

#[test]
fn a_check_that_changes_something_when_it_fails_is_no_check() {
    let checks = "```sql check name=first\nSELECT closed FROM accounts WHERE id = 1;\n```\n```output\n| closed |\n| 0 |\n```\n\n\
                  <!-- proof: requires=sqlite3 -->\n```bash check name=second\n\
                  [ \"$(sqlite3 <<< 'SELECT closed FROM accounts WHERE id = 1')\" = 0 ] || sqlite3 <<< 'UPDATE accounts SET closed = 1'\n```\n\n\
                  ```bash check name=third\ntrue\n```";
    let page = shell_drill(
        "",
        &format!("```sql fault name=break\n{CLOSE}\n```"),
        &format!("```sql name=mend\n{REOPEN}\n```"),
        checks,
    );
    let ran = Project::shop(&page).run("test").ended(1);
    ran.says("2 of 3 final checks fail: `first`, `second`; 1 not reached").says("A check must change nothing");
}

#[test]
fn a_fault_may_leave_a_transaction_open_that_the_repair_ends() {
    let page = drill(&format!("BEGIN; {CLOSE}"), "ROLLBACK;");
    Project::shop(&page).run("test").fine().says("1 of 2 final checks fails: `is-open`").says("5 passed");
}

#[test]
fn a_case_without_the_fault_is_no_drill() {
    let page = shell_drill(TWO_CASES, &BREAK.replace("fault", "fault case=large"), MEND, WHOLE);
    Project::new(&[("content/page.md", &page)]).run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/page.md: 2 passed, 1 skipped ([TIME])
                 skipped `break` (line 15): only in the case `large`
         proven  content/page.md, case `large`: 3 passed ([TIME])
                 without the fault              the final check passes
                 with the fault, no repair      the final check fails: `whole`
                 with the fault and the repair  the final check passes

        1 page, 2 runs: 2 proven
        6 snippets: 5 passed, 1 skipped ([TIME])
        sandbox: [LAYERS]
    "#]]);
}

#[test]
fn a_case_without_a_final_check_is_an_error() {
    let page = shell_drill(TWO_CASES, BREAK, MEND, &WHOLE.replace("check", "check case=large"));
    Project::new(&[("content/page.md", &page)]).run("test").is(expect![[r#"
        exit status 1
        --- stderr
        error[drill-without-check]: this drill has no check at its end in the case `default`
          --> content/page.md:15:1
           |
        15 | ```bash fault name=break
           | ^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = note: the checks after the last step must pass without the fault, fail with it, and pass again once it is repaired
           = help: add a `check` after the last step

        1 error; nothing was run
    "#]]);
}

#[test]
fn a_drill_whose_fault_never_runs_is_an_error() {
    let page = shell_drill("", &BREAK.replace("name=", "skip=\"later\" name="), MEND, WHOLE);
    let ran = Project::new(&[("content/page.md", &page)]).run("test").ended(1);
    ran.warns("no `fault` of this drill is run").warns("content/page.md:10");
}

#[test]
fn a_fault_whose_program_is_missing_is_skipped() {
    let fault = format!("<!-- proof: requires=no-such-program -->\n{BREAK}");
    let page = shell_drill("", &fault, MEND, WHOLE);
    Project::new(&[("content/page.md", &page)]).run("test").fine().says("partly").never_says("without the fault");
}

#[test]
fn a_page_shows_the_case_in_which_its_drill_proves_nothing() {
    // In the case `large` the check passes whatever is broken.
    let checks = "```bash check name=whole\n[ \"$SIZE\" = 9 ] || [ ! -e broken ]\n```";
    let project = Project::new(&[("content/page.md", &shell_drill(TWO_CASES, BREAK, MEND, checks))]);
    project.run("test").ended(1).says("So the drill proves nothing");
    project.run("build").fine();
    let page = project.read("public/page.html");
    assert!(page.contains("With the fault, without the repair: the final check passes."), "{page}");
}
