//! `proofbook test --accept`: runs, takes what came into the pages' texts, and runs those again, until nothing is left
//! to take. Only then is a page written.
//!
//! Must stay true: what is written was run as it is written; a page that fails for another reason than what is accepted
//! keeps its text, whenever that shows; each round takes or withholds something it did not before, so it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::args::{AcceptArg, RunArgs};
use super::exit::Exit;
use super::project::Project;
use super::run::{self, Ran, Refusal};
use super::selection::Selection;
use super::{in_ci, output};
use crate::path::RelativePath;
use crate::report::{self, AcceptedEdit};
use crate::runbook::Runbook;
use crate::runbook::accept::{self, Edit, Page, Part, Proposal, Spot, Wish, Withheld};
use crate::runbook::outcome::PageRun;
use crate::site::Drafts;
use crate::source::CONTENT;
use crate::span::SourceFile;

/// What was accepted in the texts of pages, none of which is written yet.
#[derive(Default)]
pub(super) struct Acceptance {
    drafts: BTreeMap<RelativePath, Draft>,
}

/// A page that is being rewritten.
struct Draft {
    /// As it stands on disk.
    original: Arc<SourceFile>,
    text: String,
    /// What was taken into `text`.
    taken: BTreeSet<Spot>,
    withheld: Withheld,
    refused: Vec<accept::Refusal>,
    /// Whether it failed for another reason, and keeps its text.
    broken: bool,
}

impl Draft {
    fn of(book: &Runbook) -> Self {
        Self {
            original: Arc::clone(&book.file),
            text: book.file.text().to_owned(),
            taken: BTreeSet::new(),
            withheld: Withheld::new(),
            refused: Vec::new(),
            broken: false,
        }
    }

    /// Takes nothing after all, so far.
    fn reset(&mut self) {
        self.original.text().clone_into(&mut self.text);
        self.taken.clear();
    }

    /// Takes what a round proposed, or takes back what an earlier one did, as it must if that is `doubted`. Says whether the page is to be run again.
    fn take(&mut self, proposal: Proposal, doubted: Withheld, passes: bool) -> bool {
        if self.broken {
            return false;
        }
        let Proposal { edits, refused } = proposal;
        if refused.iter().any(|refusal| refusal.whole_page) {
            self.broken = true;
            // In the text on disk the lines may be others; they are looked up again in the end.
            self.refused = refused;
            let again = !self.taken.is_empty();
            self.reset();
            return again;
        }
        self.refused = refused;
        if !doubted.is_empty() {
            self.withheld.extend(doubted);
            self.reset();
            return true;
        }
        let unsteady: Vec<Spot> =
            edits.iter().map(|edit| &edit.spot).filter(|spot| self.taken.contains(spot)).cloned().collect();
        let effects = || self.taken.iter().filter(|spot| spot.part == Part::Effect).cloned().collect();
        let (withheld, why, hint): (Vec<Spot>, _, _) = if !unsteady.is_empty() {
            let hint = "let the snippet print the same each time, or compare with `match=glob`";
            (unsteady, "it is another one each time it runs", hint)
        } else if edits.is_empty() && !passes {
            let hint = "correct what fails, or write the effect yourself";
            (effects(), "with what was measured the page does not pass", hint)
        } else {
            (Vec::new(), "", "")
        };
        if !withheld.is_empty() {
            self.withheld.extend(withheld.into_iter().map(|spot| (spot, (why.to_owned(), hint.to_owned()))));
            self.reset();
            return true;
        }
        if edits.is_empty() {
            return false;
        }
        self.text = accept::rewritten(&self.text, &edits);
        self.taken.extend(edits.into_iter().map(|Edit { spot, .. }| spot));
        true
    }
}

/// Whether pages may be rewritten here, and in such a run. If not, that is said.
pub(super) fn is_allowed(fail_fast: bool) -> Result<(), Exit> {
    if fail_fast {
        let message =
            "`--accept` takes what came into each page, and `--fail-fast` leaves out those after one that failed";
        output::fail(message, Some("write only one of the two; to accept less, name the pages"));
        return Err(Exit::Usage);
    }
    if in_ci() {
        let hint = "run `proofbook test --accept` where pages are written, read the difference, and commit it";
        output::fail("`--accept` rewrites pages, and CI=true says that nobody looks at them here", Some(hint));
        return Err(Exit::Usage);
    }
    Ok(())
}

/// Goes on from a first run until nothing is left to accept. Then `project` and `ran` are those of the pages
/// as they would be written.
pub(super) fn rounds(
    project: &mut Project,
    ran: &mut Ran,
    selection: &Selection,
    args: &RunArgs,
    what: AcceptArg,
) -> Result<Acceptance, Refusal> {
    let wish = match what {
        AcceptArg::Outputs => Wish::Outputs,
        AcceptArg::Effects => Wish::Effects,
    };
    let mut drafts: BTreeMap<RelativePath, Draft> = BTreeMap::new();
    loop {
        if ran.interrupted {
            return Ok(Acceptance::default());
        }
        let mut again: BTreeSet<RelativePath> = BTreeSet::new();
        for (book, place) in project.runbooks.iter().zip(&project.site.pages) {
            let runs: Vec<&PageRun> = ran.run.pages.iter().filter(|run| run.page == book.page).collect();
            if runs.is_empty() {
                continue;
            }
            let draft = drafts.entry(book.page.clone()).or_insert_with(|| Draft::of(book));
            let page = Page { document: &place.document, runbook: book, config: &project.tree.config };
            let passes = !runs.iter().any(|run| run.outcomes.iter().any(|outcome| outcome.verdict.is_bad()));
            let doubted = accept::doubted(page, &runs, &draft.taken);
            let mut proposal = accept::propose(page, &runs, wish, &draft.withheld);
            let of = |before: &Runbook| ran.run.pages.iter().filter(|run| run.page == before.page).collect();
            let before: Vec<(&Runbook, Vec<&PageRun>)> =
                project.before(book).into_iter().map(|before| (before, of(before))).collect();
            if let Some(refusal) = accept::doubted_start(page, &proposal, &before) {
                proposal = Proposal { edits: Vec::new(), refused: vec![refusal] };
            }
            if draft.take(proposal, doubted, passes) {
                again.insert(book.page.clone());
            }
        }
        if again.is_empty() {
            break;
        }
        let texts = drafts.iter().map(|(page, draft)| (page.clone(), draft.text.clone())).collect();
        let root = project.tree.root.clone();
        *project = Project::load_with(&root, Drafts::LeftOut, &texts)
            .map_err(|error| Refusal::Broken(report::Notice::new(error.to_string(), error.hint())))?;
        let starts_after = |page: &RelativePath| {
            let book = project.runbooks.iter().find(|book| book.page == *page);
            book.is_some_and(|book| project.before(book).iter().any(|before| again.contains(&before.page)))
        };
        let selection = selection.only(|page| again.contains(page) || starts_after(page));
        replace(ran, run::run(project, &selection, args)?);
    }
    for draft in drafts.values_mut().filter(|draft| draft.broken) {
        let Some(book) = project.runbooks.iter().find(|book| book.file.path() == draft.original.path()) else {
            continue;
        };
        for refusal in &mut draft.refused {
            let snippet = book.snippets.iter().find(|snippet| snippet.id == refusal.snippet);
            refusal.line = snippet.map_or(refusal.line, |snippet| snippet.line);
        }
    }
    Ok(Acceptance { drafts })
}

/// Puts the later runs of pages in the place of the earlier ones.
fn replace(ran: &mut Ran, later: Ran) {
    for page in later.run.pages {
        let is_same =
            |other: &&mut PageRun| (&other.page, &other.case, other.engine) == (&page.page, &page.case, page.engine);
        match ran.run.pages.iter_mut().find(is_same) {
            Some(earlier) => *earlier = page,
            None => ran.run.pages.push(page),
        }
    }
    ran.kept.extend(later.kept);
    ran.seconds += later.seconds;
    ran.interrupted |= later.interrupted;
}

/// What became of an acceptance.
pub(super) struct Written {
    /// What stands in the pages now.
    pub(super) edits: Vec<AcceptedEdit>,
    /// The differences.
    pub(super) differences: String,
    /// What was refused.
    pub(super) refused: String,
    /// Totals.
    pub(super) totals: String,
    /// The pages that have a new text which could not be written, and were run with it.
    pub(super) unwritten: BTreeSet<RelativePath>,
    /// The status that asks for.
    pub(super) exit: Exit,
}

impl Acceptance {
    /// Writes the pages that have a new text. One that cannot be written is said, and the others are written all the same.
    pub(super) fn write(self, project: &Project) -> Written {
        let content = project.tree.root.join(CONTENT);
        let (mut edits, mut differences, mut exit) = (Vec::new(), String::new(), Exit::Fine);
        let mut unwritten = BTreeSet::new();
        for (page, draft) in &self.drafts {
            let (file, old) = (draft.original.path(), draft.original.text());
            if draft.text == old {
                continue;
            }
            if let Err(error) = crate::rewrite::rewrite(&content, page, old, &draft.text) {
                let message = format!("{error}; it ran with what came as what is expected, and that is not recorded");
                output::fail(&message, Some(error.hint()));
                exit = exit.and(Exit::Environment);
                unwritten.insert(page.clone());
                continue;
            }
            differences.push_str(&format!("\n{}", report::page_difference(file, old, &draft.text)));
            edits.extend(draft.edits(project, page, file));
        }
        let refused = self.drafts.values().flat_map(|draft| {
            let refused = draft.refused.iter();
            refused.map(|refusal| format!("\n{}", report::not_accepted(draft.original.path(), refusal)))
        });
        let (refused, totals) = (refused.collect(), format!("\n{}\n", report::accepted_totals(&edits)));
        Written { edits, differences, refused, totals, unwritten, exit }
    }
}

impl Draft {
    /// What was taken, in order of place; `project` holds the page as it is now.
    fn edits(&self, project: &Project, page: &RelativePath, file: &str) -> Vec<AcceptedEdit> {
        let book = project.runbooks.iter().find(|book| book.page == *page);
        let edit = |spot: &Spot| {
            let line = book.and_then(|book| accept::line(book, spot)).unwrap_or(1);
            AcceptedEdit { file: file.to_owned(), line, snippet: spot.snippet.clone(), what: spot.part.name() }
        };
        let mut edits: Vec<AcceptedEdit> = self.taken.iter().map(edit).collect();
        edits.sort();
        edits
    }
}
