//! Tokens to statements: which `;` ends one.
//!
//! Must stay true: a `;` inside the body of a trigger or routine does not end the statement, and a text whose body is
//! never ended is one statement, for the engine to complain about as a whole.

use crate::config::Engine;
use crate::span::Span;

use super::lexer::{Kind, Token};

/// The significant tokens of each statement of `tokens`, without the closing `;`.
pub(super) fn split(text: &str, tokens: &[Token], engine: Engine) -> Vec<Vec<Token>> {
    let mut statements = Vec::new();
    let mut current: Vec<Token> = Vec::new();
    let mut body = Body::new(engine);
    for token in tokens.iter().copied().filter(|token| token.is_significant()) {
        let previous = current.last().map_or("", |token| token.text(text));
        let ends = body.see(lexeme(token, text), previous);
        if ends {
            body = Body::new(engine);
            statements.push(std::mem::take(&mut current));
        } else {
            current.push(token);
        }
    }
    statements.push(current);
    statements.retain(|statement| !statement.is_empty());
    statements
}

/// From the first token to the last.
pub(super) fn span_of(statement: &[Token]) -> Span {
    match statement {
        [first, .., last] => Span::new(first.span.start, last.span.end),
        [only] => only.span,
        [] => Span::new(0, 0),
    }
}

/// The client command in a statement, and its name.
pub(super) fn client_command(text: &str, statement: &[Token], engine: Engine) -> Option<(Span, String)> {
    let first = *statement.first()?;
    let named = |span: Span| (span, text[span.start..span.end].to_owned());
    // The mark and the name are written without a space between.
    let marked = |mark: &str, pair: &[Token]| {
        let adjacent = pair[0].is(text, mark) && pair[0].span.end == pair[1].span.start;
        adjacent.then(|| named(Span::new(pair[0].span.start, pair[1].span.end)))
    };
    match engine {
        Engine::Sqlite => {
            statement.get(..2).filter(|pair| pair[1].kind == Kind::Word).and_then(|pair| marked(".", pair))
        }
        Engine::Mariadb if MARIADB_CLIENT.split_ascii_whitespace().any(|word| first.is(text, word)) => {
            Some(named(first.span))
        }
        // `\N` is how the server writes NULL; every other backslash outside quotes is for the client (`\G`).
        Engine::Mariadb => statement.windows(2).find_map(|pair| marked("\\", pair).filter(|(_, name)| name != "\\N")),
        Engine::Postgres => {
            let is_copy = first.is(text, "COPY")
                && statement.windows(2).any(|pair| {
                    (pair[0].is(text, "FROM") && pair[1].is(text, "STDIN"))
                        || (pair[0].is(text, "TO") && pair[1].is(text, "STDOUT"))
                });
            let copy = is_copy.then(|| (first.span, "COPY through the client".to_owned()));
            copy.or_else(|| statement.windows(2).find_map(|pair| marked("\\", pair)))
        }
    }
}

/// The words only MariaDB's client acts on; `help` and `use` are statements of the server as well.
const MARIADB_CLIENT: &str = "charset clear connect delimiter edit ego exit go nopager notee nowarning pager print \
                              prompt quit rehash resetconnection source status system tee warnings";

/// What the bodies are told about a token.
#[derive(Debug, Clone, Copy)]
enum Lexeme<'a> {
    Word(&'a str),
    Symbol(&'a str),
    Other,
}

impl Lexeme<'_> {
    fn is(self, word: &str) -> bool {
        matches!(self, Self::Word(text) if text.eq_ignore_ascii_case(word))
    }

    fn is_any(self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }
}

fn lexeme(token: Token, text: &str) -> Lexeme<'_> {
    match token.kind {
        Kind::Word => Lexeme::Word(token.text(text)),
        Kind::Symbol => Lexeme::Symbol(token.text(text)),
        _ => Lexeme::Other,
    }
}

/// How far into a statement with a body we are.
enum Body {
    Sqlite(Trigger),
    Mariadb(Compound),
    Postgres(Routine),
}

impl Body {
    fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite(Trigger::Start),
            Engine::Mariadb => Self::Mariadb(Compound::Start),
            Engine::Postgres => Self::Postgres(Routine::default()),
        }
    }

    /// Takes the next token; true if it ends the statement. `previous` is the text of the one before it, empty at the
    /// statement's start.
    fn see(&mut self, lexeme: Lexeme<'_>, previous: &str) -> bool {
        match self {
            Self::Sqlite(trigger) => {
                *trigger = trigger.after(lexeme);
                matches!(trigger, Trigger::Ended)
            }
            Self::Mariadb(compound) => compound.see(lexeme, previous),
            Self::Postgres(routine) => routine.see(lexeme, previous),
        }
    }
}

/// SQLite's own rule, the states of `sqlite3_complete`: what starts `CREATE [TEMP] TRIGGER` ends at `; END ;`.
#[derive(Debug, Clone, Copy)]
enum Trigger {
    Start,
    Plain,
    Explain,
    Create,
    Body,
    Semicolon,
    End,
    Ended,
}

impl Trigger {
    fn after(self, lexeme: Lexeme<'_>) -> Self {
        let semicolon = matches!(lexeme, Lexeme::Symbol(";"));
        match self {
            Self::Body | Self::Semicolon if semicolon => Self::Semicolon,
            Self::Semicolon if lexeme.is("END") => Self::End,
            Self::End if semicolon => Self::Ended,
            Self::Body | Self::Semicolon | Self::End => Self::Body,
            _ if semicolon => Self::Ended,
            Self::Start if lexeme.is("EXPLAIN") => Self::Explain,
            Self::Start | Self::Explain if lexeme.is("CREATE") => Self::Create,
            Self::Create if lexeme.is_any(&["TEMP", "TEMPORARY"]) => Self::Create,
            Self::Create if lexeme.is("TRIGGER") => Self::Body,
            // `EXPLAIN QUERY PLAN CREATE …`
            Self::Explain if !lexeme.is_any(&["EXPLAIN", "TEMP", "TEMPORARY", "TRIGGER", "END"]) => Self::Explain,
            _ => Self::Plain,
        }
    }
}

/// MariaDB: routines, triggers, events and `BEGIN NOT ATOMIC` hold blocks, each closed by an `END`.
#[derive(Debug, Clone, Copy)]
enum Compound {
    Start,
    /// After `CREATE` or `ALTER`, before the word that says of what.
    Header,
    Plain,
    /// Within what has blocks, so many of them open.
    Blocks(usize),
}

impl Compound {
    fn see(&mut self, lexeme: Lexeme<'_>, previous: &str) -> bool {
        let semicolon = matches!(lexeme, Lexeme::Symbol(";"));
        match self {
            Self::Blocks(depth) if *depth > 0 || !semicolon => {
                *depth = match change(lexeme, previous) {
                    Change::Opens => *depth + 1,
                    Change::Closes => depth.saturating_sub(1),
                    Change::Nothing => *depth,
                };
                false
            }
            _ if semicolon => true,
            Self::Start if lexeme.is_any(&["CREATE", "ALTER"]) => {
                *self = Self::Header;
                false
            }
            // Statements that are a block themselves; `BEGIN` alone starts a transaction.
            Self::Start if lexeme.is_any(&["IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR"]) => {
                *self = Self::Blocks(1);
                false
            }
            Self::Start if lexeme.is("BEGIN") => false,
            Self::Start => {
                let is_block = lexeme.is("NOT") && previous.eq_ignore_ascii_case("BEGIN");
                *self = if is_block { Self::Blocks(1) } else { Self::Plain };
                false
            }
            // `DEFINER = user@host`: names, not the kind of object.
            Self::Header if previous == "=" || previous == "@" => false,
            Self::Header if lexeme.is_any(&["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"]) => {
                *self = Self::Blocks(0);
                false
            }
            Self::Header
                if lexeme.is_any(&["TABLE", "VIEW", "INDEX", "DATABASE", "SCHEMA", "USER", "ROLE", "SERVER"]) =>
            {
                *self = Self::Plain;
                false
            }
            _ => false,
        }
    }
}

/// What a word does to the number of open blocks.
enum Change {
    Opens,
    Closes,
    Nothing,
}

fn change(lexeme: Lexeme<'_>, previous: &str) -> Change {
    let after = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(previous));
    // `NEW.end` is a column; `END IF` closed its block with the `END`.
    if previous == "." || after(&["END"]) {
        return Change::Nothing;
    }
    // `IF(a, b, c)` and `REPEAT('x', 3)` are functions, `FOR UPDATE` is a clause: these words open a block only where
    // a statement starts.
    let statement_starts = after(&[";", ":", "BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT", "ROW"]);
    let opens = lexeme.is_any(&["BEGIN", "CASE"])
        || (statement_starts && lexeme.is_any(&["IF", "LOOP", "WHILE", "REPEAT", "FOR"]));
    match lexeme {
        _ if opens => Change::Opens,
        _ if lexeme.is("END") => Change::Closes,
        _ => Change::Nothing,
    }
}

/// PostgreSQL: `BEGIN ATOMIC … END` in `CREATE FUNCTION` and `CREATE PROCEDURE`; and, as in psql, no `;` within
/// parentheses ends a statement, because a rule holds several commands there.
#[derive(Debug, Default)]
struct Routine {
    words: usize,
    is_routine: bool,
    parentheses: usize,
    blocks: usize,
}

impl Routine {
    fn see(&mut self, lexeme: Lexeme<'_>, previous: &str) -> bool {
        match lexeme {
            Lexeme::Symbol("(") => self.parentheses += 1,
            Lexeme::Symbol(")") => self.parentheses = self.parentheses.saturating_sub(1),
            Lexeme::Symbol(";") => return self.parentheses == 0 && self.blocks == 0,
            Lexeme::Word(_) => self.see_word(lexeme, previous),
            _ => {}
        }
        false
    }

    fn see_word(&mut self, lexeme: Lexeme<'_>, previous: &str) {
        self.words += 1;
        let after = |word: &str| previous.eq_ignore_ascii_case(word);
        match self.words {
            1 => self.is_routine = lexeme.is("CREATE"),
            2 => self.is_routine &= lexeme.is_any(&["OR", "FUNCTION", "PROCEDURE"]),
            3 if after("OR") => self.is_routine &= lexeme.is("REPLACE"),
            4 if after("REPLACE") => self.is_routine &= lexeme.is_any(&["FUNCTION", "PROCEDURE"]),
            _ if !self.is_routine || after(".") => {}
            _ if self.blocks == 0 => self.blocks = usize::from(lexeme.is("ATOMIC") && after("BEGIN")),
            _ if lexeme.is("CASE") => self.blocks += 1,
            _ if lexeme.is("END") => self.blocks -= 1,
            _ => {}
        }
    }
}
