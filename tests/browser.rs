//! The published handbook in a real browser: from disk and from the preview, with scripts and without, narrow and wide,
//! light and dark.
//!
//! Run with `cargo test --test browser`; a plain `cargo test` leaves it out, because it needs a Chromium.

#![expect(clippy::unwrap_used, reason = "in tests an unwrap is an assertion")]

#[path = "browser/chromium.rs"]
mod chromium;
#[path = "browser/elements.rs"]
mod elements;
#[path = "browser/kept.rs"]
mod kept;
#[path = "browser/moving.rs"]
mod moving;
#[path = "browser/publishing.rs"]
mod publishing;
#[path = "browser/reading.rs"]
mod reading;
#[path = "browser/search.rs"]
mod search;
#[expect(dead_code, unused_imports, reason = "the suite uses the rest of what it shares")]
#[path = "suite/support/mod.rs"]
mod support;

use std::sync::LazyLock;

use chromium::{Browser, Scripts};
use kept::Kept;
use serde_json::Value;
use support::{Project, Running, text};

/// Asks the open page one of the questions in `page.js`.
#[track_caller]
fn ask(browser: &mut Browser, question: &str) -> Value {
    browser.value(&format!("({}).{question}()", include_str!("browser/page.js").trim_end().trim_end_matches(';')))
}

/// What is hard to show on a narrow page, and every verdict that the handbook itself has none of.
const HARD: &str = r#"
    # Verdicts, and words_that_are_much_too_long_to_fit_into_one_line_of_a_phone_without_being_broken

    A path: `content/_databases/obs/a/very/long/path/that/has/no/spaces/and/goes/on/and/on/schema.sqlite.sql`,
    and <https://example.org/an/address/that/is/long/enough/to/leave/any/phone?whatever=it&asks=for#somewhere>.

    | one | two | three | four | five |
    |---|---|---|---|---|
    | `architectures_distributions` | `repository_architectures` | `product_update_repositories` | `flags` | `x` |

    1. In a list:
       - in a list:

         ```bash check name=passes
         echo 'a line that is far too long for a phone: 0123456789 0123456789 0123456789 0123456789 0123456789'
         ```

    ```sql name=fails effect="architectures_distributions -1" title="Fails"
    DELETE FROM architectures WHERE name = 'riscv64';
    ```

    ```sql name=never title="Does not come to its turn"
    SELECT 1;
    ```

    ```sql undo title="Not proved yet"
    SELECT 1;
    ```

    > [!WARNING]
    > In a quote:
    >
    > ```bash name=skipped skip="a reason that the reader sees"
    > false
    > ```
"#;

/// The handbook, run and published, with pages that show every verdict.
fn published() -> Project {
    static PUBLISHED: LazyLock<Kept> = LazyLock::new(|| Kept::of(&publish()));
    PUBLISHED.project()
}

fn publish() -> Project {
    let project = Project::handbook();
    project.write("content/learn/hard/index.md", &text(HARD)).write("content/learn/hard/below.md", "# Below\n");
    project.write("content/learn/stale.md", "# Stale\n\n```bash check name=before\ntrue\n```\n");
    project.write("content/learn/late.md", "# Late\n\n```bash timeout=1s\necho 'still here'\nsleep 60\n```\n");
    let partly =
        "# Partly\n\n```bash check\ntrue\n```\n\n<!-- proof: requires=no-such-program -->\n```bash check\ntrue\n```\n";
    project.write("content/learn/partly.md", partly);
    project.run("test").ended(1);
    project.edit("content/learn/stale.md", "true", "true # changed since").run("build").fine();
    let verdict = |page: &str, verdict: &str| {
        let page = project.read(&format!("public/{page}.html"));
        assert!(page.contains(&format!("class=\"verdict {verdict}\"")), "no verdict `{verdict}` is shown");
    };
    verdict("learn/stale", "stale");
    verdict("learn/hard/index", "failed");
    verdict("learn/hard/index", "skipped");
    verdict("learn/hard/index", "not-run");
    verdict("learn/late", "failed");
    verdict("learn/partly", "partly");
    verdict("do/remove-an-architecture", "passed");
    project
}

/// The addresses of all published pages, from disk.
fn pages(project: &Project) -> Vec<String> {
    let files = project.published().into_keys().filter(|name| name.ends_with(".html"));
    let pages: Vec<String> = files.map(|name| on_disk(project, &name)).collect();
    assert!(pages.len() >= 10, "{pages:?}");
    pages
}

fn on_disk(project: &Project, name: &str) -> String {
    format!("file://{}", project.path("public").join(name).display())
}

fn serve(project: &Project) -> (Running, String) {
    let mut running = project.command("serve --port 0").start();
    let line = running.first_line();
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    (running, url)
}

#[test]
fn no_page_is_wider_than_a_phone() {
    let project = published();
    let mut browser = Browser::start(390);
    project.write(
        "public/wide.html",
        "<!doctype html><meta name=viewport content='width=device-width'><p style='width:600px'>a",
    );
    browser.open(&on_disk(&project, "wide.html"));
    assert!(ask(&mut browser, "width")["page"].as_i64().unwrap() > 390, "the measure sees what is too wide");
    std::fs::remove_file(project.path("public/wide.html")).unwrap();
    for scripts in [Scripts::Off, Scripts::On] {
        browser.scripts(scripts);
        for page in pages(&project) {
            browser.open(&page);
            let width = ask(&mut browser, "width");
            assert_eq!(width["page"], 390, "{page} with scripts {scripts:?} scrolls sideways: {width:#}");
        }
    }
}

#[test]
fn everything_is_readable_without_scripts() {
    let project = published();
    for width in [390, 1280] {
        let mut browser = Browser::start(width);
        for page in pages(&project) {
            browser.scripts(Scripts::On);
            browser.open(&page);
            assert_eq!(browser.value("document.documentElement.classList.contains('js')"), true);
            let with = ask(&mut browser, "words");
            browser.scripts(Scripts::Off);
            browser.open(&page);
            assert_eq!(browser.value("document.documentElement.classList.contains('js')"), false);
            assert_eq!(ask(&mut browser, "words"), with, "{page} says the same");
            let hidden = ask(&mut browser, "hidden");
            assert!(hidden["count"].as_u64().unwrap() > 2, "{page}: {hidden}");
            assert_eq!(hidden["hidden"], Value::Array(Vec::new()), "{page} at {width} px");
            // What only scripts can work is not offered; the navigation is reached without them.
            let visible = |selector: &str| format!("document.querySelector('{selector}').checkVisibility()");
            assert_eq!(browser.value(&visible(".scheme-button")), false, "{page}");
            let menu_link = browser.value(&visible(".menu-link"));
            let sidebar = browser.value(&visible(".sidebar"));
            assert!(menu_link == true || sidebar == true, "{page} at {width} px: no way to other pages");
            if menu_link == true {
                browser.value("document.querySelector('.menu-link').click()");
                browser.until(&visible(".sidebar a"));
            }
        }
    }
}

#[test]
fn light_and_dark_differ_and_both_are_legible() {
    let project = published();
    let mut browser = Browser::start(1280);
    let faint =
        "<!doctype html><body style='background:#fff'><p style='color:#aaa'>too faint<p style='color:#333'>fine";
    project.write("public/faint.html", faint);
    browser.open(&on_disk(&project, "faint.html"));
    let found = ask(&mut browser, "faint");
    assert_eq!(found["faint"].as_array().unwrap().len(), 1, "the measure sees what is too faint: {found}");
    std::fs::remove_file(project.path("public/faint.html")).unwrap();
    for page in pages(&project) {
        let mut grounds = Vec::new();
        for scheme in ["light", "dark"] {
            browser.prefer(scheme);
            browser.open(&page);
            grounds.push(ask(&mut browser, "scheme")["ground"].clone());
            let found = ask(&mut browser, "faint");
            assert!(found["count"].as_u64().unwrap() > 5, "{page}: {found}");
            assert_eq!(found["faint"], Value::Array(Vec::new()), "{page} in {scheme}");
        }
        assert_ne!(grounds[0], grounds[1], "{page}");
    }
}

#[test]
fn the_colour_scheme_button_works_from_disk_and_is_remembered_by_the_preview() {
    let project = published();
    let (_running, url) = serve(&project);
    let mut browser = Browser::start(1280);
    browser.prefer("light");
    for address in [on_disk(&project, "do/remove-an-architecture.html"), format!("{url}do/remove-an-architecture.html")]
    {
        browser.open(&address);
        let mut seen = vec![ask(&mut browser, "scheme")];
        for _ in 0..3 {
            browser.value("document.querySelector('.scheme-button').click()");
            seen.push(ask(&mut browser, "scheme"));
        }
        let labels: Vec<&str> = seen.iter().map(|scheme| scheme["label"].as_str().unwrap()).collect();
        assert_eq!(labels, ["Automatic", "Light", "Dark", "Automatic"], "{address}");
        assert_eq!(seen[2]["name"], "Colour scheme: Dark");
        assert_eq!(seen[0]["ground"], seen[1]["ground"], "{address}: the system prefers light");
        assert_ne!(seen[1]["ground"], seen[2]["ground"], "{address}");
        assert_eq!(seen[0], seen[3], "{address}");

        browser.value("document.querySelector('.scheme-button').click()");
        browser.value("document.querySelector('.scheme-button').click()");
        browser.reload();
        assert_eq!(ask(&mut browser, "scheme"), seen[2], "{address}: the choice is remembered");
        browser.value("localStorage.clear()");
    }
}

#[test]
fn no_page_breaks_the_policy_of_the_preview() {
    let project = published();
    let bad = "<!doctype html><body><p style='color:red'>a</p><script>b()</script><img src='http://example.org/c.png'></body>";
    project.write("content/bad.html", bad).write("content/throws.js", "throw new Error('thrown')");
    project.write("content/throws.html", "<!doctype html><body><script src='throws.js'></script></body>");
    let (_running, url) = serve(&project);
    let mut browser = Browser::start(1280);
    browser.open(&format!("{url}bad.html"));
    let complaints = browser.complaints();
    assert!(complaints.iter().filter(|complaint| complaint.contains("violates")).count() >= 3, "{complaints:?}");
    browser.open(&format!("{url}throws.html"));
    assert!(browser.complaints().iter().any(|complaint| complaint.contains("thrown")), "what is thrown is seen");

    let names = project.published().into_keys().filter(|name| name.ends_with(".html"));
    for name in names {
        browser.open(&format!("{url}{name}"));
        assert_eq!(browser.complaints(), [""; 0], "{name}");
        assert_eq!(browser.value("!!document.querySelector('script[src*=reload]')"), true, "{name}");
    }
}

#[test]
fn every_reference_of_a_page_on_disk_leads_to_a_file() {
    let project = published();
    let mut browser = Browser::start(1280);
    let mut count = 0;
    for page in pages(&project) {
        browser.open(&page);
        for reference in ask(&mut browser, "references").as_array().unwrap() {
            let reference = reference.as_str().unwrap();
            let Some(path) = reference.strip_prefix("file://") else {
                assert!(reference.starts_with("https://"), "{page} refers to {reference}");
                continue;
            };
            let path = path.split(['#', '?']).next().unwrap();
            // A page that stands for any missing address cannot know where it is.
            let file = std::path::Path::new(path);
            assert!(file.is_file(), "{page} refers to {path}, which is no file");
            count += 1;
        }
        assert_eq!(browser.complaints(), [""; 0], "{page}");
    }
    assert!(count > 100, "{count} references");
}

#[test]
fn the_menu_of_a_narrow_page_opens_and_closes() {
    let project = published();
    let mut browser = Browser::start(390);
    browser.open(&on_disk(&project, "index.html"));
    let open = "document.querySelector('.sidebar a:not(.menu-close)').checkVisibility({visibilityProperty: true})";
    let expanded = "document.querySelector('.menu-button').getAttribute('aria-expanded')";
    assert_eq!(browser.value(open), false);
    browser.value("document.querySelector('.menu-button').click()");
    assert_eq!((browser.value(open), browser.value(expanded)), (Value::Bool(true), "true".into()));
    browser.value("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))");
    assert_eq!((browser.value(open), browser.value(expanded)), (Value::Bool(false), "false".into()));
}

#[test]
fn an_open_page_follows_the_writer() {
    let project = Project::new(&[("content/index.md", "# Home\n\nOld words.\n")]);
    let (_running, url) = serve(&project);
    let mut browser = Browser::start(1280);
    browser.open(&url);
    browser.until("document.body.innerText.includes('Old words.')");
    project.edit("content/index.md", "Old words.", "New words.");
    browser.until("document.readyState === 'complete' && document.body.innerText.includes('New words.')");

    // A problem is shown over the last good page, and goes when it is corrected.
    let panel = "(document.getElementById('proofbook-preview')?.shadowRoot?.textContent ?? '')";
    project.edit("content/index.md", "New words.", "New words, [there](nowhere.md).");
    browser.until(&format!("{panel}.includes('there is no `nowhere.md`')"));
    browser.until("document.body.innerText.includes('New words.')");
    assert_eq!(browser.value(&format!("{panel}.includes('content/index.md:3:20')")), true);
    project.edit("content/index.md", "[there](nowhere.md)", "mended");
    browser.until(&format!(
        "document.readyState === 'complete' && document.body.innerText.includes('mended') && !{panel}.includes('nowhere')"
    ));
    assert_eq!(browser.complaints(), [""; 0]);
}
