//! A page of the site: everything its template can show.
//!
//! Takes the site, the theme and what is known of the runbooks, gives the HTML of one page. The steps:
//! 1. every fence of the page becomes HTML, snippets through the template `snippet.html`;
//! 2. `html` writes the events around them;
//! 3. `PageView` gathers title, front matter, proof and navigation, and the page's template shows it.

use std::collections::BTreeMap;

use super::asset::Assets;
use super::code;
use super::escape::{self, Viewpoint};
use super::html::{self, Surroundings};
use super::image;
use super::navigation::{self, Navigation, Standpoint};
use super::proof::Known;
use super::search;
use super::snippet;
use super::summary;
use super::theme::{RenderError, Theme};
use super::variants;
use super::view::{AboutView, ActionView, FactView, LinkView, MetaView, PageView, ParameterView, SiteView};
use super::words;
use super::{Changes, LastChange};
use crate::document::{Document, FrontMatter, Incident, Kind};
use crate::path::RelativePath;
use crate::site::{self, By, PageId, Site};

/// What every page is rendered from.
pub(crate) struct Around<'a> {
    /// The site.
    pub(crate) site: &'a Site,
    /// The theme's templates.
    pub(crate) theme: &'a Theme,
    /// The theme's assets.
    pub(crate) assets: &'a Assets,
    /// Where the script with the whole navigation is published.
    pub(crate) tree: Option<RelativePath>,
    /// What is known of each page that has a runbook, by its path.
    pub(crate) known: BTreeMap<&'a RelativePath, Known<'a>>,
    /// When pages were last changed.
    pub(crate) changes: &'a Changes,
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
        let size = |target: &str| site::asset(self.site, id, target).and_then(image::size);
        let surroundings = Surroundings { address: &address, size: &size, heading_ids, fences: &fences };
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
        if view.meta.description.is_none() {
            view.meta.description = summary::of_page(document).map(|text| words::shortened(&text));
        }
        view.meta.markdown = Some(viewpoint.address(&document.path));
        view.kind = front_matter.kind.name();
        view.about = about(front_matter, &address, &|by, name| self.list_address(&viewpoint, by, name));
        view.proof = known.and_then(Known::page);
        view.parameters = known.map(parameters).unwrap_or_default();
        view.has_variants = known.is_some_and(|known| !variants::groups(document, &known.runbook.snippets).is_empty());
        view.contents = navigation::contents(&document.headings);
        view.edit = self.site.config.repository.as_ref().map(|at| at.edit_address(document.file.path()));
        match self.changes.get(&document.path) {
            Some(LastChange::On(date)) => view.changed = Some(words::date(*date)),
            Some(LastChange::NotCommitted) => view.is_uncommitted = true,
            None => {}
        }
        self.theme.render("page.html", &view)
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
    pub(crate) fn view(&self, standpoint: Standpoint, viewpoint: &Viewpoint, title: &str) -> PageView {
        let navigation = Navigation { site: self.site, standpoint, viewpoint, marks: &self.marks };
        let (previous, next) = navigation.neighbours();
        let home = self.site.sections.first().map_or_else(String::new, |root| viewpoint.address(&root.output));
        PageView {
            site: SiteView {
                title: self.site.config.title.clone(),
                home,
                theme: self.assets.address(viewpoint),
                search: search::address(viewpoint),
                overview: self.site.overview().map(|overview| viewpoint.address(&overview)),
                has_colors: self.assets.has_colors(),
                navigation: self.tree.as_ref().map(|tree| viewpoint.address(tree)),
            },
            title: title.to_owned(),
            title_html: escape::text(title),
            title_id: None,
            description: None,
            meta: MetaView::default(),
            kind: "doc",
            about: AboutView::default(),
            proof: None,
            parameters: Vec::new(),
            has_variants: false,
            content_html: String::new(),
            listing: Vec::new(),
            lists: Vec::new(),
            breadcrumbs: navigation.breadcrumbs(),
            navigation: navigation.branch(),
            contents: Vec::new(),
            previous,
            next,
            edit: None,
            changed: None,
            is_uncommitted: false,
        }
    }

    /// What the head of the page published at `output` says to programs.
    pub(crate) fn meta(&self, viewpoint: &Viewpoint, output: &RelativePath, description: Option<&String>) -> MetaView {
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
        let snippets = &known.runbook.snippets;
        let groups = variants::groups(document, snippets);
        for (at, snippet) in snippets.iter().enumerate() {
            let view = snippet::view(document, known, snippet);
            let event = |fence: usize| document.fences.get(fence).map(|fence| fence.event);
            if let Some(event) = event(snippet.fence) {
                let html = self.theme.render("snippet.html", &view)?;
                let group = groups.iter().find(|group| group.contains(&at));
                fences.insert(
                    event,
                    match group {
                        Some(group) => variants::wrapped(snippet, &html, at - group.start, group.len()),
                        None => html,
                    },
                );
            }
            for event in snippet.output_fences.iter().filter_map(|fence| event(*fence)) {
                fences.insert(event, String::new());
            }
        }
        Ok(fences)
    }
}

/// What the front matter says, for a reader; `address` gives the address of a link as it stands on the page, `list` that of
/// the list of all pages of the same kind, tag or owner.
pub(crate) fn about(
    front_matter: &FrontMatter,
    address: &dyn Fn(&str) -> String,
    list: &dyn Fn(By, &str) -> String,
) -> AboutView {
    let action = |action: &crate::document::Action| ActionView {
        text: action.text.clone(),
        status: action.status.clone(),
        address: action.link.as_ref().map(|link| escape::address(&address(&link.value))),
    };
    let link = |by, name: &str, title: &str| LinkView { title: title.to_owned(), address: list(by, name) };
    AboutView {
        is_draft: front_matter.draft,
        kind: kind_word(front_matter.kind).map(|word| link(By::Kind, front_matter.kind.name(), word)),
        owner: front_matter.owner.as_ref().map(|owner| link(By::Owner, &owner.value, &owner.value)),
        tags: front_matter.tags.iter().map(|tag| link(By::Tag, &tag.value, &tag.value)).collect(),
        review_by: front_matter.review_by.map(words::date),
        incident: incident(&front_matter.incident),
        actions: front_matter.actions.iter().map(action).collect(),
    }
}

/// What a page is, as a word for readers; `None` for a `doc`.
pub(crate) fn kind_word(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Doc => None,
        Kind::Runbook => Some("Runbook"),
        Kind::Postmortem => Some("Post-mortem"),
        Kind::Drill => Some("Drill"),
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
