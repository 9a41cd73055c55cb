//! The words after a fence's language, and those of the proof comment above it: one grammar.
//!
//! Takes raw source bytes (the Markdown parser has resolved escapes and entities in its own copy), gives words with
//! places. Must stay true: a word is a flag, `key=value`, `key="…"` with only `\"` and `\\` as escapes, or `{1,3-5}`.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Place};
use crate::span::{SourceFile, Span};

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The key, or the whole flag.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value, if it has one.
    pub value: Option<WordValue>,
    /// The whole word.
    pub span: Span,
}

/// The value of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordValue {
    /// With quotes and escapes resolved.
    pub text: String,
    /// Where it stands, without quotes.
    pub span: Span,
}

/// The lines `{1,3-5}` marks, in order, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(pub Vec<usize>);

impl Marks {
    /// Parses `{1,3-5}` without its braces. Errors say what is wrong in words for the author.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut lines = Vec::new();
        for part in text.split(',') {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let number = |text: &str| text.parse::<usize>().ok().filter(|&n| n > 0 && n < 100_000);
            match (number(from), number(to)) {
                (Some(from), Some(to)) if from <= to => lines.extend(from..=to),
                _ => return Err(format!("`{part}` is not a line or a range of lines such as `3` or `3-5`")),
            }
        }
        lines.sort_unstable();
        lines.dedup();
        Ok(Self(lines))
    }
}

/// Reads the words of `span`, adding to `words`.
pub(super) fn read(file: &Arc<SourceFile>, span: Span, words: &mut Vec<Word>, diagnostics: &mut Vec<Diagnostic>) {
    let text = file.slice(span);
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start_matches([' ', '\t', '\n', '\r']).len();
        if at >= text.len() {
            return;
        }
        match one(&text[at..]) {
            Ok((length, word)) => {
                words.push(word.shifted(span.start + at));
                at += length;
            }
            Err(Refused { length, message, hint }) => {
                let place = Place::new(file, Span::new(at, at + length).shifted(span.start));
                diagnostics.push(Diagnostic::error("word-syntax", place, message).hint(hint));
                at += length.max(1);
            }
        }
    }
}

struct Refused {
    length: usize,
    message: String,
    hint: String,
}

impl Word {
    fn shifted(mut self, by: usize) -> Self {
        self.key_span = self.key_span.shifted(by);
        self.span = self.span.shifted(by);
        if let Some(value) = &mut self.value {
            value.span = value.span.shifted(by);
        }
        self
    }
}

/// The word `text` starts with, and how long it is.
fn one(text: &str) -> Result<(usize, Word), Refused> {
    let end_of_key = text.find([' ', '\t', '\n', '\r', '=', '"']).unwrap_or(text.len());
    let key = &text[..end_of_key];
    let word = |value: Option<WordValue>, length: usize| {
        let key_span = Span::new(0, end_of_key);
        Ok((length, Word { key: key.to_owned(), key_span, value, span: Span::new(0, length) }))
    };
    match text[end_of_key..].chars().next() {
        Some('"') => Err(Refused {
            length: quoted_length(&text[end_of_key..]).map_or(text.len(), |length| end_of_key + length),
            message: "a quoted text has no key before it".into(),
            hint: "write `key=\"text\"`".into(),
        }),
        Some('=') if key.is_empty() => Err(Refused {
            length: 1,
            message: "`=` has no key before it".into(),
            hint: "write `key=value`, without spaces around `=`".into(),
        }),
        Some('=') if text[end_of_key + 1..].starts_with('"') => {
            let open = end_of_key + 1;
            let Some(length) = quoted_length(&text[open..]) else {
                return Err(Refused {
                    length: text.len(),
                    message: format!("the quote after `{key}=` is never closed"),
                    hint: "close it on the same line; a quote inside is written `\\\"`".into(),
                });
            };
            let close = open + length;
            if !text[close..].starts_with([' ', '\t', '\n', '\r']) && close < text.len() {
                return Err(Refused {
                    length: close,
                    message: format!("there is no space after the value of `{key}`"),
                    hint: "words are separated by spaces".into(),
                });
            }
            let inner = Span::new(open + 1, close - 1);
            let value = unescape(&text[inner.start..inner.end]).map_err(|escape| Refused {
                length: close,
                message: format!("`\\{escape}` is not an escape"),
                hint: "inside quotes only `\\\"` and `\\\\` are escapes; write `\\\\` for a backslash".into(),
            })?;
            word(Some(WordValue { text: value, span: inner }), close)
        }
        Some('=') => {
            let start = end_of_key + 1;
            let end = text[start..].find([' ', '\t', '\n', '\r']).map_or(text.len(), |length| start + length);
            let value = &text[start..end];
            if value.is_empty() {
                return Err(Refused {
                    length: end,
                    message: format!("`{key}=` has no value"),
                    hint: format!("write `{key}=value` or `{key}=\"a longer value\"`, without spaces around `=`"),
                });
            }
            if value.contains('"') {
                return Err(Refused {
                    length: end,
                    message: format!("the value of `{key}` has a quote in its middle"),
                    hint: "quote the whole value: `key=\"…\"`".into(),
                });
            }
            word(Some(WordValue { text: value.to_owned(), span: Span::new(start, end) }), end)
        }
        _ => word(None, end_of_key),
    }
}

/// The length of the quoted text `text` starts with, quotes included; `None` if it is not closed on its line.
fn quoted_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> Result<String, char> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, false) => plain.push(c),
            (_, true) => match chars.next() {
                Some(escaped @ ('"' | '\\')) => plain.push(escaped),
                other => return Err(other.unwrap_or(' ')),
            },
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> (Vec<(String, Option<String>)>, Vec<String>) {
        let file = SourceFile::new("p.md", text);
        let (mut words, mut diagnostics) = (Vec::new(), Vec::new());
        read(&file, Span::new(0, text.len()), &mut words, &mut diagnostics);
        let words = words.into_iter().map(|word| (word.key, word.value.map(|value| value.text))).collect();
        let messages = diagnostics.iter().map(|d| format!("{} {}", d.place.location().column, d.message)).collect();
        (words, messages)
    }

    #[test]
    fn flags_values_and_quotes() {
        let (words, messages) = words(r#"check  name=a-b effect="T +1, \"U\" -1" exit=3 {1,3-5}"#);
        assert_eq!(messages, Vec::<String>::new());
        let pair = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
        assert_eq!(
            words,
            [
                pair("check", None),
                pair("name", Some("a-b")),
                pair("effect", Some("T +1, \"U\" -1")),
                pair("exit", Some("3")),
                pair("{1,3-5}", None),
            ]
        );
    }

    #[test]
    fn entities_and_markdown_escapes_mean_nothing() {
        assert_eq!(words(r#"title="a &amp; b""#).0[0].1.as_deref(), Some("a &amp; b"));
        assert_eq!(words(r#"title="a \* b""#).1, ["1 `\\*` is not an escape"]);
    }

    #[test]
    fn what_does_not_parse_is_named() {
        for (text, message) in [
            ("x=\"open", "1 the quote after `x=` is never closed"),
            ("a \"free\" b", "3 a quoted text has no key before it"),
            ("effect = 1", "1 `effect=` has no value"),
            ("exit=", "1 `exit=` has no value"),
            ("a=\"b\"c", "1 there is no space after the value of `a`"),
            ("a=b\"c", "1 the value of `a` has a quote in its middle"),
        ] {
            let messages = words(text).1;
            if text == "effect = 1" {
                assert_eq!(messages, ["8 `=` has no key before it"], "{text}");
            } else {
                assert_eq!(messages, [message], "{text}");
            }
        }
    }

    #[test]
    fn marks_are_lines_and_ranges() {
        assert_eq!(Marks::parse("1,3-5,4"), Ok(Marks(vec![1, 3, 4, 5])));
        assert!(Marks::parse("5-3").is_err());
        assert!(Marks::parse("0").is_err());
    }
}
