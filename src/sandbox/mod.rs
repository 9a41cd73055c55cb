//! The surroundings of one page's run: a private folder, a fixed environment, and an end to every process in it.
//!
//! Takes a folder to work in (usually the system's temporary one), gives a [`Room`]. Must stay true: after
//! [`Room::close`] no folder of the room is left, and no process that carries its marker; no process without exactly
//! that marker is ever touched; nothing of the caller's environment gets in except what it hands over. Rooms of
//! Proofbooks that died are found and removed by [`sweep`], those of living ones are left alone.
//!
//! Deliberately absent in this version: nothing keeps a snippet from writing outside its work folder or from opening
//! a connection, and a process that throws its environment away (`env -i setsid …`) is not found again. [`Layers`]
//! says so in every report. The sandbox protects against accidents, not against hostile authors.

mod error;
mod layers;
mod process;
mod program;
mod room;
mod sweep;
#[cfg(test)]
mod tests;

pub use error::SandboxError;
pub use layers::Layers;
pub use program::find_program;
pub use room::{MARKER, Room};
pub use sweep::{Swept, sweep};
