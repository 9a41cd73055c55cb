//! The proof: the recorded outcomes of the last run of each page, case and engine.
//!
//! Takes and gives the text of `proof.json`, joins a run with what was recorded before, and holds the records against
//! the pages as they are now. Must stay true: a record is replaced only by a run of the same page, case and engine; the
//! same records give the same bytes.

mod merge;

pub use merge::{Clash, Left, Merged, Source, merge};

use serde::{Deserialize, Serialize};

use crate::runbook::DEFAULT_CASE;
use crate::runbook::outcome::{PageProof, PageRun, Run};

/// The number of the format. A file of another number is not read.
pub const FORMAT: u32 = 1;

/// The content of `proof.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proofs {
    /// `FORMAT`.
    pub format: u32,
    /// One record a page, case (`default` first) and engine, in that order.
    pub records: Vec<Record>,
}

/// The last run of one page in one case on one engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When, as an RFC 3339 time in UTC.
    pub recorded: String,
    /// The Proofbook that ran it.
    pub proofbook: String,
    /// What happened.
    #[serde(flatten)]
    pub run: PageRun,
}

impl Default for Proofs {
    fn default() -> Self {
        Self { format: FORMAT, records: Vec::new() }
    }
}

impl Proofs {
    /// Reads the text of a proof. Errors say in words what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head: Head = serde_json::from_str(text).map_err(|error| format!("it is not a proof: {error}"))?;
        if head.format != FORMAT {
            return Err(format!("it has the format {}, this Proofbook reads {FORMAT}", head.format));
        }
        serde_json::from_str(text).map_err(|error| format!("it is damaged: {error}"))
    }

    /// The text to store.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Records a run, made at `recorded` by the Proofbook `version`. What was run in part only is no proof of its page, and
    /// what did not begin says nothing new; of both the record stays as it is.
    pub fn record(&mut self, run: &Run, recorded: &str, version: &str) {
        for page in run.pages.iter().filter(|page| page.until.is_none() && page.has_begun()) {
            let same = |record: &Record| {
                (&record.run.page, &record.run.case, record.run.engine) == (&page.page, &page.case, page.engine)
            };
            self.records.retain(|record| !same(record));
            self.records.push(Record {
                recorded: recorded.to_owned(),
                proofbook: version.to_owned(),
                run: page.clone(),
            });
        }
        self.sort();
    }

    fn sort(&mut self) {
        self.records.sort_by(|a, b| {
            let key = |record: &Record| {
                let run = &record.run;
                (run.page.clone(), run.case != DEFAULT_CASE, run.case.clone(), run.engine)
            };
            key(a).cmp(&key(b))
        });
    }

    /// Drops the records of runs for which `counts` says no.
    pub fn keep(&mut self, counts: impl Fn(&PageRun) -> bool) {
        self.records.retain(|record| counts(&record.run));
    }

    /// The records as pages show them; `is_current` says whether a page still has the key it was run with.
    pub fn against(&self, is_current: impl Fn(&PageRun) -> bool) -> Vec<PageProof> {
        let proof = |record: &Record| PageProof {
            run: record.run.clone(),
            stale: !is_current(&record.run),
            recorded: record.recorded.clone(),
        };
        self.records.iter().map(proof).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Engine;
    use crate::path::RelativePath;
    use std::collections::BTreeMap;

    use crate::expect::{Cell, ResultSet, TableDifference};
    use crate::runbook::Stream;
    use crate::runbook::effect::{
        Counts, Effect, Ignored, ObjectChange, Promise, RowChange, SchemaChange, TableEffect,
    };
    use crate::runbook::outcome::{
        At, CounterChange, Drill, FailedCommand, FileChange, FinalCheck, Outcome, Printed, Problem, Running,
        RunningProcess, RunningStatement, SkipReason, Verdict,
    };

    fn run(page: &str, key: &str) -> Run {
        let outcome = Outcome {
            snippet: "a".into(),
            role: "step".into(),
            action: "sql".into(),
            line: 3,
            verdict: Verdict::TimedOut { limit: 5, running: None },
            asserted: true,
            effect: None,
            left: Ignored::new(),
            printed: Printed::default(),
            milliseconds: 1,
        };
        Run {
            pages: vec![PageRun {
                until: None,
                page: RelativePath::parse(page).unwrap(),
                case: "default".into(),
                engine: Some(Engine::Sqlite),
                engine_version: Some("SQLite 3".into()),
                key: key.into(),
                milliseconds: 2,
                outcomes: vec![outcome],
                drill: None,
            }],
        }
    }

    #[test]
    fn records_are_replaced_page_by_page_and_read_back() {
        let mut proofs = Proofs::default();
        proofs.record(&run("b.md", "1"), "t1", "0.1.0");
        proofs.record(&run("a.md", "1"), "t1", "0.1.0");
        proofs.record(&run("b.md", "2"), "t2", "0.1.0");
        let pages: Vec<(&str, &str)> =
            proofs.records.iter().map(|record| (record.run.page.as_str(), record.recorded.as_str())).collect();
        assert_eq!(pages, [("a.md", "t1"), ("b.md", "t2")]);
        assert_eq!(Proofs::parse(&proofs.text()).unwrap(), proofs);
        let stale: Vec<bool> = proofs.against(|run| run.key == "2").iter().map(|proof| proof.stale).collect();
        assert_eq!(stale, [true, false]);
    }

    #[test]
    fn every_verdict_and_problem_reads_back() {
        let ignored = Ignored::from([("t".into(), BTreeMap::from([("at".into(), 3)]))]);
        let measured = Effect {
            tables: BTreeMap::from([(
                "t".into(),
                TableEffect {
                    counts: Counts { added: 2, changed: 1, removed: 1 },
                    columns: vec!["a".into()],
                    key: vec!["a".into()],
                    rows: vec![
                        RowChange::Removed(vec![Cell::Null]),
                        RowChange::Changed { before: vec![Cell::Float(f64::INFINITY)], after: vec![Cell::Float(-0.5)] },
                        RowChange::Added(vec![Cell::Bytes(vec![0, 255])]),
                        RowChange::Added(vec![Cell::Volatile]),
                    ],
                },
            )]),
            schema: vec![SchemaChange { kind: "table".into(), name: "t".into(), change: ObjectChange::Changed }],
            ignored: ignored.clone(),
        };
        let result = ResultSet {
            columns: vec!["a".into()],
            rows: vec![vec![Cell::Number("1".into())], vec![Cell::Text("é\0".into())]],
            ordered: true,
        };
        let difference = TableDifference {
            columns: Some((vec!["a".into()], vec!["b".into()])),
            cells: Vec::new(),
            missing: vec![vec!["1".into()]],
            unexpected: Vec::new(),
            order: false,
            actual: result.clone(),
            actual_rows: 1,
            left_out: 0,
        };
        let at = At { line: 1, column: 2 };
        let (code, message, expected) = (String::from("C"), String::from("m"), String::from("e"));
        let problems = vec![
            Problem::Statement { at, code: code.clone(), message: message.clone(), hint: Some("h".into()) },
            Problem::Exit {
                expected: 0,
                actual: -1,
                command: Some(FailedCommand { line: 3, command: "false".into() }),
                note: Some("n".into()),
            },
            Problem::NoError { expected: expected.clone() },
            Problem::OtherError { expected: expected.clone(), at, code, message, last: true },
            Problem::Effect { promised: Promise::parse("T +1, schema").unwrap(), measured: measured.clone() },
            Problem::CheckChanged { measured: measured.clone() },
            Problem::FailureChanged { measured: measured.clone() },
            Problem::Table { line: 1, number: 2, difference },
            Problem::TableCount { line: 1, expected: 2, actual: vec![result.clone()] },
            Problem::Text { line: 1, stream: Stream::Stderr, expected, actual: "a".into(), command: None },
            Problem::CheckChangedInTransaction { rows: 2 },
            Problem::NotComparable { line: 1, stream: Stream::Stdout, why: "w".into() },
            Problem::NotWritten { message: "m".into() },
            Problem::Before { file: "f".into(), line: 3, ended: "failed".into() },
            Problem::TooManyProcesses { limit: 9 },
            Problem::UndoDiffers {
                rows: measured.clone(),
                files: vec![FileChange { path: "a".into(), change: ObjectChange::Removed }],
                counters: vec![CounterChange { name: "t".into(), before: None, after: Some("1".into()) }],
            },
            Problem::RepeatDiffers { first: measured.clone(), again: Effect::default() },
            Problem::StepOfUndo { again: true, problems: vec![Problem::UndoInTransaction] },
            Problem::FailsWithoutFault { problems: vec![Problem::EffectInTransaction] },
            Problem::FaultUnnoticed { checks: vec!["c".into()] },
            Problem::EffectInTransaction,
            Problem::TransactionLeftOpen,
        ];
        let skipped = |reason| Verdict::Skipped { reason };
        let running = Running {
            command: Some("sleep 9".into()),
            line: Some(3),
            processes: vec![RunningProcess { depth: 1, command: "sleep 9".into(), doing: Some("sleeping".into()) }],
            more_processes: 2,
            statements: vec![RunningStatement { statement: "SELECT 1".into(), doing: "running".into() }],
        };
        let verdicts = [
            Verdict::Passed,
            Verdict::Failed { problems },
            Verdict::Error { message: "m".into() },
            Verdict::TimedOut { limit: 5, running: Some(running) },
            skipped(SkipReason::Author("a".into())),
            skipped(SkipReason::Missing("a".into())),
            skipped(SkipReason::Engine("a".into())),
            skipped(SkipReason::Case("a".into())),
            Verdict::NotRun { because: "b".into() },
        ];
        let mut run = run("a.md", "1");
        let first = run.pages[0].outcomes.remove(0);
        let printed =
            Printed { results: vec![result], stdout: "o".into(), stderr: "e".into(), notes: vec!["n".into()] };
        run.pages[0].outcomes = verdicts
            .map(|verdict| Outcome {
                verdict,
                effect: Some(measured.clone()),
                left: ignored.clone(),
                printed: printed.clone(),
                ..first.clone()
            })
            .into();
        let mut proofs = Proofs::default();
        let check = |passed| vec![FinalCheck { snippet: "c".into(), passed }];
        run.pages[0].drill =
            Some(Drill { without_fault: check(true), fault_alone: check(false), repaired: check(true) });
        proofs.record(&run, "t", "0.1.0");
        assert_eq!(Proofs::parse(&proofs.text()).unwrap(), proofs);
    }

    #[test]
    fn what_is_no_proof_is_refused_in_words() {
        assert!(Proofs::parse("{}").unwrap_err().starts_with("it is not a proof"));
        assert!(Proofs::parse("{\"format\": 9}").unwrap_err().contains("has the format 9"));
        assert!(Proofs::parse("{\"format\": 1}").unwrap_err().starts_with("it is damaged"));
    }
}
