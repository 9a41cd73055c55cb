//! The committed state of a server as a snapshot: the page's database and any other that was made on it.
//!
//! Tables of the page's database go by their names, those of other databases by `database.table`. What is stored is
//! read: virtual generated columns follow from the others and are left out; of a table with history the current rows
//! count. Approximate numbers are read as doubles, because as text a `FLOAT` has six digits only.
//!
//! Must stay true: everything is read in one consistent transaction, which is closed afterwards, so that it keeps
//! nobody's `ALTER TABLE` waiting; a table that is not read again has not changed; definitions are compared without what only counts (`AUTO_INCREMENT=`).

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::database::DatabaseError;
use crate::database::snapshot::{Object, Rows, Snapshot, Table};

use super::connection::{Connection, Failed, OWN_LIMIT, Part, until};
use super::ran::names_servers_own;
use super::value::push;

/// The databases that belong to the server.
const SERVERS_OWN: &str = "'information_schema', 'mysql', 'performance_schema', 'sys'";

/// How often reading is tried again when somebody alters a table meanwhile, and how long it waits before.
const ATTEMPTS: usize = 200;
const PAUSE: Duration = Duration::from_millis(5);

/// MariaDB's numbers for what happens when that is so: no such table, no such database, definition changed.
const ALTERED: [u16; 6] = [1146, 1049, 1412, 1305, 1347, 4091];

/// Who may do what, beyond what is part of the account: the grantee and one right.
const GRANTS: &str = "
    SELECT grantee, concat_ws(' ', table_schema, privilege_type, is_grantable) FROM information_schema.schema_privileges
    UNION ALL SELECT grantee, concat_ws(' ', table_schema, table_name, privilege_type, is_grantable)
      FROM information_schema.table_privileges
    UNION ALL SELECT grantee, concat_ws(' ', table_schema, table_name, column_name, privilege_type, is_grantable)
      FROM information_schema.column_privileges
    UNION ALL SELECT concat(quote(user), '@', quote(host)), concat_ws(' ', db, routine_name, routine_type, proc_priv)
      FROM mysql.procs_priv
    UNION ALL SELECT concat(quote(user), '@', quote(host)), concat_ws(' ', 'role', role, admin_option)
      FROM mysql.roles_mapping
    ORDER BY 1, 2";

/// The tables InnoDB has not changed since it started: it knows when the last commit was that changed one, until a table
/// leaves its cache, which is large enough for all.
const UNCHANGED: &str = "SELECT table_schema, table_name FROM information_schema.tables WHERE engine = 'InnoDB' AND \
                       update_time IS NULL AND table_schema =";

/// The least rows that it is worth asking for whether they are still the same: reading fewer takes no longer.
const WORTH_ASKING: usize = 1000;

/// Reads snapshots.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    /// The page's database.
    database: String,
    /// What is kept from one reading to the next, if no statement can have changed it.
    layout: Option<Arc<Layout>>,
}

/// The schema: objects, and tables without rows with the query that reads them.
#[derive(Debug)]
struct Layout {
    objects: BTreeMap<(String, String), Object>,
    tables: Vec<Stored>,
    /// Whether a view, a trigger, a routine or a table may be made of tables of the server's own.
    leads_to_servers_own: bool,
}

/// A table of the server.
#[derive(Debug)]
struct Stored {
    schema: String,
    name: String,
    /// As it is in a snapshot, without rows.
    table: Table,
    /// What reads its rows.
    query: String,
}

impl Reader {
    /// A reader for a server whose page has the database `database`.
    pub(super) fn new(database: &str) -> Self {
        Self { database: database.to_owned(), layout: None }
    }

    /// Definitions may have changed: they are read again the next time.
    pub(super) fn forget_definitions(&mut self) {
        self.layout = None;
    }

    /// Whether the definitions are known, and no event is among them, which the server does by itself.
    pub(super) fn knows_no_events(&self) -> bool {
        self.layout.as_ref().is_some_and(|layout| !layout.objects.keys().any(|(kind, _)| kind == "event"))
    }

    /// Whether the definitions are known, and through none of them a change of rows can reach tables of the server's own.
    pub(super) fn keeps_to_own_tables(&self) -> bool {
        let keeps = |layout: &Arc<Layout>| !layout.leads_to_servers_own;
        self.layout.as_ref().is_some_and(keeps) && !names_servers_own(&self.database)
    }

    /// What reads all tables, if it was a small database `before`: then it is not worth asking what has changed.
    pub(super) fn few(&self, before: &Snapshot) -> Option<Vec<&str>> {
        let layout = self.layout.as_ref()?;
        let rows: usize = before.tables.values().map(|table| table.rows.len()).sum();
        (rows < WORTH_ASKING).then(|| layout.tables.iter().map(|stored| stored.query.as_str()).collect())
    }

    /// The snapshot in which the tables have these `rows`; `None` if they are not those of each table.
    pub(super) fn snapshot_of(&self, rows: Vec<Rows>) -> Option<Snapshot> {
        let layout = self.layout.as_ref().filter(|layout| layout.tables.len() == rows.len())?;
        let mut snapshot = Snapshot { objects: layout.objects.clone(), ..Snapshot::default() };
        for (stored, rows) in layout.tables.iter().zip(rows) {
            snapshot.tables.insert(stored.table.name.clone(), Arc::new(Table { rows, ..stored.table.emptied() }));
        }
        Some(snapshot)
    }

    /// Everything that is committed.
    ///
    /// `before` is a snapshot of the same server, in the definitions this reader knows. Tables that InnoDB has not
    /// changed since it started are taken from there, if they were not changed when it was made either.
    pub(super) fn snapshot(
        &mut self,
        connection: &mut Connection,
        before: Option<&Snapshot>,
    ) -> Result<Snapshot, DatabaseError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.read(connection, before) {
                Err((doing, error)) => {
                    self.layout = None;
                    // What was read is of no use, so neither is an error here.
                    let _ = connection.ask(END);
                    match error {
                        Failed::Refused(refusal) if attempts < ATTEMPTS && ALTERED.contains(&refusal.number) => {
                            std::thread::sleep(PAUSE);
                        }
                        error => return Err(reading(doing, &error)),
                    }
                }
                Ok(snapshot) => return Ok(snapshot),
            }
        }
    }

    fn read(&mut self, connection: &mut Connection, before: Option<&Snapshot>) -> Result<Snapshot, (String, Failed)> {
        let schema = |error| ("read the schema".to_owned(), error);
        let mut is_begun = false;
        let mut begin = |connection: &mut Connection| -> Result<(), (String, Failed)> {
            is_begun = true;
            connection.ask(BEGIN).map(drop).map_err(schema)
        };
        let (layout, before) = match &self.layout {
            Some(layout) => (Arc::clone(layout), before),
            None => {
                begin(connection)?;
                (Arc::new(layout(connection, &self.database).map_err(schema)?), None)
            }
        };
        let mut unchanged = BTreeSet::new();
        if let Some(before) = before {
            let is_large = |stored: &&Stored| {
                let known = before.tables.get(&stored.table.name);
                known.is_some_and(|table| table.rows.len() >= WORTH_ASKING)
            };
            // One database at a time: only so does the server look at no others, its own included.
            let large = layout.tables.iter().filter(is_large).map(|stored| stored.schema.as_str());
            let databases: BTreeSet<&str> = large.collect();
            // After the transaction began: what is committed later shows as a change, though it is not read yet, and is then
            // not taken from an earlier snapshot ever again.
            if !databases.is_empty() {
                begin(connection)?;
            }
            for database in databases {
                unchanged.extend(unchanged_in(connection, database).map_err(schema)?);
            }
        }
        self.layout = Some(Arc::clone(&layout));
        let kept = |stored: &Stored| {
            let known = before?.tables.get(&stored.table.name)?;
            unchanged.contains(&(stored.schema.clone(), stored.name.clone())).then(|| Arc::clone(known))
        };
        let kept: Vec<Option<Arc<Table>>> = layout.tables.iter().map(kept).collect();
        let to_read = layout.tables.iter().zip(&kept).filter(|(_, kept)| kept.is_none()).map(|(stored, _)| stored);
        let mut read = rows_of_all(connection, &to_read.collect::<Vec<_>>(), is_begun)?.into_iter();
        let mut snapshot = Snapshot { objects: layout.objects.clone(), ..Snapshot::default() };
        for (stored, kept) in layout.tables.iter().zip(kept) {
            let table = kept
                .unwrap_or_else(|| Arc::new(Table { rows: read.next().unwrap_or_default(), ..stored.table.emptied() }));
            snapshot.tables.insert(table.name.clone(), table);
        }
        Ok(snapshot)
    }
}

/// Begins the transaction that everything is read in.
const BEGIN: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// Ends it.
const END: &str = "COMMIT";

/// The rows of each of `tables`, in a transaction that is begun here if it was not before, and ended. All of it in one go:
/// a way to the server and back takes longer than reading a small table.
fn rows_of_all(connection: &mut Connection, tables: &[&Stored], is_begun: bool) -> Result<Vec<Rows>, (String, Failed)> {
    let mut statements = Vec::new();
    if !is_begun {
        statements.push(BEGIN);
    }
    statements.extend(tables.iter().map(|stored| stored.query.as_str()));
    statements.push(END);
    let mut read: Vec<Rows> = Vec::new();
    let deadline = Instant::now() + OWN_LIMIT;
    match connection.query(&statements.join("; "), &mut until(deadline), &mut |part| take(&mut read, part)) {
        Ok(()) => Ok(read),
        Err(error) => {
            // The one whose result was begun, or the next one that never got so far.
            let at = read.len().min(tables.len().saturating_sub(1));
            let doing = match tables.get(at) {
                Some(stored) => format!("read the table `{}`", stored.table.name),
                None => "read the tables".into(),
            };
            Err((doing, error))
        }
    }
}

/// Takes the rows of several results.
pub(super) fn take(results: &mut Vec<Rows>, part: Part<'_>) -> io::Result<()> {
    match part {
        Part::Columns(_) => results.push(Rows::default()),
        Part::Row(columns, mut values) => {
            let Some(rows) = results.last_mut() else { return Ok(()) };
            for column in columns {
                push(rows, column, values.text()?)?;
            }
            rows.end_row();
        }
        Part::Done(_) => {}
    }
    Ok(())
}

/// The tables of `database` that InnoDB has not changed since it started, by schema and name.
fn unchanged_in(connection: &mut Connection, database: &str) -> Result<Vec<(String, String)>, Failed> {
    let rows = connection.ask(&format!("{UNCHANGED} {}", text(database)))?;
    let named = rows.into_iter().filter_map(|row| <[String; 2]>::try_from(row).ok());
    Ok(named.map(|[schema, name]| (schema, name)).collect())
}

/// The next number each table with `AUTO_INCREMENT` gives, and where each sequence stands.
pub(super) fn counters(connection: &mut Connection, database: &str) -> Result<BTreeMap<String, String>, DatabaseError> {
    let mut read = || -> Result<BTreeMap<String, String>, Failed> {
        let tables = connection.ask(&format!(
            "SELECT table_schema, table_name, coalesce(auto_increment, ''), table_type FROM information_schema.tables \
             WHERE table_schema NOT IN ({SERVERS_OWN}) AND (auto_increment IS NOT NULL OR table_type = 'SEQUENCE')"
        ))?;
        let mut counters = BTreeMap::new();
        for row in tables {
            let [schema, table, next, kind] = row.as_slice() else { continue };
            let value = if kind == "SEQUENCE" {
                let sql = format!("SELECT next_not_cached_value FROM {}.{}", quoted(schema), quoted(table));
                connection.ask(&sql)?.concat().concat()
            } else {
                next.clone()
            };
            counters.insert(named(database, schema, table), value);
        }
        Ok(counters)
    };
    read().map_err(|error| reading("read the counters".into(), &error))
}

/// `name` as a quoted name.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Why the database could not be read.
pub(super) fn reading(doing: String, error: &Failed) -> DatabaseError {
    match error {
        // Lock wait timeout, also for a table's definition.
        Failed::Refused(refusal) if refusal.number == 1205 => {
            DatabaseError::new(doing, "a connection keeps it locked (`LOCK TABLES`, or a program in the background)")
        }
        error => DatabaseError::new(doing, error),
    }
}

/// How a table is called in effects.
fn named(database: &str, schema: &str, table: &str) -> String {
    // With a dot in it, a name could be taken for that of a table in another database.
    let name = |name: &str| if name.contains('.') { quoted(name) } else { name.to_owned() };
    if schema == database { name(table) } else { format!("{}.{}", name(schema), name(table)) }
}

fn layout(connection: &mut Connection, database: &str) -> Result<Layout, Failed> {
    let mut layout = Layout { objects: BTreeMap::new(), tables: Vec::new(), leads_to_servers_own: false };
    let mut add = |kind: &str, name: String, definition: String| {
        layout.objects.insert((kind.to_owned(), name.clone()), Object { name, definition });
    };
    let databases = "SELECT schema_name, default_character_set_name, default_collation_name FROM \
                     information_schema.schemata WHERE schema_name NOT IN";
    for row in connection.ask(&format!("{databases} ({SERVERS_OWN})"))? {
        add("database", row[0].clone(), row[1..].join(" "));
    }

    let tables = "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema NOT IN";
    let tables = connection.ask(&format!("{tables} ({SERVERS_OWN}) ORDER BY table_schema, table_name"))?;
    let mut with_rows = Vec::new();
    for row in tables {
        let (schema, table, name) = (&row[0], &row[1], named(database, &row[0], &row[1]));
        let (kind, what) = match row[2].as_str() {
            "VIEW" => ("view", "VIEW"),
            "SEQUENCE" => ("sequence", "SEQUENCE"),
            _ => ("table", "TABLE"),
        };
        let definition = show(connection, what, schema, table, 1)?;
        if kind == "table" {
            with_rows.push((schema.clone(), table.clone(), name.clone()));
            add(kind, name, without_counter(&definition));
        } else {
            add(kind, name, definition);
        }
    }
    for (kind, what, query, column) in [
        (
            "trigger",
            "TRIGGER",
            "SELECT trigger_schema, trigger_name, event_object_table, action_order FROM information_schema.triggers WHERE trigger_schema NOT IN",
            2,
        ),
        (
            "procedure",
            "PROCEDURE",
            "SELECT routine_schema, routine_name, '', '' FROM information_schema.routines WHERE routine_type = 'PROCEDURE' AND routine_schema NOT IN",
            2,
        ),
        (
            "function",
            "FUNCTION",
            "SELECT routine_schema, routine_name, '', '' FROM information_schema.routines WHERE routine_type = 'FUNCTION' AND routine_schema NOT IN",
            2,
        ),
        (
            "event",
            "EVENT",
            "SELECT event_schema, event_name, status, '' FROM information_schema.events WHERE event_schema NOT IN",
            3,
        ),
    ] {
        for row in connection.ask(&format!("{query} ({SERVERS_OWN})"))? {
            let definition = show(connection, what, &row[0], &row[1], column)?;
            add(kind, named(database, &row[0], &row[1]), format!("{} {}\n{definition}", row[2], row[3]));
        }
    }
    for row in connection
        .ask("SELECT concat(user, '@', host), json_remove(priv, '$.password_last_changed') FROM mysql.global_priv")?
    {
        add("user", row[0].clone(), row[1].clone());
    }
    let mut grants: BTreeMap<String, String> = BTreeMap::new();
    for row in connection.ask(GRANTS)? {
        *grants.entry(row[0].clone()).or_default() += &format!("{}\n", row[1]);
    }
    grants.into_iter().for_each(|(to, what)| add("grant", to, what));
    let leads = |((kind, _), object): (&(String, String), &Object)| {
        // An account is not made of tables, though it may name a plugin.
        !["user", "grant"].contains(&kind.as_str()) && names_servers_own(&object.definition)
    };
    layout.leads_to_servers_own = layout.objects.iter().any(leads);
    layout.tables = rows_of(connection, with_rows)?;
    Ok(layout)
}

/// The answer of `SHOW CREATE`, its column `column`.
fn show(connection: &mut Connection, what: &str, schema: &str, name: &str, column: usize) -> Result<String, Failed> {
    match connection.ask(&format!("SHOW CREATE {what} {}.{}", quoted(schema), quoted(name))) {
        Ok(rows) => Ok(rows.into_iter().next().and_then(|row| row.into_iter().nth(column)).unwrap_or_default()),
        // A view of what is no longer there: what it would show is not compared, that it is broken is.
        Err(Failed::Refused(refusal)) if what == "VIEW" => {
            let sql = format!(
                "SELECT view_definition, definer, security_type FROM information_schema.views WHERE table_schema = {} \
                 AND table_name = {}",
                text(schema),
                text(name)
            );
            let rows = connection.ask(&sql)?.concat().join("\n");
            Ok(format!("{rows}\n{}", refusal.number))
        }
        Err(error) => Err(error),
    }
}

/// Tables without rows, and how they are read.
fn rows_of(connection: &mut Connection, tables: Vec<(String, String, String)>) -> Result<Vec<Stored>, Failed> {
    let columns = "SELECT c.table_schema, c.table_name, c.column_name, c.data_type, c.extra, k.column_name IS NOT NULL \
                   FROM information_schema.columns AS c LEFT JOIN information_schema.key_column_usage AS k \
                   ON BINARY k.table_schema = c.table_schema AND BINARY k.table_name = c.table_name \
                   AND k.column_name = c.column_name AND k.constraint_name = 'PRIMARY' WHERE c.table_schema NOT IN";
    let columns = connection.ask(&format!("{columns} ({SERVERS_OWN}) ORDER BY 1, 2, c.ordinal_position"))?;
    let mut of_table: BTreeMap<(&str, &str), Vec<&[String]>> = BTreeMap::new();
    for row in &columns {
        of_table.entry((&row[0], &row[1])).or_default().push(&row[2..]);
    }
    let mut described = Vec::new();
    for (schema, table, name) in tables {
        let columns = of_table.get(&(schema.as_str(), table.as_str())).map_or(&[][..], Vec::as_slice);
        let stored: Vec<&&[String]> = columns.iter().filter(|column| !column[2].contains("VIRTUAL")).collect();
        let selected: Vec<String> = stored.iter().map(|column| selected(&column[0], &column[1])).collect();
        let key: Vec<usize> = (0..stored.len()).filter(|&at| stored[at][3] == "1").collect();
        // A covering index would be quicker to read, and in an order that changes with the rows.
        let order = if key.is_empty() { "" } else { " FORCE INDEX (PRIMARY)" };
        // A table can have no stored column at all; its rows are counted then.
        let selected = if selected.is_empty() { "NULL".into() } else { selected.join(", ") };
        let query = format!("SELECT {selected} FROM {}.{}{order}", quoted(&schema), quoted(&table));
        let columns = stored.iter().map(|column| column[0].clone()).collect();
        let described_table = Table { name, columns, key, rows: Rows::default() };
        described.push(Stored { schema, name: table, table: described_table, query });
    }
    Ok(described)
}

fn selected(column: &str, kind: &str) -> String {
    match kind {
        "float" | "double" => format!("CAST({} AS DOUBLE)", quoted(column)),
        _ => quoted(column),
    }
}

/// `definition` without the next number of its `AUTO_INCREMENT`: it is a counter. It stands in the last line, after the
/// closing parenthesis, where nothing that a person wrote comes before it but the engine's name.
fn without_counter(definition: &str) -> String {
    let Some(end) = definition.rfind("\n)") else { return definition.to_owned() };
    let (body, options) = definition.split_at(end);
    let Some((before, rest)) = options.split_once(" AUTO_INCREMENT=") else { return definition.to_owned() };
    if before.contains('\'') {
        return definition.to_owned();
    }
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{body}{before}{after}")
}

/// `value` as a literal.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_loses_its_counter_and_nothing_else() {
        let shown = "CREATE TABLE `t` (\n  `a` text COMMENT ' AUTO_INCREMENT=3'\n) ENGINE=InnoDB AUTO_INCREMENT=37 DEFAULT \
                     CHARSET=utf8mb4 COMMENT='x AUTO_INCREMENT=5'";
        assert_eq!(without_counter(shown), shown.replace(" AUTO_INCREMENT=37", ""));
        let none = "CREATE TABLE `t` (\n  `a` int\n) ENGINE=InnoDB COMMENT='x AUTO_INCREMENT=5'";
        assert_eq!(without_counter(none), none);
    }
}
