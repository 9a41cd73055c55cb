//! The manual by its own tool: every row of its tables has a proof that was carried out.
//!
//! A row ends with links to snippets of its page, which the site's own run proves, or with the names of tests in the
//! modules below, for what a page that passes cannot show: small projects that behave as the row says. A test is called
//! as its row calls it, with `_` for `-`. Rows on what is tested at length name the module of this suite that does it. A row without a proof, a link to a snippet that demands nothing, a name
//! without a test and a test without a row all fail here. What messages look like as a whole is asserted elsewhere.

mod blocks;
mod pages;
mod sandbox;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use regex::Regex;
use serde_json::Value;

use crate::support::{Project, Ran, is_installed, text};

/// The modules whose tests are proofs of rows.
const ROWS: [&str; 3] = [include_str!("blocks.rs"), include_str!("pages.rs"), include_str!("sandbox.rs")];

/// The pages with such tables, below `content/`.
const PAGES: [&str; 2] = ["write/shell-snippets.md", "write/sql-snippets.md"];

/// A project of one page.
fn page(page: &str) -> Project {
    Project::new(&[("content/page.md", &text(page))])
}

/// A page of one step, these commands.
fn step(commands: &str) -> Project {
    Project::new(&[("content/page.md", &format!("# Page\n\n```bash\n{commands}\n```\n"))])
}

/// A page of one check, which must print `output`.
fn check(project: &Project, commands: &str, output: &str) {
    let page = format!("# Page\n\n```bash check\n{commands}\n```\n```output\n{output}\n```\n");
    project.write("content/page.md", &page);
}

/// The folder that `--keep` has left, where the report says it is; it goes with the project.
#[track_caller]
fn kept_folder(project: &Project, ran: &Ran) -> PathBuf {
    let work = ran.stdout.lines().find_map(|line| line.strip_prefix("  folder:   cd "));
    let work =
        PathBuf::from(work.expect("the report says it").replace("[BESIDE]", &project.beside().to_string_lossy()));
    assert!(work.starts_with(project.temporary()) && work.ends_with("work") && work.is_dir(), "{}", ran.whole());
    work.parent().expect("the page's folder").to_path_buf()
}

/// The verdicts of a run told as JSON, in order.
fn verdicts(ran: &Ran) -> Vec<String> {
    let document = ran.json();
    let pages = document["pages"].as_array().unwrap();
    let outcomes = pages.iter().flat_map(|page| page["outcomes"].as_array().unwrap());
    outcomes.map(|outcome| outcome["verdict"].as_str().unwrap().to_owned()).collect()
}

/// What a row names as its proof.
#[derive(Debug, Default)]
struct Proofs {
    snippets: BTreeSet<String>,
    tests: BTreeSet<String>,
    modules: BTreeSet<String>,
}

/// The rows of the tables whose last column is `shown by`: each whole, and its last cell.
fn rows(page: &str) -> Vec<(&str, &str)> {
    let mut rows = Vec::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        if !line.starts_with("| ") || !line.ends_with(" | shown by |") {
            continue;
        }
        let ruler = lines.next().unwrap_or_default();
        assert!(ruler.starts_with("|---|"), "{line}\n{ruler}");
        while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
            // A bar inside a cell is written `\|`.
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            let [_, _, shown_by] = cells[..] else { panic!("not three cells: {row}") };
            rows.push((row, shown_by));
        }
    }
    rows
}

/// What a last cell names. Anything in it that is neither a link nor a test is a mistake.
fn proofs(shown_by: &str) -> Proofs {
    let proof = Regex::new(r"^(?:\[([a-z0-9-]+)\]\(#([a-z0-9-]+)\)|test `([a-z0-9-]+)`|tests `([a-z_]+)`)$").unwrap();
    let mut proofs = Proofs::default();
    for part in shown_by.split(", ") {
        let found = proof.captures(part).unwrap_or_else(|| panic!("neither a link nor a test: {part:?}"));
        match (found.get(1), found.get(2), found.get(3).or(found.get(4))) {
            (Some(text), Some(anchor), None) => {
                assert_eq!(text.as_str(), anchor.as_str(), "a link says where it leads");
                proofs.snippets.insert(anchor.as_str().to_owned());
            }
            (_, _, Some(module)) if found.get(4).is_some() => drop(proofs.modules.insert(module.as_str().to_owned())),
            (_, _, Some(test)) => drop(proofs.tests.insert(test.as_str().to_owned())),
            _ => unreachable!("one of the two matched"),
        }
    }
    proofs
}

/// The names of the tests of rows, as rows write them.
fn tests() -> BTreeSet<String> {
    let test = Regex::new(r"(?m)^#\[test\]\nfn ([a-z0-9_]+)\(\) \{$").unwrap();
    let mut names = BTreeSet::new();
    for source in ROWS {
        let found = test.captures_iter(source).map(|found| found[1].replace('_', "-"));
        let before = names.len();
        names.extend(found);
        assert_eq!(names.len() - before, source.matches("#[test]").count(), "a test is written otherwise, or twice");
    }
    names
}

#[test]
fn every_row_names_a_proof() {
    let project = Project::handbook();
    let mut named = BTreeSet::new();
    for page in PAGES {
        let text = project.read(&format!("content/{page}"));
        let rows = rows(&text);
        assert!(rows.len() >= 20, "{page} has {} rows", rows.len());
        for (row, shown_by) in rows {
            assert!(!shown_by.is_empty(), "without a proof: {row}");
            let proofs = proofs(shown_by);
            for module in proofs.modules {
                let file = format!("{}/tests/suite/{module}.rs", env!("CARGO_MANIFEST_DIR"));
                let source = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{file} is not there: {row}"));
                assert!(source.contains("#[test]"), "{file} tests nothing: {row}");
            }
            named.extend(proofs.tests);
        }
    }
    let tests = tests();
    assert_eq!(named.difference(&tests).collect::<Vec<_>>(), [""; 0], "rows name tests that are not there");
    assert_eq!(tests.difference(&named).collect::<Vec<_>>(), [""; 0], "no row names these tests");
}

#[test]
fn every_snippet_a_row_names_is_proved() {
    let project = Project::handbook();
    let document = project.run("test content/write --format json").fine().json();
    for page in PAGES {
        // A snippet is named once; its outcomes are one a case.
        let mut outcomes: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        let runs = document["pages"].as_array().unwrap().iter().filter(|run| run["page"] == page);
        for outcome in runs.flat_map(|run| run["outcomes"].as_array().unwrap()) {
            outcomes.entry(outcome["snippet"].as_str().unwrap()).or_default().push(outcome);
        }
        let text = project.read(&format!("content/{page}"));
        for (row, shown_by) in rows(&text) {
            for snippet in proofs(shown_by).snippets {
                let outcomes = outcomes.get(&snippet[..]).unwrap_or_else(|| panic!("no snippet `{snippet}`: {row}"));
                let verdicts: Vec<&str> = outcomes.iter().map(|outcome| outcome["verdict"].as_str().unwrap()).collect();
                let is_skipped_because = |outcome: &Value, why: &str| outcome["reason"]["why"] == why;
                if let Some(outcome) = outcomes.iter().find(|outcome| is_skipped_because(outcome, "missing")) {
                    let program = outcome["reason"]["what"].as_str().unwrap();
                    assert!(!is_installed(program), "`{snippet}` is skipped, but {program} is installed");
                    continue;
                }
                let passed = verdicts.iter().filter(|verdict| **verdict == "passed").count();
                let is_elsewhere =
                    |outcome: &&&Value| is_skipped_because(outcome, "case") || is_skipped_because(outcome, "engine");
                let elsewhere = outcomes.iter().filter(is_elsewhere).count();
                assert!(passed > 0 && passed + elsewhere == verdicts.len(), "`{snippet}` {verdicts:?}: {row}");
                for outcome in outcomes.iter().filter(|outcome| outcome["verdict"] == "passed") {
                    let is_undo = outcome["role"] == "undo";
                    assert!(is_undo || outcome["asserted"] == true, "`{snippet}` demands nothing: {row}");
                }
            }
        }
    }
    assert_eq!(document["counts"]["unasserted"], 0, "every step is asserted");
}

#[test]
fn a_row_without_a_proof_is_noticed() {
    let table = "| in a block | what happens | shown by |\n|---|---|---|\n| `a \\| b` | x | [it](#it), test `one` |\n";
    let rows = rows(table);
    assert_eq!(rows.len(), 1);
    let found = proofs(rows[0].1);
    assert_eq!((found.snippets.len(), found.tests.len()), (1, 1));
    assert_eq!(proofs("tests `some_module`").modules.len(), 1);
    for wrong in ["", "see above", "[it](other.md)", "[it](#other)", "test one", "tests one", "tests `one/two`"] {
        assert!(std::panic::catch_unwind(|| proofs(wrong)).is_err(), "{wrong:?}");
    }
}
