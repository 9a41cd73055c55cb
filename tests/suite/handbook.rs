//! Our own handbook, by its own tool: no diagnostics, every runbook proved, every fact of the incident on its page.

use regex::Regex;
use serde_json::Value;

use crate::support::{Project, Proved, is_installed, proof_of};

/// The architectures OBS seeds, in the order it does.
const SEEDED: [&str; 35] = [
    "aarch64",
    "aarch64_ilp32",
    "armv4l",
    "armv5l",
    "armv6l",
    "armv7l",
    "armv5el",
    "armv6el",
    "armv7el",
    "armv7hl",
    "armv8el",
    "hppa",
    "i586",
    "i686",
    "ia64",
    "k1om",
    "local",
    "m68k",
    "mips",
    "mips32",
    "mips64",
    "ppc",
    "ppc64",
    "ppc64p7",
    "ppc64le",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "sparc64v",
    "sparcv8",
    "sparcv9",
    "sparcv9v",
    "x86_64",
];

/// The timeline of the original post-mortem: the time, and words no retelling can do without.
const TIMELINE: [(&str, &[&str]); 9] = [
    ("12:32", &["architecture", "delet"]),
    ("12:43", &["on call", "exception"]),
    ("12:50", &["customer", "staging workflow"]),
    ("12:52", &["alert", "team"]),
    ("13:03", &["mistake"]),
    ("13:07", &["declare", "incident", "protocol"]),
    ("13:16", &["architecture", "database"]),
    ("13:16", &["exception"]),
    ("13:17", &["resolved"]),
];

/// The sections of the original, in its order, each with words of its own and how many points it lists.
const SECTIONS: [(&str, &[&str], usize); 12] = [
    ("Summary", &["debian 12", "delet", "architecture", "association", "crash"], 0),
    ("Impact", &["staging workflow", "opensuse:factory", "34 minutes"], 0),
    ("Root causes", &["i586", "x86_64", "supported", "`architectures`", "link"], 0),
    ("Trigger", &["association", "architecture"], 0),
    ("Detection", &["on call", "exception"], 0),
    ("Resolution", &["row", "database", "again"], 0),
    (
        "Action items",
        &["documentation", "from scratch", "administration", "drill", "alert", "internal server error"],
        0,
    ),
    ("Lessons learned", &["production", "staging", "development", "mistakes"], 0),
    ("What went well", &["quickly"], 1),
    ("What went wrong", &["exceptions", "alert"], 2),
    ("Where we got lucky", &["shell history", "backup", "callback", "alert", "staging workflow"], 4),
    ("Timeline", &[], 9),
];

fn post_mortem() -> String {
    Project::handbook().read("content/learn/staging-workflow-unavailable.md")
}

/// The text below each `##` heading, on one line.
fn sections(page: &str) -> Vec<(String, String)> {
    let parts = page.split("\n## ").skip(1);
    parts.map(|part| part.split_once('\n').unwrap()).map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn nothing_is_wrong_with_it() {
    let project = Project::handbook();
    project.run("check").fine().says("no problems");
    let built = project.run("build").fine();
    assert_eq!(built.stderr, "");
}

/// A block of a page in a language that runs.
struct Block {
    role: &'static str,
    /// Whether it says that it is never run.
    is_skipped: bool,
    /// The one case it counts in, if so.
    case: Option<String>,
    /// The engines it counts on, if not on all.
    engines: Option<String>,
}

/// The blocks of a page, read from its text by other means than the program's.
fn blocks(page: &str) -> Vec<Block> {
    let fence = Regex::new(r"^\s*(>\s*)*```(sql|bash|sh|shell|console)( .*)?$|^\s*(>\s*)*```\S+ .*\bfile=").unwrap();
    let case = Regex::new(r" case=(\S+)").unwrap();
    let engine = Regex::new(r" engine=(\S+)").unwrap();
    let role = |line: &str| {
        let roles = ["check", "setup", "undo", "fault"].into_iter();
        roles.into_iter().find(|role| line.split(' ').any(|word| word == *role)).unwrap_or("step")
    };
    let block = |line: &str| Block {
        role: role(line),
        is_skipped: line.contains("skip=\""),
        case: case.captures(line).map(|found| found[1].to_owned()),
        engines: engine.captures(line).map(|found| found[1].to_owned()),
    };
    // Between tildes stands Markdown that is only shown.
    page.split("\n~~~").step_by(2).flat_map(str::lines).filter(|line| fence.is_match(line)).map(block).collect()
}

#[test]
fn every_runbook_is_proved_by_its_checks() {
    let project = Project::handbook();
    let document = &Proved::handbook().told;
    // Without xmllint the one check that needs it is skipped, and says so.
    let lacks = |outcome: &Value| !is_installed("xmllint") && outcome["reason"]["what"] == "xmllint";
    let mut pages = 0;
    for page in document["pages"].as_array().unwrap() {
        let name = page["page"].as_str().unwrap();
        let blocks = blocks(&project.read(&format!("content/{name}")));
        let outcomes = page["outcomes"].as_array().unwrap();
        assert_eq!(outcomes.len(), blocks.len(), "{name}");
        let mut checks = 0;
        for (outcome, Block { role, is_skipped, case, engines }) in outcomes.iter().zip(blocks) {
            let snippet = outcome["snippet"].as_str().unwrap();
            assert_eq!(outcome["role"], role, "{name} {snippet}");
            let (verdict, why) = (outcome["verdict"].as_str().unwrap(), outcome["reason"]["why"].as_str());
            let expected = match role {
                _ if is_skipped => ("skipped", Some("author")),
                _ if case.is_some_and(|case| page["case"] != case) => ("skipped", Some("case")),
                _ if engines.is_some_and(|engines| !engines.split(',').any(|engine| page["engine"] == engine)) => {
                    ("skipped", Some("engine"))
                }
                // Without MariaDB the pages are skipped there as a whole.
                _ if page["engine"] == "mariadb" && !is_installed("mariadbd") => ("skipped", Some("missing")),
                _ if lacks(outcome) => ("skipped", Some("missing")),
                _ => ("passed", None),
            };
            assert_eq!((verdict, why), expected, "{name} {snippet}");
            checks += usize::from(role == "check" && verdict == "passed");
        }
        // A drill has its checks three times.
        let least = if page["drill"].is_object() { 5 } else { 7 };
        let has_run = outcomes.iter().any(|outcome| outcome["verdict"] == "passed");
        assert!(checks >= least || !has_run, "{name} has {checks} checks that passed");
        pages += 1;
    }
    assert!(pages >= 3, "{pages} pages ran");
    assert_eq!(document["counts"]["unasserted"], 0, "every step is asserted");
    assert_eq!(document["not_run"], Value::Array(Vec::new()), "no page with blocks is left out");
}

#[test]
fn its_pages_say_how_far_they_are_proved() {
    let state = |page: &str| proof_of(&Proved::handbook().page(page));
    let counts =
        Regex::new(r"^(Proven: all|Partly proven:) (\d+) (of \d+ )?blocks passed on SQLite \[VERSION\]").unwrap();
    for (page, needed) in [
        ("do/remove-an-architecture", Some("xmllint")),
        ("operate/restore-a-deleted-architecture", None),
        ("understand/what-a-distribution-is", None),
        ("write/shell-snippets", Some("sqlite3")),
    ] {
        let state = state(page);
        let found = counts.captures(&state).unwrap_or_else(|| panic!("{page}: {state}"));
        assert_eq!(&found[1] == "Proven: all", needed.is_none_or(is_installed), "{page}: {state}");
        assert!(found[2].parse::<usize>().unwrap() >= 7, "{page}: {state}");
    }
    assert_eq!(state("learn/staging-workflow-unavailable"), "", "a page without blocks claims nothing");
}

#[test]
fn the_post_mortem_has_every_section_of_the_original() {
    let page = post_mortem();
    let sections = sections(&page);
    for (index, (name, words, points)) in SECTIONS.iter().enumerate() {
        let (found, text) = &sections[index];
        assert_eq!(found, name, "the sections come in the original's order");
        let text_line = one_line(text).to_lowercase();
        for word in *words {
            assert!(text_line.contains(word), "{name} does not say {word:?}: {text}");
        }
        let listed = text.lines().filter(|line| line.starts_with("- ")).count();
        assert_eq!(listed, *points, "{name}");
    }
    let actions = &sections.iter().find(|(name, _)| name == "Action items").unwrap().1;
    assert_eq!(actions.lines().filter(|line| line.starts_with("| ")).count(), 1 + 4, "four action items in a table");
    assert_eq!(page.matches("[[actions]]").count(), 4);
}

#[test]
fn the_post_mortem_has_every_entry_of_the_timeline() {
    let page = post_mortem();
    let sections = sections(&page);
    let (_, timeline) = sections.iter().find(|(name, _)| name == "Timeline").unwrap();
    let entries: Vec<&str> = timeline.lines().filter(|line| line.starts_with("- ")).collect();
    assert_eq!(entries.len(), TIMELINE.len());
    for (entry, (time, words)) in entries.iter().zip(TIMELINE) {
        assert!(entry.starts_with(&format!("- 2023-06-20 {time} - ")), "{entry} is not of {time}");
        for word in words {
            assert!(entry.to_lowercase().contains(word), "{entry} does not say {word:?}");
        }
    }
    let project = Project::handbook();
    project.run("build").fine();
    let published = project.read("public/learn/staging-workflow-unavailable.html");
    for (time, _) in TIMELINE {
        assert!(published.contains(time), "{time} is not published");
    }
}

#[test]
fn the_post_mortem_says_what_is_known_and_what_is_not() {
    let page = one_line(&post_mortem());
    assert!(page.contains("The row was missing for 44 minutes."), "12:32 to 13:16");
    assert!(page.contains("34 minutes without saying from when to when; that fits 12:43 to 13:17"));
    assert!(page.contains("Why is unconfirmed."), "why no foreign key refused the delete");
    assert!(page.contains("2023-06-20 12:43") && page.contains("resolved = \"2023-06-20 13:17\""));
}

#[test]
fn ids_are_looked_up_and_never_written() {
    let literal = Regex::new(
        r"(?ix) \b (architecture_id | arch_filter_id | distribution_id | id) \s* (=|<|>|IN\s*\() \s* '? \d
        | \( \s* id \s* , [^)]* \) \s* VALUES \s* \( \s* \d
        | Architecture \. (find|delete|destroy|create!?) \( \s* (id:\s*)? \d",
    )
    .unwrap();
    for wrong in [
        "WHERE architecture_id = 13",
        "id IN (13, 14)",
        "INTO architectures (id, name) VALUES (13",
        "Architecture.delete(13)",
    ] {
        assert!(literal.is_match(wrong), "{wrong}");
    }
    let project = Project::handbook();
    let mut files = 0;
    for (name, bytes) in crate::support::files_below(&project.path("content")) {
        let text = String::from_utf8(bytes).unwrap();
        let found = literal.find(&text);
        assert!(found.is_none(), "{name} holds a literal id: {}", found.unwrap().as_str());
        files += 1;
    }
    assert!(files >= 11, "{files} files");
}

#[test]
fn the_seed_holds_the_35_architectures_in_order_and_what_the_tests_of_the_incident_rely_on() {
    let project = Project::handbook();
    let database = rusqlite::Connection::open_in_memory().unwrap();
    for script in ["schema", "seed"] {
        database.execute_batch(&project.read(&format!("content/_databases/obs/{script}.sql"))).unwrap();
    }
    let column = |sql: &str| -> Vec<String> {
        let mut statement = database.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(column("SELECT name FROM architectures ORDER BY id"), SEEDED);
    assert_eq!(column("SELECT name FROM architectures WHERE available = 1 ORDER BY id"), ["armv7l", "i586", "x86_64"]);
    let users = "SELECT a.name FROM architectures AS a JOIN repository_architectures AS r ON r.architecture_id = a.id";
    assert!(column(users).contains(&"i586".to_owned()), "repositories use i586, so the keys refuse its delete");
    assert!(!column(users).contains(&"riscv64".to_owned()), "nothing but distributions uses riscv64");
    let offers =
        "SELECT a.name FROM architectures AS a JOIN architectures_distributions AS d ON d.architecture_id = a.id";
    assert_eq!(column(offers).iter().filter(|name| *name == "riscv64").count(), 1);
}
