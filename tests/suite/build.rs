//! The published site: which files, the same bytes for the same input, nothing published that was not proved.

use std::collections::BTreeMap;

use expect_test::expect;
use regex::Regex;

use crate::support::{Project, Proved, proof_of, redact_record};

const GOOD: &str = "# Page\n\n```sql effect=\"accounts ~1\"\nUPDATE accounts SET closed = 1 WHERE id = 1;\n```\n";

/// The names of files; those that change with what is in the file, so that caches may keep it for ever, without that part.
fn without_hashes(files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let hash = Regex::new("(^|[/-])[0-9a-f]{10}([/.]|$)").unwrap();
    names(files).into_iter().map(|name| hash.replace(name, "${1}HASH$2").into_owned()).collect()
}

fn names(files: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}

#[test]
fn the_files_of_a_site() {
    let project = Project::shop(GOOD);
    project.write("content/guide/index.md", "# Guide\n").write("content/guide/a b.md", "# A b\n");
    project.write("content/guide/picture.png", "png").write("content/guide/_hidden.md", "# Hidden\n");
    project.write("content/draft.md", "+++\ntitle = \"Draft\"\ndraft = true\n+++\n");
    project.write("content/.notes", "private");
    project.run("build").is(expect![[r#"
        exit status 0
        --- stdout
        4 pages published in public (29 files written, 0 unchanged, 0 removed)
    "#]]);
    let published = project.published();
    // The parts of the search are its own tests' business.
    let shown: Vec<String> =
        without_hashes(&published).into_iter().filter(|name| !name.starts_with("search/")).collect();
    assert_eq!(
        shown,
        [
            ".proofbook-files.json",
            "404.html",
            "guide/a b.html",
            "guide/a b.md",
            "guide/index.html",
            "guide/index.md",
            "guide/picture.png",
            "index.html",
            "index.md",
            "llms.txt",
            "navigation-HASH.js",
            "page.html",
            "page.md",
            "theme-HASH/find.js",
            "theme-HASH/icon.svg",
            "theme-HASH/navigation.js",
            "theme-HASH/page.js",
            "theme-HASH/redirect.js",
            "theme-HASH/scheme.js",
            "theme-HASH/search.js",
            "theme-HASH/style.css",
            "theme-HASH/tabs.js",
        ]
    );
    assert_eq!(published["guide/picture.png"], b"png");
    let listed: serde_json::Value = serde_json::from_slice(&published[".proofbook-files.json"]).unwrap();
    let listed: Vec<&str> = listed["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    assert_eq!(listed, names(&published)[1..], "the list names every file but itself");
}

#[test]
fn without_proofs_every_block_says_that_it_was_not_run() {
    let project = Project::shop(GOOD);
    project.run("build").fine();
    let page = project.read("public/page.html");
    expect!["Not run yet: nothing on this page has been proved"].assert_eq(&proof_of(&page));
    assert!(!page.contains("Proved") && !page.contains("Proven"));
}

#[test]
fn a_folder_with_only_content_builds() {
    let project = Project::new(&[("content/index.md", "# Home\n\nHello.\n")]);
    project.run("build").fine().says("1 page published");
    assert!(project.read("public/index.html").contains("<p>Hello.</p>"));
    let empty = Project::new(&[]);
    std::fs::create_dir(empty.path("content")).unwrap();
    empty.run("build").is(expect![[r#"
        exit status 0
        --- stdout
        0 pages published in public (14 files written, 0 unchanged, 0 removed)
    "#]]);
}

#[test]
fn the_same_input_gives_the_same_bytes_here_again_and_in_another_folder() {
    let proved = Proved::handbook();
    let first = &proved.published;
    let here = Project::handbook();
    here.write(".proofbook/proof.json", &proved.proof);
    here.run("build").fine();
    assert!(here.published() == *first);
    here.run("build").fine().says("0 files written, ").says(", 0 removed");
    assert!(here.published() == *first);

    std::fs::remove_dir_all(here.path("public")).unwrap();
    here.run("build").fine();
    assert!(here.published() == *first);

    let elsewhere = Project::handbook();
    elsewhere.write(".proofbook/proof.json", &proved.proof);
    elsewhere.command("build --output").argument("somewhere else/site").run().fine();
    let other = crate::support::files_below(&elsewhere.path("somewhere else/site"));
    assert_eq!(names(&other), names(first));
    for (name, bytes) in first {
        assert!(other[name] == *bytes, "{name} differs");
        assert!(!String::from_utf8_lossy(bytes).contains(&proved.folder), "{name} holds the path of the project");
    }
}

#[test]
fn what_is_proved_does_not_depend_on_how_many_pages_run_at_a_time() {
    let page = |number: usize| {
        format!(
            "+++\ntitle = 'Page {number}'\n[parameters.id]\nlabel = 'Account'\ntype = 'integer'\ndefault = '1'\n\
             [[cases]]\nname = 'other'\nid = '2'\n+++\n\n\
             ```sql name=close effect=\"accounts ~1\"\nUPDATE accounts SET closed = 1 WHERE id = :id;\n```\n\n\
             ```sql undo\nUPDATE accounts SET closed = 0 WHERE id = :id;\n```\n\n\
             ```bash\nsleep 0.0{}; echo page {number} > note; cat note\n```\n```output\npage {number}\n```\n\n\
             ```bash skip=\"needs a cluster\"\ndeploy\n```\n",
            9 - number % 10,
        )
    };
    let site = |jobs: &str| {
        let project = Project::shop("# Front\n");
        for number in 0..12 {
            project.write(&format!("content/part-{}/page-{number}.md", number % 3), &page(number));
        }
        project.run(&format!("build --verify --jobs {jobs}")).fine();
        let mut proof: serde_json::Value = serde_json::from_str(&project.read(".proofbook/proof.json")).unwrap();
        let records = proof["records"].as_array_mut().unwrap();
        assert_eq!(records.len(), 24);
        records.iter_mut().for_each(redact_record);
        (proof, without_times(project.published()))
    };
    let (proof, first) = site("1");
    assert!(String::from_utf8_lossy(&first["part-0/page-0.html"]).contains("<time>[TIME]</time>"));
    for jobs in ["2", "7"] {
        let (other_proof, other) = site(jobs);
        assert_eq!(other_proof, proof);
        assert_eq!(names(&other), names(&first));
        for (name, bytes) in &first {
            assert_eq!(String::from_utf8_lossy(&other[name]), String::from_utf8_lossy(bytes), "{name}, --jobs {jobs}");
        }
    }
}

/// The pages without when they were run and how long that took.
fn without_times(mut files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let when = Regex::new("<time datetime=[^>]*>[^<]*</time>").unwrap();
    let took = Regex::new("<span class=\"took\">[^<]*</span>").unwrap();
    for (_, bytes) in files.iter_mut().filter(|(name, _)| name.ends_with(".html")) {
        let page = String::from_utf8_lossy(bytes);
        let page = when.replace_all(&page, "<time>[TIME]</time>");
        *bytes = took.replace_all(&page, "").into_owned().into_bytes();
    }
    files
}

#[test]
fn a_build_writes_what_changed_and_removes_what_is_gone() {
    let project = Project::shop(GOOD);
    project.write("content/gone.md", "# Gone\n");
    project.run("build").fine();
    let before = project.published();
    let built = project.edit("content/page.md", "# Page", "# Page\n\nNew words.").run("build").fine();
    let after = project.published();
    let is_list = |name: &String| name == ".proofbook-files.json";
    let changed = |name: &&String| before.get(*name) != after.get(*name) && !is_list(name);
    let written: Vec<&String> = after.keys().filter(changed).collect();
    let removed = before.keys().filter(|name| !after.contains_key(*name)).count();
    built.says(&format!("({} files written, ", written.len())).says(&format!(", {removed} removed)"));
    // The index of the search holds the words, too.
    let of_pages: Vec<&str> =
        written.into_iter().map(String::as_str).filter(|name| !name.starts_with("search/")).collect();
    assert_eq!(of_pages, ["page.html", "page.md"]);
    assert!(project.read("public/page.html").contains("New words."));

    project.remove("content/gone.md").run("build").fine();
    let left = project.published();
    let gone: Vec<&String> =
        after.keys().filter(|name| !left.contains_key(*name) && !name.starts_with("search/")).collect();
    assert!(
        matches!(&gone[..], [page, markdown, tree] if *page == "gone.html" && *markdown == "gone.md" && tree.starts_with("navigation-")),
        "{gone:?}"
    );
}

#[test]
fn verify_publishes_what_it_proved() {
    let project = Project::shop(GOOD);
    project.run("build --verify").is(expect![[r#"
        exit status 0
        --- stdout
         proven  content/page.md on sqlite: 1 passed ([TIME])

        1 page: 1 proven
        1 snippet: 1 passed ([TIME])
        sandbox: [LAYERS]
        2 pages published in public (24 files written, 0 unchanged, 0 removed)
    "#]]);
    assert!(proof_of(&project.read("public/page.html")).starts_with("Proven"));
}

#[test]
fn verify_publishes_nothing_if_a_snippet_fails_and_the_old_site_stays() {
    let project = Project::shop(GOOD);
    project.run("build --verify").fine();
    let before = project.published();
    project.edit("content/page.md", "# Page", "# A newer page").edit("content/page.md", "accounts ~1", "accounts ~2");
    project.run("build --verify").is(expect![[r#"
        exit status 1
        --- stdout
         failed  content/page.md on sqlite: 1 failed ([TIME])

        FAILED content/page.md:3:16 step `snippet-1` on sqlite

        >   3 │ ```sql effect="accounts ~2"
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
        1 snippet: 1 failed ([TIME])
        sandbox: [LAYERS]
        --- stderr
        nothing was published
    "#]]);
    assert!(project.published() == before);

    project.edit("content/page.md", "```sql effect", "```sql efect");
    project.run("build --verify").ended(1).warns("nothing was published");
    assert!(project.published() == before);

    let fresh = Project::shop(GOOD);
    fresh.edit("content/page.md", "accounts ~1", "accounts ~2").run("build --verify").ended(1);
    assert!(!fresh.path("public").exists());
}

#[test]
fn a_template_of_the_theme_that_is_wrong_is_told_and_publishes_nothing() {
    let project = Project::shop(GOOD);
    project.write("themes/default/templates/page.html", "{% if %}");
    let built = project.run("build").ended(1);
    assert!(built.stderr.contains("page.html"), "{}", built.whole());
    assert!(!project.path("public").exists());
}

#[test]
fn a_theme_replaces_the_built_in_one_file_by_file() {
    let project = Project::shop(GOOD);
    project.run("build").fine();
    let folder = theme_folder(&project);
    project.write("themes/default/assets/style.css", "body { color: green }\n").run("build").fine();
    let own = theme_folder(&project);
    assert_eq!(project.read(&format!("public/{own}/style.css")), "body { color: green }\n");
    assert!(project.path(&format!("public/{own}/page.js")).exists());
    assert!(own != folder && !project.path("public").join(folder).exists(), "another folder for other files");
}

/// The folder with the theme's assets, as the pages name it.
fn theme_folder(project: &Project) -> String {
    let page = project.read("public/page.html");
    let folder = page.split('"').find_map(|value| value.strip_suffix("/style.css")).unwrap_or_else(|| panic!("{page}"));
    assert!(folder.starts_with("theme-"), "{folder}");
    folder.to_owned()
}

#[test]
fn a_slot_of_the_theme_is_filled_and_a_misspelt_one_is_told() {
    let project = Project::shop(GOOD);
    let slot = "<script src=\"{{ site.theme }}count.js\" defer></script>\n";
    project.write("themes/default/templates/slots/head_extra.html", slot);
    project.write("themes/default/assets/count.js", "// counts\n").run("build").fine();
    let folder = theme_folder(&project);
    assert!(project.read("public/page.html").contains(&format!("<script src=\"{folder}/count.js\" defer></script>")));
    assert_eq!(project.read(&format!("public/{folder}/count.js")), "// counts\n");

    project.write("themes/default/templates/slots/footer-end.html", "<p>Ours</p>\n").run("build").is(expect![[r#"
        exit status 1
        --- stderr
        error: themes/default/templates/slots/footer-end.html: there is no such slot, so no page would show it
          help: did you mean `slots/footer_end.html`?
    "#]]);
}

#[test]
fn an_image_has_its_size_and_a_title_becomes_a_caption() {
    let project = Project::new(&[
        ("content/index.md", "# Home\n\n![The plan](plans/a.svg)\n\n![The yard](plans/a.svg \"The yard in June\")\n"),
        ("content/plans/a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 320 200\"/>\n"),
    ]);
    project.run("build").fine();
    let page = project.read("public/index.html");
    let first = "<p><img src=\"plans/a.svg\" alt=\"The plan\" width=\"320\" height=\"200\" decoding=\"async\" /></p>";
    assert!(page.contains(first), "{page}");
    assert!(page.contains("loading=\"lazy\" decoding=\"async\" /><figcaption>The yard in June</figcaption></figure>"));
}

#[test]
fn a_file_is_shown_as_it_was_written() {
    let page = "+++\n[parameters.name]\ndefault = \"a<b>\"\n+++\n\n```xml file=x.xml params\n<n>{{name}}</n>\n```\n\n\
                ```bash check\ncat x.xml\n```\n```output\n<n>a&lt;b&gt;</n>\n```\n";
    let project = Project::new(&[("content/index.md", page)]);
    project.run("build --verify").ended(0);
    let html = project.read("public/index.html");
    // Escaped once for the file, and once more for the page it is shown on; the value is marked.
    let shown = html.split("<var data-parameter=\"name\"").last().and_then(|rest| rest.split("</var>").next());
    let shown = Regex::new("<[^>]*>").unwrap().replace_all(shown.unwrap_or(&html), "").into_owned();
    assert!(shown.ends_with("a&amp;lt;b&amp;gt;"), "{shown}");
    assert!(!html.contains("{{name}}"), "{html}");
}
