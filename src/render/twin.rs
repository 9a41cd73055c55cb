//! The Markdown of a page, for programs: what its author wrote, under its title and what the front matter says.
//!
//! Takes a page and what is known of its runbook, gives the text of `do/page.md`, which stands beside `do/page.html`.
//! Must stay true: the twin lies at the path its source has below `content/`, so every relative link in it leads where
//! it led for the author: to the twin of a page, to an asset beside it. Nothing in the text is rewritten.

use super::escape::Viewpoint;
use super::markdown;
use super::page::about;
use super::proof::Known;
use crate::document::Document;
use crate::site::{Page, Site};

/// The twin of `page`.
pub(crate) fn text(site: &Site, page: &Page, known: Option<&Known<'_>>) -> String {
    let document = &page.document;
    let (title, body) = title_and_body(document);
    let mut out = format!("{title}\n\n");
    let front_matter = &document.front_matter;
    if let Some(description) = &front_matter.description {
        out.push_str(&format!("> {}\n\n", markdown::line(&description.value)));
    }
    let address = Viewpoint::Folder(page.output.folder().to_owned()).address(&page.output);
    out.push_str(&format!("From [{}]({address}).\n", markdown::text(&site.config.title)));
    let facts = facts(document, known);
    if !facts.is_empty() {
        out.push('\n');
    }
    for fact in facts {
        out.push_str(&format!("- {fact}\n"));
    }
    let body = body.trim_matches(['\r', '\n']);
    if !body.is_empty() {
        out.push_str(&format!("\n{body}\n"));
    }
    out
}

/// The title as a heading, and the text without it: the heading that opens the text moves above what is added.
fn title_and_body(document: &Document) -> (String, String) {
    let text = document.file.text();
    let start =
        document.front_matter.span.map_or_else(|| text.len() - text.trim_start_matches('\u{feff}').len(), |s| s.end);
    let body = text.get(start..).unwrap_or_default();
    match document.events.get(document.title_events.clone()).and_then(<[_]>::first) {
        Some((_, span)) => {
            let rest = [text.get(start..span.start), text.get(span.end..)].map(Option::unwrap_or_default).concat();
            (document.file.slice(*span).trim_end().to_owned(), rest)
        }
        None => (format!("# {}", markdown::text(&document.title)), body.to_owned()),
    }
}

/// What the page shows above its text, each in a line.
fn facts(document: &Document, known: Option<&Known<'_>>) -> Vec<String> {
    let about = about(&document.front_matter, &|target| target.to_owned(), &|_, _| String::new());
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: &str| facts.push(format!("{name}: {}", markdown::text(value)));
    if let Some(kind) = &about.kind {
        fact("Kind", &kind.title);
    }
    if let Some(owner) = &about.owner {
        fact("Owner", &owner.title);
    }
    if let Some(review_by) = &about.review_by {
        fact("Review by", &review_by.words);
    }
    if !about.tags.is_empty() {
        let tags: Vec<&str> = about.tags.iter().map(|tag| tag.title.as_str()).collect();
        fact("Tags", &tags.join(", "));
    }
    for incident in &about.incident {
        let text = incident.text.as_ref().or(incident.time.as_ref().map(|time| &time.words));
        fact(incident.name, text.map_or("", String::as_str));
    }
    if let Some(proof) = known.and_then(Known::page) {
        fact("Proof", &proof.verdict.words);
    }
    for parameter in known.iter().flat_map(|known| &known.runbook.parameters) {
        let (name, value) = (markdown::code(&parameter.name), markdown::code(&parameter.default.to_string()));
        facts.push(format!("Value to fill in: {name}, {}, here {value}", markdown::text(&parameter.label)));
    }
    for action in &about.actions {
        let text = markdown::text(&action.text);
        let text = action.address.as_ref().map_or_else(|| text.clone(), |address| format!("[{text}](<{address}>)"));
        facts.push(format!("Action: {text} ({})", markdown::text(&action.status)));
    }
    facts
}
