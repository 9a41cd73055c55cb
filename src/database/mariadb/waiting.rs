//! What a statement that runs is doing, asked over a connection of its own: the server's list of connections, and which
//! row locks wait for which.
//!
//! Must stay true: what the server does not tell is not guessed (it does not tell who holds a lock on a table's
//! definition); no number of a connection gets out.

use std::path::Path;

use crate::database::waiting::{Holder, Session, held};
use crate::runbook::running::{RunningStatement, in_short};

use super::connection::{Connection, Failed};

const RUNNING: &str = "SELECT id, coalesce(state, ''), coalesce(info, '') FROM information_schema.processlist \
     WHERE command NOT IN ('Sleep', 'Daemon') AND id <> connection_id() ORDER BY id";

/// Who waits, for whom, for a lock on what.
const LOCKS: &str = "SELECT waiting.trx_mysql_thread_id, blocking.trx_mysql_thread_id, wanted.lock_table, wanted.lock_type \
     FROM information_schema.innodb_lock_waits \
     JOIN information_schema.innodb_trx AS waiting ON waiting.trx_id = requesting_trx_id \
     JOIN information_schema.innodb_trx AS blocking ON blocking.trx_id = blocking_trx_id \
     JOIN information_schema.innodb_locks AS wanted ON wanted.lock_id = requested_lock_id \
     ORDER BY blocking.trx_started";

/// The page's own connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own<'o> {
    pub(super) id: u32,
    /// The last statement it ran.
    pub(super) last: Option<&'o str>,
}

/// What the statement that the page's own connection runs is doing.
pub(super) fn of_own(socket: &Path, own: Own<'_>) -> Option<String> {
    let running = running(socket, own).ok()?;
    running.into_iter().find(|(id, _)| *id == own.id).map(|(_, running)| running.doing)
}

/// What the statements of all other connections are doing.
pub(super) fn of_others(socket: &Path, own: Own<'_>) -> Vec<RunningStatement> {
    let running = running(socket, own).unwrap_or_default();
    running.into_iter().filter(|(id, _)| *id != own.id).map(|(_, running)| running).collect()
}

fn running(socket: &Path, own: Own<'_>) -> Result<Vec<(u32, RunningStatement)>, Failed> {
    let mut connection = Connection::open(socket, "")?;
    let mut rows = Vec::new();
    for row in connection.ask(RUNNING)? {
        let [id, state, statement] = row.as_slice() else { continue };
        let Ok(id) = id.parse::<u32>() else { continue };
        rows.push((id, state.clone(), statement.clone()));
    }
    let locks = connection.ask(LOCKS)?;
    let doing = |id: u32, state: &str| {
        let waits = locks.iter().filter_map(|row| <&[String; 4]>::try_from(row.as_slice()).ok());
        let mut waits = waits.filter(|[waiting, ..]| waiting.parse() == Ok(id)).peekable();
        let Some([_, _, table, kind]) = waits.peek() else { return in_words(state) };
        let table = table.rsplit('.').next().unwrap_or_default().trim_matches('`');
        let what = if kind == "RECORD" { "a row of the table" } else { "the table" };
        let holder = |[_, blocking, ..]: &[String; 4]| {
            let blocking: u32 = blocking.parse().unwrap_or_default();
            if blocking == own.id {
                return Holder { session: Session::Own, last: own.last.map(str::to_owned), runs: None };
            }
            let statement = rows.iter().find(|(id, ..)| *id == blocking).map(|(_, _, statement)| statement.clone());
            Holder { session: Session::Other(None), last: None, runs: statement.filter(|text| !text.is_empty()) }
        };
        format!("waiting for a lock on {what} `{table}`{}", held(&waits.map(holder).collect::<Vec<_>>()))
    };
    Ok(rows
        .iter()
        .map(|(id, state, statement)| {
            (*id, RunningStatement { statement: in_short(statement), doing: doing(*id, state) })
        })
        .collect())
}

/// What a state of MariaDB's means. Of those in which it works, the page learns nothing.
fn in_words(state: &str) -> String {
    match state {
        "User sleep" => "sleeping".into(),
        "User lock" => "waiting for a lock of `GET_LOCK` that another session holds".into(),
        "Waiting for table metadata lock" => {
            "waiting for a lock on a table's definition (`Waiting for table metadata lock`): another session uses the \
             table, in a statement or a transaction it has open"
                .into()
        }
        waiting if waiting.starts_with("Waiting ") => format!("waiting (`{waiting}`)"),
        _ => "running".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_put_in_words_only_where_something_is_waited_for() {
        assert_eq!(in_words("User sleep"), "sleeping");
        assert_eq!(in_words("Waiting for backup lock"), "waiting (`Waiting for backup lock`)");
        assert_eq!(in_words("Sending data"), "running");
        assert_eq!(in_words(""), "running");
    }
}
