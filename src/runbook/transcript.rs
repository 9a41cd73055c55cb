//! Transcripts: what a `console` fence says was typed, and what came.
//!
//! Takes the text of a fence, gives its commands and what is wrong with it. The grammar, line by line:
//!
//! | a line | is |
//! |---|---|
//! | `$ ` and text | the start of a command |
//! | `> ` and text, directly after a line of a command; `>` alone for an empty line | the next line of that command |
//! | anything else after a command | printed by it, stdout and stderr together, blank lines included |
//! | `[N]`, the last line before the next command or the end | the status the command ends with; 0 if there is none |
//! | anything before the first command | a mistake |
//!
//! So what a command prints first cannot begin with `> `, and no line it prints with `$ `: such output belongs in an
//! `output` fence after a `bash` one. Output that itself ends in a line `[1]` is followed by the status, `[0]`.
//!
//! Must stay true: every line of a fence belongs to a command or is reported; [`lines`] is the only reading of the
//! grammar, for running and for showing.

use crate::expect::TextPattern;
use crate::span::Span;

/// One command of a transcript, and what it must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptCommand {
    /// What bash runs: its lines without prompts, each with a line ending.
    pub text: String,
    /// The line of its `$ ` in the page, from 1.
    pub line: usize,
    /// What it prints, stdout and stderr together.
    pub output: TextPattern,
    /// Where in the fence's text that stands; empty if it prints nothing.
    pub output_span: Span,
    /// The line in the page of the first thing it prints; its own if it prints nothing.
    pub output_line: usize,
    /// The status it ends with.
    pub status: i32,
}

impl TranscriptCommand {
    /// The command as messages name it: its first line.
    pub fn title(&self) -> &str {
        self.text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
    }

    /// Whether it is nothing but comments.
    fn is_comment(&self) -> bool {
        self.text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    }
}

/// Whether nothing of a transcript runs anything.
pub(super) fn does_nothing(commands: &[TranscriptCommand]) -> bool {
    commands.iter().all(TranscriptCommand::is_comment)
}

/// A line of a transcript that says nothing that could be run or compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Its bytes in the fence's text.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// Why that matters.
    pub note: &'static str,
    /// What to write.
    pub hint: String,
}

/// What a line of a transcript is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// The start of a command, behind a prompt.
    Start,
    /// The next line of a command, behind a prompt.
    Continuation,
    /// Printed by the command before it, or the status that ended with.
    Printed,
    /// Before the first command, where nothing can have been printed.
    Stray,
}

/// The lines of a transcript with what each is; the bytes include the line ending.
pub fn lines(text: &str) -> impl Iterator<Item = (Span, LineKind)> {
    let mut start = 0;
    let mut before = LineKind::Stray;
    text.split_inclusive('\n').map(move |line| {
        let span = Span::new(start, start + line.len());
        start = span.end;
        let plain = line.trim_end_matches(['\n', '\r']);
        let is_within = matches!(before, LineKind::Start | LineKind::Continuation);
        before = if plain.starts_with(PROMPT) {
            LineKind::Start
        } else if is_within && (plain.starts_with(CONTINUATION) || plain == CONTINUATION.trim_end()) {
            LineKind::Continuation
        } else if before == LineKind::Stray {
            LineKind::Stray
        } else {
            LineKind::Printed
        };
        (span, before)
    })
}

/// What stands before a command. One character and a blank, like the other.
const PROMPT: &str = "$ ";

/// What stands before a further line of a command.
const CONTINUATION: &str = "> ";

/// The commands of a transcript whose text begins on line `first_line` of the page, and its mistakes.
pub(super) fn parse(text: &str, first_line: usize) -> (Vec<TranscriptCommand>, Vec<Mistake>) {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut mistakes = Vec::new();
    for (index, (span, kind)) in lines(text).enumerate() {
        let line = &text[span.start..span.end];
        match kind {
            LineKind::Start => drafts.push(Draft::new(first_line + index, span)),
            // One message for all of them: they have one cause.
            LineKind::Stray if mistakes.is_empty() => mistakes.push(stray(line, span)),
            LineKind::Stray | LineKind::Continuation | LineKind::Printed => {}
        }
        let Some(draft) = drafts.last_mut() else { continue };
        match kind {
            LineKind::Printed => draft.printed.push(span),
            _ => {
                draft.text.push_str(line.get(PROMPT.len()..).unwrap_or_default().trim_end_matches(['\n', '\r']));
                draft.text.push('\n');
                draft.n_lines += 1;
            }
        }
    }
    let commands = drafts.into_iter().map(|draft| draft.command(text, &mut mistakes)).collect();
    (commands, mistakes)
}

/// A command as its lines are read.
struct Draft {
    text: String,
    line: usize,
    /// How many lines of the page it takes.
    n_lines: usize,
    /// Its first line.
    start: Span,
    /// The lines below it.
    printed: Vec<Span>,
}

impl Draft {
    fn new(line: usize, start: Span) -> Self {
        Self { text: String::new(), line, n_lines: 0, start, printed: Vec::new() }
    }

    fn command(mut self, text: &str, mistakes: &mut Vec<Mistake>) -> TranscriptCommand {
        if self.text.trim().is_empty() {
            mistakes.push(Mistake {
                span: without_ending(text, self.start),
                message: "this prompt has no command".into(),
                note: "nothing would be run, and nothing would be compared",
                hint: "write the command after `$ `, or remove the line".into(),
            });
        }
        let mut status = 0;
        if let Some(&last) = self.printed.last()
            && let Some(digits) = bracketed(&text[last.start..last.end])
        {
            match digits.parse() {
                Ok(number @ 0..=255) => {
                    status = number;
                    self.printed.pop();
                }
                _ => mistakes.push(Mistake {
                    span: without_ending(text, last),
                    message: format!("`{digits}` is not an exit status"),
                    note: "a last line of digits in brackets is the status the command ends with",
                    hint:
                        "write a number from 0 to 255; if the command prints this line, write its status below, `[0]`"
                            .into(),
                }),
            }
        }
        let end = self.line + self.n_lines;
        let printed = match (self.printed.first(), self.printed.last()) {
            (Some(first), Some(last)) => Some(Span::new(first.start, last.end)),
            _ => None,
        };
        TranscriptCommand {
            output: TextPattern::exact(printed.map_or("", |span| &text[span.start..span.end])),
            output_span: printed.unwrap_or(Span::new(self.start.end, self.start.end)),
            output_line: if printed.is_some() { end } else { self.line },
            text: self.text,
            line: self.line,
            status,
        }
    }
}

/// The digits of a line `[N]`. Blanks after it do not count: nobody sees them.
fn bracketed(line: &str) -> Option<&str> {
    let digits = line.trim_end().strip_prefix('[')?.strip_suffix(']')?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// What to say about a line before the first command.
fn stray(line: &str, span: Span) -> Mistake {
    let plain = line.trim();
    let after = |prompt: &str| plain.strip_prefix(prompt).map(str::trim).filter(|command| !command.is_empty());
    let hint = if plain.is_empty() {
        "remove this line: a transcript begins with `$ ` and a command".into()
    } else if let Some(command) = after("$ ").or_else(|| after("# ")) {
        // Indented, or behind the prompt of root; who runs it is the page's business, not the prompt's.
        format!("a command begins its line with a dollar and one blank: `$ {command}`")
    } else if let Some(command) = after("$") {
        format!("put one blank after the dollar: `$ {command}`")
    } else if plain == "$" {
        "write a command after the dollar and one blank, such as `$ ls`".into()
    } else if after(">").is_some() {
        "begin the command with `$ `; `> ` continues one".into()
    } else if let Some((_, command)) = plain.split_once("$ ").or_else(|| plain.split_once("# ")) {
        format!("write the prompt as a dollar and one blank only: `$ {}`", command.trim())
    } else {
        "begin with a command, `$ ` before it; what is only shown can be a `text` fence".into()
    };
    Mistake {
        span: Span::new(span.start, span.start + line.trim_end().len()),
        message: "this line stands before the first command of the transcript".into(),
        note: "it is no command, and no command can have printed it, so nothing would be run for it",
        hint,
    }
}

fn without_ending(text: &str, span: Span) -> Span {
    Span::new(span.start, span.start + text[span.start..span.end].trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::Values;

    /// Each command in one line: where it stands, what is run, where and what comes, the status.
    fn read(text: &str) -> Vec<String> {
        let (commands, mistakes) = parse(text, 11);
        assert_eq!(mistakes, [], "{text}");
        commands.iter().map(told).collect()
    }

    fn told(command: &TranscriptCommand) -> String {
        let output = command.output.filled(&Values::new());
        format!("{} {:?} {} {output:?} {}", command.line, command.text, command.output_line, command.status)
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(read(text), expected, "{text}");
    }

    /// The mistakes of a text: what they are about, and what to do.
    fn mistakes(text: &str) -> Vec<String> {
        let (_, mistakes) = parse(text, 11);
        let told = |mistake: &Mistake| {
            let line = &text[mistake.span.start..mistake.span.end];
            format!("{line:?} {}; {}", mistake.message, mistake.hint)
        };
        mistakes.iter().map(told).collect()
    }

    #[test]
    fn commands_output_and_status() {
        check("$ echo a\na\n", &[r#"11 "echo a\n" 12 "a\n" 0"#]);
        check(
            "$ cd /tmp\n$ false\n[1]\n$ pwd\n/tmp\n",
            &[r#"11 "cd /tmp\n" 11 "" 0"#, r#"12 "false\n" 12 "" 1"#, r#"14 "pwd\n" 15 "/tmp\n" 0"#],
        );
        check("$ ls x\nls: x\n[2]\n", &[r#"11 "ls x\n" 12 "ls: x\n" 2"#]);
        check("$ exit 255\n[255] ", &[r#"11 "exit 255\n" 11 "" 255"#]);
    }

    #[test]
    fn a_command_over_several_lines() {
        check(
            "$ cat <<END\n> one\n>  two\n>\n> END\none\n two\n\n",
            &[r#"11 "cat <<END\none\n two\n\nEND\n" 16 "one\n two\n\n" 0"#],
        );
        check("$ echo \\\n> b\nb\n> c\n", &[r#"11 "echo \\\nb\n" 13 "b\n> c\n" 0"#]);
        check("$ echo a\n>b\n", &[r#"11 "echo a\n" 12 ">b\n" 0"#]);
    }

    #[test]
    fn only_the_last_line_can_be_the_status() {
        check("$ x\n[1]\na\n", &[r#"11 "x\n" 12 "[1]\na\n" 0"#]);
        check("$ x\n[1]\n[0]\n", &[r#"11 "x\n" 12 "[1]\n" 0"#]);
        check("$ x\n[1]\n\n$ y\n", &[r#"11 "x\n" 12 "[1]\n\n" 0"#, r#"14 "y\n" 14 "" 0"#]);
        for line in ["[]", "[a]", "[-1]", "[ 1]", "[1", "1]", "x[1]", "[1]x", " [1]", "[١]"] {
            check(&format!("$ x\n{line}\n"), &[&format!("11 {:?} 12 {:?} 0", "x\n", format!("{line}\n"))]);
        }
        for number in ["256", "1000", "99999999999999999999"] {
            let message = format!(
                "\"[{number}]\" `{number}` is not an exit status; write a number from 0 to 255; if the command prints \
                 this line, write its status below, `[0]`"
            );
            assert_eq!(mistakes(&format!("$ x\n[{number}]\n")), [message]);
            check(&format!("$ x\n[{number}]\n[0]\n"), &[&format!("11 \"x\\n\" 12 \"[{number}]\\n\" 0")]);
        }
    }

    #[test]
    fn what_looks_like_a_prompt_within_output_is_output() {
        check("$ x\n$y\n# z\n $ a\n$\n$\t\n", &[r##"11 "x\n" 12 "$y\n# z\n $ a\n$\n$\t\n" 0"##]);
        check(
            "$ # only said\n$ žluťoučký\nkůň\n",
            &["11 \"# only said\\n\" 11 \"\" 0", "12 \"žluťoučký\\n\" 13 \"kůň\\n\" 0"],
        );
        check("$ x\n\u{a0}\n\0\n", &["11 \"x\\n\" 12 \"\u{a0}\\n\\0\\n\" 0".replace('\u{a0}', "\\u{a0}").as_str()]);
        // Fences have plain line endings already; a carriage return that is left is no part of a command.
        check("$ a\r\n> b\r\n>\r\nc\r\n[1]\r\n", &[r#"11 "a\nb\n\n" 14 "c\r\n" 1"#]);
    }

    #[test]
    fn every_line_is_run_compared_or_reported() {
        for (line, hint) in [
            ("", "remove this line: a transcript begins with `$ ` and a command"),
            ("$ls", "put one blank after the dollar: `$ ls`"),
            ("$", "write a command after the dollar and one blank, such as `$ ls`"),
            ("$\tls", "put one blank after the dollar: `$ ls`"),
            ("  $ ls", "a command begins its line with a dollar and one blank: `$ ls`"),
            ("# ls", "a command begins its line with a dollar and one blank: `$ ls`"),
            ("> ls", "begin the command with `$ `; `> ` continues one"),
            ("me@host:~$ ls -l", "write the prompt as a dollar and one blank only: `$ ls -l`"),
            ("[root@host ~]# ls", "write the prompt as a dollar and one blank only: `$ ls`"),
            ("hello", "begin with a command, `$ ` before it; what is only shown can be a `text` fence"),
            ("[1]", "begin with a command, `$ ` before it; what is only shown can be a `text` fence"),
        ] {
            for rest in ["", "more\n", "$ true\n"] {
                let (_, found) = parse(&format!("{line}\n{rest}"), 11);
                assert_eq!(found.len(), 1, "{line}");
                assert_eq!((found[0].span, found[0].hint.as_str()), (Span::new(0, line.trim_end().len()), hint));
            }
        }
        assert_eq!(
            mistakes("$ true\n$ \n"),
            ["\"$\" this prompt has no command; write the command after `$ `, or remove the line"]
        );
        assert_eq!(mistakes("$  \n> \nx\n").len(), 1);
        check("$ \n> true\n", &[r#"11 "\ntrue\n" 11 "" 0"#]);
        assert_eq!(parse("", 11), (vec![], vec![]));
    }

    #[test]
    fn the_lines_of_any_text_are_the_text() {
        // Small and exhaustive: every text of up to six of these.
        let parts = ["$ ", "> ", ">", "\n", "[1]", "é"];
        for length in 0..=6_u32 {
            for number in 0..6_usize.pow(length) {
                let text: String = (0..length).map(|at| parts[number / 6_usize.pow(at) % 6]).collect();
                let mut end = 0;
                for (span, _) in lines(&text) {
                    assert_eq!(span.start, end, "{text:?}");
                    end = span.end;
                }
                assert_eq!(end, text.len(), "{text:?}");
                let (commands, mistakes) = parse(&text, 1);
                let n_starts = lines(&text).filter(|(_, kind)| *kind == LineKind::Start).count();
                assert_eq!(commands.len(), n_starts, "{text:?}");
                assert!(text.is_empty() || !commands.is_empty() || !mistakes.is_empty(), "{text:?}");
                for command in &commands {
                    let output = &text[command.output_span.start..command.output_span.end];
                    assert_eq!(command.output.filled(&Values::new()), output, "{text:?}");
                }
            }
        }
    }
}
