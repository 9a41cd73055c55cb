//! Headings: their text, and the anchors made from it.
//!
//! Takes the event stream, gives the headings with ids unique on the page. Must stay true: the id of a heading depends
//! on the headings above it only, and follows GitHub's rule, so links written against GitHub's view hold here.

use std::collections::BTreeMap;
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

/// The `#` heading that is the page's title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Title {
    /// Its events; empty if there is none.
    pub(super) events: Range<usize>,
    /// Its anchor.
    pub(super) id: Option<String>,
}

/// Reads the headings, and the events of the `#` heading the body opens with, if that is the page's title: it says the
/// same as the front matter's `title`, or there is none.
pub(super) fn read(
    file: &Arc<SourceFile>,
    events: &[(Event<'static>, Span)],
    front_title: Option<&str>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Heading>, Title) {
    let mut headings = Vec::new();
    let mut title = Title::default();
    let mut taken = Taken::default();
    for (start, (event, span)) in events.iter().enumerate() {
        let Event::Start(Tag::Heading { level, id, .. }) = event else { continue };
        let length = events[start..].iter().position(|(event, _)| matches!(event, Event::End(TagEnd::Heading(_))));
        let end = start + length.unwrap_or(0);
        let text = plain_text(&events[start..end]);
        if start == 0 && *level == HeadingLevel::H1 && front_title.is_none_or(|title| title == text) {
            let wanted = id.as_ref().map_or_else(|| slug(&text), |id| id.to_string());
            title = Title { events: 0..end + 1, id: Some(taken.take(wanted)) };
            continue;
        }
        let wanted = id.as_ref().map_or_else(|| slug(&text), |id| id.to_string());
        let id = if id.is_some() && taken.holds(&wanted) {
            diagnostics.push(
                Diagnostic::error("id-twice", Place::new(file, *span), format!("the id `{wanted}` is already taken"))
                    .note("a link to it would reach the first one only")
                    .hint("give this heading another `{#id}`"),
            );
            wanted
        } else {
            taken.take(wanted)
        };
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

/// The ids given so far, each with the last number that was put behind it: so that the thousandth heading of a name
/// does not try a thousand numbers.
#[derive(Default)]
struct Taken(BTreeMap<String, usize>);

impl Taken {
    fn holds(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// `wanted`, or `wanted-1`, `wanted-2` … if it is taken; it is taken then.
    fn take(&mut self, wanted: String) -> String {
        let mut id = wanted.clone();
        let mut number = self.0.get(&wanted).copied().unwrap_or(0);
        while self.holds(&id) {
            number += 1;
            id = format!("{wanted}-{number}");
        }
        self.0.insert(wanted, number);
        self.0.entry(id.clone()).or_default();
        id
    }
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
