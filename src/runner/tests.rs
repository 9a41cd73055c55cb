//! Whole pages on SQLite: what each promise comes to.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::config::Config;
use crate::database::{self, Definition, Grounds, PrepareError};
use crate::document::{self, Strictness};
use crate::path::RelativePath;
use crate::runbook::lower;
use crate::runbook::outcome::{Problem, Verdict};
use crate::sandbox::test_sandbox;
use crate::span::SourceFile;

const SCHEMA: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE); CREATE TABLE u (id INTEGER);\
                      INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z'); INSERT INTO u VALUES (1);";
const SERVER_SCHEMA: &str = "CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1);";

fn run_page(text: &str) -> Vec<PageRun> {
    run_pages(&[text], Engine::Sqlite, 1).expect("SQLite is built in")
}

/// Pages on the database `obs`.
pub(super) fn runbooks(texts: &[&str]) -> Vec<Runbook> {
    let (config, _) = Config::parse(&SourceFile::new("proofbook.toml", "[database.obs]\n"));
    let lowered = |(number, text): (usize, &&str)| {
        let file = SourceFile::new(format!("content/p{number}.md"), *text);
        let path = RelativePath::parse(&format!("p{number}.md")).unwrap();
        let (document, _) = document::parse(path, &file, Strictness::Runs);
        lower(&document, &config).0
    };
    texts.iter().enumerate().map(lowered).collect()
}

/// Runs pages on `engine`, `jobs` at a time; `None` if its server is not installed.
fn run_pages(texts: &[&str], engine: Engine, jobs: usize) -> Option<Vec<PageRun>> {
    let runbooks = runbooks(texts);
    let definition = Definition {
        name: "obs".into(),
        documented_name: "obs".into(),
        schema: SourceFile::new("schema.sql", if engine == Engine::Sqlite { SCHEMA } else { SERVER_SCHEMA }),
        seed: None,
    };
    let temporary = tempfile::tempdir().unwrap();
    let path = std::env::var("PATH").unwrap();
    let sandbox = test_sandbox();
    let cache = tempfile::tempdir().unwrap();
    let grounds = Grounds { path: &path, sandbox: &sandbox, temporary: temporary.path(), cache: cache.path() };
    let prepared = match database::prepare(engine, &definition, grounds) {
        Err(PrepareError::NotInstalled { .. }) => return None,
        prepared => prepared.unwrap(),
    };
    let surroundings = Surroundings {
        path: path.clone(),
        temporary: temporary.path().to_path_buf(),
        memory: temporary.path().to_path_buf(),
        databases: Databases::from([(("obs".to_owned(), engine), Ok(prepared))]),
        jobs,
        missing: MissingPrograms::Skip,
        sandbox: sandbox.clone(),
        keep: false,
        fail_fast: false,
    };
    let plan: Vec<PlannedPage<'_>> = runbooks
        .iter()
        .flat_map(|runbook| runbook.cases.iter().map(move |case| (runbook, case)))
        .map(|(runbook, case)| PlannedPage { runbook, case, engine: Some(engine), key: "key", after: &[], until: None })
        .collect();
    let run = run(&plan, &surroundings, &AtomicBool::new(false), &|_| {}).unwrap();
    drop(surroundings);
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "nothing is left");
    Some(run.pages)
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
fn every_case_is_run_with_its_values() {
    let page = "+++\n[parameters.letter]\ndefault = 'x'\n[[cases]]\nname = 'other'\nletter = 'y'\n[[cases]]\nname = 'none'\n\
                letter = 'q'\n+++\n```sql effect=\"t -1\"\nDELETE FROM t WHERE a = :letter\n```\n";
    let cases: Vec<(String, &str)> =
        run_page(page).iter().map(|page| (page.case.clone(), page.outcomes[0].verdict.name())).collect();
    let expected = [("default", "passed"), ("other", "passed"), ("none", "failed")];
    assert_eq!(cases, expected.map(|(case, verdict)| (case.to_owned(), verdict)));
}

#[test]
fn an_undo_is_proved_by_the_state_it_leaves() {
    let page = |step: &str, undo: &str| format!("```sql effect=\"t -1\"\n{step}\n```\n```sql undo\n{undo}\n```\n");
    let delete = "DELETE FROM t WHERE a = 'x'";
    for (undo, expected) in [
        ("INSERT INTO t VALUES (1, 'x')", "passed"),
        ("INSERT INTO t VALUES (9, 'x')", "UndoDiffers"),
        ("INSERT INTO t VALUES (1, 'x'); DELETE FROM u", "UndoDiffers"),
        ("SELECT 1", "UndoDiffers StepOfUndo"),
        ("INSERT INTO t VALUES (2, 'x')", "Statement"),
        ("INSERT INTO t VALUES (1, 'x'); BEGIN", "UndoInTransaction"),
    ] {
        let verdicts = verdicts(&page(delete, undo));
        assert_eq!(verdicts[0], "passed", "{undo}");
        assert_eq!(verdicts[1], expected, "{undo}");
    }
}

#[test]
fn an_undo_restores_the_work_folder_too() {
    let page = |undo: &str| format!("```bash\necho a > new; echo b > old\n```\n```bash undo\n{undo}\n```\n");
    assert_eq!(verdicts(&page("rm new old")), ["passed", "passed"]);
    assert_eq!(verdicts(&page("rm new")), ["passed", "UndoDiffers"]);
}

#[test]
fn after_an_undo_the_step_must_have_the_same_effect_again() {
    let log = "```sql setup\nCREATE TABLE log (n INTEGER)\n```\n";
    // The temporary table is no part of the state that is compared, but the step looks at it.
    let step = "```sql\nCREATE TEMP TABLE IF NOT EXISTS once (n); DELETE FROM u WHERE NOT EXISTS (SELECT 1 FROM once); \
                INSERT INTO once VALUES (1)\n```\n";
    let undo = "```sql undo\nINSERT INTO u VALUES (1)\n```\n";
    assert_eq!(verdicts(&format!("{log}{step}{undo}")), ["passed", "passed", "RepeatDiffers"]);
}

#[test]
fn counters_count_only_for_exact_undos() {
    let setup = "```sql setup\nCREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT)\n```\n";
    let step = "```sql\nINSERT INTO n DEFAULT VALUES\n```\n";
    let page = |undo: &str| format!("{setup}{step}```sql {undo}\nDELETE FROM n\n```\n");
    assert_eq!(verdicts(&page("undo")), ["passed", "passed", "passed"]);
    assert_eq!(verdicts(&page("undo=exact")), ["passed", "passed", "UndoDiffers"]);
}

const DRILL: &str = "+++\ntitle = 'D'\nkind = 'drill'\n+++\n";

fn drill(fault: &str, repair: &str, check: &str) -> Vec<String> {
    verdicts(&format!(
        "{DRILL}```sql fault\n{fault}\n```\n```sql\n{repair}\n```\n```sql check\n{check}\n```\n```output\n| n |\n| 1 |\n```\n"
    ))
}

#[test]
fn a_drill_is_three_runs() {
    let (count, insert) = ("SELECT count(*) AS n FROM u", "INSERT INTO u VALUES (1)");
    assert_eq!(drill("DELETE FROM u", insert, count), ["passed", "passed", "passed"]);
    assert_eq!(drill("DELETE FROM u", "SELECT 1", count), ["passed", "passed", "Table"]);
    assert_eq!(drill("DELETE FROM t", "SELECT 1", count), ["FaultUnnoticed", "passed", "passed"]);
    let many = "SELECT count(*) AS n FROM t";
    let two = "DELETE FROM t WHERE id > 1";
    assert_eq!(
        drill("DELETE FROM t", "INSERT INTO t VALUES (1, 'x')", many),
        ["passed", "passed", "FailsWithoutFault"]
    );
    assert_eq!(drill(two, "SELECT 1", many), ["FaultUnnoticed", "passed", "FailsWithoutFault"]);
    let pages = run_page(&format!(
        "{DRILL}```sql fault\nDELETE FROM u\n```\n```sql\n{insert}\n```\n```sql check name=whole\n{count}\n```\n```output\n| n |\n| 1 |\n```\n"
    ));
    let drill = pages[0].drill.as_ref().unwrap();
    let ends = [&drill.without_fault, &drill.fault_alone, &drill.repaired].map(|checks| checks[0].passed);
    assert_eq!(ends, [true, false, true]);
}

#[test]
fn an_output_for_another_engine_asserts_nothing() {
    let pages = run_page("```bash\necho a\n```\n```output engine=mariadb\nb\n```\n");
    assert_eq!((pages[0].outcomes[0].verdict.name(), pages[0].outcomes[0].asserted), ("passed", false));
}

#[test]
#[expect(clippy::print_stderr, reason = "who reads the log of a test sees what it did not prove")]
fn servers_made_ahead_are_taken_down_if_no_page_wants_them() {
    let proved = "```sql effect=\"t -1\"\nDELETE FROM t;\n```\n\n```sql undo\nINSERT INTO t VALUES (1);\n```\n";
    // Its undo is never proved, so it asks for one server less than it could.
    let fails = "```sql effect=\"t -2\"\nDELETE FROM t;\n```\n\n```sql undo\nINSERT INTO t VALUES (1);\n```\n";
    for jobs in [1, 2] {
        let Some(pages) = run_pages(&[proved, fails, fails, proved, fails, fails], Engine::Mariadb, jobs) else {
            let required = std::env::var("PROOFBOOK_REQUIRE").unwrap_or_default();
            assert!(!required.split(',').any(|part| part == "mariadb"), "the required part mariadb is missing");
            eprintln!("SKIPPED: MariaDB is not installed");
            return;
        };
        let passed: Vec<usize> = pages
            .iter()
            .map(|page| page.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Passed).count())
            .collect();
        assert_eq!(passed, [2, 0, 0, 2, 0, 0]);
    }
}
