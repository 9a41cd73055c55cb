//! PostgreSQL end to end: the site in `tests/fixtures/postgres`, proved as it stands, and broken in a copy, one thing at
//! a time; each is caught at its line.

use std::path::Path;

use serde_json::json;

use crate::support::{Project, files_below, has_server};

/// A copy of the site; `None` if the server is not installed.
fn site() -> Option<Project> {
    let project = Project::new(&[]);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/postgres");
    for (path, bytes) in files_below(&fixture).into_iter().filter(|(path, _)| !path.starts_with(".proofbook")) {
        project.write(&path, std::str::from_utf8(&bytes).unwrap());
    }
    has_server("postgres").then_some(project)
}

#[test]
fn every_page_is_proved() {
    let Some(site) = site() else { return };
    let document = site.run("test --deny unasserted --format json").fine().json();
    let counts = &document["counts"];
    assert_eq!(
        (&counts["passed"], &counts["failed"], &counts["unasserted"]),
        (&json!(84), &json!(0), &json!(0)),
        "{counts}"
    );
    let pages = document["pages"].as_array().unwrap();
    let told: Vec<String> = pages
        .iter()
        .map(|page| {
            format!(
                "{} {} {}",
                page["file"].as_str().unwrap(),
                page["case"],
                page["outcomes"].as_array().unwrap().len()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "content/values.md \"default\" 10",
            "content/runbooks/back-up.md \"default\" 12",
            "content/runbooks/change-the-schema.md \"default\" 14",
            "content/runbooks/lend-a-book.md \"default\" 16",
            "content/runbooks/lend-a-book.md \"quoted\" 16",
            "content/runbooks/lend-a-book.md \"hostile\" 16",
        ]
    );
    site.run("build").fine();
    let page = site.read("public/runbooks/lend-a-book.html");
    assert!(page.contains("PostgreSQL ") && page.contains("Undo verified"), "{page}");
}

/// One thing that is broken: what stands in the file and what then stands there; the line that is told, by what stands
/// at its start once it is broken, with the column; and what is said.
struct Break {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    at: (&'static str, usize),
    says: &'static str,
}

const fn broken(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    at: (&'static str, usize),
    says: &'static str,
) -> Break {
    Break { file, from, to, at, says }
}

/// Breaks `page` or what it stands on in each of these ways, and looks at what is said of it.
fn caught(page: &str, breaks: &[Break]) {
    let Some(site) = site() else { return };
    // Its default case tells as much as all of them.
    let whole = site.read(page);
    if let Some((head, rest)) = whole.split_once("\n[[cases]]") {
        let (_, body) = rest.split_once("+++").unwrap();
        site.write(page, &format!("{head}+++{body}"));
    }
    let mut missed = Vec::new();
    for Break { file, from, to, at: (start, column), says } in breaks {
        let file = format!("content/{file}");
        let whole = site.read(&file);
        site.edit(&file, from, to);
        // What is broken in a script that loads all the same is told at the page.
        let told = if site.read(&file).contains(start) { &file } else { page };
        let place = format!("{told}:{}:{column}", site.line_of(told, start));
        let ran = site.run(&format!("test {page}"));
        let text = ran.whole();
        if ran.status != 1
            || !text.contains(&format!("{place} ")) && !text.contains(&format!("{place}\n"))
            || !text.contains(says)
        {
            missed.push(format!("{from} → {to}: not at {place}, or not {says:?}:\n{text}"));
        }
        site.write(&file, &whole);
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
    site.run(&format!("test {page}")).fine();
}

#[test]
fn wrong_values_and_errors_are_caught() {
    let page = "values.md";
    let cast = "SELECT 'žluť' AS \"ž\", 'x'::integer;";
    caught(
        "content/values.md",
        &[
            broken(
                page,
                "| 59.99 |",
                "| 59.98 |",
                ("```output\n| id | title", 1),
                "row 1, column `price`: expected `59.98`, got `59.99`",
            ),
            broken(page, "0x00ff27", "0x00ff28", ("```output\n| added_at", 1), "column `cover`"),
            broken(
                page,
                "SELECT id, title, authors",
                "SELECT id, 'ž𝓡', titel, authors",
                ("SELECT id, 'ž𝓡', titel", 18),
                "Perhaps you meant to reference the column",
            ),
            broken(
                page,
                " name=cast error=22P02",
                "",
                (cast, 23),
                "invalid input syntax for type integer: \"x\" (22P02)",
            ),
            broken(page, "name=cast error=22P02", "name=cast error=22012", (cast, 23), "22012"),
            broken(page, "'978', 'Short'", "'9788073350124', 'Short'", ("```sql name=domain", 26), "23514"),
            broken(
                page,
                "SELECT added_at, cover",
                "\\copy books TO 'x'\nSELECT added_at, cover",
                ("\\copy books", 1),
                "`\\copy` is a command of the client program",
            ),
            broken(
                "_databases/library/seed.sql",
                "Jane Austen\"}'",
                "Jane Austen'",
                ("  ('9780141439518'", 47),
                "malformed array literal",
            ),
            broken(
                "_databases/library/schema.sql",
                "'lent', 'returned', 'lost')",
                "'lent', 'returned', 'lost', )",
                ("CREATE TYPE loan_state", 61),
                "syntax error",
            ),
        ],
    );
}

#[test]
fn wrong_steps_of_a_transaction_are_caught() {
    let page = "runbooks/lend-a-book.md";
    caught(
        "content/runbooks/lend-a-book.md",
        &[
            broken(page, "ROLLBACK TO lent;\nCOMMIT;", "COMMIT;", ("```sql name=commit", 28), "loan"),
            broken(
                page,
                "SELECT setval('loan_numbers', currval('loan_numbers') - 1);\n",
                "",
                ("```sql undo=exact", 1),
                "loan_numbers",
            ),
            broken(
                page,
                "DELETE FROM loan_log WHERE number = 103",
                "DELETE FROM loan_log WHERE number = 0",
                ("```sql undo\n", 1),
                "loan_log",
            ),
            broken(
                page,
                "REFRESH MATERIALIZED VIEW lent_books;",
                "SELECT 1 AS one;",
                ("```sql name=refresh", 29),
                "lent_books",
            ),
            broken(
                page,
                "DELETE FROM members WHERE name = :member;",
                "DELETE FROM members;",
                ("```sql name=remove", 28),
                "members",
            ),
            broken(
                page,
                "name = :'member', count",
                "name = :member, count",
                ("```output\nt|1", 1),
                "column \"cleo\" does not exist",
            ),
            broken(
                "_databases/library/schema.sql",
                "AFTER INSERT OR UPDATE OR DELETE",
                "AFTER INSERT OR DELETE",
                ("```sql name=back", 26),
                "loan_log",
            ),
            broken(
                "_databases/library/schema.sql",
                "ON DELETE CASCADE",
                "ON DELETE RESTRICT",
                ("DELETE FROM members WHERE name = :member;", 1),
                "23503",
            ),
        ],
    );
}

#[test]
fn wrong_changes_of_the_schema_are_caught() {
    let page = "runbooks/change-the-schema.md";
    caught(
        "content/runbooks/change-the-schema.md",
        &[
            broken(
                page,
                "TRUNCATE loans;\nROLLBACK;",
                "TRUNCATE loans;\nCOMMIT;",
                ("```sql name=rehearsal", 30),
                "schema",
            ),
            broken(
                page,
                "'Cleo', 'south', 21",
                "'Cleo', 'south', 98",
                ("COMMIT;\n```\n\n```sql name=dangling", 1),
                "23503",
            ),
            broken(
                page,
                "ALTER TABLE books DROP COLUMN shelf;",
                "ALTER TABLE books ALTER shelf DROP NOT NULL;",
                ("```sql undo", 1),
                "books",
            ),
            broken(
                page,
                "SELECT number FROM loans WHERE book_id = book AND",
                "SELECT nummer FROM loans WHERE book_id = book AND",
                ("  SELECT nummer FROM", 10),
                "nummer",
            ),
            broken(page, "'2025-01-02', 2, 3", "'2026-01-02', 2, 3", ("ALTER TABLE loans ATTACH", 1), "23514"),
            broken(
                "_databases/library/schema.sql",
                "ALTER TABLE members ENABLE ROW LEVEL SECURITY;",
                "",
                ("```output\n| name    |", 1),
                "Bob",
            ),
            broken(
                "_databases/library/schema.sql",
                " DEFERRABLE INITIALLY DEFERRED",
                "",
                ("INSERT INTO members (id, name, branch, stands_for) VALUES (20,", 1),
                "23503",
            ),
        ],
    );
}

#[test]
fn wrong_commands_of_the_clients_are_caught() {
    let page = "runbooks/back-up.md";
    caught(
        "content/runbooks/back-up.md",
        &[
            broken(
                page,
                "'DROP TABLE loan_log'",
                "'DROP TABLE loans_log'",
                ("psql -q -c 'DROP TABLE loans_log'", 1),
                "does not exist",
            ),
            broken(
                page,
                "pg_dump library_production --format",
                "pg_dump library --format",
                ("pg_dump library --format", 1),
                "does not exist",
            ),
            broken(
                page,
                "--table=loan_log",
                "--table=books",
                ("pg_restore --exit-on-error --table=books", 1),
                "already exists",
            ),
            broken(page, "LISTEN loans;\n>", "LISTEN loan;\n>", ("$ psql -q <<'SQL'", 1), "Asynchronous notification"),
            broken(
                page,
                "TO 'members.csv' CSV\"",
                "TO '/members.csv' CSV\"",
                ("psql -q -c \"\\copy (SELECT", 1),
                "/members.csv",
            ),
        ],
    );
}
