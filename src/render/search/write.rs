//! The index as scripts.
//!
//! Takes the pages with their sections and the sorted postings, gives files below `search/`. They are:
//! - `index.js`: how many passages each page has, which of them go on with a section, its kind, proof and tags; what each of
//!   the files of terms and texts starts with;
//! - `HASH/terms-N.js`: terms in order, each with its passages;
//! - `HASH/words-N.js`: the words of N letters, among which a misspelt one is looked up;
//! - `HASH/text-N.js`: the headings and lines of some passages that follow each other, for the hits that are shown.
//!
//! Must stay true: `search.js` of the theme reads what stands here; no file grows with the whole site but `index.js`, by
//! a few bytes a page.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::fingerprint;
use super::FOLDER;
use super::index::{self, IN_TEXT, Posting};
use super::text::{Line, Section, Voice};
use crate::path::RelativePath;
use crate::site::{Page, encoded};

/// How large a file of terms grows before the next one starts, in bytes.
const TERMS: usize = 8000;

/// How large a file of texts grows before the next one starts, in bytes: a hit needs one of them.
const TEXTS: usize = 2500;

/// A term that stands in more passages than this, and in one of [`COMMON_SHARE`], tells nothing apart: only where it
/// stands in a heading or in code is kept.
const COMMON: usize = 2000;
const COMMON_SHARE: usize = 7;

/// The lengths of words that are looked up when one is misspelt; the last file holds the longer ones, too.
const WORD_LENGTHS: std::ops::RangeInclusive<usize> = 3..=16;

/// What pages are and how they are proved, in the order of the filters, each with its word for a reader.
const KINDS: [(&str, &str); 4] =
    [("doc", "Doc"), ("runbook", "Runbook"), ("postmortem", "Post-mortem"), ("drill", "Drill")];
const STATES: [(&str, &str); 5] = [
    ("passed", "Proven"),
    ("partly", "Partly proven"),
    ("failed", "Failed"),
    ("stale", "Stale"),
    ("not-run", "Not run"),
];

/// A page with what is found on it.
pub(super) struct Entry<'a> {
    /// The page.
    pub(super) page: &'a Page,
    /// Its sections.
    pub(super) sections: &'a [Section],
    /// Its first passage, counted over the whole site.
    pub(super) first: u32,
    /// How many it has.
    pub(super) passages: u32,
    /// The titles of the sections it lies in.
    pub(super) above: Vec<String>,
    /// How it is proved.
    pub(super) proof: Option<&'static str>,
}

impl Entry<'_> {
    /// The terms of the page.
    pub(super) fn postings(&self) -> Vec<Posting> {
        let document = &self.page.document;
        index::postings(&document.title, &document.front_matter, self.sections, self.first)
    }
}

/// Every file of the index.
pub(super) fn files(entries: &[Entry<'_>], postings: &[Posting]) -> Vec<(RelativePath, Vec<u8>)> {
    let passages: usize = entries.iter().map(|entry| entry.passages as usize).sum();
    let terms: Vec<&[Posting]> = postings.chunk_by(|a, b| a.term == b.term).collect();
    let (starts, mut scripts) = term_files(&terms, passages);
    let (lengths, words) = word_files(&terms);
    let (parts, texts) = text_files(entries);
    scripts.extend(words.into_iter().chain(texts));
    let hash = fingerprint::of(scripts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())));
    let mut index = about(entries);
    index["folder"] = json!(hash);
    index["terms"] = json!(starts);
    index["words"] = json!(lengths);
    index["texts"] = json!(deltas(parts));
    let index = ("index.js".to_owned(), script("index", &index));
    let scripts = scripts.into_iter().map(|(name, text)| (format!("{hash}/{name}.js"), text));
    let files = scripts.chain([index]).map(|(name, text)| {
        let path = RelativePath::parse(&format!("{FOLDER}/{name}")).ok()?;
        Some((path, text.into_bytes()))
    });
    files.flatten().collect()
}

/// What is known of each page before any text is loaded.
fn about(entries: &[Entry<'_>]) -> Value {
    let mut tags: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (number, entry) in (0..).zip(entries) {
        for tag in &entry.page.document.front_matter.tags {
            let pages = tags.entry(&tag.value).or_default();
            if pages.last() != Some(&number) {
                pages.push(number);
            }
        }
    }
    let tags: Vec<Value> = tags.into_iter().map(|(tag, pages)| json!([tag, deltas(pages)])).collect();
    let kind = |entry: &Entry<'_>| Some(entry.page.document.front_matter.kind.name());
    json!({
        "passages": entries.iter().map(|entry| number(entry.passages)).collect::<String>(),
        "continued": deltas(continued(entries)),
        "kinds": classes(entries, &KINDS, kind),
        "states": classes(entries, &STATES, |entry| entry.proof),
        "tags": tags,
    })
}

/// The passages in which a section goes on.
fn continued(entries: &[Entry<'_>]) -> Vec<u32> {
    let starts = |entry: &Entry<'_>| {
        let parts = entry.sections.iter().flat_map(|section| (0..section.passages.len()).map(|part| part > 0));
        (entry.first..).zip(parts).filter(|(_, goes_on)| *goes_on).map(|(passage, _)| passage).collect::<Vec<_>>()
    };
    entries.iter().flat_map(starts).collect()
}

/// The classes that occur, in the order of `all`, each with its word; and a digit for each page, `-` for one in none.
fn classes(
    entries: &[Entry<'_>],
    all: &[(&'static str, &'static str)],
    class: impl Fn(&Entry<'_>) -> Option<&'static str>,
) -> Value {
    let of: Vec<_> = entries.iter().map(class).collect();
    let known: Vec<_> = all.iter().filter(|(name, _)| of.contains(&Some(name))).collect();
    let digit = |class: &Option<&str>| {
        let at = known.iter().position(|(name, _)| *class == Some(name));
        at.and_then(|at| char::from_digit(u32::try_from(at).ok()?, 10)).unwrap_or('-')
    };
    json!({ "names": known, "of": of.iter().map(digit).collect::<String>() })
}

/// The files of terms, and the term each starts with.
fn term_files(terms: &[&[Posting]], passages: usize) -> (Vec<String>, Vec<(String, String)>) {
    let mut starts = Vec::new();
    let mut files = Vec::new();
    let mut text = String::new();
    let mut before = "";
    let mut close = |text: &mut String| {
        if !text.is_empty() {
            let name = format!("terms-{}", files.len());
            files.push((name.clone(), script(&name, &json!(std::mem::take(text)))));
        }
    };
    for postings in terms {
        let Some(Posting { term, .. }) = postings.first() else { continue };
        if text.len() >= TERMS {
            close(&mut text);
        }
        if text.is_empty() {
            starts.push(term.clone());
            before = "";
        }
        push_front_coded(&mut text, before, term);
        text.push(' ');
        text.push_str(&groups(postings, passages));
        text.push(';');
        before = term;
    }
    close(&mut text);
    (starts, files)
}

/// The passages of a term, those it says the most about first: a base-36 digit for how much, then the passages; a `*`
/// stands for the many that are left out.
fn groups(postings: &[Posting], passages: usize) -> String {
    let is_common = postings.len() > COMMON && postings.len() * COMMON_SHARE > passages;
    let mut by_weight: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    for posting in postings {
        if !is_common || posting.weight > IN_TEXT {
            by_weight.entry(posting.weight).or_default().push(posting.passage);
        }
    }
    let digit = |weight: u8| char::from_digit(u32::from(weight), 36).unwrap_or('z');
    let groups = by_weight.into_iter().rev().map(|(weight, at)| format!("{}{}", digit(weight), deltas(at)));
    groups.chain(is_common.then(|| "*".into())).collect::<Vec<_>>().join(",")
}

/// The words a misspelt one may stand for, by length, and the lengths there are. Codes and numbers are not guessed.
fn word_files(terms: &[&[Posting]]) -> (Vec<usize>, Vec<(String, String)>) {
    let mut by_length: BTreeMap<usize, (String, &str)> = BTreeMap::new();
    for Posting { term, .. } in terms.iter().filter_map(|postings| postings.first()) {
        let length = term.chars().count().min(*WORD_LENGTHS.end());
        if WORD_LENGTHS.contains(&length) && term.chars().all(char::is_alphabetic) {
            let (text, before) = by_length.entry(length).or_default();
            push_front_coded(text, before, term);
            *before = term;
        }
    }
    let file = |(length, (text, _)): (&usize, &(String, &str))| {
        let name = format!("words-{length}");
        (name.clone(), script(&name, &json!(text)))
    };
    (by_length.keys().copied().collect(), by_length.iter().map(file).collect())
}

/// The files of what is shown of passages, and the passage each starts with. A file is a list of pages, each with its title,
/// address, the titles of the sections it lies in and its passages.
fn text_files(entries: &[Entry<'_>]) -> (Vec<u32>, Vec<(String, String)>) {
    let mut starts = Vec::new();
    let mut files = Vec::new();
    let mut pages: Vec<Value> = Vec::new();
    let mut size = 0;
    let mut close = |pages: &mut Vec<Value>| {
        let name = format!("text-{}", files.len());
        files.push((name.clone(), script(&name, &json!(std::mem::take(pages)))));
    };
    for entry in entries {
        let mut passages = Vec::new();
        for (number, passage) in (entry.first..).zip(entry.sections.iter().flat_map(passages_of)) {
            if size >= TEXTS {
                if !passages.is_empty() {
                    pages.push(page(entry, std::mem::take(&mut passages)));
                }
                close(&mut pages);
                size = 0;
            }
            if size == 0 {
                starts.push(number);
            }
            size += passage.iter().map(String::len).sum::<usize>() + 8;
            passages.push(passage);
        }
        pages.push(page(entry, passages));
    }
    if !pages.is_empty() {
        close(&mut pages);
    }
    (starts, files)
}

fn page(entry: &Entry<'_>, passages: Vec<[String; 3]>) -> Value {
    json!([entry.page.document.title, encoded(entry.page.output.as_str()), entry.above, passages])
}

/// The passages of a section as they are shown: its anchor, its heading, the lines; code starts with a tab.
fn passages_of(section: &Section) -> impl Iterator<Item = [String; 3]> {
    section.passages.iter().map(|lines| {
        let line = |line: &Line| match line.voice {
            Voice::Code | Voice::Output => format!("\t{}", line.text),
            Voice::Prose | Voice::Label => line.text.clone(),
        };
        let lines: Vec<String> = lines.iter().map(line).collect();
        [section.id.clone(), section.heading.clone(), lines.join("\n")]
    })
}

fn script(name: &str, value: &Value) -> String {
    format!("proofbookSearch({},{value});\n", json!(name))
}

/// `text` without what it starts with like `before`, whose length stands before it as a digit or capital letter.
fn push_front_coded(out: &mut String, before: &str, text: &str) {
    let shared = before.chars().zip(text.chars()).take_while(|(a, b)| a == b).count().min(35);
    let digit = u32::try_from(shared).ok().and_then(|shared| char::from_digit(shared, 36)).unwrap_or('0');
    out.push(digit.to_ascii_uppercase());
    out.extend(text.chars().skip(shared));
}

/// Numbers in rising order, each as its distance from the one before, which is at least 1.
fn deltas(numbers: Vec<u32>) -> String {
    let mut before = None;
    numbers
        .into_iter()
        .map(|at| {
            let distance = before.map_or(at, |before: u32| at - before - 1);
            before = Some(at);
            number(distance)
        })
        .collect()
}

/// A number as base-64 digits of five bits, the lowest first; all but the last have the sixth bit set.
fn number(mut number: u32) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    loop {
        let low = (number & 31) as usize;
        number >>= 5;
        out.push(char::from(DIGITS[if number > 0 { low | 32 } else { low }]));
        if number == 0 {
            return out;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_where_they_are_small() {
        assert_eq!([0, 31, 32, 1000, u32::MAX].map(number), ["A", "f", "gB", "of", "//////D"]);
        assert_eq!(deltas(vec![0, 1, 5, 40]), "AADiB");
    }

    #[test]
    fn terms_share_what_they_start_with() {
        let mut out = String::new();
        for (before, text) in [("", "arch"), ("arch", "architecture"), ("architecture", "á1"), ("á1", "á1-b")] {
            push_front_coded(&mut out, before, text);
        }
        assert_eq!(out, "0arch4itecture0á12-b");
    }

    #[test]
    fn what_stands_nearly_everywhere_is_kept_where_it_says_something() {
        let posting =
            |passage: u32| Posting { term: "the".into(), passage, weight: if passage == 7 { IN_TEXT + 3 } else { 2 } };
        let postings: Vec<Posting> = (0..3000).map(posting).collect();
        assert_eq!(groups(&postings, 4000), "cH,*");
        assert!(groups(&postings, 30_000).len() > 2900, "in a tenth of all passages it tells them apart");
        assert!(groups(&postings[..1000], 1000).len() > 900, "so it does on a small site");
    }
}
