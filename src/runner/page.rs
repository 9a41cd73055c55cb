//! One page: its room, its database, its connection, its bash, and its snippets in order.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::judge::{self, Context};
use super::{DEFAULT_CASE, PAGE_LIMIT, PlannedPage, RunError, RunEvent, SNIPPET_LIMIT, Surroundings, is_stopped, skip};
use crate::config::Engine;
use crate::database::{StatementError, Throwaway};
use crate::expect::Values;
use crate::runbook::effect::Effect;
use crate::runbook::outcome::{At, FailedCommand, Outcome, PageRun, Printed, Problem, Running, SkipReason, Verdict};
use crate::runbook::parameter::{self, Value};
use crate::runbook::{Action, Role, Runbook, Snippet, sql};
use crate::sandbox::{Room, SandboxError, find_program};
use crate::shell::{BlockEnd, Ended, Limits, Session, SessionOptions};
use crate::span::Span;

/// The page in the cases that this version does not run: every snippet skipped, so that each is counted and shown.
pub(super) fn other_cases(planned: &PlannedPage<'_>) -> impl Iterator<Item = PageRun> {
    let runbook = planned.runbook;
    runbook.cases.iter().map(|case| {
        let reason = SkipReason::NotProvedYet(format!("the case `{case}`; only the defaults are run"));
        let verdict = Verdict::Skipped { reason };
        let outcomes =
            (0..runbook.snippets.len()).map(|index| outcome(runbook, planned.engine, index, verdict.clone())).collect();
        PageRun { case: case.clone(), outcomes, ..not_yet_run(planned) }
    })
}

fn not_yet_run(planned: &PlannedPage<'_>) -> PageRun {
    PageRun {
        page: planned.runbook.page.clone(),
        case: DEFAULT_CASE.into(),
        engine: planned.engine,
        engine_version: None,
        key: planned.key.to_owned(),
        milliseconds: 0,
        outcomes: Vec::new(),
    }
}

/// Runs one page.
pub(super) fn run(
    planned: &PlannedPage<'_>,
    surroundings: &Surroundings,
    stop: &AtomicBool,
    on_event: &(dyn Fn(RunEvent<'_>) + Sync),
) -> Result<PageRun, RunError> {
    let runbook = planned.runbook;
    let started = Instant::now();
    let mut page = not_yet_run(planned);
    let every = |verdict: Verdict| -> Vec<Outcome> {
        (0..runbook.snippets.len()).map(|index| outcome(runbook, planned.engine, index, verdict.clone())).collect()
    };
    if let Some(reason) = skip::page(runbook, planned.engine) {
        page.outcomes = every(Verdict::Skipped { reason });
        return Ok(page);
    }
    if is_stopped(stop) {
        page.outcomes = every(Verdict::NotRun { because: "the run was interrupted".into() });
        return Ok(page);
    }
    let room = Room::create(&surroundings.temporary)?;
    let prepared = runbook
        .database
        .as_ref()
        .zip(planned.engine)
        .and_then(|(name, engine)| surroundings.databases.get(&(name.clone(), engine)));
    page.engine_version = prepared.map(|prepared| prepared.engine_version());
    match prepared.map(|prepared| prepared.open(&room.private())).transpose() {
        Ok(database) => {
            let values = runbook.defaults();
            let texts: Values = values.iter().map(|(name, value)| (name.clone(), value.as_str().to_owned())).collect();
            let mut runner = PageRunner {
                runbook,
                engine: planned.engine.unwrap_or(Engine::Sqlite),
                room: &room,
                database,
                session: None,
                values,
                texts,
                surroundings,
                stop,
                deadline: started + PAGE_LIMIT,
                transaction_of: None,
            };
            page.outcomes = runner.snippets(planned.engine, on_event);
        }
        Err(error) => page.outcomes = every(Verdict::Error { message: error.to_string() }),
    }
    if let Err(error) = room.close() {
        left_behind(&mut page.outcomes, &error.to_string());
    }
    page.milliseconds = milliseconds(started.elapsed());
    Ok(page)
}

/// Tells at the page's last snippet that something of it could not be removed: other pages' results are not lost for it.
fn left_behind(outcomes: &mut [Outcome], error: &str) {
    let Some(last) = outcomes.last_mut() else { return };
    let message = format!("the page ended, but something of it is left: {error}");
    if last.verdict.is_bad() {
        last.printed.notes.push(message);
    } else {
        last.verdict = Verdict::Error { message };
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn outcome(runbook: &Runbook, engine: Option<Engine>, index: usize, verdict: Verdict) -> Outcome {
    let snippet = &runbook.snippets[index];
    let engine = engine.unwrap_or(Engine::Sqlite);
    // A step is asserted by the check right after it, too, if that takes part in the same run.
    let checked = runbook.snippets.get(index + 1).is_some_and(|next| {
        let condition = &next.condition;
        next.role == Role::Check && condition.skip.is_none() && condition.holds(engine, DEFAULT_CASE)
    });
    Outcome {
        snippet: snippet.id.clone(),
        role: snippet.role.name().into(),
        action: snippet.action.name().into(),
        line: snippet.line,
        verdict,
        asserted: snippet.is_asserted(engine, DEFAULT_CASE)
            || (snippet.role == Role::Step && checked)
            || snippet.role == Role::Check,
        effect: None,
        printed: Printed::default(),
        milliseconds: 0,
    }
}

struct PageRunner<'p> {
    runbook: &'p Runbook,
    engine: Engine,
    room: &'p Room,
    database: Option<Box<dyn Throwaway>>,
    session: Option<Session>,
    values: BTreeMap<String, Value>,
    texts: Values,
    surroundings: &'p Surroundings,
    stop: &'p AtomicBool,
    deadline: Instant,
    /// The snippet that opened the transaction that is open now.
    transaction_of: Option<usize>,
}

/// What a snippet came to, before it is judged as a whole.
#[derive(Default)]
struct Attempt {
    problems: Vec<Problem>,
    printed: Printed,
    /// What the statements before the one that was to fail did, where that had to be told apart.
    effect: Option<Effect>,
    /// Whether the last statement failed as `error=` says.
    failed_as_promised: bool,
    /// The program that was running when the block was ended.
    running: Option<Running>,
    end: End,
}

/// How the execution itself ended.
#[derive(Default)]
enum End {
    /// By itself.
    #[default]
    Own,
    /// At its limit.
    TimedOut,
    /// Because the run was stopped.
    Stopped,
    /// Because our own side failed.
    Broken(String),
}

impl PageRunner<'_> {
    fn snippets(&mut self, engine: Option<Engine>, on_event: &(dyn Fn(RunEvent<'_>) + Sync)) -> Vec<Outcome> {
        let runbook = self.runbook;
        let mut outcomes: Vec<Outcome> = Vec::new();
        let mut halted: Option<String> = None;
        for (index, snippet) in runbook.snippets.iter().enumerate() {
            let started = Instant::now();
            let installed = |program: &str| find_program(&self.surroundings.path, program).is_some();
            let skipped = skip::snippet(snippet, engine, DEFAULT_CASE, &self.surroundings.missing, installed);
            let mut outcome = match (skipped, &halted) {
                (Some(verdict), _) => outcome(runbook, engine, index, verdict),
                (None, Some(because)) => outcome(runbook, engine, index, Verdict::NotRun { because: because.clone() }),
                (None, None) => self.snippet(index, snippet),
            };
            outcome.milliseconds = milliseconds(started.elapsed());
            if halted.is_none() {
                halted = halts(snippet, &outcome.verdict);
            }
            on_event(RunEvent::SnippetEnded(runbook, &outcome));
            outcomes.push(outcome);
        }
        if let Some(opener) = self.transaction_of.filter(|_| halted.is_none()) {
            add_problem(&mut outcomes[opener], Problem::TransactionLeftOpen);
            on_event(RunEvent::SnippetEnded(runbook, &outcomes[opener]));
        }
        outcomes
    }

    fn snippet(&mut self, index: usize, snippet: &Snippet) -> Outcome {
        let own = snippet.timeout.unwrap_or(SNIPPET_LIMIT);
        let left = self.deadline.saturating_duration_since(Instant::now());
        let limit = own.min(left);
        let touched = self.touched_in_transaction();
        let mut attempt = match &snippet.action {
            Action::Sql => self.sql(snippet, limit),
            Action::Shell => self.shell(snippet, limit),
            Action::File { path, fill } => {
                let text = &snippet.code.text;
                let filled = fill.map(|format| parameter::fill_file(text, format, &self.values).text);
                match self.room.write(path, filled.as_ref().unwrap_or(text).as_bytes()) {
                    Ok(()) => Attempt::default(),
                    // What stands in the way was put there by the page itself.
                    Err(error @ (SandboxError::Link { .. } | SandboxError::InTheWay { .. })) => {
                        let problem = Problem::NotWritten { message: error.to_string() };
                        Attempt { problems: vec![problem], ..Attempt::default() }
                    }
                    Err(error) => Attempt { end: End::Broken(error.to_string()), ..Attempt::default() },
                }
            }
            Action::Console => Attempt::default(),
        };
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
        let verdict = match attempt.end {
            End::Broken(message) => Verdict::Error { message },
            End::Stopped => Verdict::NotRun { because: "the run was interrupted while it ran".into() },
            End::TimedOut => Verdict::TimedOut { limit: milliseconds(limit), running: attempt.running },
            End::Own if attempt.problems.is_empty() => Verdict::Passed,
            End::Own => Verdict::Failed { problems: attempt.problems },
        };
        Outcome {
            effect: attempt.effect,
            printed: attempt.printed,
            ..outcome(self.runbook, Some(self.engine), index, verdict)
        }
    }

    /// How many rows the connection has touched so far, if it has a transaction open.
    fn touched_in_transaction(&self) -> Option<u64> {
        let database = self.database.as_ref()?;
        database.in_transaction().then(|| database.rows_touched())
    }

    fn context(&self) -> Context<'_> {
        Context { engine: self.engine, case: DEFAULT_CASE, values: &self.texts }
    }

    fn sql(&mut self, snippet: &Snippet, limit: Duration) -> Attempt {
        let mut attempt = Attempt::default();
        let Some(database) = &mut self.database else {
            attempt.end = End::Broken("this page has no database".into());
            return attempt;
        };
        let deadline = Instant::now() + limit;
        let filled = parameter::fill(&snippet.code.text, self.engine, &self.values);
        let statements = sql::statements(&filled.text, self.engine);
        let promised = snippet.promise.error.as_ref().map(|error| &error.value);
        for (number, span) in statements.iter().enumerate() {
            let last = number + 1 == statements.len();
            let told_apart = promised.is_some() && snippet.promise.effect.is_none();
            let before = if last && told_apart && !database.in_transaction() {
                // The statement that must fail must have changed nothing; those before it may have.
                database.measure().map(Some)
            } else {
                Ok(None)
            };
            match before {
                Ok(effect) => attempt.effect = effect,
                Err(error) => {
                    attempt.end = End::Broken(error.to_string());
                    return attempt;
                }
            }
            let text = &filled.text[span.start..span.end];
            match database.execute(text, deadline, self.stop) {
                Ok(Some(mut result)) => {
                    result.ordered = sql::is_ordered(text, self.engine);
                    attempt.printed.results.push(result);
                }
                Ok(None) => {}
                Err(StatementError::TimedOut) => attempt.end = End::TimedOut,
                Err(StatementError::Stopped) => attempt.end = End::Stopped,
                Err(StatementError::Sql(error)) => {
                    let offset = span.start + error.offset.unwrap_or(0);
                    let at = self.at(snippet, filled.original_offset(offset));
                    attempt.problems.extend(judge::failure(promised, &error, at, last));
                    attempt.failed_as_promised = attempt.problems.is_empty();
                    if attempt.problems.is_empty() {
                        let code = error.codes.first().map(|code| format!("{code}: ")).unwrap_or_default();
                        attempt.printed.notes.push(format!("failed as promised: {code}{}", error.message));
                        attempt.problems.extend(judge::results(snippet, &attempt.printed.results, self.context()));
                    }
                    return attempt;
                }
            }
            if !matches!(attempt.end, End::Own) {
                return attempt;
            }
        }
        if let Some(pattern) = promised {
            attempt.problems.push(Problem::NoError { expected: judge::written(pattern) });
        }
        let problems = judge::results(snippet, &attempt.printed.results, self.context());
        attempt.problems.extend(problems);
        attempt
    }

    /// The place in the page of byte `offset` of the snippet's text.
    fn at(&self, snippet: &Snippet, offset: usize) -> At {
        let span = snippet.code.source_span(Span::new(offset, offset));
        let location = self.runbook.file.location(span.start);
        At { line: location.line, column: location.column }
    }

    fn shell(&mut self, snippet: &Snippet, limit: Duration) -> Attempt {
        let first_line = self.at(snippet, 0).line;
        let block = crate::shell::Block { first_line, text: snippet.code.text.clone() };
        let stop = self.stop;
        let run = |session: &mut Session| session.run(&block, limit, stop).map_err(|error| error.to_string());
        let end = match self.session().and_then(run) {
            Ok(end) => end,
            Err(message) => return Attempt { end: End::Broken(message), ..Attempt::default() },
        };
        let printed = printed(&end);
        let mut attempt = Attempt::default();
        let expected = snippet.promise.exit.as_ref().map_or(0, |exit| exit.value);
        attempt.running = end.running.map(|running| Running { command: running.command, line: running.line });
        let command = end.failed.map(|failed| FailedCommand { line: failed.line, command: failed.command });
        let (actual, note) = match end.ended {
            Ended::TimedOut => (None, None),
            Ended::Stopped => (None, None),
            Ended::Status(status) => (Some(status), None),
            Ended::ShellExited(status) => {
                (Some(status), Some("the block ended the shell itself: its variables and jobs are lost".to_owned()))
            }
            Ended::ShellKilled(signal) => {
                (Some(128 + signal), Some(format!("the shell was killed by signal {signal}")))
            }
        };
        match (&end.ended, actual) {
            (Ended::TimedOut, _) => attempt.end = End::TimedOut,
            (Ended::Stopped, _) => attempt.end = End::Stopped,
            (_, Some(actual)) if actual != expected => {
                attempt.problems.push(Problem::Exit { expected, actual, command, note });
            }
            _ => {}
        }
        if matches!(attempt.end, End::Own) {
            attempt.problems.extend(judge::streams(snippet, &printed.stdout, &printed.stderr, self.context()));
        }
        attempt.printed = printed;
        attempt
    }

    fn session(&mut self) -> Result<&mut Session, String> {
        if self.session.is_none() {
            let surroundings = self.surroundings;
            let bash = find_program(&surroundings.path, "bash")
                .ok_or("bash is not installed: shell snippets need it; install the package `bash`")?;
            let mut environment = self.room.environment(&surroundings.path);
            if let Some(database) = &self.database {
                environment.push(("DATABASE_URL".into(), database.address()));
            }
            for (name, value) in &self.values {
                environment.push((parameter::shell_variable(name), value.as_str().to_owned()));
            }
            let options = SessionOptions {
                bash,
                work: self.room.work(),
                private: self.room.private(),
                environment,
                limits: Limits::default(),
            };
            self.session = Some(Session::start(options).map_err(|error| error.to_string())?);
        }
        self.session.as_mut().ok_or_else(|| "the shell could not be kept".into())
    }

    /// Measures what the snippet committed, and holds it against the promise.
    fn measure(&mut self, index: usize, snippet: &Snippet, attempt: &mut Attempt) -> Result<(), String> {
        let Some(database) = &mut self.database else {
            // Never silently fulfilled: lowering refuses it, and so does this.
            return if snippet.promise.effect.is_some() { Err("this page has no database".into()) } else { Ok(()) };
        };
        if database.in_transaction() {
            self.transaction_of.get_or_insert(index);
            attempt.effect = None;
            if snippet.promise.effect.is_some() {
                attempt.problems.push(Problem::EffectInTransaction);
            }
            return Ok(());
        }
        self.transaction_of = None;
        let last = database.measure().map_err(|error| error.to_string())?;
        let earlier = attempt.effect.take();
        // There is an earlier part only where the last statement was told apart; one that failed as promised but
        // changed something is the problem, and then its part is the one to show.
        let whole = match earlier {
            Some(earlier) if last.is_none() => earlier,
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

/// Whether the rest of the page makes no sense after this, and why.
fn halts(snippet: &Snippet, verdict: &Verdict) -> Option<String> {
    let what = |how: &str| Some(format!("`{}` {how}", snippet.id));
    match verdict {
        // A check that found something else has changed nothing: what follows can still be judged.
        Verdict::Failed { problems } if snippet.role == Role::Check => {
            let changed = problems.iter().any(|problem| {
                matches!(problem, Problem::CheckChanged { .. } | Problem::CheckChangedInTransaction { .. })
            });
            changed.then(|| what("changed something")).flatten()
        }
        Verdict::Failed { .. } => what("failed"),
        Verdict::Error { .. } => what("could not be run"),
        Verdict::TimedOut { .. } => what("ran out of time"),
        Verdict::NotRun { because } => Some(because.clone()),
        Verdict::Passed | Verdict::Skipped { .. } => None,
    }
}

fn add_problem(outcome: &mut Outcome, problem: Problem) {
    match &mut outcome.verdict {
        Verdict::Failed { problems } => problems.push(problem),
        verdict => *verdict = Verdict::Failed { problems: vec![problem] },
    }
}

fn printed(end: &BlockEnd) -> Printed {
    let mut notes = Vec::new();
    let mut text = |name: &str, captured: &crate::shell::Captured| {
        if captured.truncated {
            notes.push(format!("{name} was cut: {} bytes of {} are kept", captured.bytes.len(), captured.length));
        }
        match std::str::from_utf8(&captured.bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                notes.push(format!("{name} is not UTF-8: its other bytes are shown as `\u{fffd}`"));
                String::from_utf8_lossy(&captured.bytes).into_owned()
            }
        }
    };
    let (stdout, stderr) = (text("stdout", &end.stdout), text("stderr", &end.stderr));
    if end.restarted {
        notes.push("ran in a new shell with the last good state, because a block before it ended the shell".into());
    }
    if matches!(end.ended, Ended::ShellExited(_) | Ended::ShellKilled(_)) {
        notes.push("ended the shell itself".into());
    }
    Printed { results: Vec::new(), stdout, stderr, notes }
}
