//! Effects: the net difference of what was committed, whoever did it.

use super::dialect::Dialect;
use super::{number, text};
use crate::runbook::effect::RowChange;

on_each_engine!(
    cascades_and_triggers_count,
    only_the_net_effect_counts,
    only_what_is_committed_counts,
    another_session_counts,
    another_session_counts_while_the_page_has_a_transaction_open,
    a_failed_statement_has_no_effect,
    many_rows_are_counted_exactly_and_listed_in_part,
    a_changed_row_is_told_with_what_it_was,
);

fn cascades_and_triggers_count(on: Dialect) {
    let mut family = on.page(&on.family());
    let effect = family.measured("DELETE FROM parents WHERE id = 1");
    assert_eq!(effect.promise().to_string(), "children -2, log +1, parents -1");
    assert_eq!(effect.tables["parents"].columns, ["id", "name"]);
    assert_eq!(effect.tables["parents"].rows, [RowChange::Removed(vec![number("1"), text("a")])]);
    let cascaded = [1, 2].map(|id| RowChange::Removed(vec![number(&id.to_string()), number("1")]));
    assert_eq!(effect.tables["children"].rows, cascaded);
    assert_eq!(effect.tables["log"].rows, [RowChange::Added(vec![text("gone 1")])]);
    assert_eq!(family.effect(""), "none", "each change is told once");
}

fn only_the_net_effect_counts(on: Dialect) {
    let mut family = on.page(&on.family());
    assert_eq!(family.effect("UPDATE parents SET name = name"), "none");
    assert_eq!(
        family.effect("UPDATE parents SET name = 'z'; UPDATE parents SET name = 'a' WHERE id = 1"),
        "parents ~1"
    );
    assert_eq!(family.effect("UPDATE parents SET name = 'b' WHERE id = 2"), "parents ~1");
    let tidy = on.pick(["VACUUM", "OPTIMIZE TABLE log", "VACUUM FULL; ANALYZE"]);
    assert_eq!(family.effect(&format!("INSERT INTO log VALUES ('x'); DELETE FROM log; {tidy}")), "none");
    assert_eq!(
        family.effect("DELETE FROM parents WHERE id = 2; INSERT INTO parents VALUES (2, 'B')"),
        "children -1, log +1, parents ~1",
        "the same key is the same row"
    );
    let (replace, effect) = on.pick([
        // Both of them delete; SQLite fires no trigger for it.
        ("REPLACE INTO parents VALUES (1, 'A')", "children -2, parents ~1"),
        ("REPLACE INTO parents VALUES (1, 'A')", "children -2, log +1, parents ~1"),
        ("INSERT INTO parents VALUES (1, 'A') ON CONFLICT (id) DO UPDATE SET name = 'A'", "parents ~1"),
    ]);
    assert_eq!(family.effect(replace), effect);
}

fn only_what_is_committed_counts(on: Dialect) {
    let mut family = on.page(&on.family());
    assert_eq!(family.effect("BEGIN; DELETE FROM children WHERE id = 3; INSERT INTO log VALUES ('x')"), "none");
    assert_eq!(family.effect("SAVEPOINT s; DELETE FROM children; ROLLBACK TO SAVEPOINT s"), "none");
    assert_eq!(family.effect("COMMIT"), "children -1, log +1", "the end carries all of it");
    assert_eq!(family.effect("BEGIN; DELETE FROM parents; ROLLBACK"), "none");
    assert_eq!(family.effect("CREATE TEMPORARY TABLE t (a INTEGER); INSERT INTO t VALUES (1)"), "none");
}

fn another_session_counts(on: Dialect) {
    let mut family = on.page(&on.family());
    let mut other = family.other();
    other.script("DELETE FROM parents WHERE id = 2");
    assert_eq!(family.effect("INSERT INTO log VALUES ('mine')"), "children -1, log +2, parents -1");
    other.script("BEGIN; INSERT INTO log VALUES ('open')");
    assert_eq!(family.effect(""), "none");
    other.script("COMMIT");
    assert_eq!(family.effect(""), "log +1");
    other.script("BEGIN; DELETE FROM log; ROLLBACK");
    assert_eq!(family.effect(""), "none");
    other.script("CREATE TABLE theirs (a INTEGER); INSERT INTO theirs VALUES (1)");
    assert_eq!(family.effect("INSERT INTO theirs VALUES (2)"), "theirs +2, schema");
}

fn another_session_counts_while_the_page_has_a_transaction_open(on: Dialect) {
    let mut family = on.page(&on.family());
    let mut other = family.other();
    family.run("BEGIN").unwrap();
    // What it has looked at it goes on seeing on two of them, and one would keep others from committing.
    if on.pick([false, true, true]) {
        family.run("SELECT * FROM log").unwrap();
    }
    other.script("INSERT INTO log VALUES ('between')");
    assert_eq!(family.effect(""), "log +1");
    assert_eq!(family.effect("COMMIT"), "none");
    // One that began later may end before.
    family.run("BEGIN").unwrap();
    if on.pick([false, true, true]) {
        family.run("INSERT INTO log VALUES ('mine, first')").unwrap();
        other.script("INSERT INTO log VALUES ('theirs, then')");
        assert_eq!(family.effect(""), "log +1");
        assert_eq!(family.effect("COMMIT"), "log +1");
    }
}

fn a_failed_statement_has_no_effect(on: Dialect) {
    let mut family = on.page(&on.family());
    family.error("INSERT INTO parents VALUES (3, 'c'), (4, 'd'), (1, 'again')");
    assert_eq!(family.effect(""), "none");
    family.run("INSERT INTO parents VALUES (3, 'c')").unwrap();
    family.error("INSERT INTO parents VALUES (3, 'c')");
    assert_eq!(family.effect(""), "parents +1", "what went before it counts");
}

fn many_rows_are_counted_exactly_and_listed_in_part(on: Dialect) {
    let rows: Vec<String> = (0..1000).map(|id| format!("({id}, {})", id % 7)).collect();
    let fill = format!("INSERT INTO many VALUES {}", rows.join(", "));
    let mut page = on.page(&format!("CREATE TABLE many (id INTEGER PRIMARY KEY, v INTEGER); {fill}"));
    let mut check = |script: &str, expected: &str| {
        let effect = page.measured(script);
        assert_eq!(effect.promise().to_string(), expected);
        let many = &effect.tables["many"];
        let counted = many.counts.added + many.counts.changed + many.counts.removed;
        assert_eq!((many.rows.len(), many.omitted()), (20, counted - 20));
        many.rows.clone()
    };
    let removed = check("DELETE FROM many WHERE id >= 990; DELETE FROM many WHERE id < 500", "many -510");
    assert!(removed.iter().all(|row| matches!(row, RowChange::Removed(_))));
    check("INSERT INTO many SELECT id + 5000, v FROM many; UPDATE many SET v = 9 WHERE id < 600", "many +490 ~100");
    assert_eq!(page.since(), "many +490 ~100 -510");
}

fn a_changed_row_is_told_with_what_it_was(on: Dialect) {
    let mut page =
        on.page("CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(9)); INSERT INTO t VALUES (1, 'ž'), (2, NULL)");
    let effect =
        page.measured("UPDATE t SET v = 'x' WHERE id = 2; DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (3, '')");
    let row = |id: &str, v| vec![number(id), v];
    assert_eq!(
        effect.tables["t"].rows,
        [
            RowChange::Removed(row("1", text("ž"))),
            RowChange::Changed { before: row("2", crate::expect::Cell::Null), after: row("2", text("x")) },
            RowChange::Added(row("3", text(""))),
        ]
    );
}
