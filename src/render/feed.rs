//! The feed of the post-mortems, `feed.xml`: Atom (RFC 4287), only with a `base_url`.
//!
//! Must stay true: an entry keeps its id when its page moves and leaves an alias, so that no reader is told of an old
//! incident as if it were new; every time comes from the front matter. A site without post-mortems has no feed: it
//! would have no time at which it was last changed.

use jiff::civil::DateTime;

use super::escape;
use super::{summary, words};
use crate::document::{Document, Kind};
use crate::path::RelativePath;
use crate::site::{Page, PageId, Site};

/// The feed and where it is published; `None` if there is none.
pub(crate) fn file(site: &Site) -> Option<(RelativePath, String)> {
    let base_url = site.config.base_url.as_deref()?;
    let path = RelativePath::parse("feed.xml").ok()?;
    let mut entries: Vec<(DateTime, PageId)> =
        (0..site.pages.len()).map(PageId).filter_map(|id| Some((when(&site.page(id).document)?, id))).collect();
    entries.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| site.page(a.1).output.cmp(&site.page(b.1).output)));
    let (newest, _) = entries.first()?;
    let config = &site.config;
    let address = escape::absolute(base_url, &path);
    let home =
        site.sections.first().map_or_else(|| base_url.to_owned(), |root| escape::absolute(base_url, &root.output));

    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    out.push_str("<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n");
    element(&mut out, "id", &address);
    element(&mut out, "title", &format!("{}: post-mortems", config.title));
    element(&mut out, "updated", &words::time(*newest).iso);
    author(&mut out, &config.title);
    link(&mut out, "self", &address);
    link(&mut out, "alternate", &home);
    for (when, id) in entries {
        let page = site.page(id);
        let document = &page.document;
        out.push_str("<entry>\n");
        element(&mut out, "id", &escape::absolute(base_url, first_address(site, id, page)));
        element(&mut out, "title", &document.title);
        element(&mut out, "updated", &words::time(when).iso);
        if let Some(owner) = &document.front_matter.owner {
            author(&mut out, &owner.value);
        }
        link(&mut out, "alternate", &escape::absolute(base_url, &page.output));
        if let Some(summary) = summary(document) {
            element(&mut out, "summary", &summary);
        }
        out.push_str("</entry>\n");
    }
    out.push_str("</feed>\n");
    Some((path, out))
}

/// When the incident of a post-mortem was over, else the last that is known of it; `None` for other pages.
fn when(document: &Document) -> Option<DateTime> {
    document.front_matter.incident.over().filter(|_| document.front_matter.kind == Kind::Postmortem)
}

/// The address the page had first: the first of its aliases, else its own.
fn first_address<'s>(site: &'s Site, id: PageId, page: &'s Page) -> &'s RelativePath {
    let first = page.document.front_matter.aliases.first();
    let alias = first.and_then(|first| site.alias(&first.value));
    alias.filter(|alias| site.aliases.get(*alias) == Some(&id)).unwrap_or(&page.output)
}

/// The description, else the first paragraph of the section Summary.
fn summary(document: &Document) -> Option<String> {
    let description = document.front_matter.description.as_ref().map(|description| description.value.clone());
    description.or_else(|| summary::of_incident(document))
}

fn element(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("<{name}>"));
    escape::push_xml(out, text);
    out.push_str(&format!("</{name}>\n"));
}

fn author(out: &mut String, name: &str) {
    out.push_str("<author>");
    element(out, "name", name);
    out.truncate(out.trim_end().len());
    out.push_str("</author>\n");
}

fn link(out: &mut String, relation: &str, address: &str) {
    out.push_str(&format!("<link rel=\"{relation}\" href=\""));
    escape::push_xml(out, address);
    out.push_str("\"/>\n");
}
