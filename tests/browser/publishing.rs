//! What a reader of the published site meets beside the pages: earlier addresses, lists of pages.

use crate::chromium::{Browser, Scripts};
use crate::support::Project;
use crate::{on_disk, serve};

/// A page that has moved, long enough that a place on it is not at its top.
fn moved() -> Project {
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    let filler = "Words.\n\n".repeat(200);
    let page = format!(
        "+++\ntitle = \"Moved\"\naliases = [\"old/deep/page.html\"]\ntags = [\"x\"]\n+++\n\n{filler}## The place\n\n{filler}"
    );
    project.write("content/new/page.md", &page).run("build").fine();
    project
}

/// Goes where a link leads.
fn follow(browser: &mut Browser, link: &str) {
    let address = browser.value(&format!("{link}.href"));
    browser.open(address.as_str().unwrap());
}

#[test]
fn an_earlier_address_leads_to_the_place_that_was_asked_for() {
    let project = moved();
    let (_running, url) = serve(&project);
    let mut browser = Browser::start(1280);
    let arrived = "document.readyState === 'complete' && location.pathname.endsWith('/new/page.html')";
    let is_in_sight = "Math.abs(document.getElementById('the-place').getBoundingClientRect().top) < 200";
    for address in [on_disk(&project, "old/deep/page.html"), format!("{url}old/deep/page.html")] {
        browser.scripts(Scripts::On);
        browser.open(&format!("{address}#the-place"));
        browser.until(&format!("{arrived} && location.hash === '#the-place' && {is_in_sight}"));
        browser.open(&address);
        browser.until(&format!("{arrived} && location.hash === '' && scrollY === 0"));
        assert_eq!(browser.complaints(), [""; 0], "{address}");
        // Without scripts the page is found all the same, at its top.
        browser.scripts(Scripts::Off);
        browser.open(&format!("{address}#the-place"));
        browser.until(arrived);
    }
}

#[test]
fn a_reader_comes_from_a_page_to_others_like_it() {
    let project = moved();
    project.write("content/other.md", "+++\ntitle = \"Another\"\ntags = [\"X\"]\n+++\n").run("build").fine();
    let mut browser = Browser::start(390);
    for scripts in [Scripts::Off, Scripts::On] {
        browser.scripts(scripts);
        browser.open(&on_disk(&project, "new/page.html"));
        follow(&mut browser, "document.querySelector('.about a')");
        browser.until("document.readyState === 'complete' && document.querySelector('h1')?.textContent === 'Tag: X'");
        follow(&mut browser, "[...document.querySelectorAll('.listing a')].find(a => a.textContent === 'Another')");
        browser.until("document.readyState === 'complete' && document.querySelector('h1')?.textContent === 'Another'");
        follow(
            &mut browser,
            "[...document.querySelectorAll('.site-foot a')].find(a => a.textContent.startsWith('Pages by'))",
        );
        browser.until("document.readyState === 'complete' && document.querySelectorAll('.lists a').length === 1");
    }
}
