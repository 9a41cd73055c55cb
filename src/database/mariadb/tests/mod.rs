//! What only MariaDB does, on real servers; what it does as the other engines do is in `database::tests`.

mod clients;
mod effects;
mod obs;
mod scripts;
mod statements;
mod undo;
mod unnoticed;

use std::sync::OnceLock;

use super::*;
use crate::database::SqlError;
use crate::database::tests::Session;
use crate::expect::Cell;
use crate::runbook::effect::Effect;
use crate::sandbox::{Sandbox, test_sandbox};
use crate::span::SourceFile;

fn definition(schema: &str, seed: &str) -> Definition {
    Definition {
        name: "shop".into(),
        documented_name: "shop_production".into(),
        schema: SourceFile::new("schema.sql", schema),
        seed: (!seed.is_empty()).then(|| SourceFile::new("seed.sql", seed)),
    }
}

/// What a server needs, in memory where there is such a folder.
struct Ground {
    path: String,
    sandbox: Sandbox,
    temporary: PathBuf,
    cache: PathBuf,
}

impl Ground {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let temporary = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        // Kept from one run of the tests to the next: making a data folder takes longer than all else.
        let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-engines");
        Self { path: std::env::var("PATH").unwrap(), sandbox: test_sandbox(), temporary, cache }
    }

    fn grounds(&self) -> Grounds<'_> {
        Grounds { path: &self.path, sandbox: &self.sandbox, temporary: &self.temporary, cache: &self.cache }
    }

    fn prepare(&self, definition: &Definition) -> Result<Template, PrepareError> {
        super::prepare(definition, self.grounds())
    }
}

/// Whether the server is installed. Where it is missing the tests say so and do nothing, unless PROOFBOOK_REQUIRE asks
/// for it.
#[allow(clippy::print_stderr, reason = "a test that does nothing says so")]
fn is_installed() -> bool {
    let found = server::find(&std::env::var("PATH").unwrap(), &["mariadbd", "mysqld"]).is_some();
    let required = std::env::var("PROOFBOOK_REQUIRE").unwrap_or_default();
    assert!(found || !required.split(',').any(|part| part == "mariadb"), "MariaDB is missing");
    if !found {
        eprintln!("SKIPPED: MariaDB is not installed");
    }
    found
}

/// What all tests share.
fn ground() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(Ground::new)
}

/// Another session with the database `name` at `place`, as the program in a shell snippet has one.
pub(in crate::database) fn session(place: Place<'_>, name: &str) -> Session {
    let mut connection = connect(&program::socket(place.folder), name).unwrap();
    Box::new(move |sql, deadline| statement::execute(&mut connection, sql, deadline, &AtomicBool::new(false)).result)
}

/// A page's database, in a room of its own.
struct Shop {
    database: Box<dyn Throwaway>,
    _supervisor: Supervisor,
    room: Room,
}

impl Shop {
    /// An empty database that `script` is then run in. One template serves all tests.
    fn new(script: &str) -> Option<Self> {
        static EMPTY: OnceLock<Template> = OnceLock::new();
        if !is_installed() {
            return None;
        }
        let mut shop = Self::open(EMPTY.get_or_init(|| ground().prepare(&definition("", "")).unwrap()));
        shop.measured(script);
        Some(shop)
    }

    fn open(template: &Template) -> Self {
        let ground = ground();
        let room = Room::create(&ground.temporary).unwrap();
        let supervisor = Supervisor::start(&ground.sandbox, &room).unwrap();
        let environment = room.environment(&ground.path);
        let (folder, private) = (room.database(), room.private());
        let place = Place { folder: &folder, private: &private, supervisor: &supervisor, environment: &environment };
        let database = template.open(place).unwrap();
        Self { database, _supervisor: supervisor, room }
    }

    fn run(&mut self, sql: &str) -> Result<Option<ResultSet>, StatementError> {
        let far = Instant::now() + Duration::from_secs(60);
        let mut results = self.database.execute(sql, far, &AtomicBool::new(false))?;
        assert!(results.len() <= 1, "{sql}: {results:?}");
        Ok(results.pop())
    }

    fn rows(&mut self, sql: &str) -> Vec<Vec<Cell>> {
        self.run(sql).unwrap().unwrap().rows
    }

    fn error(&mut self, sql: &str) -> SqlError {
        match self.run(sql) {
            Err(StatementError::Sql(error)) => error,
            other => panic!("{sql}: {other:?}"),
        }
    }

    /// Runs every statement of `script`, then measures; the effect in one line.
    fn effect(&mut self, script: &str) -> String {
        self.measured(script).promise().to_string()
    }

    fn measured(&mut self, script: &str) -> Effect {
        for span in sql::statements(script, Engine::Mariadb) {
            let statement = &script[span.start..span.end];
            self.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        self.database.committed().measure().unwrap()
    }

    /// Another writer, as the mariadb program in a shell snippet is one.
    fn other(&self) -> Connection {
        connect(&program::socket(&self.room.database()), "shop_production").unwrap()
    }
}

fn number(digits: &str) -> Cell {
    Cell::Number(digits.into())
}

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}
