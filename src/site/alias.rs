//! Aliases: the addresses a page had before, each as the file that leads on from there.
//!
//! Takes a `Site` whose pages have their addresses, gives a path for each alias and a diagnostic for each that cannot be
//! published. Must stay true: no alias stands where anything else is published, or within a file, or at two pages.

use std::collections::BTreeMap;

use super::links::{decoded, is_external};
use super::{PageId, Site};
use crate::diagnostic::{Diagnostic, Place};
use crate::path::RelativePath;

/// Where each alias is published, with the page it leads to.
pub(super) fn read(site: &Site, diagnostics: &mut Vec<Diagnostic>) -> BTreeMap<RelativePath, PageId> {
    let mut taken = taken(site);
    let mut aliases = BTreeMap::new();
    for (index, page) in site.pages.iter().enumerate() {
        for alias in &page.document.front_matter.aliases {
            let place = Place::new(&page.document.file, alias.span);
            let output = match output(&alias.value) {
                Ok(output) => output,
                Err(Wrong { what, hint }) => {
                    let message = format!("the alias `{}` {what}", alias.value);
                    diagnostics.push(Diagnostic::error("bad-alias", place, message).hint(hint));
                    continue;
                }
            };
            if output == page.output {
                let message = format!("`{}` is where this page is published", alias.value);
                diagnostics.push(
                    Diagnostic::error("alias-taken", place, message)
                        .hint("remove it: an alias is an address that the page had before"),
                );
                continue;
            }
            if let Some(what) = in_the_way(&taken, &output) {
                diagnostics.push(
                    Diagnostic::error("alias-taken", place, format!("the alias `{}` is taken: {what}", alias.value))
                        .note("a reader who follows an old link would get one or the other")
                        .hint("remove the alias, or move what is there"),
                );
                continue;
            }
            let what = format!("{} has it as an alias, too", page.document.file.path());
            taken.insert(output.as_str().to_lowercase(), what);
            aliases.insert(output, PageId(index));
        }
    }
    aliases
}

/// Why something cannot be an alias, after `the alias … `, and what to do.
pub(super) struct Wrong {
    what: String,
    hint: String,
}

/// The file that an alias is published as.
pub(super) fn output(alias: &str) -> Result<RelativePath, Wrong> {
    let wrong = |what: &str, hint: String| Wrong { what: what.into(), hint };
    let example = || "write an address from the site's root, such as `old/page.html` or `old/`".to_owned();
    if is_external(alias) {
        return Err(wrong("names another site", example()));
    }
    if let Some(at) = alias.find(['?', '#']) {
        return Err(wrong("holds more than the address of a page", format!("leave out `{}`", &alias[at..])));
    }
    // From the root is what an alias is, with or without the slash other generators want.
    let path = decoded(alias.strip_prefix('/').unwrap_or(alias));
    if let Some(stem) = path.strip_suffix(".md") {
        return Err(wrong("names a Markdown file", format!("name what was published of it: `{stem}.html`")));
    }
    let file = match path.as_str() {
        folder if folder.ends_with('/') || (folder.is_empty() && !alias.is_empty()) => format!("{folder}index.html"),
        file if file.is_empty() || file.ends_with(".html") => file.to_owned(),
        other => {
            let hint = format!("write `{other}.html`, or `{other}/` if it was a folder");
            return Err(wrong("names no page", hint));
        }
    };
    RelativePath::parse(&file).map_err(|error| wrong(&format!("cannot be published: {error}"), example()))
}

/// How an author writes the alias that is published as `output`.
pub(super) fn written(output: &RelativePath) -> String {
    let path = output.as_str();
    let path = path.strip_suffix("/index.html").map_or_else(|| path.to_owned(), |folder| format!("{folder}/"));
    let path = path.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    if is_external(&path) { format!("/{path}") } else { path }
}

/// What is published at each path, aliases included.
pub(super) fn taken_with_aliases(site: &Site) -> BTreeMap<String, String> {
    let mut taken = taken(site);
    taken.extend(site.aliases.keys().map(|alias| (alias.as_str().to_lowercase(), "an alias leads on there".into())));
    taken
}

/// What is published at each path, in lower case: on some systems two names that differ in case only are one file.
pub(super) fn taken(site: &Site) -> BTreeMap<String, String> {
    let mut taken = BTreeMap::new();
    let mut take = |path: &str, what: String| taken.insert(path.to_lowercase(), what);
    take("404.html", "the page for addresses that do not exist is there".into());
    for path in site.assets.keys() {
        take(path.as_str(), format!("content/{path} is there"));
    }
    for list in &site.lists {
        take(list.output.as_str(), format!("the list of {} is there", list.words()));
    }
    if let Some(overview) = site.overview() {
        take(overview.as_str(), "the overview of all lists is there".into());
    }
    for section in site.sections.iter().filter(|section| section.index.is_none()) {
        take(section.output.as_str(), format!("the list of what lies in `content/{}` is there", section.folder));
    }
    for page in &site.pages {
        let file = page.document.file.path();
        take(page.output.as_str(), format!("{file} is published there"));
        take(page.document.path.as_str(), format!("the Markdown of {file} is there"));
    }
    taken
}

/// What keeps a file from being at `output`: another one there, one in place of a folder above, or files below.
pub(super) fn in_the_way(taken: &BTreeMap<String, String>, output: &RelativePath) -> Option<String> {
    let wanted = output.as_str().to_lowercase();
    if let Some(what) = taken.get(&wanted) {
        return Some(what.clone());
    }
    let mut above = wanted.match_indices('/').map(|(at, _)| &wanted[..at]);
    if let Some((folder, what)) = above.find_map(|folder| taken.get_key_value(folder)) {
        return Some(format!("`{folder}` is a file, not a folder, because {what}"));
    }
    let folder = format!("{wanted}/");
    let below = taken.range(folder.clone()..).next().filter(|(path, _)| path.starts_with(&folder));
    below.map(|(path, what)| format!("`{wanted}` is a folder, because of `{path}`: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_a_file_of_the_site() {
        let read =
            |alias: &str| output(alias).map(|path| path.to_string()).map_err(|wrong| wrong.what + "; " + &wrong.hint);
        for (alias, path) in [
            ("old/page.html", "old/page.html"),
            ("/old/page.html", "old/page.html"),
            ("old/", "old/index.html"),
            ("/", "index.html"),
            ("a%20b/%C3%BC.html", "a b/ü.html"),
            ("a/./b/../c.html", "a/c.html"),
        ] {
            assert_eq!(read(alias), Ok(path.into()), "{alias}");
        }
        for path in ["a/b.html", "index.html", "a/index.html", "1% of #2?.html", "a:b.html"] {
            let output = RelativePath::parse(path).unwrap();
            assert_eq!(read(&written(&output)), Ok(path.into()), "an alias is read as it is written");
        }
        for (alias, message) in [
            ("https://x.org/a.html", "names another site; "),
            ("//x.org/a.html", "names another site; "),
            ("a.html#b", "holds more than the address of a page; leave out `#b`"),
            ("a.html?b=1", "holds more than the address of a page; leave out `?b=1`"),
            ("a/b.md", "names a Markdown file; name what was published of it: `a/b.html`"),
            ("old", "names no page; write `old.html`, or `old/` if it was a folder"),
            ("", "cannot be published: the path is empty; "),
            ("../a.html", "cannot be published: the path leads out of its folder; "),
            ("a%00.html", "cannot be published: the path holds '\\0'; "),
        ] {
            let found = read(alias).unwrap_err();
            assert!(found.starts_with(message), "{alias}: {found}");
        }
    }

    #[test]
    fn neither_a_file_above_nor_files_below_are_lost() {
        let taken = BTreeMap::from([("a.html".to_owned(), "A".to_owned()), ("b.html/c.png".into(), "C".into())]);
        let found = |path: &str| in_the_way(&taken, &RelativePath::parse(path).unwrap());
        assert_eq!(found("A.html").as_deref(), Some("A"));
        assert_eq!(found("a.html/index.html").as_deref(), Some("`a.html` is a file, not a folder, because A"));
        assert_eq!(found("b.html").as_deref(), Some("`b.html` is a folder, because of `b.html/c.png`: C"));
        assert_eq!(found("b.htm"), None);
    }
}
