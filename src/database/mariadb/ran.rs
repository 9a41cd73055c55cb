//! What a statement of the page's can have done, by its words.
//!
//! Must stay true: a statement is called less than it can be never, more than it is at will.

use crate::config::Engine;
use crate::runbook::sql;

/// What statements can have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ran {
    /// There were none.
    Nothing,
    /// They are queries; what these call may have changed rows.
    Queries,
    /// They change rows and nothing else, whatever triggers and functions they set off: neither may hold a statement that
    /// commits by itself, or one that is put together there (the MariaDB manual on stored functions and triggers). They do
    /// not name the server's own tables.
    Rows,
    /// They change rows, and maybe of the server's own tables.
    AnyRows,
    /// Anything.
    Anything,
    /// Anything, and names that stand alone may mean tables of another database from then on.
    Elsewhere,
}

impl Ran {
    /// Of `statement`.
    pub(super) fn of(statement: &str) -> Self {
        let tokens: Vec<_> =
            sql::tokens(statement, Engine::Mariadb).into_iter().filter(|token| token.is_significant()).collect();
        // What stands in an executable comment is not read here.
        if tokens.iter().any(|token| token.kind == sql::Kind::Executable) {
            return Self::Elsewhere;
        }
        let word =
            |at: usize| tokens.get(at).map(|token| token.text(statement).to_ascii_uppercase()).unwrap_or_default();
        let is_delayed = || tokens.iter().any(|token| token.is(statement, "DELAYED"));
        match word(0).as_str() {
            "SELECT" | "WITH" | "VALUES" => Self::Queries,
            // The server writes them when it has time.
            "INSERT" | "REPLACE" if is_delayed() => Self::Anything,
            "INSERT" | "REPLACE" | "UPDATE" | "DELETE" if names_servers_own(statement) => Self::AnyRows,
            "INSERT" | "REPLACE" | "UPDATE" | "DELETE" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" => Self::Rows,
            "START" if word(1) == "TRANSACTION" => Self::Rows,
            "BEGIN" if ["", "WORK"].contains(&word(1).as_str()) => Self::Rows,
            "CREATE" | "ALTER" | "DROP" | "RENAME" | "TRUNCATE" | "GRANT" | "REVOKE" => Self::Anything,
            // `SET STATEMENT … FOR` is followed by a statement of any kind.
            "SET" if word(1) != "STATEMENT" => Self::Anything,
            // It is `USE`, or may hold one.
            _ => Self::Elsewhere,
        }
    }
}

/// Whether `sql`, a statement or a definition, may name a table of the server's own.
pub(super) fn names_servers_own(sql: &str) -> bool {
    sql.as_bytes().windows(5).any(|bytes| bytes.eq_ignore_ascii_case(b"mysql"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_can_do_anything() {
        for (statement, ran) in [
            ("select 1", Ran::Queries),
            ("-- a comment\nWITH a AS (SELECT 1) SELECT * FROM a", Ran::Queries),
            ("(SELECT 1) UNION (SELECT 2)", Ran::Elsewhere),
            ("insert into t values ('delayed')", Ran::Rows),
            ("insert into `MySQL`.proc select 1", Ran::AnyRows),
            ("DELETE FROM t WHERE note = 'mysql'", Ran::AnyRows),
            ("INSERT DELAYED INTO t VALUES (1)", Ran::Anything),
            ("REPLACE t VALUES (1)", Ran::Rows),
            ("UPDATE t /*! , u */ SET a = 1", Ran::Elsewhere),
            ("/*M! DROP TABLE t */", Ran::Elsewhere),
            ("DELETE FROM t", Ran::Rows),
            ("BEGIN", Ran::Rows),
            ("BEGIN NOT ATOMIC DROP TABLE t; END", Ran::Elsewhere),
            ("START TRANSACTION READ ONLY", Ran::Rows),
            ("START SLAVE", Ran::Elsewhere),
            ("COMMIT AND CHAIN", Ran::Rows),
            ("ROLLBACK TO s", Ran::Rows),
            ("XA COMMIT 'x'", Ran::Elsewhere),
            ("CALL p()", Ran::Elsewhere),
            ("SET STATEMENT max_statement_time = 1 FOR DELETE FROM t", Ran::Elsewhere),
            ("EXECUTE s", Ran::Elsewhere),
            ("EXECUTE IMMEDIATE concat('USE my', 'sql')", Ran::Elsewhere),
            ("use mysql", Ran::Elsewhere),
            ("set statement max_statement_time = 1 for use mysql", Ran::Elsewhere),
            ("SET /*M! STATEMENT max_statement_time = 1 FOR EXECUTE s */", Ran::Elsewhere),
            ("set @a = 1", Ran::Anything),
            ("GRANT ALL ON *.* TO u", Ran::Anything),
            ("CREATE TABLE t (a INT)", Ran::Anything),
            ("", Ran::Elsewhere),
        ] {
            assert_eq!(Ran::of(statement), ran, "{statement}");
        }
    }
}
