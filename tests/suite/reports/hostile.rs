//! Reports of what nobody should write: each stays valid, within its limits, and without commands of others.

use super::{ALL, annotations, json, unshielded, valid};
use crate::support::{Project, text};

/// What ends a CDATA section, a code block, a fold, a command; what XML has no place for; and much of it.
const HOSTILE: &str = r#"
    # Page

    ```bash name=hostile
    echo ']]> </testsuites> <script>alert(1)</script> &amp; 100% %0A'
    echo '::error file=a,line=1::not ours'
    echo '  ##[error]not ours either'
    echo '::stop-commands::x'
    echo '</details> ``` ```` | a | b |'
    printf 'bell\a escape\033[2J nul\0 vertical\v \033[31mred\033[0m\r\n'
    printf '\357\277\276 \357\277\277 \377\376 \342\200\256 turned\n'
    false
    ```
    "#;

#[test]
fn nothing_of_it_gets_out() {
    let project = Project::new(&[("content/x, y: 100% ]]> é `a` b.md", &text(HOSTILE))]);
    let summary = project.path("summary.md");
    let command = project.command(&format!("test --report github,{ALL}"));
    let ran = command.variable("GITHUB_STEP_SUMMARY", &summary.to_string_lossy()).run().ended(1);
    valid(&project);

    // All that is not ours stands between the shield's two words; the runner reads a command behind spaces, too.
    let (stdout, word) = unshielded(&ran);
    let inside = stdout.split_once("::stop-commands::[WORD]\n").unwrap().1.split_once("::[WORD]::\n").unwrap().0;
    assert!(inside.contains("    ::error file=a,line=1::not ours\n"), "{stdout}");
    assert!(!inside.contains(&word));
    expect_test::expect![[r#"
        ::error file=content/x%2C y%3A 100%25 ]]> é `a` b.md,line=11,col=1,title=step `hostile`::`false` stopped the block with status 1; the page promises 0.%0Ahelp: correct the block; if the page is to show that it fails, promise it with `exit=1`
    "#]].assert_eq(&annotations(&ran));

    let junit = project.read("out/junit.xml");
    assert_eq!(junit.matches("</testsuites>").count(), 1);
    assert!(!junit.chars().any(|c| c.is_control() && c != '\n'), "{junit:?}");
    let summary = project.read("summary.md");
    assert_eq!(summary.matches("<details>").count(), 1, "{summary}");
    assert!(summary.contains("\n`````text\n") && summary.contains("\n`````\n\n</details>"), "{summary}");
    // Outside of code it has no tags.
    let outside = summary.split("\n`````").step_by(2).collect::<String>();
    assert!(!outside.contains("<script>"), "{outside}");
}

#[test]
fn long_output_is_cut_as_in_the_terminal() {
    let page = "# Page\n\n```bash\nhead -c 900000 /dev/zero | tr '\\0' 'x'\nseq 1 10000\nfalse\n```\n";
    let project = Project::new(&[("content/page.md", page)]);
    project.run(&format!("test --report {ALL}")).ended(1);
    valid(&project);
    assert!(project.read("out/junit.xml").len() < 20_000);
    let text = json(&project, "out/report.json")["findings"][0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("the last 24 of"), "{text}");
}

/// Many pages that fail, and warn.
fn many(pages: usize) -> Project {
    let project = Project::new(&[("content/index.md", "# Home\n")]);
    for page in 0..pages {
        let text = "# Page\n\n```bash name=loose\ntrue\n```\n\n```bash name=bad\nseq 1 100\nfalse\n```\n";
        project.write(&format!("content/page-{page:03}.md"), text);
    }
    project
}

#[test]
fn github_gets_no_more_than_it_shows() {
    let project = many(12);
    let annotations_of = |arguments: &str| annotations(&project.run(arguments).ended(1));
    let told = annotations_of("test --report github");
    let errors: Vec<&str> = told.lines().filter(|line| line.starts_with("::error ")).collect();
    let warnings: Vec<&str> = told.lines().filter(|line| line.starts_with("::warning ")).collect();
    assert_eq!((errors.len(), warnings.len()), (10, 10), "{told}");
    assert!(errors[9].starts_with("::error title=Proofbook::3 more errors: "), "{told}");
    assert!(warnings[9].starts_with("::warning title=Proofbook::3 more warnings: "), "{told}");
    // What is wrong with the run as a whole comes first.
    let told = annotations_of("test --deny unasserted --report github");
    assert_eq!(told.lines().filter(|line| line.starts_with("::error ")).count(), 10, "{told}");
    assert!(told.starts_with("::error title=Proofbook::a step passed of which nothing is demanded"), "{told}");
}

#[test]
fn the_summary_stays_within_its_limit() {
    let project = many(12);
    let limit = 1024 * 1024;
    for taken in [0, limit - 6000, limit - 100, limit] {
        project.write("summary.md", &"x".repeat(taken));
        let path = project.path("summary.md");
        let command = project.command("test --report github");
        command.variable("GITHUB_STEP_SUMMARY", &path.to_string_lossy()).run().ended(1);
        let summary = project.read("summary.md");
        assert!(summary.len() <= limit, "{}", summary.len());
        let ours = &summary[taken..];
        assert_eq!(ours.matches("<details>").count(), ours.matches("</details>").count());
        match taken {
            0 => assert_eq!(ours.matches("<details>").count(), 24, "{ours}"),
            taken if taken == limit - 6000 => {
                assert!(ours.contains(" of this summary left out: GitHub takes 1 MiB a step."), "{ours}");
                assert!(ours.starts_with("## Proofbook: 12 of 12 page runs failed\n"), "{ours}");
            }
            _ => assert_eq!(ours, ""),
        }
    }
}
