//! What came, written into the page as what is expected: from a page and its runs to edits, and to what is refused.
//!
//! Pure: it reads a document, its runbook and outcomes, and gives a new text; who writes it is somebody else. Must stay
//! true, because no flag may bless an accident:
//! - only `output` fences and the lines a transcript shows are rewritten, and the value of `effect` if that is asked for;
//! - a page in which anything failed for another reason keeps its text: what it printed was measured in a broken run;
//! - `effect` never names a table, or a kind of change, that it did not name before;
//! - an output below rows that were changed or removed without a word in an `effect` is not believed;
//! - an edit counts only if the page, read again, says what came, and everything else as before (`reading`).

mod allowed;
mod effect;
mod fence;
mod output;
mod reading;
mod split;
mod transcript;

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::{Outcome, PageRun, Verdict};
use super::snippet::{Case, Runbook, Snippet};
use crate::config::{Config, Engine};
use crate::document::Document;
use crate::expect::Values;
use crate::span::Span;

/// What is to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Outputs.
    Outputs,
    /// Outputs and effects.
    Effects,
}

/// A page as it was read and understood.
#[derive(Debug, Clone, Copy)]
pub struct Page<'p> {
    /// The page.
    pub document: &'p Document,
    /// Its runbook.
    pub runbook: &'p Runbook,
    /// The configuration it was read with.
    pub config: &'p Config,
}

/// What can be accepted on its own: one output of a snippet, on all engines and in all cases, or its effect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The snippet's id.
    pub snippet: String,
    /// Which of its expectations.
    pub part: Part,
}

/// An expectation of a snippet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The tables of a SQL snippet.
    Tables,
    /// What a block prints to stdout.
    Stdout,
    /// What a block prints to stderr.
    Stderr,
    /// What a command of a transcript prints; by position.
    Command(usize),
    /// The effect.
    Effect,
}

impl Part {
    /// `output` or `effect`: what it is in totals.
    pub fn name(self) -> &'static str {
        if self == Self::Effect { "effect" } else { "output" }
    }
}

/// One change of the page's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What it accepts.
    pub spot: Spot,
    /// What is replaced; empty if something is added.
    span: Span,
    /// By what.
    text: String,
}

/// What is not accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The id of the snippet it is about.
    pub snippet: String,
    /// The line of what keeps its text, from 1.
    pub line: usize,
    /// What that is: "the output of check `rows`".
    pub what: String,
    /// Why it keeps its text.
    pub why: String,
    /// What to do.
    pub hint: String,
    /// Whether the whole page keeps its text for it.
    pub whole_page: bool,
}

/// What a page's runs ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposal {
    /// What is to be rewritten, in order of place. None of them overlap.
    pub edits: Vec<Edit>,
    /// What is not.
    pub refused: Vec<Refusal>,
}

/// Spots that must keep their text, and why, as in a [`Refusal`]: the reason and what to do.
pub type Withheld = BTreeMap<Spot, (String, String)>;

/// One run of a page that counts for a snippet.
struct Measured<'r> {
    engine: Engine,
    case: &'r str,
    values: Values,
    outcome: &'r Outcome,
}

/// One run a page can have.
type RunOf<'c> = (Engine, &'c str);

/// Everything known about one snippet: its runs that were, and the other runs it would take part in.
struct Seen<'r> {
    page: Page<'r>,
    snippet: &'r Snippet,
    /// Its position.
    index: usize,
    runs: Vec<Measured<'r>>,
    unmeasured: Vec<RunOf<'r>>,
    /// The first snippet, if any is this one or above it, that changed or removed rows without an `effect`; or the one
    /// that ends the transaction this one stands in.
    unpromised: Option<&'r Outcome>,
}

/// Why nothing of `page` can be accepted, although it would be: it starts where other pages end, and what those do is not
/// known now, or is not said by them. `before` are those pages with their runs.
pub fn doubted_start(page: Page<'_>, proposal: &Proposal, before: &[(&Runbook, Vec<&PageRun>)]) -> Option<Refusal> {
    let first = proposal.edits.first()?;
    let doubt = |(book, runs): &(&Runbook, Vec<&PageRun>)| {
        let file = book.file.path();
        if runs.is_empty() {
            let why = format!("the page starts after {file}, which was not run now");
            return Some((why, format!("run both: `--accept {file} {}`", page.runbook.file.path())));
        }
        let last = |run: &PageRun| run.outcomes.len().saturating_sub(1);
        let found = runs
            .iter()
            .filter(|run| !run.outcomes.is_empty())
            .find_map(|run| allowed::unpromised(book, &run.outcomes, last(run)))?;
        let what = found.effect.as_ref().map(|effect| effect.promise().to_string()).unwrap_or_default();
        Some((
            format!(
                "the page starts after {file}, where `{}` in line {} changed {what}, and no `effect` says so",
                found.snippet, found.line
            ),
            format!("if that is meant, write `effect=\"{what}\"` there yourself, and accept again"),
        ))
    };
    let (why, hint) = before.iter().find_map(doubt)?;
    let snippet = page.runbook.snippets.iter().find(|snippet| snippet.id == first.spot.snippet)?;
    let what = format!("{} `{}`", snippet.role.name(), snippet.id);
    Some(Refusal { snippet: snippet.id.clone(), line: snippet.line, what, why, hint, whole_page: true })
}

/// What the runs of a page ask for. `runs` are those of this page; spots in `withheld` keep their text.
pub fn propose(page: Page<'_>, runs: &[&PageRun], wish: Wish, withheld: &Withheld) -> Proposal {
    let broken = allowed::broken(page, runs, wish);
    if !broken.is_empty() {
        return Proposal { edits: Vec::new(), refused: broken };
    }
    let mut proposal = Proposal::default();
    for (index, snippet) in page.runbook.snippets.iter().enumerate() {
        let seen = seen(page, runs, index);
        let mut edits: Vec<Edit> = Vec::new();
        for part in parts(snippet) {
            let spot = Spot { snippet: snippet.id.clone(), part };
            let edit = match part {
                Part::Effect => effect::edit(&seen, &spot),
                Part::Command(command) => transcript::edits(&seen, &spot, command),
                _ => output::edits(&seen, &spot),
            };
            let edit =
                edit.and_then(|edits| if edits.is_empty() { Ok(edits) } else { seen.allow(&spot, edits, withheld) });
            match edit {
                Ok(found) => edits.extend(found),
                Err(refusal) => proposal.refused.push(refusal),
            }
        }
        // A snippet is accepted as a whole, so that none is half right.
        let refused_here = proposal.refused.iter().any(|refusal| refusal.line == snippet.line);
        let has_effect = edits.iter().any(|edit| edit.spot.part == Part::Effect);
        if !(refused_here && has_effect) {
            proposal.edits.extend(edits);
        }
    }
    proposal.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    proposal
}

/// Those of `taken` that must not be accepted after all, as `runs` of the page as it would be written show: what a
/// transaction changed is measured only below the outputs in it.
pub fn doubted(page: Page<'_>, runs: &[&PageRun], taken: &BTreeSet<Spot>) -> Withheld {
    let snippets = page.runbook.snippets.iter().enumerate();
    let reasons = snippets.filter_map(|(index, snippet)| {
        let mut spots = taken.iter().filter(|spot| spot.snippet == snippet.id).peekable();
        spots.peek()?;
        let reason = allowed::never(&seen(page, runs, index))?;
        Some(spots.map(move |spot| (spot.clone(), reason.clone())))
    });
    reasons.flatten().collect()
}

/// The text of the page with `edits`, which must be those of one proposal for it.
pub fn rewritten(page: &str, edits: &[Edit]) -> String {
    let mut text = String::with_capacity(page.len());
    let mut end = 0;
    for edit in edits {
        text.push_str(&page[end..edit.span.start]);
        text.push_str(&edit.text);
        end = edit.span.end;
    }
    text + &page[end..]
}

/// The line in which an expectation begins, from 1.
pub fn line(runbook: &Runbook, spot: &Spot) -> Option<usize> {
    let snippet = runbook.snippets.iter().find(|snippet| snippet.id == spot.snippet)?;
    match (spot.part, &snippet.action) {
        (Part::Effect, _) => snippet.promise.effect.as_ref().map(|effect| runbook.file.line_of(effect.span.start)),
        (Part::Command(at), super::Action::Console(commands)) => commands.get(at).map(|command| command.line),
        (part, _) => {
            let outputs = snippet.promise.outputs.iter();
            outputs.filter(|output| output::part(&output.expected) == part).map(|output| output.line).min()
        }
    }
}

/// The expectations of a snippet that can be rewritten.
fn parts(snippet: &Snippet) -> Vec<Part> {
    let mut parts: BTreeSet<Part> =
        snippet.promise.outputs.iter().map(|output| output::part(&output.expected)).collect();
    if let super::Action::Console(commands) = &snippet.action {
        parts.extend((0..commands.len()).map(Part::Command));
    }
    if snippet.promise.effect.is_some() {
        parts.insert(Part::Effect);
    }
    parts.into_iter().collect()
}

/// The engines a page runs on. Without a database there is none, and the rules of SQLite hold, as they do in a run.
fn engines(runbook: &Runbook) -> &[Engine] {
    if runbook.database.is_none() { &[Engine::Sqlite] } else { &runbook.engines }
}

fn values(case: &Case) -> Values {
    case.values.iter().map(|(name, value)| (name.clone(), value.as_str().to_owned())).collect()
}

fn seen<'r>(page: Page<'r>, runs: &[&'r PageRun], index: usize) -> Seen<'r> {
    let (runbook, snippet) = (page.runbook, &page.runbook.snippets[index]);
    let mut measured = Vec::new();
    let mut unpromised = None;
    for run in runs {
        let Some(case) = runbook.cases.iter().find(|case| case.name == run.case) else { continue };
        let Some(at) = run.outcomes.iter().position(|outcome| outcome.snippet == snippet.id) else { continue };
        let outcome = &run.outcomes[at];
        if matches!(outcome.verdict, Verdict::Skipped { .. }) {
            continue;
        }
        unpromised = unpromised.or_else(|| allowed::unpromised(runbook, &run.outcomes, at));
        let engine = run.engine.unwrap_or(Engine::Sqlite);
        measured.push(Measured { engine, case: &case.name, values: values(case), outcome });
    }
    let was = |engine: Engine, case: &str| measured.iter().any(|run| run.engine == engine && run.case == case);
    let all =
        runbook.cases.iter().flat_map(|case| engines(runbook).iter().map(move |engine| (*engine, case.name.as_str())));
    let unmeasured =
        all.filter(|&(engine, case)| snippet.condition.holds(engine, case) && !was(engine, case)).collect();
    Seen { page, snippet, index, runs: measured, unmeasured, unpromised }
}

impl Seen<'_> {
    fn refusal(&self, spot: &Spot, why: impl Into<String>, hint: impl Into<String>) -> Refusal {
        let (name, snippet) = (spot.part.name(), self.snippet);
        let what = format!("the {name} of {} `{}`", snippet.role.name(), snippet.id);
        Refusal {
            snippet: snippet.id.clone(),
            line: snippet.line,
            what,
            why: why.into(),
            hint: hint.into(),
            whole_page: false,
        }
    }

    /// Lets the edits of a spot through, if nothing speaks against them.
    fn allow(&self, spot: &Spot, edits: Vec<Edit>, withheld: &Withheld) -> Result<Vec<Edit>, Refusal> {
        if let Some((why, hint)) = withheld.get(spot) {
            return Err(self.refusal(spot, why.clone(), hint.clone()));
        }
        if let Some((why, hint)) = allowed::never(self) {
            return Err(self.refusal(spot, why, hint));
        }
        if let Some(run) = self.runs.iter().find(|run| matches!(run.outcome.verdict, Verdict::NotRun { .. })) {
            let why = format!("it did not come to its turn {}", self.named(run.engine, run.case));
            return Err(self.refusal(spot, why, "correct what stopped the page there, and accept again"));
        }
        reading::check(self, spot, &edits).map_err(|why| {
            let hint = match spot.part {
                Part::Command(_) => "write it as a `bash` block with an `output`, or let the command print something else",
                _ => "let the snippet print it in another form (`od`, `cat -A`, `quote()`), or write what is expected yourself",
            };
            self.refusal(spot, why, hint)
        })?;
        Ok(edits)
    }

    /// `on mariadb`, `in the case x`, or both, as far as the page knows several.
    fn named(&self, engine: Engine, case: &str) -> String {
        let runbook = self.page.runbook;
        let engine = (engines(runbook).len() > 1).then(|| format!("on {engine}"));
        let case = (runbook.cases.len() > 1).then(|| format!("in the case `{case}`"));
        let named: Vec<String> = engine.into_iter().chain(case).collect();
        if named.is_empty() { "in this run".into() } else { named.join(" ") }
    }
}

#[cfg(test)]
mod tests;
