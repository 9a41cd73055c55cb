//! TOML and YAML as one tree in which every key and value knows its place.
//!
//! Takes the text of a configuration file or of a page's front matter, gives a `Table`. The two formats differ only
//! here. Must stay true: nothing is interpreted (a wrong type or an unknown key is `fields`' business), and YAML is
//! its plain core: anchors, tags and several documents in one text are refused.

use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle};
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Place};
use crate::span::{SourceFile, Span};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The bytes of the value.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Keys with values.
    Table(Table),
    /// A list.
    Array(Vec<Node>),
    /// Text. Dates are text too: their readers parse them.
    Text(String),
    /// A whole number, and how it is written.
    Integer(i64, String),
    /// A number with a fraction or an exponent, or more digits than a whole number has here: as it is written.
    Float(String),
    /// `true` or `false`.
    Boolean(bool),
    /// YAML's empty value.
    Null,
}

impl Value {
    /// The name of the type in messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Table(_) => "a table",
            Self::Array(_) => "a list",
            Self::Text(_) => "text",
            Self::Integer(..) => "a whole number",
            Self::Float(_) => "a number with a fraction",
            Self::Boolean(_) => "true or false",
            Self::Null => "nothing",
        }
    }
}

/// Keys with values, in the order they were written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub node: Node,
}

/// Parses the part `span` of `file` as TOML. A syntax error gives what could be read, and diagnostics.
pub fn parse_toml(file: &Arc<SourceFile>, span: Span) -> (Table, Vec<Diagnostic>) {
    let (table, errors) = DeTable::parse_recoverable(file.slice(span));
    let diagnostics = errors
        .iter()
        .map(|error| {
            let at = error.span().map_or(Span::new(span.start, span.start), |at| Span::from(at).shifted(span.start));
            let message = error.message().replace('\n', ", ");
            Diagnostic::error("toml-syntax", Place::new(file, at), format!("this is not TOML: {message}"))
                .hint("each line is `key = value`; texts stand in quotes, lists in `[` and `]`")
        })
        .collect();
    (toml_table(table.get_ref(), span.start), diagnostics)
}

fn toml_table(table: &DeTable<'_>, base: usize) -> Table {
    let entries = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: Span::from(key.span()).shifted(base),
            node: Node { span: Span::from(value.span()).shifted(base), value: toml_value(value.get_ref(), base) },
        })
        .collect();
    Table { entries }
}

fn toml_value(value: &DeValue<'_>, base: usize) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(value) => Value::Integer(value, value.to_string()),
            Err(_) => Value::Float(number.as_str().to_owned()),
        },
        DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(values) => Value::Array(
            values
                .iter()
                .map(|node| Node {
                    span: Span::from(node.span()).shifted(base),
                    value: toml_value(node.get_ref(), base),
                })
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(toml_table(table, base)),
    }
}

/// Parses the part `span` of `file` as YAML whose top is a mapping. Stops at the first syntax error.
pub fn parse_yaml(file: &Arc<SourceFile>, span: Span) -> (Table, Vec<Diagnostic>) {
    let text = file.slice(span);
    // The parser counts characters; places are bytes.
    let mut offsets: Vec<usize> = text.char_indices().map(|(at, _)| at + span.start).collect();
    offsets.push(span.end);
    let mut reader = YamlReader { parser: Parser::new_from_str(text), offsets, depth: 0 };
    match reader.document() {
        Ok(table) => (table, Vec::new()),
        Err(refusal) => {
            let message = format!("this is not the YAML that front matter is written in: {}", refusal.message);
            (
                Table::default(),
                vec![
                    Diagnostic::error("yaml-syntax", Place::new(file, refusal.span), message)
                        .hint("each line is `key: value`; a text with `: `, ` #` or a quote in it stands in quotes"),
                ],
            )
        }
    }
}

struct YamlReader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    offsets: Vec<usize>,
    depth: usize,
}

/// How deep YAML may nest: far beyond any front matter, and far within the stack.
const DEEPEST: usize = 64;

struct Refusal {
    span: Span,
    message: String,
}

impl<'t> YamlReader<'t> {
    fn document(&mut self) -> Result<Table, Refusal> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) => {}
                Event::StreamEnd | Event::DocumentEnd => return Ok(Table::default()),
                event => {
                    let node = self.node(event, span)?;
                    self.end()?;
                    return match node.value {
                        Value::Table(table) => Ok(table),
                        Value::Null => Ok(Table::default()),
                        other => Err(Refusal {
                            span,
                            message: format!("expected `key: value` lines, found {}", other.type_name()),
                        }),
                    };
                }
            }
        }
    }

    /// What follows the one document must be nothing: after `...` there could be more.
    fn end(&mut self) -> Result<(), Refusal> {
        loop {
            match self.next()? {
                (Event::DocumentEnd, _) => {}
                (Event::StreamEnd, _) => return Ok(()),
                (_, span) => return Err(Refusal { span, message: "one document is expected".into() }),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Refusal> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                Ok((event, Span::new(self.offset(span.start.index()), self.offset(span.end.index()))))
            }
            Some(Err(error)) => {
                let at = self.offset(error.marker().index());
                Err(Refusal { span: Span::new(at, at), message: error.info().to_owned() })
            }
            None => Err(Refusal { span: Span::new(self.offset(0), self.offset(0)), message: "it ends early".into() }),
        }
    }

    fn offset(&self, character: usize) -> usize {
        self.offsets.get(character).or(self.offsets.last()).copied().unwrap_or_default()
    }

    fn node(&mut self, event: Event<'t>, span: Span) -> Result<Node, Refusal> {
        self.depth += 1;
        let node = if self.depth > DEEPEST {
            Err(Refusal { span, message: format!("it nests deeper than {DEEPEST}") })
        } else {
            self.opened_node(event, span)
        };
        self.depth -= 1;
        node
    }

    fn opened_node(&mut self, event: Event<'t>, span: Span) -> Result<Node, Refusal> {
        let refuse = |message: &str| Err(Refusal { span, message: message.into() });
        match event {
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _)
                if anchor != 0 =>
            {
                refuse("anchors (`&name`) are not read here")
            }
            Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                refuse("tags (`!name`) are not read here")
            }
            Event::Alias(_) => refuse("aliases (`*name`) are not read here"),
            Event::Scalar(text, ScalarStyle::Plain, _, _) => Ok(Node { span, value: plain_scalar(&text) }),
            Event::Scalar(text, _, _, _) => Ok(Node { span, value: Value::Text(text.into_owned()) }),
            Event::SequenceStart(..) => {
                let mut nodes = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, end) => {
                            return Ok(Node { span: Span::new(span.start, end.end), value: Value::Array(nodes) });
                        }
                        (event, at) => nodes.push(self.node(event, at)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut table = Table::default();
                loop {
                    match self.next()? {
                        (Event::MappingEnd, end) => {
                            return Ok(Node { span: Span::new(span.start, end.end), value: Value::Table(table) });
                        }
                        (Event::Scalar(key, ..), key_span) => {
                            if table.entries.iter().any(|entry| entry.key == key) {
                                return Err(Refusal { span: key_span, message: format!("`{key}` is given twice") });
                            }
                            let (event, at) = self.next()?;
                            let node = self.node(event, at)?;
                            table.entries.push(Entry { key: key.into_owned(), key_span, node });
                        }
                        (_, at) => return Err(Refusal { span: at, message: "a key must be a word".into() }),
                    }
                }
            }
            _ => refuse("one document is expected"),
        }
    }
}

/// YAML 1.2 core schema (YAML 1.2.2, section 10.3.2) for a scalar written without quotes.
fn plain_scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Boolean(true),
        "false" | "False" | "FALSE" => return Value::Boolean(false),
        _ => {}
    }
    if let Ok(number) = text.parse::<i64>() {
        return Value::Integer(number, text.to_owned());
    }
    let looks_numeric =
        text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) && text.bytes().any(|b| b.is_ascii_digit());
    match text.parse::<f64>() {
        Ok(_) if looks_numeric => Value::Float(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}
