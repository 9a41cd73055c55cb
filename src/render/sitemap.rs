//! What crawlers read: `sitemap.xml` and `robots.txt`, both only with a `base_url`.
//!
//! Must stay true: the sitemap names every page and listing that is published, each by the address its canonical link
//! has, and nothing that only leads on. It says on which day a page changed only where git does.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::escape;
use super::{Changes, LastChange};
use crate::path::RelativePath;
use crate::site::{Page, Site};

/// How many addresses one file may hold (sitemaps.org, protocol 0.9); more are split over several files and an index.
const LIMIT: usize = 50_000;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The files, by their path; none without a `base_url`.
pub(crate) fn files(site: &Site, changes: &Changes) -> BTreeMap<RelativePath, String> {
    let Some(base_url) = site.config.base_url.as_deref() else { return BTreeMap::new() };
    let listings = site.sections.iter().filter(|section| section.index.is_none()).map(|section| &section.output);
    let overview = site.overview();
    let lists = site.lists.iter().map(|list| &list.output).chain(&overview);
    let changed = |page: &Page| match changes.get(&page.document.path) {
        Some(LastChange::On(date)) => Some(*date),
        Some(LastChange::NotCommitted) | None => None,
    };
    let pages = site.pages.iter().map(|page| (&page.output, changed(page)));
    let mut outputs: Vec<(&RelativePath, Option<Date>)> =
        pages.chain(listings.chain(lists).map(|output| (output, None))).collect();
    outputs.sort();
    let mut files = sitemaps(base_url, &outputs, LIMIT);
    files.push(("robots.txt".into(), format!("User-agent: *\nAllow: /\n\nSitemap: {base_url}/sitemap.xml\n")));
    let path = |(name, text): (String, String)| Some((RelativePath::parse(&name).ok()?, text));
    files.into_iter().filter_map(path).collect()
}

/// `sitemap.xml`, and what it refers to if there are more than `limit` addresses.
fn sitemaps(base_url: &str, outputs: &[(&RelativePath, Option<Date>)], limit: usize) -> Vec<(String, String)> {
    let addresses = |part: &[(&RelativePath, Option<Date>)]| -> Vec<(String, Option<Date>)> {
        part.iter().map(|(output, changed)| (escape::absolute(base_url, output), *changed)).collect()
    };
    if outputs.len() <= limit {
        return vec![("sitemap.xml".into(), list("urlset", "url", &addresses(outputs)))];
    }
    let named = |(index, part): (usize, &[(&RelativePath, Option<Date>)])| {
        (format!("sitemap-{}.xml", index + 1), list("urlset", "url", &addresses(part)))
    };
    let mut files: Vec<(String, String)> = outputs.chunks(limit).enumerate().map(named).collect();
    let parts: Vec<_> = files.iter().map(|(name, _)| (format!("{base_url}/{name}"), None)).collect();
    files.push(("sitemap.xml".into(), list("sitemapindex", "sitemap", &parts)));
    files
}

fn list(root: &str, entry: &str, addresses: &[(String, Option<Date>)]) -> String {
    let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">\n");
    for (address, changed) in addresses {
        out.push_str(&format!("<{entry}><loc>"));
        escape::push_xml(&mut out, address);
        out.push_str("</loc>");
        if let Some(date) = changed {
            out.push_str(&format!("<lastmod>{date}</lastmod>"));
        }
        out.push_str(&format!("</{entry}>\n"));
    }
    out.push_str(&format!("</{root}>\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_addresses_than_one_file_may_hold_are_split() {
        let paths = ["a.html", "b c.html", "d.html"].map(|path| RelativePath::parse(path).unwrap());
        let day = "2023-06-21".parse().ok();
        let outputs: Vec<_> = paths.iter().zip([None, day, None]).collect();
        let files = sitemaps("https://x.org/?a&b", &outputs, 2);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["sitemap-1.xml", "sitemap-2.xml", "sitemap.xml"]);
        assert!(
            files[0].1.contains(
                "<url><loc>https://x.org/?a&amp;b/b%20c.html</loc><lastmod>2023-06-21</lastmod></url>\n</urlset>\n"
            ),
            "{files:?}"
        );
        assert!(files[1].1.contains("/d.html</loc>") && !files[1].1.contains("/a.html"), "{files:?}");
        assert!(files[2].1.contains("<sitemapindex ") && files[2].1.contains("/sitemap-2.xml</loc>"), "{files:?}");
    }
}
