//! How long it takes from a prepared database to one that is ready for a page: the copy, and the start of its server.
//!
//! Measured inside, because from the outside the room and its supervisor, which every page needs, are in it. The room lies
//! in memory if the machine has room there. Usage: `cargo bench --bench ready`, with a release build beside it, which the
//! room's supervisor is started from; `benches/run` does both.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it measured")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use proofbook::config::Engine;
use proofbook::database::{self, Definition, Grounds, Place, PrepareError};
use proofbook::sandbox::{self, Launcher, Room, Sandbox, Supervisor};
use proofbook::span::SourceFile;

/// How often each is measured; the middle one counts.
const RUNS: usize = 15;

/// The engines, and what a ready database may take, in milliseconds.
const ENGINES: [(Engine, &str, u32); 3] =
    [(Engine::Sqlite, "sqlite", 10), (Engine::Mariadb, "mariadb", 250), (Engine::Postgres, "postgres", 350)];

fn main() -> Result<(), Box<dyn Error>> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/release/proofbook");
    let program = std::env::var_os("PROOFBOOK").map_or(program, Into::into);
    if !program.is_file() {
        return Err("build it first: cargo build --release --locked".into());
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let temporary = tempfile::tempdir()?;
    let memory = sandbox::in_memory().unwrap_or_else(|| temporary.path().to_path_buf());
    let sandbox = Sandbox::probe(Launcher::new(program), &path, temporary.path())?;
    let cache = temporary.path().join("cache");
    let grounds = Grounds { path: &path, sandbox: &sandbox, temporary: &memory, cache: &cache };
    for (engine, name, limit) in ENGINES {
        match ready(engine, grounds) {
            Ok(took) => {
                let label = format!("{name}: a ready database from a prepared one");
                let milliseconds = took.as_secs_f64() * 1000.0;
                println!("{label:<68} {milliseconds:>9.2} ms{:37} (at most {limit} ms)", "");
            }
            Err(error) => match error.downcast_ref::<PrepareError>() {
                Some(PrepareError::NotInstalled { message, .. }) => eprintln!("{name} is left out: {message}"),
                _ => return Err(error),
            },
        }
    }
    Ok(())
}

/// The middle one of some times that opening a prepared database took.
fn ready(engine: Engine, grounds: Grounds<'_>) -> Result<Duration, Box<dyn Error>> {
    let prepared = database::prepare(engine, &definition(), grounds)?;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let room = Room::create(grounds.temporary)?;
        let supervisor = Supervisor::start(grounds.sandbox, &room)?;
        let environment = room.environment(grounds.path);
        let (folder, private) = (room.database(), room.private());
        let place = Place { folder: &folder, private: &private, supervisor: &supervisor, environment: &environment };
        let started = Instant::now();
        let database = prepared.open(place)?;
        times.push(started.elapsed());
        drop(database);
        drop(supervisor);
        room.close()?;
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

/// Ten tables with a hundred rows each.
fn definition() -> Definition {
    let (mut schema, mut seed) = (String::new(), String::new());
    for table in 0..10 {
        let _ = writeln!(schema, "CREATE TABLE t{table} (id INTEGER PRIMARY KEY, name VARCHAR(40));");
        for row in 0..100 {
            let _ = writeln!(seed, "INSERT INTO t{table} VALUES ({row}, 'Row {row}');");
        }
    }
    Definition {
        name: "d".into(),
        documented_name: "d".into(),
        schema: SourceFile::new("schema.sql", schema),
        seed: Some(SourceFile::new("seed.sql", seed)),
    }
}
