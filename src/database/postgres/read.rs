//! Reading a whole database: its rows and its schema objects.
//!
//! Everything is read in one transaction that sees one state (`REPEATABLE READ`). A signal of the server's own rules out
//! work (see `signal`): it is asked for each table, and for all catalogs together as far as definitions are made from them.
//!
//! Rows of partitions are those of the table that is divided; materialised views have rows. Not measured: large objects,
//! what a foreign table shows, objects that an extension brought (the extension itself is), casts, publications and the
//! like, which `objects` does not name.

use std::collections::{BTreeMap, HashMap};
use std::io;

use postgres_protocol::message::backend::DataRowBody;

use super::ask::{Failed, fixed, reading, rows, run};
use super::connection::Connection;
use super::exchange::{Column, Take};
use super::objects::OBJECTS;
use super::signal::{self, Signal, catalog_signal, in_sql, signal_of};
use super::value::{self, Kind};
use crate::database::DatabaseError;
use crate::database::snapshot::{Object, Rows, Snapshot, Table};

/// The tables whose rows count: number, name for people, name for SQL, and what tells whether the rows that are there
/// read the same as before (another file means other rows, other columns another reading).
const TABLES: &str = r"
SELECT c.oid,
       CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END,
       CASE c.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       concat_ws(' ', c.oid, c.relfilenode, c.relkind, c.relispopulated, c.relname, n.nspname, (
           SELECT string_agg(concat_ws(':', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attgenerated,
                                       a.attmissingval), ',' ORDER BY a.attnum)
             FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)),
       c.relispopulated
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY 2";

/// The columns of those tables that are stored, and each one's place in the primary key, if it has one.
const COLUMNS: &str = r"
SELECT a.attrelid, a.attname, quote_ident(a.attname), array_position(i.indkey::int2[], a.attnum)
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
 WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
 ORDER BY a.attrelid, a.attnum";

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
    catalog_rows: String,
    tables: HashMap<String, Seen>,
    described: Vec<Described>,
}

/// A table as it was read last.
#[derive(Debug, Clone)]
struct Seen {
    identity: String,
    rows: String,
}

/// A table whose rows count.
#[derive(Debug, Clone)]
struct Described {
    number: String,
    name: String,
    sql_name: String,
    identity: String,
    is_filled: bool,
    columns: Vec<String>,
    sql_columns: Vec<String>,
    key: Vec<usize>,
}

/// The state of now if it is another one than that of `layout`; `before` is what was read then.
pub(super) fn changed(
    connection: &mut Connection,
    layout: &mut Layout,
    before: &Snapshot,
) -> Result<Option<Snapshot>, DatabaseError> {
    let result = in_transaction(connection, |connection| {
        let state = state(connection)?;
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
    let read = changed(connection, &mut layout, &Snapshot::default())?;
    Ok((read.unwrap_or_default(), layout))
}

/// Which transactions have ended now.
pub(super) fn ended_transactions(connection: &mut Connection) -> Result<String, DatabaseError> {
    state(connection).map_err(reading)
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

fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, Failed>,
) -> Result<T, Failed> {
    rows(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    let result = work(connection);
    // Whatever came of it: nothing was written.
    let ended = rows(connection, "ROLLBACK");
    let result = result?;
    ended.map(|_| result)
}

/// Which transactions have ended, as `xmin:xmax:those between that have not`. It is another one whenever something was
/// committed since: a transaction that writes gets a number of its own.
fn state(connection: &mut Connection) -> Result<String, Failed> {
    let row = rows(connection, "SELECT pg_current_snapshot()")?.into_iter().next().unwrap_or_default();
    let [state] = fixed(row);
    Ok(state)
}

fn read(
    connection: &mut Connection,
    state: String,
    layout: &mut Layout,
    before: &Snapshot,
) -> Result<Snapshot, Failed> {
    // The first transaction that had not ended then. Nothing of it or of a later one could be seen.
    let first_unseen = layout.state.split(':').next().unwrap_or_default().to_owned();
    let mut snapshot = Snapshot::default();
    let catalogs = catalog_signal(connection, &first_unseen)?;
    if !layout.state.is_empty() && catalogs.is_same(&layout.catalog_rows) {
        snapshot.objects = before.objects.clone();
    } else {
        snapshot.objects = objects(connection)?;
        layout.described = described(connection)?;
    }
    layout.catalog_rows = catalogs.rows;

    let signals = signals(connection, &layout.described, &first_unseen)?;
    let mut seen = HashMap::new();
    for table in &layout.described {
        let signal = signals.get(&table.number);
        let folded = Snapshot::folded(&table.name);
        let unchanged = layout
            .tables
            .get(&table.number)
            .zip(signal)
            .is_some_and(|(seen, signal)| seen.identity == table.identity && signal.is_same(&seen.rows));
        let rows = match before.tables.get(&folded).filter(|_| unchanged) {
            Some(read) => read.rows.clone(),
            None => table_rows(connection, table)?,
        };
        seen.insert(table.number.clone(), Seen { identity: table.identity.clone(), rows: rows.len().to_string() });
        let (columns, key) = (table.columns.clone(), table.key.clone());
        snapshot.tables.insert(folded, Table { name: table.name.clone(), columns, key, rows });
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
        objects.insert((kind, Snapshot::folded(&name)), Object { name, definition });
    }
    Ok(objects)
}

fn described(connection: &mut Connection) -> Result<Vec<Described>, Failed> {
    let mut columns: HashMap<String, Vec<[String; 3]>> = HashMap::new();
    for row in rows(connection, COLUMNS)? {
        let [table, name, sql_name, place] = fixed(row);
        columns.entry(table).or_default().push([name, sql_name, place]);
    }
    let tables = rows(connection, TABLES)?.into_iter().map(|row| {
        let [number, name, sql_name, identity, is_filled] = fixed(row);
        let columns = columns.remove(&number).unwrap_or_default();
        let mut key: Vec<(usize, usize)> = columns
            .iter()
            .enumerate()
            .filter_map(|(index, [_, _, place])| Some((place.parse().ok()?, index)))
            .collect();
        key.sort_unstable();
        let (columns, sql_columns) = columns.into_iter().map(|[name, sql_name, _]| (name, sql_name)).unzip();
        let key = key.into_iter().map(|(_, index)| index).collect();
        Described { number, name, sql_name, identity, is_filled: is_filled == "t", columns, sql_columns, key }
    });
    Ok(tables.collect())
}

fn table_rows(connection: &mut Connection, table: &Described) -> Result<Rows, Failed> {
    let mut read = Read::default();
    if table.is_filled {
        let sql = format!("SELECT {} FROM {}", table.sql_columns.join(", "), table.sql_name);
        run(connection, &sql, &mut read)?;
    }
    Ok(read.rows)
}

/// Takes rows as parts of a snapshot.
#[derive(Default)]
struct Read {
    kinds: Vec<Kind>,
    rows: Rows,
}

impl Take for Read {
    fn columns(&mut self, columns: Vec<Column>) {
        self.kinds = columns.iter().map(|column| column.kind).collect();
    }

    fn row(&mut self, row: &DataRowBody) -> io::Result<bool> {
        let Self { kinds, rows } = self;
        value::values(row, |index, text| kinds.get(index).copied().unwrap_or(Kind::Text).push(text, rows))?;
        rows.end_row();
        Ok(true)
    }
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
