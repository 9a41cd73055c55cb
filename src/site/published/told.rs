//! What is lost, and what the list lacks, as messages to the author.

use super::list::Address;
use super::{Comparison, LostFile, LostPlace};
use crate::diagnostic::{Diagnostic, Place, nearest};
use crate::document::Heading;
use crate::path::RelativePath;
use crate::site::{PageId, alias};
use crate::span::Span;

/// How many names stand in one message.
const NAMED: usize = 3;

impl Comparison<'_> {
    /// What would be lost, each at its line of the list.
    pub fn lost(&self) -> Vec<Diagnostic> {
        let files = self.lost_files.iter().map(|lost| self.lost_file(lost));
        files.chain(self.lost_places.iter().map(|lost| self.lost_place(lost))).collect()
    }

    /// What the list lacks, in one message.
    pub fn behind(&self) -> Option<Diagnostic> {
        let first = self.missing.first()?;
        let places = self.missing.iter().filter(|address| address.id.is_some()).count();
        let files = self.missing.len() - places;
        let counted = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        };
        let parts: Vec<String> =
            [counted(files, "address", "addresses"), counted(places, "place on a page", "places on pages")]
                .into_iter()
                .flatten()
                .collect();
        let (verb, named) = match self.missing.as_slice() {
            [only] => ("is", format!("`{}`", only.line())),
            all => {
                let named: Vec<String> =
                    all.iter().take(NAMED).map(|address| format!("`{}`", address.line())).collect();
                let more = if all.len() > NAMED { format!(" and {} more", all.len() - NAMED) } else { String::new() };
                ("are", named.join(", ") + &more)
            }
        };
        // The list is not touched before that is decided.
        let is_open = !self.lost_places.is_empty() || self.lost_files.iter().any(|lost| lost.now.is_none());
        let hint = if is_open {
            "first decide on what is lost; then run `proofbook check --fix`, and commit the list"
        } else {
            "run `proofbook check --fix`, and commit the list"
        };
        let message = format!("{} of the site {verb} not in this list", parts.join(" and "));
        Some(
            Diagnostic::error("published-behind", Place::new(&self.list.file, self.above(first)), message)
                .note(named)
                .note("if it were lost later, nothing would tell")
                .hint(hint),
        )
    }

    /// The line of the list below which `address` would stand.
    fn above(&self, address: &Address) -> Span {
        let above = self.list.addresses.range(..address.clone()).next_back();
        above.map_or(Span::new(0, self.list.file.line(1).len()), |(_, span)| *span)
    }

    fn lost_file(&self, lost: &LostFile<'_>) -> Diagnostic {
        let site = self.there.site;
        let line = Address { output: lost.output.clone(), id: None }.line();
        let diagnostic = Diagnostic::error(
            "lost-address",
            Place::new(&self.list.file, lost.span),
            format!("`{line}` was published, and nothing is there any more"),
        )
        .note("whoever follows a link to it finds no page");
        let given_up = "if the page is to be gone, remove this line";
        let alias = format!("`aliases = [\"{}\"]`", alias::written(lost.output));
        if let Some(page) = lost.now {
            let file = site.page(page).document.file.path();
            return diagnostic.label(format!("evidently {file} now")).hint(format!(
                "run `proofbook check --fix`, which adds {alias} to the front matter of {file}; {given_up}"
            ));
        }
        if let Some(draft) = self.draft(lost.output) {
            return diagnostic.label(format!("content/{draft} is a draft now")).hint(format!(
                "remove `draft = true`, or add {alias} to the front matter of the page to read in its place; {given_up}"
            ));
        }
        let new: Vec<&str> = site
            .pages
            .iter()
            .filter(|page| !self.list.holds(&page.output))
            .map(|page| page.document.file.path())
            .collect();
        let diagnostic = match new.as_slice() {
            [] => diagnostic,
            new if new.len() <= NAMED => diagnostic.label(format!("new in the site: {}", new.join(", "))),
            new => {
                diagnostic.label(format!("new in the site: {} and {} more", new[..NAMED].join(", "), new.len() - NAMED))
            }
        };
        diagnostic
            .hint(format!("if the page has moved, add {alias} to the front matter of the page it is now; {given_up}"))
    }

    /// The draft that would be published at `output`.
    fn draft(&self, output: &RelativePath) -> Option<&RelativePath> {
        let published = |path: &&RelativePath| {
            path.folder() == output.folder() && format!("{}.html", path.stem()) == output.file_name()
        };
        self.there.site.drafts.iter().find(published)
    }

    fn lost_place(&self, lost: &LostPlace<'_>) -> Diagnostic {
        let id = lost.id;
        let given_up = "if nobody is to find it any more, remove this line";
        let diagnostic = Diagnostic::error(
            "lost-anchor",
            Place::new(&self.list.file, lost.span),
            format!("`#{id}` was a place on `{}`, and is not there any more", lost.output),
        )
        .note("whoever follows a link to it comes to the top of the page and has to search");
        if let Some((page, heading)) = lost.page.and_then(|page| Some((page, self.renamed(page, lost)?))) {
            let document = &self.there.site.page(page).document;
            let line = document.file.line_of(heading.span.start);
            let marks = "#".repeat(usize::from(heading.level));
            return diagnostic
                .label(format!("is it {}:{line} now?", document.file.path()))
                .hint(format!("keep the old name: `{marks} {} {{#{id}}}`; {given_up}", heading.text));
        }
        if let [page] = self.there.carriers(id) {
            let file = self.there.site.page(*page).document.file.path();
            return diagnostic.label(format!("it is in {file} now")).hint(format!(
                "leave `<a id=\"{id}\"></a>` where readers come to, beside a link to {file}; {given_up}"
            ));
        }
        diagnostic.hint(format!(
            "give what took its place the old name, as `{{#{id}}}` behind the heading or `<a id=\"{id}\"></a>` before the text; {given_up}"
        ))
    }

    /// The heading that was most likely called so: among those that are not listed the one with a near name, else the
    /// only one, if only one place is lost.
    fn renamed(&self, page: PageId, lost: &LostPlace<'_>) -> Option<&Heading> {
        let page = self.there.site.page(page);
        let is_listed = |id: &str| self.list.ids(&page.output).any(|(listed, _)| listed == id);
        let new: Vec<&Heading> = page.document.headings.iter().filter(|heading| !is_listed(&heading.id)).collect();
        let near = nearest(lost.id, new.iter().map(|heading| heading.id.as_str()));
        let lost_here = self.lost_places.iter().filter(|other| other.output == lost.output).count();
        match (near, new.as_slice()) {
            (Some(near), _) => new.into_iter().find(|heading| heading.id == near),
            (None, [only]) if lost_here == 1 => Some(only),
            _ => None,
        }
    }
}
