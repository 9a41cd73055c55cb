//! The search, as a reader uses it: questions with the answer that must come first, keys, filters, a phone, a site opened
//! from disk, a thousand pages.

use std::io::Write;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::chromium::{Browser, Scripts};
use super::kept::Kept;
use super::support::Project;
use super::{ask, on_disk, published, serve};

/// Whether the search is open and has answered what stands in its field.
const ANSWERED: &str = "document.querySelector('.search').open && \
    document.querySelector('.search-results').getAttribute('aria-busy') === 'false'";

const STATUS: &str = "document.querySelector('.search-status').textContent";

/// Asks a question through the dialog, opening it if need be.
#[track_caller]
fn search(browser: &mut Browser, question: &str) -> Vec<String> {
    browser.value("document.querySelector('.search').open || document.querySelector('.search-button').click()");
    browser.until(ANSWERED);
    browser.value("document.querySelector('.search-input').select()");
    if question.is_empty() {
        browser.key("Backspace");
    } else {
        browser.types(question);
    }
    browser.until(ANSWERED);
    results(browser)
}

/// The addresses of the results that are shown.
fn results(browser: &mut Browser) -> Vec<String> {
    let links = browser.value("Array.from(document.querySelectorAll('.search-result'), (link) => link.href)");
    links.as_array().unwrap().iter().map(|link| link.as_str().unwrap().to_owned()).collect()
}

fn value(browser: &mut Browser, expression: &str) -> String {
    browser.value(expression).as_str().unwrap_or_default().to_owned()
}

/// The lines of a table, without its notes.
fn table(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("##"));
    lines.map(|line| line.split_once(" => ").unwrap_or_else(|| panic!("no ` => ` in {line}"))).collect()
}

/// The handbook, published as it is.
fn handbook() -> Project {
    static PUBLISHED: LazyLock<Kept> = LazyLock::new(|| {
        let project = Project::handbook();
        project.run("build").fine();
        Kept::of(&project)
    });
    PUBLISHED.project()
}

#[test]
fn the_first_result_is_the_one_a_reader_needs() {
    let project = handbook();
    let (_running, url) = serve(&project);
    let mut browser = Browser::start(1280);
    browser.open(&format!("{url}do/remove-an-architecture.html"));
    let mut wrong = Vec::new();
    let questions = table(include_str!("queries.txt"));
    assert!(questions.len() >= 40, "{} questions", questions.len());
    for (question, wanted) in questions {
        let found = search(&mut browser, question);
        let first = found.first().map_or("nothing", String::as_str).trim_start_matches(&url);
        if first != wanted {
            wrong.push(format!("{question}: {first}, not {wanted}"));
        }
    }
    assert_eq!(wrong, [""; 0], "what comes first");
    assert_eq!(browser.complaints(), [""; 0], "under the policy of the preview");
}

#[test]
fn questions_are_cut_as_pages_are() {
    let project = handbook();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "index.html"));
    search(&mut browser, "x");
    for (text, terms) in table(include_str!("terms.txt")) {
        let text = serde_json::to_string(text).unwrap();
        let found = value(&mut browser, &format!("window.proofbookFinder('').terms({text}).join(' ')"));
        assert_eq!(found, terms, "{text}");
    }
}

#[test]
fn the_keyboard_is_enough() {
    let project = handbook();
    let mut browser = Browser::start(1280);
    let page = on_disk(&project, "do/remove-an-architecture.html");
    browser.open(&page);
    let open = "document.querySelector('.search').open";
    let focus = "document.activeElement.className";
    let active =
        "document.getElementById(document.querySelector('.search-input').getAttribute('aria-activedescendant'))";

    // Not while something is typed elsewhere.
    browser.value("document.querySelector('.filter input').disabled = false");
    browser.value("document.querySelector('.filter input').focus()");
    browser.key("/");
    browser.key("Control+k");
    assert_eq!(browser.value(open), false);
    assert_eq!(value(&mut browser, "document.querySelector('.filter input').value"), "/");

    browser.value("document.querySelector('.search-button').focus()");
    for key in ["/", "Control+k"] {
        browser.key(key);
        assert_eq!(browser.value(open), true, "{key}");
        assert_eq!(value(&mut browser, focus), "search-input");
        assert_eq!(
            value(&mut browser, "document.querySelector('.search-input').value"),
            "",
            "{key} itself is not typed"
        );
        browser.key("Escape");
        assert_eq!(browser.value(open), false);
        assert_eq!(value(&mut browser, focus), "search-button", "the focus goes back");
    }

    browser.key("/");
    browser.types("orphaned rows");
    browser.until(&format!("{ANSWERED} && !!{active}"));
    let expanded = "document.querySelector('.search-input').getAttribute('aria-expanded')";
    assert_eq!(value(&mut browser, expanded), "true");
    let chosen = format!("Array.from(document.querySelectorAll('.search-result')).indexOf({active})");
    let selected = format!(
        "document.querySelectorAll('[aria-selected=\"true\"]').length === 1 && {active}.ariaSelected === 'true'"
    );
    let mut at = Vec::new();
    for key in ["", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"] {
        if !key.is_empty() {
            browser.key(key);
        }
        at.push(browser.value(&chosen).as_i64().unwrap());
        assert_eq!(browser.value(&selected), true, "{key}");
        assert_eq!(value(&mut browser, focus), "search-input", "the focus stays");
    }
    assert_eq!(at, [0, 1, 2, 1, 0, 0, 1]);

    // Past the last one there are more.
    let shown = results(&mut browser).len();
    for _ in 1..shown {
        browser.key("ArrowDown");
    }
    browser.until(&format!("document.querySelectorAll('.search-result').length > {shown}"));
    assert_eq!(browser.value(&chosen), shown);

    // Enter opens; before the answer is there it waits for it.
    let first = search(&mut browser, "the wrong calls").remove(0);
    assert!(first.starts_with(&page) && first.ends_with("#the-wrong-calls"), "{first}");
    browser.key("Enter");
    browser.until("location.hash === '#the-wrong-calls'");
    assert_eq!(browser.value(open), false, "on the page itself the search closes");
    browser.key("/");
    browser.types("archcache caches");
    browser.key("Enter");
    browser.until(
        "location.pathname.endsWith('/operate/restore-a-deleted-architecture.html') && location.hash === '#caches'",
    );
    browser.until("document.readyState === 'complete'");
    let top = "document.getElementById('caches').getBoundingClientRect().top";
    browser.until(&format!("{top} > 0 && {top} < innerHeight / 2"));
}

#[test]
fn filters_choose_by_kind_proof_and_tag() {
    let project = published();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "index.html"));
    let all = search(&mut browser, "architecture");
    assert!(all.len() > 3, "{all:?}");
    let mut choose = |name: &str, choice: &str| {
        browser.value(&format!(
            "(() => {{ const select = document.querySelector('.search select[name={name}]'); select.value = '{choice}';
            select.dispatchEvent(new Event('change')); }})()"
        ));
        browser.until(ANSWERED);
        let about = "Array.from(document.querySelectorAll('.search-about'), (about) => about.textContent)";
        let about = browser.value(about).as_array().unwrap().clone();
        (results(&mut browser), about.iter().map(|about| about.as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    let (_, kinds) = choose("kind", "postmortem");
    assert!(!kinds.is_empty() && kinds.iter().all(|about| about.starts_with("Post-mortem")), "{kinds:?}");
    let (_, kinds) = choose("kind", "runbook");
    assert!(!kinds.is_empty() && kinds.iter().all(|about| about.starts_with("Runbook · Proven")), "{kinds:?}");
    let (none, _) = choose("state", "failed");
    assert_eq!(none, [""; 0], "no runbook of the handbook fails");
    choose("state", "");
    let (repairs, _) = choose("tag", "repair");
    let is_repair = |address: &String| {
        let page = address.split("/public/").nth(1).and_then(|page| page.split(".html").next()).unwrap();
        project.read(&format!("content/{page}.md")).contains("\"repair\"")
    };
    assert!(!repairs.is_empty() && repairs.iter().all(is_repair), "{repairs:?}");
    choose("tag", "");
    choose("kind", "");
    // Without a question every page that is left is listed.
    browser.value("document.querySelector('.search-input').value = ''");
    let mut choose = |state: &str| {
        browser.value(&format!(
            "(() => {{ const select = document.querySelector('.search select[name=state]'); select.value = '{state}';
            select.dispatchEvent(new Event('change')); }})()"
        ));
        browser.until(ANSWERED);
        results(&mut browser)
    };
    let names =
        |pages: Vec<String>| pages.iter().map(|page| page.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(choose("failed")), ["late.html", "index.html"], "the late page and the hard one");
    assert_eq!(names(choose("stale")), ["stale.html"]);
    assert_eq!(names(choose("partly")), ["partly.html"]);
}

#[test]
fn slips_marks_capitals_and_forms_are_forgiven() {
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    project.write("content/a/kůň.md", "# Žluťoučký kůň\n\nHe runs `DownloadOnDemand` with `--dry-run`.\n");
    project.write("content/a/exact.md", "# Exact\n\nThe word deadlock stands here.\n");
    project.write("content/a/title.md", "# Deadlock\n\nNothing.\n");
    project.write("content/a/other.md", "# Other\n\n## Deadlocks on Friday\n\nThe number is 1452.\n");
    project.run("build").fine();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "a/other.html"));
    let mut first = |question: &str| {
        let found = search(&mut browser, question);
        found.into_iter().map(|link| link.split("/public/").nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    for question in ["zlutoucky kun", "ŽLUŤOUČKÝ", "zluťoucky", "zlutuocky", "demand", "downloadondemand", "--dry-run"]
    {
        assert_eq!(first(question), ["a/k%C5%AF%C5%88.html"], "{question}");
    }
    let all = ["a/title.html", "a/other.html#deadlocks-on-friday", "a/exact.html"];
    for question in ["deadlock", "daedlock", "deadlok", "deadlokc", "Deadlocked", "deadl"] {
        assert_eq!(first(question), all, "{question}: title, then heading, then text");
    }
    assert_eq!(first("deadlock word"), ["a/exact.html"], "all words must be there");
    assert_eq!(first("1451"), [""; 0], "a number is taken at its word");
    assert_eq!(first("1452"), ["a/other.html#deadlocks-on-friday"]);
    assert_eq!(first("deadlock 1451").len(), 3, "what is nowhere is left out, and said");
    assert_eq!(value(&mut browser, STATUS), "3 results without “1451”");
    let marked = "Array.from(document.querySelectorAll('.search-result mark'), (mark) => mark.textContent).join()";
    assert_eq!(value(&mut browser, marked), "Deadlock,Deadlocks,deadlock");
}

#[test]
fn the_dialog_says_what_to_do() {
    let project = handbook();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "index.html"));
    let note = "document.querySelector('.search-note').checkVisibility() && document.querySelector('.search-note').textContent";
    search(&mut browser, "");
    assert!(value(&mut browser, note).starts_with("Type a word, an error message"), "{}", value(&mut browser, note));
    assert_eq!(search(&mut browser, "qqqqqq"), [""; 0]);
    assert_eq!(value(&mut browser, STATUS), "No results");
    assert!(value(&mut browser, note).contains("Try fewer or other ones"), "{}", value(&mut browser, note));
    let count = search(&mut browser, "memcached").len();
    assert!((2..8).contains(&count), "few enough to be shown at once: {count}");
    assert_eq!((value(&mut browser, STATUS), browser.value(note)), (format!("{count} results"), Value::Bool(false)));
    assert_eq!(browser.value("document.querySelector('.search-status').getAttribute('role')"), "status");

    // An index that cannot be loaded is no dead end.
    let index = project.read("public/search/index.js");
    project.write("public/search/index.js", "");
    browser.reload();
    browser.value("document.querySelector('.search-button').click()");
    browser.until(&format!("{STATUS} === 'The search could not be loaded.'"));
    project.write("public/search/index.js", &index);
    assert_eq!(search(&mut browser, "memcached").len(), count, "and it is tried again");
}

#[test]
fn a_site_that_was_published_anew_is_searched_as_it_is_now() {
    let project = Project::new(&[("content/index.md", "# Home\n\nOne oldword.\n")]);
    project.run("build").fine();
    let mut browser = Browser::start(1280);
    browser.open(&on_disk(&project, "index.html"));
    assert_eq!(search(&mut browser, "home").len(), 1);
    project.edit("content/index.md", "oldword", "newword").run("build").fine();
    // A word of as many letters that was never asked for, and texts that were not shown: none of the old files is there.
    assert_eq!(search(&mut browser, "nweword").len(), 1);
}

#[test]
fn a_phone_shows_it_on_the_whole_screen() {
    let project = published();
    let mut browser = Browser::start(390);
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        browser.open(&on_disk(&project, "learn/hard/index.html"));
        let found = search(&mut browser, "words_that_are architectures_distributions");
        assert!(!found.is_empty());
        let size = browser.value("(({ x, y, width, height }) => [x, y, width, height])(document.querySelector('.search').getBoundingClientRect())");
        assert_eq!(size, serde_json::json!([0, 0, 390, 800]));
        let width = ask(&mut browser, "width");
        assert_eq!(width["page"], 390, "{width:#}");
        assert_eq!(width["out"], Value::Array(Vec::new()), "nothing sticks out");
        let found = ask(&mut browser, "faint");
        assert_eq!(found["faint"], Value::Array(Vec::new()), "{scheme}");
        // A touch opens a result; here it is only seen that it would.
        browser.value("document.addEventListener('click', (event) => { event.preventDefault(); window.opened = event.target.href; })");
        browser.value("document.querySelector('.search-result').click()");
        assert_eq!(
            browser.value("[document.querySelector('.search').open, typeof window.opened]"),
            serde_json::json!([false, "string"])
        );
    }
}

#[test]
fn without_scripts_there_is_nothing_to_press() {
    let project = handbook();
    let mut browser = Browser::start(1280);
    browser.scripts(Scripts::Off);
    browser.open(&on_disk(&project, "index.html"));
    assert_eq!(browser.value("document.querySelector('.search-button').checkVisibility()"), false);
    assert_eq!(browser.value("document.querySelector('.search').checkVisibility()"), false);
}

/// What a question may cost a reader, compressed, the scripts of the search included.
const LIMIT: usize = 60 * 1024;

#[test]
fn the_first_question_costs_little_at_a_thousand_pages() {
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    let mut random = Random(7);
    for number in 0..1000 {
        project.write(&format!("content/s{:02}/page-{number}.md", number / 40), &page(number, &mut random));
    }
    project.run("build").fine();
    let mut browser = Browser::start(1280);
    let questions = [
        vocabulary(3),
        format!("{} {} {}", vocabulary(40), vocabulary(400), vocabulary(2000)),
        format!("{}_{}", vocabulary(900), vocabulary(901)),
        // A slip, in a long word.
        format!("{} {}", vocabulary(60), slip(&vocabulary(5000))),
        "page 512".into(),
        format!("how do i {} the {} when {}", vocabulary(150), vocabulary(700), vocabulary(3000)),
    ];
    for question in questions {
        browser.open(&on_disk(&project, "s03/page-123.html"));
        let before = browser.requests().len();
        assert!(!search(&mut browser, &question).is_empty(), "{question}: {}", value(&mut browser, STATUS));
        let scripts = browser.requests();
        let is_search = |address: &&String| address.contains("/search/") || address.contains("/search.js");
        let cost: usize = scripts[..before]
            .iter()
            .filter(is_search)
            .chain(&scripts[before..])
            .map(|address| compressed(address))
            .sum();
        assert!(scripts[before..].len() > 3, "{question}: {scripts:?}");
        assert!(cost < LIMIT, "{question}: {cost} bytes, of {:?}", &scripts[before..]);
    }
}

/// How large a file is on its way to a reader.
fn compressed(address: &str) -> usize {
    let path = address.trim_start_matches("file://").split(['?', '#']).next().unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"))).unwrap();
    encoder.finish().unwrap().len()
}

/// A page as long as documentation is, of words that are as common and as rare as words are.
fn page(number: usize, random: &mut Random) -> String {
    let mut page =
        format!("+++\ntitle = \"Page {number} {}\"\ntags = [\"{}\"]\n+++\n", random.word(), vocabulary(number % 9));
    for _ in 0..5 {
        page.push_str(&format!("\n## {} {}\n", random.word(), random.word()));
        for _ in 0..2 {
            let words: Vec<String> = (0..60).map(|_| random.word()).collect();
            page.push_str(&format!("\n{}.\n", words.join(" ")));
        }
        page.push_str(&format!("\n```text\n{}_{} = {}\n```\n", random.word(), random.word(), random.below(9000)));
    }
    let name = number % 1000;
    page.push_str(&format!(
        "\nThe name `{}_{}`, and {}.\n",
        vocabulary(name),
        vocabulary(name + 1),
        vocabulary(number * 7)
    ));
    page
}

/// The word of a rank, made of syllables.
fn vocabulary(rank: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi",
        "yo", "zu",
    ];
    // Scattered, so that words of one start are not of one rank.
    let mut number = (rank * 7919) % 160_000;
    let mut word = String::new();
    while word.len() < 6 || number > 0 {
        word.push_str(SYLLABLES[number % 20]);
        number /= 20;
    }
    word
}

/// A word with two letters exchanged.
fn slip(word: &str) -> String {
    format!("{}{}{}{}", &word[..2], &word[3..4], &word[2..3], &word[4..])
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    /// A word: the second as common as half the first, the third a third of it.
    fn word(&mut self) -> String {
        let share = self.below(1_000_000) as f64 / 1_000_000.0;
        vocabulary((9000_f64.powf(share)) as usize)
    }
}
