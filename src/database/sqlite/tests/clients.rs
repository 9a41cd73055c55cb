//! `sqlite3` as a shell snippet types it: what the stand-in makes of its words, and what the real program then does.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::*;

/// A page's database in a folder with a difficult name, and the stand-in for `real`.
struct Page {
    database: Box<dyn Throwaway>,
    folder: TempDir,
    script: PathBuf,
}

/// How a program ended: its status, stdout and stderr.
type Told = (Option<i32>, String, String);

impl Page {
    fn new(documented_name: &str, real: &Path) -> Self {
        let schema = "CREATE TABLE a (id INTEGER PRIMARY KEY, v); CREATE TABLE b (a_id REFERENCES a (id) ON DELETE \
                      CASCADE); INSERT INTO a VALUES (1, 'x'); INSERT INTO b VALUES (1), (1);";
        let definition = Definition { documented_name: documented_name.into(), ..definition(schema, "") };
        let folder = tempfile::tempdir().unwrap();
        let room = folder.path().join(OsStr::from_bytes(b"it's a $room `x` \\ \"\xff"));
        std::fs::create_dir(&room).unwrap();
        let database = super::super::prepare(&definition).unwrap().copy(&room).unwrap();
        let clients = database.clients();
        assert_eq!(clients.iter().map(|client| client.name).collect::<Vec<_>>(), ["sqlite3"]);
        let script = folder.path().join("sqlite3");
        std::fs::write(&script, clients[0].script(real)).unwrap();
        Self { database, folder, script }
    }

    /// Runs the stand-in by `shell` in the page's work folder, which is empty but for what the page makes.
    fn run_by(&self, shell: &str, words: &[&str], stdin: &str) -> Told {
        let work = self.folder.path().join("work");
        std::fs::create_dir_all(&work).unwrap();
        let mut child = Command::new(shell)
            .arg(&self.script)
            .args(words)
            .current_dir(&work)
            .env("HOME", &work)
            .env("proofbook_mark", "kept")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It need not read all of it.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    fn run(&self, words: &[&str], stdin: &str) -> Told {
        self.run_by("/bin/sh", words, stdin)
    }

    fn effect(&mut self) -> String {
        self.database.committed().measure().unwrap().promise().to_string()
    }
}

/// A program that tells its words, its stdin and one variable, and fails with 7.
fn fake(folder: &Path) -> PathBuf {
    let path = folder.join("it's the real one");
    let text = "#!/bin/sh\nfor word in \"$@\"; do printf '<%s>' \"$word\"; done\nprintf '|%s|' \"$proofbook_mark\"\ncat\n\
                echo told >&2\nexit 7\n";
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// The words that open the page's database, and those that do not.
#[test]
fn the_words_are_read_as_the_program_reads_them() {
    let programs = tempfile::tempdir().unwrap();
    let page = Page::new("shop's \"own\" name", &fake(programs.path()));
    let link = page.folder.path().join("work/link.db");
    std::fs::create_dir(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(page.database.path().unwrap(), &link).unwrap();
    let path = page.database.path().unwrap().to_string_lossy().into_owned();
    let name = "shop's \"own\" name";
    // `+` stands for the settings, `@` for the database's path.
    for (words, expected) in [
        (vec![], "+<@>"),
        (vec![name], "+<@>"),
        (vec!["link.db"], "+<@>"),
        (vec!["./link.db", "SELECT 1"], "+<@><SELECT 1>"),
        (vec![name, "SELECT '$x' \"y\" `z` \\\n"], "+<@><SELECT '$x' \"y\" `z` \\\n>"),
        (vec!["-header", name, "-csv", "SELECT 1", name, ""], "+<-header><@><-csv><SELECT 1><shop's \"own\" name><>"),
        (vec!["-header"], "+<@><-header>"),
        (vec!["--header", "--separator", name, name], "+<--header><--separator><shop's \"own\" name><@>"),
        (
            vec!["-cmd", ".mode csv", "-init", "x.sql", "-newline", "\n", name],
            "+<-cmd><.mode csv><-init><x.sql><-newline><\n><@>",
        ),
        (vec!["-nullvalue", "-", "-mmap", "0", "-maxsize", "9"], "+<@><-nullvalue><-><-mmap><0><-maxsize><9>"),
        (
            vec!["-lookaside", "512", "10", "-pagecache", "4096", "2", name],
            "+<-lookaside><512><10><-pagecache><4096><2><@>",
        ),
        (vec!["-vfs", "unix", "-heap", "1", "-nonce", name], "+<@><-vfs><unix><-heap><1><-nonce><shop's \"own\" name>"),
        (vec!["-separator"], "+<@><-separator>"),
        (vec!["-no-such-option", name], "+<-no-such-option><@>"),
        (vec!["--", name], "+<--><@>"),
        (vec!["-", "-odd name"], "<-><-odd name>"),
        (vec!["other.db", name], "<other.db><shop's \"own\" name>"),
        (vec!["-csv", "other.db", "SELECT 1"], "<-csv><other.db><SELECT 1>"),
        (vec![":memory:"], "<:memory:>"),
        (vec![""], "<>"),
        (vec!["("], "<(>"),
        (vec!["!", "x"], "<!><x>"),
        (vec!["shop's"], "<shop's>"),
        (vec!["-version"], "<-version>"),
        (vec!["--help"], "<--help>"),
        (vec!["-version", name], "+<-version><@>"),
        (vec!["-Acf", "x.sqlar", name], "<-Acf><x.sqlar><shop's \"own\" name>"),
        (vec![name, "-A", "-t", "-cmd"], "<@><-A><-t><-cmd>"),
    ] {
        let settings = "<-cmd><.timeout 5000><-cmd><PRAGMA foreign_keys = ON>";
        let expected = expected.replace('+', settings).replace('@', &path);
        let expected = format!("<-init></dev/null>{expected}|kept|typed\n");
        for shell in ["/bin/sh", "bash", "dash"] {
            if Command::new(shell).args(["-c", ":"]).output().is_err() {
                continue;
            }
            let told = page.run_by(shell, &words, "typed\n");
            assert_eq!(told, (Some(7), expected.clone(), "told\n".into()), "{shell} {words:?}");
        }
    }
}

/// The installed program. Where it is missing the tests that need it say so and do nothing, unless PROOFBOOK_REQUIRE
/// asks for it.
#[allow(clippy::print_stderr, reason = "a test that does nothing says so")]
fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("sqlite3")).find(|program| program.is_file());
    let required = std::env::var("PROOFBOOK_REQUIRE").unwrap_or_default();
    assert!(found.is_some() || !required.split(',').any(|part| part == "sqlite3"), "the sqlite3 program is missing");
    if found.is_none() {
        eprintln!("SKIPPED: the sqlite3 program is not installed");
    }
    found
}

fn told(status: i32, stdout: &str) -> Told {
    (Some(status), stdout.into(), String::new())
}

#[test]
fn the_real_program_works_on_the_page() {
    let Some(real) = installed() else { return };
    let mut page = Page::new("shop_production", &real);
    assert_eq!(page.run(&["shop_production", "SELECT * FROM a"], ""), told(0, "1|x\n"));
    assert_eq!(page.run(&["-header", "-list"], "SELECT id, v FROM a;\n.print done\n"), told(0, "id|v\n1|x\ndone\n"));
    assert_eq!(page.run(&["-separator", ";", "-nullvalue", "none"], "SELECT 1, NULL;"), told(0, "1;none\n"));
    assert_eq!(page.run(&[], "PRAGMA foreign_keys; PRAGMA busy_timeout;"), told(0, "1\n5000\n"));
    assert_eq!(page.run(&[], ""), told(0, ""));
    assert_eq!(page.effect(), "none");
    // What it commits is measured, cascades included, and what it rolls back is not.
    assert_eq!(page.run(&["shop_production"], "DELETE FROM a;"), told(0, ""));
    assert_eq!(page.effect(), "a -1, b -2");
    assert_eq!(page.run(&[], "BEGIN; INSERT INTO a VALUES (5, 'y'); ROLLBACK;"), told(0, ""));
    assert_eq!(page.effect(), "none");
    let (status, stdout, stderr) = page.run(&["shop_production", "INSERT INTO b VALUES (99)"], "");
    assert_ne!(status, Some(0));
    assert!(stdout.is_empty() && stderr.contains("FOREIGN KEY constraint failed"), "{stderr}");
    assert_eq!(page.effect(), "none");
}

#[test]
fn files_of_its_own_and_what_it_tells_about_itself_are_untouched() {
    let Some(real) = installed() else { return };
    let mut page = Page::new("shop_production", &real);
    let work = page.folder.path().join("work");
    for words in [&["-version"] as &[&str], &["--version"], &["-help"]] {
        let direct = Command::new(&real).args(words).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let direct = (direct.status.code(), text(&direct.stdout), text(&direct.stderr));
        assert_eq!(page.run(words, ""), direct, "{words:?}");
    }
    assert_eq!(page.run(&["own.db", "CREATE TABLE t (a); PRAGMA foreign_keys"], ""), told(0, "0\n"), "as typed");
    assert!(work.join("own.db").is_file());
    assert_eq!(page.run(&["missing.db"], ""), told(0, ""));
    assert!(!work.join("missing.db").exists(), "sqlite3 makes a file only when there is something to do");
    assert_eq!(page.run(&[":memory:", "SELECT count(*) FROM sqlite_schema"], ""), told(0, "0\n"));

    // What a person has in ~/.sqliterc, and -init.
    std::fs::write(work.join(".sqliterc"), ".separator ,\n.nullvalue nil\n").unwrap();
    assert_eq!(page.run(&["-batch"], "SELECT 1, NULL;"), told(0, "1,nil\n"));
    std::fs::write(work.join("init.sql"), "CREATE TABLE made (a);\n.separator /\n").unwrap();
    assert_eq!(page.run(&["-batch", "-init", "init.sql", "shop_production", "SELECT 1, 2"], ""), told(0, "1/2\n"));
    assert_eq!(page.effect(), "schema");

    assert_eq!(page.run(&["-bail"], ".exit 3\n").0, Some(3));
    assert_ne!(page.run(&["shop_production", "SELECT nowhere"], "").0, Some(0));
    let (status, _, stderr) = page.run(&["-readonly", "shop_production", "DELETE FROM a"], "");
    assert!(status != Some(0) && stderr.contains("readonly"), "{stderr}");
    let (status, _, stderr) = page.run(&["-no-such-option"], "");
    assert!(status == Some(1) && stderr.contains("-no-such-option"), "{stderr}");
    assert_eq!(page.effect(), "none");
}

#[test]
fn the_program_and_the_page_see_each_other() {
    let Some(real) = installed() else { return };
    let mut page = Page::new("shop_production", &real);
    let run = |page: &mut Page, sql: &str| {
        page.database.execute(sql, Instant::now() + Duration::from_secs(60), &AtomicBool::new(false)).unwrap().pop()
    };
    run(&mut page, "INSERT INTO a VALUES (2, 'from the page')");
    assert_eq!(page.run(&[], "SELECT v FROM a WHERE id = 2;"), told(0, "from the page\n"));
    assert_eq!(page.run(&[], "INSERT INTO a VALUES (3, 'from the program');"), told(0, ""));
    let seen = run(&mut page, "SELECT v FROM a WHERE id = 3").unwrap();
    assert_eq!(seen.rows, [[crate::expect::Cell::Text("from the program".into())]]);
    assert_eq!(page.effect(), "a +2");

    // A backup by the program itself, put back under the database's name.
    assert_eq!(page.run(&["shop_production", ".backup saved.db"], ""), told(0, ""));
    run(&mut page, "DELETE FROM a");
    assert_eq!(page.effect(), "a -3, b -2");
    std::fs::rename(page.folder.path().join("work/saved.db"), page.database.path().unwrap()).unwrap();
    assert_eq!(page.effect(), "a +3, b +2");
    assert_eq!(run(&mut page, "SELECT id FROM a").unwrap().rows.len(), 3, "the page's connection follows the file");
    run(&mut page, "DELETE FROM a WHERE id = 3");
    assert_eq!(page.effect(), "a -1");
}
