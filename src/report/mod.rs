//! What a person or a program is told: diagnostics, failures, summaries, JSON.
//!
//! Takes data, gives text; whoever prints it strips the colours where they are not wanted. Must stay true: every number
//! is derived from the outcomes, none is counted beside them; the plain text says everything the coloured one says.

mod diagnostics;
mod difference;
mod drill;
mod failure;
mod json;
mod paint;
mod problem;
mod summary;
mod visible;

pub use diagnostics::{diagnostic, diagnostic_plain, diagnostic_totals};
pub use failure::failure;
pub use json::{check_json, test_json};
pub use paint::{command, error, hint, plural, shell_word, warning};
pub use summary::{Counts, not_run_line, page_line, page_state, summary};
