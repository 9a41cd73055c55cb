//! What a reader sees, from whole pages.
//!
//! With `PROOFBOOK_RENDER_TO=FOLDER` these tests also write what they render there, to be looked at in a browser.

mod plainness;
mod snippets;
mod support;
mod themes;
mod way;

pub(super) use support::Project;
