//! Several engines and cases: one text where it holds for all, else a fence each.

use super::*;

const TOP: &str =
    "+++\nengines = ['sqlite', 'mariadb']\n[parameters.n]\ndefault = '1'\n[[cases]]\nname = 'b'\nn = '2'\n+++\n\n";

/// The page after runs in which its one snippet printed this.
fn after(text: &str, runs: &[(Engine, &str, &str)]) -> (String, Vec<String>) {
    let text = format!("{TOP}{text}");
    let read = read(&text);
    let runs: Vec<PageRun> =
        runs.iter().map(|(engine, case, printed)| run(&read, *engine, case, &|_| prints(printed))).collect();
    let proposal = proposed(&read, &runs, Wish::Outputs);
    let why = proposal.refused.iter().map(|refusal| refusal.why.clone()).collect();
    let new = rewritten(&text, &proposal.edits);
    if !proposal.edits.is_empty() {
        let read = super::read(&new);
        let again: Vec<PageRun> = runs
            .iter()
            .map(|was| run(&read, was.engine.unwrap(), &was.case, &|_| prints(&was.outcomes[0].printed.stdout)))
            .collect();
        assert!(again.iter().all(|run| run.outcomes[0].verdict == Verdict::Passed), "{new}");
        assert_eq!(proposed(&read, &again, Wish::Outputs), Proposal::default(), "twice\n{new}");
    }
    (new.strip_prefix(TOP).unwrap().to_owned(), why)
}

#[track_caller]
fn becomes(text: &str, runs: &[(Engine, &str, &str)], expected: &str) {
    assert_eq!(after(text, runs), (expected.to_owned(), Vec::new()));
}

use Engine::{Mariadb, Sqlite};

const BLOCK: &str = "```bash\nx\n```\n";

#[test]
fn one_text_where_it_holds_for_all() {
    becomes(
        &format!("{BLOCK}```output\nold <n>\n```\n"),
        &[(Sqlite, "default", "new 1"), (Sqlite, "b", "new 2"), (Mariadb, "default", "new 1"), (Mariadb, "b", "new 2")],
        &format!("{BLOCK}```output\nnew <n>\n```\n"),
    );
}

#[test]
fn engines_that_differ_get_a_fence_each() {
    becomes(
        &format!(
            "- {}  ```output stderr\n  ```\n  ```output unordered\n  old\n  ```\n\nend\n",
            BLOCK.replace("\nx\n", "\n  x\n  ")
        ),
        &[(Sqlite, "default", "s"), (Sqlite, "b", "s"), (Mariadb, "default", "m"), (Mariadb, "b", "m")],
        "- ```bash\n  x\n  ```\n  ```output stderr\n  ```\n  ```output unordered engine=sqlite\n  s\n  ```\n  ```output unordered engine=mariadb\n  m\n  ```\n\nend\n",
    );
    // The engine on which it holds keeps its bytes.
    becomes(
        &format!("{BLOCK}```output\nold\n```\n"),
        &[(Sqlite, "default", "s"), (Sqlite, "b", "s"), (Mariadb, "default", "old"), (Mariadb, "b", "old")],
        &format!("{BLOCK}```output engine=sqlite\ns\n```\n```output engine=mariadb\nold\n```\n"),
    );
}

#[test]
fn an_engine_that_did_not_run_keeps_what_it_had() {
    becomes(
        &format!("{BLOCK}```output\nold\n```\n"),
        &[(Mariadb, "default", "m"), (Mariadb, "b", "m")],
        &format!("{BLOCK}```output engine=sqlite\nold\n```\n```output engine=mariadb\nm\n```\n"),
    );
    becomes(
        &format!("{BLOCK}```output engine=sqlite\nold\n```\n```output engine=mariadb\nm\n```\n"),
        &[(Sqlite, "default", "s"), (Sqlite, "b", "s")],
        &format!("{BLOCK}```output engine=sqlite\ns\n```\n```output engine=mariadb\nm\n```\n"),
    );
}

#[test]
fn cases_that_differ_get_a_fence_each() {
    becomes(
        &format!("{BLOCK}```output\nold\n```\n"),
        &[(Sqlite, "default", "x"), (Sqlite, "b", "y"), (Mariadb, "default", "x"), (Mariadb, "b", "y")],
        &format!("{BLOCK}```output case=default\nx\n```\n```output case=b\ny\n```\n"),
    );
    becomes(
        &format!("{BLOCK}```output engine=sqlite\nold\n```\n```output engine=mariadb\nm\n```\n"),
        &[(Sqlite, "default", "old"), (Sqlite, "b", "y"), (Mariadb, "default", "m"), (Mariadb, "b", "m")],
        &format!(
            "{BLOCK}```output engine=sqlite case=default\nold\n```\n```output engine=sqlite case=b\ny\n```\n```output engine=mariadb\nm\n```\n"
        ),
    );
}

#[test]
fn where_others_have_an_output_one_is_added_if_it_differs() {
    let page = format!("{BLOCK}```output engine=sqlite\ns\n```\n\nend\n");
    becomes(
        &page,
        &[(Sqlite, "default", "s"), (Sqlite, "b", "s"), (Mariadb, "default", "m"), (Mariadb, "b", "m")],
        &format!("{BLOCK}```output engine=sqlite\ns\n```\n```output engine=mariadb\nm\n```\n\nend\n"),
    );
    let alike: Vec<_> =
        [Sqlite, Mariadb].iter().flat_map(|engine| [(*engine, "default", "s"), (*engine, "b", "s")]).collect();
    becomes(&page, &alike, &page);
    becomes(
        &format!("{BLOCK}```output case=b\ny\n```\n"),
        &[(Sqlite, "default", "x"), (Sqlite, "b", "y"), (Mariadb, "default", "x"), (Mariadb, "b", "y")],
        &format!("{BLOCK}```output case=b\ny\n```\n```output case=default\nx\n```\n"),
    );
    becomes(BLOCK, &alike, BLOCK);
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let transcript = "```console\n$ x\nold\n```\n";
    let all = |mariadb| {
        [(Sqlite, "default", "s"), (Sqlite, "b", "s"), (Mariadb, "default", mariadb), (Mariadb, "b", mariadb)]
    };
    assert_eq!(after(transcript, &all("m")).1, ["it prints something else on mariadb in the case `default`"]);
    assert_eq!(after(transcript, &all("s")).0, "```console\n$ x\ns\n```\n");
    assert_eq!(
        after(transcript, &all("s")[..2]).1,
        ["it was not run on mariadb in the case `default`, where the transcript would have to be right, too"]
    );
    let above = format!("{BLOCK}<!-- proof: unordered -->\n```output\nold\n```\n");
    assert_eq!(after(&above, &all("m")).1, ["the runs differ, and the words of its `output` stand in a comment"]);
}
