//! A signal that rules out that rows have changed.
//!
//! A row that is there now and was not before was written by a transaction that had not ended then, and its `xmin` says so;
//! if there is none of those and as many rows as before, none has gone either. It may be wrong in one direction only: a
//! row may look new that is not.

use super::ask::{Failed, fixed, rows};
use super::connection::Connection;

/// What tells cheaply that rows are the same.
pub(super) struct Signal {
    pub(super) rows: String,
    has_new: bool,
}

impl Signal {
    /// Whether the rows are those that were `rows_before` then. If it says so they are; if not they may be all the same.
    pub(super) fn is_same(&self, rows_before: &str) -> bool {
        !self.has_new && self.rows == rows_before
    }
}

/// How many rows there are, and whether one may be of `first_unseen` (a transaction, in SQL) or of a later one. `age`
/// counts back from the next number, round the end of them, and never takes one that is frozen for a new one.
pub(super) fn signal_of(number: &str, from: &str, first_unseen: &str) -> String {
    format!("SELECT '{number}', count(*), coalesce(min(age(xmin)) <= age({first_unseen}), false) FROM {from}")
}

/// The transaction as rows name it: it has 64 bits, rows have the lower 32 of them. There is none before the first look,
/// and then none counts.
pub(super) fn in_sql(first_unseen: &str) -> String {
    format!("'{}'::xid", first_unseen.parse::<u64>().unwrap_or_default() & 0xffff_ffff)
}

/// What such a query tells, by number.
pub(super) fn signal(row: Vec<Option<String>>) -> (String, Signal) {
    let [number, rows, has_new] = fixed(row);
    (number, Signal { rows, has_new: has_new == "t" })
}

/// The catalogs that definitions are made from, which is all but those of statistics and of large objects.
const CATALOGS: [&str; 37] = [
    "pg_aggregate",
    "pg_am",
    "pg_amop",
    "pg_amproc",
    "pg_attrdef",
    "pg_attribute",
    "pg_auth_members",
    "pg_authid",
    "pg_cast",
    "pg_class",
    "pg_collation",
    "pg_constraint",
    "pg_conversion",
    "pg_db_role_setting",
    "pg_default_acl",
    "pg_depend",
    "pg_description",
    "pg_enum",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_server",
    "pg_foreign_table",
    "pg_index",
    "pg_inherits",
    "pg_language",
    "pg_namespace",
    "pg_opclass",
    "pg_operator",
    "pg_partitioned_table",
    "pg_policy",
    "pg_proc",
    "pg_range",
    "pg_rewrite",
    "pg_sequence",
    "pg_statistic_ext",
    "pg_trigger",
    "pg_type",
];

/// The signal of all catalogs together.
pub(super) fn catalog_signal(connection: &mut Connection, first_unseen: &str) -> Result<Signal, Failed> {
    let signals = rows(connection, &format!("EXECUTE catalogs ({})", in_sql(first_unseen)))?.into_iter().map(signal);
    let all: Vec<(String, Signal)> = signals.collect();
    let counts: Vec<String> = all.iter().map(|(catalog, signal)| format!("{catalog} {}", signal.rows)).collect();
    Ok(Signal { rows: counts.join(" "), has_new: all.iter().any(|(_, signal)| signal.has_new) })
}

/// Readies a session for [`catalog_signal`]. Planned once: there is more to plan in it than to do.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), Failed> {
    let each: Vec<String> = CATALOGS.iter().map(|catalog| signal_of(catalog, catalog, "$1")).collect();
    rows(connection, &format!("PREPARE catalogs (xid) AS {}", each.join(" UNION ALL "))).map(drop)
}
