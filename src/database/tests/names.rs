//! Names and texts that end up in SQL of our own: whatever is in them.

use super::dialect::Dialect;
use super::text;
use crate::runbook::effect::RowChange;
use crate::runbook::parameter::{Value, literal};

on_each_engine!(names_may_be_any, texts_come_back_as_they_were, a_database_may_have_any_name);

const NAMES: [&str; 9] =
    ["order", "Select", "it's", "a \"b\" `c` [d]", "žluťoučký kůň 🐴", "a.b", "%s $1 ?", "--", "/* x */; DROP TABLE t"];

fn names_may_be_any(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (a INTEGER)");
    for name in NAMES {
        // MariaDB keeps names to three bytes a character.
        let name = if on.pick([false, true, false]) { name.replace('🐴', "kůň") } else { name.to_owned() };
        let (table, index) = (on.quoted(&name), on.quoted(&format!("{name} index")));
        let made = page.measured(&format!(
            "CREATE TABLE {table} ({table} INTEGER PRIMARY KEY, v VARCHAR(9)); CREATE INDEX {index} ON {table} (v)"
        ));
        // Beside a table of another database or schema, a name with a dot is told apart by its quotes.
        let is_told_quoted = name.contains('.') && on.pick([false, true, true]);
        let shown = if is_told_quoted { table.clone() } else { name.clone() };
        assert!(
            made.tables.is_empty() && made.schema.iter().any(|change| change.kind == "table" && change.name == shown)
        );
        let effect = page.measured(&format!("INSERT INTO {table} VALUES (1, 'a'), (2, 'b')"));
        assert_eq!(effect.promise().to_string(), format!("{shown} +2"));
        assert_eq!(effect.tables[&shown].columns, [name.as_str(), "v"]);
        assert_eq!(page.effect(&format!("UPDATE {table} SET v = 'c' WHERE {table} = 1")), format!("{shown} ~1"));
        assert_eq!(page.effect(&format!("DROP TABLE {table}")), format!("{shown} -2, schema"));
    }
    assert_eq!(page.since(), "none");
}

fn texts_come_back_as_they_were(on: Dialect) {
    let mut page = on.page("CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(200)); INSERT INTO t VALUES (1, 'x')");
    for value in [
        "O'Brien",
        "''",
        "a\\",
        "\\' OR 1 = 1; --",
        "\\\\'; DROP TABLE t; --",
        "a\\nb\\0",
        "žluťoučký 🦀 \u{301}\u{202e}",
        "tab\tline\nreturn\r\nend",
        "$$ $1 :name ? %s @x {{v}}",
        "\"double\" `back` [square]",
        "/* no comment */ -- nor this # or this",
        "\u{1}\u{1f}\u{7f}",
        "",
        " ",
    ] {
        let literal = literal(&Value::text(value).unwrap(), on.engine);
        let effect = page.measured(&format!("UPDATE t SET v = {literal}"));
        assert_eq!(effect.promise().to_string(), "t ~1", "{value:?}");
        assert_eq!(page.rows("SELECT v FROM t"), [[text(value)]]);
        let mut other = page.other();
        assert_eq!(other.result(&format!("SELECT v FROM t WHERE v = {literal}")).rows, [[text(value)]]);
        let [RowChange::Changed { after, .. }] = &effect.tables["t"].rows[..] else { panic!("{value:?}: {effect:?}") };
        assert_eq!(after[1], text(value));
    }
}

fn a_database_may_have_any_name(on: Dialect) {
    use super::page::{Page, prepare};
    let name = "it's \"odd\" `ž` $x % 1";
    let prepared = prepare(on.engine, name, "CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (1)").unwrap();
    let mut page = Page::open(&*prepared, on.engine, name);
    let current = on.pick(["SELECT 'it''s \"odd\" `ž` $x % 1'", "SELECT DATABASE()", "SELECT current_database()"]);
    assert_eq!(page.rows(current), [[text(name)]]);
    page.other().script("INSERT INTO t VALUES (2)");
    assert_eq!(page.effect("DELETE FROM t WHERE a = 1"), "t +1 -1");
    page.database.reconnect().unwrap();
    assert_eq!(page.effect("INSERT INTO t VALUES (1)"), "t +1");
    // As a page would type it, in quotes.
    let client = on.pick(["sqlite3 \"$NAME\"", "mariadb -N \"$NAME\"", "psql -At \"$NAME\""]);
    if let Some(told) = page.shell(&format!("{client} <<<'SELECT count(*) FROM t'")) {
        assert_eq!(told, "2\n");
    }
}
