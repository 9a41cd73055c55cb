//! One pass over a page: its snippets in order on one stage, with one connection and one bash.
//!
//! Must stay true: a snippet is performed by `attempt`, judged by `judge`, and measured here; what a pass leaves out is
//! decided by whoever makes it (`page`, `undo`, `drill`), so that the passes of a page differ in nothing else.

use std::time::{Duration, Instant};

use super::attempt::{Attempt, End};
use super::judge::{self, Context};
use super::stage::Stage;
use super::{Moment, PAGE_LIMIT, RunEvent, SNIPPET_LIMIT, World, is_stopped, milliseconds, skip};
use crate::config::Engine;
use crate::expect::Values;
use crate::runbook::effect::Ignored;
use crate::runbook::outcome::{Outcome, Printed, Problem, Verdict};
use crate::runbook::{Case, Role, Runbook, Snippet};
use crate::shell::Session;

/// A page being run in one case on one engine.
pub(super) struct Pass<'p> {
    pub(super) runbook: &'p Runbook,
    pub(super) case: &'p Case,
    pub(super) engine: Option<Engine>,
    pub(super) world: World<'p>,
    pub(super) stage: &'p mut Stage,
    pub(super) session: Option<Session>,
    /// The parameters' values as they stand in outputs.
    pub(super) texts: Values,
    deadline: Instant,
    /// The transaction that is open now, and the snippet that opened it.
    transaction: Option<(u64, usize)>,
}

impl<'p> Pass<'p> {
    /// A pass that has not begun. The page's time limit runs from here.
    pub(super) fn new(
        stage: &'p mut Stage,
        runbook: &'p Runbook,
        case: &'p Case,
        engine: Option<Engine>,
        world: World<'p>,
    ) -> Self {
        let texts = case.values.iter().map(|(name, value)| (name.clone(), value.as_str().to_owned())).collect();
        let deadline = Instant::now() + PAGE_LIMIT;
        Self { runbook, case, engine, world, stage, session: None, texts, deadline, transaction: None }
    }

    /// Runs the snippets for which `takes_part` holds, in order, and tells each outcome. Undos never take part: they
    /// would take the page back.
    pub(super) fn all(
        &mut self,
        takes_part: impl Fn(usize) -> bool,
        mut on_end: impl FnMut(&Outcome),
    ) -> Vec<Option<Outcome>> {
        let runbook = self.runbook;
        let mut outcomes: Vec<Option<Outcome>> = Vec::new();
        let mut halted: Option<String> = None;
        for (index, snippet) in runbook.snippets.iter().enumerate() {
            if !takes_part(index) || matches!(snippet.role, Role::Undo { .. }) {
                outcomes.push(None);
                continue;
            }
            let outcome = match (self.skipped(index), &halted) {
                (Some(verdict), _) => self.outcome(index, verdict),
                (None, Some(because)) => self.outcome(index, Verdict::NotRun { because: because.clone() }),
                (None, None) => self.perform(index),
            };
            if halted.is_none() {
                halted = halts(snippet, &outcome.verdict);
            }
            on_end(&outcome);
            outcomes.push(Some(outcome));
        }
        if halted.is_none()
            && let Some(outcome) = self.transaction.and_then(|(_, opener)| outcomes[opener].as_mut())
        {
            add_problem(outcome, Problem::TransactionLeftOpen);
            on_end(outcome);
        }
        outcomes
    }

    /// How the snippet at `index` ends without being run, if so.
    pub(super) fn skipped(&self, index: usize) -> Option<Verdict> {
        skip::at(self.runbook, index, self.engine, &self.case.name, self.world.surroundings)
    }

    /// The outcome of the snippet at `index` with `verdict`, nothing else being known.
    pub(super) fn outcome(&self, index: usize, verdict: Verdict) -> Outcome {
        outcome(self.runbook, self.engine, &self.case.name, index, verdict)
    }

    /// What its outputs are judged with.
    pub(super) fn context(&self) -> Context<'_> {
        Context { engine: self.engine_or_default(), case: &self.case.name, values: &self.texts }
    }

    /// The engine whose rules hold; a page without a database has no SQL, so any will do.
    pub(super) fn engine_or_default(&self) -> Engine {
        self.engine.unwrap_or(Engine::Sqlite)
    }

    /// Whether the page's connection has a transaction open.
    pub(super) fn in_transaction(&self) -> bool {
        self.stage.database.as_ref().is_some_and(|database| database.in_transaction())
    }

    /// Runs the snippet at `index` and judges it.
    pub(super) fn perform(&mut self, index: usize) -> Outcome {
        let snippet = &self.runbook.snippets[index];
        let moment = Moment { runbook: self.runbook, snippet, case: &self.case.name, engine: self.engine };
        (self.world.on_event)(RunEvent::SnippetStarted(moment));
        let outcome = self.performed(index);
        (self.world.on_event)(RunEvent::SnippetLeft(moment));
        outcome
    }

    fn performed(&mut self, index: usize) -> Outcome {
        let started = Instant::now();
        let snippet = &self.runbook.snippets[index];
        if is_stopped(self.world.stop) {
            return self.outcome(index, Verdict::NotRun { because: "the run was interrupted".into() });
        }
        let own = snippet.timeout.unwrap_or(SNIPPET_LIMIT);
        let left = self.deadline.saturating_duration_since(Instant::now());
        let limit = own.min(left);
        let touched = self.touched_in_transaction();
        let mut attempt = self.attempt(snippet, limit);
        if let (Role::Check, Some(before), Some(after)) = (&snippet.role, touched, self.touched_in_transaction())
            && after > before
        {
            attempt.problems.push(Problem::CheckChangedInTransaction { rows: after - before });
        }
        if let Err(error) = self.measure(index, snippet, &mut attempt) {
            // What could not be measured because a program was killed in the middle is told as that.
            match attempt.end {
                End::Own => attempt.end = End::Broken(error),
                _ => attempt.printed.notes.push(format!("its effect could not be measured: {error}")),
            }
        }
        if left < own && matches!(attempt.end, End::TimedOut) {
            let page = PAGE_LIMIT.as_secs();
            attempt
                .printed
                .notes
                .push(format!("a page has {page} s as a whole, and this is all that was left of them"));
        }
        let Attempt { problems, printed, effect, running, end, .. } = attempt;
        let verdict = match end {
            End::Broken(message) => Verdict::Error { message },
            End::Stopped => Verdict::NotRun { because: "the run was interrupted while it ran".into() },
            End::TimedOut => Verdict::TimedOut { limit: as_milliseconds(limit), running },
            End::Own if problems.is_empty() => Verdict::Passed,
            End::Own => Verdict::Failed { problems },
        };
        Outcome { effect, printed, milliseconds: milliseconds(started), ..self.outcome(index, verdict) }
    }

    /// How many rows the connection has touched so far, if it has a transaction open.
    fn touched_in_transaction(&self) -> Option<u64> {
        let database = self.stage.database.as_ref()?;
        database.in_transaction().then(|| database.rows_touched())
    }

    /// Measures what the snippet committed, and holds it against the promise.
    fn measure(&mut self, index: usize, snippet: &Snippet, attempt: &mut Attempt) -> Result<(), String> {
        let Some(database) = &mut self.stage.database else {
            // Never silently fulfilled: lowering refuses it, and so does this.
            return if snippet.promise.effect.is_some() { Err("this page has no database".into()) } else { Ok(()) };
        };
        if let Some(open) = database.transaction() {
            // A snippet may end one transaction and begin another.
            if self.transaction.is_none_or(|(number, _)| number != open) {
                self.transaction = Some((open, index));
            }
            attempt.effect = None;
            if snippet.promise.effect.is_some() {
                attempt.problems.push(Problem::EffectInTransaction);
            }
            return Ok(());
        }
        self.transaction = None;
        let last = database.committed().measure().map_err(|error| error.to_string())?;
        let earlier = attempt.effect.take();
        // There is an earlier part only where the last statement was told apart; one that failed as promised but
        // changed something is the problem, and then its part is the one to show.
        let whole = match earlier {
            Some(earlier) if last.is_none() => earlier.with_ignored(last.ignored),
            Some(_) if attempt.failed_as_promised => {
                attempt.problems.push(Problem::FailureChanged { measured: last.clone() });
                last
            }
            _ => last,
        };
        if matches!(attempt.end, End::Own) {
            attempt.problems.extend(judge::effect(snippet, &whole));
        }
        attempt.effect = Some(whole);
        Ok(())
    }
}

/// The outcome of a snippet with `verdict`, nothing else being known.
pub(super) fn outcome(
    runbook: &Runbook,
    engine: Option<Engine>,
    case: &str,
    index: usize,
    verdict: Verdict,
) -> Outcome {
    let snippet = &runbook.snippets[index];
    let engine = engine.unwrap_or(Engine::Sqlite);
    // A step is asserted by the check right after it, too, if that takes part in the same run. Undos are proved in a
    // run of their own, so one in between does not count.
    let next = runbook.snippets[index + 1..].iter().find(|next| !matches!(next.role, Role::Undo { .. }));
    let checked = next.is_some_and(|next| {
        let condition = &next.condition;
        next.role == Role::Check && condition.skip.is_none() && condition.holds(engine, case)
    });
    Outcome {
        snippet: snippet.id.clone(),
        role: snippet.role.name().into(),
        action: snippet.action.name().into(),
        line: snippet.line,
        verdict,
        asserted: snippet.is_asserted(engine, case)
            || (snippet.role == Role::Step && checked)
            || snippet.role == Role::Check,
        effect: None,
        left: Ignored::new(),
        printed: Printed::default(),
        milliseconds: 0,
    }
}

/// Whether the rest of the page makes no sense after this, and why.
pub(super) fn halts(snippet: &Snippet, verdict: &Verdict) -> Option<String> {
    let what = |how: &str| Some(format!("`{}` {how}", snippet.id));
    match verdict {
        // A check that found something else has changed nothing: what follows can still be judged.
        Verdict::Failed { problems } if snippet.role == Role::Check => {
            problems.iter().any(is_change).then(|| what("changed something")).flatten()
        }
        Verdict::Failed { .. } => what("failed"),
        Verdict::Error { .. } => what("could not be run"),
        Verdict::TimedOut { .. } => what("ran out of time"),
        Verdict::NotRun { because } => Some(because.clone()),
        Verdict::Passed | Verdict::Skipped { .. } => None,
    }
}

/// Whether a problem says that a check changed something.
pub(super) fn is_change(problem: &Problem) -> bool {
    matches!(problem, Problem::CheckChanged { .. } | Problem::CheckChangedInTransaction { .. })
}

/// Adds to what is wrong with a snippet.
pub(super) fn add_problem(outcome: &mut Outcome, problem: Problem) {
    match &mut outcome.verdict {
        Verdict::Failed { problems } => problems.push(problem),
        Verdict::Error { .. } | Verdict::TimedOut { .. } => {}
        verdict => *verdict = Verdict::Failed { problems: vec![problem] },
    }
}

fn as_milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
