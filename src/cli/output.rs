//! Stdout and stderr. Colours are stripped where nobody sees them; a reader that went away is no error.

use std::io::Write;

use super::exit::Exit;
use crate::diagnostic::{Diagnostic, Severity};
use crate::{config, report};

/// Writes a result.
pub(super) fn result(text: &str) {
    let _ = write!(anstream::stdout().lock(), "{text}");
}

/// Writes a message.
pub(super) fn message(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Writes what went wrong on our side, and what to do.
pub(super) fn fail(text: &str, hint: Option<&str>) {
    message(&report::error(text));
    if let Some(hint) = hint {
        message(&report::hint(hint));
    }
}

/// Writes diagnostics in order of place, and says which status they ask for.
pub(super) fn diagnostics(diagnostics: &mut [Diagnostic]) -> Exit {
    diagnostics.sort_by(Diagnostic::order);
    for diagnostic in diagnostics.iter() {
        message(&format!("{}\n", report::diagnostic(diagnostic)));
    }
    exit_of(diagnostics)
}

/// The status diagnostics ask for: those of the configuration file are wrong usage, all others wrong documents.
pub(super) fn exit_of(diagnostics: &[Diagnostic]) -> Exit {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors
        .map(|error| if error.place.file.path() == config::FILE_NAME { Exit::Usage } else { Exit::Documents })
        .fold(Exit::Fine, Exit::and)
}
