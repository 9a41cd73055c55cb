//! GitHub Actions: annotations on the lines of the Markdown, and the summary of the job.
//!
//! Annotations are lines on stdout, `::error file=…,line=…::message`, with the escapes of the runner; the summary is
//! Markdown. Must stay true: never more annotations than GitHub shows, and the last one says what is left out; nothing a
//! page or a program wrote becomes a command, ends a code block or is read as HTML.

use super::account::Account;
use super::finding::{Finding, findings, one_line};
use super::paint::plural;
use super::summary::{Counts, page_state};
use crate::diagnostic::Severity;

/// How many annotations of one level GitHub shows of one step; it drops the others without a word.
const MOST_ANNOTATIONS: usize = 10;

/// What GitHub takes as the summary of one step; a larger one it refuses as a whole.
pub const SUMMARY_LIMIT: usize = 1024 * 1024;

/// The annotations of a run, as lines for stdout; `prefix` leads from the repository's root to the project.
pub fn workflow_commands(account: &Account<'_>, prefix: &str) -> String {
    let found = findings(account);
    let notices = account.notices.iter().map(|notice| {
        let hint = notice.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
        format!("::error title=Proofbook::{}\n", escape(&format!("{}{hint}", notice.message)))
    });
    let mut errors: Vec<&Finding> = found.iter().filter(|finding| finding.severity == Severity::Error).collect();
    errors.sort_by_key(|finding| finding.rank);
    let errors: Vec<String> = notices.chain(errors.into_iter().map(|finding| command(finding, prefix))).collect();
    let warnings = found.iter().filter(|finding| finding.severity == Severity::Warning);
    let warnings: Vec<String> = warnings.map(|finding| command(finding, prefix)).collect();
    capped("error", errors) + &capped("warning", warnings)
}

fn command(finding: &Finding, prefix: &str) -> String {
    let level = if finding.severity == Severity::Error { "error" } else { "warning" };
    let path = escape_property(&format!("{prefix}{}", finding.file));
    // GitHub takes a column only of what stands in one line.
    let to = match finding.end_line > finding.line {
        true => format!("endLine={}", finding.end_line),
        false => format!("col={}", finding.column),
    };
    let help = finding.hint.as_ref().map(|hint| format!("\nhelp: {hint}")).unwrap_or_default();
    format!(
        "::{level} file={path},line={},{to},title={}::{}\n",
        finding.line,
        escape_property(&finding.title),
        escape(&format!("{}{help}", finding.message))
    )
}

/// As many as are shown; the last of them then says how many are not.
fn capped(level: &str, commands: Vec<String>) -> String {
    if commands.len() <= MOST_ANNOTATIONS {
        return commands.concat();
    }
    let shown = MOST_ANNOTATIONS - 1;
    let rest = plural(commands.len() - shown, &format!("more {level}"));
    let told = format!(
        "{rest}: GitHub shows {MOST_ANNOTATIONS} a step; all are in the job summary and in the log of this step"
    );
    commands[..shown].concat() + &format!("::{level} title=Proofbook::{}\n", escape(&told))
}

/// The message of a command.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command.
fn escape_property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

/// The summary of a run in Markdown, in at most `room` bytes: what does not fit is left out as a whole, and said.
pub fn job_summary(account: &Account<'_>, room: usize) -> String {
    let found = findings(account);
    let mut summary = Bounded { text: String::new(), room: room.saturating_sub(RESERVE), left_out: 0 };
    summary.push(&format!("## Proofbook: {}\n\n", headline(account)));
    for notice in &account.notices {
        let hint = notice.hint.as_ref().map(|hint| format!(" {}", inline(hint))).unwrap_or_default();
        summary.push(&format!("> **{}**{hint}\n\n", inline(&notice.message)));
    }
    if !account.run.pages.is_empty() || !account.not_run.is_empty() {
        summary.push("| page | engine | case | state | snippets | time |\n|---|---|---|---|---|---:|\n");
        for page in &account.run.pages {
            let engine = page.engine.map_or("–", |engine| engine.name());
            summary.push(&format!(
                "| {} | {engine} | {} | {} | {} | {:.2} s |\n",
                inline(&format!("content/{}", page.page)),
                inline(&page.case),
                page_state(page),
                Counts::of(&page.outcomes).plain_words(),
                page.milliseconds as f64 / 1000.0
            ));
        }
        for (file, not_run) in account.not_run {
            let count = plural(not_run.fences, "snippet");
            summary.push(&format!("| {} | – | – | not run: {} | {count} | |\n", inline(file), inline(&not_run.reason)));
        }
        summary.push("\n");
    }
    for finding in &found {
        let word = if finding.severity == Severity::Error { "error" } else { "warning" };
        let title = html(&format!("{word}: {}:{} {}", finding.file, finding.line, finding.title));
        let fence = fence(&finding.text);
        summary.push(&format!(
            "<details><summary>{title}</summary>\n\n{}\n\n{fence}text\n{}{fence}\n\n</details>\n\n",
            inline(&finding.message),
            finding.text
        ));
    }
    if let Some(layers) = account.sandbox {
        summary.push(&format!("{}\n\n", inline(&layers.to_string())));
    }
    summary.end()
}

/// What the line about what is left out takes at most.
const RESERVE: usize = 200;

/// Text that grows up to a limit, part by part.
struct Bounded {
    text: String,
    room: usize,
    left_out: usize,
}

impl Bounded {
    /// Adds a part, unless one before it did not fit.
    fn push(&mut self, part: &str) {
        if self.left_out == 0 && self.text.len() + part.len() <= self.room {
            self.text.push_str(part);
        } else {
            self.left_out += 1;
        }
    }

    fn end(mut self) -> String {
        if self.left_out > 0 && self.room > 0 {
            let parts = plural(self.left_out, "part");
            self.text.push_str(&format!(
                "\n{parts} of this summary left out: GitHub takes 1 MiB a step. The log of the step has everything.\n"
            ));
        }
        self.text
    }
}

fn headline(account: &Account<'_>) -> String {
    let bad = account.run.pages.iter().filter(|page| page.outcomes.iter().any(|outcome| outcome.verdict.is_bad()));
    let (bad, runs) = (bad.count(), account.run.pages.len());
    let errors = account.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    match (errors, bad) {
        (0, _) if account.run.pages.is_empty() => "nothing was run".into(),
        (0, 0) if account.notices.is_empty() => format!("{} fine", plural(runs, "page run")),
        (0, 0) => format!("{}, and not fine", plural(runs, "page run")),
        (0, bad) => format!("{bad} of {} failed", plural(runs, "page run")),
        (errors, _) => format!("{} in the documents", plural(errors, "error")),
    }
}

/// `text` in a line of Markdown: in a table, in a quote, without a meaning of its own.
fn inline(text: &str) -> String {
    let text = html(&one_line(text));
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '@' | '$') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A fence that no line of `text` can end.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_escaped_as_the_runner_reads_them() {
        assert_eq!(escape("100% of\r\n::error::x"), "100%25 of%0D%0A::error::x");
        assert_eq!(escape_property("a,b: 5%\n.md"), "a%2Cb%3A 5%25%0A.md");
        // `%` comes first, so that nothing is escaped twice.
        assert_eq!(escape("%0A"), "%250A");
    }

    #[test]
    fn at_most_ten_and_the_last_says_the_rest() {
        let commands = |count: usize| (0..count).map(|n| format!("::error::{n}\n")).collect::<Vec<_>>();
        assert_eq!(capped("error", commands(10)).lines().count(), 10);
        let capped = capped("error", commands(25));
        assert_eq!(capped.lines().count(), 10);
        let last = "::error title=Proofbook::16 more errors: GitHub shows 10 a step; all are in the job summary and in the log of this step";
        assert_eq!(capped.lines().last(), Some(last));
    }

    #[test]
    fn markdown_has_no_meaning() {
        assert_eq!(inline("a|b `c` <script> *x* @team\nnext"), "a\\|b \\`c\\` &lt;script&gt; \\*x\\* \\@team next");
        assert_eq!(fence("x"), "```");
        assert_eq!(fence("a ``` b ````` c"), "``````");
    }

    #[test]
    fn a_summary_is_cut_between_parts() {
        let mut bounded = Bounded { text: String::new(), room: 10, left_out: 0 };
        for part in ["12345", "6789", "ab", "c"] {
            bounded.push(part);
        }
        let text = bounded.end();
        assert!(text.starts_with("123456789\n2 parts of this summary left out"), "{text}");
        assert!(text.len() <= 10 + RESERVE);
    }
}
