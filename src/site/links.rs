//! Links: what each leads to, and which lead nowhere.
//!
//! Takes a `Site` and the anchors snippets add, gives a diagnostic for each dead link with the nearest target there is,
//! and the address of each live one as written from its page. Must stay true: every link of a page, raw HTML's and front
//! matter's included, is either checked here or leads out of the site.

use std::collections::{BTreeMap, BTreeSet};

use super::{PageId, Site};
use crate::address;
use crate::diagnostic::{Diagnostic, Place, nearest};
use crate::document::{Document, Link, LinkKind};
use crate::path::{PathError, RelativePath};

/// Anchors beside those of headings and raw HTML, by page: the ids of its snippets.
pub type SnippetAnchors = BTreeMap<RelativePath, BTreeSet<String>>;

/// Reports every dead link of the site.
pub fn check_links(site: &Site, snippets: &SnippetAnchors) -> Vec<Diagnostic> {
    let index = Index::new(site, snippets);
    let mut diagnostics = Vec::new();
    for page in &site.pages {
        for link in &page.document.links {
            diagnostics.extend(check(site, &index, &page.document, link));
        }
    }
    diagnostics
}

/// The address of `target`, a link as written on `page`, for use in that page's HTML.
///
/// A link to `x.md#y` becomes `x.html#y`; everything else stays as written.
pub fn href(site: &Site, page: PageId, target: &str) -> String {
    let document = &site.page(page).document;
    let (path, rest) = split(target);
    if is_external(target) || path.is_empty() {
        return target.to_owned();
    }
    match RelativePath::resolve(document.path.folder(), &decoded(path)) {
        Ok(resolved) => match site.find(resolved.as_str()) {
            Some(found) => {
                let address = site.page(found).output.relative_to(site.page(page).output.folder());
                format!("{}{rest}", encoded(&address))
            }
            None => target.to_owned(),
        },
        Err(_) => target.to_owned(),
    }
}

/// The file that `target`, an address as written on `page`, names, if it is one of the files beside the pages.
pub fn asset<'s>(site: &'s Site, page: PageId, target: &str) -> Option<&'s [u8]> {
    let (path, _) = split(target);
    if is_external(target) || path.is_empty() {
        return None;
    }
    let resolved = RelativePath::resolve(site.page(page).document.path.folder(), &decoded(path)).ok()?;
    site.assets.get(&resolved).map(|bytes| &**bytes)
}

/// `path` with what an address does not allow percent-encoded.
pub fn encoded(path: &str) -> String {
    address::percent_encoded(path.as_bytes(), |byte| address::is_unreserved(byte) || b"/+,@".contains(&byte))
}

/// The paths of the site, for looking up and for suggesting.
struct Index<'s> {
    pages: BTreeMap<&'s str, &'s Document>,
    files: BTreeSet<&'s str>,
    outputs: BTreeMap<&'s str, &'s Document>,
    /// Every anchor, by page.
    anchors: BTreeMap<&'s str, BTreeSet<&'s str>>,
}

impl<'s> Index<'s> {
    fn new(site: &'s Site, snippets: &'s SnippetAnchors) -> Self {
        let pages = || site.pages.iter();
        let anchors = |document: &'s Document| {
            let of_snippets = snippets.get(&document.path).into_iter().flatten().map(String::as_str);
            document.anchors().chain(of_snippets).collect()
        };
        Self {
            pages: pages().map(|page| (page.document.path.as_str(), &page.document)).collect(),
            files: site.assets.keys().map(RelativePath::as_str).collect(),
            outputs: pages().map(|page| (page.output.as_str(), &page.document)).collect(),
            anchors: pages().map(|page| (page.document.path.as_str(), anchors(&page.document))).collect(),
        }
    }

    /// The path there is that is most like `wanted`: same letters in another case, the same name elsewhere, or near.
    fn nearest(&self, wanted: &str) -> Option<&'s str> {
        let all = || self.pages.keys().chain(&self.files).copied();
        let name = |path: &str| path.rsplit_once('/').map_or(path, |(_, name)| name).to_lowercase();
        all()
            .find(|path| path.eq_ignore_ascii_case(wanted))
            .or_else(|| nearest(wanted, all()))
            .or_else(|| all().find(|path| name(path) == name(wanted) && name(path) != "index.md"))
    }
}

fn check(site: &Site, index: &Index<'_>, document: &Document, link: &Link) -> Option<Diagnostic> {
    let place = Place::new(&document.file, link.span);
    let what = if link.kind == LinkKind::Image { "image" } else { "link" };
    if is_external(&link.target) {
        return (link.kind == LinkKind::Image).then(|| {
            Diagnostic::error("outside-image", place, "this image would be fetched from another site")
                .note("the site works under `Content-Security-Policy: default-src 'self'`, which blocks it")
                .hint("put the image into `content/`, or link to it: `[text](address)`")
        });
    }
    let (path, rest) = split(&link.target);
    let fragment = rest.split_once('#').map(|(_, fragment)| decoded(fragment));
    if path.is_empty() {
        return match fragment {
            Some(fragment) => dead_anchor(index, document, document, &fragment, place),
            None => Some(
                Diagnostic::error("dead-link", place, format!("this {what} leads nowhere"))
                    .hint("give it a target: `[text](page.md)`"),
            ),
        };
    }
    let dead = |message: String| Some(Diagnostic::error("dead-link", place.clone(), message));
    let resolved = match RelativePath::resolve(document.path.folder(), &decoded(path)) {
        Ok(resolved) => resolved,
        Err(PathError::Absolute) => {
            let inside = path.trim_start_matches('/');
            let target = index.pages.keys().chain(&index.files).copied().find(|known| *known == inside);
            let hint = match target.or_else(|| index.nearest(inside)) {
                Some(target) => format!("write `{}`", seen_from(document, target)),
                None => "write a path relative to this page".into(),
            };
            return dead(format!("this {what} starts with `/`"))
                .map(|d| d.note("it would work only where the site lies at the root of its domain").hint(hint));
        }
        Err(error) => {
            return dead(format!("this {what} leads to no file: {error}"))
                .map(|d| d.hint("write a path inside `content/`"));
        }
    };
    let wanted = resolved.as_str();
    if let Some(target) = index.pages.get(wanted) {
        return fragment.and_then(|fragment| dead_anchor(index, document, target, &fragment, place));
    }
    if index.files.contains(wanted) {
        // A browser would ask for a folder of that name.
        return path.ends_with('/').then(|| {
            Diagnostic::error("dead-link", place, format!("`{wanted}` is a file"))
                .hint(format!("write `{}`", seen_from(document, wanted)))
        });
    }
    if site.drafts.contains(&resolved) {
        return dead(format!("`{wanted}` is a draft, so this {what} would lead nowhere"))
            .map(|d| d.hint("publish the page by removing `draft = true`, or remove the link"));
    }
    let message = format!("there is no `{wanted}`");
    if let Some(page) = index.outputs.get(wanted) {
        return dead(message)
            .map(|d| d.hint(format!("link to the Markdown file: `{}`", seen_from(document, page.path.as_str()))));
    }
    let folder_index = format!("{}/index.md", wanted.trim_end_matches('/'));
    if index.pages.contains_key(folder_index.as_str()) {
        return dead(format!("`{wanted}` is a folder"))
            .map(|d| d.hint(format!("name the file: `{}`", seen_from(document, &folder_index))));
    }
    let with_suffix = format!("{wanted}.md");
    if index.pages.contains_key(with_suffix.as_str()) {
        return dead(message).map(|d| d.hint(format!("did you mean `{}`?", seen_from(document, &with_suffix))));
    }
    let diagnostic = dead(message)?;
    Some(match index.nearest(wanted) {
        Some(near) => diagnostic.hint(format!("did you mean `{}`?", seen_from(document, near))),
        None => diagnostic.hint("create it, or remove the link"),
    })
}

fn dead_anchor(
    index: &Index<'_>,
    from: &Document,
    target: &Document,
    fragment: &str,
    place: Place,
) -> Option<Diagnostic> {
    let is_there = |anchors: &BTreeSet<&str>| anchors.contains(fragment);
    let anchors = index.anchors.get(target.path.as_str());
    if fragment.is_empty() || fragment == "top" || anchors.is_some_and(is_there) {
        return None;
    }
    let anchors: Vec<&str> = anchors.into_iter().flatten().copied().collect();
    let on = if from.path == target.path { "this page".into() } else { format!("`{}`", target.path) };
    let diagnostic = Diagnostic::error("dead-anchor", place, format!("there is no `#{fragment}` on {on}"));
    Some(
        match nearest(fragment, anchors.iter().copied())
            .or_else(|| anchors.iter().copied().find(|anchor| anchor.contains(fragment)))
        {
            Some(near) => diagnostic.hint(format!("did you mean `#{near}`?")),
            None if anchors.is_empty() => diagnostic.hint("that page has no headings; link to the page itself"),
            None => {
                let some: Vec<String> = anchors.iter().take(8).map(|anchor| format!("`#{anchor}`")).collect();
                diagnostic.hint(format!("it has {}", some.join(", ")))
            }
        },
    )
}

fn seen_from(document: &Document, path: &str) -> String {
    RelativePath::parse(path).map_or_else(|_| path.to_owned(), |path| path.relative_to(document.path.folder()))
}

/// The path of a target, and its query and fragment.
fn split(target: &str) -> (&str, &str) {
    target.split_at(target.find(['#', '?']).unwrap_or(target.len()))
}

/// Whether a target names a scheme or a host (RFC 3986, section 3.1), so that it leads out of the site.
pub(super) fn is_external(target: &str) -> bool {
    let scheme = target.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme || target.starts_with("//")
}

/// Percent-decoding; what is not valid stays as it is.
pub(super) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::document::{Strictness, parse};
    use crate::site::{Drafts, assemble};
    use crate::span::SourceFile;

    /// The messages about the links of `content/do/p.md`, with three pages and two files beside it.
    fn check(text: &str) -> Vec<String> {
        let page = |path: &str, text: &str| {
            let file = SourceFile::new(format!("content/{path}"), text);
            parse(RelativePath::parse(path).unwrap(), &file, Strictness::Runs).0
        };
        let documents = vec![
            page("do/p.md", text),
            page("do/index.md", "# Do\n\n## A b\n"),
            page("index.md", "# Home\n"),
            page("do/ü x.md", "# Odd\n\n## Ü\n"),
            page("draft.md", "+++\ndraft = true\n+++\n"),
        ];
        let file = |path: &str| (RelativePath::parse(path).unwrap(), [].into());
        let assets = BTreeMap::from([file("do/a.png"), file("x.pdf")]);
        let (site, found) = assemble(Config::default(), documents, assets, Drafts::LeftOut);
        assert_eq!(found, []);
        let snippets = SnippetAnchors::from([(RelativePath::parse("do/p.md").unwrap(), ["go".to_owned()].into())]);
        let found = check_links(&site, &snippets);
        found.iter().map(|d| format!("{}; {}", d.message, d.hint.as_deref().unwrap_or("-"))).collect()
    }

    #[test]
    fn what_is_there_may_be_linked() {
        for target in [
            "index.md",
            "./index.md#a-b",
            "../index.md",
            "../do/p.md",
            "#go",
            "#",
            "#top",
            "%C3%BC%20x.md#%C3%BC",
            "<ü x.md>",
            "index.md?x=1#a-b",
            "../x.pdf",
            "https://x.org/",
            "//x.org",
            "mailto:a@x.org",
            "tel:1",
        ] {
            assert_eq!(check(&format!("[a]({target})\n")), Vec::<String>::new(), "{target}");
        }
        assert_eq!(check("![a](a.png)\n\n<img src=\"a.png\">\n"), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_there_is_named_with_what_is() {
        for (link, message) in [
            ("[a](indx.md)", "there is no `do/indx.md`; did you mean `index.md`?"),
            ("[a](Index.md)", "there is no `do/Index.md`; did you mean `index.md`?"),
            ("[a](index.html)", "there is no `do/index.html`; link to the Markdown file: `index.md`"),
            ("[a](index)", "there is no `do/index`; did you mean `index.md`?"),
            ("[a](../do)", "`do` is a folder; name the file: `index.md`"),
            ("[a](../do/)", "`do` is a folder; name the file: `index.md`"),
            ("[a](../../x)", "this link leads to no file: the path leads out of its folder; "),
            ("[a](/do/index.md)", "this link starts with `/`; write `index.md`"),
            ("[a](../draft.md)", "`draft.md` is a draft, so this link would lead nowhere; "),
            ("[a](index.md#a-c)", "there is no `#a-c` on `do/index.md`; did you mean `#a-b`?"),
            ("[a](#nope)", "there is no `#nope` on this page; it has `#go`"),
            ("[a]()", "this link leads nowhere; "),
            ("![a](b.png)", "there is no `do/b.png`; did you mean `a.png`?"),
            ("![a](https://x.org/a.png)", "this image would be fetched from another site; "),
            ("<img src=\"//x.org/a.png\">", "this image would be fetched from another site; "),
            ("<a href=\"nope.md\">a</a>", "there is no `do/nope.md`; "),
            ("[a](a.png/)", "`do/a.png` is a file; write `a.png`"),
        ] {
            let messages = check(&format!("{link}\n"));
            assert!(messages.len() == 1 && messages[0].starts_with(message), "{link}: {messages:?}");
        }
    }
}
