//! Headings: their text, and the anchors made from it.
//!
//! Takes the event stream, gives the headings with ids unique on the page. Must stay true: the id of a heading depends
//! on the headings above it only, and follows GitHub's rule, so links written against GitHub's view hold here.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use crate::diagnostic::{Diagnostic, Place};
use crate::span::{SourceFile, Span};

/// One heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its anchor.
    pub id: String,
    /// Its text without markup.
    pub text: String,
    /// The index of its first event in the document.
    pub event: usize,
    /// Where it stands.
    pub span: Span,
}

/// Reads the headings, and the events of the `#` heading the body opens with.
pub(super) fn read(
    file: &Arc<SourceFile>,
    events: &[(Event<'static>, Span)],
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Heading>, Range<usize>) {
    let mut headings = Vec::new();
    let mut title = 0..0;
    let mut taken = BTreeSet::new();
    for (start, (event, span)) in events.iter().enumerate() {
        let Event::Start(Tag::Heading { level, id, .. }) = event else { continue };
        let length = events[start..].iter().position(|(event, _)| matches!(event, Event::End(TagEnd::Heading(_))));
        let end = start + length.unwrap_or(0);
        if start == 0 && *level == HeadingLevel::H1 {
            title = 0..end + 1;
            continue;
        }
        let text = plain_text(&events[start..end]);
        let wanted = id.as_ref().map_or_else(|| slug(&text), |id| id.to_string());
        let id = if id.is_some() && taken.contains(&wanted) {
            diagnostics.push(
                Diagnostic::error("id-twice", Place::new(file, *span), format!("the id `{wanted}` is already taken"))
                    .note("a link to it would reach the first one only")
                    .hint("give this heading another `{#id}`"),
            );
            wanted
        } else {
            unique(&wanted, &taken)
        };
        taken.insert(id.clone());
        headings.push(Heading { level: *level as u8, id, text, event: start, span: *span });
    }
    (headings, title)
}

/// The text of events, without markup.
pub fn plain_text(events: &[(Event<'static>, Span)]) -> String {
    let mut text = String::new();
    for (event, _) in events {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text.trim().to_owned()
}

/// GitHub's rule: lower case, spaces to `-`, everything but letters, digits, `-` and `_` dropped.
fn slug(text: &str) -> String {
    let slug: String = text
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect();
    if slug.is_empty() { "section".into() } else { slug }
}

fn unique(wanted: &str, taken: &BTreeSet<String>) -> String {
    if !taken.contains(wanted) {
        return wanted.to_owned();
    }
    (1..).map(|n| format!("{wanted}-{n}")).find(|id| !taken.contains(id)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_follow_github() {
        assert_eq!(slug("After the row is back"), "after-the-row-is-back");
        assert_eq!(slug("What's `new`, in 2.0?"), "whats-new-in-20");
        assert_eq!(slug("a_b – c"), "a_b--c");
        assert_eq!(slug("Über uns"), "über-uns");
        assert_eq!(slug("!!!"), "section");
    }
}
