//! Acceptance, without running anything: pages, what is said to have come, and the pages that come of it.

mod incident;
mod places;
mod random;
mod runs;

use super::{Page, Proposal, Wish, Withheld, propose, rewritten};
use crate::config::{Config, Engine};
use crate::document::{self, Document, Strictness};
use crate::expect::{Cell, ResultSet, Values};
use crate::path::RelativePath;
use crate::runbook::effect::{Counts, Effect, TableEffect};
use crate::runbook::lower;
use crate::runbook::outcome::{FailedCommand, Outcome, PageRun, Printed, Problem, Verdict};
use crate::runbook::snippet::{Action, Expected, Runbook, Snippet, Stream};
use crate::span::SourceFile;

/// A page, read.
struct Read {
    document: Document,
    runbook: Runbook,
    config: Config,
}

fn read(text: &str) -> Read {
    let (config, found) = Config::parse(&SourceFile::new("proofbook.toml", "[database.shop]\n"));
    assert!(found.is_empty());
    let file = SourceFile::new("content/p.md", text);
    let (document, mut found) = document::parse(RelativePath::parse("p.md").unwrap(), &file, Strictness::Runs);
    let (runbook, more) = lower(&document, &config);
    found.extend(more);
    let told: Vec<&str> = found.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert!(told.is_empty(), "{told:?}\n{text}");
    Read { document, runbook, config }
}

/// What a snippet does when it runs.
#[derive(Clone, Default)]
struct Came {
    stdout: String,
    stderr: String,
    results: Vec<ResultSet>,
    effect: Effect,
    /// Further problems.
    problems: Vec<Problem>,
}

fn prints(stdout: &str) -> Came {
    Came { stdout: stdout.into(), ..Came::default() }
}

fn gives(rows: &[&str]) -> Came {
    let rows = rows.iter().map(|text| vec![Cell::Text((*text).into())]).collect();
    Came { results: vec![ResultSet { columns: vec!["name".into()], rows, ordered: true }], ..Came::default() }
}

/// An effect of these rows added, changed and removed.
fn changes(tables: &[(&str, usize, usize, usize)]) -> Came {
    let table = |&(name, added, changed, removed): &(&str, usize, usize, usize)| {
        (name.to_owned(), TableEffect { counts: Counts { added, changed, removed }, ..TableEffect::default() })
    };
    let effect = Effect { tables: tables.iter().map(table).collect(), ..Effect::default() };
    Came { effect, ..Came::default() }
}

/// What a snippet that did this came to, judged as a run judges.
fn outcome(snippet: &Snippet, engine: Engine, case: &str, values: &Values, came: &Came) -> Outcome {
    let mut problems = came.problems.clone();
    let counting = snippet.promise.outputs.iter().filter(|output| output.condition.holds(engine, case));
    for output in counting {
        let line = output.line;
        match &output.expected {
            Expected::Tables(tables) => {
                if tables.len() != came.results.len() {
                    problems.push(Problem::TableCount { line, expected: tables.len(), actual: came.results.clone() });
                }
                for (table, result) in tables.iter().zip(&came.results) {
                    let difference = table.difference(result, values);
                    problems.extend(difference.map(|difference| Problem::Table { line, number: 1, difference }));
                }
            }
            Expected::Text { stream, pattern } => {
                let actual = if *stream == Stream::Stderr { &came.stderr } else { &came.stdout };
                if !pattern.matches(actual, values) {
                    let (expected, actual) = (pattern.filled(values), actual.clone());
                    problems.push(Problem::Text { line, stream: *stream, expected, actual, command: None });
                }
            }
        }
    }
    if let Action::Console(commands) = &snippet.action
        && let Some(command) = commands.first().filter(|first| !first.output.matches(&came.stdout, values))
    {
        problems.push(Problem::Text {
            line: command.output_line,
            stream: Stream::Both,
            expected: command.output.filled(values),
            actual: came.stdout.clone(),
            command: Some(FailedCommand { line: command.line, command: command.title().into() }),
        });
    }
    if let Some(promised) = snippet.promise.effect.as_ref().filter(|promised| !promised.value.holds(&came.effect)) {
        problems.push(Problem::Effect { promised: promised.value.clone(), measured: came.effect.clone() });
    }
    let verdict = if problems.is_empty() { Verdict::Passed } else { Verdict::Failed { problems } };
    Outcome {
        snippet: snippet.id.clone(),
        role: snippet.role.name().into(),
        action: snippet.action.name().into(),
        line: snippet.line,
        verdict,
        asserted: true,
        effect: Some(came.effect.clone()),
        printed: Printed {
            results: came.results.clone(),
            stdout: came.stdout.clone(),
            stderr: came.stderr.clone(),
            notes: Vec::new(),
        },
        milliseconds: 0,
        left: Default::default(),
    }
}

/// A run of the page in which its snippets do what `came` says, by position.
fn run(read: &Read, engine: Engine, case: &str, came: &dyn Fn(usize) -> Came) -> PageRun {
    let values = super::values(read.runbook.cases.iter().find(|one| one.name == case).unwrap());
    let snippets = read.runbook.snippets.iter().enumerate();
    PageRun {
        page: read.runbook.page.clone(),
        case: case.into(),
        engine: Some(engine),
        engine_version: None,
        key: String::new(),
        milliseconds: 0,
        outcomes: snippets
            .filter(|(_, snippet)| snippet.condition.holds(engine, case))
            .map(|(index, snippet)| outcome(snippet, engine, case, &values, &came(index)))
            .collect(),
        drill: None,
        until: None,
    }
}

fn proposed(read: &Read, runs: &[PageRun], wish: Wish) -> Proposal {
    let page = Page { document: &read.document, runbook: &read.runbook, config: &read.config };
    propose(page, &runs.iter().collect::<Vec<_>>(), wish, &Withheld::new())
}

/// The page after one run on SQLite, and why what is refused is refused.
fn accepted(text: &str, wish: Wish, came: &dyn Fn(usize) -> Came) -> (String, Vec<String>) {
    let read = read(text);
    let runs: Vec<PageRun> =
        read.runbook.cases.iter().map(|case| run(&read, Engine::Sqlite, &case.name, came)).collect();
    let proposal = proposed(&read, &runs, wish);
    let refused = proposal.refused.iter().map(|refusal| format!("{}: {}", refusal.what, refusal.why)).collect();
    (rewritten(text, &proposal.edits), refused)
}

#[track_caller]
fn becomes(text: &str, came: Came, expected: &str) {
    let (new, refused) = accepted(text, Wish::Outputs, &|_| came.clone());
    assert_eq!((new.as_str(), refused), (expected, Vec::new()));
    let (again, _) = accepted(&new, Wish::Effects, &|_| came.clone());
    assert_eq!(again, new, "twice");
}

#[track_caller]
fn refuses(text: &str, wish: Wish, came: Came, why: &str) {
    let (new, refused) = accepted(text, wish, &|_| came.clone());
    assert_eq!(new, text);
    assert!(refused.len() == 1 && refused[0].contains(why), "{refused:?}");
}

#[test]
fn what_holds_keeps_its_bytes() {
    let text = "```sql check\nSELECT name FROM t;\n```\n```output\n| NAME |\n| a |\n```\n";
    becomes(text, gives(&["a"]), text);
}
