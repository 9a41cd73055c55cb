//! The index a site is searched with: what is in it, and what is not.

use expect_test::expect;

use crate::support::{Project, get, text};

/// A site with something of everything that can be found, and with what must not be.
fn site() -> Project {
    let project = Project::new(&[
        ("proofbook.toml", "title = \"Shop\"\n"),
        ("content/index.md", "# Home\n\nWelcome.\n"),
        ("content/soon.md", "+++\ntitle = \"Soon\"\ndraft = true\n+++\n\nThe unpublishedword.\n"),
        ("content/_notes/mine.md", "# Mine\n\nThe privateword.\n"),
    ]);
    project.write(
        "content/guide/prices.md",
        &text(
            r#"
            +++
            title = "Change prices"
            tags = ["money-tag"]
            aliases = ["old/tariffs.html"]
            owner = "Pricing team"
            +++

            ## Žluťoučký heading {#own-id}

            Run `recalculate_prices --dry-run`.

            ```ruby title="A titleword"
            Price.find(42)
            ```
        "#,
        ),
    );
    project
}

/// Every script of the index in one text.
fn index(project: &Project) -> String {
    let files = project.published().into_iter().filter(|(name, _)| name.starts_with("search/"));
    files.map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect()
}

#[test]
fn what_is_published_is_found_and_nothing_else() {
    let project = site();
    project.run("build").fine();
    // In order: the terms, each without what it shares with the one before and with the passages it stands in; what is shown
    // of the passages; the words that one with a slip may stand for; what leads to all that.
    let index = index(&project).replace(&folder(&project), "HASH").replace(';', ";\n");
    expect![[r#"
        proofbookSearch("terms-0","042 4C;
        0a 8C;
        0change pB;
        0dry 5C;
        3-run 5C;
        0find 4C;
        0heading eC;
        1ome wA;
        0money 6B;
        5-tag 6B;
        0old 6B;
        3/tariffs 6B;
        0price 4C;
        5.find 4C;
        5s pB,5C;
        4ing 6B;
        0recalculate 5C;
        B_prices 5C;
        1un 6C;
        0tag 6B;
        2riffs 6B;
        1eam 6B;
        1itleword 8C;
        0welcome 2A;
        0zlutoucky eC;
        ");

        proofbookSearch("text-0",[["Home","index.html",[],[["","","Welcome."]]],["Change prices","guide/prices.html",["Guide"],[["","",""],["own-id","Žluťoučký heading","Run `recalculate_prices --dry-run`.\nA titleword\n\tPrice.find(42)"]]]]);

        proofbookSearch("words-11","0recalculate");

        proofbookSearch("words-3","0dry0old0run0tag");

        proofbookSearch("words-4","0find0home0team");

        proofbookSearch("words-5","0money0price");

        proofbookSearch("words-6","0change0prices");

        proofbookSearch("words-7","0heading0pricing0tariffs0welcome");

        proofbookSearch("words-9","0titleword0zlutoucky");

        proofbookSearch("index",{"continued":"","folder":"HASH","kinds":{"names":[["doc","Doc"]],"of":"00"},"passages":"BC","states":{"names":[],"of":"--"},"tags":[["money-tag","B"]],"terms":["42"],"texts":"A","words":[3,4,5,6,7,9,11]});

    "#]].assert_eq(&index);
    for hidden in ["unpublished", "soon", "private", "mine"] {
        assert!(!index.to_lowercase().contains(hidden), "{hidden} is in {index}");
    }
}

#[test]
fn every_script_hands_over_what_it_is_named_by() {
    let project = site();
    project.run("build").fine();
    let published = project.published();
    let folder = folder(&project);
    let mut count = 0;
    for (name, bytes) in published.iter().filter(|(name, _)| name.starts_with("search/")) {
        let (stem, text) = (name.rsplit('/').next().unwrap(), String::from_utf8(bytes.clone()).unwrap());
        let stem = stem.trim_end_matches(".js");
        assert!(text.starts_with(&format!("proofbookSearch(\"{stem}\",")) && text.ends_with(");\n"), "{name}: {text}");
        assert!(name == "search/index.js" || name.starts_with(&format!("search/{folder}/")), "{name}");
        count += 1;
    }
    assert!(count > 5, "{count}");
    for page in ["index.html", "guide/prices.html", "404.html"] {
        let html = project.read(&format!("public/{page}"));
        let prefix = if page.contains('/') { "../search/" } else { "search/" };
        assert!(html.contains(&format!("data-index=\"{prefix}\"")), "{page}: {html}");
    }
}

/// The folder that `search/index.js` leads to.
fn folder(project: &Project) -> String {
    let index = project.read("public/search/index.js");
    index.split_once("\"folder\":\"").unwrap().1.split('"').next().unwrap().to_owned()
}

#[test]
fn a_changed_word_moves_the_index_and_no_other_page() {
    let project = site();
    project.run("build").fine();
    let (before, old) = (project.published(), folder(&project));
    project.run("build").fine();
    assert_eq!(project.published(), before, "the same site gives the same bytes");
    project.edit("content/guide/prices.md", "Price.find(42)", "Price.find(43)").run("build").fine();
    let after = project.published();
    assert_ne!(folder(&project), old);
    let pages = |name: &&String| name.ends_with(".html") && !name.starts_with("guide/");
    for name in after.keys().filter(pages) {
        assert_eq!(after.get(name), before.get(name), "{name} is as it was");
    }
    assert!(!after.keys().any(|name| name.contains(&old)), "the old index is gone");
}

#[test]
fn the_preview_searches_what_it_shows() {
    let project = site();
    let mut running = project.command("serve --port 0").start();
    let line = running.first_line();
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let index = get(&address, "/search/index.js");
    assert_eq!(index.status, 200);
    let folder = index.body.split_once("\"folder\":\"").unwrap().1.split('"').next().unwrap();
    let terms = get(&address, &format!("/search/{folder}/terms-0.js"));
    assert!(terms.body.contains("unpublishedword "), "a draft is shown in the preview, and found: {}", terms.body);
}
