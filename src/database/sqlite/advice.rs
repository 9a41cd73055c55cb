//! What to do about a statement SQLite refused: the names there are, for one that is not.
//!
//! Takes the error and the connection it came from, gives one sentence or nothing. SQLite's messages are stable enough
//! to read (`sqlite3.c`, `resolve.c` and `insert.c`); one that reads otherwise only loses its advice.

use rusqlite::Connection;

use crate::database::SqlError;
use crate::database::names::{near, one_of};

use super::containment;
use super::statement::TOO_MUCH;

/// What to do about a lock that was waited for in vain.
const LOCKED_HINT: &str = "another connection keeps the database locked, here for longer than 5 s: a program that a snippet \
                           above left running?";

/// Every table and view, but SQLite's own.
const ALL_TABLES: &str = "SELECT name FROM pragma_table_list \
    WHERE schema <> 'temp' AND name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY name";
/// The columns of all of them.
const ALL_COLUMNS: &str = "SELECT DISTINCT c.name FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c \
    WHERE t.schema <> 'temp' AND t.name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY c.name";
/// Those of them that have the column ?1.
const TABLES_WITH: &str = "SELECT t.name FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c \
    WHERE t.schema <> 'temp' AND t.name NOT LIKE 'sqlite@_%' ESCAPE '@' AND lower(c.name) = lower(?1) ORDER BY t.name";

/// The error with advice, if there is any to give, and in words of our own if it comes from us.
pub(super) fn advised(connection: &Connection, mut error: SqlError) -> SqlError {
    error.hint = advice(connection, &error);
    // Only `containment` answers a statement with this code.
    if error.codes.iter().any(|code| code == "SQLITE_AUTH") {
        error.message = containment::REFUSED.into();
    }
    error
}

fn advice(connection: &Connection, error: &SqlError) -> Option<String> {
    let message = error.message.as_str();
    if let Some(column) = message.strip_prefix("no such column: ") {
        let column = column.rsplit('.').next().unwrap_or(column).split(" - ").next().unwrap_or(column);
        let elsewhere = names(connection, TABLES_WITH, &[column])?;
        if !elsewhere.is_empty() {
            let tables: Vec<String> = elsewhere.iter().map(|table| format!("`{table}`")).collect();
            return Some(format!(
                "`{column}` is a column of {}, which this statement does not read here",
                tables.join(", ")
            ));
        }
        let columns = names(connection, ALL_COLUMNS, &[])?;
        return near(column, &columns);
    }
    if let Some(table) = message.strip_prefix("no such table: ") {
        let table = table.rsplit('.').next().unwrap_or(table);
        let tables = names(connection, ALL_TABLES, &[])?;
        return Some(one_of(table, &tables, "the database has the tables"));
    }
    if let Some((table, column)) =
        message.strip_prefix("table ").and_then(|rest| rest.split_once(" has no column named "))
    {
        let columns = names(connection, "SELECT name FROM pragma_table_xinfo(?1)", &[table])?;
        return Some(one_of(column, &columns, "it has the columns"));
    }
    let is = |name: &str| error.codes.iter().any(|code| code == name);
    if is("SQLITE_AUTH") || message.ends_with("function: load_extension") {
        return Some(containment::HINT.into());
    }
    if is("SQLITE_CANTOPEN_SYMLINK") {
        return Some(containment::LINK_HINT.into());
    }
    if is("SQLITE_BUSY") {
        return Some(LOCKED_HINT.into());
    }
    if is("SQLITE_FULL") {
        return Some(containment::FULL_HINT.into());
    }
    if message == TOO_MUCH {
        return Some("show fewer rows (`LIMIT`), or what is to be seen in them (`count(*)`)".into());
    }
    if is("SQLITE_CONSTRAINT_FOREIGNKEY") {
        return Some(
            "rows of another table still refer to a row this removes, or the row it refers to is not there; \
             if the page is to show that, promise it with `error=SQLITE_CONSTRAINT_FOREIGNKEY`"
                .into(),
        );
    }
    None
}

fn names(connection: &Connection, query: &str, values: &[&str]) -> Option<Vec<String>> {
    let mut statement = connection.prepare(query).ok()?;
    let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(0)).ok()?;
    rows.collect::<rusqlite::Result<_>>().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::sqlite::statement::{run, sql_error};

    #[test]
    fn a_wrong_name_is_answered_with_the_one_that_is_there() {
        let connection = Connection::open_in_memory().unwrap();
        let schema =
            "CREATE TABLE architectures (id INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE TABLE flags (flag TEXT)";
        connection.execute_batch(schema).unwrap();
        for (statement, advice) in [
            ("SELECT a.nmae FROM architectures AS a", Some("did you mean `name`?")),
            ("SELECT name FROM architecture", Some("did you mean `architectures`?")),
            ("SELECT name FROM zebra", Some("the database has the tables `architectures`, `flags`")),
            (
                "SELECT flag FROM architectures",
                Some("`flag` is a column of `flags`, which this statement does not read here"),
            ),
            ("INSERT INTO architectures (nam) VALUES (1)", Some("did you mean `name`?")),
            ("INSERT INTO architectures (available) VALUES (1)", Some("it has the columns `id`, `name`")),
            ("SELECT quite_something FROM architectures", None),
            ("SELEC 1", None),
        ] {
            let error = advised(&connection, sql_error(run(&connection, statement).unwrap_err()));
            assert_eq!(error.hint.as_deref(), advice, "{statement}: {}", error.message);
        }
    }
}
