//! The page that a lost one became, as far as that is evident.
//!
//! Headings tell, but only those that no other page has, and not the sections that every page of a kind must have. Must stay
//! true: what is evident may be written into a page without asking, so two candidates are none.

use std::collections::BTreeMap;

use super::list::PublishedList;
use super::there::There;
use crate::document::{Kind, required_sections};
use crate::path::RelativePath;
use crate::site::PageId;

/// The page that each of `lost` evidently became.
pub(super) fn evident<'s>(
    lost: &[&'s RelativePath],
    list: &PublishedList,
    there: &There<'_>,
) -> BTreeMap<&'s RelativePath, PageId> {
    let search = Search { lost, list, there };
    let mut found: BTreeMap<&RelativePath, PageId> = BTreeMap::new();
    for output in lost {
        if let Some(page) = search.by_places(output).or_else(|| search.by_name(output)) {
            found.insert(output, page);
        }
    }
    // What says nothing of its own, as an index often, goes where all others went that are gone from its folder.
    let left = lost.iter().filter(|output| !found.contains_key(*output));
    let along: Vec<(&RelativePath, PageId)> =
        left.filter_map(|output| Some((*output, search.by_folder(output, &found)?))).collect();
    found.extend(along);
    found
}

const INDEX: &str = "index.html";

struct Search<'a> {
    lost: &'a [&'a RelativePath],
    list: &'a PublishedList,
    there: &'a There<'a>,
}

impl Search<'_> {
    fn is_new(&self, page: PageId) -> bool {
        !self.list.holds(&self.there.site.page(page).output)
    }

    /// How many places of the lost page are on one other page only or on none, and on which how many of those are.
    fn own_places(&self, lost: &RelativePath) -> (usize, BTreeMap<PageId, Vec<&str>>) {
        let mut total = 0;
        let mut shared: BTreeMap<PageId, Vec<&str>> = BTreeMap::new();
        for (id, _) in self.list.ids(lost).filter(|(id, _)| !is_required(id)) {
            match self.there.carriers(id) {
                [] => total += 1,
                [page] => {
                    total += 1;
                    shared.entry(*page).or_default().push(id);
                }
                _ => {}
            }
        }
        (total, shared)
    }

    /// The one page that has at least half of its own places.
    fn by_places(&self, lost: &RelativePath) -> Option<PageId> {
        let (total, shared) = self.own_places(lost);
        only(shared.into_iter().filter(|(_, ids)| ids.len() * 2 >= total).filter_map(|(page, ids)| {
            let Page { output, title_id } = self.page(page);
            // One heading of the same name alone may be chance, unless it is the title.
            let tells = ids.len() >= 2
                || (self.is_new(page) && (output.file_name() == lost.file_name() || ids.first().copied() == title_id));
            tells.then_some(page)
        }))
    }

    /// The one new page of the same name in another folder, if no other lost page has that name.
    fn by_name(&self, lost: &RelativePath) -> Option<PageId> {
        let name = lost.file_name();
        let is_only_lost = self.lost.iter().filter(|other| other.file_name() == name).count() == 1;
        if name == INDEX || !is_only_lost {
            return None;
        }
        let (total, shared) = self.own_places(lost);
        let page = only(self.new_pages().filter(|page| self.page(*page).output.file_name() == name))?;
        (total == 0 || shared.contains_key(&page)).then_some(page)
    }

    /// The page of the same name in the one folder that the pages around went to, if it is new.
    fn by_folder(&self, lost: &RelativePath, found: &BTreeMap<&RelativePath, PageId>) -> Option<PageId> {
        let around = found.iter().filter(|(output, _)| output.folder() == lost.folder());
        let mut folders: Vec<&str> = around.map(|(_, page)| self.page(*page).output.folder()).collect();
        folders.dedup();
        let folder = only(folders.into_iter())?;
        only(self.new_pages().filter(|page| {
            let Page { output, .. } = self.page(*page);
            output.folder() == folder && output.file_name() == lost.file_name()
        }))
    }

    fn new_pages(&self) -> impl Iterator<Item = PageId> {
        (0..self.there.site.pages.len()).map(PageId).filter(|page| self.is_new(*page))
    }

    fn page(&self, id: PageId) -> Page<'_> {
        let page = self.there.site.page(id);
        Page { output: &page.output, title_id: page.document.title_id.as_deref() }
    }
}

/// Whether a place is a section that every page of some kind must have.
fn is_required(id: &str) -> bool {
    let mut sections = Kind::ALL.iter().flat_map(|(kind, _)| required_sections(*kind));
    sections.any(|section| section.to_lowercase().replace(' ', "-") == id)
}

struct Page<'a> {
    output: &'a RelativePath,
    title_id: Option<&'a str>,
}

/// The only one there is.
fn only<T>(mut candidates: impl Iterator<Item = T>) -> Option<T> {
    let first = candidates.next()?;
    candidates.next().is_none().then_some(first)
}
