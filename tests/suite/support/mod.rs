//! What every test of this binary stands on: a project in a folder of its own, and runs of the real program in it.

mod documented;
mod http;
mod process;
mod project;
mod proved;
mod ran;
mod redact;
mod running;
mod servers;
mod told;

pub(crate) use documented::{documented, holds, schema};
pub(crate) use http::{Events, get, request};
pub(crate) use process::{is_installed, processes_naming};
pub(crate) use project::{Project, files_below, text};
pub(crate) use proved::Proved;
pub(crate) use ran::Ran;
pub(crate) use redact::{proof_of, redact_record, without_layers};
pub(crate) use running::{Command, Running};
pub(crate) use servers::has_server;
