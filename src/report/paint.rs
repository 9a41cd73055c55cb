//! Colours, by meaning. Colour is never the only carrier: every coloured word is a word.

use anstyle::{AnsiColor, Style};

pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const MIND: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const NOTE: Style = AnsiColor::Cyan.on_default().bold();
pub(super) const QUIET: Style = Style::new().dimmed();
pub(super) const STRONG: Style = Style::new().bold();
pub(super) const REMOVED: Style = AnsiColor::Red.on_default();
pub(super) const ADDED: Style = AnsiColor::Green.on_default();

/// All of them.
pub(super) const STYLES: [Style; 8] = [GOOD, BAD, MIND, NOTE, QUIET, STRONG, REMOVED, ADDED];

pub(super) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// `error: …`, for our own failures.
pub fn error(text: &str) -> String {
    format!("{} {text}", paint(BAD, "error:"))
}

/// `warning: …`.
pub fn warning(text: &str) -> String {
    format!("{} {text}", paint(MIND, "warning:"))
}

/// `help: …`, on a line of its own below an error.
pub fn hint(text: &str) -> String {
    format!("  {} {text}", paint(NOTE, "help:"))
}

/// `1 page`, `2 pages`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A command line a person can type.
pub fn command(text: &str) -> String {
    paint(STRONG, text)
}

/// A path as a shell takes it.
pub fn shell_word(path: &str) -> String {
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte));
    if plain { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

/// `text` without our colours.
pub(super) fn plain(text: &str) -> String {
    STYLES
        .iter()
        .fold(text.to_owned(), |text, style| text.replace(&format!("{style}"), "").replace(&format!("{style:#}"), ""))
}
