//! Snippets: what a page's fences ask for, checked and typed.
//!
//! Plain data. Must stay true: a `Snippet` is complete when it is made (`lower`); nothing fills it in later, and what
//! became of it is an `Outcome`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::effect::Promise;
use super::parameter::Value;
use super::transcript::TranscriptCommand;
use crate::config::{Engine, Spanned};
use crate::document::Code;
use crate::expect::{ExpectedTable, TextPattern};
use crate::path::RelativePath;
use crate::span::{SourceFile, Span};

/// The runbook of one page.
#[derive(Debug, Clone)]
pub struct Runbook {
    /// The page, below `content/`.
    pub page: RelativePath,
    /// Its text.
    pub file: Arc<SourceFile>,
    /// Its title.
    pub title: String,
    /// Why none of it runs, if so.
    pub not_run: Option<NotRun>,
    /// The database it runs on.
    pub database: Option<String>,
    /// The engines it runs on; never empty.
    pub engines: Vec<Engine>,
    /// The page whose end state it starts from.
    pub after: Option<Spanned<RelativePath>>,
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
    /// What it is run with: `default` first, then those the page names, in order. Never empty.
    pub cases: Vec<Case>,
    /// The snippets, in order.
    pub snippets: Vec<Snippet>,
}

/// Why a page does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRun {
    /// In words for the reader of the page and of the report.
    pub reason: String,
    /// How many fences in languages that run are on it.
    pub fences: usize,
}

impl Runbook {
    /// The parameters' values in the case `default`.
    pub fn defaults(&self) -> BTreeMap<String, Value> {
        self.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.default.clone())).collect()
    }

    /// The case `default`.
    pub fn first_case(&self) -> &Case {
        &self.cases[0]
    }

    /// Whether the page is a drill: it breaks something on purpose.
    pub fn is_drill(&self) -> bool {
        self.snippets.iter().any(|snippet| snippet.role == Role::Fault)
    }
}

/// The name of the case that the parameters' defaults make.
pub const DEFAULT_CASE: &str = "default";

/// One set of values a page is run with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its name; [`DEFAULT_CASE`] for the parameters' defaults.
    pub name: String,
    /// The value of every parameter of the page.
    pub values: BTreeMap<String, Value>,
}

/// A value a reader fills in.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name, as in `:name`.
    pub name: String,
    /// What it is, for a reader; the name if nothing was said.
    pub label: String,
    /// The value of the case `default`.
    pub default: Value,
}

/// One fence that runs or takes part in a run.
#[derive(Debug, Clone)]
pub struct Snippet {
    /// Its identity on the page: `name=`, else `snippet-N` counted from 1.
    pub id: String,
    /// The title it is shown under.
    pub title: Option<String>,
    /// What it is for.
    pub role: Role,
    /// What happens.
    pub action: Action,
    /// What must be true afterwards.
    pub promise: Promises,
    /// Which runs it takes part in.
    pub condition: Condition,
    /// Its own time limit.
    pub timeout: Option<Duration>,
    /// Its text.
    pub code: Code,
    /// The index of its fence in the document.
    pub fence: usize,
    /// The indexes of its output fences in the document.
    pub output_fences: Vec<usize>,
    /// The whole fence.
    pub span: Span,
    /// The line of its opening backticks, from 1.
    pub line: usize,
}

/// What a snippet is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The reader does this.
    Step,
    /// Looks, must change nothing.
    Check,
    /// Brings the database or the work folder to the page's starting point.
    Setup,
    /// Reverts the snippet with the id `of`; with `exact`, counters too.
    Undo {
        /// The id of the step it reverts.
        of: String,
        /// Whether counters must be as before, too.
        exact: bool,
    },
    /// Breaks something on purpose.
    Fault,
}

impl Role {
    /// The word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Check => "check",
            Self::Setup => "setup",
            Self::Undo { .. } => "undo",
            Self::Fault => "fault",
        }
    }
}

/// What happens when a snippet runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// SQL, over the page's connection.
    Sql,
    /// A block for the page's bash.
    Shell,
    /// A transcript: commands for the page's bash, one after the other, each with what it must print and end with.
    Console(Vec<TranscriptCommand>),
    /// The text is written to a file in the work folder.
    File {
        /// Where.
        path: RelativePath,
        /// Whether `{{name}}` in it is filled in, and how a value is escaped.
        fill: Option<FileFormat>,
    },
}

impl Action {
    /// The word for it: the language it is written in, or `file`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Shell => "bash",
            Self::Console(_) => "console",
            Self::File { .. } => "file",
        }
    }
}

/// A format in which a parameter's value can be escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// As character data or in an attribute.
    Xml,
    /// Inside a string.
    Json,
}

/// What must be true after a snippet.
#[derive(Debug, Clone, Default)]
pub struct Promises {
    /// The rows it changes.
    pub effect: Option<Spanned<Promise>>,
    /// The status a shell block stops with, if said; 0 is expected anyway.
    pub exit: Option<Spanned<i32>>,
    /// The error its last statement fails with.
    pub error: Option<Spanned<ErrorPattern>>,
    /// What it prints.
    pub outputs: Vec<ExpectedOutput>,
}

/// The errors one of which must come.
#[derive(Debug, Clone)]
pub enum ErrorPattern {
    /// SQLSTATEs, MariaDB numbers, SQLite's symbolic codes.
    Codes(Vec<String>),
    /// A regular expression for the message.
    Message(regex::Regex),
}

/// One `output` fence.
#[derive(Debug, Clone)]
pub struct ExpectedOutput {
    /// What is expected.
    pub expected: Expected,
    /// The runs it holds for.
    pub condition: Condition,
    /// The index of its fence in the document.
    pub fence: usize,
    /// The line of its opening backticks, from 1.
    pub line: usize,
}

/// What an `output` fence expects.
#[derive(Debug, Clone)]
pub enum Expected {
    /// Of a SQL snippet: its result sets, in order.
    Tables(Vec<ExpectedTable>),
    /// Of a shell snippet: what it prints to one stream.
    Text {
        /// Which.
        stream: Stream,
        /// The pattern.
        pattern: TextPattern,
    },
}

/// A stream of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Both together, in the order they were written, as a terminal shows them.
    Both,
}

impl Stream {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Both => "output",
        }
    }
}

/// When a snippet or an output counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// Only on these engines; on all if empty.
    pub engines: Vec<Engine>,
    /// Only in this case.
    pub case: Option<String>,
    /// Needs these programs.
    pub requires: Vec<String>,
    /// Never runs, and why.
    pub skip: Option<String>,
}

impl Condition {
    /// Whether it counts on `engine` in `case`.
    pub fn holds(&self, engine: Engine, case: &str) -> bool {
        (self.engines.is_empty() || self.engines.contains(&engine))
            && self.case.as_deref().is_none_or(|only| only == case)
    }
}

impl Snippet {
    /// Whether something is demanded of it on `engine` in `case` beyond not failing (a following check counts too, but is
    /// not seen here).
    pub fn is_asserted(&self, engine: Engine, case: &str) -> bool {
        let promise = &self.promise;
        // A transcript says of each command what it prints and ends with, be it nothing and 0.
        matches!(self.action, Action::Console(_))
            || promise.effect.is_some()
            || promise.error.is_some()
            || promise.outputs.iter().any(|output| output.condition.holds(engine, case))
            || promise.exit.as_ref().is_some_and(|exit| exit.value != 0)
    }
}
