//! Snippets that mean harm, by accident or not: each is contained, each report is right, the page after it is unharmed,
//! and no process, no file and no change is left of it. `site` holds what is demanded of all of them.

mod ends;
mod files;
mod language;
mod processes;
mod reach;
mod site;
mod statements;
mod streams;
mod volume;
