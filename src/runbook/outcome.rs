//! What became of a run: plain data, below both the runner that makes it and the pages that show it.
//!
//! Must stay true: an `Outcome` holds everything a report, a page or a proof needs; whoever shows it asks nothing else.
//! The shape is what `.proofbook/proof.json` stores: a change to it needs a new `proof` format number.

use serde::{Deserialize, Serialize};

use super::effect::{Effect, Ignored, ObjectChange, Promise};
pub use super::running::{Running, RunningProcess, RunningStatement};
use super::snippet::Stream;
use crate::config::Engine;
use crate::expect::{ResultSet, TableDifference};
use crate::path::RelativePath;

/// One execution of a selection of pages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// One entry a page, case and engine, in that order.
    pub pages: Vec<PageRun>,
}

/// One page run in one case on one engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageRun {
    /// The page, below `content/`.
    pub page: RelativePath,
    /// The case; `default` for the parameters' defaults.
    pub case: String,
    /// The engine; `None` for a page without a database.
    pub engine: Option<Engine>,
    /// The engine's version as it names itself.
    pub engine_version: Option<String>,
    /// What the page was run from (see `key`).
    pub key: String,
    /// How far it was to be run, if not to its end. It is then no proof of the page, and not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Part>,
    /// How long it took.
    pub milliseconds: u64,
    /// The snippets, in order.
    pub outcomes: Vec<Outcome>,
    /// What the three runs of a drill came to; `None` for other pages, and for a drill that did not get that far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Drill>,
}

/// The part of a page that was to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The line of the last snippet in it, from 1.
    pub line: usize,
    /// How many snippets the whole page has.
    pub of: usize,
}

/// The final checks of a drill in its three runs, each run with those it reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// Without the fault: all must pass.
    pub without_fault: Vec<FinalCheck>,
    /// With the fault and without the repair: at least one must fail.
    pub fault_alone: Vec<FinalCheck>,
    /// With both: all must pass.
    pub repaired: Vec<FinalCheck>,
}

/// One of the checks a drill ends with, in one of its runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalCheck {
    /// The check's id.
    pub snippet: String,
    /// Whether it passed.
    pub passed: bool,
}

/// Everything known about one snippet's execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The snippet's id.
    pub snippet: String,
    /// `step`, `check`, `setup`, `undo` or `fault`.
    pub role: String,
    /// `sql`, `bash`, `console` or `file`.
    pub action: String,
    /// The line of its opening backticks when it ran, from 1. Recorded, not keyed.
    pub line: usize,
    /// How it ended.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Whether anything was demanded of it, by its words or by a check right after it.
    pub asserted: bool,
    /// The rows it changed; `None` if nothing was measured (no database, or a transaction stayed open).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// What an undo left otherwise than it was before its step, in volatile columns only; empty for other snippets.
    #[serde(default, skip_serializing_if = "Ignored::is_empty")]
    pub left: Ignored,
    /// What it printed.
    #[serde(default, skip_serializing_if = "Printed::is_empty")]
    pub printed: Printed,
    /// How long it took.
    pub milliseconds: u64,
}

/// How one snippet ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It did what the page says.
    Passed,
    /// It did something else.
    Failed {
        /// What differs; never empty.
        problems: Vec<Problem>,
    },
    /// It could not be run: the surroundings are broken, not the page.
    Error {
        /// What happened.
        message: String,
    },
    /// It was still running at its limit and was ended.
    TimedOut {
        /// The limit, in milliseconds.
        limit: u64,
        /// What was still going on, as far as it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        running: Option<Running>,
    },
    /// It was not run on purpose.
    Skipped {
        /// Why.
        reason: SkipReason,
    },
    /// It would have run, but did not come to its turn.
    NotRun {
        /// Why, such as the id of the snippet that failed before it.
        because: String,
    },
}

impl Verdict {
    /// The word for it, as in design and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed { .. } => "failed",
            Self::Error { .. } => "error",
            Self::TimedOut { .. } => "timed out",
            Self::Skipped { .. } => "skipped",
            Self::NotRun { .. } => "not run",
        }
    }

    /// Whether the page is broken by it.
    pub fn is_bad(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Error { .. } | Self::TimedOut { .. })
    }
}

/// Why a snippet was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", content = "what", rename_all = "snake_case")]
pub enum SkipReason {
    /// The author says so (`skip="…"`).
    Author(String),
    /// A program it needs is not installed.
    Missing(String),
    /// It is for other engines.
    Engine(String),
    /// It is for another case.
    Case(String),
}

impl SkipReason {
    /// The reason in words, for readers of the page and of the report.
    pub fn text(&self) -> String {
        match self {
            Self::Author(reason) => reason.clone(),
            Self::Missing(program) => format!("needs the program `{program}`, which was not installed"),
            Self::Engine(engines) => format!("only on {engines}"),
            Self::Case(case) => format!("only in the case `{case}`"),
        }
    }
}

/// What a snippet printed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Printed {
    /// The result sets of a SQL snippet, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<ResultSet>,
    /// Standard output of a shell snippet, of a transcript both streams together, command after command; bytes that
    /// are not UTF-8 are replaced.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    /// Standard error, likewise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// What else belongs to it: output that was cut, a shell that was restarted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Printed {
    /// Whether nothing was printed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One way in which a snippet did not do what the page says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// A statement failed that should not have.
    Statement {
        /// Where in the page.
        at: At,
        /// The engine's code.
        code: String,
        /// The engine's message.
        message: String,
        /// What to do, where the engine's names say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// A shell block stopped with another status.
    Exit {
        /// The promised status.
        expected: i32,
        /// The status it stopped with.
        actual: i32,
        /// The command it stopped at, if known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<FailedCommand>,
        /// What else is known, such as that the block ended the shell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// `error=` was promised, and everything succeeded.
    NoError {
        /// The promised codes or pattern.
        expected: String,
    },
    /// `error=` was promised, and another error came, or one came before the last statement.
    OtherError {
        /// The promised codes or pattern.
        expected: String,
        /// Where in the page.
        at: At,
        /// The engine's code.
        code: String,
        /// The engine's message.
        message: String,
        /// Whether the statement was the last one.
        last: bool,
    },
    /// The rows it changed are others than promised.
    Effect {
        /// What the page says.
        promised: Promise,
        /// What happened.
        measured: Effect,
    },
    /// A check changed something.
    CheckChanged {
        /// What it changed.
        measured: Effect,
    },
    /// A check changed something inside a transaction that is still open.
    CheckChangedInTransaction {
        /// How many rows it added, changed and removed.
        rows: u64,
    },
    /// A failing statement (`error=`) changed something.
    FailureChanged {
        /// What it changed.
        measured: Effect,
    },
    /// A result set differs.
    Table {
        /// The line of the `output` fence, from 1.
        line: usize,
        /// Which result set, from 1.
        number: usize,
        /// How it differs.
        difference: TableDifference,
    },
    /// There are more or fewer result sets than expected.
    TableCount {
        /// The line of the `output` fence, from 1.
        line: usize,
        /// How many are expected.
        expected: usize,
        /// The result sets that came.
        actual: Vec<ResultSet>,
    },
    /// Text differs.
    Text {
        /// The line of the `output` fence, from 1; in a transcript that of the first line of output, or of the command
        /// where none is expected.
        line: usize,
        /// Which stream.
        stream: Stream,
        /// The expectation, parameters filled in.
        expected: String,
        /// What was printed.
        actual: String,
        /// The command of a transcript that printed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<FailedCommand>,
    },
    /// A stream cannot be held against its `output`, because not all of it is known as text.
    NotComparable {
        /// The line of the `output` fence, from 1.
        line: usize,
        /// Which stream.
        stream: Stream,
        /// Why, as in `it was cut`.
        why: String,
    },
    /// The file could not be written, because of what the page itself put in its place.
    NotWritten {
        /// What is in the way.
        message: String,
    },
    /// The page starts after another one, which did not come to its end. It stands at the page's first snippet.
    Before {
        /// The file of the other page.
        file: String,
        /// The line of the snippet that kept it from its end, from 1.
        line: usize,
        /// How that one ended.
        ended: String,
    },
    /// More processes were running at once than a page may have, and all were ended.
    TooManyProcesses {
        /// How many it may have.
        limit: usize,
    },
    /// After the step and its undo, not everything is as it was before the step.
    UndoDiffers {
        /// The rows and schema objects that differ from the state before the step.
        rows: Effect,
        /// The files of the work folder that differ.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<FileChange>,
        /// The counters that differ, looked at for `undo=exact` only.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        counters: Vec<CounterChange>,
    },
    /// After the undo the step has another effect than the first time.
    RepeatDiffers {
        /// What it did first.
        first: Effect,
        /// What it did after its undo.
        again: Effect,
    },
    /// The step of an undo did not work in the run that proves undos.
    StepOfUndo {
        /// Whether that was after the undo, and not the first time.
        again: bool,
        /// What went wrong.
        problems: Vec<Problem>,
    },
    /// A transaction is open before the step or after its undo, so the two states cannot be compared.
    UndoInTransaction,
    /// A final check of a drill fails although nothing was broken.
    FailsWithoutFault {
        /// What differs.
        problems: Vec<Problem>,
    },
    /// A snippet of a drill stops the run in which nothing is repaired, so that the checks below it are not reached.
    FailsWithoutRepair {
        /// What differs.
        problems: Vec<Problem>,
    },
    /// The final checks of a drill pass although something was broken and nothing repaired.
    FaultUnnoticed {
        /// The checks.
        checks: Vec<String>,
    },
    /// `effect` was promised, but a transaction is still open, so nothing could be measured.
    EffectInTransaction,
    /// The page ended with a transaction open that began here.
    TransactionLeftOpen,
}

/// A place in the page when it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct At {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// A shell command a block stopped at, or one of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCommand {
    /// Its line in the page, from 1.
    pub line: usize,
    /// The command, as bash names it.
    pub command: String,
}

/// A file of the work folder that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Its path in the work folder.
    pub path: String,
    /// What happened to it.
    pub change: ObjectChange,
}

/// A counter of the database (of an AUTOINCREMENT column, a sequence) that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterChange {
    /// Whose counter: a table or a sequence.
    pub name: String,
    /// Its value before; `None` if it was not there.
    pub before: Option<String>,
    /// Its value after.
    pub after: Option<String>,
}

/// How a page stands as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageVerdict {
    /// Every runnable snippet passed.
    Proven,
    /// Some passed, none failed, some were skipped.
    PartlyProven {
        /// How many passed.
        passed: usize,
        /// Of how many that could.
        of: usize,
    },
    /// At least one failed.
    Failed,
    /// None ran.
    NotRun,
}

impl PageRun {
    /// Whether any of it was run or skipped, and not only left for another time.
    pub fn has_begun(&self) -> bool {
        self.outcomes.iter().any(|outcome| !matches!(outcome.verdict, Verdict::NotRun { .. }))
    }

    /// How the page stands.
    pub fn verdict(&self) -> PageVerdict {
        let passed = self.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Passed).count();
        let of = self.outcomes.iter().filter(|outcome| outcome.counts()).count();
        if self.outcomes.iter().any(|outcome| outcome.verdict.is_bad()) {
            PageVerdict::Failed
        } else if passed == 0 {
            PageVerdict::NotRun
        } else if let Some(Part { of, .. }) = self.until {
            PageVerdict::PartlyProven { passed, of }
        } else if passed == of {
            PageVerdict::Proven
        } else {
            PageVerdict::PartlyProven { passed, of }
        }
    }
}

impl Outcome {
    /// Whether it is a step that passed, and would have passed whatever it did.
    pub fn is_unasserted(&self) -> bool {
        self.role == "step" && self.action != "file" && !self.asserted && self.verdict == Verdict::Passed
    }

    /// Whether the snippet is one that this page promises to prove on this engine and in this case: all but those for
    /// other engines or cases, and those the author says never run.
    pub fn counts(&self) -> bool {
        !matches!(
            self.verdict,
            Verdict::Skipped { reason: SkipReason::Author(_) | SkipReason::Engine(_) | SkipReason::Case(_) }
        )
    }
}

/// What is known of a page from an earlier run, held against the page as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct PageProof {
    /// The recorded run.
    pub run: PageRun,
    /// Whether the page has changed since: what was proved is no longer what stands there.
    pub stale: bool,
    /// When it was recorded, as an RFC 3339 time in UTC.
    pub recorded: String,
}
