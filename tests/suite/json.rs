//! `--format json`: one document on stdout, of a shape programs can rely on.

use expect_test::expect;
use serde_json::json;

use crate::support::{Project, redact_record, text};

#[test]
fn check_gives_its_diagnostics() {
    let project = Project::new(&[("content/index.md", "# Home\n\n[dead](dead.md)\n\n```bash chek\ntrue\n```\n")]);
    let ran = project.run("check --format json").ended(1);
    assert_eq!(ran.stderr, "");
    expect![[r#"
        {
          "command": "check",
          "diagnostics": [
            {
              "code": "dead-link",
              "column": 8,
              "file": "content/index.md",
              "hint": "create it, or remove the link",
              "line": 3,
              "message": "there is no `dead.md`",
              "severity": "error"
            },
            {
              "code": "unknown-word",
              "column": 9,
              "file": "content/index.md",
              "hint": "did you mean `check`?",
              "label": "unknown here",
              "line": 5,
              "message": "`chek` is not a word of a shell snippet",
              "severity": "error"
            }
          ],
          "format": 1,
          "pages": 1
        }
    "#]]
    .assert_eq(&format!("{:#}\n", ran.json()));
}

#[test]
fn check_without_problems() {
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    let document = project.run("check --format json").fine().json();
    assert_eq!(document, json!({"format": 1, "command": "check", "pages": 1, "diagnostics": []}));
}

#[test]
fn test_gives_counts_pages_and_outcomes() {
    let page = text(
        r#"
        # Page

        ```sql name=close effect="accounts ~2"
        UPDATE accounts SET closed = 1 WHERE id = 1;
        ```

        ```bash name=later check
        true
        ```
        "#,
    );
    let project = Project::shop(&page);
    project.write("content/shell.md", "# Shell\n\n```bash check\necho hello\n```\n```output\nhello\n```\n");
    let ran = project.run("test --format json").ended(1);
    assert_eq!(ran.stderr, "");
    let mut document = ran.json();
    redact_record(&mut document);
    expect![[r#"
        {
          "command": "test",
          "counts": {
            "errors": 0,
            "failed": 1,
            "not_run": 1,
            "passed": 1,
            "skipped": 0,
            "timed_out": 0,
            "unasserted": 0
          },
          "diagnostics": [],
          "exit_status": 1,
          "findings": [
            {
              "column": 27,
              "end_line": 3,
              "file": "content/page.md",
              "hint": "correct the snippet; change the promise only if what was measured is what it must do",
              "line": 3,
              "message": "The effect differs from what the page promises: promised accounts ~2, measured accounts ~1.",
              "rule": "effect-differs",
              "severity": "error",
              "snippet": {
                "case": "default",
                "end_line": 5,
                "engine": "sqlite",
                "id": "close",
                "line": 3
              },
              "text": "FAILED content/page.md:3:27 step `close` on sqlite\n\n>   3 │ ```sql name=close effect=\"accounts ~2\"\n    4 │ UPDATE accounts SET closed = 1 WHERE id = 1;\n    5 │ ```\n\n  The effect differs from what the page promises.\n\n  effect     promised   measured\n  accounts   ~2         ~1\n\n  changed in accounts:\n    id = 1, email = ada@example.org, closed: 0 → 1\n\n  help: correct the snippet; change the promise only if what was measured is what it must do\n\n  Run just this page again: proofbook test content/page.md\n",
              "title": "step `close` on sqlite"
            }
          ],
          "format": 1,
          "interrupted": false,
          "kept": [],
          "milliseconds": "[TIME]",
          "not_run": [],
          "notices": [],
          "pages": [
            {
              "case": "default",
              "engine": "sqlite",
              "engine_version": "[VERSION]",
              "file": "content/page.md",
              "key": "[KEY]",
              "milliseconds": "[TIME]",
              "outcomes": [
                {
                  "action": "sql",
                  "asserted": true,
                  "effect": {
                    "tables": {
                      "accounts": {
                        "added": 0,
                        "changed": 1,
                        "columns": [
                          "id",
                          "email",
                          "closed"
                        ],
                        "omitted": 0,
                        "primary_key": [
                          "id"
                        ],
                        "removed": 0,
                        "rows": [
                          {
                            "changed": {
                              "after": [
                                {
                                  "number": "1"
                                },
                                {
                                  "text": "ada@example.org"
                                },
                                {
                                  "number": "1"
                                }
                              ],
                              "before": [
                                {
                                  "number": "1"
                                },
                                {
                                  "text": "ada@example.org"
                                },
                                {
                                  "number": "0"
                                }
                              ]
                            }
                          }
                        ]
                      }
                    }
                  },
                  "line": 3,
                  "milliseconds": "[TIME]",
                  "problems": [
                    {
                      "measured": {
                        "tables": {
                          "accounts": {
                            "added": 0,
                            "changed": 1,
                            "columns": [
                              "id",
                              "email",
                              "closed"
                            ],
                            "omitted": 0,
                            "primary_key": [
                              "id"
                            ],
                            "removed": 0,
                            "rows": [
                              {
                                "changed": {
                                  "after": [
                                    {
                                      "number": "1"
                                    },
                                    {
                                      "text": "ada@example.org"
                                    },
                                    {
                                      "number": "1"
                                    }
                                  ],
                                  "before": [
                                    {
                                      "number": "1"
                                    },
                                    {
                                      "text": "ada@example.org"
                                    },
                                    {
                                      "number": "0"
                                    }
                                  ]
                                }
                              }
                            ]
                          }
                        }
                      },
                      "problem": "effect",
                      "promised": {
                        "schema": false,
                        "tables": {
                          "accounts": {
                            "added": 0,
                            "changed": 2,
                            "removed": 0
                          }
                        }
                      }
                    }
                  ],
                  "role": "step",
                  "snippet": "close",
                  "verdict": "failed"
                },
                {
                  "action": "bash",
                  "asserted": true,
                  "because": "`close` failed",
                  "line": 7,
                  "milliseconds": "[TIME]",
                  "role": "check",
                  "snippet": "later",
                  "verdict": "not_run"
                }
              ],
              "page": "page.md",
              "state": "failed"
            },
            {
              "case": "default",
              "engine": "sqlite",
              "engine_version": "[VERSION]",
              "file": "content/shell.md",
              "key": "[KEY]",
              "milliseconds": "[TIME]",
              "outcomes": [
                {
                  "action": "bash",
                  "asserted": true,
                  "effect": {},
                  "line": 3,
                  "milliseconds": "[TIME]",
                  "printed": {
                    "stdout": "hello\n"
                  },
                  "role": "check",
                  "snippet": "snippet-1",
                  "verdict": "passed"
                }
              ],
              "page": "shell.md",
              "state": "proven"
            }
          ],
          "sandbox": {
            "environment": true,
            "files": true,
            "net": true,
            "processes": true,
            "sockets": true
          }
        }
    "#]]
    .assert_eq(&format!("{document:#}\n"));
}

#[test]
fn test_that_could_not_run_gives_its_diagnostics() {
    let project = Project::shop("# Page\n\n```sql chek\nSELECT 1;\n```\n");
    let document = project.run("test --format json").ended(1).json();
    assert_eq!(document["diagnostics"][0]["code"], "unknown-word");
    assert_eq!(document["diagnostics"][0]["file"], "content/page.md");
    assert_eq!(document["diagnostics"][0]["line"], 3);
    assert_eq!(document["diagnostics"][0]["column"], 8);
    assert_eq!(document["pages"], json!([]));
    assert_eq!(document["counts"]["passed"], 0);

    project.edit("content/page.md", "sql chek", "sql effect=none");
    project.edit("content/_databases/shop/seed.sql", "INSERT INTO orders", "INSERT INTO order");
    let document = project.run("test --format json").ended(1).json();
    assert_eq!(document["diagnostics"][0]["file"], "content/_databases/shop/seed.sql");
}

#[test]
fn the_document_is_stdout_and_nothing_else_is() {
    let page = "# Page\n\n```bash name=quiet\ntrue\n```\n";
    let project = Project::new(&[("content/index.md", page)]);
    let ran = project.run("test --format json --deny unasserted").ended(1);
    assert_eq!(ran.json()["counts"]["unasserted"], 1);
    let ran = project.edit("content/index.md", "bash name", "bash skip=\"no\" name").run("test --format json").ended(4);
    assert_eq!(ran.json()["counts"]["skipped"], 1);
}
