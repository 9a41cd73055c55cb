//! Faults of the kinds writers make, each seeded alone into a copy of our own handbook: every one fails the run, at the
//! right line, in every format; and edits that change nothing are reported by none.

use crate::support::{Project, Ran};

const REMOVE: &str = "content/do/remove-an-architecture.md";
const RESTORE: &str = "content/operate/restore-a-deleted-architecture.md";
const UNDERSTAND: &str = "content/understand/what-a-distribution-is.md";
const DRILL: &str = "content/learn/the-lost-architecture.md";
const MORTEM: &str = "content/learn/staging-workflow-unavailable.md";
const SCHEMA: &str = "content/_databases/obs/schema.sql";
const SEED: &str = "content/_databases/obs/seed.sql";

/// The step that the handbook is about.
const STEP: &str = "DELETE FROM architectures_distributions
 WHERE distribution_id = (SELECT id FROM distributions
                           WHERE name = :distribution AND remote = 0)
   AND architecture_id = (SELECT id FROM architectures WHERE name = :architecture);";
const STEP_FENCE: &str = "```sql name=remove-link effect";
const UNDO: &str = "INSERT INTO architectures_distributions (id, distribution_id, architecture_id)
SELECT id, distribution_id, architecture_id FROM removed_link;";
const LOOK: &str = "SELECT name, available FROM architectures WHERE name = :architecture;";

/// One fault.
struct Fault {
    /// What somebody did, in a few words.
    what: &'static str,
    /// In which file.
    file: &'static str,
    /// What is replaced by what there; each stands there once.
    edits: &'static [(&'static str, &'static str)],
    /// What stands on the line that must be named, in which file.
    at: (&'static str, &'static str),
    /// A part of what must be said of it.
    says: &'static str,
}

const FAULTS: &[Fault] = &[
    Fault {
        what: "wrong column",
        file: REMOVE,
        edits: &[(LOOK, "SELECT name, availble FROM architectures WHERE name = :architecture;")],
        at: (REMOVE, "SELECT name, availble"),
        says: "no such column: availble",
    },
    Fault {
        what: "WHERE dropped",
        file: REMOVE,
        edits: &[(STEP, "DELETE FROM architectures_distributions;")],
        at: (REMOVE, STEP_FENCE),
        says: "effect differs",
    },
    Fault {
        what: "the distribution's condition dropped",
        file: REMOVE,
        edits: &[(
            STEP,
            "DELETE FROM architectures_distributions
 WHERE architecture_id = (SELECT id FROM architectures WHERE name = :architecture);",
        )],
        at: (REMOVE, STEP_FENCE),
        says: "effect differs",
    },
    Fault {
        what: "the architecture's condition dropped",
        file: REMOVE,
        edits: &[(
            "WHERE name = :distribution AND remote = 0)\n   AND architecture_id = (SELECT id FROM architectures WHERE name = :architecture);",
            "WHERE name = :distribution AND remote = 0);",
        )],
        at: (REMOVE, STEP_FENCE),
        says: "effect differs",
    },
    Fault {
        what: "OR for AND",
        file: REMOVE,
        edits: &[("AND remote = 0)\n   AND architecture_id", "AND remote = 0)\n    OR architecture_id")],
        at: (REMOVE, STEP_FENCE),
        says: "effect differs",
    },
    Fault {
        what: "a condition commented out",
        file: REMOVE,
        edits: &[("AND remote = 0)\n   AND architecture_id = (", "AND remote = 0);\n-- AND architecture_id = (")],
        at: (REMOVE, STEP_FENCE),
        says: "effect differs",
    },
    Fault {
        what: "wrong table",
        file: REMOVE,
        edits: &[(STEP, "DELETE FROM architectures WHERE name = :architecture;")],
        at: (REMOVE, "DELETE FROM architectures WHERE"),
        says: "FOREIGN KEY constraint failed",
    },
    Fault {
        what: "the other architecture",
        file: REMOVE,
        edits: &[(
            "AND architecture_id = (SELECT id FROM architectures WHERE name = :architecture);",
            "AND architecture_id = (SELECT id FROM architectures WHERE name = 'x86_64');",
        )],
        at: (REMOVE, "```output case=default\n+--------+\n| name   |\n+--------+\n| x86_64 |"),
        says: "output",
    },
    Fault {
        what: "the name of another distribution",
        file: REMOVE,
        edits: &[("WHERE name = :distribution AND remote = 0)", "WHERE name = 'Debian 11' AND remote = 0)")],
        at: (REMOVE, "```output case=default\n+--------+\n| name   |\n+--------+\n| x86_64 |"),
        says: "output",
    },
    Fault {
        what: "steps swapped: the copy is made after the row is gone",
        file: REMOVE,
        edits: &[(
            "CREATE TEMPORARY TABLE removed_link AS\n",
            "DELETE FROM architectures_distributions WHERE architecture_id = (SELECT id FROM architectures WHERE name = :architecture);\nCREATE TEMPORARY TABLE removed_link AS\n",
        )],
        at: (REMOVE, "```sql name=copy-link"),
        says: "effect differs",
    },
    Fault {
        what: "a changed cell",
        file: REMOVE,
        edits: &[(
            "| openSUSE Tumbleweed | openSUSE:Factory       |      0 |\n+---------------------+------------------------+--------+\n```\n```output case=another",
            "| openSUSE Tumbleweed | openSUSE:Factory       |      1 |\n+---------------------+------------------------+--------+\n```\n```output case=another",
        )],
        at: (REMOVE, "```output case=default\n+---------------------+--"),
        says: "output",
    },
    Fault {
        what: "an expected row missing",
        file: REMOVE,
        edits: &[(
            "| home:example:tools         | Debian_12  |\n| openSUSE:Factory           | standard   |\n| openSUSE:Factory:Staging:A | standard   |\n| openSUSE:Factory:Staging:B | standard   |\n+----------------------------+------------+\n```\n```output case=apostrophe",
            "| openSUSE:Factory           | standard   |\n| openSUSE:Factory:Staging:A | standard   |\n| openSUSE:Factory:Staging:B | standard   |\n+----------------------------+------------+\n```\n```output case=apostrophe",
        )],
        at: (REMOVE, "```output case=default\n+----------------------------+"),
        says: "output",
    },
    Fault {
        what: "an expected row too many",
        file: REMOVE,
        edits: &[(
            "| home:example:tools         | Debian_12  |\n| openSUSE:Factory           | standard   |\n| openSUSE:Factory:Staging:A | standard   |\n| openSUSE:Factory:Staging:B | standard   |\n+----------------------------+------------+\n```\n```output case=apostrophe",
            "| home:example:tools         | Debian_12  |\n| home:example:tools         | Debian_12  |\n| openSUSE:Factory           | standard   |\n| openSUSE:Factory:Staging:A | standard   |\n| openSUSE:Factory:Staging:B | standard   |\n+----------------------------+------------+\n```\n```output case=apostrophe",
        )],
        at: (REMOVE, "```output case=default\n+----------------------------+"),
        says: "output",
    },
    Fault {
        what: "a header renamed",
        file: REMOVE,
        edits: &[(
            "```output case=default\n+----------------------------+------------+\n| project                    | repository |",
            "```output case=default\n+----------------------------+------------+\n| project                    | repo       |",
        )],
        at: (REMOVE, "```output case=default\n+----------------------------+"),
        says: "output",
    },
    Fault {
        what: "rows expected in another order than ORDER BY gives",
        file: REMOVE,
        edits: &[(
            "```output case=default\n+---------------------+------------------------+--------+\n| name                | project                | remote |\n+---------------------+------------------------+--------+\n| Debian 11           | Debian:11              |      0 |\n| Debian 12           | openSUSE.org:Debian:12 |      1 |",
            "```output case=default\n+---------------------+------------------------+--------+\n| name                | project                | remote |\n+---------------------+------------------------+--------+\n| Debian 12           | openSUSE.org:Debian:12 |      1 |\n| Debian 11           | Debian:11              |      0 |",
        )],
        at: (REMOVE, "```output case=default\n+---------------------+--"),
        says: "output",
    },
    Fault {
        what: "a promise off by one",
        file: REMOVE,
        edits: &[(
            "effect=\"architectures_distributions -1\" title=\"Remove",
            "effect=\"architectures_distributions -2\" title=\"Remove",
        )],
        at: (REMOVE, STEP_FENCE),
        says: "effect differs",
    },
    Fault {
        what: "a promise for another table",
        file: REMOVE,
        edits: &[(
            "effect=\"architectures_distributions -1\" title=\"Remove",
            "effect=\"architectures -1\" title=\"Remove",
        )],
        at: (REMOVE, STEP_FENCE),
        says: "effect differs",
    },
    Fault {
        what: "a step said to do nothing",
        file: REMOVE,
        edits: &[("effect=\"architectures_distributions -1\" title=\"Remove", "effect=none title=\"Remove")],
        at: (REMOVE, STEP_FENCE),
        says: "effect differs",
    },
    Fault {
        what: "an index nobody promised",
        file: REMOVE,
        edits: &[(
            STEP,
            "CREATE INDEX by_name ON architectures (name);
DELETE FROM architectures_distributions
 WHERE distribution_id = (SELECT id FROM distributions
                           WHERE name = :distribution AND remote = 0)
   AND architecture_id = (SELECT id FROM architectures WHERE name = :architecture);",
        )],
        at: (REMOVE, STEP_FENCE),
        says: "effect differs",
    },
    Fault {
        what: "a transaction left open",
        file: REMOVE,
        edits: &[(
            STEP,
            "BEGIN;
DELETE FROM architectures_distributions
 WHERE distribution_id = (SELECT id FROM distributions
                           WHERE name = :distribution AND remote = 0)
   AND architecture_id = (SELECT id FROM architectures WHERE name = :architecture);",
        )],
        at: (REMOVE, STEP_FENCE),
        says: "transaction",
    },
    Fault {
        what: "a keyword misspelt",
        file: REMOVE,
        edits: &[(LOOK, "SELCT name, available FROM architectures WHERE name = :architecture;")],
        at: (REMOVE, "SELCT name"),
        says: "syntax error",
    },
    Fault {
        what: "a quote not closed",
        file: REMOVE,
        edits: &[(LOOK, "SELECT name, available FROM architectures WHERE name = 'i586;")],
        at: (REMOVE, "= 'i586;"),
        says: "",
    },
    Fault {
        what: "a parameter that is not declared",
        file: REMOVE,
        edits: &[(LOOK, "SELECT name, available FROM architectures WHERE name = :architektur;")],
        at: (REMOVE, ":architektur"),
        says: "architektur",
    },
    Fault {
        what: "a default that is in no row",
        file: REMOVE,
        edits: &[("default = \"i586\"", "default = \"i585\"")],
        at: (REMOVE, "```output case=default\n+----------------+\n| name           |"),
        says: "output",
    },
    Fault {
        what: "a default that does not fit its pattern",
        file: REMOVE,
        edits: &[("default = \"i586\"", "default = \"I-586\"")],
        at: (REMOVE, "default = \"I-586\""),
        says: "pattern",
    },
    Fault {
        what: "an undo that gives the row another id",
        file: REMOVE,
        edits: &[(
            UNDO,
            "INSERT INTO architectures_distributions (distribution_id, architecture_id)
SELECT distribution_id, architecture_id FROM removed_link;",
        )],
        at: (REMOVE, "```sql undo of=remove-link"),
        says: "undo",
    },
    Fault {
        what: "an undo that does nothing",
        file: REMOVE,
        edits: &[(
            UNDO,
            "INSERT INTO architectures_distributions (id, distribution_id, architecture_id)
SELECT id, distribution_id, architecture_id FROM removed_link WHERE id < 0;",
        )],
        at: (REMOVE, "```sql undo of=remove-link"),
        says: "effect differs",
    },
    Fault {
        what: "an undo of a step that is not there",
        file: REMOVE,
        edits: &[("undo of=remove-link", "undo of=remove-lnk")],
        at: (REMOVE, "undo of=remove-lnk"),
        says: "remove-lnk",
    },
    Fault {
        what: "a check that changes something",
        file: REMOVE,
        edits: &[(
            LOOK,
            "UPDATE architectures SET available = 0 WHERE name = 'x86_64';\nSELECT name, available FROM architectures WHERE name = :architecture;",
        )],
        at: (REMOVE, "```sql check name=architecture-still-there"),
        says: "check",
    },
    Fault {
        what: "a word misspelt",
        file: REMOVE,
        edits: &[("```sql check name=architecture-still-there", "```sql chek name=architecture-still-there")],
        at: (REMOVE, "```sql chek"),
        says: "check",
    },
    Fault {
        what: "a name given twice",
        file: REMOVE,
        edits: &[("name=offered-after", "name=offered-before")],
        at: (
            REMOVE,
            "name=offered-before title=\"What it offers now\"\nSELECT a.name\n  FROM distributions AS d\n  JOIN architectures_distributions AS ad ON ad.distribution_id = d.id\n  JOIN architectures AS a ON a.id = ad.architecture_id\n WHERE d.name = :distribution AND d.remote = 0\n ORDER BY a.name;\n```\n```output case=default\n+--------+",
        ),
        says: "offered-before",
    },
    Fault {
        what: "a file that is not well-formed",
        file: REMOVE,
        edits: &[("</distribution>", "</distributions>")],
        at: (REMOVE, "xmllint --noout distribution.xml"),
        says: "status 1",
    },
    Fault {
        what: "a line too many in the file",
        file: REMOVE,
        edits: &[(
            "  <architecture>x86_64</architecture>\n",
            "  <architecture>x86_64</architecture>\n  <architecture>i586</architecture>\n",
        )],
        at: (REMOVE, "```output\nx86_64"),
        says: "output",
    },
    Fault {
        what: "an exit status swallowed by a pipe",
        file: REMOVE,
        edits: &[(
            "sed -n 's/.*<architecture>\\(.*\\)<.*/\\1/p' distribution.xml",
            "echo x86_64; grep architecture distribuition.xml | head -n 0",
        )],
        at: (REMOVE, "echo x86_64; grep"),
        says: "status 2",
    },
    Fault {
        what: "an exit status swallowed by what comes after",
        file: REMOVE,
        edits: &[(
            "sed -n 's/.*<architecture>\\(.*\\)<.*/\\1/p' distribution.xml",
            "grep riscv64 distribution.xml\necho x86_64",
        )],
        at: (REMOVE, "grep riscv64"),
        says: "status 1",
    },
    Fault {
        what: "an unset variable",
        file: REMOVE,
        edits: &[("xmllint --noout distribution.xml", "xmllint --noout \"$DISTRIBUTION_FILE\"")],
        at: (REMOVE, "$DISTRIBUTION_FILE"),
        says: "stopped the block",
    },
    Fault {
        what: "a hang",
        file: REMOVE,
        edits: &[
            ("check name=left-in-file", "check timeout=1s name=left-in-file"),
            ("sed -n 's/.*<architecture>\\(.*\\)<.*/\\1/p' distribution.xml", "true\nsleep 100"),
        ],
        at: (REMOVE, "sleep 100"),
        says: "sleep 100",
    },
    Fault {
        what: "a file that is never written",
        file: REMOVE,
        edits: &[("```xml file=distribution.xml", "```xml")],
        at: (REMOVE, "xmllint --noout distribution.xml"),
        says: "status 1",
    },
    Fault {
        what: "a row missing in the seed",
        file: SEED,
        edits: &[("  ('Debian:12', 'i586'),\n", "")],
        at: (REMOVE, "```output case=default\n+----------------+\n| name           |"),
        says: "output",
    },
    Fault {
        what: "a column renamed in the schema",
        file: SCHEMA,
        edits: &[("  reponame ", "  repo_name ")],
        at: (SEED, "INSERT INTO distributions ("),
        says: "reponame",
    },
    Fault {
        what: "another error than promised",
        file: UNDERSTAND,
        edits: &[("error=SQLITE_CONSTRAINT_FOREIGNKEY,1451", "error=SQLITE_CONSTRAINT_UNIQUE,1451")],
        at: (UNDERSTAND, "DELETE FROM architectures WHERE name = 'i586';"),
        says: "FOREIGN KEY",
    },
    Fault {
        what: "a promised error that does not come",
        file: UNDERSTAND,
        edits: &[("DELETE FROM architectures WHERE name = 'i586';", "DELETE FROM architectures WHERE name = 'i585';")],
        at: (UNDERSTAND, "name=refused"),
        says: "succeeded",
    },
    Fault {
        what: "the repair gives another id",
        file: RESTORE,
        edits: &[(
            "orphans know\"\nINSERT INTO architectures (id, name, available)\nSELECT lost.id, :architecture, 1",
            "orphans know\"\nINSERT INTO architectures (id, name, available)\nSELECT lost.id + 900, :architecture, 1",
        )],
        at: (
            RESTORE,
            "```output case=default\n+-----------------------------+---------+-------------+\n| referring_table             | orphans | found_again |\n+-----------------------------+---------+-------------+\n| architectures_distributions |       0 |",
        ),
        says: "output",
    },
    Fault {
        what: "the drill's repair repairs nothing",
        file: DRILL,
        edits: &[(
            "   SET id = (SELECT DISTINCT r.architecture_id",
            "   SET id = 77 + (SELECT DISTINCT r.architecture_id",
        )],
        at: (DRILL, "```output\n+---------+\n| orphans |\n+---------+\n|       0 |"),
        says: "output",
    },
    Fault {
        what: "the drill's fault breaks nothing",
        file: DRILL,
        edits: &[(
            "PRAGMA foreign_keys = OFF;\nDELETE FROM architectures WHERE name = 'i586';",
            "PRAGMA foreign_keys = OFF;\nDELETE FROM architectures WHERE name = 'i585';",
        )],
        at: (DRILL, "```sql fault engine=sqlite"),
        says: "effect differs",
    },
    Fault {
        what: "a time out of order",
        file: MORTEM,
        edits: &[("- 2023-06-20 12:52 - They begin", "- 2023-06-20 12:42 - They begin")],
        at: (MORTEM, "2023-06-20 12:42"),
        says: "12:42",
    },
];

/// The pages a fault in `file` shows on.
fn pages(fault: &Fault) -> &'static str {
    if fault.at.0.starts_with("content/_databases") { "content" } else { fault.at.0 }
}

#[test]
fn every_fault_is_caught_at_its_line_in_every_format() {
    assert!(FAULTS.len() >= 40);
    let mut missed = Vec::new();
    for fault in FAULTS {
        let project = Project::handbook();
        for (from, to) in fault.edits {
            project.edit(fault.file, from, to);
        }
        let (file, text) = fault.at;
        let line = project.line_of(file, text);
        let reports = "--report json=r.json,junit=r.xml,sarif=r.sarif,github";
        let ran = project.run(&format!("test --engine sqlite {} {reports}", pages(fault)));
        for (format, found) in formats(&project, &ran, file, line, fault.says) {
            if !found {
                missed.push(format!("{} ({format}): {file}:{line}\n{}", fault.what, ran.whole()));
            }
        }
    }
    assert!(missed.is_empty(), "{} not told at the right line:\n{}", missed.len(), missed.join("\n\n"));
}

/// Whether each format names the place and says `says`.
fn formats(project: &Project, ran: &Ran, file: &str, line: usize, says: &str) -> Vec<(&'static str, bool)> {
    let place = format!("{file}:{line}:");
    let text = ran.messages(&place).iter().any(|message| message.contains(says));
    let read = |file: &str| if project.path(file).exists() { project.read(file) } else { "null".into() };
    let json: serde_json::Value = serde_json::from_str(&read("r.json")).unwrap();
    let is_it = |finding: &&serde_json::Value| {
        finding["file"] == file && finding["line"] == line && finding["severity"] == "error"
    };
    let json = json["findings"].as_array().is_some_and(|all| {
        all.iter().filter(is_it).any(|finding| finding["text"].as_str().is_some_and(|text| text.contains(says)))
    });
    let sarif: serde_json::Value = serde_json::from_str(&read("r.sarif")).unwrap();
    let sarif = sarif["runs"][0]["results"].as_array().is_some_and(|results| {
        results.iter().any(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            place["artifactLocation"]["uri"] == file
                && place["region"]["startLine"] == line
                && result["level"] == "error"
        })
    });
    let junit = read("r.xml").contains(&place);
    let github = ran.whole().lines().any(|annotation| {
        annotation.starts_with("::error ") && annotation.contains(&format!("file={file},line={line},"))
    });
    let status = ran.whole().starts_with("exit status 1\n");
    vec![("status", status), ("text", text), ("json", json), ("sarif", sarif), ("junit", junit), ("github", github)]
}

/// What somebody did, in which file, what is replaced by what.
type Harmless = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Edits that change nothing that is run, or nothing that matters.
const HARMLESS: &[Harmless] = &[
    (
        "prose",
        REMOVE,
        &[("You want a distribution to stop offering", "Somebody wants a distribution to stop offering")],
    ),
    ("a heading", REMOVE, &[("### In SQL\n", "### With SQL\n")]),
    ("a title", REMOVE, &[("title=\"Remove the link\"", "title=\"Take the link away\"")]),
    (
        "the borders of a table",
        REMOVE,
        &[(
            "```output case=default\n+--------+\n| name   |\n+--------+\n| x86_64 |\n+--------+",
            "```output case=default\n+----------------+\n|           name |\n+----------------+\n|         x86_64 |\n+----------------+",
        )],
    ),
    (
        "a header in capitals",
        REMOVE,
        &[(
            "```output case=default\n+----------------------------+------------+\n| project                    | repository |",
            "```output case=default\n+----------------------------+------------+\n| PROJECT                    | Repository |",
        )],
    ),
    (
        "white space in a statement",
        REMOVE,
        &[(LOOK, "SELECT name,\n       available\n  FROM architectures\n\n WHERE name = :architecture;")],
    ),
    (
        "a comment in a statement",
        REMOVE,
        &[(
            LOOK,
            "-- It must be there.\nSELECT name, available /* both */ FROM architectures WHERE name = :architecture;",
        )],
    ),
    (
        "keywords in small letters",
        REMOVE,
        &[(LOOK, "select name, available from architectures where name = :architecture;")],
    ),
    (
        "a longer fence",
        REMOVE,
        &[(
            "```sql check name=architecture-still-there title=\"The architecture is still there\"\nSELECT name, available FROM architectures WHERE name = :architecture;\n```\n",
            "````sql check name=architecture-still-there title=\"The architecture is still there\"\nSELECT name, available FROM architectures WHERE name = :architecture;\n````\n",
        )],
    ),
    (
        "words in another order",
        REMOVE,
        &[(
            "```sql check name=architecture-still-there title=\"The architecture is still there\"",
            "```sql title=\"The architecture is still there\" name=architecture-still-there check",
        )],
    ),
    (
        "rows in another order where no ORDER BY says which",
        REMOVE,
        &[(
            " WHERE d.name = :distribution AND d.remote = 0\n ORDER BY a.name;\n```\n```output case=default\n+----------------+\n| name           |\n+----------------+\n| <architecture> |\n| x86_64         |\n",
            " WHERE d.name = :distribution AND d.remote = 0;\n```\n```output case=default\n+----------------+\n| name           |\n+----------------+\n| x86_64         |\n| <architecture> |\n",
        )],
    ),
    (
        "a comment in the XML",
        REMOVE,
        &[("  <name>Debian 12</name>\n", "  <!-- as its vendor calls it -->\n  <name>Debian 12</name>\n")],
    ),
    (
        "another label for a parameter",
        REMOVE,
        &[("label = \"Architecture to remove from it\"", "label = \"Which architecture goes\"")],
    ),
    (
        "a row of another table in the seed",
        SEED,
        &[(
            "  ('https://example.org/icons/debian-16x16.png', 16, 16),\n",
            "  ('https://example.org/icons/debian-16x16.png', 16, 16),\n  ('https://example.org/icons/other.png', 16, 16),\n",
        )],
    ),
];

#[test]
fn what_does_not_matter_is_reported_by_none() {
    let check = |what: &str, project: &Project| {
        let reports = "--report json=r.json,junit=r.xml,sarif=r.sarif,github";
        let ran = project.run(&format!("test --engine sqlite {REMOVE} {reports}"));
        assert!(ran.whole().starts_with("exit status 0\n"), "{what}\n{}", ran.whole());
        let json: serde_json::Value = serde_json::from_str(&project.read("r.json")).unwrap();
        assert_eq!(json["findings"], serde_json::json!([]), "{what}");
        let sarif: serde_json::Value = serde_json::from_str(&project.read("r.sarif")).unwrap();
        assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]), "{what}");
        assert!(!project.read("r.xml").contains("<failure"), "{what}");
        assert!(!ran.whole().contains("::error") && !ran.whole().contains("::warning"), "{what}");
        let told = formats(project, &ran, REMOVE, project.line_of(REMOVE, STEP_FENCE), "");
        assert!(told.iter().all(|(_, found)| !found), "{what}: {told:?}");
    };
    for (what, file, edits) in HARMLESS {
        let project = Project::handbook();
        for (from, to) in *edits {
            project.edit(file, from, to);
        }
        check(what, &project);
    }
    let project = Project::handbook();
    project.write(REMOVE, &project.read(REMOVE).replace('\n', "\r\n"));
    check("line ends of Windows", &project);
}
