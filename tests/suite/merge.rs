//! `proofbook proof merge`: the proofs of runs that were shared out are one again, and contradictions are said.

use std::io::Read;
use std::os::unix::fs::FileTypeExt;

use expect_test::expect;
use serde_json::Value;

use crate::support::{Project, Ran, proof_of, text};

/// Three pages, each with a check.
fn site() -> Project {
    let page = |name: &str| format!("# {name}\n\n```bash check name=look\ntrue # {name}\n```\n");
    let files = ["one", "two", "three"].map(|name| (format!("content/{name}.md"), page(name)));
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    for (path, text) in files {
        project.write(&path, &text);
    }
    project
}

/// Runs `arguments` from nothing, and puts what was recorded in `file`.
fn recorded(project: &Project, arguments: &str, file: &str) {
    let _ = std::fs::remove_file(project.path(".proofbook/proof.json"));
    project.run(arguments);
    move_proof(project, file);
}

fn move_proof(project: &Project, file: &str) {
    std::fs::rename(project.path(".proofbook/proof.json"), project.path(file)).unwrap();
}

/// What is recorded in `file`: page, engine, case and how each snippet ended.
fn records(project: &Project, file: &str) -> Vec<String> {
    let proof: Value = serde_json::from_str(&project.read(file)).unwrap();
    let line = |record: &Value| {
        let verdicts: Vec<&str> =
            record["outcomes"].as_array().unwrap().iter().map(|o| o["verdict"].as_str().unwrap()).collect();
        format!(
            "{} {}: {}",
            record["page"].as_str().unwrap(),
            record["engine"].as_str().unwrap_or("–"),
            verdicts.join(", ")
        )
    };
    proof["records"].as_array().unwrap().iter().map(line).collect()
}

/// Whole, with the times of recording redacted.
fn told(ran: &Ran) -> String {
    let times = regex::Regex::new(r"recorded 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    times.replace_all(&ran.whole(), "recorded [TIME]").into_owned()
}

/// Replaces in a proof.
fn edit(project: &Project, file: &str, from: &str, to: &str) {
    let text = project.read(file);
    assert!(text.contains(from), "{file} does not hold {from}");
    project.write(file, &text.replace(from, to));
}

#[test]
fn parts_are_one_again() {
    let project = site();
    for part in 1..=3 {
        recorded(&project, &format!("test --partition {part}/3"), &format!("part-{part}.json"));
    }
    project.run("proof merge part-1.json part-2.json part-3.json").is(expect![[r#"
        exit status 0
        --- stdout
        3 proofs joined in .proofbook/proof.json: 3 pages, 3 runs
    "#]]);
    let whole = ["one.md –: passed", "three.md –: passed", "two.md –: passed"];
    assert_eq!(records(&project, ".proofbook/proof.json"), whole);
    assert_eq!(project.read(".proofbook/.gitignore"), "*\n");
    project.run("list --deny stale").fine().says("3 of 3 proved");
    // What is recorded there takes part only if it is named.
    project.run("proof merge part-1.json").fine();
    assert!(records(&project, ".proofbook/proof.json").len() < 3);
    project.run("proof merge .proofbook/proof.json part-2.json part-3.json part-3.json").fine();
    assert_eq!(records(&project, ".proofbook/proof.json"), whole);
    // The order changes nothing.
    let bytes = project.read(".proofbook/proof.json");
    project
        .run("proof merge part-3.json part-2.json part-1.json --output out/all.json")
        .fine()
        .says("joined in out/all.json");
    assert_eq!(project.read("out/all.json"), bytes);
    std::fs::remove_dir_all(project.path(".proofbook")).unwrap();
    project.run("build --proof out/all.json --deny stale,skipped,unasserted").fine();
    assert!(proof_of(&project.read("public/two.html")).starts_with("Proven"));
}

#[test]
fn results_that_contradict_each_other() {
    let project = site();
    recorded(&project, "test", "a.json");
    project.edit("content/two.md", "true", "test -e /nowhere");
    recorded(&project, "test", "b.json");
    // The same keys, as if two machines had run the same.
    let keys = |file: &str| -> Vec<String> {
        let proof: Value = serde_json::from_str(&project.read(file)).unwrap();
        proof["records"].as_array().unwrap().iter().map(|record| record["key"].as_str().unwrap().to_owned()).collect()
    };
    let (a, b) = (keys("a.json"), keys("b.json"));
    assert_eq!((a[0] == b[0], a[1] == b[1], a[2] == b[2]), (true, true, false));
    edit(&project, "a.json", &a[2], &b[2]);
    for order in ["a.json b.json", "b.json a.json"] {
        let ran = project.run(&format!("proof merge {order}")).ended(1);
        if order == "a.json b.json" {
            expect![[r#"
                exit status 1
                --- stdout
                2 proofs joined in .proofbook/proof.json: 3 pages, 3 runs, 1 conflict
                --- stderr
                error: content/two.md: the same page came out differently
                  b.json: failed, `look` (line 3) failed, recorded [TIME]
                  a.json: proven, `look` (line 3) passed, recorded [TIME]
                  help: the worse one was kept; find out what differs between the two machines, and run the page again
            "#]]
            .assert_eq(&told(&ran));
        }
        let kept = ["one.md –: passed", "three.md –: passed", "two.md –: failed"];
        assert_eq!(records(&project, ".proofbook/proof.json"), kept);
    }
    project.run("build").fine();
    assert!(proof_of(&project.read("public/two.html")).starts_with("Failed"));
}

#[test]
fn of_two_versions_of_a_page_the_one_that_stands_here_is_taken() {
    let project = site();
    recorded(&project, "test", "before.json");
    project.edit("content/one.md", "true", "test 1");
    recorded(&project, "test content/one.md", "now.json");
    expect![[r#"
        exit status 0
        --- stdout
        2 proofs joined in .proofbook/proof.json: 3 pages, 3 runs
        --- stderr
        warning: content/one.md: before.json has it of another version of the page, recorded [TIME]; now.json has it as it stands, and is taken
    "#]].assert_eq(&told(&project.run("proof merge now.json before.json").fine()));
    project.run("list --deny stale").fine();
    // Neither: nobody can tell which is meant.
    project.edit("content/one.md", "test 1", "test 2");
    expect![[r#"
        exit status 1
        --- stdout
        2 proofs joined in .proofbook/proof.json: 3 pages, 3 runs, 1 of another version of its page, 1 conflict
        --- stderr
        error: content/one.md: the proofs are of different versions of the page, and none is of the one that stands here
          now.json: proven, recorded [TIME]
          before.json: proven, recorded [TIME]
          help: the newest was kept, and is stale; run the page again as it stands here
    "#]]
    .assert_eq(&told(&project.run("proof merge now.json before.json").ended(1)));
    // One that is of another version, and the only one: it is stale, as it would be where it was made.
    project.run("proof merge before.json").fine().says("1 of another version of its page");
    project.run("list --deny stale").ended(1).warns("content/one.md:3 stale");
}

#[test]
fn what_one_machine_could_not_run_another_one_did() {
    let project = site();
    project.write("content/two.md", "# Two\n\n```bash check name=look requires=made-up\ntrue\n```\n");
    recorded(&project, "test", "without.json");
    let made = project.path("bin");
    std::fs::create_dir(&made).unwrap();
    std::fs::copy("/bin/true", made.join("made-up")).unwrap();
    let path = format!("{}:{}", made.display(), std::env::var("PATH").unwrap());
    project.command("test").variable("PATH", &path).run().fine();
    move_proof(&project, "with.json");
    assert_eq!(records(&project, "without.json")[2], "two.md –: skipped");
    expect![[r#"
        exit status 0
        --- stdout
        2 proofs joined in .proofbook/proof.json: 3 pages, 3 runs
        --- stderr
        warning: content/two.md: without.json skipped what needs `made-up`, which was not installed; with.json ran it, and is taken
    "#]].assert_eq(&told(&project.run("proof merge with.json without.json").fine()));
    assert_eq!(records(&project, ".proofbook/proof.json")[2], "two.md –: passed");
}

#[test]
fn a_page_that_is_gone_is_left_out() {
    let project = site();
    recorded(&project, "test", "a.json");
    project.remove("content/two.md");
    project.run("proof merge a.json").is(expect![[r#"
        exit status 0
        --- stdout
        1 proof joined in .proofbook/proof.json: 2 pages, 2 runs
        --- stderr
        warning: content/two.md is recorded, but is no page of this project; it is left out
    "#]]);
}

#[test]
fn what_is_no_proof_of_this_project_is_refused() {
    let project = site();
    project.run("test").fine();
    let before = project.read(".proofbook/proof.json");
    project.write("good.json", &before);
    project.write("cut.json", &before[..30]);
    project.write("text.json", "hello\n");
    project.write("empty.json", "");
    project.write("other-format.json", "{\"format\": 9, \"records\": []}\n");
    let foreign = before.replace("one.md", "x.md").replace("two.md", "y.md").replace("three.md", "z.md");
    project.write("foreign.json", &foreign);
    std::fs::write(project.path("bytes.json"), b"\xff\xfe").unwrap();
    let mut all = String::new();
    for file in [
        "cut.json",
        "text.json",
        "empty.json",
        "other-format.json",
        "foreign.json",
        "bytes.json",
        "nowhere.json",
        "content",
    ] {
        let ran = project.run(&format!("proof merge good.json {file} --output out.json")).ended(2);
        all.push_str(&ran.stderr);
        assert!(!project.path("out.json").exists(), "{file}");
        project.run(&format!("proof merge {file}")).ended(2);
        assert_eq!(project.read(".proofbook/proof.json"), before, "{file}");
    }
    expect![[r#"
        error: cut.json cannot be joined: it is not a proof: EOF while parsing a value at line 3 column 13
          help: record it again with `proofbook test`; the proof is .proofbook/proof.json in the project
        nothing was written
        error: text.json cannot be joined: it is not a proof: expected value at line 1 column 1
          help: record it again with `proofbook test`; the proof is .proofbook/proof.json in the project
        nothing was written
        error: empty.json cannot be joined: it is not a proof: EOF while parsing a value at line 1 column 0
          help: record it again with `proofbook test`; the proof is .proofbook/proof.json in the project
        nothing was written
        error: other-format.json cannot be joined: it has the format 9, this Proofbook reads 1
          help: record it again with `proofbook test`; the proof is .proofbook/proof.json in the project
        nothing was written
        error: foreign.json cannot be joined: it is of another project: none of its pages is here
          help: check the path, and the project that `--root` names
        nothing was written
        error: bytes.json cannot be read: stream did not contain valid UTF-8
          help: name a file that you may read
        nothing was written
        error: there is no proof at nowhere.json
          help: check the path, and that the run whose proof it is has ended
        nothing was written
        error: content cannot be read: Is a directory (os error 21)
          help: name a file that you may read
        nothing was written
    "#]]
    .assert_eq(&all);
    project.run("proof merge good.json --output content").ended(3).warns("--output FILE");
    let page = project.read("content/one.md");
    project.run("proof merge good.json --output content/one.md").is(expect![[r#"
        exit status 2
        --- stderr
        error: the joined proof content/one.md would stand among the pages of the site
          help: name a file elsewhere with `--output FILE`; nothing was written
    "#]]);
    assert_eq!(project.read("content/one.md"), page);
    project.run("proof merge").ended(2);
    project.run("proof").ended(2);
    // A proof without a record is one.
    project.write("none.json", "{\"format\": 1, \"records\": []}\n");
    project.run("proof merge none.json good.json").fine().says("3 pages, 3 runs");
}

#[test]
fn the_jobs_of_the_readme() {
    const README: &str = include_str!("../../README.md");
    let block = README.split("```yaml\n").find(|block| block.starts_with("# .github/workflows/parts.yml\n")).unwrap();
    let block = block.split_once("```").unwrap().0;
    let lines: Vec<&str> = block.lines().filter_map(|line| line.trim().strip_prefix("- run: proofbook ")).collect();
    let [test, merge, build] = lines[..] else { panic!("{lines:?}") };
    let project = site();
    for part in ["1", "2", "3"] {
        let arguments = text(&test.replace("${{ matrix.part }}", part));
        recorded(&project, arguments.trim(), "proof.json");
        let folder = project.path(&format!("proofs/proof-{part}"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::rename(project.path("proof.json"), folder.join("proof.json")).unwrap();
    }
    let files = "proofs/proof-1/proof.json proofs/proof-2/proof.json proofs/proof-3/proof.json";
    assert!(merge.contains("proofs/*/proof.json"), "{merge}");
    project.command(&merge.replace("proofs/*/proof.json", files)).variable("CI", "true").run().fine();
    project.command(build).variable("CI", "true").run().fine();
    assert!(proof_of(&project.read("public/three.html")).starts_with("Proven"));
    std::fs::remove_dir_all(project.path("proofs/proof-2")).unwrap();
}

#[test]
fn a_stream_is_written_to_and_not_replaced() {
    let project = site();
    recorded(&project, "test", "one.json");
    let pipe = project.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Open for both, so that nobody waits for the other end.
    let mut reader = std::fs::File::options().read(true).write(true).open(&pipe).unwrap();
    project.run("proof merge one.json --output pipe").fine();
    assert!(std::fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo(), "a file stands in its place");
    let mut bytes = vec![0; project.read("one.json").len()];
    reader.read_exact(&mut bytes).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), project.read("one.json"));
}

#[test]
fn proofs_without_any_run_are_no_proof() {
    let project = Project::new(&[("proofbook.toml", ""), ("content/p.md", "# P\n\n```bash check\ntrue\n```\n")]);
    project.run("test").fine();
    let before = project.read(".proofbook/proof.json");
    project.write("none.json", "{\"format\": 1, \"records\": []}\n");
    project.run("proof merge none.json none.json").is(expect![[r#"
        exit status 4
        --- stderr
        error: no run is recorded in 2 files, so nothing is proved; nothing was written
          help: name the proofs of runs in which pages ran; that of an empty part holds none
    "#]]);
    assert_eq!(project.read(".proofbook/proof.json"), before);
    project.run("proof merge none.json .proofbook/proof.json").fine();
}
