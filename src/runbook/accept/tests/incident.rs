//! What no flag may bless.

use super::*;
use crate::runbook::effect::{ObjectChange, SchemaChange};

const STEP: &str = "```sql effect=\"links -1, Other ~1\"\nDELETE FROM links;\n```\n";

#[track_caller]
fn effect(came: Came, expected: Result<&str, &str>) {
    match expected {
        Ok(value) => {
            let (new, refused) = accepted(STEP, Wish::Effects, &|_| came.clone());
            assert_eq!((new, refused), (STEP.replace("links -1, Other ~1", value), Vec::new()));
            refuses(
                STEP,
                Wish::Outputs,
                came,
                "`--accept=effects`".trim_matches('`').trim_start_matches("--accept=effects"),
            );
        }
        Err(why) => {
            refuses(STEP, Wish::Effects, came.clone(), why);
            refuses(STEP, Wish::Outputs, came, why);
        }
    }
}

#[test]
fn counts_of_named_tables_are_accepted_if_asked_for() {
    effect(changes(&[("links", 0, 0, 2), ("other", 0, 3, 0)]), Ok("links -2, Other ~3"));
    effect(changes(&[("links", 0, 0, 1)]), Ok("links -1"));
}

#[test]
fn a_table_or_a_change_not_named_before_never_is() {
    effect(
        changes(&[("architectures", 0, 0, 1)]),
        Err("the page never said that `architectures` changes, and it did (-1)"),
    );
    effect(changes(&[("links", 0, 0, 1), ("architectures", 0, 0, 1), ("other", 0, 1, 0)]), Err("`architectures`"));
    effect(changes(&[("links", 1, 0, 1), ("other", 0, 1, 0)]), Err("never said that rows are added to `links`"));
    effect(changes(&[("links", 0, 0, 1), ("other", 0, 0, 1)]), Err("rows are removed from `other`"));
    effect(changes(&[]), Err("it changed nothing any more"));
    let mut came = changes(&[("links", 0, 0, 2), ("other", 0, 1, 0)]);
    came.effect.schema.push(SchemaChange { kind: "table".into(), name: "t".into(), change: ObjectChange::Removed });
    effect(came, Err("never said that the schema changes"));
}

#[test]
fn while_something_failed_for_another_reason_the_page_keeps_its_text() {
    let page = "```bash\na\n```\n```output\nold\n```\n\n```bash check\nb\n```\n";
    let came = |index: usize| match index {
        0 => prints("new\n"),
        _ => Came {
            problems: vec![Problem::Exit { expected: 0, actual: 1, command: None, note: None }],
            ..Came::default()
        },
    };
    let (new, refused) = accepted(page, Wish::Effects, &came);
    assert_eq!(
        (new.as_str(), refused),
        (page, vec!["check `snippet-2`: it ended with status 1, and not as the page says".into()])
    );
}

#[test]
fn an_output_below_rows_that_went_without_a_word_is_not_believed() {
    let page = |words: &str| {
        format!(
            "```sql{words}\nDELETE FROM architectures;\n```\n\n```sql check\nSELECT name FROM architectures;\n```\n```output\n| name |\n| i586 |\n```\n"
        )
    };
    let came = |index: usize| match index {
        0 => changes(&[("architectures", 0, 0, 1)]),
        _ => gives(&[]),
    };
    let (new, refused) = accepted(&page(""), Wish::Effects, &came);
    assert_eq!(new, page(""));
    let why = "the output of check `snippet-2`: `snippet-1` in line 1 changed architectures -1, and no `effect` says so; what came may be its mistake";
    assert_eq!(refused, [why]);
    for words in [" effect=\"architectures -1\"", " setup"] {
        let (new, refused) = accepted(&page(words), Wish::Outputs, &came);
        assert_eq!(refused, Vec::<String>::new());
        assert!(new.contains("Empty set"), "{new}");
    }
}

#[test]
fn what_a_drill_ends_with_is_never_rewritten() {
    let page = "+++\nkind = 'drill'\ndescription = 'd'\nowner = 'o'\n+++\n\n## Situation\n\n```sql fault effect=\"t ~1\"\nUPDATE t SET a = 1;\n```\n\n## What you do\n\n```sql effect=\"t ~1\"\nUPDATE t SET a = 0;\n```\n\n## How you know it worked\n\n```sql check\nSELECT a FROM t;\n```\n```output\n| a |\n| 0 |\n```\n";
    let came = |index: usize| if index == 2 { gives(&["1"]) } else { changes(&[("t", 0, 1, 0)]) };
    let (new, refused) = accepted(page, Wish::Effects, &came);
    assert_eq!(new, page);
    assert!(refused[0].contains("a drill ends with this check"), "{refused:?}");
}

#[test]
fn an_effect_is_one_for_all_runs() {
    let text = "+++\nengines = ['sqlite', 'mariadb']\n+++\n\n```sql effect=\"t -1\"\nDELETE FROM t;\n```\n";
    let read = read(text);
    let on = |engine, removed| run(&read, engine, "default", &move |_| changes(&[("t", 0, 0, removed)]));
    let why = |runs: &[PageRun]| {
        proposed(&read, runs, Wish::Effects).refused.iter().map(|one| one.why.clone()).collect::<Vec<_>>()
    };
    assert_eq!(why(&[on(Engine::Sqlite, 2)]), ["it was not run on mariadb, where it would have to hold, too"]);
    assert_eq!(
        why(&[on(Engine::Sqlite, 2), on(Engine::Mariadb, 1)]),
        ["it changed t -2 in one run and t -1 in another, and `effect` can only say one"]
    );
    let both = proposed(&read, &[on(Engine::Sqlite, 2), on(Engine::Mariadb, 2)], Wish::Effects);
    assert_eq!(rewritten(text, &both.edits), text.replace("t -1", "t -2"));
}
