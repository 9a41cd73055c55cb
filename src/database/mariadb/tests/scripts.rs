//! What is said about a schema or a seed that does not load, and about a server that is not there.

use super::*;

/// Where preparing fails, what is marked there, and what is said about it.
fn check(schema: &str, seed: &str, expected: (&str, &str, Option<&str>, &str)) {
    let Err(PrepareError::Script { file, span, code, message, .. }) =
        ground().prepare(&definition(schema, seed)).map(|_| ())
    else {
        panic!("no mistake found in {schema} {seed}")
    };
    let (path, marked, expected_code, expected_message) = expected;
    assert_eq!(
        (file.path(), file.slice(span), code.as_deref(), message.as_str()),
        (path, marked, expected_code, expected_message)
    );
}

#[test]
fn a_mistake_is_marked_in_its_script() {
    if !is_installed() {
        return;
    }
    let table = "CREATE TABLE t (a INT NOT NULL)";
    check(&format!("{table}; {table}"), "", ("schema.sql", table, Some("1050"), "Table 't' already exists"));
    let two = "CREATE TABLE a (id INT PRIMARY KEY); CREATE TABLE b (a_id INT, CONSTRAINT k FOREIGN KEY (a_id) REFERENCES a (id))";
    check(
        two,
        "INSERT INTO b VALUES (1)",
        (
            "seed.sql",
            "INSERT INTO b VALUES (1)",
            Some("1452"),
            "Cannot add or update a child row: a foreign key constraint fails (`shop_production`.`b`, CONSTRAINT `k` \
             FOREIGN KEY (`a_id`) REFERENCES `a` (`id`))",
        ),
    );
    let anyhow = "SET foreign_key_checks = 0; INSERT INTO b VALUES (1); INSERT INTO a VALUES (1)";
    assert!(ground().prepare(&definition(two, anyhow)).is_ok(), "as a dump does it");
}

#[test]
fn a_server_that_is_not_there_is_an_error_that_says_what_to_do() {
    let ground = ground();
    let folder = tempfile::tempdir().unwrap();
    let fake = folder.path().join("mariadbd");
    let fails = |text: &str| {
        std::fs::write(&fake, text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&fake, mode).unwrap();
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        let sandbox = Sandbox::probe(crate::sandbox::test_launcher(), &path, &ground.temporary).unwrap();
        let cache = folder.path().join("cache");
        let grounds = Grounds { path: &path, sandbox: &sandbox, temporary: &ground.temporary, cache: &cache };
        match super::super::prepare(&definition("", ""), grounds).map(|_| ()) {
            Err(PrepareError::Engine { message, hint }) => {
                (message.replace(&folder.path().display().to_string(), "FOLDER"), hint.unwrap_or_default())
            }
            other => panic!("{other:?}"),
        }
    };
    let (message, _) = fails("#!/bin/sh\necho mysqld Ver 8.0.36 for Linux\n");
    assert_eq!(message, "FOLDER/mariadbd is not MariaDB: it says `mysqld Ver 8.0.36 for Linux`");
    let (message, hint) = fails("#!/bin/sh\necho cannot load libssl >&2\nexit 3\n");
    assert_eq!(message, "FOLDER/mariadbd ended with status 3; the end of its log:\n  cannot load libssl");
    assert_eq!(hint, "run it by hand to see more, or repair its installation");
    let script = "#!/bin/sh\ncase $2 in --version) echo Ver 1.2.3-MariaDB; exit ;; esac\ncase $* in *--bootstrap*) exit ;; esac\n\
                  echo no space left\nexit 1\n";
    let (message, _) = fails(script);
    assert_eq!(message, "the server FOLDER/mariadbd ended with status 1; the end of its log:\n  no space left");
}
