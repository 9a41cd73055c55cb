//! The whole navigation, once for all pages: a script that hands the tree of sections and pages to the one that shows it.
//!
//! A page holds only its branch of the navigation; this makes the sidebar complete where scripts run. It is a classic
//! script that calls a function, because nothing else can be loaded from the disk. Must stay true: it grows with the
//! number of pages and is one file for all of them; an entry says only what its folder does not.

use serde_json::{Value, json};

use super::fingerprint;
use crate::path::RelativePath;
use crate::site::{SectionId, Site, encoded};

/// The script and the path it is published at, which changes with it.
pub(crate) fn file(site: &Site, marks: &[Option<&'static str>]) -> Option<(RelativePath, Vec<u8>)> {
    let tree = Tree { site, marks };
    let text = format!("proofbookNavigation({});\n", Value::Array(tree.section(SectionId(0))));
    let hash = fingerprint::of([("navigation", text.as_bytes())]);
    let path = RelativePath::parse(&format!("navigation-{hash}.js")).ok()?;
    Some((path, text.into_bytes()))
}

struct Tree<'a> {
    site: &'a Site,
    marks: &'a [Option<&'static str>],
}

impl Tree<'_> {
    /// What lies in a section, in order. A page is `[title, name]` or `[title, name, mark]`, a section `[title, name,
    /// mark or 0, what lies in it]`; a name is that of a folder or of a file without `.html`, as addresses write it.
    fn section(&self, id: SectionId) -> Vec<Value> {
        let section = self.site.section(id);
        let mark = |at: usize| self.marks.get(at).copied().flatten();
        let pages = section.pages.iter().map(|id| {
            let page = self.site.page(*id);
            let (title, name) = (&page.document.title, encoded(page.output.stem()));
            match mark(id.0) {
                Some(mark) => json!([title, name, mark]),
                None => json!([title, name]),
            }
        });
        let sections = section.sections.iter().map(|id| {
            let section = self.site.section(*id);
            let name = section.folder.rsplit_once('/').map_or(section.folder.as_str(), |(_, name)| name);
            let mark = section.index.and_then(|index| mark(index.0)).map_or(json!(0), |mark| json!(mark));
            json!([section.title, encoded(name), mark, self.section(*id)])
        });
        pages.chain(sections).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Project;
    use super::file;

    #[test]
    fn the_tree_holds_every_page_once() {
        let project = Project::new(&[
            ("index.md", "# Home\n"),
            ("top page.md", "# \"Top\" \\</script>\n"),
            ("a/index.md", "# A\n"),
            ("a/b/one.md", "# One\n"),
        ]);
        let (path, text) = file(&project.site, &[None, Some("stale"), Some("failed"), None]).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "proofbookNavigation([[\"\\\"Top\\\" </script>\",\"top%20page\",\"stale\"],\
             [\"A\",\"a\",\"failed\",[[\"B\",\"b\",0,[[\"One\",\"one\"]]]]]]);\n"
        );
        assert_ne!(path, file(&project.site, &[]).unwrap().0, "the name changes with the marks");
    }
}
