//! Whether the proofs of our own handbook would notice: each step is spoiled in every way that is easily made, one at a
//! time, and each time the page must fail.
//!
//! A step is left out, loses its `WHERE` or one of its conditions, gets another id or name, or changes places with the
//! next. What cannot matter is listed in `HARMLESS`, with the reason; nothing else may pass, and nothing in the list may fail.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;

use regex::Regex;

use crate::support::{Project, has_server};

/// What passes all the same: the page, the snippet and what was done to it, and why it cannot matter.
const HARMLESS: &[(&str, &str)] = &[
    (
        "content/do/from-an-existing-project.md add-icon, statement 2: without WHERE url = :icon",
        "The newest icon is the one of the statement before, whatever it is called.",
    ),
    (
        "content/do/from-an-existing-project.md link-architectures, statement 1: ',~' for ',' after `CAT(',', :architectures,`",
        "What stands behind the last comma is part of no name.",
    ),
    (
        "content/do/from-scratch.md create-entry, statement 2: ',~' for ',' after `CAT(',', :architectures,`",
        "What stands behind the last comma is part of no name.",
    ),
    (
        "content/do/rename-or-retire.md copy-entry, statement 2: after the next",
        "Two copies into temporary tables: neither reads the other.",
    ),
    (
        "content/do/rename-or-retire.md drop-links, statement 1: after the next",
        "Two tables that do not refer to each other: which is emptied first is the same.",
    ),
    (
        "content/do/safe-and-dangerous-calls.md entry-destroy, statement 1: after the next",
        "Two tables that do not refer to each other: which is emptied first is the same.",
    ),
    (
        "content/do/safe-and-dangerous-calls.md link-delete: in the place of link-destroy",
        "Both calls remove the same link, which is what the page shows.",
    ),
    (
        "content/learn/the-lost-architecture.md add-keys, statement 1: after the next",
        "Six keys of six tables: none needs another to be there.",
    ),
    (
        "content/learn/the-lost-architecture.md add-keys, statement 2: after the next",
        "Six keys of six tables: none needs another to be there.",
    ),
    (
        "content/learn/the-lost-architecture.md add-keys, statement 3: after the next",
        "Six keys of six tables: none needs another to be there.",
    ),
    (
        "content/learn/the-lost-architecture.md add-keys, statement 4: after the next",
        "Six keys of six tables: none needs another to be there.",
    ),
    (
        "content/learn/the-lost-architecture.md add-keys, statement 5: after the next",
        "Six keys of six tables: none needs another to be there.",
    ),
    (
        "content/learn/the-lost-architecture.md false-repair, statement 1: 2 for 1 after `ailable) VALUES ('i586',`",
        "How the false row is called available does not matter: the drill is about its id.",
    ),
    (
        "content/learn/the-lost-architecture.md real-repair, statement 1: without WHERE a.id IS NULL",
        "SQLite takes the first of several rows; MariaDB refuses the statement (1242).",
    ),
    (
        "content/operate/alert-on-server-errors.md last-five, statement 1: 17 for 16 after `GROUP BY SUBSTR(time, 1,`",
        "The seventeenth letter is the colon, which is the same in every row.",
    ),
    (
        "content/operate/alert-on-server-errors.md last-five, statement 1: 2 for 1 after `ns GROUP BY SUBSTR(time,`",
        "Without the first digit of the year the minutes are still told apart.",
    ),
    (
        "content/operate/alert-on-server-errors.md last-five, statement 1: 3 for 2 after ` + CAST(SUBSTR(time, 15,`",
        "Two digits are read of an hour and a minute; the third letter is a colon, where a number ends.",
    ),
    (
        "content/operate/alert-on-server-errors.md last-five, statement 1: 3 for 2 after `y, CAST(SUBSTR(time, 12,`",
        "Two digits are read of an hour and a minute; the third letter is a colon, where a number ends.",
    ),
    (
        "content/operate/alert-on-server-errors.md last-five, statement 1: 601 for 600 after `cks (minute) AS ( SELECT`",
        "The sample begins and ends minutes away from the ends of the table of minutes.",
    ),
    (
        "content/operate/alert-on-server-errors.md last-five, statement 1: 840 for 839 after `ROM ticks WHERE minute <`",
        "The sample begins and ends minutes away from the ends of the table of minutes.",
    ),
    (
        "content/operate/constrain-the-join-table.md add-keys-sqlite, statement 1: after the next",
        "The table is made inside the transaction or right before it, with nobody beside.",
    ),
    (
        "content/operate/constrain-the-join-table.md add-keys-sqlite, statement 5: after the next",
        "The new table gets its name inside the transaction or right after it, with nobody beside.",
    ),
    (
        "content/operate/constrain-the-join-table.md delete-dangling, statement 1: 2 for 1 after `WHERE NOT EXISTS (SELECT`",
        "What a row is made of does not matter where only its being there counts.",
    ),
    (
        "content/operate/constrain-the-join-table.md delete-dangling, statement 1: 2 for 1 after `d) OR NOT EXISTS (SELECT`",
        "What a row is made of does not matter where only its being there counts.",
    ),
    (
        "content/operate/repair-what-was-written.md copy-lost-rows, statement 1: 2 for 1 after `t AND NOT EXISTS (SELECT`",
        "What a row is made of does not matter where only its being there counts.",
    ),
    (
        "content/operate/repair-what-was-written.md narrow-flags, statement 1: 2 for 1 after `ject) AND EXISTS (SELECT`",
        "What a row is made of does not matter where only its being there counts.",
    ),
    (
        "content/operate/restore-a-deleted-architecture.md delete-false-row, statement 1: 2 for 1 after ` AND NOT EXISTS ( SELECT`",
        "What a row is made of does not matter where only its being there counts.",
    ),
    (
        "content/operate/restore-a-deleted-architecture.md delete-false-row, statement 1: without AND NOT EXISTS ( SELECT 1 FROM (SELECT architecture_id FROM repository_architectures UNION ALL SELECT architecture_id FROM flags UNION ALL SELECT architecture_id FROM channel_binaries UNION ALL SELECT architecture_id FROM channel_binary_lists UNION ALL SELECT arch_filter_id FROM product_media UNION ALL SELECT arch_filter_id FROM product_update_repositories UNION ALL SELECT architecture_id FROM architectures_distributions) AS r WHERE r.architecture_id = architectures.id)",
        "A guard: in the sample nothing refers to the false row.",
    ),
    (
        "content/operate/restore-a-deleted-architecture.md real-insert-fits, statement 1: 2 for 1 after `L AND NOT EXISTS (SELECT`",
        "What a row is made of does not matter where only its being there counts.",
    ),
    (
        "content/operate/restore-a-deleted-architecture.md restore-row, statement 1: 2 for 1 after `L AND NOT EXISTS (SELECT`",
        "What a row is made of does not matter where only its being there counts.",
    ),
    (
        "content/write/add-to-this-handbook.md use-it, statement 1: '1~' for '1' after `remote) VALUES (:vendor,`",
        "The page shows how a parameter gets into a statement; what else the row holds is filler.",
    ),
    (
        "content/write/add-to-this-handbook.md use-it, statement 1: 'Example_1~' for 'Example_1' after `Example 1', 'Example:1',`",
        "The page shows how a parameter gets into a statement; what else the row holds is filler.",
    ),
    (
        "content/write/add-to-this-handbook.md use-it, statement 1: 'standard~' for 'standard' after `Example:1', 'Example_1',`",
        "The page shows how a parameter gets into a statement; what else the row holds is filler.",
    ),
    (
        "content/write/add-to-this-handbook.md use-it, statement 1: '~' for '' after `'Example_1', 'standard',`",
        "The page shows how a parameter gets into a statement; what else the row holds is filler.",
    ),
    (
        "content/write/add-to-this-handbook.md use-it, statement 1: 1 for 0 after `mple_1', 'standard', '',`",
        "The page shows how a parameter gets into a statement; what else the row holds is filler.",
    ),
    (
        "content/write/shell-snippets.md loosen: left out",
        "The check says that each block begins with the rules on, loosened before or not.",
    ),
    (
        "content/write/shell-snippets.md read-only: in the place of not-given",
        "Each ends its block with status 1, whichever comes first.",
    ),
    (
        "content/write/shell-snippets.md unset: in the place of read-only",
        "Each ends its block with status 1, whichever comes first.",
    ),
    (
        "content/write/sql-snippets.md before-the-error, statement 2: 7 for 6 after ` (number, name) VALUES (`",
        "The row is refused for its name, whatever its number.",
    ),
    (
        "content/write/sql-snippets.md begin, statement 1: after the next",
        "While a transaction is open nothing is measured: the row is told to be gone at its end in both orders.",
    ),
    (
        "content/write/sql-snippets.md with-insert, statement 1: 'Grace~' for 'Grace' after `wanted (name) AS (SELECT`",
        "The page shows that the statement adds a row, not which.",
    ),
    (
        "content/write/sql-snippets.md ddl-mariadb, statement 1: after the next",
        "The delete commits by itself then, and what is shown of the transaction is the same.",
    ),
    (
        "content/write/sql-snippets.md ddl-mariadb, statement 2: after the next",
        "The delete stands before the statement that commits it in both orders.",
    ),
    (
        "content/write/sql-snippets.md ddl-mariadb, statement 5: after the next",
        "No transaction is open any more, before the rollback and after it.",
    ),
    (
        "content/write/sql-snippets.md ddl-mariadb, statement 6: left out",
        "The rollback takes nothing back, which is what the page shows.",
    ),
];

/// A spoiled page.
struct Mutation {
    page: String,
    /// What the page is run on: SQLite, or MariaDB for a step that is for MariaDB only.
    engine: &'static str,
    /// The snippet, and what was done to it.
    what: String,
    text: String,
}

/// A step of a page: its id, and where its code is in the page.
struct Step {
    id: String,
    is_sql: bool,
    code: Range<usize>,
    /// Whether it runs on SQLite, too.
    is_everywhere: bool,
}

/// The steps of each page that run on `engine`, in order.
fn steps(project: &Project, engine: &str) -> BTreeMap<String, Vec<Step>> {
    let listed = project.run("list --format json").fine().json();
    let mut pages = BTreeMap::new();
    for page in listed["pages"].as_array().unwrap() {
        let file = page["file"].as_str().unwrap().to_owned();
        let text = project.read(&file);
        let mut steps = Vec::new();
        for snippet in page["snippets"].as_array().unwrap() {
            let runs = snippet["runs"].as_array().unwrap();
            let runs_on = |engine: &str| runs.iter().any(|run| run["engine"].is_null() || run["engine"] == engine);
            let is_step = snippet["role"] == "step" && snippet["action"] != "file" && snippet["state"] != "skipped";
            if is_step && runs_on(engine) {
                let line = usize::try_from(snippet["line"].as_u64().unwrap()).unwrap();
                let (id, is_sql) = (snippet["id"].as_str().unwrap().to_owned(), snippet["action"] == "sql");
                steps.push(Step { id, is_sql, code: code(&text, line), is_everywhere: runs_on("sqlite") });
            }
        }
        if !steps.is_empty() {
            pages.insert(file, steps);
        }
    }
    pages
}

/// Where the code of the fence is that begins on `line` or soon after it.
fn code(text: &str, line: usize) -> Range<usize> {
    let from: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let opening = from + text[from..].find("```").unwrap();
    let start = opening + text[opening..].find('\n').unwrap() + 1;
    start..start + text[start..].find("```").unwrap()
}

/// The statements of a step: where each is, its semicolon included.
fn statements(code: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for (end, _) in code.match_indices(";\n") {
        found.push(start..end + 2);
        start = end + 2;
    }
    found
}

/// The end of the clause that begins at `start`: where its parenthesis closes, or another clause begins.
fn clause_end(statement: &str, start: usize) -> usize {
    let mut depth = 0;
    let rest = &statement[start..];
    let next = Regex::new(r"^\b(ORDER|GROUP|LIMIT|HAVING|UNION|RETURNING)\b").unwrap();
    for (at, letter) in rest.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 0 => return start + at,
            ')' => depth -= 1,
            ';' => return start + at,
            _ if depth == 0 && next.is_match(&rest[at..]) && !rest[..at].ends_with(|c: char| c.is_alphanumeric()) => {
                return start + at;
            }
            _ => {}
        }
    }
    statement.len()
}

/// Where the conditions of the clause are that `AND` joins.
fn conditions(clause: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut depth, mut start, mut at) = (0, 0, 0);
    while at < clause.len() {
        match clause.as_bytes()[at] {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'A' if depth == 0 && clause[at..].starts_with("AND") && clause[..at].ends_with([' ', '\n']) => {
                found.push(start..at);
                start = at + 3;
            }
            _ => {}
        }
        at += clause[at..].chars().next().map_or(1, char::len_utf8);
    }
    found.push(start..clause.len());
    found
}

/// `text` in one line.
fn short(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every way in which `statement` is spoiled: what was done, and what is left.
fn spoiled(statement: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for place in Regex::new(r"\bWHERE\b").unwrap().find_iter(statement) {
        let end = clause_end(statement, place.end());
        let clause = &statement[place.end()..end];
        // A recursion that has lost its end runs until its time is up, which fails, and takes long.
        if statement.contains("WITH RECURSIVE") {
            continue;
        }
        let without = format!("{}{}", &statement[..place.start()], &statement[end..]);
        all.push((format!("without WHERE {}", short(clause)), without));
        let conditions = conditions(clause);
        if conditions.len() > 1 {
            for left_out in 0..conditions.len() {
                let kept: Vec<&str> = (0..conditions.len())
                    .filter(|at| *at != left_out)
                    .map(|at| clause[conditions[at].clone()].trim())
                    .collect();
                let new = format!("{} {}\n{}", &statement[..place.end()], kept.join(" AND "), &statement[end..]);
                all.push((format!("without AND {}", short(&clause[conditions[left_out].clone()])), new));
            }
        }
    }
    // A word, a number or a text in its place; `::` and what follows a letter are no parameters.
    for place in Regex::new(r"(?:^|[^:\w]):[a-z][a-z0-9_-]*|\b\d+\b|'[^'\n]*'").unwrap().find_iter(statement) {
        let found = place.as_str();
        let (before, value) = match found.find(':') {
            Some(colon) if !found.starts_with('\'') => found.split_at(colon),
            _ => ("", found),
        };
        let other = match value.parse::<u64>() {
            Ok(number) => (number + 1).to_string(),
            Err(_) if value.starts_with(':') => "'another'".to_owned(),
            Err(_) => format!("{}~'", &value[..value.len() - 1]),
        };
        let new = format!("{}{before}{other}{}", &statement[..place.start()], &statement[place.end()..]);
        let before: String = short(&statement[..place.start()]);
        let near: String = before.chars().skip(before.chars().count().saturating_sub(24)).collect();
        all.push((format!("{other} for {value} after `{near}`"), new));
    }
    all
}

/// Every spoiled page: each step spoiled on SQLite, or on MariaDB if it is for that only.
fn mutations(project: &Project, engine: &'static str) -> Vec<Mutation> {
    let mut all = Vec::new();
    for (page, steps) in steps(project, engine) {
        let text = project.read(&page);
        let mut add = |what: String, place: Range<usize>, new: &str| {
            let text = format!("{}{new}{}", &text[..place.start], &text[place.end..]);
            all.push(Mutation { page: page.clone(), engine, what, text });
        };
        for (at, step) in steps.iter().enumerate().filter(|(_, step)| engine == "sqlite" || !step.is_everywhere) {
            let code = &text[step.code.clone()];
            let id = &step.id;
            add(format!("{id}: left out"), step.code.clone(), if step.is_sql { "SELECT 0;\n" } else { "true\n" });
            if let Some(next) = steps.get(at + 1).filter(|next| next.is_sql == step.is_sql) {
                let new = format!("{}{}{code}", &text[next.code.clone()], &text[step.code.end..next.code.start]);
                add(format!("{id}: in the place of {}", next.id), step.code.start..next.code.end, &new);
            }
            if !step.is_sql {
                continue;
            }
            let statements = statements(code);
            let inside = |place: &Range<usize>| step.code.start + place.start..step.code.start + place.end;
            for (number, place) in statements.iter().enumerate() {
                let statement = &code[place.clone()];
                let name = format!("{id}, statement {}", number + 1);
                if statements.len() > 1 {
                    add(format!("{name}: left out"), inside(place), "");
                }
                if let Some(next) = statements.get(number + 1) {
                    let new = format!("{}{statement}", &code[next.clone()]);
                    add(format!("{name}: after the next"), inside(&(place.start..next.end)), &new);
                }
                for (what, new) in spoiled(statement) {
                    add(format!("{name}: {what}"), inside(place), &new);
                }
            }
        }
    }
    all
}

/// The spoiled pages in rounds on one engine, each page once in a round at most: no page knows of another's database, so a
/// run of many spoiled pages says of each what a run of it alone would.
fn rounds(mutations: &[Mutation]) -> Vec<Vec<&Mutation>> {
    let mut rounds: BTreeMap<(&str, usize), Vec<&Mutation>> = BTreeMap::new();
    let mut times: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for mutation in mutations {
        let round = times.entry((mutation.engine, &mutation.page)).or_default();
        rounds.entry((mutation.engine, *round)).or_default().push(mutation);
        *round += 1;
    }
    rounds.into_values().collect()
}

/// The mutations of a round whose pages passed.
fn passed<'m>(project: &Project, round: &[&'m Mutation]) -> Vec<&'m Mutation> {
    let whole: Vec<String> = round.iter().map(|mutation| project.read(&mutation.page)).collect();
    for mutation in round {
        project.write(&mutation.page, &mutation.text);
    }
    let pages: Vec<&str> = round.iter().map(|mutation| mutation.page.as_str()).collect();
    let engine = round[0].engine;
    let ran = project.run(&format!("test --jobs 1 --engine {engine} --report json=r.json {}", pages.join(" ")));
    for (mutation, whole) in round.iter().zip(&whole) {
        project.write(&mutation.page, whole);
    }
    assert!([0, 1].contains(&ran.status), "{}", ran.whole());
    let report: serde_json::Value = serde_json::from_str(&project.read("r.json")).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let is_told = |mutation: &Mutation| {
        findings.iter().any(|finding| finding["severity"] == "error" && finding["file"] == mutation.page.as_str())
    };
    let passed: Vec<&Mutation> = round.iter().copied().filter(|mutation| !is_told(mutation)).collect();
    assert_eq!(ran.status == 0, passed.len() == round.len(), "{}", ran.whole());
    let ran_pages = report["pages"].as_array().unwrap();
    let has_run = |mutation: &&Mutation| {
        ran_pages.iter().any(|page| format!("content/{}", page["page"].as_str().unwrap()) == mutation.page)
    };
    if ran_pages.is_empty() && !passed.is_empty() {
        // What is wrong with a document is told before anything runs: the others are still to be run.
        return self::passed(project, &passed);
    }
    assert!(passed.iter().all(has_run), "a page did not run\n{}", ran.whole());
    passed
}

#[test]
fn every_spoiled_step_fails_its_page() {
    let mut mutations = mutations(&Project::handbook(), "sqlite");
    assert!(mutations.len() > 100, "{}", mutations.len());
    if has_server("mariadb") {
        mutations.extend(self::mutations(&Project::handbook(), "mariadb"));
    }
    let rounds = rounds(&mutations);
    let next = Mutex::new(rounds.iter());
    let passed_ones = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let project = Project::handbook();
                while let Some(round) = { next.lock().unwrap().next() } {
                    let those = passed(&project, round);
                    let names = those.iter().map(|mutation| format!("{} {}", mutation.page, mutation.what));
                    passed_ones.lock().unwrap().extend(names);
                }
            });
        }
    });
    let mut passed: Vec<String> = passed_ones.into_inner().unwrap();
    passed.sort();
    let mut harmless: Vec<String> = HARMLESS.iter().map(|(what, _)| (*what).to_owned()).collect();
    if !has_server("mariadb") {
        let has_run =
            |what: &String| mutations.iter().any(|mutation| format!("{} {}", mutation.page, mutation.what) == *what);
        harmless.retain(has_run);
    }
    harmless.sort();
    let unexpected: Vec<&String> = passed.iter().filter(|what| !harmless.contains(what)).collect();
    let noticed: Vec<&String> = harmless.iter().filter(|what| !passed.contains(what)).collect();
    assert!(
        unexpected.is_empty() && noticed.is_empty(),
        "of {} spoiled steps these passed, and are not listed:\n{unexpected:#?}\nthese are listed, and failed:\n{noticed:#?}",
        mutations.len()
    );
}
