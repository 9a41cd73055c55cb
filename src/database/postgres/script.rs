//! Schema and seed: run once, every mistake at its place in the script.
//!
//! Each script has a session of its own, as when `psql -f` runs them one after the other: what a dump sets for itself
//! (`search_path`) ends with it.
//!
//! Must stay true: what loads has no transaction open; loading ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::exchange::{Status, Until};
use super::statement;
use crate::config::Engine;
use crate::database::{Definition, PrepareError, StatementError};
use crate::runbook::sql;
use crate::span::{SourceFile, Span};

/// How long schema and seed may take together.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs the scripts of `definition`, each in a session that `connect` begins.
pub(super) fn load(
    definition: &Definition,
    mut connect: impl FnMut() -> Result<Connection, PrepareError>,
) -> Result<(), PrepareError> {
    let deadline = Instant::now() + LIMIT;
    for file in std::iter::once(&definition.schema).chain(&definition.seed) {
        check_form(file)?;
        let mut connection = connect()?;
        let statements = sql::statements(file.text(), Engine::Postgres);
        for &span in &statements {
            // Before the first page runs nothing is there to be tidied up: Ctrl-C simply ends the program.
            let until = Until { deadline, stop: None };
            statement::execute(&mut connection, file.slice(span), until)
                .map_err(|error| at_statement(file, span, error))?;
        }
        if connection.status() != Status::Idle {
            let last = statements.last().copied().unwrap_or(Span::new(0, 0));
            return Err(mistake(file, last, "the script ends with a transaction open", "end it with `COMMIT;`"));
        }
        connection.close();
    }
    Ok(())
}

fn check_form(file: &Arc<SourceFile>) -> Result<(), PrepareError> {
    if let Some((span, kind)) = sql::unterminated(file.text(), Engine::Postgres) {
        return Err(mistake(file, span, format!("a {kind} is opened here and never closed"), "close it"));
    }
    match sql::client_command(file.text(), Engine::Postgres) {
        Some((span, name)) if name.starts_with('\\') => {
            let message = format!("`{name}` is a command of the psql program, not SQL");
            let hint = "leave it out, or write what it does in SQL; of a dump, leave out the lines `\\restrict` and \
                        `\\unrestrict`";
            Err(mistake(file, span, message, hint))
        }
        Some((span, _)) => {
            let message = "`COPY` with `STDIN` or `STDOUT` exchanges rows with a client, and here is none";
            Err(mistake(file, span, message, "write the rows as `INSERT`: `pg_dump --inserts` does"))
        }
        None => Ok(()),
    }
}

fn mistake(file: &Arc<SourceFile>, span: Span, message: impl Into<String>, hint: &str) -> PrepareError {
    let hint = Some(hint.to_owned());
    PrepareError::Script { file: Arc::clone(file), span, code: None, message: message.into(), hint }
}

fn at_statement(file: &Arc<SourceFile>, statement: Span, error: StatementError) -> PrepareError {
    let error = match error {
        StatementError::Sql(error) => error,
        StatementError::TimedOut | StatementError::Stopped => {
            let message = format!(
                "schema and seed have {} s together, and this statement was still running at the end of them",
                LIMIT.as_secs()
            );
            let hint = "does a recursive query go on without an end? give it a `LIMIT`, or make the seed smaller";
            return mistake(file, statement, message, hint);
        }
    };
    let token = |offset| sql::token_at(file.slice(statement), offset, Engine::Postgres).shifted(statement.start);
    PrepareError::Script {
        file: Arc::clone(file),
        span: error.offset.map_or(statement, token),
        code: error.codes.into_iter().next(),
        message: error.message,
        hint: error.hint,
    }
}
