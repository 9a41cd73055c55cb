//! The generated pages that list others: sections without an index page; pages by kind, tag and owner; the overview of those.
//!
//! Must stay true: each says of every page it lists what it is about, what it is and how it is proved, as the page itself
//! does.

use super::escape::Viewpoint;
use super::navigation::{OVERVIEW, Standpoint};
use super::page::{Around, kind_word};
use super::proof::Known;
use super::theme::RenderError;
use super::view::{CountedView, ListedView, ListsView, PageView};
use super::words;
use crate::document::Kind;
use crate::path::RelativePath;
use crate::site::{By, List, PageId, SectionId};

impl Around<'_> {
    /// The generated page of a section without an index page: what lies in it.
    pub(crate) fn listing(&self, id: SectionId) -> Result<String, RenderError> {
        let section = self.site.section(id);
        let title = if section.parent.is_none() { &self.site.config.title } else { &section.title };
        let viewpoint = Viewpoint::Folder(section.output.folder().to_owned());
        let mut view = self.view(Standpoint::Listing(id), &viewpoint, title);
        view.kind = "section";
        let pages = section.pages.iter().map(|id| self.listed(&viewpoint, *id));
        let sections = section.sections.iter().map(|id| {
            let section = self.site.section(*id);
            let about = section.index.map(|index| self.listed(&viewpoint, index));
            about.unwrap_or_else(|| ListedView {
                title: section.title.clone(),
                address: viewpoint.address(&section.output),
                description: None,
                kind: None,
                time: None,
                verdict: None,
            })
        });
        view.listing = pages.chain(sections).collect();
        let titles: Vec<&str> = view.listing.iter().map(|listed| listed.title.as_str()).collect();
        let description = words::shortened(&format!("In {title}: {}.", titles.join(", ")));
        view.meta = self.meta(&viewpoint, &section.output, Some(&description));
        self.theme.render("section.html", &view)
    }

    /// The list of the pages of one kind, tag or owner.
    pub(crate) fn list(&self, list: &List) -> Result<String, RenderError> {
        let viewpoint = Viewpoint::Folder(list.output.folder().to_owned());
        let count = words::counted(list.pages.len() as u64, "page");
        let (title, description) = match list.by {
            By::Kind => (list.name.clone(), format!("{count} of this kind.")),
            By::Tag => (format!("Tag: {}", list.name), format!("{count} with the tag {}.", list.name)),
            By::Owner => (format!("Owner: {}", list.name), format!("{count} of {}.", list.name)),
        };
        let mut view = self.generated(Standpoint::List, &viewpoint, &title, &list.output, description);
        view.kind = "list";
        view.listing = list.pages.iter().map(|id| self.listed(&viewpoint, *id)).collect();
        if list.by == By::Kind {
            view.listing.iter_mut().for_each(|listed| listed.kind = None);
        }
        self.theme.render("section.html", &view)
    }

    /// The overview of all those lists, published at `output`.
    pub(crate) fn overview(&self, output: &RelativePath) -> Result<String, RenderError> {
        let viewpoint = Viewpoint::Folder(output.folder().to_owned());
        let description = "Every list of pages: by what they are, what they are about and who answers for them.";
        let mut view = self.generated(Standpoint::Overview, &viewpoint, OVERVIEW, output, description.to_owned());
        view.kind = "overview";
        let counted = |list: &List| CountedView {
            title: list.name.clone(),
            address: viewpoint.address(&list.output),
            pages: list.pages.len(),
        };
        let lists = |(by, title)| {
            let lists: Vec<CountedView> = self.site.lists.iter().filter(|list| list.by == by).map(counted).collect();
            (!lists.is_empty()).then_some(ListsView { title, lists })
        };
        let all = [(By::Kind, "By kind"), (By::Tag, "By tag"), (By::Owner, "By owner")];
        view.lists = all.into_iter().filter_map(lists).collect();
        self.theme.render("overview.html", &view)
    }

    /// The address of the list that a page is on; empty if there is none.
    pub(crate) fn list_address(&self, viewpoint: &Viewpoint, by: By, name: &str) -> String {
        self.site.list(by, name).map(|list| viewpoint.address(&list.output)).unwrap_or_default()
    }

    fn generated(
        &self,
        standpoint: Standpoint,
        viewpoint: &Viewpoint,
        title: &str,
        output: &RelativePath,
        description: String,
    ) -> PageView {
        let mut view = self.view(standpoint, viewpoint, title);
        view.meta = self.meta(viewpoint, output, Some(&description));
        view.description = Some(description);
        view
    }

    fn listed(&self, viewpoint: &Viewpoint, id: PageId) -> ListedView {
        let page = self.site.page(id);
        let front_matter = &page.document.front_matter;
        let is_postmortem = front_matter.kind == Kind::Postmortem;
        let known = self.known.get(&page.document.path);
        ListedView {
            title: page.document.title.clone(),
            address: viewpoint.address(&page.output),
            description: front_matter.description.as_ref().map(|description| description.value.clone()),
            kind: kind_word(front_matter.kind),
            time: front_matter.incident.over().filter(|_| is_postmortem).map(|time| words::date(time.date())),
            verdict: known.and_then(Known::page).map(|proof| proof.verdict),
        }
    }
}
