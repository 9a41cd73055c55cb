//! The engine's own client in a shell snippet, and the page beside it.

use super::dialect::Dialect;
use super::{number, text};
use crate::expect::Cell;

on_each_engine!(
    what_the_client_commits_is_measured,
    the_client_and_the_page_see_each_other,
    the_address_is_the_pages_own
);

/// How the client is typed: quiet, on stdin.
fn client(on: Dialect) -> &'static str {
    on.pick([
        "sqlite3 -bail shop_production",
        "mariadb -N shop_production",
        "psql -qAt -v ON_ERROR_STOP=1 shop_production",
    ])
}

fn what_the_client_commits_is_measured(on: Dialect) {
    let mut page = on.page(&on.family());
    let client = client(on);
    let run =
        |page: &super::page::Page, sql: &str| page.shell(&format!("{client} <<'SQL' || echo failed\n{sql}\nSQL\n"));
    let Some(told) = run(&page, "DELETE FROM parents WHERE id = 1;") else { return };
    assert_eq!(told, "");
    assert_eq!(page.effect(""), "children -2, log +1, parents -1", "cascades and triggers included");
    for (sql, effect) in [
        ("BEGIN; DELETE FROM parents; ROLLBACK;", "none"),
        ("BEGIN; DELETE FROM parents;", "none"),
        ("BEGIN; INSERT INTO log VALUES ('x'); COMMIT; BEGIN; INSERT INTO log VALUES ('y');", "log +1"),
        ("CREATE TABLE theirs (a INTEGER PRIMARY KEY); INSERT INTO theirs VALUES (1), (2);", "theirs +2, schema"),
        ("ALTER TABLE theirs ADD COLUMN b INTEGER DEFAULT 5;", "theirs ~2, schema"),
        ("SELECT 1 FROM theirs WHERE a = 7;", "none"),
        ("DROP TABLE theirs;", "theirs -2, schema"),
    ] {
        assert_eq!(run(&page, sql).unwrap(), "", "{sql}");
        assert_eq!(page.effect(""), effect, "{sql}");
    }
    let told =
        run(&page, "INSERT INTO log VALUES ('z');\nINSERT INTO children VALUES (9, 99);\nDELETE FROM log;").unwrap();
    assert!(told.to_lowercase().contains("foreign key constraint") && told.ends_with("failed\n"), "{told}");
    assert_eq!(page.effect(""), "log +1", "up to where it failed");
}

fn the_client_and_the_page_see_each_other(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(20)); INSERT INTO t VALUES (1, 'ž🦀')");
    let client = client(on);
    let run = |page: &super::page::Page, sql: &str| page.shell(&format!("{client} <<'SQL'\n{sql}\nSQL\n"));
    let Some(told) = run(&page, "SELECT v FROM t;") else { return };
    assert_eq!(told, "ž🦀\n");
    page.run("INSERT INTO t VALUES (2, 'of the page')").unwrap();
    assert_eq!(run(&page, "SELECT v FROM t WHERE id = 2; INSERT INTO t VALUES (3, 'ščř');").unwrap(), "of the page\n");
    assert_eq!(page.rows("SELECT v FROM t WHERE id = 3"), [[text("ščř")]]);
    assert_eq!(page.effect(""), "t +2");
    page.run("BEGIN").unwrap();
    page.run("INSERT INTO t VALUES (4, 'open')").unwrap();
    assert_eq!(run(&page, "SELECT count(*) FROM t;").unwrap(), "3\n", "what is open nobody else sees");
    assert_eq!(page.effect("ROLLBACK"), "none");
    assert_eq!(page.rows("SELECT count(*), max(v) IS NULL FROM t"), [[number("3"), Cell::Number("0".into())]]);
}

fn the_address_is_the_pages_own(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER)");
    let address = page.database.address();
    let scheme = on.pick(["sqlite:///", "mysql://", "postgresql://"]);
    assert!(address.starts_with(scheme), "{address}");
    let insert = "INSERT INTO t VALUES (1)";
    let told = page.shell(&match on.pick([0, 1, 2]) {
        0 => format!("sqlite3 \"${{DATABASE_URL#sqlite://}}\" '{insert}'"),
        1 => format!("mariadb --socket=\"${{DATABASE_URL##*socket=}}\" -e '{insert}'"),
        _ => format!("psql -q \"$DATABASE_URL\" -c '{insert}'"),
    });
    if let Some(told) = told {
        assert_eq!((told.as_str(), page.effect("").as_str()), ("", "t +1"));
    }
    let (path, folder) =
        (page.database.path().map(std::path::Path::to_path_buf), page.folder().canonicalize().unwrap());
    assert_eq!(path.is_some(), on.pick([true, false, false]), "a file only where the database is one");
    assert!(path.is_none_or(|path| path.starts_with(&folder) && path.is_file()));
}
