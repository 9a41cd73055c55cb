//! The report marks exactly the line that failed, wherever in the block it stands and wherever in the page the block does.

use crate::support::{Project, Ran};

/// Blocks in which one line fails: the one that says so.
const BLOCKS: [(&str, &str); 12] = [
    ("middle", "true\nfalse # here\ntrue"),
    ("first", "false # here\ntrue\ntrue"),
    ("last", "true\n\n\nfalse # here"),
    ("function", "f() {\n  true\n  false # here\n}\ntrue\nf\ntrue"),
    ("pipeline", "true\ntrue |\n  false | # here\n  cat\ntrue"),
    ("one-line-pipeline", "true\ntrue | false | cat # here\ntrue"),
    ("subshell", "true\n(\n  true\n  false # here\n  true\n)\ntrue"),
    ("subshell-in-function", "g() (\n  true\n  false # here\n)\ng\ntrue"),
    ("substitution", "true\nx=$(\n  true\n  false # here\n  true\n)\ntrue"),
    ("loop", "for i in 1 2; do\n  test \"$i\" = 1 # here\ndone\ntrue"),
    ("after-heredoc", "cat <<END > /dev/null\nfalse\n\nEND\nfalse # here\ntrue"),
    ("not-found", "if true; then\n  no-such-program # here\nfi\ntrue"),
];

/// Where a block can stand: what is above it, what each of its lines begins with, and its fence.
const PLACES: [(&str, &str, &str, &str); 14] = [
    ("plain", "# Page\n\n", "", "```"),
    ("top", "", "", "```"),
    ("list", "# Page\n\n1. Text:\n\n", "   ", "```"),
    ("nested-list", "# Page\n\n- Text\n\n  1. Text:\n\n", "     ", "```"),
    ("tab-list", "# Page\n\n-\tText:\n\n", "\t", "```"),
    ("quote", "# Page\n\n> Text:\n>\n", "> ", "```"),
    ("tight-quote", "# Page\n\n>Text:\n>\n", ">", "```"),
    ("quote-in-list", "# Page\n\n- Text:\n\n  > Text\n  >\n", "  > ", "```"),
    ("list-in-quote", "# Page\n\n> - Text:\n>\n", ">   ", "```"),
    ("toml", "+++\ntitle = \"Page\"\n+++\n\n", "", "```"),
    ("yaml", "---\ntitle: Page\n# more\n---\n\n", "", "```"),
    ("indented", "# Page\n\n", "  ", "```"),
    ("tildes", "# Page\n\n<!-- proof: name=step -->\n", "", "~~~~~"),
    ("after-html", "# Page\n\n<div>\n\nText\n\n</div>\n\n```text\nfalse # not here\n```\n\n", "", "```"),
];

fn page(block: &str, (_, above, prefix, fence): (&str, &str, &str, &str)) -> String {
    let lines = block.lines().map(|line| format!("{prefix}{line}").trim_end().to_owned());
    let block: Vec<String> = lines.collect();
    format!("{above}{prefix}{fence}bash\n{}\n{prefix}{fence}\n", block.join("\n"))
}

fn check(line_end: &str) {
    let project = Project::new(&[]);
    for place in PLACES {
        for (block, text) in BLOCKS {
            let name = format!("content/{}-{block}.md", place.0);
            project.write(&name, &page(text, place).replace('\n', line_end));
        }
    }
    let ran = project.run("test").ended(1);
    for place in PLACES {
        for (block, _) in BLOCKS {
            let name = format!("content/{}-{block}.md", place.0);
            marks_the_line(&project, &ran, &name);
        }
    }
}

#[track_caller]
fn marks_the_line(project: &Project, ran: &Ran, name: &str) {
    let text = project.read(name);
    let is_here = |line: &str| line.trim_end().ends_with("# here");
    let lines: Vec<usize> = text.lines().enumerate().filter(|(_, line)| is_here(line)).map(|(at, _)| at + 1).collect();
    let [line] = lines[..] else { panic!("{name} has {} such lines", lines.len()) };
    let told = ran.told_of(name);
    let column = {
        let text = text.lines().nth(line - 1).unwrap();
        text.chars().take_while(|c| c.is_whitespace() || *c == '>').count() + 1
    };
    assert!(told.starts_with(&format!("FAILED {name}:{line}:{column} step ")), "{name}: line {line} failed\n{told}");
    let marked: Vec<&str> = told.lines().filter(|line| line.starts_with("> ")).collect();
    assert!(marked.len() == 1 && is_here(marked[0]), "{name}: {marked:?} is marked\n{told}");
}

#[test]
fn of_every_kind_of_block_in_every_place() {
    check("\n");
}

#[test]
fn with_windows_line_endings() {
    check("\r\n");
}
