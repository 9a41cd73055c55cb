//! What of a site is proved: every fence in a language that runs, and how it stands in each run of its page.
//!
//! Takes pages with the runs they are to have, and what was recorded of them; runs nothing. Must stay true: no fence is
//! left out; what is known of one engine or case says nothing of another; whatever is not proved says why.

use std::collections::BTreeMap;

use super::outcome::{Outcome, PageProof, SkipReason, Verdict};
use super::snippet::{Role, Runbook, Snippet};
use crate::config::Engine;
use crate::document::{Document, Fence};

/// A page, and the runs it is to have.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// Its runbook.
    pub runbook: &'a Runbook,
    /// The document it was made from.
    pub document: &'a Document,
    /// The cases and engines it is run on; `None` for a page without a database.
    pub runs: Vec<(&'a str, Option<Engine>)>,
}

/// How the fences of one page stand.
#[derive(Debug)]
pub struct PageCoverage<'a> {
    /// The page's runbook.
    pub runbook: &'a Runbook,
    /// The document it was made from.
    pub document: &'a Document,
    /// Its runs: those it is to have, then others that are recorded of the page as it stands. None if it does not run.
    pub runs: Vec<PageState<'a>>,
    /// Its fences in languages that run, and what else takes part in its run, in order.
    pub fences: Vec<FenceCoverage<'a>>,
}

/// What is recorded of one run of a page.
#[derive(Debug, Clone, Copy)]
pub struct PageState<'a> {
    /// The case.
    pub case: &'a str,
    /// The engine.
    pub engine: Option<Engine>,
    /// The record; `None` if there is none.
    pub proof: Option<&'a PageProof>,
}

impl PageState<'_> {
    /// Whether there is a record of the page as it stands.
    pub fn is_current(&self) -> bool {
        self.proof.is_some_and(|proof| !proof.stale)
    }
}

/// How one fence stands.
#[derive(Debug)]
pub struct FenceCoverage<'a> {
    /// The fence.
    pub fence: &'a Fence,
    /// The snippet it is; `None` on pages outside `[run] pages`, whose fences are only shown.
    pub snippet: Option<&'a Snippet>,
    /// How it stands in each run of the page that it is for, or in each of them if it is for none. Empty if the page does
    /// not run.
    pub runs: Vec<FenceState<'a>>,
}

/// How one fence stands in one run of its page.
#[derive(Debug, Clone, Copy)]
pub struct FenceState<'a> {
    /// The case.
    pub case: &'a str,
    /// The engine.
    pub engine: Option<Engine>,
    /// In a word.
    pub state: State,
    /// Why, or what is known.
    pub known: Known<'a>,
}

/// How a fence stands; the later, the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It did what the page says.
    Proved,
    /// It passed, but nothing is demanded of it.
    Unasserted,
    /// It was left out on purpose.
    Skipped,
    /// It has not run.
    NotRun,
    /// The page has changed since its run.
    Stale,
    /// It did something else than the page says, or could not be run.
    Failed,
}

impl State {
    /// All of them, the best first.
    pub const ALL: [Self; 6] = [Self::Proved, Self::Unasserted, Self::Skipped, Self::NotRun, Self::Stale, Self::Failed];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Unasserted => "unasserted",
            Self::Skipped => "skipped",
            Self::NotRun => "not run",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }
}

/// Where a state comes from.
#[derive(Debug, Clone, Copy)]
pub enum Known<'a> {
    /// Of a run of the page as it stands.
    Outcome(&'a Outcome),
    /// Of a run of the page as it was; `None` if the fence is newer.
    Before(Option<&'a Outcome>),
    /// The author says that it never runs, and why.
    Author(&'a str),
    /// It is for other engines or cases than all that the page is run on: the snippet that says so.
    Elsewhere(&'a Snippet),
    /// There is no record of the run.
    NoRecord,
}

impl FenceCoverage<'_> {
    /// The worst of its states; a page that does not run leaves all its fences not run.
    pub fn state(&self) -> State {
        self.runs.iter().map(|run| run.state).max().unwrap_or(State::NotRun)
    }

    /// Whether it was left out on purpose, or for want of a program: nowhere that it is for, or not everywhere.
    pub fn is_skipped(&self) -> bool {
        self.runs.iter().any(|run| run.state == State::Skipped)
    }
}

impl PageCoverage<'_> {
    /// The runs the page is to have, but of which, as it stands, nothing is recorded.
    pub fn unproved(&self) -> impl Iterator<Item = &PageState<'_>> {
        self.runs.iter().filter(|run| !run.is_current())
    }

    /// The runs that are recorded of the page as it stands, and in which it failed or was not run to its end.
    pub fn failed(&self) -> impl Iterator<Item = &PageState<'_>> {
        let is_open = |outcome: &Outcome| outcome.verdict.is_bad() || matches!(outcome.verdict, Verdict::NotRun { .. });
        let failed = move |run: &&PageState<'_>| run.proof.is_some_and(|proof| proof.run.outcomes.iter().any(is_open));
        self.runs.iter().filter(|run| run.is_current()).filter(failed)
    }
}

/// How the fences of `pages` stand.
pub fn coverage<'a>(pages: Vec<Wanted<'a>>, proofs: &'a [PageProof]) -> Vec<PageCoverage<'a>> {
    let mut recorded: BTreeMap<&str, Vec<&PageProof>> = BTreeMap::new();
    for proof in proofs {
        recorded.entry(proof.run.page.as_str()).or_default().push(proof);
    }
    let page = |wanted: Wanted<'a>| {
        let Wanted { runbook, document, runs } = wanted;
        let proofs = recorded.get(runbook.page.as_str()).map_or(&[][..], Vec::as_slice);
        let runs =
            if runbook.not_run.is_some() || runbook.snippets.is_empty() { Vec::new() } else { states(&runs, proofs) };
        let fences = if runbook.snippets.is_empty() {
            let runnable = document.fences.iter().filter(|fence| fence.is_runnable());
            runnable.map(|fence| FenceCoverage { fence, snippet: None, runs: Vec::new() }).collect()
        } else {
            runbook.snippets.iter().map(|snippet| fence(runbook, document, snippet, &runs)).collect()
        };
        PageCoverage { runbook, document, runs, fences }
    };
    pages.into_iter().map(page).collect()
}

/// The runs a page is to have, then those that were made beyond them, as with `--engine`.
fn states<'a>(wanted: &[(&'a str, Option<Engine>)], proofs: &[&'a PageProof]) -> Vec<PageState<'a>> {
    let is = |proof: &&PageProof, case: &str, engine| proof.run.case == case && proof.run.engine == engine;
    let mut states: Vec<PageState<'a>> = wanted
        .iter()
        .map(|&(case, engine)| {
            let proof = proofs.iter().find(|proof| is(proof, case, engine)).copied();
            PageState { case, engine, proof }
        })
        .collect();
    for &proof in proofs.iter().filter(|proof| !proof.stale) {
        let (case, engine) = (proof.run.case.as_str(), proof.run.engine);
        if !wanted.contains(&(case, engine)) {
            states.push(PageState { case, engine, proof: Some(proof) });
        }
    }
    states
}

fn fence<'a>(
    runbook: &'a Runbook,
    document: &'a Document,
    snippet: &'a Snippet,
    runs: &[PageState<'a>],
) -> FenceCoverage<'a> {
    // An undo takes part only where its step does.
    let step = match &snippet.role {
        Role::Undo { of, .. } => runbook.snippets.iter().find(|step| step.id == *of),
        _ => None,
    };
    let both: Vec<&Snippet> = std::iter::once(snippet).chain(step).collect();
    let elsewhere = |run: &PageState<'_>| {
        let engine = run.engine.unwrap_or(Engine::Sqlite);
        both.iter().copied().find(|one| !one.condition.holds(engine, run.case))
    };
    let author = both.iter().find_map(|one| one.condition.skip.as_deref());
    let is_for_none = runs.iter().all(|run| elsewhere(run).is_some());
    let states = runs.iter().filter_map(|run| {
        let (state, known) = match (author, elsewhere(run)) {
            (Some(reason), _) => (State::Skipped, Known::Author(reason)),
            (None, Some(of)) if is_for_none => (State::Skipped, Known::Elsewhere(of)),
            (None, Some(_)) => return None,
            (None, None) => recorded(snippet, run.proof),
        };
        Some(FenceState { case: run.case, engine: run.engine, state, known })
    });
    let states = if runbook.not_run.is_some() { Vec::new() } else { states.collect() };
    FenceCoverage { fence: &document.fences[snippet.fence], snippet: Some(snippet), runs: states }
}

fn recorded<'a>(snippet: &Snippet, proof: Option<&'a PageProof>) -> (State, Known<'a>) {
    let Some(proof) = proof else { return (State::NotRun, Known::NoRecord) };
    let outcome = proof.run.outcomes.iter().find(|outcome| outcome.snippet == snippet.id);
    match outcome {
        outcome if proof.stale => (State::Stale, Known::Before(outcome)),
        Some(outcome) => (state(outcome), Known::Outcome(outcome)),
        None => (State::NotRun, Known::NoRecord),
    }
}

fn state(outcome: &Outcome) -> State {
    match &outcome.verdict {
        Verdict::Passed if outcome.is_unasserted() => State::Unasserted,
        Verdict::Passed => State::Proved,
        Verdict::Failed { .. } | Verdict::Error { .. } | Verdict::TimedOut { .. } => State::Failed,
        Verdict::Skipped { .. } => State::Skipped,
        Verdict::NotRun { .. } => State::NotRun,
    }
}

/// Why a snippet that is for other engines or cases is skipped.
pub fn only(snippet: &Snippet, case: &str) -> SkipReason {
    match &snippet.condition.case {
        Some(only) if only != case => SkipReason::Case(only.clone()),
        _ => {
            let engines: Vec<&str> = snippet.condition.engines.iter().map(|engine| engine.name()).collect();
            SkipReason::Engine(engines.join(", "))
        }
    }
}

/// How many fences are proved on one engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct OnEngine {
    /// The engine; `None` for pages without a database.
    pub engine: Option<Engine>,
    /// How many are proved there, in every case.
    pub proved: usize,
    /// Of how many that are for it.
    pub of: usize,
}

/// The totals, engine by engine.
pub fn by_engine(pages: &[PageCoverage<'_>]) -> Vec<OnEngine> {
    let mut engines: BTreeMap<Option<Engine>, OnEngine> = BTreeMap::new();
    for fence in pages.iter().flat_map(|page| &page.fences) {
        let mut proved: BTreeMap<Option<Engine>, bool> = BTreeMap::new();
        for run in fence.runs.iter().filter(|run| !matches!(run.known, Known::Elsewhere(_))) {
            *proved.entry(run.engine).or_insert(true) &= run.state == State::Proved;
        }
        for (engine, is_proved) in proved {
            let on = engines.entry(engine).or_insert(OnEngine { engine, proved: 0, of: 0 });
            on.of += 1;
            on.proved += usize::from(is_proved);
        }
    }
    // Pages without a database last.
    let (without, with): (Vec<OnEngine>, Vec<OnEngine>) = engines.into_values().partition(|on| on.engine.is_none());
    with.into_iter().chain(without).collect()
}
