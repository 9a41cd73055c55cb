//! What the project says about itself: `proofbook.toml`, and the strict reading it shares with front matter.
//!
//! Takes text, gives a `Config` and diagnostics. Must stay true: every key is known, typed and has a place; a project
//! without a configuration file has the defaults.

mod color;
mod contrast;
mod engine;
mod fields;
pub mod tree;
mod volatile;

use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

pub use color::Colors;
pub use engine::Engine;
pub use fields::{Fields, Spanned};
pub use volatile::VolatileColumn;

use crate::address;
use crate::diagnostic::{Diagnostic, Place};
use crate::path::RelativePath;
use crate::span::{SourceFile, Span};

/// The name of the configuration file, in the project's root.
pub const FILE_NAME: &str = "proofbook.toml";

/// The project's configuration, every default filled in.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from, if there is one.
    pub file: Option<Arc<SourceFile>>,
    /// The site's title.
    pub title: String,
    /// One sentence on the site, for search engines and the home page's head.
    pub description: Option<String>,
    /// Where the site is published, without a final `/`; only then are there absolute addresses.
    pub base_url: Option<String>,
    /// The address of the repository and its branch, for edit links.
    pub repository: Option<Repository>,
    /// The folder below `themes/` whose files replace the compiled-in ones.
    pub theme: String,
    /// The colours of the theme.
    pub colors: Colors,
    /// Which pages run, and what their snippets may read.
    pub run: RunSettings,
    /// The databases pages can name, in order of name.
    pub databases: Vec<DatabaseConfig>,
}

/// Where the sources are edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The repository's address, without a final `/`.
    pub address: String,
    /// The branch to edit.
    pub branch: String,
}

impl Repository {
    /// The address that opens `path` (from the project's root) in the host's editor.
    ///
    /// GitLab puts a `/-/` before its verbs (GitLab documentation, "Web Editor"); GitHub, Gitea and Forgejo do not.
    pub fn edit_address(&self, path: &str) -> String {
        let verb = if self.address.contains("gitlab") { "-/edit" } else { "edit" };
        let path: String = address::path(path.as_bytes());
        format!("{}/{verb}/{}/{path}", self.address, self.branch)
    }
}

/// The table `[run]`.
#[derive(Debug, Clone, Default)]
pub struct RunSettings {
    /// The globs of `pages`; all pages if `None`.
    pages: Option<GlobSet>,
    /// Folders that snippets may read and start programs from, beside those of the system and those on `PATH`. Each is
    /// absolute, or begins with `~/` for the home of whoever runs the pages.
    pub readable: Vec<String>,
}

impl RunSettings {
    /// Whether the page at `path` (below `content/`) runs.
    pub fn holds(&self, path: &RelativePath) -> bool {
        self.pages.as_ref().is_none_or(|globs| globs.is_match(path.as_str()))
    }
}

/// One `[database.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// Its name: pages say `database = "NAME"`, its files lie in `content/_databases/NAME/`.
    pub name: String,
    /// The name the documentation calls it by in commands; the database's own name if not given.
    pub documented_name: String,
    /// The columns that may differ from run to run, so that a difference in them is no change.
    pub volatile: Vec<Spanned<VolatileColumn>>,
    /// Where it is configured.
    pub span: Span,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            file: None,
            title: "Documentation".into(),
            description: None,
            base_url: None,
            repository: None,
            theme: "default".into(),
            colors: Colors::default(),
            run: RunSettings::default(),
            databases: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the configuration file.
    pub fn parse(file: &Arc<SourceFile>) -> (Self, Vec<Diagnostic>) {
        let (table, mut diagnostics) = tree::parse_toml(file, Span::new(0, file.text().len()));
        let mut fields = Fields::new(file, &table, "the configuration");
        let defaults = Self::default();
        let repository = fields.text("repository");
        let branch = fields.text("branch");
        if let (None, Some(branch)) = (&repository, &branch) {
            fields.report(
                Diagnostic::error("branch-of-nothing", Place::new(file, branch.span), "`branch` without `repository`")
                    .hint("add the `repository` it is a branch of, or remove it"),
            );
        }
        let base_url = fields.text("base_url").and_then(|url| checked_address(&mut fields, file, "base_url", url));
        let config = Self {
            file: Some(Arc::clone(file)),
            title: fields.text("title").map_or(defaults.title, |title| title.value),
            description: fields.text("description").map(|description| description.value),
            base_url,
            repository: repository.and_then(|address| checked_address(&mut fields, file, "repository", address)).map(
                |address| Repository { address, branch: branch.map_or_else(|| "main".into(), |branch| branch.value) },
            ),
            theme: fields
                .text("theme")
                .and_then(|theme| checked_theme(&mut fields, file, theme))
                .unwrap_or(defaults.theme),
            colors: Colors::read(&mut fields, file),
            run: run_settings(&mut fields, file),
            databases: databases(&mut fields, file),
        };
        diagnostics.extend(fields.finish());
        (config, diagnostics)
    }
}

fn checked_address(fields: &mut Fields<'_>, file: &Arc<SourceFile>, key: &str, url: Spanned<String>) -> Option<String> {
    let rest = url.value.strip_prefix("https://").or_else(|| url.value.strip_prefix("http://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/') || rest.contains([' ', '?', '#', '"', '<'])) {
        let message = format!("`{key}` is not an address: `{}`", url.value);
        fields.report(
            Diagnostic::error("bad-address", Place::new(file, url.span), message)
                .hint(format!("write it in full, such as `{key} = \"https://docs.example.org/handbook\"`")),
        );
        return None;
    }
    Some(url.value.trim_end_matches('/').to_owned())
}

fn checked_theme(fields: &mut Fields<'_>, file: &Arc<SourceFile>, theme: Spanned<String>) -> Option<String> {
    if theme.value.contains(['/', '\\']) || theme.value.starts_with('.') {
        let message = format!("`theme` is the name of a folder below `themes/`, not a path: `{}`", theme.value);
        fields.report(Diagnostic::error("bad-theme", Place::new(file, theme.span), message));
        return None;
    }
    Some(theme.value)
}

fn run_settings(fields: &mut Fields<'_>, file: &Arc<SourceFile>) -> RunSettings {
    let Some(table) = fields.table("run") else { return RunSettings::default() };
    let mut run = Fields::new(file, table, "`[run]`");
    let globs = run.texts("pages").map(|pages| {
        let mut builder = GlobSetBuilder::new();
        for page in pages.value {
            match GlobBuilder::new(&page.value).literal_separator(true).build() {
                Ok(glob) => {
                    builder.add(glob);
                }
                Err(error) => run.report(
                    Diagnostic::error(
                        "bad-glob",
                        Place::new(file, page.span),
                        format!("`{}` is not a glob: {}", page.value, error.kind()),
                    )
                    .hint("write for example `operate/**` or `do/remove-*.md`"),
                ),
            }
        }
        builder.build().unwrap_or_else(|_| GlobSet::empty())
    });
    let mut readable = Vec::new();
    for folder in run.texts("readable").map(|folders| folders.value).unwrap_or_default() {
        let inner = folder.value.strip_prefix("~/").or_else(|| folder.value.strip_prefix('/'));
        let is_folder = inner.is_some_and(|inner| {
            !inner.trim_matches('/').is_empty() && inner.split('/').all(|part| part != "..") && !inner.contains(':')
        });
        if is_folder {
            readable.push(folder.value);
        } else {
            let message = format!("`{}` cannot be made readable", folder.value);
            run.report(
                Diagnostic::error("bad-folder", Place::new(file, folder.span), message)
                    .note("snippets see no more of the machine than they need, so each folder is named in full")
                    .hint("write an absolute path or one below your home, such as `~/.pyenv`"),
            );
        }
    }
    for diagnostic in run.finish() {
        fields.report(diagnostic);
    }
    RunSettings { pages: globs, readable }
}

fn databases(fields: &mut Fields<'_>, file: &Arc<SourceFile>) -> Vec<DatabaseConfig> {
    let Some(table) = fields.table("database") else { return Vec::new() };
    let mut databases = Vec::new();
    for entry in &table.entries {
        let tree::Value::Table(settings) = &entry.node.value else {
            let message = format!("`database.{}` must be a table", entry.key);
            fields.report(
                Diagnostic::error("wrong-type", Place::new(file, entry.node.span), message)
                    .hint(format!("write `[database.{}]`", entry.key)),
            );
            continue;
        };
        let mut inner = Fields::new(file, settings, "a `[database.NAME]` table");
        let documented_name = inner.text("documented_name").map_or_else(|| entry.key.clone(), |name| name.value);
        let volatile = volatile::columns(&mut inner, file);
        for diagnostic in inner.finish() {
            fields.report(diagnostic);
        }
        let plain = !entry.key.is_empty() && entry.key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        if !plain {
            fields.report(Diagnostic::error(
                "bad-database-name",
                Place::new(file, entry.key_span),
                format!("`{}` is not a database name: letters, digits, `_` and `-` are allowed", entry.key),
            ));
            continue;
        }
        databases.push(DatabaseConfig { name: entry.key.clone(), documented_name, volatile, span: entry.key_span });
    }
    databases.sort_by(|a, b| a.name.cmp(&b.name));
    databases
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Config, Vec<String>) {
        let file = SourceFile::new(FILE_NAME, text);
        let (config, diagnostics) = Config::parse(&file);
        let messages = diagnostics
            .iter()
            .map(|d| format!("{} {}; {}", d.place.location(), d.message, d.hint.as_deref().unwrap_or("-")))
            .collect();
        (config, messages)
    }

    #[test]
    fn a_full_configuration_is_read() {
        let (config, messages) = parse(
            "title = 'T'\nbase_url = 'https://x.org/a/'\nrepository = 'https://github.com/o/r'\n\
             [run]\npages = ['do/**']\n[database.obs]\ndocumented_name = 'api_production'\n",
        );
        assert_eq!(messages, Vec::<String>::new());
        assert_eq!(config.base_url.as_deref(), Some("https://x.org/a"));
        assert_eq!(
            config.repository.unwrap().edit_address("content/a b.md"),
            "https://github.com/o/r/edit/main/content/a%20b.md"
        );
        assert_eq!(config.databases[0].documented_name, "api_production");
        assert!(config.run.holds(&RelativePath::parse("do/x/y.md").unwrap()));
        assert!(!config.run.holds(&RelativePath::parse("learn/y.md").unwrap()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_a_way_out() {
        let (_, messages) =
            parse("titel = 'T'\ntheme = 3\nbase_url = 'x.org'\n[run]\npage = []\n[database]\nobs = 1\n");
        assert_eq!(
            messages,
            [
                "3:12 `base_url` is not an address: `x.org`; write it in full, such as `base_url = \"https://docs.example.org/handbook\"`",
                "2:9 `theme` must be text, but is a whole number; write for example `\"a text\"`",
                "5:1 `page` is not a key of `[run]`; did you mean `pages`?",
                "7:7 `database.obs` must be a table; write `[database.obs]`",
                "1:1 `titel` is not a key of the configuration; did you mean `title`?",
            ]
        );
    }

    #[test]
    fn a_branch_belongs_to_a_repository() {
        let (_, messages) = parse("branch = 'dev'\n");
        assert_eq!(
            messages,
            ["1:10 `branch` without `repository`; add the `repository` it is a branch of, or remove it"]
        );
    }

    #[test]
    fn toml_that_does_not_parse_has_a_place() {
        let (_, messages) = parse("title = 'T'\nx = = 2\n");
        assert!(messages[0].starts_with("2:5 this is not TOML: "), "{messages:?}");
    }
}
