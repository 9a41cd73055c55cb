//! The generated site, in memory.
//!
//! Takes a `Site`, the runbooks of its pages with what was recorded about them, and the project's own theme files;
//! gives every file of the site. The steps:
//! 1. `theme` puts the project's templates in place of the compiled-in ones, `asset` its other files; `fingerprint` names
//!    what caches may keep;
//! 2. `page` renders each page: `html` its text with each `image`, `code` and `highlight` its code, `snippet`, `variants`, `proof`,
//!    `effect` and `problem` its snippets, `navigation` the way to the others, `tree` all of it; `view` holds what templates can say;
//! 3. beside the pages: `redirect` at their earlier addresses, `twin` their Markdown, `llms`, `sitemap` and `feed` what
//!    programs read;
//! 4. `search` makes the index that pages are searched with;
//! 5. `render` gathers pages, the lists that `listing` makes, assets and the 404 page.
//!
//! Must stay true: nothing here touches a file, a clock or the network; the same input gives the same bytes; every link
//! is relative (but for `404.html` and what a `base_url` is for) and names its file in full; no page holds an inline script, style or event handler.

mod asset;
mod code;
mod effect;
mod escape;
mod feed;
mod fingerprint;
mod highlight;
pub mod html;
mod image;
mod listing;
mod llms;
mod markdown;
mod navigation;
mod page;
mod problem;
mod proof;
mod redirect;
mod search;
mod sitemap;
mod snippet;
mod summary;
mod theme;
mod tree;
mod twin;
mod variants;
mod view;
mod words;

use std::collections::BTreeMap;

use rayon::prelude::*;

pub use theme::{Overrides, RenderError};

use crate::path::RelativePath;
use crate::runbook::Runbook;
use crate::runbook::outcome::PageProof;
use crate::site::{PageId, SectionId, Site};
use asset::Assets;
use page::Around;
use proof::Known;
use theme::Theme;

/// What a site is rendered from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The site.
    pub site: &'a Site,
    /// The runbooks of its pages; a page without one is shown without verdicts.
    pub runbooks: &'a [Runbook],
    /// What earlier runs recorded, in order of page, case and engine.
    pub proofs: &'a [PageProof],
    /// When pages were last changed, as far as that is known.
    pub changes: &'a Changes,
    /// The project's own theme files, relative to `themes/NAME/`: `templates/*.html` and `assets/**`.
    pub theme: &'a Overrides,
}

/// When a page was last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastChange {
    /// On this day, in UTC.
    On(jiff::civil::Date),
    /// After what is committed.
    NotCommitted,
}

/// When pages were last changed, by path below `content/`; of one that is not here nothing is known.
pub type Changes = BTreeMap<RelativePath, LastChange>;

/// A rendered site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Every file, by its path below `public/`.
    pub files: BTreeMap<RelativePath, Vec<u8>>,
}

/// Renders the whole site.
pub fn render(input: &Input<'_>) -> Result<Rendered, RenderError> {
    let Input { site, runbooks, proofs, changes, theme: overrides } = *input;
    let theme = Theme::new(&site.config.theme, overrides)?;
    let mut of_page: BTreeMap<&RelativePath, Vec<&PageProof>> = BTreeMap::new();
    for proof in proofs {
        of_page.entry(&proof.run.page).or_default().push(proof);
    }
    let known = runbooks
        .iter()
        .map(|runbook| (&runbook.page, Known { runbook, proofs: of_page.remove(&runbook.page).unwrap_or_default() }))
        .collect();
    let feed = feed::file(site);
    let assets = Assets::new(overrides, &site.config.colors);
    let mut around = Around {
        site,
        theme: &theme,
        assets: &assets,
        tree: None,
        known,
        changes,
        marks: Vec::new(),
        feed: feed.as_ref().map(|(path, _)| path.clone()),
    };
    around.marks = site.pages.iter().map(|page| around.known.get(&page.document.path).and_then(mark)).collect();
    let tree = tree::file(site, &around.marks);
    around.tree = tree.as_ref().map(|(path, _)| path.clone());

    let mut files: BTreeMap<RelativePath, Vec<u8>> = assets.published().chain(tree).collect();
    if let Ok(path) = RelativePath::parse("404.html") {
        files.insert(path, around.missing()?.into_bytes());
    }
    files.extend(search::files(&around));
    files.extend(beside(site, changes, feed));
    // A file of the content at the path of one of these replaces it, as `robots.txt`.
    files.extend(site.assets.iter().map(|(path, bytes)| (path.clone(), bytes.to_vec())));
    let listings: Vec<SectionId> =
        (0..site.sections.len()).map(SectionId).filter(|id| site.section(*id).index.is_none()).collect();
    let listings = listings.into_par_iter().map(|id| (&site.section(id).output, around.listing(id)));
    let pages = (0..site.pages.len()).into_par_iter().map(PageId).map(|id| (&site.page(id).output, around.page(id)));
    let lists = site.lists.par_iter().map(|list| (&list.output, around.list(list)));
    // Gathered in order, so that of several errors always the same one is told.
    let rendered: Vec<_> = listings.chain(lists).chain(pages).collect();
    for (output, html) in rendered {
        files.insert(output.clone(), html?.into_bytes());
    }
    if let Some(overview) = site.overview() {
        let html = around.overview(&overview)?;
        files.insert(overview, html.into_bytes());
    }
    for page in &site.pages {
        let path = &page.document.path;
        files.insert(path.clone(), twin::text(site, page, around.known.get(path)).into_bytes());
    }
    for (alias, page) in &site.aliases {
        files.insert(alias.clone(), around.redirect(alias, *page)?.into_bytes());
    }
    Ok(Rendered { files })
}

/// What is published beside the pages, for programs.
fn beside(site: &Site, changes: &Changes, feed: Option<(RelativePath, String)>) -> Vec<(RelativePath, Vec<u8>)> {
    let llms = RelativePath::parse(llms::PATH).ok().map(|path| (path, llms::text(site)));
    let texts = sitemap::files(site, changes).into_iter().chain(feed).chain(llms);
    texts.map(|(path, text)| (path, text.into_bytes())).collect()
}

/// The mark a page has in the navigation.
fn mark(known: &Known<'_>) -> Option<&'static str> {
    let state = known.page()?.verdict.state;
    matches!(state, "failed" | "stale").then_some(state)
}

#[cfg(test)]
mod tests;
