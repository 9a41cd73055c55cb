//! Pages that start where another one ends (`after` in the front matter): which run before which.
//!
//! Takes all runbooks, gives for each page the ones before it and diagnostics. Must stay true: a chain ends, whatever
//! the pages say; a page whose `after` is wrong has none, and an error that says why.

use std::collections::{BTreeMap, BTreeSet};

use super::snippet::{Role, Runbook};
use crate::diagnostic::{Diagnostic, Place};
use crate::path::RelativePath;

/// For each page that starts after others, the positions of those in the list of runbooks, the first to run first.
#[derive(Debug, Clone, Default)]
pub struct Chains(BTreeMap<RelativePath, Vec<usize>>);

impl Chains {
    /// The runbooks that run before the one of `page`, the first to run first.
    pub fn before<'r>(&self, runbooks: &'r [Runbook], page: &RelativePath) -> Vec<&'r Runbook> {
        self.0.get(page).into_iter().flatten().filter_map(|&index| runbooks.get(index)).collect()
    }
}

/// The chains of all pages; `drafts` are those that are none of them.
pub fn chains(runbooks: &[Runbook], drafts: &BTreeSet<RelativePath>) -> (Chains, Vec<Diagnostic>) {
    let positions: BTreeMap<&RelativePath, usize> =
        runbooks.iter().enumerate().map(|(index, book)| (&book.page, index)).collect();
    let mut chains = Chains::default();
    let mut diagnostics = Vec::new();
    for book in runbooks.iter().filter(|book| book.not_run.is_none()) {
        let Some(after) = &book.after else { continue };
        let place = || Place::new(&book.file, after.span);
        let Some(&first) = positions.get(&after.value) else {
            if drafts.contains(&after.value) {
                let message = format!("`{}` is a draft, and drafts are not run", after.value);
                let hint = "remove `draft = true` there, or make this page a draft, too";
                diagnostics.push(Diagnostic::error("bad-after", place(), message).hint(hint));
                continue;
            }
            let message = format!("no page is called `{}`", after.value);
            let others = runbooks.iter().filter(|other| other.page != book.page).map(|other| other.page.as_str());
            diagnostics.push(
                Diagnostic::error("unknown-page", place(), message)
                    .note("`after` is a path from this page, as in a link")
                    .suggest(after.value.as_str(), others),
            );
            continue;
        };
        if let Some((message, hint)) = unfit(book, &runbooks[first]) {
            diagnostics.push(Diagnostic::error("bad-after", place(), message).hint(hint));
            continue;
        }
        let mut chain = vec![first];
        let mut last = first;
        while let Some(next) = runbooks[last].after.as_ref().and_then(|after| positions.get(&after.value)).copied() {
            if runbooks[next].page == book.page || chain.contains(&next) {
                break;
            }
            chain.push(next);
            last = next;
        }
        let closes = |index: usize| {
            let after = runbooks[index].after.as_ref();
            after.is_some_and(|after| after.value == book.page)
        };
        if chain.iter().any(|&index| closes(index)) || first == positions[&book.page] {
            let names: Vec<String> = chain.iter().map(|&index| format!("`{}`", runbooks[index].page)).collect();
            let message = match names.as_slice() {
                _ if first == positions[&book.page] => "this page cannot start after itself".to_owned(),
                names => format!("this page starts after {}, which starts after this page", names.join(", after ")),
            };
            diagnostics.push(
                Diagnostic::error("bad-after", place(), message).hint("let one of them start from the beginning"),
            );
            continue;
        }
        chain.reverse();
        chains.0.insert(book.page.clone(), chain);
    }
    (chains, diagnostics)
}

/// Why `book` cannot start after `first`, and what to do.
fn unfit(book: &Runbook, first: &Runbook) -> Option<(String, String)> {
    let page = &first.page;
    if let Some(not_run) = &first.not_run {
        return Some((format!("`{page}` does not run: {}", not_run.reason), "start after a page that runs".into()));
    }
    if first.snippets.iter().any(|snippet| snippet.role == Role::Fault) {
        let hint = "start after an ordinary page, or bring the database there in a `setup`".into();
        return Some((format!("`{page}` is a drill, which ends in no one state"), hint));
    }
    if first.database != book.database {
        let name = |book: &Runbook| book.database.as_ref().map_or("no database".into(), |name| format!("`{name}`"));
        let message = format!("`{page}` runs on {}, this page on {}", name(first), name(book));
        return Some((message, "both need the same database, because its state is handed on".into()));
    }
    let missing: Vec<&str> =
        book.engines.iter().filter(|engine| !first.engines.contains(engine)).map(|engine| engine.name()).collect();
    if book.database.is_some() && !missing.is_empty() {
        let message = format!("`{page}` does not run on {}, and this page does", missing.join(" and "));
        return Some((message, "name the same `engines` on both".into()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::document::{self, Strictness};
    use crate::runbook::lower;
    use crate::span::SourceFile;

    fn books(pages: &[(&str, &str)]) -> Vec<Runbook> {
        let (config, _) = Config::parse(&SourceFile::new("proofbook.toml", "[database.a]\n[database.b]\n"));
        let book = |&(path, front): &(&str, &str)| {
            let text = format!("+++\n{front}\n+++\n\n```bash\ntrue\n```\n");
            let file = SourceFile::new(format!("content/{path}"), text);
            let (document, _) = document::parse(RelativePath::parse(path).unwrap(), &file, Strictness::Runs);
            lower(&document, &config).0
        };
        pages.iter().map(book).collect()
    }

    fn chain(pages: &[(&str, &str)], of: &str) -> String {
        let books = books(pages);
        let (chains, diagnostics) = chains(&books, &BTreeSet::new());
        let messages: Vec<String> = diagnostics.iter().map(|found| found.message.clone()).collect();
        let before = chains.before(&books, &RelativePath::parse(of).unwrap());
        let names: Vec<&str> = before.iter().map(|book| book.page.as_str()).collect();
        format!("{} {}", names.join(" "), messages.join("; ")).trim().to_owned()
    }

    #[test]
    fn a_chain_is_in_the_order_it_runs_in() {
        let pages = [("x/c.md", "after = 'b.md'"), ("x/b.md", "after = '../a.md'"), ("a.md", "")];
        assert_eq!(chain(&pages, "x/c.md"), "a.md x/b.md");
        assert_eq!(chain(&pages, "x/b.md"), "a.md");
        assert_eq!(chain(&pages, "a.md"), "");
    }

    #[test]
    fn circles_are_told_and_end() {
        assert_eq!(chain(&[("a.md", "after = 'a.md'")], "a.md"), "this page cannot start after itself");
        let pages = [("a.md", "after = 'b.md'"), ("b.md", "after = 'c.md'"), ("c.md", "after = 'b.md'")];
        assert!(chain(&pages, "b.md").contains("this page starts after `c.md`, which starts after this page"));
    }

    #[test]
    fn what_cannot_be_handed_on_is_refused() {
        for (first, second, why) in [
            ("run = false\nrun_reason = 'no'", "", "`a.md` does not run: no"),
            ("database = 'a'", "database = 'b'", "`a.md` runs on `a`, this page on `b`"),
            ("database = 'a'", "", "`a.md` runs on `a`, this page on no database"),
            (
                "database = 'a'",
                "database = 'a'\nengines = ['sqlite', 'mariadb']",
                "`a.md` does not run on mariadb, and this page does",
            ),
        ] {
            let second = format!("{second}\nafter = 'a.md'");
            assert_eq!(chain(&[("a.md", first), ("b.md", &second)], "b.md"), why);
        }
        assert_eq!(chain(&[("b.md", "after = 'z.md'")], "b.md"), "no page is called `z.md`");
    }
}
