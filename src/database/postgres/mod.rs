//! PostgreSQL: a server a page, on a copy of a data folder that was loaded once.
//!
//! The folder a server version begins with is made once and cached; schema and seed are loaded into a copy of it, whose
//! server is then ended well; a page's server is started on a copy of that. The database has the name it has in
//! production, so that clients find it as the pages type it; its superuser is `postgres`. The server runs in the page's
//! room, held back as everything there: `COPY … TO PROGRAM` does no more than a shell snippet may. Because it refuses to
//! run as root, it runs as somebody else then (`AsUser::NotRoot`).
//!
//! Must stay true: `open` copies files, it runs no SQL of the author's; an effect is read in one state of the database.

mod ask;
mod client;
mod connection;
mod exchange;
mod few;
mod names;
mod objects;
mod observer;
mod programs;
mod read;
mod script;
mod session;
mod signal;
mod statement;
mod tables;
#[cfg(test)]
pub(super) mod tests;
mod value;
mod waiting;
mod wal;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::committed::{Committed, Watched};
use super::server::{Failure, Server, cached, copy_folder};
use super::snapshot::Snapshot;
use super::{
    Client, DatabaseError, Definition, Grounds, Place, PrepareError, Prepared, Reopening, StatementError, TableColumns,
    Throwaway, reopening,
};
use crate::address;
use crate::config::Engine;
use crate::expect::ResultSet;
use crate::runbook::running::RunningStatement;
use crate::runbook::sql;
use crate::sandbox::{Room, Supervisor};
use connection::Connection;
use exchange::{Address, Status, Until};
use observer::Observer;
use programs::Programs;
use read::Layout;
use statement::Done;

/// The role everything is done as, and the database that is there before the author's.
const SUPERUSER: &str = "postgres";

/// The data folder in the folder of a place.
const DATA: &str = "data";

/// How long a server may take to be ready, or to end.
const START: Duration = Duration::from_secs(60);

/// How long statements of our own may take.
const OWN: Duration = Duration::from_secs(30);

/// The longest name PostgreSQL keeps as it is.
const LONGEST_NAME: usize = 63;

/// How many rows the open transaction has added, changed and removed, triggers and cascades included.
const TOUCHED: &str = "SELECT coalesce(sum(pg_catalog.pg_stat_get_xact_tuples_inserted(oid) \
    + pg_catalog.pg_stat_get_xact_tuples_updated(oid) + pg_catalog.pg_stat_get_xact_tuples_deleted(oid)), 0) \
    FROM pg_catalog.pg_class WHERE relkind IN ('r', 'm') AND oid >= 16384 AND relpersistence <> 't'";

/// Statements with these first words look at the database, so that looking once more right before and after them changes
/// nothing for their transaction: `SET TRANSACTION` is only allowed before the first look.
const LOOKING: [&str; 15] = [
    "SELECT", "WITH", "VALUES", "TABLE", "(", "INSERT", "UPDATE", "DELETE", "MERGE", "CALL", "DO", "FETCH", "EXPLAIN",
    "EXECUTE", "REFRESH",
];

/// Loads schema and seed.
pub(super) fn prepare(definition: &Definition, grounds: Grounds<'_>) -> Result<Template, PrepareError> {
    let database = definition.documented_name.clone();
    if database.len() > LONGEST_NAME {
        let message = format!("PostgreSQL cuts names to {LONGEST_NAME} bytes, and `{database}` is longer");
        return Err(Failure::new(message, "give the database a shorter `documented_name`").into());
    }
    let rented = Rented::new(grounds)?;
    let place = rented.place();
    let programs = Programs::find(grounds.path, place)?;
    let initial = cached(grounds.cache, &programs.prepared_name(), |made| initial(&programs, grounds, made))?;
    let data = rented.folder.join(DATA);
    copy_folder(&initial, &data).map_err(Failure::io("copy the prepared data folder to", &data))?;

    let (server, first) = start(&programs, place, &data, SUPERUSER)?;
    create(first, &database)?;
    let address = programs::address(place, &database)?;
    let connect = || session::again(&address).map_err(|error| engine(&error));
    script::load(definition, connect)?;
    let mut reader = connect()?;
    read::settle(&mut reader).map_err(|error| engine(&error))?;
    let (content, layout) = read::snapshot(&mut reader).map_err(|error| engine(&error))?;
    end(reader, server)?;

    Ok(Template { room: rented.room, programs, database, content: Arc::new(content), layout })
}

/// A room of Proofbook's own, for what is not a page's.
struct Rented {
    supervisor: Supervisor,
    folder: PathBuf,
    private: PathBuf,
    environment: Vec<(String, String)>,
    room: Room,
}

impl Rented {
    fn new(grounds: Grounds<'_>) -> Result<Self, Failure> {
        let room = Room::create(grounds.temporary)?;
        let supervisor = Supervisor::start(grounds.sandbox, &room)?;
        let (folder, private) = (room.database(), room.private());
        let environment = room.environment(grounds.path);
        Ok(Self { supervisor, folder, private, environment, room })
    }

    fn place(&self) -> Place<'_> {
        let Self { supervisor, folder, private, environment, .. } = self;
        Place { folder, private, supervisor, environment }
    }
}

/// Makes the folder `made`, which a server of this version begins with.
fn initial(programs: &Programs, grounds: Grounds<'_>, made: &Path) -> Result<(), Failure> {
    let rented = Rented::new(grounds)?;
    let data = rented.folder.join(DATA);
    programs.initialise(rented.place(), &data)?;
    copy_folder(&data, made).map_err(Failure::io("copy the new data folder to", made))
}

/// Starts a server on `data`, and begins a session with `database`.
fn start(programs: &Programs, place: Place<'_>, data: &Path, database: &str) -> Result<(Server, Connection), Failure> {
    let address = programs::address(place, database)?;
    let launch = programs.server(place, data);
    Server::start(place, &launch.in_place(place), START, || session::try_begin(&address))
}

fn create(mut connection: Connection, database: &str) -> Result<(), PrepareError> {
    if database != SUPERUSER {
        let quoted = database.replace('"', "\"\"");
        own(&mut connection, &format!("CREATE DATABASE \"{quoted}\""))?;
    }
    connection.close();
    Ok(())
}

/// Ends the server well, so that its folder can be copied. No signal reaches it from outside its room, so it gets one
/// from a program that it starts itself.
fn end(mut connection: Connection, server: Server) -> Result<(), PrepareError> {
    let stop = "COPY (SELECT) TO PROGRAM 'kill -INT \"$(head -n 1 postmaster.pid)\"'";
    // The program or the session may be gone before there is an answer. Whether it worked, the server's end tells.
    let _ = statement::execute(&mut connection, stop, Until::within(OWN));
    drop(connection);
    Ok(server.wait_for_end(START)?)
}

fn own(connection: &mut Connection, sql: &str) -> Result<Done, PrepareError> {
    statement::execute(connection, sql, Until::within(OWN)).map_err(|error| engine(&error))
}

/// What the server refused although it was not the author's.
fn engine(error: &dyn std::fmt::Display) -> PrepareError {
    Failure::new(
        format!("PostgreSQL cannot prepare the database: {error}"),
        "see that the scripts leave the role `postgres` and the server's settings as they are",
    )
    .into()
}

/// The data folder with schema and seed, and what it holds.
pub(super) struct Template {
    /// The data folder lies where that of a page would.
    room: Room,
    programs: Programs,
    database: String,
    content: Arc<Snapshot>,
    layout: Layout,
}

impl Prepared for Template {
    fn open(&self, place: Place<'_>) -> Result<Box<dyn Throwaway>, DatabaseError> {
        let open = || -> Result<(Server, Connection, Connection, Address), Failure> {
            let data = place.folder.join(DATA);
            let copied = copy_folder(&self.room.database().join(DATA), &data);
            copied.map_err(Failure::io("copy the database to", &data))?;
            let address = programs::address(place, &self.database)?;
            let (server, connection) = start(&self.programs, place, &data, &self.database)?;
            let observer = session::try_begin(&address)?;
            let observer = observer.ok_or_else(|| Failure::new("the server went away", "run the page again"))?;
            Ok((server, connection, observer, address))
        };
        let (server, connection, observer, address) = open().map_err(Failure::opening)?;
        let observer = Observer::new(observer, &place.folder.join(DATA), &self.content, &self.layout)?;
        let committed = Watched::new(observer, &self.content);
        let programs = self.programs.clone();
        let host = place.folder.to_string_lossy().into_owned();
        let (transactions, touched, last) = (0, 0, None);
        Ok(Box::new(Page { connection, committed, server, address, programs, host, transactions, touched, last }))
    }

    fn engine_version(&self) -> String {
        format!("PostgreSQL {}", self.programs.version)
    }

    fn tables(&self) -> Vec<TableColumns> {
        self.content.columns()
    }

    fn program(&self, name: &str) -> Option<PathBuf> {
        client::real(name, |name| self.programs.program(name))
    }
}

/// One page's server and the two sessions with it.
struct Page {
    connection: Connection,
    committed: Watched<Observer>,
    server: Server,
    address: Address,
    programs: Programs,
    /// The folder of the socket.
    host: String,
    /// How many transactions were opened and outlived the statement that opened them.
    transactions: u64,
    touched: u64,
    /// The last statement that did what it should.
    last: Option<String>,
}

impl Page {
    /// A session that is gone is replaced, as psql does it: the statement that lost it said so.
    fn reach(&mut self) -> Result<(), StatementError> {
        if !self.connection.is_broken() {
            return Ok(());
        }
        self.connect().map_err(|error| {
            let died = self.server.death().map(|death| format!("; {death}")).unwrap_or_default();
            StatementError::Sql(super::SqlError {
                codes: vec!["08006".into()],
                message: format!("{error}{died}"),
                offset: None,
                hint: Some("find the snippet before this one that ended the server".into()),
            })
        })
    }

    fn connect(&mut self) -> Result<(), DatabaseError> {
        let new = session::again(&self.address)?;
        std::mem::replace(&mut self.connection, new).close();
        Ok(())
    }

    /// How many rows the open transaction has touched. It goes up only: what a savepoint brings back counts, too.
    ///
    /// The server's number begins anywhere, because it may hold what transactions before have left to be reported.
    fn counted(&mut self) -> Option<u64> {
        let done = statement::execute(&mut self.connection, TOUCHED, Until::within(OWN)).ok()?;
        done.results.first()?.rows.first()?.first()?.written().parse().ok()
    }

    /// Keeps account of what `sql` did, before which the session was in `before` and that number was `counted`.
    fn account(&mut self, sql: &str, done: Option<&Done>, before: Status, counted: Option<u64>) {
        let now = self.connection.status();
        let has_word = |word: &str| words(sql).any(|other| other.eq_ignore_ascii_case(word));
        // `COMMIT AND CHAIN` ends one transaction and opens another; else one statement does one of the two.
        let is_chained = || {
            done.is_some_and(|done| ["COMMIT", "ROLLBACK"].contains(&done.verb()))
                && has_word("CHAIN")
                && !has_word("NO")
        };
        if now != Status::Idle && (before == Status::Idle || is_chained()) {
            self.transactions += 1;
        }
        let Some(done) = done else { return };
        // What the statement itself does not tell: rows touched by triggers, cascades and functions.
        let more = match counted {
            Some(counted) if now == Status::Open => self.counted().map(|now| now.saturating_sub(counted)),
            _ => None,
        };
        self.touched += more.unwrap_or_else(|| done.rows_touched());
    }
}

/// The words and marks of a statement.
fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql::tokens(sql, Engine::Postgres).into_iter().filter(|token| token.is_significant()).map(|token| token.text(sql))
}

impl Throwaway for Page {
    fn execute(&mut self, sql: &str, deadline: Instant, stop: &AtomicBool) -> Result<Vec<ResultSet>, StatementError> {
        self.reach()?;
        let before = self.connection.status();
        let looks =
            || words(sql).next().is_some_and(|first| LOOKING.iter().any(|word| word.eq_ignore_ascii_case(first)));
        let counted = if before == Status::Open && looks() { self.counted() } else { None };
        self.connection.look_at_deadline(waiting::of_own);
        let result = statement::execute(&mut self.connection, sql, Until { deadline, stop: Some(stop) });
        if let Ok(done) = &result {
            self.last = Some(sql.to_owned());
            if done.verb() != "SELECT" {
                self.committed.observer.expect_change();
            }
        }
        self.account(sql, result.as_ref().ok(), before, counted);
        match result {
            Ok(done) => Ok(done.results),
            Err(StatementError::Sql(error)) => {
                Err(StatementError::Sql(names::advised(&mut self.committed.observer, error)))
            }
            Err(other) => Err(other),
        }
    }

    fn timed_out(&mut self) -> Option<String> {
        self.connection.timed_out()
    }

    fn of_clients(&mut self) -> Vec<RunningStatement> {
        let own = waiting::Own { pid: self.connection.pid(), last: self.last.as_deref() };
        waiting::of_others(&self.address, own)
    }

    fn transaction(&self) -> Option<u64> {
        (self.connection.status() != Status::Idle).then_some(self.transactions)
    }

    fn rows_touched(&self) -> u64 {
        self.touched
    }

    fn reconnect(&mut self) -> Result<(), DatabaseError> {
        self.connect()
    }

    fn address(&self) -> String {
        let (database, host) = (address::part(self.address.database.as_bytes()), address::part(self.host.as_bytes()));
        format!("postgresql://{SUPERUSER}@/{database}?host={host}")
    }

    fn environment(&self) -> Vec<(String, String)> {
        [
            ("PGHOST", self.host.as_str()),
            ("PGUSER", SUPERUSER),
            ("PGDATABASE", &self.address.database),
            // Whatever a person or a system has in there would show on the page.
            ("PSQLRC", "/dev/null"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    fn leave(self: Box<Self>, folder: &Path) -> Reopening {
        let Self { connection, committed, server, address, programs, host, .. } = *self;
        drop((connection, committed));
        // In a session of its own: what the page did to its own does not keep the server from ending.
        let ended = session::again(&address)
            .map_err(|error| error.to_string())
            .and_then(|session| end(session, server).map_err(|error| error.to_string()));
        programs.reopening(&Path::new(&host).join(DATA), folder, &address.database, ended.err().map(reopening::flaw))
    }

    fn path(&self) -> Option<&Path> {
        None
    }

    fn clients(&self) -> Vec<Client> {
        client::clients(|name| self.programs.program(name), &self.environment())
    }

    fn committed(&mut self) -> &mut dyn Committed {
        &mut self.committed
    }
}
