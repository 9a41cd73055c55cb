//! Where reports go, and what is said when they cannot; which paths and lines they name.

use std::collections::BTreeSet;

use expect_test::expect;
use serde_json::Value;

use super::{ALL, annotations, failing, json, reported, valid};
use crate::support::{Project, Ran};

/// What is said on stderr up to clap's pointer to the help.
fn said(ran: &Ran) -> String {
    format!("exit status {}\n{}", ran.status, ran.stderr.replace("\n\nFor more information, try '--help'.\n", "\n"))
}

#[test]
fn a_report_that_makes_no_sense_is_wrong_usage() {
    let project = failing();
    let report = |report: &str| said(&project.run(&format!("test --report {report}")));
    expect![[r#"
        exit status 2
        error: invalid value 'junti=x.xml' for '--report <REPORT>': no kind of report; did you mean `junit`?
        exit status 2
        error: invalid value 'html=x' for '--report <REPORT>': no kind of report; there are junit=FILE, json=FILE, sarif=FILE, github
        exit status 2
        error: invalid value 'junit' for '--report <REPORT>': it does not say where to; write `junit=FILE`
        exit status 2
        error: invalid value 'json=' for '--report <REPORT>': it does not say where to; write `json=FILE`
        exit status 2
        error: invalid value 'json=-' for '--report <REPORT>': `-` is no file; write `json=FILE`, or `--format json` for JSON on stdout
        exit status 2
        error: invalid value 'github=x' for '--report <REPORT>': `github` takes no file: it writes to stdout and to the job's summary
        exit status 2
        error: two reports are to be written to ./a.xml, and one would replace the other
          help: give each report a file of its own
        exit status 2
        error: `--report github` and `--format json` both write to stdout, and the one would break the other
          help: write the JSON to a file instead: `--report github,json=FILE`
    "#]].assert_eq(
        &["junti=x.xml", "html=x", "junit", "json=", "json=-", "github=x", "junit=a.xml,json=./a.xml", "github --format json"]
            .map(report)
            .concat(),
    );
    expect![[r#"
        exit status 2
        error: `--report` tells of a run, and a build without `--verify` runs nothing
          help: write `proofbook build --verify --report …`
    "#]]
    .assert_eq(&said(&project.run("build --report junit=x.xml")));
    assert!(!project.path(".proofbook").exists(), "something ran");
}

#[test]
fn a_place_that_cannot_be_written_is_said_before_anything_runs() {
    let project = failing();
    project.write("folder/file", "");
    let report = |report: &str| said(&project.run(&format!("test --report {report}")));
    expect![[r#"
        exit status 3
        error: the report folder cannot be written: is a directory
          help: name a file in a folder you may write to; nothing was run
        exit status 3
        error: the report folder/file/x.xml cannot be written: what should be a folder above it is a file
          help: name a file in a folder you may write to; nothing was run
    "#]]
    .assert_eq(&["json=folder", "junit=folder/file/x.xml"].map(report).concat());
    assert!(!project.path(".proofbook").exists(), "something ran");
}

#[test]
fn no_report_takes_the_place_of_what_the_site_is_made_of() {
    let project = failing();
    project.run("test").ended(1);
    std::os::unix::fs::symlink("content", project.path("pages")).unwrap();
    let report = |report: &str| said(&project.run(&format!("test --report {report}")));
    let before = crate::support::files_below(&project.root());
    expect![[r#"
        exit status 2
        error: the report content/page.md would stand among the pages of the site
          help: name a file elsewhere, such as `reports/…`; nothing was run
        exit status 2
        error: the report pages/new/report.json would stand among the pages of the site
          help: name a file elsewhere, such as `reports/…`; nothing was run
        exit status 2
        error: the report themes/default/base.html would stand among the files of themes
          help: name a file elsewhere, such as `reports/…`; nothing was run
        exit status 2
        error: the report content/../proofbook.toml would replace the configuration
          help: name a file elsewhere, such as `reports/…`; nothing was run
        exit status 2
        error: the report .proofbook/proof.json would replace the recorded proof, which is another document
          help: name another file; nothing was run
    "#]]
    .assert_eq(
        &[
            "junit=content/page.md",
            "json=pages/new/report.json",
            "sarif=themes/default/base.html",
            "json=content/../proofbook.toml",
            "json=.proofbook/proof.json",
        ]
        .map(report)
        .concat(),
    );
    assert!(crate::support::files_below(&project.root()) == before, "something was written");
}

#[test]
fn a_report_that_fails_loses_neither_the_run_nor_the_others() {
    // The page itself takes the folder away: it may not, so a summary that is a folder stands for it.
    let project = failing();
    project.write("folder/file", "");
    let summary = project.path("folder");
    let command = project.command(&format!("test --report github,{ALL}"));
    let ran = command.variable("GITHUB_STEP_SUMMARY", &summary.to_string_lossy()).run().ended(1);
    assert!(ran.stdout.contains("FAILED content/page.md:3:"), "{}", ran.whole());
    expect![[r#"
        error: the report [ROOT]/folder could not be written: Is a directory (os error 21)
          help: check the folder, its space and rights; the result of the run is not changed by it
    "#]]
    .assert_eq(&ran.stderr);
    valid(&project);
}

#[test]
fn folders_are_made_files_replaced_and_streams_written() {
    let project = failing();
    project.run("test --report json=a/b/c/report.json").ended(1);
    assert_eq!(json(&project, "a/b/c/report.json")["command"], "test");
    project.write("old.json", "{").run("test --report json=old.json").ended(1);
    assert_eq!(json(&project, "old.json")["command"], "test");
    let names: BTreeSet<String> = crate::support::files_below(&project.root()).into_keys().collect();
    assert!(!names.iter().any(|name| name.contains(".proofbook-report-")), "{names:?}");
    let ran = project.run("test --report json=/dev/stderr").ended(1);
    assert!(ran.stderr.starts_with("{\n  \"format\": 1,"), "{}", ran.whole());
}

#[test]
fn paths_are_those_of_the_repository() {
    // The project lies in `project/` of what was checked out.
    let project = failing();
    let top = project.beside().to_string_lossy().into_owned();
    let ran = project.command(&format!("test --report github,{ALL}")).variable("GITHUB_WORKSPACE", &top).run().ended(1);
    let first = annotations(&ran);
    assert!(first.starts_with("::error file=project/content/page.md,line=3,"), "{first}");
    assert_eq!(place(&json(&project, "out/report.sarif"), 0), "project/content/page.md:3");
    assert!(project.read("out/junit.xml").contains("file=\"project/content/page.md\""));
    // Without the platform's word, git's folder says it.
    std::fs::create_dir(project.beside().join(".git")).unwrap();
    reported(&project, "test").ended(1);
    assert_eq!(place(&json(&project, "out/report.sarif"), 0), "project/content/page.md:3");
    // Our own document keeps to the project.
    assert_eq!(json(&project, "out/report.json")["findings"][0]["file"], "content/page.md");
}

fn place(sarif: &Value, result: usize) -> String {
    let place = &sarif["runs"][0]["results"][result]["locations"][0]["physicalLocation"];
    format!("{}:{}", place["artifactLocation"]["uri"].as_str().unwrap(), place["region"]["startLine"])
}

#[test]
fn every_format_points_where_the_terminal_does() {
    // A statement in the middle, a shell command, an output, a command of a transcript, and CRLF.
    let pages = [
        ("sql", "# P\n\n```sql\nSELECT 1;\nSELECT nothing\n  FROM nowhere;\n```\n"),
        ("shell", "# P\n\n> ```bash\n> true\n>   false\n> ```\n"),
        ("output", "# P\n\n```bash\necho a\n```\n\n```output\nb\n```\n"),
        ("console", "# P\n\n```console\n$ echo a\na\n$ echo b\nc\n```\n"),
        ("crlf", "# P\r\n\r\n```bash\r\ntrue\r\nfalse\r\n```\r\n"),
    ];
    let project = Project::shop("# Page\n");
    for (name, page) in pages {
        project.write(&format!("content/{name}.md"), page);
    }
    let ran = project.run(&format!("test --report github,{ALL}")).ended(1);
    valid(&project);
    let mut terminal: Vec<&str> = ran
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("FAILED ")?.split_once(' ').map(|(place, _)| place))
        .collect();
    terminal.sort_unstable();
    expect![[r#"
        content/console.md:6:1
        content/crlf.md:5:1
        content/output.md:7:1
        content/shell.md:5:5
        content/sql.md:5:8"#]]
    .assert_eq(&terminal.join("\n"));
    let without_column = |place: &str| place.rsplit_once(':').unwrap().0.to_owned();
    let lines: BTreeSet<String> = terminal.iter().map(|place| without_column(place)).collect();
    let document = json(&project, "out/report.json");
    let findings = document["findings"].as_array().unwrap();
    let errors = findings.iter().filter(|finding| finding["severity"] == "error");
    let found: Vec<String> = errors
        .clone()
        .map(|finding| format!("{}:{}:{}", finding["file"].as_str().unwrap(), finding["line"], finding["column"]))
        .collect();
    let mut sorted = found.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, terminal);
    let sarif = json(&project, "out/report.sarif");
    let results: BTreeSet<String> = (0..errors.count()).map(|index| place(&sarif, index)).collect();
    assert_eq!(results, lines);
    let of_github: BTreeSet<String> = annotations(&ran)
        .lines()
        .filter_map(|line| line.strip_prefix("::error file="))
        .map(|line| line.replace(",line=", ":").split(',').next().unwrap().to_owned())
        .collect();
    assert_eq!(of_github, lines);
    for place in &lines {
        let (file, line) = place.rsplit_once(':').unwrap();
        let attributes = format!("file=\"{file}\" line=\"{line}\"");
        assert!(project.read("out/junit.xml").contains(&attributes), "{attributes}");
    }
}

#[test]
fn a_fingerprint_survives_moved_lines() {
    let project = failing();
    let loose = "# Loose\n\n```bash\nfalse\n```\n";
    project.write("content/loose.md", loose).write("content/twice.md", &format!("{loose}\n[a](dead.md)\n"));
    let fingerprints = || -> Vec<(String, String)> {
        reported(&project, "test").ended(1);
        let sarif = json(&project, "out/report.sarif");
        let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|result| {
                let fingerprints = &result["partialFingerprints"];
                assert_eq!(fingerprints["proofbook/v1"], fingerprints["primaryLocationLineHash"]);
                (result["ruleId"].to_string(), fingerprints["proofbook/v1"].to_string())
            })
            .collect()
    };
    let before = fingerprints();
    let known: BTreeSet<&String> = before.iter().map(|(_, fingerprint)| fingerprint).collect();
    assert_eq!(known.len(), before.len(), "two results are known as one: {before:?}");
    // Lines move, and a snippet comes before the one without a name.
    project.edit("content/page.md", "# Close an account\n", "# Close an account\n\nWords.\n\nMore words.\n");
    project.edit("content/loose.md", "# Loose\n", "# Loose\n\n```bash check\ntrue\n```\n");
    assert_eq!(fingerprints(), before);
}
