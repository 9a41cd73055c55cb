//! Which words go with which fence, and whether each has a value exactly if it takes one.

use std::collections::BTreeMap;

use super::Lowering;
use crate::config::Spanned;
use crate::diagnostic::Diagnostic;
use crate::document::{Fence, Marks, Word};

/// What a fence is, before its words are read: it decides which of them are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Sql,
    Shell,
    Console,
    File,
    Output,
    Shown,
}

impl Part {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sql => "a SQL snippet",
            Self::Shell => "a shell snippet",
            Self::Console => "a transcript",
            Self::File => "a file",
            Self::Output => "an `output`",
            Self::Shown => "a fence that is only shown",
        }
    }

    /// The words that go with it.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Sql => &[
                "check", "setup", "undo", "of", "fault", "name", "title", "effect", "error", "engine", "case",
                "requires", "skip", "timeout", "linenos",
            ],
            Self::Shell => &[
                "check", "setup", "undo", "of", "fault", "name", "title", "effect", "exit", "engine", "case",
                "requires", "skip", "timeout", "linenos",
            ],
            Self::Console => &[
                "check", "setup", "undo", "of", "fault", "name", "title", "effect", "engine", "case", "requires",
                "skip", "timeout", "linenos",
            ],
            Self::File => &["file", "params", "setup", "name", "title", "engine", "case", "linenos"],
            Self::Output => &["stderr", "match", "unordered", "engine", "case"],
            // With `file` it is a file; `params` alone would fill in nothing.
            Self::Shown => &["title", "linenos", "file"],
        }
    }
}

/// Words that stand alone.
const FLAGS: [&str; 8] = ["check", "setup", "undo", "fault", "linenos", "params", "unordered", "stderr"];

/// The words of one fence, each known to go with it and given once.
pub(super) struct Words<'d> {
    words: BTreeMap<&'d str, &'d Word>,
}

impl<'d> Words<'d> {
    pub(super) fn get(&self, key: &str) -> Option<&'d Word> {
        self.words.get(key).copied()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.words.contains_key(key)
    }

    pub(super) fn value(&self, key: &str) -> Option<Spanned<&'d str>> {
        let value = self.get(key)?.value.as_ref()?;
        Some(Spanned::new(value.text.as_str(), value.span))
    }
}

impl<'d> Lowering<'d> {
    /// Checks that each word is known here, given once, and has a value exactly if it takes one.
    pub(super) fn words(&mut self, fence: &'d Fence, part: Part) -> Words<'d> {
        let mut words: BTreeMap<&'d str, &'d Word> = BTreeMap::new();
        for word in &fence.words {
            let key = word.key.as_str();
            if key.starts_with('{') {
                self.marks(word, fence);
                continue;
            }
            if !part.words().contains(&key) {
                let place = self.place(word.key_span);
                let message = match elsewhere(key) {
                    true => format!("`{key}` does not go with {}", part.name()),
                    false => format!("`{key}` is not a word of {}", part.name()),
                };
                let diagnostic = Diagnostic::error("unknown-word", place, message).label("unknown here");
                self.report(match (part, key) {
                    (Part::Console, "exit") => diagnostic
                        .note("each command of a transcript has a status of its own")
                        .hint("write it in brackets on a line below what the command prints: `[1]`"),
                    _ => diagnostic.suggest(key, part.words().iter().copied()),
                });
                continue;
            }
            if words.insert(key, word).is_some() {
                self.report(
                    Diagnostic::error("word-twice", self.place(word.span), format!("`{key}` is given twice"))
                        .hint("keep one; the proof comment above counts, too"),
                );
            }
            let takes_value = !FLAGS.contains(&key);
            let exact_undo = key == "undo" && word.value.as_ref().is_some_and(|value| value.text == "exact");
            match &word.value {
                None if takes_value => {
                    self.report(
                        Diagnostic::error("no-value", self.place(word.span), format!("`{key}` needs a value"))
                            .hint(format!("write `{key}={}`", example(key))),
                    );
                    words.remove(key);
                }
                Some(_) if !takes_value && !exact_undo => {
                    self.report(
                        Diagnostic::error("surplus-value", self.place(word.span), format!("`{key}` takes no value"))
                            .hint(format!("write `{key}` alone")),
                    );
                }
                _ => {}
            }
        }
        Words { words }
    }

    fn marks(&mut self, word: &Word, fence: &Fence) {
        let inner = word.key.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let marks = inner.ok_or_else(|| "it is not closed by `}`".to_owned()).and_then(Marks::parse);
        let message = match marks {
            Ok(marks) => {
                let count = fence.code.text.lines().count();
                match marks.0.last() {
                    Some(&last) if last > count => format!("line {last} is marked, but the fence has {count}"),
                    _ => return,
                }
            }
            Err(error) => format!("`{}` marks no lines: {error}", word.key),
        };
        self.report(
            Diagnostic::error("bad-marks", self.place(word.span), message)
                .hint("write line numbers without spaces: `{1,3-5}`"),
        );
    }
}

pub(super) fn part(fence: &Fence) -> Part {
    let file = fence.words.iter().any(|word| word.key == "file");
    match fence.language.as_str() {
        "output" => Part::Output,
        _ if file => Part::File,
        "sql" => Part::Sql,
        "bash" | "sh" | "shell" => Part::Shell,
        "console" => Part::Console,
        _ => Part::Shown,
    }
}

/// Whether `key` is a word of any fence.
fn elsewhere(key: &str) -> bool {
    let parts = [Part::Sql, Part::Shell, Part::Console, Part::File, Part::Output, Part::Shown];
    parts.iter().any(|part| part.words().contains(&key))
}

/// A value that a word which needs one could have.
fn example(key: &str) -> &'static str {
    match key {
        "effect" => "\"table -1\"",
        "exit" => "1",
        "error" => "1451",
        "engine" => "mariadb",
        "requires" => "xmllint",
        "skip" => "\"why\"",
        "timeout" => "30s",
        "file" => "folder/name.xml",
        "match" => "glob",
        "title" => "\"A few words\"",
        _ => "a-name",
    }
}
