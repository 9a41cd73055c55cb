//! Links: what each leads to, and which lead nowhere.
//!
//! Takes a `Site` and the anchors snippets add, gives a diagnostic for each dead link with the nearest target there is,
//! and the address of each live one as written from its page. Must stay true: every link of a page, raw HTML's and front
//! matter's included, is either checked here or leads out of the site.

use std::collections::{BTreeMap, BTreeSet};

use super::{PageId, Site};
use crate::diagnostic::{Diagnostic, Place, nearest};
use crate::document::{Document, Link, LinkKind};
use crate::path::{PathError, RelativePath};

/// Anchors beside those of headings and raw HTML, by page: the ids of its snippets.
pub type SnippetAnchors = BTreeMap<RelativePath, BTreeSet<String>>;

/// Reports every dead link of the site.
pub fn check_links(site: &Site, snippets: &SnippetAnchors) -> Vec<Diagnostic> {
    let index = Index::new(site);
    let mut diagnostics = Vec::new();
    for page in &site.pages {
        for link in &page.document.links {
            diagnostics.extend(check(site, &index, snippets, &page.document, link));
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

/// `path` with what an address does not allow percent-encoded.
pub fn encoded(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' | b'+' | b',' | b'@' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// The paths of the site, for looking up and for suggesting.
struct Index<'s> {
    pages: BTreeMap<&'s str, &'s Document>,
    files: BTreeSet<&'s str>,
    outputs: BTreeMap<&'s str, &'s Document>,
}

impl<'s> Index<'s> {
    fn new(site: &'s Site) -> Self {
        let pages = || site.pages.iter();
        Self {
            pages: pages().map(|page| (page.document.path.as_str(), &page.document)).collect(),
            files: site.assets.keys().map(RelativePath::as_str).collect(),
            outputs: pages().map(|page| (page.output.as_str(), &page.document)).collect(),
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

fn check(
    site: &Site,
    index: &Index<'_>,
    snippets: &SnippetAnchors,
    document: &Document,
    link: &Link,
) -> Option<Diagnostic> {
    let place = Place::new(&document.file, link.span);
    let what = if link.kind == LinkKind::Image { "image" } else { "link" };
    if is_external(&link.target) {
        return None;
    }
    let (path, rest) = split(&link.target);
    let fragment = rest.split_once('#').map(|(_, fragment)| decoded(fragment));
    if path.is_empty() {
        return match fragment {
            Some(fragment) => dead_anchor(snippets, document, document, &fragment, place),
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
        return fragment.and_then(|fragment| dead_anchor(snippets, document, target, &fragment, place));
    }
    if index.files.contains(wanted) {
        return None;
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
    snippets: &SnippetAnchors,
    from: &Document,
    target: &Document,
    fragment: &str,
    place: Place,
) -> Option<Diagnostic> {
    let of_snippets = snippets.get(&target.path).into_iter().flatten().map(String::as_str);
    let anchors: Vec<&str> = target.anchors().chain(of_snippets).collect();
    if fragment.is_empty() || fragment == "top" || anchors.contains(&fragment) {
        return None;
    }
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
fn is_external(target: &str) -> bool {
    let scheme = target.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme || target.starts_with("//")
}

/// Percent-decoding; what is not valid stays as it is.
fn decoded(text: &str) -> String {
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
