//! Parameters: the values a page declares, and how they get into SQL, shell text and files.
//!
//! Takes a text and values, gives the text with the values in it. Must stay true: whatever a value holds, it arrives
//! as that one value and never as SQL or shell syntax; [`fill`] is the only way into SQL, for running, showing and
//! copying alike, and [`fill_file`] the only way into a file, so that what a reader sees is what was proved.

mod file;
mod fill;
mod shell;
mod value;

pub use file::{FilledFile, fill_file};
pub use fill::{Filled, Use, fill, uses};
pub use shell::{refused_variable, shell_assignment, shell_variable};
pub use value::{Value, ValueError, ValueKind, literal};
