//! The way through the site: the branch of the navigation that leads to a page, and its neighbours.
//!
//! Must stay true: what a page holds of the navigation is bounded by the depth of the site, not by its size, or output
//! and build time would grow with the square of the number of pages.

use super::escape::{self, Viewpoint};
use super::view::{BranchView, ContentsView, LinkView};
use crate::document::Heading;
use crate::site::{PageId, SectionId, Site};

/// How many entries of one section are shown around the one that leads to the page.
const SHOWN: usize = 40;

/// What the overview of the lists of pages is called.
pub(crate) const OVERVIEW: &str = "Pages by kind, tag and owner";

/// Where in the site a page stands.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Standpoint {
    /// A page of the content.
    Page(PageId),
    /// The generated listing of a section.
    Listing(SectionId),
    /// The overview of the lists of pages by kind, tag and owner.
    Overview,
    /// One of those lists.
    List,
    /// Nowhere: the 404 page.
    Outside,
}

/// The navigation as seen from one page.
pub(crate) struct Navigation<'a> {
    /// The site.
    pub(crate) site: &'a Site,
    /// The page.
    pub(crate) standpoint: Standpoint,
    /// How addresses are written.
    pub(crate) viewpoint: &'a Viewpoint,
    /// `failed` or `stale` for pages a reader should be warned of, by page.
    pub(crate) marks: &'a [Option<&'static str>],
}

impl Navigation<'_> {
    /// The top of the site and the branch that leads to the page.
    pub(crate) fn branch(&self) -> Vec<BranchView> {
        let path = self.section().map_or_else(Vec::new, |section| self.site.ancestors(section));
        self.entries(SectionId(0), &path).0
    }

    /// The sections above the page, from the home page down; empty for the home page.
    pub(crate) fn breadcrumbs(&self) -> Vec<LinkView> {
        let mut sections = self.section().map_or_else(Vec::new, |section| self.site.ancestors(section));
        let overview = || {
            let address = self.viewpoint.address(&self.site.overview()?);
            Some(LinkView { title: OVERVIEW.to_owned(), address })
        };
        match self.standpoint {
            Standpoint::Overview => return vec![self.section_link(SectionId(0))],
            Standpoint::List => return [self.section_link(SectionId(0))].into_iter().chain(overview()).collect(),
            _ => {}
        }
        let is_index = match self.standpoint {
            Standpoint::Page(id) => {
                sections.last().is_some_and(|section| self.site.section(*section).index == Some(id))
            }
            Standpoint::Listing(_) => true,
            Standpoint::Overview | Standpoint::List | Standpoint::Outside => false,
        };
        if is_index {
            sections.pop();
        }
        sections.into_iter().map(|id| self.section_link(id)).collect()
    }

    /// The pages before and after in reading order.
    pub(crate) fn neighbours(&self) -> (Option<LinkView>, Option<LinkView>) {
        let Standpoint::Page(PageId(at)) = self.standpoint else { return (None, None) };
        let link = |at: usize| (at < self.site.pages.len()).then(|| self.page_link(PageId(at)));
        (at.checked_sub(1).and_then(link), link(at + 1))
    }

    fn section(&self) -> Option<SectionId> {
        match self.standpoint {
            Standpoint::Page(id) => Some(self.site.page(id).section),
            Standpoint::Listing(id) => Some(id),
            Standpoint::Overview | Standpoint::List | Standpoint::Outside => None,
        }
    }

    /// The pages and sections in `section`, those on `path` opened, and how many are left out.
    fn entries(&self, section: SectionId, path: &[SectionId]) -> (Vec<BranchView>, usize) {
        let section = self.site.section(section);
        let current = |id: PageId| matches!(self.standpoint, Standpoint::Page(page) if page == id);
        let total = section.pages.len() + section.sections.len();
        let at =
            section.pages.iter().position(|id| current(*id)).or_else(|| {
                section.sections.iter().position(|id| path.contains(id)).map(|at| section.pages.len() + at)
            });
        let range = window(total, at.unwrap_or(0));
        let pages = section.pages.iter().map(|id| {
            let LinkView { title, address } = self.page_link(*id);
            let mark = self.marks.get(id.0).copied().flatten();
            BranchView { title, address, current: current(*id), section: false, mark, children: Vec::new(), hidden: 0 }
        });
        let sections = section.sections.iter().map(|id| {
            let LinkView { title, address } = self.section_link(*id);
            let index = self.site.section(*id).index;
            let is_listing = matches!(self.standpoint, Standpoint::Listing(listing) if listing == *id);
            let (children, hidden) = if path.contains(id) { self.entries(*id, path) } else { (Vec::new(), 0) };
            let current = is_listing || index.is_some_and(current);
            let mark = index.and_then(|index| self.marks.get(index.0).copied().flatten());
            BranchView { title, address, current, section: true, mark, children, hidden }
        });
        let shown: Vec<_> = pages.chain(sections).skip(range.start).take(range.len()).collect();
        let hidden = total - shown.len();
        (shown, hidden)
    }

    pub(crate) fn page_link(&self, id: PageId) -> LinkView {
        let page = self.site.page(id);
        LinkView { title: page.document.title.clone(), address: self.viewpoint.address(&page.output) }
    }

    pub(crate) fn section_link(&self, id: SectionId) -> LinkView {
        let section = self.site.section(id);
        LinkView { title: section.title.clone(), address: self.viewpoint.address(&section.output) }
    }
}

/// The part of `total` entries that is shown around the entry `at`.
fn window(total: usize, at: usize) -> std::ops::Range<usize> {
    if total <= SHOWN {
        return 0..total;
    }
    let start = at.saturating_sub(SHOWN / 2).min(total - SHOWN);
    start..start + SHOWN
}

/// The table of contents: sections, and the sections in them.
pub(crate) fn contents(headings: &[Heading]) -> Vec<ContentsView> {
    let mut contents: Vec<ContentsView> = Vec::new();
    for heading in headings.iter().filter(|heading| heading.level <= 3) {
        let address = escape::address(&format!("#{}", heading.id));
        let view = ContentsView { title: heading.text.clone(), address, children: Vec::new() };
        match contents.last_mut() {
            Some(above) if heading.level == 3 => above.children.push(view),
            _ => contents.push(view),
        }
    }
    contents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_section_is_shown_in_part() {
        assert_eq!(window(40, 39), 0..40);
        assert_eq!(window(100, 0), 0..40);
        assert_eq!(window(100, 50), 30..70);
        assert_eq!(window(100, 99), 60..100);
    }
}
