//! Which pages take part in a run: by what they are (`Filter`), and by which machine of several runs them (`Shard`).
//!
//! Takes words from the command line and a page's front matter, says yes or no. Must stay true: whether a page belongs to a
//! shard depends on its path alone, so that adding a page moves no other; every page belongs to exactly one shard.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};
use sha2::{Digest, Sha256};

use super::Runbook;
use crate::diagnostic::nearest;
use crate::document::FrontMatter;

/// What a page must be to take part: `kind=runbook`, `tag=incident,drill`, `path=operate/**`, `owner!=obs-team` …
#[derive(Debug, Clone)]
pub struct Filter {
    /// As it was typed.
    text: String,
    by: By,
    /// Whether the page must not be so.
    is_not: bool,
    /// One of these will do.
    values: Vec<Value>,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Path,
    Kind,
    Tag,
    Owner,
    Name,
}

#[derive(Debug, Clone)]
struct Value {
    text: String,
    /// Of a path.
    glob: Option<GlobMatcher>,
}

impl By {
    const ALL: [Self; 5] = [Self::Path, Self::Kind, Self::Tag, Self::Owner, Self::Name];

    fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Kind => "kind",
            Self::Tag => "tag",
            Self::Owner => "owner",
            Self::Name => "name",
        }
    }

    /// What a page has of it.
    fn of<'p>(self, runbook: &'p Runbook, front_matter: &'p FrontMatter) -> Vec<&'p str> {
        match self {
            Self::Path => vec![runbook.page.as_str()],
            Self::Kind => vec![front_matter.kind.name()],
            Self::Tag => front_matter.tags.iter().map(|tag| tag.value.as_str()).collect(),
            Self::Owner => front_matter.owner.iter().map(|owner| owner.value.as_str()).collect(),
            Self::Name => runbook.snippets.iter().map(|snippet| snippet.id.as_str()).collect(),
        }
    }
}

impl Filter {
    /// Reads what was typed. Errors say in words what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (key, values) = text
            .split_once('=')
            .ok_or("write what to select by and its value, as in `kind=runbook` or `path=operate/**`")?;
        let (key, is_not) = key.strip_suffix('!').map_or((key, false), |key| (key, true));
        let by = By::ALL.into_iter().find(|by| by.name() == key.trim()).ok_or_else(|| {
            let names = By::ALL.map(By::name);
            match nearest(key, names) {
                Some(near) => format!("pages are not selected by `{key}`; did you mean `{near}`?"),
                None => format!("pages are not selected by `{key}`; there are {}", names.join(", ")),
            }
        })?;
        let values: Result<Vec<Value>, String> = values.split(',').map(|value| Value::new(by, value.trim())).collect();
        Ok(Self { text: text.to_owned(), by, is_not, values: values? })
    }

    /// Whether a page takes part.
    pub fn holds(&self, runbook: &Runbook, front_matter: &FrontMatter) -> bool {
        let has = self.by.of(runbook, front_matter);
        has.iter().any(|has| self.values.iter().any(|value| value.is(has))) != self.is_not
    }

    /// A value that no page has, if there is one, and the nearest one that a page has.
    pub fn unknown<'f, 'p>(
        &'f self,
        pages: impl Iterator<Item = (&'p Runbook, &'p FrontMatter)>,
    ) -> Option<(&'f str, Option<&'p str>)> {
        let there: Vec<&str> = pages.flat_map(|(runbook, front_matter)| self.by.of(runbook, front_matter)).collect();
        let value = self.values.iter().find(|value| !there.iter().any(|there| value.is(there)))?;
        Some((value.text.as_str(), nearest(&value.text, there.iter().copied())))
    }

    /// What is looked at: `path`, `kind`, `tag`, `owner` or `name`.
    pub fn by(&self) -> &'static str {
        self.by.name()
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Value {
    fn new(by: By, text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err(format!("a value of `{}` is empty", by.name()));
        }
        if by != By::Path {
            return Ok(Self { text: text.to_owned(), glob: None });
        }
        let below = text.strip_prefix("content/").unwrap_or(text).trim_end_matches('/');
        // As in `[run] pages`: a `*` stays within its folder.
        let glob = GlobBuilder::new(below).literal_separator(true).build();
        let glob = glob.map_err(|error| format!("`{text}` is not a glob: {}", error.kind()))?;
        Ok(Self { text: below.to_owned(), glob: Some(glob.compile_matcher()) })
    }

    fn is(&self, has: &str) -> bool {
        match &self.glob {
            // A folder stands for all below it.
            Some(glob) => glob.is_match(has) || has.strip_prefix(&self.text).is_some_and(|rest| rest.starts_with('/')),
            None => self.text == has,
        }
    }
}

/// One of several machines that share the pages of a run: `2/5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl Shard {
    /// Reads `K/N`. Errors say in words what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
        let (number, of): (u32, u32) = numbers.ok_or("write which part of how many, as in `1/3`")?;
        if number == 0 || number > of {
            return Err(format!("there is no part {number} of {of}: parts are counted from 1"));
        }
        Ok(Self { number, of })
    }

    /// Whether the page at `path` belongs to it.
    pub fn holds(self, path: &str) -> bool {
        let hash = Sha256::digest(path.as_bytes());
        let number = hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        number % u64::from(self.of) == u64::from(self.number - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::document::{self, Strictness};
    use crate::path::RelativePath;
    use crate::runbook::lower;
    use crate::span::SourceFile;

    #[test]
    fn pages_are_selected_by_what_they_are() {
        let text = "+++\ntitle = \"P\"\nkind = \"drill\"\nowner = \"obs\"\ntags = [\"a b\", \"incident\"]\n+++\n\n\
                    ```bash name=find\ntrue\n```\n";
        let file = SourceFile::new("content/operate/night/p.md", text);
        let path = RelativePath::parse("operate/night/p.md").unwrap();
        let (document, _) = document::parse(path, &file, Strictness::Runs);
        let (runbook, _) = lower(&document, &Config::parse(&SourceFile::new("proofbook.toml", "")).0);
        for (filter, expected) in [
            ("kind=drill", true),
            ("kind=runbook,drill", true),
            ("kind!=runbook,drill", false),
            ("kind=runbook", false),
            ("tag=incident", true),
            ("tag=a b", true),
            ("tag=inc", false),
            ("tag!=inc", true),
            ("owner=obs", true),
            ("owner!=obs", false),
            ("name=find", true),
            ("name=fin", false),
            ("path=operate", true),
            ("path=content/operate/", true),
            ("path=oper", false),
            ("path=operate/*", false),
            ("path=operate/**", true),
            ("path=**/p.md", true),
            ("path=content/operate/night/p.md", true),
            ("path!=operate/**", false),
        ] {
            let parsed = Filter::parse(filter).unwrap();
            assert_eq!(parsed.holds(&runbook, &document.front_matter), expected, "{filter}");
        }
        let pages = || [(&runbook, &document.front_matter)].into_iter();
        assert_eq!(
            Filter::parse("tag=incident,incidnet").unwrap().unknown(pages()),
            Some(("incidnet", Some("incident")))
        );
        assert_eq!(Filter::parse("path=operate").unwrap().unknown(pages()), None);
        assert_eq!(Filter::parse("owner=nobody").unwrap().unknown(pages()), Some(("nobody", None)));
    }

    #[test]
    fn what_is_no_filter_says_why() {
        let error = |text| Filter::parse(text).unwrap_err();
        assert_eq!(error("kinds=a"), "pages are not selected by `kinds`; did you mean `kind`?");
        assert!(error("zzzzzzz=a").contains("there are path, kind, tag, owner, name"));
        assert!(error("operate").contains("`kind=runbook`"));
        assert_eq!(error("tag=a,,b"), "a value of `tag` is empty");
        assert!(error("path=a[").contains("is not a glob"));
    }

    #[test]
    fn every_page_is_in_exactly_one_shard_whatever_other_pages_there_are() {
        for of in 1..9 {
            for page in 0..200 {
                let page = format!("do/page-{page}.md");
                let holding = (1..=of).filter(|&number| Shard { number, of }.holds(&page)).count();
                assert_eq!(holding, 1, "{page} of {of}");
            }
        }
        let of_three = |number| (0..300).filter(|n| Shard { number, of: 3 }.holds(&format!("{n}.md"))).count();
        assert!((1..=3).all(|number| of_three(number) > 70), "the parts are of about the same size");
        // Written down: another answer would move pages between the machines of somebody's CI.
        let pages = ["index.md", "do/remove-an-architecture.md", "operate/index.md", "a.md", "b.md", "c.md"];
        let numbers = pages.map(|page| (1..=3).find(|&number| Shard { number, of: 3 }.holds(page)));
        assert_eq!(numbers, [1, 1, 2, 3, 1, 1].map(Some));
    }

    #[test]
    fn what_is_no_shard_says_why() {
        assert_eq!(Shard::parse("2/5"), Ok(Shard { number: 2, of: 5 }));
        assert!(Shard::parse("0/5").unwrap_err().contains("counted from 1"));
        assert!(Shard::parse("6/5").unwrap_err().contains("no part 6 of 5"));
        for text in ["", "1", "1/", "a/b", "1/2/3", "-1/2"] {
            assert!(Shard::parse(text).unwrap_err().contains("`1/3`"), "{text}");
        }
    }
}
