//! The one configuration of the Markdown parser.
//!
//! Takes the body of a page, gives its events with places in the file. Must stay true: no other module runs the parser.

use std::sync::Arc;

use pulldown_cmark::{BrokenLink, Event, LinkType, Options, Parser};

use crate::diagnostic::{Diagnostic, Place};
use crate::span::{SourceFile, Span};

/// CommonMark with tables, footnotes, strikethrough, task lists, heading attributes, definition lists, GitHub alerts.
pub fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}

/// The events of the part `body` of `file`.
///
/// A reference link in full form (`[text][name]`, `[name][]`) whose name is defined nowhere is an error: the parser would
/// leave its brackets in the text. The short form `[name]` is ordinary text.
pub(super) fn events(
    file: &Arc<SourceFile>,
    body: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Event<'static>, Span)> {
    let undefined = |link: BrokenLink<'_>| {
        if matches!(link.link_type, LinkType::Reference | LinkType::Collapsed) {
            let place = Place::new(file, Span::from(link.span).shifted(body.start));
            let message = format!("no link is defined under the name `{}`", link.reference);
            diagnostics.push(
                Diagnostic::error("undefined-reference", place, message)
                    .hint(format!("add a line `[{}]: target` to the page, or write `[text](target)`", link.reference)),
            );
        }
        None
    };
    Parser::new_with_broken_link_callback(file.slice(body), options(), Some(undefined))
        .into_offset_iter()
        .map(|(event, range)| (event.into_static(), Span::from(range).shifted(body.start)))
        .collect()
}
