//! What a page is about, in its own words, where its author wrote no description.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::document::{Document, plain_text};
use crate::span::Span;

/// The first paragraph of the section Summary.
pub(crate) fn of_incident(document: &Document) -> Option<String> {
    let heading = document.headings.iter().find(|heading| heading.text.eq_ignore_ascii_case("summary"))?;
    let after = &document.events[heading.event + 1..];
    let section = after.iter().position(|(event, _)| matches!(event, Event::Start(Tag::Heading { .. })));
    first_paragraph(&after[..section.unwrap_or(after.len())])
}

/// The first paragraph of the page that says something.
pub(crate) fn of_page(document: &Document) -> Option<String> {
    first_paragraph(&document.events)
}

fn first_paragraph(events: &[(Event<'static>, Span)]) -> Option<String> {
    let mut rest = events;
    while let Some(start) = rest.iter().position(|(event, _)| matches!(event, Event::Start(Tag::Paragraph))) {
        let length = rest[start..].iter().position(|(event, _)| matches!(event, Event::End(TagEnd::Paragraph)))?;
        let text = plain_text(&rest[start..start + length]);
        if !text.is_empty() {
            return Some(text);
        }
        rest = &rest[start + length..];
    }
    None
}
