//! A page that starts where another one ends.

use expect_test::expect;

use crate::support::Project;

const FIRST: &str = "# First\n\n```sql effect=\"accounts ~1\"\nCREATE TEMP TABLE mine (n); UPDATE accounts SET closed = 1 WHERE id = 1;\n```\n\n\
                     ```bash effect=none\necho left > left.txt\nmood=good\ncd /\n```\n";

fn second(rest: &str) -> String {
    format!("+++\ntitle = \"Second\"\nafter = \"../first.md\"\n+++\n\n{rest}")
}

fn project(rest: &str) -> Project {
    let project = Project::shop("# Nothing\n");
    project.write("content/first.md", FIRST);
    project.write("content/more/second.md", &second(rest));
    project
}

const CHECK: &str = "```sql check\nSELECT closed FROM accounts WHERE id = 1;\n```\n```output\n| closed |\n| 1 |\n```\n\n\
                     ```sql check error=SQLITE_ERROR\nSELECT * FROM mine;\n```\n\n\
                     ```bash check\ncat left.txt\necho \"mood: ${mood:-none}\"\n```\n```output\nleft\nmood: none\n```\n";

#[test]
fn it_finds_the_database_and_the_work_folder_but_no_shell() {
    let project = project(CHECK);
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/first.md on sqlite: 2 passed ([TIME])
         proven  content/more/second.md on sqlite: 3 passed ([TIME])

        2 pages: 2 proven
        5 snippets: 5 passed ([TIME])
        sandbox: [LAYERS]
    "#]]);
    // Selected alone, it still starts after the first.
    project.run("test content/more/second.md").fine().says("3 passed").never_says("first.md");
}

#[test]
fn it_is_not_run_if_the_other_fails() {
    let project = project(CHECK);
    project.write("content/first.md", &FIRST.replace("id = 1", "id = 99"));
    let ran = project.run("test content/more/second.md").ended(1).says("1 failed, 2 not run");
    expect![[r#"
        FAILED content/more/second.md:6:1 check `snippet-1` on sqlite

        >   6 │ ```sql check
            7 │ SELECT closed FROM accounts WHERE id = 1;
            8 │ ```

          The page starts where another one ends, and that one does not come to its end: content/first.md:3 failed.

          help: correct that page first: `proofbook test content/first.md`

          Run just this page again: proofbook test content/more/second.md
    "#]]
    .assert_eq(&ran.told_of("content/more/second.md"));
}

#[test]
fn a_change_of_the_first_page_makes_it_stale() {
    let project = project(CHECK);
    project.run("test").fine();
    project.run("build").fine();
    assert!(!project.read("public/more/second.html").contains("Stale"));
    project.write("content/first.md", &FIRST.replace("echo left", "echo  left"));
    project.run("build").fine();
    assert!(project.read("public/more/second.html").contains("Stale"));
}

#[test]
fn a_page_that_is_not_there_and_a_circle_are_errors() {
    let project = project(CHECK);
    project.write("content/more/second.md", &second(CHECK).replace("../first.md", "../frist.md"));
    project.run("check").ended(1).warns("no page is called `frist.md`").warns("did you mean `first.md`?");
    project.write("content/more/second.md", &second(CHECK).replace("../first.md", "second.md"));
    project.run("check").ended(1).warns("this page cannot start after itself");
}

#[test]
fn what_is_wrong_with_a_page_it_starts_after_is_wrong_with_it() {
    let project = project("```bash check\nls\n```\n");
    project.write("content/first.md", "# First\n\n```bash exitt=1\ntrue\n```\n");
    project.run("test content/more/second.md").ended(1).warns("content/first.md:3").warns("nothing was run");
    // A page that does not run is not run by way of another one.
    project.write(
        "content/zero.md",
        "+++\ntitle = \"Zero\"\nrun = false\nrun_reason = \"no\"\n+++\n\n```bash\ntrue\n```\n",
    );
    project.write("content/first.md", "+++\ntitle = \"First\"\nafter = \"zero.md\"\n+++\n\n```bash\ntrue\n```\n");
    let ran = project.run("test content/more/second.md").ended(1);
    ran.warns("content/first.md:3").warns("`zero.md` does not run: no").warns("nothing was run");
}

#[test]
fn a_draft_is_not_run() {
    let project = project("```bash check\nls\n```\n");
    project.write("content/first.md", "+++\ntitle = \"First\"\ndraft = true\n+++\n\n```bash\ntrue\n```\n");
    project.run("test content/more/second.md").is(expect![[r#"
        exit status 1
        --- stderr
        error[bad-after]: `first.md` is a draft, and drafts are not run
         --> content/more/second.md:3:9
          |
        3 | after = "../first.md"
          |         ^^^^^^^^^^^^^
          |
          = help: remove `draft = true` there, or make this page a draft, too

        1 error; nothing was run
    "#]]);
    project.run("test content/first.md").is(expect![[r#"
        exit status 2
        --- stderr
        error: `content/first.md` is a draft, and drafts are not run
          help: `proofbook serve` shows it; to run it, remove `draft = true` from its front matter
    "#]]);
}
