//! When a page was last changed: what git knows, said on the page and to crawlers; nothing where git knows nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use expect_test::expect;

use crate::support::{Project, get, is_installed};

/// Runs git in `folder`, at a time.
#[track_caller]
fn git(folder: &Path, time: &str, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]);
    command.args(arguments).current_dir(folder);
    command.env("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z").env("GIT_COMMITTER_DATE", time);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let answer = command.output().expect("git starts");
    assert!(answer.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&answer.stderr));
}

/// Commits everything there is, at a time.
#[track_caller]
fn commit(project: &Project, time: &str) {
    git(&project.beside(), time, &["add", "--", "project"]);
    git(&project.beside(), time, &["commit", "-q", "-m", "Change"]);
}

/// A site in a folder of a repository, with a history of three commits; `None` without git, which `tests/run` counts.
fn site() -> Option<Project> {
    if !is_installed("git") {
        return None;
    }
    let project = Project::new(&[
        ("proofbook.toml", "base_url = \"https://x.org\"\n"),
        ("content/index.md", "# Home\n"),
        ("content/do/a b.md", "# A\n"),
        ("content/é.md", "# E\n"),
    ]);
    project.write(".gitignore", "public/\n.proofbook/\n");
    git(&project.beside(), "", &["init", "-q"]);
    commit(&project, "2023-06-18T10:00:00Z");
    // In the time zone of the commit this is another day.
    project.write("content/do/a b.md", "# A\n\nMore.\n");
    commit(&project, "2023-06-20T23:30:00-0200");
    project.write("content/é.md", "# E\n\nMore.\n").write("proofbook.toml", "base_url = \"https://x.org\"\n# More.\n");
    commit(&project, "2023-06-22T10:00:00Z");
    Some(project)
}

/// What stands at the foot of a page.
fn foot(page: &str) -> String {
    let foot = page.split_once("<footer class=\"site-foot\">").and_then(|(_, rest)| rest.split_once("</p>"));
    foot.expect("a foot").0.trim().trim_start_matches("<p>").to_owned() + "\n"
}

#[test]
fn a_page_says_when_it_was_last_changed() {
    let Some(project) = site() else { return };
    project.run("build").fine();
    let published = project.published();
    expect![[r#"
        Documentation · Last changed <time datetime="2023-06-21">21 June 2023</time>
    "#]]
    .assert_eq(&foot(&project.read("public/do/a b.html")));
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
        <url><loc>https://x.org/do/a%20b.html</loc><lastmod>2023-06-21</lastmod></url>
        <url><loc>https://x.org/do/index.html</loc></url>
        <url><loc>https://x.org/index.html</loc><lastmod>2023-06-18</lastmod></url>
        <url><loc>https://x.org/%C3%A9.html</loc><lastmod>2023-06-22</lastmod></url>
        </urlset>
    "#]]
    .assert_eq(&project.read("public/sitemap.xml"));
    assert!(!project.read("public/do/index.html").contains("Last changed"), "a listing is nobody's change");
    project.run("build").fine();
    assert!(project.published() == published, "the same commit gives the same bytes");

    // Another commit changes what it changed, and nothing else.
    project.write("content/new.md", "# New\n");
    commit(&project, "2023-06-23T10:00:00Z");
    project.run("build").fine();
    assert!(foot(&project.read("public/new.html")).contains("23 June 2023"));
    assert!(foot(&project.read("public/do/a b.html")).contains("21 June 2023"));
}

#[test]
fn what_is_not_committed_has_no_date_and_says_so_in_the_preview() {
    let Some(project) = site() else { return };
    project.write("content/é.md", "# E\n\nNot committed.\n").write("content/new.md", "# New\n");
    project.run("build").fine();
    for page in ["é.html", "new.html"] {
        assert_eq!(foot(&project.read(&format!("public/{page}"))), "Documentation\n");
    }
    assert!(foot(&project.read("public/index.html")).contains("18 June 2023"));
    assert_eq!(project.read("public/sitemap.xml").matches("<lastmod>").count(), 2);

    let mut running = project.command("serve --port 0").start();
    let line = running.first_line();
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap_or_default();
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    expect![[r#"
        Documentation · Not committed yet
    "#]]
    .assert_eq(&foot(&get(address, "/new.html").body));
    assert!(foot(&get(address, "/index.html").body).contains("18 June 2023"));
}

#[test]
fn a_clone_that_was_cut_off_says_nothing_it_does_not_know() {
    let Some(project) = site() else { return };
    let from = format!("file://{}", project.beside().display());
    git(&project.beside(), "", &["clone", "-q", "--depth", "2", &from, "project/clone"]);
    let root = project.path("clone/project");
    let built = project.command("build --root").argument(root.to_str().unwrap()).run().fine();
    expect![[r#"
        warning: this clone does not hold the whole history, so the date of the last change is missing on 2 pages; fetch the rest with `git fetch --unshallow`, in CI by checking out with `fetch-depth: 0`
    "#]].assert_eq(&built.stderr);
    let read = |page: &str| foot(&project.read(&format!("clone/project/public/{page}")));
    // The commit at which the clone ends seems to have added everything.
    assert!(!read("index.html").contains("changed") && !read("do/a b.html").contains("changed"));
    assert!(read("é.html").contains("22 June 2023"));
}

#[test]
fn without_a_repository_or_git_nothing_is_said() {
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    project.run("build").fine().never_says("git");
    assert!(!project.read("public/index.html").contains("Last changed"));
    let Some(project) = site() else { return };
    project.command("build").variable("PATH", "/nowhere").run().fine().never_says("git");
    assert!(!project.read("public/index.html").contains("Last changed"));
    // A repository before its first commit.
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    git(&project.beside(), "", &["init", "-q"]);
    project.run("build").fine().never_says("git");
}

#[test]
fn what_git_objects_to_is_told_and_is_no_error() {
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    let fake = "#!/bin/sh\necho \"fatal: detected dubious ownership in repository at '/site'\" >&2\nexit 128\n";
    project.write("programs/git", fake);
    std::fs::set_permissions(project.path("programs/git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let programs = project.path("programs");
    let built = project.command("build").variable("PATH", programs.to_str().unwrap()).run().fine();
    expect![[r#"
        warning: git does not tell when pages were changed, so none says it: detected dubious ownership in repository at '/site'
    "#]].assert_eq(&built.stderr);
}

#[test]
fn a_hook_of_another_folder_changes_nothing() {
    let Some(project) = site() else { return };
    // As git sets them for a hook that runs in the repository's root.
    let command = project.command("build").variable("GIT_DIR", ".git").variable("GIT_INDEX_FILE", ".git/index");
    command.run().fine();
    assert!(foot(&project.read("public/index.html")).contains("18 June 2023"));
}
