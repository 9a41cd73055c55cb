//! Every kind of link that leads nowhere, told with its place and what to write instead.

use expect_test::{Expect, expect};

use crate::support::Project;

/// A site of some pages, an image, a file and a draft, with `page` as its `content/guide/page.md`.
fn site(page: &str) -> Project {
    let project = Project::new(&[
        ("content/index.md", "# Home\n\n## First steps\n"),
        ("content/guide/index.md", "# Guide\n"),
        ("content/guide/install.md", "# Install\n\n## On Linux\n\n## On macOS\n"),
        ("content/guide/later.md", "+++\ntitle = \"Later\"\ndraft = true\n+++\n"),
        ("content/guide/picture.png", "not looked into"),
        ("content/files/notes.txt", "notes"),
    ]);
    project.write("content/guide/page.md", &format!("# Page\n\n{page}\n"));
    project
}

/// What `check` says about a page that holds `page`.
fn check(page: &str, expected: Expect) {
    site(page).run("check").is(expected);
}

#[test]
fn live_links_are_not_told() {
    let page = "[a](install.md) [b](install.md#on-linux) [c](../index.md#first-steps) [d](#page) [e](../files/notes.txt)\n\
                ![f](picture.png) <a href=\"install.md\">g</a> [h](https://example.org/x.md) <mailto:a@example.org>\n\
                [i](index.md) [j](install.md?x=1#on-macos) [k][ref]\n\n[ref]: install.md\n";
    check(
        page,
        expect![[r#"
            exit status 0
            --- stdout
            4 pages checked: no problems
        "#]],
    );
}

#[test]
fn a_dead_page_link() {
    check(
        "See [how to install](instal.md).",
        expect![[r#"
        exit status 1
        --- stdout
        4 pages checked: 1 error
        --- stderr
        error[dead-link]: there is no `guide/instal.md`
         --> content/guide/page.md:3:22
          |
        3 | See [how to install](instal.md).
          |                      ^^^^^^^^^
          |
          = help: did you mean `install.md`?

    "#]],
    );
}

#[test]
fn a_dead_page_link_in_a_reference_and_in_a_table() {
    check(
        "| a |\n|---|\n| [b](nowhere-at-all.md) |\n\nSee [c].\n\n[c]: ../guide/instal.md",
        expect![[r#"
        exit status 1
        --- stdout
        4 pages checked: 2 errors
        --- stderr
        error[dead-link]: there is no `guide/nowhere-at-all.md`
         --> content/guide/page.md:5:7
          |
        5 | | [b](nowhere-at-all.md) |
          |       ^^^^^^^^^^^^^^^^^
          |
          = help: create it, or remove the link

        error[dead-link]: there is no `guide/instal.md`
         --> content/guide/page.md:7:5
          |
        7 | See [c].
          |     ^^^
          |
          = help: did you mean `install.md`?

    "#]],
    );
}

#[test]
fn a_dead_anchor_on_another_page_and_on_this_one() {
    check(
        "[a](install.md#on-linus)\n[b](#pge)\n[c](install.md#windows)",
        expect![[r#"
            exit status 1
            --- stdout
            4 pages checked: 3 errors
            --- stderr
            error[dead-anchor]: there is no `#on-linus` on `guide/install.md`
             --> content/guide/page.md:3:5
              |
            3 | [a](install.md#on-linus)
              |     ^^^^^^^^^^^^^^^^^^^
              |
              = help: did you mean `#on-linux`?

            error[dead-anchor]: there is no `#pge` on this page
             --> content/guide/page.md:4:5
              |
            4 | [b](#pge)
              |     ^^^^
              |
              = help: did you mean `#page`?

            error[dead-anchor]: there is no `#windows` on `guide/install.md`
             --> content/guide/page.md:5:5
              |
            5 | [c](install.md#windows)
              |     ^^^^^^^^^^^^^^^^^^
              |
              = help: it has `#install`, `#on-linux`, `#on-macos`

        "#]],
    );
}

#[test]
fn a_dead_image() {
    check(
        "Look: ![the picture](pictures/picture.png)",
        expect![[r#"
        exit status 1
        --- stdout
        4 pages checked: 1 error
        --- stderr
        error[dead-link]: there is no `guide/pictures/picture.png`
         --> content/guide/page.md:3:22
          |
        3 | Look: ![the picture](pictures/picture.png)
          |                      ^^^^^^^^^^^^^^^^^^^^
          |
          = help: did you mean `picture.png`?

    "#]],
    );
}

#[test]
fn dead_links_in_raw_html() {
    check(
        "<p><a href=\"instal.md\">a</a> <img src=\"missing.png\" alt=\"\"></p>\n\nText with <a href=\"#nowhere\">b</a>.",
        expect![[r##"
            exit status 1
            --- stdout
            4 pages checked: 3 errors
            --- stderr
            error[dead-link]: there is no `guide/instal.md`
             --> content/guide/page.md:3:13
              |
            3 | <p><a href="instal.md">a</a> <img src="missing.png" alt=""></p>
              |             ^^^^^^^^^
              |
              = help: did you mean `install.md`?

            error[dead-link]: there is no `guide/missing.png`
             --> content/guide/page.md:3:40
              |
            3 | <p><a href="instal.md">a</a> <img src="missing.png" alt=""></p>
              |                                        ^^^^^^^^^^^
              |
              = help: create it, or remove the link

            error[dead-anchor]: there is no `#nowhere` on this page
             --> content/guide/page.md:5:20
              |
            5 | Text with <a href="#nowhere">b</a>.
              |                    ^^^^^^^^
              |
              = help: it has `#page`

        "##]],
    );
}

#[test]
fn a_link_to_a_draft() {
    check(
        "[soon](later.md)",
        expect![[r#"
        exit status 1
        --- stdout
        4 pages checked: 1 error
        --- stderr
        error[dead-link]: `guide/later.md` is a draft, so this link would lead nowhere
         --> content/guide/page.md:3:8
          |
        3 | [soon](later.md)
          |        ^^^^^^^^
          |
          = help: publish the page by removing `draft = true`, or remove the link

    "#]],
    );
}

#[test]
fn an_absolute_link() {
    check(
        "[a](/guide/install.md) [b](/nowhere.md)",
        expect![[r#"
        exit status 1
        --- stdout
        4 pages checked: 2 errors
        --- stderr
        error[dead-link]: this link starts with `/`
         --> content/guide/page.md:3:5
          |
        3 | [a](/guide/install.md) [b](/nowhere.md)
          |     ^^^^^^^^^^^^^^^^^
          |
          = note: it would work only where the site lies at the root of its domain
          = help: write `install.md`

        error[dead-link]: this link starts with `/`
         --> content/guide/page.md:3:28
          |
        3 | [a](/guide/install.md) [b](/nowhere.md)
          |                            ^^^^^^^^^^^
          |
          = note: it would work only where the site lies at the root of its domain
          = help: write a path relative to this page

    "#]],
    );
}

#[test]
fn a_link_out_of_the_content() {
    check(
        "[a](../../proofbook.toml)",
        expect![[r#"
        exit status 1
        --- stdout
        4 pages checked: 1 error
        --- stderr
        error[dead-link]: this link leads to no file: the path leads out of its folder
         --> content/guide/page.md:3:5
          |
        3 | [a](../../proofbook.toml)
          |     ^^^^^^^^^^^^^^^^^^^^
          |
          = help: write a path inside `content/`

    "#]],
    );
}

#[test]
fn links_to_what_is_published_and_to_folders() {
    check(
        "[a](install.html) [b](../guide/) [c](install)",
        expect![[r#"
        exit status 1
        --- stdout
        4 pages checked: 3 errors
        --- stderr
        error[dead-link]: there is no `guide/install.html`
         --> content/guide/page.md:3:5
          |
        3 | [a](install.html) [b](../guide/) [c](install)
          |     ^^^^^^^^^^^^
          |
          = help: link to the Markdown file: `install.md`

        error[dead-link]: `guide` is a folder
         --> content/guide/page.md:3:23
          |
        3 | [a](install.html) [b](../guide/) [c](install)
          |                       ^^^^^^^^^
          |
          = help: name the file: `index.md`

        error[dead-link]: there is no `guide/install`
         --> content/guide/page.md:3:38
          |
        3 | [a](install.html) [b](../guide/) [c](install)
          |                                      ^^^^^^^
          |
          = help: did you mean `install.md`?

    "#]],
    );
}

#[test]
fn an_undefined_reference() {
    check(
        "Read [the manual][manual] first.",
        expect![[r#"
        exit status 1
        --- stdout
        4 pages checked: 1 error
        --- stderr
        error[undefined-reference]: no link is defined under the name `manual`
         --> content/guide/page.md:3:6
          |
        3 | Read [the manual][manual] first.
          |      ^^^^^^^^^^^^^^^^^^^^
          |
          = help: add a line `[manual]: target` to the page, or write `[text](target)`

    "#]],
    );
}

#[test]
fn a_dead_link_keeps_the_site_from_being_published_but_not_the_pages_from_being_run() {
    let project = Project::shop(
        "# Page\n\n[dead](dead.md)\n\n```sql check\nSELECT 1 AS one;\n```\n```output\n+-----+\n| one |\n+-----+\n|   1 |\n+-----+\n```\n",
    );
    project.run("test").fine().says("1 passed");
    project.run("build").is(expect![[r#"
        exit status 1
        --- stderr
        error[dead-link]: there is no `dead.md`
         --> content/page.md:3:8
          |
        3 | [dead](dead.md)
          |        ^^^^^^^
          |
          = help: create it, or remove the link

        1 error; nothing was published
    "#]]);
    assert!(!project.path("public").exists());
}
