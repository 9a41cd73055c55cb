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

/// The catalogs that definitions are made from, which is all but those of statistics.
const CATALOGS: [&str; 54] = [
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
    "pg_database",
    "pg_db_role_setting",
    "pg_default_acl",
    "pg_depend",
    "pg_description",
    "pg_enum",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_foreign_table",
    "pg_index",
    "pg_inherits",
    "pg_language",
    "pg_largeobject",
    "pg_largeobject_metadata",
    "pg_namespace",
    "pg_opclass",
    "pg_operator",
    "pg_opfamily",
    "pg_partitioned_table",
    "pg_policy",
    "pg_proc",
    "pg_publication",
    "pg_publication_rel",
    "pg_range",
    "pg_rewrite",
    "pg_sequence",
    "pg_shdescription",
    "pg_statistic_ext",
    "pg_subscription",
    "pg_tablespace",
    "pg_transform",
    "pg_trigger",
    "pg_ts_config",
    "pg_ts_config_map",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_type",
    "pg_user_mapping",
];

/// The catalogs in which the server describes mostly itself, and the column that tells to what a row belongs. What the
/// server brought has numbers below [`FIRST_OWN`], and is no object of a page; the columns are the first of an index, so
/// that thousands of rows need not be looked at each time. Ruled out with them is only that a superuser has given one of
/// the server's own functions, types or operators another name, by which the definitions that use it would read
/// differently.
const MOSTLY_THE_SERVERS: [(&str, &str); 15] = [
    ("pg_amop", "amopfamily"),
    ("pg_amproc", "amprocfamily"),
    ("pg_attribute", "attrelid"),
    ("pg_cast", "oid"),
    ("pg_class", "oid"),
    ("pg_collation", "oid"),
    ("pg_conversion", "oid"),
    ("pg_index", "indrelid"),
    ("pg_opclass", "oid"),
    ("pg_operator", "oid"),
    ("pg_opfamily", "oid"),
    ("pg_proc", "oid"),
    ("pg_rewrite", "ev_class"),
    ("pg_ts_config_map", "mapcfg"),
    ("pg_type", "oid"),
];

/// The first number that an object can have which the server did not bring (`FirstNormalObjectId`).
const FIRST_OWN: &str = "16384";

/// The rows of `catalog` that definitions can be made from, as what stands after `FROM`; the catalog is called `c`.
fn rows_of(catalog: &str) -> Vec<String> {
    match catalog {
        // What belongs to an extension or a publication, and to which column a sequence does.
        "pg_depend" => vec![
            "pg_depend c WHERE refclassid = 'pg_extension'::regclass".into(),
            "pg_depend c WHERE refclassid = 'pg_publication'::regclass".into(),
            format!("pg_depend c WHERE classid = 'pg_class'::regclass AND objid >= {FIRST_OWN}"),
        ],
        // Those on schemas and extensions, too: `public` has a number of the server's.
        "pg_description" => vec![
            format!("pg_description c WHERE objoid >= {FIRST_OWN}"),
            "pg_namespace n JOIN pg_description c ON c.objoid = n.oid".into(),
            "pg_extension e JOIN pg_description c ON c.objoid = e.oid".into(),
        ],
        _ => vec![match MOSTLY_THE_SERVERS.iter().find(|(name, _)| *name == catalog) {
            Some((_, column)) => format!("{catalog} c WHERE {column} >= {FIRST_OWN}"),
            None => format!("{catalog} c"),
        }],
    }
}

/// The signal of all catalogs together. Counted together, too: if no row is new and there are as many as before, none of
/// any has gone.
pub(super) fn catalog_signal(connection: &mut Connection, first_unseen: &str) -> Result<Signal, Failed> {
    let row = rows(connection, &catalog_query(first_unseen))?.into_iter().next();
    Ok(signal(row.unwrap_or_default()).1)
}

/// What [`catalog_signal`] asks, for those who ask it together with something else.
pub(super) fn catalog_query(first_unseen: &str) -> String {
    format!("EXECUTE catalogs ({})", in_sql(first_unseen))
}

/// What that query tells, by the cells of its row.
pub(super) fn catalog_answer([_, rows, has_new]: [String; 3]) -> Signal {
    Signal { rows, has_new: has_new != "0" }
}

/// Readies a session for [`catalog_signal`]. Planned once: there is more to plan in it than to do.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), Failed> {
    let each: Vec<String> =
        CATALOGS.iter().flat_map(|catalog| rows_of(catalog)).map(|from| format!("SELECT c.xmin FROM {from}")).collect();
    let all = format!("({}) AS rows_of_catalogs", each.join(" UNION ALL "));
    rows(connection, &format!("PREPARE catalogs (xid) AS {}", signal_of("catalogs", &all, "$1"))).map(drop)
}
