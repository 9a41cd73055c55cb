//! SQL that leaves the database, never ends, or has no measure.

use expect_test::expect;

use super::site::{Site, hostile};
use crate::support::is_installed;

#[test]
fn statements_stay_in_the_pages_database_and_end() {
    Site::new().check([
        hostile(
            "attach",
            r#"
            ```sql check error=SQLITE_AUTH
            ATTACH 'OUTSIDE/file' AS other;
            ```

            ```sql
            ATTACH 'OUTSIDE/MARK' AS other;
            ```
            "#,
            expect![[r#"
                failed  1 passed, 1 failed
                FAILED :8:1 step `snippet-2` on sqlite
                >   8 │ ATTACH '[BESIDE]/outside/MARK' AS other;
                      │ ^
                  The statement failed: the statement reaches beyond the page's database, which it may not (SQLITE_AUTH)
            "#]],
        ),
        hostile(
            "vacuum",
            r#"
            ```sql
            VACUUM INTO 'OUTSIDE/MARK';
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :4:1 step `snippet-1` on sqlite
                >   4 │ VACUUM INTO '[BESIDE]/outside/MARK';
                      │ ^
                  The statement failed: the statement reaches beyond the page's database, which it may not (SQLITE_AUTH)
            "#]],
        ),
        hostile(
            "files-by-function",
            r#"
            ```sql check error="/no such function|not authorized|beyond/"
            SELECT readfile('CALLER/.ssh/id');
            ```

            ```sql check error="/no such function|not authorized|beyond/"
            SELECT load_extension('OUTSIDE/file');
            ```

            ```sql check error="/no such function|not authorized|beyond/"
            SELECT writefile('OUTSIDE/MARK', 'hostile');
            ```
            "#,
            expect![[r#"
                 proven  3 passed
            "#]],
        ),
        hostile(
            "endless",
            r#"
            ```sql check timeout=500ms
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;
            ```
            ```output
            Empty set
            ```

            ```sql check
            SELECT count(*) AS n FROM accounts;
            ```
            ```output
            +---+
            | n |
            +---+
            | 2 |
            +---+
            ```
            "#,
            expect![[r#"
                failed  1 timed out, 1 not run
                TIMED OUT :4:1 check `snippet-1` on sqlite
                >   4 │ WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;
                  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n` was still running after 0.5 s and was ended.
                  If it needs longer: `timeout=2m` on the fence.
            "#]],
        ),
        hostile(
            "endless-rows",
            r#"
            ```sql check timeout=5s
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, randomblob(1000) FROM n;
            ```
            ```output
            Empty set
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :4:1 check `snippet-1` on sqlite
                >   4 │ WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, randomblob(1000) FROM n;
                      │ ^
                  The statement failed: the result is larger than 64 MiB (SQLITE_TOOBIG)
            "#]],
        ),
        hostile(
            "filling",
            r#"
            ```sql timeout=20s
            CREATE TABLE heap AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT zeroblob(50000000) AS b FROM n;
            ```
            "#,
            expect![[r#"
                failed  1 failed
                FAILED :4:1 step `snippet-1` on sqlite
                >   4 │ CREATE TABLE heap AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT zeroblob(50000000) AS b FROM n;
                      │ ^
                  The statement failed: database or disk is full (SQLITE_FULL)
            "#]],
        ),
        hostile(
            "replaced",
            r#"
            ```bash check
            rm -f "$HOME"/../database/*; ln -s OUTSIDE/file "$HOME/../database/shop.db"
            ```

            ```sql
            UPDATE accounts SET closed = 1;
            ```
            "#,
            expect![[r#"
                failed  1 could not be run, 1 not run
                ERROR :3:1 check `snippet-1` on sqlite
                  It could not be run: cannot find the throwaway database [BESIDE]/tmp/[ROOM]/database/database.sqlite3: No such file or directory (os error 2)
            "#]],
        ),
        hostile(
            "spoiled",
            r#"
            ```bash
            for file in "$HOME"/../database/*; do head -c 8192 /dev/urandom > "$file"; done
            ```

            ```sql
            UPDATE accounts SET closed = 1;
            ```
            "#,
            expect![[r#"
                failed  1 could not be run, 1 not run
                ERROR :3:1 step `snippet-1` on sqlite
                  It could not be run: cannot read the throwaway database: file is not a database
            "#]],
        ),
    ]);
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn the_client_stays_in_the_pages_folders_too() {
    if !is_installed("sqlite3") {
        // `tests/run` counts the part.
        eprintln!("SKIPPED: sqlite3 is not installed");
        return;
    }
    let site = Site::new();
    if !site.is_held() {
        return;
    }
    site.check([
        hostile(
            "files-by-the-client",
            r#"
            ```bash check
            sqlite3 OUTSIDE/MARK 'CREATE TABLE t (id);'
            ```

            ```bash check
            sqlite3 :memory: "ATTACH 'OUTSIDE/file' AS other; SELECT * FROM other.sqlite_master;"
            ```

            ```bash check
            printf '.output OUTSIDE/MARK\nSELECT 1;\n.shell touch OUTSIDE/MARK\n.read CALLER/.ssh/id\n' | sqlite3
            ```
            "#,
            expect![[r#"
                failed  3 failed
                FAILED :4:1 check `snippet-1` on sqlite
                >   4 │ sqlite3 [BESIDE]/outside/MARK 'CREATE TABLE t (id);'
                  `sqlite3 [BESIDE]/outside/MARK 'CREATE TABLE t (id);'` stopped the block with status 1; the page promises 0.
                  It had printed to stderr:
                    Error: unable to open database "[BESIDE]/outside/MARK": unable to open database file
                FAILED :8:1 check `snippet-2` on sqlite
                >   8 │ sqlite3 :memory: "ATTACH '[BESIDE]/outside/file' AS other; SELECT * FROM other.sqlite_master;"
                  `sqlite3 :memory: "ATTACH '[BESIDE]/outside/file' AS other; SELECT * FROM other.sqlite_master;"` stopped the block with status 14; the page promises 0.
                  It had printed to stderr:
                    Error: stepping, unable to open database: [BESIDE]/outside/file (14)
                FAILED :12:1 check `snippet-3` on sqlite
                >  12 │ printf '.output [BESIDE]/outside/MARK\nSELECT 1;\n.shell touch [BESIDE]/outside/MARK\n.read [BESIDE]/caller/.ssh/id\n' | sqlite3
                  `printf '.output [BESIDE]/outside/MARK\nSELECT 1;\n.shell touch [BESIDE]/outside/MARK\n.read [BESIDE]/caller/.ssh/id\n' | sqlite3` stopped the block with status 1; the page promises 0.
                  It had printed to stdout:
                    1
                  It had printed to stderr:
                    Error: cannot open "[BESIDE]/outside/MARK"
                    Error: cannot write to "[BESIDE]/outside/MARK"
                    touch: cannot touch '[BESIDE]/outside/MARK': No such file or directory
                    System command returns 256
                    Error: cannot open "[BESIDE]/caller/.ssh/id"
            "#]],
        ),
        hostile(
            "locked",
            r#"
            ```bash check
            (printf 'BEGIN EXCLUSIVE;\n'; sleep MARK) | sqlite3 & sleep 0.2
            ```

            ```sql check timeout=1s
            SELECT count(*) FROM accounts;
            ```
            ```output
            Empty set
            ```
            "#,
            expect![[r#"
                failed  1 could not be run, 1 not run
                ERROR :3:1 check `snippet-1` on sqlite
                  It could not be run: cannot read the throwaway database: a connection keeps it locked (a program in the background, or `PRAGMA locking_mode = EXCLUSIVE`)
            "#]],
        ),
    ]);
}

/// What is recorded of a run is read at the next, and shown: it has a measure, whatever a snippet came up with.
#[test]
fn a_million_rows_are_neither_recorded_nor_reported_whole() {
    const MOST: u64 = 4 << 20;
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT i FROM n;";
    for (page, status, told) in [
        (format!("# Page\n\n```sql\n{rows}\n```\n"), 0, "1 passed"),
        (format!("# Page\n\n```sql check\n{rows}\n```\n```output\nEmpty set\n```\n"), 1, "999976 more rows"),
        ("# Page\n\n```bash check\nseq 1000000\n```\n```output\n1\n```\n".to_owned(), 1, "bytes of 6888896 are kept"),
    ] {
        let site = Site::new();
        site.project.write("content/page.md", &page);
        let ran = site.run("test").ended(status).says(told);
        assert!(ran.stdout.len() < 20_000, "a report of {} bytes", ran.stdout.len());
        let recorded = std::fs::metadata(site.project.path(".proofbook/proof.json")).unwrap().len();
        assert!(recorded < MOST, "proof.json has {recorded} bytes");
    }
}
