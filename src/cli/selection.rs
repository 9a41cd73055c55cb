//! What `test` runs: pages by path and line, by filter, by shard, by what failed the last time.
//!
//! Must stay true: what leaves nothing to run is said with the word that left it, and is never a pass; only a shard may
//! be empty.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::args::SelectionArgs;
use super::exit::Exit;
use super::project::Project;
use super::{Here, output, recorded};
use crate::cache;
use crate::config::Engine;
use crate::diagnostic::nearest;
use crate::document::FrontMatter;
use crate::path::RelativePath;
use crate::proof::Proofs;
use crate::report::{self, Notice};
use crate::runbook::outcome::{PageRun, PageVerdict};
use crate::runbook::{Filter, Runbook, Shard};
use crate::source::CONTENT;

/// The pages to run, and how far.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// Each page; the position of the last snippet that takes part, if not all do.
    pages: BTreeMap<RelativePath, Option<usize>>,
    /// Only these runs of them.
    runs: Option<BTreeSet<RunOf>>,
    /// The engines asked for; those the pages name if empty.
    pub(super) engines: Vec<Engine>,
    /// After the first page that fails, no other begins.
    pub(super) fail_fast: bool,
    /// The shard, if the pages are shared out, and of how many pages.
    pub(super) shard: Option<(Shard, usize)>,
}

/// Why there is nothing to run.
pub(super) struct NothingSelected {
    /// In words.
    pub(super) notice: Notice,
    /// The status it asks for.
    pub(super) exit: Exit,
}

/// What is typed names nothing.
fn wrong(message: impl Into<String>, hint: &str) -> NothingSelected {
    NothingSelected { notice: Notice::new(message, hint), exit: Exit::Usage }
}

/// What is typed is right, and leaves nothing.
fn nothing(message: impl Into<String>, hint: &str) -> NothingSelected {
    NothingSelected { notice: Notice::new(message, hint), exit: Exit::NothingRan }
}

/// A page in one case on one engine.
type RunOf = (RelativePath, String, Option<Engine>);

impl Selection {
    /// Every page, whole.
    pub(super) fn everything(project: &Project) -> Self {
        let pages = project.runbooks.iter().map(|book| (book.page.clone(), None)).collect();
        Self { pages, ..Self::default() }
    }

    /// What `args` say, on `engines`. Errors have been explained.
    pub(super) fn of(
        args: &SelectionArgs,
        engines: Vec<Engine>,
        project: &Project,
        here: &Here,
    ) -> Result<Self, NothingSelected> {
        let mut selection = Self { engines, ..Self::everything(project) };
        selection.fail_fast = args.fail_fast;
        if !args.paths.is_empty() {
            selection.pages = BTreeMap::new();
            for typed in &args.paths {
                for (page, until) in typed_pages(project, typed, here)? {
                    // Asked for twice, the longer part is meant.
                    let there = selection.pages.entry(page).or_insert(until);
                    *there = there.zip(until).map(|(there, until)| there.max(until));
                }
            }
        }
        for filter in &args.filter {
            selection.filter(project, filter)?;
        }
        if args.rerun_failed {
            selection.rerun_failed(project)?;
        }
        if let Some(shard) = args.partition {
            let could_run =
                |selection: &Self| books(project).filter(|(book, _)| selection.holds(book) && runs(book)).count();
            let of = could_run(&selection);
            selection.pages.retain(|page, _| shard.holds(page.as_str()));
            selection.shard = Some((shard, of));
        }
        Ok(selection)
    }

    /// The same of those pages alone for which `takes_part` holds.
    pub(super) fn only(&self, takes_part: impl Fn(&RelativePath) -> bool) -> Self {
        let pages = self.pages.iter().filter(|(page, _)| takes_part(page));
        Self {
            pages: pages.map(|(page, until)| (page.clone(), *until)).collect(),
            runs: self.runs.clone(),
            engines: self.engines.clone(),
            fail_fast: false,
            shard: self.shard,
        }
    }

    /// Whether the page takes part.
    pub(super) fn holds(&self, book: &Runbook) -> bool {
        self.pages.contains_key(&book.page)
    }

    /// Whether this run of the page does.
    pub(super) fn holds_run(&self, book: &Runbook, case: &str, engine: Option<Engine>) -> bool {
        self.runs.as_ref().is_none_or(|runs| runs.contains(&(book.page.clone(), case.to_owned(), engine)))
    }

    /// The position of the last snippet of the page that takes part, if not all do.
    pub(super) fn until(&self, book: &Runbook) -> Option<usize> {
        self.pages.get(&book.page).copied().flatten()
    }

    fn filter(&mut self, project: &Project, filter: &Filter) -> Result<(), NothingSelected> {
        let front_matter: BTreeMap<&RelativePath, &FrontMatter> =
            books(project).map(|(book, front_matter)| (&book.page, front_matter)).collect();
        let held: BTreeSet<&RelativePath> = project
            .runbooks
            .iter()
            .filter(|book| self.holds(book) && filter.holds(book, front_matter[&book.page]))
            .map(|book| &book.page)
            .collect();
        let is_any_left = project.runbooks.iter().any(|book| held.contains(&book.page) && runs(book));
        if let Some((value, near)) = filter.unknown(books(project)) {
            let what = match filter.by() {
                "path" => format!("no page is, or lies below, `{value}`"),
                "name" => format!("no snippet is called `{value}`"),
                by => format!("no page has the {by} `{value}`"),
            };
            let message = format!("`--filter {filter}`: {what}");
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            if !is_any_left {
                let hint = hint.unwrap_or_else(|| "see `proofbook list` for the pages and snippets there are".into());
                return Err(nothing(format!("{message}; nothing is left to run"), &hint));
            }
            output::message(&report::warning(&hint.map_or(message.clone(), |hint| format!("{message}; {hint}"))));
        } else if !is_any_left {
            let message = format!("`--filter {filter}` leaves no page that could be run");
            return Err(nothing(message, "see `proofbook list` for the pages there are, and which of them run"));
        }
        self.pages.retain(|page, _| held.contains(page));
        Ok(())
    }

    fn rerun_failed(&mut self, project: &Project) -> Result<(), NothingSelected> {
        let hint = "check `.proofbook/proof.json`, or leave out `--rerun-failed`";
        let unreadable = |exit| NothingSelected { notice: Notice::new("the recorded run cannot be read", hint), exit };
        let proofs: Proofs = recorded::proofs(&cache::proof_path(&project.tree.root)).map_err(unreadable)?;
        let did_fail = |run: &&PageRun| match run.verdict() {
            PageVerdict::Failed => true,
            PageVerdict::NotRun => run.outcomes.iter().any(|outcome| outcome.verdict.name() == "not run"),
            PageVerdict::Proven | PageVerdict::PartlyProven { .. } => false,
        };
        let on_engine = |engine| self.engines.is_empty() || self.engines.contains(&engine);
        let selected = |run: &&PageRun| self.pages.contains_key(&run.page) && run.engine.is_none_or(on_engine);
        let failed: BTreeSet<RunOf> = proofs
            .records
            .iter()
            .map(|record| &record.run)
            .filter(selected)
            .filter(did_fail)
            .map(|run| (run.page.clone(), run.case.clone(), run.engine))
            .collect();
        if failed.is_empty() {
            let recorded = proofs.records.iter().map(|record| &record.run).filter(selected).count();
            let engines: Vec<&str> = self.engines.iter().map(|engine| engine.name()).collect();
            let on = if engines.is_empty() { String::new() } else { format!(" on {}", engines.join(", ")) };
            let message = match recorded {
                0 => format!("--rerun-failed: no run of these pages{on} is recorded, so none has failed"),
                count => format!("--rerun-failed: of {}{on}, none failed", report::plural(count, "recorded run")),
            };
            return Err(nothing(message, "`proofbook test` runs everything"));
        }
        self.pages.retain(|page, _| failed.iter().any(|(failed, ..)| failed == page));
        self.runs = Some(failed);
        Ok(())
    }
}

/// Every page with its front matter.
fn books(project: &Project) -> impl Iterator<Item = (&Runbook, &FrontMatter)> {
    project.runbooks.iter().zip(project.site.pages.iter().map(|page| &page.document.front_matter))
}

/// Whether there is something on the page to run.
fn runs(book: &Runbook) -> bool {
    book.not_run.is_none() && !book.snippets.is_empty()
}

/// The pages a typed `PATH` or `PATH:LINE` names.
fn typed_pages(
    project: &Project,
    typed: &Path,
    here: &Here,
) -> Result<Vec<(RelativePath, Option<usize>)>, NothingSelected> {
    let text = typed.to_string_lossy();
    let numbered =
        |text: &str| text.rsplit_once(':').and_then(|(path, n)| Some((path.to_owned(), n.parse::<usize>().ok()?)));
    // With a column, as in our own reports, it is the same line.
    let with_line = numbered(&text).map(|last| numbered(&last.0).unwrap_or(last));
    // A file may be called like that.
    match (paths(project, typed, here), with_line) {
        (Ok(found), _) => Ok(found.into_iter().map(|book| (book.page.clone(), None)).collect()),
        (Err(_), Some((path, line))) => {
            let found = paths(project, Path::new(&path), here)?;
            // A folder with one page in it is a folder.
            let [book] = found.as_slice().get(..1).filter(|_| path.ends_with(".md")).unwrap_or_default() else {
                return Err(wrong(format!("`{path}` is a folder, and only pages have lines"), "name one page"));
            };
            let until = book.snippets.iter().rposition(|snippet| snippet.line <= line);
            let Some(until) = until else {
                let hint = match book.snippets.first() {
                    Some(first) => format!("its first snippet is at line {}", first.line),
                    None => "it has no snippet".into(),
                };
                return Err(wrong(format!("no snippet of `{path}` is at or above line {line}"), &hint));
            };
            // Down to its last snippet it is the whole page.
            let until = (until + 1 < book.snippets.len()).then_some(until);
            Ok(vec![(book.page.clone(), until)])
        }
        (Err(no_page), None) => Err(no_page),
    }
}

/// The pages that are, or lie below, a typed path.
fn paths<'p>(project: &'p Project, path: &Path, here: &Here) -> Result<Vec<&'p Runbook>, NothingSelected> {
    let content = here.root.join(CONTENT);
    let candidates = [here.typed(path), here.root.join(path), content.join(path)];
    let below: Vec<String> = candidates.iter().filter_map(|candidate| below(&content, candidate)).collect();
    for folder in &below {
        let found: Vec<&Runbook> =
            project.runbooks.iter().filter(|book| is_below(book.page.as_str(), folder)).collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let typed = path.to_string_lossy();
    let is_draft = |below: &String| project.site.drafts.iter().any(|draft| draft.as_str() == below);
    if below.iter().any(is_draft) {
        let hint = "`proofbook serve` shows it; to run it, remove `draft = true` from its front matter";
        return Err(wrong(format!("`{typed}` is a draft, and drafts are not run"), hint));
    }
    let wanted = typed.strip_prefix("content/").unwrap_or(&typed);
    let hint = match nearest(wanted, project.runbooks.iter().map(|book| book.page.as_str())) {
        Some(near) => format!("did you mean `{CONTENT}/{near}`?"),
        None => "see `proofbook list` for the pages there are".into(),
    };
    Err(wrong(format!("no page is, or lies below, `{typed}`"), &hint))
}

/// `path` as a path below `content`, without looking at the disk; `""` is `content` itself.
fn below(content: &Path, path: &Path) -> Option<String> {
    let normal = |path: &Path| {
        let mut parts = PathBuf::new();
        for part in path.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        parts
    };
    normal(path).strip_prefix(normal(content)).ok().map(|rest| rest.to_string_lossy().replace('\\', "/"))
}

fn is_below(page: &str, folder: &str) -> bool {
    folder.is_empty() || page == folder || page.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
