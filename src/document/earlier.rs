//! A page's text with one more earlier address in its front matter.
//!
//! Takes a page, gives its new text. Must stay true: the text is read back, and given only if it then says what was
//! asked for and everything else as before; formatting, comments and line endings stay.

use std::sync::Arc;

use super::front_matter::FrontMatter;
use super::{Document, Strictness};
use crate::span::{SourceFile, Span};

/// The text of `document` with `alias` as the last of its `aliases`; `None` if there is no sure way to write it.
pub fn with_alias(document: &Document, alias: &str) -> Option<String> {
    let text = document.file.text();
    let mut ways = ways(document, alias).into_iter();
    ways.find_map(|Insertion { span, text: new }| {
        let (before, after) = (text.get(..span.start)?, text.get(span.end..)?);
        let rewritten = [before, &new, after].concat();
        says(document, alias, &rewritten).then_some(rewritten)
    })
}

/// A text to stand at a place.
struct Insertion {
    span: Span,
    text: String,
}

/// The ways to write it, the nicest first.
fn ways(document: &Document, alias: &str) -> Vec<Insertion> {
    let file = &document.file;
    let text = file.text();
    let newline = if file.text().contains("\r\n") { "\r\n" } else { "\n" };
    // The same text is a string in TOML and in YAML.
    let quoted = serde_json::Value::from(alias).to_string();
    let front_matter = &document.front_matter;
    let Some(block) = front_matter.span else {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let gap = if text[at..].trim_start_matches(['\r', ' ', '\t']).starts_with('\n') { "" } else { newline };
        let block = format!("+++{newline}aliases = [{quoted}]{newline}+++{newline}{gap}");
        return vec![Insertion { span: Span::new(at, at), text: block }];
    };
    if let Some(last) = front_matter.aliases.last() {
        return vec![after_last(file, last.span, &quoted, newline)];
    }
    if let Some(empty) = empty_list(file, block) {
        return vec![Insertion { span: empty, text: format!("[{quoted}]") }];
    }
    let is_toml = file.slice(block).starts_with("+++");
    let line = if is_toml { format!("aliases = [{quoted}]") } else { format!("aliases: [{quoted}]") };
    let below = |offset: usize| {
        let at = text[offset..].find('\n').map_or(text.len(), |end| offset + end + 1);
        Insertion { span: Span::new(at, at), text: format!("{line}{newline}") }
    };
    // A block of YAML ends behind its line break.
    let end = |span: Span| span.start + file.slice(span).trim_end().len();
    let title = front_matter.title.as_ref().map(|title| below(end(title.span)));
    title.into_iter().chain([below(block.start)]).collect()
}

/// Behind the last alias there is: on a line of its own if that one is.
fn after_last(file: &Arc<SourceFile>, last: Span, quoted: &str, newline: &str) -> Insertion {
    let text = file.text();
    let start = text[..last.start].rfind('\n').map_or(0, |at| at + 1);
    let prefix = &text[start..last.start];
    let rest = &text[last.end..];
    let line_end = rest.find('\n').map_or(text.len(), |end| last.end + end + 1);
    match prefix.trim_start() {
        "- " => Insertion { span: Span::new(line_end, line_end), text: format!("{prefix}{quoted}{newline}") },
        "" => {
            let comma = rest.trim_start().starts_with(',');
            let (first, own) = if comma { ("", ",") } else { (",", "") };
            let kept = &text[last.end..line_end];
            let new = format!("{first}{kept}{prefix}{quoted}{own}{newline}");
            Insertion { span: Span::new(last.end, line_end), text: new }
        }
        _ => Insertion { span: Span::new(last.end, last.end), text: format!(", {quoted}") },
    }
}

/// The brackets of `aliases = []`.
fn empty_list(file: &Arc<SourceFile>, block: Span) -> Option<Span> {
    let mut at = block.start;
    for line in file.slice(block).split_inclusive('\n') {
        let value = line.strip_prefix("aliases").map(str::trim_start).and_then(|rest| rest.strip_prefix(['=', ':']));
        if value.is_some_and(|value| value.trim_start().starts_with('[')) {
            let open = at + line.find('[')?;
            let close = open + file.text()[open..].find(']')?;
            return Some(Span::new(open, close + 1));
        }
        at += line.len();
    }
    None
}

/// Whether `rewritten` is the page with `alias` behind its other aliases, and nothing else is another.
fn says(document: &Document, alias: &str, rewritten: &str) -> bool {
    let read = |text: &str| {
        let file = SourceFile::new(document.file.path(), text);
        let (read, diagnostics) = super::parse(document.path.clone(), &file, Strictness::ShownOnly);
        let body = read.front_matter.span.map_or(text, |block| text.get(block.end..).unwrap_or_default());
        let problems: Vec<String> = diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect();
        (read, problems, body.trim_start_matches(['\u{feff}', '\r', '\n']).to_owned())
    };
    let (mut before, old_problems, old_body) = read(document.file.text());
    let (mut after, new_problems, new_body) = read(rewritten);
    let taken = |document: &mut Document| -> Vec<String> {
        std::mem::take(&mut document.front_matter.aliases).into_iter().map(|alias| alias.value).collect()
    };
    let (mut old_aliases, new_aliases) = (taken(&mut before), taken(&mut after));
    old_aliases.push(alias.to_owned());
    old_aliases == new_aliases
        && old_problems == new_problems
        && old_body == new_body
        && before.title == after.title
        && without_places(&before.front_matter) == without_places(&after.front_matter)
}

/// What a front matter says, wherever it stands.
fn without_places(front_matter: &FrontMatter) -> String {
    let told = format!("{:?}", FrontMatter { span: None, ..front_matter.clone() });
    let mut parts = told.split("Span { start: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start_matches(|c: char| c.is_ascii_digit() || ", end:".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::RelativePath;

    fn written(text: &str) -> Option<String> {
        let path = RelativePath::parse("new.md").unwrap();
        let (document, _) = super::super::parse(path, &SourceFile::new("content/new.md", text), Strictness::Runs);
        with_alias(&document, "do/old \"x\".html")
    }

    #[test]
    fn the_alias_stands_where_a_person_would_write_it() {
        const NEW: &str = r#""do/old \"x\".html""#;
        for (before, after) in [
            ("# A\n", "+++\naliases = [NEW]\n+++\n\n# A\n"),
            ("\u{feff}# A\r\n", "\u{feff}+++\r\naliases = [NEW]\r\n+++\r\n\r\n# A\r\n"),
            ("\n# A\n", "+++\naliases = [NEW]\n+++\n\n# A\n"),
            (
                "+++\ntitle = \"A\" # it\nweight = 1\n[parameters.a]\ndefault = 1\n+++\nx\n",
                "+++\ntitle = \"A\" # it\naliases = [NEW]\nweight = 1\n[parameters.a]\ndefault = 1\n+++\nx\n",
            ),
            ("+++\r\nweight = 1\r\n+++\r\nx", "+++\r\naliases = [NEW]\r\nweight = 1\r\n+++\r\nx"),
            ("+++\n+++\nx", "+++\naliases = [NEW]\n+++\nx"),
            ("+++\naliases = [ ] # none\n+++\nx", "+++\naliases = [NEW] # none\n+++\nx"),
            ("+++\naliases = ['a.html',]\n+++\nx", "+++\naliases = ['a.html', NEW,]\n+++\nx"),
            (
                "+++\naliases = [\n  'a.html', # first\n  'b.html' # second\n]\n+++\nx",
                "+++\naliases = [\n  'a.html', # first\n  'b.html', # second\n  NEW\n]\n+++\nx",
            ),
            (
                "+++\naliases = [\n  'a.html', # first\n]\n+++\nx",
                "+++\naliases = [\n  'a.html', # first\n  NEW,\n]\n+++\nx",
            ),
            ("---\ntitle: A\nweight: 1\n---\nx", "---\ntitle: A\naliases: [NEW]\nweight: 1\n---\nx"),
            (
                "---\ntitle: >\n  A\n  b\nweight: 1\n---\nx",
                "---\ntitle: >\n  A\n  b\naliases: [NEW]\nweight: 1\n---\nx",
            ),
            ("---\naliases: [a.html]\n---\nx", "---\naliases: [a.html, NEW]\n---\nx"),
            (
                "---\naliases:\n  - a.html # first\nweight: 1\n---\nx",
                "---\naliases:\n  - a.html # first\n  - NEW\nweight: 1\n---\nx",
            ),
        ] {
            assert_eq!(written(before), Some(after.replace("NEW", NEW)), "{before}");
        }
    }

    #[test]
    fn a_page_that_cannot_be_read_back_is_left() {
        assert_eq!(written("+++\ntitle = \"A\"\n"), None, "never closed");
        assert_eq!(written("+++\naliases = \"a.html\"\n+++\nx"), None, "no list");
    }
}
