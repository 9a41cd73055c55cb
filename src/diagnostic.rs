//! What an author is told about a file: data only, drawn by `report`.
//!
//! Takes what is wrong and where, gives a value that can be collected, sorted, counted and drawn in any format.
//! Must stay true: a diagnostic says what happened (`message`), where (`place`), why it matters (`notes`) and what to
//! do (`hint`); nothing here knows colours, files or exit codes.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::span::{Location, SourceFile, Span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document is wrong: nothing is published or proved from it.
    Error,
    /// Worth knowing; nothing is refused because of it.
    Warning,
}

/// Where: a span of one file.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file the span lies in.
    pub file: Arc<SourceFile>,
    /// The bytes the message is about.
    pub span: Span,
}

impl Place {
    /// `span` in `file`.
    pub fn new(file: &Arc<SourceFile>, span: impl Into<Span>) -> Self {
        Self { file: Arc::clone(file), span: span.into() }
    }

    /// Line and column of the first byte.
    pub fn location(&self) -> Location {
        self.file.location(self.span.start)
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.file.path() == other.file.path() && self.span == other.span
    }
}

impl Eq for Place {}

/// One message for the author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name for the kind of problem, such as `dead-link`; it may be searched for and counted.
    pub code: &'static str,
    /// What happened, in one line, lower case, without a full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// A few words under the caret; empty for none.
    pub label: String,
    /// Why it matters, or what else belongs to it.
    pub notes: Vec<String>,
    /// What to do.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error without label, notes and hint.
    pub fn error(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            place,
            label: String::new(),
            notes: Vec::new(),
            hint: None,
        }
    }

    /// A warning without label, notes and hint.
    pub fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place, message) }
    }

    /// With words under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With one more line on why it matters.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With `did you mean` as what to do, if `candidates` hold a name close to `word`; else the list of them.
    #[must_use]
    pub fn suggest<'a>(self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        let candidates: Vec<&str> = candidates.into_iter().collect();
        match nearest(word, candidates.iter().copied()) {
            Some(near) => self.hint(format!("did you mean `{near}`?")),
            None if candidates.is_empty() => self,
            None => {
                let names: Vec<String> = candidates.iter().map(|name| format!("`{name}`")).collect();
                self.hint(format!("known here: {}", names.join(", ")))
            }
        }
    }

    /// File, then place, then text: the order messages are shown in.
    pub fn order(&self, other: &Self) -> Ordering {
        let key = |d: &Self| (d.place.file.path().to_owned(), d.place.span, d.code, d.message.clone());
        key(self).cmp(&key(other))
    }
}

/// Whether any of `diagnostics` is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// The candidate a person most likely meant by `word`, if one is close enough to be worth naming.
///
/// Close is a Damerau-Levenshtein distance of at most a third of the longer word; the first of equals wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let length = word.chars().count();
    candidates
        .into_iter()
        .filter_map(|name| {
            let (shorter, longer) = (length.min(name.chars().count()), length.max(name.chars().count()));
            // The distance is at least the difference in length: most names need no closer look.
            let bound = longer.max(3) / 3;
            (longer - shorter <= bound)
                .then(|| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
                .filter(|&(distance, _)| distance <= bound)
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_close_name_is_suggested() {
        let names = ["check", "setup", "effect", "timeout"];
        assert_eq!(nearest("chek", names), Some("check"));
        assert_eq!(nearest("efect", names), Some("effect"));
        assert_eq!(nearest("Setup", names), Some("setup"));
        assert_eq!(nearest("banana", names), None);
    }
}
