//! What was still going on when a snippet reached its limit: plain data, and its lines for a report or a page.
//!
//! Must stay true: nothing in it differs from run to run of the same hang. There are no process ids, no numbers of
//! connections and no names of temporary folders.

use serde::{Deserialize, Serialize};

/// What was still going on when a snippet was ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The program and its arguments, or the SQL statement; `None` for code of the page's own bash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Its line in the page, from 1, if it can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The processes that belonged to it, each before those it had started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<RunningProcess>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_processes: usize,
    /// The statements that ran in the page's database: the snippet's own, or those of programs it had started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<RunningStatement>,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningProcess {
    /// How many of the processes listed before it stand above it.
    pub depth: usize,
    /// The program and its arguments, cut to a readable length.
    pub command: String,
    /// What it was doing or waiting for, as in `sleeping`; `None` where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doing: Option<String>,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningStatement {
    /// Its text in one line, cut to a readable length.
    pub statement: String,
    /// What it was doing or waiting for, as in `waiting for a lock on …`.
    pub doing: String,
}

impl Running {
    /// What it was doing, for the end of `It was …`, where that is all there is to tell.
    pub fn doing(&self) -> Option<&str> {
        match (self.processes.as_slice(), self.statements.as_slice()) {
            ([only], []) if self.is_itself(&only.command) => only.doing.as_deref(),
            ([], [only]) if self.is_itself(&only.statement) => Some(&only.doing),
            _ => None,
        }
    }

    /// What ran and what it was doing, a line each, indented as one started the other; none where [`Self::doing`] says
    /// it all.
    pub fn lines(&self) -> Vec<String> {
        if self.doing().is_some() {
            return Vec::new();
        }
        let process = |process: &RunningProcess| {
            let doing = process.doing.as_deref().unwrap_or("waiting; the system does not tell for what");
            format!("{}{}: {doing}", "  ".repeat(process.depth), process.command)
        };
        let mut lines: Vec<String> = self.processes.iter().map(process).collect();
        if self.more_processes > 0 {
            lines.push(format!("and {} more", self.more_processes));
        }
        lines.extend(
            self.statements
                .iter()
                .map(|running| format!("in the database, `{}`: {}", running.statement, running.doing)),
        );
        lines
    }

    fn is_itself(&self, command: &str) -> bool {
        self.command.as_deref().unwrap_or(SHELL) == command
    }
}

/// What the page's own bash and its subshells are called.
pub const SHELL: &str = "bash";

/// The most characters of a command or a statement that are shown.
const MOST: usize = 120;

/// `text` in one line, cut to a length that can be read at a glance.
pub fn in_short(text: &str) -> String {
    shortened(text, MOST)
}

/// `text` in one line of at most `most` characters.
pub fn shortened(text: &str, most: usize) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(word);
    }
    let mut ends = line.char_indices().map(|(at, _)| at).skip(most - 1);
    match (ends.next(), ends.next()) {
        (Some(end), Some(_)) => format!("{}…", &line[..end]),
        _ => line,
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(depth: usize, command: &str, doing: Option<&str>) -> RunningProcess {
        RunningProcess { depth, command: command.into(), doing: doing.map(str::to_owned) }
    }

    #[test]
    fn one_process_is_told_in_a_sentence_and_several_as_a_tree() {
        let sleeps = Running {
            command: Some("sleep 9".into()),
            processes: vec![process(0, "sleep 9", Some("sleeping"))],
            ..Running::default()
        };
        assert_eq!((sleeps.doing(), sleeps.lines()), (Some("sleeping"), vec![]));
        let tree = Running {
            command: Some("sleep 9".into()),
            processes: vec![process(0, "make", Some("waiting for its child processes")), process(1, "sleep 9", None)],
            more_processes: 2,
            statements: vec![RunningStatement { statement: "SELECT 1".into(), doing: "running".into() }],
            ..Running::default()
        };
        assert_eq!(tree.doing(), None);
        assert_eq!(
            tree.lines(),
            [
                "make: waiting for its child processes",
                "  sleep 9: waiting; the system does not tell for what",
                "and 2 more",
                "in the database, `SELECT 1`: running"
            ]
        );
    }

    #[test]
    fn what_an_older_version_recorded_can_be_read() {
        let old: Running = serde_json::from_str(r#"{"command": "sleep 9", "line": 3}"#).unwrap();
        assert_eq!(old, Running { command: Some("sleep 9".into()), line: Some(3), ..Running::default() });
        assert_eq!((old.doing(), old.lines()), (None, vec![]));
    }

    #[test]
    fn a_long_command_is_cut_between_characters() {
        assert_eq!(shortened("SELECT\n  1", 8), "SELECT 1");
        assert_eq!(shortened("žžžž", 4), "žžžž");
        assert_eq!(shortened("žžžžž", 4), "žžž…");
        assert_eq!(in_short(&"x".repeat(121)).chars().count(), 120);
    }
}
