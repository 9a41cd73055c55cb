//! The lexical rules of SQL, engine by engine: where a statement ends, and what is a quote or a comment.
//!
//! Takes the text of a snippet or script, gives places in it: its statements, the first client command, the first
//! quote left open, the token at an offset. Must stay true: what a quote or a comment holds is never looked into, a
//! text is never cut by searching for `;`, and every span lies on character boundaries of the text it was made from.
//!
//! The rules are those of the engines' defaults: MariaDB without `ANSI_QUOTES` and `NO_BACKSLASH_ESCAPES`, PostgreSQL
//! with `standard_conforming_strings`. `DELIMITER` belongs to MariaDB's client and is found by [`client_command`];
//! the bodies it protects there need no delimiter here, because [`statements`] knows where they end.

mod lexer;
mod split;

use std::fmt;

use crate::config::Engine;
use crate::span::Span;

pub(crate) use lexer::{Kind, Token, tokens};

/// The statements of `text`, in order: without the closing `;`, without white space and comments around them.
///
/// What holds only comments is left out. Never cut are trigger bodies (SQLite), routine bodies (MariaDB, PostgreSQL)
/// and the parenthesised commands of a PostgreSQL rule.
pub fn statements(text: &str, engine: Engine) -> Vec<Span> {
    let tokens = tokens(text, engine);
    split::split(text, &tokens, engine).iter().map(|statement| split::span_of(statement)).collect()
}

/// Whether the statement fixes the order of its rows: a query with an `ORDER BY` of its own, not only in a subquery,
/// a common table expression, a window or an aggregate.
pub fn is_ordered(statement: &str, engine: Engine) -> bool {
    let tokens = tokens(statement, engine);
    let significant: Vec<Token> = tokens.into_iter().filter(|token| token.is_significant()).collect();
    let mut query = significant.as_slice();
    // A parenthesised query is the query in it: `(SELECT … ORDER BY name)`.
    while let [first, inner @ .., last] = query
        && first.is(statement, "(")
        && last.is(statement, ")")
        && is_balanced(statement, inner)
    {
        query = inner;
    }
    let mut depth = 0_usize;
    let top: Vec<&str> = query
        .iter()
        .filter_map(|token| {
            let text = token.text(statement);
            match text {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            (depth == 0 && token.kind == Kind::Word).then_some(text)
        })
        .collect();
    let is_one_of = |word: &str, words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    let verb = match top.first() {
        // `WITH … DELETE … RETURNING` gives rows too, and in no order.
        Some(word) if is_one_of(word, &["WITH"]) => top.iter().find(|word| {
            is_one_of(word, &["SELECT", "VALUES", "TABLE", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE"])
        }),
        word => word,
    };
    verb.is_some_and(|verb| is_one_of(verb, &["SELECT", "VALUES", "TABLE"]))
        && top.windows(2).any(|pair| is_one_of(pair[0], &["ORDER"]) && is_one_of(pair[1], &["BY"]))
}

/// The first command in `text` that only the engine's own client knows (`.mode`, `\copy`, `DELIMITER`), and its name.
pub fn client_command(text: &str, engine: Engine) -> Option<(Span, String)> {
    let tokens = tokens(text, engine);
    split::split(text, &tokens, engine).iter().find_map(|statement| split::client_command(text, statement, engine))
}

/// The first quote or comment of `text` that is never closed: its opening mark, and what it opens.
pub fn unterminated(text: &str, engine: Engine) -> Option<(Span, Unterminated)> {
    let token = tokens(text, engine).into_iter().find(|token| !token.closed)?;
    let opened = token.text(text);
    let (mark, kind) = match token.kind {
        Kind::Comment | Kind::Executable => (2, Unterminated::Comment),
        Kind::Name => (1, Unterminated::Name),
        _ if opened.starts_with('$') => (opened[1..].find('$').map_or(1, |at| at + 2), Unterminated::Text),
        _ => (opened.find(['\'', '"']).map_or(1, |at| at + 1), Unterminated::Text),
    };
    Some((Span::new(token.span.start, token.span.start + mark), kind))
}

/// The token that holds the byte `offset`, for a caret under it; an empty span at the end of the text.
pub fn token_at(text: &str, offset: usize, engine: Engine) -> Span {
    let at = tokens(text, engine).into_iter().find(|token| (token.span.start..token.span.end).contains(&offset));
    at.map_or(Span::new(text.len(), text.len()), |token| token.span)
}

/// What was opened and never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unterminated {
    /// A string.
    Text,
    /// A quoted name.
    Name,
    /// A comment.
    Comment,
}

impl fmt::Display for Unterminated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "string",
            Self::Name => "quoted name",
            Self::Comment => "comment",
        })
    }
}

/// Whether every parenthesis in `tokens` is opened and closed within them.
fn is_balanced(text: &str, tokens: &[Token]) -> bool {
    let mut depth = 0_i32;
    for token in tokens {
        depth += i32::from(token.is(text, "(")) - i32::from(token.is(text, ")"));
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests;
