//! What the search of a site is made of: scripts that hold an index, loaded as far as a question needs them.
//!
//! Takes the site and what is known of its runbooks, gives files. The steps:
//! 1. `text` cuts each page into sections and passages of lines, as a reader sees them;
//! 2. `token` takes their terms, `index` says which stand where and how much they say;
//! 3. `write` puts that into scripts small enough to load a few for a question.
//!
//! Nothing here can be fetched where a site is opened from the disk, so each file is a classic script that calls
//! `proofbookSearch`, and `search.js` of the theme inserts it when it is needed. `search/index.js` leads to the others,
//! which lie in a folder named by their content: caches may keep them for ever, and no page changes when they do. Must
//! stay true: a question loads what its words and its hits need, not what the site holds.

mod index;
mod text;
mod token;
mod write;

use rayon::prelude::*;

use super::escape::Viewpoint;
use super::page::Around;
use super::proof::Known;
use crate::path::RelativePath;
use crate::site::{Page, Section, Site};
use write::Entry;

/// The folder of the site that holds the index.
pub(crate) const FOLDER: &str = "search";

/// Where the files of the index are, as seen from a page, with a final `/`.
pub(crate) fn address(viewpoint: &Viewpoint) -> String {
    // The folder is known to be a path; without one there is nothing to load.
    RelativePath::parse(FOLDER).map(|folder| viewpoint.address(&folder) + "/").unwrap_or_default()
}

/// The files of the index, by path in the site.
pub(crate) fn files(around: &Around<'_>) -> Vec<(RelativePath, Vec<u8>)> {
    let site = around.site;
    let known = |page: &Page| around.known.get(&page.document.path);
    let sections: Vec<Vec<text::Section>> =
        site.pages.par_iter().map(|page| text::sections(&page.document, known(page))).collect();
    let mut first = 0;
    let entries: Vec<Entry<'_>> = (site.pages.iter().zip(&sections))
        .map(|(page, sections)| {
            let passages = sections.iter().map(|section| section.passages.len()).sum::<usize>();
            let entry = Entry {
                page,
                sections,
                first,
                passages: u32::try_from(passages).unwrap_or(u32::MAX),
                above: above(site, page),
                proof: known(page).and_then(Known::page).map(|proof| proof.verdict.state),
            };
            first = first.saturating_add(entry.passages);
            entry
        })
        .collect();
    let mut postings: Vec<_> = entries.par_iter().flat_map_iter(Entry::postings).collect();
    index::sort(&mut postings);
    write::files(&entries, &postings)
}

/// The titles of the sections a page lies in, without the home page's.
fn above(site: &Site, page: &Page) -> Vec<String> {
    let sections = site.ancestors(page.section).into_iter().skip(1).map(|id| site.section(id));
    let is_index = |section: &&Section| section.output == page.output;
    sections.filter(|section| !is_index(section)).map(|section| section.title.clone()).collect()
}
