//! Code on a page: coloured, with filled-in values marked, lines marked and numbered.
//!
//! Takes a text and how it is shown, gives HTML. Must stay true: without its tags the HTML is the text, so that what is
//! copied is what was written; a tag is closed on the line it was opened on.

use std::ops::Range;

use super::escape;
use super::highlight::{self, Piece};
use crate::document::{Fence, Marks};

/// How a text is shown.
#[derive(Debug, Default)]
pub(crate) struct Style {
    /// The lines that are marked, from 1.
    pub(crate) marks: Marks,
    /// Whether lines are numbered.
    pub(crate) numbered: bool,
}

/// A part of the text that stands for a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilledIn {
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// The parameter's name.
    pub(crate) name: String,
    /// What the parameter is, for a reader.
    pub(crate) label: String,
}

impl Style {
    /// The style a fence asks for. Words that do not parse were reported where they were read.
    pub(crate) fn of(fence: &Fence) -> Self {
        let marks = fence.words.iter().find_map(|word| {
            let inner = word.key.strip_prefix('{')?.strip_suffix('}')?;
            Marks::parse(inner).ok()
        });
        Self {
            marks: marks.unwrap_or_default(),
            numbered: fence.words.iter().any(|word| word.key == "linenos" && word.value.is_none()),
        }
    }
}

/// A fence that only shows something.
pub(crate) fn figure(fence: &Fence) -> String {
    let word = |key: &str| {
        let value = fence.words.iter().find(|word| word.key == key).and_then(|word| word.value.as_ref());
        value.map(|value| value.text.as_str())
    };
    let block = block(&fence.language, &fence.code.text, &[], &Style::of(fence));
    let title = word("title").or_else(|| word("file")).map(escape::text);
    let source = source(&fence.language).map(|words| format!("<span class=\"note\">{words}</span>"));
    let caption: Vec<String> = title.into_iter().chain(source).collect();
    match &caption[..] {
        [] => format!("<div class=\"code\">{block}</div>\n"),
        parts => format!("<figure class=\"code\">\n<figcaption>{}</figcaption>\n{block}</figure>\n", parts.join(" ")),
    }
}

/// What a fence is that other programs draw. Here it stays the text that was written, so the page says what it is.
fn source(language: &str) -> Option<&'static str> {
    Some(match language {
        "mermaid" => "Diagram, as Mermaid source",
        "dot" | "graphviz" => "Diagram, as Graphviz source",
        "plantuml" => "Diagram, as PlantUML source",
        "d2" => "Diagram, as D2 source",
        "math" | "tex" | "katex" => "Formula, as TeX source",
        "latex" => "Formula, as LaTeX source",
        _ => return None,
    })
}

/// `text` as a block: `copy` marks what the copy button takes.
pub(crate) fn block(language: &str, text: &str, filled_in: &[FilledIn], style: &Style) -> String {
    let is_code = !matches!(language, "" | "text" | "output");
    let pre = if is_code { "<pre class=\"copy\">" } else { "<pre>" };
    let class = match language {
        "" => String::new(),
        language => format!(" class=\"language-{}\"", escape::text(language)),
    };
    format!("{pre}<code{class}>{}</code></pre>\n", html(language, text, filled_in, style))
}

/// `text` as the content of a `code` element, without its last line ending.
pub(crate) fn html(language: &str, text: &str, filled_in: &[FilledIn], style: &Style) -> String {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let pieces = highlight::pieces(language, text);
    let written = Written { text, pieces: &pieces, filled_in };
    let mut out = String::with_capacity(text.len() * 2);
    let by_line = style.numbered || !style.marks.0.is_empty();
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let range = start..start + line.len();
        start = range.end;
        if by_line {
            let marked = style.marks.0.contains(&(index + 1));
            out.push_str(if marked { "<span class=\"line marked\">" } else { "<span class=\"line\">" });
        }
        let end = range.start + line.trim_end_matches('\n').len();
        written.line(range.start..end, &mut out);
        if end < range.end {
            out.push('\n');
        }
        if by_line {
            out.push_str("</span>");
        }
    }
    if style.numbered { format!("<span class=\"numbered\">{out}</span>") } else { out }
}

struct Written<'a> {
    text: &'a str,
    pieces: &'a [Piece],
    filled_in: &'a [FilledIn],
}

impl Written<'_> {
    /// The bytes `range`, which lie within a line.
    fn line(&self, range: Range<usize>, out: &mut String) {
        let mut at = range.start;
        let first = self.filled_in.partition_point(|filled| filled.range.end <= range.start);
        for filled in self.filled_in[first..].iter().take_while(|filled| filled.range.start < range.end) {
            let inner = filled.range.start.max(range.start)..filled.range.end.min(range.end);
            self.coloured(at..inner.start, out);
            out.push_str("<var data-parameter=\"");
            escape::push_text(out, &filled.name);
            out.push_str("\" title=\"");
            escape::push_text(out, &filled.label);
            out.push_str("\">");
            at = inner.end;
            self.coloured(inner, out);
            out.push_str("</var>");
        }
        self.coloured(at..range.end, out);
    }

    fn coloured(&self, range: Range<usize>, out: &mut String) {
        let mut at = range.start;
        let first = self.pieces.partition_point(|piece| piece.range.end <= range.start);
        for piece in self.pieces[first..].iter().take_while(|piece| piece.range.start < range.end) {
            let inner = piece.range.start.max(range.start)..piece.range.end.min(range.end);
            escape::push_text(out, &self.text[at..inner.start]);
            out.push_str("<span class=\"");
            out.push_str(piece.class.name());
            out.push_str("\">");
            escape::push_text(out, &self.text[inner.clone()]);
            out.push_str("</span>");
            at = inner.end;
        }
        escape::push_text(out, &self.text[at..range.end]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Strictness;
    use crate::path::RelativePath;
    use crate::span::SourceFile;

    fn filled_in(range: Range<usize>) -> FilledIn {
        FilledIn { range, name: "name".into(), label: "a \"name\"".into() }
    }

    #[test]
    fn values_are_marked_whatever_they_hold() {
        let text = "SELECT '</code>\n<b>';\n";
        assert_eq!(
            html("sql", text, &[filled_in(7..20)], &Style::default()),
            "<span class=\"k\">SELECT</span> <var data-parameter=\"name\" title=\"a &quot;name&quot;\">\
             <span class=\"s\">'&lt;/code&gt;</span></var>\n\
             <var data-parameter=\"name\" title=\"a &quot;name&quot;\"><span class=\"s\">&lt;b&gt;'</span></var>;"
        );
    }

    #[test]
    fn what_other_programs_draw_says_what_it_is() {
        let shown = |info: &str| {
            let file = SourceFile::new("content/p.md", format!("```{info}\n$ a --> b\n```\n"));
            let path = RelativePath::parse("p.md").unwrap();
            let (document, diagnostics) = crate::document::parse(path, &file, Strictness::Runs);
            assert_eq!(diagnostics, [], "{info}");
            figure(&document.fences[0])
        };
        assert_eq!(
            shown("mermaid"),
            "<figure class=\"code\">\n<figcaption><span class=\"note\">Diagram, as Mermaid source</span></figcaption>\n\
             <pre class=\"copy\"><code class=\"language-mermaid\">$ a --&gt; b</code></pre>\n</figure>\n"
        );
        assert!(
            shown("math title=\"x < y\"")
                .contains("<figcaption>x &lt; y <span class=\"note\">Formula, as TeX source</span></figcaption>")
        );
        assert!(!shown("python").contains("source"));
    }

    #[test]
    fn lines_are_marked_and_numbered() {
        let style = Style { marks: Marks(vec![2]), numbered: true };
        assert_eq!(
            html("", "a\n<b>\n\nc\n", &[], &style),
            "<span class=\"numbered\"><span class=\"line\">a\n</span><span class=\"line marked\">&lt;b&gt;\n</span>\
             <span class=\"line\">\n</span><span class=\"line\">c</span></span>"
        );
    }
}
