//! Whether a snippet did what the page says: pure, from what was promised and what came.
//!
//! Must stay true: nothing is compared that was not promised, and everything promised for this engine and case is.

use crate::config::Engine;
use crate::database::SqlError;
use crate::expect::{ResultSet, Values};
use crate::runbook::effect::Effect;
use crate::runbook::outcome::{At, Problem};
use crate::runbook::{ErrorPattern, Expected, ExpectedOutput, Promises, Role, Snippet, Stream};

/// About how many bytes of a result are recorded: what is recorded is read at every run, and shown.
pub(super) const RECORDED: usize = 64 << 10;

/// The run a judgement belongs to.
#[derive(Clone, Copy)]
pub(super) struct Context<'c> {
    pub(super) engine: Engine,
    pub(super) case: &'c str,
    pub(super) values: &'c Values,
}

impl Context<'_> {
    fn outputs<'p>(&self, promises: &'p Promises) -> impl Iterator<Item = &'p ExpectedOutput> {
        let (engine, case) = (self.engine, self.case.to_owned());
        promises.outputs.iter().filter(move |output| output.condition.holds(engine, &case))
    }
}

/// Holds the result sets of a SQL snippet against its outputs.
pub(super) fn results(snippet: &Snippet, results: &[ResultSet], context: Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for output in context.outputs(&snippet.promise) {
        let Expected::Tables(tables) = &output.expected else { continue };
        if tables.len() != results.len() {
            let actual = results.iter().map(|result| result.shortened(RECORDED)).collect();
            let expected = tables.len();
            problems.push(Problem::TableCount { line: output.line, expected, actual });
            continue;
        }
        for (index, (table, result)) in tables.iter().zip(results).enumerate() {
            if let Some(difference) = table.difference(result, context.values) {
                let difference = difference.shortened(RECORDED);
                problems.push(Problem::Table { line: output.line, number: index + 1, difference });
            }
        }
    }
    problems
}

/// What came over one stream of a shell snippet.
pub(super) struct Came<'c> {
    pub(super) text: &'c str,
    /// Why that is not all of it, or not as it came.
    pub(super) flaw: Option<String>,
}

/// Holds what a shell snippet printed against its outputs.
pub(super) fn streams(snippet: &Snippet, stdout: &Came<'_>, stderr: &Came<'_>, context: Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for output in context.outputs(&snippet.promise) {
        let Expected::Text { stream, pattern } = &output.expected else { continue };
        let actual = if *stream == Stream::Stdout { stdout } else { stderr };
        let (line, stream) = (output.line, *stream);
        if !pattern.matches(actual.text, context.values) {
            let (expected, actual) = (pattern.filled(context.values), actual.text.to_owned());
            problems.push(Problem::Text { line, stream, expected, actual, command: None });
        } else if let Some(why) = &actual.flaw {
            // What is known agrees, but it is not what came.
            problems.push(Problem::NotComparable { line, stream, why: why.clone() });
        }
    }
    problems
}

/// Holds a failed statement against `error=`. `last` says whether it was the snippet's last one.
pub(super) fn failure(promise: Option<&ErrorPattern>, error: &SqlError, at: At, last: bool) -> Option<Problem> {
    let code = error.codes.first().cloned().unwrap_or_default();
    let message = error.message.clone();
    let Some(pattern) = promise else {
        return Some(Problem::Statement { at, code, message, hint: error.hint.clone() });
    };
    let matches = match pattern {
        ErrorPattern::Codes(codes) => error.codes.iter().any(|code| codes.contains(code)),
        ErrorPattern::Message(regex) => regex.is_match(&error.message),
    };
    (!matches || !last).then(|| Problem::OtherError { expected: written(pattern), at, code, message, last })
}

/// `error=` as it was written.
pub(super) fn written(pattern: &ErrorPattern) -> String {
    match pattern {
        ErrorPattern::Codes(codes) => codes.join(","),
        ErrorPattern::Message(regex) => format!("/{regex}/"),
    }
}

/// Holds a measured effect against the promise, and against what the role allows.
pub(super) fn effect(snippet: &Snippet, measured: &Effect) -> Option<Problem> {
    if snippet.role == Role::Check {
        return (!measured.is_none()).then(|| Problem::CheckChanged { measured: measured.clone() });
    }
    let promised = &snippet.promise.effect.as_ref()?.value;
    (!promised.holds(measured)).then(|| Problem::Effect { promised: promised.clone(), measured: measured.clone() })
}
