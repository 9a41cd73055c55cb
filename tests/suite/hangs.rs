//! What is told of a snippet that hangs: its processes and what each waited for, in words; what its statements waited for
//! in the database.
//!
//! Real processes, one page a kind of wait. Where this machine does not let the system calls of a process be read, the
//! processes are demanded and not what they wait for.

use expect_test::expect;

use crate::support::{Project, has_server, is_installed, text};

/// Whether the system tells which system call a process of this user waits in.
fn are_calls_told() -> bool {
    let mut waiting = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let told = std::fs::read_to_string(format!("/proc/{}/syscall", waiting.id()));
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    told.is_ok_and(|told| !told.trim().is_empty())
}

/// What is told of the processes of `block`, which hangs: the tree, or the one sentence.
fn told(block: &str) -> Vec<String> {
    let project = Project::new(&[("content/page.md", &format!("# Page\n\n```bash timeout=1s\n{block}\n```\n"))]);
    let report = project.run("test").ended(1).told_of("TIMED OUT");
    let mut lines: Vec<String> = Vec::new();
    let mut inside = false;
    for line in report.lines() {
        if line == "  If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence." {
            return lines;
        }
        if inside || line.starts_with("  It was ") && !line.starts_with("  It was still") {
            lines.push(line.strip_prefix(if inside { "    " } else { "  " }).unwrap().to_owned());
        }
        inside |= line == "  What ran then, and what it was doing:";
    }
    panic!("the report is cut\n{report}");
}

/// Asserts the lines told of `block`.
#[track_caller]
fn tells(block: &str, expected: &[&str]) {
    let told = told(block);
    if are_calls_told() {
        assert_eq!(told, expected, "{block}");
    } else if expected.len() > 1 {
        let commands = |lines: &[&str]| -> Vec<String> {
            lines.iter().map(|line| line.rsplit_once(": ").map_or(*line, |(command, _)| command).to_owned()).collect()
        };
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        assert_eq!(commands(&told), commands(expected), "{block}");
    }
}

#[test]
fn the_report_is_whole() {
    if !are_calls_told() {
        return;
    }
    let project = Project::new(&[(
        "content/page.md",
        &text(
            r#"
            # Page

            ```bash timeout=1s
            echo begun
            sleep 1000 | cat
            ```

            ```console timeout=1s
            $ cat
            $ sleep 1000
            ```
            "#,
        ),
    )]);
    project.run("test").is(expect![[r#"
        exit status 1
        --- stdout
         failed  content/page.md: 1 timed out, 1 not run ([TIME])

        TIMED OUT content/page.md:5:1 step `snippet-1`

            3 │ ```bash timeout=1s
            4 │ echo begun
        >   5 │ sleep 1000 | cat
            6 │ ```

          `cat` was still running after 1 s and was ended, with everything the block had started.
          What ran then, and what it was doing:
            sleep 1000: sleeping
            cat: reading from a pipe that `sleep 1000` has open to write
          If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.

          It had printed to stdout:
            begun

          Run just this page again: proofbook test content/page.md

        1 page: 1 failed
        2 snippets: 1 timed out, 1 not run ([TIME])
        sandbox: [LAYERS]
    "#]]);
}

#[test]
fn a_program_that_sleeps() {
    tells("sleep 1000", &["It was sleeping."]);
    // One that does not end when it is asked to.
    tells(
        "bash -c \"trap '' TERM INT HUP; sleep 1000; true\"",
        &["bash -c trap '' TERM INT HUP; sleep 1000; true: waiting for its child processes", "  sleep 1000: sleeping"],
    );
}

#[test]
fn bash_itself() {
    tells("while :; do :; done", &["It was using the processor."]);
    tells("sleep 1000 &\nsleep 0.2; kill -STOP $!\nwait", &["It was stopped by a signal."]);
}

#[test]
fn pipes() {
    tells(
        "sleep 1000 | cat",
        &["sleep 1000: sleeping", "cat: reading from a pipe that `sleep 1000` has open to write"],
    );
    tells(
        "yes | sleep 1000",
        &["yes: writing to a full pipe that `sleep 1000` has open to read", "sleep 1000: sleeping"],
    );
    tells(
        "x=$(sleep 1000; true)",
        &[
            "bash: reading from a pipe that `bash` and `sleep 1000` have open to write",
            "  bash: waiting for its child processes",
            "    sleep 1000: sleeping",
        ],
    );
    // The command in there has long ended; what it left behind keeps its end open.
    tells(
        "x=$(echo started; sleep 1000 &)",
        &["bash: reading from a pipe that `sleep 1000` has open to write", "sleep 1000: sleeping"],
    );
}

#[test]
fn fifos() {
    tells("mkfifo queue\ncat queue", &["It was opening the FIFO `queue` to read, which nobody has open to write."]);
    tells(
        "mkdir in; mkfifo in/queue; cd in\necho line >queue",
        &["It was opening the FIFO `in/queue` to write, which nobody has open to read."],
    );
    tells(
        "mkfifo \"$HOME/queue\"\nexec 3<>\"$HOME/queue\"\nread -r line <&3",
        &["It was reading from the FIFO `~/queue`, which nobody else has open to write."],
    );
}

#[test]
fn a_lock_on_a_file() {
    if !is_installed("flock") {
        return;
    }
    tells(
        "flock \"$TMPDIR/lock\" sleep 1000 &\nsleep 0.3\nflock \"$TMPDIR/lock\" true",
        &[
            "flock $TMPDIR/lock sleep 1000: waiting for its child processes",
            "  sleep 1000: sleeping",
            "flock $TMPDIR/lock true: waiting for a lock on the file `$TMPDIR/lock`, which `flock $TMPDIR/lock sleep 1000` \
             holds",
        ],
    );
}

#[test]
fn a_socket_and_another_thread() {
    if !std::path::Path::new("/usr/bin/python3").exists() {
        return;
    }
    tells(
        "/usr/bin/python3 -c 'import socket; a, b = socket.socketpair(); a.recv(1)'",
        &["It was waiting for an answer on a UNIX socket."],
    );
    tells(
        "/usr/bin/python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.bind(\"s\"); s.listen(); s.accept()'",
        &["It was waiting for somebody to connect to a UNIX socket."],
    );
    tells(
        "/usr/bin/python3 -c 'import threading as t, time; s = t.Thread(target=time.sleep, args=(99,)); s.start(); s.join()'",
        &["It was waiting for another of its threads."],
    );
    tells("/usr/bin/python3 -c 'import select; select.select([], [], [], 99)'", &["It was sleeping."]);
}

#[test]
fn a_prompt_meets_the_end_of_its_input() {
    let page =
        "# Page\n\n```bash check timeout=20s\nread -r -p 'Sure? ' answer || echo \"no answer: '$answer'\"\n```\n";
    Project::new(&[("content/page.md", page)]).run("test").fine();
}

#[test]
fn what_was_found_is_on_the_page_and_in_the_json() {
    if !are_calls_told() {
        return;
    }
    let page = "# Page\n\n```bash timeout=1s\nsleep 1000 | cat\n```\n";
    let project = Project::new(&[("content/page.md", page)]);
    let json = project.run("test --format json").ended(1).json();
    let running = &json["pages"][0]["outcomes"][0]["running"];
    expect![[r#"
        {
          "command": "cat",
          "line": 4,
          "processes": [
            {
              "command": "sleep 1000",
              "depth": 0,
              "doing": "sleeping"
            },
            {
              "command": "cat",
              "depth": 0,
              "doing": "reading from a pipe that `sleep 1000` has open to write"
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(running).unwrap());
    project.run("build").fine();
    let html = project.read("public/page.html");
    let lines = "sleep 1000: sleeping\ncat: reading from a pipe that `sleep 1000` has open to write\n";
    assert!(html.contains("<code>cat</code> did not end") && html.contains(lines), "{html}");
}

/// A page on `engine` alone, in the shop.
fn on(engine: &str, body: &str) -> Project {
    Project::shop(&format!("+++\ntitle = \"Page\"\nengines = [\"{engine}\"]\n+++\n\n{}", text(body)))
}

#[test]
fn a_client_that_waits_for_the_pages_own_transaction() {
    let page = |client: &str| {
        format!(
            r#"
            ```sql
            BEGIN;
            UPDATE accounts SET closed = 1 WHERE id = 1;
            ```

            ```bash timeout=1s
            {client} 'UPDATE accounts SET closed = 2 WHERE id = 1'
            ```
            "#
        )
    };
    if has_server("mariadb") {
        let told = on("mariadb", &page("mariadb -e")).run("test").ended(1).told_of("TIMED OUT");
        expect![[r#"
            TIMED OUT content/page.md:12:1 step `snippet-2` on mariadb

               11 │ ```bash timeout=1s
            >  12 │ mariadb -e 'UPDATE accounts SET closed = 2 WHERE id = 1'
               13 │ ```

              `mariadb --database=shop -e UPDATE accounts SET closed = 2 WHERE id = 1` was still running after 1 s and was ended, with everything the block had started.
              What ran then, and what it was doing:
                mariadb --database=shop -e UPDATE accounts SET closed = 2 WHERE id = 1: waiting for an answer on a UNIX socket
                in the database, `UPDATE accounts SET closed = 2 WHERE id = 1`: waiting for a lock on a row of the table `accounts`, held by the page's SQL connection in its open transaction, which last ran `UPDATE accounts SET closed = 1 WHERE id = 1`
              If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.

              Run just this page again: proofbook test content/page.md
        "#]].assert_eq(&told);
    }
    if has_server("postgres") {
        let told = on("postgres", &page("psql -c")).run("test").ended(1).told_of("TIMED OUT");
        expect![[r#"
            TIMED OUT content/page.md:12:1 step `snippet-2` on postgres

               11 │ ```bash timeout=1s
            >  12 │ psql -c 'UPDATE accounts SET closed = 2 WHERE id = 1'
               13 │ ```

              `psql -c UPDATE accounts SET closed = 2 WHERE id = 1` was still running after 1 s and was ended, with everything the block had started.
              What ran then, and what it was doing:
                psql -c UPDATE accounts SET closed = 2 WHERE id = 1: waiting for an answer on a UNIX socket
                in the database, `UPDATE accounts SET closed = 2 WHERE id = 1`: waiting for a lock on a row of the table `accounts`, held by the page's SQL connection in its open transaction, which last ran `UPDATE accounts SET closed = 1 WHERE id = 1`
              If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.

              Run just this page again: proofbook test content/page.md
        "#]].assert_eq(&told);
    }
}

#[test]
fn a_statement_that_waits_for_a_client() {
    let page = |client: &str, sleep: &str| {
        format!(
            r#"
            ```bash
            cat >lines <<'END'
            BEGIN;
            UPDATE accounts SET closed = 1 WHERE id = 1;
            \! touch locked
            {sleep};
            END
            {client} <lines &
            until [ -e locked ]; do sleep 0.05; done
            ```

            ```sql timeout=1s
            SELECT 1;

            UPDATE accounts SET closed = 2
             WHERE id = 1;
            ```
            "#
        )
    };
    if has_server("mariadb") {
        let page = page("mariadb", "SELECT SLEEP(1000)");
        let told = on("mariadb", &page).run("test").ended(1).told_of("TIMED OUT");
        expect![[r#"
            TIMED OUT content/page.md:20:1 step `snippet-2` on mariadb

               17 │ ```sql timeout=1s
               18 │ SELECT 1;
               19 │ 
            >  20 │ UPDATE accounts SET closed = 2
               21 │  WHERE id = 1;
               22 │ ```

              `UPDATE accounts SET closed = 2 WHERE id = 1` was still running after 1 s and was ended.
              It was waiting for a lock on a row of the table `accounts`, held by another program, which runs `SELECT SLEEP(1000)`.
              If it needs longer: `timeout=2m` on the fence.

              Run just this page again: proofbook test content/page.md
        "#]].assert_eq(&told);
    }
    if has_server("postgres") {
        let page = page("psql", "SELECT pg_sleep(1000)");
        let told = on("postgres", &page).run("test").ended(1).told_of("TIMED OUT");
        expect![[r#"
            TIMED OUT content/page.md:20:1 step `snippet-2` on postgres

               17 │ ```sql timeout=1s
               18 │ SELECT 1;
               19 │ 
            >  20 │ UPDATE accounts SET closed = 2
               21 │  WHERE id = 1;
               22 │ ```

              `UPDATE accounts SET closed = 2 WHERE id = 1` was still running after 1 s and was ended.
              It was waiting for a lock on a row of the table `accounts`, held by `psql`, another program, which runs `SELECT pg_sleep(1000)`.
              If it needs longer: `timeout=2m` on the fence.

              Run just this page again: proofbook test content/page.md
        "#]].assert_eq(&told);
    }
}

#[test]
fn a_statement_that_waits_for_nobody() {
    if has_server("mariadb") {
        let told =
            on("mariadb", "```sql timeout=1s\nSELECT SLEEP(1000);\n```").run("test").ended(1).told_of("TIMED OUT");
        expect![[r#"
            TIMED OUT content/page.md:7:1 step `snippet-1` on mariadb

                6 │ ```sql timeout=1s
            >   7 │ SELECT SLEEP(1000);
                8 │ ```

              `SELECT SLEEP(1000)` was still running after 1 s and was ended.
              It was sleeping.
              If it needs longer: `timeout=2m` on the fence.

              Run just this page again: proofbook test content/page.md
        "#]]
        .assert_eq(&told);
    }
    if has_server("postgres") {
        let told =
            on("postgres", "```sql timeout=1s\nSELECT pg_sleep(1000);\n```").run("test").ended(1).told_of("TIMED OUT");
        expect![[r#"
            TIMED OUT content/page.md:7:1 step `snippet-1` on postgres

                6 │ ```sql timeout=1s
            >   7 │ SELECT pg_sleep(1000);
                8 │ ```

              `SELECT pg_sleep(1000)` was still running after 1 s and was ended.
              It was sleeping.
              If it needs longer: `timeout=2m` on the fence.

              Run just this page again: proofbook test content/page.md
        "#]]
        .assert_eq(&told);
    }
}

#[test]
fn a_change_of_a_table_that_a_transaction_uses() {
    let page = |client: &str| {
        format!(
            "```sql\nBEGIN;\nSELECT count(*) FROM orders;\n```\n\n```bash timeout=1s\n{client} 'ALTER TABLE orders ADD \
             COLUMN x INT'\n```"
        )
    };
    if has_server("mariadb") {
        let told = on("mariadb", &page("mariadb -e")).run("test").ended(1).told_of("TIMED OUT");
        expect![[r#"
            TIMED OUT content/page.md:12:1 step `snippet-2` on mariadb

               11 │ ```bash timeout=1s
            >  12 │ mariadb -e 'ALTER TABLE orders ADD COLUMN x INT'
               13 │ ```

              `mariadb --database=shop -e ALTER TABLE orders ADD COLUMN x INT` was still running after 1 s and was ended, with everything the block had started.
              What ran then, and what it was doing:
                mariadb --database=shop -e ALTER TABLE orders ADD COLUMN x INT: waiting for an answer on a UNIX socket
                in the database, `ALTER TABLE orders ADD COLUMN x INT`: waiting for a lock on a table's definition (`Waiting for table metadata lock`): another session uses the table, in a statement or a transaction it has open
              If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.

              Run just this page again: proofbook test content/page.md
        "#]].assert_eq(&told);
    }
    if has_server("postgres") {
        let told = on("postgres", &page("psql -c")).run("test").ended(1).told_of("TIMED OUT");
        expect![[r#"
            TIMED OUT content/page.md:12:1 step `snippet-2` on postgres

               11 │ ```bash timeout=1s
            >  12 │ psql -c 'ALTER TABLE orders ADD COLUMN x INT'
               13 │ ```

              `psql -c ALTER TABLE orders ADD COLUMN x INT` was still running after 1 s and was ended, with everything the block had started.
              What ran then, and what it was doing:
                psql -c ALTER TABLE orders ADD COLUMN x INT: waiting for an answer on a UNIX socket
                in the database, `ALTER TABLE orders ADD COLUMN x INT`: waiting for a lock on the table `orders`, held by the page's SQL connection in its open transaction, which last ran `SELECT count(*) FROM orders`
              If it waits for input: there is none. If it needs longer: `timeout=2m` on the fence.

              Run just this page again: proofbook test content/page.md
        "#]].assert_eq(&told);
    }
}
