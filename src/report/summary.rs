//! A run in a few lines: one a page, and the totals. Every number is derived from the outcomes.

use std::collections::BTreeSet;

use super::drill;
use super::paint::{BAD, GOOD, MIND, NOTE, QUIET, paint, plural};
use crate::path::RelativePath;
use crate::runbook::effect::{Ignored, ignored_words};
use crate::runbook::outcome::{Outcome, PageRun, PageVerdict, Run, Verdict};
use crate::runbook::{DEFAULT_CASE, NotRun};

/// How many snippets ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Did what the page says.
    pub passed: usize,
    /// Did something else.
    pub failed: usize,
    /// Could not be run.
    pub errors: usize,
    /// Were still running at their limit.
    pub timed_out: usize,
    /// Were skipped on purpose.
    pub skipped: usize,
    /// Did not come to their turn.
    pub not_run: usize,
    /// Steps that passed, but of which nothing was demanded.
    pub unasserted: usize,
}

impl Counts {
    /// Counts outcomes.
    pub fn of<'o>(outcomes: impl IntoIterator<Item = &'o Outcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            match &outcome.verdict {
                Verdict::Passed => counts.passed += 1,
                Verdict::Failed { .. } => counts.failed += 1,
                Verdict::Error { .. } => counts.errors += 1,
                Verdict::TimedOut { .. } => counts.timed_out += 1,
                Verdict::Skipped { .. } => counts.skipped += 1,
                Verdict::NotRun { .. } => counts.not_run += 1,
            }
            counts.unasserted += usize::from(outcome.is_unasserted());
        }
        counts
    }

    /// Everything a run is made of.
    pub fn of_run(run: &Run) -> Self {
        Self::of(run.pages.iter().flat_map(|page| &page.outcomes))
    }

    /// How many snippets were really executed.
    pub fn executed(&self) -> usize {
        self.passed + self.failed + self.errors + self.timed_out
    }

    fn words(&self) -> String {
        let words: Vec<String> =
            self.parts().map(|(count, word, style)| paint(style, &format!("{count} {word}"))).collect();
        if words.is_empty() { "none".into() } else { words.join(", ") }
    }

    /// The same without colours.
    pub(super) fn plain_words(&self) -> String {
        let words: Vec<String> = self.parts().map(|(count, word, _)| format!("{count} {word}")).collect();
        if words.is_empty() { "none".into() } else { words.join(", ") }
    }

    fn parts(&self) -> impl Iterator<Item = (usize, &'static str, anstyle::Style)> {
        let parts = [
            (self.passed, "passed", GOOD),
            (self.failed, "failed", BAD),
            (self.errors, "could not be run", BAD),
            (self.timed_out, "timed out", BAD),
            (self.not_run, "not run", MIND),
            (self.skipped, "skipped", MIND),
            (self.unasserted, "unasserted", MIND),
        ];
        parts.into_iter().filter(|(count, ..)| *count > 0)
    }
}

/// The word for how a page stands.
pub fn page_state(page: &PageRun) -> String {
    match page.verdict() {
        PageVerdict::Proven => "proven".into(),
        PageVerdict::PartlyProven { passed, of } => format!("partly proven, {passed} of {of}"),
        PageVerdict::Failed => "failed".into(),
        PageVerdict::NotRun => "not run".into(),
    }
}

/// A page in one line, and below it why what was not run was not.
pub fn page_line(page: &PageRun, file: &str) -> String {
    let style = match page.verdict() {
        PageVerdict::Proven => GOOD,
        PageVerdict::PartlyProven { .. } => NOTE,
        PageVerdict::Failed => BAD,
        PageVerdict::NotRun => MIND,
    };
    let state = match page.verdict() {
        PageVerdict::PartlyProven { .. } => "partly",
        PageVerdict::NotRun => "not run",
        PageVerdict::Proven => "proven",
        PageVerdict::Failed => "failed",
    };
    let engine = page.engine.map(|engine| format!(" on {engine}")).unwrap_or_default();
    let case = if page.case == DEFAULT_CASE { String::new() } else { format!(", case `{}`", page.case) };
    let part = page.until.map(|part| format!(", up to line {}", part.line)).unwrap_or_default();
    let seconds = page.milliseconds as f64 / 1000.0;
    let mut text = format!(
        "{}  {file}{engine}{case}{part}: {} {}",
        paint(style, &format!("{state:>7}")),
        Counts::of(&page.outcomes).words(),
        paint(QUIET, &format!("({seconds:.2} s)"))
    );
    for line in page.drill.iter().flat_map(drill::lines) {
        text.push_str(&format!("\n         {line}"));
    }
    for outcome in &page.outcomes {
        for line in ignored_lines(outcome) {
            text.push_str(&format!("\n         {}", paint(QUIET, &line)));
        }
        let line = match &outcome.verdict {
            Verdict::Skipped { reason } => {
                format!("skipped `{}` (line {}): {}", outcome.snippet, outcome.line, reason.text())
            }
            _ if outcome.is_unasserted() => format!(
                "unasserted `{}` (line {}): it ran, but nothing is demanded of it; add `effect=…`, an `output` or a check after it",
                outcome.snippet, outcome.line
            ),
            _ => continue,
        };
        text.push_str(&format!("\n         {}", paint(QUIET, &line)));
    }
    text
}

/// What of a snippet's differences does not count, in lines.
fn ignored_lines(outcome: &Outcome) -> Vec<String> {
    let line = |ignored: &Ignored, how: &str| {
        let words = ignored_words(ignored);
        format!("ignored in `{}` (line {}): {words} (volatile){how}", outcome.snippet, outcome.line)
    };
    let of_effect = outcome.effect.as_ref().filter(|effect| !effect.ignored.is_empty());
    let of_effect = of_effect.map(|effect| line(&effect.ignored, ""));
    let left = (!outcome.left.is_empty()).then(|| line(&outcome.left, ", not as before its step"));
    of_effect.into_iter().chain(left).collect()
}

/// A page that has snippets and does not run, in one line.
pub fn not_run_line(file: &str, not_run: &NotRun) -> String {
    let count = plural(not_run.fences, "snippet");
    format!("{}  {file}: {count}: {}", paint(MIND, "not run"), not_run.reason)
}

/// The totals of a run.
pub fn summary(run: &Run, seconds: f64, sandbox: &str) -> String {
    let count = |wanted: fn(&PageVerdict) -> bool| run.pages.iter().filter(|page| wanted(&page.verdict())).count();
    let states = [
        (count(|v| *v == PageVerdict::Proven), "proven", GOOD),
        (count(|v| matches!(v, PageVerdict::PartlyProven { .. })), "partly proven", NOTE),
        (count(|v| *v == PageVerdict::Failed), "failed", BAD),
        (count(|v| *v == PageVerdict::NotRun), "not run", MIND),
    ];
    let states: Vec<String> = states
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, word, style)| paint(style, &format!("{count} {word}")))
        .collect();
    let snippets: usize = run.pages.iter().map(|page| page.outcomes.len()).sum();
    let mut text = String::new();
    if !states.is_empty() {
        let pages: BTreeSet<&RelativePath> = run.pages.iter().map(|page| &page.page).collect();
        let mut what = plural(pages.len(), "page");
        // A page is run once a case and engine; then the states are those of the runs.
        if pages.len() < run.pages.len() {
            what.push_str(&format!(", {}", plural(run.pages.len(), "run")));
        }
        text.push_str(&format!("{what}: {}\n", states.join(", ")));
    }
    if snippets > 0 {
        text.push_str(&format!(
            "{}: {} {}\n",
            plural(snippets, "snippet"),
            Counts::of_run(run).words(),
            paint(QUIET, &format!("({seconds:.2} s)"))
        ));
    }
    text.push_str(&paint(QUIET, sandbox));
    text.push('\n');
    text
}
