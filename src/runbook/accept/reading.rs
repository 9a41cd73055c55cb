//! Reading back: whether a page with an edit says what came, and everything else as before.
//!
//! This is what makes the writing safe to trust: a line that closes a fence or its list item, a character Markdown
//! replaces, a text that reads as a parameter or a prompt - whatever it is, the page is read again as a run would read it.

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use super::{Edit, Part, Seen, Spot, output, rewritten, transcript};
use crate::diagnostic::{Severity, has_errors};
use crate::document::{self, Document, RUNNABLE, Strictness};
use crate::runbook::lower;
use crate::runbook::outcome::{Problem, Verdict};
use crate::runbook::snippet::{Action, Expected, ExpectedOutput, Runbook, Snippet};
use crate::span::SourceFile;

/// Why the page with `edits` of this spot would not say what they are to say.
pub(super) fn check(seen: &Seen<'_>, spot: &Spot, edits: &[Edit]) -> Result<(), String> {
    let old = seen.page.document;
    let file = SourceFile::new(old.file.path(), rewritten(old.file.text(), edits));
    let (document, mut diagnostics) = document::parse(old.path.clone(), &file, Strictness::Runs);
    let (runbook, found) = lower(&document, seen.page.config);
    diagnostics.extend(found);
    if has_errors(&diagnostics) {
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        let first = errors.map(|error| error.message.clone()).next().unwrap_or_default();
        return Err(format!("written into the page, what came would be a mistake there: {first}"));
    }
    let otherwise = "written into the page, what came would read as something else";
    let is_effect = spot.part == Part::Effect;
    if outside(old, is_effect) != outside(&document, is_effect) || !others_are_same(seen, spot, &runbook) {
        return Err(format!("{otherwise}, and change the page around it"));
    }
    let says = runbook.snippets.get(seen.index).is_some_and(|snippet| says_what_came(seen, spot, snippet));
    if says { Ok(()) } else { Err(otherwise.into()) }
}

/// Whether a run found that the output in this line differs.
pub(super) fn is_told(verdict: &Verdict, at: usize) -> bool {
    let Verdict::Failed { problems } = verdict else { return false };
    problems.iter().any(|problem| match problem {
        Problem::Table { line, .. }
        | Problem::TableCount { line, .. }
        | Problem::NotComparable { line, .. }
        | Problem::Text { line, command: None, .. } => *line == at,
        _ => false,
    })
}

/// The page without the fences that run and their outputs; where an effect changes, without what stands in HTML, too:
/// it may stand in a proof comment, whose words are compared as such.
fn outside(document: &Document, is_effect: bool) -> Vec<&Event<'static>> {
    let mut within = false;
    let mut kept = Vec::new();
    for (event, _) in &document.events {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let language = info.split([' ', '\t']).next().unwrap_or_default();
                within = language == "output" || RUNNABLE.contains(&language);
                if !within {
                    kept.push(event);
                }
            }
            Event::End(TagEnd::CodeBlock) => within = false,
            _ if within => {}
            Event::Html(_) if is_effect => {}
            event => kept.push(event),
        }
    }
    kept
}

/// Whether every expectation but this one is what it was, and every snippet does what it did.
fn others_are_same(seen: &Seen<'_>, spot: &Spot, runbook: &Runbook) -> bool {
    let old = &seen.page.runbook.snippets;
    old.len() == runbook.snippets.len()
        && old.iter().zip(&runbook.snippets).enumerate().all(|(index, (old, new))| {
            let part = (index == seen.index).then_some(spot.part);
            old.id == new.id
                && old.role == new.role
                && old.condition == new.condition
                && (part == Some(Part::Effect)
                    || old.promise.effect.as_ref().map(|effect| &effect.value)
                        == new.promise.effect.as_ref().map(|effect| &effect.value))
                && does_the_same(old, new, part)
                && same_outputs(old, new, part)
        })
}

fn does_the_same(old: &Snippet, new: &Snippet, part: Option<Part>) -> bool {
    let (Action::Console(before), Action::Console(after)) = (&old.action, &new.action) else {
        return old.code.text == new.code.text && old.action == new.action;
    };
    before.len() == after.len()
        && before.iter().zip(after).enumerate().all(|(at, (before, after))| {
            let is_this = part == Some(Part::Command(at));
            before.text == after.text && before.status == after.status && (is_this || before.output == after.output)
        })
}

fn same_outputs(old: &Snippet, new: &Snippet, part: Option<Part>) -> bool {
    let of = |snippet: &'_ Snippet| -> Vec<ExpectedOutput> {
        let outputs = snippet.promise.outputs.iter();
        outputs.filter(|one| Some(output::part(&one.expected)) != part).cloned().collect()
    };
    let (old, new) = (of(old), of(new));
    old.len() == new.len()
        && old
            .iter()
            .zip(&new)
            .all(|(old, new)| old.condition == new.condition && is_same(&old.expected, &new.expected))
}

fn is_same(one: &Expected, other: &Expected) -> bool {
    match (one, other) {
        (Expected::Tables(one), Expected::Tables(other)) => one == other,
        (Expected::Text { stream, pattern }, Expected::Text { stream: other_stream, pattern: other }) => {
            stream == other_stream && pattern == other
        }
        _ => false,
    }
}

/// Whether the expectation of the spot, as read from the page, is what came wherever that is known, and what it was
/// wherever it is not.
fn says_what_came(seen: &Seen<'_>, spot: &Spot, snippet: &Snippet) -> bool {
    match spot.part {
        Part::Effect => snippet.promise.effect.as_ref().is_some_and(|effect| {
            seen.runs.iter().filter_map(|run| run.outcome.effect.as_ref()).all(|measured| effect.value.holds(measured))
        }),
        Part::Command(at) => {
            let (Action::Console(old), Action::Console(new)) = (&seen.snippet.action, &snippet.action) else {
                return false;
            };
            seen.runs.iter().all(|run| {
                let came = old.get(at).and_then(|command| transcript::printed(run.outcome, command));
                came.is_none_or(|came| new.get(at).is_some_and(|command| command.output.matches(came, &run.values)))
            })
        }
        part => {
            let outputs: Vec<&ExpectedOutput> =
                snippet.promise.outputs.iter().filter(|one| output::part(&one.expected) == part).collect();
            let counting = |outputs: &[&ExpectedOutput], engine, case: &str| -> Vec<Expected> {
                outputs.iter().filter(|one| one.condition.holds(engine, case)).map(|one| one.expected.clone()).collect()
            };
            let before: Vec<&ExpectedOutput> =
                seen.snippet.promise.outputs.iter().filter(|one| output::part(&one.expected) == part).collect();
            let as_before = |engine, case: &str| {
                let (was, is) = (counting(&before, engine, case), counting(&outputs, engine, case));
                was.len() == is.len() && was.iter().zip(&is).all(|(was, is)| is_same(was, is))
            };
            let known = super::engines(seen.page.runbook);
            seen.unmeasured.iter().all(|(engine, case)| as_before(*engine, case))
                && seen.runs.iter().filter(|run| known.contains(&run.engine)).all(|run| {
                    as_before(run.engine, run.case)
                        || counting(&outputs, run.engine, run.case).iter().all(|one| output::holds(one, run))
                })
        }
    }
}
