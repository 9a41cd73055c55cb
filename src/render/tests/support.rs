//! Projects made of texts, and runs that were never run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::config::{Config, Engine};
use crate::document::{self, Document, Strictness};
use crate::expect::Cell;
use crate::path::RelativePath;
use crate::render::{Changes, Input, Overrides, RenderError, Rendered, render};
use crate::runbook::effect::{Effect, RowChange, TableEffect};
use crate::runbook::outcome::{Outcome, PageProof, PageRun, Printed, Problem, SkipReason, Verdict};
use crate::runbook::{Runbook, Snippet, lower};
use crate::site::{Drafts, Site, assemble};
use crate::source;
use crate::span::SourceFile;

/// A project, ready to be rendered.
pub(in crate::render) struct Project {
    pub(in crate::render) site: Site,
    pub(crate) runbooks: Vec<Runbook>,
    pub(super) theme: Overrides,
}

impl Project {
    /// A project of these pages, by their path below `content/`.
    pub(in crate::render) fn new(pages: &[(&str, &str)]) -> Self {
        Self::configured("title = 'Handbook'\n[database.obs]\n", pages)
    }

    /// The same with a configuration.
    pub(super) fn configured(config: &str, pages: &[(&str, &str)]) -> Self {
        let (config, diagnostics) = Config::parse(&SourceFile::new("proofbook.toml", config));
        assert_eq!(diagnostics, []);
        let pages = pages.iter().map(|(path, text)| (path_of(path), SourceFile::new(format!("content/{path}"), *text)));
        Self::of(config, pages.collect(), BTreeMap::from([(path_of("a/picture.png"), Arc::from(&b"png"[..]))]))
    }

    fn of(
        config: Config,
        pages: Vec<(RelativePath, Arc<SourceFile>)>,
        assets: BTreeMap<RelativePath, Arc<[u8]>>,
    ) -> Self {
        let documents: Vec<Document> = pages
            .into_iter()
            .map(|(path, file)| {
                let runs = config.run.holds(&path);
                let strictness = if runs { Strictness::Runs } else { Strictness::ShownOnly };
                let (document, diagnostics) = document::parse(path, &file, strictness);
                assert_eq!(diagnostics, [], "{}", document.path);
                document
            })
            .collect();
        let lowered = |document: &Document| {
            let (runbook, diagnostics) = lower(document, &config);
            assert_eq!(diagnostics, [], "{}", document.path);
            runbook
        };
        let runbooks = documents.iter().map(lowered).collect();
        let (site, diagnostics) = assemble(config, documents, assets, Drafts::LeftOut);
        assert_eq!(diagnostics, []);
        Self { site, runbooks, theme: Overrides::new() }
    }

    /// The repository's own content.
    pub(super) fn content() -> Self {
        let (tree, diagnostics) = source::read(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert_eq!(diagnostics, []);

        Self::of(tree.config, tree.pages, tree.assets)
    }

    /// One recorded run for each page with snippets, each snippet with the outcome `outcome` gives it.
    pub(super) fn proofs(&self, outcome: impl Fn(&Snippet) -> Outcome) -> Vec<PageProof> {
        let proof = |runbook: &Runbook| PageProof {
            run: PageRun {
                until: None,
                page: runbook.page.clone(),
                case: "default".into(),
                engine: Some(Engine::Sqlite),
                engine_version: Some("3.50.4".into()),
                key: "key".into(),
                milliseconds: 42,
                outcomes: runbook.snippets.iter().map(&outcome).collect(),
                drill: None,
            },
            stale: false,
            recorded: "2026-11-22T17:05:09Z".into(),
        };
        self.runbooks.iter().filter(|runbook| !runbook.snippets.is_empty()).map(proof).collect()
    }

    pub(super) fn try_render(&self, proofs: &[PageProof]) -> Result<Rendered, RenderError> {
        render(&Input {
            site: &self.site,
            runbooks: &self.runbooks,
            proofs,
            changes: &Changes::new(),
            theme: &self.theme,
        })
    }

    pub(super) fn render(&self, proofs: &[PageProof]) -> Rendered {
        self.try_render(proofs).unwrap_or_else(|error| panic!("{error}; {}", error.hint))
    }

    /// The page at `path` in the site, rendered with `proofs`.
    pub(super) fn page(&self, path: &str, proofs: &[PageProof]) -> String {
        let rendered = self.render(proofs);
        self.write(std::thread::current().name().unwrap_or_default(), &rendered);
        let bytes = rendered.files.get(&path_of(path)).unwrap_or_else(|| panic!("no {path}"));
        String::from_utf8(bytes.clone()).unwrap()
    }

    /// Writes what was rendered to a folder, if the environment names one.
    pub(super) fn write(&self, name: &str, rendered: &Rendered) {
        let Ok(folder) = std::env::var("PROOFBOOK_RENDER_TO") else { return };
        for (path, bytes) in &rendered.files {
            let path = Path::new(&folder).join(name.replace("::", "-")).join(path.as_str());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
}

pub(super) fn path_of(path: &str) -> RelativePath {
    RelativePath::parse(path).unwrap()
}

/// The outcome of a snippet that did what it promises, or was skipped because it says so.
pub(super) fn passed(snippet: &Snippet) -> Outcome {
    let verdict = match &snippet.condition.skip {
        Some(reason) => Verdict::Skipped { reason: SkipReason::Author(reason.clone()) },
        None => Verdict::Passed,
    };
    let effect = snippet.promise.effect.as_ref().map(|promise| Effect {
        tables: promise.value.tables.iter().map(|(name, counts)| (name.clone(), rows(*counts))).collect(),
        ..Effect::default()
    });
    outcome(snippet, verdict, effect)
}

/// An outcome of a snippet.
pub(super) fn outcome(snippet: &Snippet, verdict: Verdict, effect: Option<Effect>) -> Outcome {
    Outcome {
        snippet: snippet.id.clone(),
        role: snippet.role.name().into(),
        action: snippet.action.name().into(),
        line: snippet.line,
        verdict,
        asserted: snippet.is_asserted(Engine::Sqlite, "default"),
        effect,
        left: Default::default(),
        printed: Printed::default(),
        milliseconds: 4,
    }
}

fn rows(counts: crate::runbook::effect::Counts) -> TableEffect {
    let row = |name: &str| vec![Cell::Number("7".into()), Cell::Text(name.into()), Cell::Null];
    let removed = (0..counts.removed).map(|_| RowChange::Removed(row("gone")));
    let changed = (0..counts.changed).map(|_| RowChange::Changed { before: row("old"), after: row("new") });
    let added = (0..counts.added).map(|_| RowChange::Added(row("come")));
    TableEffect {
        counts,
        columns: vec!["id".into(), "name".into(), "note".into()],
        key: vec!["id".into()],
        rows: removed.chain(changed).chain(added).collect(),
    }
}

/// A snippet that did something else.
pub(super) fn failed(snippet: &Snippet, problem: Problem, effect: Option<Effect>) -> Outcome {
    outcome(snippet, Verdict::Failed { problems: vec![problem] }, effect)
}

/// A text that would become markup if it were not escaped.
pub(super) fn hostile() -> String {
    r#"</script><b>"'><img src=x onerror="alert(1)"> & {{ 1 }}"#.into()
}

/// HTML as a reader sees it: without markup, one line a block.
pub(super) fn text_of(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split_inclusive('>') {
        let (inner, tag) = piece.split_once('<').unwrap_or((piece, ""));
        text.push_str(inner);
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        match (name.as_str(), tag.starts_with('/')) {
            ("p" | "pre" | "li" | "figcaption" | "summary" | "tr" | "caption" | "h1" | "h2" | "h3", true) => {
                text.push('\n');
            }
            ("span" | "td" | "th" | "strong" | "code", true) => {}
            ("td" | "th", false) => text.push(' '),
            // Not the coloured pieces of code, whose classes are single letters.
            ("span", false) if tag.len() > "span class='x'>".len() => text.push(' '),
            _ => {}
        }
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    let lines: Vec<String> = text
        .replace("&amp;", "&")
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}
