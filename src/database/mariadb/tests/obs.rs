//! The database of the handbook, as OBS has it: the incident, measured.

use std::collections::BTreeMap;

use super::*;

fn obs(engine: Engine) -> Definition {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/_databases/obs");
    let read = |name: &str| SourceFile::new(name, std::fs::read_to_string(folder.join(name)).unwrap());
    let suffix = if engine == Engine::Mariadb { ".mariadb" } else { "" };
    Definition {
        name: "obs".into(),
        documented_name: "api_production".into(),
        schema: read(&format!("schema{suffix}.sql")),
        seed: Some(read(&format!("seed{suffix}.sql"))),
    }
}

fn template() -> Option<&'static Template> {
    static OBS: OnceLock<Template> = OnceLock::new();
    is_installed()
        .then(|| OBS.get_or_init(|| ground().prepare(&obs(Engine::Mariadb)).unwrap_or_else(|error| panic!("{error}"))))
}

const INCIDENT: &str = "DELETE FROM architectures WHERE name = 'i586'";

const KEYS: [(&str, &str); 6] = [
    ("repository_architectures", "repository_architectures_ibfk_2"),
    ("flags", "flags_ibfk_3"),
    ("channel_binaries", "channel_binaries_ibfk_4"),
    ("channel_binary_lists", "channel_binary_lists_ibfk_4"),
    ("product_media", "product_media_ibfk_3"),
    ("product_update_repositories", "product_update_repositories_ibfk_3"),
];

#[test]
fn a_foreign_key_stops_the_incident() {
    let Some(template) = template() else { return };
    let mut page = Shop::open(template);
    let error = page.error(INCIDENT);
    assert_eq!(error.codes, ["1451", "23000"]);
    assert!(
        error.message.starts_with("Cannot delete or update a parent row: a foreign key constraint fails"),
        "{error}"
    );
    assert_eq!(error.offset, None, "the statement as a whole");
    assert!(error.hint.unwrap().contains("error=1451"));
    assert_eq!(page.effect(""), "none");
    // For an architecture that nothing refers to, nothing stops it.
    assert_eq!(page.effect("DELETE FROM architectures WHERE name = 'RISCV64'"), "architectures -1");
}

#[test]
fn without_its_keys_the_incident_happens() {
    let Some(template) = template() else { return };
    let mut page = Shop::open(template);
    for (table, key) in KEYS {
        assert_eq!(page.effect(&format!("ALTER TABLE {table} DROP FOREIGN KEY {key}")), "schema", "{key}");
    }
    assert_eq!(page.effect(INCIDENT), "architectures -1");
}

#[test]
fn all_six_keys_are_there() {
    let Some(template) = template() else { return };
    let mut page = Shop::open(template);
    let keys = page.rows(
        "SELECT table_name, constraint_name FROM information_schema.key_column_usage
          WHERE referenced_table_schema = 'api_production' AND referenced_table_name = 'architectures' ORDER BY 1, 2",
    );
    let mut expected: Vec<_> = KEYS.iter().map(|(table, key)| vec![text(table), text(key)]).collect();
    expected.sort_by_key(|row| format!("{row:?}"));
    assert_eq!(keys, expected);
}

type Rows = BTreeMap<String, (Vec<String>, Vec<Vec<String>>)>;

/// The rows of every table, as they are written.
fn of_mariadb(snapshot: &Snapshot) -> Rows {
    let tables = snapshot.tables.iter().map(|(name, table)| {
        let mut rows: Vec<Vec<String>> =
            table.rows.iter().map(|row| row.cells().iter().map(Cell::written).collect()).collect();
        rows.sort();
        (name.clone(), (table.columns.clone(), rows))
    });
    tables.collect()
}

fn of_sqlite(tables: &Rows) -> Rows {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let Definition { schema, seed, .. } = obs(Engine::Sqlite);
    connection.execute_batch(schema.text()).unwrap();
    connection.execute_batch(seed.unwrap().text()).unwrap();
    let count: i64 = connection
        .query_one("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(count as usize, tables.len());
    let tables = tables.keys().map(|name| {
        let mut statement = connection.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let cell = |value: rusqlite::types::ValueRef<'_>| match value {
            rusqlite::types::ValueRef::Null => Cell::Null,
            rusqlite::types::ValueRef::Integer(digits) => number(&digits.to_string()),
            value => text(value.as_str().unwrap()),
        };
        let read = |row: &rusqlite::Row<'_>| {
            (0..columns.len()).map(|at| Ok(cell(row.get_ref(at)?).written())).collect::<rusqlite::Result<Vec<_>>>()
        };
        let mut rows: Vec<Vec<String>> = statement.query_map([], read).unwrap().map(Result::unwrap).collect();
        rows.sort();
        (name.clone(), (columns, rows))
    });
    tables.collect()
}

#[test]
fn the_rows_are_those_of_sqlite() {
    let Some(template) = template() else { return };
    let ours = of_mariadb(&template.content);
    let theirs = of_sqlite(&ours);
    for (table, rows) in &ours {
        assert_eq!(rows, &theirs[table], "{table}");
    }
    assert!(ours["architectures"].1.len() == 35 && ours["flags"].1.len() == 8);
}

#[test]
fn the_next_ids_are_those_of_sqlite_too() {
    let Some(template) = template() else { return };
    let mut page = Shop::open(template);
    for (table, values) in
        [("flags", "(status, position, flag) VALUES ('enable', 1, 'lock')"), ("channel_binaries", "() VALUES ()")]
    {
        page.run(&format!("INSERT INTO {table} {values}")).unwrap();
        let gap = page.rows(&format!("SELECT max(id) - count(*) FROM {table}"));
        assert_eq!(gap, [[number("0")]], "{table}");
    }
}
