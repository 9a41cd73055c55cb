//! JUnit XML, as Jenkins and GitLab read it: a suite a page, engine and case, a test case a snippet.
//!
//! Must stay true: it is valid XML 1.0 whatever pages and programs print, and valid against Jenkins's schema; what could
//! not run is never a test case that passed.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::account::Account;
use super::drill;
use super::failure::ground;
use super::finding::{Finding, findings, one_line};
use super::paint::{plain, plural};
use super::summary::page_state;
use super::visible::visible;
use crate::diagnostic::Severity;
use crate::runbook::outcome::{Outcome, PageRun, Verdict};
use crate::runbook::{DEFAULT_CASE, Runbook};

/// The name of the suites that belong to no page.
const OWN: &str = "proofbook";

/// The report of a run; `prefix` leads from the repository's root to the project, `""` or `docs/`.
pub fn junit(account: &Account<'_>, prefix: &str) -> String {
    let found = findings(account);
    let mut report = Report::new(OWN);
    report.set_time(Duration::from_secs_f64(account.seconds.max(0.0)));
    let documents = documents(&found, prefix);
    report.add_test_suites(documents.into_iter().chain(whole_run(account)));
    for page in &account.run.pages {
        if let Some(book) = account.runbook(page) {
            report.add_test_suite(page_suite(page, book, &found, prefix));
        }
    }
    for (file, not_run) in account.not_run {
        let mut suite = TestSuite::new(clean(file));
        suite.extra.insert("file".into(), clean(&format!("{prefix}{file}")).into());
        let reason = format!("{}: {}", plural(not_run.fences, "snippet"), not_run.reason);
        suite.add_test_case(skipped("page", &class(file, None, DEFAULT_CASE), &reason));
        report.add_test_suite(suite);
    }
    // quick-junit counts the skipped in the root, too, where Jenkins's schema knows no such attribute.
    let text = report.to_string().unwrap_or_default();
    match text.split_once(" skipped=\"") {
        Some((before, after)) => before.to_owned() + after.split_once('"').map_or(after, |(_, rest)| rest),
        None => text,
    }
}

/// What is wrong with the documents themselves: a test case an error, the warnings as output.
fn documents(found: &[Finding], prefix: &str) -> Option<TestSuite> {
    let mut suite = TestSuite::new(format!("{OWN}: documents"));
    let mut warnings = String::new();
    for finding in found.iter().filter(|finding| finding.snippet.is_none()) {
        if finding.severity == Severity::Warning {
            warnings.push_str(&finding.text);
            continue;
        }
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        fail(&mut status, finding);
        let mut case = TestCase::new(clean(&format!("{}: {}", finding.rule, finding.message)), status);
        case.set_classname(clean(&class(&finding.file, None, DEFAULT_CASE)));
        place(&mut case, prefix, &finding.file, finding.line);
        suite.add_test_case(case);
    }
    if !warnings.is_empty() {
        suite.set_system_err(clean(&warnings));
    }
    (!suite.test_cases.is_empty() || suite.system_err.is_some()).then_some(suite)
}

/// What is wrong with the run as a whole.
fn whole_run(account: &Account<'_>) -> Option<TestSuite> {
    let mut suite = TestSuite::new(format!("{OWN}: run"));
    for notice in &account.notices {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        let hint = notice.hint.as_ref().map(|hint| format!("\nhelp: {hint}")).unwrap_or_default();
        status.set_message(clean(&one_line(&notice.message)));
        status.set_type("run");
        status.set_description(clean(&visible(&format!("{}{hint}\n", notice.message))));
        let mut case = TestCase::new(clean(&one_line(&notice.message)), status);
        case.set_classname(OWN);
        suite.add_test_case(case);
    }
    (!suite.test_cases.is_empty()).then_some(suite)
}

fn page_suite(page: &PageRun, book: &Runbook, found: &[Finding], prefix: &str) -> TestSuite {
    let file = book.file.path();
    let class = class(file, page.engine.map(|engine| engine.name()), &page.case);
    let mut suite = TestSuite::new(clean(&format!("{file}{}", ground(page))));
    suite.set_time(Duration::from_millis(page.milliseconds));
    suite.extra.insert("file".into(), clean(&format!("{prefix}{file}")).into());
    let mut property = |name: &str, value: &str| {
        suite.add_property(Property::new(name, clean(value)));
    };
    property("state", &page_state(page));
    property("case", &page.case);
    if let Some(engine) = page.engine {
        property("engine", engine.name());
    }
    if let Some(version) = &page.engine_version {
        property("engine_version", version);
    }
    if let Some(drill) = &page.drill {
        suite.set_system_out(clean(&plain(&visible(&drill::lines(drill).join("\n")))));
    }
    for outcome in &page.outcomes {
        suite.add_test_case(snippet_case(page, book, outcome, &class, found, prefix));
    }
    if page.outcomes.is_empty() {
        suite.add_test_case(skipped("page", &class, "nothing of it ran"));
    }
    suite
}

fn snippet_case(
    page: &PageRun,
    book: &Runbook,
    outcome: &Outcome,
    class: &str,
    found: &[Finding],
    prefix: &str,
) -> TestCase {
    let title = book.snippets.iter().find(|snippet| snippet.id == outcome.snippet);
    let title = title.and_then(|snippet| snippet.title.as_deref());
    let name = match title {
        Some(title) => format!("{} “{title}”", outcome.snippet),
        None => outcome.snippet.clone(),
    };
    let of_it = found.iter().find(|finding| {
        finding.file == book.file.path()
            && finding.snippet.as_ref().is_some_and(|subject| {
                (&subject.id, subject.engine, &subject.case) == (&outcome.snippet, page.engine, &page.case)
            })
    });
    let status = match &outcome.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed { .. } | Verdict::TimedOut { .. } => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Error { .. } => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Skipped { reason } => skip(&reason.text()),
        Verdict::NotRun { because } => skip(&format!("not run: {because}")),
    };
    let mut case = TestCase::new(clean(&one_line(&name)), status);
    let mut line = outcome.line;
    if let Some(finding) = of_it {
        line = finding.line;
        match &outcome.verdict {
            // It is denied that nothing is demanded of it, or that it was left out.
            Verdict::Passed | Verdict::Skipped { .. } if finding.severity == Severity::Error => {
                case.status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                fail(&mut case.status, finding);
            }
            Verdict::Passed => {
                case.set_system_out(clean(&finding.text));
            }
            verdict if verdict.is_bad() => fail(&mut case.status, finding),
            _ => {}
        }
    }
    case.set_classname(clean(class));
    case.set_time(Duration::from_millis(outcome.milliseconds));
    place(&mut case, prefix, book.file.path(), line);
    case
}

fn fail(status: &mut TestCaseStatus, finding: &Finding) {
    status.set_message(clean(&finding.message));
    status.set_type(finding.rule.as_str());
    status.set_description(clean(&finding.text));
}

fn skip(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(clean(&one_line(reason)));
    status
}

fn skipped(name: &str, class: &str, reason: &str) -> TestCase {
    let mut case = TestCase::new(name, skip(reason));
    case.set_classname(clean(class));
    case
}

/// GitLab links to `file`; Jenkins and others show both.
fn place(case: &mut TestCase, prefix: &str, file: &str, line: usize) {
    case.extra.insert("file".into(), clean(&format!("{prefix}{file}")).into());
    case.extra.insert("line".into(), line.to_string().into());
}

/// Page, engine and case as one name. Without the file's ending: Jenkins would take what stands before the last dot for
/// a package.
fn class(file: &str, engine: Option<&str>, case: &str) -> String {
    let page = file.strip_suffix(".md").unwrap_or(file);
    let case = (case != DEFAULT_CASE).then_some(case);
    std::iter::once(page).chain(engine).chain(case).collect::<Vec<_>>().join("/")
}

/// `text` with nothing that XML 1.0 has no place for. quick-junit drops control characters, but knows not these two.
fn clean(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
