//! The published pages held against what others have written down: the HTML standard, WCAG as axe checks it, Lighthouse.
//!
//! Run with `cargo test --test audit`; a plain `cargo test` leaves it out, because it needs a Chromium, Node.js and the
//! packages in `tests/audit/package.json`, which `tests/run` installs below `target/`.

#![expect(clippy::unwrap_used, reason = "in tests an unwrap is an assertion")]

#[expect(dead_code, reason = "the other tests in a browser use the rest of it")]
#[path = "browser/chromium.rs"]
mod chromium;
#[path = "audit/host.rs"]
mod host;
#[path = "browser/kept.rs"]
mod kept;
#[expect(dead_code, unused_imports, reason = "the suite uses the rest of what it shares")]
#[path = "suite/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use chromium::Browser;
use host::Host;
use kept::Kept;
use serde_json::Value;
use support::{Project, text};

/// The folder of the packages.
fn modules() -> PathBuf {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/audit/node_modules");
    assert!(modules.is_dir(), "{} is not there: `tests/run` installs it", modules.display());
    modules
}

/// A folder without an index, and every verdict the handbook itself has none of.
const VERDICTS: &str = r#"
    # Verdicts

    ```sql name=fails effect="architectures_distributions -1" title="Fails"
    DELETE FROM architectures WHERE name = 'riscv64';
    ```

    ```sql name=never title="Does not come to its turn"
    SELECT 1;
    ```

    > [!WARNING]
    > A quote, with a snippet in it:
    >
    > ```bash name=skipped skip="a reason that the reader sees"
    > false
    > ```

    ```console title="A transcript {2}" linenos
    $ printf 'one\n'
    one
    ```

    Term
    : What it means[^1].

    - [x] done
    - [ ] to do

    [^1]: A note.
"#;

/// The handbook, run and published, with pages that show what it has none of.
fn published() -> Project {
    static PUBLISHED: LazyLock<Kept> = LazyLock::new(|| Kept::of(&publish()));
    PUBLISHED.project()
}

fn publish() -> Project {
    let project = Project::handbook();
    project.write("content/learn/verdicts/verdicts.md", &text(VERDICTS));
    project.write("content/learn/stale.md", "# Stale\n\n```bash check name=before\ntrue\n```\n");
    project.run("test").ended(1);
    project.edit("content/learn/stale.md", "true", "true # changed since").run("build").fine();
    project
}

/// Every published page, below `public/`.
fn pages(project: &Project) -> Vec<String> {
    let pages: Vec<String> = project.published().into_keys().filter(|name| name.ends_with(".html")).collect();
    assert!(pages.len() >= 10, "{pages:?}");
    pages
}

/// The pages among them that are no redirects: those a reader stays on.
fn read_pages(project: &Project) -> Vec<String> {
    let stays = |name: &String| !project.read(&format!("public/{name}")).contains("http-equiv=\"refresh\"");
    pages(project).into_iter().filter(stays).collect()
}

/// Asks axe about the page that is open.
fn violations(browser: &mut Browser, axe: &str) -> Vec<String> {
    browser.value(axe);
    let asked = browser.value(
        "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(violation =>
           violation.id + ': ' + violation.help + '\\n' +
           violation.nodes.map(node => '  ' + node.html + '\\n  ' + node.failureSummary).join('\\n')))",
    );
    asked.as_array().unwrap().iter().map(|violation| violation.as_str().unwrap().to_owned()).collect()
}

#[test]
fn axe_finds_nothing_on_any_page_in_either_scheme() {
    let axe = std::fs::read_to_string(modules().join("axe-core/axe.min.js")).unwrap() + "; true";
    let project = published();
    let mut browser = Browser::start(1280);
    project.write("public/bad.html", "<!doctype html><title>x</title><img src='icon.svg'><button></button>");
    browser.open(&format!("file://{}", project.path("public/bad.html").display()));
    assert!(violations(&mut browser, &axe).len() > 2, "it finds what is wrong");
    std::fs::remove_file(project.path("public/bad.html")).unwrap();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (390, "light")] {
        let mut browser = Browser::start(width);
        browser.prefer(scheme);
        for page in read_pages(&project) {
            browser.open(&format!("file://{}", project.path("public").join(&page).display()));
            for violation in violations(&mut browser, &axe) {
                found.entry(violation).or_default().push(format!("{page} ({width}, {scheme})"));
            }
        }
        browser.key("/");
        browser.types("foreign key");
        browser.until("document.querySelectorAll('dialog[open] [role=option]').length > 0");
        for violation in violations(&mut browser, &axe) {
            found.entry(violation).or_default().push(format!("the search ({width}, {scheme})"));
        }
    }
    let told: Vec<String> = found.into_iter().map(|(what, pages)| format!("{what}\non {}", pages.join(", "))).collect();
    assert!(told.is_empty(), "{}", told.join("\n\n"));
}

#[test]
fn every_page_is_what_the_html_standard_says() {
    let project = published();
    let program = modules().join("html-validate/bin/html-validate.mjs");
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit/html-validate.json");
    let check = |pages: &[String]| {
        let mut command = Command::new("node");
        command.arg(&program).arg("--config").arg(&config).args(["--formatter", "text"]).args(pages);
        let output = command.current_dir(project.path("public")).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), told)
    };
    project.write("public/bad.html", "<!doctype html><html lang=en><title>x</title><p><div id=a></div><b id=a>");
    let (passed, told) = check(&["bad.html".to_owned()]);
    assert!(!passed && told.contains("no-dup-id"), "it finds what is wrong: {told}");
    std::fs::remove_file(project.path("public/bad.html")).unwrap();
    let (passed, told) = check(&pages(&project));
    assert!(passed, "{told}");
}

/// One page of every type.
fn page_types(project: &Project) -> Vec<String> {
    let known = [
        "index.html",
        "understand/index.html",
        "do/remove-an-architecture.html",
        "learn/index.html",
        "learn/verdicts/index.html",
        "learn/verdicts/verdicts.html",
    ];
    let of_kind = |kind: &str| {
        let is_it = |name: &String| project.read(&format!("public/{name}")).contains(&format!("class=\"kind-{kind}"));
        read_pages(project).into_iter().find(is_it).unwrap_or_else(|| panic!("a page of the kind {kind}"))
    };
    let generated = read_pages(project).into_iter().filter(|name| name.starts_with("by/"));
    let mut pages: Vec<String> = known.map(str::to_owned).into();
    pages.extend(["postmortem", "drill"].map(of_kind));
    // An overview, and a list, are enough.
    pages.extend(generated.take(3));
    pages
}

#[test]
fn lighthouse_gives_every_page_type_full_marks() {
    let project = published();
    let host = Host::start(project.path("public"), "/");
    let addresses: Vec<String> = page_types(&project).iter().map(|page| format!("{}{page}", host.address)).collect();
    // Speed is no matter of a test: `PROOFBOOK_LIGHTHOUSE=performance` asks for it, too.
    let more = std::env::var("PROOFBOOK_LIGHTHOUSE").map(|more| format!(",{more}")).unwrap_or_default();
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit/lighthouse.mjs"))
        .arg(modules())
        .arg(chromium::program())
        .arg(format!("accessibility,best-practices,seo{more}"))
        .args(&addresses)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let told: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told.len(), addresses.len(), "{errors}");
    let mut short = Vec::new();
    for (address, categories) in &told {
        let categories = categories.as_array().unwrap();
        assert!(categories.len() >= 3, "{address}: {categories:?}");
        for category in categories.iter().filter(|category| category["score"] != 100) {
            let parts: Vec<&str> = category["short"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            short.push(format!("{address}: {} {}\n  {}", category["category"], category["score"], parts.join("\n  ")));
        }
    }
    assert!(short.is_empty(), "{}", short.join("\n"));
}

#[test]
fn pages_work_under_a_path_and_the_policy_without_an_outside_request() {
    let project = published();
    let host = Host::start(project.path("public"), "/a/b/");
    let mut browser = Browser::start(1280);
    for page in read_pages(&project) {
        browser.open(&format!("{}{page}", host.address));
        let complaints = browser.complaints();
        assert!(complaints.is_empty(), "{page}: {complaints:#?}");
        let outside = "performance.getEntriesByType('resource').map(entry => entry.name)
                         .filter(name => !name.startsWith(location.origin + '/a/b/'))";
        assert_eq!(browser.value(outside), serde_json::json!([]), "{page}");
    }
    // Searching loads more, from the same place.
    browser.key("/");
    browser.types("delete the architecture");
    browser.until("document.querySelectorAll('dialog[open] [role=option]').length > 0");
    let complaints = browser.complaints();
    assert!(complaints.is_empty(), "{complaints:#?}");
    let found = browser.value("document.querySelector('[role=option] a, a[role=option]').href");
    assert!(found.as_str().is_some_and(|address| address.starts_with(&host.address)), "{found}");
    browser.key("Enter");
    browser.until("document.readyState === 'complete' && !document.querySelector('dialog[open]')");
    let asked = browser.requests();
    assert!(asked.iter().all(|address| address.starts_with(&host.address)), "{asked:#?}");
}
