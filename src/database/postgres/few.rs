//! A small database, read in one go.
//!
//! A way to the server and back takes longer than reading some hundred rows. So everything is asked at once: which state
//! it is, and all rows, whether they changed or not. Whether definitions are still the same the server's log tells, or else
//! the catalogs. The queries are prepared, because planning one takes longer than such a table's rows do.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use postgres_protocol::message::backend::DataRowBody;

use super::ask::{Failed, rows, run};
use super::connection::Connection;
use super::exchange::{Column, Status, Take};
use super::read::{self, ASK_BOTH, BEGIN, END, Layout, MOMENT};
use super::signal;
use super::tables::Described;
use super::value::{self, Kind};
use super::wal::Wal;
use crate::database::snapshot::{Rows, Snapshot};
use crate::expect::Cell;

/// How many rows a database may have to be small.
const FEW: usize = 1000;

/// What was prepared in a session for reading all tables.
#[derive(Debug, Default)]
pub(super) struct Few {
    /// The queries, in order.
    queries: Vec<String>,
    /// How often others were prepared before: names are never given twice.
    generation: usize,
}

/// What was read.
pub(super) enum Reading {
    /// The state is the one that is known.
    Same,
    /// It is another one, under the same definitions.
    Changed(Snapshot),
    /// Definitions have changed, or something else is not as it was.
    Unclear,
}

impl Few {
    /// Whether a database is small that was `before` when it was last read.
    pub(super) fn are_few(layout: &Layout, before: &Snapshot) -> bool {
        !layout.state.is_empty() && before.tables.values().map(|table| table.rows.len()).sum::<usize>() <= FEW
    }

    /// Reads everything, in a transaction of its own. What `layout` says of rows and of the state is brought up to date. If
    /// there is no `wal`, what asks the catalogs has been prepared.
    pub(super) fn read(
        &mut self,
        connection: &mut Connection,
        layout: &mut Layout,
        wal: &mut Option<Wal>,
        before: &Snapshot,
    ) -> Result<Reading, Failed> {
        let filled = layout.described.iter().filter(|table| table.is_filled);
        let queries: Vec<String> = filled.map(Described::query).collect();
        let n_filled = queries.len();
        let catalogs = (wal.is_none() || ASK_BOTH).then(|| signal::catalog_query(layout.first_unseen()));
        let asks_catalogs = catalogs.is_some();
        let Some(mut results) = self.results(connection, catalogs, queries)? else { return Ok(Reading::Unclear) };

        let moment = results.pop_front().and_then(single).map(read::moment);
        let catalogs = if asks_catalogs { results.pop_front() } else { None };
        let (Some(moment), true) = (moment, results.len() == n_filled) else { return Ok(Reading::Unclear) };
        if moment.state == layout.state {
            return Ok(Reading::Same);
        }
        let asked = catalogs.and_then(single).map(|row| signal::catalog_answer(row).is_same(&layout.catalog_rows));
        let told = wal.as_mut().map(|wal| wal.tells_rows_only(moment.end, &layout.files, layout.first_unseen()));
        if ASK_BOTH {
            assert!(told != Some(true) || asked != Some(false), "the log has told less than the catalogs");
        }
        if !told.or(asked).unwrap_or_default() {
            return Ok(Reading::Unclear);
        }
        let mut snapshot = Snapshot { objects: before.objects.clone(), ..Snapshot::default() };
        for described in &layout.described {
            let rows = if described.is_filled { results.pop_front().unwrap_or_default() } else { Rows::default() };
            if let Some(seen) = layout.tables.get_mut(&described.number) {
                seen.rows = rows.len().to_string();
            }
            snapshot.tables.insert(described.name.clone(), Arc::new(described.table(rows)));
        }
        layout.state = moment.state;
        Ok(Reading::Changed(snapshot))
    }

    /// What the server answers to everything at once: the moment, what `catalogs` asks if anything, and what
    /// `queries` do; `None` if it refuses something.
    fn results(
        &mut self,
        connection: &mut Connection,
        catalogs: Option<String>,
        queries: Vec<String>,
    ) -> Result<Option<VecDeque<Rows>>, Failed> {
        let mut statements = vec![format!("{BEGIN}; {MOMENT}")];
        statements.extend(catalogs);
        if self.queries != queries {
            self.generation += 1;
            self.queries.clear();
            statements.extend((0..).zip(&queries).map(|(at, query)| format!("PREPARE {} AS {query}", self.name(at))));
        }
        statements.extend((0..queries.len()).map(|at| format!("EXECUTE {}", self.name(at))));
        statements.push(END.into());
        let mut read = Results::default();
        if run(connection, &statements.join("; "), &mut read).is_err() {
            self.queries.clear();
            // As when a table is gone. Whatever it is, it shows again where the definitions are read.
            if connection.status() != Status::Idle {
                rows(connection, END)?;
            }
            return Ok(None);
        }
        self.queries = queries;
        Ok(Some(read.results.into()))
    }

    fn name(&self, at: usize) -> String {
        format!("rows_{}_{at}", self.generation)
    }
}

/// The texts of the only row of a result, which has that many columns.
fn single<const N: usize>(rows: Rows) -> Option<[String; N]> {
    let row = (rows.len() == 1).then(|| rows.get(0).cells())?;
    Some(<[Cell; N]>::try_from(row).ok()?.map(|cell| cell.written()))
}

/// Takes the rows of several results as parts of a snapshot.
#[derive(Default)]
pub(super) struct Results {
    kinds: Vec<Kind>,
    pub(super) results: Vec<Rows>,
}

impl Take for Results {
    fn columns(&mut self, columns: Vec<Column>) {
        self.kinds = columns.iter().map(|column| column.kind).collect();
        self.results.push(Rows::default());
    }

    fn row(&mut self, row: &DataRowBody) -> io::Result<bool> {
        let Self { kinds, results } = self;
        let Some(rows) = results.last_mut() else { return Ok(true) };
        value::values(row, |index, text| kinds.get(index).copied().unwrap_or(Kind::Text).push(text, rows))?;
        rows.end_row();
        Ok(true)
    }
}
