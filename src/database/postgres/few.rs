//! A small database, read in one go.
//!
//! A way to the server and back takes longer than reading some hundred rows. So everything is asked at once: which state
//! it is, whether definitions are still the same, and all rows, whether they changed or not. The queries are prepared,
//! because planning one takes longer than such a table's rows do.

use std::io;
use std::sync::Arc;

use postgres_protocol::message::backend::DataRowBody;

use super::ask::{Failed, rows, run};
use super::connection::Connection;
use super::exchange::{Column, Status, Take};
use super::read::{BEGIN, END, Layout, STATE};
use super::signal;
use super::tables::Described;
use super::value::{self, Kind};
use crate::database::snapshot::{Rows, Snapshot};

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

    /// Reads everything, in a transaction of its own. What `layout` says of rows and of the state is brought up to date.
    pub(super) fn read(
        &mut self,
        connection: &mut Connection,
        layout: &mut Layout,
        before: &Snapshot,
    ) -> Result<Reading, Failed> {
        let filled: Vec<&Described> = layout.described.iter().filter(|table| table.is_filled).collect();
        let mut statements = vec![format!("{BEGIN}; {STATE}"), signal::catalog_query(layout.first_unseen())];
        let queries: Vec<String> = filled.iter().map(|table| table.query()).collect();
        let is_prepared = self.queries == queries;
        if !is_prepared {
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
            return Ok(Reading::Unclear);
        }
        self.queries = queries;
        let mut results = read.results.into_iter();
        let mut one = || results.next().filter(|rows| rows.len() == 1).map(|rows| rows.get(0).cells());
        let state = one().and_then(|cells| Some(cells.first()?.written()));
        let catalogs = one().and_then(|cells| signal::catalog_answer(&cells));
        let (Some(state), Some(catalogs)) = (state, catalogs) else { return Ok(Reading::Unclear) };
        let is_same = catalogs.is_same(&layout.catalog_rows);
        if state == layout.state {
            return Ok(Reading::Same);
        }
        if !is_same || results.len() != filled.len() {
            return Ok(Reading::Unclear);
        }
        let mut snapshot = Snapshot { objects: before.objects.clone(), ..Snapshot::default() };
        for described in &layout.described {
            let rows = if described.is_filled { results.next().unwrap_or_default() } else { Rows::default() };
            if let Some(seen) = layout.tables.get_mut(&described.number) {
                seen.rows = rows.len().to_string();
            }
            snapshot.tables.insert(described.name.clone(), Arc::new(described.table(rows)));
        }
        layout.state = state;
        Ok(Reading::Changed(snapshot))
    }

    fn name(&self, at: usize) -> String {
        format!("rows_{}_{at}", self.generation)
    }
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
