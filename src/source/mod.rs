//! What is on disk: the only reader of a project's input files.
//!
//! Takes the project's root, gives a `SourceTree` and diagnostics; `history` asks git when pages were changed. Must stay true: names that start with `_` or `.` are
//! never pages or assets; a file that cannot be read as text is a diagnostic, not a page less.

mod history;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

pub use history::{History, read as history};

use crate::config::{self, Config, DatabaseConfig, Engine};
use crate::diagnostic::{Diagnostic, Place};
use crate::path::RelativePath;
use crate::span::{SourceFile, Span};

/// The folder of pages, in the project's root.
pub const CONTENT: &str = "content";
/// The folder of themes, in the project's root.
pub const THEMES: &str = "themes";
/// The list of published addresses, in the project's root.
pub const PUBLISHED: &str = "published.txt";
/// The folder of databases, in `content/`.
pub const DATABASES: &str = "_databases";

/// Everything a project's folder says.
#[derive(Debug)]
pub struct SourceTree {
    /// The project's root.
    pub root: PathBuf,
    /// The configuration.
    pub config: Config,
    /// The pages, in order of path below `content/`.
    pub pages: Vec<(RelativePath, Arc<SourceFile>)>,
    /// The other files of `content/`, by path below it.
    pub assets: BTreeMap<RelativePath, Arc<[u8]>>,
    /// The files of the configured theme, by path below `themes/NAME/`.
    pub theme: BTreeMap<RelativePath, Arc<[u8]>>,
    /// The list of published addresses, if there is one.
    pub published: Option<Arc<SourceFile>>,
    /// The configured databases whose schema is there.
    pub databases: Vec<DatabaseSource>,
}

/// The scripts of one database.
#[derive(Debug, Clone)]
pub struct DatabaseSource {
    /// How it is configured.
    pub config: DatabaseConfig,
    scripts: BTreeMap<String, Arc<SourceFile>>,
}

impl DatabaseSource {
    /// The schema for `engine`: `schema.ENGINE.sql` if there is one, else `schema.sql`.
    pub fn schema(&self, engine: Engine) -> Option<&Arc<SourceFile>> {
        self.script("schema", engine)
    }

    /// The seed rows for `engine`, likewise.
    pub fn seed(&self, engine: Engine) -> Option<&Arc<SourceFile>> {
        self.script("seed", engine)
    }

    fn script(&self, name: &str, engine: Engine) -> Option<&Arc<SourceFile>> {
        self.scripts.get(&format!("{name}.{engine}.sql")).or_else(|| self.scripts.get(&format!("{name}.sql")))
    }
}

/// Why a project could not be read.
#[derive(Debug)]
pub enum SourceError {
    /// There is no `content/` folder.
    NoContent {
        /// Where it was looked for.
        root: PathBuf,
    },
    /// The system refused to read.
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoContent { root } => write!(f, "there is no `{CONTENT}` folder in {}", root.display()),
            Self::Unreadable { path, error } => write!(f, "{} cannot be read: {error}", path.display()),
        }
    }
}

impl std::error::Error for SourceError {}

impl SourceError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoContent { .. } => {
                "run it in a project's folder, name one with `--root DIR`, or make one with `proofbook init`"
            }
            Self::Unreadable { .. } => "check that the file exists and that you may read it",
        }
    }
}

/// The project around `start`: the nearest folder, from `start` up, with a configuration file; else `start` itself.
pub fn find_root(start: &Path) -> PathBuf {
    start.ancestors().find(|folder| folder.join(config::FILE_NAME).is_file()).unwrap_or(start).to_path_buf()
}

/// Reads the project at `root`.
pub fn read(root: &Path) -> Result<(SourceTree, Vec<Diagnostic>), SourceError> {
    let mut diagnostics = Vec::new();
    let content = root.join(CONTENT);
    if !content.is_dir() {
        return Err(SourceError::NoContent { root: root.to_path_buf() });
    }
    let config = configuration(root, &mut diagnostics)?;
    let mut tree = SourceTree {
        root: root.to_path_buf(),
        pages: Vec::new(),
        assets: BTreeMap::new(),
        theme: BTreeMap::new(),
        published: published(root, &mut diagnostics)?,
        databases: Vec::new(),
        config,
    };
    for (path, bytes) in files(&content)? {
        if path.as_str().ends_with(".md") {
            let file = text(&format!("{CONTENT}/{path}"), &bytes, &mut diagnostics);
            tree.pages.push((path, file));
        } else {
            if let Some(ending) = other_markdown(&path) {
                let file = SourceFile::new(format!("{CONTENT}/{path}"), String::from_utf8_lossy(&bytes));
                diagnostics.push(
                    Diagnostic::error(
                        "other-markdown",
                        Place::new(&file, Span::new(0, file.line(1).len())),
                        format!("a page ends in `.md`, this file in `{ending}`"),
                    )
                    .note("it would be published as it is, and nothing in it would run")
                    .hint(format!("rename it to `{}.md`", path.stem())),
                );
            }
            tree.assets.insert(path, bytes.into());
        }
    }
    tree.theme = theme(root, &tree.config, &mut diagnostics)?;
    for database in &tree.config.databases {
        tree.databases.extend(self::database(root, &tree.config, database, &mut diagnostics)?);
    }
    Ok((tree, diagnostics))
}

/// The ending of a file that a writer may take for a page, and is none.
fn other_markdown(path: &RelativePath) -> Option<&str> {
    let (_, ending) = path.file_name().rsplit_once('.')?;
    let at = path.as_str().len() - ending.len() - 1;
    let is_markdown = ["md", "markdown", "mdown", "mkd", "mdx"].iter().any(|known| ending.eq_ignore_ascii_case(known));
    is_markdown.then(|| &path.as_str()[at..])
}

fn configuration(root: &Path, diagnostics: &mut Vec<Diagnostic>) -> Result<Config, SourceError> {
    let path = root.join(config::FILE_NAME);
    if !path.exists() {
        return Ok(Config::default());
    }
    let file = text(config::FILE_NAME, &bytes(&path)?, diagnostics);
    let (config, found) = Config::parse(&file);
    diagnostics.extend(found);
    Ok(config)
}

fn published(root: &Path, diagnostics: &mut Vec<Diagnostic>) -> Result<Option<Arc<SourceFile>>, SourceError> {
    let path = root.join(PUBLISHED);
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some(text(PUBLISHED, &bytes(&path)?, diagnostics)))
}

fn theme(
    root: &Path,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<RelativePath, Arc<[u8]>>, SourceError> {
    let folder = root.join(THEMES).join(&config.theme);
    if !folder.is_dir() {
        // The compiled-in theme is called `default`; any other name means files that must be there.
        if let Some(file) = config.file.as_ref().filter(|_| config.theme != Config::default().theme) {
            let span = file
                .text()
                .find(&format!("\"{}\"", config.theme))
                .map_or(Span::new(0, 0), |at| Span::new(at, at + config.theme.len() + 2));
            diagnostics.push(
                Diagnostic::error(
                    "no-theme",
                    Place::new(file, span),
                    format!("there is no folder `{THEMES}/{}`", config.theme),
                )
                .hint("create it with the files that replace the built-in ones, or remove `theme`"),
            );
        }
        return Ok(BTreeMap::new());
    }
    Ok(files(&folder)?.into_iter().map(|(path, bytes)| (path, bytes.into())).collect())
}

fn database(
    root: &Path,
    config: &Config,
    database: &DatabaseConfig,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Option<DatabaseSource>, SourceError> {
    let folder = format!("{CONTENT}/{DATABASES}/{}", database.name);
    let of_engines = |name: &str| Engine::ALL.map(|engine| format!("{name}.{engine}.sql"));
    let known: Vec<String> = ["schema", "seed"]
        .iter()
        .flat_map(|name| std::iter::once(format!("{name}.sql")).chain(of_engines(name)))
        .collect();
    let mut scripts = BTreeMap::new();
    let there = root.join(&folder);
    for (path, bytes) in if there.is_dir() { files(&there)? } else { Vec::new() } {
        let whole = format!("{folder}/{path}");
        if known.iter().any(|name| name == path.as_str()) {
            scripts.insert(path.to_string(), text(&whole, &bytes, diagnostics));
        } else if path.as_str().ends_with(".sql") {
            let file = text(&whole, &bytes, diagnostics);
            diagnostics.push(
                Diagnostic::error(
                    "unknown-script",
                    Place::new(&file, Span::new(0, 0)),
                    format!("`{whole}` is no script of a database"),
                )
                .note("nothing would read it")
                .suggest(path.as_str(), known.iter().map(String::as_str)),
            );
        }
    }
    if scripts.keys().any(|name| name.starts_with("schema")) {
        return Ok(Some(DatabaseSource { config: database.clone(), scripts }));
    }
    if let Some(file) = &config.file {
        diagnostics.push(
            Diagnostic::error(
                "no-schema",
                Place::new(file, database.span),
                format!("the database `{}` has no schema", database.name),
            )
            .label(format!("`{folder}/schema.sql` does not exist"))
            .note("a page that runs on it would have nothing to run on")
            .hint(format!(
                "create the file with the CREATE TABLE statements, or remove `[database.{}]`",
                database.name
            )),
        );
    }
    Ok(None)
}

/// The files below `folder`, in order of path. Names that start with `_` or `.` are left out, with all below them.
fn files(folder: &Path) -> Result<Vec<(RelativePath, Vec<u8>)>, SourceError> {
    let mut files = Vec::new();
    let hidden = |name: &str| name.starts_with(['_', '.']);
    let walk = WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !hidden(&entry.file_name().to_string_lossy()));
    for entry in walk {
        // A hidden link that leads nowhere is refused before it is filtered; Emacs locks files with such links.
        let is_hidden = |error: &walkdir::Error| {
            error.path().and_then(Path::file_name).is_some_and(|name| hidden(&name.to_string_lossy()))
        };
        if entry.as_ref().err().is_some_and(is_hidden) {
            continue;
        }
        let entry = entry.map_err(|error| SourceError::Unreadable {
            path: error.path().unwrap_or(folder).to_path_buf(),
            error: error.into(),
        })?;
        if !entry.file_type().is_file() {
            continue;
        }
        let parts = entry.path().strip_prefix(folder).unwrap_or(entry.path()).components();
        let relative = parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        let path = RelativePath::parse(&relative).map_err(|error| SourceError::Unreadable {
            path: entry.path().to_path_buf(),
            error: io::Error::new(io::ErrorKind::InvalidInput, error.to_string()),
        })?;
        files.push((path, bytes(entry.path())?));
    }
    Ok(files)
}

fn bytes(path: &Path) -> Result<Vec<u8>, SourceError> {
    std::fs::read(path).map_err(|error| SourceError::Unreadable { path: path.to_path_buf(), error })
}

fn text(name: &str, bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> Arc<SourceFile> {
    match std::str::from_utf8(bytes) {
        Ok(text) => SourceFile::new(name, text),
        Err(error) => {
            let file = SourceFile::new(name, String::from_utf8_lossy(bytes));
            let at = error.valid_up_to();
            diagnostics.push(
                Diagnostic::error(
                    "not-utf8",
                    Place::new(&file, Span::new(at, at + '\u{fffd}'.len_utf8())),
                    "this file is not UTF-8 text",
                )
                .label("the first byte that is not")
                .hint("save it as UTF-8"),
            );
            file
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        folder
    }

    #[test]
    fn hidden_names_are_left_out_also_links_that_lead_nowhere() {
        let project = project(&[("content/a.md", b""), ("content/_x/b.md", b""), ("content/.c.md", b"")]);
        std::os::unix::fs::symlink("me@host.1", project.path().join("content/.#a.md")).unwrap();
        let (tree, diagnostics) = read(project.path()).unwrap();
        let pages: Vec<&str> = tree.pages.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!((pages, diagnostics.len()), (vec!["a.md"], 0));
    }

    #[test]
    fn a_page_by_another_ending_is_told() {
        let folder = project(&[("content/a.MD", b"# A\n"), ("content/b.markdown", b""), ("content/c.txt", b"")]);
        let (_, diagnostics) = read(folder.path()).unwrap();
        let told: Vec<(&str, &str)> =
            diagnostics.iter().map(|d| (d.message.as_str(), d.hint.as_deref().unwrap_or_default())).collect();
        assert_eq!(
            told,
            [
                ("a page ends in `.md`, this file in `.MD`", "rename it to `a.md`"),
                ("a page ends in `.md`, this file in `.markdown`", "rename it to `b.md`"),
            ]
        );
    }

    #[test]
    fn what_is_not_utf8_has_a_place() {
        let project = project(&[("content/a.md", b"\xc3\xa9 \xff x")]);
        let (_, diagnostics) = read(project.path()).unwrap();
        assert_eq!(diagnostics[0].place.location().to_string(), "1:3");
        assert_eq!(diagnostics[0].place.file.slice(diagnostics[0].place.span), "\u{fffd}");
    }

    #[test]
    fn a_script_nobody_reads_is_named() {
        let project = project(&[
            ("proofbook.toml", b"[database.obs]\n"),
            ("content/_databases/obs/schema.sql", b"CREATE TABLE a (b);"),
            ("content/_databases/obs/sed.sql", b"INSERT INTO a VALUES (1);"),
        ]);
        let (_, diagnostics) = read(project.path()).unwrap();
        let messages: Vec<_> = diagnostics.iter().map(|d| (d.message.as_str(), d.hint.as_deref())).collect();
        let message = "`content/_databases/obs/sed.sql` is no script of a database";
        assert_eq!(messages, [(message, Some("did you mean `seed.sql`?"))]);
    }
}
