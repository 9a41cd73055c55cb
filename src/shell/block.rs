//! A block of shell as the author wrote it, and the file bash is given for it.

/// The text of one fence, or of one command of a transcript, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The line of the Markdown file the text begins on, from 1.
    pub first_line: usize,
    /// The text, without the fence. Windows line endings are read as plain ones.
    pub text: String,
    /// What becomes of its two streams.
    pub streams: Streams,
}

/// What becomes of the two streams of a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Streams {
    /// Each is kept by itself.
    #[default]
    Apart,
    /// Both go to one place in the order they are written, and bash names itself in messages without a line, as at a
    /// terminal: what a transcript shows must not change when the page gets a line more above it.
    Together,
}

impl Block {
    /// The last line of the Markdown file that is part of the text; `first_line` if the text is empty.
    pub(super) fn last_line(&self) -> usize {
        self.first_line + self.text.lines().count().saturating_sub(1)
    }

    /// Line `line` of the Markdown file, if the text holds it.
    pub(super) fn line(&self, line: usize) -> Option<&str> {
        self.text.lines().nth(line.checked_sub(self.first_line)?)
    }

    /// What bash sources: every line where it stands in the Markdown file, in one pair of braces.
    ///
    /// The braces make bash read the block whole, so that a syntax error shows before anything ran, a heredoc without
    /// its end is an error and not a warning, and an error in an expansion ends the block instead of one command. They
    /// go above the first line, where the page has at least the opening fence. The lines up there are the text of a
    /// heredoc that nobody reads, because bash passes over those several times faster than over empty lines: on a page
    /// of ten thousand blocks that is what most of the time goes into.
    pub(super) fn script(&self) -> String {
        // Inside, because a syntax error under `set -e` ends the shell; hidden from `set -x`.
        const BEGIN: &str = "{ \\builtin set -e; } 2>/dev/null";
        const BEGIN_AND_PASS_OVER: &str =
            "{ \\builtin : || \\builtin : <<'__proofbook_above'; \\builtin set -e; } 2>/dev/null";

        let text = self.text.replace("\r\n", "\n");
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let above = match self.first_line {
            0 | 1 => format!("{BEGIN};"),
            2 => format!("{BEGIN}\n"),
            line => format!("{BEGIN_AND_PASS_OVER}\n{}__proofbook_above\n", "\n".repeat(line - 3)),
        };
        if self.changes_reading() { format!("{above}{text}\n") } else { format!("{{ {above}{text}\n}}\n") }
    }

    /// Whether a line may change how the lines after it are read. Then they have to be read one by one.
    fn changes_reading(&self) -> bool {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        self.text.split(|c| !is_word(c)).any(|word| matches!(word, "alias" | "unalias" | "shopt" | "posix"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_stands_where_it_does_in_the_markdown_file() {
        for (first_line, text) in
            [(1, "a\nb\n"), (2, "a\nb\n"), (3, "a\nb\n"), (4, "a\nb"), (7, "a\r\nb\r\n"), (7, "shopt -s extglob\nb")]
        {
            let block = Block { first_line, text: text.into(), streams: Streams::Apart };
            let script = block.script();
            let line = script.lines().position(|line| line == "b").map(|index| index + 1);
            assert_eq!(line, Some(first_line + 1), "{script:?}");
            assert_eq!(block.last_line(), first_line + 1);
            assert_eq!(block.line(first_line + 1), Some("b"));
            assert_eq!(block.line(first_line + 2), None);
        }
        assert_eq!(Block { first_line: 3, text: String::new(), streams: Streams::Apart }.last_line(), 3);
    }
}
