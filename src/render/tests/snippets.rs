//! Snippets: code, results, verdicts and effects, in words.

use std::collections::BTreeMap;

use super::support::{Project, failed, outcome, passed, text_of};
use crate::config::Engine;
use crate::expect::{Cell, ResultSet, TableDifference};
use crate::runbook::effect::{Counts, Effect, Promise, RowChange, TableEffect};
use crate::runbook::outcome::{FailedCommand, Outcome, PageProof, Problem, SkipReason, Verdict};
use crate::runbook::{Snippet, Stream};

/// A page with a snippet of every kind.
const PAGE: &str = r#"+++
title = "Remove a link"
kind = "doc"
description = "One row goes."
owner = "On call"
tags = ["a", "b"]
review_by = "2027-01-31"

[parameters.name]
label = "Name of the <thing>"
default = "O'Brien & <b>"
+++

## Steps

```sql setup name=prepare title="Prepare the case"
INSERT INTO t VALUES (1);
```

```sql name=remove effect="links -1" title="Remove the link" {2}
DELETE FROM links
 WHERE name = :name;
```

```sql check name=look title="Nothing is left"
SELECT name, n FROM links;
```
```output
+--------+------+
| name   | n    |
+--------+------+
| <name> |    1 |
| x      | NULL |
+--------+------+
```

```bash name=greet
echo "$NAME"
```
```output
<name>
```

~~~bash skip="needs a `live` server" title="Ask the server"
curl example.org
~~~

```xml file=a/b.xml
<a/>
```

```sql undo of=remove name=back effect="links +1" title="Put it back"
INSERT INTO links VALUES (1);
```

"#;

/// A drill.
const DRILL: &str = r#"+++
title = "A drill"
kind = "drill"
description = "Something is lost."
owner = "On call"
+++

## Situation

```sql fault name=break title="The secret"
DROP TABLE links;
```

## What you do

```sql
CREATE TABLE links (name);
```

## How you know it worked

```sql check
SELECT name FROM links;
```
```output
Empty set
```
"#;

fn project() -> Project {
    Project::new(&[("index.md", "# Home\n"), ("do/p.md", PAGE), ("do/drill.md", DRILL)])
}

fn page(proofs: &[PageProof]) -> String {
    project().page("do/p.html", proofs)
}

/// The figure of the snippet `id`, as a reader sees it: its text without markup, line by line.
fn figure(html: &str, id: &str) -> String {
    let start = html.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}"));
    let end = start + html[start..].find("</figure>").unwrap();
    text_of(&html[start..end]).split_once('>').unwrap().1.trim().to_owned()
}

#[test]
fn a_snippet_shows_what_was_promised_and_what_happened() {
    let project = project();
    let html = project.page("do/p.html", &project.proofs(passed));
    assert_eq!(
        figure(&html, "remove"),
        "Remove the link\nDELETE FROM links\nWHERE name = 'O''Brien & <b>';\nProved on SQLite 3.50.4 4 ms\n\
         Effect links −1 removed as promised\nlinks\nid name note\n− removed 7 gone NULL"
    );
    assert_eq!(
        figure(&html, "look"),
        "Nothing is left Check\nSELECT name, n FROM links;\nResult\nname n\nO'Brien & <b> 1\nx NULL\n\
         Proved on SQLite 3.50.4 4 ms"
    );
    assert_eq!(
        figure(&html, "greet"),
        "Step\nNAME='O'\\''Brien & <b>'\necho \"$NAME\"\nOutput\nO'Brien & <b>\nProved 4 ms"
    );
    assert_eq!(figure(&html, "back").lines().next(), Some("Put it back Undo of Remove the link"));
    assert!(
        figure(&html, "back").contains("\nUndo verified on SQLite 3.50.4 4 ms\nEffect links +1 added as promised\n")
    );
}

#[test]
fn values_filled_in_are_marked_in_code_and_results() {
    let html = page(&[]);
    let marked = "<var data-parameter=\"name\" title=\"Name of the &lt;thing&gt;\">";
    assert!(html.contains(&format!("{marked}<span class=\"s\">'O")), "{html}");
    assert!(html.contains("Brien &amp; &lt;b&gt;'</span></var>;"), "{html}");
    assert!(html.contains(&format!("<td>{marked}O'Brien &amp; &lt;b&gt;</var></td>")), "{html}");
    assert!(html.contains("<span class=\"line marked\">"));
}

#[test]
fn what_comes_in_other_cases_is_folded_and_has_their_values() {
    let page = "+++\ntitle = 'P'\n[parameters.who]\ndefault = 'Ada'\n[[cases]]\nname = 'second'\nwho = 'Bob'\n\
         [[cases]]\nname = 'third'\nwho = 'Cy'\n+++\n\
         ```bash check name=each\necho \"$WHO\"\n```\n```output case=default\n<who>\n```\n\
         ```output case=second\n<who>!\n```\n```output case=third\n<who>?\n```\n\
         ```sql check name=one\nSELECT who FROM t;\n```\n```output\n| who   |\n| <who> |\n```\n";
    let page = page.replace("```sql check name=one", "```sql check name=one case=second");
    let project = Project::new(&[("p.md", &page)]);
    let html = project.page("p.html", &[]);
    let each = html.split("<figure").find(|part| part.contains("id=\"each\"")).unwrap();
    let (own, others) = each.split_once("<details class=\"other-cases\">").unwrap();
    assert!(text_of(own).ends_with("Output\nAda"), "{}", text_of(own));
    assert!(!own.contains(" case "), "{own}");
    let told = text_of(others);
    assert!(
        told.contains("In 2 other cases\nOutput in the case second\nBob!\nOutput in the case third\nCy?\n"),
        "{told}"
    );
    assert!(!others.contains("data-parameter"), "only the reader's own values are the reader's to change: {others}");
    let search = project.render(&[]).files.into_iter().filter(|(path, _)| path.as_str().starts_with("search/"));
    let words: String = search.map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect();
    assert!(words.contains("Ada") && !words.contains("Cy?"));
}

#[test]
fn what_is_not_run_says_why() {
    let html = page(&[]);
    let text = text_of(&html);
    assert!(text.contains("Not run: needs a live server"), "{text}");
    assert!(html.contains("needs a <code>live</code> server"));
    assert_eq!(text.matches("Not run yet").count(), 7, "six snippets and the page: {text}");
    assert!(text.contains("Not run yet: nothing on this page has been proved\n1 is shown and not run, and says why."));
}

#[test]
fn setups_are_folded_and_faults_hidden() {
    let html = page(&[]);
    assert!(html.contains("<summary><strong>Setup</strong> Prepare the case</summary>"));
    assert!(!html.contains("<details class=\"fold snippet-fold\" open"));
    let html = project().page("do/drill.html", &[]);
    let fault = html.find("<summary><strong>Fault</strong>").unwrap();
    let summary = &html[fault..fault + html[fault..].find("</summary>").unwrap()];
    assert!(!summary.contains("secret"), "the title would tell what is to be found out: {summary}");
    assert!(!html.contains("<details class=\"fold snippet-fold\" open"));
}

#[test]
fn the_page_says_how_it_stands() {
    let project = project();
    let proofs = project.proofs(passed);
    let html = project.page("do/p.html", &proofs);
    let banner = |html: &str| {
        let start = html.find("<section class=\"proof").unwrap();
        text_of(&html[start..start + html[start..].find("</section>").unwrap()])
    };
    assert_eq!(
        banner(&html),
        "Proven: all 6 blocks passed on SQLite 3.50.4\n\
         Last run 22 November 2026, 17:05 UTC. 1 more is shown and not run, and says why."
    );

    let mut stale = proofs.clone();
    stale[0].stale = true;
    let html = project.page("do/p.html", &stale);
    assert!(banner(&html).starts_with("Stale: the page has changed since its last run"), "{}", banner(&html));
    assert!(figure(&html, "remove").contains("Stale: the page has changed since it passed on SQLite 3.50.4"));
    assert!(!figure(&html, "remove").contains("gone"), "rows of another page's run are not shown as this one's");
    assert!(html.contains("<span class=\"mark stale\">stale</span>"), "the navigation warns");

    let all = project.proofs(|snippet| match &snippet.condition.skip {
        Some(_) => passed(snippet),
        None => outcome(snippet, Verdict::Passed, None),
    });
    assert!(banner(&project.page("do/p.html", &all)).starts_with("Proven: all 6 blocks passed on SQLite 3.50.4"));
}

#[test]
fn failures_give_the_short_reason() {
    let project = project();
    let row = vec![Cell::Number("7".into()), Cell::Text("<i>i586</i>".into())];
    let table = TableEffect {
        counts: Counts { removed: 3, ..Counts::default() },
        columns: vec!["id".into(), "name".into()],
        key: vec!["id".into()],
        rows: vec![RowChange::Removed(row.clone())],
    };
    let measured = Effect { tables: [("architectures".to_owned(), table)].into(), ..Effect::default() };
    let promised = Promise::parse("links -1").unwrap();
    let actual = ResultSet { columns: vec!["id".into(), "name".into()], rows: vec![row], ordered: false };
    let proofs = project.proofs(|snippet| match snippet.id.as_str() {
        "remove" => {
            let problem = Problem::Effect { promised: promised.clone(), measured: measured.clone() };
            failed(snippet, problem, Some(measured.clone()))
        }
        "look" => {
            let difference = TableDifference {
                columns: None,
                cells: Vec::new(),
                missing: Vec::new(),
                unexpected: Vec::new(),
                order: false,
                actual: actual.clone(),
                actual_rows: 1,
                left_out: 0,
            };
            failed(snippet, Problem::Table { line: 1, number: 1, difference }, None)
        }
        "greet" => {
            let (expected, actual) = ("a".into(), "<script>alert(1)</script>\n".into());
            failed(snippet, Problem::Text { line: 1, stream: Stream::Stdout, expected, actual, command: None }, None)
        }
        "prepare" => outcome(snippet, Verdict::TimedOut { limit: 30_000, running: None }, None),
        "back" => outcome(snippet, Verdict::NotRun { because: "`remove` failed before it".into() }, None),
        "break" => outcome(snippet, Verdict::Error { message: "the disk is full".into() }, None),
        _ => outcome(snippet, Verdict::Skipped { reason: SkipReason::Missing("xmllint".into()) }, None),
    });
    let html = project.page("do/p.html", &proofs);
    assert_eq!(
        figure(&html, "remove").split_once("';\n").unwrap().1,
        "Failed on SQLite 3.50.4 4 ms\nit promises to change links −1, but changed architectures −3\n\
         Effect architectures −3 removed not as promised\narchitectures\nid name\n− removed 7 <i>i586</i>\n\
         and 2 more rows"
    );
    assert!(figure(&html, "look").ends_with("the result differs\nid name\n7 <i>i586</i>"));
    assert!(figure(&html, "greet").ends_with("the output differs\n<script>alert(1)</script>"));
    assert!(figure(&html, "prepare").contains("Ended on SQLite 3.50.4: it was still running after 30 s"));
    assert!(figure(&html, "back").contains("Not run: remove failed before it"));
    let drill = project.page("do/drill.html", &proofs);
    assert!(figure(&drill, "break").contains("Could not be run on SQLite 3.50.4: the disk is full"));
    assert!(text_of(&html).contains("Not proved: needs the program xmllint, which was not installed"));
    assert!(text_of(&html).contains("Failed: 0 of 6 blocks passed on SQLite 3.50.4"));
    assert!(html.contains("<details class=\"fold snippet-fold\" open>"), "a setup that failed is not folded away");
}

#[test]
fn what_was_only_measured_says_so() {
    let text = "```sql name=a\nDELETE FROM t;\n```\n\n```sql name=b\nSELECT 1;\n```\n";
    let project = Project::new(&[("index.md", text)]);
    let proofs = project.proofs(|snippet: &Snippet| {
        let row = vec![Cell::Number("1".into()), Cell::Text("old".into())];
        let after = vec![Cell::Number("1".into()), Cell::Text("new".into())];
        let table = TableEffect {
            counts: Counts { changed: 1, ..Counts::default() },
            columns: vec!["id".into(), "name".into()],
            key: vec!["id".into()],
            rows: vec![RowChange::Changed { before: row, after }],
        };
        let tables = if snippet.id == "a" { [("t".to_owned(), table)].into() } else { [].into() };
        outcome(snippet, Verdict::Passed, Some(Effect { tables, ..Effect::default() }))
    });
    let html = project.page("index.html", &proofs);
    assert!(
        figure(&html, "a").ends_with("Effect t ~1 changed measured, not promised\nt\nid name\n~ changed 1 old → new"),
        "{}",
        figure(&html, "a")
    );
    assert!(html.contains("<td>old → <mark>new</mark></td>"), "the cell that changed is marked");
    assert!(figure(&html, "b").ends_with("Effect no row changed measured, not promised"));
}

#[test]
fn a_page_that_is_not_run_says_why() {
    let text = "+++\nrun = false\nrun_reason = \"needs a cluster\"\n+++\n```sql name=a\nSELECT 1;\n```\n";
    let html = Project::new(&[("index.md", text)]).page("index.html", &[]);
    assert_eq!(text_of(&html).matches("Not run: needs a cluster").count(), 2, "the page and its block");

    let config = "title = 'T'\n[run]\npages = ['do/**']\n[database.obs]\n";
    let html =
        Project::configured(config, &[("index.md", "```sql anything=1\nSELECT 1;\n```\n")]).page("index.html", &[]);
    assert!(text_of(&html).contains("Not run: the page is outside [run] pages"), "{}", text_of(&html));
}

#[test]
fn a_transcript_shows_what_is_typed_apart_from_what_comes() {
    let text = "+++\n[parameters.name]\ndefault = \"O'Brien & <b>\"\n+++\n\
                ```console name=a\n$ echo \"$NAME\" <name>\n> # more\n<name>\n\n[1] <name>\n$ false\n[1]\n```\n";
    let project = Project::new(&[("index.md", text)]);
    let html = project.page("index.html", &project.proofs(passed));
    assert_eq!(
        figure(&html, "a"),
        "Step\nNAME='O'\\''Brien & <b>'\n$ echo \"$NAME\" <name>\n> # more\nO'Brien & <b>\n[1] O'Brien & <b>\n$ false\n\
         [1]\nProved 4 ms"
    );
    assert_eq!(html.matches("<span class=\"prompt\">").count(), 3);
    let value =
        "<var data-parameter=\"name\" title=\"name\"><span class=\"printed\">O'Brien &amp; &lt;b&gt;</span></var>";
    assert_eq!(html.matches(value).count(), 2, "{html}");

    let html = project.page(
        "index.html",
        &project.proofs(|snippet| {
            let (expected, actual) = ("a\n".to_owned(), "b\n".to_owned());
            let command = Some(FailedCommand { line: 6, command: "echo `a`".into() });
            failed(snippet, Problem::Text { line: 8, stream: Stream::Both, expected, actual, command }, None)
        }),
    );
    let figure = figure(&html, "a");
    assert!(figure.contains("echo 'a' printed something else\nb"), "{figure}");
}

#[test]
fn what_ran_on_one_engine_is_shown_though_another_skipped_it() {
    let text = "+++\ntitle = \"P\"\nengines = [\"sqlite\", \"mariadb\"]\n+++\n\n\
                ```sql name=only engine=mariadb effect=\"links -1\"\nDELETE FROM links;\n```\n";
    let project = Project::new(&[("index.md", text)]);
    let on_sqlite = project
        .proofs(|snippet| outcome(snippet, Verdict::Skipped { reason: SkipReason::Engine("mariadb".into()) }, None));
    let mut on_mariadb = project.proofs(passed);
    on_mariadb[0].run.engine = Some(Engine::Mariadb);
    on_mariadb[0].run.engine_version = Some("MariaDB 10.11.8".into());
    let html = project.page("index.html", &[on_sqlite, on_mariadb].concat());
    let told = figure(&html, "only");
    assert!(told.contains("Proved on MariaDB 10.11.8"), "{told}");
    assert!(told.contains("links −1 removed as promised"), "{told}");
}

#[test]
fn of_a_wide_table_the_key_and_what_changed_are_shown() {
    let project = Project::new(&[("index.md", "```sql name=a\nUPDATE t SET c20 = NULL;\n```\n")]);
    let proofs = project.proofs(|snippet: &Snippet| {
        let before: Vec<Cell> = (0..30).map(|at| Cell::Text("<b>".repeat(if at == 20 { 40 } else { 1 }))).collect();
        let mut after = before.clone();
        after[20] = Cell::Null;
        let table = TableEffect {
            counts: Counts { changed: 2, ..Counts::default() },
            columns: (0..30).map(|at| format!("c{at}")).collect(),
            key: vec!["c0".into()],
            rows: vec![RowChange::Changed { before, after }],
        };
        outcome(
            snippet,
            Verdict::Passed,
            Some(Effect { tables: [("t".to_owned(), table)].into(), ..Effect::default() }),
        )
    });
    let html = project.page("index.html", &proofs);
    let shown = format!("{}<", "<b>".repeat(13));
    assert!(
        figure(&html, "a").ends_with(&format!(
            "t, 2 of 30 columns\nc0 c20\n~ changed <b> {shown}… (120 characters)\n→ NULL\nand 1 more row"
        )),
        "{}",
        figure(&html, "a")
    );
    assert!(html.contains("<mark><span class=\"null\">NULL</span></mark>"), "{html}");
}

#[test]
fn what_is_ignored_is_said() {
    let project = Project::new(&[("index.md", "```sql name=a check\nSELECT 1;\n```\n```output\n| 1 |\n| 1 |\n```\n")]);
    let proofs = project.proofs(|snippet: &Snippet| {
        let at = |rows| BTreeMap::from([("t".to_owned(), BTreeMap::from([("at".to_owned(), rows)]))]);
        let effect = Effect { ignored: at(3), ..Effect::default() };
        Outcome { left: at(1), ..outcome(snippet, Verdict::Passed, Some(effect)) }
    });
    let html = project.page("index.html", &proofs);
    assert!(
        figure(&html, "a").ends_with(
            "Effect no row changed measured, not promised\nIgnored: t.at in 3 rows (volatile)\n\
             Ignored, though not as before the step: t.at in 1 row (volatile)"
        ),
        "{}",
        figure(&html, "a")
    );
}
