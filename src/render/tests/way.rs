//! The way through the site: navigation, breadcrumbs, neighbours, contents, the 404 page.

use super::support::{Project, text_of};

fn project(config: &str) -> Project {
    Project::configured(
        config,
        &[
            ("index.md", "# Home\n\n[two](a/b/two.md#x) ![p](a/picture.png)\n"),
            ("a/index.md", "# A\n"),
            ("a/b/index.md", "# B\n"),
            ("a/b/one.md", "# One *of* `n`\n"),
            (
                "a/b/two.md",
                "# Two\n\n[one](one.md) [home](../../index.md)\n\n## X\n\n### Y & \\<Z>\n\n#### deep\n\n## X\n",
            ),
            ("c/three.md", "# Three\n"),
            ("top.md", "# Top\n"),
        ],
    )
}

fn part<'a>(html: &'a str, start: &str, end: &str) -> &'a str {
    let at = html.find(start).unwrap_or_else(|| panic!("no {start} in {html}"));
    &html[at..at + html[at..].find(end).unwrap()]
}

#[test]
fn the_navigation_holds_the_branch_of_the_page() {
    let html = project("title = 'T'").page("a/b/two.html", &[]);
    let sidebar = part(&html, "<nav id=\"page:menu\"", "</nav>");
    assert_eq!(text_of(sidebar).trim(), "Close menu\nTop\nA\nB\nOne of n\nTwo\nC");
    assert!(sidebar.contains("<a href=\"two.html\" aria-current=\"page\">Two</a>"), "{sidebar}");
    assert!(sidebar.contains("<a href=\"../../c/index.html\" class=\"section\">"), "{sidebar}");
    let home = project("title = 'T'").page("index.html", &[]);
    assert_eq!(text_of(part(&home, "<nav id=\"page:menu\"", "</nav>")).trim(), "Close menu\nTop\nA\nC");
}

#[test]
fn breadcrumbs_neighbours_and_contents() {
    let html = project("title = 'T'").page("a/b/two.html", &[]);
    assert_eq!(text_of(part(&html, "<nav class=\"breadcrumbs\"", "</nav>")).trim(), "Home\nA\nB");
    let neighbours = part(&html, "<nav class=\"neighbours\"", "</nav>");
    assert!(neighbours.contains("rel=\"prev\" href=\"one.html\""), "{neighbours}");
    assert!(neighbours.contains("rel=\"next\" href=\"../../c/three.html\""), "{neighbours}");
    let toc = part(&html, "<ol>\n<li><a href=\"#x\">X</a>", "</nav>");
    assert!(toc.contains("<li><a href=\"#y--z\">Y &amp; &lt;Z&gt;</a></li>"), "{toc}");
    assert!(toc.contains("<li><a href=\"#x-1\">X</a></li>") && !toc.contains("deep"), "{toc}");
    let home = project("title = 'T'").page("index.html", &[]);
    assert!(!home.contains("class=\"breadcrumbs\"") && !home.contains("rel=\"prev\""));
}

#[test]
fn titles_keep_their_markup_and_links_are_rewritten() {
    let project = project("title = 'T'");
    assert!(project.page("a/b/one.html", &[]).contains("<h1 id=\"one-of-n\">One <em>of</em> <code>n</code></h1>"));
    assert!(project.page("a/b/one.html", &[]).contains("<title>One of n · T</title>"));
    let home = project.page("index.html", &[]);
    assert!(home.contains("<a href=\"a/b/two.html#x\">two</a>"), "{home}");
    assert!(home.contains("<img src=\"a/picture.png\" alt=\"p\" decoding=\"async\" />"), "{home}");
    assert!(project.page("a/b/two.html", &[]).contains("<a href=\"../../index.html\">home</a>"));
}

#[test]
fn only_the_404_page_uses_the_base_url() {
    let project = project("title = 'T'\nbase_url = 'https://x.org/hand/book/'\nrepository = 'https://github.com/o/r'");
    let missing = project.page("404.html", &[]);
    assert!(missing.contains("href=\"/hand/book/theme-"), "{missing}");
    assert!(missing.contains("src=\"/hand/book/navigation-"), "{missing}");
    assert!(missing.contains("<a href=\"/hand/book/index.html\">Go to T</a>"), "{missing}");
    let page = project.page("a/b/two.html", &[]);
    assert!(page.contains("href=\"../../theme-"), "{page}");
    assert!(page.contains("src=\"../../navigation-"), "{page}");
    assert!(page.contains("<a href=\"https://github.com/o/r/edit/main/content/a/b/two.md\">Edit this page</a>"));
}

#[test]
fn a_section_of_many_pages_is_shown_in_part() {
    let pages: Vec<(String, String)> =
        (0..500).map(|n| (format!("s/p{n:03}.md"), format!("# Page {n:03}\n"))).collect();
    let mut pages: Vec<(&str, &str)> = pages.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    pages.push(("index.md", "# Home\n"));
    let html = Project::new(&pages).page("s/p250.html", &[]);
    let sidebar = part(&html, "<nav id=\"page:menu\"", "</nav>");
    assert_eq!(sidebar.matches("<a href=\"p").count(), 40);
    assert!(sidebar.contains(">Page 250</a>") && sidebar.contains("460 more in S"), "{sidebar}");
}
