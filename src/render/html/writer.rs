//! The walk over the events.
//!
//! Must stay true: every text and every attribute goes through `escape`; a line break stands before and after each
//! block, as the CommonMark specification prints it.

use std::ops::Range;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, LinkType, Tag, TagEnd};

use super::footnote::Footnotes;
use super::{Surroundings, alert, raw};
use crate::render::escape;
use crate::span::Span;

/// Writes events as HTML.
pub(super) struct Writer<'a> {
    events: &'a [(Event<'a>, Span)],
    /// `None` for plain CommonMark.
    surroundings: Option<&'a Surroundings<'a>>,
    out: String,
    footnotes: Footnotes,
    /// The table that is open.
    table: Option<Table<'a>>,
    /// The id of the heading that is open, if it is to have an anchor.
    heading: Option<&'a str>,
    /// Whether an image has been written. The first is what a reader sees first, so it alone is not put off.
    has_image: bool,
}

struct Table<'a> {
    alignments: &'a [Alignment],
    column: usize,
    in_head: bool,
    has_body: bool,
}

impl<'a> Writer<'a> {
    /// A writer for `events`; without `surroundings`, of plain CommonMark.
    pub(super) fn new(events: &'a [(Event<'a>, Span)], surroundings: Option<&'a Surroundings<'a>>) -> Self {
        Self {
            events,
            surroundings,
            out: String::new(),
            footnotes: Footnotes::new(events),
            table: None,
            heading: None,
            has_image: false,
        }
    }

    /// Writes the events `range`.
    pub(super) fn run(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            at = self.event(at);
        }
    }

    /// Everything written, the footnotes at its end.
    pub(super) fn finish(mut self) -> String {
        let mut items = String::new();
        while let Some((number, range)) = self.footnotes.next() {
            let before = std::mem::take(&mut self.out);
            self.run(range);
            let content = std::mem::replace(&mut self.out, before);
            let content = self.footnotes.with_way_back(number, content);
            items.push_str(&format!("<li id=\"fn:{number}\">\n{content}</li>\n"));
        }
        if !items.is_empty() {
            self.block("<section class=\"footnotes\" aria-label=\"Footnotes\">\n<ol>\n");
            self.out.push_str(&items);
            self.out.push_str("</ol>\n</section>\n");
        }
        self.out
    }

    /// Writes the event `at`, and all that belongs to it if it cannot be written by itself; gives the next one.
    fn event(&mut self, at: usize) -> usize {
        let events = self.events;
        match &events[at].0 {
            Event::Start(tag) => return self.start(tag, at),
            Event::End(end) => self.end(*end),
            Event::Text(text) => escape::push_text(&mut self.out, text),
            Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => {
                self.out.push_str("<code>");
                escape::push_text(&mut self.out, code);
                self.out.push_str("</code>");
            }
            Event::Html(html) => self.out.push_str(html),
            Event::InlineHtml(html) => self.raw(html),
            Event::FootnoteReference(label) => match self.footnotes.reference(label) {
                Some(link) => self.out.push_str(&link),
                None => escape::push_text(&mut self.out, &format!("[^{label}]")),
            },
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br />\n"),
            Event::Rule => self.block("<hr />\n"),
            Event::TaskListMarker(done) => self.out.push_str(if *done {
                "<input type=\"checkbox\" checked disabled aria-label=\"done\"> "
            } else {
                "<input type=\"checkbox\" disabled aria-label=\"to do\"> "
            }),
        }
        at + 1
    }

    fn start(&mut self, tag: &'a Tag<'a>, at: usize) -> usize {
        match tag {
            Tag::Paragraph => match self.figure(at) {
                Some(next) => return next,
                None => self.block("<p>"),
            },
            Tag::Heading { level, id, classes, .. } => self.heading(*level as u8, id.as_deref(), classes, at),
            Tag::BlockQuote(None) => self.block("<blockquote>\n"),
            Tag::BlockQuote(Some(kind)) => self.block(&alert::start(*kind)),
            Tag::CodeBlock(kind) => return self.code_block(kind, at),
            Tag::HtmlBlock => return self.html_block(at),
            Tag::List(None) => self.block("<ul>\n"),
            Tag::List(Some(1)) => self.block("<ol>\n"),
            Tag::List(Some(start)) => self.block(&format!("<ol start=\"{start}\">\n")),
            Tag::Item => {
                let is_task = self.events[at + 1..].iter().take(2).any(|(e, _)| matches!(e, Event::TaskListMarker(_)));
                self.block(if is_task { "<li class=\"task\">" } else { "<li>" });
            }
            Tag::FootnoteDefinition(_) => return self.after(at, TagEnd::FootnoteDefinition),
            Tag::DefinitionList => self.block("<dl>\n"),
            Tag::DefinitionListTitle => self.block("<dt>"),
            Tag::DefinitionListDefinition => self.block("<dd>"),
            Tag::Table(alignments) => {
                self.table = Some(Table { alignments, column: 0, in_head: false, has_body: false });
                self.block("<div class=\"scroll\"><table>\n");
            }
            Tag::TableHead => {
                self.row(true);
                self.out.push_str("<thead>\n<tr>");
            }
            Tag::TableRow => {
                let first = self.table.as_ref().is_some_and(|table| !table.has_body);
                self.row(false);
                self.out.push_str(if first { "<tbody>\n<tr>" } else { "<tr>" });
            }
            Tag::TableCell => return self.cell(at),
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            Tag::Superscript => self.out.push_str("<sup>"),
            Tag::Subscript => self.out.push_str("<sub>"),
            Tag::Link { link_type, dest_url, title, .. } => {
                let target =
                    if *link_type == LinkType::Email { format!("mailto:{dest_url}") } else { self.address(dest_url) };
                self.out.push_str("<a href=\"");
                escape::push_text(&mut self.out, &escape::address(&target));
                self.title(title);
                self.out.push_str("\">");
            }
            Tag::Image { dest_url, title, .. } => {
                self.image(dest_url, title, at);
                return self.after(at, TagEnd::Image);
            }
            Tag::MetadataBlock(kind) => return self.after(at, TagEnd::MetadataBlock(*kind)),
        }
        at + 1
    }

    fn end(&mut self, end: TagEnd) {
        let text = match end {
            TagEnd::Paragraph => "</p>\n",
            TagEnd::Heading(level) => {
                if let Some(id) = self.heading.take() {
                    // Its sign comes from the style sheet, so that the heading's text stays the author's.
                    self.out.push_str("<a class=\"anchor\"");
                    self.attribute("href", &escape::address(&format!("#{id}")));
                    self.out.push_str(" aria-label=\"Link to this section\"></a>");
                }
                self.out.push_str(&format!("</h{}>\n", level as u8));
                return;
            }
            TagEnd::BlockQuote(None) => "</blockquote>\n",
            TagEnd::BlockQuote(Some(_)) => "</div>\n",
            TagEnd::List(true) => "</ol>\n",
            TagEnd::List(false) => "</ul>\n",
            TagEnd::Item => "</li>\n",
            TagEnd::DefinitionList => "</dl>\n",
            TagEnd::DefinitionListTitle => "</dt>\n",
            TagEnd::DefinitionListDefinition => "</dd>\n",
            TagEnd::Table => {
                let has_body = self.table.take().is_some_and(|table| table.has_body);
                if has_body { "</tbody>\n</table></div>\n" } else { "</table></div>\n" }
            }
            TagEnd::TableHead => "</tr>\n</thead>\n",
            TagEnd::TableRow => "</tr>\n",
            TagEnd::Emphasis => "</em>",
            TagEnd::Strong => "</strong>",
            TagEnd::Strikethrough => "</del>",
            TagEnd::Superscript => "</sup>",
            TagEnd::Subscript => "</sub>",
            TagEnd::Link => "</a>",
            // These are passed over together with their start.
            TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::TableCell
            | TagEnd::Image
            | TagEnd::FootnoteDefinition
            | TagEnd::MetadataBlock(_) => "",
        };
        self.out.push_str(text);
    }

    fn heading(&mut self, level: u8, id: Option<&str>, classes: &[pulldown_cmark::CowStr<'_>], at: usize) {
        self.heading = self.surroundings.and_then(|around| around.heading_ids.get(&at).copied());
        self.block(&format!("<h{level}"));
        if let Some(id) = self.heading.or(id) {
            self.attribute("id", id);
        }
        if !classes.is_empty() {
            self.attribute("class", &classes.join(" "));
        }
        self.out.push('>');
    }

    fn code_block(&mut self, kind: &CodeBlockKind<'_>, at: usize) -> usize {
        let next = self.after(at, TagEnd::CodeBlock);
        if let Some(replacement) = self.surroundings.and_then(|around| around.fences.get(&at)) {
            self.block(replacement);
            return next;
        }
        self.block(if self.surroundings.is_some() { "<div class=\"code\"><pre><code" } else { "<pre><code" });
        if let CodeBlockKind::Fenced(info) = kind
            && let Some(language) = info.split(' ').next().filter(|language| !language.is_empty())
        {
            self.attribute("class", &format!("language-{language}"));
        }
        self.out.push('>');
        for (event, _) in &self.events[at..next] {
            if let Event::Text(text) = event {
                escape::push_text(&mut self.out, text);
            }
        }
        self.out.push_str(if self.surroundings.is_some() { "</code></pre></div>\n" } else { "</code></pre>\n" });
        next
    }

    /// A block of raw HTML. Proof comments are for Proofbook, not for readers.
    fn html_block(&mut self, at: usize) -> usize {
        let next = self.after(at, TagEnd::HtmlBlock);
        let text: String = self.events[at..next]
            .iter()
            .filter_map(|(event, _)| match event {
                Event::Html(html) | Event::Text(html) => Some(&**html),
                _ => None,
            })
            .collect();
        let comment = text.trim_start().strip_prefix("<!--");
        let is_proof = comment.is_some_and(|comment| comment.trim_start().starts_with("proof:"));
        if self.surroundings.is_none() || !is_proof {
            self.block("");
            self.raw(&text);
        }
        next
    }

    fn raw(&mut self, html: &str) {
        match self.surroundings {
            Some(around) => self.out.push_str(&raw::rewritten(html, around.address)),
            None => self.out.push_str(html),
        }
    }

    fn row(&mut self, in_head: bool) {
        if let Some(table) = &mut self.table {
            table.column = 0;
            table.in_head = in_head;
            table.has_body |= !in_head;
        }
    }

    fn cell(&mut self, at: usize) -> usize {
        let next = self.after(at, TagEnd::TableCell);
        let Some(table) = &mut self.table else { return next };
        // An empty corner names no column, so it is no heading.
        let is_heading = table.in_head && at + 2 < next;
        self.out.push_str(if is_heading { "<th scope=\"col\"" } else { "<td" });
        self.out.push_str(match table.alignments.get(table.column) {
            Some(Alignment::Left) => " class=\"left\">",
            Some(Alignment::Center) => " class=\"center\">",
            Some(Alignment::Right) => " class=\"right\">",
            Some(Alignment::None) | None => ">",
        });
        table.column += 1;
        self.run(at + 1..next - 1);
        self.out.push_str(if is_heading { "</th>" } else { "</td>" });
        next
    }

    /// A paragraph of nothing but an image with a title: a figure, the title below it.
    fn figure(&mut self, at: usize) -> Option<usize> {
        self.surroundings?;
        let (Event::Start(Tag::Image { dest_url, title, .. }), _) = self.events.get(at + 1)? else { return None };
        let end = self.after(at + 1, TagEnd::Image);
        let (Event::End(TagEnd::Paragraph), _) = self.events.get(end)? else { return None };
        if title.is_empty() {
            return None;
        }
        self.block("<figure class=\"picture\">");
        self.image(dest_url, "", at + 1);
        self.out.push_str("<figcaption>");
        escape::push_text(&mut self.out, title);
        self.out.push_str("</figcaption></figure>\n");
        Some(end + 1)
    }

    fn image(&mut self, target: &str, title: &str, at: usize) {
        let next = self.after(at, TagEnd::Image);
        let address = escape::address(&self.address(target));
        self.out.push_str("<img src=\"");
        escape::push_text(&mut self.out, &address);
        self.out.push_str("\" alt=\"");
        for (event, _) in &self.events[at + 1..next] {
            match event {
                Event::Text(text) | Event::Code(text) => escape::push_text(&mut self.out, text),
                Event::SoftBreak | Event::HardBreak => self.out.push('\n'),
                _ => {}
            }
        }
        self.title(title);
        self.out.push('"');
        if let Some(around) = self.surroundings {
            if let Some((width, height)) = (around.size)(target) {
                self.out.push_str(&format!(" width=\"{width}\" height=\"{height}\""));
            }
            self.out.push_str(if self.has_image {
                " loading=\"lazy\" decoding=\"async\""
            } else {
                " decoding=\"async\""
            });
            self.has_image = true;
        }
        self.out.push_str(" />");
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push_str(&format!(" {name}=\""));
        escape::push_text(&mut self.out, value);
        self.out.push('"');
    }

    /// The attribute `title` after another one, whose closing quote is still to come.
    fn title(&mut self, title: &str) {
        if !title.is_empty() {
            self.out.push_str("\" title=\"");
            escape::push_text(&mut self.out, title);
        }
    }

    fn address(&self, target: &str) -> String {
        self.surroundings.map_or_else(|| target.to_owned(), |around| (around.address)(target))
    }

    /// Starts `text` on a line of its own.
    fn block(&mut self, text: &str) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.push_str(text);
    }

    /// The index after the end that belongs to the start `at`.
    fn after(&self, at: usize, end: TagEnd) -> usize {
        let mut depth = 0usize;
        for (index, (event, _)) in self.events.iter().enumerate().skip(at) {
            match event {
                Event::Start(tag) if tag.to_end() == end => depth += 1,
                Event::End(other) if *other == end => {
                    depth -= 1;
                    if depth == 0 {
                        return index + 1;
                    }
                }
                _ => {}
            }
        }
        self.events.len()
    }
}
