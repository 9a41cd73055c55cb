//! Links, images and raw HTML: every reference a page makes, with its place.
//!
//! Takes the event stream, gives the targets as written. Whether a target exists is `site`'s business. Raw HTML that
//! would break under the site's own rules (no inline script, event handler, style or `data:` address) is refused here.

use std::cell::RefCell;
use std::sync::Arc;

use lol_html::{RewriteStrSettings, element, rewrite_str};
use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::fence::Code;
use crate::diagnostic::{Diagnostic, Place};
use crate::span::{SourceFile, Span};

/// One reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// As written, entities and escapes resolved.
    pub target: String,
    /// Where the target stands; the whole link where it does not stand in it (reference links).
    pub span: Span,
    /// What refers.
    pub kind: LinkKind,
}

/// What refers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// `[text](target)`.
    Link,
    /// `![text](target)`, and `src`, `srcset`, `poster` of raw HTML: what a browser fetches with the page.
    Image,
    /// `href` of raw HTML.
    Html,
}

/// Attributes of raw HTML that refer to something.
const REFERRING: [(&str, LinkKind); 3] =
    [("href", LinkKind::Html), ("src", LinkKind::Image), ("poster", LinkKind::Image)];

/// Reads every reference, and every id raw HTML gives.
pub(super) fn read(
    file: &Arc<SourceFile>,
    events: &[(Event<'static>, Span)],
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Link>, Vec<(String, Span)>) {
    let mut found = Found { links: Vec::new(), ids: Vec::new(), diagnostics: Vec::new() };
    let mut block: Option<Code> = None;
    for (event, span) in events {
        match event {
            Event::Start(Tag::Link { link_type, dest_url, .. }) if *link_type != LinkType::Email => {
                found.link(file, target_span(file, *span, dest_url), dest_url, LinkKind::Link);
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                found.link(file, target_span(file, *span, dest_url), dest_url, LinkKind::Image);
            }
            // The lines of a block are read as one: a tag may go over several of them.
            Event::Start(Tag::HtmlBlock) => block = Some(Code::default()),
            Event::Html(html) => {
                if let Some(block) = &mut block {
                    block.push(html, *span);
                }
            }
            Event::End(TagEnd::HtmlBlock) => {
                if let Some(block) = block.take() {
                    raw_html(file, &block, &mut found);
                }
            }
            Event::InlineHtml(html) => {
                let mut inline = Code::default();
                inline.push(html, *span);
                raw_html(file, &inline, &mut found);
            }
            _ => {}
        }
    }
    diagnostics.append(&mut found.diagnostics);
    (found.links, found.ids)
}

struct Found {
    links: Vec<Link>,
    ids: Vec<(String, Span)>,
    diagnostics: Vec<Diagnostic>,
}

impl Found {
    fn link(&mut self, file: &Arc<SourceFile>, span: Span, target: &str, kind: LinkKind) {
        if carries_content(target) {
            self.diagnostics.push(refused(file, span, "an address that carries its content"));
        } else {
            self.links.push(Link { target: target.to_owned(), span, kind });
        }
    }
}

/// The target within the link `span`: links nest (an image in a link), so the last `](` is its own.
fn target_span(file: &SourceFile, span: Span, target: &str) -> Span {
    let text = file.slice(span);
    let start = text.rfind("](").unwrap_or(0);
    match text[start..].find(target) {
        Some(at) if !target.is_empty() => Span::new(at, at + target.len()).shifted(span.start + start),
        _ => span,
    }
}

fn raw_html(file: &Arc<SourceFile>, html: &Code, found: &mut Found) {
    let found = RefCell::new(found);
    let handler = element!("*", |element| {
        let mut found = found.borrow_mut();
        let bytes = element.source_location().bytes();
        let tag = html.source_span(Span::new(bytes.start, bytes.end));
        let name = element.tag_name();
        if name == "script" || name == "style" {
            found.diagnostics.push(refused(file, tag, &format!("`<{name}>` in a page")));
        }
        for attribute in element.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            let place = attribute_span(file, tag, &value);
            if key.starts_with("on") || key == "style" {
                found.diagnostics.push(refused(file, place, &format!("the attribute `{key}` in raw HTML")));
            } else if carries_content(&value) {
                found.diagnostics.push(refused(file, place, "an address that carries its content"));
            } else if key == "id" || (key == "name" && name == "a") {
                found.ids.push((value, place));
            } else if key == "srcset" {
                for target in value.split(',').filter_map(|part| part.split_whitespace().next()) {
                    found.links.push(Link { target: target.to_owned(), span: place, kind: LinkKind::Image });
                }
            } else if let Some((_, kind)) = REFERRING.iter().find(|(name, _)| *name == key) {
                found.links.push(Link { target: unescape(&value), span: place, kind: *kind });
            }
        }
        Ok(())
    });
    // Not strict: what the rewriter finds ambiguous must be read on all the same.
    let settings = RewriteStrSettings::new().with_strict(false).append_element_content_handler(handler);
    // Only the reading counts; a fragment the rewriter cannot follow holds nothing a browser would follow either.
    let _ = rewrite_str(&html.text, settings);
}

/// Whether an address is a document or a script itself. Browsers leave out white space in it, so it does not count.
fn carries_content(address: &str) -> bool {
    let start: String = address.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(11).collect();
    let start = start.to_lowercase();
    start.starts_with("data:") || start.starts_with("javascript:")
}

fn refused(file: &Arc<SourceFile>, span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("raw-html", Place::new(file, span), format!("{what} is not published"))
        .note("the site works under `Content-Security-Policy: default-src 'self'`, which blocks it")
        .hint("put styles and scripts into `themes/`, and images into `content/`")
}

fn attribute_span(file: &SourceFile, tag: Span, value: &str) -> Span {
    match file.slice(tag).find(value) {
        Some(at) if !value.is_empty() => Span::new(at, at + value.len()).shifted(tag.start),
        _ => tag,
    }
}

/// An attribute's value is raw source to the reader; of its entities only `&amp;` occurs in addresses.
fn unescape(value: &str) -> String {
    value.replace("&amp;", "&")
}
