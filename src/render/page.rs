//! A page of the site: everything its template can show.
//!
//! Takes the site, the theme and what is known of the runbooks, gives the HTML of one page. The steps:
//! 1. every fence of the page becomes HTML, snippets through the template `snippet.html`;
//! 2. `html` writes the events around them;
//! 3. `PageView` gathers title, front matter, proof and navigation, and the page's template shows it.

use std::collections::BTreeMap;

use super::code;
use super::escape::{self, Viewpoint};
use super::html::{self, Surroundings};
use super::navigation::{self, Navigation, Standpoint};
use super::proof::Known;
use super::snippet;
use super::theme::{FOLDER, RenderError, Theme};
use super::view::{AboutView, ActionView, FactView, ListedView, MetaView, PageView, ParameterView, SiteView};
use super::words;
use crate::document::{Document, FrontMatter, Incident, Kind};
use crate::path::RelativePath;
use crate::site::{self, PageId, SectionId, Site};

/// What every page is rendered from.
pub(crate) struct Around<'a> {
    /// The site.
    pub(crate) site: &'a Site,
    /// The theme.
    pub(crate) theme: &'a Theme,
    /// What is known of each page that has a runbook, by its path.
    pub(crate) known: BTreeMap<&'a RelativePath, Known<'a>>,
    /// `failed` or `stale` for pages a reader should be warned of, by page.
    pub(crate) marks: Vec<Option<&'static str>>,
    /// Where the feed is published, if there is one.
    pub(crate) feed: Option<RelativePath>,
}

impl Around<'_> {
    /// A page of the content.
    pub(crate) fn page(&self, id: PageId) -> Result<String, RenderError> {
        let page = self.site.page(id);
        let document = &page.document;
        let known = self.known.get(&document.path);
        let fences = self.fences(document, known)?;
        let address = |target: &str| site::href(self.site, id, target);
        let heading_ids = document.headings.iter().map(|heading| (heading.event, heading.id.as_str())).collect();
        let surroundings = Surroundings { address: &address, heading_ids, fences: &fences };
        let front_matter = &document.front_matter;
        let viewpoint = Viewpoint::Folder(page.output.folder().to_owned());
        let mut view = self.view(Standpoint::Page(id), &viewpoint, &document.title);
        if front_matter.title.is_none() && document.title_events.len() > 2 {
            let inner = document.title_events.start + 1..document.title_events.end - 1;
            view.title_html = html::inline(&document.events[inner], &surroundings);
        }
        view.title_id = document.title_id.clone();
        view.content_html = html::page(&document.events, &document.title_events, &surroundings);
        view.description = front_matter.description.as_ref().map(|description| description.value.clone());
        view.meta = self.meta(&viewpoint, &page.output, view.description.as_ref());
        view.meta.markdown = Some(viewpoint.address(&document.path));
        view.kind = front_matter.kind.name();
        view.about = about(front_matter, &address);
        view.proof = known.and_then(Known::page);
        view.parameters = known.map(parameters).unwrap_or_default();
        view.contents = navigation::contents(&document.headings);
        view.edit = self.site.config.repository.as_ref().map(|at| at.edit_address(document.file.path()));
        self.theme.render("page.html", &view)
    }

    /// The generated page of a section without an index page: what lies in it.
    pub(crate) fn listing(&self, id: SectionId) -> Result<String, RenderError> {
        let section = self.site.section(id);
        let title = if section.parent.is_none() { &self.site.config.title } else { &section.title };
        let viewpoint = Viewpoint::Folder(section.output.folder().to_owned());
        let mut view = self.view(Standpoint::Listing(id), &viewpoint, title);
        view.kind = "section";
        view.meta = self.meta(&viewpoint, &section.output, None);
        let listed = |title: &str, output: &RelativePath, page: Option<PageId>| {
            let description = page.and_then(|page| self.site.page(page).document.front_matter.description.as_ref());
            ListedView {
                title: title.to_owned(),
                address: viewpoint.address(output),
                description: description.map(|description| description.value.clone()),
            }
        };
        let pages = section.pages.iter().map(|id| {
            let page = self.site.page(*id);
            listed(&page.document.title, &page.output, Some(*id))
        });
        let sections = section.sections.iter().map(|id| {
            let section = self.site.section(*id);
            listed(&section.title, &section.output, section.index)
        });
        view.listing = pages.chain(sections).collect();
        self.theme.render("section.html", &view)
    }

    /// What a server shows for an address that does not exist. It does not know at which depth it is shown, so its
    /// links start with the path of the base URL, if there is one.
    pub(crate) fn missing(&self) -> Result<String, RenderError> {
        let base_url = self.site.config.base_url.as_deref();
        let prefix = base_url.map(|url| {
            let host = url.split_once("://").map_or(url, |(_, rest)| rest);
            let path = host.split_once('/').map_or("", |(_, path)| path);
            format!("/{path}/").replace("//", "/")
        });
        let viewpoint = Viewpoint::Prefix(prefix.unwrap_or_default());
        let mut view = self.view(Standpoint::Outside, &viewpoint, "Page not found");
        view.kind = "missing";
        view.meta.feed = self.feed.as_ref().map(|feed| viewpoint.address(feed));
        self.theme.render("404.html", &view)
    }

    /// A view with what every page has.
    fn view(&self, standpoint: Standpoint, viewpoint: &Viewpoint, title: &str) -> PageView {
        let navigation = Navigation { site: self.site, standpoint, viewpoint, marks: &self.marks };
        let (previous, next) = navigation.neighbours();
        let home = self.site.sections.first().map_or_else(String::new, |root| viewpoint.address(&root.output));
        // The folder is known to be a path; without one the addresses of the theme's files would lack a part.
        let theme = RelativePath::parse(FOLDER).map(|folder| viewpoint.address(&folder) + "/").unwrap_or_default();
        PageView {
            site: SiteView { title: self.site.config.title.clone(), home, theme },
            title: title.to_owned(),
            title_html: escape::text(title),
            title_id: None,
            description: None,
            meta: MetaView::default(),
            kind: "doc",
            about: AboutView::default(),
            proof: None,
            parameters: Vec::new(),
            content_html: String::new(),
            listing: Vec::new(),
            breadcrumbs: navigation.breadcrumbs(),
            navigation: navigation.branch(),
            contents: Vec::new(),
            previous,
            next,
            edit: None,
        }
    }

    /// What the head of the page published at `output` says to programs.
    fn meta(&self, viewpoint: &Viewpoint, output: &RelativePath, description: Option<&String>) -> MetaView {
        let config = &self.site.config;
        let is_home = *output == RelativePath::index();
        MetaView {
            description: description.or(config.description.as_ref().filter(|_| is_home)).cloned(),
            canonical: config.base_url.as_ref().map(|base_url| escape::absolute(base_url, output)),
            open_graph: if is_home { "website" } else { "article" },
            markdown: None,
            feed: self.feed.as_ref().map(|feed| viewpoint.address(feed)),
        }
    }

    /// Every fence as HTML, by the index of its first event; the outputs of a snippet are part of it.
    fn fences(&self, document: &Document, known: Option<&Known<'_>>) -> Result<BTreeMap<usize, String>, RenderError> {
        let mut fences: BTreeMap<usize, String> =
            document.fences.iter().map(|fence| (fence.event, code::figure(fence))).collect();
        let Some(known) = known else { return Ok(fences) };
        for snippet in &known.runbook.snippets {
            let view = snippet::view(document, known, snippet);
            let event = |fence: usize| document.fences.get(fence).map(|fence| fence.event);
            if let Some(event) = event(snippet.fence) {
                fences.insert(event, self.theme.render("snippet.html", &view)?);
            }
            for event in snippet.output_fences.iter().filter_map(|fence| event(*fence)) {
                fences.insert(event, String::new());
            }
        }
        Ok(fences)
    }
}

/// What the front matter says, for a reader; `address` gives the address of a link as it stands on the page.
pub(crate) fn about(front_matter: &FrontMatter, address: &dyn Fn(&str) -> String) -> AboutView {
    let action = |action: &crate::document::Action| ActionView {
        text: action.text.clone(),
        status: action.status.clone(),
        address: action.link.as_ref().map(|link| escape::address(&address(&link.value))),
    };
    AboutView {
        kind: match front_matter.kind {
            Kind::Doc => None,
            Kind::Runbook => Some("Runbook"),
            Kind::Postmortem => Some("Post-mortem"),
            Kind::Drill => Some("Drill"),
        },
        owner: front_matter.owner.as_ref().map(|owner| owner.value.clone()),
        tags: front_matter.tags.iter().map(|tag| tag.value.clone()).collect(),
        review_by: front_matter.review_by.map(words::date),
        incident: incident(&front_matter.incident),
        actions: front_matter.actions.iter().map(action).collect(),
    }
}

fn incident(incident: &Incident) -> Vec<FactView> {
    let severity = incident.severity.iter().map(|severity| FactView {
        name: "Severity",
        text: Some(severity.clone()),
        time: None,
        after: None,
    });
    let times = [
        ("Started", incident.started),
        ("Detected", incident.detected),
        ("Declared", incident.declared),
        ("Resolved", incident.resolved),
    ];
    let times = times.into_iter().filter_map(|(name, time)| {
        let time = time?;
        let after = incident.started.and_then(|started| words::after(started, time));
        Some(FactView { name, text: None, time: Some(words::time(time)), after })
    });
    severity.chain(times).collect()
}

fn parameters(known: &Known<'_>) -> Vec<ParameterView> {
    let view = |parameter: &crate::runbook::Parameter| ParameterView {
        name: parameter.name.clone(),
        label: parameter.label.clone(),
        default: parameter.default.to_string(),
    };
    known.runbook.parameters.iter().map(view).collect()
}
