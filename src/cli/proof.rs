//! `proofbook proof merge`.

use std::path::Path;

use super::args::{MergeArgs, ProofArgs, ProofCommand};
use super::exit::Exit;
use super::project::Project;
use super::{Here, output, target};
use crate::config::Engine;
use crate::proof::{self, Clash, Left, Merged, Proofs, Record, Source};
use crate::runbook::DEFAULT_CASE;
use crate::runbook::outcome::PageRun;
use crate::site::Drafts;
use crate::{cache, report};

pub(super) fn run(args: &ProofArgs, here: &Here) -> Exit {
    match &args.command {
        ProofCommand::Merge(args) => merge(args, here),
    }
}

fn merge(args: &MergeArgs, here: &Here) -> Exit {
    let project = match Project::load_or_say(&here.root, Drafts::LeftOut) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    if let Some(typed) = &args.output
        && let Some(harm) = target::harm(&here.typed(typed), &here.typed(&here.root))
    {
        let message = format!("the joined proof {} would {harm}", typed.display());
        output::fail(&message, Some("name a file elsewhere with `--output FILE`; nothing was written"));
        return Exit::Usage;
    }
    let mut sources = Vec::new();
    for typed in &args.files {
        match source(typed, &project, here) {
            Ok(source) => sources.push(source),
            Err(exit) => {
                output::message("nothing was written");
                return exit;
            }
        }
    }
    let count = sources.len();
    let mut merged = proof::merge(sources, project.is_current());
    let gone = without_page(&project, &mut merged.proofs);
    gone.iter().for_each(|page| {
        let message = format!("content/{page} is recorded, but is no page of this project; it is left out");
        output::message(&report::warning(&message));
    });
    if merged.proofs.records.is_empty() {
        let message = format!(
            "no run is recorded in {}, so nothing is proved; nothing was written",
            report::plural(count, "file")
        );
        output::fail(&message, Some("name the proofs of runs in which pages ran; that of an empty part holds none"));
        return Exit::NothingRan;
    }
    merged.left.iter().for_each(|left| output::message(&report::warning(&told_left(left))));
    merged.clashes.iter().for_each(|clash| output::fail(&told(clash), Some(remedy(clash))));
    let root = &project.tree.root;
    let text = merged.proofs.text();
    let (path, written) = match &args.output {
        Some(typed) => {
            let path = here.typed(typed);
            let written = cache::write_proof_at(&path, &text);
            (path, written)
        }
        None => (cache::proof_path(root), cache::write_proof(root, &text)),
    };
    if let Err(error) = written {
        output::fail(&error.to_string(), Some("name a file in a folder you may write to, with `--output FILE`"));
        return Exit::Environment;
    }
    let shown = path.strip_prefix(&here.folder).unwrap_or(&path);
    output::result(&summary(&project, &merged, count, shown));
    if merged.clashes.is_empty() { Exit::Fine } else { Exit::Documents }
}

/// Reads one of the proofs. Errors have been explained.
fn source(typed: &Path, project: &Project, here: &Here) -> Result<Source, Exit> {
    let name = typed.display().to_string();
    let text = match cache::read_proof(&here.typed(typed)) {
        Ok(Some(text)) => text,
        Ok(None) => {
            let hint = "check the path, and that the run whose proof it is has ended";
            output::fail(&format!("there is no proof at {name}"), Some(hint));
            return Err(Exit::Usage);
        }
        Err(error) => {
            output::fail(&format!("{name} cannot be read: {}", error.error), Some("name a file that you may read"));
            return Err(if error.error.kind() == std::io::ErrorKind::PermissionDenied {
                Exit::Environment
            } else {
                Exit::Usage
            });
        }
    };
    let wrong = |error: &str, hint: &str| {
        output::fail(&format!("{name} cannot be joined: {error}"), Some(hint));
        Exit::Usage
    };
    let again = "record it again with `proofbook test`; the proof is .proofbook/proof.json in the project";
    let proofs = Proofs::parse(&text).map_err(|error| wrong(&error, again))?;
    let is_here = |record: &Record| project.site.find(record.run.page.as_str()).is_some();
    if !proofs.records.is_empty() && !proofs.records.iter().any(is_here) {
        let error = "it is of another project: none of its pages is here";
        return Err(wrong(error, "check the path, and the project that `--root` names"));
    }
    Ok(Source { name, proofs })
}

/// Takes out the records of pages that are not there, and gives the pages.
fn without_page(project: &Project, proofs: &mut Proofs) -> Vec<String> {
    let pages = proofs.records.iter().map(|record| record.run.page.as_str().to_owned());
    let mut gone: Vec<String> = pages.filter(|page| project.site.find(page).is_none()).collect();
    gone.dedup();
    proofs.keep(|run| project.site.find(run.page.as_str()).is_some());
    gone
}

/// Which run a record is of.
fn subject(run: &PageRun) -> String {
    let on = run.engine.map(|engine: Engine| format!(" on {engine}")).unwrap_or_default();
    let case = if run.case == DEFAULT_CASE { String::new() } else { format!(", case `{}`", run.case) };
    format!("content/{}{on}{case}", run.page)
}

fn told_left(left: &Left) -> String {
    match left {
        Left::Version { record, file, kept } => format!(
            "{}: {file} has it of another version of the page, recorded {}; {kept} has it as it stands, and is taken",
            subject(&record.run),
            record.recorded
        ),
        Left::Skipping { record, file, kept, program } => format!(
            "{}: {file} skipped what needs `{program}`, which was not installed; {kept} ran it, and is taken",
            subject(&record.run)
        ),
    }
}

fn told(clash: &Clash) -> String {
    let Some((first, _)) = clash.records.first() else { return String::new() };
    let what = match clash.versions {
        true => "the proofs are of different versions of the page, and none is of the one that stands here",
        false => "the same page came out differently",
    };
    let snippet = clash.snippet().filter(|_| !clash.versions);
    let mut text = format!("{}: {what}", subject(&first.run));
    for (record, file) in &clash.records {
        let outcome = record.run.outcomes.iter().find(|outcome| Some(outcome.snippet.as_str()) == snippet);
        let outcome = outcome
            .map(|outcome| format!(", `{}` (line {}) {}", outcome.snippet, outcome.line, outcome.verdict.name()))
            .unwrap_or_default();
        let state = report::page_state(&record.run);
        text.push_str(&format!("\n  {file}: {state}{outcome}, recorded {}", record.recorded));
    }
    text
}

fn remedy(clash: &Clash) -> &'static str {
    match clash.versions {
        true => "the newest was kept, and is stale; run the page again as it stands here",
        false => "the worse one was kept; find out what differs between the two machines, and run the page again",
    }
}

fn summary(project: &Project, merged: &Merged, files: usize, path: &Path) -> String {
    let records = &merged.proofs.records;
    let mut pages: Vec<&str> = records.iter().map(|record| record.run.page.as_str()).collect();
    pages.dedup();
    let is_current = project.is_current();
    let stale = records.iter().filter(|record| !is_current(&record.run)).count();
    let stale = if stale == 0 { String::new() } else { format!(", {stale} of another version of its page") };
    let clashes = match merged.clashes.len() {
        0 => String::new(),
        count => format!(", {}", report::plural(count, "conflict")),
    };
    format!(
        "{} joined in {}: {}, {}{stale}{clashes}\n",
        report::plural(files, "proof"),
        path.display(),
        report::plural(pages.len(), "page"),
        report::plural(records.len(), "run")
    )
}
