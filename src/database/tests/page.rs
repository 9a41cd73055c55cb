//! A page's database as the runner makes it: a room with its supervisor, in it a copy of what was prepared.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::config::Engine;
use crate::database::{
    Definition, Grounds, Place, PrepareError, Prepared, SqlError, StatementError, Throwaway, mariadb, postgres, sqlite,
};
use crate::expect::{Cell, ResultSet};
use crate::runbook::effect::Effect;
use crate::runbook::sql;
use crate::sandbox::{AsUser, Order, ProcessLimits, Room, Supervisor, find_program, test_sandbox};
use crate::span::SourceFile;

/// The documented name of the database of most cases.
pub(super) const NAME: &str = "shop_production";

/// A session of its own with a page's database: runs one statement until a deadline.
pub(in crate::database) type Session = Box<dyn FnMut(&str, Instant) -> Result<Vec<ResultSet>, StatementError> + Send>;

/// What no statement comes near that is to end.
pub(super) fn far() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// A time that is soon over.
pub(super) fn soon() -> Instant {
    Instant::now() + Duration::from_millis(100)
}

/// Where programs are looked for.
fn path() -> String {
    std::env::var("PATH").unwrap()
}

/// Loads a database called `name` from its scripts.
pub(super) fn prepare(engine: Engine, name: &str, schema: &str, seed: &str) -> Result<Box<dyn Prepared>, PrepareError> {
    let definition = Definition {
        name: "shop".into(),
        documented_name: name.into(),
        schema: SourceFile::new("schema.sql", schema),
        seed: (!seed.is_empty()).then(|| SourceFile::new("seed.sql", seed)),
    };
    // Kept from one run of the tests to the next: making a data folder takes longer than all else.
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-engines");
    let (path, sandbox, temporary) = (path(), test_sandbox(), temporary());
    let grounds = Grounds { path: &path, sandbox: &sandbox, temporary: &temporary, cache: &cache };
    crate::database::prepare(engine, &definition, grounds)
}

/// Where rooms are: in memory where there is such a folder, as in a run.
fn temporary() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// An empty database; `None`, said aloud, if its server is not installed.
#[allow(clippy::print_stderr, reason = "who reads the tests' output sees what they did not prove")]
pub(super) fn prepare_if_installed(engine: Engine) -> Option<Box<dyn Prepared>> {
    match prepare(engine, NAME, "", "") {
        Ok(prepared) => Some(prepared),
        Err(PrepareError::NotInstalled { message, .. }) => {
            assert!(!is_required(&engine.to_string()), "PROOFBOOK_REQUIRE names {engine}: {message}");
            eprintln!("SKIPPED: {message}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn is_required(part: &str) -> bool {
    std::env::var("PROOFBOOK_REQUIRE").unwrap_or_default().split(',').any(|name| name == part)
}

/// One page's database.
pub(super) struct Page {
    // Dropped in this order.
    pub(super) database: Box<dyn Throwaway>,
    supervisor: Supervisor,
    room: Room,
    engine: Engine,
    /// The database's name.
    name: String,
}

impl Page {
    /// A copy of `prepared`, whose database is called `name`.
    pub(super) fn open(prepared: &dyn Prepared, engine: Engine, name: &str) -> Self {
        let room = Room::create(&temporary()).unwrap();
        let supervisor = Supervisor::start(&test_sandbox(), &room).unwrap();
        let environment = room.environment(&path());
        let (folder, private) = (room.database(), room.private());
        let place = Place { folder: &folder, private: &private, supervisor: &supervisor, environment: &environment };
        let database = prepared.open(place).unwrap();
        Self { database, supervisor, room, engine, name: name.to_owned() }
    }

    /// What one statement gives.
    pub(super) fn run(&mut self, sql: &str) -> Result<Vec<ResultSet>, StatementError> {
        self.database.execute(sql, far(), &AtomicBool::new(false))
    }

    /// The rows of the one result of a query.
    pub(super) fn rows(&mut self, sql: &str) -> Vec<Vec<Cell>> {
        let mut results = self.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(results.len(), 1, "{sql}");
        results.remove(0).rows
    }

    /// What the engine says about a statement it refuses.
    pub(super) fn error(&mut self, sql: &str) -> SqlError {
        match self.run(sql) {
            Err(StatementError::Sql(error)) => error,
            other => panic!("{sql}: {other:?}"),
        }
    }

    /// Runs every statement of `script`, then measures.
    pub(super) fn measured(&mut self, script: &str) -> Effect {
        for span in sql::statements(script, self.engine) {
            let statement = &script[span.start..span.end];
            self.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        self.database.committed().measure().unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// The same, in one line.
    pub(super) fn effect(&mut self, script: &str) -> String {
        self.measured(script).promise().to_string()
    }

    /// What differs from the remembered state, in one line.
    pub(super) fn since(&mut self) -> String {
        self.database.committed().since_remembered().unwrap().promise().to_string()
    }

    /// Another session, as a program in a shell snippet has one.
    pub(super) fn other(&self) -> Other {
        let environment = self.room.environment(&path());
        let (folder, private) = (self.room.database(), self.room.private());
        let supervisor = &self.supervisor;
        let place = Place { folder: &folder, private: &private, supervisor, environment: &environment };
        let session = match self.engine {
            Engine::Sqlite => sqlite::tests::session(place),
            Engine::Mariadb => mariadb::tests::session(place, &self.name),
            Engine::Postgres => postgres::tests::session(place, &self.name),
        };
        Other { session, engine: self.engine }
    }

    /// The folder of the database.
    pub(super) fn folder(&self) -> PathBuf {
        self.room.database()
    }

    /// What `script` prints to both streams, run by bash in the page's room as a snippet is; `None`, said aloud, if the
    /// engine's own client is not installed.
    #[allow(clippy::print_stderr, reason = "who reads the tests' output sees what they did not prove")]
    pub(super) fn shell(&self, script: &str) -> Option<String> {
        for client in self.database.clients() {
            let real = client.real().map(Path::to_path_buf).or_else(|| find_program(&path(), client.name));
            if let Some(real) = real.filter(|real| real.is_file()) {
                self.room.add_program(client.name, &client.script(&real)).unwrap();
            }
        }
        let (program, part) = match self.engine {
            Engine::Sqlite => ("sqlite3", "sqlite3"),
            Engine::Mariadb => ("mariadb", "mariadb"),
            Engine::Postgres => ("psql", "postgres"),
        };
        if !self.room.bin().join(program).is_file() {
            assert!(!is_required(part), "PROOFBOOK_REQUIRE names {part}, and {program} is not installed");
            eprintln!("SKIPPED: {program} is not installed");
            return None;
        }
        let log = self.room.private().join("printed");
        let _ = std::fs::remove_file(&log);
        let mut environment = self.room.environment(&path());
        environment.extend(self.database.environment());
        environment.push(("DATABASE_URL".into(), self.database.address()));
        environment.push(("NAME".into(), self.name.clone()));
        let order = Order {
            program: find_program(&path(), "bash").expect("bash"),
            arguments: vec!["-c".into(), script.into()],
            environment,
            folder: self.room.work(),
            stdout: log.clone(),
            stderr: log.clone(),
            limits: ProcessLimits::default(),
            as_user: AsUser::Same,
        };
        let mut process = self.supervisor.spawn(&order).unwrap();
        while process.end().unwrap().is_none() {
            process.wait_for_news(Duration::from_secs(1)).unwrap();
        }
        Some(std::fs::read_to_string(&log).unwrap_or_default())
    }
}

/// Another session with a page's database.
pub(super) struct Other {
    session: Session,
    engine: Engine,
}

impl Other {
    /// What one statement gives.
    pub(super) fn run(&mut self, sql: &str) -> Result<Vec<ResultSet>, StatementError> {
        (self.session)(sql, far())
    }

    /// The same, if it comes soon.
    pub(super) fn run_soon(&mut self, sql: &str) -> Result<Vec<ResultSet>, StatementError> {
        (self.session)(sql, soon())
    }

    /// Runs every statement of `script`, none of which fails.
    pub(super) fn script(&mut self, script: &str) {
        for span in sql::statements(script, self.engine) {
            let statement = &script[span.start..span.end];
            self.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    /// The one result of a query.
    pub(super) fn result(&mut self, sql: &str) -> ResultSet {
        self.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}")).remove(0)
    }
}
