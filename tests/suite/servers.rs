//! What only a server has: several results of one statement, programs of its own, and data that outlive it if asked to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::{Project, has_server, text};

fn page(engine: &str, body: &str) -> String {
    format!("+++\ntitle = \"Page\"\nengines = [\"{engine}\"]\n+++\n\n{}", text(body))
}

#[test]
fn the_results_of_a_procedure_are_shown_and_compared_in_order() {
    if !has_server("mariadb") {
        return;
    }
    let project = Project::shop(&page(
        "mariadb",
        r#"
        ```sql effect=schema
        CREATE PROCEDURE report () BEGIN
          SELECT id, email FROM accounts ORDER BY id;
          SELECT id FROM orders WHERE id > 9;
          UPDATE accounts SET closed = 1 WHERE id = 1;
          SELECT count(*) AS orders FROM orders;
        END;
        ```

        ```sql effect="accounts ~1"
        CALL report();
        SELECT 'after' AS word;
        ```
        ```output
        | id | email           |
        |  1 | ada@example.org |
        |  2 | bob@example.org |

        Empty set

        | orders |
        |      3 |

        | word  |
        | after |
        ```
        "#,
    ));
    project.run("test").fine();
    project.edit("content/page.md", "|      3 |", "|      4 |");
    project.run("test").ended(1).says("row 1, column `orders`: expected `4`, got `3`");
    project.edit("content/page.md", "Empty set\n\n", "");
    project
        .run("test")
        .ended(1)
        .says("The snippet gives 4 results, the output in line 19 expects 3 results.")
        .says("Empty set");
}

#[test]
fn a_program_that_the_server_brings_is_there() {
    if !has_server("postgres") {
        return;
    }
    let page = page(
        "postgres",
        "<!-- proof: requires=psql,pg_dump -->\n```bash check\npsql -At -c 'SELECT 1'\n```\n```output\n1\n```\n\n\
         <!-- proof: requires=pg_no_such_program -->\n```bash check\ntrue\n```\n",
    );
    let project = Project::shop(&page);
    // Without the folders the clients are installed in. Where the server lies outside of PATH its programs do, too.
    let path = project.beside().join("bin");
    fs::create_dir(&path).unwrap();
    for program in ["bash", "sh", "head", "cat", "kill"] {
        let found = ["/bin", "/usr/bin"].map(|folder| Path::new(folder).join(program));
        if let Some(found) = found.iter().find(|found| found.exists()) {
            std::os::unix::fs::symlink(found, path.join(program)).unwrap();
        }
    }
    if !Path::new("/usr/lib/postgresql").exists() {
        return;
    }
    let ran = project.command("test").variable("PATH", path.to_str().unwrap()).run();
    ran.fine()
        .says("1 passed, 1 skipped")
        .says("needs the program `pg_no_such_program`")
        .never_says("needs the program `psql`");
}

/// A folder that is removed with its test.
struct Kept(PathBuf);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What stands after `name` in the report.
fn told(report: &str, name: &str) -> String {
    let found = report.lines().find_map(|line| line.trim_start().strip_prefix(name));
    found.unwrap_or_else(|| panic!("no {name} in\n{report}")).trim().to_owned()
}

/// What a line of shell prints, if it ends well.
fn shell(line: &str) -> Option<String> {
    let output = Command::new("sh").args(["-c", line]).stdin(Stdio::null()).stderr(Stdio::null()).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        sleep(Duration::from_millis(50));
    }
}

/// Keeps a page's database, opens it again as the report says, and looks for what the page wrote last.
fn opened_again(engine: &str, query: &str) {
    if !has_server(engine) {
        return;
    }
    let body = "```sql effect=\"accounts ~1, orders +1\"\nUPDATE accounts SET closed = 1 WHERE id = 2;\n\
                INSERT INTO orders (id, account_id) VALUES (77, 2);\n```\n\n\
                ```sql\nBEGIN;\nDELETE FROM orders;\n```\n\n```sql\nROLLBACK;\n```\n";
    let project = Project::shop(&page(engine, body));
    let ran = project.command("test --keep").start().wait().fine();
    let report = ran.stdout.replace("[BESIDE]", project.beside().to_str().unwrap());
    assert!(report.contains(&format!("kept content/page.md on {engine}\n")) && !report.contains("note:"), "{report}");
    let work = told(&report, "folder:   cd ");
    let _kept = Kept(Path::new(&work).parent().unwrap().to_path_buf());
    assert_eq!(project.left_processes(), Vec::<i32>::new());

    let (start, open, end) = (told(&report, "server:"), told(&report, "database:"), told(&report, "end:"));
    // What it leaves running must not hold a pipe that somebody reads to its end.
    assert!(shell(&format!("{{ {start}\n}} >/dev/null 2>&1")).is_some(), "{start}");
    let open = format!("{open} {query}");
    let rows = until(&format!("{start}\n{open}"), || shell(&open));
    assert_eq!(rows.split_whitespace().collect::<Vec<_>>(), ["4", "77", "1"], "{open}");
    assert!(shell(&end).is_some(), "{end}");
    until(&end, || shell(&open).is_none().then_some(()));
}

#[test]
fn a_kept_mariadb_opens_again() {
    opened_again("mariadb", "-N -e 'SELECT count(*), max(id), (SELECT closed FROM accounts WHERE id = 2) FROM orders'");
}

#[test]
fn a_kept_postgresql_opens_again() {
    opened_again(
        "postgres",
        "-At -F ' ' -c 'SELECT count(*), max(id), (SELECT closed FROM accounts WHERE id = 2) FROM orders'",
    );
}

#[test]
fn a_kept_sqlite_file_is_named() {
    let project = Project::shop("```sql effect=\"accounts ~1\"\nUPDATE accounts SET closed = 1 WHERE id = 2;\n```\n");
    let ran = project.command("test --keep").start().wait().fine();
    let report = ran.stdout.replace("[BESIDE]", project.beside().to_str().unwrap());
    let file = told(&report, "database: sqlite3 ");
    assert!(fs::read(&file).unwrap().starts_with(b"SQLite format 3"), "{report}");
    assert!(!report.contains("server:") && !report.contains("end:"), "{report}");
}

#[test]
fn a_server_that_the_page_killed_is_kept_with_a_note() {
    if !has_server("mariadb") {
        return;
    }
    let project = Project::shop(&page("mariadb", "```bash\nmariadb-admin shutdown\n```\n"));
    let ran = project.command("test --keep").start().wait();
    let work = told(&ran.stdout, "folder:   cd ");
    let _kept = Kept(Path::new(&work).parent().unwrap().to_path_buf());
    assert!(ran.stdout.contains("  note:     the server could not be ended well ("), "{}", ran.whole());
}
