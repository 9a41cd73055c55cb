//! What a schema may hold beside tables: each kind is seen when it is made, changed and removed, under a name that says
//! what it is.

use super::*;

/// What making the objects needs.
const GROUND: &str = "
    CREATE TABLE t (id int PRIMARY KEY, word text);
    CREATE TYPE pair AS (a int, b int);
    CREATE FUNCTION as_text(pair) RETURNS text LANGUAGE sql AS $$ SELECT ($1).a || '/' || ($1).b $$;
    CREATE FUNCTION is_same(pair, pair) RETURNS boolean LANGUAGE sql AS $$ SELECT ($1).a = ($2).a $$;
    CREATE FUNCTION compared(pair, pair) RETURNS int LANGUAGE sql AS $$ SELECT ($1).a - ($2).a $$;
    CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
    CREATE DOMAIN positive AS int CONSTRAINT above CHECK (VALUE > 0);
    CREATE RULE silent AS ON UPDATE TO t DO ALSO NOTHING;
    CREATE FOREIGN DATA WRAPPER elsewhere;
    CREATE SERVER far FOREIGN DATA WRAPPER elsewhere;
    CREATE OPERATOR FAMILY pairs USING btree;
    CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = is_same)";

/// Name of the object, and statements: make, change (may be empty), remove.
const LIVES: [[&str; 4]; 24] = [
    ["large object 4242", "SELECT lo_from_bytea(4242, 'abc')", "SELECT lo_put(4242, 1, 'x')", "SELECT lo_unlink(4242)"],
    ["publication p", "CREATE PUBLICATION p", "ALTER PUBLICATION p ADD TABLE t", "DROP PUBLICATION p"],
    [
        "publication q",
        "CREATE PUBLICATION q FOR TABLE t",
        "ALTER PUBLICATION q SET (publish = 'insert')",
        "DROP PUBLICATION q",
    ],
    [
        "subscription s",
        "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE)",
        "ALTER SUBSCRIPTION s CONNECTION 'dbname=y'",
        "DROP SUBSCRIPTION s",
    ],
    [
        "foreign data wrapper w",
        "CREATE FOREIGN DATA WRAPPER w",
        "ALTER FOREIGN DATA WRAPPER w OPTIONS (debug 'true')",
        "DROP FOREIGN DATA WRAPPER w",
    ],
    ["server v", "CREATE SERVER v FOREIGN DATA WRAPPER elsewhere", "ALTER SERVER v VERSION '2'", "DROP SERVER v"],
    [
        "user mapping public on far",
        "CREATE USER MAPPING FOR public SERVER far OPTIONS (user 'a')",
        "ALTER USER MAPPING FOR public SERVER far OPTIONS (SET user 'b')",
        "DROP USER MAPPING FOR public SERVER far",
    ],
    [
        "cast public.pair as text",
        "CREATE CAST (pair AS text) WITH FUNCTION as_text(pair)",
        "",
        "DROP CAST (pair AS text)",
    ],
    [
        "transform integer for sql",
        "CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))",
        "",
        "DROP TRANSFORM FOR int LANGUAGE sql",
    ],
    [
        "language l",
        "CREATE LANGUAGE l HANDLER plpgsql_call_handler",
        "ALTER LANGUAGE l OWNER TO pg_monitor",
        "DROP LANGUAGE l",
    ],
    ["access method m", "CREATE ACCESS METHOD m TYPE TABLE HANDLER heap_tableam_handler", "", "DROP ACCESS METHOD m"],
    [
        "operator family f for btree",
        "CREATE OPERATOR FAMILY f USING btree",
        "ALTER OPERATOR FAMILY f USING btree ADD OPERATOR 3 === (pair, pair)",
        "DROP OPERATOR FAMILY f USING btree",
    ],
    [
        "operator class c for btree",
        "CREATE OPERATOR CLASS c FOR TYPE pair USING btree FAMILY pairs AS STORAGE pair",
        "ALTER OPERATOR CLASS c USING btree OWNER TO pg_monitor",
        "DROP OPERATOR CLASS c USING btree",
    ],
    [
        "conversion v",
        "CREATE CONVERSION v FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        "ALTER CONVERSION v OWNER TO pg_monitor",
        "DROP CONVERSION v",
    ],
    [
        "text search configuration c",
        "CREATE TEXT SEARCH CONFIGURATION c (COPY = pg_catalog.english)",
        "ALTER TEXT SEARCH CONFIGURATION c DROP MAPPING FOR hword",
        "DROP TEXT SEARCH CONFIGURATION c",
    ],
    [
        "text search dictionary d",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)",
        "ALTER TEXT SEARCH DICTIONARY d (accept = false)",
        "DROP TEXT SEARCH DICTIONARY d",
    ],
    [
        "text search parser r",
        "CREATE TEXT SEARCH PARSER r (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, \
         LEXTYPES = prsd_lextype)",
        "",
        "DROP TEXT SEARCH PARSER r",
    ],
    [
        "text search template e",
        "CREATE TEXT SEARCH TEMPLATE e (LEXIZE = dsimple_lexize)",
        "",
        "DROP TEXT SEARCH TEMPLATE e",
    ],
    ["database spare", "CREATE DATABASE spare", "COMMENT ON DATABASE spare IS 'for later'", "DROP DATABASE spare"],
    [
        "comment rule silent on table public.t",
        "COMMENT ON RULE silent ON t IS 'says nothing'",
        "COMMENT ON RULE silent ON t IS 'is silent'",
        "COMMENT ON RULE silent ON t IS NULL",
    ],
    [
        "comment constraint above",
        "COMMENT ON CONSTRAINT above ON DOMAIN positive IS 'above 0'",
        "",
        "COMMENT ON CONSTRAINT above ON DOMAIN positive IS NULL",
    ],
    [
        "event trigger g",
        "CREATE EVENT TRIGGER g ON ddl_command_start EXECUTE FUNCTION watch()",
        "ALTER EVENT TRIGGER g DISABLE",
        "DROP EVENT TRIGGER g",
    ],
    ["role r", "CREATE ROLE r", "COMMENT ON ROLE r IS 'who'", "DROP ROLE r"],
    [
        "statistics x",
        "CREATE STATISTICS x ON id, word FROM t",
        "ALTER STATISTICS x SET STATISTICS 7",
        "DROP STATISTICS x",
    ],
];

#[test]
fn every_kind_is_seen_when_it_is_made_changed_and_removed() {
    let Some(mut shop) = Shop::new(GROUND) else { return };
    let mut wrong = Vec::new();
    for [name, make, change, remove] in LIVES {
        for (statement, did) in [(make, "Added"), (change, "Changed"), (remove, "Removed")] {
            if statement.is_empty() {
                continue;
            }
            let schema = shop.measured(statement).schema;
            let told: Vec<String> =
                schema.iter().map(|change| format!("{:?} {} {}", change.change, change.kind, change.name)).collect();
            if told != [format!("{did} {name}")] {
                wrong.push(format!("{statement}: {told:?}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert_eq!(shop.database.committed().since_remembered().unwrap().promise().to_string(), "none");
}

#[test]
fn what_belongs_to_the_system_or_an_extension_is_not_told() {
    let Some(mut shop) = Shop::new("CREATE TABLE t (id int)") else { return };
    assert_eq!(shop.effect("ANALYZE; VACUUM FULL; CHECKPOINT; SELECT pg_stat_reset()"), "none");
    let schema = shop.measured("DROP EXTENSION plpgsql").schema;
    let told: Vec<String> = schema.iter().map(|change| format!("{} {}", change.kind, change.name)).collect();
    assert_eq!(told, ["extension plpgsql"], "its language and functions are its own");
}
