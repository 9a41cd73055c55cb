//! The tables whose rows count, as the catalogs describe them, and how they are read.

use std::collections::HashMap;

use super::ask::{Failed, fixed, rows};
use super::connection::Connection;
use crate::database::snapshot::{Rows, Table};

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

/// A table whose rows count.
#[derive(Debug, Clone)]
pub(super) struct Described {
    /// Its number in the catalogs.
    pub(super) number: String,
    pub(super) name: String,
    pub(super) sql_name: String,
    /// Rows read under another one cannot be compared.
    pub(super) identity: String,
    /// Whether it can be read: a materialised view can be without content.
    pub(super) is_filled: bool,
    pub(super) columns: Vec<String>,
    sql_columns: Vec<String>,
    pub(super) key: Vec<usize>,
}

impl Described {
    /// What reads its rows.
    pub(super) fn query(&self) -> String {
        format!("SELECT {} FROM {}", self.sql_columns.join(", "), self.sql_name)
    }

    /// The table with `rows`.
    pub(super) fn table(&self, rows: Rows) -> Table {
        let Self { name, columns, key, .. } = self.clone();
        Table { name, columns, key, rows }
    }
}

/// The tables of the database.
pub(super) fn described(connection: &mut Connection) -> Result<Vec<Described>, Failed> {
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
