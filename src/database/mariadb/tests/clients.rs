//! `mariadb` and its companions as shell snippets type them: what the stand-ins make of their words, and what the real
//! programs then do.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use super::*;
use crate::sandbox::find_program;

/// How a program ended: its status, stdout and stderr.
type Told = (Option<i32>, String, String);

/// Runs the stand-in for `name`, whose real program is `real`.
fn run(folder: &Path, clients: &[Client], real: &Path, name: &str, words: &[&str], stdin: &str) -> Told {
    let client = clients.iter().find(|client| client.name == name).unwrap();
    let script = folder.join(format!("stand-in-{name}"));
    std::fs::write(&script, client.script(real)).unwrap();
    let mut child = Command::new("/bin/sh")
        .arg(&script)
        .args(words)
        .current_dir(folder)
        .env("HOME", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_words_are_read_as_the_programs_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let fake = folder.path().join("it's the real one");
    std::fs::write(&fake, "#!/bin/sh\nfor word in \"$@\"; do printf '<%s>' \"$word\"; done\ncat\n").unwrap();
    std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
    let clients = client::clients(Path::new("/tmp/it's/s"), "shop's own");
    // `+` stands for the connection.
    let check = |name: &str, words: &[&str], expected: &str| {
        let connection = if name.ends_with("dump") || name.ends_with("admin") {
            "<--default-character-set=utf8mb4><--socket=/tmp/it's/s>"
        } else {
            "<--default-character-set=utf8mb4><--socket=/tmp/it's/s><--database=shop's own>"
        };
        let expected = format!("{}typed", expected.replace('+', connection));
        let told = run(folder.path(), &clients, &fake, name, words, "typed");
        assert_eq!(told, (Some(0), expected, String::new()), "{name} {words:?}");
    };
    check("mariadb", &[], "<--no-defaults>+");
    check("mysql", &["shop"], "<--no-defaults>+<shop>");
    check("mysql", &["-u", "root", "-p", "shop"], "<--no-defaults>+<-u><root><shop>");
    check("mysql", &["-uroot", "-p", "-e", "-p", "shop"], "<--no-defaults>+<-uroot><-e><-p><shop>");
    check("mysql", &["-Nsp", "--password", "-ppw", "--password=pw"], "<--no-defaults>+<-Ns><-ppw><--password=pw>");
    check("mysql", &["-up", "-u", "-p", "-eSELECT p"], "<--no-defaults>+<-up><-u><-p><-eSELECT p>");
    check("mysql", &["-Ne", "-p", "--execute", "-p", "--", "-p"], "<--no-defaults>+<-Ne><-p><--execute><-p><--><-p>");
    check("mysql", &["-S", "/x", "-h", "-p", "-Dp", "-p"], "<--no-defaults>+<-S></x><-h><-p><-Dp>");
    check("mysql", &["--no-defaults", "-N"], "<--no-defaults>+<-N>");
    check("mysql", &["--defaults-extra-file=a b"], "<--no-defaults><--defaults-extra-file=a b>+");
    check("mysql", &["", "-", "$x `y` \"z\"\n"], "<--no-defaults>+<><-><$x `y` \"z\"\n>");
    check("mysqldump", &["-p", "shop", "-w", "-p", "t"], "<--no-defaults>+<shop><-w><-p><t>");
    check("mariadb-admin", &["-p", "-c", "3", "status"], "<--no-defaults>+<-c><3><status>");
    std::fs::write(folder.path().join(".my.cnf"), "[client]\n").unwrap();
    let own = format!("<--defaults-file={}/.my.cnf>+<-N>", folder.path().display());
    check("mariadb", &["-N"], &own);
    check("mariadb", &["--defaults-file=x", "-N"], "<--defaults-file=x>+<-N>");
}

#[test]
fn the_real_programs_work_on_the_page() {
    let Some(mut shop) = Shop::new(
        "CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(9)); CREATE TABLE b (a_id INT, FOREIGN KEY (a_id) REFERENCES a (id) \
         ON DELETE CASCADE); INSERT INTO a VALUES (1, 'ž🦀'); INSERT INTO b VALUES (1), (1)",
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let clients = shop.database.clients();
    let names = ["mariadb", "mysql", "mariadb-dump", "mysqldump", "mariadb-admin", "mysqladmin"];
    assert_eq!(clients.iter().map(|client| client.name).collect::<Vec<_>>(), names);
    let path = std::env::var("PATH").unwrap();
    let Some(real) = names.iter().map(|name| find_program(&path, name)).collect::<Option<Vec<_>>>() else {
        let required = std::env::var("PROOFBOOK_REQUIRE").unwrap_or_default();
        assert!(!required.split(',').any(|part| part == "mariadb"), "MariaDB's clients are missing");
        return;
    };
    let run = |name: &str, words: &[&str], stdin: &str| {
        let real = &real[names.iter().position(|known| *known == name).unwrap()];
        run(folder.path(), &clients, real, name, words, stdin)
    };
    let told = |status: i32, stdout: &str| (Some(status), stdout.to_owned(), String::new());
    assert_eq!(run("mariadb", &["-N", "-e", "SELECT * FROM a"], ""), told(0, "1\tž🦀\n"));
    assert_eq!(run("mysql", &["-u", "root", "-p", "shop_production"], "SELECT id FROM a;\n"), told(0, "id\n1\n"));
    assert_eq!(run("mysql", &["-u", "obs", "-BNe", "SELECT DATABASE()"], ""), told(0, "shop_production\n"));
    assert_eq!(run("mysql", &["mysql", "-NBe", "SELECT DATABASE()"], ""), told(0, "mysql\n"));
    assert_eq!(shop.effect(""), "none");
    assert_eq!(run("mariadb", &[], "DELETE FROM a;"), told(0, ""));
    assert_eq!(shop.effect(""), "a -1, b -2", "what they commit is measured, cascades included");
    assert_eq!(run("mariadb", &[], "BEGIN; INSERT INTO a VALUES (5, 'y'); ROLLBACK;"), told(0, ""));
    assert_eq!(shop.effect(""), "none");
    let (status, _, stderr) = run("mariadb", &["-e", "INSERT INTO b VALUES (99)"], "");
    assert!(status == Some(1) && stderr.contains("ERROR 1452 (23000)"), "{stderr}");

    shop.effect("INSERT INTO a VALUES (7, 'x')");
    let (status, dump, stderr) = run("mysqldump", &["-u", "root", "-p", "--skip-comments", "shop_production"], "");
    assert!(status == Some(0) && dump.contains("INSERT INTO `a` VALUES"), "{stderr}");
    assert_eq!(shop.effect(""), "none");
    shop.effect("DROP TABLE b; DROP TABLE a");
    assert_eq!(run("mariadb", &["shop_production"], &dump), told(0, ""));
    assert_eq!(shop.effect(""), "a +1, schema");
    assert_eq!(run("mariadb-admin", &["ping"], ""), told(0, "mysqld is alive\n"));
}
