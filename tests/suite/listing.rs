//! The lists of pages by kind, tag and owner: what is on them, what leads to them, what may not be in their way.

use expect_test::expect;
use regex::Regex;

use crate::support::Project;

/// A site with two tags, two owners and two kinds.
fn site() -> Project {
    let page = |title: &str, rest: &str| format!("+++\ntitle = \"{title}\"\n{rest}+++\n\nText.\n");
    let project = Project::new(&[("content/index.md", "# Home\n"), ("content/plain.md", "# Plain\n")]);
    project
        .write(
            "content/b.md",
            &page(
                "B <first>",
                "tags = [\"C++\", \"Bed & co\"]\nowner = \"@org/Team A\"\ndescription = \"What <b> is.\"\n",
            ),
        )
        .write("content/do/index.md", &page("Do", "tags = [\"c++\"]\nowner = \"@org/team  a\"\n"))
        .write("content/do/a.md", &page("a last", "tags = [\"C++\", \"c++\"]\nowner = \"Solo\"\n"))
        .write("content/draft.md", &page("Draft", "draft = true\ntags = [\"hidden\"]\nowner = \"Nobody\"\n"));
    project
}

fn drill(project: &Project) {
    let page = "+++\nkind = \"drill\"\ndescription = \"Try it.\"\nowner = \"Solo\"\n+++\n\n## Situation\n\n```bash fault\ntouch x\n```\n\n\
        ## What you do\n\n```bash\nrm x\n```\n\n## How you know it worked\n\n```bash check\n! test -e x\n```\n";
    project.write("content/drill.md", page);
}

/// The article of a page, and what stands above it.
fn main_part(page: &str) -> String {
    let main = page.split_once("<h1").and_then(|(_, rest)| rest.split_once("</article>")).expect("an article").0;
    let icon = Regex::new("<svg .*?</svg>").unwrap();
    format!("<h1{}\n", icon.replace_all(main, "<svg/>"))
}

#[test]
fn pages_are_listed_by_what_they_share() {
    let project = site();
    drill(&project);
    project.run("build --verify").fine();
    let lists: Vec<String> = project.published().into_keys().filter(|name| name.starts_with("by/")).collect();
    expect![[r#"
        by/index.html
        by/kind/doc.html
        by/kind/drill.html
        by/owner/org-team-a.html
        by/owner/solo.html
        by/tag/bed-and-co.html
        by/tag/c-plus-plus.html
    "#]]
    .assert_eq(&(lists.join("\n") + "\n"));
    expect![[r#"
        <h1>Tag: C++</h1>
        <p class="lead">3 pages with the tag C++.</p>


        </div>
        <article class="content">
        <ul class="listing">
        <li><a href="../../do/a.html">a last</a></li>
        <li><a href="../../b.html">B &lt;first&gt;</a><p>What &lt;b&gt; is.</p></li>
        <li><a href="../../do/index.html">Do</a></li>
        </ul>

    "#]]
    .assert_eq(&main_part(&project.read("public/by/tag/c-plus-plus.html")));
    expect![[r#"
        <h1>Owner: Solo</h1>
        <p class="lead">2 pages of Solo.</p>


        </div>
        <article class="content">
        <ul class="listing">
        <li><a href="../../do/a.html">a last</a></li>
        <li><a href="../../drill.html">drill</a><p>Try it.</p>
        <ul class="about"><li>Drill</li><li class="verdict passed"><svg/><span>Proven</span></li></ul></li>
        </ul>

    "#]]
    .assert_eq(&main_part(&project.read("public/by/owner/solo.html")));
    expect![[r#"
        <h1>Pages by kind, tag and owner</h1>
        <p class="lead">Every list of pages: by what they are, what they are about and who answers for them.</p>


        </div>
        <article class="content">
        <h2>By kind</h2>
        <ul class="lists">
        <li><a href="kind/doc.html">Documentation</a> <span class="note">3</span></li>
        <li><a href="kind/drill.html">Drills</a> <span class="note">1</span></li>
        </ul>
        <h2>By tag</h2>
        <ul class="lists">
        <li><a href="tag/bed-and-co.html">Bed &amp; co</a> <span class="note">1</span></li>
        <li><a href="tag/c-plus-plus.html">C++</a> <span class="note">3</span></li>
        </ul>
        <h2>By owner</h2>
        <ul class="lists">
        <li><a href="owner/org-team-a.html">@org/Team A</a> <span class="note">2</span></li>
        <li><a href="owner/solo.html">Solo</a> <span class="note">2</span></li>
        </ul>

    "#]]
    .assert_eq(&main_part(&project.read("public/by/index.html")));
    // An index page leads to others; among the documentation it would only be in the way.
    let doc = main_part(&project.read("public/by/kind/doc.html"));
    assert!(doc.contains(">Plain</a>") && !doc.contains(">Do</a>"), "{doc}");
}

#[test]
fn a_page_leads_to_the_lists_it_is_on_and_every_page_to_all_of_them() {
    let project = site();
    drill(&project);
    project.run("build").fine();
    let about = |page: &str| {
        let page = project.read(page);
        let about = page.split_once("<ul class=\"about\">").and_then(|(_, rest)| rest.split_once("</ul>"));
        about.expect("what the front matter says").0.replace("<li", "\n<li").trim_start().to_owned() + "\n"
    };
    expect![[r#"
        <li>Owner: <a href="by/owner/org-team-a.html">@org/Team A</a></li>
        <li>Tags: <a href="by/tag/c-plus-plus.html">C++</a>, <a href="by/tag/bed-and-co.html">Bed &amp; co</a></li>
    "#]]
    .assert_eq(&about("public/b.html"));
    expect![[r#"
        <li class="kind"><a href="by/kind/drill.html">Drill</a></li>
        <li>Owner: <a href="by/owner/solo.html">Solo</a></li>
    "#]]
    .assert_eq(&about("public/drill.html"));
    for (page, address) in [
        ("plain.html", "by/index.html"),
        ("do/a.html", "../by/index.html"),
        ("by/tag/c-plus-plus.html", "../index.html"),
        ("404.html", "by/index.html"),
    ] {
        let text = project.read(&format!("public/{page}"));
        assert!(text.contains(&format!("<a href=\"{address}\">Pages by kind, tag and owner</a>")), "{page}");
    }
}

#[test]
fn a_site_whose_pages_share_nothing_has_no_lists() {
    let project = Project::new(&[("content/index.md", "# Home\n"), ("content/a.md", "# A\n")]);
    project.run("build").fine();
    assert!(!project.path("public/by").exists());
    assert!(!project.read("public/a.html").contains("Pages by kind"));
}

#[test]
fn crawlers_find_the_lists_and_language_models_do_not() {
    let project = site();
    project.write("proofbook.toml", "base_url = \"https://x.org\"\n").run("build").fine();
    let sitemap = project.read("public/sitemap.xml");
    assert!(sitemap.contains("<loc>https://x.org/by/index.html</loc>"), "{sitemap}");
    assert!(sitemap.contains("<loc>https://x.org/by/owner/org-team-a.html</loc>"), "{sitemap}");
    assert!(!project.read("public/llms.txt").contains("by/"));
    let list = project.read("public/by/tag/c-plus-plus.html");
    assert!(list.contains("<meta name=\"description\" content=\"3 pages with the tag C++.\">"), "{list}");
    assert!(list.contains("<link rel=\"canonical\" href=\"https://x.org/by/tag/c-plus-plus.html\">"), "{list}");
    assert!(!list.contains("text/markdown"), "it has no Markdown");
    project.run("check --fix").fine();
    assert!(!project.read("published.txt").contains("\nby/"), "they come and go with what they list");
}

#[test]
fn post_mortems_are_listed_with_the_latest_first() {
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    let sections = [
        "Summary",
        "Impact",
        "Root causes",
        "Trigger",
        "Detection",
        "Resolution",
        "Action items",
        "Lessons learned",
        "What went well",
        "What went wrong",
        "Where we got lucky",
    ];
    let sections: String = sections.iter().map(|name| format!("## {name}\n\nNone.\n\n")).collect();
    for (name, day) in [("a", 20), ("b", 22), ("c", 21)] {
        let at = |hour: u8| format!("\"2023-06-{day} {hour:02}:00\"");
        let page = format!(
            "+++\ntitle = \"Incident {name}\"\nkind = \"postmortem\"\nseverity = \"2\"\nstarted = {}\ndetected = {}\ndeclared = {}\n\
             resolved = {}\n+++\n\n{sections}## Timeline\n\n- 2023-06-{day} 01:00 - gone\n",
            at(1),
            at(2),
            at(3),
            at(4)
        );
        project.write(&format!("content/{name}.md"), &page);
    }
    project.run("build").fine();
    expect![[r#"
        <h1>Post-mortems</h1>
        <p class="lead">3 pages of this kind.</p>


        </div>
        <article class="content">
        <ul class="listing">
        <li><a href="../../b.html">Incident b</a>
        <ul class="about"><li><time datetime="2023-06-22">22 June 2023</time></li></ul></li>
        <li><a href="../../c.html">Incident c</a>
        <ul class="about"><li><time datetime="2023-06-21">21 June 2023</time></li></ul></li>
        <li><a href="../../a.html">Incident a</a>
        <ul class="about"><li><time datetime="2023-06-20">20 June 2023</time></li></ul></li>
        </ul>

    "#]]
    .assert_eq(&main_part(&project.read("public/by/kind/postmortem.html")));
}

#[test]
fn what_is_in_the_way_of_a_list_is_told() {
    let project = site();
    project
        .write("content/by/tag/c-plus-plus.md", "# A page of ours\n")
        .write("content/by/owner/solo.html", "<p>Ours")
        .write("content/by/index.md", "+++\naliases = [\"by/tag/bed-and-co.html\"]\n+++\n# By\n");
    project.run("check").is(expect![[r#"
        exit status 1
        --- stdout
        7 pages checked: 4 errors
        --- stderr
        error[address-twice]: the list of all pages of the owner `Solo` is published as `by/owner/solo.html`, but content/by/owner/solo.html is there
         --> content/b.md:1:1
          |
        1 | +++
          | ^
          |
          = note: the lists of pages by kind, tag and owner stand in the folder `by`
          = help: give what is there another name

        error[address-twice]: the overview of all lists is published as `by/index.html`, but content/by/index.md is published there
         --> content/by/index.md:1:1
          |
        1 | +++
          | ^
          |
          = note: the lists of pages by kind, tag and owner stand in the folder `by`
          = help: give what is there another name

        error[alias-taken]: the alias `by/tag/bed-and-co.html` is taken: the list of all pages with the tag `Bed & co` is there
         --> content/by/index.md:2:12
          |
        2 | aliases = ["by/tag/bed-and-co.html"]
          |            ^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: a reader who follows an old link would get one or the other
          = help: remove the alias, or move what is there

        error[address-twice]: the list of all pages with the tag `C++` is published as `by/tag/c-plus-plus.html`, but content/by/tag/c-plus-plus.md is published there
         --> content/by/tag/c-plus-plus.md:1:1
          |
        1 | # A page of ours
          | ^
          |
          = note: the lists of pages by kind, tag and owner stand in the folder `by`
          = help: give what is there another name

    "#]]);
    let project = site();
    project.edit("content/plain.md", "# Plain", "+++\naliases = [\"by/tag/bed-and-co.html\"]\n+++\n# Plain");
    project.run("check").ended(1).warns("is taken: the list of all pages with the tag `Bed & co` is there");
}

#[test]
fn a_name_of_which_no_address_can_be_made_is_told() {
    let project = Project::new(&[
        ("content/index.md", "+++\ntags = [\"a.b\", \"!!\"]\n+++\n# Home\n"),
        ("content/page.md", "+++\ntags = [\"a b\"]\nowner = \"?\"\n+++\n# Page\n"),
    ]);
    project.run("check").is(expect![[r#"
        exit status 1
        --- stdout
        2 pages checked: 3 errors
        --- stderr
        error[no-list]: the tag `!!` has neither letter nor digit
         --> content/index.md:2:16
          |
        2 | tags = ["a.b", "!!"]
          |                ^^^^
          |
          = note: the list of its pages is named after it: `by/tag/NAME.html`
          = help: use a word

        error[list-twice]: the list of the tag `a b` would be that of the tag `a.b`
         --> content/page.md:2:9
          |
        2 | tags = ["a b"]
          |         ^^^^^
          |
          = note: both are published as `by/tag/a-b.html`
          = help: write the two alike if they mean the same, else differ in more than punctuation

        error[no-list]: the owner `?` has neither letter nor digit
         --> content/page.md:3:9
          |
        3 | owner = "?"
          |         ^^^
          |
          = note: the list of its pages is named after it: `by/owner/NAME.html`
          = help: use a word

    "#]]);
}
