//! Text to HTML: the only place that knows which characters mean something there.
//!
//! Must stay true: what `text` gives is safe between tags and inside double quotes; `address` keeps every escape it is
//! given. Addresses are text: in HTML they are escaped like any.

use std::fmt::Write;

use crate::path::RelativePath;
use crate::site::encoded;

/// Adds `text` to `out`, with `&`, `<`, `>` and `"` escaped.
pub(crate) fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// `text` as HTML.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    push_text(&mut out, text);
    out
}

/// An address as an author wrote it: percent escapes stay, what no address holds is percent-encoded.
pub(crate) fn address(address: &str) -> String {
    let mut out = String::with_capacity(address.len() + 16);
    for byte in address.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            // `[` and `]` are not among these: outside an IPv6 host, which no documentation links to, an address does
            // not hold them.
            b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'?' | b'#' | b'@' | b'!' | b'$' | b'\'' | b'(' | b')' | b'*'
            | b'+' | b',' | b';' | b'=' | b'%' | b'&' => out.push(char::from(byte)),
            byte => percent(&mut out, byte),
        }
    }
    out
}

/// Adds `text` to `out` as text of an XML document, which has no way to write most control characters.
pub(crate) fn push_xml(out: &mut String, text: &str) {
    let allowed = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'..);
    let plain: String = text.chars().map(|c| if allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
    push_text(out, &plain);
}

/// The address of the site's file `path` in full.
pub(crate) fn absolute(base_url: &str, path: &RelativePath) -> String {
    format!("{base_url}/{}", encoded(path.as_str()))
}

/// Where a page stands when it links to another file of the site.
#[derive(Debug, Clone)]
pub(crate) enum Viewpoint {
    /// In this folder: addresses are relative.
    Folder(String),
    /// Nowhere in particular (`404.html` is served for any address): addresses start with this.
    Prefix(String),
}

impl Viewpoint {
    /// The address of the site's file `path`.
    pub(crate) fn address(&self, path: &RelativePath) -> String {
        match self {
            Self::Folder(folder) => encoded(&path.relative_to(folder)),
            Self::Prefix(prefix) => format!("{prefix}{}", encoded(path.as_str())),
        }
    }
}

fn percent(out: &mut String, byte: u8) {
    // Writing to a String does not fail.
    let _ = write!(out, "%{byte:02X}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(text("<b a=\"x\">&amp;</b>"), "&lt;b a=&quot;x&quot;&gt;&amp;amp;&lt;/b&gt;");
    }

    #[test]
    fn addresses_keep_their_escapes_and_lose_everything_else() {
        assert_eq!(address("a b%20c?d=1&e=\"<ä>\"#f"), "a%20b%20c?d=1&e=%22%3C%C3%A4%3E%22#f");
    }
}
