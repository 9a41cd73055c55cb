//! `proofbook init`: a small site that works at once, and never over something that is there.

use expect_test::expect;

use crate::support::{Project, files_below, has_server, proof_of};

#[test]
fn a_first_site_builds_and_is_proved() {
    let project = Project::new(&[]);
    project.run("init").is(expect![[r#"
        exit status 0
        --- stdout
        made a small site here:
          proofbook.toml
          content/index.md
          content/runbooks/index.md
          content/runbooks/close-an-account.md
          content/_databases/shop/schema.sql
          content/_databases/shop/seed.sql
          .gitignore

        Next:
          proofbook build --verify
          proofbook serve --open
    "#]]);
    project.run("check").fine().says("no problems");
    project.run("build --verify").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/runbooks/close-an-account.md on sqlite: 4 passed ([TIME])

        1 page: 1 proven
        4 snippets: 4 passed ([TIME])
        sandbox: [LAYERS]
        3 pages published in public (31 files written, 0 unchanged, 0 removed)
    "#]]);
    let page = project.read("public/runbooks/close-an-account.html");
    assert!(proof_of(&page).starts_with("Proven: all 4 blocks passed on SQLite"), "{}", proof_of(&page));
    assert_eq!(project.read(".gitignore"), "/public/\n/.proofbook/\n");
}

#[test]
fn in_a_folder_that_is_named() {
    let project = Project::new(&[]);
    project.run("init docs/handbook").is(expect![[r#"
        exit status 0
        --- stdout
        made a small site in docs/handbook:
          proofbook.toml
          content/index.md
          content/runbooks/index.md
          content/runbooks/close-an-account.md
          content/_databases/shop/schema.sql
          content/_databases/shop/seed.sql
          .gitignore

        Next:
          cd docs/handbook
          proofbook build --verify
          proofbook serve --open
    "#]]);
    project.command("build --verify").inside("docs/handbook").run().fine();

    let project = Project::new(&[]);
    project.run("init --root docs").fine();
    assert!(project.path("docs/proofbook.toml").exists() && !project.path("proofbook.toml").exists());
}

#[test]
fn a_project_is_never_overwritten() {
    let project = Project::new(&[]);
    project.run("init").fine();
    project.edit("content/index.md", "Shop handbook", "Our handbook");
    let before = files_below(&project.root());
    project.run("init").is(expect![[r#"
        exit status 2
        --- stderr
        error: [ROOT]/content is already there; nothing was written
          help: choose an empty folder: `proofbook init DIR`
    "#]]);
    assert!(files_below(&project.root()) == before);

    let content = Project::new(&[("content/page.md", "# Mine\n")]);
    content.run("init").ended(2);
    assert_eq!(files_below(&content.root()).len(), 1);
}

#[test]
fn other_files_in_the_folder_stay() {
    let project = Project::new(&[(".gitignore", "/target/\n"), ("README.md", "mine\n")]);
    project.run("init").fine();
    assert_eq!(project.read(".gitignore"), "/target/\n");
    assert_eq!(project.read("README.md"), "mine\n");
    project.run("build --verify").fine();
}

#[test]
fn for_a_server_it_is_written_in_that_servers_own_way() {
    let sites = [
        ("mariadb", "AUTO_INCREMENT", "mariadb shop", "error=1451"),
        ("postgres", "GENERATED ALWAYS AS IDENTITY", "psql shop", "error=23503"),
    ];
    for (engine, key, client, error) in sites {
        let project = Project::new(&[]);
        project.run(&format!("init --engine {engine}")).fine().says("content/_databases/shop/schema.sql");
        project.run("check").fine().says("no problems");
        assert!(project.read("content/_databases/shop/schema.sql").contains(key), "{engine}");
        let page = project.read("content/runbooks/close-an-account.md");
        assert!([client, error].iter().all(|part| page.contains(part)), "{page}");
        if !has_server(engine) {
            continue;
        }
        let line = format!(" proven  content/runbooks/close-an-account.md on {engine}: 6 passed");
        project.run("build --verify").fine().says(&line).says("6 snippets: 6 passed");
        let name = if engine == "mariadb" { "MariaDB" } else { "PostgreSQL" };
        let shown = proof_of(&project.read("public/runbooks/close-an-account.html"));
        assert!(shown.starts_with(&format!("Proven: all 6 blocks passed on {name} ")), "{shown}");

        // What the page says of a forgotten `WHERE` is so.
        project.edit(
            "content/runbooks/close-an-account.md",
            "\n WHERE email = :email;\n```\n\n## How you know",
            ";\n```\n\n## How you know",
        );
        project.run("test").ended(1).says("accounts   ~1         ~2");
    }
}
