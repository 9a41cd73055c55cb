//! Running runbooks for `test` and `build --verify`: from a project to a run, recorded.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::args::RunArgs;
use super::exit::Exit;
use super::progress::Progress;
use super::project::Project;
use super::selection::Selection;
use super::{in_ci, output, recorded, stop_on_signals};
use crate::cache::{self, CacheError};
use crate::config::Engine;
use crate::database::{self, Definition, Grounds, PrepareError};
use crate::diagnostic::{Diagnostic, Place};
use crate::path::RelativePath;
use crate::proof::Proofs;
use crate::report::{self, Account, KeptFolder, Notice};
use crate::runbook::outcome::{Run, Verdict};
use crate::runbook::{Case, NotRun, Runbook, Shard};
use crate::runner::{self, Databases, Kept, MissingPrograms, PlannedPage, RunEvent, Surroundings, Unready};
use crate::sandbox::{self, Launcher, Layer, Layers, Sandbox};

/// What was run, and what came of it.
pub(super) struct Ran {
    /// The run.
    pub(super) run: Run,
    /// The selected pages that have snippets and do not run, by path.
    pub(super) not_run: Vec<(String, NotRun)>,
    /// What was left on purpose, in order.
    pub(super) kept: Vec<KeptFolder>,
    /// What really held the snippets.
    pub(super) sandbox: Layers,
    /// How long it took.
    pub(super) seconds: f64,
    /// Whether it was interrupted.
    pub(super) interrupted: bool,
    /// The pages that were run with a text that could not be written, and is not recorded.
    pub(super) unwritten: BTreeSet<RelativePath>,
    /// The part of the pages it was for, and of how many pages.
    shard: Option<(Shard, usize)>,
}

/// Runs the selected pages. The error is what is wrong with the databases, or a status that has been explained.
pub(super) fn run(project: &Project, selection: &Selection, args: &RunArgs) -> Result<Ran, Refusal> {
    let books: Vec<&Runbook> = project
        .runbooks
        .iter()
        .filter(|book| book.not_run.is_none() && !book.snippets.is_empty() && selection.holds(book))
        .collect();
    struct Planned<'p> {
        runbook: &'p Runbook,
        case: &'p Case,
        engine: Option<Engine>,
        key: String,
        after: Vec<&'p Runbook>,
        until: Option<usize>,
    }
    let mut planned: Vec<Planned<'_>> = Vec::new();
    for runbook in books {
        for case in &runbook.cases {
            for engine in project.engines(runbook, &selection.engines) {
                if selection.holds_run(runbook, &case.name, engine) {
                    let (key, after) = (project.key(runbook, case, engine), project.before(runbook));
                    planned.push(Planned { runbook, case, engine, key, after, until: selection.until(runbook) });
                }
            }
        }
    }
    let plan: Vec<PlannedPage<'_>> = planned
        .iter()
        .map(|Planned { runbook, case, engine, key, after, until }| PlannedPage {
            runbook,
            case,
            engine: *engine,
            key,
            after,
            until: *until,
        })
        .collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let path = std::env::var("PATH").unwrap_or_default();
    // An empty TMPDIR is none, as other programs read it.
    let temporary =
        Some(std::env::temp_dir()).filter(|path| !path.as_os_str().is_empty()).unwrap_or_else(|| "/tmp".into());
    let sandbox = sandbox(&readable(&path, &project.tree.config.run.readable), &temporary, &args.require_sandbox)?;
    let cache = cache::engines_path(&project.tree.root);
    let memory = sandbox::in_memory().unwrap_or_else(|| temporary.clone());
    let grounds = Grounds { path: &path, sandbox: &sandbox, temporary: &memory, cache: &cache };
    let missing =
        if in_ci() { MissingPrograms::ErrorUnless(args.allow_missing.clone()) } else { MissingPrograms::Skip };
    // A server is a program that a page needs; who asks for its engine insists on it.
    let may_lack = |program: &str| match &missing {
        MissingPrograms::Skip => selection.engines.is_empty(),
        MissingPrograms::ErrorUnless(allowed) => allowed.iter().any(|name| name == program),
    };
    let databases = databases(project, &plan, grounds, &may_lack)?;
    let surroundings = Surroundings {
        databases,
        path,
        temporary,
        memory,
        jobs: args.jobs.map_or(cores, usize::from),
        sandbox,
        keep: args.keep,
        fail_fast: selection.fail_fast,
        missing,
    };
    // What a killed Proofbook left behind; that it could not be removed is no reason not to run.
    let swept = |parent: &Path| sandbox::sweep(parent).map_or_else(|error| vec![error], |swept| swept.failed);
    let mut left = swept(&surroundings.temporary);
    if surroundings.memory != surroundings.temporary {
        left.extend(swept(&surroundings.memory));
    }
    for error in left {
        output::message(&report::warning(&format!("what an earlier run left behind could not be removed: {error}")));
    }
    let stop = stop_on_signals();
    let progress = Progress::new(plan.len());
    let started = Instant::now();
    let kept = Mutex::new(Vec::new());
    let run = runner::run(&plan, &surroundings, &stop, &|event| {
        if let RunEvent::Kept(left) = &event {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(self::kept(left));
        }
        progress.show(&event);
    });
    progress.finish();
    let run = run.map_err(|error| {
        let hint = "check the folder for temporary files (TMPDIR), its space and rights";
        Refusal::Broken(Notice::new(error.to_string(), hint))
    })?;
    let not_run = project
        .runbooks
        .iter()
        .filter(|book| selection.holds(book))
        .filter_map(|book| {
            Some((book.file.path().to_owned(), book.not_run.clone().filter(|not_run| not_run.fences > 0)?))
        })
        .collect();
    let mut kept = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    kept.sort();
    Ok(Ran {
        run,
        not_run,
        kept,
        sandbox: *surroundings.sandbox.layers(),
        seconds: started.elapsed().as_secs_f64(),
        interrupted: stop.load(Ordering::Relaxed),
        unwritten: BTreeSet::new(),
        shard: selection.shard,
    })
}

/// The folders of `path` and of the configuration, as one list.
fn readable(path: &str, folders: &[String]) -> String {
    let home = std::env::var("HOME").unwrap_or_default();
    let mut list = path.to_owned();
    for folder in folders {
        let folder = match folder.strip_prefix("~/") {
            Some(below) => format!("{home}/{below}"),
            None => folder.clone(),
        };
        list.push_str(&format!(":{folder}"));
    }
    list
}

/// What holds the snippets on this machine, tried out; refused if something of `required` is missing.
fn sandbox(path: &str, temporary: &Path, required: &[Layer]) -> Result<Sandbox, Refusal> {
    // The system's own name for this very program, even if another was put in its place since.
    let program = if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() };
    let sandbox = program
        .map_err(|error| error.to_string())
        .and_then(|program| Sandbox::probe(Launcher::new(program), path, temporary).map_err(|error| error.to_string()));
    let sandbox = sandbox.map_err(|error| {
        let hint = "check the folder for temporary files (TMPDIR), its space and rights";
        Refusal::Broken(Notice::new(format!("the sandbox cannot be set up: {error}"), hint))
    })?;
    let missing: Vec<&str> = sandbox.layers().missing(required).into_iter().map(Layer::name).collect();
    if !missing.is_empty() {
        let hint = "run it on a Linux with Landlock (5.13 or newer) that allows user namespaces, or require less";
        let message = format!("--require-sandbox={}: this machine cannot enforce that", missing.join(","));
        return Err(Refusal::Broken(Notice::new(format!("{message}; what it can is {}", sandbox.layers()), hint)));
    }
    Ok(sandbox)
}

/// Where a page's folder and database were left.
fn kept(kept: &Kept<'_>) -> KeptFolder {
    KeptFolder {
        file: kept.planned.runbook.file.path().to_owned(),
        engine: kept.planned.engine,
        case: kept.planned.case.name.clone(),
        folder: kept.folder.join("work"),
        database: kept.database.clone(),
    }
}

/// Why nothing was run.
pub(super) enum Refusal {
    /// A database's scripts are wrong, or what the configuration says of it.
    Diagnostics(Vec<Diagnostic>),
    /// The environment is broken.
    Broken(Notice),
}

fn databases(
    project: &Project,
    plan: &[PlannedPage<'_>],
    grounds: Grounds<'_>,
    may_lack: &dyn Fn(&str) -> bool,
) -> Result<Databases, Refusal> {
    let mut databases = Databases::new();
    for planned in plan {
        let Some((name, engine)) = planned.runbook.database.clone().zip(planned.engine) else { continue };
        if databases.contains_key(&(name.clone(), engine)) {
            continue;
        }
        let Some(source) = project.tree.databases.iter().find(|source| source.config.name == name) else { continue };
        let Some(schema) = source.schema(engine) else { continue };
        let definition = Definition {
            name: name.clone(),
            documented_name: source.config.documented_name.clone(),
            schema: schema.clone(),
            seed: source.seed(engine).cloned(),
        };
        match database::prepare(engine, &definition, grounds) {
            Ok(prepared) => {
                // Without a configuration there is no database.
                let file = project.tree.config.file.as_ref().unwrap_or(schema);
                let prepared = database::leaving_out(prepared, &source.config.volatile, file, engine)
                    .map_err(Refusal::Diagnostics)?;
                databases.insert((name, engine), Ok(prepared))
            }
            Err(PrepareError::Script { file, span, code, message, hint }) => {
                let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
                let diagnostic = Diagnostic::error("bad-script", Place::new(&file, span), format!("{message}{code}"))
                    .note(format!("the database `{name}` cannot be made, so no page that runs on it can be proved"));
                let hint =
                    hint.unwrap_or_else(|| "correct the script; everything before this statement has loaded".into());
                return Err(Refusal::Diagnostics(vec![diagnostic.hint(hint)]));
            }
            // Pages on other engines can be run all the same.
            Err(PrepareError::NotInstalled { program, message }) => {
                let unready = if may_lack(program) {
                    let skipped = Unready::Skipped(program.to_owned());
                    // Once, however many databases need it; the report then only names the program.
                    if !databases.values().any(|other| other.as_ref().is_err_and(|other| *other == skipped)) {
                        output::message(&report::warning(&format!("what runs on {engine} is skipped: {message}")));
                    }
                    skipped
                } else {
                    Unready::Broken(format!("{message}; or skip what needs it with `--allow-missing={program}`"))
                };
                databases.insert((name, engine), Err(unready))
            }
            Err(PrepareError::Engine { message, hint }) => {
                let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
                databases.insert((name, engine), Err(Unready::Broken(format!("{message}{hint}"))))
            }
        };
    }
    Ok(databases)
}

/// The status a run asks for.
pub(super) fn exit_of(ran: &Ran) -> Exit {
    if ran.interrupted {
        return Exit::Interrupted;
    }
    let outcomes = || ran.run.pages.iter().flat_map(|page| &page.outcomes);
    let mut exit = Exit::Fine;
    for outcome in outcomes() {
        exit = exit.and(match outcome.verdict {
            Verdict::Failed { .. } | Verdict::TimedOut { .. } => Exit::Documents,
            Verdict::Error { .. } => Exit::Environment,
            _ => Exit::Fine,
        });
    }
    if !report::proves_something(&ran.run) && !ran.is_empty_shard() { exit.and(Exit::NothingRan) } else { exit }
}

/// Writes the result: pages, failures, totals.
pub(super) fn show(project: &Project, ran: &Ran) {
    let mut failures = Vec::new();
    for page in &ran.run.pages {
        let Some(book) = project.runbooks.iter().find(|book| book.page == page.page) else { continue };
        output::result(&format!("{}\n", report::page_line(page, book.file.path())));
        failures.extend(page.outcomes.iter().filter_map(|outcome| report::failure(&ran.run, page, book, outcome)));
    }
    for (file, not_run) in &ran.not_run {
        output::result(&format!("{}\n", report::not_run_line(file, not_run)));
    }
    for failure in failures {
        output::result(&format!("\n{failure}"));
    }
    output::result(&format!("\n{}", report::summary(&ran.run, ran.seconds, &ran.sandbox.to_string())));
    if !ran.kept.is_empty() {
        for kept in &ran.kept {
            output::result(&format!("\n{}", kept.told()));
        }
        output::result("\nRemove what was kept with `rm -r` when you are done; Proofbook does not.\n");
    }
    for notice in ran.notices() {
        output::notice(&notice);
    }
    let left = ran.run.pages.iter().filter(|page| !page.has_begun()).count();
    if left > 0 && !ran.interrupted {
        let left = report::plural(left, "run");
        output::message(&format!("{left} not begun, because a page failed and `--fail-fast` is set"));
    }
    if let Some((shard, of)) = ran.shard {
        let pages: BTreeSet<&RelativePath> = ran.run.pages.iter().map(|page| &page.page).collect();
        let of = report::plural(of, "page");
        output::message(&match pages.len() {
            0 if ran.is_empty_shard() => format!("part {shard} of {of} is empty: nothing was run, and that is fine"),
            count => format!("this was part {shard}: {count} of {of}"),
        });
    }
}

impl Ran {
    /// What is wrong with the run as a whole.
    fn notices(&self) -> Vec<Notice> {
        if self.is_empty_shard() { Vec::new() } else { report::notices(&self.run, self.interrupted) }
    }

    /// Whether nothing ran because all the pages, of which there are some, belong to other parts.
    fn is_empty_shard(&self) -> bool {
        !self.interrupted && self.run.pages.is_empty() && self.shard.is_some_and(|(_, of)| of > 0)
    }

    /// Everything there is to report, at the end of `command` with `exit`; `diagnostics` are in order.
    pub(super) fn account<'a>(
        &'a self,
        command: &'static str,
        project: &'a Project,
        diagnostics: &'a [Diagnostic],
        exit: Exit,
    ) -> Account<'a> {
        Account {
            run: &self.run,
            not_run: &self.not_run,
            kept: &self.kept,
            sandbox: Some(self.sandbox),
            seconds: self.seconds,
            interrupted: self.interrupted,
            notices: self.notices(),
            ..refused(command, project, diagnostics, Vec::new(), exit)
        }
    }
}

/// What there is to report of a run that was not made.
pub(super) fn refused<'a>(
    command: &'static str,
    project: &'a Project,
    diagnostics: &'a [Diagnostic],
    notices: Vec<Notice>,
    exit: Exit,
) -> Account<'a> {
    const NOTHING: &Run = &Run { pages: Vec::new() };
    Account {
        command,
        diagnostics,
        runbooks: &project.runbooks,
        run: NOTHING,
        not_run: &[],
        kept: &[],
        sandbox: None,
        seconds: 0.0,
        interrupted: false,
        notices,
        accepted: None,
        deny: &[],
        stale: Vec::new(),
        exit_status: exit.status(),
    }
}

/// Joins the run with what was recorded before, and stores it.
pub(super) fn record(project: &Project, ran: &Ran) -> Result<Proofs, Exit> {
    let root = &project.tree.root;
    if ran.interrupted {
        return recorded::proofs(&cache::proof_path(root));
    }
    let failed = |error: CacheError| {
        output::fail(&error.to_string(), Some("check that you may write to the project's folder"));
        Exit::Environment
    };
    // Another run in the same project may end at the same time, and what it records must not be lost.
    let _lock = cache::lock_proof(root).map_err(failed)?;
    let mut proofs = recorded::proofs(&cache::proof_path(root))?;
    let now = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second()).unwrap_or_default();
    let mut run = ran.run.clone();
    run.pages.retain(|page| !ran.unwritten.contains(&page.page));
    proofs.record(&run, &now.to_string(), env!("CARGO_PKG_VERSION"));
    let is_current = project.is_current();
    proofs.keep(|run| project.has_run(run) || is_current(run));
    cache::write_proof(root, &proofs.text()).map_err(failed)?;
    Ok(proofs)
}
