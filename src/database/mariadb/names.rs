//! What to do about a name the server does not know: the names there are.
//!
//! Asked over the second session, so that the page's own keeps its warnings and its transaction.

use super::observer::Observer;
use super::read::text;
use crate::database::SqlError;
use crate::database::names::{near, one_of};

/// The error with advice about the name in it, if it has none yet.
pub(super) fn advised(observer: &mut Observer, mut error: SqlError) -> SqlError {
    if error.hint.is_none() {
        error.hint = advice(observer, &error);
    }
    error
}

fn advice(observer: &mut Observer, error: &SqlError) -> Option<String> {
    // `Unknown column 'a.x' in 'SELECT'`, `Table 'shop.x' doesn't exist`
    let name = error.message.split('\'').nth(1)?;
    let name = name.rsplit('.').next().unwrap_or(name);
    let of_page = |what: &str, from: &str, database: &str| {
        format!(
            "SELECT DISTINCT {what} FROM information_schema.{from} WHERE table_schema = {} ORDER BY 1",
            text(database)
        )
    };
    let database = observer.database().to_owned();
    match error.codes.first()?.as_str() {
        "1146" => {
            let tables = observer.names(&of_page("table_name", "tables", &database))?;
            Some(one_of(name, &tables, "the database has the tables"))
        }
        "1054" => near(name, &observer.names(&of_page("column_name", "columns", &database))?),
        _ => None,
    }
}
