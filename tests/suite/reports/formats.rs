//! One failing project in every format, whole; and what is in each when a run is refused, interrupted or empty.

use expect_test::expect;
use rustix::process::Signal;

use super::{ALL, annotations, cases, failing, json, junit, reported, unshielded, valid};
use crate::support::{Project, text};

#[test]
fn junit_is_a_suite_a_page_and_a_case_a_snippet() {
    let project = failing();
    reported(&project, "test").ended(1);
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="proofbook" tests="2" failures="1" errors="0" time="[TIME]">
            <testsuite name="content/page.md on sqlite" tests="2" skipped="1" errors="0" failures="1" time="[TIME]" file="content/page.md">
                <properties>
                    <property name="state" value="failed"/>
                    <property name="case" value="default"/>
                    <property name="engine" value="sqlite"/>
                    <property name="engine_version" value="SQLite [VERSION]"/>
                </properties>
                <testcase name="close “Close it”" classname="content/page/sqlite" time="[TIME]" file="content/page.md" line="3">
                    <failure message="The effect differs from what the page promises: promised accounts ~2, measured accounts ~1." type="effect-differs">FAILED content/page.md:3:27 step `close` “Close it” on sqlite

        &gt;   3 │ ```sql name=close effect=&quot;accounts ~2&quot; title=&quot;Close it&quot;
            4 │ UPDATE accounts SET closed = 1 WHERE id = 1;
            5 │ ```

          The effect differs from what the page promises.

          effect     promised   measured
          accounts   ~2         ~1

          changed in accounts:
            id = 1, email = ada@example.org, closed: 0 → 1

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/page.md
        </failure>
                </testcase>
                <testcase name="later" classname="content/page/sqlite" time="[TIME]" file="content/page.md" line="7">
                    <skipped message="not run: `close` failed"/>
                </testcase>
            </testsuite>
        </testsuites>
    "#]].assert_eq(&junit(&project));
}

#[test]
fn sarif_is_a_result_a_failure() {
    let project = failing();
    reported(&project, "test").ended(1);
    expect![[r#"
        {
          "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
          "runs": [
            {
              "columnKind": "unicodeCodePoints",
              "invocations": [
                {
                  "executionSuccessful": true,
                  "exitCode": 1,
                  "toolExecutionNotifications": []
                }
              ],
              "originalUriBaseIds": {
                "%SRCROOT%": {
                  "description": {
                    "text": "The root of the repository."
                  }
                }
              },
              "results": [
                {
                  "level": "error",
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "content/page.md",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startColumn": 27,
                          "startLine": 3
                        }
                      }
                    }
                  ],
                  "message": {
                    "text": "step `close` “Close it” on sqlite: The effect differs from what the page promises: promised accounts ~2, measured accounts ~1.\ncorrect the snippet; change the promise only if what was measured is what it must do"
                  },
                  "partialFingerprints": {
                    "primaryLocationLineHash": "1097f642015f1d67b9de1d5c929e1633:1",
                    "proofbook/v1": "1097f642015f1d67b9de1d5c929e1633:1"
                  },
                  "properties": {
                    "case": "default",
                    "engine": "sqlite",
                    "report": "FAILED content/page.md:3:27 step `close` “Close it” on sqlite\n\n>   3 │ ```sql name=close effect=\"accounts ~2\" title=\"Close it\"\n    4 │ UPDATE accounts SET closed = 1 WHERE id = 1;\n    5 │ ```\n\n  The effect differs from what the page promises.\n\n  effect     promised   measured\n  accounts   ~2         ~1\n\n  changed in accounts:\n    id = 1, email = ada@example.org, closed: 0 → 1\n\n  help: correct the snippet; change the promise only if what was measured is what it must do\n\n  Run just this page again: proofbook test content/page.md\n"
                  },
                  "relatedLocations": [
                    {
                      "id": 0,
                      "message": {
                        "text": "the snippet `close`"
                      },
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "content/page.md",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "endLine": 5,
                          "startLine": 3
                        }
                      }
                    }
                  ],
                  "ruleId": "effect-differs",
                  "ruleIndex": 0
                }
              ],
              "tool": {
                "driver": {
                  "name": "Proofbook",
                  "rules": [
                    {
                      "defaultConfiguration": {
                        "level": "error"
                      },
                      "help": {
                        "text": "Correct the snippet; change the promise only if what was measured is what it must do."
                      },
                      "id": "effect-differs",
                      "shortDescription": {
                        "text": "The snippet changed other rows than the page promises."
                      }
                    }
                  ],
                  "semanticVersion": "[VERSION]",
                  "version": "[VERSION]"
                }
              }
            }
          ],
          "version": "2.1.0"
        }
    "#]].assert_eq(&project.read("out/report.sarif").replace(env!("CARGO_PKG_VERSION"), "[VERSION]"));
}

#[test]
fn github_reads_annotations_and_nothing_else() {
    let project = failing();
    let ran = project.run("test --report github").ended(1);
    let (stdout, _) = unshielded(&ran);
    expect![[r#"
        ::stop-commands::[WORD]
         failed  content/page.md on sqlite: 1 failed, 1 not run ([TIME])

        FAILED content/page.md:3:27 step `close` “Close it” on sqlite

        >   3 │ ```sql name=close effect="accounts ~2" title="Close it"
            4 │ UPDATE accounts SET closed = 1 WHERE id = 1;
            5 │ ```

          The effect differs from what the page promises.

          effect     promised   measured
          accounts   ~2         ~1

          changed in accounts:
            id = 1, email = ada@example.org, closed: 0 → 1

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/page.md

        1 page: 1 failed
        2 snippets: 1 failed, 1 not run ([TIME])
        sandbox: [LAYERS]
        ::[WORD]::
        ::error file=content/page.md,line=3,col=27,title=step `close` “Close it” on sqlite::The effect differs from what the page promises: promised accounts ~2, measured accounts ~1.%0Ahelp: correct the snippet; change the promise only if what was measured is what it must do
    "#]].assert_eq(&crate::support::without_layers(&stdout));
}

#[test]
fn github_has_a_summary() {
    let project = failing();
    let summary = project.path("summary.md");
    project.write("summary.md", "# Of another command\n");
    project.command("test --report github").variable("GITHUB_STEP_SUMMARY", &summary.to_string_lossy()).run().ended(1);
    let time = regex::Regex::new(r"\d+\.\d\d s").unwrap();
    expect![[r##"
        # Of another command
        ## Proofbook: 1 of 1 page run failed

        | page | engine | case | state | snippets | time |
        |---|---|---|---|---|---:|
        | content/page.md | sqlite | default | failed | 1 failed, 1 not run | [TIME] |

        <details><summary>error: content/page.md:3 step `close` “Close it” on sqlite</summary>

        The effect differs from what the page promises: promised accounts \~2, measured accounts \~1.

        ````text
        FAILED content/page.md:3:27 step `close` “Close it” on sqlite

        >   3 │ ```sql name=close effect="accounts ~2" title="Close it"
            4 │ UPDATE accounts SET closed = 1 WHERE id = 1;
            5 │ ```

          The effect differs from what the page promises.

          effect     promised   measured
          accounts   ~2         ~1

          changed in accounts:
            id = 1, email = ada@example.org, closed: 0 → 1

          help: correct the snippet; change the promise only if what was measured is what it must do

          Run just this page again: proofbook test content/page.md
        ````

        </details>

        sandbox: [LAYERS]

    "##]]
    .assert_eq(&crate::support::without_layers(&time.replace_all(&project.read("summary.md"), "[TIME]")));
}

#[test]
fn the_file_is_the_document_of_the_format() {
    let project = failing();
    let mut printed = project.run(&format!("test --format json --report {ALL}")).ended(1).json();
    let mut written = json(&project, "out/report.json");
    for document in [&mut printed, &mut written] {
        crate::support::redact_record(document);
    }
    assert_eq!(printed, written);
    expect![[r#"
        [
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
            "text": "FAILED content/page.md:3:27 step `close` “Close it” on sqlite\n\n>   3 │ ```sql name=close effect=\"accounts ~2\" title=\"Close it\"\n    4 │ UPDATE accounts SET closed = 1 WHERE id = 1;\n    5 │ ```\n\n  The effect differs from what the page promises.\n\n  effect     promised   measured\n  accounts   ~2         ~1\n\n  changed in accounts:\n    id = 1, email = ada@example.org, closed: 0 → 1\n\n  help: correct the snippet; change the promise only if what was measured is what it must do\n\n  Run just this page again: proofbook test content/page.md\n",
            "title": "step `close` “Close it” on sqlite"
          }
        ]
    "#]].assert_eq(&format!("{:#}\n", written["findings"]));
}

#[test]
fn each_kind_of_ending_is_told() {
    let project = Project::shop(&text(
        r#"
        +++
        title = "Page"
        [parameters.id]
        type = "integer"
        default = 1
        [[cases]]
        name = "second"
        id = 2
        +++

        ```bash name=author skip="only on Tuesdays"
        true
        ```

        ```bash name=missing requires=no-such-program
        true
        ```

        ```sql name=other engine=postgres
        SELECT pg_sleep(1);
        ```

        ```bash name=only case=second
        true
        ```

        ```sql name=close effect="accounts ~1"
        UPDATE accounts SET closed = 1 WHERE id = :id;
        ```

        ```sql undo name=reopen
        UPDATE accounts SET closed = 2 WHERE id = :id;
        ```

        ```bash name=hangs timeout=1s
        sleep 100
        ```

        ```bash name=after
        true
        ```
        "#,
    ));
    project.write(
        "content/quiet.md",
        "+++\nrun = false\nrun_reason = \"it formats the disk\"\n+++\n# Quiet\n\n```bash\nmkfs\n```\n",
    );
    project.write("content/whole.md", "# Whole\n\n```bash name=fine\ntrue\n```\n\n```bash name=looks check\ntrue\n```\n\n```bash name=loose\ntrue\n```\n");
    project.write("content/undone.md", "# Undone\n\n```sql name=close effect=\"accounts ~1\"\nUPDATE accounts SET closed = 1 WHERE id = 1;\n```\n\n```sql undo name=reopen\nUPDATE accounts SET closed = 2 WHERE id = 1;\n```\n");
    project.write("content/drill.md", "+++\nkind = \"drill\"\ndescription = \"d\"\nowner = \"o\"\n+++\n# Drill\n\n## Situation\n\n```sql fault name=break\nUPDATE accounts SET closed = 1 WHERE id = 1;\n```\n\n## What you do\n\n```sql name=mend effect=none\nUPDATE accounts SET closed = 1 WHERE id = 1;\n```\n\n## How you know it worked\n\n```sql check name=there\nSELECT count(*) AS n FROM accounts;\n```\n```output\n| n |\n| 2 |\n```\n");
    reported(&project, "test").ended(1);
    expect![[r#"
        <testsuite name="content/drill.md on sqlite" tests="3" skipped="0" errors="0" failures="1" time="[TIME]" file="content/drill.md"
        <testcase name="break" classname="content/drill/sqlite" time="[TIME]" file="content/drill.md" line="10"
        <failure message="With this fault and without the repair, no final check fails: `there`. So the drill proves nothing." type="drill"
        <testcase name="mend" classname="content/drill/sqlite" time="[TIME]" file="content/drill.md" line="16"/
        <testcase name="there" classname="content/drill/sqlite" time="[TIME]" file="content/drill.md" line="22"/
        <testsuite name="content/page.md on sqlite" tests="8" skipped="6" errors="0" failures="1" time="[TIME]" file="content/page.md"
        <testcase name="author" classname="content/page/sqlite" time="[TIME]" file="content/page.md" line="11"
        <skipped message="only on Tuesdays"/
        <testcase name="missing" classname="content/page/sqlite" time="[TIME]" file="content/page.md" line="15"
        <skipped message="needs the program `no-such-program`, which was not installed"/
        <testcase name="other" classname="content/page/sqlite" time="[TIME]" file="content/page.md" line="19"
        <skipped message="only on postgres"/
        <testcase name="only" classname="content/page/sqlite" time="[TIME]" file="content/page.md" line="23"
        <skipped message="only in the case `second`"/
        <testcase name="close" classname="content/page/sqlite" time="[TIME]" file="content/page.md" line="27"/
        <testcase name="reopen" classname="content/page/sqlite" time="[TIME]" file="content/page.md" line="31"
        <skipped message="not run: `hangs` ran out of time"/
        <testcase name="hangs" classname="content/page/sqlite" time="[TIME]" file="content/page.md" line="36"
        <failure message="`sleep 100` was still running after 1 s and was ended" type="timed-out"
        <testcase name="after" classname="content/page/sqlite" time="[TIME]" file="content/page.md" line="39"
        <skipped message="not run: `hangs` ran out of time"/
        <testsuite name="content/page.md on sqlite, case `second`" tests="8" skipped="5" errors="0" failures="1" time="[TIME]" file="content/page.md"
        <testcase name="author" classname="content/page/sqlite/second" time="[TIME]" file="content/page.md" line="11"
        <skipped message="only on Tuesdays"/
        <testcase name="missing" classname="content/page/sqlite/second" time="[TIME]" file="content/page.md" line="15"
        <skipped message="needs the program `no-such-program`, which was not installed"/
        <testcase name="other" classname="content/page/sqlite/second" time="[TIME]" file="content/page.md" line="19"
        <skipped message="only on postgres"/
        <testcase name="only" classname="content/page/sqlite/second" time="[TIME]" file="content/page.md" line="23"
        <testcase name="close" classname="content/page/sqlite/second" time="[TIME]" file="content/page.md" line="27"/
        <testcase name="reopen" classname="content/page/sqlite/second" time="[TIME]" file="content/page.md" line="31"
        <skipped message="not run: `hangs` ran out of time"/
        <testcase name="hangs" classname="content/page/sqlite/second" time="[TIME]" file="content/page.md" line="36"
        <failure message="`sleep 100` was still running after 1 s and was ended" type="timed-out"
        <testcase name="after" classname="content/page/sqlite/second" time="[TIME]" file="content/page.md" line="39"
        <skipped message="not run: `hangs` ran out of time"/
        <testsuite name="content/undone.md on sqlite" tests="2" skipped="0" errors="0" failures="1" time="[TIME]" file="content/undone.md"
        <testcase name="close" classname="content/undone/sqlite" time="[TIME]" file="content/undone.md" line="3"/
        <testcase name="reopen" classname="content/undone/sqlite" time="[TIME]" file="content/undone.md" line="7"
        <failure message="After the step and this undo, not everything is as it was before the step." type="undo-differs"
        <testsuite name="content/whole.md on sqlite" tests="3" skipped="0" errors="0" failures="0" time="[TIME]" file="content/whole.md"
        <testcase name="fine" classname="content/whole/sqlite" time="[TIME]" file="content/whole.md" line="3"/
        <testcase name="looks" classname="content/whole/sqlite" time="[TIME]" file="content/whole.md" line="7"/
        <testcase name="loose" classname="content/whole/sqlite" time="[TIME]" file="content/whole.md" line="11"
        <testsuite name="content/quiet.md" tests="1" skipped="1" errors="0" failures="0" file="content/quiet.md"
        <testcase name="page" classname="content/quiet"
        <skipped message="1 snippet: it formats the disk"/
    "#]].assert_eq(&cases(&project));
    let ran = project.run("test --report github").ended(1);
    expect![[r#"
        ::error file=content/drill.md,line=10,endLine=12,title=fault `break` on sqlite::With this fault and without the repair, no final check fails: `there`. So the drill proves nothing.%0Ahelp: let a final check look at what the fault breaks
        ::error file=content/undone.md,line=7,endLine=9,title=undo `reopen` on sqlite::After the step and this undo, not everything is as it was before the step.%0Ahelp: let the undo put back everything the step changes, and nothing else
        ::error file=content/page.md,line=36,col=1,title=step `hangs` on sqlite::`sleep 100` was still running after 1 s and was ended%0Ahelp: there is no input to wait for; what needs longer says `timeout=2m`
        ::error file=content/page.md,line=36,col=1,title=step `hangs` on sqlite%2C case `second`::`sleep 100` was still running after 1 s and was ended%0Ahelp: there is no input to wait for; what needs longer says `timeout=2m`
        ::warning file=content/page.md,line=15,endLine=17,title=step `missing` on sqlite::1 snippet of this page skipped: needs the program `no-such-program`, which was not installed%0Ahelp: install `no-such-program` where this runs
        ::warning file=content/page.md,line=15,endLine=17,title=step `missing` on sqlite%2C case `second`::1 snippet of this page skipped: needs the program `no-such-program`, which was not installed%0Ahelp: install `no-such-program` where this runs
        ::warning file=content/page.md,line=23,endLine=25,title=step `only` on sqlite%2C case `second`::it ran, but nothing is demanded of it%0Ahelp: add `effect=…`, an `output` or a check after it
        ::warning file=content/whole.md,line=11,endLine=13,title=step `loose` on sqlite::it ran, but nothing is demanded of it%0Ahelp: add `effect=…`, an `output` or a check after it
    "#]].assert_eq(&annotations(&ran));
}

#[test]
fn a_refused_run_tells_the_diagnostics() {
    let project = failing();
    project.write("content/other.md", "# Other\n\n```bash chek\ntrue\n```\n");
    let ran = reported(&project, "test").ended(1);
    assert!(ran.stderr.contains("nothing was run"), "{}", ran.whole());
    expect![[r#"
        <testsuite name="proofbook: documents" tests="1" skipped="0" errors="0" failures="1"
        <testcase name="unknown-word: `chek` is not a word of a shell snippet" classname="content/other" file="content/other.md" line="3"
        <failure message="`chek` is not a word of a shell snippet" type="unknown-word"
    "#]].assert_eq(&cases(&project));
    expect![[r#"
        [
          {
            "level": "error",
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "content/other.md",
                    "uriBaseId": "%SRCROOT%"
                  },
                  "region": {
                    "startColumn": 9,
                    "startLine": 3
                  }
                }
              }
            ],
            "message": {
              "text": "`chek` is not a word of a shell snippet\ndid you mean `check`?"
            },
            "partialFingerprints": {
              "primaryLocationLineHash": "a1ff8a8cc805e03a36e862c28c4fa2a2:1",
              "proofbook/v1": "a1ff8a8cc805e03a36e862c28c4fa2a2:1"
            },
            "properties": {
              "report": "error[unknown-word]: `chek` is not a word of a shell snippet\n --> content/other.md:3:9\n  |\n3 | ```bash chek\n  |         ^^^^ unknown here\n  |\n  = help: did you mean `check`?\n"
            },
            "ruleId": "unknown-word",
            "ruleIndex": 0
          }
        ]
    "#]].assert_eq(&format!("{:#}\n", json(&project, "out/report.sarif")["runs"][0]["results"]));
    assert_eq!(json(&project, "out/report.json")["diagnostics"][0]["code"], "unknown-word");
    expect![[r#"
        ::error file=content/other.md,line=3,col=9,title=unknown word::`chek` is not a word of a shell snippet%0Ahelp: did you mean `check`?
    "#]].assert_eq(&project.run("test --report github").ended(1).stdout);

    // A database that cannot be made is found out later, and told all the same.
    project.remove("content/other.md").write("content/_databases/shop/seed.sql", "INSERT INTO acounts VALUES (1);\n");
    reported(&project, "test").ended(1);
    expect![[r#"
        <testsuite name="proofbook: documents" tests="1" skipped="0" errors="0" failures="1"
        <testcase name="bad-script: no such table: acounts (SQLITE_ERROR)" classname="content/_databases/shop/seed.sql" file="content/_databases/shop/seed.sql" line="1"
        <failure message="no such table: acounts (SQLITE_ERROR)" type="bad-script"
    "#]].assert_eq(&cases(&project));
}

#[test]
fn a_broken_environment_is_told() {
    let project = failing();
    let ran = project.command(&format!("test --report {ALL}")).variable("TMPDIR", "/no/such/folder").run().ended(3);
    assert!(ran.stderr.starts_with("error: "), "{}", ran.whole());
    valid(&project);
    assert_eq!(json(&project, "out/report.json")["exit_status"], 3);
    let sarif = json(&project, "out/report.sarif");
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
    let cases = cases(&project);
    assert!(
        cases.contains("\n<error message=\"") && cases.contains("<testsuite name=\"proofbook: run\" tests=\"1\""),
        "{cases}"
    );
}

#[test]
fn an_empty_run_is_no_success() {
    let project = Project::new(&[("content/index.md", "# Home\n\n```bash requires=no-such-program\ntrue\n```\n")]);
    reported(&project, "test").ended(4);
    expect![[r#"
        <testsuite name="proofbook: run" tests="1" skipped="0" errors="1" failures="0"
        <testcase name="nothing ran, so nothing is proved" classname="proofbook"
        <error message="nothing ran, so nothing is proved" type="run"
        <testsuite name="content/index.md" tests="1" skipped="1" errors="0" failures="0" time="[TIME]" file="content/index.md"
        <testcase name="snippet-1" classname="content/index" time="[TIME]" file="content/index.md" line="3"
        <skipped message="needs the program `no-such-program`, which was not installed"/
    "#]].assert_eq(&cases(&project));
    expect![[r#"
        [
          {
            "executionSuccessful": false,
            "exitCode": 4,
            "toolExecutionNotifications": [
              {
                "level": "error",
                "message": {
                  "text": "nothing ran, so nothing is proved\nsee `proofbook list` for what could run, and why what is skipped is skipped"
                }
              }
            ]
          }
        ]
    "#]].assert_eq(&format!("{:#}\n", json(&project, "out/report.sarif")["runs"][0]["invocations"]));
    expect![[r#"
        ::error title=Proofbook::nothing ran, so nothing is proved%0Asee `proofbook list` for what could run, and why what is skipped is skipped
        ::warning file=content/index.md,line=3,endLine=5,title=step `snippet-1`::1 snippet of this page skipped: needs the program `no-such-program`, which was not installed%0Ahelp: install `no-such-program` where this runs
    "#]].assert_eq(&annotations(&project.run("test --report github").ended(4)));
}

#[test]
fn an_interrupted_run_says_so() {
    let page = "# Page\n\n```bash name=long\nsleep 4711\n```\n\n```bash name=later\ntrue\n```\n";
    let project = Project::new(&[("content/page.md", page)]);
    let running = project.command(&format!("test --report {ALL}")).start();
    project.wait_for_processes(&["sleep 4711"]);
    running.signal(Signal::INT);
    running.wait().ended(130);
    valid(&project);
    let document = json(&project, "out/report.json");
    assert_eq!((&document["interrupted"], &document["exit_status"]), (&true.into(), &130.into()));
    let cases = cases(&project);
    assert!(cases.contains("<error message=\"the run was interrupted;"), "{cases}");
    assert!(cases.contains("name=\"later\"") && cases.contains("<skipped message=\"not run: "), "{cases}");
    let invocation = &json(&project, "out/report.sarif")["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = invocation["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(told.starts_with("the run was interrupted"), "{told}");
}

#[test]
fn what_is_kept_is_in_the_document() {
    let project = failing();
    let ran = project.command(&format!("test --keep --report {ALL}")).start().wait().ended(1);
    assert!(ran.stdout.contains("kept content/page.md on sqlite"), "{}", ran.whole());
    valid(&project);
    let kept = &json(&project, "out/report.json")["kept"][0];
    assert_eq!((&kept["file"], &kept["case"]), (&"content/page.md".into(), &"default".into()));
    assert!(std::path::Path::new(kept["folder"].as_str().unwrap()).is_dir(), "{kept}");
}

#[test]
fn a_build_that_verifies_reports_too() {
    let project = failing();
    reported(&project, "build --verify").ended(1);
    assert_eq!(json(&project, "out/report.json")["command"], "build");
    assert!(!project.path("public").exists(), "published");
    project.edit("content/page.md", "~2", "~1");
    reported(&project, "build --verify").fine();
    assert!(project.path("public").exists());
    assert_eq!(json(&project, "out/report.json")["exit_status"], 0);
}
