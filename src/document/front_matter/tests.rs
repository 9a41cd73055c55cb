//! What an author is told about the block at the top of a page.

use super::*;

fn check(text: &str) -> (FrontMatter, Vec<String>, String) {
    let file = SourceFile::new("p.md", text);
    let mut diagnostics = Vec::new();
    let (front_matter, body) = parse(&file, &mut diagnostics);
    let messages = diagnostics
        .iter()
        .map(|d| format!("{} {}; {}", d.place.location(), d.message, d.hint.as_deref().unwrap_or("-")))
        .collect();
    (front_matter, messages, file.slice(body).to_owned())
}

#[test]
fn toml_and_yaml_say_the_same() {
    let toml = "+++\ntitle = \"A\"\nkind = \"runbook\"\nweight = 3\n[parameters.host]\ndefault = \"x\"\n[[cases]]\nname = \"b\"\n+++\nbody\n";
    let yaml = "---\ntitle: A\nkind: runbook\nweight: 3\nparameters:\n  host:\n    default: x\ncases:\n  - name: b\n---\nbody\n";
    for text in [toml, yaml] {
        let (front_matter, messages, body) = check(text);
        assert_eq!(messages, Vec::<String>::new());
        assert_eq!(body, "body\n");
        assert_eq!(front_matter.title.unwrap().value, "A");
        assert_eq!(front_matter.kind, Kind::Runbook);
        assert_eq!(front_matter.weight, Some(3));
        assert_eq!(front_matter.parameters[0].default.value, "x");
        assert_eq!(front_matter.cases[0].name.value, "b");
    }
}

#[test]
fn mistakes_are_named_at_their_line() {
    let (_, messages, _) = check("---\ntitel: A\nkind: runbok\nweight: high\nrun: false\nengines: [sqlit]\n---\n");
    assert_eq!(
        messages,
        [
            "3:7 `runbok` is not a `kind`; did you mean `runbook`?",
            "4:9 `weight` must be a whole number, but is text; write for example `3`",
            "5:6 `run = false` without a `run_reason`; add `run_reason = \"…\"`",
            "6:11 `sqlit` is not an engine; did you mean `sqlite`?",
            "2:1 `titel` is not a key of the front matter; did you mean `title`?",
        ]
    );
    let (_, messages, body) = check("+++\ntitle = \"A\"\nbody\n");
    assert_eq!(messages, ["1:1 no second `+++` ends the front matter; add a line `+++` after its last key"]);
    assert_eq!(body, "");
}

#[test]
fn numbers_are_kept_as_they_are_written() {
    let toml = "+++\n[parameters.a]\ndefault = 12.50\n[parameters.b]\ndefault = 99999999999999999999\n+++\n";
    let yaml = "---\nparameters:\n  a:\n    default: 12.50\n  b:\n    default: 99999999999999999999\n---\n";
    for text in [toml, yaml] {
        let (front_matter, messages, _) = check(text);
        assert_eq!(messages, Vec::<String>::new());
        let defaults: Vec<&str> =
            front_matter.parameters.iter().map(|parameter| parameter.default.value.as_str()).collect();
        assert_eq!(defaults, ["12.50", "99999999999999999999"]);
    }
    let (front_matter, _, _) = check("---\nparameters:\n  a:\n    default: 007\n---\n");
    assert_eq!(front_matter.parameters[0].default.value, "007");
}

#[test]
fn yaml_beyond_its_plain_core_is_refused() {
    for (text, message) in [
        ("---\ntitle: A\n...\ntitel: B\n---\n", "4:1 "),
        ("---\ntags: !!set [a]\n---\n", "2:"),
        ("---\ntags: &x [a]\n---\n", "2:"),
        (&format!("---\n{}x\n---\n", "- ".repeat(20_000)), "2:129 "),
    ] {
        let (_, messages, _) = check(text);
        assert!(messages.len() == 1 && messages[0].starts_with(message), "{text}: {messages:?}");
    }
}

#[test]
fn a_thematic_break_is_not_front_matter() {
    let (_, messages, body) = check("---\n\ntext\n");
    assert_eq!(messages, Vec::<String>::new());
    assert_eq!(body, "---\n\ntext\n");
}

#[test]
fn times_in_the_three_forms() {
    let time = parse_time("2023-06-20 12:32").unwrap();
    assert_eq!(parse_time("20/06/2023 12:32"), Some(time));
    assert_eq!(parse_time("2023-06-20T12:32:00Z"), Some(time));
    assert_eq!(parse_time("2023-06-20"), None);
    assert_eq!(parse_time("2023-06-20 12:32+02:00"), None);
    assert_eq!(parse_time("2023-13-20 12:32"), None);
}
