//! Footnotes: numbered in the order a reader meets them, collected at the end, with links there and back.
//!
//! Must stay true: a definition is never lost; one that nothing refers to stands last, without a way back. Ids hold a
//! `:`, which no heading's id does.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::span::Span;

/// The footnotes of one page.
#[derive(Debug, Default)]
pub(super) struct Footnotes {
    /// By label: the events of the definition's content.
    definitions: BTreeMap<String, Range<usize>>,
    /// Labels in the order of their numbers, each with how often it was referred to so far.
    numbered: Vec<(String, usize)>,
    /// How many of `numbered` have been written out.
    written: usize,
}

impl Footnotes {
    /// Finds the definitions.
    pub(super) fn new(events: &[(Event<'_>, Span)]) -> Self {
        let mut footnotes = Self::default();
        let mut open: Vec<(String, usize)> = Vec::new();
        for (index, (event, _)) in events.iter().enumerate() {
            match event {
                Event::Start(Tag::FootnoteDefinition(label)) => open.push((key(label), index)),
                Event::End(TagEnd::FootnoteDefinition) => {
                    if let Some((label, start)) = open.pop() {
                        // The first of two definitions is the one the reference means.
                        footnotes.definitions.entry(label).or_insert(start + 1..index);
                    }
                }
                _ => {}
            }
        }
        footnotes
    }

    /// The link that stands for a reference to `label`; `None` if nothing defines it.
    pub(super) fn reference(&mut self, label: &str) -> Option<String> {
        let label = key(label);
        if !self.definitions.contains_key(&label) {
            return None;
        }
        let at = self.numbered.iter().position(|(known, _)| *known == label).unwrap_or_else(|| {
            self.numbered.push((label, 0));
            self.numbered.len() - 1
        });
        let (_, count) = &mut self.numbered[at];
        *count += 1;
        let number = at + 1;
        let id = reference_id(number, *count);
        Some(format!("<sup class=\"footnote-ref\"><a id=\"{id}\" href=\"#fn:{number}\">{number}</a></sup>"))
    }

    /// The next definition to write out: its number and events. Writing one may refer to, and so number, others; when
    /// all of these are written, those that nothing refers to follow.
    pub(super) fn next(&mut self) -> Option<(usize, Range<usize>)> {
        if self.written == self.numbered.len() {
            let unused = self.definitions.keys().find(|label| !self.numbered.iter().any(|(known, _)| known == *label));
            self.numbered.push((unused?.clone(), 0));
        }
        let (label, _) = &self.numbered[self.written];
        self.written += 1;
        Some((self.written, self.definitions.get(label)?.clone()))
    }

    /// `content`, the definition `number` written out, with the links back to its references.
    pub(super) fn with_way_back(&self, number: usize, content: String) -> String {
        let count = self.numbered.get(number - 1).map_or(0, |(_, count)| *count);
        let mut links = String::new();
        for reference in 1..=count {
            let id = reference_id(number, reference);
            let which = if count == 1 { String::new() } else { format!(", {reference} of {count}") };
            // Writing to a String does not fail.
            let _ = write!(
                links,
                " <a class=\"footnote-back\" href=\"#{id}\" aria-label=\"Back to reference {number}{which}\">\u{21a9}\u{fe0e}</a>"
            );
        }
        match content.strip_suffix("</p>\n") {
            Some(inner) => format!("{inner}{links}</p>\n"),
            None => format!("{content}{links}"),
        }
    }
}

/// Labels are compared without regard to case.
fn key(label: &str) -> String {
    label.to_lowercase()
}

fn reference_id(number: usize, count: usize) -> String {
    if count == 1 { format!("fnref:{number}") } else { format!("fnref:{number}-{count}") }
}
