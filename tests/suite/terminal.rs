//! Colours and progress are for a terminal; everybody else gets plain text. (`Command::run` demands that of every run.)

use regex::Regex;

use crate::support::Project;

fn project() -> Project {
    Project::shop("# Page\n\n```bash check name=slow\nsleep 0.5\n```\n")
}

fn colours(text: &str) -> usize {
    Regex::new("\x1b\\[[0-9;]*m").unwrap().find_iter(text).filter(|code| code.as_str() != "\x1b[0m").count()
}

#[test]
fn a_terminal_gets_colours_and_progress() {
    let ran = project().command("test").variable("TERM", "xterm").in_terminal().run().fine();
    assert!(colours(&ran.stdout) > 0, "{:?}", ran.stdout);
    assert!(ran.stdout.contains("0/1 pages"), "what goes on is shown: {:?}", ran.stdout);
    assert!(ran.stdout.contains("content/page.md"), "{:?}", ran.stdout);
}

#[test]
fn no_color_is_honoured() {
    let terminal = project().command("test").variable("TERM", "xterm").variable("NO_COLOR", "1").in_terminal().run();
    assert_eq!(colours(&terminal.fine().stdout), 0);
    let wrong = Project::new(&[("content/index.md", "# Home\n\n[dead](dead.md)\n")]);
    let check = |project: &Project, variables: &[(&str, &str)]| {
        let command = variables
            .iter()
            .fold(project.command("check").in_terminal(), |command, (name, value)| command.variable(name, value));
        colours(&command.variable("TERM", "xterm").run().ended(1).stdout)
    };
    assert!(check(&wrong, &[]) > 0);
    assert_eq!(check(&wrong, &[("NO_COLOR", "1")]), 0);
}

#[test]
fn progress_is_never_in_a_file() {
    project().run("test").fine().never_says("0/1 pages");
}
