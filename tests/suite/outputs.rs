//! Where a site may be published: never over sources, never over what somebody else put there.

use std::fs;
use std::os::unix::fs::symlink;

use expect_test::expect;

use crate::support::{Project, files_below};

fn site() -> Project {
    let project =
        Project::new(&[("proofbook.toml", ""), ("content/index.md", "# Home\n"), ("content/guide/a.md", "# A\n")]);
    fs::create_dir_all(project.path("themes/default")).unwrap();
    project
}

#[test]
fn sources_are_never_an_output() {
    let site = site();
    let before = files_below(&site.root());
    for output in
        [".", "..", "/", "content", "content/guide", "content/new", "themes", "themes/default", "public/../content"]
    {
        let ran = site.run(&format!("build --output {output}")).ended(2);
        assert!(ran.stderr.starts_with("error: the output "), "{output}: {}", ran.whole());
        assert!(files_below(&site.root()) == before, "{output}");
    }
    symlink(site.path("content"), site.path("way")).unwrap();
    site.run("build --output way/new").ended(2).warns("lies in the folder");
    site.run("build --output way").ended(2).warns("is a symbolic link");
    fs::remove_file(site.path("way")).unwrap();
    site.run("build --output content/guide").is(expect![[r#"
        exit status 2
        --- stderr
        error: the output `[ROOT]/content/guide` lies in the folder `[ROOT]/content` with sources
          help: name a folder that holds nothing else, such as `public` in the project
    "#]]);
    site.run("build --output ..").is(expect![[r#"
        exit status 2
        --- stderr
        error: the output `[ROOT]/..` holds the folder `[ROOT]` with sources
          help: name a folder that holds nothing else, such as `public` in the project
    "#]]);
    assert!(files_below(&site.root()) == before);
}

#[test]
fn a_folder_that_holds_something_else_is_refused() {
    let site = site();
    site.write("public/thesis.txt", "twenty years of work");
    site.run("build").is(expect![[r#"
        exit status 2
        --- stderr
        error: the output `[ROOT]/public` is not empty, and nothing in it says that Proofbook wrote it
          help: name another folder, or empty `[ROOT]/public` yourself if nothing in it is needed
    "#]]);
    assert_eq!(files_below(&site.path("public")).len(), 1);
    assert_eq!(site.read("public/thesis.txt"), "twenty years of work");
    site.write("file", "").run("build --output file").ended(2).warns("is not a folder");
}

#[test]
fn an_empty_folder_is_taken() {
    let site = site();
    fs::create_dir(site.path("public")).unwrap();
    site.run("build").fine();
    assert!(site.path("public/index.html").exists());
}

#[test]
fn files_of_others_in_the_output_are_kept() {
    let site = site();
    site.run("build").fine();
    site.write("public/CNAME", "docs.example.org\n").write("public/guide/own/notes.txt", "mine\n");
    symlink("CNAME", site.path("public/link")).unwrap();
    site.edit("content/index.md", "# Home", "# Start").run("build").is(expect![[r#"
        exit status 0
        --- stdout
        2 pages published in public (9 files written, 12 unchanged, 3 removed, 3 not ours kept)
    "#]]);
    assert_eq!(site.read("public/CNAME"), "docs.example.org\n");
    assert_eq!(site.read("public/guide/own/notes.txt"), "mine\n");
    assert_eq!(fs::read_link(site.path("public/link")).unwrap().to_str(), Some("CNAME"));
    assert!(site.read("public/index.html").contains("<h1 id=\"start\">Start</h1>"));

    site.remove("content/guide/a.md").run("build").fine();
    assert_eq!(site.read("public/guide/own/notes.txt"), "mine\n");
    assert!(!site.path("public/guide/a.html").exists());
}

#[test]
fn a_file_of_others_where_a_page_belongs_is_refused() {
    let site = site();
    site.run("build").fine();
    site.write("public/new.html", "mine\n").write("content/new.md", "# New\n").run("build").is(expect![[r#"
        exit status 2
        --- stderr
        error: `[ROOT]/public/new.html`, which Proofbook did not write, stands where `new.html` of the site belongs
          help: move `[ROOT]/public/new.html` away, or give the page another name
    "#]]);
    assert_eq!(site.read("public/new.html"), "mine\n");
    assert!(!site.read("public/404.html").contains("New"), "the old site stays");
}

#[test]
fn a_damaged_list_is_told() {
    let site = site();
    site.run("build").fine();
    site.write("public/.proofbook-files.json", "{").run("build").is(expect![[r#"
        exit status 2
        --- stderr
        error: the list of what Proofbook wrote, `[ROOT]/public/.proofbook-files.json`, cannot be read: EOF while parsing an object at line 1 column 1
          help: bring the file back, or remove the whole output folder if nothing foreign in it is needed
    "#]]);
}

#[test]
fn nothing_is_left_beside_the_output() {
    let site = site();
    site.run("build").fine();
    site.run("build").fine();
    site.run("build --output other/place/site").fine();
    let mut names: Vec<_> = fs::read_dir(site.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["content", "other", "proofbook.toml", "public", "themes"]);
    assert_eq!(fs::read_dir(site.path("other/place")).unwrap().count(), 1);
}

#[test]
fn builds_at_the_same_time_wait_for_each_other() {
    let site = site();
    let running: Vec<_> = (0..4).map(|_| site.command("build").start()).collect();
    for build in running {
        build.wait().fine();
    }
    let whole = files_below(&site.path("public"));
    site.run("build").fine().says("(0 files written");
    assert!(files_below(&site.path("public")) == whole);
    assert!(!site.path(".public.proofbook-lock").exists());
}
