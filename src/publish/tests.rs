//! Publishing as a whole, on real folders, also interrupted at every point and killed at any moment.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::lock::Lock;
use super::*;

/// A project folder with an output `public` in it.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn output(&self) -> PathBuf {
        self.root().join("public")
    }

    fn publish(&self, files: &[(&str, &str)]) -> Result<Published, String> {
        let shorten = |text: String| text.replace(&format!("{}/", self.root().display()), "");
        publish(&site(files), &self.output(), &forbidden(&self.root())).map_err(|error| {
            let hint = error.hint().map_or(String::new(), |hint| format!("; {hint}"));
            shorten(format!("{error}{hint}"))
        })
    }

    fn checked(&self) -> Output {
        Output::check(&self.output(), &forbidden(&self.root())).unwrap()
    }

    /// What stands beside the output.
    fn beside(&self) -> Vec<String> {
        let names = fs::read_dir(self.root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != "public").collect();
        names.sort();
        names
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.output().join(path)).ok()
    }
}

fn site(files: &[(&str, &str)]) -> BTreeMap<RelativePath, Vec<u8>> {
    files.iter().map(|(path, text)| (RelativePath::parse(path).unwrap(), text.as_bytes().to_vec())).collect()
}

fn forbidden(root: &Path) -> Forbidden {
    Forbidden { root: root.to_owned(), sources: vec![root.join("content"), root.join("themes")] }
}

fn counts(written: usize, unchanged: usize, removed: usize, carried_over: usize) -> Published {
    Published { written, unchanged, removed, carried_over }
}

#[test]
fn a_site_is_written_then_only_what_changed() {
    let project = Project::new();
    let first = [("index.html", "one"), ("a/b.html", "same"), ("a/old/c.html", "gone")];
    assert_eq!(project.publish(&first), Ok(counts(3, 0, 0, 0)));
    let stamp =
        |path: &str| project.output().join(path).symlink_metadata().map(|there| (there.ino(), there.mtime_nsec()));
    let before = stamp("a/b.html").unwrap();

    let second = [("index.html", "two"), ("a/b.html", "same"), ("new.html", "new")];
    assert_eq!(project.publish(&second), Ok(counts(2, 1, 1, 0)));
    assert_eq!(project.read("index.html").as_deref(), Some("two"));
    assert_eq!(stamp("a/b.html").unwrap(), before, "an unchanged file is the same file");
    assert!(!project.output().join("a/old").exists(), "a folder that held only our files goes with them");
    assert_eq!(project.beside(), Vec::<String>::new());
    assert_eq!(
        project.read(LIST_NAME).unwrap(),
        "{\n  \"files\": [\n    \"a/b.html\",\n    \"index.html\",\n    \"new.html\"\n  ]\n}\n"
    );
}

#[test]
fn foreign_files_are_carried_over_as_they_are() {
    let project = Project::new();
    project.publish(&[("index.html", "one"), ("a/b.html", "b")]).unwrap();
    let output = project.output();
    fs::write(output.join("CNAME"), "docs.example.org").unwrap();
    fs::set_permissions(output.join("CNAME"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(output.join("a/mine.txt"), "mine").unwrap();
    fs::create_dir_all(output.join("uploads/empty")).unwrap();
    fs::write(output.join("uploads/locked"), "").unwrap();
    fs::set_permissions(output.join("uploads"), fs::Permissions::from_mode(0o555)).unwrap();
    symlink("nowhere", output.join("latest")).unwrap();
    fs::set_permissions(&output, fs::Permissions::from_mode(0o2770)).unwrap();
    let stamp = output.join("CNAME").symlink_metadata().unwrap();

    assert_eq!(project.publish(&[("index.html", "two")]), Ok(counts(1, 0, 1, 5)));
    let mode = |path: &str| output.join(path).symlink_metadata().unwrap().mode() & 0o7777;
    assert_eq!(project.read("CNAME").as_deref(), Some("docs.example.org"));
    assert_eq!(output.join("CNAME").symlink_metadata().unwrap().mtime_nsec(), stamp.mtime_nsec());
    assert_eq!((mode("CNAME"), mode("uploads"), mode("")), (0o640, 0o555, 0o2770));
    assert_eq!(project.read("a/mine.txt").as_deref(), Some("mine"));
    assert!(output.join("uploads/empty").is_dir());
    assert_eq!(fs::read_link(output.join("latest")).unwrap(), Path::new("nowhere"));
    assert_eq!(project.read("a/b.html"), None);
    assert_eq!(project.beside(), Vec::<String>::new(), "the old folder is gone, its read-only folder too");
    assert_eq!(project.publish(&[("index.html", "two")]), Ok(counts(0, 1, 0, 5)));
}

#[test]
fn a_foreign_file_where_one_of_ours_belongs_is_refused() {
    let project = Project::new();
    project.publish(&[("index.html", "one"), ("ours/a.html", "a")]).unwrap();
    let output = project.output();
    fs::write(output.join("note.html"), "mine").unwrap();
    fs::create_dir(output.join("empty")).unwrap();
    fs::write(output.join("ours/mine"), "mine").unwrap();
    symlink("/etc", output.join("link")).unwrap();
    let refused = |path: &str| project.publish(&[("index.html", "two"), (path, "new")]).unwrap_err();
    assert_eq!(
        refused("note.html"),
        "`public/note.html`, which Proofbook did not write, stands where `note.html` of the site belongs; \
         move `public/note.html` away, or give the page another name"
    );
    assert!(refused("note.html/a.html").starts_with("`public/note.html`, "), "a file where a folder belongs");
    assert!(refused("empty").starts_with("`public/empty`, "), "a folder where a file belongs");
    assert!(refused("ours").starts_with("`public/ours/mine`, "), "a foreign file in a folder that becomes a file");
    assert!(refused("link/passwd").starts_with("`public/link`, "), "no writing through a link");
    assert_eq!(project.read("index.html").as_deref(), Some("one"), "nothing was changed");
    assert_eq!(project.beside(), Vec::<String>::new());
    assert_eq!(project.publish(&[("empty/a.html", "a")]).unwrap().written, 1, "a foreign folder may be filled");
}

#[test]
fn a_file_of_ours_that_somebody_made_a_link_is_foreign() {
    let project = Project::new();
    project.publish(&[("index.html", "one"), ("a.html", "a")]).unwrap();
    fs::write(project.root().join("precious"), "precious").unwrap();
    fs::remove_file(project.output().join("a.html")).unwrap();
    symlink("../precious", project.output().join("a.html")).unwrap();
    assert!(project.publish(&[("a.html", "b")]).unwrap_err().starts_with("`public/a.html`, "));
    assert_eq!(fs::read_to_string(project.root().join("precious")).unwrap(), "precious");
}

#[test]
fn an_output_that_is_not_ours_is_refused_an_empty_one_is_taken() {
    let project = Project::new();
    fs::create_dir(project.output()).unwrap();
    assert_eq!(project.publish(&[("index.html", "one")]), Ok(counts(1, 0, 0, 0)));
    fs::remove_file(project.output().join(LIST_NAME)).unwrap();
    assert_eq!(
        project.publish(&[("index.html", "two")]).unwrap_err(),
        "the output `public` is not empty, and nothing in it says that Proofbook wrote it; \
         name another folder, or empty `public` yourself if nothing in it is needed"
    );
    fs::write(project.output().join(LIST_NAME), "{").unwrap();
    let error = project.publish(&[("index.html", "two")]).unwrap_err();
    assert!(error.starts_with("the list of what Proofbook wrote, `public/.proofbook-files.json`, cannot be read: EOF"));
    assert_eq!(project.read("index.html").as_deref(), Some("one"));
}

#[test]
fn writing_never_reaches_a_file_that_is_linked_elsewhere() {
    let project = Project::new();
    project.publish(&[("index.html", "one")]).unwrap();
    fs::hard_link(project.output().join("index.html"), project.root().join("backup")).unwrap();
    project.publish(&[("index.html", "two")]).unwrap();
    assert_eq!(fs::read_to_string(project.root().join("backup")).unwrap(), "one");
}

#[test]
fn a_second_build_waits_and_at_last_is_refused() {
    let project = Project::new();
    let lock = Lock::take(&project.checked()).unwrap();
    let error = Lock::take_within(&project.checked(), Duration::ZERO).unwrap_err().to_string();
    assert!(error.starts_with(&format!("another build (process {}) is writing", std::process::id())), "{error}");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| project.publish(&[("index.html", "one")]));
        std::thread::sleep(Duration::from_millis(50));
        assert!(!project.output().exists());
        drop(lock);
        assert_eq!(waiting.join().unwrap(), Ok(counts(1, 0, 0, 0)));
    });
    assert_eq!(project.beside(), Vec::<String>::new());
}

#[test]
fn many_builds_at_once_leave_one_whole_site() {
    let project = Project::new();
    std::thread::scope(|scope| {
        for text in ["a", "b", "c", "d"] {
            let project = &project;
            scope.spawn(move || {
                for _ in 0..10 {
                    project.publish(&[("x.html", text), ("y/z.html", text)]).unwrap();
                }
            });
        }
    });
    assert_eq!(project.read("x.html"), project.read("y/z.html"));
    assert_eq!(project.beside(), Vec::<String>::new());
}

#[test]
fn a_file_system_without_exchange_gets_two_renames() {
    let project = Project::new();
    for text in ["one", "two"] {
        let output = project.checked();
        let standing = Standing::read(&output).unwrap();
        let staging = Staging::make(&output, &standing).unwrap();
        let files = site(&[("index.html", text)]);
        staging.put(files.keys().next().unwrap(), text.as_bytes(), &standing).unwrap();
        staging.put_list(&Manifest::of(&files)).unwrap();
        exchange::two_renames(&output, &staging, &standing).unwrap();
        assert_eq!(project.read("index.html").as_deref(), Some(text));
        drop(staging);
        assert_eq!(project.beside(), Vec::<String>::new());
    }
}

/// A process number that belongs to nobody: of a child that has ended.
fn ended_process() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

#[test]
fn every_interrupted_state_of_the_two_renames_is_finished() {
    let process = ended_process();
    // Which of output, `new` and `old` a kill left, and the site the next build must find.
    for (output, new, old, found) in [
        (true, true, false, "output"),
        (false, true, true, "new"),
        (true, false, true, "output"),
        (false, false, true, "old"),
        (false, true, false, "new"),
    ] {
        let project = Project::new();
        let root = project.root();
        for (there, name) in [(output, "public"), (new, "new"), (old, "old")] {
            if there {
                let path = if name == "public" { name.into() } else { format!(".public.proofbook-{name}-{process}") };
                fs::create_dir(root.join(&path)).unwrap();
                fs::write(root.join(&path).join("which"), if name == "public" { "output" } else { name }).unwrap();
            }
        }
        fs::write(root.join(".public.proofbook-journal"), format!("{process}\n")).unwrap();
        exchange::finish_interrupted(&project.checked()).unwrap();
        assert_eq!(project.read("which").as_deref(), Some(found), "output {output}, new {new}, old {old}");
        assert_eq!(project.beside(), Vec::<String>::new());
    }
}

#[test]
fn a_journal_cut_off_while_it_was_written_moves_nothing() {
    let project = Project::new();
    project.publish(&[("index.html", "one")]).unwrap();
    fs::write(project.root().join(".public.proofbook-journal"), "12").unwrap();
    assert_eq!(project.publish(&[("index.html", "one")]), Ok(counts(0, 1, 0, 0)));
    assert_eq!(project.beside(), Vec::<String>::new());
}

#[test]
fn only_leftovers_of_ended_processes_are_removed() {
    let project = Project::new();
    let dead = ended_process();
    // Process 1 is always there, and never ours to ask.
    let kept = [".other.proofbook-new-1", ".public.proofbook-new-1", ".public.proofbook-new-x"];
    for name in kept {
        fs::create_dir(project.root().join(name)).unwrap();
    }
    for name in [format!(".public.proofbook-new-{dead}"), format!(".public.proofbook-old-{}", std::process::id())] {
        fs::create_dir_all(project.root().join(&name).join("deep/er")).unwrap();
        fs::set_permissions(project.root().join(name).join("deep"), fs::Permissions::from_mode(0o500)).unwrap();
    }
    project.publish(&[("index.html", "one")]).unwrap();
    assert_eq!(project.beside(), kept);
}

const KILLED_CHILD: &str = "PROOFBOOK_TEST_PUBLISH_INTO";
const FILES_OF_CHILD: usize = 40;

fn site_of(letter: &str) -> BTreeMap<RelativePath, Vec<u8>> {
    let path = |n| RelativePath::parse(&format!("{}/{n}.html", n % 5)).unwrap();
    (0..FILES_OF_CHILD).map(|n| (path(n), letter.repeat(2000 + n).into_bytes())).collect()
}

/// Not a test of its own: what [`a_build_killed_at_any_moment_leaves_a_whole_site`] starts and kills.
#[test]
fn child_that_publishes_until_it_is_killed() {
    let Some(root) = std::env::var_os(KILLED_CHILD).map(PathBuf::from) else { return };
    // Not for ever, should the test that kills it be killed itself.
    for letter in ["a", "b"].into_iter().cycle().take(4000) {
        publish(&site_of(letter), &root.join("public"), &forbidden(&root)).unwrap();
    }
}

#[test]
fn a_build_killed_at_any_moment_leaves_a_whole_site() {
    let project = Project::new();
    publish(&site_of("a"), &project.output(), &forbidden(&project.root())).unwrap();
    fs::write(project.output().join("foreign"), "foreign").unwrap();
    for round in 0..40 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "publish::tests::child_that_publishes_until_it_is_killed"])
            .env(KILLED_CHILD, project.root())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Any moment will do; a publish takes a few milliseconds.
        std::thread::sleep(Duration::from_micros(8_000 + 1_370 * round));
        child.kill().unwrap();
        child.wait().unwrap();

        let manifest = Manifest::read(&project.output()).unwrap().unwrap();
        assert_eq!(manifest.files.len(), FILES_OF_CHILD);
        let letter = if project.read("0/0.html").unwrap().starts_with('a') { "a" } else { "b" };
        for (path, bytes) in site_of(letter) {
            assert!(fs::read(project.output().join(path.as_str())).unwrap() == bytes, "{path} in round {round}");
        }
        assert_eq!(project.read("foreign").as_deref(), Some("foreign"));
    }
    publish(&site_of("c"), &project.output(), &forbidden(&project.root())).unwrap();
    assert_eq!(project.beside(), Vec::<String>::new(), "what the killed builds left is gone");
}
