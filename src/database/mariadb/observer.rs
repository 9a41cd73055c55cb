//! The second connection: what was committed, whoever did it.
//!
//! Must stay true: when it says nothing changed, nothing was committed since it last looked. Two things together say so:
//! the log of InnoDB, which every commit that changed a row moves on, and the server's own counters of what statements
//! did, for everything else (other storage engines, views, routines). Both are read before the tables are, so that what
//! comes in between is found the next time. A commit takes a moment: its place in the log shows before its rows do. So
//! what was read is read once more the next time, even if nothing moved since.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::database::difference::between;
use crate::database::snapshot::Snapshot;
use crate::database::{DatabaseError, Volatile};
use crate::runbook::effect::Effect;

use super::connection::Connection;
use super::read::{self, Reader};

/// What is counted: where the log is, rows written by any storage engine, statements by kind; and how many statements run
/// now, this one included.
const SIGNS: &str = "SHOW GLOBAL STATUS WHERE variable_name IN ('Innodb_lsn_current', 'Handler_write', 'Handler_update', \
                     'Handler_delete', 'Threads_running') OR variable_name LIKE 'Com\\_%'";

/// The server's own tables that accounts, routines and events are defined by. A statement that only sets a variable and one
/// that sets a password count alike, and anybody can write there.
const DEFINED_BY: &str = "CHECKSUM TABLE mysql.global_priv, mysql.db, mysql.tables_priv, mysql.columns_priv, \
                          mysql.procs_priv, mysql.roles_mapping, mysql.proc, mysql.event";

/// Kinds of statements that by themselves commit nothing but rows of InnoDB, which show in its log.
const HARMLESS: [&str; 9] = [
    "Com_select",
    "Com_begin",
    "Com_checksum",
    "Com_commit",
    "Com_rollback",
    "Com_set_option",
    "Com_change_db",
    "Com_kill",
    "Com_do",
];

/// Kinds of statements that change rows, not definitions. All others may.
const OF_ROWS: [&str; 12] = [
    "Com_insert",
    "Com_insert_select",
    "Com_update",
    "Com_update_multi",
    "Com_delete",
    "Com_delete_multi",
    "Com_replace",
    "Com_replace_select",
    "Com_load",
    "Com_savepoint",
    "Com_rollback_to_savepoint",
    "Com_release_savepoint",
];

/// Watches one server.
#[derive(Debug)]
pub(super) struct Observer {
    connection: Connection,
    database: String,
    reader: Reader,
    /// What the server counted before the last look.
    signs: Option<Signs>,
    /// Whether everything was read once more since the signs last moved.
    is_settled: bool,
    /// The committed state as it was last read.
    now: Arc<Snapshot>,
    /// The state up to which changes were told.
    told: Arc<Snapshot>,
    /// The state to compare with on demand.
    remembered: Arc<Snapshot>,
    /// The columns that are left out.
    volatile: Arc<Volatile>,
}

/// What the server counts.
#[derive(Debug, PartialEq)]
struct Signs {
    /// Moves with everything that changes a row.
    rows: Vec<(String, String)>,
    /// Moves with everything that changes a definition.
    definitions: Vec<(String, String)>,
    /// Whether a statement ran that had been counted when it began, and may change a definition before it ends.
    is_busy: bool,
}

impl Observer {
    /// Watches the server of `connection`, whose page has the database `database` and whose content is `seen`, as
    /// `reader` read it.
    pub(super) fn new(
        mut connection: Connection,
        database: &str,
        reader: Reader,
        seen: Arc<Snapshot>,
    ) -> Result<Self, DatabaseError> {
        connection.allow_several().map_err(|error| read::reading("begin watching the server".into(), &error))?;
        let mut observer = Self {
            connection,
            database: database.to_owned(),
            reader,
            signs: None,
            is_settled: true,
            now: Arc::clone(&seen),
            told: Arc::clone(&seen),
            remembered: seen,
            volatile: Arc::default(),
        };
        // Nothing of the page has run yet.
        observer.signs = Some(observer.signs()?);
        Ok(observer)
    }

    /// From now on these columns are left out.
    pub(super) fn leave_out(&mut self, volatile: &Arc<Volatile>) {
        self.volatile = Arc::clone(volatile);
    }

    /// What was committed since the last call.
    pub(super) fn measure(&mut self) -> Result<Effect, DatabaseError> {
        self.look()?;
        let effect = between(&self.told, &self.now, &self.volatile);
        self.told = Arc::clone(&self.now);
        Ok(effect)
    }

    /// Keeps what is committed now for `since_remembered`.
    pub(super) fn remember(&mut self) -> Result<(), DatabaseError> {
        self.look()?;
        self.remembered = Arc::clone(&self.now);
        Ok(())
    }

    /// What was committed since `remember`.
    pub(super) fn since_remembered(&mut self) -> Result<Effect, DatabaseError> {
        self.look()?;
        Ok(between(&self.remembered, &self.now, &self.volatile))
    }

    /// The page's database.
    pub(super) fn database(&self) -> &str {
        &self.database
    }

    /// The names that `query` gives.
    pub(super) fn names(&mut self, query: &str) -> Option<Vec<String>> {
        Some(self.connection.ask(query).ok()?.into_iter().map(|row| row.concat()).collect())
    }

    /// What goes forward only.
    pub(super) fn counters(&mut self) -> Result<BTreeMap<String, String>, DatabaseError> {
        read::counters(&mut self.connection, &self.database)
    }

    /// Brings `now` up to date.
    fn look(&mut self) -> Result<(), DatabaseError> {
        let signs = self.signs()?;
        let is_still = self.signs.as_ref() == Some(&signs);
        match &self.signs {
            Some(_) if is_still && self.is_settled => return Ok(()),
            Some(before) if before.definitions == signs.definitions && !before.is_busy => {}
            _ => self.reader.forget_definitions(),
        }
        // Should reading fail, the next look must not trust what this one saw.
        self.signs = None;
        let now = self.reader.snapshot(&mut self.connection, Some(&self.now))?;
        self.signs = Some(signs);
        self.is_settled = is_still;
        if now != *self.now {
            self.now = Arc::new(now);
        }
        Ok(())
    }

    fn signs(&mut self) -> Result<Signs, DatabaseError> {
        let counted = self
            .connection
            .ask(SIGNS)
            .map_err(|error| read::reading("ask the server what it has done".into(), &error))?;
        let mut signs = Signs { rows: Vec::new(), definitions: Vec::new(), is_busy: false };
        for row in counted {
            let [name, value] = row.as_slice() else { continue };
            let sign = (name.clone(), value.clone());
            match name.as_str() {
                "Threads_running" => signs.is_busy = value != "1",
                harmless if HARMLESS.contains(&harmless) || harmless.starts_with("Com_show_") => {}
                of_rows if OF_ROWS.contains(&of_rows) || !of_rows.starts_with("Com_") => signs.rows.push(sign),
                _ => signs.definitions.push(sign),
            }
        }
        let defined = self.connection.ask(DEFINED_BY);
        let defined = defined.map_err(|error| read::reading("ask the server what is defined".into(), &error))?;
        signs
            .definitions
            .extend(defined.into_iter().filter_map(|row| <[String; 2]>::try_from(row).ok()).map(Into::into));
        Ok(signs)
    }
}
