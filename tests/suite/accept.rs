//! `test --accept`: what came is written into the pages as what is expected, and nothing else is.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use expect_test::expect;

use crate::support::{Project, has_server, text};

const PAGE: &str = "content/page.md";

/// A page of which outputs of three kinds are out of date, the second below a step that fails for it.
fn outdated() -> Project {
    Project::shop(&text(
        r#"
        # Accounts

        1. Look at them.

           ```sql check
           SELECT id, email FROM accounts ORDER BY id;
           ```
           ```output
           +----+-----------------+
           | id | email           |
           +----+-----------------+
           |  1 | ada@example.org |
           +----+-----------------+
           ```

        2. Print something.

           ```bash
           echo one; echo two
           ```

           ```output
           one
           ```

        > ```console
        > $ echo three
        > $ echo four; false
        > 4
        > [1]
        > ```

        The end, without a line ending."#,
    ))
}

#[test]
fn one_call_takes_the_whole_page_and_a_second_one_nothing() {
    let project = outdated();
    fs::set_permissions(project.path(PAGE), Permissions::from_mode(0o640)).unwrap();
    let before = project.read(PAGE);
    project.run("test").ended(1);
    assert_eq!(project.read(PAGE), before);
    project.run("test --accept").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/page.md on sqlite: 3 passed ([TIME])

        1 page: 1 proven
        3 snippets: 3 passed ([TIME])
        sandbox: [LAYERS]

        --- content/page.md
        +++ content/page.md
        @@ -10,6 +10,7 @@
            | id | email           |
            +----+-----------------+
            |  1 | ada@example.org |
        +   |  2 | bob@example.org |
            +----+-----------------+
            ```
 
        @@ -21,12 +22,14 @@
 
            ```output
            one
        +   two
            ```
 
         > ```console
         > $ echo three
        +> three
         > $ echo four; false
        -> 4
        +> four
         > [1]
         > ```
 

        4 outputs in 1 page accepted
    "#]]);
    expect![[r#"
        # Accounts

        1. Look at them.

           ```sql check
           SELECT id, email FROM accounts ORDER BY id;
           ```
           ```output
           +----+-----------------+
           | id | email           |
           +----+-----------------+
           |  1 | ada@example.org |
           |  2 | bob@example.org |
           +----+-----------------+
           ```

        2. Print something.

           ```bash
           echo one; echo two
           ```

           ```output
           one
           two
           ```

        > ```console
        > $ echo three
        > three
        > $ echo four; false
        > four
        > [1]
        > ```

        The end, without a line ending.
    "#]]
    .assert_eq(&project.read(PAGE));
    let after = project.read(PAGE);
    assert_eq!(fs::metadata(project.path(PAGE)).unwrap().permissions().mode() & 0o777, 0o640);
    project.run("test --accept").ended(0).says("nothing accepted; no page was changed");
    assert_eq!(project.read(PAGE), after);
    project.run("test").fine();
    project.run("build").fine();
    let shown = fs::read_to_string(project.path("public/page.html")).unwrap();
    assert!(!shown.contains("stale"), "what was written is what was proved");
}

#[test]
fn the_incident_is_refused_whatever_is_asked_for() {
    let project = Project::handbook();
    let page = "content/do/remove-an-architecture.md";
    let right = "DELETE FROM architectures_distributions
 WHERE distribution_id = (SELECT id FROM distributions
                           WHERE name = :distribution AND remote = 0)
   AND architecture_id = (SELECT id FROM architectures WHERE name = :architecture);";
    project.edit(page, right, "DELETE FROM architectures WHERE name = :architecture;");
    project.edit(page, "default = \"Debian 12\"", "default = \"openSUSE Tumbleweed\"");
    project.edit(page, "default = \"i586\"", "default = \"riscv64\"");
    let before = project.read(page);
    let mut told = Vec::new();
    for flag in ["--accept", "--accept=outputs", "--accept=effects"] {
        let ran = project.run(&format!("test --engine sqlite {flag} {page}")).ended(1);
        assert_eq!(project.read(page), before, "{flag}");
        told.push(ran.stdout.split_once("NOT ACCEPTED ").map(|(_, told)| told.to_owned()).unwrap_or(ran.stdout));
    }
    told.dedup();
    expect![[r#"
        content/do/remove-an-architecture.md:263 the page keeps its text because of step `remove-link`: the page never said that `architectures` changes, and it did (-1)
          help: if that is meant, write it into `effect` yourself; else correct the snippet

        nothing accepted; no page was changed
    "#]].assert_eq(&told.join("---\n"));
}

#[test]
fn a_check_below_an_unpromised_delete_is_not_believed() {
    let project = Project::shop(&text(
        "
        ```sql name=tidy
        DELETE FROM orders WHERE total = '';
        ```

        ```sql check name=orders
        SELECT count(*) AS n FROM orders;
        ```
        ```output
        | n |
        | 3 |
        ```
        ",
    ));
    let before = project.read(PAGE);
    let ran = project.run("test --accept=effects").ended(1);
    let told = ran.stdout.split("NOT ACCEPTED ").nth(1).unwrap_or_default();
    expect![[r#"
        content/page.md:5 the output of check `orders`: `tidy` in line 1 changed orders -1, and no `effect` says so; what came may be its mistake
          help: if that is meant, write `effect="orders -1"` in line 1 yourself, and accept again

        nothing accepted; no page was changed
    "#]].assert_eq(told);
    assert_eq!(project.read(PAGE), before);
    project.edit(PAGE, "name=tidy", "name=tidy effect=\"orders -1\"").run("test --accept").fine();
    assert!(project.read(PAGE).contains("| 2 |"));
}

#[test]
fn a_check_in_a_transaction_is_believed_only_if_its_end_says_what_it_changed() {
    let project = Project::shop(&text(
        "
        ```sql name=tidy
        BEGIN;
        DELETE FROM orders WHERE total = '';
        ```

        ```sql check name=orders
        SELECT count(*) AS n FROM orders;
        ```
        ```output
        | n |
        | 3 |
        ```

        ```sql name=end
        COMMIT;
        ```
        ",
    ));
    let before = project.read(PAGE);
    let ran = project.run("test --accept").ended(1);
    let told = ran.stdout.split("NOT ACCEPTED ").nth(1).unwrap_or_default();
    expect![[r#"
        content/page.md:6 the output of check `orders`: `end` in line 14 changed orders -1, and no `effect` says so; what came may be its mistake
          help: if that is meant, write `effect="orders -1"` in line 14 yourself, and accept again

        nothing accepted; no page was changed
    "#]].assert_eq(told);
    assert_eq!(project.read(PAGE), before);
    project.edit(PAGE, "name=end", "name=end effect=\"orders -2\"").run("test --accept").ended(1);
    assert!(!project.read(PAGE).contains("| 2 |"));
    project.edit(PAGE, "orders -2", "orders -1").run("test --accept").fine();
    assert!(project.read(PAGE).contains("| 2 |"));
    // What is rolled back changed nothing.
    project.write(PAGE, &before.replace("COMMIT", "ROLLBACK")).run("test --accept").fine();
    assert!(project.read(PAGE).contains("| 2 |"));
}

#[test]
fn effects_are_rewritten_only_if_asked_for_and_if_the_page_then_passes() {
    let project = Project::shop(&text(
        r#"
        <!-- proof: effect="Orders -1, accounts ~1" name=clear -->
        ```sql
        DELETE FROM orders WHERE account_id = 1;
        UPDATE accounts SET closed = 1;
        ```
        "#,
    ));
    let before = project.read(PAGE);
    project.run("test --accept").ended(1).says("`--accept=effects` takes that, too");
    assert_eq!(project.read(PAGE), before);
    let again = before.clone() + "\n```sql undo\nUPDATE accounts SET closed = 0;\n```\n";
    project.write(PAGE, &again);
    project.run("test --accept=effects").ended(1).says("the page keeps its text because of undo `snippet-2`");
    assert_eq!(project.read(PAGE), again);
    project.write(PAGE, &before);
    project.run("test --accept=effects").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/page.md on sqlite: 1 passed ([TIME])

        1 page: 1 proven
        1 snippet: 1 passed ([TIME])
        sandbox: [LAYERS]

        --- content/page.md
        +++ content/page.md
        @@ -1,4 +1,4 @@
        -<!-- proof: effect="Orders -1, accounts ~1" name=clear -->
        +<!-- proof: effect="Orders -2, accounts ~2" name=clear -->
         ```sql
         DELETE FROM orders WHERE account_id = 1;
         UPDATE accounts SET closed = 1;

        1 effect in 1 page accepted
    "#]]);
    assert_eq!(project.read(PAGE), before.replace("Orders -1, accounts ~1", "Orders -2, accounts ~2"));
    project.run("test --accept=effects").ended(0).says("nothing accepted");
}

#[test]
fn a_page_that_fails_for_another_reason_keeps_its_text_others_do_not() {
    let project = Project::shop("```bash\necho new\n```\n```output\nold\n```\n\n```bash name=broken\nfalse\n```\n");
    project.write("content/other.md", "```bash\necho new\n```\n```output\nold\n```\n");
    let before = project.read(PAGE);
    let ran = project.run("test --accept").ended(1);
    assert_eq!(project.read(PAGE), before);
    assert_eq!(project.read("content/other.md"), before.split("\n\n").next().unwrap().replace("old", "new") + "\n");
    let told = ran.stdout.split("NOT ACCEPTED ").nth(1).unwrap_or_else(|| panic!("{}", ran.stdout));
    expect![[r#"
        content/page.md:8 the page keeps its text because of step `broken`: it ended with status 1, and not as the page says
          help: correct it first: what a page prints after something went wrong says nothing

        1 output in 1 page accepted
    "#]].assert_eq(told);
}

#[test]
fn what_is_another_each_time_is_never_written() {
    let project = Project::shop(
        "```bash check\necho $RANDOM$RANDOM\n```\n```output\n1\n```\n\n```bash check\necho new\n```\n```output\nold\n```\n",
    );
    let before = project.read(PAGE);
    let ran = project.run("test --accept").ended(1);
    assert_eq!(project.read(PAGE), before.replace("old", "new"));
    ran.says("the output of check `snippet-1`: it is another one each time it runs")
        .says("1 output in 1 page accepted");
    project.run("test --accept").ended(1).says("nothing accepted");
    assert_eq!(project.read(PAGE), before.replace("old", "new"));
}

#[test]
fn what_cannot_stand_in_a_page_is_refused_and_said() {
    let project = Project::shop(&text(
        r"
        +++
        [parameters.arch]
        default = 'i586'
        +++

        ```bash check
        printf 'a\r\nb\n'
        ```
        ```output
        x
        ```

        ```bash check
        echo '<arch>'
        ```
        ```output
        x
        ```

        ```bash check
        printf '\377\n'
        ```
        ```output
        x
        ```

        ```bash check
        echo new
        ```
        ```output match=glob
        ol*
        ```

        ```bash check
        seq 400000
        ```
        ```output
        x
        ```

        ```console check
        $ echo '$ rm'
        x
        ```

        ```bash check
        printf '```\n  ```output\n'
        ```
        ```output
        x
        ```
        ",
    ));
    let before = project.read(PAGE);
    let ran = project.run("test --accept").ended(1);
    let told = ran.stdout.split_once("\n--- ").map(|(_, told)| told).unwrap_or_default();
    expect![[r#"
        content/page.md
        +++ content/page.md
        @@ -46,6 +46,7 @@
         ```bash check
         printf '```\n  ```output\n'
         ```
        -```output
        -x
        +````output
         ```
        +  ```output
        +````

        NOT ACCEPTED content/page.md:6 the output of check `snippet-1`: what came holds carriage returns, which a page cannot hold
          help: let it remove them: `| tr -d '\r'`

        NOT ACCEPTED content/page.md:13 the output of check `snippet-2`: written into the page, what came would read as something else
          help: let the snippet print it in another form (`od`, `cat -A`, `quote()`), or write what is expected yourself

        NOT ACCEPTED content/page.md:20 the output of check `snippet-3`: stdout is not UTF-8: its other bytes are shown as `�`
          help: let the snippet print less, or in a form that is text

        NOT ACCEPTED content/page.md:27 the output of check `snippet-4`: it is a pattern (`match=`), and a text would be no pattern
          help: change the lines that do not match yourself

        NOT ACCEPTED content/page.md:34 the output of check `snippet-5`: stdout was cut: 1048576 bytes of 2688895 are kept
          help: let the snippet print less, or in a form that is text

        NOT ACCEPTED content/page.md:41 the output of check `snippet-6`: written into the page, what came would read as something else, and change the page around it
          help: write it as a `bash` block with an `output`, or let the command print something else

        1 output in 1 page accepted
    "#]].assert_eq(told);
    let fence = "printf '```\\n  ```output\\n'\n```\n";
    let after =
        before.replace(&format!("{fence}```output\nx\n```"), &format!("{fence}````output\n```\n  ```output\n````"));
    assert_eq!(project.read(PAGE), after);
}

#[test]
fn pages_that_may_not_be_written_are_left_and_the_others_are_not() {
    let stale = "```bash\necho new\n```\n```output\nold\n```\n";
    let project = Project::shop(stale);
    project.write("content/read-only.md", stale);
    fs::set_permissions(project.path("content/read-only.md"), Permissions::from_mode(0o444)).unwrap();
    fs::write(project.beside().join("outside.md"), stale).unwrap();
    symlink("../../outside.md", project.path("content/outside.md")).unwrap();
    let slow = stale.replace("echo new", "sleep 3; echo new");
    project.write("content/slow.md", &slow);
    let running = project.command("test --accept --jobs 8").start();
    project.wait_for_processes(&["sleep 3"]);
    project.write("content/slow.md", "edited meanwhile\n");
    let ran = running.wait().ended(3);
    let mut told: Vec<&str> = ran.stderr.lines().collect();
    told.sort_unstable();
    expect![[r#"
          help: change the file that the link leads to, yourself
          help: make it writable, and run it again
          help: run it again
        error: [ROOT]/content/outside.md is a link to [BESIDE]/outside.md, outside the folder it stands in, so it was left as it is; it ran with what came as what is expected, and that is not recorded
        error: [ROOT]/content/read-only.md is read-only, so it was left as it is; it ran with what came as what is expected, and that is not recorded
        error: [ROOT]/content/slow.md was changed meanwhile, so it was left as it is; it ran with what came as what is expected, and that is not recorded
    "#]].assert_eq(&(told.join("\n") + "\n"));
    assert_eq!(project.read("content/slow.md"), "edited meanwhile\n");
    assert_eq!(project.read(PAGE), stale.replace("old", "new"));
    assert_eq!(project.read("content/read-only.md"), stale);
    assert_eq!(fs::read_to_string(project.beside().join("outside.md")).unwrap(), stale);
    assert_eq!(fs::read_dir(project.path("content")).unwrap().count(), 6, "nothing is left beside them");
}

#[test]
fn what_could_not_be_written_is_not_recorded() {
    let project = Project::shop("```bash name=say\necho new\n```\n```output\nold\n```\n");
    project.run("test").ended(1);
    fs::set_permissions(project.path(PAGE), Permissions::from_mode(0o444)).unwrap();
    project.run("test --accept").is(expect![[r#"
        exit status 3
        --- stdout
         proven  content/page.md on sqlite: 1 passed ([TIME])

        1 page: 1 proven
        1 snippet: 1 passed ([TIME])
        sandbox: [LAYERS]

        nothing accepted; no page was changed
        --- stderr
        error: [ROOT]/content/page.md is read-only, so it was left as it is; it ran with what came as what is expected, and that is not recorded
          help: make it writable, and run it again
    "#]]);
    // It failed as it stands on disk, and still does.
    project.run("test --rerun-failed").ended(1).says("1 page: 1 failed");
}

#[test]
fn pages_that_would_not_be_looked_at_are_no_pass() {
    let project = outdated();
    let before = project.read(PAGE);
    project.run("test --accept --fail-fast").is(expect![[r#"
        exit status 2
        --- stderr
        error: `--accept` takes what came into each page, and `--fail-fast` leaves out those after one that failed
          help: write only one of the two; to accept less, name the pages
    "#]]);
    assert_eq!(project.read(PAGE), before);
}

#[test]
fn only_what_was_selected_is_taken() {
    let project = outdated();
    let before = project.read(PAGE);
    project.run("test --accept content/page.md:20").fine().says("2 outputs in 1 page accepted");
    let after = project.read(PAGE);
    assert!(
        after.contains("two\n   ```") && after.ends_with(&before[before.find("> ```console").unwrap()..]),
        "{after}"
    );
    project.write("content/next.md", "+++\nafter = 'page.md'\n+++\n\n```bash\ntrue\n```\n");
    // The page it starts after is run, and is not what was asked for.
    project.run("test --accept content/next.md").ended(1).says("nothing accepted");
    assert_eq!(project.read(PAGE), after);
    // Once that one is right, this one is run again.
    project.run("test --accept").fine().says("2 outputs in 1 page accepted").says("2 pages: 2 proven");
}

#[test]
fn never_where_nobody_looks() {
    let project = outdated();
    let before = project.read(PAGE);
    project.command("test --accept").variable("CI", "true").run().is(expect![[r#"
        exit status 2
        --- stderr
        error: `--accept` rewrites pages, and CI=true says that nobody looks at them here
          help: run `proofbook test --accept` where pages are written, read the difference, and commit it
    "#]]);
    assert_eq!(project.read(PAGE), before);
    project.run("test --accept=everything").ended(2).warns("possible values: outputs, effects");
}

#[test]
fn the_json_names_what_was_accepted() {
    let project = outdated();
    let json = project.run("test --accept --format json").fine().json();
    let schema = serde_json::from_str(include_str!("../../src/report/report.schema.json")).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&json));
    expect![[r#"
        [
          {
            "file": "content/page.md",
            "line": 8,
            "snippet": "snippet-1",
            "what": "output"
          },
          {
            "file": "content/page.md",
            "line": 23,
            "snippet": "snippet-2",
            "what": "output"
          },
          {
            "file": "content/page.md",
            "line": 29,
            "snippet": "snippet-3",
            "what": "output"
          },
          {
            "file": "content/page.md",
            "line": 31,
            "snippet": "snippet-3",
            "what": "output"
          }
        ]
    "#]]
    .assert_eq(&format!("{}\n", serde_json::to_string_pretty(&json["accepted"]).unwrap()));
    assert_eq!(json["counts"]["failed"], 0);
    let json = project.run("test --format json").fine().json();
    assert!(json.get("accepted").is_none());
    // What was not accepted is said all the same.
    project.write(PAGE, "```bash name=stop\nfalse\n```\n");
    let ran = project.run("test --accept --format json").ended(1);
    expect![[r#"
        NOT ACCEPTED content/page.md:1 the page keeps its text because of step `stop`: it ended with status 1, and not as the page says
          help: correct it first: what a page prints after something went wrong says nothing
    "#]].assert_eq(&ran.stderr);
}

#[test]
fn cases_that_differ_get_an_output_each() {
    let project = Project::shop(&text(
        "
        +++
        [parameters.id]
        type = 'integer'
        default = 1
        [[cases]]
        name = 'bob'
        id = 2
        +++

        ```sql check
        SELECT id, email FROM accounts WHERE id = :id;
        ```
        ```output
        | id   | email |
        | <id> | x     |
        ```
        ",
    ));
    project.run("test --accept").fine().says("1 output in 1 page accepted");
    expect![[r#"

        ```sql check
        SELECT id, email FROM accounts WHERE id = :id;
        ```
        ```output case=default
        +------+-----------------+
        | id   | email           |
        +------+-----------------+
        | <id> | ada@example.org |
        +------+-----------------+
        ```
        ```output case=bob
        +------+-----------------+
        | id   | email           |
        +------+-----------------+
        | <id> | bob@example.org |
        +------+-----------------+
        ```
    "#]]
    .assert_eq(project.read(PAGE).split("+++\n").nth(2).unwrap());
    project.run("test --accept").fine().says("nothing accepted");
}

#[test]
fn engines_that_differ_get_an_output_each() {
    if !has_server("mariadb") {
        return;
    }
    let project = Project::shop(&text(
        "
        +++
        engines = ['sqlite', 'mariadb']
        +++

        ```sql check
        SELECT 7 / 2 AS half;
        ```
        ```output
        | half |
        | 1    |
        ```

        ```sql check
        SELECT count(*) AS n FROM accounts;
        ```
        ```output
        | n |
        | 9 |
        ```
        ",
    ));
    project.write(
        "content/_databases/shop/schema.sql",
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY, email VARCHAR(80));\n",
    );
    project.write("content/_databases/shop/seed.sql", "INSERT INTO accounts VALUES (1, 'a'), (2, 'b');\n");
    project.run("test --accept").fine().says("2 outputs in 1 page accepted");
    expect![[r#"

        ```sql check
        SELECT 7 / 2 AS half;
        ```
        ```output engine=sqlite
        +------+
        | half |
        +------+
        |    3 |
        +------+
        ```
        ```output engine=mariadb
        +--------+
        | half   |
        +--------+
        | 3.5000 |
        +--------+
        ```

        ```sql check
        SELECT count(*) AS n FROM accounts;
        ```
        ```output
        +---+
        | n |
        +---+
        | 2 |
        +---+
        ```
    "#]]
    .assert_eq(project.read(PAGE).split("+++\n").nth(2).unwrap());
    project.run("test --accept").fine().says("nothing accepted");
    // What did not run keeps what it had.
    project.edit(PAGE, "count(*) AS n", "count(*) + 1 AS n").run("test --accept --engine sqlite").fine();
    expect![[r#"

        ```sql check
        SELECT 7 / 2 AS half;
        ```
        ```output engine=sqlite
        +------+
        | half |
        +------+
        |    3 |
        +------+
        ```
        ```output engine=mariadb
        +--------+
        | half   |
        +--------+
        | 3.5000 |
        +--------+
        ```

        ```sql check
        SELECT count(*) + 1 AS n FROM accounts;
        ```
        ```output engine=sqlite
        +---+
        | n |
        +---+
        | 3 |
        +---+
        ```
        ```output engine=mariadb
        +---+
        | n |
        +---+
        | 2 |
        +---+
        ```
    "#]]
    .assert_eq(project.read(PAGE).split("+++\n").nth(2).unwrap());
}

/// What a page does without saying so shows on the pages that start after it, too.
#[test]
fn nothing_is_believed_below_what_another_page_never_said() {
    let front = |more: &str| format!("+++\ntitle = \"P\"\n{more}+++\n\n");
    let first = front("") + "```sql name=tidy\nUPDATE accounts SET closed = 1;\n```\n";
    let next = front("after = \"first.md\"\n")
        + "```sql check name=count\nSELECT count(*) AS n FROM accounts;\n```\n```output\n+---+\n| n |\n+---+\n| 9 |\n+---+\n```\n";
    let project = Project::shop("# Page\n");
    project.write("content/first.md", &first).write("content/next.md", &next);
    project.run("test --accept").ended(1).says("nothing accepted; no page was changed").says(
        "NOT ACCEPTED content/next.md:6 the page keeps its text because of check `count`: the page starts after content/first.md, where `tidy` in line 5 changed accounts ~2, and no `effect` says so",
    );
    project
        .run("test --accept content/next.md")
        .ended(1)
        .says("the page starts after content/first.md, which was not run now");
    assert_eq!(project.read("content/next.md"), next);
    project.edit("content/first.md", "name=tidy", "name=tidy effect=\"accounts ~2\"");
    project.run("test --accept").fine().says("1 output in 1 page accepted");
}
