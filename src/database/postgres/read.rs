//! Reading a whole database: its rows and its schema objects.
//!
//! Everything is read in one transaction that sees one state (`REPEATABLE READ`). Signals of the server's own rule out
//! work: its log tells whether anything but rows has changed (see `wal`), and if that cannot be told, what is in the catalogs
//! does, all that definitions are made from together (see `signal`), as it does for each table.
//!
//! Rows of partitions are those of the table that is divided; materialised views have rows. Not measured: what a
//! foreign table shows, the rows of other databases (that there is one more is), objects that an extension brought (the
//! extension itself is), and what is no catalog's: privileges on the server's parameters, security labels, replication
//! slots, `ALTER SYSTEM`.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use super::ask::{Failed, fixed, reading, rows, run};
use super::connection::Connection;
use super::exchange::Status;
use super::few::{Few, Reading, Results};
use super::objects::OBJECTS;
use super::signal::{self, Signal, catalog_signal, in_sql, signal_of};
use super::tables::{Described, described};
use super::wal::{End, Files, Wal};
use crate::database::DatabaseError;
use crate::database::snapshot::{Object, Rows, Snapshot, Table};

/// The sequences: name for people and name for SQL.
const SEQUENCES: &str = r"
SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'S' AND n.nspname !~ '^pg_'
 ORDER BY 1";

/// Which files are the page's own: those of everything that the server did not bring.
const FILES: &str = r"
SELECT d.oid, coalesce(nullif(c.reltablespace, 0), d.dattablespace), c.relfilenode
  FROM pg_database d, pg_class c
 WHERE d.datname = current_database() AND c.oid >= 16384 AND c.relfilenode <> 0";

/// Whether the catalogs are asked though the log tells that they are the same, and both are held against each other.
pub(super) const ASK_BOTH: bool = cfg!(test);

/// Reads a database again and again.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) layout: Layout,
    few: Few,
    /// The server's log, if it can be read.
    wal: Option<Wal>,
    has_prepared_catalogs: bool,
}

/// A state of the database, and how far the log had come when it was taken, or a little later.
#[derive(Debug)]
pub(super) struct Moment {
    /// Which transactions had ended, as the server writes it.
    pub(super) state: String,
    pub(super) end: End,
}

/// What is known of a database from one time to the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    /// Which transactions had ended, as the server writes it.
    pub(super) state: String,
    /// How many rows all catalogs had.
    pub(super) catalog_rows: String,
    pub(super) tables: HashMap<String, Seen>,
    pub(super) described: Vec<Described>,
    pub(super) files: Files,
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
        first_unseen(&self.state)
    }
}

impl Reader {
    /// Reads on, in a session with a copy of the database that `layout` is of, whose log lies in the folder `wal`.
    pub(super) fn new(connection: &mut Connection, layout: &Layout, wal: PathBuf) -> Result<Self, DatabaseError> {
        let moment = asked_moment(connection, MOMENT).map_err(reading)?;
        let layout = Layout { state: moment.state, ..layout.clone() };
        Ok(Self { layout, wal: Some(Wal::new(wal, moment.end)), ..Self::default() })
    }

    /// Goes on in another session, before which anything may have happened.
    pub(super) fn begin_again(&mut self) {
        // A crash takes what was not logged, and numbers of transactions are given again.
        let layout = Layout { state: String::new(), ..std::mem::take(&mut self.layout) };
        *self = Self { layout, ..Self::default() };
    }

    /// The state of now if it is another one than the last; `before` is what was read then. That it is another one may be
    /// expected, and then it is not asked for first.
    pub(super) fn changed(
        &mut self,
        connection: &mut Connection,
        before: &Snapshot,
        is_expected: bool,
    ) -> Result<Option<Snapshot>, DatabaseError> {
        if !is_expected && asked_moment(connection, MOMENT).map_err(reading)?.state == self.layout.state {
            return Ok(None);
        }
        self.wal.take_if(|wal| wal.is_lost());
        if Few::are_few(&self.layout, before) {
            if self.wal.is_none() || ASK_BOTH {
                self.prepare_catalogs(connection).map_err(reading)?;
            }
            let Self { layout, few, wal, .. } = self;
            match few.read(connection, layout, wal, before).map_err(reading)? {
                Reading::Same => return Ok(None),
                Reading::Changed(snapshot) => return Ok(Some(snapshot)),
                Reading::Unclear => {}
            }
        }
        let result = in_transaction(connection, |connection, moment| {
            if moment.state == self.layout.state {
                return Ok(None);
            }
            self.read(connection, moment, before).map(Some)
        });
        result.map_err(reading)
    }

    /// Whether the log still tells something.
    #[cfg(test)]
    pub(super) fn reads_log(&self) -> bool {
        self.wal.as_ref().is_some_and(|wal| !wal.is_lost())
    }

    fn prepare_catalogs(&mut self, connection: &mut Connection) -> Result<(), Failed> {
        if !self.has_prepared_catalogs {
            signal::prepare(connection)?;
            self.has_prepared_catalogs = true;
        }
        Ok(())
    }

    fn read(&mut self, connection: &mut Connection, moment: Moment, before: &Snapshot) -> Result<Snapshot, Failed> {
        let first_unseen = self.layout.first_unseen().to_owned();
        let is_told = match &mut self.wal {
            Some(wal) => wal.tells_rows_only(moment.end, &self.layout.files, &first_unseen),
            None => false,
        };
        if !is_told || ASK_BOTH {
            self.prepare_catalogs(connection)?;
        }
        let layout = &mut self.layout;
        let mut snapshot = Snapshot::default();
        let is_defined_alike = if is_told && !ASK_BOTH {
            true
        } else {
            let catalogs = catalog_signal(connection, &first_unseen)?;
            let is_same = !layout.state.is_empty() && catalogs.is_same(&layout.catalog_rows);
            if ASK_BOTH {
                assert!(is_same || !is_told, "the log has told less than the catalogs");
            }
            layout.catalog_rows = catalogs.rows;
            is_same
        };
        if is_defined_alike {
            snapshot.objects = before.objects.clone();
        } else {
            snapshot.objects = objects(connection)?;
            layout.described = described(connection)?;
            layout.files = files(connection)?;
        }

        // Rows that are still there can read otherwise under other definitions (`ALTER TYPE … RENAME VALUE`), and be another
        // table's (`ATTACH PARTITION`): then everything is read.
        let asked = if is_defined_alike { &layout.described[..] } else { &[] };
        let signals = signals(connection, asked, &first_unseen)?;
        let kept = |table: &Described| -> Option<Arc<Table>> {
            let (seen, signal) = layout.tables.get(&table.number).zip(signals.get(&table.number))?;
            let read = before.tables.get(&table.name)?;
            // A primary key may have come or gone without the rows.
            let is_described_alike = read.columns == table.columns
                && read.key == table.key
                && (is_defined_alike || !table.reads_by_definitions);
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
        layout.state = moment.state;
        if let Some(wal) = &mut self.wal {
            wal.catalogs_are_read();
        }
        Ok(snapshot)
    }
}

/// The state of now, and what is known of it.
pub(super) fn snapshot(connection: &mut Connection) -> Result<(Snapshot, Layout), DatabaseError> {
    let mut reader = Reader::default();
    let read = reader.changed(connection, &Snapshot::default(), true)?;
    Ok((read.unwrap_or_default(), reader.layout))
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

/// Does `work` in a transaction that sees one state, which is handed to it.
fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection, Moment) -> Result<T, Failed>,
) -> Result<T, Failed> {
    // Together, because a way to the server and back takes longer than most answers.
    let begun = asked_moment(connection, &format!("{BEGIN}; {MOMENT}"));
    let result = begun.and_then(|moment| work(connection, moment));
    // Whatever came of it: nothing was written.
    let ended = if connection.status() == Status::Idle { Ok(Vec::new()) } else { rows(connection, END) };
    let result = result?;
    ended.map(|_| result)
}

/// Begins a transaction that sees one state.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Ends it.
pub(super) const END: &str = "ROLLBACK";

/// Which transactions have ended, as `xmin:xmax:those between that have not`, and how far the log has come. The state is
/// another one whenever something was committed since: a transaction that writes gets a number of its own.
pub(super) const MOMENT: &str = "SELECT pg_current_snapshot(), pg_current_wal_insert_lsn() - '0/0', \
    pg_current_wal_lsn() - '0/0'";

/// The first transaction that had not ended in a state.
pub(super) fn first_unseen(state: &str) -> &str {
    state.split(':').next().unwrap_or_default()
}

/// The moment, by statements that give nothing else.
fn asked_moment(connection: &mut Connection, sql: &str) -> Result<Moment, Failed> {
    let row = rows(connection, sql)?.into_iter().next().unwrap_or_default();
    Ok(moment(fixed(row)))
}

/// The moment that the cells of such a row tell.
pub(super) fn moment([state, inserted, written]: [String; 3]) -> Moment {
    let place = |text: String| text.parse().unwrap_or_default();
    Moment { state, end: End { inserted: place(inserted), written: place(written) } }
}

/// Which files are the page's own now.
pub(super) fn files(connection: &mut Connection) -> Result<Files, Failed> {
    let mut files = Files::default();
    for row in rows(connection, FILES)? {
        let [database, tablespace, number] = fixed(row).map(|number| number.parse().unwrap_or_default());
        files.database = database;
        files.own.insert((tablespace, number));
    }
    Ok(files)
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

/// Readies a session for everything here: what values are written with.
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
    Ok(())
}
