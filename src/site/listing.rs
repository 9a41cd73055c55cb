//! The lists of pages by kind, tag and owner: which there are, where, and what is in each.
//!
//! Takes a `Site` whose pages have their addresses, gives lists and diagnostics. Must stay true: all of them stand below
//! one folder, so that they are in the way of few pages, and one that is in the way is told; where a list is depends on
//! its own name only; names that differ in letter case or blanks only share one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{PageId, Site, alias};
use crate::config::Spanned;
use crate::diagnostic::{Diagnostic, Place};
use crate::document::{Document, Kind};
use crate::path::RelativePath;
use crate::span::{SourceFile, Span};

/// The folder of the site that holds them.
const FOLDER: &str = "by";
/// How many characters of a name are part of an address.
const LONGEST: usize = 80;

/// What the pages of a list share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// What they are.
    Kind,
    /// What they are about.
    Tag,
    /// Who answers for them.
    Owner,
}

impl By {
    fn folder(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Tag => "tag",
            Self::Owner => "owner",
        }
    }
}

/// One list.
#[derive(Debug)]
pub struct List {
    /// What its pages share.
    pub by: By,
    /// Its name: of the ways it is written the most frequent one; of a kind, its plural.
    pub name: String,
    /// Where it is published, below `public/`.
    pub output: RelativePath,
    /// Its pages, by title; post-mortems with the latest first.
    pub pages: Vec<PageId>,
}

impl List {
    /// What it lists, in a few words.
    pub fn words(&self) -> String {
        match self.by {
            By::Kind => format!("all pages of the kind {}", self.name),
            By::Tag => format!("all pages with the tag `{}`", self.name),
            By::Owner => format!("all pages of the owner `{}`", self.name),
        }
    }
}

/// Where the overview of all lists is published.
pub(super) fn overview() -> Option<RelativePath> {
    RelativePath::resolve(FOLDER, "index.html").ok()
}

/// What a kind's list is called.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Doc => "Documentation",
        Kind::Runbook => "Runbooks",
        Kind::Postmortem => "Post-mortems",
        Kind::Drill => "Drills",
    }
}

/// Every list, in order of what its pages share, then of its address.
pub(super) fn read(site: &Site, diagnostics: &mut Vec<Diagnostic>) -> Vec<List> {
    let mut found: BTreeMap<(By, RelativePath), Found> = BTreeMap::new();
    let has_kinds = site.pages.iter().any(|page| page.document.front_matter.kind != Kind::Doc);
    for (at, page) in site.pages.iter().enumerate() {
        let Document { file, front_matter, .. } = &page.document;
        let kind = front_matter.kind;
        // An index page leads to others; among the documentation it would only be in the way.
        if has_kinds && (kind != Kind::Doc || !page.document.is_index()) {
            let name = Spanned::new(kind_name(kind).to_owned(), Span::new(0, 0));
            add(&mut found, By::Kind, kind.name(), &name, file, PageId(at), diagnostics);
        }
        for tag in &front_matter.tags {
            add(&mut found, By::Tag, &tag.value, tag, file, PageId(at), diagnostics);
        }
        if let Some(owner) = &front_matter.owner {
            add(&mut found, By::Owner, &owner.value, owner, file, PageId(at), diagnostics);
        }
    }
    let mut lists: Vec<List> = found.into_iter().map(|((by, output), found)| found.list(by, output)).collect();
    lists.iter_mut().for_each(|list| order(site, list));
    check_addresses(site, &lists, diagnostics);
    lists
}

/// A list being gathered.
struct Found {
    /// What its names have in common.
    folded: String,
    /// How often each way to write its name occurs.
    names: BTreeMap<String, usize>,
    pages: Vec<PageId>,
}

impl Found {
    fn list(self, by: By, output: RelativePath) -> List {
        let name = self.names.into_iter().max_by_key(|(name, count)| (*count, Reverse(name.clone())));
        List { by, name: name.map(|(name, _)| name).unwrap_or_default(), output, pages: self.pages }
    }
}

/// Puts a page on the list `name`, whose address is made from `word`.
fn add(
    found: &mut BTreeMap<(By, RelativePath), Found>,
    by: By,
    word: &str,
    name: &Spanned<String>,
    file: &Arc<SourceFile>,
    page: PageId,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let what = by.folder();
    let place = || Place::new(file, name.span);
    let Some(output) = output(by, word) else {
        diagnostics.push(
            Diagnostic::error("no-list", place(), format!("the {what} `{}` has neither letter nor digit", name.value))
                .note(format!("the list of its pages is named after it: `{FOLDER}/{what}/NAME.html`"))
                .hint("use a word"),
        );
        return;
    };
    let folded = folded(&name.value);
    let entry = found.entry((by, output.clone())).or_insert_with(|| Found {
        folded: folded.clone(),
        names: BTreeMap::new(),
        pages: Vec::new(),
    });
    if entry.folded != folded {
        let other = entry.names.keys().next().cloned().unwrap_or_default();
        let message = format!("the list of the {what} `{}` would be that of the {what} `{other}`", name.value);
        diagnostics.push(
            Diagnostic::error("list-twice", place(), message)
                .note(format!("both are published as `{output}`"))
                .hint("write the two alike if they mean the same, else differ in more than punctuation"),
        );
        return;
    }
    *entry.names.entry(name.value.clone()).or_default() += 1;
    if entry.pages.last() != Some(&page) {
        entry.pages.push(page);
    }
}

/// Where the list named `word` is published.
pub(super) fn output(by: By, word: &str) -> Option<RelativePath> {
    let mut slug = String::new();
    for c in word.to_lowercase().chars() {
        match c {
            c if c.is_alphanumeric() || c == '_' => slug.push(c),
            // Names that differ in these only are names of different things: C, C++ and C#.
            '+' => slug.push_str("-plus-"),
            '#' => slug.push_str("-sharp-"),
            '&' => slug.push_str("-and-"),
            _ => slug.push('-'),
        }
    }
    let parts: Vec<&str> = slug.split('-').filter(|part| !part.is_empty()).collect();
    let slug: String = parts.join("-").chars().take(LONGEST).collect();
    let slug = slug.trim_end_matches('-');
    let is_word = slug.contains(char::is_alphanumeric);
    is_word.then(|| RelativePath::resolve(FOLDER, &format!("{}/{slug}.html", by.folder())).ok()).flatten()
}

/// A name without what makes no difference in it.
fn folded(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn order(site: &Site, list: &mut List) {
    let is_postmortems = list.by == By::Kind && list.name == kind_name(Kind::Postmortem);
    list.pages.sort_by_cached_key(|id| {
        let document = &site.page(*id).document;
        let over = document.front_matter.incident.over().filter(|_| is_postmortems);
        (Reverse(over), document.title.to_lowercase(), document.path.clone())
    });
}

/// Reports what of the content is where a list is to be.
fn check_addresses(site: &Site, lists: &[List], diagnostics: &mut Vec<Diagnostic>) {
    let taken = alias::taken(site);
    let overview =
        overview().filter(|_| !lists.is_empty()).map(|output| (output, "the overview of all lists".to_owned()));
    let outputs = lists.iter().map(|list| (list.output.clone(), format!("the list of {}", list.words())));
    let first_page = lists.iter().flat_map(|list| list.pages.first()).next();
    for (output, what) in overview.into_iter().chain(outputs) {
        let (Some(why), Some(page)) = (alias::in_the_way(&taken, &output), first_page) else { continue };
        let own = site.pages.iter().find(|page| page.output.as_str().eq_ignore_ascii_case(output.as_str()));
        let file = &own.unwrap_or_else(|| site.page(*page)).document.file;
        diagnostics.push(
            Diagnostic::error(
                "address-twice",
                Place::new(file, Span::new(0, 0)),
                format!("{what} is published as `{output}`, but {why}"),
            )
            .note(format!("the lists of pages by kind, tag and owner stand in the folder `{FOLDER}`"))
            .hint("give what is there another name"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_list_is_made_from_its_name() {
        let path = |word: &str| output(By::Tag, word).map(|path| path.to_string());
        for (word, address) in [
            ("On-call", "by/tag/on-call.html"),
            ("@org/Team  A", "by/tag/org-team-a.html"),
            ("Bed & breakfast", "by/tag/bed-and-breakfast.html"),
            ("C", "by/tag/c.html"),
            ("C++", "by/tag/c-plus-plus.html"),
            ("C#", "by/tag/c-sharp.html"),
            ("x_y", "by/tag/x_y.html"),
            ("../Ä", "by/tag/ä.html"),
        ] {
            assert_eq!(path(word).as_deref(), Some(address), "{word}");
        }
        assert_eq!([path("!!"), path("_"), path("")], [None, None, None]);
        assert_eq!(path(&"a b ".repeat(100)).map(|path| path.len()), Some("by/tag/.html".len() + LONGEST - 1));
    }
}
