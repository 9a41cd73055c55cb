//! What to do about a name the server does not know: the names there are.
//!
//! Asked over the second session, because in a transaction that has failed the page's own answers nothing; so a table that
//! the page has made and not committed is not among them.

use super::observer::Observer;
use crate::database::SqlError;
use crate::database::names::{near, one_of};

/// Every table and view of the author's.
const TABLES: &str = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1";

/// The columns of all of them.
const COLUMNS: &str = "SELECT DISTINCT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 \
    AND NOT a.attisdropped AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1";

/// The error with advice about the name in it, if it has none yet.
pub(super) fn advised(observer: &mut Observer, mut error: SqlError) -> SqlError {
    if error.hint.is_none() {
        error.hint = advice(observer, &error);
    }
    error
}

fn advice(observer: &mut Observer, error: &SqlError) -> Option<String> {
    // `relation "x" does not exist`, `column a.x does not exist`, `column "x" of relation "t" does not exist`
    let mut words = error.message.split(' ');
    let name = words.nth(1)?.trim_matches('"');
    let name = name.rsplit('.').next().unwrap_or(name);
    match error.codes.first()?.as_str() {
        "42P01" => {
            let tables = observer.names(TABLES)?;
            Some(one_of(name, &tables, "the database has the tables"))
        }
        "42703" => near(name, &observer.names(COLUMNS)?),
        _ => None,
    }
}
