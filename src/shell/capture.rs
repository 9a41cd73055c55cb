//! What a block printed, read back from the files it printed into.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::block::Streams;

/// What came out of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// The bytes as printed, up to the limit; where bash names itself in a message it is `bash`, not a file of ours.
    pub bytes: Vec<u8>,
    /// How many bytes were printed in all.
    pub length: u64,
    /// Whether the limit left bytes out.
    pub truncated: bool,
}

impl Captured {
    /// The bytes as text; what is not UTF-8 becomes `�`.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// Reads at most `limit` bytes of `path`. A file that was never made is one into which nothing was printed.
    pub(super) fn read(path: &Path, limit: u64) -> io::Result<Self> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            file => file?,
        };
        let mut bytes = Vec::new();
        let length = file.metadata()?.len();
        file.take(limit).read_to_end(&mut bytes)?;
        // A job in the background may have printed since the length was read.
        let length = length.max(bytes.len() as u64);
        Ok(Self { truncated: length > bytes.len() as u64, length, bytes })
    }

    /// Rewrites what bash says about the file of a block, `blocks` and a number, into what it says about itself.
    ///
    /// `last_line` is where the block being run ends: the brace Proofbook puts behind it is not the author's, so an
    /// error found there is one at the end of the block. Together with stderr, lines are left out of what bash says.
    pub(super) fn name_bash(&mut self, blocks: &[u8], number: usize, last_line: usize, streams: Streams) {
        if !self.bytes.windows(blocks.len()).any(|window| window == blocks) {
            return;
        }
        let mut named = Vec::with_capacity(self.bytes.len());
        for line in self.bytes.split_inclusive(|&byte| byte == b'\n') {
            match message(line, blocks, number) {
                Some((at, text)) if at > last_line => {
                    // Bash quotes the line it stumbled over in a second message; here it is our brace.
                    if text == "`}'" {
                        continue;
                    }
                    let text =
                        text.replace("syntax error near unexpected token `}'", "syntax error: unexpected end of file");
                    let line = match streams {
                        Streams::Apart => format!("line {last_line}: "),
                        Streams::Together => String::new(),
                    };
                    named.extend_from_slice(format!("bash: {line}{text}\n").as_bytes());
                }
                _ => replace_names(line, blocks, streams, &mut named),
            }
        }
        self.bytes = named;
    }
}

/// Splits `BLOCK: line N: TEXT` about block `number` into N and TEXT.
pub(super) fn message<'a>(line: &'a [u8], blocks: &[u8], number: usize) -> Option<(usize, &'a str)> {
    let rest = std::str::from_utf8(line.strip_prefix(blocks)?).ok()?;
    let (line, text) = rest.strip_prefix(&number.to_string())?.strip_prefix(": line ")?.split_once(": ")?;
    Some((line.parse().ok()?, text.trim_end_matches('\n')))
}

fn replace_names(mut line: &[u8], blocks: &[u8], streams: Streams, named: &mut Vec<u8>) {
    while let Some(at) = line.windows(blocks.len()).position(|window| window == blocks) {
        named.extend_from_slice(&line[..at]);
        named.extend_from_slice(b"bash");
        let rest = &line[at + blocks.len()..];
        line = without_digits(rest);
        if streams == Streams::Together {
            line =
                line.strip_prefix(b": line ").map(without_digits).filter(|rest| rest.starts_with(b":")).unwrap_or(line);
        }
    }
    named.extend_from_slice(line);
}

fn without_digits(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|byte| byte.is_ascii_digit()).count()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> String {
        named_in(text, Streams::Apart)
    }

    fn named_in(text: &str, streams: Streams) -> String {
        let mut captured = Captured { bytes: text.into(), ..Captured::default() };
        captured.name_bash(b"/p/block-", 7, 9, streams);
        captured.text().into_owned()
    }

    #[test]
    fn at_a_terminal_bash_names_no_line() {
        for (printed, shown) in [
            ("/p/block-7: line 3: x: command not found\n", "bash: x: command not found\n"),
            ("a/p/block-6: line 30: x\n", "abash: x\n"),
            ("/p/block-7: x\n", "bash: x\n"),
            ("/p/block-7: line x: y\n", "bash: line x: y\n"),
            ("/p/block-7: line 3\n", "bash: line 3\n"),
            ("bash: line 1: x\n", "bash: line 1: x\n"),
            (
                "/p/block-7: line 11: syntax error: unexpected end of file\n",
                "bash: syntax error: unexpected end of file\n",
            ),
        ] {
            assert_eq!(named_in(printed, Streams::Together), shown);
        }
    }

    #[test]
    fn bash_is_named_instead_of_our_files() {
        assert_eq!(named("/p/block-7: line 3: x: command not found\n"), "bash: line 3: x: command not found\n");
        assert_eq!(named("a /p/block-12 b /p/block-7 c"), "a bash b bash c");
        assert_eq!(named("/p/blocked\n"), "/p/blocked\n");
        assert_eq!(named("/p/block-6: line 30: x\n"), "bash: line 30: x\n", "another block's lines are its own");
    }

    #[test]
    fn the_brace_behind_a_block_is_never_mentioned() {
        assert_eq!(
            named("/p/block-7: line 10: syntax error near unexpected token `}'\n/p/block-7: line 10: `}'\n"),
            "bash: line 9: syntax error: unexpected end of file\n"
        );
        assert_eq!(
            named("/p/block-7: line 11: syntax error: unexpected end of file\n"),
            "bash: line 9: syntax error: unexpected end of file\n"
        );
    }
}
