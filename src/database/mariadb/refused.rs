//! What the server says about a statement it refused, in our words: codes, the place, what to do.
//!
//! MariaDB points at a mistake by quoting the rest of the statement from there (`near '…' at line N`), at most 80
//! bytes of it, and only for syntax errors. An error about a name is placed where that name stands, if it stands there
//! once. Everything else is about the statement as a whole.

use std::io;

use crate::config::Engine;
use crate::database::SqlError;
use crate::runbook::sql;

use super::connection::Refusal;

/// How many bytes a message quotes at least of a longer rest: 80 with the dots at its end, but no part of a character.
const QUOTED: usize = 77;

/// The error of the statement `text`.
pub(super) fn error(text: &str, refusal: Refusal) -> SqlError {
    let Refusal { number, state, message } = refusal;
    let offset = near(text, &message).or_else(|| named(text, number, &message));
    let hint = hint(number).map(str::to_owned);
    SqlError { codes: vec![number.to_string(), state], message, offset, hint }
}

/// The connection broke while the statement ran, or before.
pub(super) fn lost(error: &io::Error) -> SqlError {
    SqlError {
        // The numbers MariaDB's own clients give this.
        codes: vec!["2013".into(), "HY000".into()],
        message: format!("the connection to the server was lost: {error}"),
        offset: None,
        hint: Some(
            "a page must not stop its server or kill its own connection; `KILL QUERY` ends a statement only".into(),
        ),
    }
}

/// An error of ours about a statement.
pub(super) fn our_own(message: &str, hint: &str) -> SqlError {
    SqlError { codes: vec!["HY000".into()], message: message.into(), offset: None, hint: Some(hint.into()) }
}

/// Where in `text` the place is that `message` quotes.
fn near(text: &str, message: &str) -> Option<usize> {
    let (_, quoted) = message.rsplit_once("the right syntax to use near '")?;
    let (quoted, line) = quoted.rsplit_once("' at line ")?;
    let line: usize = line.trim().parse().ok()?;
    if quoted.is_empty() {
        return Some(text.trim_end().len());
    }
    let line_start = match line {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line - 2).map_or(0, |(at, _)| at + 1),
    };
    // The line is that of the token, but a statement that begins with a comment can be counted otherwise.
    let at = find(text, quoted, line_start).or_else(|| find(text, quoted, 0))?;
    Some(text.len() - text[at..].trim_start().len())
}

/// Where in `text` the name is that an error about a name quotes first, if it stands there once.
fn named(text: &str, number: u16, message: &str) -> Option<usize> {
    // Unknown, ambiguous or double column; unknown table; unknown function.
    if !matches!(number, 1052 | 1054 | 1060 | 1146 | 1305) {
        return None;
    }
    // `FUNCTION shop.lowr does not exist` is without quotes.
    let quoted = if number == 1305 { message.split(' ').nth(1)? } else { message.split('\'').nth(1)? };
    // A table or function comes with its database, which the statement mostly leaves out.
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let tokens = sql::tokens(text, Engine::Mariadb);
    let places: Vec<usize> = tokens
        .iter()
        .filter(|token| matches!(token.kind, sql::Kind::Word | sql::Kind::Name))
        .filter(|token| token.text(text).trim_matches('`').eq_ignore_ascii_case(&last(quoted)))
        .map(|token| token.span.start)
        .collect();
    match places.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// Where from `from` on the rest of `text` begins as `quoted` does. A quote that does not end in dots
/// is the rest itself.
fn find(text: &str, quoted: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let (quoted, is_whole) = match quoted.strip_suffix("...") {
        Some(beginning) if quoted.len() >= QUOTED => (beginning, false),
        _ => (quoted, true),
    };
    let mut places = rest.match_indices(quoted).map(|(at, _)| from + at);
    places.find(|&at| !is_whole || text[at + quoted.len()..].trim().is_empty())
}

fn hint(number: u16) -> Option<&'static str> {
    Some(match number {
        1451 | 1217 => {
            "rows of another table still refer to a row this removes or changes; if the page is to show that, promise it \
             with `error=1451`"
        }
        1452 | 1216 => "the row it refers to is not there; if the page is to show that, promise it with `error=1452`",
        1205 => {
            "another connection holds the lock, here for longer than 5 s: a transaction that a snippet above left open?"
        }
        1213 => "two transactions waited for each other, and this one was rolled back as a whole",
        1045 => "every account of the throwaway database is without a password: leave it out",
        1148 | 4166 => "`LOAD DATA LOCAL` is not possible here; use `mariadb-import` in a shell snippet, or `INSERT`",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointed(text: &str, quoted: &str, line: usize) -> Option<usize> {
        let message = format!(
            "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for \
             the right syntax to use near '{quoted}' at line {line}"
        );
        near(text, &message)
    }

    #[test]
    fn the_quoted_rest_is_found_from_its_line_on() {
        assert_eq!(pointed("SELECT 'ž' FORM a", "a", 1), Some(17));
        assert_eq!(pointed("SELECT 1\nFORM a,\nb", "a,\nb", 2), Some(14));
        assert_eq!(pointed("SELECT a a a a", "a", 1), Some(13), "the last one: it is the rest");
        assert_eq!(pointed("SELECT (", "", 1), Some(8));
        let long = format!("SELEC 'ž' {}", "x".repeat(200));
        assert_eq!(pointed(&long, &format!("{}...", long.chars().take(76).collect::<String>()), 1), Some(0));
        assert_eq!(pointed("SELECT 1", "nowhere", 1), None);
        assert_eq!(near("SELECT nmae", "Unknown column 'nmae' in 'field list'"), None);
    }

    #[test]
    fn a_name_that_stands_once_is_found() {
        let unknown = |text: &str, name: &str| named(text, 1054, &format!("Unknown column '{name}' in 'SELECT'"));
        assert_eq!(unknown("SELECT 'é', emial FROM a", "emial"), Some(13));
        assert_eq!(unknown("SELECT 'emial', t.`emial` FROM t", "t.emial"), Some(18));
        assert_eq!(unknown("SELECT emial, emial FROM a", "emial"), None, "either may be meant");
        assert_eq!(named("SELECT * FROM b", 1146, "Table 'shop.b' doesn't exist"), Some(14));
        assert_eq!(named("SELECT b", 1062, "Duplicate entry 'b' for key 'x'"), None);
    }
}
