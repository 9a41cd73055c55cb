//! When a snippet or an output counts, and how long it may take.

use std::time::Duration;

use super::Lowering;
use super::words::Words;
use crate::config::{Engine, Spanned};
use crate::diagnostic::Diagnostic;
use crate::runbook::snippet::Condition;

impl<'d> Lowering<'d> {
    pub(super) fn condition(&mut self, words: &Words<'d>) -> Condition {
        let requires = words.value("requires").map(|programs| self.programs(&programs)).unwrap_or_default();
        Condition {
            engines: words.value("engine").map(|names| self.engine_names(&names)).unwrap_or_default(),
            case: words.value("case").and_then(|case| self.case(&case)),
            requires,
            skip: words.value("skip").and_then(|reason| {
                let text = reason.value.trim();
                if text.is_empty() {
                    self.report(
                        Diagnostic::error("no-reason", self.place(reason.span), "`skip` has no reason")
                            .note("the reader of the page sees the reason")
                            .hint("write `skip=\"needs a real build service\"`"),
                    );
                }
                (!text.is_empty()).then(|| text.to_owned())
            }),
        }
    }

    fn programs(&mut self, text: &Spanned<&str>) -> Vec<String> {
        let programs: Vec<String> = text.value.split(',').map(|name| name.trim().to_owned()).collect();
        if programs.iter().any(|name| name.is_empty() || name.contains(['/', ' '])) {
            let message = format!("`{}` is not a list of programs", text.value);
            self.report(
                Diagnostic::error("bad-requires", self.place(text.span), message)
                    .hint("write program names with commas between: `requires=xmllint,jq`"),
            );
            return Vec::new();
        }
        programs
    }

    pub(super) fn engine_names(&mut self, text: &Spanned<&str>) -> Vec<Engine> {
        let mut engines = Vec::new();
        for name in text.value.split(',') {
            match Engine::parse(name.trim()) {
                Some(engine) => engines.push(engine),
                None => {
                    let diagnostic =
                        Diagnostic::error("unknown-value", self.place(text.span), format!("`{name}` is not an engine"))
                            .suggest(name, Engine::ALL.map(Engine::name));
                    self.report(diagnostic);
                }
            }
        }
        engines
    }

    pub(super) fn case(&mut self, text: &Spanned<&str>) -> Option<String> {
        let cases: Vec<&str> = self.document.front_matter.cases.iter().map(|case| case.name.value.as_str()).collect();
        if text.value != "default" && !cases.contains(&text.value) {
            let message = format!("this page has no case `{}`", text.value);
            let known = cases.into_iter().chain(["default"]);
            let diagnostic =
                Diagnostic::error("unknown-value", self.place(text.span), message).suggest(text.value, known);
            self.report(diagnostic);
            return None;
        }
        Some(text.value.to_owned())
    }

    pub(super) fn timeout(&mut self, text: &Spanned<&str>) -> Option<Duration> {
        let limit = duration(text.value);
        if limit.is_none() {
            let message = format!("`{}` is not a time limit", text.value);
            self.report(
                Diagnostic::error("bad-timeout", self.place(text.span), message)
                    .hint("write for example `timeout=500ms`, `timeout=30s` or `timeout=2m`"),
            );
        }
        limit
    }
}

/// `500ms`, `30s`, `2m`; above zero, at most an hour.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let number: u64 = digits.parse().ok().filter(|&number| number > 0)?;
    let milliseconds = match &text[digits.len()..] {
        "ms" => number,
        "s" => number.checked_mul(1_000)?,
        "m" => number.checked_mul(60_000)?,
        _ => return None,
    };
    (milliseconds <= 3_600_000).then(|| Duration::from_millis(milliseconds))
}
