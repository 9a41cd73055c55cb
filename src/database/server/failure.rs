//! Why there is no server: what happened and what to do.

use std::fmt;
use std::path::Path;

use crate::database::{DatabaseError, PrepareError};
use crate::sandbox::SandboxError;

/// How much of the end of a log is shown.
const LOG_LINES: usize = 12;

/// A server could not be prepared or started. It is the environment's fault, never the author's.
#[derive(Debug, Clone)]
pub(in crate::database) struct Failure {
    message: String,
    hint: String,
    /// The program that is not installed, if that is all.
    missing: Option<&'static str>,
}

impl Failure {
    /// What happened, and what to do about it.
    pub(in crate::database) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into(), missing: None }
    }

    /// The server's `program` is not installed.
    pub(in crate::database) fn not_installed(
        program: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { missing: Some(program), ..Self::new(message, hint) }
    }

    /// For `map_err`: the system refused something that needs no more explanation than its own.
    pub(in crate::database) fn io(doing: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let message = format!("cannot {doing} {}", path.display());
        move |error| {
            Self::new(
                format!("{message}: {error}"),
                "see that there is room left on that disk and that it can be written to",
            )
        }
    }

    /// The same with the end of the log at `log`.
    pub(in crate::database) fn with_log(mut self, log: &Path) -> Self {
        let bytes = std::fs::read(log).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        if lines.is_empty() {
            self.message.push_str("; it wrote nothing to its log");
        } else {
            self.message.push_str("; the end of its log:");
            for line in &lines[lines.len().saturating_sub(LOG_LINES)..] {
                self.message.push_str("\n  ");
                self.message.push_str(line);
            }
        }
        self
    }

    /// What happened.
    #[cfg(test)]
    pub(in crate::database) fn message(&self) -> &str {
        &self.message
    }

    /// As the reason why a page has no database.
    pub(in crate::database) fn opening(self) -> DatabaseError {
        DatabaseError::new("start the page's database server", format!("{}; {}", self.message, self.hint))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Failure> for PrepareError {
    fn from(Failure { message, hint, missing }: Failure) -> Self {
        match missing {
            Some(program) => Self::NotInstalled { program, message: format!("{message}; {hint}") },
            None => Self::Engine { message, hint: Some(hint) },
        }
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        Self::new(error.to_string(), "see whether other programs can be started in the sandbox: run a page without SQL")
    }
}
