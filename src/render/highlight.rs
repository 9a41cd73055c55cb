//! Code to coloured pieces.
//!
//! Takes a language and a text, gives the pieces that carry a class; what lies between them is plain. Classes only, the
//! colours are the style sheet's. The syntaxes are loaded at the first use, and results are kept by language and text,
//! because a preview renders the same blocks again and again. Must stay true: pieces are in order, do not overlap, lie
//! within a line, and never change the text.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use crate::runbook::transcript::{self, LineKind};

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A word of the language.
    Keyword,
    /// A string.
    String,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// A function or a command.
    Function,
    /// A type.
    Type,
    /// `true`, an escape in a string, a named constant.
    Constant,
    /// An operator.
    Operator,
    /// A variable.
    Variable,
    /// An element.
    Tag,
    /// An attribute, a key.
    Attribute,
    /// An added line of a diff.
    Inserted,
    /// A removed line of a diff.
    Deleted,
    /// The prompt of a transcript: not part of what is typed.
    Prompt,
    /// What a command of a transcript printed.
    Printed,
}

impl Class {
    /// Its class in HTML, documented in the style sheet.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Keyword => "k",
            Self::String => "s",
            Self::Number => "n",
            Self::Comment => "c",
            Self::Function => "f",
            Self::Type => "t",
            Self::Constant => "l",
            Self::Operator => "o",
            Self::Variable => "v",
            Self::Tag => "g",
            Self::Attribute => "a",
            Self::Inserted => "i",
            Self::Deleted => "d",
            Self::Prompt => "prompt",
            Self::Printed => "printed",
        }
    }
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// What it is.
    pub(crate) class: Class,
}

/// The coloured pieces of `text`; none for a language nobody knows.
pub(crate) fn pieces(language: &str, text: &str) -> Arc<[Piece]> {
    let key = (language.to_owned(), text.to_owned());
    if let Some(known) = CACHE.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return known;
    }
    // Highlighting is the slow part, so it is done without holding the lock; doing a block twice does no harm.
    let pieces: Arc<[Piece]> = match language {
        "console" => transcript(text),
        "sql" => with_sql_words(text, syntax(language).map_or_else(Vec::new, |syntax| code(syntax, text))),
        language => syntax(language).map_or_else(Vec::new, |syntax| code(syntax, text)),
    }
    .into();
    CACHE.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&pieces));
    pieces
}

/// How many bytes of text the cache holds before it starts anew: far more than a large site has.
const CACHE_LIMIT: usize = 32 << 20;

static CACHE: LazyLock<Mutex<Cache>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Cache {
    entries: HashMap<(String, String), Arc<[Piece]>>,
    bytes: usize,
}

impl Cache {
    fn get(&self, key: &(String, String)) -> Option<Arc<[Piece]>> {
        self.entries.get(key).cloned()
    }

    fn insert(&mut self, key: (String, String), pieces: Arc<[Piece]>) {
        if self.bytes > CACHE_LIMIT {
            *self = Self::default();
        }
        self.bytes += key.1.len();
        self.entries.insert(key, pieces);
    }
}

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

fn syntax(language: &str) -> Option<&'static SyntaxReference> {
    if matches!(language, "" | "text" | "txt" | "output" | "plain") {
        return None;
    }
    SYNTAXES.find_syntax_by_token(match language {
        "shell" | "sh" => "bash",
        language => language,
    })
}

fn code(syntax: &SyntaxReference, text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut highlighter = Highlighter::new(syntax);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        highlighter.line(line, start, &mut pieces);
        start += line.len();
    }
    pieces
}

/// Words of SQL that the bundled syntax leaves plain.
const SQL_WORDS: &str = "ADD ALL ALTER ANALYZE AS BEGIN CASE CHECK COMMIT CONFLICT CONSTRAINT CREATE CROSS DEFAULT DROP \
    ELSE END EXCEPT EXISTS EXPLAIN FOREIGN FULL IF INTERSECT KEY NOT ON PRAGMA PRIMARY REFERENCES RETURNING ROLLBACK \
    START TABLE TEMPORARY THEN TRANSACTION USING WHEN WITH";

/// `pieces` with the words it lacks, where they are written in capitals: in small letters many are names, too.
fn with_sql_words(text: &str, mut pieces: Vec<Piece>) -> Vec<Piece> {
    let mut words = Vec::new();
    let mut at = 0;
    for gap in pieces.iter().map(|piece| piece.range.clone()).chain(std::iter::once(text.len()..text.len())) {
        let mut start = at;
        for word in text[at..gap.start].split_inclusive(|c| !is_word(c)) {
            let letters = word.trim_end_matches(|c| !is_word(c));
            if SQL_WORDS.split_ascii_whitespace().any(|known| known == letters) {
                words.push(Piece { range: start..start + letters.len(), class: Class::Keyword });
            }
            start += word.len();
        }
        at = gap.end;
    }
    pieces.extend(words);
    pieces.sort_by_key(|piece| piece.range.start);
    pieces
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A transcript: prompts, commands as shell, what they printed.
fn transcript(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut command: Option<Highlighter> = None;
    for (span, kind) in transcript::lines(text) {
        let line = &text[span.start..span.end];
        let length = line.trim_end_matches('\n').len();
        if kind == LineKind::Start {
            command = syntax("bash").map(Highlighter::new);
        }
        let is_command = matches!(kind, LineKind::Start | LineKind::Continuation);
        // The prompt of an empty line may have lost its blank.
        let first = if is_command { length.min(2) } else { length };
        let class = if is_command { Class::Prompt } else { Class::Printed };
        if first > 0 {
            pieces.push(Piece { range: span.start..span.start + first, class });
        }
        if let Some(highlighter) = command.as_mut().filter(|_| is_command) {
            highlighter.line(&line[first..], span.start + first, &mut pieces);
        }
    }
    pieces
}

struct Highlighter {
    state: ParseState,
    scopes: ScopeStack,
}

impl Highlighter {
    fn new(syntax: &SyntaxReference) -> Self {
        Self { state: ParseState::new(syntax), scopes: ScopeStack::new() }
    }

    /// Adds the pieces of `line`, which starts at byte `start` of the text.
    fn line(&mut self, line: &str, start: usize, pieces: &mut Vec<Piece>) {
        // A syntax that fails on a line leaves it plain.
        let Ok(operations) = self.state.parse_line(line, &SYNTAXES) else { return };
        let end = line.trim_end_matches(['\n', '\r']).len();
        let mut at = 0;
        for (position, operation) in operations {
            self.push(at..position.min(end), line, start, pieces);
            at = position;
            if self.scopes.apply(&operation).is_err() {
                return;
            }
        }
        self.push(at..end, line, start, pieces);
    }

    fn push(&self, range: Range<usize>, line: &str, start: usize, pieces: &mut Vec<Piece>) {
        // White space has no colour; leaving it out joins fewer words but makes for much less HTML.
        if range.start >= range.end || line[range.clone()].trim().is_empty() {
            return;
        }
        let Some(class) = class(self.scopes.as_slice()) else { return };
        let range = start + range.start..start + range.end;
        match pieces.last_mut() {
            Some(last) if last.class == class && last.range.end == range.start => last.range.end = range.end,
            _ => pieces.push(Piece { range, class }),
        }
    }
}

/// The class of the innermost scope that has one.
fn class(scopes: &[Scope]) -> Option<Class> {
    let innermost = scopes
        .iter()
        .rev()
        .find_map(|scope| CLASSES.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|(_, class)| *class))??;
    // The keys of JSON are strings to the syntax and attributes to a reader.
    let is_key = innermost == Class::String && scopes.iter().any(|scope| MAPPING_KEY.is_prefix_of(*scope));
    Some(if is_key { Class::Attribute } else { innermost })
}

static MAPPING_KEY: LazyLock<Scope> = LazyLock::new(|| scope("meta.mapping.key"));

/// What scopes mean to a reader, longer prefixes before shorter ones; `None` is plain, whatever stands around it.
static CLASSES: LazyLock<Vec<(Scope, Option<Class>)>> = LazyLock::new(|| {
    let classes = [
        ("comment", Some(Class::Comment)),
        ("constant.numeric", Some(Class::Number)),
        // SQL: the names of tables and columns are most of a statement and its plain part.
        ("constant.other.database-name", None),
        ("constant.other.table-name", None),
        ("constant", Some(Class::Constant)),
        ("entity.name.constant", Some(Class::Constant)),
        ("entity.name.function", Some(Class::Function)),
        ("entity.name.section", Some(Class::Tag)),
        ("entity.name.tag", Some(Class::Tag)),
        ("entity.name.label", Some(Class::Constant)),
        ("entity.name", Some(Class::Type)),
        ("entity.other.attribute-name", Some(Class::Attribute)),
        ("entity.other.inherited-class", Some(Class::Type)),
        ("invalid", None),
        ("keyword.operator.assignment.alias", Some(Class::Keyword)),
        ("keyword.operator.logical", Some(Class::Keyword)),
        ("keyword.operator.word", Some(Class::Keyword)),
        ("keyword.operator", Some(Class::Operator)),
        ("keyword", Some(Class::Keyword)),
        ("markup.deleted", Some(Class::Deleted)),
        ("markup.heading", Some(Class::Tag)),
        ("markup.inserted", Some(Class::Inserted)),
        ("meta.diff.header", Some(Class::Comment)),
        ("meta.diff.range", Some(Class::Comment)),
        ("meta.interpolation", None),
        ("punctuation.definition.comment", Some(Class::Comment)),
        ("storage.type.numeric", Some(Class::Number)),
        ("storage", Some(Class::Keyword)),
        ("string", Some(Class::String)),
        ("support.constant", Some(Class::Constant)),
        ("support.function", Some(Class::Function)),
        ("support.macro", Some(Class::Function)),
        ("support.type.property-name", Some(Class::Attribute)),
        ("support", Some(Class::Type)),
        ("variable.function", Some(Class::Function)),
        ("variable.language", Some(Class::Constant)),
        ("variable.other.key", Some(Class::Attribute)),
        ("variable", Some(Class::Variable)),
    ];
    classes.into_iter().map(|(prefix, class)| (scope(prefix), class)).collect()
});

fn scope(text: &str) -> Scope {
    // Only a text with more atoms than a scope has is refused; these are fixed and short.
    Scope::new(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `text` with every piece in brackets after its class.
    fn drawn(language: &str, text: &str) -> String {
        let mut drawn = String::new();
        let mut at = 0;
        for piece in pieces(language, text).iter() {
            drawn.push_str(&text[at..piece.range.start]);
            drawn.push_str(&format!("{}[{}]", piece.class.name(), &text[piece.range.clone()]));
            at = piece.range.end;
        }
        drawn + &text[at..]
    }

    #[test]
    fn sql_is_coloured() {
        assert_eq!(
            drawn("sql", "SELECT COUNT(*), t.a FROM t AS x -- ON\n WHERE a = 'ON' AND c >= 1;\n"),
            "k[SELECT] f[COUNT](l[*]), t.a k[FROM] t k[AS] x c[-- ON]\n k[WHERE] a o[=] s['ON'] k[AND] c o[>=] n[1];\n"
        );
    }

    #[test]
    fn transcripts_tell_prompt_command_and_output_apart() {
        assert_eq!(
            drawn("console", "$ echo a \\\n> b\na b\n[1]\n"),
            "prompt[$ ]f[echo] a \\\nprompt[> ]b\nprinted[a b]\nprinted[[1]]\n"
        );
        // A prompt within a string is no end of it, output with a prompt's look is output, and a blank line is a line.
        assert_eq!(
            drawn("console", "$ echo 'a\n>\n> b'\na\n\nb\n> c\n$ x"),
            "prompt[$ ]f[echo] s['a]\nprompt[>]\nprompt[> ]s[b']\nprinted[a]\n\nprinted[b]\nprinted[> c]\nprompt[$ ]f[x]"
        );
    }

    #[test]
    fn every_language_of_the_manual_is_known() {
        for language in [
            "sql",
            "bash",
            "sh",
            "shell",
            "xml",
            "yaml",
            "toml",
            "json",
            "ruby",
            "rust",
            "html",
            "css",
            "javascript",
            "python",
            "diff",
        ] {
            assert!(syntax(language).is_some(), "{language}");
        }
        assert!(pieces("no-such-language", "SELECT 1;\n").is_empty());
        assert!(pieces("", "SELECT 1;\n").is_empty());
    }
}
