//! Stdout and stderr. Colours are stripped where nobody sees them; a reader that went away is no error.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::exit::Exit;
use crate::config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::report::{self, Notice};

/// Whether a result could not be written, as on a full disk. The one value of this program that is set from afar: it
/// only adds to the exit status, so that no command has to carry it.
static LOST: AtomicBool = AtomicBool::new(false);

/// Writes a result.
pub(super) fn result(text: &str) {
    let mut stdout = anstream::stdout().lock();
    let written = write!(stdout, "{text}").and_then(|()| stdout.flush());
    if let Err(error) = written.as_ref()
        && error.kind() != ErrorKind::BrokenPipe
        && !LOST.swap(true, Ordering::Relaxed)
    {
        fail(
            &format!("the result cannot be written: {error}"),
            Some("check where stdout leads, and the space left there"),
        );
    }
}

/// The status for results that were lost.
pub(super) fn lost() -> Exit {
    if LOST.load(Ordering::Relaxed) { Exit::Environment } else { Exit::Fine }
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

/// Writes what is wrong with a run as a whole, and what to do.
pub(super) fn notice(notice: &Notice) {
    fail(&notice.message, notice.hint.as_deref());
}

/// Writes diagnostics in order of place, and says which status they ask for.
pub(super) fn diagnostics(diagnostics: &mut [Diagnostic]) -> Exit {
    diagnostics.sort_by(Diagnostic::order);
    diagnostics.iter().for_each(diagnostic);
    exit_of(diagnostics)
}

/// Writes one diagnostic.
pub(super) fn diagnostic(diagnostic: &Diagnostic) {
    message(&format!("{}\n", report::diagnostic(diagnostic)));
}

/// The status diagnostics ask for: those of the configuration file are wrong usage, all others wrong documents.
pub(super) fn exit_of(diagnostics: &[Diagnostic]) -> Exit {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors
        .map(|error| if error.place.file.path() == config::FILE_NAME { Exit::Usage } else { Exit::Documents })
        .fold(Exit::Fine, Exit::and)
}
