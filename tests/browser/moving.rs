//! Moving around: the sidebar that becomes complete, its filter, the contents, the ways to other pages.

use serde_json::{Value, json};

use super::chromium::{Browser, Scripts};
use super::on_disk;
use super::support::Project;

/// A site of three levels with links of all kinds.
pub(crate) fn site() -> Project {
    let long = |count: usize| "A line of text that takes its room.\n\n".repeat(count);
    let two = format!("# Two\n\n## First part\n\n{}## Second part\n\n{}### Inside\n\n{}", long(30), long(30), long(30));
    let project = Project::new(&[
        ("proofbook.toml", "title = \"Handbook\"\nrepository = \"https://git.example.org/o/r\"\n"),
        ("content/index.md", "# Home\n\nWelcome.\n"),
        ("content/top.md", "# Top\n"),
        ("content/a/index.md", "# Section A\n"),
        ("content/a/b/index.md", "# Section B\n"),
        ("content/a/b/one.md", "# One\n"),
        ("content/a/b/two.md", &two),
        ("content/c/příručka žluť.md", "# Žluťoučká příručka\n"),
        ("content/c/index.md", "# Section C\n"),
    ]);
    project.run("build").fine();
    project
}

/// The entries of the sidebar that are seen, one a line, with two spaces for each level.
const SEEN: &str = "[...document.querySelectorAll('.sidebar li > a')].filter(link => link.checkVisibility())
    .map(link => { let depth = -1; for (let at = link; at = at.parentElement.closest('ul'); ) depth += 1;
      return '  '.repeat(depth) + link.textContent; }).join('\\n')";

fn click(browser: &mut Browser, selector: &str) {
    browser.value(&format!("document.querySelector({selector:?}).click()"));
}

/// The name of the file the page is.
fn at(browser: &mut Browser) -> String {
    let path = browser.value("decodeURIComponent(location.pathname).split('/public/')[1]");
    path.as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_whole_tree_unfolds_by_keyboard_from_the_disk() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "top.html"));
    assert_eq!(browser.value(SEEN), "Top\nSection A\nSection C");
    browser.value("document.querySelector('.sidebar .section').focus()");
    browser.key("Tab");
    let focused = "document.activeElement.getAttribute('aria-label') + ' ' + document.activeElement.ariaExpanded";
    assert_eq!(browser.value(focused), "Pages in Section A false");
    browser.key("Enter");
    assert_eq!(browser.value(focused), "Pages in Section A true");
    assert_eq!(browser.value(SEEN), "Top\nSection A\n  Section B\nSection C");
    browser.key("Tab");
    browser.key("Tab");
    browser.key(" ");
    assert_eq!(browser.value(SEEN), "Top\nSection A\n  Section B\n    One\n    Two\nSection C");
    browser.key("Tab");
    browser.key("Tab");
    browser.key("Enter");
    browser.until("location.pathname.endsWith('/a/b/two.html') && document.readyState === 'complete'");
    assert_eq!(browser.value(SEEN), "Top\nSection A\n  Section B\n    One\n    Two\nSection C");
    assert_eq!(browser.value("document.querySelector('.sidebar [aria-current=page]').textContent"), "Two");

    // The branch of the page folds, too.
    click(&mut browser, ".sidebar [aria-label='Pages in Section A']");
    assert_eq!(browser.value(SEEN), "Top\nSection A\nSection C");
    click(&mut browser, ".sidebar [aria-label='Pages in Section A']");
    assert_eq!(browser.value(SEEN), "Top\nSection A\n  Section B\n    One\n    Two\nSection C");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn nothing_moves_when_the_tree_comes() {
    let project = site();
    let places = "JSON.stringify([...document.querySelectorAll('.sidebar li > a, main h1, main h2')]
        .map(part => [part.textContent, part.getBoundingClientRect().toJSON()]))";
    for width in [390, 1280] {
        let mut browser = Browser::start(width);
        browser.block(&["*/navigation-*.js"]);
        browser.open(&on_disk(&project, "a/b/two.html"));
        assert_eq!(browser.value("document.querySelectorAll('.unfold').length"), 0, "the tree has not come");
        if width == 390 {
            click(&mut browser, ".menu-button");
        }
        let before = browser.value(places);
        browser.block(&[]);
        browser.open(&on_disk(&project, "a/b/two.html"));
        assert_eq!(browser.value("document.querySelectorAll('.unfold').length"), 3);
        if width == 390 {
            click(&mut browser, ".menu-button");
        }
        assert_eq!(browser.value(places), before, "at {width} px");
    }
}

#[test]
fn the_filter_finds_pages_by_words_of_their_titles() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "a/b/two.html"));
    let whole = browser.value(SEEN);
    let status = "document.querySelector('.filter [role=status]').textContent";
    browser.value("document.querySelector('.filter input').focus()");
    browser.types("ZLUT prir");
    assert_eq!(browser.value(SEEN), "Section C\n  Žluťoučká příručka");
    assert_eq!(browser.value(status), "1 page");
    browser.key("Escape");
    assert_eq!(browser.value(SEEN), whole, "Escape gives the tree back");
    assert_eq!(
        browser.value("document.activeElement.matches('.filter input') && document.activeElement.value === ''"),
        true
    );
    // A word of a section counts for the pages in it.
    browser.types("b one");
    assert_eq!(browser.value(SEEN), "Section A\n  Section B\n    One");
    browser.types("xyz");
    assert_eq!(browser.value(SEEN), "");
    assert_eq!(browser.value(status), "No title has these words");
    browser.key("Escape");
    browser.types("one");
    browser.key("Enter");
    browser.until("location.pathname.endsWith('/a/b/one.html') && document.readyState === 'complete'");

    // On a phone Escape clears the field first, and closes the menu only then.
    let mut phone = Browser::start(390);
    phone.open(&on_disk(&project, "top.html"));
    click(&mut phone, ".menu-button");
    phone.value("document.querySelector('.filter input').focus()");
    phone.types("one");
    assert_eq!(phone.value(SEEN), "Section A\n  Section B\n    One");
    phone.key("Escape");
    assert_eq!(phone.value(SEEN), "Top\nSection A\nSection C");
    phone.key("Escape");
    assert_eq!(phone.value(SEEN), "");
    assert_eq!(phone.value("document.activeElement.className"), "menu-button");
}

#[test]
fn a_thousand_pages_are_one_small_script_and_all_in_the_sidebar() {
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    for section in 0..20 {
        for page in 0..50 {
            let title = format!("How to change setting {page:02} of service {section:02}");
            project.write(&format!("content/s{section:02}/change-setting-{page:02}.md"), &format!("# {title}\n"));
        }
    }
    project.run("build").fine();
    let published = project.published();
    let (_, script) = published.iter().find(|(name, _)| name.starts_with("navigation-")).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, script).unwrap();
    let sent = encoder.finish().unwrap().len();
    assert!(sent < 10 * 1024, "{sent} bytes are sent");
    let largest = published.iter().filter(|(name, _)| name.ends_with(".html")).map(|(_, bytes)| bytes.len()).max();
    assert!(largest.unwrap() < 16 * 1024, "a page holds its branch only: {largest:?}");

    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "s07/change-setting-45.html"));
    assert_eq!(browser.value("document.querySelectorAll('.sidebar li').length"), 70, "sections, and the pages of one");
    let in_view = "(() => { const box = document.querySelector('.sidebar').getBoundingClientRect();
        const link = document.querySelector('.sidebar [aria-current]').getBoundingClientRect();
        return link.top >= box.top && link.bottom <= box.bottom; })()";
    assert_eq!(browser.value(in_view), true, "the page's own entry is in view");
    browser.value("document.querySelector('.filter input').focus()");
    browser.types("change");
    assert_eq!(browser.value("document.querySelector('.filter [role=status]').textContent"), "1000 pages");
    browser.types(" service 19 31");
    assert_eq!(browser.value(SEEN), "S19\n  How to change setting 31 of service 19");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn without_scripts_the_branch_is_there_and_the_filter_is_not() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.scripts(Scripts::Off);
    browser.open(&on_disk(&project, "a/b/two.html"));
    assert_eq!(browser.value(SEEN), "Top\nSection A\n  Section B\n    One\n    Two\nSection C");
    assert_eq!(browser.value("document.querySelector('.filter').checkVisibility()"), false);
}

#[test]
fn the_contents_follow_the_reader() {
    let project = site();
    let mut browser = Browser::start(1400);
    browser.open(&on_disk(&project, "a/b/two.html"));
    let current = "document.querySelector('.toc [aria-current]')?.textContent";
    browser.until(&format!("{current} === 'First part'"));
    for (id, title) in [("inside", "Inside"), ("second-part", "Second part"), ("first-part", "First part")] {
        browser.value(&format!("document.getElementById('{id}').scrollIntoView({{ behavior: 'instant' }})"));
        browser.until(&format!("{current} === '{title}'"));
    }
    assert_eq!(browser.value("document.querySelectorAll('.toc [aria-current]').length"), 1);
}

#[test]
fn links_lead_to_sections_neighbours_ancestors_and_the_editor() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "a/b/two.html"));
    click(&mut browser, "#second-part .anchor");
    assert_eq!(browser.value("location.hash"), "#second-part");
    let top = "document.getElementById('second-part').getBoundingClientRect().top";
    let head = "document.querySelector('.site-head').getBoundingClientRect().bottom";
    browser.until(&format!("{top} >= {head} && {top} < 200"));

    click(&mut browser, ".neighbours .previous");
    browser.until("document.querySelector('h1')?.textContent === 'One' && document.readyState === 'complete'");
    assert_eq!(at(&mut browser), "a/b/one.html");
    click(&mut browser, ".neighbours .next");
    browser.until("document.querySelector('h1')?.textContent?.startsWith('Two') && document.readyState === 'complete'");
    click(&mut browser, ".neighbours .next");
    browser.until("document.querySelector('h1')?.textContent === 'Section C' && document.readyState === 'complete'");

    browser.open(&on_disk(&project, "a/b/two.html"));
    let crumbs = "[...document.querySelectorAll('.breadcrumbs a')].map(link => link.textContent)";
    assert_eq!(browser.value(crumbs), json!(["Home", "Section A", "Section B"]));
    click(&mut browser, ".breadcrumbs li:nth-child(2) a");
    browser.until("document.querySelector('h1')?.textContent === 'Section A' && document.readyState === 'complete'");
    assert_eq!(at(&mut browser), "a/index.html");
    let edit =
        "[...document.querySelectorAll('.site-foot a')].find(link => link.textContent === 'Edit this page').href";
    assert_eq!(browser.value(edit), "https://git.example.org/o/r/edit/main/content/a/index.md");
}

#[test]
fn the_keyboard_reaches_everything_and_no_bare_arrow_leads_away() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "a/b/two.html"));
    browser.key("Tab");
    let focus = "(() => { const part = document.activeElement; const box = part.getBoundingClientRect();
        const style = getComputedStyle(part);
        const behind = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return { what: part.textContent.trim() || part.getAttribute('aria-label') || part.placeholder,
          outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
          seen: !!behind && (behind === part || part.contains(behind)), body: part === document.body }; })()";
    assert_eq!(browser.value(focus)["what"], "Skip to content");
    assert_eq!(browser.value(focus)["seen"], true);
    browser.key("Enter");
    assert_eq!(browser.value("document.activeElement.id"), "page:text");
    browser.key("Tab");
    assert_eq!(browser.value(focus)["what"], "Home", "what follows is the text's first link");

    browser.open(&on_disk(&project, "a/b/two.html"));
    browser.value("document.documentElement.classList.add('still')");
    let mut seen = Vec::new();
    loop {
        browser.key("Tab");
        // A page that scrolls smoothly to what has the focus is looked at when it has.
        browser.until(
            "new Promise(done => { let last = NaN; const look = () => { if (scrollY === last) done(true);
            else { last = scrollY; setTimeout(look, 60); } }; look(); })",
        );
        let now = browser.value(focus);
        let is_first = seen.first().is_some_and(|first: &Value| first["what"] == now["what"]);
        if now["body"] == true || is_first || seen.len() > 60 {
            break;
        }
        assert_eq!((&now["outline"], &now["seen"]), (&json!(true), &json!(true)), "{now}");
        seen.push(now);
    }
    let names: Vec<&str> = seen.iter().filter_map(|seen| seen["what"].as_str()).collect();
    for wanted in
        ["Skip to content", "Filter pages by title", "Pages in Section A", "Section C", "Second part", "Edit this page"]
    {
        assert!(names.contains(&wanted), "{wanted} is not reached: {names:?}");
    }

    for key in ["ArrowRight", "ArrowLeft"] {
        browser.value("document.activeElement.blur()");
        browser.key(key);
        browser.value("new Promise(done => setTimeout(done, 100))");
        assert_eq!(at(&mut browser), "a/b/two.html", "{key} does not leave the page");
    }
}

#[test]
fn what_the_menu_covers_is_not_reached() {
    let project = site();
    let mut browser = Browser::start(390);
    browser.open(&on_disk(&project, "top.html"));
    let inert = "[...document.querySelectorAll('.main, .site-foot')].map(part => part.inert)";
    assert_eq!(browser.value(inert), json!([false, false]));
    click(&mut browser, ".menu-button");
    assert_eq!(browser.value(inert), json!([true, true]));
    browser.key("Escape");
    assert_eq!(browser.value(inert), json!([false, false]));
}
