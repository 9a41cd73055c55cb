//! What a build writes beside the pages: what crawlers, feed readers and language models read; and redirects (`aliases`).

mod aliases;

use expect_test::expect;

use crate::support::{Project, is_installed, text};

/// A post-mortem with every section it must have.
fn post_mortem(front_matter: &str, summary: &str) -> String {
    let sections = [
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
    format!(
        "+++\nkind = \"postmortem\"\nseverity = \"2\"\nstarted = \"2023-06-20 12:32\"\ndetected = \"2023-06-20 12:40\"\n\
         declared = \"2023-06-20 12:43\"\n{front_matter}+++\n\n## Summary\n\n{summary}\n\n{sections}\
         ## Timeline\n\n- 2023-06-20 12:32 - gone\n"
    )
}

/// A site with something of everything.
fn site(configuration: &str) -> Project {
    let project = Project::new(&[
        ("proofbook.toml", configuration),
        ("content/index.md", "# Handbook <home>\n\nGo to [the page](do/a%20page.md#steps).\n"),
        (
            "content/do/a page.md",
            "+++\ntitle = \"A [page] & *more*\"\ndescription = \"How \\\"it\\\" <goes>.\"\nowner = \"Team & co\"\ntags = [\"x_y\"]\n\
             aliases = [\"old/page.html\", \"gone/\"]\n+++\n\n## Steps\n\nBack [home](../index.md).\n",
        ),
        ("content/do/deep/index.md", "# Deep *down*\n\n<!-- a note -->\n\nText.\n"),
        ("content/draft.md", "+++\ntitle = \"Secret\"\ndraft = true\naliases = [\"old/secret.html\"]\n+++\n"),
    ]);
    project.write(
        "content/learn/first.md",
        &post_mortem(
            "title = \"The first & <worst>\"\nresolved = \"2023-06-21 08:00\"\nowner = \"On-call\"\naliases = [\"postmortems/1.html\"]\n",
            "An *architecture*\nwas lost.\n\nMore of it.",
        ),
    );
    project.write(
        "content/learn/second.md",
        &post_mortem(
            "title = \"The second\"\nresolved = \"2023-06-22 08:00\"\ndescription = \"It came\\u0001back.\"\n",
            "-",
        ),
    );
    project
}

const CONFIGURATION: &str = "title = \"Handbook & co\"\ndescription = \"What to do.\"\n";
const WITH_ADDRESS: &str =
    "title = \"Handbook & co\"\ndescription = \"What to do.\"\nbase_url = \"https://docs.example.org/a&b/\"\n";

/// The elements of a page's head that are for programs.
fn head(page: &str) -> String {
    let head = page.split_once("</head>").expect("a head").0;
    let for_programs = ["rel=\"canonical\"", "property=\"og:", "rel=\"alternate\"", "name=\"description\"", "noindex"];
    let lines = head.lines().filter(|line| for_programs.iter().any(|mark| line.contains(mark)));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn with_a_base_url_crawlers_find_every_page_and_nothing_else() {
    let project = site(WITH_ADDRESS);
    project.run("build").fine();
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
        <url><loc>https://docs.example.org/a&amp;b/by/index.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/by/kind/doc.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/by/kind/postmortem.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/by/owner/on-call.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/by/owner/team-and-co.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/by/tag/x_y.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/do/a%20page.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/do/deep/index.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/do/index.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/index.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/learn/first.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/learn/index.html</loc></url>
        <url><loc>https://docs.example.org/a&amp;b/learn/second.html</loc></url>
        </urlset>
    "#]]
    .assert_eq(&project.read("public/sitemap.xml"));
    expect![[r#"
        User-agent: *
        Allow: /

        Sitemap: https://docs.example.org/a&b/sitemap.xml
    "#]]
    .assert_eq(&project.read("public/robots.txt"));
}

#[test]
fn without_a_base_url_nothing_has_an_address_in_full() {
    let project = site(CONFIGURATION);
    project.run("build").fine();
    for name in ["sitemap.xml", "robots.txt", "feed.xml"] {
        assert!(!project.path(&format!("public/{name}")).exists(), "{name}");
    }
    expect![[r#"
        <meta name="description" content="How &quot;it&quot; &lt;goes&gt;.">
        <link rel="alternate" type="text/markdown" href="a%20page.md">
    "#]]
    .assert_eq(&head(&project.read("public/do/a page.html")));
    for (name, bytes) in project.published() {
        assert!(!String::from_utf8_lossy(&bytes).contains("rel=\"canonical\""), "{name}");
    }
}

#[test]
fn a_head_says_what_the_page_is() {
    let project = site(WITH_ADDRESS);
    project.run("build").fine();
    expect![[r#"
        <meta name="description" content="How &quot;it&quot; &lt;goes&gt;.">
        <link rel="canonical" href="https://docs.example.org/a&amp;b/do/a%20page.html">
        <meta property="og:title" content="A [page] &amp; *more*">
        <meta property="og:type" content="article">
        <meta property="og:url" content="https://docs.example.org/a&amp;b/do/a%20page.html">
        <meta property="og:site_name" content="Handbook &amp; co">
        <meta property="og:description" content="How &quot;it&quot; &lt;goes&gt;.">
        <link rel="alternate" type="text/markdown" href="a%20page.md">
        <link rel="alternate" type="application/atom+xml" title="Post-mortems" href="../feed.xml">
    "#]]
    .assert_eq(&head(&project.read("public/do/a page.html")));
    expect![[r#"
        <meta name="description" content="What to do.">
        <link rel="canonical" href="https://docs.example.org/a&amp;b/index.html">
        <meta property="og:title" content="Handbook">
        <meta property="og:type" content="website">
        <meta property="og:url" content="https://docs.example.org/a&amp;b/index.html">
        <meta property="og:site_name" content="Handbook &amp; co">
        <meta property="og:description" content="What to do.">
        <link rel="alternate" type="text/markdown" href="index.md">
        <link rel="alternate" type="application/atom+xml" title="Post-mortems" href="feed.xml">
    "#]]
    .assert_eq(&head(&project.read("public/index.html")));
    // A listing has no Markdown, and a page that does not exist no address.
    expect![[r#"
        <meta name="description" content="In Do: A [page] &amp; *more*, Deep down.">
        <link rel="canonical" href="https://docs.example.org/a&amp;b/do/index.html">
        <meta property="og:title" content="Do">
        <meta property="og:type" content="article">
        <meta property="og:url" content="https://docs.example.org/a&amp;b/do/index.html">
        <meta property="og:site_name" content="Handbook &amp; co">
        <meta property="og:description" content="In Do: A [page] &amp; *more*, Deep down.">
        <link rel="alternate" type="application/atom+xml" title="Post-mortems" href="../feed.xml">
    "#]]
    .assert_eq(&head(&project.read("public/do/index.html")));
    expect![[r#"
        <meta name="robots" content="noindex">
        <link rel="alternate" type="application/atom+xml" title="Post-mortems" href="/a&amp;b/feed.xml">
    "#]]
    .assert_eq(&head(&project.read("public/404.html")));
}

#[test]
fn post_mortems_have_a_feed() {
    let project = site(WITH_ADDRESS);
    project.run("build").fine();
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
        <id>https://docs.example.org/a&amp;b/feed.xml</id>
        <title>Handbook &amp; co: post-mortems</title>
        <updated>2023-06-22T08:00:00Z</updated>
        <author><name>Handbook &amp; co</name></author>
        <link rel="self" href="https://docs.example.org/a&amp;b/feed.xml"/>
        <link rel="alternate" href="https://docs.example.org/a&amp;b/index.html"/>
        <entry>
        <id>https://docs.example.org/a&amp;b/learn/second.html</id>
        <title>The second</title>
        <updated>2023-06-22T08:00:00Z</updated>
        <link rel="alternate" href="https://docs.example.org/a&amp;b/learn/second.html"/>
        <summary>It came�back.</summary>
        </entry>
        <entry>
        <id>https://docs.example.org/a&amp;b/postmortems/1.html</id>
        <title>The first &amp; &lt;worst&gt;</title>
        <updated>2023-06-21T08:00:00Z</updated>
        <author><name>On-call</name></author>
        <link rel="alternate" href="https://docs.example.org/a&amp;b/learn/first.html"/>
        <summary>An architecture was lost.</summary>
        </entry>
        </feed>
    "#]]
    .assert_eq(&project.read("public/feed.xml"));
}

#[test]
fn a_page_that_moves_keeps_its_id_in_the_feed() {
    let project = site(WITH_ADDRESS);
    project.run("build").fine();
    let ids = |feed: &str| -> Vec<String> {
        let mut ids: Vec<String> = feed.lines().filter(|line| line.starts_with("<id>")).map(str::to_owned).collect();
        ids.sort();
        ids
    };
    let before = project.read("public/feed.xml");
    let page =
        project.read("content/learn/second.md").replace("+++\nkind", "+++\naliases = [\"learn/second.html\"]\nkind");
    project.write("content/learn/moved.md", &page).remove("content/learn/second.md");
    project.run("build").fine();
    let after = project.read("public/feed.xml");
    assert!(after.contains("href=\"https://docs.example.org/a&amp;b/learn/moved.html\""), "{after}");
    assert_eq!(ids(&after), ids(&before));
}

#[test]
fn a_site_without_post_mortems_has_no_feed() {
    let project = site(WITH_ADDRESS);
    project.remove("content/learn/first.md").remove("content/learn/second.md");
    project.run("build").fine();
    assert!(!project.path("public/feed.xml").exists());
    assert!(!project.read("public/index.html").contains("atom"));
}

#[test]
fn language_models_find_every_page_as_markdown() {
    let project = site(CONFIGURATION);
    project.run("build").fine();
    expect![[r##"
        # Handbook & co

        > What to do.

        ## Home

        - [Handbook](index.md)

        ## Do

        - [A \[page\] & \*more\*](do/a%20page.md): How "it" \<goes>.

        ## Do / Deep down

        - [Deep down](do/deep/index.md)

        ## Learn

        - [The first & \<worst>](learn/first.md)
        - [The second](learn/second.md): It came back.
    "##]]
    .assert_eq(&project.read("public/llms.txt"));
    let full = site(WITH_ADDRESS);
    full.run("build").fine();
    let listed = full.read("public/llms.txt");
    assert!(listed.contains("](https://docs.example.org/a&b/do/a%20page.md): "), "{listed}");
}

#[test]
fn the_markdown_of_a_page_says_what_the_page_says() {
    let project = site(CONFIGURATION);
    project.run("build").fine();
    expect![[r##"
        # A \[page\] & \*more\*

        > How "it" \<goes>.

        From [Handbook & co](a%20page.html).

        - Owner: Team & co
        - Tags: x_y

        ## Steps

        Back [home](../index.md).
    "##]]
    .assert_eq(&project.read("public/do/a page.md"));
    expect![[r#"
        # Deep *down*

        From [Handbook & co](index.html).

        <!-- a note -->

        Text.
    "#]]
    .assert_eq(&project.read("public/do/deep/index.md"));
    let first = project.read("public/learn/first.md");
    expect![[r#"
        # The first & \<worst>

        From [Handbook & co](first.html).

        - Kind: Post-mortem
        - Owner: On-call
        - Severity: 2
        - Started: 20 June 2023, 12:32 UTC
        - Detected: 20 June 2023, 12:40 UTC
        - Declared: 20 June 2023, 12:43 UTC
        - Resolved: 21 June 2023, 08:00 UTC

    "#]]
    .assert_eq(first.split_once("## Summary").expect("its text").0);
    assert!(!project.path("public/draft.md").exists());
}

#[test]
fn the_markdown_of_a_runbook_says_what_to_fill_in_and_how_it_is_proved() {
    let project = Project::shop(&text(
        r#"
        +++
        title = "Close an account"
        [parameters.id]
        label = "The account's number"
        type = "integer"
        default = 1
        [[cases]]
        name = "second"
        id = 2
        +++

        ```sql effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = :id;
        ```
        "#,
    ));
    project.run("build").fine();
    expect![[r##"
        # Close an account

        From [Shop](page.html).

        - Proof: Not run yet
        - Value to fill in: `id`, The account's number, here `1`

        ```sql effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = :id;
        ```
    "##]]
    .assert_eq(&project.read("public/page.md"));
    project.run("build --verify").fine();
    let proved = project.read("public/page.md");
    assert!(proved.contains("- Proof: Proven"), "{proved}");
}

#[test]
fn what_the_author_put_there_is_kept() {
    let project = site(WITH_ADDRESS);
    project.write("content/robots.txt", "User-agent: *\nDisallow: /\n").write("content/llms.txt", "Ask us.\n");
    project.run("build").fine();
    assert_eq!(project.read("public/robots.txt"), "User-agent: *\nDisallow: /\n");
    assert_eq!(project.read("public/llms.txt"), "Ask us.\n");
}

#[test]
fn a_page_without_a_description_is_described_by_how_it_begins() {
    let project = Project::new(&[
        ("content/index.md", "# Home\n"),
        (
            "content/a.md",
            &format!("# A\n\n![](p.png)\n\nIt *begins*\nlike \"this\". {}\n\nMore.\n", "And so on. ".repeat(20)),
        ),
        ("content/empty.md", "# Empty\n"),
    ]);
    project.write("content/p.png", "png").run("build").fine();
    let described = |page: &str| head(&project.read(page)).lines().next().unwrap_or_default().to_owned();
    let begins = described("public/a.html");
    assert!(
        begins.starts_with("<meta name=\"description\" content=\"It begins like &quot;this&quot;. And so on."),
        "{begins}"
    );
    assert!(begins.ends_with(" …\">") && begins.len() < 230, "{begins}");
    assert!(!described("public/empty.html").contains("description"));
}

#[test]
fn what_is_xml_is_well_formed() {
    // Its absence is counted by `tests/run`, and made a failure by PROOFBOOK_REQUIRE.
    if !is_installed("xmllint") {
        return;
    }
    let project = site(WITH_ADDRESS);
    project.run("build").fine();
    for name in ["feed.xml", "sitemap.xml"] {
        let checked =
            std::process::Command::new("xmllint").arg("--noout").arg(project.path(&format!("public/{name}"))).output();
        let checked = checked.expect("xmllint starts");
        assert!(checked.status.success(), "{name}: {}", String::from_utf8_lossy(&checked.stderr));
    }
}
