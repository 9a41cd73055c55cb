//! Proofbook: documentation whose runbooks are run.

pub mod cache;
pub mod config;
pub mod diagnostic;
pub mod document;
pub mod expect;
pub mod path;
pub mod proof;
pub mod render;
pub mod runbook;
pub mod site;
pub mod source;
pub mod span;
pub mod report;
pub mod runner;
pub mod sandbox;
pub mod shell;
pub mod database;
pub mod cli;
pub mod scaffold;
