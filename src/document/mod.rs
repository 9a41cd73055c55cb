//! What one page says: front matter, Markdown with places, fences with their words, headings, links.
//!
//! Takes one file, gives a `Document` and diagnostics; it knows no other page. The steps:
//! 1. `front_matter` splits off and reads the block at the top;
//! 2. `markdown` runs the one parser configuration and keeps every event's place;
//! 3. `fence`, `heading` and `link` read the parts of that stream that mean something to Proofbook;
//! 4. `kind` checks what the page's kind requires.
//!
//! Must stay true: parsing never fails; whatever is wrong becomes a diagnostic and the rest is still read.

mod earlier;
mod fence;
mod front_matter;
mod heading;
mod kind;
mod link;
mod markdown;
mod word;

use std::sync::Arc;

use pulldown_cmark::Event;

pub use earlier::with_alias;
pub use fence::{Code, Container, Fence, RUNNABLE};
pub use front_matter::{Action, Case, FrontMatter, Incident, Kind, ParameterField, ParameterType, parse_time};
pub use heading::{Heading, plain_text};
pub use kind::{TimelineEntry, required_sections};
pub use link::{Link, LinkKind};
pub use markdown::options;
pub use word::{Marks, Word, WordValue};

use crate::diagnostic::{Diagnostic, Place};
use crate::path::RelativePath;
use crate::span::{SourceFile, Span};

/// One page, read but not yet placed in the site.
#[derive(Debug)]
pub struct Document {
    /// Its path below `content/`.
    pub path: RelativePath,
    /// Its text.
    pub file: Arc<SourceFile>,
    /// What stands at its top.
    pub front_matter: FrontMatter,
    /// The front matter's title, else the first `#` heading, else the file's name.
    pub title: String,
    /// The body, event by event, each with its place in the file.
    pub events: Vec<(Event<'static>, Span)>,
    /// The events of the `#` heading that opens the body, which is shown as the page's title; empty if there is none.
    pub title_events: std::ops::Range<usize>,
    /// The anchor of that heading.
    pub title_id: Option<String>,
    /// The headings, in order, with ids unique on the page; without the one that is the title.
    pub headings: Vec<Heading>,
    /// Every id raw HTML gives.
    pub html_ids: Vec<(String, Span)>,
    /// Every link and image, raw HTML's included.
    pub links: Vec<Link>,
    /// Every fence, in order.
    pub fences: Vec<Fence>,
    /// The timeline of a post-mortem.
    pub timeline: Vec<TimelineEntry>,
}

/// How strictly a page's fences are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Every word must be known: the page runs.
    Runs,
    /// The page is outside `[run] pages`: its fences may carry other tools' words, which mean nothing here.
    ShownOnly,
}

/// Reads one page.
pub fn parse(path: RelativePath, file: &Arc<SourceFile>, strictness: Strictness) -> (Document, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    check_line_endings(file, &mut diagnostics);
    let (front_matter, body) = front_matter::parse(file, &mut diagnostics);
    let events = markdown::events(file, body, &mut diagnostics);
    let front_title = front_matter.title.as_ref().map(|title| title.value.as_str());
    let fences = fence::read(file, &events, strictness, &mut diagnostics);
    let (headings, heading::Title { events: title_events, id: title_id }) =
        heading::read(file, &events, front_title, &mut diagnostics);
    let (mut links, html_ids) = link::read(file, &events, &mut diagnostics);
    links.extend(front_matter.actions.iter().filter_map(|action| action.link.as_ref()).map(|link| Link {
        target: link.value.clone(),
        span: link.span,
        kind: LinkKind::Link,
    }));
    let title = front_matter
        .title
        .as_ref()
        .map(|title| title.value.clone())
        .or_else(|| (!title_events.is_empty()).then(|| plain_text(&events[title_events.clone()])))
        .or_else(|| headings.iter().find(|heading| heading.level == 1).map(|heading| heading.text.clone()))
        .unwrap_or_else(|| path.stem().replace(['-', '_'], " "));
    let mut document = Document {
        path,
        file: Arc::clone(file),
        front_matter,
        title,
        events,
        title_events,
        title_id,
        headings,
        html_ids,
        links,
        fences,
        timeline: Vec::new(),
    };
    document.timeline = kind::check(&document, &mut diagnostics);
    (document, diagnostics)
}

/// To Markdown a lone carriage return ends a line, to editors and line numbers it does not: the two would disagree
/// about every line after it.
fn check_line_endings(file: &Arc<SourceFile>, diagnostics: &mut Vec<Diagnostic>) {
    let text = file.text();
    let lone = text.match_indices('\r').map(|(at, _)| at).find(|at| !text[at + 1..].starts_with('\n'));
    if let Some(at) = lone {
        let place = Place::new(file, Span::new(at, at + 1));
        diagnostics.push(
            Diagnostic::error("line-ending", place, "this line ends with a carriage return alone")
                .hint("save the file with the line endings of Unix (LF) or Windows (CR LF)"),
        );
    }
}

impl Document {
    /// Whether the page is the index of its folder.
    pub fn is_index(&self) -> bool {
        self.path.file_name() == "index.md"
    }

    /// Every anchor of the page: heading ids and the ids of raw HTML. Snippet ids are `runbook`'s.
    pub fn anchors(&self) -> impl Iterator<Item = &str> {
        let title = self.title_id.iter().map(String::as_str);
        title
            .chain(self.headings.iter().map(|heading| heading.id.as_str()))
            .chain(self.html_ids.iter().map(|(id, _)| id.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> (Document, Vec<String>) {
        let file = SourceFile::new("content/p.md", text);
        let (document, diagnostics) = parse(RelativePath::parse("p.md").unwrap(), &file, Strictness::Runs);
        let messages = diagnostics
            .iter()
            .map(|d| format!("{} {}; {}", d.place.location(), d.message, d.hint.as_deref().unwrap_or("-")))
            .collect();
        (document, messages)
    }

    #[test]
    fn the_text_of_a_fence_keeps_its_places() {
        for text in [
            "+++\ntitle = 'x'\n+++\n\n```sql\nSELECT 1;\n  é x\n```\n",
            "- a\n\n  ```sql\n  SELECT 1;\n    é x\n  ```\n",
            "> ```sql\n> SELECT 1;\n>   é x\n> ```\n",
            "> ```sql\r\n> SELECT 1;\r\n>   é x\r\n> ```\r\n",
        ] {
            let (document, messages) = check(text);
            assert_eq!(messages, Vec::<String>::new(), "{text}");
            let code = &document.fences[0].code;
            assert_eq!(code.text, "SELECT 1;\n  é x\n", "{text}");
            let at = code.text.find('x').unwrap();
            let source = code.source_offset(at);
            assert_eq!(&text[source..=source], "x", "{text:?}");
            let span = code.source_span(Span::new(0, 6));
            assert_eq!(document.file.slice(span), "SELECT", "{text:?}");
        }
    }

    #[test]
    fn a_proof_comment_gives_its_words_to_the_fence_below() {
        let (document, messages) = check("<!-- proof: requires=xmllint\n  timeout=5s -->\n```bash check\ntrue\n```\n");
        assert_eq!(messages, Vec::<String>::new());
        let keys: Vec<&str> = document.fences[0].words.iter().map(|word| word.key.as_str()).collect();
        assert_eq!(keys, ["requires", "timeout", "check"]);
    }

    #[test]
    fn what_would_be_skipped_in_silence_is_an_error() {
        let cases = [
            ("<!-- proof: a=1 -->\n\ntext\n", "1:1 this proof comment belongs to no fence; "),
            ("<!-- proof: a=1 -->\n\n```sql\nx\n```\n", "1:1 this proof comment belongs to no fence; "),
            ("<!-- prof: a=1 -->\n```sql\nx\n```\n", "1:1 this comment looks like a proof comment, but is not one; "),
            ("```mysql\nx\n```\n", "1:4 fences in `mysql` do not run; write `sql`"),
            ("```SQL\nx\n```\n", "1:4 `SQL` is written in lower case; write `sql`"),
            ("```sql,check\nx\n```\n", "1:4 `sql,check` is not a language; words are separated by spaces"),
            ("```bsh\nx\n```\n", "1:4 `bsh` looks like `bash`, but would not run; did you mean `bash`?"),
            ("```sql\nx\n", "1:1 this fence is never closed; add a line of 3 backticks after its last line"),
            ("a\rb\n", "1:2 this line ends with a carriage return alone; "),
            ("[a][nope]\n", "1:1 no link is defined under the name `nope`; "),
            ("<p\n  onclick=\"x()\">a</p>\n", "2:12 the attribute `onclick` in raw HTML is not published; "),
            ("<p onclick=\"x()\">a</p>\n", "1:13 the attribute `onclick` in raw HTML is not published; "),
        ];
        for (text, start) in cases {
            let (_, messages) = check(text);
            assert_eq!(messages.len(), 1, "{text}: {messages:?}");
            assert!(messages[0].starts_with(start), "{text}: {messages:?}");
        }
    }

    #[test]
    fn a_tab_that_is_partly_indentation_moves_no_place() {
        let text = ">\t```bash\n>\t\tls é\n>\t```\n\n-\t```sql\n\tSELECT é;\n\t```\n";
        let (document, messages) = check(text);
        assert_eq!(messages, Vec::<String>::new());
        for fence in &document.fences {
            let code = &fence.code;
            for at in ["é", "l", "SELECT"].into_iter().filter_map(|part| code.text.find(part)) {
                assert_eq!(text[code.source_offset(at)..].chars().next(), code.text[at..].chars().next(), "{code:?}");
            }
        }
    }

    #[test]
    fn what_looks_like_a_fence_and_is_none_is_an_error() {
        for (text, start) in [
            ("<details>\n```sql check\nx\n```\n</details>\n", "2:1 this fence stands in raw HTML, so it is no fence; "),
            (
                "- a\n\n      ```bash\n      x\n      ```\n",
                "3:7 this fence is indented so far that it is shown as code, ",
            ),
            ("a <!-- proof: timeout=5s -->\n```bash\nx\n```\n", "1:3 this proof comment belongs to no fence; "),
        ] {
            let (_, messages) = check(text);
            assert_eq!(messages.len(), 1, "{text}: {messages:?}");
            assert!(messages[0].starts_with(start), "{text}: {messages:?}");
        }
        for text in [
            "<!--\n```sql\nx\n```\n-->\n",
            "<!-- proof of concept -->\n",
            "<!--\nproof: timeout=5s\n-->\n```bash\nx\n```\n",
            "~~~```sql\nx\n~~~\n",
        ] {
            let (document, messages) = check(text);
            assert_eq!(messages, Vec::<String>::new(), "{text}");
            assert!(document.fences.iter().all(|fence| fence.language != "sql"), "{text}");
        }
    }

    #[test]
    fn on_a_page_that_does_not_run_words_are_another_tools() {
        let file = SourceFile::new("content/p.md", "```go {linenos=table,hl_lines=[8,\"15-17\"]}\nx\n```\n");
        let (_, diagnostics) = parse(RelativePath::parse("p.md").unwrap(), &file, Strictness::ShownOnly);
        assert_eq!(diagnostics, []);
    }

    #[test]
    fn the_title_is_the_front_matters_else_the_first_heading_of_level_one() {
        let (document, _) = check("<!-- note -->\n\n# First\n");
        assert_eq!((document.title.as_str(), document.headings.len()), ("First", 1));
        let (document, _) = check("+++\ntitle = 'A'\n+++\n# A\n");
        assert_eq!(document.title_events, 0..3);
        let (document, _) = check("+++\ntitle = 'A'\n+++\n# Another\n");
        assert_eq!((document.title.as_str(), document.headings.len()), ("A", 1), "what it says is not lost");
    }

    #[test]
    fn many_headings_of_one_name_are_numbered_in_turn() {
        let (document, _) = check("## A\n## A 1\n## A\n## A\n");
        assert_eq!(document.anchors().collect::<Vec<_>>(), ["a", "a-1", "a-2", "a-3"]);
    }

    #[test]
    fn addresses_that_carry_content_are_refused_everywhere() {
        for text in [
            "[x](javascript:alert)\n",
            "![x](data:image/png;base64,AA)\n",
            "<select><xmp></xmp><a href='data:x'>x</a></select>\n",
        ] {
            let (_, messages) = check(text);
            assert!(
                messages[0].contains("an address that carries its content is not published"),
                "{text}: {messages:?}"
            );
        }
        let (document, _) = check("[b](b \"b b\")\n");
        assert_eq!(document.links[0].span, Span::new(4, 5), "not in its title");
    }

    #[test]
    fn a_fence_follows_another_only_with_nothing_between() {
        let (document, _) = check(
            "```sql\na\n```\n\n```output\nb\n```\n\ntext\n\n```output\nc\n```\n\n- ```sql\n  d\n  ```\n\n```output\ne\n```\n",
        );
        let follows: Vec<_> = document.fences.iter().map(|fence| fence.follows).collect();
        assert_eq!(follows, [None, Some(0), None, None, None]);
    }

    #[test]
    fn headings_title_and_links() {
        let (document, messages) = check(
            "# The *title*\n\n## A b\n\n## A b\n\n### C {#own}\n\n[x](y.md#z) ![i](p.png) <a href=\"q.md\" id='w'>q</a> <mail@x.org>\n",
        );
        assert_eq!(messages, Vec::<String>::new());
        assert_eq!(document.title, "The title");
        let ids: Vec<&str> = document.anchors().collect();
        assert_eq!(ids, ["the-title", "a-b", "a-b-1", "own", "w"]);
        let links: Vec<(&str, LinkKind)> =
            document.links.iter().map(|link| (link.target.as_str(), link.kind)).collect();
        assert_eq!(links, [("y.md#z", LinkKind::Link), ("p.png", LinkKind::Image), ("q.md", LinkKind::Html)]);
        assert_eq!(document.file.slice(document.links[0].span), "y.md#z");
    }

    #[test]
    fn kinds_have_sections_and_front_matter() {
        let (_, messages) = check(
            "+++\nkind = 'runbook'\ndescription = 'd'\nowner = 'o'\n+++\n## What you need\n\n## What you do\n\n## How you know that it worked\n\n## How to go back\n",
        );
        assert_eq!(
            messages,
            [
                "10:1 a runbook needs a section `## How you know it worked`; write `## How you know it worked`",
                "1:1 a runbook needs a section `## What can go wrong`; add `## What can go wrong`; if there is nothing to say, say that",
            ]
        );
    }
}
