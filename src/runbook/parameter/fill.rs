//! Finding the parameters of SQL text and replacing them by literals.
//!
//! Must stay true: only what stands where a value can stand is a parameter, and the statement boundaries of the filled
//! text are those of the original, whatever the values hold.

use std::collections::BTreeMap;

use crate::config::Engine;
use crate::runbook::sql::{Kind, tokens};
use crate::span::Span;

use super::value::{Value, literal};

/// A place in SQL text where a parameter is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The bytes of `:name`, the colon included.
    pub span: Span,
    /// The name, declared or not.
    pub name: String,
}

/// The places of `text` that have the form of a parameter, in order, whether declared or not.
///
/// `:name` counts outside literals, quoted names, comments and dollar quotes, and not directly after `:`, a letter, a
/// digit, `_`, `]` or `)`: `::text`, `a[1:n]` and `12:30` are none.
pub fn uses(text: &str, engine: Engine) -> Vec<Use> {
    tokens(text, engine)
        .into_iter()
        .filter(|token| token.kind == Kind::Symbol && token.text(text) == ":")
        .filter_map(|colon| {
            let before = text[..colon.span.start].chars().next_back();
            if before.is_some_and(|c| is_name_character(c) || matches!(c, ':' | ']' | ')')) {
                return None;
            }
            let rest = &text[colon.span.end..];
            // The longest run of name characters: `:naïve` is an undeclared name, not the parameter `na`.
            let length = rest.find(|c| !is_name_character(c)).unwrap_or(rest.len());
            let name = &rest[..length];
            let is_name = name.chars().next().is_some_and(|first| !first.is_numeric());
            is_name.then(|| Use { span: Span::new(colon.span.start, colon.span.end + length), name: name.to_owned() })
        })
        .collect()
}

fn is_name_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// SQL text with its parameters replaced, and the way back to the text it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The text to run, show and copy.
    pub text: String,
    pieces: Vec<Piece>,
}

/// One replaced parameter: where it was, and where its literal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    original: Span,
    filled: Span,
}

/// Replaces every use of a parameter in `values` by its literal; what `values` does not have is left as it is.
pub fn fill(text: &str, engine: Engine, values: &BTreeMap<String, Value>) -> Filled {
    let mut filled = String::with_capacity(text.len());
    let mut pieces = Vec::new();
    let mut done = 0;
    for found in uses(text, engine) {
        let Some(value) = values.get(&found.name) else { continue };
        filled.push_str(&text[done..found.span.start]);
        done = found.span.end;
        let start = filled.len();
        if filled.chars().next_back().is_some_and(may_merge) {
            filled.push(' ');
        }
        filled.push_str(&literal(value, engine));
        if text[done..].chars().next().is_some_and(may_merge) {
            filled.push(' ');
        }
        pieces.push(Piece { original: found.span, filled: Span::new(start, filled.len()) });
    }
    filled.push_str(&text[done..]);
    Filled { text: filled, pieces }
}

/// Whether a literal directly beside `c` could become one token with it: `'a':name` would be `'a''x'`, a quote in a
/// string, and `@:name` a variable. A space between makes that the syntax error it is.
///
/// A dash must not get one: in MariaDB `--5` is two signs and `-- 5` a comment.
fn may_merge(c: char) -> bool {
    !(c.is_whitespace() || "(),;:=<>+-*/%|[]^~!".contains(c))
}

impl Filled {
    /// The replaced parameters, in order: the bytes of `:name` in the original text, and of its literal (with the
    /// spaces that keep it apart from its neighbours) in the filled one.
    pub fn literals(&self) -> impl ExactSizeIterator<Item = (Span, Span)> {
        self.pieces.iter().map(|piece| (piece.original, piece.filled))
    }

    /// Where in the original text the byte `offset` of the filled text comes from; within a literal, the start of its
    /// `:name`.
    pub fn original_offset(&self, offset: usize) -> usize {
        self.back(offset, |piece| piece.original.start)
    }

    /// Where in the original text `span` of the filled text comes from; a literal touched is a `:name` covered.
    pub fn original_span(&self, span: Span) -> Span {
        Span::new(self.original_offset(span.start), self.back(span.end, |piece| piece.original.end))
    }

    fn back(&self, offset: usize, within: impl Fn(&Piece) -> usize) -> usize {
        let before = self.pieces.partition_point(|piece| piece.filled.start < offset);
        match before.checked_sub(1).map(|at| &self.pieces[at]) {
            Some(piece) if offset < piece.filled.end => within(piece),
            Some(piece) => piece.original.end + (offset - piece.filled.end),
            None => offset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::sql::statements;

    fn names(text: &str, engine: Engine) -> Vec<String> {
        uses(text, engine)
            .into_iter()
            .map(|found| {
                assert_eq!(text[found.span.start..found.span.end], format!(":{}", found.name));
                found.name
            })
            .collect()
    }

    fn values(pairs: &[(&str, Value)]) -> BTreeMap<String, Value> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn a_parameter_stands_where_a_value_can() {
        for engine in Engine::ALL {
            assert_eq!(names("WHERE a = :name AND b=:other_2, (:x)", engine), ["name", "other_2", "x"]);
            assert_eq!(names(":a:b", engine), ["a"]);
            assert_eq!(names("SELECT ':no', ':''no' /* :no */ -- :no\n, :yes", engine), ["yes"]);
            assert_eq!(names(":name::text", engine), ["name"]);
            assert_eq!(names("a::text, '12:30', 12:30, x:n, f():n, _:n, é:n", engine), [""; 0]);
            assert_eq!(names("a := 1, @a:=:b, : c, :1, :", engine), ["b"]);
            assert_eq!(names(":naïve", engine), ["naïve"], "not the parameter `na`");
        }
        assert_eq!(names("a[1:n], b[m]:n, c", Engine::Postgres), [""; 0]);
    }

    #[test]
    fn quotes_and_comments_are_those_of_the_engine() {
        assert_eq!(names(r#"`:a` [:b] ":c" $$:d$$ # :e"#, Engine::Sqlite), ["d", "e"]);
        let mariadb = "`:a` \":b\" 'it\\':c' [:d] --:e\n # :f\n /*! :g */ /*M!100101 ':' :h */";
        assert_eq!(names(mariadb, Engine::Mariadb), ["d", "e"]);
        let postgres = r"':a\', E':b\':b', $$:c$$, $t$ :d $$ :d $t$, /* /* :e */ :e */ :f # :g";
        assert_eq!(names(postgres, Engine::Postgres), ["f", "g"]);
        assert_eq!(names("E'a'\n  'b\\':no' :yes", Engine::Postgres), ["yes"], "escapes go on after a line break");
        assert_eq!(names("SELECT 'open :no", Engine::Sqlite), [""; 0]);
    }

    #[test]
    fn filled_text_has_the_values_and_nothing_else_changed() {
        let values = values(&[("name", Value::text("O'Brien").unwrap()), ("n", Value::integer("-5").unwrap())]);
        let check = |text: &str, expected: &str| assert_eq!(fill(text, Engine::Sqlite, &values).text, expected);
        check("SELECT :name, ':name', :unknown;", "SELECT 'O''Brien', ':name', :unknown;");
        check("x-:n", "x-(-5)");
        check("nothing", "nothing");
        check("", "");
        check(":name", "'O''Brien'");
    }

    #[test]
    fn a_literal_never_becomes_one_token_with_its_neighbour() {
        let values = values(&[("s", Value::text("x").unwrap()), ("n", Value::integer("5").unwrap())]);
        let check = |text: &str, engine: Engine, expected: &str| assert_eq!(fill(text, engine, &values).text, expected);
        check("'a':s'b'", Engine::Sqlite, "'a' 'x' 'b'");
        check("@:s", Engine::Mariadb, "@ 'x'");
        check("U&:s", Engine::Postgres, "U& 'x'");
        check("$:n", Engine::Postgres, "$ 5");
        check("?:n", Engine::Sqlite, "? 5");
        check(":n.5", Engine::Sqlite, "5 .5");
        check("--:n", Engine::Mariadb, "--5");
        check(":s::text||:s", Engine::Postgres, "'x'::text||'x'");
    }

    #[test]
    fn hostile_values_do_not_move_the_end_of_a_statement() {
        let hostile =
            ["'; DROP TABLE t; --", "\\'; DROP TABLE t; --", "\\", "\n;\n", "*/ ; /*", "$$;$$", "`;\"", "''''"];
        for engine in Engine::ALL {
            for text in hostile {
                let values = values(&[("v", Value::text(text).unwrap())]);
                let filled = fill("SELECT :v; SELECT 2 -- :v\n;SELECT 3", engine, &values);
                let cut: Vec<&str> =
                    statements(&filled.text, engine).iter().map(|span| &filled.text[span.start..span.end]).collect();
                assert_eq!(cut.len(), 3, "{engine} {text:?}: {cut:?}");
                assert_eq!(cut[1..], ["SELECT 2", "SELECT 3"]);
            }
        }
    }

    #[test]
    fn offsets_lead_back_to_the_original() {
        let values = values(&[("long", Value::text("žluťoučký").unwrap()), ("s", Value::integer("1").unwrap())]);
        let text = "a :long b :s c";
        let filled = fill(text, Engine::Sqlite, &values);
        let back = |needle: &str| filled.original_offset(filled.text.find(needle).unwrap());
        assert_eq!(filled.text, "a 'žluťoučký' b 1 c");
        for letter in ["a", " b", " c"] {
            assert!(text[back(letter)..].starts_with(letter), "{letter}");
        }
        let literals: Vec<_> = filled.literals().map(|(_, span)| &filled.text[span.start..span.end]).collect();
        assert_eq!(literals, ["'žluťoučký'", "1"]);
        assert_eq!(back("'ž"), 2);
        assert_eq!(back("ťou"), 2, "within a literal is the start of its parameter");
        assert_eq!(back("1"), text.find(":s").unwrap());
        assert_eq!(filled.original_offset(filled.text.len()), text.len());
        let literal = filled.text.find("luť").unwrap();
        assert_eq!(filled.original_span(Span::new(literal, literal + 2)), Span::new(2, 7));
        let b = filled.text.find(" b ").unwrap();
        assert_eq!(filled.original_span(Span::new(b, b + 3)), Span::new(7, 10));
    }
}
