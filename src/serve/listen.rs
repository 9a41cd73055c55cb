//! Connections: taken, counted, given up.
//!
//! Takes a listening socket and the board, serves until its value is dropped. Each connection has a thread, so a slow
//! client keeps only itself waiting. Must stay true: there are never more connections than the limit; when it is
//! reached, a new client takes the place of the one that has kept us waiting longest, so that a browser gets through
//! however many idle or dripping connections somebody holds; and only a part of them can be streams of events.

use std::collections::BTreeMap;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use tiny_http::Method;

use super::answer::{self, Names, Reply};
use super::board::Board;
use super::http::{self, Answer, NoRequest, Reader, Request};
use super::limits::Limits;
use super::{events, lock};

/// A socket being served; dropping it closes every connection.
#[derive(Debug)]
pub(super) struct Listening {
    connections: Arc<Connections>,
    /// Closed to end the accepting thread.
    alive: Option<OwnedFd>,
    accepting: Option<JoinHandle<()>>,
}

impl Listening {
    /// Begins to serve what is on `board`.
    pub(super) fn start(listener: TcpListener, limits: Limits, names: Names, board: Arc<Board>) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let (ended, alive) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        let connections = Arc::new(Connections { limits, names, board, open: Mutex::default() });
        let of_thread = Arc::clone(&connections);
        let accepting = thread::Builder::new().name("preview-accept".to_owned());
        let accepting = accepting.spawn(move || of_thread.accept(&listener, &ended))?;
        Ok(Self { connections, alive: Some(alive), accepting: Some(accepting) })
    }
}

#[cfg(test)]
impl Listening {
    /// How many connections are open, and how many of them are streams.
    pub(super) fn n_open(&self) -> (usize, usize) {
        let open = lock(&self.connections.open);
        let streams = open.by_number.values().filter(|connection| connection.doing == Doing::Streaming);
        (open.by_number.len(), streams.count())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        drop(self.alive.take());
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        for connection in lock(&self.connections.open).by_number.values() {
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
    }
}

#[derive(Debug)]
struct Connections {
    limits: Limits,
    names: Names,
    board: Arc<Board>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next_number: u64,
    by_number: BTreeMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    stream: Arc<TcpStream>,
    doing: Doing,
    since: Instant,
}

/// What a connection is at, in the order in which it may be given up for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    /// The client has not yet sent its next request.
    Waiting,
    /// The client takes its answer, or waits for the first build.
    Answering,
    /// The client reads events; how many do is limited by itself.
    Streaming,
}

impl Connections {
    /// Takes connections until the other end of `ended` is closed.
    fn accept(self: Arc<Self>, listener: &TcpListener, ended: &OwnedFd) {
        loop {
            let mut ready = [PollFd::new(listener, PollFlags::IN), PollFd::new(ended, PollFlags::IN)];
            match poll(&mut ready, None) {
                Ok(_) if !ready[1].revents().is_empty() => return,
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                // Nothing that passes by itself at once: try again without burning time.
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
            match listener.accept() {
                Ok((stream, _)) => self.begin(stream),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Out of descriptors, or a client gone again: the next one may do.
                Err(_) => {
                    self.make_room(0);
                    thread::sleep(Duration::from_millis(5));
                }
            }
        }
    }

    fn begin(self: &Arc<Self>, stream: TcpStream) {
        if !self.make_room(self.limits.connections) {
            return;
        }
        // On some systems a connection inherits this from the listening socket.
        if stream.set_nonblocking(false).and_then(|()| stream.set_nodelay(true)).is_err() {
            return;
        }
        let stream = Arc::new(stream);
        let number = {
            let mut open = lock(&self.open);
            let number = open.next_number;
            open.next_number += 1;
            let connection = Connection { stream: Arc::clone(&stream), doing: Doing::Waiting, since: Instant::now() };
            open.by_number.insert(number, connection);
            number
        };
        let ticket = Ticket { connections: Arc::clone(self), number };
        // Without a thread to serve it the ticket is dropped, and with it the connection.
        let _ = thread::Builder::new().name("preview-answer".to_owned()).spawn(move || ticket.serve(&stream));
    }

    /// Gives up a connection if there are `limit` or more; whether there is room for another.
    fn make_room(&self, limit: usize) -> bool {
        let mut open = lock(&self.open);
        if open.by_number.len() < limit {
            return true;
        }
        let mut candidates: Vec<_> =
            open.by_number.iter().map(|(&number, connection)| (connection.doing, connection.since, number)).collect();
        candidates.sort_unstable();
        let Some(&(doing, _, number)) = candidates.first() else { return true };
        if doing == Doing::Streaming {
            return false;
        }
        if let Some(connection) = open.by_number.remove(&number) {
            // Its thread wakes up with an error and ends.
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
        true
    }
}

/// A connection's place among the open ones, given back with its value.
#[derive(Debug)]
struct Ticket {
    connections: Arc<Connections>,
    number: u64,
}

impl Ticket {
    fn serve(self, stream: &TcpStream) {
        let limits = self.connections.limits;
        let mut reader = Reader::new(stream);
        loop {
            self.now(Doing::Waiting);
            let request = match reader.next(limits.idle, limits.head) {
                Ok(request) => request,
                Err(NoRequest::Over) => return,
                Err(NoRequest::Refused(status)) => {
                    let answer = Answer::text(status, "The preview does not understand this request.");
                    let _ = answer.write(stream, None, limits.answer);
                    return http::close(stream);
                }
            };
            self.now(Doing::Answering);
            if let Some(refusal) = answer::refusal(&request, &self.connections.names) {
                let _ = refusal.write(stream, Some(&request), limits.answer);
                return http::close(stream);
            }
            match self.reply(&request) {
                Reply::Answer(answer) => {
                    if answer.write(stream, Some(&request), limits.answer).is_err() {
                        return;
                    }
                }
                Reply::Events => {
                    let _ = events::stream(stream, &self.connections.board, &limits);
                    return;
                }
            }
            if !request.keeps_alive() {
                return http::close(stream);
            }
        }
    }

    fn reply(&self, request: &Request) -> Reply {
        let Connections { limits, board, .. } = &*self.connections;
        match answer::own(request) {
            Some(Reply::Events) if request.method == Method::Head => {
                Reply::Answer(Answer { body: Vec::new(), ..Answer::text(200, "") })
            }
            Some(Reply::Events) if !self.may_stream() => {
                Reply::Answer(Answer::text(503, "Too many pages of this preview are open."))
            }
            Some(reply) => reply,
            None => Reply::Answer(answer::page(request, &board.first(limits.first_build))),
        }
    }

    /// Makes this connection a stream, if there are not too many.
    fn may_stream(&self) -> bool {
        let mut open = lock(&self.connections.open);
        let streams = open.by_number.values().filter(|connection| connection.doing == Doing::Streaming).count();
        let room = streams < self.connections.limits.streams;
        match open.by_number.get_mut(&self.number) {
            Some(connection) if room => connection.doing = Doing::Streaming,
            _ => return false,
        }
        true
    }

    fn now(&self, doing: Doing) {
        if let Some(connection) = lock(&self.connections.open).by_number.get_mut(&self.number) {
            (connection.doing, connection.since) = (doing, Instant::now());
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        lock(&self.connections.open).by_number.remove(&self.number);
    }
}
