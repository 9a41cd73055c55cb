//! The checked-in list of published addresses: what is lost is told, what is evident is written.

use expect_test::expect;

use crate::support::Project;

const STEPS: &str = "+++\ntitle = \"Drain a node\"\n+++\n\n## Before you start\n\n## Cordon it\n\n## Afterwards\n";

/// Three pages, with a list.
fn listed() -> Project {
    let project = unlisted();
    project.run("check --fix").fine();
    project
}

fn unlisted() -> Project {
    let project = Project::new(&[
        ("content/index.md", "# Home\n"),
        ("content/do/drain.md", STEPS),
        (
            "content/do/other page.md",
            "# Another *page*\n\n## Before you start\n\n<a id=\"raw\"></a>\n\n```bash check name=look\ntrue\n```\n\n\
             ```bash check\ntrue\n```\n",
        ),
    ]);
    project.write("content/do/draft.md", "+++\ndraft = true\n+++\n\n## Hidden\n");
    project
}

#[test]
fn a_site_without_a_list_is_held_against_none_and_gets_one_on_demand() {
    let project = unlisted();
    project.run("check").fine();
    project.remove("content/do/drain.md").run("check").fine();
    project.write("content/do/drain.md", STEPS);
    project.run("check --fix").is(expect![[r#"
        exit status 0
        --- stdout
        published.txt: made, with 12 lines
        3 pages checked: no problems
    "#]]);
    expect![[r#"
        # The addresses of this site that may have been linked to from elsewhere. `proofbook check` and `proofbook build` fail
        # when one is lost; `proofbook check --fix` adds new ones. To give one up on purpose, remove its line.
        do/drain.html
        do/drain.html#afterwards
        do/drain.html#before-you-start
        do/drain.html#cordon-it
        do/index.html
        do/other page.html
        do/other page.html#another-page
        do/other page.html#before-you-start
        do/other page.html#look
        do/other page.html#raw
        index.html
        index.html#home
    "#]]
    .assert_eq(&project.read("published.txt"));
    project.run("check --fix").is(expect![[r#"
        exit status 0
        --- stdout
        3 pages checked: no problems
    "#]]);
}

#[test]
fn a_list_that_lacks_something_fails_the_check_and_not_the_build() {
    let project = listed();
    project.write("content/do/new.md", "# New\n\n## One\n\n## Two\n").run("build").fine();
    project.run("check").is(expect![[r#"
        exit status 1
        --- stdout
        4 pages checked: 1 error
        --- stderr
        error[published-behind]: 1 address and 3 places on pages of the site are not in this list
         --> published.txt:7:1
          |
        7 | do/index.html
          | ^^^^^^^^^^^^^
          |
          = note: `do/new.html`, `do/new.html#new`, `do/new.html#one` and 1 more
          = note: if it were lost later, nothing would tell
          = help: run `proofbook check --fix`, and commit the list

    "#]]);
    project.run("check --fix").fine().says("published.txt: 4 lines added\n");
    project.run("check").fine();
}

#[test]
fn a_page_that_moved_keeps_its_address() {
    let project = listed();
    project.run("build").fine();
    project.remove("content/do/drain.md").write("content/operate/drain-a-node.md", STEPS);
    let told = expect![[r#"
        exit status 1
        --- stderr
        error[lost-address]: `do/drain.html` was published, and nothing is there any more
         --> published.txt:3:1
          |
        3 | do/drain.html
          | ^^^^^^^^^^^^^ evidently content/operate/drain-a-node.md now
          |
          = note: whoever follows a link to it finds no page
          = help: run `proofbook check --fix`, which adds `aliases = ["do/drain.html"]` to the front matter of content/operate/drain-a-node.md; if the page is to be gone, remove this line

        1 error; nothing was published
    "#]];
    project.run("build").is(told);
    assert!(project.path("public/do/drain.html").exists(), "the old site stays");
    project.run("check --fix").is(expect![[r#"
        exit status 0
        --- stdout
        content/operate/drain-a-node.md: its old address `do/drain.html` is an alias now
        published.txt: 5 lines added
        3 pages checked: no problems
    "#]]);
    expect![[r#"
        +++
        title = "Drain a node"
        aliases = ["do/drain.html"]
        +++

        ## Before you start

        ## Cordon it

        ## Afterwards
    "#]]
    .assert_eq(&project.read("content/operate/drain-a-node.md"));
    project.run("build").fine();
    assert!(project.read("public/do/drain.html").contains("operate/drain-a-node.html"));

    // An alias is guarded like a page, and so are the places that are reached through it.
    project.edit("content/operate/drain-a-node.md", "## Cordon it", "## Keep new work away");
    project.run("check").is(expect![[r#"
        exit status 1
        --- stdout
        3 pages checked: 3 errors
        --- stderr
        error[lost-anchor]: `#cordon-it` was a place on `do/drain.html`, and is not there any more
         --> published.txt:6:14
          |
        6 | do/drain.html#cordon-it
          |              ^^^^^^^^^^ is it content/operate/drain-a-node.md:8 now?
          |
          = note: whoever follows a link to it comes to the top of the page and has to search
          = help: keep the old name: `## Keep new work away {#cordon-it}`; if nobody is to find it any more, remove this line

        error[published-behind]: 1 place on a page of the site is not in this list
          --> published.txt:18:1
           |
        18 | operate/drain-a-node.html#cordon-it
           | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = note: `operate/drain-a-node.html#keep-new-work-away`
           = note: if it were lost later, nothing would tell
           = help: first decide on what is lost; then run `proofbook check --fix`, and commit the list

        error[lost-anchor]: `#cordon-it` was a place on `operate/drain-a-node.html`, and is not there any more
          --> published.txt:18:26
           |
        18 | operate/drain-a-node.html#cordon-it
           |                          ^^^^^^^^^^ is it content/operate/drain-a-node.md:8 now?
           |
           = note: whoever follows a link to it comes to the top of the page and has to search
           = help: keep the old name: `## Keep new work away {#cordon-it}`; if nobody is to find it any more, remove this line

    "#]]);
    project.edit("content/operate/drain-a-node.md", "## Keep new work away", "## Keep new work away {#cordon-it}");
    project.run("check").fine();
    project.edit("content/operate/drain-a-node.md", "aliases = [\"do/drain.html\"]\n", "");
    project
        .run("build")
        .ended(1)
        .warns("error[lost-address]: `do/drain.html` was published")
        .warns("published.txt:3:1");
}

#[test]
fn a_folder_that_was_renamed_keeps_all_its_addresses() {
    let project = listed();
    project.write("content/do/index.md", "+++\ntitle = \"Tasks\"\n+++\n").run("check --fix").fine();
    project.write("content/twin/drain.md", "Text.\n").run("check --fix").fine();
    for name in ["drain.md", "other page.md", "index.md"] {
        let text = project.read(&format!("content/do/{name}"));
        project.write(&format!("content/tasks/{name}"), &text).remove(&format!("content/do/{name}"));
    }
    project.run("check --fix").is(expect![[r#"
        exit status 0
        --- stdout
        content/tasks/drain.md: its old address `do/drain.html` is an alias now
        content/tasks/index.md: its old address `do/` is an alias now
        content/tasks/other page.md: its old address `do/other page.html` is an alias now
        published.txt: 10 lines added
        5 pages checked: no problems
    "#]]);
    assert!(project.read("content/tasks/index.md").contains("title = \"Tasks\"\naliases = [\"do/\"]\n"));
    assert!(
        project.read("content/tasks/other page.md").starts_with("+++\naliases = [\"do/other page.html\"]\n+++\n\n# A")
    );
    project.run("build").fine();
}

#[test]
fn what_is_not_evident_is_not_written() {
    let project = listed();
    let text = project.read("content/do/drain.md");
    // The same headings on two pages, neither of the old name.
    project.write("content/a.md", &text).write("content/b.md", &text).remove("content/do/drain.md");
    project.run("check --fix").is(expect![[r#"
        exit status 1
        --- stdout
        4 pages checked: 2 errors
        --- stderr
        error[published-behind]: 2 addresses and 6 places on pages of the site are not in this list
         --> published.txt:1:1
          |
        1 | # The addresses of this site that may have been linked to from elsewhere. `proofbook check` and `proofbook build` fail
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: `a.html`, `a.html#afterwards`, `a.html#before-you-start` and 5 more
          = note: if it were lost later, nothing would tell
          = help: first decide on what is lost; then run `proofbook check --fix`, and commit the list

        error[lost-address]: `do/drain.html` was published, and nothing is there any more
         --> published.txt:3:1
          |
        3 | do/drain.html
          | ^^^^^^^^^^^^^ new in the site: content/a.md, content/b.md
          |
          = note: whoever follows a link to it finds no page
          = help: if the page has moved, add `aliases = ["do/drain.html"]` to the front matter of the page it is now; if the page is to be gone, remove this line

    "#]]);
    assert_eq!(project.read("content/a.md"), text);
    // The author decides, and the list is brought up to date.
    project.edit("content/b.md", "title", "aliases = [\"do/drain.html\"]\ntitle");
    project.run("check --fix").fine().says("published.txt: 8 lines added\n");
}

#[test]
fn two_pages_of_a_kind_are_not_one_because_they_have_its_sections() {
    let project = listed();
    let runbook = |title: &str| {
        let sections =
            ["What you need", "What you do", "How you know it worked", "How to go back", "What can go wrong"];
        let sections: String = sections.iter().map(|name| format!("\n## {name}\n")).collect();
        format!("+++\ntitle = \"{title}\"\nkind = \"runbook\"\ndescription = \"d\"\nowner = \"o\"\n+++\n{sections}")
    };
    project.write("content/one.md", &runbook("One")).run("check --fix").fine();
    project.remove("content/one.md").write("content/other.md", &runbook("Other"));
    project.run("check --fix").ended(1).warns("error[lost-address]: `one.html`").never_says("is an alias now");
    // Of the same name in another folder it is the same one.
    project.remove("content/other.md").write("content/do/one.md", &runbook("One"));
    project.run("check --fix").fine().says("content/do/one.md: its old address `one.html` is an alias now");
}

#[test]
fn a_page_that_is_gone_on_purpose_costs_one_line() {
    let project = listed();
    project.remove("content/do/drain.md").write("content/unlike.md", "# Something else\n");
    project.run("check").is(expect![[r#"
        exit status 1
        --- stdout
        3 pages checked: 2 errors
        --- stderr
        error[lost-address]: `do/drain.html` was published, and nothing is there any more
         --> published.txt:3:1
          |
        3 | do/drain.html
          | ^^^^^^^^^^^^^ new in the site: content/unlike.md
          |
          = note: whoever follows a link to it finds no page
          = help: if the page has moved, add `aliases = ["do/drain.html"]` to the front matter of the page it is now; if the page is to be gone, remove this line

        error[published-behind]: 1 address and 1 place on a page of the site are not in this list
          --> published.txt:14:1
           |
        14 | index.html#home
           | ^^^^^^^^^^^^^^^
           |
           = note: `unlike.html`, `unlike.html#something-else`
           = note: if it were lost later, nothing would tell
           = help: first decide on what is lost; then run `proofbook check --fix`, and commit the list

    "#]]);
    project.edit("published.txt", "do/drain.html\n", "").run("check --fix").fine().says("published.txt: 2 lines added");
    let list = project.read("published.txt");
    assert!(!list.contains("drain"), "its places went with it: {list}");
    project.run("build").fine();
}

#[test]
fn a_draft_is_no_page() {
    let project = listed();
    project.edit("content/do/drain.md", "title", "draft = true\ntitle").run("build").is(expect![[r#"
        exit status 1
        --- stderr
        error[lost-address]: `do/drain.html` was published, and nothing is there any more
         --> published.txt:3:1
          |
        3 | do/drain.html
          | ^^^^^^^^^^^^^ content/do/drain.md is a draft now
          |
          = note: whoever follows a link to it finds no page
          = help: remove `draft = true`, or add `aliases = ["do/drain.html"]` to the front matter of the page to read in its place; if the page is to be gone, remove this line

        1 error; nothing was published
    "#]]);
}

#[test]
fn places_that_are_gone_are_told_with_where_they_may_be() {
    let project = listed();
    let other = "content/do/other page.md";
    project.edit(other, "<a id=\"raw\"></a>", "").edit(other, "name=look", "name=lookup");
    project.edit("content/do/drain.md", "## Afterwards\n", "").edit(
        "content/index.md",
        "# Home\n",
        "# Home\n\n## Afterwards\n",
    );
    project.edit("content/do/drain.md", "## Before you start", "## Before you begin");
    project.run("check").is(expect![[r#"
        exit status 1
        --- stdout
        3 pages checked: 5 errors
        --- stderr
        error[published-behind]: 3 places on pages of the site are not in this list
         --> published.txt:4:1
          |
        4 | do/drain.html#afterwards
          | ^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: `do/drain.html#before-you-begin`, `do/other page.html#lookup`, `index.html#afterwards`
          = note: if it were lost later, nothing would tell
          = help: first decide on what is lost; then run `proofbook check --fix`, and commit the list

        error[lost-anchor]: `#afterwards` was a place on `do/drain.html`, and is not there any more
         --> published.txt:4:14
          |
        4 | do/drain.html#afterwards
          |              ^^^^^^^^^^^ it is in content/index.md now
          |
          = note: whoever follows a link to it comes to the top of the page and has to search
          = help: leave `<a id="afterwards"></a>` where readers come to, beside a link to content/index.md; if nobody is to find it any more, remove this line

        error[lost-anchor]: `#before-you-start` was a place on `do/drain.html`, and is not there any more
         --> published.txt:5:14
          |
        5 | do/drain.html#before-you-start
          |              ^^^^^^^^^^^^^^^^^ is it content/do/drain.md:5 now?
          |
          = note: whoever follows a link to it comes to the top of the page and has to search
          = help: keep the old name: `## Before you begin {#before-you-start}`; if nobody is to find it any more, remove this line

        error[lost-anchor]: `#look` was a place on `do/other page.html`, and is not there any more
          --> published.txt:11:19
           |
        11 | do/other page.html#look
           |                   ^^^^^
           |
           = note: whoever follows a link to it comes to the top of the page and has to search
           = help: give what took its place the old name, as `{#look}` behind the heading or `<a id="look"></a>` before the text; if nobody is to find it any more, remove this line

        error[lost-anchor]: `#raw` was a place on `do/other page.html`, and is not there any more
          --> published.txt:12:19
           |
        12 | do/other page.html#raw
           |                   ^^^^
           |
           = note: whoever follows a link to it comes to the top of the page and has to search
           = help: give what took its place the old name, as `{#raw}` behind the heading or `<a id="raw"></a>` before the text; if nobody is to find it any more, remove this line

    "#]]);
}

#[test]
fn two_branches_are_merged_line_by_line() {
    let project = listed();
    // What `merge=union` makes of two branches that each added a page.
    project.write("content/a.md", "# A\n").write("content/b.md", "# B\n");
    let list = project.read("published.txt");
    project
        .write("published.txt", &format!("{list}b.html\nb.html#b\na.html\na.html#a\nb.html\n").replace('\n', "\r\n"));
    project.run("check").fine();
    project.run("check --fix").fine().says("published.txt: put in order\n");
    let ordered = project.read("published.txt");
    assert!(ordered.contains("line.\r\na.html\r\na.html#a\r\nb.html\r\nb.html#b\r\ndo/"), "{ordered}");
    assert_eq!(ordered.matches('\n').count(), ordered.matches("\r\n").count());

    project.write("published.txt", &format!("<<<<<<< ours\n{list}=======\na.html\n>>>>>>> theirs\n../up.html\n"));
    project.run("build").ended(1).warns("error[bad-published]: a merge conflict is left in this list");
    let before = project.read("published.txt");
    project.run("check --fix").is(expect![[r#"
        exit status 1
        --- stdout
        5 pages checked: 5 errors
        --- stderr
        nothing was fixed: what is told here has to be corrected first

        error[bad-published]: a merge conflict is left in this list
         --> published.txt:1:1
          |
        1 | <<<<<<< ours
          | ^^^^^^^^^^^^
          |
          = note: what was published there could be lost without a word
          = help: keep the lines of both sides and remove the marks; with `published.txt merge=union` in .gitattributes git does that by itself

        error[bad-published]: a merge conflict is left in this list
          --> published.txt:16:1
           |
        16 | =======
           | ^^^^^^^
           |
           = note: what was published there could be lost without a word
           = help: keep the lines of both sides and remove the marks; with `published.txt merge=union` in .gitattributes git does that by itself

        error[published-behind]: 1 address and 2 places on pages of the site are not in this list
          --> published.txt:17:1
           |
        17 | a.html
           | ^^^^^^
           |
           = note: `a.html#a`, `b.html`, `b.html#b`
           = note: if it were lost later, nothing would tell
           = help: run `proofbook check --fix`, and commit the list

        error[bad-published]: a merge conflict is left in this list
          --> published.txt:18:1
           |
        18 | >>>>>>> theirs
           | ^^^^^^^^^^^^^^
           |
           = note: what was published there could be lost without a word
           = help: keep the lines of both sides and remove the marks; with `published.txt merge=union` in .gitattributes git does that by itself

        error[bad-published]: `../up.html` is no address of a site: the path leads out of its folder
          --> published.txt:19:1
           |
        19 | ../up.html
           | ^^^^^^^^^^
           |
           = note: what was published there could be lost without a word
           = help: write an address from the site's root, such as `do/page.html` or `do/page.html#steps`; `proofbook check --fix` adds those that are missing

    "#]]);
    assert_eq!(project.read("published.txt"), before);
}

#[test]
fn nothing_is_fixed_where_nobody_looks_or_pages_say_something_wrong() {
    let project = listed();
    let list = project.read("published.txt");
    project.remove("content/do/drain.md").write("content/operate/drain.md", STEPS);
    project.command("check --fix").variable("CI", "true").run().is(expect![[r#"
        exit status 2
        --- stderr
        error: `--fix` rewrites files, and CI=true says that nobody looks at them here
          help: run `proofbook check --fix` where pages are written, read the difference, and commit it
    "#]]);
    project.write("content/a.md", "+++\nunknown = 1\n+++\n# A\n");
    project.run("check --fix").is(expect![[r#"
        exit status 1
        --- stdout
        4 pages checked: 1 error
        --- stderr
        nothing was fixed: what is told here has to be corrected first

        error[unknown-key]: `unknown` is not a key of the front matter
         --> content/a.md:2:1
          |
        2 | unknown = 1
          | ^^^^^^^ unknown key
          |
          = help: known here: `title`, `description`, `kind`, `weight`, `draft`, `aliases`, `owner`, `tags`, `review_by`, `run`, `run_reason`, `database`, `engines`, `after`, `severity`, `started`, `detected`, `declared`, `resolved`, `actions`, `parameters`, `cases`

    "#]]);
    assert_eq!(project.read("published.txt"), list);
    assert_eq!(project.read("content/operate/drain.md"), STEPS);
    // A dead link is no reason: it is the move that made it.
    project.write("content/a.md", "# A\n\n[there](do/drain.md)\n");
    project.run("check --fix").ended(1).says("is an alias now").warns("error[dead-link]").never_says("lost-address");
}

#[test]
fn a_page_that_may_not_be_written_is_left_and_told() {
    use std::os::unix::fs::PermissionsExt;
    let project = listed();
    project.remove("content/do/drain.md").write("content/operate/drain.md", STEPS);
    let page = project.path("content/operate/drain.md");
    std::fs::set_permissions(&page, std::fs::Permissions::from_mode(0o444)).unwrap();
    project.run("check --fix").ended(1).warns("content/operate/drain.md is read-only").warns("error[lost-address]");
    assert_eq!(project.read("content/operate/drain.md"), STEPS);
}

#[test]
fn an_address_that_differs_in_case_only_cannot_lead_on() {
    let project = listed();
    project.remove("content/do/drain.md").write("content/do/Drain.md", STEPS);
    project.run("check --fix").ended(1).warns("error[lost-address]: `do/drain.html`").never_says("is an alias now");
    assert_eq!(project.read("content/do/Drain.md"), STEPS);
}

#[test]
fn json_is_the_only_thing_on_stdout() {
    let project = unlisted();
    let ran = project.run("check --fix --format json").fine();
    assert_eq!(ran.json()["command"], "check");
    assert!(ran.stderr.contains("published.txt: made, with 12 lines"), "{}", ran.whole());
}
