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
