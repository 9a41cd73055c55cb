//! `llms.txt`: the site for programs that read Markdown (llmstxt.org): its title, what it is about, every page.
//!
//! Must stay true: each page stands once, under its section, with a link to its Markdown twin: in full with a
//! `base_url`, else relative.

use super::escape;
use super::markdown;
use crate::path::RelativePath;
use crate::site::{PageId, SectionId, Site, encoded};

/// Where it is published.
pub(crate) const PATH: &str = "llms.txt";

/// Its text.
pub(crate) fn text(site: &Site) -> String {
    let mut out = format!("# {}\n", markdown::text(&site.config.title));
    if let Some(description) = &site.config.description {
        out.push_str(&format!("\n> {}\n", markdown::line(description)));
    }
    for id in (0..site.sections.len()).map(SectionId) {
        let section = site.section(id);
        let pages: Vec<PageId> = section.index.iter().chain(&section.pages).copied().collect();
        if pages.is_empty() {
            continue;
        }
        out.push_str(&format!("\n## {}\n\n", title(site, id)));
        for page in pages {
            out.push_str(&entry(site, page));
        }
    }
    out
}

/// The titles of the section and those around it; the root's is the site's, and stands above.
fn title(site: &Site, id: SectionId) -> String {
    let sections = site.ancestors(id);
    let named: Vec<String> = sections.iter().skip(1).map(|id| markdown::text(&site.section(*id).title)).collect();
    if named.is_empty() { "Home".into() } else { named.join(" / ") }
}

fn entry(site: &Site, id: PageId) -> String {
    let document = &site.page(id).document;
    let twin: &RelativePath = &document.path;
    let address = match &site.config.base_url {
        Some(base_url) => escape::absolute(base_url, twin),
        None => encoded(twin.as_str()),
    };
    let description = document.front_matter.description.as_ref();
    let description = description.map(|text| format!(": {}", markdown::text(&text.value))).unwrap_or_default();
    format!("- [{}]({address}){description}\n", markdown::text(&document.title))
}
