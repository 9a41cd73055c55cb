//! Everything a command that runs snippets has to tell, in one value: what each report format is made of.

use std::path::PathBuf;

use serde::Serialize;

use super::accepted::AcceptedEdit;
use super::denial::{Denial, StalePage};
use super::paint::shell_word;
use super::summary::Counts;
use crate::config::Engine;
use crate::database::Reopening;
use crate::diagnostic::{Diagnostic, Severity};
use crate::runbook::outcome::{Outcome, PageRun, Run, Verdict};
use crate::runbook::{DEFAULT_CASE, NotRun, Runbook};
use crate::sandbox::Layers;

/// What `test`, or `build --verify`, came to.
#[derive(Debug)]
pub struct Account<'a> {
    /// The command: `test` or `build`.
    pub command: &'static str,
    /// What is wrong with the documents, in the order it is shown.
    pub diagnostics: &'a [Diagnostic],
    /// The pages' runbooks, for the places in them.
    pub runbooks: &'a [Runbook],
    /// What was run; empty if the run was refused.
    pub run: &'a Run,
    /// The selected pages that have snippets and do not run, by file.
    pub not_run: &'a [(String, NotRun)],
    /// What was left on purpose.
    pub kept: &'a [KeptFolder],
    /// What held the snippets; `None` if nothing was run.
    pub sandbox: Option<Layers>,
    /// How long it took.
    pub seconds: f64,
    /// Whether somebody interrupted it.
    pub interrupted: bool,
    /// What is wrong with the run as a whole.
    pub notices: Vec<Notice>,
    /// What was rewritten in the pages, if that was asked for.
    pub accepted: Option<Vec<AcceptedEdit>>,
    /// What is an error although nothing failed.
    pub deny: &'a [Denial],
    /// The pages without a proof of what stands there, if that is denied.
    pub stale: Vec<StalePage>,
    /// The exit status.
    pub exit_status: u8,
}

impl Account<'_> {
    /// The runbook of a page that was run.
    pub(super) fn runbook(&self, page: &PageRun) -> Option<&Runbook> {
        self.runbooks.iter().find(|book| book.page == page.page)
    }

    /// Whether this is an error.
    pub(super) fn denies(&self, what: Denial) -> bool {
        self.deny.contains(&what)
    }

    /// How bad a gap of this kind is.
    pub(super) fn severity(&self, what: Denial) -> Severity {
        if self.denies(what) { Severity::Error } else { Severity::Warning }
    }
}

/// Something wrong that has no place in a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What happened, and why it matters.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Notice {
    /// A message with what to do.
    pub fn new(message: impl Into<String>, hint: &str) -> Self {
        Self { message: message.into(), hint: Some(hint.to_owned()) }
    }
}

/// What is wrong with a run as a whole, whatever its snippets did.
pub fn notices(run: &Run, interrupted: bool) -> Vec<Notice> {
    if interrupted {
        let message = "the run was interrupted; what had not ended is `not run`, and nothing was recorded";
        vec![Notice { message: message.into(), hint: None }]
    } else if Counts::of_run(run).executed() == 0 {
        let hint = "see `proofbook list` for what could run, and why what is skipped is skipped";
        vec![Notice::new("nothing ran, so nothing is proved", hint)]
    } else if !proves_something(run) {
        let message = "only `setup` and `file` snippets ran, which prepare; nothing that a reader does is proved";
        vec![Notice::new(message, "add the step or the check that they prepare for")]
    } else {
        Vec::new()
    }
}

/// Whether there is anything in a run that a reader does or sees. A part of a page may be just what prepares it.
pub fn proves_something(run: &Run) -> bool {
    let prepares = |outcome: &Outcome| outcome.role == "setup" || outcome.action == "file";
    let is_of_use = |outcome: &Outcome| match outcome.verdict {
        Verdict::Passed => !prepares(outcome),
        _ => outcome.verdict.is_bad(),
    };
    run.pages.iter().any(|page| page.outcomes.iter().any(is_of_use))
        || (run.pages.iter().any(|page| page.until.is_some()) && Counts::of_run(run).executed() > 0)
}

/// The folder of a page's run that was left on purpose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct KeptFolder {
    /// The page's file.
    pub file: String,
    /// The engine it ran on.
    pub engine: Option<Engine>,
    /// The case it was run in.
    pub case: String,
    /// The work folder.
    pub folder: PathBuf,
    /// How its database is opened again, if it has one.
    pub database: Option<Reopening>,
}

impl KeptFolder {
    /// Where it is, and how to open it.
    pub fn told(&self) -> String {
        let mut text = format!("kept {}", self.file);
        if let Some(engine) = self.engine {
            text.push_str(&format!(" on {engine}"));
        }
        if self.case != DEFAULT_CASE {
            text.push_str(&format!(", case `{}`", self.case));
        }
        text.push_str(&format!("\n  folder:   cd {}\n", shell_word(&self.folder.to_string_lossy())));
        if let Some(Reopening { start, open, end, flaw }) = &self.database {
            let lines = [("server:  ", start.as_ref()), ("database:", Some(open)), ("end:     ", end.as_ref())];
            for (what, command) in lines {
                text.extend(command.map(|command| format!("  {what} {command}\n")));
            }
            text.extend(flaw.as_ref().map(|flaw| format!("  note:     {flaw}\n")));
        }
        text
    }
}
