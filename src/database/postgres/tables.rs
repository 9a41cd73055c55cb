//! The tables whose rows count, as the catalogs describe them, and how they are read.

use std::collections::HashMap;

use super::ask::{Failed, fixed, rows};
use super::connection::Connection;
use crate::database::snapshot::{Rows, Table};

/// The tables whose rows count: number, name for people, name for SQL, what tells whether the rows that are there read
/// the same as before (other files mean other rows, other columns another reading), whether they can be read, and
/// whether values read otherwise when definitions change: those of types that are the page's own, such as an enum, and
/// those that name objects (`regclass`). A name with a dot in it is quoted, so that no two tables have the same.
const TABLES: &str = r"
SELECT c.oid,
       CASE WHEN n.nspname = 'public' THEN '' WHEN n.nspname ~ '\.' THEN quote_ident(n.nspname) || '.'
            ELSE n.nspname || '.' END || CASE WHEN c.relname ~ '\.' THEN quote_ident(c.relname) ELSE c.relname END,
       CASE c.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       concat_ws(' ', c.oid, c.relfilenode, c.relkind, c.relispopulated, c.relname, n.nspname, (
           SELECT string_agg(concat_ws(':', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attgenerated,
                                       a.attmissingval), ',' ORDER BY a.attnum)
             FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), (
           SELECT string_agg(concat_ws(':', p.relid::oid, pg_relation_filenode(p.relid)), ',' ORDER BY p.relid::oid)
             FROM pg_partition_tree(c.oid) p WHERE c.relkind = 'p')),
       c.relispopulated,
       EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                  AND (t.oid >= 16384 OR t.typname ~ '^_?reg'))
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
    /// Whether its values may read otherwise though nobody wrote them, if definitions changed.
    pub(super) reads_by_definitions: bool,
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
        let [number, name, sql_name, identity, is_filled, reads_by_definitions] = fixed(row);
        let columns = columns.remove(&number).unwrap_or_default();
        let mut key: Vec<(usize, usize)> = columns
            .iter()
            .enumerate()
            .filter_map(|(index, [_, _, place])| Some((place.parse().ok()?, index)))
            .collect();
        key.sort_unstable();
        let (columns, sql_columns) = columns.into_iter().map(|[name, sql_name, _]| (name, sql_name)).unzip();
        let key = key.into_iter().map(|(_, index)| index).collect();
        let (is_filled, reads_by_definitions) = (is_filled == "t", reads_by_definitions == "t");
        Described { number, name, sql_name, identity, is_filled, reads_by_definitions, columns, sql_columns, key }
    });
    Ok(tables.collect())
}
