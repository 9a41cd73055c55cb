//! Reading: colours that stay chosen, tabs for engines, copying, wide tables, images, paper, and what a reader's system asks
//! for.

use serde_json::json;

use super::chromium::{Browser, Scripts};
use super::moving;
use super::on_disk;
use super::support::{Project, text};

const RUNBOOK: &str = r#"
    +++
    engines = ["sqlite", "mariadb", "postgres"]
    +++

    # Runbook

    See [the manual](https://example.org/manual) and [the start](index.md).

    | one | two | three | four | five |
    |---|---|---|---|---|
    | `architectures_distributions` | `repository_architectures` | `product_update_repositories` | `flags` | `x` |

    ## Look

    ```sql engine=sqlite name=look-sqlite title="List the tables"
    SELECT name
      FROM sqlite_schema
     WHERE type = 'table'
       AND name NOT LIKE 'sqlite_%'
     ORDER BY name;
    ```

    <!-- proof: title="List the tables" name=look-mariadb -->
    ```sql engine=mariadb
    SHOW TABLES;
    ```

    ```sql engine=postgres name=look-postgres title="List the tables"
    SELECT tablename FROM pg_tables WHERE schemaname <> 'information_schema' AND schemaname <> 'pg_catalog';
    ```

    ## Look again

    ```bash engine=mariadb,postgres name=again-servers
    echo servers
    ```

    ```bash engine=sqlite name=again-sqlite
    echo a file
    ```

    ## Copy

    ```console
    $ echo one \
    >   two
    one two
    $ cat <<'END'
    > a
    > END
    a
    ```

    ```sql title="Two statements"
    SELECT 1;
    SELECT 2;
    ```

    ```sql setup
    CREATE TABLE words (word TEXT);
    ```

    ```python title="A line that is far too long for any sheet of paper" linenos
    print("0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789")
    ```

    ```mermaid
    graph TD; A-->B;
    ```
"#;

fn site() -> Project {
    let project = Project::new(&[
        ("proofbook.toml", "title = \"Handbook\"\n[database.shop]\n"),
        ("content/_databases/shop/schema.sql", "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n"),
        ("content/index.md", "# Home\n\nWelcome.\n"),
        ("content/runbook.md", &text(RUNBOOK)),
        ("content/other.md", &text(RUNBOOK).replace("# Runbook", "# Other")),
    ]);
    project.run("build").fine();
    project
}

/// The anchors of the snippets that are seen, of those that are variants.
const VARIANTS: &str = "[...document.querySelectorAll('.variant .snippet')].filter(part => part.checkVisibility())
    .map(part => part.id)";

#[test]
fn a_chosen_engine_is_shown_everywhere_and_remembered() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "runbook.html"));
    assert_eq!(browser.value(VARIANTS), json!(["look-sqlite", "again-servers"]), "the first of each");
    let tabs = "[...document.querySelectorAll('.tabs')].map(list => [...list.querySelectorAll('[role=tab]')]
        .map(tab => tab.textContent + (tab.ariaSelected === 'true' ? '*' : '') + tab.tabIndex).join(' '))";
    assert_eq!(browser.value(tabs), json!(["SQLite*0 MariaDB-1 PostgreSQL-1", "MariaDB, PostgreSQL*0 SQLite-1"]));
    // Each tab names the panel it shows, and each panel its tab.
    let paired = "[...document.querySelectorAll('[role=tab]')].every(tab => {
        const panel = document.getElementById(tab.getAttribute('aria-controls'));
        return panel.getAttribute('role') === 'tabpanel' && panel.getAttribute('aria-labelledby') === tab.id; })";
    assert_eq!(browser.value(paired), true);

    // By keyboard, round the end.
    browser.value("document.querySelector('[role=tab]').focus()");
    browser.key("ArrowLeft");
    assert_eq!(browser.value(VARIANTS), json!(["look-postgres", "again-servers"]));
    assert_eq!(browser.value("document.activeElement.textContent"), "PostgreSQL");
    browser.key("Home");
    assert_eq!(browser.value(VARIANTS), json!(["look-sqlite", "again-sqlite"]));
    browser.key("ArrowRight");
    assert_eq!(browser.value(VARIANTS), json!(["look-mariadb", "again-servers"]));
    browser.key("End");
    assert_eq!(browser.value(VARIANTS), json!(["look-postgres", "again-servers"]));

    // By pointer; what is clicked stays where it is, though what stands above becomes another.
    let second = "document.querySelectorAll('.tabs')[1].querySelector('button:last-child')";
    browser.value(&format!("{second}.scrollIntoView({{ behavior: 'instant', block: 'center' }})"));
    let before = browser.value(&format!("Math.round({second}.getBoundingClientRect().top)"));
    browser.value(&format!("{second}.click()"));
    browser.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
    assert_eq!(browser.value(&format!("Math.round({second}.getBoundingClientRect().top)")), before);
    assert_eq!(browser.value(VARIANTS), json!(["look-sqlite", "again-sqlite"]));

    browser.value("document.querySelector('[role=tab]:nth-child(3)').click()");
    browser.open(&on_disk(&project, "other.html"));
    assert_eq!(browser.value(VARIANTS), json!(["look-postgres", "again-servers"]), "another page remembers");
    // It is what is seen first, before the script of the tabs has come.
    browser.block(&["*/tabs.js"]);
    browser.reload();
    assert_eq!(browser.value("document.querySelectorAll('[role=tab]').length"), 0);
    assert_eq!(browser.value(VARIANTS), json!(["look-postgres", "again-servers"]));
}

#[test]
fn a_link_to_a_variant_opens_its_tab() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "runbook.html#look-mariadb"));
    assert_eq!(browser.value(VARIANTS), json!(["look-mariadb", "again-servers"]));
    let top = "document.getElementById('look-mariadb').getBoundingClientRect().top";
    browser.until(&format!("{top} >= 0 && {top} < innerHeight"));
    browser.value("location.hash = 'look-postgres'");
    browser.until(&format!("JSON.stringify({VARIANTS}) === '[\"look-postgres\",\"again-servers\"]'"));
    browser.open(&on_disk(&project, "other.html"));
    assert_eq!(browser.value(VARIANTS), json!(["look-sqlite", "again-servers"]), "a link is no choice");
}

#[test]
fn without_storage_a_choice_holds_for_the_page() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.before_pages("Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })");
    browser.open(&on_disk(&project, "runbook.html"));
    browser.value("document.querySelector('[role=tab]:nth-child(2)').click()");
    assert_eq!(browser.value(VARIANTS), json!(["look-mariadb", "again-servers"]));
    browser.value("document.querySelector('.scheme-button').click()");
    assert_eq!(browser.value("document.documentElement.dataset.scheme"), "light");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn without_scripts_and_on_paper_all_variants_are_there_with_their_engine() {
    let project = site();
    let all = json!(["look-sqlite", "look-mariadb", "look-postgres", "again-servers", "again-sqlite"]);
    let named = "[...document.querySelectorAll('.variant .only')].filter(part => part.checkVisibility())
        .map(part => part.textContent)";
    let names = json!([
        "only on SQLite",
        "only on MariaDB",
        "only on PostgreSQL",
        "only on MariaDB, PostgreSQL",
        "only on SQLite"
    ]);
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "runbook.html"));
    assert_eq!(browser.value(named), json!([]), "the tab says it");
    browser.media("print", &[]);
    assert_eq!((browser.value(VARIANTS), browser.value(named)), (all.clone(), names.clone()));
    assert_eq!(browser.value("document.querySelector('.tabs').checkVisibility()"), false);
    browser.media("screen", &[]);
    browser.scripts(Scripts::Off);
    browser.open(&on_disk(&project, "runbook.html"));
    assert_eq!((browser.value(VARIANTS), browser.value(named)), (all, names));
}

#[test]
fn a_chosen_scheme_is_there_before_anything_is_drawn() {
    let project = moving::site();
    let mut browser = Browser::start(1280);
    browser.prefer("light");
    // What the page is like when its body begins, before which nothing can be drawn.
    browser.before_pages(
        "new MutationObserver((_, observer) => { if (!document.body) return; observer.disconnect();
           window.first = getComputedStyle(document.documentElement).colorScheme; })
         .observe(document, { childList: true, subtree: true })",
    );
    browser.open(&on_disk(&project, "top.html"));
    assert_eq!(browser.value("window.first"), "light dark");
    browser.value("document.querySelector('.scheme-button').click()");
    browser.value("document.querySelector('.scheme-button').click()");
    browser.open(&on_disk(&project, "a/b/two.html"));
    assert_eq!(browser.value("window.first"), "dark");
    assert_eq!(browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(21, 24, 29)");
}

#[test]
fn copying_takes_what_is_typed() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "runbook.html"));
    browser.value(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText(text) { window.copied = text;
           return Promise.resolve(); } } })",
    );
    let mut copy = |selector: &str| {
        let found = browser.value(&format!(
            "(() => {{ const button = [...document.querySelectorAll('.copy-button')]
                .find(button => button.parentElement.parentElement.matches({selector:?}) || button.parentElement.matches({selector:?}));
              button.click(); return button.checkVisibility(); }})()"
        ));
        assert_eq!(found, true, "{selector}");
        browser.value("window.copied")
    };
    assert_eq!(copy(".snippet:has(.prompt)"), "echo one \\\n  two\ncat <<'END'\na\nEND");
    assert_eq!(copy(".snippet:has(.language-sql):not(.variant *)"), "SELECT 1;\nSELECT 2;");
    assert_eq!(copy(".code:has(.language-mermaid)"), "graph TD; A-->B;");
    assert!(copy(".code:has(.numbered)").as_str().unwrap().starts_with("print("), "without the numbers");
    browser.until("[...document.querySelectorAll('.copy-button')].some(button => button.textContent === 'Copied')");
    assert_eq!(browser.value("document.querySelectorAll('.setup .copy-button').length"), 0, "a setup is no step");
}

#[test]
fn a_wide_table_scrolls_by_keyboard_and_the_page_does_not() {
    let project = site();
    let mut browser = Browser::start(390);
    browser.open(&on_disk(&project, "runbook.html"));
    let table = "document.querySelector('.content .scroll')";
    assert_eq!(browser.value(&format!("{table}.tabIndex")), 0);
    assert_eq!(browser.value(&format!("{table}.getAttribute('aria-label')")), "Scrolls sideways");
    browser.value(&format!("{table}.focus()"));
    for _ in 0..3 {
        browser.key("ArrowRight");
    }
    browser.until(&format!("{table}.scrollLeft > 20"));
    assert_eq!(browser.value("scrollX"), 0);
    // So does code in a tab that was not open at first.
    let code = "document.querySelector('#look-postgres pre').tabIndex";
    assert_eq!(browser.value(code), -1);
    browser.value("document.querySelector('[role=tab]:nth-child(3)').click()");
    browser.until(&format!("{code} === 0"));
    let mut wide = Browser::start(1280);
    wide.open(&on_disk(&project, "other.html"));
    let stops = "[...document.querySelectorAll('.scroll, pre')].filter(box => box.tabIndex === 0)
        .every(box => box.scrollWidth > box.clientWidth)";
    assert_eq!(wide.value(stops), true, "what does not scroll is no stop");
}

#[test]
fn a_runbook_is_clean_on_paper() {
    let project = site();
    let mut browser = Browser::start(794);
    for scripts in [Scripts::On, Scripts::Off] {
        browser.scripts(scripts);
        browser.media("screen", &[]);
        browser.open(&on_disk(&project, "runbook.html"));
        browser.media("print", &[("prefers-color-scheme", "dark")]);
        let seen = |selector: &str| {
            format!("[...document.querySelectorAll({selector:?})].filter(part => part.checkVisibility()).length")
        };
        for gone in
            [".site-head", ".sidebar", ".breadcrumbs", ".neighbours", ".copy-button", ".anchor", ".site-foot", "button"]
        {
            assert_eq!(browser.value(&seen(gone)), 0, "{gone} with scripts {scripts:?}");
        }
        for kept in ["h1", ".proof .verdict", ".snippet-foot .verdict", "pre"] {
            assert!(browser.value(&seen(kept)).as_u64().unwrap() >= 1, "{kept} with scripts {scripts:?}");
        }
        assert_eq!(browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
        let after =
            "[...document.querySelectorAll('.content p a')].map(link => getComputedStyle(link, '::after').content)";
        let after = browser.value(after);
        // Browsers tell it as it is written or as it comes out.
        let address = after[0].as_str().unwrap_or_default();
        assert!(address.contains("attr(href)") || address.contains("(https://example.org/manual)"), "{after}");
        assert_eq!(after[1], "none", "an address within the site is none on paper");
        let wide = "[...document.querySelectorAll('main *')].filter(part => part.scrollWidth > part.clientWidth + 1
            && getComputedStyle(part).display !== 'inline' && part.checkVisibility()).map(part => part.outerHTML.slice(0, 80))";
        assert_eq!(browser.value(wide), json!([]), "everything has room on the sheet");
        let setup = "document.querySelector('.setup pre').checkVisibility()";
        if scripts == Scripts::On {
            browser.value("dispatchEvent(new Event('beforeprint'))");
            assert_eq!(browser.value(setup), true);
            browser.value("dispatchEvent(new Event('afterprint'))");
        }
        assert_eq!(browser.value("document.querySelectorAll('details[open]').length"), 0);
        assert!(
            browser.value("document.querySelector('.setup pre').getBoundingClientRect().height").as_f64() > Some(10.0)
        );
        assert!(browser.printed().len() > 10_000);
    }
}

#[test]
fn results_of_other_cases_are_one_click_away_and_not_on_paper() {
    let page = "+++\ntitle = 'Cases'\n[parameters.who]\ndefault = 'Ada'\n[[cases]]\nname = 'second'\nwho = 'Bob'\n+++\n\
        ```bash check\necho \"$WHO\"\n```\n```output case=default\n<who>\n```\n```output case=second\n<who>\n```\n";
    let project = Project::new(&[("content/index.md", page)]);
    project.run("test").fine();
    project.run("build").fine();
    for scripts in [Scripts::On, Scripts::Off] {
        let mut browser = Browser::start(390);
        browser.scripts(scripts);
        browser.open(&on_disk(&project, "index.html"));
        let seen = "[...document.querySelectorAll('.output pre')].filter(part => part.checkVisibility({contentVisibilityAuto: true})
            && part.getBoundingClientRect().height > 0).map(part => part.innerText.trim())";
        assert_eq!(browser.value(seen), json!(["Ada"]), "scripts {scripts:?}");
        let told = browser.value("document.querySelector('.other-cases summary').innerText");
        assert_eq!(told, "Output in the case second");
        browser.value("document.querySelector('.other-cases summary').click()");
        assert_eq!(browser.value(seen), json!(["Ada", "Bob"]), "scripts {scripts:?}");
        browser.media("print", &[]);
        assert_eq!(browser.value(seen), json!(["Ada"]), "on paper, scripts {scripts:?}");
    }
}

#[test]
fn what_the_readers_system_asks_for_is_given() {
    let project = site();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "runbook.html"));
    let smooth = "getComputedStyle(document.documentElement).scrollBehavior";
    browser.media("screen", &[("prefers-reduced-motion", "no-preference")]);
    assert_eq!(browser.value(smooth), "smooth");
    browser.media("screen", &[("prefers-reduced-motion", "reduce")]);
    assert_eq!(browser.value(smooth), "auto");
    let moving = "document.getAnimations().length + [...document.querySelectorAll('*')]
        .filter(part => parseFloat(getComputedStyle(part).transitionDuration) > 0).length";
    assert_eq!(browser.value(moving), 0);

    browser.media("screen", &[("forced-colors", "active")]);
    let edges = "[...document.querySelector('.tabs').children].map(tab => getComputedStyle(tab).borderBottomColor)";
    let edges = browser.value(edges);
    assert!(edges[0] != edges[1] && edges[1] == edges[2], "the chosen tab differs: {edges}");
    let current = "getComputedStyle(document.querySelector('.sidebar [aria-current]')).borderLeftStyle";
    assert_eq!(browser.value(current), "solid");
    for part in [".snippet:not(.variant *)", ".proof", ".filter input", ".variants"] {
        let border = format!(
            "(() => {{ const style = getComputedStyle(document.querySelector('{part}'));
               return style.borderTopStyle + ' ' + (style.borderTopColor !== getComputedStyle(document.body).backgroundColor); }})()"
        );
        assert_eq!(browser.value(&border), "solid true", "{part}");
    }
    let sign = "(() => { const icon = document.querySelector('.verdict .icon');
        return icon.checkVisibility() && getComputedStyle(icon).stroke !== getComputedStyle(document.body).backgroundColor; })()";
    assert_eq!(browser.value(sign), true);
}
