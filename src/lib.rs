//! Proofbook: documentation whose runbooks are run.

pub mod cache;
pub mod config;
pub mod diagnostic;
pub mod document;
pub mod expect;
pub mod path;
pub mod proof;
pub mod runbook;
pub mod site;
pub mod source;
pub mod span;
