//! Schema and seed: what they make, and their mistakes at their places. And what is left when a database is not made.

use super::*;

fn mistake(schema: &str, seed: &str) -> String {
    match prepare(&definition(schema, seed), &test_sandbox()) {
        Err(PrepareError::Script { file, span, code, message, hint }) => {
            let at = file.location(span.start);
            let hint = hint.map(|hint| format!(" [{hint}]")).unwrap_or_default();
            format!("{}:{at}: `{}`: {message} ({}){hint}", file.path(), file.slice(span), code.unwrap_or_default())
        }
        Err(other) => panic!("{other}"),
        Ok(_) => "none".into(),
    }
}

#[test]
fn a_page_begins_with_what_the_scripts_made() {
    if is_missing() {
        return;
    }
    // A dump empties the search path for itself.
    let schema = "SELECT pg_catalog.set_config('search_path', '', false);
        CREATE ROLE app LOGIN; CREATE TABLE public.t (id serial PRIMARY KEY, v text);
        CREATE UNLOGGED TABLE public.quick (a int); INSERT INTO public.quick VALUES (1);";
    let prepared = prepare(&definition(schema, "INSERT INTO t (v) VALUES ('a;b'), ('ž')"), &test_sandbox()).unwrap();
    let version = prepared.engine_version();
    assert!(version.starts_with("PostgreSQL ") && version[11..].parse::<f32>().is_ok(), "{version}");
    let (mut one, mut two) = (Shop::of(&prepared, &test_sandbox()), Shop::of(&prepared, &test_sandbox()));
    assert_eq!(one.database.committed().measure().unwrap().promise().to_string(), "none");
    assert_eq!(one.shown("SELECT * FROM t, quick ORDER BY id"), "1|a;b|1\n2|ž|1");
    assert_eq!(one.effect("DELETE FROM t WHERE id = 1"), "t -1");
    assert_eq!(two.shown("SELECT count(*) FROM t"), "2", "a copy of its own");
    assert_eq!(one.shown("SELECT rolname FROM pg_roles WHERE rolname = 'app'"), "app");
    assert_eq!(one.shown("SELECT current_database(), current_user"), "shop_production|postgres");
    assert_eq!(one.shown("SHOW listen_addresses"), "");
    let folder = prepared.room.folder().to_path_buf();
    drop(prepared);
    assert!(!folder.exists(), "the template goes with its value");
    assert_eq!(two.effect("DELETE FROM t"), "t -2");
}

#[test]
fn mistakes_are_at_their_place() {
    if is_missing() {
        return;
    }
    assert_eq!(
        mistake("CREATE TABLE a (id int);\n-- ž\nCREATE TABLE b (á text, id itn);", ""),
        "schema.sql:3:28: `itn`: type \"itn\" does not exist (42704)"
    );
    assert_eq!(
        mistake("CREATE TABLE a (id int PRIMARY KEY);", "INSERT INTO a VALUES (1);\nINSERT INTO a VALUES (1);"),
        "seed.sql:2:1: `INSERT INTO a VALUES (1)`: duplicate key value violates unique constraint \"a_pkey\": \
         Key (id)=(1) already exists (23505)"
    );
    assert_eq!(
        mistake("BEGIN;\nCREATE TABLE a (id int);", ""),
        "schema.sql:2:1: `CREATE TABLE a (id int)`: the script ends with a transaction open () [end it with `COMMIT;`]"
    );
    let told = mistake("CREATE TABLE a (id int);\nCOPY a FROM STDIN;\n", "");
    assert!(told.starts_with("schema.sql:2:1: `COPY`: `COPY` with `STDIN`"), "{told}");
    let told = mistake("\\connect x\n", "");
    assert!(told.starts_with("schema.sql:1:1: `\\connect"), "{told}");
    let told = mistake("SELECT 'open", "");
    assert!(told.starts_with("schema.sql:1:8: `'`: a string is opened here and never closed"), "{told}");
}

#[test]
fn a_server_that_is_not_there_or_does_not_start_is_said() {
    let (temporary, cache, sandbox) = (memory(), cache(), test_sandbox());
    let mut name = definition("", "");
    name.documented_name = "ž".repeat(40);
    let grounds = Grounds { path: PATH, sandbox: &sandbox, temporary: &temporary, cache: &cache };
    let Err(PrepareError::Engine { message, hint }) = super::super::prepare(&name, grounds) else { panic!() };
    assert!(message.starts_with("PostgreSQL cuts names to 63 bytes") && hint.is_some(), "{message}");

    let Some(template) = template() else { return };
    let rented = Rented::new(grounds).unwrap();
    // Somebody else's file is where its data should be.
    std::fs::create_dir(rented.folder.join(DATA)).unwrap();
    std::fs::create_dir(rented.folder.join(DATA).join("PG_VERSION")).unwrap();
    let error = template.open(rented.place()).err().unwrap().to_string();
    assert!(error.starts_with("cannot start the page's database server: cannot copy the database to /"), "{error}");

    let rented = Rented::new(grounds).unwrap();
    let data = rented.folder.join("no data");
    std::fs::create_dir(&data).unwrap();
    let failure = start(&template.programs, rented.place(), &data, "x").err().unwrap().opening().to_string();
    assert!(failure.contains("ended with status 2; the end of its log:\n"), "{failure}");
    assert!(failure.contains("postgresql.conf"), "{failure}");

    let deep = rented.folder.join("x".repeat(60));
    let place = Place { folder: &deep, ..rented.place() };
    let failure = programs::address(place, "x").unwrap_err().opening().to_string();
    assert!(failure.contains("the path of the server's socket"), "{failure}");
}

#[test]
fn the_database_may_be_the_one_that_is_there_from_the_start() {
    if is_missing() {
        return;
    }
    let mut definition = definition("CREATE TABLE t (a int)", "");
    definition.documented_name = "postgres".into();
    let prepared = prepare(&definition, &test_sandbox()).unwrap();
    let mut shop = Shop::of(&prepared, &test_sandbox());
    assert_eq!(shop.shown("SELECT current_database()"), "postgres");
    assert_eq!(shop.effect("INSERT INTO t VALUES (1)"), "t +1");
}
