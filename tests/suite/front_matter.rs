//! What stands above a page: unknown keys, wrong types, missing sections.

use expect_test::{Expect, expect};

use crate::support::{Project, text};

/// What `check` says about a site of one page.
fn check(page: &str, expected: Expect) {
    Project::new(&[("content/index.md", &text(page))]).run("check").is(expected);
}

#[test]
fn an_unknown_key_in_toml() {
    check(
        r#"
        +++
        title = "Home"
        desciption = "A page"
        +++
        "#,
        expect![[r#"
            exit status 1
            --- stdout
            1 page checked: 1 error
            --- stderr
            error[unknown-key]: `desciption` is not a key of the front matter
             --> content/index.md:3:1
              |
            3 | desciption = "A page"
              | ^^^^^^^^^^ unknown key
              |
              = help: did you mean `description`?

        "#]],
    );
}

#[test]
fn an_unknown_key_in_yaml() {
    check(
        "
        ---
        title: Home
        desciption: A page
        ---
        ",
        expect![[r#"
            exit status 1
            --- stdout
            1 page checked: 1 error
            --- stderr
            error[unknown-key]: `desciption` is not a key of the front matter
             --> content/index.md:3:1
              |
            3 | desciption: A page
              | ^^^^^^^^^^ unknown key
              |
              = help: did you mean `description`?

        "#]],
    );
}

#[test]
fn an_unknown_key_in_a_table() {
    check(
        r#"
        +++
        title = "Home"

        [parameters.email]
        lable = "The address"
        default = "ada@example.org"
        +++
        "#,
        expect![[r#"
            exit status 1
            --- stdout
            1 page checked: 1 error
            --- stderr
            error[unknown-key]: `lable` is not a key of a `[parameters.NAME]` table
             --> content/index.md:5:1
              |
            5 | lable = "The address"
              | ^^^^^ unknown key
              |
              = help: did you mean `label`?

        "#]],
    );
}

#[test]
fn wrong_types_and_values() {
    check(
        r#"
        ---
        title: 5
        weight: heavy
        kind: runbok
        review_by: tomorrow
        run: false
        ---
        "#,
        expect![[r#"
            exit status 1
            --- stdout
            1 page checked: 5 errors
            --- stderr
            error[wrong-type]: `title` must be text, but is a whole number
             --> content/index.md:2:8
              |
            2 | title: 5
              |        ^
              |
              = help: write for example `"a text"`

            error[wrong-type]: `weight` must be a whole number, but is text
             --> content/index.md:3:9
              |
            3 | weight: heavy
              |         ^^^^^
              |
              = help: write for example `3`

            error[unknown-value]: `runbok` is not a `kind`
             --> content/index.md:4:7
              |
            4 | kind: runbok
              |       ^^^^^^
              |
              = help: did you mean `runbook`?

            error[bad-date]: `tomorrow` is not a date
             --> content/index.md:5:12
              |
            5 | review_by: tomorrow
              |            ^^^^^^^^
              |
              = help: write year, month and day: `2027-01-31`

            error[no-reason]: `run = false` without a `run_reason`
             --> content/index.md:6:6
              |
            6 | run: false
              |      ^^^^^
              |
              = note: what does not run says why, to the reader and in the report
              = help: add `run_reason = "…"`

        "#]],
    );
}

#[test]
fn what_is_not_toml_and_what_is_not_yaml() {
    check(
        "+++\ntitle = \"Home\n+++\n",
        expect![[r#"
            exit status 1
            --- stdout
            1 page checked: 1 error
            --- stderr
            error[toml-syntax]: this is not TOML: invalid basic string, expected `"`
             --> content/index.md:2:14
              |
            2 | title = "Home
              |              ^
              |
              = help: each line is `key = value`; texts stand in quotes, lists in `[` and `]`

        "#]],
    );
    check(
        "---\ntitle: [Home\n---\n",
        expect![[r#"
            exit status 1
            --- stdout
            1 page checked: 1 error
            --- stderr
            error[yaml-syntax]: this is not the YAML that front matter is written in: while parsing a flow sequence, expected ',' or ']'
             --> content/index.md:3:1
              |
            3 | ---
              | ^
              |
              = help: each line is `key: value`; a text with `: `, ` #` or a quote in it stands in quotes

        "#]],
    );
    check(
        "+++\ntitle = \"Home\"\n\n# Home\n",
        expect![[r#"
        exit status 1
        --- stdout
        1 page checked: 1 error
        --- stderr
        error[unclosed-front-matter]: no second `+++` ends the front matter
         --> content/index.md:1:1
          |
        1 | +++
          | ^^^
          |
          = help: add a line `+++` after its last key

    "#]],
    );
}

#[test]
fn a_runbook_without_its_sections() {
    check(
        r#"
        +++
        title = "Home"
        kind = "runbook"
        description = "Nothing yet"
        +++

        ## What you need

        ## What you are doing
        "#,
        expect![[r#"
            exit status 1
            --- stdout
            1 page checked: 5 errors
            --- stderr
            error[missing-key]: a runbook needs `owner` in its front matter
             --> content/index.md:1:1
              |
            1 | +++
              | ^^^
              |
              = help: add `owner = "…"`

            error[missing-section]: a runbook needs a section `## How to go back`
             --> content/index.md:1:1
              |
            1 | +++
              | ^^^
              |
              = note: readers look for the same sections on every page of a kind
              = help: add `## How to go back`; if there is nothing to say, say that

            error[missing-section]: a runbook needs a section `## How you know it worked`
             --> content/index.md:1:1
              |
            1 | +++
              | ^^^
              |
              = note: readers look for the same sections on every page of a kind
              = help: add `## How you know it worked`; if there is nothing to say, say that

            error[missing-section]: a runbook needs a section `## What can go wrong`
             --> content/index.md:1:1
              |
            1 | +++
              | ^^^
              |
              = note: readers look for the same sections on every page of a kind
              = help: add `## What can go wrong`; if there is nothing to say, say that

            error[missing-section]: a runbook needs a section `## What you do`
             --> content/index.md:1:1
              |
            1 | +++
              | ^^^
              |
              = note: readers look for the same sections on every page of a kind
              = help: add `## What you do`; if there is nothing to say, say that

        "#]],
    );
}

#[test]
fn a_timeline_out_of_order_and_an_entry_that_does_not_parse() {
    let page = text(
        r#"
        +++
        title = "Home"
        kind = "postmortem"
        severity = "low"
        started = "2023-06-20 12:32"
        detected = "2023-06-20 12:43"
        declared = "2023-06-20 12:40"
        resolved = "2023-06-20 13:17"
        +++

        SECTIONS

        ## Timeline

        - 2023-06-20 12:43 - Exceptions
        - 20/06/2023 12:32 - Deleted
        - yesterday - Resolved
        "#,
    );
    let sections = [
        "Summary",
        "Impact",
        "Root causes",
        "Trigger",
        "Detection",
        "Resolution",
        "Action items",
        "Lessons learned",
        "What went well",
        "What went wrong",
        "Where we got lucky",
    ];
    let sections: String = sections.iter().map(|section| format!("## {section}\n\n-\n\n")).collect();
    check(
        &page.replace("SECTIONS", &sections),
        expect![[r#"
            exit status 1
            --- stdout
            1 page checked: 3 errors
            --- stderr
            error[times-out-of-order]: `declared` lies before `detected`
             --> content/index.md:1:1
              |
            1 | +++
              | ^^^
              |
              = help: correct one of the two: an incident starts, is detected, declared and resolved in this order

            error[timeline-order]: this entry lies before the one above it (2023-06-20 12:43)
              --> content/index.md:60:1
               |
            60 | - 20/06/2023 12:32 - Deleted
               | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: put the entries in order

            error[timeline-entry]: this entry of the timeline does not start with a time
              --> content/index.md:61:1
               |
            61 | - yesterday - Resolved
               | ^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: write `- 2023-06-20 12:32 - what happened`, in UTC

        "#]],
    );
}

#[test]
fn a_page_to_be_reviewed_is_a_warning_of_check_alone() {
    let project = Project::new(&[("content/index.md", "+++\ntitle = \"Home\"\nreview_by = 2024-02-29\n+++\n")]);
    project.run("check").is(expect![[r#"
        exit status 0
        --- stdout
        1 page checked: 1 warning
        --- stderr
        warning[review-overdue]: this page was to be reviewed by 2024-02-29
         --> content/index.md:3:1
          |
        3 | review_by = 2024-02-29
          | ^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: read it, correct it, and set a new date

    "#]]);
    project.run("build").fine().never_says("review");
    project.edit("content/index.md", "2024-02-29", "2999-01-01").run("check").fine().says("no problems");
}

#[test]
fn a_file_that_is_not_text() {
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    std::fs::write(project.path("content/latin.md"), b"# Caf\xe9\n").unwrap();
    project.run("check").is(expect![[r#"
        exit status 1
        --- stdout
        2 pages checked: 1 error
        --- stderr
        error[not-utf8]: this file is not UTF-8 text
         --> content/latin.md:1:6
          |
        1 | # Caf�
          |      ^ the first byte that is not
          |
          = help: save it as UTF-8

    "#]]);
}

#[test]
fn two_pages_with_one_address() {
    let project =
        Project::new(&[("content/index.md", "# Home\n"), ("content/a.md", "# A\n"), ("content/A.md", "# B\n")]);
    project.run("check").is(expect![[r#"
        exit status 1
        --- stdout
        3 pages checked: 1 error
        --- stderr
        error[address-twice]: this page and `content/a.md` are both published as `A.html`
         --> content/A.md:1:1
          |
        1 | # B
          | ^
          |
          = note: one would overwrite the other, on some systems also if only the letter case differs
          = help: rename one of the two

    "#]]);
}
