//! What a site publishes: the page at each address, and the places on each page.

use std::collections::{BTreeMap, BTreeSet};

use super::list::Address;
use crate::path::RelativePath;
use crate::site::{PageId, Site, SnippetAnchors};

/// What can be linked to.
#[derive(Debug)]
pub(super) struct There<'s> {
    /// The site.
    pub(super) site: &'s Site,
    /// What is at each address: a page, or something without places of its own.
    files: BTreeMap<&'s RelativePath, Option<PageId>>,
    /// Every place of each page.
    places: Vec<BTreeSet<&'s str>>,
    /// The pages that have a place of this name.
    carriers: BTreeMap<&'s str, Vec<PageId>>,
}

impl<'s> There<'s> {
    pub(super) fn new(site: &'s Site, snippets: &'s SnippetAnchors) -> Self {
        let mut files: BTreeMap<&RelativePath, Option<PageId>> = site.assets.keys().map(|path| (path, None)).collect();
        files.extend(site.lists.iter().map(|list| (&list.output, None)));
        files.extend(site.sections.iter().map(|section| (&section.output, None)));
        files.extend(site.aliases.iter().map(|(alias, page)| (alias, Some(*page))));
        files.extend(site.pages.iter().enumerate().map(|(at, page)| (&page.output, Some(PageId(at)))));
        let places: Vec<BTreeSet<&str>> = site
            .pages
            .iter()
            .map(|page| {
                let of_snippets = snippets.get(&page.document.path).into_iter().flatten().map(String::as_str);
                page.document.anchors().chain(of_snippets).collect()
            })
            .collect();
        let mut carriers: BTreeMap<&str, Vec<PageId>> = BTreeMap::new();
        for (at, places) in places.iter().enumerate() {
            for place in places {
                carriers.entry(place).or_default().push(PageId(at));
            }
        }
        Self { site, files, places, carriers }
    }

    /// What is at an address: nothing, something without places, or a page.
    pub(super) fn page_at(&self, output: &RelativePath) -> Option<Option<PageId>> {
        self.files.get(output).copied()
    }

    /// Whether a page has a place of this name.
    pub(super) fn has_place(&self, page: Option<PageId>, id: &str) -> bool {
        page.and_then(|page| self.places.get(page.0)).is_some_and(|places| places.contains(id))
    }

    /// The pages that have a place of this name.
    pub(super) fn carriers(&self, id: &str) -> &[PageId] {
        self.carriers.get(id).map_or(&[], Vec::as_slice)
    }

    /// Every address to be listed, in order.
    pub(super) fn addresses(&self) -> Vec<Address> {
        let mut addresses = BTreeSet::new();
        let file = |output: &RelativePath| Address { output: output.clone(), id: None };
        addresses.extend(self.site.aliases.keys().map(file));
        addresses.extend(self.site.sections.iter().map(|section| file(&section.output)));
        for (page, places) in self.site.pages.iter().zip(&self.places) {
            addresses.insert(file(&page.output));
            let lasting = places.iter().filter(|place| is_lasting(place));
            addresses.extend(lasting.map(|id| Address { output: page.output.clone(), id: Some((*id).to_owned()) }));
        }
        addresses.into_iter().collect()
    }
}

/// Whether a place has a name that an author gave it, and that can stand in a list.
fn is_lasting(id: &str) -> bool {
    let counted = id.strip_prefix("snippet-").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    !counted && !id.is_empty() && !id.contains(char::is_whitespace)
}
