//! A connection to the page's server: statements as text, answers as they come.
//!
//! One statement a time, no second one behind a `;`, no file of ours for `LOAD DATA LOCAL`: the server is not told that
//! this client could do either. Must stay true: [`Connection::is_in_transaction`] is what the server said last, after an
//! error too.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::wire::{Patience, Values, Wire, cut};

/// What this client can do, as bits of the protocol: statements of 4.1 and later, long flags, a database named when
/// connecting, transactions, several results, authentication by name.
const CAPABILITIES: u32 = 1 | 4 | 8 | 0x200 | 0x2000 | 0x8000 | 0x2_0000 | 0x8_0000;

/// `utf8mb4_unicode_ci`: what the client's text is in, and how it is compared.
const COLLATION: u8 = 224;

/// The longest a connection may take to be made, and any answer to a question of our own.
pub(super) const OWN_LIMIT: Duration = Duration::from_secs(60);

const QUIT: u8 = 1;
const QUERY: u8 = 3;
const STATISTICS: u8 = 9;
const PING: u8 = 14;
const SET_OPTION: u8 = 27;

const IN_TRANSACTION: u16 = 1;
const MORE_RESULTS: u16 = 8;

/// Why a statement has no result.
#[derive(Debug)]
pub(super) enum Failed {
    /// The server refused it.
    Refused(Refusal),
    /// The connection is of no use any more.
    Broken(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{} ({})", refusal.message, refusal.number),
            Self::Broken(error) => error.fmt(f),
        }
    }
}

/// What the server says about a statement it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// MariaDB's own number.
    pub(super) number: u16,
    /// The SQLSTATE.
    pub(super) state: String,
    /// Its message.
    pub(super) message: String,
}

/// A column of a result.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// The protocol's number of its type.
    pub(super) kind: u8,
    /// The protocol's number of its character set; 63 is none.
    pub(super) charset: u16,
}

/// A part of an answer.
pub(super) enum Part<'a> {
    /// A result begins: its columns.
    Columns(&'a [Column]),
    /// A row of it.
    Row(&'a [Column], Values<'a>),
    /// A statement that is no query is done: how many rows it touched.
    Done(u64),
}

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    wire: Wire,
    socket: PathBuf,
    id: u32,
    status: u16,
    /// How many statements were sent.
    asked: u64,
    allows_several: bool,
}

/// How busy a server is, and what of it is this connection's doing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Statistics {
    /// How many sessions there are.
    sessions: u64,
    /// How many statements were sent to the server.
    questions: u64,
    /// How many of them this connection sent.
    asked: u64,
}

impl Statistics {
    /// Whether between this and `later` nobody but this connection and one other, which was there all the time, has sent
    /// anything, and the other one `asked` so many statements.
    pub(super) fn is_alone(self, later: Self, asked: u64) -> bool {
        let sent = later.questions.checked_sub(self.questions);
        let own = later.asked.checked_sub(self.asked);
        self.sessions == 2 && later.sessions == 2 && own.is_some() && sent == own.map(|own| own + asked)
    }
}

impl Connection {
    /// Connects through `socket` as root, to `database` if there is a name.
    pub(super) fn open(socket: &Path, database: &str) -> Result<Self, Failed> {
        let wire = Wire::connect(socket)?;
        let mut connection =
            Self { wire, socket: socket.to_path_buf(), id: 0, status: 0, asked: 0, allows_several: false };
        let mut patience = until(Instant::now() + OWN_LIMIT);
        let greeting = connection.wire.receive(&mut patience)?;
        let mut values = Values::of(greeting);
        match values.number(1)? {
            10 => {}
            0xff => return Err(Failed::Refused(refusal(values)?)),
            _ => return Err(cut().into()),
        }
        values.until_nul()?;
        connection.id = values.number(4)? as u32;
        let database_flag = if database.is_empty() { CAPABILITIES & !8 } else { CAPABILITIES };
        let database = if database.is_empty() { Vec::new() } else { [database.as_bytes(), b"\0"].concat() };
        connection.wire.send(&[
            &database_flag.to_le_bytes(),
            &(1_u32 << 30).to_le_bytes(),
            &[COLLATION],
            &[0; 23],
            // No password: an answer of no bytes.
            b"root\0\0",
            &database,
            b"mysql_native_password\0",
        ])?;
        loop {
            let answer = connection.wire.receive(&mut patience)?;
            let mut values = Values::of(answer);
            match values.number(1)? {
                0 => {
                    connection.status = done(values)?.1;
                    return Ok(connection);
                }
                0xff => return Err(Failed::Refused(refusal(values)?)),
                // Another way to authenticate; nothing to say in that one either.
                0xfe => connection.wire.send(&[])?,
                _ => return Err(cut().into()),
            }
        }
    }

    /// The number of the connection at the server, for `KILL`.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// The socket it was made through.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Whether a transaction is open.
    pub(super) fn is_in_transaction(&self) -> bool {
        self.status & IN_TRANSACTION != 0
    }

    /// From now on several statements may be run at once, with `;` between them. Only for what is written here: a page's
    /// text could hold a second statement that nobody has seen.
    pub(super) fn allow_several(&mut self) -> Result<(), Failed> {
        self.wire.command(&[&[SET_OPTION, 0, 0]])?;
        let mut patience = until(Instant::now() + OWN_LIMIT);
        match end_status(self.wire.receive(&mut patience)?) {
            Some(_) => {
                self.allows_several = true;
                Ok(())
            }
            None => Err(cut().into()),
        }
    }

    /// How many statements were sent so far.
    pub(super) fn asked(&self) -> u64 {
        self.asked
    }

    /// The answer to `sql`, and then how busy the server is, which is no statement. Both are sent before either is answered,
    /// because a way to the server and back takes longer than most answers.
    pub(super) fn query_and_statistics(
        &mut self,
        sql: &str,
        take: &mut dyn FnMut(Part<'_>) -> io::Result<()>,
    ) -> Result<(Result<(), Failed>, Statistics), Failed> {
        let mut patience = until(Instant::now() + OWN_LIMIT);
        self.wire.command(&[&[QUERY], sql.as_bytes()])?;
        self.wire.command(&[&[STATISTICS]])?;
        self.asked += 1;
        let answered = self.answer(&mut patience, take);
        if let Err(Failed::Broken(error)) = answered {
            return Err(Failed::Broken(error));
        }
        let told = self.wire.receive(&mut patience)?;
        // `Uptime: 5  Threads: 2  Questions: 34  Slow queries: 0  …`
        let told = String::from_utf8_lossy(told);
        let number = |name: &str| told.split_once(name)?.1.split_whitespace().next()?.parse().ok();
        let (sessions, questions) = (number("Threads:"), number("Questions:"));
        let (Some(sessions), Some(questions)) = (sessions, questions) else { return Err(cut().into()) };
        Ok((answered, Statistics { sessions, questions, asked: self.asked }))
    }

    /// Runs one statement and hands every part of the answer to `take`; all of it is read in any case.
    pub(super) fn query(
        &mut self,
        sql: &str,
        patience: &mut Patience<'_>,
        take: &mut dyn FnMut(Part<'_>) -> io::Result<()>,
    ) -> Result<(), Failed> {
        self.wire.command(&[&[QUERY], sql.as_bytes()])?;
        self.asked += 1;
        let answered = self.answer(patience, take);
        if let Err(Failed::Refused(_)) = answered {
            // An error does not say whether the transaction is still open (a deadlock ends it). This is no statement:
            // it leaves `ROW_COUNT()`, warnings and everything else of the session as they are.
            self.wire.command(&[&[PING]])?;
            let mut values = Values::of(self.wire.receive(patience)?);
            if values.number(1)? == 0 {
                self.status = done(values)?.1;
            }
        }
        answered
    }

    fn answer(
        &mut self,
        patience: &mut Patience<'_>,
        take: &mut dyn FnMut(Part<'_>) -> io::Result<()>,
    ) -> Result<(), Failed> {
        loop {
            let mut values = Values::of(self.wire.receive(patience)?);
            match values.rest().first() {
                Some(0) => {
                    values.number(1)?;
                    let (rows, status) = done(values)?;
                    self.status = status;
                    take(Part::Done(rows))?;
                }
                Some(0xff) => {
                    values.number(1)?;
                    return Err(Failed::Refused(refusal(values)?));
                }
                // A file is asked for, which the server was not told it may.
                Some(0xfb) | None => return Err(cut().into()),
                Some(_) => {
                    let count = values.length()?.and_then(|count| usize::try_from(count).ok()).ok_or_else(cut)?;
                    self.result(count, patience, take)?;
                }
            }
            if self.status & MORE_RESULTS == 0 {
                return Ok(());
            }
            // The results of a procedure answer one statement, but no procedure is called where there can be several.
            self.asked += u64::from(self.allows_several);
        }
    }

    fn result(
        &mut self,
        count: usize,
        patience: &mut Patience<'_>,
        take: &mut dyn FnMut(Part<'_>) -> io::Result<()>,
    ) -> Result<(), Failed> {
        let mut columns = Vec::new();
        for _ in 0..count {
            columns.push(column(Values::of(self.wire.receive(patience)?))?);
        }
        if end_status(self.wire.receive(patience)?).is_none() {
            return Err(cut().into());
        }
        take(Part::Columns(&columns))?;
        loop {
            let message = self.wire.receive(patience)?;
            if let Some(status) = end_status(message) {
                self.status = status;
                return Ok(());
            }
            let mut values = Values::of(message);
            if message.first() == Some(&0xff) {
                values.number(1)?;
                return Err(Failed::Refused(refusal(values)?));
            }
            take(Part::Row(&columns, values))?;
        }
    }

    /// Runs a statement of our own; the rows of its answer as text, NULL as the empty one.
    pub(super) fn ask(&mut self, sql: &str) -> Result<Vec<Vec<String>>, Failed> {
        let mut rows = Vec::new();
        let mut take = |part: Part<'_>| {
            if let Part::Row(columns, mut values) = part {
                let mut row = Vec::with_capacity(columns.len());
                for _ in columns {
                    row.push(String::from_utf8_lossy(values.text()?.unwrap_or_default()).into_owned());
                }
                rows.push(row);
            }
            Ok(())
        };
        self.query(sql, &mut until(Instant::now() + OWN_LIMIT), &mut take)?;
        Ok(rows)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Said or not, the socket closes.
        let _ = self.wire.command(&[&[QUIT]]);
    }
}

/// Patience until `deadline`.
pub(super) fn until(deadline: Instant) -> impl FnMut() -> io::Result<()> {
    move || {
        if Instant::now() < deadline {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the server does not answer"))
    }
}

/// How many rows were touched, and the status.
fn done(mut values: Values<'_>) -> io::Result<(u64, u16)> {
    let rows = values.length()?.unwrap_or_default();
    values.length()?;
    Ok((rows, values.number(2)? as u16))
}

/// The status in the message that ends columns or rows; `None` if `message` is none.
fn end_status(message: &[u8]) -> Option<u16> {
    match message {
        [0xfe, _, _, low, high] => Some(u16::from_le_bytes([*low, *high])),
        _ => None,
    }
}

fn refusal(mut values: Values<'_>) -> io::Result<Refusal> {
    let number = values.number(2)? as u16;
    let mut state = "HY000".to_owned();
    if values.rest().first() == Some(&b'#') {
        state = String::from_utf8_lossy(&values.bytes(6)?[1..]).into_owned();
    }
    Ok(Refusal { number, state, message: String::from_utf8_lossy(values.rest()).into_owned() })
}

fn column(mut values: Values<'_>) -> io::Result<Column> {
    // Catalog, schema, table, original table.
    for _ in 0..4 {
        values.text()?;
    }
    let name = String::from_utf8_lossy(values.text()?.unwrap_or_default()).into_owned();
    values.text()?;
    values.length()?;
    let charset = values.number(2)? as u16;
    values.number(4)?;
    Ok(Column { name, kind: values.number(1)? as u8, charset })
}
