//! Each case of a page is a run of its own with its own values.

use expect_test::expect;

use crate::support::{Project, has_server, proof_of, text};

fn page() -> String {
    text(
        r#"
        +++
        title = "Page"

        [parameters.id]
        label = "Account"
        type = "integer"
        default = "1"

        [[cases]]
        name = "the-other"
        id = "2"
        +++

        ```sql effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = :id;
        ```

        ```bash check
        echo "account $ID"
        ```
        ```output
        account <id>
        ```

        ```sql check case=the-other
        SELECT closed FROM accounts WHERE id = 2;
        ```
        ```output
        | closed |
        |      1 |
        ```
        "#,
    )
}

#[test]
fn a_page_is_run_once_a_case() {
    let project = Project::shop(&page());
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/page.md on sqlite: 2 passed, 1 skipped ([TIME])
                 skipped `snippet-3` (line 25): only in the case `the-other`
         proven  content/page.md on sqlite, case `the-other`: 3 passed ([TIME])

        1 page, 2 runs: 2 proven
        6 snippets: 5 passed, 1 skipped ([TIME])
        sandbox: [LAYERS]
    "#]]);
    project.run("build").fine();
    assert!(project.read("public/page.html").contains("in 2 cases"));
    project.run("list").fine().says("2 cases");
}

#[test]
fn a_case_that_fails_says_which_it_is() {
    let project = Project::shop(&page().replace("id = \"2\"", "id = \"7\""));
    let ran = project.run("test").ended(1);
    expect![[r#"
        FAILED content/page.md:14:16 step `snippet-1` on sqlite, case `the-other`

        >  14 │ ```sql effect="accounts ~1"
           15 │ UPDATE accounts SET closed = 1 WHERE id = :id;
           16 │ ```

          The effect differs from what the page promises.

          effect     promised   measured
          accounts   ~1         –

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/page.md
    "#]]
    .assert_eq(&ran.told_of("content/page.md"));
}

#[test]
fn another_value_in_one_case_makes_that_case_stale_only() {
    let page = |note: &str| {
        let declared = "[parameters.note]\ndefault = \"a\"\n\n[[cases]]\nname = \"the-other\"\n";
        page().replace("[[cases]]\nname = \"the-other\"\n", &format!("{declared}note = \"{note}\"\n"))
    };
    let project = Project::shop(&page("b"));
    project.run("test").fine();
    let keys = |project: &Project| -> Vec<(String, String)> {
        let proof: serde_json::Value = serde_json::from_str(&project.read(".proofbook/proof.json")).unwrap();
        let records = proof["records"].as_array().unwrap();
        let text = |record: &serde_json::Value, key: &str| record[key].as_str().unwrap().to_owned();
        records.iter().map(|record| (text(record, "case"), text(record, "key"))).collect()
    };
    let before = keys(&project);
    project.write("content/page.md", &page("c"));
    project.run("test").fine();
    let after = keys(&project);
    assert_eq!(before[0], after[0], "the defaults are what they were");
    assert_eq!((&before[0].0[..], &before[1].0[..]), ("default", "the-other"));
    assert_ne!(before[1], after[1]);
}

#[test]
fn a_case_that_is_gone_is_neither_shown_nor_kept() {
    let project = Project::shop(&page());
    project.run("test").fine();
    project.edit("content/page.md", "\n[[cases]]\nname = \"the-other\"\nid = \"2\"\n", "");
    project.edit(
        "content/page.md",
        " case=the-other\nSELECT closed FROM accounts WHERE id = 2;",
        "\nSELECT closed FROM accounts WHERE id = 1;",
    );
    let state = || {
        project.run("build").fine();
        proof_of(&project.read("public/page.html"))
    };
    assert!(state().starts_with("Stale"), "{}", state());

    project.run("test").fine();
    assert!(state().starts_with("Proven: all 3 blocks"), "{}", state());
    project.run("build --deny stale").fine();
    let proof: serde_json::Value = serde_json::from_str(&project.read(".proofbook/proof.json")).unwrap();
    let cases: Vec<&str> = proof["records"].as_array().unwrap().iter().map(|of| of["case"].as_str().unwrap()).collect();
    assert_eq!(cases, ["default"]);
}

#[test]
fn an_engine_that_is_gone_is_neither_shown_nor_kept() {
    let project = Project::new(&[]);
    project.write("content/_databases/d/schema.sql", "CREATE TABLE t (a INT);\n");
    project.write("proofbook.toml", "[database.d]\n");
    let with =
        |front: &str| format!("+++\n{front}+++\n# Page\n\n```sql effect=\"t +1\"\nINSERT INTO t VALUES (1);\n```\n");
    project.write("content/page.md", &with("engines = ['sqlite', 'mariadb']\n"));
    if !has_server("mariadb") {
        return;
    }
    project.run("test").fine();
    project.write("content/page.md", &with("engines = ['sqlite']\n").replace("(1)", "(2)"));
    project.run("test").fine();
    project.run("build --deny stale").fine();
    let state = proof_of(&project.read("public/page.html"));
    assert!(state.starts_with("Proven: its block passed on SQLite"), "{state}");
    assert!(!project.read(".proofbook/proof.json").contains("mariadb"));
}

#[test]
fn a_parameter_called_name_cannot_have_cases() {
    let page = "+++\ntitle = \"P\"\n[parameters.name]\ndefault = \"x\"\n[[cases]]\nname = \"other\"\n+++\n";
    Project::new(&[("content/page.md", page)])
        .run("check")
        .ended(1)
        .warns("a parameter of a page with cases cannot be called `name`");
}
