//! A fence as it stands in its page, and as it is written anew: with the indentation, quote marks and line ending of the
//! list item or quote around it.

use crate::document::Fence;
use crate::span::{SourceFile, Span};

/// A fence and what stands around it.
pub(super) struct Frame<'f> {
    file: &'f SourceFile,
    fence: &'f Fence,
    /// What every line of the fence begins with.
    prefix: String,
    /// How its lines end.
    ending: &'static str,
    /// The backticks or tildes that open it.
    marks: String,
}

impl<'f> Frame<'f> {
    pub(super) fn of(file: &'f SourceFile, fence: &'f Fence) -> Self {
        let line = file.line_of(fence.span.start);
        let start = file.line_span(line).map_or(fence.span.start, |span| span.start);
        // A list item's own mark stands on its first line only.
        let blank = |c: char| if c == '>' || c.is_whitespace() { c } else { ' ' };
        let prefix = file.slice(Span::new(start, fence.span.start)).chars().map(blank).collect();
        let whole = file.slice(fence.span);
        let ending =
            if whole.split_inclusive('\n').next().is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" };
        let mark = whole.chars().next().unwrap_or('`');
        let marks = whole.chars().take_while(|&c| c == mark).collect();
        Self { file, fence, prefix, ending, marks }
    }

    /// The fence from its opening marks to its closing ones.
    pub(super) fn span(&self) -> Span {
        let Span { start, .. } = self.fence.span;
        Span::new(start, start + self.file.slice(self.fence.span).trim_end().len())
    }

    /// The words of the fence that are kept whatever run it is for, in order.
    fn words(&self) -> Vec<&str> {
        let of_run = |key: &str| matches!(key, "engine" | "case");
        self.fence.words.iter().filter(|word| !of_run(&word.key)).map(|word| self.file.slice(word.span)).collect()
    }

    /// Whether all its words stand on its own line, and none in a comment above.
    pub(super) fn has_own_words(&self) -> bool {
        self.fence.words.iter().all(|word| word.span.start > self.fence.span.start)
    }

    /// The line ending and prefix between two lines.
    pub(super) fn turn(&self) -> String {
        format!("{}{}", self.ending, self.prefix)
    }

    /// Lines as they stand in the fence, each with its prefix and ending.
    pub(super) fn lines(&self, text: &str) -> String {
        let line = |line: &str| {
            let line = line.strip_suffix('\n').unwrap_or(line);
            let prefix = if line.is_empty() { self.prefix.trim_end() } else { &self.prefix };
            format!("{prefix}{line}{}", self.ending)
        };
        text.split_inclusive('\n').map(line).collect()
    }

    /// The fence with its own words and another text, from its opening marks to its closing ones.
    pub(super) fn with_text(&self, text: &str) -> String {
        let opening = self.file.slice(self.fence.span).lines().next().unwrap_or_default();
        let info = opening.trim_end_matches('\r')[self.marks.len()..].to_owned();
        self.drawn(&info, &self.lines(text), text)
    }

    /// The fence with its own text, byte for byte, for other runs.
    pub(super) fn with_words(&self, engines: &str, case: &str) -> String {
        let whole = self.file.slice(self.fence.span);
        let body = whole.split_inclusive('\n').skip(1).collect::<String>();
        let end = body.trim_end_matches(['\r', '\n']).rfind('\n').map_or(0, |at| at + 1);
        self.drawn(&self.info(engines, case), &body[..end], "")
    }

    /// A fence of this kind with another text for other runs.
    pub(super) fn another(&self, engines: &str, case: &str, text: &str) -> String {
        self.drawn(&self.info(engines, case), &self.lines(text), text)
    }

    fn info(&self, engines: &str, case: &str) -> String {
        let mut info = self.fence.language.clone();
        for word in self.words() {
            info.push_str(&format!(" {word}"));
        }
        for (key, value) in [("engine", engines), ("case", case)].iter().filter(|(_, value)| !value.is_empty()) {
            let is_plain = !value.contains([' ', '\t', '"', '\\']);
            let quoted = || format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
            info.push_str(&format!(" {key}={}", if is_plain { (*value).to_owned() } else { quoted() }));
        }
        info
    }

    fn drawn(&self, info: &str, body: &str, text: &str) -> String {
        let marks = self.marks_around(text);
        format!("{marks}{info}{}{body}{}{marks}", self.ending, self.prefix)
    }

    /// The fence's marks, longer where `text` holds a line that would close it.
    fn marks_around(&self, text: &str) -> String {
        let mark = self.marks.chars().next().unwrap_or('`');
        let length = |line: &str| {
            let line = line.trim();
            line.chars().all(|c| c == mark).then(|| line.chars().count())
        };
        let longest = text.lines().filter_map(length).max().unwrap_or(0);
        mark.to_string().repeat(self.marks.len().max(longest + 1).max(3))
    }
}
