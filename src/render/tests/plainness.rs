//! What no page may hold, whatever the pages, parameters and results hold.

use std::collections::BTreeSet;

use lol_html::{RewriteStrSettings, element, rewrite_str};
use pulldown_cmark::{Event, Parser, Tag};

use super::support::{Project, hostile, outcome, passed, path_of};
use crate::path::RelativePath;
use crate::render::Rendered;
use crate::runbook::outcome::Verdict;

/// What `Content-Security-Policy: default-src 'self'` blocks, and what is not there when the site lies elsewhere.
fn check(rendered: &Rendered, outside: &[&str]) {
    let files: BTreeSet<&str> = rendered.files.keys().map(RelativePath::as_str).collect();
    for (path, bytes) in rendered.files.iter().filter(|(path, _)| path.as_str().ends_with(".html")) {
        let html = std::str::from_utf8(bytes).unwrap();
        let mut ids = BTreeSet::new();
        let handler = element!("*", |element| {
            let name = element.tag_name();
            assert_ne!(name, "style", "{path}");
            assert!(name != "script" || element.has_attribute("src"), "{path}: an inline script");
            for attribute in element.attributes() {
                let (key, value) = (attribute.name(), attribute.value());
                assert!(!key.starts_with("on") && key != "style", "{path}: {key}={value}");
                if key == "id" {
                    assert!(ids.insert(value.clone()), "{path}: two elements are called {value}");
                }
                if key == "href" || key == "src" {
                    address(path, &value, &files, outside);
                }
                if key == "content" && element.has_attribute("http-equiv") {
                    address(path, value.strip_prefix("0; url=").unwrap(), &files, outside);
                }
            }
            Ok(())
        });
        rewrite_str(html, RewriteStrSettings::new().append_element_content_handler(handler)).unwrap();
    }
}

fn address(page: &RelativePath, value: &str, files: &BTreeSet<&str>, outside: &[&str]) {
    assert!(!value.to_lowercase().starts_with("data:"), "{page}: {value}");
    if value.starts_with('#') || value.starts_with("mailto:") || outside.iter().any(|known| value.starts_with(known)) {
        return;
    }
    assert!(!value.contains(':') && !value.starts_with('/'), "{page}: {value} is not relative");
    let target = value.split(['#', '?']).next().unwrap();
    let found = RelativePath::resolve(page.folder(), target).unwrap();
    assert!(files.contains(found.as_str()), "{page}: {value} leads to no file");
}

#[test]
fn the_content_is_plain_and_every_link_leads_somewhere() {
    let project = Project::content();
    let rendered = project.render(&project.proofs(passed));
    check(&rendered, &["https://"]);
    project.write("content", &rendered);
}

#[test]
fn earlier_addresses_lead_on_with_nothing_that_a_policy_blocks() {
    let project = Project::configured(
        "base_url = 'https://x.org/h'\n",
        &[
            ("index.md", "+++\naliases = ['a/b/c/home.html', 'start.html']\n+++\n# Home\n"),
            ("d/x.md", "+++\naliases = ['e/\u{fc} \"&<y.html', 'd/z/']\n+++\n# Odd\n"),
        ],
    );
    let rendered = project.render(&[]);
    // `404.html` alone has addresses with the path of the base URL.
    check(&rendered, &["https://x.org/h/", "/h/"]);
    for alias in ["a/b/c/home.html", "start.html", "e/\u{fc} \"&<y.html", "d/z/index.html"] {
        let html = String::from_utf8(rendered.files[&path_of(alias)].clone()).unwrap();
        assert!(html.contains("<noscript><meta http-equiv=\"refresh\""), "without scripts the page leads on: {html}");
    }
}

#[test]
fn every_link_of_a_pages_markdown_leads_somewhere() {
    let project = Project::content();
    let rendered = project.render(&[]);
    let files: BTreeSet<&str> = rendered.files.keys().map(RelativePath::as_str).collect();
    let mut links = 0;
    for (path, bytes) in rendered.files.iter().filter(|(path, _)| path.as_str().ends_with(".md")) {
        let markdown = std::str::from_utf8(bytes).unwrap();
        assert!(!markdown.starts_with("+++"), "{path} holds its front matter");
        for event in Parser::new_ext(markdown, crate::document::options()) {
            if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event {
                address(path, &dest_url, &files, &["https://"]);
                links += 1;
            }
        }
    }
    assert!(links > 20, "{links} links");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let project = Project::content();
    let proofs = project.proofs(passed);
    assert!(project.render(&proofs) == project.render(&proofs));
}

#[test]
fn hostile_text_stays_text_everywhere() {
    let evil = hostile();
    let quoted = evil.replace('\\', "\\\\").replace('"', "\\\"");
    let text = format!(
        "+++\ntitle = \"{quoted}\"\ndescription = \"{quoted}\"\nowner = \"{quoted}\"\ntags = [\"{quoted}\"]\n\
         kind = \"postmortem\"\nseverity = \"{quoted}\"\nstarted = \"2023-06-20 12:32\"\ndetected = \"2023-06-20 12:32\"\n\
         declared = \"2023-06-20 12:32\"\nresolved = \"2023-06-20 12:32\"\n\
         [parameters.name]\nlabel = \"{quoted}\"\ndefault = \"{quoted}\"\n\
         [[actions]]\ntext = \"{quoted}\"\nstatus = \"{quoted}\"\n+++\n\
         {sections}\n\
         - 2023-06-20 12:32 - gone\n\n\
         ```sql name=a title=\"{quoted}\"\nSELECT ':name', :name; -- {evil}\n```\n\n\
         ```output\n+--------+\n| name   |\n+--------+\n| <name> |\n+--------+\n```\n\n\
         ```bash skip=\"{quoted}\" title=\"{quoted}\"\necho \"$NAME\" '{evil}'\n```\n\n\
         ```{}\n{evil}\n```\n\n`{evil}`\n",
        "ruby title=\"<b>\"",
        sections = crate::document::required_sections(crate::document::Kind::Postmortem)
            .iter()
            .map(|name| format!("## {name}\n\n"))
            .collect::<String>(),
    );
    let project = Project::configured(
        &format!("title = \"{quoted}\"\n[database.obs]\n"),
        &[("index.md", "# Home\n"), ("a/b.md", &text)],
    );
    let rendered = project.render(&project.proofs(|snippet| match &snippet.condition.skip {
        Some(_) => passed(snippet),
        None => outcome(snippet, Verdict::Error { message: hostile() }, None),
    }));
    check(&rendered, &[]);
    for (path, bytes) in rendered.files.iter().filter(|(path, _)| path.as_str().ends_with(".html")) {
        let html = std::str::from_utf8(bytes).unwrap();
        for tag in ["<img", "<script>", "</script><b", "onerror=\"", "<b>"] {
            assert!(!html.contains(tag), "{path} holds {tag}");
        }
    }
    project.write("hostile", &rendered);
}

#[test]
fn sections_without_an_index_page_are_listed() {
    let project = Project::new(&[
        ("index.md", "# Home\n"),
        ("a/b/one.md", "+++\ntitle = \"One\"\ndescription = \"The first.\"\n+++\n"),
        (
            "a/b/c/two.md",
            "# Two\n\n## Main\n\n## Navigation\n\n## Page menu\n\n## Fn 1\n\nA note.[^1]\n\n[^1]: Here.\n",
        ),
    ]);
    let rendered = project.render(&[]);
    check(&rendered, &[]);
    let html = String::from_utf8(rendered.files[&path_of("a/b/index.html")].clone()).unwrap();
    assert!(html.contains("<li><a href=\"one.html\">One</a><p>The first.</p></li>"), "{html}");
    assert!(html.contains("<li><a href=\"c/index.html\">"), "{html}");
    assert!(rendered.files.contains_key(&path_of("a/index.html")));
}
