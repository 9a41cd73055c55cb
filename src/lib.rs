//! Proofbook: documentation whose runbooks are run.
//!
//! The pipeline, in reading order; every arrow is a function from a value to a value plus what is wrong with it:
//!
//! ```text
//! project dir ─ source ─▶ SourceTree ─ document ─▶ Documents ─┬─ site ────▶ Site ─── render ─▶ Rendered ─ publish ─▶ public/
//!                                                             └─ runbook ─▶ Runbook ─ runner ─▶ Run ─┬─ proof ─▶ .proofbook/
//!                                                                   (over database, shell, sandbox)  └─ report ─▶ terminal, JSON
//! ```
//!
//! 1. [`source::read`] reads a folder; [`config`] is what its `proofbook.toml` says.
//! 2. [`document::parse`] reads one page: front matter, Markdown with places, fences, links.
//! 3. [`site::assemble`] puts pages in their places, [`site::check_links`] finds the dead links.
//! 4. [`runbook::lower`] makes typed snippets of fences, [`expect`] holds what they must print.
//! 5. [`runner::run`] runs them over a throwaway [`database`], one [`shell`] a page, in a [`sandbox`].
//! 6. [`proof`] records what came of it, [`report`] tells it.
//! 7. [`render::render`] makes the pages in memory, [`publish::publish`] exchanges them for the old ones.
//! 8. [`serve`] shows them while they are written; [`cli`] is the program around it all; [`scaffold`] a first site.
//!
//! Three kinds of bad news have three carriers: the author's mistake is a [`diagnostic::Diagnostic`], a step that did
//! not do what the page says a [`runbook::outcome::Verdict`], our own failure an error beside the module that raises it.
//!
//! A module imports only from lower layers; `tests/architecture.rs` holds the table.

// Layer 0: vocabulary.
pub mod address;
pub mod diagnostic;
pub mod path;
pub mod span;

// Layer 1: input.
pub mod cache;
pub mod config;
pub mod source;

// Layer 2: what a page says.
pub mod document;
pub mod expect;

// Layer 3: two models over the same pages.
pub mod runbook;
pub mod site;

// Layer 4: producers, and the runner over three of them.
pub mod database;
pub mod render;
pub mod runner;
pub mod sandbox;
pub mod shell;

// Layer 5: where results go.
pub mod proof;
pub mod publish;
pub mod report;
pub mod rewrite;
pub mod scaffold;

// Layers 6 and 7: entry.
pub mod cli;
pub mod serve;
