//! From a folder to everything that can be told about it without running: the front half of every command.

use std::collections::BTreeMap;
use std::path::Path;

use super::exit::Exit;
use super::output;
use crate::config::Engine;
use crate::diagnostic::{Diagnostic, Place, has_errors};
use crate::document::{self, Document, Strictness};
use crate::path::RelativePath;
use crate::proof::Proofs;
use crate::runbook::outcome::{PageProof, PageRun};
use crate::runbook::{self, Case, Chains, Keyed, Runbook};
use crate::site::{self, Comparison, Drafts, PublishedList, Site, SnippetAnchors};
use crate::source::{self, SourceError, SourceTree};
use crate::span::SourceFile;

/// A project, read.
pub(super) struct Project {
    /// What is on disk, without the pages.
    pub(super) tree: SourceTree,
    /// Every page in its place.
    pub(super) site: Site,
    /// Every page's runbook, in order of the site's pages.
    pub(super) runbooks: Vec<Runbook>,
    /// Which pages start after which.
    chains: Chains,
    /// What is wrong with what pages and configuration say.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What is wrong with the links between pages.
    pub(super) link_diagnostics: Vec<Diagnostic>,
}

impl Project {
    /// Reads the project at `root`.
    pub(super) fn load(root: &Path, drafts: Drafts) -> Result<Self, SourceError> {
        Self::load_with(root, drafts, &BTreeMap::new())
    }

    /// Reads the project at `root` as if these pages had these texts.
    pub(super) fn load_with(
        root: &Path,
        drafts: Drafts,
        texts: &BTreeMap<RelativePath, String>,
    ) -> Result<Self, SourceError> {
        let (mut tree, mut diagnostics) = source::read(root)?;
        let mut documents = Vec::new();
        for (path, file) in std::mem::take(&mut tree.pages) {
            let file = texts.get(&path).map_or(file.clone(), |text| SourceFile::new(file.path(), text.as_str()));
            let strictness = if tree.config.run.holds(&path) { Strictness::Runs } else { Strictness::ShownOnly };
            let (document, found) = document::parse(path, &file, strictness);
            // A draft may be half done; what is wrong with it matters once it is published.
            if drafts == Drafts::Shown || !document.front_matter.draft {
                diagnostics.extend(found);
            }
            documents.push(document);
        }
        let (site, found) = site::assemble(tree.config.clone(), documents, std::mem::take(&mut tree.assets), drafts);
        diagnostics.extend(found);
        let mut runbooks = Vec::new();
        for page in &site.pages {
            let (runbook, found) = runbook::lower(&page.document, &tree.config);
            diagnostics.extend(found);
            runbooks.push(runbook);
        }
        let (chains, found) = runbook::chains(&runbooks, &site.drafts);
        diagnostics.extend(found);
        diagnostics.extend(without_schema(&tree, &runbooks));
        let link_diagnostics = site::check_links(&site, &anchors(&runbooks));
        Ok(Self { tree, site, runbooks, chains, diagnostics, link_diagnostics })
    }

    /// Reads the project, or says why that is not possible.
    pub(super) fn load_or_say(root: &Path, drafts: Drafts) -> Result<Self, Exit> {
        Self::load(root, drafts).map_err(|error| {
            output::fail(&error.to_string(), Some(error.hint()));
            match error {
                SourceError::NoContent { .. } => Exit::Usage,
                SourceError::Unreadable { .. } => Exit::Environment,
            }
        })
    }

    /// The ids of the snippets of every page.
    pub(super) fn anchors(&self) -> SnippetAnchors {
        anchors(&self.runbooks)
    }

    /// Everything that is wrong, links included.
    pub(super) fn all_diagnostics(&self) -> Vec<Diagnostic> {
        self.diagnostics.iter().chain(&self.link_diagnostics).cloned().collect()
    }

    /// What is wrong with the list of published addresses, and which of them would be lost; if `whole`, also that it lacks
    /// some. Pages that say something wrong would be held against it for something else than they mean.
    pub(super) fn published(&self, whole: bool) -> Vec<Diagnostic> {
        let Some(file) = self.tree.published.as_ref().filter(|_| !has_errors(&self.diagnostics)) else {
            return Vec::new();
        };
        let (list, mut diagnostics) = PublishedList::read(file);
        let anchors = self.anchors();
        let comparison = Comparison::new(&list, &self.site, &anchors);
        diagnostics.extend(comparison.lost());
        diagnostics.extend(comparison.behind().filter(|_| whole));
        diagnostics
    }

    /// The document of a runbook.
    fn document(&self, runbook: &Runbook) -> Option<&Document> {
        self.site.find(runbook.page.as_str()).map(|id| &self.site.page(id).document)
    }

    /// The engines a page is run on: those asked for, else those it names; none without a database.
    pub(super) fn engines(&self, runbook: &Runbook, asked: &[Engine]) -> Vec<Option<Engine>> {
        match (&runbook.database, asked) {
            (None, _) => vec![None],
            (Some(_), []) => runbook.engines.iter().copied().map(Some).collect(),
            (Some(_), asked) => asked.iter().copied().map(Some).collect(),
        }
    }

    /// The pages that run before `runbook`, because it starts after them; the first to run first.
    pub(super) fn before(&self, runbook: &Runbook) -> Vec<&Runbook> {
        self.chains.before(&self.runbooks, &runbook.page)
    }

    /// The key of one run of a page.
    pub(super) fn key(&self, runbook: &Runbook, case: &Case, engine: Option<Engine>) -> String {
        let mut after: Option<String> = None;
        for before in self.before(runbook) {
            after = Some(self.key_after(before, before.first_case(), engine, after.as_deref()));
        }
        self.key_after(runbook, case, engine, after.as_deref())
    }

    fn key_after(&self, runbook: &Runbook, case: &Case, engine: Option<Engine>, after: Option<&str>) -> String {
        let source = self.tree.databases.iter().find(|source| Some(&source.config.name) == runbook.database.as_ref());
        let scripts: Vec<&str> = source
            .zip(engine)
            .map(|(source, engine)| {
                let scripts = [source.schema(engine), source.seed(engine)];
                scripts.into_iter().flatten().map(|script| script.text()).collect()
            })
            .unwrap_or_default();
        let volatile = source.filter(|_| engine.is_some()).map_or(&[][..], |source| source.config.volatile.as_slice());
        self.document(runbook).map_or_else(String::new, |document| {
            runbook::page_key(Keyed { runbook, document, case, engine, scripts: &scripts, volatile, after })
        })
    }

    /// Says of a run whether it is of its page as it is now.
    pub(super) fn is_current(&self) -> impl Fn(&PageRun) -> bool {
        let books: BTreeMap<&str, &Runbook> = self.runbooks.iter().map(|book| (book.page.as_str(), book)).collect();
        move |run| {
            let book = books.get(run.page.as_str());
            let case = book.and_then(|book| book.cases.iter().find(|case| case.name == run.case));
            book.zip(case).is_some_and(|(book, case)| self.key(book, case, run.engine) == run.key)
        }
    }

    /// Whether a run is one of those its page is to have: in a case that the page has, on an engine it names.
    pub(super) fn has_run(&self, run: &PageRun) -> bool {
        let book = self.runbooks.iter().find(|book| book.page == run.page);
        book.is_some_and(|book| {
            book.cases.iter().any(|case| case.name == run.case) && self.engines(book, &[]).contains(&run.engine)
        })
    }

    /// The recorded results, held against the pages as they are now. What is recorded of a case or an engine that a page
    /// had once says nothing of the page.
    pub(super) fn page_proofs(&self, proofs: &Proofs) -> Vec<PageProof> {
        let mut proofs = proofs.against(self.is_current());
        proofs.retain(|proof| !proof.stale || self.has_run(&proof.run));
        proofs
    }
}

fn anchors(runbooks: &[Runbook]) -> SnippetAnchors {
    let of_page = |book: &Runbook| book.snippets.iter().map(|snippet| snippet.id.clone()).collect();
    runbooks.iter().map(|book| (book.page.clone(), of_page(book))).collect()
}

/// The engines on which pages run whose database has no schema for them; once a database and engine.
fn without_schema(tree: &SourceTree, runbooks: &[Runbook]) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(&str, Engine), Diagnostic> = BTreeMap::new();
    let Some(file) = &tree.config.file else { return Vec::new() };
    for book in runbooks.iter().filter(|book| book.not_run.is_none() && !book.snippets.is_empty()) {
        let Some(source) = tree.databases.iter().find(|source| Some(&source.config.name) == book.database.as_ref())
        else {
            continue;
        };
        let name = source.config.name.as_str();
        for engine in book.engines.iter().copied().filter(|engine| source.schema(*engine).is_none()) {
            found.entry((name, engine)).or_insert_with(|| {
                let page = book.file.path();
                Diagnostic::error(
                    "no-schema",
                    Place::new(file, source.config.span),
                    format!("the database `{name}` has no schema for {engine}, on which {page} runs"),
                )
                .label(format!("neither `schema.sql` nor `schema.{engine}.sql` is in `content/_databases/{name}`"))
                .hint(format!("create one of them, or leave {engine} out of the page's `engines`"))
            });
        }
    }
    found.into_values().collect()
}
