//! What is proved of a site: `list --coverage`, its JSON, and `--deny`.

use std::sync::LazyLock;

use expect_test::expect;
use serde_json::Value;

use crate::support::{Project, has_server, text};

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("../../src/report/list.schema.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
});

/// `list --format json`, valid against its schema.
#[track_caller]
fn listed(project: &Project, arguments: &str, status: i32) -> Value {
    let document = project.run(&format!("list --format json {arguments}")).ended(status).json();
    let wrong: Vec<String> =
        SCHEMA.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{}\n{document:#}", wrong.join("\n"));
    document
}

/// Each snippet of the JSON document in a line, as `page id: state, reason`.
fn states(document: &Value) -> Vec<String> {
    let pages = document["pages"].as_array().unwrap().iter();
    let of_page = |page: &Value| {
        let file = page["file"].as_str().unwrap().trim_start_matches("content/").to_owned();
        let line = move |snippet: &Value| {
            let id = snippet["id"].as_str().unwrap_or("–");
            let reason = snippet["reason"].as_str().map(|reason| format!(", {reason}")).unwrap_or_default();
            format!("{file} {id}: {}{reason}", snippet["state"].as_str().unwrap())
        };
        page["snippets"].as_array().unwrap().iter().map(line).collect::<Vec<_>>()
    };
    pages.flat_map(of_page).collect()
}

/// One page with a snippet for each state there is.
fn every_state() -> Project {
    let project = Project::shop(&text(
        r#"
        +++
        title = "States"
        +++

        ```sql name=close effect="accounts ~1" title="Close it"
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ```bash name=loose
        true
        ```

        Words.

        ```bash check name=never skip="it pages somebody"
        false
        ```

        ```bash check name=tool requires=no-such-program
        no-such-program
        ```

        ```sql check name=elsewhere engine=mariadb error=1146
        SELECT * FROM nothing;
        ```

        ```bash check name=wrong
        test 1 = 2
        ```

        ```bash check name=after
        true
        ```
        "#,
    ));
    project.write(
        "content/sample.md",
        "+++\ntitle = \"Sample\"\nrun = false\nrun_reason = \"a sample\"\n+++\n\n```bash\nfalse\n```\n",
    );
    project.write("content/old/one.md", "# One\n\n```sh\nfalse\n```\n\n```output\nx\n```\n");
    project.write("content/new/fine.md", "# Page\n\n```bash check name=fine\ntrue\n```\n");
    project.edit("proofbook.toml", "[database.shop]", "[run]\npages = [\"*.md\", \"new/**\"]\n\n[database.shop]");
    project
}

#[test]
fn every_fence_and_how_it_stands() {
    let project = every_state();
    project.run("list --coverage").is(expect![[r#"
        exit status 0
        --- stdout
        content/sample.md  doc, 1 snippet, not run: a sample
          not run         7  step   bash    snippet-1  a sample
        content/page.md  doc, 7 snippets on shop (sqlite)
          not run         5  step   sql     close      on sqlite: no run is recorded
          not run         9  step   bash    loose      on sqlite: no run is recorded
          skipped        15  check  bash    never      it pages somebody
          not run        19  check  bash    tool       on sqlite: no run is recorded
          skipped        23  check  sql     elsewhere  only on mariadb, which the page is not run on
          not run        27  check  bash    wrong      on sqlite: no run is recorded
          not run        31  check  bash    after      on sqlite: no run is recorded
        content/new/fine.md  doc, 1 snippet on shop (sqlite)
          not run         3  check  bash    fine  on sqlite: no run is recorded
        content/old/one.md  doc, 1 snippet, not run: the page is outside `[run] pages`
          not run         3  –      sh      –  the page is outside `[run] pages`
        10 snippets: 0 of 7 proved on sqlite; 2 skipped, 8 not run
    "#]]);
    project.run("test").ended(1);
    project.run("list --coverage").is(expect![[r#"
        exit status 0
        --- stdout
        content/sample.md  doc, 1 snippet, not run: a sample
          not run         7  step   bash    snippet-1  a sample
        content/page.md  doc, 7 snippets on shop (sqlite)
          proved          5  step   sql     close      on sqlite
          unasserted      9  step   bash    loose      on sqlite: it ran, but nothing is demanded of it
          skipped        15  check  bash    never      it pages somebody
          skipped        19  check  bash    tool       on sqlite: needs the program `no-such-program`, which was not installed
          skipped        23  check  sql     elsewhere  only on mariadb, which the page is not run on
          failed         27  check  bash    wrong      on sqlite: `test 1 = 2` stopped the block with status 1; the page promises 0.
          proved         31  check  bash    after      on sqlite
        content/new/fine.md  doc, 1 snippet on shop (sqlite)
          proved          3  check  bash    fine  on sqlite
        content/old/one.md  doc, 1 snippet, not run: the page is outside `[run] pages`
          not run         3  –      sh      –  the page is outside `[run] pages`
        10 snippets: 3 of 7 proved on sqlite; 1 unasserted, 3 skipped, 2 not run, 1 failed
    "#]]);
    // What was proved is stale once the page changes, prose aside.
    project.edit("content/page.md", "Words.", "More words.").run("list --coverage").fine().never_says("stale");
    project.edit("content/page.md", "closed = 1 WHERE", "closed = 2 WHERE");
    project.edit("content/page.md", "```bash check name=after\ntrue\n```", "```bash check name=later\ntrue\n```");
    project.run("list --coverage").is(expect![[r#"
        exit status 0
        --- stdout
        content/sample.md  doc, 1 snippet, not run: a sample
          not run         7  step   bash    snippet-1  a sample
        content/page.md  doc, 7 snippets on shop (sqlite)
          stale           5  step   sql     close      on sqlite: it passed before the page changed
          stale           9  step   bash    loose      on sqlite: it passed before the page changed
          skipped        15  check  bash    never      it pages somebody
          stale          19  check  bash    tool       on sqlite: it was skipped before the page changed
          skipped        23  check  sql     elsewhere  only on mariadb, which the page is not run on
          stale          27  check  bash    wrong      on sqlite: it failed before the page changed
          stale          31  check  bash    later      on sqlite: it is newer than the last run of the page
        content/new/fine.md  doc, 1 snippet on shop (sqlite)
          proved          3  check  bash    fine  on sqlite
        content/old/one.md  doc, 1 snippet, not run: the page is outside `[run] pages`
          not run         3  –      sh      –  the page is outside `[run] pages`
        10 snippets: 1 of 7 proved on sqlite; 2 skipped, 2 not run, 5 stale
    "#]]);
}

#[test]
fn the_json_says_the_same() {
    let project = every_state();
    let document = listed(&project, "", 0);
    assert_eq!(document["summary"]["states"]["proved"], 0);
    project.run("test").ended(1);
    let mut document = listed(&project, "", 0);
    expect![[r#"
        sample.md snippet-1: not run, a sample
        page.md close: proved
        page.md loose: unasserted, it ran, but nothing is demanded of it
        page.md never: skipped, it pages somebody
        page.md tool: skipped, needs the program `no-such-program`, which was not installed
        page.md elsewhere: skipped, only on mariadb, which the page is not run on
        page.md wrong: failed, `test 1 = 2` stopped the block with status 1; the page promises 0.
        page.md after: proved
        new/fine.md fine: proved
        old/one.md –: not run, the page is outside `[run] pages`
    "#]]
    .assert_eq(&(states(&document).join("\n") + "\n"));
    expect![[r#"
        {
          "engines": [
            {
              "engine": "sqlite",
              "of": 7,
              "proved": 3
            }
          ],
          "snippets": 10,
          "states": {
            "failed": 1,
            "not run": 2,
            "proved": 3,
            "skipped": 3,
            "stale": 0,
            "unasserted": 1
          }
        }
    "#]]
    .assert_eq(&format!("{:#}\n", document["summary"]));
    let page = document["pages"].as_array_mut().unwrap().iter_mut().find(|page| page["file"] == "content/page.md");
    let page = page.unwrap();
    for (name, shown) in [("engine_version", "SQLite "), ("recorded", "20")] {
        let value = &mut page["runs"][0][name];
        assert!(value.as_str().unwrap().starts_with(shown), "{value}");
        *value = "[REDACTED]".into();
    }
    page["snippets"].as_array_mut().unwrap().truncate(3);
    expect![[r#"
        {
          "after": null,
          "cases": [
            "default"
          ],
          "database": "shop",
          "engines": [
            "sqlite"
          ],
          "file": "content/page.md",
          "kind": "doc",
          "not_run": null,
          "runs": [
            {
              "case": "default",
              "engine": "sqlite",
              "engine_version": "[REDACTED]",
              "recorded": "[REDACTED]",
              "state": "current"
            }
          ],
          "snippets": [
            {
              "action": "sql",
              "effect": "accounts ~1",
              "id": "close",
              "language": "sql",
              "line": 5,
              "reason": null,
              "role": "step",
              "runs": [
                {
                  "case": "default",
                  "engine": "sqlite",
                  "reason": null,
                  "state": "proved"
                }
              ],
              "state": "proved",
              "title": "Close it"
            },
            {
              "action": "bash",
              "effect": null,
              "id": "loose",
              "language": "bash",
              "line": 9,
              "reason": "it ran, but nothing is demanded of it",
              "role": "step",
              "runs": [
                {
                  "case": "default",
                  "engine": "sqlite",
                  "reason": "it ran, but nothing is demanded of it",
                  "state": "unasserted"
                }
              ],
              "state": "unasserted",
              "title": null
            },
            {
              "action": "bash",
              "effect": null,
              "id": "never",
              "language": "bash",
              "line": 15,
              "reason": "it pages somebody",
              "role": "check",
              "runs": [
                {
                  "case": "default",
                  "engine": "sqlite",
                  "reason": "it pages somebody",
                  "state": "skipped"
                }
              ],
              "state": "skipped",
              "title": null
            }
          ],
          "title": "States"
        }
    "#]]
    .assert_eq(&format!("{page:#}\n"));
    project.edit("content/page.md", "closed = 1 WHERE", "closed = 2 WHERE");
    let document = listed(&project, "", 0);
    assert_eq!(document["summary"]["states"]["stale"], 5, "{document:#}");
    // Diagnostics are in the document, and nowhere else.
    project.edit("content/page.md", "```bash name=loose", "```bash name=loose chek");
    let document = listed(&project, "", 1);
    assert_eq!((&document["diagnostics"][0]["code"], &document["exit_status"]), (&"unknown-word".into(), &1.into()));
}

#[test]
fn what_is_proved_on_one_engine_says_nothing_of_another() {
    if !has_server("mariadb") {
        return;
    }
    let project = Project::shop(&text(
        r#"
        +++
        title = "Two engines"
        engines = ["sqlite", "mariadb"]

        [parameters.id]
        label = "Which"
        type = "integer"
        default = 1

        [[cases]]
        name = "second"
        id = 2
        +++

        ```sql name=close effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = :id;
        ```

        ```sql name=only engine=mariadb check error=1146
        SELECT * FROM nothing;
        ```

        ```bash check name=once case=second
        true
        ```
        "#,
    ));
    let schema = "CREATE TABLE accounts (id INT PRIMARY KEY, email VARCHAR(99) NOT NULL, closed INT NOT NULL DEFAULT 0);\n\
                  CREATE TABLE orders (id INT PRIMARY KEY, account_id INT NOT NULL, total TEXT);\n";
    project.write("content/_databases/shop/schema.mariadb.sql", schema);
    project.run("test --engine sqlite").fine();
    project.run("list --coverage").is(expect![[r#"
        exit status 0
        --- stdout
        content/page.md  doc, 3 snippets on shop (sqlite, mariadb), 2 cases
          not run        15  step   sql     close  proved on sqlite, in 2 cases; not run on mariadb, in 2 cases: no run is recorded
          not run        19  check  sql     only   on mariadb, in 2 cases: no run is recorded
          not run        23  check  bash    once   proved on sqlite, in the case `second`; not run on mariadb, in the case `second`: no run is recorded
        3 snippets: 2 of 2 proved on sqlite, 0 of 3 proved on mariadb; 3 not run
    "#]]);
    project.run("list --deny stale").is(expect![[r#"
        exit status 1
        --- stdout
        content/page.md  doc, 3 snippets on shop (sqlite, mariadb), 2 cases
          not run        15  step   sql     close  proved on sqlite, in 2 cases; not run on mariadb, in 2 cases: no run is recorded
          not run        19  check  sql     only   on mariadb, in 2 cases: no run is recorded
          not run        23  check  bash    once   proved on sqlite, in the case `second`; not run on mariadb, in the case `second`: no run is recorded
        3 snippets: 2 of 2 proved on sqlite, 0 of 3 proved on mariadb; 3 not run
        --- stderr
        error: content/page.md:15 stale: the page “Two engines”: no run is recorded on mariadb, in 2 cases
          help: run it with `proofbook test`, or join the proofs of the runs that were made elsewhere with `proofbook proof merge`
    "#]]);
    // One whose engine was left out ran nowhere; one for another case of the page did.
    project.run("test --engine sqlite --deny skipped").is(expect![[r#"
        exit status 1
        --- stdout
         proven  content/page.md on sqlite: 1 passed, 2 skipped ([TIME])
                 skipped `only` (line 19): only on mariadb
                 skipped `once` (line 23): only in the case `second`
         proven  content/page.md on sqlite, case `second`: 2 passed, 1 skipped ([TIME])
                 skipped `only` (line 19): only on mariadb

        1 page, 2 runs: 2 proven
        6 snippets: 3 passed, 3 skipped ([TIME])
        sandbox: [LAYERS]
        --- stderr
        error: content/page.md:19:1 check `only` on sqlite: only on mariadb
          help: run the page on one of its engines, too: mariadb
        error: a snippet was skipped, and `--deny skipped` is set
    "#]]);
    project.run("test --deny skipped,stale,unasserted").fine();
    project.run("list --coverage --deny skipped,stale,unasserted").is(expect![[r#"
        exit status 0
        --- stdout
        content/page.md  doc, 3 snippets on shop (sqlite, mariadb), 2 cases
          proved         15  step   sql     close  on sqlite, mariadb, in 2 cases
          proved         19  check  sql     only   on mariadb, in 2 cases
          proved         23  check  bash    once   on sqlite, mariadb, in the case `second`
        3 snippets: 2 of 2 proved on sqlite, 3 of 3 proved on mariadb
    "#]]);
}

/// A site with one page for each kind of gap.
fn gaps() -> Project {
    let loose = "# Steps\n\n```bash name=fine check\ntrue\n```\n\nWords.\n\n```bash name=loose\ntrue\n```\n";
    let left = "# Left\n\n```bash check\ntrue\n```\n\n```bash name=never skip=\"it pages | somebody\"\ntrue\n```\n\n\
                ```bash name=tool check requires=no-such-program\ntrue\n```\n";
    let sample = "+++\ntitle = \"Sample\"\nrun = false\nrun_reason = \"a sample\"\n+++\n\n```bash\nfalse\n```\n";
    let files = [("content/loose.md", loose), ("content/left.md", left), ("content/sample.md", sample)];
    Project::new(&files)
}

#[test]
fn gaps_of_a_run_are_denied_by_kind() {
    let project = gaps();
    project.run("test").fine();
    project.run("test --deny unasserted").is(expect![[r#"
        exit status 1
        --- stdout
         partly  content/left.md: 1 passed, 2 skipped ([TIME])
                 skipped `never` (line 7): it pages | somebody
                 skipped `tool` (line 11): needs the program `no-such-program`, which was not installed
         proven  content/loose.md: 2 passed, 1 unasserted ([TIME])
                 unasserted `loose` (line 9): it ran, but nothing is demanded of it; add `effect=…`, an `output` or a check after it
        not run  content/sample.md: 1 snippet: a sample

        2 pages: 1 proven, 1 partly proven
        5 snippets: 3 passed, 2 skipped, 1 unasserted ([TIME])
        sandbox: [LAYERS]
        --- stderr
        error: content/loose.md:9:1 step `loose`: it ran, but nothing is demanded of it
          help: add `effect=…`, an `output` or a check after it
        error: a step passed of which nothing is demanded, and `--deny unasserted` is set
    "#]]);
    project.run("test --deny skipped").is(expect![[r#"
        exit status 1
        --- stdout
         partly  content/left.md: 1 passed, 2 skipped ([TIME])
                 skipped `never` (line 7): it pages | somebody
                 skipped `tool` (line 11): needs the program `no-such-program`, which was not installed
         proven  content/loose.md: 2 passed, 1 unasserted ([TIME])
                 unasserted `loose` (line 9): it ran, but nothing is demanded of it; add `effect=…`, an `output` or a check after it
        not run  content/sample.md: 1 snippet: a sample

        2 pages: 1 proven, 1 partly proven
        5 snippets: 3 passed, 2 skipped, 1 unasserted ([TIME])
        sandbox: [LAYERS]
        --- stderr
        error: content/left.md:7:1 step `never`: it pages | somebody
          help: let it run, or remove `skipped` from `--deny`
        error: content/left.md:11:1 check `tool`: needs the program `no-such-program`, which was not installed
          help: install `no-such-program` where this runs
        error: content/sample.md:7:1 the page “Sample”: 1 snippet: a sample
          help: let the page run, or remove `skipped` from `--deny`
        error: a snippet was skipped, and `--deny skipped` is set
    "#]]);
    project.run("test --deny stale").fine();
    // A page that did not run this time is stale all the same, if it was changed.
    project.edit("content/left.md", "```bash check\ntrue", "```bash check\ntest 1");
    project.run("test content/loose.md --deny stale").is(expect![[r#"
        exit status 1
        --- stdout
         proven  content/loose.md: 2 passed, 1 unasserted ([TIME])
                 unasserted `loose` (line 9): it ran, but nothing is demanded of it; add `effect=…`, an `output` or a check after it

        1 page: 1 proven
        2 snippets: 2 passed, 1 unasserted ([TIME])
        sandbox: [LAYERS]
        --- stderr
        error: content/left.md:3:1 the page “Left”: the page has changed since its last run
          help: run it with `proofbook test`, or join the proofs of the runs that were made elsewhere with `proofbook proof merge`
        error: a page is not proved as it stands, and `--deny stale` is set
    "#]]);
    project.run("test --deny unasserted,skipped --deny stale,stale").ended(1).warns("`--deny skipped` is set");
    // Of pages that were not asked for, only whether they are proved is asked.
    project.run("test content/loose.md --deny skipped,stale").fine();
    project.run("test --deny unaserted").ended(2).warns("tip: a similar value exists: 'unasserted'");
}

#[test]
fn what_is_denied_stands_in_every_report() {
    let project = gaps();
    let ran = project
        .run("test content/left.md --deny skipped,stale --report junit=out/j.xml,sarif=out/s.sarif,github")
        .ended(1);
    let annotations: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("::error ")).collect();
    expect![[r#"
        ::error title=Proofbook::a snippet was skipped, and `--deny skipped` is set
        ::error title=Proofbook::a page is not proved as it stands, and `--deny stale` is set
        ::error file=content/left.md,line=7,endLine=9,title=step `never`::it pages | somebody%0Ahelp: let it run, or remove `skipped` from `--deny`
        ::error file=content/left.md,line=11,endLine=13,title=check `tool`::needs the program `no-such-program`, which was not installed%0Ahelp: install `no-such-program` where this runs
        ::error file=content/loose.md,line=3,col=1,title=the page “Steps”::no run is recorded%0Ahelp: run it with `proofbook test`, or join the proofs of the runs that were made elsewhere with `proofbook proof merge`
    "#]].assert_eq(&(annotations.join("\n") + "\n"));
    let junit = project.read("out/j.xml");
    let failures: Vec<&str> = junit
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("<failure ") || line.starts_with("<error "))
        .collect();
    assert_eq!(failures.len(), 5, "{junit}");
    assert!(!junit.contains("<skipped "), "what is denied is no skipped test: {junit}");
    let sarif: Value = serde_json::from_str(&project.read("out/s.sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap().iter();
    let levels: Vec<String> = results.map(|result| format!("{} {}", result["ruleId"], result["level"])).collect();
    assert_eq!(levels, ["\"skipped\" \"error\"", "\"skipped\" \"error\"", "\"stale\" \"error\""], "{sarif:#}");
    let document = project.run("test --format json --deny unasserted,skipped").ended(1).json();
    let findings = document["findings"].as_array().unwrap().iter();
    let found: Vec<String> = findings
        .map(|found| {
            format!("{}:{} {}", found["file"].as_str().unwrap(), found["line"], found["rule"].as_str().unwrap())
        })
        .collect();
    expect![[r#"
        content/left.md:7 skipped
        content/left.md:11 skipped
        content/loose.md:9 unasserted
        content/sample.md:7 skipped
    "#]]
    .assert_eq(&(found.join("\n") + "\n"));
    assert_eq!(document["exit_status"], 1);
}

#[test]
fn a_site_with_gaps_is_not_built_if_they_are_denied() {
    let project = gaps();
    project.run("build --deny stale").is(expect![[r#"
        exit status 1
        --- stderr
        error: content/left.md:3 stale: the page “Left”: no run is recorded
          help: run it with `proofbook test`, or join the proofs of the runs that were made elsewhere with `proofbook proof merge`
        error: content/loose.md:3 stale: the page “Steps”: no run is recorded
          help: run it with `proofbook test`, or join the proofs of the runs that were made elsewhere with `proofbook proof merge`
        nothing was published
    "#]]);
    assert!(!project.path("public").exists());
    project.run("build --verify --deny unasserted").ended(1).warns("`loose`").warns("nothing was published");
    assert!(!project.path("public").exists());
    project.run("build --deny stale").fine();
    project.run("build --deny unasserted,skipped").is(expect![[r#"
        exit status 1
        --- stderr
        error: content/left.md:7 skipped: step `never`: it pages | somebody
          help: let it run, or remove `skipped` from `--deny`
        error: content/left.md:11 skipped: check `tool`: needs the program `no-such-program`, which was not installed
          help: install `no-such-program` where this runs
        error: content/sample.md:7 skipped: the page “Sample”: 1 snippet: a sample
          help: let the page run, or remove `skipped` from `--deny`
        error: content/loose.md:9 unasserted: step `loose`: it ran, but nothing is demanded of it
          help: add `effect=…`, an `output` or a check after it
        nothing was published
    "#]]);
    project.run("build --verify --deny stale").fine();
    project.run("list --deny skipped").ended(1).says("not run").warns("content/left.md:7 skipped: ");
    let document = listed(&project, "--deny skipped", 1);
    assert_eq!(document["denied"].as_array().unwrap().len(), 3, "{document:#}");
}

#[test]
fn a_page_that_failed_is_not_proved() {
    let page = "# Page\n\n```bash check\nfalse\n```\n";
    let project = Project::new(&[("content/a.md", page), ("content/b.md", &page.replace("false", "true"))]);
    let failing = project.run("test").ended(1);
    project.run("build --deny stale").is(expect![[r#"
        exit status 1
        --- stderr
        error: content/a.md:3 stale: the page “Page”: the page failed in its last run
          help: run it with `proofbook test`, or join the proofs of the runs that were made elsewhere with `proofbook proof merge`
        nothing was published
    "#]]);
    assert!(!project.path("public").exists());
    project.run("list --deny stale").ended(1).warns("content/a.md:3 stale: ");
    // Where the failure itself is told, it is told once.
    let denying = project.run("test --deny stale").ended(1);
    assert_eq!((denying.stdout, denying.stderr), (failing.stdout, failing.stderr));
    project.run("test b.md --deny stale").ended(1).warns("content/a.md:3:1 the page “Page”: the page failed");
    project.edit("content/a.md", "false", "true").run("test").fine();
    project.run("build --deny stale").fine();
}

#[test]
fn a_proof_that_is_damaged_proves_nothing() {
    let project = gaps();
    project.run("test").fine();
    project.write(".proofbook/proof.json", "{");
    project.run("list --coverage").fine().warns("is left aside").says("no run is recorded");
    project.run("list --deny stale").ended(1);
}
