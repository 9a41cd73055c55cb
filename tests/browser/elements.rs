//! What pages are made of, as a reader sees and uses it: callouts, notes, lists, figures, code, and what a project adds.

use serde_json::json;

use crate::chromium::Browser;
use crate::support::{Project, text};
use crate::{on_disk, serve};

const PAGE: &str = r#"
    # Page

    > [!CAUTION]
    > Do not delete the architecture.

    A claim[^why].

    Distribution
    : An entry that leads to a repository.

    ![A red square](red.png "The square, as drawn")

    ![Another one](red.png)

    ```python {2} linenos title="Two lines"
    print(1)
    print(2)
    ```

    ```math
    a^2 + b^2 = c^2
    ```

    [^why]: The reason for it.
"#;

/// A picture of 1 by 1 pixel, red; its header says 120 by 40.
fn picture() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend([0, 0, 0, 120, 0, 0, 0, 40, 8, 2, 0, 0, 0]);
    png
}

fn site() -> Project {
    let project = Project::new(&[
        ("proofbook.toml", "title = \"Handbook\"\n"),
        ("content/index.md", "# Home\n"),
        ("content/page.md", &(text(PAGE) + &"\nWords.\n".repeat(80))),
        ("content/draft.md", "+++\ntitle = \"Not yet\"\ndraft = true\n+++\n"),
    ]);
    std::fs::write(project.path("content/red.png"), picture()).unwrap();
    project.run("build").fine();
    project
}

#[test]
fn callouts_say_in_words_what_they_are() {
    let project = site();
    let mut browser = Browser::start(390);
    browser.open(&on_disk(&project, "page.html"));
    assert_eq!(browser.value("document.querySelector('.alert').getAttribute('role')"), "note");
    assert_eq!(
        browser.value("document.querySelector('.alert').innerText.replace(/\\n+/, ': ')"),
        "Caution: Do not delete the architecture."
    );
    let edge = "getComputedStyle(document.querySelector('.alert')).borderLeftStyle";
    assert_eq!(browser.value(edge), "solid", "by shape, too");
}

#[test]
fn a_note_leads_down_and_back() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "page.html"));
    let sees = |id: &str| {
        format!(
            "(() => {{ const box = document.getElementById({id}).getBoundingClientRect();
               return box.top >= 0 && box.bottom <= innerHeight; }})()"
        )
    };
    browser.value("document.querySelector('.footnote-ref a').focus()");
    browser.key("Enter");
    browser.until(&sees("decodeURIComponent(location.hash.slice(1))"));
    assert_eq!(
        browser.value("document.getElementById(decodeURIComponent(location.hash.slice(1))).innerText.split('\\n')[0].trim().slice(0, 18)"),
        "The reason for it."
    );
    assert_eq!(browser.value("scrollY > 0"), true);
    browser.value("document.querySelector('.footnotes a[href^=\"#\"]').focus()");
    browser.key("Enter");
    browser.until("scrollY === 0 || document.querySelector('.footnote-ref').getBoundingClientRect().top >= 0");
    assert_eq!(browser.value("location.hash.length > 1"), true);
}

#[test]
fn a_term_and_its_meaning_are_a_list() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "page.html"));
    let list = "[...document.querySelectorAll('.content dl > *')].map(part => part.tagName + ' ' + part.innerText)";
    assert_eq!(browser.value(list), json!(["DT Distribution", "DD An entry that leads to a repository."]));
}

#[test]
fn a_picture_keeps_its_room_before_it_comes() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.block(&["*red.png"]);
    browser.open(&on_disk(&project, "page.html"));
    let pictures = "[...document.querySelectorAll('.content img')].map(img =>
        [img.getAttribute('width'), img.getAttribute('height'), img.alt, img.loading])";
    assert_eq!(
        browser.value(pictures),
        json!([["120", "40", "A red square", "auto"], ["120", "40", "Another one", "lazy"]])
    );
    assert_eq!(browser.value("document.querySelector('figure:has(img) figcaption').innerText"), "The square, as drawn");
}

#[test]
fn code_has_its_title_its_numbers_and_its_marks() {
    let project = site();
    for scheme in ["light", "dark"] {
        let mut browser = Browser::start(1280);
        browser.prefer(scheme);
        browser.open(&on_disk(&project, "page.html"));
        let figure = "document.querySelector('figure:has(.numbered)')";
        assert_eq!(
            browser.value(&format!("{figure}.querySelector('figcaption').innerText.startsWith('Two lines')")),
            true
        );
        let lines = "[...document.querySelectorAll('.numbered .line')]";
        let numbers = format!("{lines}.map(line => getComputedStyle(line, '::before').content)");
        assert_eq!(browser.value(&numbers), json!(["counter(line)", "counter(line)"]));
        let grounds = format!("{lines}.map(line => getComputedStyle(line).backgroundColor)");
        let grounds = browser.value(&grounds);
        assert_ne!(grounds[0], grounds[1], "the second is marked, {scheme}");
        // A mark is more than a colour.
        assert_eq!(browser.value(&format!("getComputedStyle({lines}[1]).borderLeftStyle")), "solid");
        let selected = format!(
            "(() => {{ getSelection().selectAllChildren({figure}.querySelector('code')); return getSelection().toString().trim(); }})()"
        );
        assert_eq!(browser.value(&selected), "print(1)\nprint(2)", "numbers are not selected");
        let source = "document.querySelector('.code:has(.language-math)').innerText";
        let source = browser.value(source);
        assert!(source.as_str().unwrap().contains("a^2 + b^2 = c^2"), "{source}");
        assert_ne!(source, "a^2 + b^2 = c^2", "it says what it is");
    }
}

#[test]
fn a_project_s_colours_and_slots_are_there() {
    let project = site();
    project
        .write(
            "proofbook.toml",
            "title = \"Handbook\"\n[colors]\naccent = { light = \"#8a1c1c\", dark = \"#ffb0a0\" }\n",
        )
        .write("themes/default/templates/slots/after_content.html", "<p class=\"ours\">Ask in the channel.</p>\n")
        .run("build")
        .fine();
    for (scheme, colour) in [("light", "rgb(138, 28, 28)"), ("dark", "rgb(255, 176, 160)")] {
        let mut browser = Browser::start(1280);
        browser.prefer(scheme);
        browser.open(&on_disk(&project, "page.html"));
        let link = "getComputedStyle(document.querySelector('.footnote-ref a')).color";
        assert_eq!(browser.value(link), colour);
        assert_eq!(browser.value("document.querySelector('.ours').checkVisibility()"), true);
        assert_eq!(browser.value("document.querySelector('.main').contains(document.querySelector('.ours'))"), true);
    }
}

#[test]
fn a_draft_is_marked_in_the_preview_and_not_published() {
    let project = site();
    let (_running, url) = serve(&project);
    let mut browser = Browser::start(1280);
    browser.open(&format!("{url}draft.html"));
    assert_eq!(browser.value("document.querySelector('.about').innerText.includes('Draft, not published')"), true);
    assert!(!project.path("public/draft.html").exists());
    browser.open(&on_disk(&project, "index.html"));
    assert_eq!(browser.value("document.body.innerText.includes('Not yet')"), false);
}

#[test]
fn the_day_of_the_last_change_is_told() {
    let project = site();
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.arg("-C").arg(project.path("")).args(["-c", "user.name=A", "-c", "user.email=a@example.org"]);
        let day = "2023-06-21T10:00:00Z";
        command.args(arguments).env("GIT_COMMITTER_DATE", day).env("GIT_AUTHOR_DATE", day);
        assert!(command.output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "content", "proofbook.toml"]);
    git(&["commit", "--quiet", "--message", "Begin"]);
    project.run("build").fine();
    let mut browser = Browser::start(390);
    browser.open(&on_disk(&project, "page.html"));
    assert_eq!(browser.value("document.querySelector('.site-foot time').innerText"), "21 June 2023");
}
