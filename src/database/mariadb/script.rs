//! Schema and seed: run once on a server of their own, every mistake at its place in the script.
//!
//! Foreign keys are checked row by row, as MariaDB does; a script that begins with `SET foreign_key_checks = 0`, as
//! dumps do, may be in any order. The settings a script makes end with it.
//!
//! Must stay true: what loads has no transaction open; loading ends.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::config::Engine;
use crate::database::{Definition, PrepareError, SqlError, StatementError};
use crate::runbook::sql;
use crate::span::{SourceFile, Span};

use super::connection::Connection;
use super::read::quoted;
use super::statement;

/// Makes the empty database.
pub(super) fn create(connection: &mut Connection, name: &str) -> Result<(), PrepareError> {
    connection.ask(&format!("CREATE DATABASE {}", quoted(name))).map(drop).map_err(|error| PrepareError::Engine {
        message: format!("MariaDB cannot make a database with the name `{name}`: {error}"),
        hint: Some("set another `name` for it in the configuration".into()),
    })
}

/// Runs the scripts of `definition` through `socket`, in `limit` altogether.
pub(super) fn load(socket: &Path, definition: &Definition, limit: Duration) -> Result<(), PrepareError> {
    let deadline = Instant::now() + limit;
    for file in std::iter::once(&definition.schema).chain(&definition.seed) {
        check_form(file)?;
        let mut connection = Connection::open(socket, &definition.documented_name).map_err(engine)?;
        let statements = sql::statements(file.text(), Engine::Mariadb);
        for &span in &statements {
            // Before the first page runs nothing is there to be tidied up: Ctrl-C simply ends the program.
            let ran = statement::execute(&mut connection, file.slice(span), deadline, &AtomicBool::new(false));
            ran.result.map_err(|error| match error {
                StatementError::Sql(error) => at_statement(file, span, error),
                StatementError::TimedOut | StatementError::Stopped => too_long(file, span, limit),
            })?;
        }
        if connection.is_in_transaction() {
            let last = statements.last().copied().unwrap_or(Span::new(0, 0));
            return Err(mistake(file, last, "the script ends with a transaction open", "end it with `COMMIT;`"));
        }
    }
    Ok(())
}

/// An error of MariaDB that is not the author's.
pub(super) fn engine(error: impl Display) -> PrepareError {
    PrepareError::Engine { message: format!("MariaDB cannot prepare the database: {error}"), hint: None }
}

fn too_long(file: &Arc<SourceFile>, span: Span, limit: Duration) -> PrepareError {
    let message = format!(
        "schema and seed have {} s together, and this statement was still running at the end of them",
        limit.as_secs()
    );
    let hint = "does a recursive query or a loop go on without an end? else make the seed smaller";
    mistake(file, span, message, hint)
}

fn check_form(file: &Arc<SourceFile>) -> Result<(), PrepareError> {
    if let Some((span, kind)) = sql::unterminated(file.text(), Engine::Mariadb) {
        return Err(mistake(file, span, format!("a {kind} is opened here and never closed"), "close it"));
    }
    if let Some((span, name)) = sql::client_command(file.text(), Engine::Mariadb) {
        let message = format!("`{name}` is a command of the mariadb program, not SQL");
        let hint = match name.to_ascii_uppercase().as_str() {
            "DELIMITER" => "leave it out: where the body of a trigger or a procedure ends is known without it",
            _ => "leave it out, or write what it does in SQL",
        };
        return Err(mistake(file, span, message, hint));
    }
    Ok(())
}

fn mistake(file: &Arc<SourceFile>, span: Span, message: impl Into<String>, hint: &str) -> PrepareError {
    let hint = Some(hint.to_owned());
    PrepareError::Script { file: Arc::clone(file), span, code: None, message: message.into(), hint }
}

fn at_statement(file: &Arc<SourceFile>, statement: Span, error: SqlError) -> PrepareError {
    let SqlError { codes, message, offset, hint } = error;
    let token = |offset| sql::token_at(file.slice(statement), offset, Engine::Mariadb).shifted(statement.start);
    PrepareError::Script {
        file: Arc::clone(file),
        span: offset.map_or(statement, token),
        code: codes.into_iter().next(),
        message,
        hint,
    }
}
