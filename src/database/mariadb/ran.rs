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
}

impl Ran {
    /// Of `statement`.
    pub(super) fn of(statement: &str) -> Self {
        let tokens: Vec<_> =
            sql::tokens(statement, Engine::Mariadb).into_iter().filter(|token| token.is_significant()).collect();
        // What stands in an executable comment is not read here.
        if tokens.iter().any(|token| token.kind == sql::Kind::Executable) {
            return Self::Anything;
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
            _ => Self::Anything,
        }
    }
}

/// Whether `sql`, a statement or a definition, may name a table of the server's own.
pub(super) fn names_servers_own(sql: &str) -> bool {
    sql.as_bytes().windows(5).any(|bytes| bytes.eq_ignore_ascii_case(b"mysql"))
}

/// Whether names that stand alone may mean tables of another database after `statement`: it is `USE`, or may hold one.
pub(super) fn may_go_elsewhere(statement: &str) -> bool {
    let tokens = sql::tokens(statement, Engine::Mariadb);
    let mut words = tokens.iter().filter(|token| token.is_significant()).map(|token| token.text(statement));
    let stays = ["CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE", "SET"];
    let first = words.next().unwrap_or_default();
    // `SET STATEMENT … FOR` is followed by a statement of any kind, an executable comment may hold one.
    let goes = words.next().is_some_and(|word| word.eq_ignore_ascii_case("STATEMENT"))
        || tokens.iter().any(|token| token.kind == sql::Kind::Executable);
    Ran::of(statement) == Ran::Anything && (goes || !stays.iter().any(|word| first.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_can_do_anything() {
        for (statement, ran) in [
            ("select 1", Ran::Queries),
            ("-- a comment\nWITH a AS (SELECT 1) SELECT * FROM a", Ran::Queries),
            ("(SELECT 1) UNION (SELECT 2)", Ran::Anything),
            ("insert into t values ('delayed')", Ran::Rows),
            ("insert into `MySQL`.proc select 1", Ran::AnyRows),
            ("DELETE FROM t WHERE note = 'mysql'", Ran::AnyRows),
            ("INSERT DELAYED INTO t VALUES (1)", Ran::Anything),
            ("REPLACE t VALUES (1)", Ran::Rows),
            ("UPDATE t /*! , u */ SET a = 1", Ran::Anything),
            ("/*M! DROP TABLE t */", Ran::Anything),
            ("DELETE FROM t", Ran::Rows),
            ("BEGIN", Ran::Rows),
            ("BEGIN NOT ATOMIC DROP TABLE t; END", Ran::Anything),
            ("START TRANSACTION READ ONLY", Ran::Rows),
            ("START SLAVE", Ran::Anything),
            ("COMMIT AND CHAIN", Ran::Rows),
            ("ROLLBACK TO s", Ran::Rows),
            ("XA COMMIT 'x'", Ran::Anything),
            ("CALL p()", Ran::Anything),
            ("SET STATEMENT max_statement_time = 1 FOR DELETE FROM t", Ran::Anything),
            ("EXECUTE s", Ran::Anything),
            ("CREATE TABLE t (a INT)", Ran::Anything),
            ("", Ran::Anything),
        ] {
            assert_eq!(Ran::of(statement), ran, "{statement}");
        }
    }

    #[test]
    fn what_is_not_known_can_go_to_another_database() {
        for statement in [
            "USE mysql",
            "EXECUTE IMMEDIATE concat('USE my', 'sql')",
            "EXECUTE s",
            "CALL p()",
            "BEGIN NOT ATOMIC EXECUTE s; END",
            "SET STATEMENT max_statement_time = 1 FOR EXECUTE s",
            "SET /*M! STATEMENT max_statement_time = 1 FOR EXECUTE s */",
            "set statement max_statement_time = 1 for use mysql",
        ] {
            assert!(may_go_elsewhere(statement), "{statement}");
        }
        for statement in
            ["CREATE TABLE t (a INT)", "set @a = 1", "INSERT INTO t VALUES (1)", "BEGIN", "SELECT f()", "COMMIT"]
        {
            assert!(!may_go_elsewhere(statement), "{statement}");
        }
    }
}
