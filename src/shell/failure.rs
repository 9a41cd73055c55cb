//! Which line of the Markdown file failed.
//!
//! Bash knows the line of a simple command. Of a pipeline it knows its last line, of a subshell that of its closing
//! parenthesis, and lines within `$(…)` or `eval` it miscounts. The text of the block settles those.

use super::block::Block;
use super::capture::message;
use super::record::{Record, cause, parse};

/// The command at which a block stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCommand {
    /// The line of the Markdown file it stands in: the innermost one, which for a function of an earlier block is in
    /// that block.
    pub line: usize,
    /// The line of the failing block itself that led there; mostly the same.
    pub within: usize,
    /// The command as bash prints it, or the line where that says more: for pipelines, subshells, syntax errors.
    pub command: String,
    /// Its exit status.
    pub status: i32,
}

/// The blocks a session has run, and where their files are: `prefix` and a number from 1.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub prefix: Vec<u8>,
    pub blocks: Vec<Block>,
}

impl Blocks {
    /// The block of a file, with its number.
    fn of_file(&self, file: &[u8]) -> Option<(usize, &Block)> {
        let number: usize = std::str::from_utf8(file.strip_prefix(&self.prefix[..])?).ok()?.parse().ok()?;
        Some((number, self.blocks.get(number.checked_sub(1)?)?))
    }

    /// What stopped the last block, from the driver's records.
    pub(super) fn failed(&self, records: &[u8]) -> Option<FailedCommand> {
        let records = parse(records);
        let record = cause(&records, |file| self.of_file(file).is_some())?;
        let places: Vec<(usize, usize, &Block)> = record
            .frames
            .iter()
            .filter_map(|frame| self.of_file(&frame.file).map(|(number, block)| (number, frame.line, block)))
            .collect();
        let &(number, line, block) = places.first()?;
        // What fails in a file of the page's own making is told where the block reads that file.
        let is_innermost = self.of_file(&record.frames.first()?.file).is_some();
        let line =
            if is_innermost { locate(record, line, block) } else { line.clamp(block.first_line, block.last_line()) };
        let is_simple = is_innermost && record.pipeline.len() <= 1 && !record.command.starts_with('(');
        let command = if is_simple { &record.command } else { block.line(line).unwrap_or(&record.command) };
        let within = if number == self.blocks.len() {
            line
        } else {
            places.iter().find(|(number, ..)| *number == self.blocks.len()).map_or(line, |&(_, line, _)| line)
        };
        let command = command.lines().next().unwrap_or_default().trim().to_owned();
        Some(FailedCommand { line, within, command, status: record.status })
    }

    /// What stopped the last block, from what bash printed about it on stderr: for errors that are no command's, which
    /// the driver cannot write down.
    pub(super) fn complained(&self, stderr: &[u8], status: i32) -> Option<FailedCommand> {
        let number = self.blocks.len();
        let block = self.blocks.last()?;
        let (line, text) = stderr
            .split_inclusive(|&byte| byte == b'\n')
            .rev()
            .filter_map(|line| message(line, &self.prefix, number))
            .find(|&(line, text)| is_fatal(text, block.line(line).unwrap_or_default()))?;
        // A heredoc without its end is only noticed at the end of the block; what began it is what to mend.
        let opened = stderr
            .split_inclusive(|&byte| byte == b'\n')
            .filter_map(|line| Some(message(line, &self.prefix, number)?.1))
            .find_map(|text| text.strip_prefix("warning: here-document at line ")?.split_once(' ')?.0.parse().ok());
        let line = opened.unwrap_or(line).clamp(block.first_line, block.last_line());
        let command = block.line(line).unwrap_or(text).trim().to_owned();
        Some(FailedCommand { line, within: line, command, status })
    }
}

/// Whether a message of bash is about an error that ends a block or the shell, given the line it is about.
///
/// Other messages do not: a `command not found` may well have been handled.
fn is_fatal(text: &str, line: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "unbound variable",
        "readonly variable",
        "bad substitution",
        "bad array subscript",
        "cannot assign",
        "error token is",
        "syntax error",
        "unexpected EOF",
    ];
    let reads_program = matches!(line.split_whitespace().next(), Some("." | "source" | "exec"));
    SIGNS.iter().any(|sign| text.contains(sign))
        || (reads_program && (text.ends_with("not found") || text.ends_with("No such file or directory")))
        // `${name:?message}` says whatever its author wants.
        || (line.contains("${") && line.contains('?'))
}

/// The line of the command of `record`, for which bash gave `line`: there or above, where the whole command stands, or
/// else its first word.
fn locate(record: &Record, line: usize, block: &Block) -> usize {
    if let Some(line) = element(record, line, block) {
        return line;
    }
    // Bash prints a command with its own spacing.
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let command = squeezed(record.command.lines().next().unwrap_or_default());
    let word = record.command.split_whitespace().next().unwrap_or_default();
    let line = line.clamp(block.first_line, block.last_line());
    let holds = |line: usize, text: &str| block.line(line).is_some_and(|found| squeezed(found).contains(text));
    let find = |text: &str| (block.first_line..=line).rev().find(|&line| holds(line, text));
    find(&command).or_else(|| find(word)).unwrap_or(line)
}

/// The line of the element of a pipeline that failed, if the pipeline is written with one element a line.
fn element(record: &Record, last_line: usize, block: &Block) -> Option<usize> {
    let failed = record.pipeline.iter().rposition(|&status| status != 0)?;
    let n_after = record.pipeline.len() - 1 - failed;
    let is_continued = |line: usize| {
        let begins = |line: usize| block.line(line).map(str::trim_start);
        let is_open = |text: &str| {
            let text = text.trim_end().trim_end_matches('\\').trim_end();
            text.ends_with('|') || text.ends_with("|&")
        };
        let ends_open = |text: &str| is_open(text) || text.rsplit_once(" #").is_some_and(|(before, _)| is_open(before));
        block.line(line).is_some_and(ends_open) || begins(line + 1).is_some_and(|text| text.starts_with('|'))
    };
    let line = last_line.checked_sub(n_after)?;
    (n_after > 0 && (line..last_line).all(is_continued)).then_some(line)
}
