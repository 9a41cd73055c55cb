//! Earlier addresses of a page: a build leads on from them, and no two pages hold the same.

use expect_test::{Expect, expect};
use regex::Regex;

use super::{CONFIGURATION, WITH_ADDRESS, head, site};
use crate::support::Project;

/// A page without what changes with every change of the theme.
fn without_hash(page: &str) -> String {
    Regex::new("theme-[0-9a-f]+/").expect("a pattern").replace_all(page, "theme-[HASH]/").into_owned()
}

#[test]
fn every_earlier_address_leads_to_the_page() {
    let project = site(CONFIGURATION);
    project.run("build").fine();
    expect![[r#"
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>A [page] &amp; *more* · Handbook &amp; co</title>
        <meta name="robots" content="noindex">
        <meta name="color-scheme" content="light dark">
        <script src="../theme-[HASH]/redirect.js" data-to="../do/a%20page.html"></script>
        <noscript><meta http-equiv="refresh" content="0; url=../do/a%20page.html"></noscript>
        </head>
        <body>
        <main>
        <h1>A [page] &amp; *more*</h1>
        <p>This page has moved. Go on to <a href="../do/a%20page.html">A [page] &amp; *more*</a>.</p>
        </main>
        </body>
        </html>
    "#]]
    .assert_eq(&without_hash(&project.read("public/old/page.html")));
    let gone = project.read("public/gone/index.html");
    assert!(gone.contains("content=\"0; url=../do/a%20page.html\""), "{gone}");
    let postmortem = project.read("public/postmortems/1.html");
    assert!(postmortem.contains("<a href=\"../learn/first.html\">"), "{postmortem}");
    assert!(!project.path("public/old/secret.html").exists(), "a draft has no address");
    let listed = project.read("public/.proofbook-files.json");
    assert!(listed.contains("\"old/page.html\"") && listed.contains("\"gone/index.html\""), "{listed}");

    let full = site(WITH_ADDRESS);
    full.run("build").fine();
    let page = full.read("public/old/page.html");
    expect![[r#"
        <meta name="robots" content="noindex">
        <link rel="canonical" href="https://docs.example.org/a&amp;b/do/a%20page.html">
    "#]]
    .assert_eq(&head(&page));
    assert!(page.contains("url=../do/a%20page.html\""), "the way on is relative all the same: {page}");
}

#[test]
fn an_alias_that_is_given_up_is_removed() {
    let project = site(CONFIGURATION);
    project.run("build").fine();
    let (page, gone) = (project.read("public/do/a page.html"), project.read("public/gone/index.html"));
    project.edit("content/do/a page.md", "\"old/page.html\", ", "").run("build").fine();
    assert!(!project.path("public/old").exists());
    // The page can no longer be searched for by that name; nothing else is another.
    assert_eq!(project.read("public/do/a page.html"), page);
    assert_eq!(project.read("public/gone/index.html"), gone);
}

/// What `check` says about `aliases` of `content/page.md` beside a few other files.
fn refused(aliases: &str, expected: Expect) {
    let project = Project::new(&[
        ("content/index.md", "# Home\n"),
        ("content/page.md", &format!("+++\naliases = [{aliases}]\n+++\n# Page\n")),
        ("content/other.md", "+++\naliases = [\"before.html\"]\n+++\n# Other\n"),
        ("content/files/sheet.html", "<p>A sheet"),
        ("content/list/entry.md", "# Entry\n"),
        ("content/draft.md", "+++\ndraft = true\n+++\n# Draft\n"),
    ]);
    project.run("check").is(expected);
}

#[test]
fn an_alias_that_is_no_address_is_an_error() {
    refused(
        "\"old/page\", \"https://x.org/a.html\",\n  \"../up.html\", \"old/page.md\", \"a.html#b\", \"\"",
        expect![[r#"
            exit status 1
            --- stdout
            4 pages checked: 6 errors
            --- stderr
            error[bad-alias]: the alias `old/page` names no page
             --> content/page.md:2:12
              |
            2 | aliases = ["old/page", "https://x.org/a.html",
              |            ^^^^^^^^^^
              |
              = help: write `old/page.html`, or `old/page/` if it was a folder

            error[bad-alias]: the alias `https://x.org/a.html` names another site
             --> content/page.md:2:24
              |
            2 | aliases = ["old/page", "https://x.org/a.html",
              |                        ^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: write an address from the site's root, such as `old/page.html` or `old/`

            error[bad-alias]: the alias `../up.html` cannot be published: the path leads out of its folder
             --> content/page.md:3:3
              |
            3 |   "../up.html", "old/page.md", "a.html#b", ""]
              |   ^^^^^^^^^^^^
              |
              = help: write an address from the site's root, such as `old/page.html` or `old/`

            error[bad-alias]: the alias `old/page.md` names a Markdown file
             --> content/page.md:3:17
              |
            3 |   "../up.html", "old/page.md", "a.html#b", ""]
              |                 ^^^^^^^^^^^^^
              |
              = help: name what was published of it: `old/page.html`

            error[bad-alias]: the alias `a.html#b` holds more than the address of a page
             --> content/page.md:3:32
              |
            3 |   "../up.html", "old/page.md", "a.html#b", ""]
              |                                ^^^^^^^^^^
              |
              = help: leave out `#b`

            error[bad-alias]: the alias `` cannot be published: the path is empty
             --> content/page.md:3:44
              |
            3 |   "../up.html", "old/page.md", "a.html#b", ""]
              |                                            ^^
              |
              = help: write an address from the site's root, such as `old/page.html` or `old/`

        "#]],
    );
}

#[test]
fn an_alias_where_something_else_is_published_is_an_error() {
    refused(
        "\"other.html\", \"Files/Sheet.html\", \"before.html\",\n  \"page.html\", \"list/\", \"404.html\", \"a.html\", \"a.html\", \"other.html/\"",
        expect![[r#"
            exit status 1
            --- stdout
            4 pages checked: 8 errors
            --- stderr
            error[alias-taken]: the alias `other.html` is taken: content/other.md is published there
             --> content/page.md:2:12
              |
            2 | aliases = ["other.html", "Files/Sheet.html", "before.html",
              |            ^^^^^^^^^^^^
              |
              = note: a reader who follows an old link would get one or the other
              = help: remove the alias, or move what is there

            error[alias-taken]: the alias `Files/Sheet.html` is taken: content/files/sheet.html is there
             --> content/page.md:2:26
              |
            2 | aliases = ["other.html", "Files/Sheet.html", "before.html",
              |                          ^^^^^^^^^^^^^^^^^^
              |
              = note: a reader who follows an old link would get one or the other
              = help: remove the alias, or move what is there

            error[alias-taken]: the alias `before.html` is taken: content/other.md has it as an alias, too
             --> content/page.md:2:46
              |
            2 | aliases = ["other.html", "Files/Sheet.html", "before.html",
              |                                              ^^^^^^^^^^^^^
              |
              = note: a reader who follows an old link would get one or the other
              = help: remove the alias, or move what is there

            error[alias-taken]: `page.html` is where this page is published
             --> content/page.md:3:3
              |
            3 |   "page.html", "list/", "404.html", "a.html", "a.html", "other.html/"]
              |   ^^^^^^^^^^^
              |
              = help: remove it: an alias is an address that the page had before

            error[alias-taken]: the alias `list/` is taken: the list of what lies in `content/list` is there
             --> content/page.md:3:16
              |
            3 |   "page.html", "list/", "404.html", "a.html", "a.html", "other.html/"]
              |                ^^^^^^^
              |
              = note: a reader who follows an old link would get one or the other
              = help: remove the alias, or move what is there

            error[alias-taken]: the alias `404.html` is taken: the page for addresses that do not exist is there
             --> content/page.md:3:25
              |
            3 |   "page.html", "list/", "404.html", "a.html", "a.html", "other.html/"]
              |                         ^^^^^^^^^^
              |
              = note: a reader who follows an old link would get one or the other
              = help: remove the alias, or move what is there

            error[alias-taken]: the alias `a.html` is taken: content/page.md has it as an alias, too
             --> content/page.md:3:47
              |
            3 |   "page.html", "list/", "404.html", "a.html", "a.html", "other.html/"]
              |                                               ^^^^^^^^
              |
              = note: a reader who follows an old link would get one or the other
              = help: remove the alias, or move what is there

            error[alias-taken]: the alias `other.html/` is taken: `other.html` is a file, not a folder, because content/other.md is published there
             --> content/page.md:3:57
              |
            3 |   "page.html", "list/", "404.html", "a.html", "a.html", "other.html/"]
              |                                                         ^^^^^^^^^^^^^
              |
              = note: a reader who follows an old link would get one or the other
              = help: remove the alias, or move what is there

        "#]],
    );
}

#[test]
fn a_draft_holds_no_address() {
    refused(
        "\"draft.html\"",
        expect![[r#"
        exit status 0
        --- stdout
        4 pages checked: no problems
    "#]],
    );
}
