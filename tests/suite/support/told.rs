//! The messages about one place, without the totals around them; with lines counted from it where a page is our own,
//! so that its tests survive its next edit.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{Project, Ran};

static LINES: LazyLock<Regex> = LazyLock::new(|| {
    // After a file, in the margin of the source, and in running text.
    Regex::new(r"(?m)(\.(?:md|sql|toml):)(\d+)(:)|^([> ] *)?(\d+)( [│|])|(\bline )(\d+)(\b)").expect("a pattern")
});

impl Project {
    /// The line of `file`, from 1, on which `text` starts, which must stand there exactly once.
    #[track_caller]
    pub(crate) fn line_of(&self, file: &str, text: &str) -> usize {
        let whole = self.read(file);
        let found: Vec<usize> = whole.match_indices(text).map(|(at, _)| at).collect();
        let [at] = found[..] else { panic!("{file} holds {} times: {text}", found.len()) };
        whole[..at].lines().count().max(1) + usize::from(whole[..at].ends_with('\n'))
    }
}

impl Ran {
    /// Every failure and diagnostic in which `word` stands, whole; there must be one.
    #[track_caller]
    pub(crate) fn told_of(&self, word: &str) -> String {
        let messages = self.messages(word);
        assert!(!messages.is_empty(), "nothing is told of {word}\n{}", self.whole());
        let told: Vec<&str> = messages.iter().map(|message| message.trim_end()).collect();
        told.join("\n\n") + "\n"
    }

    /// Every failure and diagnostic in which `word` stands.
    pub(crate) fn messages(&self, word: &str) -> Vec<String> {
        let is_start = |line: &str| {
            ["FAILED ", "ERROR ", "TIMED OUT ", "error", "warning"].iter().any(|start| line.starts_with(start))
        };
        // The totals, which end both streams, belong to no message.
        let is_end = |line: &str| {
            let is_total = |noun: &str| line.split(' ').nth(1).is_some_and(|word| word.starts_with(noun));
            line.starts_with(|first: char| first.is_ascii_digit())
                && ["page", "snippet", "error", "warning"].iter().any(|noun| is_total(noun))
        };
        let mut messages: Vec<String> = Vec::new();
        let mut inside = false;
        for line in self.stdout.lines().chain(self.stderr.lines()) {
            if is_start(line) {
                messages.push(String::new());
            }
            inside = (inside || is_start(line)) && !is_end(line);
            if let Some(message) = messages.last_mut().filter(|_| inside) {
                message.push_str(line);
                message.push('\n');
            }
        }
        messages.retain(|message| message.contains(word));
        messages
    }

    /// Every failure and diagnostic in which `word` stands, whole; lines are counted from `line`, which is `[0]`.
    #[track_caller]
    pub(crate) fn told_of_line(&self, word: &str, line: usize) -> String {
        let relative = |found: &Captures<'_>| {
            // The three parts of the one way of writing a line that was found.
            let part =
                |index: usize| [0, 3, 6].iter().find_map(|way| found.get(way + index)).map_or("", |part| part.as_str());
            let number: i64 = part(2).parse().expect("a number");
            let distance = number - i64::try_from(line).expect("a line");
            let sign = if distance > 0 { "+" } else { "" };
            format!("{}[{sign}{distance}]{}", part(1), part(3))
        };
        LINES.replace_all(&self.told_of(word), relative).into_owned()
    }
}
