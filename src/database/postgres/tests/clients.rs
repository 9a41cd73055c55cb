//! The programs of a shell snippet, run in the room as a snippet runs them, with namespaces and without.

use super::*;
use crate::sandbox::{AsUser, Order, ProcessLimits, test_sandboxes};

/// What `script` prints in the room of `shop`, run by bash with the clients first on PATH.
fn shell(shop: &Shop, script: &str) -> String {
    let room = &shop.rented.room;
    for client in shop.database.clients() {
        room.add_program(client.name, &client.script(client.real().unwrap())).unwrap();
    }
    let log = room.private().join("printed");
    let _ = std::fs::remove_file(&log);
    let mut environment = room.environment(PATH);
    environment.extend(shop.database.environment());
    environment.push(("DATABASE_URL".into(), shop.database.address()));
    let order = Order {
        program: "/bin/bash".into(),
        arguments: vec!["-c".into(), script.into()],
        environment,
        folder: room.work(),
        stdout: log.clone(),
        stderr: log.clone(),
        limits: ProcessLimits::default(),
        as_user: AsUser::Same,
    };
    let mut process = shop.rented.supervisor.spawn(&order).unwrap();
    while process.end().unwrap().is_none() {
        process.wait_for_news(Duration::from_millis(20)).unwrap();
    }
    std::fs::read_to_string(&log).unwrap_or_default()
}

const QUERY: &str = "psql -Atc 'SELECT current_database(), current_user'";

#[test]
fn every_way_to_name_the_database_reaches_the_pages_own() {
    if is_missing() {
        return;
    }
    for sandbox in test_sandboxes() {
        let prepared = prepare(
            &definition("CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'ž')"),
            &sandbox,
        );
        let mut shop = Shop::of(&prepared.unwrap(), &sandbox);
        let told = shell(
            &shop,
            &format!(
                "{QUERY}; {QUERY} shop_production; {QUERY} -d shop_production; {QUERY} \"$DATABASE_URL\"; \
                 {QUERY} -U postgres; env -i \"$(type -P psql)\" -Atc 'SELECT current_database()'; \
                 psql -Atc 'SHOW timezone; SELECT 1/0' ; echo $?; echo 'SELECT 7' | psql -At"
            ),
        );
        let own = "shop_production|postgres\n";
        let rest = "shop_production\nUTC\nERROR:  division by zero\n1\n7\n";
        assert_eq!(told, own.repeat(5) + rest);
        assert_eq!(shell(&shop, "psql -qc \"DELETE FROM t; INSERT INTO t VALUES (2, 'x'), (3, 'y')\""), "");
        assert_eq!(shop.effect(""), "t +2 -1");
        let told = shell(
            &shop,
            "pg_dump shop_production > dump.sql && createdb copy && psql -qAt -v ON_ERROR_STOP=1 -f dump.sql copy >/dev/null && \
             psql -Atc 'TABLE t' copy && pg_dump -Fc -f dump && psql -qc 'DROP TABLE t' && pg_restore -d shop_production dump && \
             psql -Atc 'SELECT count(*) FROM t'; psql -l | grep -c copy",
        );
        assert_eq!(told, "2|x\n3|y\n2\n1\n");
        assert_eq!(shop.effect(""), "schema", "the database `copy` stays, as it would for a person");
        assert_eq!(
            shell(
                &shop,
                "psql -Atc \"COPY (SELECT) TO PROGRAM 'touch /tmp/of-postgres /etc/of-postgres'\" 2>&1 | grep -c ERROR"
            ),
            "1\n"
        );
        assert!(!PathBuf::from("/etc/of-postgres").exists());
    }
}

#[test]
fn only_installed_programs_have_a_stand_in() {
    let none = client::clients(|name| PathBuf::from("/nonexistent").join(name), &[]);
    assert_eq!(none, []);
    let Some(template) = template() else { return };
    let shop = Shop::of(template, &test_sandbox());
    let clients = shop.database.clients();
    assert!(
        clients.iter().any(|client| client.name == "psql") && clients.iter().any(|client| client.name == "pg_dump")
    );
    assert!(clients.iter().all(|client| client.real().is_some_and(|real| real.is_file())));
    assert!(shop.database.path().is_none());
    let host = shop.rented.folder.to_string_lossy().replace('/', "%2F");
    assert_eq!(shop.database.address(), format!("postgresql://postgres@/shop_production?host={host}"));
}

/// How many processes have the folder of a room in their words or their environment.
fn of_room(folder: &std::path::Path) -> usize {
    let name = folder.file_name().unwrap().to_str().unwrap();
    let holds = |file: PathBuf| String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).contains(name);
    let processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let numbered =
        processes.filter(|path| path.file_name().is_some_and(|pid| pid.to_string_lossy().parse::<u32>().is_ok()));
    let others = numbered.filter(|path| !path.ends_with(std::process::id().to_string()));
    others.filter(|path| holds(path.join("cmdline")) || holds(path.join("environ"))).count()
}

#[test]
fn a_page_leaves_nothing() {
    let Some(template) = template() else { return };
    for sandbox in test_sandboxes() {
        let shop = Shop::of(template, &sandbox);
        let folder = shop.rented.room.folder().to_path_buf();
        assert_eq!(shell(&shop, "(setsid psql -c 'SELECT pg_sleep(1000)' >/dev/null 2>&1 &)"), "");
        assert!(of_room(&folder) >= 3, "a server, its processes and a client");
        drop(shop);
        assert!(!folder.exists());
        assert_eq!(of_room(&folder), 0);
    }
}
