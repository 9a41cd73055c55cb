//! What an author is told about a fence.

use std::time::Duration;

use super::*;
use crate::document::{Strictness, parse};

const CONFIG: &str = "[database.obs]\n";

fn check(config: &str, text: &str) -> (Runbook, Vec<String>) {
    let (config, _) = Config::parse(&SourceFile::new("proofbook.toml", config));
    let file = SourceFile::new("content/p.md", text);
    let (document, mut diagnostics) = parse(RelativePath::parse("p.md").unwrap(), &file, Strictness::Runs);
    let (runbook, lowering) = lower(&document, &config);
    diagnostics.extend(lowering);
    let messages = diagnostics
        .iter()
        .map(|d| format!("{} {}; {}", d.place.location(), d.message, d.hint.as_deref().unwrap_or("-")))
        .collect();
    (runbook, messages)
}

#[test]
fn snippets_roles_and_promises() {
    let (runbook, messages) = check(
        CONFIG,
        "+++\n[parameters.name]\ndefault = \"x\"\n+++\n\
         ```sql setup name=start\nDELETE FROM a;\n```\n\
         ```sql name=go effect=\"a -1\" timeout=5s\nDELETE FROM a WHERE n = :name;\n```\n\
         ```sql check\nSELECT n FROM a;\n```\n```output\nEmpty set\n```\n\
         ```sql undo\nINSERT INTO a VALUES (:name);\n```\n\
         ```bash exit=3\nexit 3\n```\n```output stderr match=glob\n...\nx*\n```\n\
         ```xml file=d/x.xml params\n<a>{{name}}</a>\n```\n```text\nfree\n```\n",
    );
    assert_eq!(messages, Vec::<String>::new());
    let ids: Vec<(&str, &str)> =
        runbook.snippets.iter().map(|snippet| (snippet.id.as_str(), snippet.role.name())).collect();
    assert_eq!(
        ids,
        [
            ("start", "setup"),
            ("go", "step"),
            ("snippet-3", "check"),
            ("snippet-4", "undo"),
            ("snippet-5", "step"),
            ("snippet-6", "step")
        ]
    );
    assert_eq!(runbook.snippets[3].role, Role::Undo { of: "go".into(), exact: false });
    assert_eq!(runbook.database.as_deref(), Some("obs"));
    assert_eq!(runbook.snippets[1].timeout, Some(Duration::from_secs(5)));
    assert_eq!(runbook.snippets[2].promise.outputs.len(), 1);
}

/// One mistake a line: the fence's words, then where and what is said.
#[test]
fn every_wrong_word_is_named_with_its_place_and_a_way_out() {
    for (fence, message) in [
        ("sql chek", "1:8 `chek` is not a word of a SQL snippet; did you mean `check`?"),
        ("sql exit=1", "1:8 `exit` does not go with a SQL snippet; known here: "),
        ("bash error=1", "1:9 `error` does not go with a shell snippet; "),
        ("sql name=a name=b", "1:15 `name` is given twice; keep one; "),
        ("sql effect", "1:8 `effect` needs a value; write `effect=\"table -1\"`"),
        ("sql check=yes", "1:8 `check` takes no value; write `check` alone"),
        ("sql effect=\"a\"", "1:16 `effect` does not parse: `a` has no count"),
        ("sql name=Ab", "1:13 `Ab` is not a name; "),
        ("sql setup check", "1:8 a snippet is `check` or `setup`, not both; keep one"),
        ("sql of=x", "1:8 `of` goes with `undo` only; "),
        ("sql undo", "1:8 there is no step above to undo; "),
        ("sql error=abc", "1:14 `abc` is not an error code; "),
        ("sql error=1451", "1:14 `error` names no code of sqlite, on which this snippet runs; "),
        ("sql error=\"/.*/\"", "1:15 any error would satisfy this pattern; "),
        ("sql error=\"/.+/\"", "1:15 any error would satisfy this pattern; "),
        ("sql name=snippet-2", "1:13 `snippet-2` is what a snippet without a name is called; "),
        ("text file=a/../x", "1:14 `a/../x` is not a file in the work folder: "),
        ("text params", "1:9 `params` does not go with a fence that is only shown; "),
        ("sql engine=sqlit", "1:15 `sqlit` is not an engine; did you mean `sqlite`?"),
        ("sql case=x", "1:13 this page has no case `x`; "),
        ("sql timeout=5", "1:16 `5` is not a time limit; "),
        ("bash exit=300", "1:14 `300` is not an exit status; "),
        ("bash requires=/bin/x", "1:18 `/bin/x` is not a list of programs; "),
        ("text file=../x", "1:14 `../x` is not a file in the work folder: the path leads out of its folder; "),
        ("text file=x params", "1:16 `params` cannot fill in a file in `text`; "),
        ("text check", "1:9 `check` does not go with a fence that is only shown; "),
        ("sql {2}", "1:8 line 2 is marked, but the fence has 1; "),
        ("sql skip=\"\"", "1:14 `skip` has no reason; "),
        ("output", "1:4 this `output` belongs to no snippet; "),
        ("sql check", "1:1 this check says nothing about its result; "),
    ] {
        let (_, messages) = check(CONFIG, &format!("```{fence}\nSELECT 1\n```\n"));
        let found = messages.iter().any(|found| found.starts_with(message));
        assert!(found, "{fence}:\n  expected {message}\n  found {messages:#?}");
    }
}

#[test]
fn the_text_of_a_snippet_is_checked_too() {
    for (body, message) in [
        ("SELECT :nope", "2:8 `:nope` is not a parameter of this page; declare it in the front matter: "),
        ("SELECT 'a", "2:8 this "),
        (".mode table", "2:1 `.mode` is a command of the client program, not SQL; "),
        ("  ", "1:1 this snippet is empty; "),
        ("-- nothing\n/* at all */", "1:1 this snippet holds nothing but comments; "),
    ] {
        let (_, messages) = check(CONFIG, &format!("```sql\n{body}\n```\n"));
        assert!(messages.iter().any(|found| found.starts_with(message)), "{body}: {messages:?}");
    }
    let (_, messages) = check(CONFIG, "```sql check\nSELECT 1\n```\n```output\n| a |\n| 1 | 2 |\n```\n");
    assert_eq!(
        messages[0],
        "6:1 this row has 2 cells, the header has 1; write it as the `mariadb` client prints it; no rows are `Empty set`"
    );
}

#[test]
fn what_would_be_compared_with_nothing_is_an_error() {
    let both = "+++\nengines = ['sqlite', 'mariadb']\n+++\n";
    let output = "```\n```output engine=mariadb\nEmpty set\n```\n";
    for (text, message) in [
        (
            format!("```sql check\nSELECT 1\n{output}"),
            "1:1 this check says nothing about its result on sqlite in the case `default`; ",
        ),
        (format!("{both}```sql check engine=sqlite\nSELECT 1\n{output}"), "7:4 this `output` counts in no run; "),
        (
            "```console\n$ ls\n```\n```output\na\n```\n".into(),
            "4:4 a transcript has no `output`: what it prints stands in it; ",
        ),
        ("```bash\n# nothing\n\n```\n".into(), "1:1 this snippet holds nothing but comments; "),
        (
            "+++\n[parameters.name]\ndefault = 'x'\n+++\n```xml file=x.xml params\n<é>{{name}} {{nam}}\n```\n".into(),
            "6:13 `{{nam}}` is not a parameter of this page; did you mean `name`?",
        ),
        (
            "+++\n[parameters.n]\ntype = 'integer'\ndefault = '1'\n[[cases]]\nname = 'b'\nn = 'x'\n+++\n".into(),
            "7:5 the value of `n` in the case `b` is refused: ",
        ),
    ] {
        let (_, messages) = check(CONFIG, &text);
        assert!(messages.iter().any(|found| found.starts_with(message)), "{text}: {messages:#?}");
    }
    let (_, messages) = check("", "```bash effect=\"t -1\"\nls\n```\n");
    assert!(messages[0].starts_with("1:1 there is no database to run this on; "), "{messages:?}");
    let (_, messages) = check(CONFIG, &format!("{both}```sql engine=mariadb error=1451\nSELECT 1\n```\n"));
    assert_eq!(messages, Vec::<String>::new(), "a code for each engine the snippet runs on");
}

#[test]
fn no_two_things_of_a_page_have_one_name() {
    let (runbook, messages) = check(CONFIG, "## Snippet 1\n\n```bash\nls\n```\n```bash\nls\n```\n");
    assert_eq!(messages, Vec::<String>::new());
    let ids: Vec<&str> = runbook.snippets.iter().map(|snippet| snippet.id.as_str()).collect();
    assert_eq!(ids, ["snippet-1-1", "snippet-2"]);
}

#[test]
fn the_database_is_the_only_one_or_the_one_named() {
    let text = "```sql\nSELECT 1\n```\n";
    assert!(check("", text).1[0].starts_with("1:1 there is no database to run this on; add `[database.NAME]`"));
    assert!(check("[database.a]\n[database.b]\n", text).1[0].starts_with("1:1 this page does not say which database"));
    let (_, messages) = check(CONFIG, "+++\ndatabase = 'obx'\n+++\n");
    assert_eq!(messages, ["2:12 no database is called `obx`; did you mean `obs`?"]);
    assert_eq!(check("", "+++\nrun = false\nrun_reason = 'r'\n+++\n```sql\nSELECT 1\n```\n").1, Vec::<String>::new());
}

#[test]
fn parameters_are_checked_where_they_are_declared() {
    let (_, messages) = check(
        CONFIG,
        "+++\n[parameters.path]\ndefault = 'x'\n[parameters.n]\ntype = 'integer'\ndefault = 'x'\n[parameters.p]\ndefault = 'x'\npattern = '[a-c]'\n+++\n",
    );
    assert!(messages[0].starts_with("2:13 a parameter cannot be called `path`; "), "{messages:?}");
    assert!(messages[1].starts_with("6:11 the default of `n` is refused: "), "{messages:?}");
    assert!(messages[2].starts_with("8:11 the default of `p` does not match its `pattern`; "), "{messages:?}");
}

/// The commands of a page's first transcript: line, text, the line of the output.
fn commands(text: &str) -> Vec<(usize, String, usize)> {
    let (runbook, messages) = check("", text);
    assert_eq!(messages, Vec::<String>::new(), "{text}");
    let Action::Console(commands) = &runbook.snippets[0].action else { panic!("no transcript") };
    commands.iter().map(|command| (command.line, command.text.clone(), command.output_line)).collect()
}

#[test]
fn the_commands_of_a_transcript_stand_where_they_do_in_the_page() {
    let expected = |first: usize| {
        vec![
            (first, "cat <<E\na\nE\n".to_owned(), first + 3),
            (first + 4, "cd /\n".to_owned(), first + 4),
            (first + 5, "false\n".to_owned(), first + 5),
        ]
    };
    let lines = ["```console", "$ cat <<E", "> a", "> E", "a", "$ cd /", "$ false", "[1]", "```", ""];
    let indented = |by: &str| lines.map(|line| format!("{by}{line}")).join("\n");
    assert_eq!(commands(&lines.join("\n")), expected(2));
    assert_eq!(commands(&lines.join("\r\n")), expected(2));
    assert_eq!(commands(&format!("+++\ntitle = 'x'\n+++\n\n{}", lines.join("\n"))), expected(6));
    assert_eq!(commands(&format!("- item\n\n{}", indented("  "))), expected(4));
    assert_eq!(commands(&indented("> ")), expected(2));
    assert_eq!(commands(&format!("1. > quote\n   >\n{}", indented("   > ").replace('\n', "\r\n"))), expected(4));
    assert_eq!(commands(&format!("\n\n{}", indented(" "))), expected(4));
}

#[test]
fn what_is_wrong_with_a_transcript_is_told_where_it_stands() {
    for (text, message) in [
        ("```console\n```\n", "1:1 this snippet is empty; "),
        ("```console\n\n \n```\n", "1:1 this snippet is empty; "),
        ("```console\n$ # one\n$ #two\n```\n", "1:1 this snippet holds nothing but comments; "),
        (
            "> - ```console\r\n>   ls\r\n>   $ ls\r\n>   ```\r\n",
            "2:5 this line stands before the first command of the transcript; begin with a command",
        ),
        (
            "```console\n# ls\n```\n",
            "2:1 this line stands before the first command of the transcript; a command begins",
        ),
        ("```console\n$ true\n\n$  \n```\n", "4:1 this prompt has no command; "),
        ("```console\n$ true\n[256]\n```\n", "3:1 `256` is not an exit status; "),
        (
            "```console exit=1\n$ false\n```\n",
            "1:12 `exit` does not go with a transcript; write it in brackets on a line below what the command prints: `[1]`",
        ),
        ("```console error=1\n$ false\n```\n", "1:12 `error` does not go with a transcript; known here: "),
        ("```console check effect=none\n$ true\n```\n", "1:25 a check has no `effect`; "),
        (
            "```console\n$ ls\n```\n\n<!-- proof: match=glob -->\n```output\na\n```\n",
            "6:4 a transcript has no `output`: what it prints stands in it; ",
        ),
    ] {
        let (runbook, messages) = check(CONFIG, text);
        assert!(messages.len() == 1 && messages[0].starts_with(message), "{text}: {messages:#?}");
        assert_eq!(runbook.snippets.len(), 1, "{text}");
    }
    let two = "```console\n$ ls\n```\n```output\na\n```\n```output stderr\na\n```\n";
    let (_, messages) = check(CONFIG, two);
    assert!(messages.len() == 2 && messages[1].starts_with("7:4 a transcript has no `output`"), "{messages:#?}");
}
