//! What the README offers for CI is run: its jobs' command lines on a small project, its hooks at real commits.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proofbook::config::tree::{Node, Table, Value, parse_yaml};
use proofbook::span::{SourceFile, Span};

use super::{annotations, failing};
use crate::support::Project;

const README: &str = include_str!("../../../README.md");

/// The blocks of the section for CI in `language`, by the file that their first line names.
fn blocks(language: &str) -> BTreeMap<String, String> {
    let section = README.split_once("\n## In CI\n").unwrap().1.split_once("\n## ").unwrap().0;
    let mut blocks = BTreeMap::new();
    for part in section.split(&format!("\n```{language}\n")).skip(1) {
        let block = part.split_once("```").unwrap().0;
        let name = block.lines().next().unwrap().trim_start_matches(['#', ' ']).to_owned();
        blocks.insert(name, block.to_owned());
    }
    blocks
}

fn yaml(text: &str) -> Table {
    let file = SourceFile::new("block.yml", text);
    let (table, wrong) = parse_yaml(&file, Span::new(0, text.len()));
    assert!(wrong.is_empty(), "{wrong:?}");
    table
}

fn child<'t>(table: &'t Table, path: &str) -> &'t Node {
    let (key, rest) = path.split_once('/').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let entry = table.entries.iter().find(|entry| entry.key == key);
    let node = &entry.unwrap_or_else(|| panic!("no `{key}`")).node;
    match (rest, &node.value) {
        (None, _) => node,
        (Some(rest), Value::Table(table)) => child(table, rest),
        (Some(rest), Value::Array(nodes)) => match &nodes[0].value {
            Value::Table(table) => child(table, rest),
            other => panic!("{other:?} before {rest}"),
        },
        (Some(rest), other) => panic!("{other:?} before {rest}"),
    }
}

fn string(node: &Node) -> &str {
    match &node.value {
        Value::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

fn list(node: &Node) -> &[Node] {
    match &node.value {
        Value::Array(nodes) => nodes,
        other => panic!("{other:?}"),
    }
}

/// The arguments of a command line of ours, as they stand there: nothing in it needs a shell.
fn arguments(line: &str) -> Option<&str> {
    let arguments = line.strip_prefix("proofbook ")?;
    assert!(!arguments.contains(['\'', '"', '$', '|', '&', ';']), "{line}");
    Some(arguments)
}

fn sound() -> Project {
    let project = failing();
    project.edit("content/page.md", "~2", "~1");
    project
}

#[test]
fn the_github_job_runs() {
    let job = yaml(&blocks("yaml")[".github/workflows/docs.yml"]);
    let steps = list(child(&job, "jobs/docs/steps"));
    let mut ran = 0;
    let mut kept = Vec::new();
    for step in steps {
        let Value::Table(step) = &step.value else { panic!("{step:?}") };
        let has = |key: &str| step.entries.iter().any(|entry| entry.key == key);
        if has("with") && !string(child(step, "uses")).starts_with("actions/checkout@") {
            kept.push(string(child(step, "with/path")).to_owned());
        }
        let Some(run) = step.entries.iter().find(|entry| entry.key == "run") else { continue };
        let Some(arguments) = arguments(string(&run.node)) else { continue };
        ran += 1;
        let github = |project: &Project| {
            let top = project.root().to_string_lossy().into_owned();
            let command = project.command(arguments).variable("CI", "true").variable("GITHUB_ACTIONS", "true");
            command.variable("GITHUB_WORKSPACE", &top).run()
        };
        let project = sound();
        github(&project).fine();
        if arguments == "check" {
            continue;
        }
        for path in ["reports", "public"] {
            assert!(project.path(path).is_dir(), "{path} is not there");
        }
        let project = failing();
        let annotations = annotations(&github(&project).ended(1));
        assert!(annotations.starts_with("::error file=content/page.md,line=3,"), "{annotations}");
        assert!(project.path("reports/junit.xml").is_file());
    }
    assert_eq!((ran, kept), (2, vec!["reports".to_owned(), "public".to_owned()]));
}

#[test]
fn the_gitlab_job_runs() {
    let job = yaml(&blocks("yaml")[".gitlab-ci.yml"]);
    let lines = list(child(&job, "docs/script")).iter().filter_map(|line| arguments(string(line)));
    let report = string(child(&job, "docs/artifacts/reports/junit"));
    let mut ran = 0;
    for arguments in lines {
        ran += 1;
        let project = failing();
        project.command(arguments).variable("CI", "true").run().ended(1);
        assert!(project.read(report).contains("<failure message="), "{report}");
        let project = sound();
        project.command(arguments).variable("CI", "true").run().fine();
        assert!(project.read(report).contains("failures=\"0\""), "{report}");
    }
    assert_eq!(ran, 1);
}

#[test]
fn the_hook_of_pre_commit_runs() {
    let hooks = yaml(&blocks("yaml")[".pre-commit-config.yaml"]);
    let arguments = arguments(string(child(&hooks, "repos/hooks/entry"))).unwrap();
    failing().run(arguments).ended(1);
    sound().run(arguments).fine();
}

/// git, in a repository that is the project, with the program on PATH.
fn git(project: &Project, arguments: &[&str]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_proofbook")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(PathBuf::from(program)).chain(std::env::split_paths(&path));
    Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(project.root())
        .env_clear()
        .env("PATH", std::env::join_paths(paths).unwrap())
        .env("HOME", project.temporary())
        .env("TMPDIR", project.temporary())
        .output()
        .expect("git")
}

#[test]
fn the_hook_stops_a_commit_of_a_broken_page() {
    let hook = &blocks("sh")["!/bin/sh"];
    let project = failing();
    assert!(git(&project, &["init", "-q"]).status.success());
    let path = project.path(".git/hooks/pre-commit");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, hook).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let commit = || {
        assert!(git(&project, &["add", "."]).status.success());
        git(&project, &["commit", "-q", "-m", "Pages"])
    };
    let stopped = commit();
    let told = String::from_utf8_lossy(&[stopped.stdout, stopped.stderr].concat()).into_owned();
    assert!(!stopped.status.success() && told.contains("FAILED content/page.md:3:"), "{told}");
    assert!(!git(&project, &["rev-parse", "-q", "--verify", "HEAD"]).status.success(), "it was committed");
    project.edit("content/page.md", "~2", "~1");
    let done = commit();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(git(&project, &["rev-parse", "-q", "--verify", "HEAD"]).status.success());
}
