//! The list as a text file: one address a line, the page's (`do/page.html`) or that of a place on it
//! (`do/page.html#steps`), and lines that start with `#` for people.
//!
//! Each line stands for itself and their order means nothing, so that git may merge two versions by keeping the lines of
//! both (`merge=union`). Must stay true: what is read is written back, comments and line endings too; a line that means
//! nothing is an error, never skipped.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Place};
use crate::path::RelativePath;
use crate::site::links::decoded;
use crate::span::{SourceFile, Span};

/// What stands at the top of a new list.
const HEADER: &str = "\
# The addresses of this site that may have been linked to from elsewhere. `proofbook check` and `proofbook build` fail
# when one is lost; `proofbook check --fix` adds new ones. To give one up on purpose, remove its line.
";

/// An address that was published.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    /// The file, below `public/`.
    pub(super) output: RelativePath,
    /// The place on it.
    pub(super) id: Option<String>,
}

impl Address {
    /// As it stands in the list.
    pub(super) fn line(&self) -> String {
        let path = self.output.as_str().replace('%', "%25").replace('#', "%23");
        let path = if path.starts_with(' ') { path.replacen(' ', "%20", 1) } else { path };
        match &self.id {
            Some(id) => format!("{path}#{id}"),
            None => path,
        }
    }
}

/// A checked-in list of published addresses.
#[derive(Debug)]
pub struct PublishedList {
    /// Its file.
    pub(super) file: Arc<SourceFile>,
    /// What it lists and where, each address once, in order.
    pub(super) addresses: BTreeMap<Address, Span>,
}

impl PublishedList {
    /// Reads the list.
    pub fn read(file: &Arc<SourceFile>) -> (Self, Vec<Diagnostic>) {
        let mut list = Self { file: Arc::clone(file), addresses: BTreeMap::new() };
        let mut diagnostics = Vec::new();
        for (span, text) in lines(file) {
            if is_comment(text) {
                continue;
            }
            match address(text) {
                Ok(address) => {
                    list.addresses.entry(address).or_insert(span);
                }
                Err((what, hint)) => diagnostics.push(
                    Diagnostic::error("bad-published", Place::new(file, span), what)
                        .note("what was published there could be lost without a word")
                        .hint(hint),
                ),
            }
        }
        (list, diagnostics)
    }

    /// Whether the page at `output` is listed.
    pub(super) fn holds(&self, output: &RelativePath) -> bool {
        self.addresses.contains_key(&Address { output: output.clone(), id: None })
    }

    /// The places on `output` that are listed.
    pub(super) fn ids<'l>(&'l self, output: &RelativePath) -> impl Iterator<Item = (&'l str, Span)> {
        let from = Address { output: output.clone(), id: None };
        self.addresses
            .range(from.clone()..)
            .take_while(move |(address, _)| address.output == from.output)
            .filter_map(|(address, span)| Some((address.id.as_deref()?, *span)))
    }
}

/// The text of a list that holds what `old` does and `added`, in order. A place on a page that is not listed itself is
/// left out: who gave up the page gave up the places on it.
pub(super) fn text(old: Option<&PublishedList>, added: &[Address]) -> String {
    let (mut top, mut tail) = (Vec::new(), Vec::new());
    // Each address with the comments above it.
    let mut entries: BTreeMap<Address, Vec<&str>> = BTreeMap::new();
    let old_text = old.map_or("", |list| list.file.text());
    if let Some(list) = old {
        let mut comments = Vec::new();
        for (_, text) in lines(&list.file) {
            match address(text) {
                Ok(address) if !is_comment(text) => entries.entry(address).or_default().append(&mut comments),
                // What stands at the top is about the list, up to its first blank line or address.
                _ if entries.is_empty() && comments.is_empty() && !text.is_empty() => top.push(text),
                _ if !text.is_empty() => comments.push(text),
                _ => {}
            }
        }
        tail = comments;
    }
    let pages = entries.keys().chain(added).filter(|address| address.id.is_none());
    let pages: std::collections::BTreeSet<RelativePath> = pages.map(|address| address.output.clone()).collect();
    for address in added {
        entries.entry(address.clone()).or_default();
    }
    entries.retain(|address, _| pages.contains(&address.output));

    let newline = if old_text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = if old_text.starts_with('\u{feff}') { "\u{feff}".to_owned() } else { String::new() };
    let mut push = |line: &str| {
        out.push_str(line);
        out.push_str(newline);
    };
    if old.is_none() {
        HEADER.lines().for_each(&mut push);
    }
    top.into_iter().for_each(&mut push);
    for (address, comments) in &entries {
        comments.iter().copied().for_each(&mut push);
        push(&address.line());
    }
    tail.into_iter().for_each(&mut push);
    out
}

/// The lines, each without the blanks around it.
fn lines(file: &Arc<SourceFile>) -> impl Iterator<Item = (Span, &str)> {
    (1..=file.line_count()).filter_map(|number| {
        let span = file.line_span(number)?;
        let line = file.slice(span);
        let trimmed = line.trim_start_matches('\u{feff}').trim();
        let start = span.start + line.find(trimmed).unwrap_or(0);
        Some((Span::new(start, start + trimmed.len()), trimmed))
    })
}

fn is_comment(line: &str) -> bool {
    line.is_empty() || line.starts_with('#')
}

/// The address a line stands for, else what it is and what to do.
fn address(line: &str) -> Result<Address, (String, String)> {
    if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
        return Err((
            "a merge conflict is left in this list".into(),
            "keep the lines of both sides and remove the marks; with `published.txt merge=union` in .gitattributes git \
             does that by itself"
                .into(),
        ));
    }
    let (path, id) = line.split_once('#').map_or((line, None), |(path, id)| (path, Some(id)));
    let wrong = |why: &str| {
        let hint = "write an address from the site's root, such as `do/page.html` or `do/page.html#steps`; \
                    `proofbook check --fix` adds those that are missing";
        (format!("`{line}` is no address of a site: {why}"), hint.to_owned())
    };
    if id.is_some_and(str::is_empty) {
        return Err(wrong("nothing stands after `#`"));
    }
    let plain = decoded(path);
    match RelativePath::parse(&plain) {
        Ok(output) if output.as_str() != plain => Err(wrong(&format!("it is written `{output}`"))),
        Ok(output) => Ok(Address { output, id: id.map(str::to_owned) }),
        Err(error) => Err(wrong(&error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (PublishedList, Vec<String>) {
        let (list, diagnostics) = PublishedList::read(&SourceFile::new("published.txt", text));
        let told = |d: &Diagnostic| format!("{} {}", d.place.location(), d.message);
        (list, diagnostics.iter().map(told).collect())
    }

    fn at(line: &str) -> Address {
        address(line).unwrap()
    }

    #[test]
    fn an_address_is_read_as_it_is_written() {
        for (path, id) in
            [("a.html", None), (" a #1% b.html", Some("ü-1")), ("a/b.html", Some("x#y")), ("#.html", None)]
        {
            let output = RelativePath::parse(path).unwrap();
            let address = Address { output, id: id.map(str::to_owned) };
            assert!(!is_comment(&address.line()), "{path}");
            assert_eq!(at(&address.line()), address);
        }
    }

    #[test]
    fn a_line_that_means_nothing_is_told() {
        let (list, told) =
            read("\u{feff}a.html\r\n  b.html#c  \r\n\r\n# d\r\n../e\n/f.html\ng//h.html\ni.html#\n<<<<<<< ours\n");
        assert_eq!(list.addresses.len(), 2);
        assert_eq!(list.file.slice(list.addresses[&at("b.html#c")]), "b.html#c");
        assert_eq!(
            told,
            [
                "5:1 `../e` is no address of a site: the path leads out of its folder",
                "6:1 `/f.html` is no address of a site: the path is absolute",
                "7:1 `g//h.html` is no address of a site: it is written `g/h.html`",
                "8:1 `i.html#` is no address of a site: nothing stands after `#`",
                "9:1 a merge conflict is left in this list",
            ]
        );
    }

    #[test]
    fn what_is_added_takes_its_place_and_nothing_else_moves() {
        let (list, told) = read("# Ours.\r\na.html\r\na.html#x\r\n# kept for Ada\r\nc.html");
        assert!(told.is_empty());
        let added = [at("b.html"), at("b.html#y"), at("a.html"), at("a.html#a")];
        let written = text(Some(&list), &added);
        assert_eq!(
            written,
            "# Ours.\r\na.html\r\na.html#a\r\na.html#x\r\nb.html\r\nb.html#y\r\n# kept for Ada\r\nc.html\r\n"
        );
        assert_eq!(text(Some(&read(&written).0), &added), written, "written again it is the same");
    }

    #[test]
    fn what_a_merge_left_is_put_in_order() {
        let (list, told) = read("b.html\na.html\nb.html\nb.html#x\nb.html#x\ngone.html#x\n");
        assert!(told.is_empty());
        assert_eq!(text(Some(&list), &[]), "a.html\nb.html\nb.html#x\n");
        assert_eq!(text(None, &[at("b.html")]), format!("{HEADER}b.html\n"));
    }
}
