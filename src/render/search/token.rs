//! What a text is found by: its words, the parts of its identifiers, and its identifiers as a whole.
//!
//! `architectures_distributions` is found by `architectures`, by `distributions` and as it stands; `DownloadOnDemand` by
//! `download`, `demand` and `downloadondemand`; `žluť` by `zlut`. Must stay true: `search.js` cuts and folds what a
//! reader types by the same rules; the tables in the tests here are run through it, too, in the browser.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What holds the words of an identifier, a path or a time together: one or two of these.
const CONNECTORS: &str = "_:./@+-";

/// A longer one is no word that anybody types.
const LONGEST: usize = 64;

/// Letters without their lower-case forms and marks that Unicode does not take apart.
const PLAIN: [(char, &str); 9] =
    [('ß', "ss"), ('ø', "o"), ('ł', "l"), ('đ', "d"), ('æ', "ae"), ('œ', "oe"), ('ð', "d"), ('þ', "th"), ('ı', "i")];

/// Calls `found` with every term of `text`, once for each time it stands there.
pub(super) fn each(text: &str, mut found: impl FnMut(String)) {
    let plain = without_marks(text);
    let mut rest: &str = &plain;
    while let Some(start) = rest.find(is_word) {
        rest = &rest[start..];
        let compound = &rest[..compound_end(rest)];
        let mut words = 0;
        for word in compound.split(|c| !is_word(c)).filter(|word| !word.is_empty()) {
            words += 1;
            each_of_word(word, &mut found);
        }
        if words > 1 {
            found_one(compound, &mut found);
        }
        rest = &rest[compound.len()..];
    }
}

/// How many words `text` has.
pub(super) fn count(text: &str) -> usize {
    text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).count()
}

/// A word as a whole and, if capitals divide it, in parts.
fn each_of_word(word: &str, found: &mut impl FnMut(String)) {
    found_one(word, found);
    let mut parts = Vec::new();
    let mut start = 0;
    let chars: Vec<(usize, char)> = word.char_indices().collect();
    for at in 1..chars.len() {
        let (before, here, after) = (chars[at - 1].1, chars[at].1, chars.get(at + 1).map(|(_, c)| *c));
        let starts_part = here.is_uppercase() && (!before.is_uppercase() || after.is_some_and(char::is_lowercase));
        if starts_part {
            parts.push(&word[start..chars[at].0]);
            start = chars[at].0;
        }
    }
    if start > 0 {
        parts.push(&word[start..]);
        parts.into_iter().for_each(|part| found_one(part, found));
    }
}

fn found_one(text: &str, found: &mut impl FnMut(String)) {
    if text.len() <= LONGEST * 4 && text.chars().count() <= LONGEST {
        found(folded(text));
    }
}

/// Where the compound that `text` starts with ends.
fn compound_end(text: &str) -> usize {
    // Chinese and Japanese are written without spaces: each sign is a word.
    if let Some(sign) = text.chars().next().filter(|c| is_sign(*c)) {
        return sign.len_utf8();
    }
    let is_part = |c: char| is_word(c) && !is_sign(c);
    let mut end = 0;
    loop {
        let word = text[end..].find(|c| !is_part(c)).unwrap_or(text.len() - end);
        end += word;
        let rest = &text[end..];
        let connectors = rest.bytes().take_while(|byte| CONNECTORS.as_bytes().contains(byte)).count();
        let goes_on = rest.get(connectors..).is_some_and(|rest| rest.starts_with(is_part));
        if !matches!(connectors, 1 | 2) || !goes_on {
            return end;
        }
        end += connectors;
    }
}

fn is_word(c: char) -> bool {
    c.is_alphabetic() || c.is_numeric()
}

fn is_sign(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// `text` taken apart by Unicode's rules, without the marks on its letters.
fn without_marks(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfkd().filter(|c| !is_combining_mark(*c)).collect())
}

/// `text` without marks in the form in which it is compared.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let plain = |c: char| PLAIN.iter().find(|(letter, _)| *letter == c).map(|(_, plain)| *plain);
    text.to_lowercase().chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match plain(c) {
            Some(plain) => out.push_str(plain),
            None => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let mut terms = Vec::new();
        each(text, |term| terms.push(term));
        terms
    }

    /// The same table is run through `search.js` by the browser's tests.
    #[test]
    fn texts_are_cut_as_in_the_browser() {
        let table = include_str!("../../../tests/browser/terms.txt");
        let mut rows = 0;
        for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with("##")) {
            let (text, expected) = line.split_once(" => ").unwrap();
            assert_eq!(terms(text), expected.split(' ').filter(|term| !term.is_empty()).collect::<Vec<_>>(), "{text}");
            rows += 1;
        }
        assert!(rows > 20, "{rows} rows");
    }

    #[test]
    fn what_nobody_types_is_left_out() {
        assert_eq!(terms(&"x".repeat(65)), Vec::<String>::new());
        assert_eq!(terms(&"x".repeat(64)).len(), 1);
        assert_eq!(count("a_b, c"), 3);
    }
}
