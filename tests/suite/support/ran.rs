//! What a run of the program came to.

use std::path::Path;

use expect_test::Expect;

use super::redact::{redact, without_layers};

/// The status and both streams of a run that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit status; 128 and the number of the signal if one ended it.
    pub(crate) status: i32,
    /// Stdout, with what differs from run to run redacted.
    pub(crate) stdout: String,
    /// Stderr, likewise.
    pub(crate) stderr: String,
}

impl Ran {
    pub(super) fn new(status: i32, stdout: &[u8], stderr: &[u8], project: &Path) -> Self {
        let text = |bytes| redact(std::str::from_utf8(bytes).expect("the program writes UTF-8"), project);
        Self { status, stdout: text(stdout), stderr: text(stderr) }
    }

    /// Demands status 0.
    #[track_caller]
    pub(crate) fn fine(self) -> Self {
        self.ended(0)
    }

    /// Demands this status.
    #[track_caller]
    pub(crate) fn ended(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}", self.whole());
        self
    }

    /// Demands that everything a person sees is exactly this, but for what the machine's sandbox is made of.
    pub(crate) fn is(&self, expected: Expect) {
        expected.assert_eq(&without_layers(&self.whole()));
    }

    /// Demands that `part` is on stdout.
    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "stdout does not hold {part:?}\n{}", self.whole());
        self
    }

    /// Demands that `part` is on stderr.
    #[track_caller]
    pub(crate) fn warns(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "stderr does not hold {part:?}\n{}", self.whole());
        self
    }

    /// Demands that `part` is on neither stream.
    #[track_caller]
    pub(crate) fn never_says(self, part: &str) -> Self {
        assert!(!self.stdout.contains(part) && !self.stderr.contains(part), "{part:?} is said\n{}", self.whole());
        self
    }

    /// Stdout as JSON. What is told of a run or a check has no field that is not documented.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        let document: serde_json::Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}", self.whole()));
        if ["check", "test", "build"].iter().any(|command| document["command"] == *command) {
            super::documented(&document);
        }
        document
    }

    /// Status, stdout and stderr in one text; a stream that is empty is left out.
    pub(crate) fn whole(&self) -> String {
        let mut whole = format!("exit status {}\n", self.status);
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                whole.push_str(&format!("--- {name}\n{stream}"));
            }
        }
        whole
    }
}
