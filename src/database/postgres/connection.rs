//! One session with a server, in the simple query protocol.
//!
//! `postgres-protocol` reads and writes the messages; the crate `postgres` on top of it does not tell a session's
//! transaction state, nor the types of what a simple query gives, nor does it let a `COPY` be refused without losing
//! the session. All three are needed here, and a blocking read with a short limit is all the rest of it.
//!
//! Must stay true: a statement ends soon after its deadline or a stop; a cancel never meets the statement after the one
//! it was meant for; what cannot be understood breaks the session, which says so from then on.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use fallible_iterator::FallibleIterator as _;
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;

use super::exchange::{Address, Column, Status, Take, Trouble, Until, refused};
use super::value::Kind;

/// How often a running statement's deadline and `stop` are looked at.
const POLL: Duration = Duration::from_millis(10);
/// How often a statement that should end is told so.
const AGAIN: Duration = Duration::from_millis(200);
/// How long it may take to end, being told.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a session may take to begin or to end.
const SETTLE: Duration = Duration::from_secs(10);

/// How much is read at once, in bytes; the server sends half as much.
const PORTION: usize = 16 << 10;

/// The error code of a statement that was cancelled.
const CANCELLED: &str = "57014";

/// A session.
#[derive(Debug)]
pub(super) struct Connection {
    stream: UnixStream,
    /// What has arrived and is not parsed.
    buffer: BytesMut,
    /// Where a portion arrives: it has one place, because clearing one takes longer than parsing most messages.
    portion: Box<[u8]>,
    address: Address,
    /// What a cancel must show: the process and its secret.
    key: (i32, i32),
    status: Status,
    broken: Option<String>,
    /// Asks what the statement of a session is doing.
    look: Option<Look>,
    /// What it said of the last statement whose deadline came.
    timed_out: Option<String>,
}

/// Tells what the statement that runs in the session of the server's process with that id is doing.
type Look = fn(&Address, i32) -> Option<String>;

impl Connection {
    /// Begins a session; `None` if the server is not ready yet.
    pub(super) fn open(address: &Address) -> Result<Option<Self>, Trouble> {
        let stream = match UnixStream::connect(&address.socket) {
            Ok(stream) => stream,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                return Ok(None);
            }
            Err(error) => return Err(Trouble::Broken(error.to_string())),
        };
        stream.set_read_timeout(Some(POLL)).map_err(|error| Trouble::Broken(error.to_string()))?;
        let mut connection = Self {
            stream,
            buffer: BytesMut::new(),
            portion: vec![0; PORTION].into_boxed_slice(),
            address: address.clone(),
            key: (0, 0),
            status: Status::Idle,
            broken: None,
            look: None,
            timed_out: None,
        };
        let words = [
            ("user", address.user),
            ("database", &address.database),
            ("client_encoding", "UTF8"),
            ("application_name", "proofbook"),
        ];
        connection.send(|to| frontend::startup_message(words, to))?;
        match connection.settle() {
            Ok(()) => Ok(Some(connection)),
            // It is starting up or shutting down.
            Err(Trouble::Refused(refused)) if refused.code == "57P03" => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    fn settle(&mut self) -> Result<(), Trouble> {
        let until = Until::within(SETTLE);
        loop {
            let Some(message) = self.receive()? else {
                match until.end() {
                    Some(_) => return Err(self.broke("the server does not answer")),
                    None => continue,
                }
            };
            match message {
                Message::BackendKeyData(key) => self.key = (key.process_id(), key.secret_key()),
                Message::ErrorResponse(body) => return Err(Trouble::Refused(Box::new(refused(body.fields())))),
                Message::ReadyForQuery(_) => return Ok(()),
                Message::AuthenticationOk | Message::ParameterStatus(_) | Message::NoticeResponse(_) => {}
                _ => return Err(self.broke("the server asks for a password")),
            }
        }
    }

    /// Whether a transaction is open.
    pub(super) fn status(&self) -> Status {
        self.status
    }

    /// The server's process for it.
    pub(super) fn pid(&self) -> i32 {
        self.key.0
    }

    /// From now on `look` is asked when a statement's deadline comes, before it is told to end.
    pub(super) fn look_at_deadline(&mut self, look: Look) {
        (self.look, self.timed_out) = (Some(look), None);
    }

    /// What was told then, once.
    pub(super) fn timed_out(&mut self) -> Option<String> {
        self.timed_out.take()
    }

    /// Where it leads.
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Whether the session is of no use any more.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Runs `sql`, one statement; what the server calls what it did, as in `INSERT 0 1`; empty for an empty statement.
    pub(super) fn run(&mut self, sql: &str, until: Until<'_>, take: &mut dyn Take) -> Result<String, Trouble> {
        if let Some(why) = &self.broken {
            return Err(Trouble::Broken(why.clone()));
        }
        if let Some(end) = until.end() {
            return Err(end);
        }
        self.send(|to| frontend::query(sql, to))?;
        let mut exchange = Exchange::default();
        let result = self.answer(until, take, &mut exchange);
        if exchange.was_cancelled() && self.broken.is_none() {
            self.absorb_cancels()?;
        }
        result
    }

    fn answer(&mut self, until: Until<'_>, take: &mut dyn Take, exchange: &mut Exchange) -> Result<String, Trouble> {
        loop {
            let Some(message) = self.arrived()? else {
                if exchange.end.is_none() {
                    exchange.end = until.end();
                }
                if exchange.end.is_some() {
                    self.cancel_now_and_then(exchange)?;
                }
                // Why the server ended the session is what it said last.
                self.read().map_err(|broken| exchange.trouble.take().unwrap_or(broken))?;
                continue;
            };
            match message {
                Message::RowDescription(body) => {
                    let described = body
                        .fields()
                        .map(|field| Ok(Column { name: field.name().to_owned(), kind: Kind::of(field.type_oid()) }));
                    let columns = described.collect().map_err(|error| self.broke(&error.to_string()))?;
                    take.columns(columns);
                }
                // Of a statement that is to end, the rows still on their way are let go.
                Message::DataRow(_) if exchange.end.is_some() => {}
                Message::DataRow(row) => {
                    let goes_on = take.row(&row).map_err(|error| self.broke(&error.to_string()))?;
                    exchange.end = (!goes_on).then_some(Trouble::Enough);
                }
                Message::CommandComplete(body) => {
                    exchange.tag = body.tag().map_err(|error| self.broke(&error.to_string()))?.to_owned();
                }
                Message::CopyInResponse(_) => {
                    exchange.trouble = Some(Trouble::Copy);
                    self.send(|to| frontend::copy_fail("there is nobody to send rows", to))?;
                }
                Message::CopyOutResponse(_) => exchange.trouble = Some(Trouble::Copy),
                Message::ErrorResponse(body) => {
                    let refused = refused(body.fields());
                    let ours = exchange.end.is_some() && refused.code == CANCELLED;
                    if ours {
                        exchange.trouble = exchange.end.take();
                        // Not to be cancelled a second time.
                        return self.ready(exchange);
                    }
                    if !matches!(exchange.trouble, Some(Trouble::Copy)) {
                        exchange.trouble = Some(Trouble::Refused(Box::new(refused)));
                    }
                }
                Message::ReadyForQuery(body) => return self.ended(body.status(), exchange),
                _ => {}
            }
        }
    }

    /// Waits for the end of a statement that was refused.
    fn ready(&mut self, exchange: &mut Exchange) -> Result<String, Trouble> {
        let until = Until::within(PATIENCE);
        loop {
            match self.receive()? {
                Some(Message::ReadyForQuery(body)) => return self.ended(body.status(), exchange),
                Some(_) => {}
                None if until.end().is_some() => return Err(self.broke("the server does not answer any more")),
                None => {}
            }
        }
    }

    fn ended(&mut self, status: u8, exchange: &mut Exchange) -> Result<String, Trouble> {
        self.status = match status {
            b'I' => Status::Idle,
            b'T' => Status::Open,
            _ => Status::Failed,
        };
        match exchange.trouble.take() {
            Some(trouble) => Err(trouble),
            // It came to its end all the same, but not all of its rows were taken.
            None if matches!(exchange.end, Some(Trouble::Enough)) => Err(Trouble::Enough),
            None => Ok(std::mem::take(&mut exchange.tag)),
        }
    }

    fn cancel_now_and_then(&mut self, exchange: &mut Exchange) -> Result<(), Trouble> {
        if exchange.since.is_none() && matches!(exchange.end, Some(Trouble::TimedOut)) {
            self.timed_out = self.look.and_then(|look| look(&self.address, self.key.0));
        }
        let now = Instant::now();
        let since = *exchange.since.get_or_insert(now);
        if now.duration_since(since) > PATIENCE {
            return Err(self.broke("the server did not end a statement that was cancelled"));
        }
        if exchange.told.is_none_or(|told| now.duration_since(told) >= AGAIN) {
            exchange.told = Some(now);
            // Should that not work out, it is tried again.
            let _ = self.cancel();
        }
        Ok(())
    }

    /// Asks for the end of the running statement, and waits until that was passed on.
    fn cancel(&self) -> io::Result<()> {
        let mut request = BytesMut::new();
        frontend::cancel_request(self.key.0, self.key.1, &mut request);
        let mut stream = UnixStream::connect(&self.address.socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(&request)?;
        stream.read(&mut [0]).map(drop)
    }

    /// A cancel may come through after the statement has ended: statements that do nothing are sent until one gets by.
    fn absorb_cancels(&mut self) -> Result<(), Trouble> {
        let until = Until::within(PATIENCE);
        loop {
            self.send(|to| frontend::query("", to))?;
            let mut exchange = Exchange::default();
            match self.ready_or_refused(&mut exchange, until)? {
                true => return Ok(()),
                false if until.end().is_some() => return Err(self.broke("the server ends every statement")),
                false => {}
            }
        }
    }

    fn ready_or_refused(&mut self, exchange: &mut Exchange, until: Until<'_>) -> Result<bool, Trouble> {
        let mut is_refused = false;
        loop {
            match self.receive()? {
                Some(Message::ErrorResponse(_)) => is_refused = true,
                Some(Message::ReadyForQuery(body)) => {
                    let _ = self.ended(body.status(), exchange);
                    return Ok(!is_refused);
                }
                Some(_) => {}
                None if until.end().is_some() => return Err(self.broke("the server does not answer any more")),
                None => {}
            }
        }
    }

    fn send(&mut self, write: impl FnOnce(&mut BytesMut) -> io::Result<()>) -> Result<(), Trouble> {
        let mut message = BytesMut::new();
        let sent = write(&mut message).and_then(|()| self.stream.write_all(&message));
        sent.map_err(|error| self.broke(&error.to_string()))
    }

    /// The next message, if one comes soon.
    fn receive(&mut self) -> Result<Option<Message>, Trouble> {
        loop {
            if let Some(message) = self.arrived()? {
                return Ok(Some(message));
            }
            if !self.read()? {
                return Ok(None);
            }
        }
    }

    /// The next message of those that have arrived.
    fn arrived(&mut self) -> Result<Option<Message>, Trouble> {
        Message::parse(&mut self.buffer).map_err(|error| self.broke(&error.to_string()))
    }

    /// Reads what comes, or waits for it a moment; whether anything came.
    fn read(&mut self) -> Result<bool, Trouble> {
        loop {
            match self.stream.read(&mut self.portion) {
                Ok(0) => return Err(self.broke("the server has closed the connection")),
                Ok(n_bytes) => {
                    self.buffer.extend_from_slice(&self.portion[..n_bytes]);
                    return Ok(true);
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return Ok(false),
                    io::ErrorKind::Interrupted => {}
                    _ => return Err(self.broke(&error.to_string())),
                },
            }
        }
    }

    fn broke(&mut self, why: &str) -> Trouble {
        let why = self.broken.get_or_insert_with(|| why.to_owned()).clone();
        self.status = Status::Idle;
        Trouble::Broken(why)
    }

    /// Ends the session and waits until the server has let go of all it held: locks, an open transaction.
    pub(super) fn close(mut self) {
        let until = Until::within(SETTLE);
        let said = self.send(|to| {
            frontend::terminate(to);
            Ok(())
        });
        while said.is_ok() && self.broken.is_none() && until.end().is_none() {
            let _ = self.receive();
        }
    }
}

/// One statement and what came of it.
#[derive(Debug, Default)]
struct Exchange {
    tag: String,
    trouble: Option<Trouble>,
    /// Why it is to end.
    end: Option<Trouble>,
    /// Since when it is told to, and when it was last.
    since: Option<Instant>,
    told: Option<Instant>,
}

impl Exchange {
    fn was_cancelled(&self) -> bool {
        self.told.is_some()
    }
}
