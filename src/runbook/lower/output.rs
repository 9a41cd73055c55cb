//! Expected output: what an `output` fence demands of the snippet before it.

use super::Lowering;
use super::words::Words;
use crate::config::Engine;
use crate::diagnostic::{Diagnostic, Place};
use crate::document::Fence;
use crate::expect::{Form, TextPattern, parse_tables};
use crate::runbook::snippet::{Action, Condition, Expected, ExpectedOutput, Snippet, Stream};
use crate::span::Span;

impl<'d> Lowering<'d> {
    pub(super) fn output(&mut self, snippet: &mut Snippet, index: usize, fence: &'d Fence, words: &Words<'d>) {
        snippet.output_fences.push(index);
        let form = match words.value("match").map(|form| (form.value, form.span)) {
            None => Form::Exact,
            Some(("glob", _)) => Form::Glob,
            Some(("regex", _)) => Form::Regex,
            Some((other, span)) => {
                let diagnostic =
                    Diagnostic::error("unknown-value", self.place(span), format!("`{other}` is not a way to match"))
                        .suggest(other, ["glob", "regex"]);
                self.report(diagnostic);
                return;
            }
        };
        let expected = match snippet.action {
            Action::Sql => {
                if let Some(word) = ["stderr", "match", "unordered"].iter().find_map(|key| words.get(key)) {
                    self.report(
                        Diagnostic::error(
                            "unknown-word",
                            self.place(word.span),
                            format!("`{}` does not go with the output of SQL", word.key),
                        )
                        .hint("tables are compared by value; their order counts only under a top-level ORDER BY"),
                    );
                }
                match parse_tables(&fence.code.text) {
                    Ok(tables) if tables.is_empty() => {
                        self.report(
                            Diagnostic::error("empty-output", self.place(fence.span), "this output is empty")
                                .hint("no rows are written `Empty set`"),
                        );
                        return;
                    }
                    Ok(tables) => Expected::Tables(tables),
                    Err(error) => {
                        let place = self.code_line(fence, error.line);
                        self.report(
                            Diagnostic::error("bad-table", place, error.message)
                                .hint("write it as the `mariadb` client prints it; no rows are `Empty set`"),
                        );
                        return;
                    }
                }
            }
            _ => {
                let stream = if words.has("stderr") { Stream::Stderr } else { Stream::Stdout };
                match TextPattern::new(&fence.code.text, form, words.has("unordered")) {
                    Ok(pattern) => Expected::Text { stream, pattern },
                    Err(error) => {
                        let place = self.code_line(fence, error.line);
                        self.report(
                            Diagnostic::error("bad-pattern", place, error.message)
                                .note("an expectation must be able to fail"),
                        );
                        return;
                    }
                }
            }
        };
        let condition = Condition {
            engines: words.value("engine").map(|names| self.engine_names(&names)).unwrap_or_default(),
            case: words.value("case").and_then(|case| self.case(&case)),
            ..Condition::default()
        };
        self.check_counts(snippet, &condition, fence);
        let stream = |expected: &Expected| match expected {
            Expected::Text { stream, .. } => Some(*stream),
            Expected::Tables(_) => None,
        };
        if snippet
            .promise
            .outputs
            .iter()
            .any(|other| other.condition == condition && stream(&other.expected) == stream(&expected))
        {
            self.report(
                Diagnostic::error(
                    "output-twice",
                    self.place(fence.language_span),
                    "this snippet already has such an output",
                )
                .hint("merge the two, or tell them apart with `stderr`, `engine=` or `case=`"),
            );
        }
        snippet.promise.outputs.push(ExpectedOutput { expected, condition, fence: index, line: fence.line(self.file) });
    }

    /// An output for runs its snippet takes no part in would be compared with nothing.
    fn check_counts(&mut self, snippet: &Snippet, output: &Condition, fence: &Fence) {
        let named: Vec<Engine> = self.document.front_matter.engines.iter().map(|engine| engine.value).collect();
        let never_on = |engines: &[Engine]| {
            !engines.is_empty() && !output.engines.is_empty() && engines.iter().all(|e| !output.engines.contains(e))
        };
        let other_case =
            snippet.condition.case.is_some() && output.case.is_some() && snippet.condition.case != output.case;
        if never_on(&snippet.condition.engines) || never_on(&named) || other_case {
            self.report(
                Diagnostic::error(
                    "output-of-nothing",
                    self.place(fence.language_span),
                    "this `output` counts in no run",
                )
                .note("its engine or case is one that its snippet, or the page, does not run in")
                .hint("correct `engine=` or `case=`, or remove the output"),
            );
        }
    }

    pub(super) fn orphan_output(&mut self, fence: &Fence) {
        self.report(
            Diagnostic::error("output-of-nothing", self.place(fence.language_span), "this `output` belongs to no snippet")
                .note("it would be compared with nothing")
                .hint("put it after its snippet in the same list item or quote, with only blank lines between; output that is only shown can be `text`"),
        );
    }

    /// The place of line `line` (from 0) of the fence's text.
    fn code_line(&self, fence: &Fence, line: usize) -> Place {
        let start: usize = fence.code.text.split_inclusive('\n').take(line).map(str::len).sum();
        let length = fence.code.text[start..].lines().next().map_or(0, str::len);
        self.place(fence.code.source_span(Span::new(start, start + length)))
    }
}
