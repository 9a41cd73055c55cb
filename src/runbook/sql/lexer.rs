//! Text to tokens: the only place that knows how each engine quotes and comments.
//!
//! Must stay true: the tokens cover the text without gaps, in order; nothing fails, what is never closed runs to the
//! end and says so in `closed`.

use crate::config::Engine;
use crate::span::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// White space.
    Space,
    /// A comment the engine does not act on.
    Comment,
    /// MariaDB's `/*! … */`: a comment for others, statements for it. One token, because a version number in it
    /// decides at run time whether it is read, so nothing may be filled in.
    Executable,
    /// A keyword or a bare name.
    Word,
    /// A number, as far as it matters here: what starts with a digit.
    Number,
    /// A string, whatever its quotes.
    Text,
    /// A quoted name.
    Name,
    /// Any other character.
    Symbol,
}

/// A piece of SQL text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it is.
    pub(crate) span: Span,
    /// False for a quote or a comment that is never closed.
    pub(crate) closed: bool,
}

impl Token {
    /// The token's text.
    pub(crate) fn text(self, text: &str) -> &str {
        &text[self.span.start..self.span.end]
    }

    /// Whether the engine acts on it.
    pub(crate) fn is_significant(self) -> bool {
        !matches!(self.kind, Kind::Space | Kind::Comment)
    }

    /// Whether it is the word or the symbol `expected`.
    pub(crate) fn is(self, text: &str, expected: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Symbol) && self.text(text).eq_ignore_ascii_case(expected)
    }
}

/// The tokens of `text`.
pub(crate) fn tokens(text: &str, engine: Engine) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let token = next(text, at, engine);
        at = token.span.end;
        tokens.push(token);
    }
    tokens
}

/// Where a piece ends, and whether it was closed.
type End = (usize, bool);

fn next(text: &str, start: usize, engine: Engine) -> Token {
    let bytes = text.as_bytes();
    let rest = &text[start..];
    let token = |kind, (end, closed): End| Token { kind, span: Span::new(start, end), closed };
    // SQLite and PostgreSQL's client both skip a byte order mark at the start of a script.
    if start == 0 && rest.starts_with('\u{feff}') {
        return token(Kind::Space, ('\u{feff}'.len_utf8(), true));
    }
    match bytes[start] {
        byte if is_space(byte) => token(Kind::Space, (while_byte(bytes, start, is_space), true)),
        _ if starts_line_comment(rest, engine) => token(Kind::Comment, (line_end(bytes, start, engine), true)),
        b'/' if engine == Engine::Mariadb && (rest.starts_with("/*!") || rest.starts_with("/*M!")) => {
            token(Kind::Executable, executable_comment(text, start))
        }
        b'/' if rest.starts_with("/*") => {
            let end = if engine == Engine::Postgres { nested_comment(bytes, start) } else { comment(text, start) };
            token(Kind::Comment, end)
        }
        b'\'' => token(Kind::Text, quoted(bytes, start, has_backslashes(engine))),
        b'"' if engine == Engine::Mariadb => token(Kind::Text, quoted(bytes, start, Backslash::Escapes)),
        b'"' => token(Kind::Name, quoted(bytes, start, Backslash::Plain)),
        b'`' if engine != Engine::Postgres => token(Kind::Name, quoted(bytes, start, Backslash::Plain)),
        b'[' if engine == Engine::Sqlite => {
            token(Kind::Name, rest.find(']').map_or((text.len(), false), |at| (start + at + 1, true)))
        }
        b'e' | b'E' if engine == Engine::Postgres && bytes.get(start + 1) == Some(&b'\'') => {
            token(Kind::Text, escape_string(bytes, start + 1))
        }
        b'$' if engine == Engine::Postgres => match dollar_tag(rest) {
            Some(tag) => {
                let body = start + tag.len();
                let end = text[body..].find(tag).map_or((text.len(), false), |at| (body + at + tag.len(), true));
                token(Kind::Text, end)
            }
            None => token(Kind::Symbol, (start + 1, true)),
        },
        byte if is_word_start(byte) => token(Kind::Word, (while_byte(bytes, start, is_word), true)),
        byte if byte.is_ascii_digit() => {
            let is_number = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
            token(Kind::Number, (while_byte(bytes, start, is_number), true))
        }
        _ => token(Kind::Symbol, (start + 1, true)),
    }
}

/// What a backslash in a string means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backslash {
    Escapes,
    Plain,
}

fn has_backslashes(engine: Engine) -> Backslash {
    if engine == Engine::Mariadb { Backslash::Escapes } else { Backslash::Plain }
}

/// A quote that starts at `start` and ends with the same mark; the mark doubled stands for itself.
fn quoted(bytes: &[u8], start: usize, backslash: Backslash) -> End {
    let mark = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() {
        if bytes[at] == b'\\' && backslash == Backslash::Escapes {
            at += 2;
        } else if bytes[at] != mark {
            at += 1;
        } else if bytes.get(at + 1) == Some(&mark) {
            at += 2;
        } else {
            return (at + 1, true);
        }
    }
    (bytes.len(), false)
}

/// PostgreSQL's `E'…'`, with the quotes that continue it on later lines: the escapes hold in those too.
fn escape_string(bytes: &[u8], quote: usize) -> End {
    let (mut end, mut closed) = quoted(bytes, quote, Backslash::Escapes);
    while closed {
        let after = while_byte(bytes, end, is_space);
        if bytes.get(after) != Some(&b'\'') || !bytes[end..after].contains(&b'\n') {
            break;
        }
        (end, closed) = quoted(bytes, after, Backslash::Escapes);
    }
    (end, closed)
}

fn starts_line_comment(rest: &str, engine: Engine) -> bool {
    match engine {
        // `5--3` is 5 minus -3 there: two dashes are a comment only before a space or the end.
        Engine::Mariadb => {
            rest.starts_with('#')
                || rest.strip_prefix("--").is_some_and(|rest| rest.bytes().next().is_none_or(|byte| byte <= b' '))
        }
        Engine::Sqlite | Engine::Postgres => rest.starts_with("--"),
    }
}

fn line_end(bytes: &[u8], start: usize, engine: Engine) -> usize {
    while_byte(bytes, start, |byte| byte != b'\n' && !(engine == Engine::Postgres && byte == b'\r'))
}

fn comment(text: &str, start: usize) -> End {
    text[start + 2..].find("*/").map_or((text.len(), false), |at| (start + 2 + at + 2, true))
}

fn nested_comment(bytes: &[u8], start: usize) -> End {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(pair) = bytes.get(at..at + 2) {
        match pair {
            b"/*" => (at, depth) = (at + 2, depth + 1),
            b"*/" => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            return (at, true);
        }
    }
    (bytes.len(), false)
}

/// `/*! … */`: what is in it is SQL, so a `*/` in a string or in a comment in it does not end it.
fn executable_comment(text: &str, start: usize) -> End {
    let mut at = start + "/*!".len();
    while at < text.len() {
        if text[at..].starts_with("*/") {
            return (at + 2, true);
        }
        // The comment in it is an ordinary one: the server does not nest executable ones either.
        let inner = text[at..].starts_with("/*").then(|| comment(text, at).0);
        at = inner.unwrap_or_else(|| next(text, at, Engine::Mariadb).span.end);
    }
    (text.len(), false)
}

/// `$$` or `$tag$` at the start of `rest`.
fn dollar_tag(rest: &str) -> Option<&str> {
    let end = 1 + rest[1..].find('$')?;
    let name = &rest.as_bytes()[1..end];
    let is_tag = name.first().is_none_or(|&byte| is_word_start(byte))
        && name.iter().all(|&byte| is_word_start(byte) || byte.is_ascii_digit());
    is_tag.then(|| &rest[..=end])
}

fn while_byte(bytes: &[u8], start: usize, holds: impl Fn(u8) -> bool) -> usize {
    bytes[start..].iter().position(|&byte| !holds(byte)).map_or(bytes.len(), |at| start + at)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Every engine takes any character beyond ASCII for a letter.
fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}
