//! What only PostgreSQL does, on real servers; what it does as the other engines do is in `database::tests`.

mod clients;
mod effects;
mod objects;
mod scripts;
mod statements;
mod unnoticed;
mod wal;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::*;
use crate::database::tests::Session;
use crate::runbook::effect::Effect;
use crate::sandbox::{Sandbox, test_sandbox};
use crate::span::SourceFile;

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

fn definition(schema: &str, seed: &str) -> Definition {
    Definition {
        name: "shop".into(),
        documented_name: "shop_production".into(),
        schema: SourceFile::new("schema.sql", schema),
        seed: (!seed.is_empty()).then(|| SourceFile::new("seed.sql", seed)),
    }
}

/// Where the rooms of these tests are: in memory, as in a run.
fn memory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// What is prepared for a version of the server, once for all tests of this user.
fn cache() -> PathBuf {
    std::env::temp_dir().join(format!("proofbook-test-engines-{}", rustix::process::geteuid().as_raw()))
}

fn prepare(definition: &Definition, sandbox: &Sandbox) -> Result<Template, PrepareError> {
    let (temporary, cache) = (memory(), cache());
    super::prepare(definition, Grounds { path: PATH, sandbox, temporary: &temporary, cache: &cache })
}

/// Whether the server is installed; says so if it is not, and fails if it has to be.
#[allow(clippy::print_stderr, reason = "who reads the tests' output is to know")]
fn is_missing() -> bool {
    let missing = super::programs::folder(PATH).is_none();
    if missing {
        let required =
            std::env::var("PROOFBOOK_REQUIRE").is_ok_and(|list| list.split(',').any(|name| name == "postgres"));
        assert!(!required, "PROOFBOOK_REQUIRE names postgres, and it is not installed");
        eprintln!("SKIPPED: PostgreSQL is not installed");
    }
    missing
}

/// A database without tables, made once for all tests; `None` if the server is not installed.
fn template() -> Option<&'static Template> {
    static TEMPLATE: OnceLock<Option<Template>> = OnceLock::new();
    let made = || (!is_missing()).then(|| prepare(&definition("", ""), &test_sandbox()).unwrap());
    TEMPLATE.get_or_init(made).as_ref()
}

/// Another session with the database `name` at `place`, as the program in a shell snippet has one.
pub(in crate::database) fn session(place: Place<'_>, name: &str) -> Session {
    let mut connection = session::again(&programs::address(place, name).unwrap()).unwrap();
    Box::new(move |sql, deadline| {
        statement::execute(&mut connection, sql, Until { deadline, stop: None }).map(|done| done.results)
    })
}

/// A page's database in a room of its own.
struct Shop {
    // Dropped in this order.
    database: Box<dyn Throwaway>,
    rented: Rented,
}

impl Shop {
    /// What `script` makes, measured already; `None` if the server is not installed.
    fn new(script: &str) -> Option<Self> {
        let mut shop = Self::of(template()?, &test_sandbox());
        shop.measured(script);
        shop.database.committed().remember().unwrap();
        Some(shop)
    }

    fn of(template: &Template, sandbox: &Sandbox) -> Self {
        let (temporary, cache) = (memory(), cache());
        let rented = Rented::new(Grounds { path: PATH, sandbox, temporary: &temporary, cache: &cache }).unwrap();
        let database = template.open(rented.place()).unwrap();
        Self { database, rented }
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
        for span in sql::statements(script, Engine::Postgres) {
            let statement = &script[span.start..span.end];
            self.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        self.database.committed().measure().unwrap()
    }

    /// The result of a query, drawn.
    fn shown(&mut self, sql: &str) -> String {
        let result = self.run(sql).unwrap().unwrap();
        let rows = result.rows.iter().map(|row| row.iter().map(|cell| cell.written()).collect::<Vec<_>>().join("|"));
        rows.collect::<Vec<_>>().join("\n")
    }

    /// Another session, as a program in a shell snippet has one.
    fn other(&self) -> Connection {
        let address = programs::address(self.rented.place(), "shop_production").unwrap();
        session::again(&address).unwrap()
    }
}

/// Runs each statement of `script` over `connection`.
fn run(connection: &mut Connection, script: &str) -> Result<(), StatementError> {
    for span in sql::statements(script, Engine::Postgres) {
        let limit = Until::within(Duration::from_secs(60));
        statement::execute(connection, &script[span.start..span.end], limit)?;
    }
    Ok(())
}
