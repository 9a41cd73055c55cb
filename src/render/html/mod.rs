//! Markdown events to HTML.
//!
//! Takes the events of a page and what the site knows about them, gives the page's text as HTML. The parts:
//! 1. `writer` walks the events: CommonMark, tables, lists of all kinds, alerts, headings with their anchors;
//! 2. `alert` has the signs of callouts, `footnote` numbers footnotes in the order a reader meets them;
//! 3. `raw` rewrites the addresses in raw HTML.
//!
//! Must stay true: `plain` gives what the CommonMark specification prints; `page` adds to it only elements, classes and
//! ids: no inline style, script, event handler or `data:` address.

mod alert;
mod footnote;
mod raw;
mod writer;

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::Event;

use super::image::Size;
use crate::span::Span;
use writer::Writer;

/// What a page knows that its Markdown does not say.
pub(crate) struct Surroundings<'a> {
    /// The address of a link's or an image's target, as seen from the page.
    pub(crate) address: &'a (dyn Fn(&str) -> String + Sync),
    /// Width and height of the image a target names, if they are known.
    pub(crate) size: &'a (dyn Fn(&str) -> Option<Size> + Sync),
    /// The ids of headings, by the index of their first event.
    pub(crate) heading_ids: BTreeMap<usize, &'a str>,
    /// What stands in place of a fence, by the index of its first event; empty where it is shown elsewhere.
    pub(crate) fences: &'a BTreeMap<usize, String>,
}

/// The events without `skipped` (the heading that is the page's title) as the text of a page.
pub(crate) fn page(events: &[(Event<'_>, Span)], skipped: &Range<usize>, surroundings: &Surroundings<'_>) -> String {
    let mut writer = Writer::new(events, Some(surroundings));
    writer.run(0..skipped.start);
    writer.run(skipped.end.max(skipped.start)..events.len());
    writer.finish()
}

/// The events between a heading's start and its end, for where a heading stands elsewhere, as the page's title does.
pub(crate) fn inline(events: &[(Event<'_>, Span)], surroundings: &Surroundings<'_>) -> String {
    let mut writer = Writer::new(events, Some(surroundings));
    writer.run(0..events.len());
    writer.finish()
}

/// Events as the CommonMark specification prints them: no anchors, no classes, every address as written.
pub fn plain(events: &[(Event<'_>, Span)]) -> String {
    let mut writer = Writer::new(events, None);
    writer.run(0..events.len());
    writer.finish()
}

#[cfg(test)]
mod tests;
