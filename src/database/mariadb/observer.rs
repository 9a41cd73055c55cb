//! The second connection: what was committed, whoever did it.
//!
//! Must stay true: when it says nothing changed, nothing was committed since it last looked.
//!
//! The usual case is told from all others by a cheap question: no other session is there, none was when this one last
//! looked, and the server was asked just what the page's connection and this one have asked. Then it is known by its
//! text what can have happened, and it is over: a statement that was answered has committed what it commits. What defines
//! accounts and routines is asked for only if a change of rows can have got there.
//!
//! Else two things together tell: the log of InnoDB, which every commit that changed a row moves on, and the server's own
//! counters of what statements did, for everything else (other storage engines, views, routines). They are read before
//! the tables are, so that what comes in between is found the next time. A commit of somebody else takes a moment: its
//! place in the log shows before its rows do. So what was read is read once more the next time, even if nothing moved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::database::DatabaseError;
use crate::database::committed::Look;
use crate::database::snapshot::{Rows, Snapshot};

use super::connection::{Connection, Failed, OWN_LIMIT, Part, Statistics, until};
use super::ran::Ran;
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
    /// What the page's connection has done since the last look.
    page: Page,
    /// How busy the server was at the last look.
    statistics: Option<Statistics>,
    /// What the server counted before the last look, if it was asked.
    rows: Option<Vec<Sign>>,
    /// What it counted of definitions when it was last asked; it has not changed since.
    definitions: Option<Vec<Sign>>,
    /// What the tables hold that define accounts, routines and events.
    defined: Option<Rows>,
    /// Whether everything was read once more since the signs last moved.
    is_settled: bool,
    /// Whether a statement ran at the last look that had been counted when it began, and may have done more since.
    was_busy: bool,
    /// The committed state as it was last read.
    now: Arc<Snapshot>,
}

/// A name, and what the server says it is.
type Sign = (String, String);

/// What the page's connection has done.
#[derive(Debug)]
struct Page {
    asked: u64,
    ran: Ran,
    /// Whether names that stand alone may mean tables of another database, from some time on.
    is_elsewhere: bool,
}

/// What is asked at every look.
struct Glance {
    statistics: Statistics,
    /// What defines accounts, routines and events, if it was asked for.
    defined: Option<Rows>,
    /// The rows of every table, if they were asked for.
    rows: Option<Vec<Rows>>,
}

/// What the server counts.
#[derive(Debug)]
struct Counted {
    /// Moves with everything that changes a row.
    rows: Vec<Sign>,
    /// Moves with everything that changes a definition.
    definitions: Vec<Sign>,
    /// Whether a statement of somebody else runs.
    is_busy: bool,
}

impl Observer {
    /// Watches the server of `connection`, whose page has the database `database` and whose content is `seen`, as
    /// `reader` read it. The page's connection is there already.
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
            page: Page { asked: 0, ran: Ran::Nothing, is_elsewhere: false },
            statistics: None,
            rows: None,
            definitions: None,
            defined: None,
            is_settled: true,
            was_busy: false,
            now: seen,
        };
        // Nothing of the page has run yet.
        let counted = observer.counted()?;
        (observer.rows, observer.definitions) = (Some(counted.rows), Some(counted.definitions));
        let glance = observer.glance()?;
        (observer.statistics, observer.defined) = (Some(glance.statistics), glance.defined);
        Ok(observer)
    }

    /// The page's connection has run `statement`, for which it asked the server `asked` times.
    pub(super) fn page_ran(&mut self, statement: &str, asked: u64) {
        self.page.asked += asked;
        let ran = Ran::of(statement);
        self.page.is_elsewhere |= ran == Ran::Elsewhere;
        let is_of_any = ran == Ran::Rows && self.page.is_elsewhere;
        self.page.ran = self.page.ran.max(if is_of_any { Ran::AnyRows } else { ran });
    }

    /// The page's database.
    pub(super) fn database(&self) -> &str {
        &self.database
    }

    /// The names that `query` gives.
    pub(super) fn names(&mut self, query: &str) -> Option<Vec<String>> {
        Some(self.connection.ask(query).ok()?.into_iter().map(|row| row.concat()).collect())
    }

    /// Brings `now` up to date.
    fn update(&mut self) -> Result<(), DatabaseError> {
        let Glance { statistics, defined, rows } = self.glance()?;
        let nothing = Page { asked: 0, ran: Ran::Nothing, is_elsewhere: self.page.is_elsewhere };
        let page = std::mem::replace(&mut self.page, nothing);
        // Should anything fail, the next look must not trust what this one saw.
        let (before, defined_before) = (self.statistics.take(), self.defined.take());
        let is_alone = before.is_some_and(|before| before.is_alone(statistics, page.asked));
        let (defined, is_defined_alike) = match (defined, defined_before) {
            // It was not asked for because what the page did cannot have changed it, and nobody else was there.
            (None, Some(before)) if is_alone => (before, true),
            (asked, before) => {
                let defined = asked.map_or_else(|| self.defined(), Ok)?;
                let is_alike = before.as_ref() == Some(&defined);
                (defined, is_alike)
            }
        };
        // All that has happened is what the page's connection did, and that changed rows at most.
        let is_known = is_alone && page.ran <= Ran::AnyRows && is_defined_alike && self.reader.knows_no_events();
        match page.ran {
            Ran::Nothing if is_known && self.is_settled => {}
            Ran::Rows | Ran::AnyRows if is_known => {
                self.rows = None;
                match rows.and_then(|rows| self.reader.snapshot_of(rows)) {
                    Some(now) => self.keep(now),
                    None => self.read()?,
                }
                self.is_settled = true;
            }
            _ => self.count_and_read(is_known, is_defined_alike)?,
        }
        (self.statistics, self.defined) = (Some(statistics), Some(defined));
        Ok(())
    }

    /// Brings `now` up to date where it has to be counted what has happened, unless all of it `is_known`.
    fn count_and_read(&mut self, is_known: bool, is_defined_alike: bool) -> Result<(), DatabaseError> {
        let counted = self.counted()?;
        let are_definitions_same =
            is_known || is_defined_alike && !self.was_busy && self.definitions.as_ref() == Some(&counted.definitions);
        let is_still = are_definitions_same && self.rows.as_ref() == Some(&counted.rows);
        if !(is_still && self.is_settled) {
            if !are_definitions_same {
                self.reader.forget_definitions();
            }
            (self.rows, self.definitions) = (None, None);
            self.read()?;
            self.is_settled = is_still || is_known;
        }
        self.was_busy = counted.is_busy;
        (self.rows, self.definitions) = (Some(counted.rows), Some(counted.definitions));
        Ok(())
    }

    fn read(&mut self) -> Result<(), DatabaseError> {
        let now = self.reader.snapshot(&mut self.connection, Some(&self.now))?;
        self.keep(now);
        Ok(())
    }

    fn keep(&mut self, now: Snapshot) {
        if now != *self.now {
            self.now = Arc::new(now);
        }
    }

    /// Asks how busy the server is; what is defined, if what the page did may have changed it; and for all rows, if there
    /// are few and the page may have changed some.
    fn glance(&mut self) -> Result<Glance, DatabaseError> {
        let are_rows = [Ran::Rows, Ran::AnyRows].contains(&self.page.ran);
        let few = if are_rows { self.reader.few(&self.now) } else { None };
        let few = few.filter(|few| !few.is_empty());
        let is_few = few.is_some();
        let asks_defined = !(is_few && self.page.ran == Ran::Rows && self.reader.keeps_to_own_tables());
        let mut statements = Vec::new();
        if asks_defined {
            statements.push(DEFINED_BY);
        }
        // In no transaction: that nobody else is there is told afterwards, and only then they count.
        statements.extend(few.iter().flatten());
        let mut results = Vec::new();
        let mut take = |part: Part<'_>| read::take(&mut results, part);
        let asked = self.connection.query_and_statistics(&statements.join("; "), &mut take);
        let (answered, statistics) = asked.map_err(|error| asking(&error))?;
        let is_answered = answered.is_ok();
        match answered {
            // As when a table is gone: that shows where the definitions are read.
            Err(Failed::Refused(_)) if is_few => {}
            answered => answered.map_err(|error| asking(&error))?,
        }
        let mut results = results.into_iter();
        let defined = if asks_defined { results.next() } else { None };
        Ok(Glance { statistics, defined, rows: (is_few && is_answered).then(|| results.collect()) })
    }

    /// What the tables hold that define accounts, routines and events.
    fn defined(&mut self) -> Result<Rows, DatabaseError> {
        let mut results = Vec::new();
        let limit = Instant::now() + OWN_LIMIT;
        let asked =
            self.connection.query(DEFINED_BY, &mut until(limit), &mut |part: Part<'_>| read::take(&mut results, part));
        asked.map_err(|error| asking(&error))?;
        Ok(results.pop().unwrap_or_default())
    }

    fn counted(&mut self) -> Result<Counted, DatabaseError> {
        let mut counted = Counted { rows: Vec::new(), definitions: Vec::new(), is_busy: false };
        let rows = self.connection.ask(SIGNS);
        let rows = rows.map_err(|error| read::reading("ask the server what it has done".into(), &error))?;
        for sign in rows.into_iter().filter_map(|row| <[String; 2]>::try_from(row).ok()).map(Sign::from) {
            match sign.0.as_str() {
                "Threads_running" => counted.is_busy = sign.1 != "1",
                harmless if HARMLESS.contains(&harmless) || harmless.starts_with("Com_show_") => {}
                of_rows if OF_ROWS.contains(&of_rows) || !of_rows.starts_with("Com_") => counted.rows.push(sign),
                _ => counted.definitions.push(sign),
            }
        }
        Ok(counted)
    }
}

fn asking(error: &Failed) -> DatabaseError {
    read::reading("ask the server how busy it is".into(), error)
}

impl Look for Observer {
    fn look(&mut self) -> Result<Arc<Snapshot>, DatabaseError> {
        self.update()?;
        Ok(Arc::clone(&self.now))
    }

    /// What goes forward only.
    fn counters(&mut self) -> Result<BTreeMap<String, String>, DatabaseError> {
        read::counters(&mut self.connection, &self.database)
    }
}
