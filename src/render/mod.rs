//! The generated site, in memory.
//!
//! Takes a `Site`, the runbooks of its pages with what was recorded about them, and the project's own theme files;
//! gives every file of the site. The steps:
//! 1. `theme` puts the project's templates in place of the compiled-in ones;
//! 2. `page` renders each page: `html` its text, `code` and `highlight` its code, `snippet`, `proof`, `effect` and
//!    `problem` its snippets, `navigation` the way to the others; `view` holds what templates can say;
//! 3. beside the pages: `redirect` at their earlier addresses, `twin` their Markdown, `llms`, `sitemap` and `feed` what
//!    programs read;
//! 4. `render` gathers pages, generated listings, assets and the 404 page.
//!
//! Must stay true: nothing here touches a file, a clock or the network; the same input gives the same bytes; every link
//! is relative (but for `404.html` and what a `base_url` is for) and names its file in full; no page holds an inline script, style or event handler.

mod code;
mod effect;
mod escape;
mod feed;
mod highlight;
pub mod html;
mod llms;
mod markdown;
mod navigation;
mod page;
mod problem;
mod proof;
mod redirect;
mod sitemap;
mod snippet;
mod theme;
mod twin;
mod view;
mod words;

use std::collections::BTreeMap;

use rayon::prelude::*;

pub use theme::{Overrides, RenderError};

use crate::path::RelativePath;
use crate::runbook::Runbook;
use crate::runbook::outcome::PageProof;
use crate::site::{PageId, SectionId, Site};
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
    /// The project's own theme files, relative to `themes/NAME/`: `templates/*.html` and `assets/**`.
    pub theme: &'a Overrides,
}

/// A rendered site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Every file, by its path below `public/`.
    pub files: BTreeMap<RelativePath, Vec<u8>>,
}

/// Renders the whole site.
pub fn render(input: &Input<'_>) -> Result<Rendered, RenderError> {
    let Input { site, runbooks, proofs, theme: overrides } = *input;
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
    let mut around =
        Around { site, theme: &theme, known, marks: Vec::new(), feed: feed.as_ref().map(|(path, _)| path.clone()) };
    around.marks = site.pages.iter().map(|page| around.known.get(&page.document.path).and_then(mark)).collect();

    let mut files: BTreeMap<RelativePath, Vec<u8>> =
        theme::assets(overrides).into_iter().map(|(path, bytes)| (path, bytes.into_owned())).collect();
    if let Ok(path) = RelativePath::parse("404.html") {
        files.insert(path, around.missing()?.into_bytes());
    }
    files.extend(beside(site, feed));
    // A file of the content at the path of one of these replaces it: an asset of the theme, `robots.txt` …
    files.extend(site.assets.iter().map(|(path, bytes)| (path.clone(), bytes.to_vec())));
    let listings: Vec<SectionId> =
        (0..site.sections.len()).map(SectionId).filter(|id| site.section(*id).index.is_none()).collect();
    let listings = listings.into_par_iter().map(|id| (&site.section(id).output, around.listing(id)));
    let pages = (0..site.pages.len()).into_par_iter().map(PageId).map(|id| (&site.page(id).output, around.page(id)));
    // Gathered in order, so that of several errors always the same one is told.
    let rendered: Vec<_> = listings.chain(pages).collect();
    for (output, html) in rendered {
        files.insert(output.clone(), html?.into_bytes());
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
fn beside(site: &Site, feed: Option<(RelativePath, String)>) -> Vec<(RelativePath, Vec<u8>)> {
    let llms = RelativePath::parse(llms::PATH).ok().map(|path| (path, llms::text(site)));
    let texts = sitemap::files(site).into_iter().chain(feed).chain(llms);
    texts.map(|(path, text)| (path, text.into_bytes())).collect()
}

/// The mark a page has in the navigation.
fn mark(known: &Known<'_>) -> Option<&'static str> {
    let state = known.page()?.verdict.state;
    matches!(state, "failed" | "stale").then_some(state)
}

#[cfg(test)]
mod tests;
