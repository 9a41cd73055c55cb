//! Source text and places in it: the vocabulary every message about a file is made of.
//!
//! Takes the text of one file, gives places (`Span`) and their line and column (`Location`).
//! Must stay true: a `Span` is a range of bytes of the file it was made from; lines and columns count from 1,
//! columns in characters, so that an editor jumps to the place a message names.

use std::fmt;
use std::sync::Arc;

/// One text file as read, with the name messages use for it.
#[derive(Debug)]
pub struct SourceFile {
    path: String,
    text: String,
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// Keeps `text` under `path`, the path relative to the project's root, with `/` between its parts.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Arc::new(Self { path: path.into(), text, line_starts })
    }

    /// The path relative to the project's root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text, byte for byte as read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of `span`. A span that does not lie within the text gives the part that does.
    pub fn slice(&self, span: Span) -> &str {
        let end = span.end.min(self.text.len());
        self.text.get(span.start.min(end)..end).unwrap_or_default()
    }

    /// The line that holds `offset`, from 1. An offset past the end belongs to the last line.
    pub fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset)
    }

    /// Line and column of `offset`.
    pub fn location(&self, offset: usize) -> Location {
        let line = self.line_of(offset);
        let start = self.line_starts[line - 1];
        let before = self.slice(Span::new(start, offset));
        Location { line, column: before.chars().count() + 1 }
    }

    /// The bytes of line `line` (from 1), without its line ending; `None` past the last line.
    pub fn line_span(&self, line: usize) -> Option<Span> {
        let start = *self.line_starts.get(line.checked_sub(1)?)?;
        let end = self.line_starts.get(line).map_or(self.text.len(), |&next| next - 1);
        let end = if self.text[start..end].ends_with('\r') { end - 1 } else { end };
        Some(Span::new(start, end))
    }

    /// The text of line `line` (from 1), without its line ending; empty past the last line.
    pub fn line(&self, line: usize) -> &str {
        self.line_span(line).map_or("", |span| self.slice(span))
    }

    /// How many lines the text has; a final line ending does not start another.
    pub fn line_count(&self) -> usize {
        self.line_starts.len() - usize::from(self.text.ends_with('\n'))
    }
}

/// A range of bytes in one `SourceFile`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// From `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The span with `by` added to both ends: a place within a part becomes a place in the whole.
    pub fn shifted(self, by: usize) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A place a person can go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let file = SourceFile::new("a.md", "ab\nčd\r\n\nx");
        let place = |offset| file.location(offset).to_string();
        assert_eq!(place(0), "1:1");
        assert_eq!(place(3), "2:1");
        assert_eq!(place(5), "2:2", "č is two bytes and one column");
        assert_eq!(place(8), "3:1");
        assert_eq!(place(9), "4:1");
        assert_eq!(place(99), "4:2", "past the end is the end of the last line");
        assert_eq!(file.line(2), "čd");
        assert_eq!(file.line(9), "");
        assert_eq!(file.line_count(), 4);
    }
}
