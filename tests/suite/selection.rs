//! Which pages a command line means.

use expect_test::expect;

use crate::support::Project;

fn site() -> Project {
    let page = |name: &str| format!("# {name}\n\n```bash check\ntrue\n```\n");
    Project::new(&[
        ("proofbook.toml", ""),
        ("content/index.md", "# Home\n"),
        ("content/do/one.md", &page("One")),
        ("content/do/two.md", &page("Two")),
        ("content/done.md", &page("Done")),
        ("content/name with spaces.md", &page("Spaces").replace("true", "false")),
    ])
}

#[test]
fn a_page_by_any_of_its_paths() {
    let site = site();
    for path in ["content/do/one.md", "./content/do/one.md", "do/one.md", "content/do/../do/one.md"] {
        site.run(&format!("test {path}")).fine().says("content/do/one.md").says("1 page: 1 proven");
    }
    site.command("test one.md").inside("content/do").run().fine().says("1 page: 1 proven");
    let absolute = site.path("content/do/one.md");
    site.command("test").argument(&absolute.display().to_string()).run().fine().says("1 page: 1 proven");
    let root = site.root();
    let elsewhere = site.command("test do/one.md --root").argument(&root.display().to_string()).inside("..");
    elsewhere.run().fine().says("1 page: 1 proven");
}

#[test]
fn a_folder_and_several_paths() {
    let site = site();
    site.run("test content/do").fine().says("2 pages: 2 proven").never_says("done.md");
    site.run("test content/do/").fine().says("2 pages: 2 proven");
    site.run("test content/do/one.md content/done.md").fine().says("2 pages: 2 proven");
    site.run("test content/do/one.md content/do").fine().says("2 pages: 2 proven");
    site.run("test content").ended(1).says("4 pages: 3 proven, 1 failed");
}

#[test]
fn a_path_with_spaces_can_be_typed_as_the_report_gives_it() {
    let site = site();
    let report = "Run just this page again: proofbook test 'content/name with spaces.md'";
    site.run("test").ended(1).says(report);
    site.command("test").argument("content/name with spaces.md").run().ended(1).says("1 page: 1 failed");
}

#[test]
fn a_place_can_be_typed_as_the_report_gives_it() {
    let page = "# P\n\n```bash check name=first\ntrue\n```\n\n```bash check name=second\nfalse\n```\n\n\
                ```bash check\ntrue\n```\n";
    let site = Project::new(&[("content/p.md", page)]);
    let failed = "FAILED content/p.md:8:1 check `second`";
    site.run("test").ended(1).says(failed);
    site.run("test content/p.md:8:1").ended(1).says(failed).says("2 snippets: 1 passed, 1 failed");
    site.run("test content/p.md:6:1").fine().says("1 snippet: 1 passed");
    site.run("test content/p.md:8:1:1").ended(2);
}

#[test]
fn a_page_that_is_not_there() {
    let site = site();
    site.run("test content/do/oen.md").is(expect![[r#"
        exit status 2
        --- stderr
        error: no page is, or lies below, `content/do/oen.md`
          help: did you mean `content/do/one.md`?
    "#]]);
    site.run("test nowhere/at-all.md").is(expect![[r#"
        exit status 2
        --- stderr
        error: no page is, or lies below, `nowhere/at-all.md`
          help: see `proofbook list` for the pages there are
    "#]]);
    site.run("test ../outside.md").ended(2);
    site.run("test content/do/one.md content/do/three.md").ended(2).warns("content/do/three.md");
}

#[test]
fn the_record_of_one_page_leaves_the_others_alone() {
    let site = site();
    site.run("test content/do").fine();
    site.run("test content/done.md").fine();
    let proof: serde_json::Value = serde_json::from_str(&site.read(".proofbook/proof.json")).unwrap();
    let pages: Vec<&str> = proof["records"].as_array().unwrap().iter().map(|r| r["page"].as_str().unwrap()).collect();
    assert_eq!(pages, ["do/one.md", "do/two.md", "done.md"]);
}

#[test]
fn what_is_typed_wrong() {
    let site = site();
    site.run("tset").is(expect![[r#"
        exit status 2
        --- stderr
        error: unrecognized subcommand 'tset'

          tip: a similar subcommand exists: 'test'

        Usage: proofbook [OPTIONS] <COMMAND>

        For more information, try '--help'.
    "#]]);
    site.run("test --format xml").is(expect![[r#"
        exit status 2
        --- stderr
        error: invalid value 'xml' for '--format <FORMAT>'
          [possible values: text, json]

        For more information, try '--help'.
    "#]]);
    site.run("test --jobs 0").is(expect![[r#"
        exit status 2
        --- stderr
        error: invalid value '0' for '--jobs <N>': 0 is not in 1..=1024

        For more information, try '--help'.
    "#]]);
    site.run("test --engine oracle").is(expect![[r#"
        exit status 2
        --- stderr
        error: invalid value 'oracle' for '--engine <ENGINE>'
          [possible values: sqlite, mariadb, postgres]

        For more information, try '--help'.
    "#]]);
    site.run("build --verify --proof other.json").ended(2);
    site.run("build --proof nowhere.json").is(expect![[r#"
        exit status 2
        --- stderr
        error: there is no proof at [ROOT]/nowhere.json
          help: check the path given with `--proof`
    "#]]);
    site.run("serve --host everywhere").ended(2);
    site.run("").ended(2).warns("Usage: proofbook");
    site.run("--version").fine().says("proofbook [VERSION]");
}

fn operations() -> Project {
    let page = |front: &str, body: &str| format!("+++\n{front}\n+++\n\n{body}");
    let check = |name: &str, command: &str| format!("```bash check name={name}\n{command}\n```\n\n");
    Project::new(&[
        ("proofbook.toml", ""),
        ("content/index.md", "# Home\n"),
        ("content/do/add.md", &page("title = \"Add\"\nowner = \"obs\"\ntags = [\"slow\"]", &check("added", "true"))),
        (
            "content/do/drop.md",
            &page("title = \"Drop\"\nowner = \"ops\"", &check("dropped", "echo \"dropped\"; false")),
        ),
        ("content/learn/fire.md", &page("title = \"Fire\"\nowner = \"ops\"\ntags = [\"slow\"]", &check("out", "true"))),
        ("content/learn/prose.md", &page("title = \"Prose\"\nowner = \"writers\"", "Words.\n")),
    ])
}

#[test]
fn pages_by_what_they_are() {
    let site = operations();
    site.run("test --filter owner=obs").fine().says("content/do/add.md").says("1 page: 1 proven");
    site.run("test --filter tag=slow").fine().says("2 pages: 2 proven");
    site.run("test --filter tag=slow --filter owner=ops").fine().says("learn/fire.md").says("1 page: 1 proven");
    site.run("test --filter owner!=ops").fine().says("1 page: 1 proven");
    site.run("test --filter path=learn/**").fine().says("1 page: 1 proven");
    site.run("test --filter name=added,out").fine().says("2 pages: 2 proven");
    site.run("test content/do --filter tag=slow").fine().says("do/add.md").says("1 page: 1 proven");
}

#[test]
fn a_filter_that_leaves_nothing_is_no_pass() {
    let site = operations();
    site.run("test --filter tag=solw").is(expect![[r#"
        exit status 4
        --- stderr
        error: `--filter tag=solw`: no page has the tag `solw`; nothing is left to run
          help: did you mean `slow`?
    "#]]);
    site.run("test --filter owner=writers").is(expect![[r#"
        exit status 4
        --- stderr
        error: `--filter owner=writers` leaves no page that could be run
          help: see `proofbook list` for the pages there are, and which of them run
    "#]]);
    site.run("test --filter owner=obs --filter tag!=slow").ended(4).warns("`--filter tag!=slow` leaves no page");
    site.run("test content/do --filter path=learn").ended(4).warns("`--filter path=learn` leaves no page");
    // One of two is a mistake, but not all is lost.
    site.run("test --filter tag=slow,solw").fine().says("2 pages: 2 proven").warns("no page has the tag `solw`");
    site.run("test --filter colour=red").is(expect![[r#"
        exit status 2
        --- stderr
        error: invalid value 'colour=red' for '--filter <WHAT=VALUE>': pages are not selected by `colour`; there are path, kind, tag, owner, name

        For more information, try '--help'.
    "#]]);
}

#[test]
fn every_page_is_in_one_part_and_an_empty_part_is_fine() {
    let site = operations();
    let mut seen = Vec::new();
    for part in 1..=3 {
        let ran = site.run(&format!("test --partition {part}/3"));
        let pages = ["do/add.md", "do/drop.md", "learn/fire.md"];
        seen.extend(pages.into_iter().filter(|page| ran.whole().contains(page)));
    }
    seen.sort_unstable();
    assert_eq!(seen, ["do/add.md", "do/drop.md", "learn/fire.md"]);
    let empty = (1..=9).find(|part| site.run(&format!("test --partition {part}/9")).whole().contains("is empty"));
    let empty = empty.expect("three pages do not fill nine parts");
    site.run(&format!("test --partition {empty}/9"))
        .fine()
        .warns(&format!("part {empty}/9 of 3 pages is empty: nothing was run, and that is fine"));
    // But not if there was nothing to share out.
    site.write("proofbook.toml", "[run]\npages = []\n");
    site.run("test --partition 1/2").ended(4);
    site.run("test --partition 3/2").ended(2).warns("there is no part 3 of 2: parts are counted from 1");
}

#[test]
fn a_page_up_to_a_line() {
    let body = "# Long\n\n```bash check name=first\ntrue\n```\n\nWords.\n\n```bash name=second\ntouch made\n```\n\n```bash check \
                name=third\ntest -e made\n```\n\n```bash check name=last\nfalse\n```\n";
    let site = Project::new(&[("proofbook.toml", ""), ("content/long.md", body)]);
    site.run("test content/long.md:10").is(expect![[r#"
        exit status 0
        --- stdout
         partly  content/long.md, up to line 9: 2 passed ([TIME])

        1 page: 1 partly proven
        2 snippets: 2 passed ([TIME])
        sandbox: [LAYERS]
    "#]]);
    // A step is asserted by the check after it, although that was not asked for.
    site.run("test content/long.md:9 --deny unasserted").fine();
    site.run("test long.md:7").fine().says("1 passed");
    site.run("test long.md:13").fine().says("3 passed");
    site.run("test long.md:99").ended(1).says("1 failed");
    assert!(site.read(".proofbook/proof.json").contains("\"verdict\": \"failed\""));
    site.run("test long.md:13").fine();
    let proof = site.read(".proofbook/proof.json");
    assert!(proof.contains("\"verdict\": \"failed\""), "a part is no proof of the page: {proof}");
    site.run("test long.md:2").is(expect![[r#"
        exit status 2
        --- stderr
        error: no snippet of `long.md` is at or above line 2
          help: its first snippet is at line 3
    "#]]);
    site.run("test long.md:9 long.md:3").fine().says("2 passed");
    site.run("test long.md:9 long.md").ended(1).says("1 failed");
    site.run("test content:3").ended(2).warns("only pages have lines");
    site.run("test long.md:x").ended(2).warns("no page is, or lies below, `long.md:x`");
}

#[test]
fn what_failed_is_run_again() {
    let site = operations();
    site.run("test --rerun-failed").is(expect![[r#"
        exit status 4
        --- stderr
        error: --rerun-failed: no run of these pages is recorded, so none has failed
          help: `proofbook test` runs everything
    "#]]);
    site.run("test").ended(1);
    site.run("test --rerun-failed").ended(1).says("do/drop.md").never_says("do/add.md");
    site.edit("content/do/drop.md", "; false", "");
    site.run("test --rerun-failed").fine().says("1 page: 1 proven");
    site.run("test --rerun-failed").is(expect![[r#"
        exit status 4
        --- stderr
        error: --rerun-failed: of 3 recorded runs, none failed
          help: `proofbook test` runs everything
    "#]]);
}

#[test]
fn only_the_case_that_failed_is_run_again() {
    let page = "+++\ntitle = \"P\"\n[parameters.status]\nlabel = \"Status\"\ntype = \"integer\"\ndefault = 0\n[[cases]]\nname = \
                \"bad\"\nstatus = 3\n+++\n\n```bash check\n(exit \"$STATUS\")\n```\n";
    let site = Project::new(&[("proofbook.toml", ""), ("content/p.md", page)]);
    site.run("test").ended(1).says("1 page, 2 runs: 1 proven, 1 failed");
    site.run("test --rerun-failed").ended(1).says("1 page: 1 failed").says("case `bad`");
    // A page without a database is the same on each.
    site.run("test --rerun-failed --engine mariadb").ended(1).says("1 page: 1 failed").says("case `bad`");
    let shop = Project::shop("```sql check\nSELECT 1;\n```\n```output\n| 1 |\n| 2 |\n```\n");
    shop.run("test").ended(1);
    shop.run("test --rerun-failed --engine mariadb").is(expect![[r#"
        exit status 4
        --- stderr
        error: --rerun-failed: no run of these pages on mariadb is recorded, so none has failed
          help: `proofbook test` runs everything
    "#]]);
}

#[test]
fn after_the_first_failure_no_page_begins() {
    let site = operations();
    site.run("test").ended(1);
    let proof = site.read(".proofbook/proof.json");
    site.edit("content/learn/fire.md", "true", "false");
    site.run("test --jobs 1 --fail-fast").is(expect![[r#"
        exit status 1
        --- stdout
         proven  content/do/add.md: 1 passed ([TIME])
         failed  content/do/drop.md: 1 failed ([TIME])
        not run  content/learn/fire.md: 1 not run ([TIME])

        FAILED content/do/drop.md:7:1 check `dropped`

            6 │ ```bash check name=dropped
        >   7 │ echo "dropped"; false
            8 │ ```

          `false` stopped the block with status 1; the page promises 0.

          It had printed to stdout:
            dropped

          help: correct the block; if the page is to show that it fails, promise it with `exit=1`

          Run just this page again: proofbook test content/do/drop.md

        3 pages: 1 proven, 1 failed, 1 not run
        3 snippets: 1 passed, 1 failed, 1 not run ([TIME])
        sandbox: [LAYERS]
        --- stderr
        1 run not begun, because a page failed and `--fail-fast` is set
    "#]]);
    let after = site.read(".proofbook/proof.json");
    let of_fire = |proof: &str| proof[proof.find("learn/fire.md").unwrap()..].to_owned();
    assert_eq!(of_fire(&proof), of_fire(&after), "what did not begin leaves its record as it was");
}

#[test]
fn a_slow_snippet_is_named_while_it_runs() {
    let page = "# Slow\n\n```bash check name=dawdle\nsleep 11\n```\n";
    let site = Project::new(&[("proofbook.toml", ""), ("content/slow.md", page)]);
    site.run("test").fine().warns("still running after 10 s: content/slow.md:3 check `dawdle`");
}
