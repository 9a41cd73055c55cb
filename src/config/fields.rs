//! Reading a table strictly: every key typed, every unknown key an error with a suggestion.
//!
//! Takes a `Table`, gives typed values with their places, and collects what is wrong with the rest. Must stay true: a
//! key that nobody asked for is an error, so `finish` is called once all known keys have been asked for.

use std::sync::Arc;

use super::tree::{Entry, Node, Table, Value};
use crate::diagnostic::{Diagnostic, Place};
use crate::span::{SourceFile, Span};

/// A typed value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place in the file it was read from.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value` at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A table being read.
pub struct Fields<'t> {
    file: &'t Arc<SourceFile>,
    table: &'t Table,
    what: &'static str,
    asked: Vec<&'static str>,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Fields<'t> {
    /// Starts reading `table` of `file`; `what` names it in messages (`the front matter`).
    pub fn new(file: &'t Arc<SourceFile>, table: &'t Table, what: &'static str) -> Self {
        Self { file, table, what, asked: Vec::new(), diagnostics: Vec::new() }
    }

    /// Text that is not empty.
    pub fn text(&mut self, key: &'static str) -> Option<Spanned<String>> {
        let text = self.typed(key, "text", |value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })?;
        if text.value.trim().is_empty() {
            let place = Place::new(self.file, text.span);
            self.diagnostics.push(
                Diagnostic::error("empty-value", place, format!("`{key}` is empty"))
                    .hint(format!("give it a text, or remove `{key}`")),
            );
            return None;
        }
        Some(text)
    }

    /// A value that may be written as text or as a number, kept as it would be typed.
    pub fn scalar(&mut self, key: &'static str) -> Option<Spanned<String>> {
        self.typed(key, "text or a number", |value| match value {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(_, written) | Value::Float(written) => Some(written.clone()),
            _ => None,
        })
    }

    /// A whole number.
    pub fn integer(&mut self, key: &'static str) -> Option<Spanned<i64>> {
        self.typed(key, "a whole number", |value| match value {
            Value::Integer(number, _) => Some(*number),
            _ => None,
        })
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &'static str) -> Option<Spanned<bool>> {
        self.typed(key, "true or false", |value| match value {
            Value::Boolean(value) => Some(*value),
            _ => None,
        })
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str) -> Option<Spanned<Vec<Spanned<String>>>> {
        self.typed(key, "a list of texts", |value| match value {
            Value::Array(nodes) => nodes
                .iter()
                .map(|node| match &node.value {
                    Value::Text(text) => Some(Spanned::new(text.clone(), node.span)),
                    _ => None,
                })
                .collect(),
            _ => None,
        })
    }

    /// A table, `[key]`.
    pub fn table(&mut self, key: &'static str) -> Option<&'t Table> {
        let entry = self.entry(key)?;
        match &entry.node.value {
            Value::Table(table) => Some(table),
            _ => {
                self.wrong_type(entry, "a table");
                None
            }
        }
    }

    /// A list of tables, `[[key]]`; empty if there is none.
    pub fn tables(&mut self, key: &'static str) -> Vec<(&'t Table, Span)> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let tables = match &entry.node.value {
            Value::Array(nodes) => nodes
                .iter()
                .map(|node| match &node.value {
                    Value::Table(table) => Some((table, node.span)),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>(),
            _ => None,
        };
        tables.unwrap_or_else(|| {
            self.wrong_type(entry, "a list of tables");
            Vec::new()
        })
    }

    /// The value of `key`, of whatever type, and its place.
    pub fn node(&mut self, key: &'static str) -> Option<&'t Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// Where `key` stands, if it is there; it counts as asked for.
    pub fn key_span(&mut self, key: &'static str) -> Option<Span> {
        self.entry(key).map(|entry| entry.key_span)
    }

    /// Adds a message of the reader's own.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Ends the reading: what was wrong, unknown keys included.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        for entry in &self.table.entries {
            if !self.asked.contains(&entry.key.as_str()) {
                let place = Place::new(self.file, entry.key_span);
                let message = format!("`{}` is not a key of {}", entry.key, self.what);
                self.diagnostics.push(
                    Diagnostic::error("unknown-key", place, message)
                        .label("unknown key")
                        .suggest(&entry.key, self.asked.iter().copied()),
                );
            }
        }
        self.diagnostics
    }

    fn entry(&mut self, key: &'static str) -> Option<&'t Entry> {
        self.asked.push(key);
        self.table.entries.iter().find(|entry| entry.key == key)
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let entry = self.entry(key)?;
        let Node { span, value } = &entry.node;
        match read(value) {
            Some(value) => Some(Spanned::new(value, *span)),
            None => {
                self.wrong_type(entry, expected);
                None
            }
        }
    }

    fn wrong_type(&mut self, entry: &Entry, expected: &str) {
        let place = Place::new(self.file, entry.node.span);
        let found = entry.node.value.type_name();
        let example = match expected {
            "text" => "\"a text\"",
            "a whole number" => "3",
            "true or false" => "true",
            "a list of texts" => "[\"one\", \"two\"]",
            "a table" => "{ }",
            "a list of tables" => "[{ }]",
            _ => "\"a text\"` or `3",
        };
        self.diagnostics.push(
            Diagnostic::error("wrong-type", place, format!("`{}` must be {expected}, but is {found}", entry.key))
                .hint(format!("write for example `{example}`")),
        );
    }
}
