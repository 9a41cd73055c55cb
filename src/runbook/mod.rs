//! The runbook of a page: its snippets, what they promise, and what became of them.
//!
//! Takes a document, gives a `Runbook` and diagnostics (`lower`), and the plain data a run is told in (`outcome`,
//! `effect`). Must stay true: nothing here runs anything, and nothing here knows how it is shown.

pub mod accept;
mod after;
pub mod coverage;
pub mod drill;
pub mod effect;
mod key;
pub mod listing;
mod lower;
pub mod outcome;
pub mod parameter;
pub mod running;
mod select;
mod snippet;
pub mod sql;
pub mod transcript;

pub use after::{Chains, chains};
pub use key::{Keyed, SEMANTICS, page_key};
pub use lower::lower;
pub use select::{Filter, Shard};
pub use snippet::{
    Action, Case, Condition, DEFAULT_CASE, ErrorPattern, Expected, ExpectedOutput, FileFormat, NotRun, Parameter,
    Promises, Role, Runbook, Snippet, Stream,
};
