//! `.proofbook/proof.json`: what is recorded, what makes it stale, and that losing it is survived.

use expect_test::expect;
use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Project, proof_of, redact_record, text};

const PAGE: &str = r#"
    +++
    title = "Close an account"

    [parameters.email]
    label = "The address"
    default = "ada@example.org"
    +++

    Close the account.

    ```sql name=close effect="accounts ~1"
    UPDATE accounts SET closed = 1 WHERE email = :email;
    ```

    ```bash check name=greet timeout=20s
    echo hello
    ```
    ```output
    hello
    ```
"#;

fn project() -> Project {
    Project::shop(&text(PAGE))
}

fn records(project: &Project) -> Vec<Value> {
    let proof: Value = serde_json::from_str(&project.read(".proofbook/proof.json")).unwrap();
    proof["records"].as_array().unwrap().clone()
}

fn key(project: &Project) -> String {
    project.run("test").fine();
    let records = records(project);
    assert_eq!(records.len(), 1);
    records[0]["key"].as_str().unwrap().to_owned()
}

#[test]
fn a_run_is_recorded() {
    let project = project();
    project.run("test").fine();
    let mut proof: Value = serde_json::from_str(&project.read(".proofbook/proof.json")).unwrap();
    let record = &mut proof["records"][0];
    let recorded = record["recorded"].as_str().unwrap();
    assert!(regex::Regex::new(r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$").unwrap().is_match(recorded), "{recorded}");
    let key = record["key"].as_str().unwrap();
    assert!(key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    assert_eq!(record["proofbook"], env!("CARGO_PKG_VERSION"));
    redact_record(record);
    expect![[r#"
        {
          "format": 1,
          "records": [
            {
              "case": "default",
              "engine": "sqlite",
              "engine_version": "[VERSION]",
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
                  "line": 11,
                  "milliseconds": "[TIME]",
                  "role": "step",
                  "snippet": "close",
                  "verdict": "passed"
                },
                {
                  "action": "bash",
                  "asserted": true,
                  "effect": {},
                  "line": 15,
                  "milliseconds": "[TIME]",
                  "printed": {
                    "stdout": "hello\n"
                  },
                  "role": "check",
                  "snippet": "greet",
                  "verdict": "passed"
                }
              ],
              "page": "page.md",
              "proofbook": "[VERSION]",
              "recorded": "[TIME]"
            }
          ]
        }
    "#]]
    .assert_eq(&format!("{proof:#}\n"));
    assert_eq!(project.read(".proofbook/.gitignore"), "*\n", "the cache is not to be committed");
}

#[test]
fn prose_and_line_numbers_are_not_keyed() {
    let project = project();
    let before = key(&project);
    project.edit("content/page.md", "Close the account.", "Close it.\n\nThen tell the customer.");
    project.edit("content/page.md", "title = \"Close an account\"", "title = \"Closing\"\nweight = 3");
    assert_eq!(key(&project), before);
}

#[test]
fn everything_that_is_run_is_keyed() {
    let changes = [
        ("content/page.md", "SET closed = 1", "SET closed = 2"),
        ("content/page.md", "timeout=20s", "timeout=21s"),
        ("content/page.md", "```sql name=close effect=\"accounts ~1\"", "```sql name=close"),
        ("content/page.md", "default = \"ada@example.org\"", "default = \"bob@example.org\""),
        ("content/page.md", "```output\nhello\n", "```output match=glob\nhel*\n"),
        ("content/_databases/shop/seed.sql", "'12.50'", "'12.55'"),
        ("content/_databases/shop/schema.sql", "total TEXT", "total TEXT, note TEXT"),
    ];
    let project = project();
    let before = key(&project);
    for (file, from, to) in changes {
        project.edit(file, from, to);
        let after = key(&project);
        assert_ne!(after, before, "{from}");
        project.edit(file, to, from);
        assert_eq!(key(&project), before, "changing {from} back");
    }
}

#[test]
fn a_page_that_changed_after_its_run_is_shown_as_stale() {
    let project = project();
    project.run("test").fine();
    project.run("build").fine();
    let state = || {
        project.run("build").fine();
        proof_of(&project.read("public/page.html"))
    };
    assert!(state().starts_with("Proven: both blocks passed on SQLite"), "{}", state());

    project.edit("content/page.md", "Close the account.", "Close it.");
    assert!(state().starts_with("Proven"), "prose proves nothing: {}", state());

    project.edit("content/_databases/shop/seed.sql", "'12.50'", "'12.55'");
    expect![[r#"
        Stale: the page has changed since its last run, so what was proved is no longer what stands here
        Last run [TIME]."#]]
    .assert_eq(&state());
    assert!(!project.read("public/page.html").contains("Proved on"), "no block is shown as proved");

    project.run("test").fine();
    assert!(state().starts_with("Proven"), "{}", state());
}

#[test]
fn a_page_that_failed_is_published_as_failed_and_one_that_was_never_run_as_not_run() {
    let project = project();
    project.edit("content/page.md", "accounts ~1", "accounts ~2").run("test").ended(1);
    project.write("content/other.md", "# Other\n\n```bash check\ntrue\n```\n").run("build").fine();
    expect![[r#"
        Failed: 0 of 2 blocks passed on SQLite [VERSION]
        Last run [TIME].
        Step: it promises to change accounts ~2, but changed accounts ~1
        Check: not run: close failed"#]]
    .assert_eq(&proof_of(&project.read("public/page.html")));
    expect!["Not run yet: nothing on this page has been proved"]
        .assert_eq(&proof_of(&project.read("public/other.html")));
}

#[test]
fn a_damaged_proof_is_told_survived_and_made_anew() {
    let project = project();
    for damage in ["", "{", "{\"format\": 9, \"records\": []}", "{\"format\": 1, \"records\": [{\"page\": \"../x\"}]}"]
    {
        project.write(".proofbook/proof.json", damage);
        let built = project.run("build").fine().warns("warning: ").warns(".proofbook/proof.json is left aside: ");
        assert_eq!(built.stderr.lines().count(), 1, "{damage}: {}", built.whole());
        assert!(proof_of(&project.read("public/page.html")).starts_with("Not run yet"), "{damage}");
        project.run("test").fine().warns("is left aside");
        assert_eq!(records(&project).len(), 1, "{damage}");
        project.run("build").fine().never_says("aside");
    }
    project.write(".proofbook/proof.json", "{").run("build").is(expect![[r#"
        exit status 0
        --- stdout
        2 pages published in public (3 files written, 22 unchanged, 0 removed)
        --- stderr
        warning: [ROOT]/.proofbook/proof.json is left aside: it is not a proof: EOF while parsing an object at line 1 column 1
    "#]]);
}

#[test]
fn a_killed_run_leaves_the_last_proof() {
    let project = project();
    project.run("test").fine();
    let before = project.read(".proofbook/proof.json");
    project.write("content/slow.md", "# Slow\n\n```bash\nsleep 60\n```\n");
    let running = project.command("test").start();
    project.wait_for_processes(&["sleep 60"]);
    running.signal(Signal::KILL);
    running.wait().ended(137);
    assert_eq!(project.read(".proofbook/proof.json"), before);
    project.remove("content/slow.md").run("test").fine();
    let names = std::fs::read_dir(project.path(".proofbook")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, [".gitignore", "lock", "proof.json"]);
}

#[test]
fn the_record_of_a_page_that_is_gone_goes_with_the_next_run() {
    let project = project();
    project.write("content/other.md", "# Other\n\n```bash check\ntrue\n```\n").run("test").fine();
    assert_eq!(records(&project).len(), 2);
    project.remove("content/other.md").run("test").fine();
    assert_eq!(records(&project).len(), 1);
}

#[test]
fn a_proof_from_elsewhere_is_shown_with_proof() {
    let project = project();
    project.run("test").fine();
    std::fs::rename(project.path(".proofbook/proof.json"), project.path("from-ci.json")).unwrap();
    project.run("build").fine();
    assert!(proof_of(&project.read("public/page.html")).starts_with("Not run yet"));
    project.run("build --proof from-ci.json").fine();
    assert!(proof_of(&project.read("public/page.html")).starts_with("Proven"));
}

#[test]
fn runs_that_end_at_the_same_time_lose_nothing_of_each_other() {
    let page = "```bash check\ntrue\n```\n";
    let project = Project::new(&[("content/a.md", page), ("content/b.md", page)]);
    project.run("test b.md").fine();
    let of_b = project.read(".proofbook/proof.json");
    project.remove(".proofbook/proof.json");
    // Another run is about to record its page, and has the lock.
    let lock = std::fs::File::options().write(true).create(true).truncate(false).open(project.path(".proofbook/lock"));
    let lock = lock.unwrap();
    lock.lock().unwrap();
    let mut run = project.command("test a.md").start();
    let started = std::time::Instant::now();
    // It cannot end before the other one has. One that does is told from it by what is recorded afterwards.
    while run.goes_on() && started.elapsed() < std::time::Duration::from_secs(2) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    project.write(".proofbook/proof.json", &of_b);
    drop(lock);
    run.wait().fine();
    let pages: Vec<Value> = records(&project).iter().map(|record| record["page"].clone()).collect();
    assert_eq!(pages, ["a.md", "b.md"]);
}
