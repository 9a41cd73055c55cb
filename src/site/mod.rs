//! The site: every page in its place, every link resolved.
//!
//! Takes the documents, the assets and the configuration, gives a `Site` and diagnostics. The steps:
//! 1. `assemble` orders pages into sections and gives each its address;
//! 2. `listing` gathers the pages of each kind, tag and owner;
//! 3. `alias` gives each earlier address of a page its file;
//! 4. `links` resolves every reference and reports the dead ones;
//! 5. `published` holds the site against the list of what was published before.
//!
//! Must stay true: a `Site` has no dead link (one becomes a diagnostic); nothing here knows templates or results.

mod alias;
mod assemble;
mod links;
mod listing;
mod published;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use assemble::{Drafts, assemble};
pub use links::{SnippetAnchors, asset, check_links, encoded, href};
pub use listing::{By, List};
pub use published::{Comparison, PublishedList, listed};

use crate::config::Config;
use crate::document::Document;
use crate::path::RelativePath;

/// The whole site.
#[derive(Debug)]
pub struct Site {
    /// The configuration it was assembled with.
    pub config: Config,
    /// Every published page, in reading order: each section's index, its pages, its subsections.
    pub pages: Vec<Page>,
    /// Every section, in reading order; the first is the root.
    pub sections: Vec<Section>,
    /// Files beside the pages, copied as they are: path below `content/` (and below `public/`).
    pub assets: BTreeMap<RelativePath, Arc<[u8]>>,
    /// The lists of pages by kind, tag and owner; none if no page has any of these.
    pub lists: Vec<List>,
    /// The earlier addresses of pages: where each is published, below `public/`, and the page it leads to.
    pub aliases: BTreeMap<RelativePath, PageId>,
    /// Pages left out because they are drafts, below `content/`.
    pub drafts: BTreeSet<RelativePath>,
    /// Where each page is in `pages`, by path below `content/`.
    by_path: BTreeMap<String, PageId>,
}

/// A page in its place.
#[derive(Debug)]
pub struct Page {
    /// What it says.
    pub document: Document,
    /// Where it is published, below `public/`.
    pub output: RelativePath,
    /// The section it belongs to; an index page belongs to its own.
    pub section: SectionId,
}

/// The index of a section in `Site::sections`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SectionId(pub usize);

/// The index of a page in `Site::pages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageId(pub usize);

/// A folder of pages.
#[derive(Debug)]
pub struct Section {
    /// Its folder below `content/`; empty for the root.
    pub folder: String,
    /// Its index page's title, else the folder's name.
    pub title: String,
    /// The section it lies in; `None` for the root.
    pub parent: Option<SectionId>,
    /// Its index page, if it has one.
    pub index: Option<PageId>,
    /// Its other pages, in order.
    pub pages: Vec<PageId>,
    /// The sections in it, in order.
    pub sections: Vec<SectionId>,
    /// Where its index is published, below `public/`: also when it has no index page of its own.
    pub output: RelativePath,
}

impl Site {
    /// The page `id`.
    pub fn page(&self, id: PageId) -> &Page {
        &self.pages[id.0]
    }

    /// The section `id`.
    pub fn section(&self, id: SectionId) -> &Section {
        &self.sections[id.0]
    }

    /// The sections around a section, from the root down to itself.
    pub fn ancestors(&self, id: SectionId) -> Vec<SectionId> {
        let mut path = vec![id];
        while let Some(parent) = path.last().and_then(|id| self.section(*id).parent) {
            path.push(parent);
        }
        path.reverse();
        path
    }

    /// Where the alias a page gives as `written` is published, if it is.
    pub fn alias(&self, written: &str) -> Option<&RelativePath> {
        let output = alias::output(written).ok()?;
        self.aliases.get_key_value(&output).map(|(path, _)| path)
    }

    /// The list of the pages that have `name` in common: a kind's word, a tag, an owner.
    pub fn list(&self, by: By, name: &str) -> Option<&List> {
        let output = listing::output(by, name)?;
        self.lists.binary_search_by(|list| (list.by, &list.output).cmp(&(by, &output))).ok().map(|at| &self.lists[at])
    }

    /// Where the overview of all lists is published; `None` if there are no lists.
    pub fn overview(&self) -> Option<RelativePath> {
        listing::overview().filter(|_| !self.lists.is_empty())
    }

    /// The page at `path` below `content/`.
    pub fn find(&self, path: &str) -> Option<PageId> {
        self.by_path.get(path).copied()
    }
}
