//! What a statement that runs is doing, asked over a session of its own: what the server says each session waits for, and
//! who holds the lock.
//!
//! Must stay true: what the server does not tell is not guessed; no number of a process gets out.

use super::ask;
use super::connection::Connection;
use super::exchange::Address;
use crate::database::waiting::{Holder, Session, held};
use crate::runbook::running::{RunningStatement, in_short};

/// Sessions of programs, those that hold something included. A row that is waited for is locked before its holder is
/// waited for, and that tells its table.
const SESSIONS: &str = "SELECT pid, state, wait_event_type, wait_event, query, application_name, \
     (SELECT string_agg(blocking::text, ' ') FROM unnest(pg_catalog.pg_blocking_pids(pid)) AS blocking), \
     (SELECT string_agg(DISTINCT relname, ' ') FROM pg_catalog.pg_locks AS held \
      JOIN pg_catalog.pg_class ON pg_class.oid = held.relation \
      WHERE held.pid = sessions.pid AND (NOT held.granted OR held.locktype = 'tuple')) \
     FROM pg_catalog.pg_stat_activity AS sessions \
     WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid() ORDER BY backend_start";

/// The page's own session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own<'o> {
    pub(super) pid: i32,
    /// The last statement it ran. The server may know a later one, of Proofbook's own.
    pub(super) last: Option<&'o str>,
}

/// A session as the server tells of it.
struct Row {
    pid: i32,
    state: String,
    kind: String,
    event: String,
    query: String,
    program: String,
    blocking: Vec<i32>,
    relation: String,
}

/// What the statement that the page's own session runs is doing.
pub(super) fn of_own(address: &Address, pid: i32) -> Option<String> {
    let rows = rows(address)?;
    let row = rows.iter().find(|row| row.pid == pid)?;
    Some(doing(row, &rows, Own { pid, last: None }))
}

/// What the statements of all other sessions but Proofbook's are doing.
pub(super) fn of_others(address: &Address, own: Own<'_>) -> Vec<RunningStatement> {
    let rows = rows(address).unwrap_or_default();
    let others = rows.iter().filter(|row| row.pid != own.pid && row.state == "active" && row.program != "proofbook");
    others.map(|row| RunningStatement { statement: in_short(&row.query), doing: doing(row, &rows, own) }).collect()
}

fn rows(address: &Address) -> Option<Vec<Row>> {
    let mut connection = Connection::open(address).ok()??;
    let rows = ask::rows(&mut connection, SESSIONS).ok()?;
    let row = |cells| {
        let [pid, state, kind, event, query, program, blocking, relation] = ask::fixed(cells);
        let query = query.trim_end().trim_end_matches(';').to_owned();
        let blocking = blocking.split(' ').filter_map(|pid| pid.parse().ok()).collect();
        Some(Row { pid: pid.parse().ok()?, state, kind, event, query, program, blocking, relation })
    };
    Some(rows.into_iter().filter_map(row).collect())
}

fn doing(row: &Row, rows: &[Row], own: Own<'_>) -> String {
    if row.kind != "Lock" {
        return match row.event.as_str() {
            "PgSleep" => "sleeping".into(),
            "ClientRead" => "waiting for its program to send more".into(),
            "ClientWrite" => "waiting for its program to read the answer".into(),
            _ => "running".into(),
        };
    }
    let table = format!("the table `{}`", row.relation);
    let what = match (row.event.as_str(), row.relation.is_empty()) {
        ("transactionid" | "tuple", false) => format!("a lock on a row of {table}"),
        ("transactionid", true) => "the end of another transaction".into(),
        ("relation", false) => format!("a lock on {table}"),
        ("advisory", _) => "an advisory lock".into(),
        (event, _) => format!("a lock (`{event}`)"),
    };
    let holder = |pid: &i32| {
        let row = rows.iter().find(|row| row.pid == *pid)?;
        if *pid == own.pid {
            return Some(Holder { session: Session::Own, last: own.last.map(str::to_owned), runs: None });
        }
        let query = Some(row.query.clone()).filter(|query| !query.is_empty());
        let (runs, last) = if row.state == "active" { (query, None) } else { (None, query) };
        Some(Holder { session: Session::Other(Some(row.program.clone())), last, runs })
    };
    format!("waiting for {what}{}", held(&row.blocking.iter().filter_map(holder).collect::<Vec<_>>()))
}
