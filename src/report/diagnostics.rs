//! Diagnostics drawn with the source line and a caret.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::paint::{BAD, GOOD, MIND, paint, plural};
use crate::diagnostic::{Diagnostic, Severity};

/// One diagnostic, drawn in colour.
pub fn diagnostic(diagnostic: &Diagnostic) -> String {
    draw(diagnostic, &Renderer::styled())
}

/// One diagnostic, drawn without colour.
pub fn diagnostic_plain(diagnostic: &Diagnostic) -> String {
    draw(diagnostic, &Renderer::plain())
}

fn draw(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let file = &diagnostic.place.file;
    let text = file.text();
    // A caret needs at least one character; a place at the very end gets the one before it.
    let mut start = diagnostic.place.span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let whole = |end: usize| (end..text.len()).find(|&end| text.is_char_boundary(end)).unwrap_or(text.len());
    let mut end = whole(diagnostic.place.span.end.max(start));
    // Several lines under one message are noise: the first one says where.
    if let Some(line) = text[start..end].find('\n') {
        end = whole(start + text[start..start + line].trim_end().len().max(1));
    }
    let annotation = AnnotationKind::Primary.span(start..end);
    let annotation = if diagnostic.label.is_empty() { annotation } else { annotation.label(diagnostic.label.as_str()) };
    let snippet = Snippet::source(text).path(file.path()).annotation(annotation);
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = Group::with_title(title).element(snippet);
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    renderer.render(&[group])
}

/// `2 errors, 1 warning`.
pub fn diagnostic_totals(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    match (errors, warnings) {
        (0, 0) => paint(GOOD, "no problems"),
        (0, warnings) => paint(MIND, &plural(warnings, "warning")),
        (errors, 0) => paint(BAD, &plural(errors, "error")),
        (errors, warnings) => {
            format!("{}, {}", paint(BAD, &plural(errors, "error")), paint(MIND, &plural(warnings, "warning")))
        }
    }
}
