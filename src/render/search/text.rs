//! A page as it is searched: its sections, cut into passages of lines.
//!
//! Takes a page and what is known of its runbook, gives what a reader can find on it. Must stay true: what a reader sees
//! is what is found, parameters filled in; what a drill hides is not given away; every passage belongs to the section a
//! hit in it leads to.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::super::page;
use super::super::proof::Known;
use super::super::snippet;
use crate::document::{Document, Fence};
use crate::runbook::{Action, ErrorPattern, Role, Snippet};

/// How long a passage is, in bytes, before the next line starts another: short enough to load for one hit.
const PASSAGE: usize = 1500;

/// A longer line goes on in another: a hit shows a few words of one.
const LINE: usize = 1200;

/// A section of a page; the first is the page itself, above its first heading.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// Its anchor; empty for the page itself.
    pub(super) id: String,
    /// Its heading; empty for the page itself.
    pub(super) heading: String,
    /// The headings of the sections it lies in.
    pub(super) above: Vec<String>,
    /// The levels of those headings, and its own.
    levels: Vec<u8>,
    /// What stands in it, in passages; never empty.
    pub(super) passages: Vec<Vec<Line>>,
}

/// A paragraph, an item, a row of a table or a line of code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// What it is.
    pub(super) voice: Voice,
    /// Its text; in prose, code stands between backticks.
    pub(super) text: String,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// The author's words.
    Prose,
    /// The title of a block.
    Label,
    /// What is typed.
    Code,
    /// What comes back.
    Output,
}

/// The sections of a page.
pub(super) fn sections(document: &Document, known: Option<&Known<'_>>) -> Vec<Section> {
    let top = Section { passages: vec![Vec::new()], ..Section::default() };
    let mut reading = Reading { sections: vec![top], line: String::new(), size: 0 };
    reading.about(document, known);
    let blocks = Blocks::new(document, known);
    let mut headings = document.headings.iter().peekable();
    let mut skipped_to = 0;
    for (index, (event, _)) in document.events.iter().enumerate() {
        if index < skipped_to || document.title_events.contains(&index) {
            continue;
        }
        if let Some(heading) = headings.next_if(|heading| heading.event == index) {
            reading.section(heading);
            skipped_to = end(document, index, |end| matches!(end, TagEnd::Heading(_)));
            continue;
        }
        match event {
            Event::Start(Tag::CodeBlock(_)) => {
                reading.end_line();
                skipped_to = end(document, index, |end| end == TagEnd::CodeBlock);
                match blocks.fences.get(&index) {
                    Some(fence) => blocks.read(*fence, &mut reading),
                    None => document.events[index..skipped_to].iter().for_each(|(event, _)| {
                        if let Event::Text(text) = event {
                            reading.lines(Voice::Code, text);
                        }
                    }),
                }
            }
            Event::Text(text) => reading.prose(text),
            Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => reading.code(code),
            Event::SoftBreak | Event::HardBreak => reading.line.push(' '),
            Event::Start(Tag::HtmlBlock) => {
                reading.end_line();
                skipped_to = end(document, index, |end| end == TagEnd::HtmlBlock);
                let html = document.events[index..skipped_to].iter().filter_map(|(event, _)| match event {
                    Event::Html(html) | Event::Text(html) => Some(&**html),
                    _ => None,
                });
                reading.prose(&without_tags(&html.collect::<String>()));
                reading.end_line();
            }
            Event::End(TagEnd::TableCell) => reading.line.push_str(" · "),
            Event::Start(tag) if !is_inline(tag) => reading.end_line(),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Item
                | TagEnd::TableRow
                | TagEnd::TableHead
                | TagEnd::DefinitionListTitle
                | TagEnd::DefinitionListDefinition,
            ) => reading.end_line(),
            _ => {}
        }
    }
    reading.end_line();
    reading.sections
}

/// What belongs to an element within a line of text, or within a row.
fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::TableCell
            | Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}

/// The index after the first end from `start` on that `is_end` takes.
fn end(document: &Document, start: usize, is_end: impl Fn(TagEnd) -> bool) -> usize {
    let events = &document.events[start..];
    let length = events.iter().position(|(event, _)| matches!(event, Event::End(end) if is_end(*end)));
    length.map_or(document.events.len(), |length| start + length + 1)
}

/// The blocks of a page that are more than their text.
struct Blocks<'a> {
    document: &'a Document,
    known: Option<&'a Known<'a>>,
    /// The index of each fence, by that of its first event.
    fences: BTreeMap<usize, usize>,
    /// The snippet a fence is, or whose output it is.
    snippets: BTreeMap<usize, &'a Snippet>,
}

impl<'a> Blocks<'a> {
    fn new(document: &'a Document, known: Option<&'a Known<'a>>) -> Self {
        let snippets = known.iter().flat_map(|known| &known.runbook.snippets);
        let fences = |snippet: &'a Snippet| {
            let fences = std::iter::once(&snippet.fence).chain(&snippet.output_fences);
            fences.map(move |fence| (*fence, snippet))
        };
        Self {
            document,
            known,
            fences: document.fences.iter().enumerate().map(|(index, fence)| (fence.event, index)).collect(),
            snippets: snippets.flat_map(fences).collect(),
        }
    }

    fn read(&self, index: usize, reading: &mut Reading) {
        let Some(fence) = self.document.fences.get(index) else { return };
        let (Some(snippet), Some(known)) = (self.snippets.get(&index), self.known) else {
            if let Some(title) = word(fence, "title").or_else(|| word(fence, "file")) {
                reading.line(Voice::Label, title);
            }
            return reading.lines(Voice::Code, &fence.code.text);
        };
        match &snippet.role {
            // It is hidden on the page until the reader asks for it.
            Role::Fault => {}
            _ if snippet
                .promise
                .outputs
                .iter()
                .any(|output| output.fence == index && snippet::is_of_other_case(output)) => {}
            _ if snippet.fence != index => {
                let (text, _) = snippet::filled_text(known.runbook, &fence.code.text);
                reading.lines(Voice::Output, &text);
            }
            _ => {
                if let Some(title) = &snippet.title {
                    reading.line(Voice::Label, title);
                }
                if let Action::File { path, .. } = &snippet.action {
                    reading.line(Voice::Label, path.as_str());
                }
                reading.lines(Voice::Code, &snippet::shown(known.runbook, snippet));
                if let Some(ErrorPattern::Codes(codes)) = snippet.promise.error.as_ref().map(|error| &error.value) {
                    reading.line(Voice::Output, &format!("Fails with {}", codes.join(" or ")));
                }
            }
        }
    }
}

fn word<'a>(fence: &'a Fence, key: &str) -> Option<&'a str> {
    let word = fence.words.iter().find(|word| word.key == key)?;
    word.value.as_ref().map(|value| value.text.as_str())
}

/// The sections read so far.
struct Reading {
    sections: Vec<Section>,
    /// The line of prose that is open.
    line: String,
    /// How much the last passage holds.
    size: usize,
}

impl Reading {
    /// What stands above the text of a page.
    fn about(&mut self, document: &Document, known: Option<&Known<'_>>) {
        let front_matter = &document.front_matter;
        let mut prose = |text: &str| {
            self.prose(text);
            self.end_line();
        };
        if let Some(description) = &front_matter.description {
            prose(&description.value);
        }
        let about = page::about(front_matter, &|target| target.to_owned(), &|_, _| String::new());
        for fact in about.incident {
            let text = fact.text.or(fact.time.map(|time| time.words)).unwrap_or_default();
            prose(&format!("{}: {text}", fact.name));
        }
        for action in about.actions {
            prose(&format!("{} · {}", action.text, action.status));
        }
        for parameter in known.iter().flat_map(|known| &known.runbook.parameters) {
            self.line(Voice::Output, &format!("{} · {} · {}", parameter.label, parameter.name, parameter.default));
        }
    }

    fn section(&mut self, heading: &crate::document::Heading) {
        self.end_line();
        let mut above: Vec<(u8, String)> = Vec::new();
        if let Some(last) = self.sections.last().filter(|last| !last.id.is_empty()) {
            let levels = last.levels.iter().copied();
            above = levels.zip(last.above.iter().chain([&last.heading]).cloned()).collect();
        }
        above.retain(|(level, _)| *level < heading.level);
        let levels = above.iter().map(|(level, _)| *level).chain([heading.level]).collect();
        self.sections.push(Section {
            id: heading.id.clone(),
            heading: heading.text.clone(),
            above: above.into_iter().map(|(_, heading)| heading).collect(),
            levels,
            passages: vec![Vec::new()],
        });
        self.size = 0;
    }

    fn prose(&mut self, text: &str) {
        // A backtick would open or close code.
        let mut parts = text.split('`');
        self.line.extend(parts.next());
        parts.for_each(|part| {
            self.line.push('\'');
            self.line.push_str(part);
        });
    }

    fn code(&mut self, code: &str) {
        self.line.push('`');
        self.line.push_str(&code.replace('`', "'"));
        self.line.push('`');
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.line(Voice::Prose, line.trim().trim_end_matches('·'));
    }

    /// The lines of a block that have a word on them; a table without its borders.
    fn lines(&mut self, voice: Voice, text: &str) {
        for line in text.lines() {
            let line = line.trim();
            match line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) {
                Some(row) => self.line(voice, &row.split(" | ").map(str::trim).collect::<Vec<_>>().join(" · ")),
                None => self.line(voice, line),
            }
        }
    }

    fn line(&mut self, voice: Voice, text: &str) {
        let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        while text.len() > LINE {
            let ends = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= LINE);
            let limit = ends.last().unwrap_or(LINE);
            let rest = text.split_off(text[..limit].rfind(' ').unwrap_or(limit));
            self.whole_line(voice, std::mem::replace(&mut text, rest.trim_start().to_owned()));
        }
        self.whole_line(voice, text);
    }

    fn whole_line(&mut self, voice: Voice, text: String) {
        if !text.contains(char::is_alphanumeric) {
            return;
        }
        let Some(section) = self.sections.last_mut() else { return };
        if self.size >= PASSAGE && section.passages.last().is_some_and(|passage| !passage.is_empty()) {
            section.passages.push(Vec::new());
            self.size = 0;
        }
        self.size += text.len();
        if let Some(passage) = section.passages.last_mut() {
            passage.push(Line { voice, text });
        }
    }
}

/// Raw HTML without its tags and comments.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        text.push(' ');
        let end = if rest[start..].starts_with("<!--") { "-->" } else { ">" };
        rest = rest[start..].find(end).map_or("", |at| &rest[start + at + end.len()..]);
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::Project;
    use super::*;

    /// The sections of the one page `text`, each with its lines.
    fn read(text: &str) -> Vec<(String, Vec<String>)> {
        let project = Project::new(&[("page.md", text)]);
        let known = Known { runbook: &project.runbooks[0], proofs: Vec::new() };
        let sections = sections(&project.site.pages[0].document, Some(&known));
        let lines = |section: Section| section.passages.into_iter().flatten().map(|line| line.text).collect();
        sections.into_iter().map(|section| (section.id.clone(), lines(section))).collect()
    }

    fn page(lines: &[&str]) -> Vec<(String, Vec<String>)> {
        vec![(String::new(), lines.iter().map(|line| (*line).to_owned()).collect())]
    }

    #[test]
    fn each_paragraph_item_and_row_is_a_line() {
        let text = "# Title\n\nOne *two*\n`three` four` [five](#a).\n\n- six\n  - seven\n\n> [!NOTE]\n> eight\n\n\
                    | a | `b` |\n|---|---|\n| c | d |\n\n    nine\n\n<!-- ten -->\n<p\nid=\"a\">eleven</p>\n\n![twelve](a/picture.png)\n";
        assert_eq!(
            read(text),
            page(&[
                "One two `three` four' five.",
                "six",
                "seven",
                "eight",
                "a · `b`",
                "c · d",
                "nine",
                "eleven",
                "twelve"
            ])
        );
    }

    #[test]
    fn a_snippet_is_read_as_it_is_shown() {
        let text = "+++\ndescription = \"What it is.\"\n[parameters.who]\nlabel = \"Whom\"\ndefault = \"O'Brien\"\n+++\n\
                    # T\n\n```sql name=a title=\"Ask\"\nSELECT :who;\n```\n\n```output\n+-------+\n| who   |\n+-------+\n\
                    | <who> |\n+-------+\n```\n\n```sql error=SQLITE_CONSTRAINT,1451\nDELETE FROM x;\n```\n\n```ruby title=\"Shown\"\nx = 1\n```\n";
        assert_eq!(
            read(text),
            page(&[
                "What it is.",
                "Whom · who · O'Brien",
                "Ask",
                "SELECT 'O''Brien';",
                "who",
                "O'Brien",
                "DELETE FROM x;",
                "Fails with SQLITE_CONSTRAINT or 1451",
                "Shown",
                "x = 1"
            ])
        );
    }

    #[test]
    fn a_fault_is_not_given_away() {
        let text = "+++\nkind = \"drill\"\ndescription = \"d\"\nowner = \"o\"\n+++\n# T\n\n## Situation\n\nIt broke.\n\n\
                    ```sql fault title=\"secret\"\nDELETE FROM secret;\n```\n\n## What you do\n\n```sql\nSELECT 1;\n```\n\n\
                    ## How you know it worked\n\n```bash check\ntrue\n```\n";
        let read = format!("{:?}", read(text));
        assert!(read.contains("It broke.") && read.contains("SELECT 1;") && !read.contains("secret"), "{read}");
    }

    #[test]
    fn a_section_knows_those_it_lies_in_and_where_it_is_cut() {
        let long = "word ".repeat(400);
        let text = format!("# T\n\n## A\n\n### B\n\n#### C `c`\n\n{long}\n\n{long}\n\n## D\n\nend\n");
        let project = Project::new(&[("page.md", &text)]);
        let sections = sections(&project.site.pages[0].document, None);
        let above: Vec<(&str, Vec<&str>, usize)> = sections
            .iter()
            .map(|section| {
                let above = section.above.iter().map(String::as_str).collect();
                (section.id.as_str(), above, section.passages.len())
            })
            .collect();
        assert_eq!(
            above,
            [("", vec![], 1), ("a", vec![], 1), ("b", vec!["A"], 1), ("c-c", vec!["A", "B"], 2), ("d", vec![], 1)]
        );
        let words: usize = sections[3].passages.iter().flatten().map(|line| line.text.split(' ').count()).sum();
        assert_eq!(words, 800, "what is cut is not lost");
    }
}
