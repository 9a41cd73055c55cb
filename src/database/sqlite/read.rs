//! The committed state of a SQLite database as a snapshot.
//!
//! What is stored is read: virtual generated columns follow from the others and are left out, as are the tables SQLite
//! keeps for itself (`sqlite_…`) and the shadow tables in which virtual tables keep their content. A virtual table's
//! own rows are read like any other's, without a key.
//!
//! Must stay true: reading changes nothing, and the order of the rows is that of storage; what is kept from one
//! reading to the next depends on the definitions only; a table is taken from an earlier snapshot only if all definitions,
//! and where pages begin, are those of that one.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::config::Engine;
use crate::database::DatabaseError;
use crate::database::snapshot::{Object, Rows, Snapshot, Table};
use crate::runbook::sql;

use super::file::Memory;
use super::leaves::Part;
use super::record::{Column, Form};

/// What follows from the definitions in the main database of `connection`; `before` itself if they are the same.
pub(super) fn layout(connection: &Connection, before: Option<&Arc<Layout>>) -> Result<Arc<Layout>, DatabaseError> {
    let definitions = definitions(connection).map_err(|error| DatabaseError::new("read the schema", error))?;
    if let Some(before) = before.filter(|before| before.definitions == definitions) {
        return Ok(Arc::clone(before));
    }
    let listed = list(connection).map_err(|error| DatabaseError::new("list the tables", error))?;
    let objects = objects(&definitions, &listed);
    let form = |(name, columns): &(String, Vec<Column>)| {
        let is_it = |definition: &&Definition| definition.kind == "table" && definition.name == *name;
        let form = Form::of(columns, &definitions.iter().find(is_it)?.sql)?;
        Some((Snapshot::folded(name), form))
    };
    let forms = listed.columns.iter().filter_map(form).collect();
    Ok(Arc::new(Layout { forms, definitions, listed, objects }))
}

/// What is known of a table's rows without reading them.
pub(super) enum Reuse {
    /// Nothing.
    Nothing,
    /// They are those of before.
    All,
    /// They are these.
    Rows(Rows),
    /// The table is these parts.
    Parts(Vec<Part>),
}

/// Everything in the main database of `memory`, which nobody else writes and whose layout is `layout`.
///
/// `before` is an earlier snapshot of the same layout. `reuse` is asked for every table that is in it, by its folded name,
/// and says what it has of it.
pub(super) fn snapshot(
    memory: &mut Memory<'_>,
    layout: &Layout,
    before: Option<&Snapshot>,
    reuse: impl Fn(&str) -> Reuse,
) -> Result<Snapshot, DatabaseError> {
    let mut snapshot = Snapshot { objects: layout.objects.clone(), ..Snapshot::default() };
    for table in &layout.listed.tables {
        let name = Snapshot::folded(&table.name);
        let before = before.and_then(|before| before.tables.get(&name)).map(|before| (before, reuse(&name)));
        let table = match before {
            Some((before, Reuse::All)) => Arc::clone(before),
            Some((_, Reuse::Rows(rows))) => Arc::new(Table { rows, ..table.emptied() }),
            before => {
                let connection = memory.get()?;
                let rows = before.as_ref().map(|(before, _)| Rows::about_as_many_as(&before.rows));
                let mut table = Table { rows: rows.unwrap_or_default(), ..table.emptied() };
                let read = match before {
                    Some((before, Reuse::Parts(parts))) => {
                        read_parts(connection, &mut table, layout.row_id(&name), &before.rows, &parts)
                    }
                    _ => read_rows(connection, &mut table),
                };
                read.map_err(|error| DatabaseError::new(format!("read the table `{}`", table.name), error))?;
                Arc::new(table)
            }
        };
        snapshot.tables.insert(name, table);
    }
    for name in &layout.listed.virtual_tables {
        // Its rows come from a module that this SQLite may not have, or from tables that are gone; its definition is
        // compared in any case.
        if let Ok(table) = virtual_table(memory.get()?, name.clone()) {
            snapshot.tables.insert(Snapshot::folded(&table.name), Arc::new(table));
        }
    }
    Ok(snapshot)
}

/// What follows from the definitions alone. It is kept from one snapshot to the next, because asking SQLite for the
/// columns of every table takes longer than reading a small database.
#[derive(Debug)]
pub(super) struct Layout {
    definitions: Vec<Definition>,
    listed: Listed,
    /// How the rows of simple tables lie, by folded name.
    forms: BTreeMap<String, Form>,
    objects: BTreeMap<(String, String), Object>,
}

impl Layout {
    /// The ordinary tables: the folded name of each, and the page at which its pages begin.
    pub(super) fn first_pages(&self) -> impl Iterator<Item = (String, u32)> {
        let tables = self.definitions.iter().filter(|definition| definition.kind == "table");
        tables.filter_map(|table| Some((Snapshot::folded(&table.name), u32::try_from(table.first_page?).ok()?)))
    }

    /// How the rows of a table lie, by its folded name; `None` if that is not simple.
    pub(super) fn form(&self, table: &str) -> Option<&Form> {
        self.forms.get(table)
    }

    /// What the row ids of a table are called in a query; `None` if each of the names may be a column's.
    fn row_id(&self, table: &str) -> Option<&'static str> {
        let is_it =
            |definition: &&Definition| definition.kind == "table" && Snapshot::folded(&definition.name) == table;
        let sql = self.definitions.iter().find(is_it)?.sql.to_ascii_lowercase();
        ["_rowid_", "rowid", "oid"].into_iter().find(|name| !sql.contains(name))
    }
}

/// A row of `sqlite_schema`.
#[derive(Debug, PartialEq)]
struct Definition {
    kind: String,
    name: String,
    table: String,
    sql: String,
    /// The page at which its pages begin; none for a view or a trigger.
    first_page: Option<i64>,
}

fn definitions(connection: &Connection) -> rusqlite::Result<Vec<Definition>> {
    let mut statement =
        connection.prepare("SELECT type, name, tbl_name, coalesce(sql, ''), rootpage FROM main.sqlite_schema")?;
    statement
        .query_map([], |row| {
            let (kind, name, table) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Definition { kind, name, table, sql: row.get(3)?, first_page: row.get(4)? })
        })?
        .collect()
}

/// What `sqlite_sequence` holds: the highest key given so far in each table with `AUTOINCREMENT`.
pub(super) fn counters(connection: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let exists = "SELECT count(*) FROM main.sqlite_schema WHERE name = 'sqlite_sequence'";
    if connection.query_one(exists, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(BTreeMap::new());
    }
    // Anybody may write to this table: a name can be there twice, and anything can be its number.
    let mut statement = connection.prepare(
        "SELECT coalesce(CAST(name AS TEXT), 'NULL'), group_concat(quote(seq)) FROM main.sqlite_sequence GROUP BY 1",
    )?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// `name` as a quoted name.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[derive(Debug, Default)]
struct Listed {
    /// Ordinary tables, without their rows.
    tables: Vec<Table>,
    /// The columns of each.
    columns: Vec<(String, Vec<Column>)>,
    virtual_tables: Vec<String>,
    shadows: Vec<String>,
}

fn list(connection: &Connection) -> rusqlite::Result<Listed> {
    let mut listed = Listed::default();
    let mut statement =
        connection.prepare("SELECT name, type FROM pragma_table_list WHERE schema = 'main' ORDER BY name")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, kind): (String, String) = (row.get(0)?, row.get(1)?);
        match kind.as_str() {
            "virtual" => listed.virtual_tables.push(name),
            "shadow" => listed.shadows.push(name),
            _ => {}
        }
    }
    let mut statement = connection.prepare(
        "SELECT l.name, c.name, c.type, c.dflt_value, c.pk, c.hidden
           FROM pragma_table_list AS l JOIN pragma_table_xinfo(l.name, 'main') AS c
          WHERE l.schema = 'main' AND l.type = 'table' ORDER BY l.name, c.cid",
    )?;
    let mut rows = statement.query([])?;
    let mut columns: Vec<Column> = Vec::new();
    let mut current: Option<String> = None;
    loop {
        let row = rows.next()?;
        let table: Option<String> = row.map(|row| row.get(0)).transpose()?;
        if table != current {
            if let Some(name) = current.filter(|name| !is_internal(name)) {
                listed.tables.push(described(name.clone(), &columns));
                listed.columns.push((name, std::mem::take(&mut columns)));
            }
            columns.clear();
            current = table;
        }
        let Some(row) = row else { return Ok(listed) };
        let (name, declared, default) = (row.get(1)?, row.get(2)?, row.get(3)?);
        columns.push(Column { name, declared, default, key_place: row.get(4)?, hidden: row.get(5)? });
    }
}

/// The table of `columns`, without rows.
fn described(name: String, columns: &[Column]) -> Table {
    let stored: Vec<&Column> = columns.iter().filter(|column| matches!(column.hidden, 0 | 3)).collect();
    let mut key: Vec<usize> = (0..stored.len()).filter(|&at| stored[at].key_place > 0).collect();
    key.sort_by_key(|&at| stored[at].key_place);
    Table { name, columns: stored.iter().map(|column| column.name.clone()).collect(), key, rows: Rows::default() }
}

fn virtual_table(connection: &Connection, name: String) -> rusqlite::Result<Table> {
    let mut statement = connection.prepare("SELECT name, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid")?;
    let column = |row: &rusqlite::Row<'_>| {
        let (declared, default) = (String::new(), None);
        Ok(Column { name: row.get(0)?, declared, default, key_place: 0, hidden: row.get(1)? })
    };
    let columns = statement.query_map([&name], column)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut table = described(name, &columns);
    read_rows(connection, &mut table)?;
    Ok(table)
}

/// Reads the rows of a table that are not among those of `before`.
fn read_parts(
    connection: &Connection,
    table: &mut Table,
    row_id: Option<&str>,
    before: &Rows,
    parts: &[Part],
) -> rusqlite::Result<()> {
    let Some(row_id) = row_id else { return read_rows(connection, table) };
    let sql = format!("{} WHERE {row_id} BETWEEN ?1 AND ?2", query(table));
    let mut statement = connection.prepare(&sql)?;
    for part in parts {
        match part {
            Part::Kept(range) => table.rows.extend(before, range.clone()),
            Part::Read { first, last, rows, .. } => {
                let had = table.rows.len();
                take_rows(statement.query([first, last])?, table)?;
                if table.rows.len() - had != *rows {
                    // Then the pages are not what they seemed to be.
                    table.rows = Rows::default();
                    return read_rows(connection, table);
                }
            }
        }
    }
    Ok(())
}

fn read_rows(connection: &Connection, table: &mut Table) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&query(table))?;
    take_rows(statement.query([])?, table)
}

fn query(table: &Table) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(column)).collect();
    // Without an index: a covering one would be quicker to read, and in another order.
    format!("SELECT {} FROM main.{} NOT INDEXED", columns.join(", "), quoted(&table.name))
}

fn take_rows(mut rows: rusqlite::Rows<'_>, table: &mut Table) -> rusqlite::Result<()> {
    while let Some(row) = rows.next()? {
        for column in 0..table.columns.len() {
            push(row.get_ref(column)?, &mut table.rows);
        }
        table.rows.end_row();
    }
    Ok(())
}

/// Adds a value to the current row of `rows`.
pub(super) fn push(value: ValueRef<'_>, rows: &mut Rows) {
    match value {
        ValueRef::Null => rows.push_null(),
        ValueRef::Integer(number) => rows.push_integer(number),
        ValueRef::Real(number) => rows.push_float(number),
        ValueRef::Text(text) => rows.push_text(text),
        ValueRef::Blob(bytes) => rows.push_bytes(bytes),
    }
}

fn objects(definitions: &[Definition], listed: &Listed) -> BTreeMap<(String, String), Object> {
    let shadows: HashSet<String> = listed.shadows.iter().map(|name| Snapshot::folded(name)).collect();
    let names = listed.tables.iter().map(|table| &table.name).chain(&listed.virtual_tables);
    let tables: HashSet<String> = names.map(|name| Snapshot::folded(name)).collect();
    definitions
        .iter()
        .filter(|object| !is_internal(&object.name) && !shadows.contains(&Snapshot::folded(&object.table)))
        .map(|Definition { kind, name, table, sql, .. }| {
            let object = Object { definition: format!("{table}\n{}", normal(sql, &tables)), name: name.clone() };
            ((kind.clone(), Snapshot::folded(name)), object)
        })
        .collect()
}

/// `sql` as it is compared: without comments, every white space one space, quoted names quoted one way, and those of
/// tables not at all. SQLite keeps a definition as it was typed, but `ALTER TABLE … RENAME` quotes the new name, and
/// adding a column moves white space: renaming back or dropping it again must lead to where it began.
fn normal(sql: &str, tables: &HashSet<String>) -> String {
    let mut normal = String::with_capacity(sql.len());
    for token in sql::tokens(sql, Engine::Sqlite).into_iter().filter(|token| token.is_significant()) {
        let text = token.text(sql);
        match text.as_bytes() {
            [mark @ (b'"' | b'`' | b'['), _, .., end] if token.kind == sql::Kind::Name && token.closed => {
                let (mark, end) = (char::from(*mark), char::from(*end));
                let name = text[1..text.len() - 1].replace(&format!("{mark}{end}"), &end.to_string());
                if is_plain(&name) && tables.contains(&Snapshot::folded(&name)) {
                    normal.push_str(&name);
                } else {
                    normal.push_str(&quoted(&name));
                }
            }
            _ => normal.push_str(text),
        }
        normal.push(' ');
    }
    normal
}

/// Whether `name` can be written without quotes, as far as its letters go.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

/// Whether SQLite keeps it for itself: `sqlite_sequence`, `sqlite_stat1`, `sqlite_autoindex_…`.
fn is_internal(name: &str) -> bool {
    name.get(..7).is_some_and(|prefix| prefix.eq_ignore_ascii_case("sqlite_"))
}
