//! What was published before, held against what is published now.
//!
//! Takes the checked-in list and a `Site`, gives what would be lost, what the list lacks, and where a page that is gone
//! most likely is now. The steps:
//! 1. `list` reads the file and writes it again;
//! 2. `there` says what the site publishes, at which address;
//! 3. `moved` looks for the page that a lost one became;
//! 4. `told` says it to the author.
//!
//! Guarded are pages, listings of sections and aliases, and the places on pages that an author named: headings, raw HTML's
//! ids and named snippets. Not guarded are the generated lists by kind, tag and owner, and snippets that are only counted:
//! they come and go with what they list. Must stay true: an address that is listed is there, or told at its line.

mod list;
mod moved;
mod there;
mod told;

use std::collections::BTreeMap;

pub use list::PublishedList;

use super::{PageId, Site, SnippetAnchors, alias};
use crate::path::RelativePath;
use crate::span::Span;
use list::Address;
use there::There;

/// How the list and the site differ.
#[derive(Debug)]
pub struct Comparison<'s> {
    list: &'s PublishedList,
    there: There<'s>,
    /// Listed addresses of files that are not there, in order of their lines.
    lost_files: Vec<LostFile<'s>>,
    /// Listed places that are not on the page at their address.
    lost_places: Vec<LostPlace<'s>>,
    /// What the site publishes and the list lacks.
    missing: Vec<Address>,
}

/// An address at which nothing is any more.
#[derive(Debug)]
struct LostFile<'s> {
    output: &'s RelativePath,
    span: Span,
    /// The page that this one evidently became, if it can have the address as an alias.
    now: Option<PageId>,
}

/// A place that is no longer on its page.
#[derive(Debug)]
struct LostPlace<'s> {
    output: &'s RelativePath,
    id: &'s str,
    /// Where `#id` stands.
    span: Span,
    /// The page at that address, if one is.
    page: Option<PageId>,
}

impl<'s> Comparison<'s> {
    /// Holds the site against the list. `snippets` are the ids of each page's snippets.
    pub fn new(list: &'s PublishedList, site: &'s Site, snippets: &'s SnippetAnchors) -> Self {
        let there = There::new(site, snippets);
        let mut lost: BTreeMap<&RelativePath, Span> = BTreeMap::new();
        let mut lost_places = Vec::new();
        for (Address { output, id }, span) in &list.addresses {
            match (there.page_at(output), id) {
                (None, None) => drop(lost.insert(output, *span)),
                // A place on a page that is lost, or was given up, is not told beside the page.
                (Some(page), Some(id)) if list.holds(output) && !there.has_place(page, id) => {
                    let span = Span::new(span.end - id.len() - 1, span.end);
                    lost_places.push(LostPlace { output, id, span, page });
                }
                _ => {}
            }
        }
        let outputs: Vec<&RelativePath> = lost.keys().copied().collect();
        let now = moved::evident(&outputs, list, &there);
        let taken = alias::taken_with_aliases(site);
        let is_free =
            |output: &RelativePath| output.as_str().ends_with(".html") && alias::in_the_way(&taken, output).is_none();
        let lost_files = lost
            .into_iter()
            .map(|(output, span)| LostFile { output, span, now: now.get(output).copied().filter(|_| is_free(output)) })
            .collect();
        let missing = there.addresses().into_iter().filter(|address| !list.addresses.contains_key(address)).collect();
        Self { list, there, lost_files, lost_places, missing }
    }

    /// The pages that evidently stood at lost addresses, each with the alias that keeps the address.
    pub fn moves(&self) -> Vec<(PageId, String)> {
        self.lost_files.iter().filter_map(|lost| Some((lost.now?, alias::written(lost.output)))).collect()
    }

    /// Whether anything is lost.
    pub fn loses(&self) -> bool {
        !self.lost_files.is_empty() || !self.lost_places.is_empty()
    }

    /// How many addresses the site has and the list lacks.
    pub fn missing(&self) -> usize {
        self.missing.len()
    }
}

/// The text of a list that holds what `list` does and what the site publishes.
pub fn listed(list: Option<&PublishedList>, site: &Site, snippets: &SnippetAnchors) -> String {
    list::text(list, &There::new(site, snippets).addresses())
}
