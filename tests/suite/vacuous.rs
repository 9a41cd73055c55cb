//! Runs that prove nothing, however that came about: none of them is a silent pass.

use std::process::Command;

use expect_test::{Expect, expect};

use crate::support::{Project, Ran, has_server, text};

/// A page without a database, with one fence.
fn one(fence: &str) -> Project {
    Project::new(&[("content/page.md", &format!("# Page\n\n{fence}"))])
}

/// Runs `test`, then `build --verify`, and demands that both end so; the site is not published.
#[track_caller]
fn is_no_pass(project: &Project, status: i32, expected: Expect) {
    project.run("test").ended(status).is(expected);
    let ran = project.run("build --verify").ended(status);
    assert!(ran.stderr.contains("nothing was published"), "{}", ran.whole());
    assert!(!project.path("public").exists(), "it was published");
}

#[test]
fn a_site_without_a_snippet() {
    is_no_pass(
        &Project::new(&[("content/page.md", "# Page\n\n```text\nshown\n```\n")]),
        4,
        expect![[r#"
        exit status 4
        --- stdout

        sandbox: [LAYERS]
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
    "#]],
    );
}

#[test]
fn all_skipped_by_the_author() {
    is_no_pass(
        &one("```bash skip=\"never here\"\ntrue\n```\n"),
        4,
        expect![[r#"
        exit status 4
        --- stdout
        not run  content/page.md: 1 skipped ([TIME])
                 skipped `snippet-1` (line 3): never here

        1 page: 1 not run
        1 snippet: 1 skipped ([TIME])
        sandbox: [LAYERS]
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
    "#]],
    );
}

#[test]
fn all_skipped_for_want_of_a_program() {
    let project = one("```bash check requires=no-such-program\ntrue\n```\n");
    is_no_pass(
        &project,
        4,
        expect![[r#"
        exit status 4
        --- stdout
        not run  content/page.md: 1 skipped ([TIME])
                 skipped `snippet-1` (line 3): needs the program `no-such-program`, which was not installed

        1 page: 1 not run
        1 snippet: 1 skipped ([TIME])
        sandbox: [LAYERS]
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
    "#]],
    );
    project.command("test").variable("CI", "true").run().is(expect![[r#"
        exit status 3
        --- stdout
         failed  content/page.md: 1 could not be run ([TIME])

        ERROR content/page.md:3:1 check `snippet-1`

            3 │ ```bash check requires=no-such-program
            4 │ true
            5 │ ```

          It could not be run: the program `no-such-program` is not installed; install it, or say `--allow-missing=no-such-program` to skip what needs it

          Run just this page again: proofbook test content/page.md

        1 page: 1 failed
        1 snippet: 1 could not be run ([TIME])
        sandbox: [LAYERS]
    "#]]);
    project.command("test --allow-missing=no-such-program").variable("CI", "true").run().ended(4);
}

/// The program where no database server is installed: the folders that hold them are empty. `None`, and said, where this
/// machine does not let anybody look at such a place.
#[expect(clippy::print_stderr, reason = "who reads the log of a test sees what it did not prove")]
fn without_servers(project: &Project, arguments: &str, variables: &[(&str, &str)]) -> Option<(i32, String)> {
    let script = "for folder in /usr/sbin /usr/local/sbin /usr/libexec /usr/local/libexec; do \
                  [ ! -d $folder ] || mount -t tmpfs none $folder || exit 99; done; \
                  for server in /usr/bin/mariadbd /usr/local/bin/mariadbd; do [ ! -e $server ] || exit 99; done; exec \"$@\"";
    let ran = Command::new("unshare")
        .args(["--map-root-user", "--mount", "bash", "-c", script, "bash", env!("CARGO_BIN_EXE_proofbook")])
        .args(arguments.split(' '))
        .current_dir(project.root())
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("TMPDIR", project.temporary())
        .envs(variables.iter().copied())
        .output();
    let Some((status, ran)) = ran.ok().and_then(|ran| Some((ran.status.code()?, ran))) else {
        eprintln!("SKIPPED: there is no `unshare`");
        return None;
    };
    let text = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    if status == 99 || text.starts_with("unshare: ") {
        eprintln!("SKIPPED: no place without a server can be made here: {text}");
        return None;
    }
    assert_eq!(project.left_files(), Vec::<std::path::PathBuf>::new(), "files were left behind by\n{text}");
    Some((status, text))
}

#[test]
fn an_engine_that_is_not_installed() {
    let project = Project::shop(&text(
        "
        +++
        title = \"Page\"
        engines = [\"mariadb\"]
        +++

        ```sql check
        SELECT 1 AS one;
        ```
        ```output
        | one |
        |   1 |
        ```
        ",
    ));
    let says = |arguments: &str, variables: &[(&str, &str)], status: i32, parts: &[&str]| {
        let Some((ended, told)) = without_servers(&project, arguments, variables) else { return };
        assert_eq!(ended, status, "{arguments}: {told}");
        for part in parts {
            assert!(told.contains(part), "{arguments} does not say {part:?}\n{told}");
        }
    };
    let ci = &[("CI", "true")];
    let skipped = "skipped `snippet-1` (line 6): needs the program `mariadbd`, which was not installed";
    says("test", &[], 4, &["not run  content/page.md on mariadb", skipped, "error: nothing ran, so nothing is proved"]);
    says("build --verify", &[], 4, &["nothing ran, so nothing is proved", "nothing was published"]);
    let insist = "or skip what needs it with `--allow-missing=mariadbd`";
    says("test", ci, 3, &["ERROR content/page.md:6:1", "MariaDB is not installed", insist]);
    says("build --verify", ci, 3, &["MariaDB is not installed", "nothing was published"]);
    says("test --engine mariadb", &[], 3, &["MariaDB is not installed"]);
    says("test --allow-missing=mariadbd", ci, 4, &[skipped, "nothing ran"]);
    assert!(!project.path("public").exists(), "it was published");
    // Of two engines one is enough to have run, but that the other one is missing is said, and can be denied.
    project.edit("content/page.md", "[\"mariadb\"]", "[\"sqlite\", \"mariadb\"]");
    says("test", &[], 0, &["proven  content/page.md on sqlite", "not run  content/page.md on mariadb", skipped]);
    let denied = "content/page.md:6:1 check `snippet-1` on mariadb: needs the program `mariadbd`";
    says("test --deny skipped", &[], 1, &[denied, "`--deny skipped` is set"]);
    says(
        "list --deny skipped",
        &[],
        1,
        &["content/page.md:6 skipped: check `snippet-1` on mariadb: needs the program"],
    );
}

#[test]
fn a_selection_that_leaves_nothing() {
    let project = one("```bash check\ntrue\n```\n");
    project.run("test --filter kind=drill").is(expect![[r#"
        exit status 4
        --- stderr
        error: `--filter kind=drill`: no page has the kind `drill`; nothing is left to run
          help: see `proofbook list` for the pages and snippets there are
    "#]]);
    project.write("proofbook.toml", "[run]\npages = []\n");
    is_no_pass(
        &project,
        4,
        expect![[r#"
        exit status 4
        --- stdout
        not run  content/page.md: 1 snippet: the page is outside `[run] pages`

        sandbox: [LAYERS]
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
    "#]],
    );
    project.run("test content/page.md").ended(4).warns("nothing ran");
    project.write("proofbook.toml", "[run]\npages = [\"other/**\"]\n");
    project.run("test").ended(4);
}

#[test]
fn folders_without_pages() {
    let project = Project::new(&[("content/logo.txt", "x\n")]);
    is_no_pass(
        &project,
        4,
        expect![[r#"
        exit status 4
        --- stdout

        sandbox: [LAYERS]
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
    "#]],
    );
    project.run("list --coverage").is(expect![[r#"
        exit status 0
        --- stdout
        no snippet: there is nothing to prove
    "#]]);
    let project =
        Project::new(&[("content/page.md", "# Page\n\n```bash check\ntrue\n```\n"), ("content/none/logo.txt", "x\n")]);
    project.run("test content/none").ended(2).warns("no page is, or lies below, `content/none`");
    let project = Project::new(&[("notes/page.md", "# Page\n")]);
    project.run("test").ended(2).warns("content");
}

#[test]
fn pages_that_say_they_do_not_run_and_drafts() {
    let page = |key: &str| format!("+++\ntitle = \"Page\"\n{key}\n+++\n\n```bash check\ntrue\n```\n");
    let project = Project::new(&[("content/page.md", &page("run = false\nrun_reason = \"a sample\""))]);
    is_no_pass(
        &project,
        4,
        expect![[r#"
        exit status 4
        --- stdout
        not run  content/page.md: 1 snippet: a sample

        sandbox: [LAYERS]
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
    "#]],
    );
    let project = Project::new(&[("content/page.md", &page("draft = true"))]);
    is_no_pass(
        &project,
        4,
        expect![[r#"
        exit status 4
        --- stdout

        sandbox: [LAYERS]
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
    "#]],
    );
    project.run("test content/page.md").ended(2).warns("is a draft, and drafts are not run");
}

#[test]
fn only_what_prepares() {
    is_no_pass(
        &one("```bash setup\ntouch made\n```\n"),
        4,
        expect![[r#"
        exit status 4
        --- stdout
         proven  content/page.md: 1 passed ([TIME])

        1 page: 1 proven
        1 snippet: 1 passed ([TIME])
        sandbox: [LAYERS]
        --- stderr
        error: only `setup` and `file` snippets ran, which prepare; nothing that a reader does is proved
          help: add the step or the check that they prepare for
    "#]],
    );
    is_no_pass(
        &one("```text file=note.txt\nhello\n```\n"),
        4,
        expect![[r#"
        exit status 4
        --- stdout
         proven  content/page.md: 1 passed ([TIME])

        1 page: 1 proven
        1 snippet: 1 passed ([TIME])
        sandbox: [LAYERS]
        --- stderr
        error: only `setup` and `file` snippets ran, which prepare; nothing that a reader does is proved
          help: add the step or the check that they prepare for
    "#]],
    );
}

#[test]
fn a_snippet_without_a_demand() {
    let project = one("```bash\ntrue\n```\n");
    project.run("test").fine().says("1 passed, 1 unasserted");
    project
        .run("test --deny unasserted")
        .ended(1)
        .warns("content/page.md:3:1 step `snippet-1`: it ran, but nothing is demanded of it");
    project.run("build --verify --deny unasserted").ended(1).warns("nothing was published");
}

#[test]
fn a_check_that_is_skipped_asserts_nothing() {
    let project = one("```bash name=step\ntrue\n```\n\n```bash check requires=no-such-program\ntrue\n```\n");
    project.run("test").fine().says("unasserted `step`");
    project.run("test --deny unasserted").ended(1).warns("content/page.md:3:1 step `step`: it ran");
}

#[test]
fn a_snippet_without_content() {
    for fence in ["```bash check\n```\n", "```bash\n# only a comment\n```\n", "```console\n```\n"] {
        let project = one(fence);
        project.run("test").ended(1).warns("error[empty-snippet]").warns("nothing was run");
        project.run("build --verify").ended(1).warns("nothing was published");
    }
    let project = Project::shop("# Page\n\n```sql check error=1\n-- only a comment\n```\n");
    project.run("test").ended(1).warns("empty-snippet");
}

#[test]
fn a_database_without_a_schema() {
    let project = Project::shop("# Page\n\n```sql effect=none\nSELECT 1;\n```\n");
    project.remove("content/_databases/shop/schema.sql").remove("content/_databases/shop/seed.sql");
    project.run("test").ended(2).warns("the database `shop` has no schema").warns("nothing was run");
    project.run("build --verify").ended(2).warns("nothing was published");
    // One that is there and empty is a database without tables.
    project.write("content/_databases/shop/schema.sql", "");
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/page.md on sqlite: 1 passed ([TIME])

        1 page: 1 proven
        1 snippet: 1 passed ([TIME])
        sandbox: [LAYERS]
    "#]]);
}

#[test]
fn an_engine_that_no_snippet_is_for() {
    let page = "+++\ntitle = \"Page\"\nengines = [\"sqlite\", \"mariadb\"]\n+++\n\n```sql check engine=mariadb error=1146\nSELECT * FROM nothing;\n```\n";
    let project = Project::shop(page);
    project.run("test --engine sqlite").is(expect![[r#"
        exit status 4
        --- stdout
        not run  content/page.md on sqlite: 1 skipped ([TIME])
                 skipped `snippet-1` (line 6): only on mariadb

        1 page: 1 not run
        1 snippet: 1 skipped ([TIME])
        sandbox: [LAYERS]
        --- stderr
        error: nothing ran, so nothing is proved
          help: see `proofbook list` for what could run, and why what is skipped is skipped
    "#]]);
    project.run("test --engine sqlite --deny skipped").ended(1).warns("only on mariadb");
    if has_server("mariadb") {
        project.run("test").fine().says("proven  content/page.md on mariadb");
    }
    // The engine of the page has none of its snippets.
    let page = page.replace("engines = [\"sqlite\", \"mariadb\"]", "engines = [\"sqlite\"]");
    let ran: Ran = Project::shop(&page).run("test");
    assert_ne!(ran.status, 0, "{}", ran.whole());
}

#[test]
fn a_part_without_pages_says_so() {
    let project = one("```bash check\ntrue\n```\n");
    let parts: Vec<Ran> = [1, 2].map(|part| project.run(&format!("test --partition {part}/2")).fine()).into();
    let empty: Vec<&Ran> =
        parts.iter().filter(|ran| ran.stderr.contains("is empty: nothing was run, and that is fine")).collect();
    assert_eq!(empty.len(), 1);
    assert!(parts.iter().any(|ran| ran.stdout.contains("1 proven")));
    let sample = one("Words.\n");
    sample.run("test --partition 1/2").ended(4);
    sample.run("test --partition 2/2").ended(4);
}

#[test]
fn a_proof_that_is_none_is_not_shown_as_one() {
    let project = one("```bash check\ntrue\n```\n");
    project.write("ci.json", "{");
    project.run("build --proof ci.json").is(expect![[r#"
        exit status 2
        --- stderr
        error: ci.json cannot be shown: it is not a proof: EOF while parsing an object at line 1 column 1
          help: name a proof as `proofbook test` records it; nothing was published
    "#]]);
    assert!(!project.path("public").exists());
}
