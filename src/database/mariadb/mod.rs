//! MariaDB: a server a page, on a copy of a data folder in which the scripts were run once.
//!
//! The server lies in the page's room, as all its programs do, with a socket there and no network. Two connections are
//! made: the page's, and one that measures. The protocol is our own (`wire`, `connection`).
//!
//! Must stay true: `open` copies files and starts a server, it runs no SQL of the author's; a server that is not there
//! is an error that says what to do, never a pass.

mod client;
mod connection;
mod names;
mod observer;
mod program;
mod ran;
mod read;
mod refused;
mod script;
mod statement;
mod value;
mod waiting;
mod wire;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::address;
use crate::config::Engine;
use crate::expect::ResultSet;
use crate::runbook::running::RunningStatement;
use crate::runbook::sql;
use crate::sandbox::{Room, Supervisor};

use super::committed::{Committed, Watched};
use super::server::{self, Failure, Server};
use super::snapshot::Snapshot;
use super::{
    Client, DatabaseError, Definition, Grounds, Place, PrepareError, Prepared, Reopening, StatementError, TableColumns,
    Throwaway, reopening,
};
use connection::{Connection, Failed};
use observer::Observer;
use program::Program;
use read::Reader;

/// How long schema and seed may take together.
const PREPARE_LIMIT: Duration = Duration::from_secs(60);

/// Loads schema and seed.
pub(super) fn prepare(definition: &Definition, grounds: Grounds<'_>) -> Result<Template, PrepareError> {
    let room = Room::create(grounds.temporary).map_err(Failure::from)?;
    let supervisor = Supervisor::start(grounds.sandbox, &room).map_err(Failure::from)?;
    let (folder, private, environment) = (room.database(), room.private(), room.environment(grounds.path));
    let place = Place { folder: &folder, private: &private, supervisor: &supervisor, environment: &environment };

    let program = Program::find(grounds, place)?;
    let empty = program.empty_data(grounds, place)?;
    let data = folder.join("data");
    server::copy_folder(&empty, &data).map_err(Failure::io("copy the data folder to", &data))?;
    let name = &definition.documented_name;
    let (server, mut connection) = program.start(place, &data, "")?;
    script::create(&mut connection, name)?;
    script::load(&program::socket(&folder), definition, PREPARE_LIMIT)?;
    let mut reader = Reader::new(name);
    connection.allow_several().map_err(script::engine)?;
    let content = reader.snapshot(&mut connection, None).map_err(script::engine)?;
    Program::stop(server, connection)?;
    Ok(Template {
        program,
        data,
        reader,
        content: Arc::new(content),
        documented_name: name.clone(),
        _supervisor: supervisor,
        _room: room,
    })
}

/// The data folder of a stopped server that has run the scripts.
pub(super) struct Template {
    program: Program,
    data: PathBuf,
    /// What read the content, with what it found out.
    reader: Reader,
    content: Arc<Snapshot>,
    documented_name: String,
    // In this order: it removes the room if Proofbook is killed.
    _supervisor: Supervisor,
    _room: Room,
}

impl Prepared for Template {
    fn open(&self, place: Place<'_>) -> Result<Box<dyn Throwaway>, DatabaseError> {
        let data = place.folder.join("data");
        server::copy_folder(&self.data, &data)
            .map_err(Failure::io("copy the prepared database to", &data))
            .map_err(Failure::opening)?;
        let (server, connection) = self.program.start(place, &data, &self.documented_name).map_err(Failure::opening)?;
        let socket = program::socket(place.folder);
        let watching = connect(&socket, &self.documented_name)?;
        let observer = Observer::new(watching, &self.documented_name, self.reader.clone(), Arc::clone(&self.content))?;
        let documented_name = self.documented_name.clone();
        let program = self.program.clone();
        Ok(Box::new(Page {
            connection,
            committed: Watched::new(observer, &self.content),
            socket,
            documented_name,
            transactions: 0,
            touched: 0,
            last: None,
            timed_out: None,
            server,
            program,
        }))
    }

    fn engine_version(&self) -> String {
        format!("MariaDB {}", self.program.version())
    }

    fn tables(&self) -> Vec<TableColumns> {
        self.content.columns()
    }
}

/// One page's server.
struct Page {
    connection: Connection,
    committed: Watched<Observer>,
    socket: PathBuf,
    documented_name: String,
    /// How many transactions were opened.
    transactions: u64,
    touched: u64,
    /// The last statement that did what it should.
    last: Option<String>,
    /// What the last statement that ran out of time was doing.
    timed_out: Option<String>,
    program: Program,
    // Last: it ends when the connections are closed.
    server: Server,
}

impl Throwaway for Page {
    fn execute(&mut self, sql: &str, deadline: Instant, stop: &AtomicBool) -> Result<Vec<ResultSet>, StatementError> {
        let was_open = self.connection.is_in_transaction();
        let asked = self.connection.asked();
        let ran = statement::execute(&mut self.connection, sql, deadline, stop);
        self.committed.observer.page_ran(sql, self.connection.asked() - asked);
        self.touched += ran.touched;
        self.timed_out = ran.doing;
        if ran.result.is_ok() {
            self.last = Some(sql.to_owned());
        }
        if self.connection.is_in_transaction() && (!was_open || begins_another(sql)) {
            self.transactions += 1;
        }
        match ran.result {
            Err(StatementError::Sql(mut error)) if ran.is_broken => {
                if let Some(death) = self.server.death() {
                    error.message = format!("{}; {death}", error.message);
                }
                Err(StatementError::Sql(error))
            }
            Err(StatementError::Sql(error)) => {
                Err(StatementError::Sql(names::advised(&mut self.committed.observer, error)))
            }
            // The statement could not be ended; its connection was given up with it.
            Err(error) if ran.is_broken => {
                if let Ok(connection) = connect(&self.socket, &self.documented_name) {
                    self.connection = connection;
                }
                Err(error)
            }
            result => result,
        }
    }

    fn timed_out(&mut self) -> Option<String> {
        self.timed_out.take()
    }

    fn of_clients(&mut self) -> Vec<RunningStatement> {
        let own = waiting::Own { id: self.connection.id(), last: self.last.as_deref() };
        waiting::of_others(&self.socket, own)
    }

    fn transaction(&self) -> Option<u64> {
        self.connection.is_in_transaction().then_some(self.transactions)
    }

    fn rows_touched(&self) -> u64 {
        self.touched
    }

    fn reconnect(&mut self) -> Result<(), DatabaseError> {
        self.connection = connect(&self.socket, &self.documented_name)?;
        Ok(())
    }

    fn address(&self) -> String {
        // What goes before the database's name is not used: the socket is.
        let name = address::part(self.documented_name.as_bytes());
        let socket = address::path(self.socket.as_os_str().as_encoded_bytes());
        format!("mysql://root@localhost/{name}?socket={socket}")
    }

    fn environment(&self) -> Vec<(String, String)> {
        // For programs that are no client of MariaDB's own but use its library.
        vec![("MYSQL_UNIX_PORT".into(), self.socket.to_string_lossy().into_owned())]
    }

    fn leave(self: Box<Self>, folder: &Path) -> Reopening {
        let Self { connection, committed, socket, documented_name, server, program, .. } = *self;
        drop((connection, committed));
        // Under a connection of its own: what the page did to its session does not keep the server from ending.
        let ended = connect(&socket, "")
            .map_err(|error| error.to_string())
            .and_then(|connection| Program::stop(server, connection).map_err(|error| error.to_string()));
        program.reopening(folder, &documented_name, ended.err().map(reopening::flaw))
    }

    fn path(&self) -> Option<&Path> {
        None
    }

    fn clients(&self) -> Vec<Client> {
        client::clients(&self.socket, &self.documented_name)
    }

    fn committed(&mut self) -> &mut dyn Committed {
        &mut self.committed
    }
}

fn connect(socket: &Path, database: &str) -> Result<Connection, DatabaseError> {
    let missing = |failed: &Failed| matches!(failed, Failed::Refused(refusal) if refusal.number == UNKNOWN_DATABASE);
    match Connection::open(socket, database) {
        // A page may drop its database; what it does next is its own matter.
        Err(failed) if missing(&failed) => Connection::open(socket, ""),
        connected => connected,
    }
    .map_err(|error| DatabaseError::new("connect to the page's database server", error))
}

/// The server's number for a database that is not there.
const UNKNOWN_DATABASE: u16 = 1049;

/// Whether `statement`, run while a transaction is open, ends that one and opens another.
fn begins_another(statement: &str) -> bool {
    let words: Vec<String> = sql::tokens(statement, Engine::Mariadb)
        .into_iter()
        .filter(|token| token.kind == sql::Kind::Word)
        .map(|token| token.text(statement).to_ascii_uppercase())
        .collect();
    match words.first().map(String::as_str) {
        Some("BEGIN" | "START" | "COMMIT") => true,
        // `ROLLBACK TO` goes back within the same one.
        Some("ROLLBACK") => !words.iter().any(|word| word == "TO"),
        _ => false,
    }
}

#[cfg(test)]
pub(super) mod tests;
