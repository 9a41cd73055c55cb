//! What only SQLite does; what it does as the other engines do is in `database::tests`.

mod clients;
mod containment;
mod effects;
mod random;
mod scripts;
mod statements;
mod undo;
mod unnoticed;

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::config::Engine;
use crate::database::tests::Session;
use crate::runbook::effect::Effect;
use crate::span::SourceFile;

fn definition(schema: &str, seed: &str) -> Definition {
    Definition {
        name: "shop".into(),
        documented_name: "shop_production".into(),
        schema: SourceFile::new("schema.sql", schema),
        seed: (!seed.is_empty()).then(|| SourceFile::new("seed.sql", seed)),
    }
}

/// Another session with the database at `place`, as the program in a shell snippet has one.
pub(in crate::database) fn session(place: Place<'_>) -> Session {
    let mut connection = connect(&place.folder.canonicalize().unwrap().join(FILE_NAME)).unwrap();
    Box::new(move |sql, deadline| {
        statement::execute(&mut connection, sql, deadline, &AtomicBool::new(false))
            .map(|result| result.into_iter().collect())
    })
}

/// A database in a folder of its own.
struct Shop {
    database: Box<dyn Throwaway>,
    _folder: TempDir,
}

impl Shop {
    fn new(script: &str) -> Self {
        let prepared = super::prepare(&definition(script, "")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { database: prepared.copy(folder.path()).unwrap(), _folder: folder }
    }

    fn run(&mut self, sql: &str) -> Result<Option<ResultSet>, StatementError> {
        let far = Instant::now() + Duration::from_secs(60);
        let mut results = self.database.execute(sql, far, &AtomicBool::new(false))?;
        assert!(results.len() <= 1, "{sql}: {results:?}");
        Ok(results.pop())
    }

    /// Runs every statement of `script`, then measures; the effect in one line.
    fn effect(&mut self, script: &str) -> String {
        self.measured(script).promise().to_string()
    }

    fn measured(&mut self, script: &str) -> Effect {
        for span in crate::runbook::sql::statements(script, Engine::Sqlite) {
            let statement = &script[span.start..span.end];
            self.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        self.database.committed().measure().unwrap()
    }

    fn path(&self) -> &Path {
        self.database.path().unwrap()
    }

    /// Another writer, as the sqlite3 program in a shell snippet is one.
    fn other(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}
