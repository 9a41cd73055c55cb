//! Text to Markdown: the only place that knows which characters mean something there.
//!
//! Must stay true: what is given here is one line, and is read back as the text it was.

/// `text` within a line.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let within_word = before.is_alphanumeric() && chars.peek().is_some_and(|next| next.is_alphanumeric());
        let means_something = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '~' => true,
            '_' => !within_word,
            '&' => chars.peek().is_some_and(|next| next.is_alphanumeric() || *next == '#'),
            '!' => chars.peek() == Some(&'['),
            _ => false,
        };
        if means_something {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
        before = c;
    }
    out
}

/// `text` as a line of its own: nothing at its start makes a heading, a list or a rule of it.
pub(crate) fn line(line: &str) -> String {
    let line = text(line.trim());
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let marks = line[digits..].starts_with(['.', ')']) && digits > 0;
    if marks {
        format!("{}\\{}", &line[..digits], &line[digits..])
    } else if line.starts_with(['#', '-', '+', '>', '=', ':', '|']) {
        format!("\\{line}")
    } else {
        line
    }
}

/// `text` as code.
pub(crate) fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let space = if plain.is_empty() || plain.contains('`') || plain.trim().len() != plain.len() { " " } else { "" };
    format!("{fence}{space}{plain}{space}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{options, plain_text};
    use crate::span::Span;
    use pulldown_cmark::Parser;

    #[test]
    fn what_is_written_is_read_back() {
        let read = |markdown: &str| {
            let events: Vec<_> =
                Parser::new_ext(markdown, options()).map(|event| (event.into_static(), Span::new(0, 0))).collect();
            plain_text(&events)
        };
        for plain in [
            "a_b *c* _d_ [e](f) <g> &amp; `h` ~~i~~ \\ ![j](k)",
            "# a",
            "- a",
            "12. a",
            "3) a",
            "> a",
            "+ a",
            "| a |",
            "<b>",
            "x:y",
            "architectures_distributions",
        ] {
            assert_eq!(read(&line(plain)), plain);
            assert_eq!(read(&format!("# {}", text(plain))), plain);
        }
        for plain in ["a", "`a`", "a``b", "x y"] {
            assert_eq!(read(&code(plain)), plain);
        }
        assert_eq!(line("a\nb"), "a b");
    }
}
