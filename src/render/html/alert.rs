//! Callouts: GitHub's alerts, each with its sign and its word.

use pulldown_cmark::BlockQuoteKind;

/// The start of a GitHub alert: its kind as a word and as a sign, never as a colour alone.
pub(super) fn start(kind: BlockQuoteKind) -> String {
    // Signs on a grid of 16 by 16, drawn with the text's colour.
    const CIRCLE: &str = "M8 1.75a6.25 6.25 0 1 1 0 12.5a6.25 6.25 0 1 1 0-12.5z";
    let (class, word, path) = match kind {
        BlockQuoteKind::Note => ("note", "Note", format!("{CIRCLE}M8 7.5v3.5M8 5v.1")),
        BlockQuoteKind::Tip => {
            ("tip", "Tip", "M6 11.5h4M6.5 14h3M5.75 9.5a4 4 0 1 1 4.5 0c-.4.4-.5 1-.5 2h-3.5c0-1-.1-1.6-.5-2z".into())
        }
        BlockQuoteKind::Important => {
            ("important", "Important", "M2 2.5h12v8.5h-6l-3 2.75v-2.75h-3zM8 4.75v2.75M8 9.2v.1".into())
        }
        BlockQuoteKind::Warning => ("warning", "Warning", "M8 2l6.5 11.75h-13zM8 6.25v3.5M8 11.75v.1".into()),
        BlockQuoteKind::Caution => {
            ("caution", "Caution", "M5.25 1.75h5.5l3.5 3.5v5.5l-3.5 3.5h-5.5l-3.5-3.5v-5.5zM8 5v3.5M8 11v.1".into())
        }
    };
    format!(
        "<div class=\"alert {class}\" role=\"note\">\n<p class=\"alert-word\"><svg class=\"icon\" viewBox=\"0 0 16 16\" \
         aria-hidden=\"true\"><path d=\"{path}\"/></svg>{word}</p>\n"
    )
}
