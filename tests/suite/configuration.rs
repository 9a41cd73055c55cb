//! `proofbook.toml` and the scripts of databases: what is wrong with them, and with which status.

use expect_test::{Expect, expect};

use crate::support::{Project, text};

/// What `check` says about a site with this configuration.
fn check(configuration: &str, expected: Expect) {
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    project.write("proofbook.toml", &text(configuration)).run("check").is(expected);
}

#[test]
fn unknown_keys() {
    check(
        r#"
        titel = "Site"

        [run]
        page = ["**"]

        [databse.obs]
        "#,
        expect![[r#"
            exit status 2
            --- stdout
            1 page checked: 3 errors
            --- stderr
            error[unknown-key]: `titel` is not a key of the configuration
             --> proofbook.toml:1:1
              |
            1 | titel = "Site"
              | ^^^^^ unknown key
              |
              = help: did you mean `title`?

            error[unknown-key]: `page` is not a key of `[run]`
             --> proofbook.toml:4:1
              |
            4 | page = ["**"]
              | ^^^^ unknown key
              |
              = help: did you mean `pages`?

            error[unknown-key]: `databse` is not a key of the configuration
             --> proofbook.toml:6:2
              |
            6 | [databse.obs]
              |  ^^^^^^^ unknown key
              |
              = help: did you mean `database`?

        "#]],
    );
}

#[test]
fn wrong_types_and_values() {
    check(
        r#"
        title = 5
        base_url = "example.org"
        theme = "dark"

        [run]
        pages = "**"
        "#,
        expect![[r#"
            exit status 2
            --- stdout
            1 page checked: 4 errors
            --- stderr
            error[wrong-type]: `title` must be text, but is a whole number
             --> proofbook.toml:1:9
              |
            1 | title = 5
              |         ^
              |
              = help: write for example `"a text"`

            error[bad-address]: `base_url` is not an address: `example.org`
             --> proofbook.toml:2:12
              |
            2 | base_url = "example.org"
              |            ^^^^^^^^^^^^^
              |
              = help: write it in full, such as `base_url = "https://docs.example.org/handbook"`

            error[no-theme]: there is no folder `themes/dark`
             --> proofbook.toml:3:9
              |
            3 | theme = "dark"
              |         ^^^^^^
              |
              = help: create it with the files that replace the built-in ones, or remove `theme`

            error[wrong-type]: `pages` must be a list of texts, but is text
             --> proofbook.toml:6:9
              |
            6 | pages = "**"
              |         ^^^^
              |
              = help: write for example `["one", "two"]`

        "#]],
    );
}

#[test]
fn colours() {
    check(
        r##"
        [colors]
        accent = { light = "#e8a13a", dark = "#8ab6fa" }
        txt = "#000"
        bad = "red"
        warn = "#855000"
        ground = { dark = "#3a3f47" }
        "##,
        expect![[r##"
            exit status 2
            --- stdout
            1 page checked: 5 errors
            --- stderr
            error[low-contrast]: the light `accent` (#e8a13a) has a contrast of 1.96 to 1 on `ground-accent` (#edf3fc), and needs 4.5 to 1
             --> proofbook.toml:2:20
              |
            2 | accent = { light = "#e8a13a", dark = "#8ab6fa" }
              |                    ^^^^^^^^^
              |
              = note: below that, readers with weak sight or in bright light cannot read it (WCAG 2.2, 1.4.3 and 1.4.11)
              = help: `#936624` would do

            error[unknown-key]: `txt` is not a key of `[colors]`
             --> proofbook.toml:3:1
              |
            3 | txt = "#000"
              | ^^^ unknown key
              |
              = help: did you mean `text`?

            error[bad-color]: `red` is not a colour
             --> proofbook.toml:4:7
              |
            4 | bad = "red"
              |       ^^^^^
              |
              = help: write it as `#rrggbb`, for example `#1a5cb4`

            error[low-contrast]: the dark `warn` (#855000) has a contrast of 1.58 to 1 on `ground` (#3a3f47), and needs 4.5 to 1
             --> proofbook.toml:5:8
              |
            5 | warn = "#855000"
              |        ^^^^^^^^^
              |
              = note: below that, readers with weak sight or in bright light cannot read it (WCAG 2.2, 1.4.3 and 1.4.11)
              = help: give each scheme its own: `warn = { light = "#855000", dark = "#c0a57d" }` would do

            error[low-contrast]: `line-strong` (#6d7685) on the dark `ground` (#3a3f47) has a contrast of 2.31 to 1, and needs 3 to 1
             --> proofbook.toml:6:19
              |
            6 | ground = { dark = "#3a3f47" }
              |                   ^^^^^^^^^
              |
              = note: below that, readers with weak sight or in bright light cannot read it (WCAG 2.2, 1.4.3 and 1.4.11)
              = help: `#2a2d33` would do

        "##]],
    );
}

#[test]
fn what_is_not_toml() {
    check(
        "title = Site\n",
        expect![[r#"
            exit status 2
            --- stdout
            1 page checked: 1 error
            --- stderr
            error[toml-syntax]: this is not TOML: string values must be quoted, expected literal string
             --> proofbook.toml:1:9
              |
            1 | title = Site
              |         ^^^^
              |
              = help: each line is `key = value`; texts stand in quotes, lists in `[` and `]`

        "#]],
    );
}

#[test]
fn a_wrong_configuration_weighs_more_than_a_wrong_page() {
    let project =
        Project::new(&[("content/index.md", "# Home\n\n[dead](dead.md)\n"), ("proofbook.toml", "titel = \"a\"\n")]);
    project.run("check").ended(2).warns("error[unknown-key]").warns("error[dead-link]").says("2 errors");
    project.run("build").ended(2).warns("nothing was published");
    project.run("test").ended(2).warns("nothing was run");
}

#[test]
fn no_project_at_all() {
    let project = Project::new(&[]);
    for command in ["check", "test", "build", "list", "serve --port 0"] {
        project.run(command).ended(2);
    }
    project.run("check").is(expect![[r#"
        exit status 2
        --- stderr
        error: there is no `content` folder in [ROOT]
          help: run it in a project's folder, name one with `--root DIR`, or make one with `proofbook init`
    "#]]);
    project.run("check --root nowhere").is(expect![[r#"
        exit status 2
        --- stderr
        error: there is no `content` folder in nowhere
          help: run it in a project's folder, name one with `--root DIR`, or make one with `proofbook init`
    "#]]);
}

#[test]
fn broken_schema_sql_is_pointed_at() {
    let project = Project::shop("# Page\n\n```sql check\nSELECT 1 AS one;\n```\n```output\nEmpty set\n```\n");
    project.edit("content/_databases/shop/schema.sql", "email TEXT NOT NULL", "email TEXT NOT NUL");
    project.run("test").is(expect![[r#"
        exit status 1
        --- stderr
        error[bad-script]: near "NUL": syntax error (SQLITE_ERROR)
         --> content/_databases/shop/schema.sql:1:63
          |
        1 | CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT NOT NUL UNIQUE, closed INTEGER NOT NULL DEFAULT 0);
          |                                                               ^^^
          |
          = note: the database `shop` cannot be made, so no page that runs on it can be proved
          = help: correct the script; everything before this statement has loaded

        1 error; nothing was run
    "#]]);
}

#[test]
fn a_broken_seed_is_pointed_at() {
    let project = Project::shop("# Page\n\n```sql check\nSELECT 1 AS one;\n```\n```output\nEmpty set\n```\n");
    project.edit("content/_databases/shop/seed.sql", "(3, 2, '')", "(3, 7, '')");
    project.run("test").is(expect![[r#"
        exit status 1
        --- stderr
        error[bad-script]: `orders`.`account_id` = 7 refers to no row of `accounts` (SQLITE_CONSTRAINT_FOREIGNKEY)
         --> content/_databases/shop/seed.sql:2:1
          |
        2 | INSERT INTO orders (id, account_id, total) VALUES (1, 1, '12.50'), (2, 1, NULL), (3, 7, '');
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: the database `shop` cannot be made, so no page that runs on it can be proved
          = help: correct the script; everything before this statement has loaded

        1 error; nothing was run
    "#]]);
    project.edit("content/_databases/shop/seed.sql", "(3, 7, '')", "(1, 2, '')");
    project.run("test").is(expect![[r#"
        exit status 1
        --- stderr
        error[bad-script]: UNIQUE constraint failed: orders.id (SQLITE_CONSTRAINT_PRIMARYKEY)
         --> content/_databases/shop/seed.sql:2:1
          |
        2 | INSERT INTO orders (id, account_id, total) VALUES (1, 1, '12.50'), (2, 1, NULL), (1, 2, '');
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: the database `shop` cannot be made, so no page that runs on it can be proved
          = help: correct the script; everything before this statement has loaded

        1 error; nothing was run
    "#]]);
}

#[test]
fn no_database_for_a_snippet_that_needs_one() {
    let project = Project::new(&[("content/index.md", "# Home\n\n```sql\nSELECT 1;\n```\n")]);
    project.run("check").is(expect![[r#"
        exit status 1
        --- stdout
        1 page checked: 1 error
        --- stderr
        error[no-database]: there is no database to run this on
         --> content/index.md:3:1
          |
        3 | ```sql
          | ^^^^^^
          |
          = help: add `[database.NAME]` to proofbook.toml and content/_databases/NAME/schema.sql; or say `skip="why"` here, or `run = false` in the front matter

    "#]]);
    project.write("proofbook.toml", "[database.shop]\n[database.stock]\n");
    for database in ["shop", "stock"] {
        project.write(&format!("content/_databases/{database}/schema.sql"), "CREATE TABLE t (i INTEGER);\n");
    }
    project.run("check").is(expect![[r#"
        exit status 1
        --- stdout
        1 page checked: 1 error
        --- stderr
        error[no-database]: this page does not say which database it runs on
         --> content/index.md:3:1
          |
        3 | ```sql
          | ^^^^^^
          |
          = help: add `database = "…"` to the front matter; there are `shop`, `stock`

    "#]]);
    project.write("content/index.md", "+++\ntitle = \"Home\"\ndatabase = \"stok\"\n+++\n\n```sql\nSELECT 1;\n```\n");
    project.run("check").is(expect![[r#"
        exit status 1
        --- stdout
        1 page checked: 1 error
        --- stderr
        error[unknown-database]: no database is called `stok`
         --> content/index.md:3:12
          |
        3 | database = "stok"
          |            ^^^^^^
          |
          = help: did you mean `stock`?

    "#]]);
    project.edit("content/index.md", "stok", "stock").run("test").fine().says("1 passed");
}

#[test]
fn pages_left_out_of_the_run_are_shown_and_not_run() {
    let project = Project::shop("# Page\n\n```bash check\nfalse\n```\n");
    project.edit("proofbook.toml", "[database.shop]", "[run]\npages = [\"adopted/**\"]\n\n[database.shop]");
    project.write("content/adopted/one.md", "# One\n\n```bash check\ntrue\n```\n");
    project.run("test").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/adopted/one.md on sqlite: 1 passed ([TIME])
        not run  content/page.md: 1 snippet: the page is outside `[run] pages`

        1 page: 1 proven
        1 snippet: 1 passed ([TIME])
        sandbox: [LAYERS]
    "#]]);
    project.run("list").is(expect![[r#"
        exit status 0
        --- stdout
        content/index.md  doc, no snippets
        content/page.md  doc, 1 snippet, not run: the page is outside `[run] pages`
        content/adopted/one.md  doc, 1 snippet on shop (sqlite)
              3  check  bash    snippet-1
    "#]]);
}

#[test]
fn a_folder_made_readable_is_and_its_neighbour_is_not() {
    let page = "# Page\n\n```bash check\ncat \"$WANTED/tool/words\"\n```\n```output\nfrom the tool\n```\n\n\
                ```bash check exit=1\ncat \"$WANTED/other/words\" 2>/dev/null\n```\n";
    let project = Project::new(&[("content/page.md", page)]);
    let beside = project.beside();
    for name in ["tool", "other"] {
        std::fs::create_dir_all(beside.join("home").join(name)).unwrap();
        std::fs::write(beside.join("home").join(name).join("words"), "from the tool\n").unwrap();
    }
    let home = beside.join("home").display().to_string();
    project.write("content/page.md", &page.replace("$WANTED", &home));
    let run = || project.command("test").variable("HOME", &home).run();
    // Where files are not held back at all, both are read; `tests/run` counts that.
    let held = run().stdout.contains("sandbox: environment, files");
    run().ended(1);
    project.write("proofbook.toml", "[run]\nreadable = [\"~/tool\"]\n");
    run().ended(i32::from(!held));
    for wrong in ["/", "~/", "tool", "~/../x", "/a:b"] {
        project.write("proofbook.toml", &format!("[run]\nreadable = [\"{wrong}\"]\n"));
        project.run("check").ended(2).warns("cannot be made readable");
    }
}
