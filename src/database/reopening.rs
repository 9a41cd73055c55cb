//! How a person opens a database again that was kept when its page ended.
//!
//! Must stay true: each command can be pasted into a shell as it is, and works for whoever ran Proofbook.

use std::path::Path;

use serde::Serialize;

use super::client::quoted;

/// The commands that open a kept database, each one line of shell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reopening {
    /// Starts its server, for engines that have one.
    pub start: Option<String>,
    /// Opens it in the engine's client.
    pub open: String,
    /// Ends that server.
    pub end: Option<String>,
    /// Why something that was written last may be missing.
    pub flaw: Option<String>,
}

/// `words` as a line of shell.
pub(super) fn line<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    words.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

/// `text` as one word of shell, in quotes only where it needs them.
pub(super) fn word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@=:,%".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    String::from_utf8_lossy(&quoted(text.as_bytes())).into_owned()
}

/// `path` as text for such a line.
pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// What is said where a server did not end well because of `why`.
pub(super) fn flaw(why: impl std::fmt::Display) -> String {
    format!("the server could not be ended well ({why}), so what was written last may be missing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_need_it() {
        assert_eq!(line(["psql", "-h", "/tmp/a b", "it's", ""]), r"psql -h '/tmp/a b' 'it'\''s' ''");
        assert_eq!(word("--socket=/tmp/x.sock"), "--socket=/tmp/x.sock");
    }
}
