//! Reports for continuous integration: each format whole, valid against its schema, and there whatever came of a run.

mod ci;
mod formats;
mod hostile;
mod places;

use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::support::{Project, Ran, documented, holds, is_installed, schema, text};

/// A page with one step that changes less than it promises, and a check below it.
fn failing() -> Project {
    Project::shop(&text(
        r#"
        # Close an account

        ```sql name=close effect="accounts ~2" title="Close it"
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ```bash name=later check
        true
        ```
        "#,
    ))
}

/// Runs `arguments` with every kind of report in `out/`, and demands that each is valid.
#[track_caller]
fn reported(project: &Project, arguments: &str) -> Ran {
    let ran = project.run(&format!("{arguments} --report {ALL}"));
    valid(project);
    ran
}

const ALL: &str = "junit=out/junit.xml,json=out/report.json,sarif=out/report.sarif";

/// Demands that what is in `out/` is valid.
#[track_caller]
fn valid(project: &Project) {
    valid_junit(project);
    documented(&json(project, "out/report.json"));
    holds(&SARIF, &json(project, "out/report.sarif"));
}

static SARIF: LazyLock<jsonschema::Validator> =
    LazyLock::new(|| schema(include_str!("../../schemas/sarif-schema-2.1.0.json")));

/// Asks xmllint, which is no part of this program; where everything optional is required, that is, too.
#[track_caller]
#[expect(clippy::print_stderr, reason = "who reads the log of a test sees what it did not prove")]
fn valid_junit(project: &Project) {
    if !is_installed("xmllint") {
        let required = std::env::var_os("PROOFBOOK_REQUIRE").is_some_and(|parts| !parts.is_empty());
        assert!(!required, "xmllint is missing; install it: apt-get install libxml2-utils");
        eprintln!(
            "SKIPPED: without xmllint (apt-get install libxml2-utils) JUnit reports are not held against their schema"
        );
        return;
    }
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/junit-10.xsd");
    let mut command = Command::new("xmllint");
    command.args(["--noout", "--huge", "--schema", schema]).arg(project.path("out/junit.xml"));
    let asked = command.output().unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
}

fn json(project: &Project, file: &str) -> Value {
    serde_json::from_str(&project.read(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The JUnit report without what differs from run to run.
fn junit(project: &Project) -> String {
    static TIMES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#" time="[0-9.]+""#).unwrap());
    static VERSION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"SQLite \d+\.\d+\.\d+").unwrap());
    let text = project.read("out/junit.xml");
    let text = TIMES.replace_all(&text, " time=\"[TIME]\"");
    VERSION.replace_all(&text, "SQLite [VERSION]").into_owned()
}

/// The elements of the JUnit report that say what there is and how it ended, one a line; without their text.
fn cases(project: &Project) -> String {
    let junit = junit(project).replace("&apos;", "'").replace("&quot;", "\"");
    let elements = junit.lines().map(str::trim).filter(|line| {
        ["<testsuite ", "<testcase ", "<failure ", "<error ", "<skipped "].iter().any(|tag| line.starts_with(tag))
    });
    elements.map(|line| format!("{}\n", line.split_once('>').map_or(line, |(tag, _)| tag))).collect()
}

/// Stdout with the word that ends the shield against commands redacted, and that word.
fn unshielded(ran: &Ran) -> (String, String) {
    let word = ran.stdout.lines().find_map(|line| line.strip_prefix("::stop-commands::")).expect("a shield").to_owned();
    assert_eq!(word.len(), 32, "{word}");
    (ran.stdout.replace(&word, "[WORD]"), word)
}

/// The annotations: what GitHub reads of a run, one a line.
fn annotations(ran: &Ran) -> String {
    let (stdout, _) = unshielded(ran);
    stdout.split_once("::[WORD]::\n").expect("the shield's end").1.to_owned()
}
