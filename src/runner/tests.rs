//! Whole pages on SQLite: what each promise comes to.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::config::Config;
use crate::database::{self, Definition};
use crate::document::{self, Strictness};
use crate::path::RelativePath;
use crate::runbook::lower;
use crate::runbook::outcome::{Problem, SkipReason, Verdict};
use crate::span::SourceFile;

const SCHEMA: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE); CREATE TABLE u (id INTEGER);\
                      INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z'); INSERT INTO u VALUES (1);";

fn run_page(text: &str) -> Vec<PageRun> {
    let (config, _) = Config::parse(&SourceFile::new("proofbook.toml", "[database.obs]\n"));
    let file = SourceFile::new("content/p.md", text);
    let (document, _) = document::parse(RelativePath::parse("p.md").unwrap(), &file, Strictness::Runs);
    let (runbook, _) = lower(&document, &config);
    let definition = Definition {
        name: "obs".into(),
        documented_name: "obs".into(),
        schema: SourceFile::new("schema.sql", SCHEMA),
        seed: None,
    };
    let temporary = tempfile::tempdir().unwrap();
    let prepared = database::prepare(Engine::Sqlite, &definition).unwrap();
    let surroundings = Surroundings {
        path: std::env::var("PATH").unwrap(),
        temporary: temporary.path().to_path_buf(),
        databases: Databases::from([(("obs".to_owned(), Engine::Sqlite), prepared)]),
        jobs: 1,
        missing: MissingPrograms::Skip,
    };
    let plan = [PlannedPage { runbook: &runbook, engine: Some(Engine::Sqlite), key: "key" }];
    let run = run(&plan, &surroundings, &AtomicBool::new(false), &|_| {}).unwrap();
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "nothing is left");
    run.pages
}

/// The verdicts of a page: their names, and of failures the problems' names.
fn verdicts(text: &str) -> Vec<String> {
    let name = |problem: &Problem| format!("{problem:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
    run_page(text)[0]
        .outcomes
        .iter()
        .map(|outcome| match &outcome.verdict {
            Verdict::Failed { problems } => problems.iter().map(name).collect::<Vec<_>>().join(" "),
            verdict => verdict.name().to_owned(),
        })
        .collect()
}

#[test]
fn a_promised_error_is_held_against_everything_that_was_promised() {
    let partly = "UPDATE OR FAIL t SET a = 'q' || (id > 1)";
    for (words, sql, expected) in [
        ("error=SQLITE_CONSTRAINT_UNIQUE", "DELETE FROM u; INSERT INTO t VALUES (9, 'x')", "passed"),
        ("error=SQLITE_CONSTRAINT_UNIQUE", "INSERT INTO t VALUES (9, 'x')", "passed"),
        ("error=SQLITE_CONSTRAINT_UNIQUE", partly, "FailureChanged"),
        // What the statements before it did counts, too.
        ("error=SQLITE_CONSTRAINT_UNIQUE effect=\"t ~2\"", &format!("DELETE FROM u; {partly}"), "Effect"),
        ("error=SQLITE_CONSTRAINT_UNIQUE effect=\"t ~2, u -1\"", &format!("DELETE FROM u; {partly}"), "passed"),
        ("error=SQLITE_CONSTRAINT_UNIQUE effect=none", "INSERT INTO t VALUES (9, 'x')", "passed"),
        ("error=SQLITE_CONSTRAINT", "DELETE FROM u", "NoError"),
        ("error=SQLITE_CONSTRAINT", "DELETE FROM u; INSERT INTO t VALUES (1, 'x'); SELECT 1", "OtherError"),
        ("error=SQLITE_CONSTRAINT_CHECK", "INSERT INTO t VALUES (1, 'x')", "OtherError"),
    ] {
        assert_eq!(verdicts(&format!("```sql {words}\n{sql};\n```\n")), [expected], "{words}: {sql}");
    }
}

#[test]
fn after_a_failed_step_nothing_runs_and_after_a_failed_check_the_rest_does() {
    let check = "```sql check\nSELECT count(*) AS n FROM u\n```\n```output\n| n |\n| 7 |\n```\n";
    let step = "```sql effect=\"u -1\"\nDELETE FROM u\n```\n";
    assert_eq!(verdicts(&format!("{check}{step}")), ["Table", "passed"]);
    assert_eq!(verdicts(&format!("{step}{step}{step}")), ["passed", "Effect", "not run"]);
    let changes = "```sql check\nDELETE FROM u RETURNING id\n```\n```output\n| id |\n| 1 |\n```\n";
    assert_eq!(verdicts(&format!("{changes}{step}")), ["CheckChanged", "not run"]);
}

#[test]
fn a_transaction_is_measured_where_it_ends() {
    let begin = "```sql\nBEGIN; DELETE FROM u\n```\n";
    assert_eq!(verdicts(&format!("{begin}```sql effect=\"u -1\"\nCOMMIT\n```\n")), ["passed", "passed"]);
    assert_eq!(verdicts(&format!("{begin}```sql effect=none\nROLLBACK\n```\n")), ["passed", "passed"]);
    assert_eq!(verdicts(begin), ["TransactionLeftOpen"]);
    let hidden = "```sql\nBEGIN\n```\n```sql check\nDELETE FROM u RETURNING *\n```\n```output\nEmpty set\n```\n```sql\nROLLBACK\n```\n";
    assert!(verdicts(hidden)[1].contains("CheckChangedInTransaction"), "{:?}", verdicts(hidden));
    assert_eq!(verdicts("```sql effect=\"u -1\"\nBEGIN; DELETE FROM u\n```\n"), ["EffectInTransaction"]);
}

#[test]
fn other_cases_are_counted_and_say_that_they_are_not_proved() {
    let pages =
        run_page("+++\n[parameters.name]\ndefault = 'x'\n[[cases]]\nname = 'other'\n+++\n```sql\nSELECT :name\n```\n");
    let cases: Vec<(&str, bool)> = pages
        .iter()
        .map(|page| {
            let reason = &page.outcomes[0].verdict;
            let not_yet = matches!(reason, Verdict::Skipped { reason: SkipReason::NotProvedYet(_) });
            (page.case.as_str(), not_yet)
        })
        .collect();
    assert_eq!(cases, [("default", false), ("other", true)]);
}

#[test]
fn an_output_for_another_engine_asserts_nothing() {
    let pages = run_page("```bash\necho a\n```\n```output engine=mariadb\nb\n```\n");
    assert_eq!((pages[0].outcomes[0].verdict.name(), pages[0].outcomes[0].asserted), ("passed", false));
}
