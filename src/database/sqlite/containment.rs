//! What a statement may not do: reach another file than the page's database, reach other pages, or fill memory without
//! end.
//!
//! SQLite asks before it compiles a statement, also for those it makes itself (`VACUUM INTO` attaches its target), and
//! for each pragma, so that what names a file is refused whatever expression it is written as.
//!
//! Must stay true: what is allowed names no file. A database attached as `''` or `':memory:'` has none, because
//! temporary ones are kept in memory.

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OpenFlags, ffi};

/// How a database file is opened: never through a symbolic link, which a snippet may have put in its place.
pub(super) fn open_flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW
}

/// The most bytes a database may have, the page's as well as one that a schema and a seed make.
const MOST_BYTES: i64 = 256 * 1024 * 1024;

/// What is said about a statement that is refused here: SQLite itself says only that it is not authorized.
pub(super) const REFUSED: &str = "the statement reaches beyond the page's database, which it may not";
/// What to do about it.
pub(super) const HINT: &str = "SQL snippets reach the page's database only; to work with another file use \
                               `sqlite3 FILE` in a bash snippet";
/// What to do about a link in the place of the database, which would lead out of the page's folder.
pub(super) const LINK_HINT: &str =
    "a symbolic link stands where the page's database was; put a file there (`cp`), not a link";
/// What is said about a database that is full.
pub(super) const FULL_HINT: &str =
    "a throwaway database holds at most 256 MiB; does a recursive query go on without an end?";

/// Holds `connection` to what this module says.
pub(super) fn contain(connection: &mut Connection) -> rusqlite::Result<()> {
    let page_size: i64 = connection.query_one("PRAGMA page_size", [], |row| row.get(0))?;
    for schema in ["main", "temp"] {
        connection.pragma_update(Some(schema), "max_page_count", MOST_BYTES / page_size.max(1))?;
    }
    connection.authorizer(Some(|context: AuthContext<'_>| decide(context.action)))
}

/// Lets `connection` do everything again, for what this program itself does with it.
pub(super) fn release(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
}

fn decide(action: AuthAction<'_>) -> Authorization {
    let is_refused = match action {
        AuthAction::Attach { filename } => !matches!(filename, "" | ":memory:"),
        // A name that is an expression is known only when it is too late.
        AuthAction::Unknown { code: ffi::SQLITE_ATTACH, .. } => true,
        AuthAction::Pragma { pragma_name, pragma_value } => {
            let is = |name: &str| pragma_name.eq_ignore_ascii_case(name);
            let in_memory = |value: &str| value == "2" || value.eq_ignore_ascii_case("memory");
            REFUSED_PRAGMAS.iter().any(|name| is(name))
                || (READ_ONLY_PRAGMAS.iter().any(|name| is(name)) && pragma_value.is_some())
                || (is("temp_store") && !pragma_value.is_none_or(in_memory))
        }
        AuthAction::Function { function_name } => function_name.eq_ignore_ascii_case("load_extension"),
        _ => false,
    };
    if is_refused { Authorization::Deny } else { Authorization::Allow }
}

/// Those that name a file or a folder. The first two hold for the whole process, other pages included.
const REFUSED_PRAGMAS: &[&str] =
    &["temp_store_directory", "data_store_directory", "lock_proxy_file", "activate_extensions"];
/// Those that hold for the whole process when they are set.
const READ_ONLY_PRAGMAS: &[&str] = &["hard_heap_limit", "soft_heap_limit"];
