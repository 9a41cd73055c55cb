//! What a person or a program is told: diagnostics, failures, summaries, and reports for continuous integration.
//!
//! An `Account` is all there is to tell; `finding` says of each thing that is wrong where it is and what to call it, and
//! `json`, `junit`, `sarif` and `github` only write that down.
//!
//! Takes data, gives text; whoever prints it strips the colours where they are not wanted. Must stay true: every number
//! is derived from the outcomes, none is counted beside them; the plain text says everything the coloured one says.

mod accepted;
mod account;
mod coverage;
mod denial;
mod denied;
mod diagnostics;
mod difference;
mod drill;
mod failure;
mod finding;
mod github;
mod json;
mod junit;
mod list_json;
mod paint;
mod place;
mod problem;
mod rule;
mod sarif;
mod summary;
mod visible;

pub use accepted::{AcceptedEdit, accepted_totals, not_accepted, page_difference};
pub use account::{Account, KeptFolder, Notice, notices, proves_something};
pub use coverage::{coverage_page, coverage_summary, coverage_unproved};
pub use denial::{Denial, StalePage};
pub use denied::{Denied, coverage_denied, denials, denied};
pub use diagnostics::{diagnostic, diagnostic_plain, diagnostic_totals};
pub use failure::failure;
pub use github::{SUMMARY_LIMIT, job_summary, workflow_commands};
pub use json::{check_json, run_json};
pub use junit::junit;
pub use list_json::coverage_json;
pub use paint::{command, error, hint, plural, shell_word, warning};
pub use sarif::sarif;
pub use summary::{Counts, not_run_line, page_line, page_state, summary};
