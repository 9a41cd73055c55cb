//! From documents to a site: sections from folders, order from weights, an address for each page.
//!
//! Must stay true: the address of a page depends on its own path only, the order on weights, titles and paths only; two
//! things at one address are an error.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Page, PageId, Section, SectionId, Site};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Place};
use crate::document::Document;
use crate::path::RelativePath;
use crate::span::Span;

/// Whether drafts are part of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drafts {
    /// They are left out, and a link to one is dead.
    LeftOut,
    /// They are shown, as in a preview.
    Shown,
}

/// Puts every page in its place.
pub fn assemble(
    config: Config,
    documents: Vec<Document>,
    assets: BTreeMap<RelativePath, Arc<[u8]>>,
    drafts: Drafts,
) -> (Site, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let shown = |document: &Document| drafts == Drafts::Shown || !document.front_matter.draft;
    let (documents, left_out): (Vec<_>, Vec<_>) = documents.into_iter().partition(shown);
    let mut folders = Folders::default();
    folders.add("");
    for document in &documents {
        folders.add(document.path.folder());
    }
    let mut site = Site {
        config,
        pages: Vec::new(),
        sections: Vec::new(),
        assets,
        lists: Vec::new(),
        aliases: BTreeMap::new(),
        drafts: left_out.into_iter().map(|document| document.path).collect(),
        by_path: BTreeMap::new(),
    };
    let mut by_folder: BTreeMap<String, Vec<Document>> = BTreeMap::new();
    for document in documents {
        by_folder.entry(document.path.folder().to_owned()).or_default().push(document);
    }
    place(&mut site, &mut by_folder, &folders, "", None);
    check_addresses(&site, &mut diagnostics);
    site.lists = super::listing::read(&site, &mut diagnostics);
    site.aliases = super::alias::read(&site, &mut diagnostics);
    (site, diagnostics)
}

/// Every folder that holds a page, or a folder that does, with the folders in it.
#[derive(Default)]
struct Folders(BTreeMap<String, Vec<String>>);

impl Folders {
    fn add(&mut self, folder: &str) {
        if self.0.contains_key(folder) {
            return;
        }
        self.0.insert(folder.to_owned(), Vec::new());
        if folder.is_empty() {
            return;
        }
        let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.add(parent);
        if let Some(children) = self.0.get_mut(parent) {
            children.push(folder.to_owned());
        }
    }
}

/// What orders siblings: weight, those without one last; then title, then path.
fn order(document: &Document) -> (i64, String, String) {
    let weight = document.front_matter.weight.unwrap_or(i64::MAX);
    (weight, document.title.to_lowercase(), document.path.to_string())
}

fn place(
    site: &mut Site,
    documents: &mut BTreeMap<String, Vec<Document>>,
    folders: &Folders,
    folder: &str,
    parent: Option<SectionId>,
) -> SectionId {
    let mut here = documents.remove(folder).unwrap_or_default();
    here.sort_by_cached_key(|document| (!document.is_index(), order(document)));
    let id = SectionId(site.sections.len());
    let index = here.first().filter(|document| document.is_index());
    let name = folder.rsplit_once('/').map_or(folder, |(_, name)| name);
    let title = match index {
        Some(index) => index.title.clone(),
        None if folder.is_empty() => site.config.title.clone(),
        None => capitalised(&name.replace(['-', '_'], " ")),
    };
    site.sections.push(Section {
        folder: folder.to_owned(),
        title,
        parent,
        index: index.map(|_| PageId(site.pages.len())),
        pages: Vec::new(),
        sections: Vec::new(),
        output: output(folder, "index"),
    });
    for document in here {
        let page = PageId(site.pages.len());
        if !document.is_index() {
            site.sections[id.0].pages.push(page);
        }
        let output = output(folder, document.path.stem());
        site.by_path.insert(document.path.to_string(), page);
        site.pages.push(Page { document, output, section: id });
    }
    let mut children: Vec<&String> = folders.0.get(folder).into_iter().flatten().collect();
    children.sort_by_cached_key(|child| {
        let index = documents.get(*child).and_then(|pages| pages.iter().find(|page| page.is_index()));
        index.map_or_else(|| (i64::MAX, child.to_lowercase(), (*child).clone()), order)
    });
    for child in children {
        let section = place(site, documents, folders, child, Some(id));
        site.sections[id.0].sections.push(section);
    }
    id
}

fn output(folder: &str, stem: &str) -> RelativePath {
    let name = format!("{stem}.html");
    // Both come from a checked path, so they resolve; the name alone is what is left if they ever did not.
    RelativePath::resolve(folder, &name).unwrap_or_else(|_| RelativePath::index())
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The first page in a section or below it.
fn first_page<'s>(site: &'s Site, section: &'s Section) -> Option<&'s Page> {
    let below = || section.sections.iter().find_map(|id| first_page(site, site.section(*id)));
    section.index.or(section.pages.first().copied()).map(|id| site.page(id)).or_else(below)
}

/// Two outputs that differ in letter case only are one file on some systems.
fn check_addresses(site: &Site, diagnostics: &mut Vec<Diagnostic>) {
    let mut taken: BTreeMap<String, String> =
        site.assets.keys().map(|path| (path.as_str().to_lowercase(), format!("content/{path}"))).collect();
    // A section without an index page gets a listing, which is a file, too.
    for section in site.sections.iter().filter(|section| section.index.is_none()) {
        let output = section.output.as_str().to_lowercase();
        let (Some(other), Some(page)) = (taken.get(&output), first_page(site, section)) else { continue };
        diagnostics.push(
            Diagnostic::error(
                "address-twice",
                Place::new(&page.document.file, Span::new(0, 0)),
                format!("`{other}` and the listing of this page's folder are both published as `{}`", section.output),
            )
            .hint(format!("rename `{other}`, or write an `index.md` and link to the file under another name")),
        );
    }
    for page in &site.pages {
        let source = page.document.file.path().to_owned();
        if let Some(other) = taken.insert(page.output.as_str().to_lowercase(), source) {
            let place = Place::new(&page.document.file, Span::new(0, 0));
            diagnostics.push(
                Diagnostic::error(
                    "address-twice",
                    place,
                    format!("this page and `{other}` are both published as `{}`", page.output),
                )
                .note("one would overwrite the other, on some systems also if only the letter case differs")
                .hint("rename one of the two"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Strictness, parse};
    use crate::span::SourceFile;

    fn site(pages: &[(&str, &str)], assets: &[&str]) -> (Site, Vec<String>) {
        let page = |&(path, text): &(&str, &str)| {
            let file = SourceFile::new(format!("content/{path}"), text);
            parse(RelativePath::parse(path).unwrap(), &file, Strictness::Runs).0
        };
        let assets = assets.iter().map(|path| (RelativePath::parse(path).unwrap(), [].into())).collect();
        let (site, found) = assemble(Config::default(), pages.iter().map(page).collect(), assets, Drafts::LeftOut);
        (site, found.into_iter().map(|d| d.message).collect())
    }

    #[test]
    fn reading_order_is_weight_then_title_and_folders_without_an_index_have_a_listing() {
        let (site, messages) = site(
            &[
                ("b/c/deep.md", ""),
                ("b/z.md", "# A\n"),
                ("b/y.md", "+++\nweight = 1\n+++\n# Z\n"),
                ("a b/ü.md", ""),
                ("index.md", "# Home\n"),
            ],
            &[],
        );
        assert_eq!(messages, Vec::<String>::new());
        let outputs: Vec<&str> = site.pages.iter().map(|page| page.output.as_str()).collect();
        assert_eq!(outputs, ["index.html", "a b/ü.html", "b/y.html", "b/z.html", "b/c/deep.html"]);
        let sections: Vec<(&str, &str)> =
            site.sections.iter().map(|section| (section.title.as_str(), section.output.as_str())).collect();
        assert_eq!(
            sections,
            [("Home", "index.html"), ("A b", "a b/index.html"), ("B", "b/index.html"), ("C", "b/c/index.html")]
        );
    }

    #[test]
    fn two_things_at_one_address_are_an_error() {
        let (_, messages) = site(&[("a.md", ""), ("A.md", "")], &[]);
        assert_eq!(messages, ["this page and `content/A.md` are both published as `a.html`"]);
        let (_, messages) = site(&[("a.md", "")], &["a.html"]);
        assert_eq!(messages, ["this page and `content/a.html` are both published as `a.html`"]);
        let (_, messages) = site(&[("b/a.md", "")], &["b/index.html"]);
        assert_eq!(
            messages,
            ["`content/b/index.html` and the listing of this page's folder are both published as `b/index.html`"]
        );
    }
}
