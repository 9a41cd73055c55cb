//! Reading a whole database: its rows and its schema objects.
//!
//! Everything is read in one transaction that sees one state (`REPEATABLE READ`). A signal of the server's own rules out
//! work (see `signal`): it is asked for each table, and for all catalogs together as far as definitions are made from them.
//!
//! Rows of partitions are those of the table that is divided; materialised views have rows. Not measured: what a
//! foreign table shows, the rows of other databases (that there is one more is), objects that an extension brought (the
//! extension itself is), and what is no catalog's: privileges on the server's parameters, security labels, replication
//! slots, `ALTER SYSTEM`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::ask::{Failed, fixed, reading, rows, run};
use super::connection::Connection;
use super::exchange::Status;
use super::few::{Few, Reading, Results};
use super::objects::OBJECTS;
use super::signal::{self, Signal, catalog_signal, in_sql, signal_of};
use super::tables::{Described, described};
use crate::database::DatabaseError;
use crate::database::snapshot::{Object, Rows, Snapshot, Table};

/// The sequences: name for people and name for SQL.
const SEQUENCES: &str = r"
SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'S' AND n.nspname !~ '^pg_'
 ORDER BY 1";

/// What reading keeps from one time to the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    /// Which transactions had ended, as the server writes it.
    pub(super) state: String,
    /// How many rows all catalogs had.
    pub(super) catalog_rows: String,
    pub(super) tables: HashMap<String, Seen>,
    pub(super) described: Vec<Described>,
}

/// A table as it was read last.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    identity: String,
    pub(super) rows: String,
}

impl Layout {
    /// The first transaction that had not ended then. Nothing of it or of a later one could be seen.
    pub(super) fn first_unseen(&self) -> &str {
        self.state.split(':').next().unwrap_or_default()
    }
}

/// The state of now if it is another one than that of `layout`; `before` is what was read then. That it is another one
/// may be expected, and then it is not asked for first.
pub(super) fn changed(
    connection: &mut Connection,
    few: &mut Few,
    layout: &mut Layout,
    before: &Snapshot,
    is_expected: bool,
) -> Result<Option<Snapshot>, DatabaseError> {
    if !is_expected && ended_transactions(connection)? == layout.state {
        return Ok(None);
    }
    if Few::are_few(layout, before) {
        match few.read(connection, layout, before).map_err(reading)? {
            Reading::Same => return Ok(None),
            Reading::Changed(snapshot) => return Ok(Some(snapshot)),
            Reading::Unclear => {}
        }
    }
    let result = in_transaction(connection, |connection, state| {
        if state == layout.state {
            return Ok(None);
        }
        read(connection, state, layout, before).map(Some)
    });
    result.map_err(reading)
}

/// The state of now.
pub(super) fn snapshot(connection: &mut Connection) -> Result<(Snapshot, Layout), DatabaseError> {
    let mut layout = Layout::default();
    let read = changed(connection, &mut Few::default(), &mut layout, &Snapshot::default(), true)?;
    Ok((read.unwrap_or_default(), layout))
}

/// Which transactions have ended now.
pub(super) fn ended_transactions(connection: &mut Connection) -> Result<String, DatabaseError> {
    asked_state(connection, STATE).map_err(reading)
}

/// The sequences' values, by name.
pub(super) fn counters(connection: &mut Connection) -> Result<BTreeMap<String, String>, DatabaseError> {
    let read = |connection: &mut Connection| -> Result<BTreeMap<String, String>, Failed> {
        let mut counters = BTreeMap::new();
        for sequence in rows(connection, SEQUENCES)? {
            let [name, sql_name] = fixed(sequence);
            for value in rows(connection, &format!("SELECT last_value, is_called FROM {sql_name}"))? {
                let [last, is_called] = fixed(value);
                counters.insert(name.clone(), if is_called == "t" { last } else { format!("before {last}") });
            }
        }
        Ok(counters)
    };
    read(connection).map_err(reading)
}

/// Begins a transaction that sees one state; which one.
fn begin(connection: &mut Connection) -> Result<String, Failed> {
    // Together, because a way to the server and back takes longer than most answers.
    asked_state(connection, &format!("{BEGIN}; {STATE}"))
}

/// Does `work` in a transaction that sees one state, which is handed to it.
fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection, String) -> Result<T, Failed>,
) -> Result<T, Failed> {
    let result = begin(connection).and_then(|state| work(connection, state));
    // Whatever came of it: nothing was written.
    let ended = if connection.status() == Status::Idle { Ok(Vec::new()) } else { rows(connection, END) };
    let result = result?;
    ended.map(|_| result)
}

/// Begins a transaction that sees one state.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Ends it.
pub(super) const END: &str = "ROLLBACK";

/// Which transactions have ended, as `xmin:xmax:those between that have not`. It is another one whenever something was
/// committed since: a transaction that writes gets a number of its own.
pub(super) const STATE: &str = "SELECT pg_current_snapshot()";

/// The state, by statements that give nothing else.
fn asked_state(connection: &mut Connection, sql: &str) -> Result<String, Failed> {
    let row = rows(connection, sql)?.into_iter().next().unwrap_or_default();
    let [state] = fixed(row);
    Ok(state)
}

fn read(
    connection: &mut Connection,
    state: String,
    layout: &mut Layout,
    before: &Snapshot,
) -> Result<Snapshot, Failed> {
    let first_unseen = layout.first_unseen().to_owned();
    let mut snapshot = Snapshot::default();
    let catalogs = catalog_signal(connection, &first_unseen)?;
    let is_defined_alike = !layout.state.is_empty() && catalogs.is_same(&layout.catalog_rows);
    if is_defined_alike {
        snapshot.objects = before.objects.clone();
    } else {
        snapshot.objects = objects(connection)?;
        layout.described = described(connection)?;
    }
    layout.catalog_rows = catalogs.rows;

    // Rows that are still there can read otherwise under other definitions (`ALTER TYPE … RENAME VALUE`), and be another
    // table's (`ATTACH PARTITION`): then everything is read.
    let asked = if is_defined_alike { &layout.described[..] } else { &[] };
    let signals = signals(connection, asked, &first_unseen)?;
    let kept = |table: &Described| -> Option<Arc<Table>> {
        let (seen, signal) = layout.tables.get(&table.number).zip(signals.get(&table.number))?;
        let read = before.tables.get(&table.name)?;
        // A primary key may have come or gone without the rows.
        let is_described_alike =
            read.columns == table.columns && read.key == table.key && (is_defined_alike || !table.reads_by_definitions);
        let is_unchanged = is_described_alike && seen.identity == table.identity && signal.is_same(&seen.rows);
        is_unchanged.then(|| Arc::clone(read))
    };
    let kept: Vec<Option<Arc<Table>>> = layout.described.iter().map(kept).collect();
    let to_read = layout.described.iter().zip(&kept).filter(|(_, kept)| kept.is_none()).map(|(table, _)| table);
    let mut read = rows_of(connection, &to_read.collect::<Vec<_>>())?.into_iter();
    let mut seen = HashMap::new();
    for (described, kept) in layout.described.iter().zip(kept) {
        let table = kept.unwrap_or_else(|| Arc::new(described.table(read.next().unwrap_or_default())));
        let rows = table.rows.len().to_string();
        seen.insert(described.number.clone(), Seen { identity: described.identity.clone(), rows });
        snapshot.tables.insert(described.name.clone(), table);
    }
    layout.tables = seen;
    layout.state = state;
    Ok(snapshot)
}

fn signals(
    connection: &mut Connection,
    tables: &[Described],
    first_unseen: &str,
) -> Result<HashMap<String, Signal>, Failed> {
    let known = tables.iter().filter(|table| table.is_filled);
    let first = in_sql(first_unseen);
    let each: Vec<String> = known.map(|table| signal_of(&table.number, &table.sql_name, &first)).collect();
    if first_unseen.is_empty() || each.is_empty() {
        return Ok(HashMap::new());
    }
    let read = rows(connection, &each.join(" UNION ALL "))?;
    Ok(read.into_iter().map(signal::signal).collect())
}

fn objects(connection: &mut Connection) -> Result<BTreeMap<(String, String), Object>, Failed> {
    let mut objects = BTreeMap::new();
    for row in rows(connection, OBJECTS)? {
        let [kind, name, definition] = fixed(row);
        objects.insert((kind, name.clone()), Object { name, definition });
    }
    Ok(objects)
}

/// The rows of each of `tables`. They are asked for together, and it ends the transaction.
fn rows_of(connection: &mut Connection, tables: &[&Described]) -> Result<Vec<Rows>, Failed> {
    let filled = tables.iter().filter(|table| table.is_filled);
    let queries = filled.map(|table| table.query());
    let queries: Vec<String> = queries.chain([END.to_owned()]).collect();
    let mut read = Results::default();
    if queries.len() > 1 {
        run(connection, &queries.join("; "), &mut read)?;
    }
    let mut read = read.results.into_iter();
    Ok(tables
        .iter()
        .map(|table| if table.is_filled { read.next().unwrap_or_default() } else { Rows::default() })
        .collect())
}

/// Readies a session for everything here: what values are written with, and what is asked again and again.
pub(super) fn settle(connection: &mut Connection) -> Result<(), DatabaseError> {
    for setting in [
        "search_path = pg_catalog",
        "timezone = 'UTC'",
        "datestyle = 'ISO, MDY'",
        "intervalstyle = 'postgres'",
        "extra_float_digits = 1",
        "bytea_output = 'hex'",
        "synchronize_seqscans = off",
        "lock_timeout = '5s'",
        "statement_timeout = 0",
        "plan_cache_mode = force_generic_plan",
    ] {
        rows(connection, &format!("SET {setting}")).map_err(reading)?;
    }
    signal::prepare(connection).map_err(reading)
}
