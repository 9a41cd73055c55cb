//! A first site for `proofbook init`: small, working, proved.
//!
//! Takes an engine and a folder, writes the files of `site/` into it. What the engines share is there once; where a page
//! differs, it names a part of the engine's own in braces. Must stay true: nothing that is there is overwritten, and
//! `proofbook build --verify` in the result passes.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::config::Engine;

/// What is written in another way for each engine.
struct Dialect {
    schema: &'static str,
    seed: &'static str,
    /// What stands in the runbook for each of its names in braces.
    parts: [(&'static str, &'static str); 5],
}

fn dialect(engine: Engine) -> Dialect {
    match engine {
        Engine::Sqlite => Dialect {
            schema: include_str!("site/sqlite/schema.sql"),
            seed: include_str!("site/sqlite/seed.sql"),
            parts: [("{engines}", ""), ("{true}", "1"), ("{false}", "0"), ("{shell}", ""), ("{refused}", "")],
        },
        Engine::Mariadb => Dialect {
            schema: include_str!("site/mariadb/schema.sql"),
            seed: include_str!("site/mariadb/seed.sql"),
            parts: [
                ("{engines}", "engines = [\"mariadb\"]\n"),
                ("{true}", "TRUE"),
                ("{false}", "FALSE"),
                ("{shell}", include_str!("site/mariadb/shell.md")),
                ("{refused}", include_str!("site/mariadb/refused.md")),
            ],
        },
        Engine::Postgres => Dialect {
            schema: include_str!("site/postgres/schema.sql"),
            seed: include_str!("site/postgres/seed.sql"),
            parts: [
                ("{engines}", "engines = [\"postgres\"]\n"),
                ("{true}", "true"),
                ("{false}", "false"),
                ("{shell}", include_str!("site/postgres/shell.md")),
                ("{refused}", include_str!("site/postgres/refused.md")),
            ],
        },
    }
}

/// The files, each with its text.
fn files(engine: Engine) -> [(&'static str, Cow<'static, str>); 7] {
    let Dialect { schema, seed, parts } = dialect(engine);
    let runbook = include_str!("site/runbooks/close-an-account.md");
    let runbook = parts.iter().fold(runbook.to_owned(), |text, (name, part)| text.replace(name, part));
    [
        ("proofbook.toml", include_str!("site/proofbook.toml").into()),
        ("content/index.md", include_str!("site/index.md").into()),
        ("content/runbooks/index.md", include_str!("site/runbooks/index.md").into()),
        ("content/runbooks/close-an-account.md", runbook.into()),
        ("content/_databases/shop/schema.sql", schema.into()),
        ("content/_databases/shop/seed.sql", seed.into()),
        (".gitignore", "/public/\n/.proofbook/\n".into()),
    ]
}

/// Why no site was made.
#[derive(Debug)]
pub enum ScaffoldError {
    /// There is something in the way.
    Exists {
        /// What.
        path: PathBuf,
    },
    /// The system refused to write.
    Unwritable {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl fmt::Display for ScaffoldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists { path } => write!(f, "{} is already there; nothing was written", path.display()),
            Self::Unwritable { path, error } => write!(f, "{} cannot be written: {error}", path.display()),
        }
    }
}

impl std::error::Error for ScaffoldError {}

impl ScaffoldError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "choose an empty folder: `proofbook init DIR`",
            Self::Unwritable { .. } => "check the folder's rights and the space left",
        }
    }
}

/// Writes the site for `engine` into `folder`, made if it is not there. Gives the paths written.
pub fn write(folder: &Path, engine: Engine) -> Result<Vec<&'static str>, ScaffoldError> {
    // `content` and the configuration make a project; single files beside them (a `.gitignore`) may be there.
    let in_the_way = ["content", "proofbook.toml"].iter().map(|name| folder.join(name)).find(|path| path.exists());
    if let Some(path) = in_the_way {
        return Err(ScaffoldError::Exists { path });
    }
    let mut written = Vec::new();
    for (name, text) in files(engine) {
        let path = folder.join(name);
        if path.exists() {
            continue;
        }
        let write = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, text.as_bytes())
        };
        write().map_err(|error| ScaffoldError::Unwritable { path: path.clone(), error })?;
        written.push(name);
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_braces_is_filled_in() {
        for engine in Engine::ALL {
            for (name, text) in files(engine) {
                assert!(!text.contains('{') && !text.contains("\n\n\n"), "{engine}: {name}: {text}");
            }
        }
    }
}
