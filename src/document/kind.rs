//! What a page of a kind must have: front matter, sections, and a post-mortem's timeline.
//!
//! Takes a document, gives diagnostics and the timeline. Must stay true: a reader under stress finds the same sections
//! under the same names on every page of a kind.

use std::sync::Arc;

use jiff::civil::DateTime;
use pulldown_cmark::{Event, Tag, TagEnd};

use super::front_matter::{Kind, parse_time};
use super::{Document, plain_text};
use crate::diagnostic::{Diagnostic, Place, nearest};
use crate::span::Span;

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When, in UTC.
    pub time: DateTime,
    /// What happened.
    pub text: String,
}

/// The sections a page of a kind has, as `##` headings.
pub fn required_sections(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Doc => &[],
        Kind::Runbook => {
            &["What you need", "What you do", "How you know it worked", "How to go back", "What can go wrong"]
        }
        Kind::Drill => &["Situation", "What you do", "How you know it worked"],
        Kind::Postmortem => &[
            "Summary",
            "Impact",
            "Root causes",
            "Trigger",
            "Detection",
            "Resolution",
            "Action items",
            "Lessons learned",
            "What went well",
            "What went wrong",
            "Where we got lucky",
            "Timeline",
        ],
    }
}

/// Checks the document against its kind, and reads the timeline.
pub(super) fn check(document: &Document, diagnostics: &mut Vec<Diagnostic>) -> Vec<TimelineEntry> {
    check_front_matter(document, diagnostics);
    check_sections(document, diagnostics);
    if document.front_matter.kind == Kind::Postmortem { timeline(document, diagnostics) } else { Vec::new() }
}

/// Where a message about something that is not there points: the front matter's first line, else the page's.
fn top(document: &Document) -> Place {
    let start = document.front_matter.span.map_or(0, |span| span.start);
    Place::new(
        &document.file,
        Span::new(start, start + document.file.text()[start..].lines().next().map_or(0, str::len)),
    )
}

fn check_front_matter(document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let front = &document.front_matter;
    let incident = &front.incident;
    let kind = front.kind.name();
    let required: Vec<(&str, bool)> = match front.kind {
        Kind::Doc => vec![],
        Kind::Runbook | Kind::Drill => {
            vec![("description", front.description.is_some()), ("owner", front.owner.is_some())]
        }
        Kind::Postmortem => vec![
            ("severity", incident.severity.is_some()),
            ("started", incident.started.is_some()),
            ("detected", incident.detected.is_some()),
            ("declared", incident.declared.is_some()),
            ("resolved", incident.resolved.is_some()),
        ],
    };
    for (key, _) in required.iter().filter(|(_, present)| !present) {
        diagnostics.push(
            Diagnostic::error("missing-key", top(document), format!("a {kind} needs `{key}` in its front matter"))
                .hint(format!("add `{key} = \"…\"`")),
        );
    }
    let order = [
        ("started", incident.started),
        ("detected", incident.detected),
        ("declared", incident.declared),
        ("resolved", incident.resolved),
    ];
    let known: Vec<_> = order.iter().filter_map(|(name, time)| time.map(|time| (*name, time))).collect();
    for pair in known.windows(2) {
        if pair[1].1 < pair[0].1 {
            let message = format!("`{}` lies before `{}`", pair[1].0, pair[0].0);
            diagnostics.push(
                Diagnostic::error("times-out-of-order", top(document), message).hint(
                    "correct one of the two: an incident starts, is detected, declared and resolved in this order",
                ),
            );
        }
    }
}

fn check_sections(document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let kind = document.front_matter.kind;
    let sections: Vec<_> = document.headings.iter().filter(|heading| heading.level == 2).collect();
    for required in required_sections(kind) {
        if sections.iter().any(|section| section.text.eq_ignore_ascii_case(required)) {
            continue;
        }
        let message = format!("a {} needs a section `## {required}`", kind.name());
        // A section that is required itself is not a misspelling of another.
        let is_required =
            |text: &str| required_sections(kind).iter().any(|required| text.eq_ignore_ascii_case(required));
        let others = sections.iter().map(|section| section.text.as_str()).filter(|text| !is_required(text));
        let near = nearest(required, others);
        let close = near.and_then(|near| sections.iter().find(|section| section.text == near));
        diagnostics.push(match close {
            Some(section) => Diagnostic::error("missing-section", Place::new(&document.file, section.span), message)
                .label("is it this one?")
                .hint(format!("write `## {required}`")),
            None => Diagnostic::error("missing-section", top(document), message)
                .note("readers look for the same sections on every page of a kind")
                .hint(format!("add `## {required}`; if there is nothing to say, say that")),
        });
    }
}

/// The list under the heading Timeline: each item a UTC time, a dash, text, in order.
fn timeline(document: &Document, diagnostics: &mut Vec<Diagnostic>) -> Vec<TimelineEntry> {
    let Some(heading) = document.headings.iter().find(|heading| heading.text.eq_ignore_ascii_case("timeline")) else {
        return Vec::new();
    };
    let next = document.headings.iter().find(|other| other.event > heading.event && other.level <= heading.level);
    let events = &document.events[heading.event..next.map_or(document.events.len(), |next| next.event)];
    let mut entries: Vec<TimelineEntry> = Vec::new();
    let mut start = None;
    let mut depth = 0usize;
    for (index, (event, span)) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::Item) => {
                if depth == 0 {
                    start = Some(index);
                }
                depth += 1;
            }
            Event::End(TagEnd::Item) => {
                depth = depth.saturating_sub(1);
                if depth > 0 {
                    continue;
                }
                let Some(start) = start.take() else { continue };
                let text = plain_text(&events[start..index]);
                let item = Span::new(span.start, span.start + document.file.slice(*span).trim_end().len());
                let place = Place { file: Arc::clone(&document.file), span: item };
                match entry(&text) {
                    None => diagnostics.push(
                        Diagnostic::error(
                            "timeline-entry",
                            place,
                            "this entry of the timeline does not start with a time",
                        )
                        .hint("write `- 2023-06-20 12:32 - what happened`, in UTC"),
                    ),
                    Some(entry) => {
                        if let Some(earlier) = entries.last().filter(|earlier| earlier.time > entry.time) {
                            let message = format!(
                                "this entry lies before the one above it ({})",
                                earlier.time.strftime("%F %H:%M")
                            );
                            diagnostics.push(
                                Diagnostic::error("timeline-order", place, message).hint("put the entries in order"),
                            );
                        }
                        entries.push(entry);
                    }
                }
            }
            _ => {}
        }
    }
    if entries.is_empty() && !diagnostics.iter().any(|diagnostic| diagnostic.code == "timeline-entry") {
        diagnostics.push(
            Diagnostic::error("timeline-entry", Place::new(&document.file, heading.span), "the timeline has no entry")
                .hint("write a list below it: `- 2023-06-20 12:32 - what happened`, in UTC"),
        );
    }
    entries
}

fn entry(text: &str) -> Option<TimelineEntry> {
    let dash = text.char_indices().find(|&(at, c)| {
        matches!(c, '-' | '–' | '—')
            && at >= 14
            && text[..at].ends_with(' ')
            && text[at + c.len_utf8()..].starts_with(' ')
    })?;
    let time = parse_time(text[..dash.0].trim())?;
    let text = text[dash.0 + dash.1.len_utf8()..].trim();
    (!text.is_empty()).then(|| TimelineEntry { time, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_entry_is_a_time_a_dash_and_text() {
        let time = parse_time("2023-06-20 12:32").unwrap();
        let expected = Some(TimelineEntry { time, text: "gone - really".into() });
        assert_eq!(entry("2023-06-20 12:32 - gone - really"), expected);
        assert_eq!(entry("20/06/2023 12:32 – gone - really"), expected);
        assert_eq!(entry("12:32 - gone"), None);
        assert_eq!(entry("2023-06-20 12:32 -"), None);
    }
}
