//! The value of `effect`, rewritten. Whether it may be is `allowed`'s business; here the runs must agree.

use super::{Edit, Refusal, Seen, Spot};
use crate::runbook::effect::Promise;
use crate::runbook::outcome::{Problem, Verdict};
use crate::span::Span;

/// What makes the page say what was measured; nothing where it does already.
pub(super) fn edit(seen: &Seen<'_>, spot: &Spot) -> Result<Vec<Edit>, Refusal> {
    let Some(promised) = &seen.snippet.promise.effect else { return Ok(Vec::new()) };
    let differs = |problem: &Problem| matches!(problem, Problem::Effect { .. });
    let has_difference =
        |verdict: &Verdict| matches!(verdict, Verdict::Failed { problems } if problems.iter().any(differs));
    if !seen.runs.iter().any(|run| has_difference(&run.outcome.verdict)) {
        return Ok(Vec::new());
    }
    let all_runs = "`effect` holds on every engine and in every case: run them all, and accept again";
    if let Some((engine, case)) = seen.unmeasured.first() {
        let why = format!("it was not run {}, where it would have to hold, too", seen.named(*engine, case));
        return Err(seen.refusal(spot, why, all_runs));
    }
    let measured: Vec<Promise> =
        seen.runs.iter().filter_map(|run| run.outcome.effect.as_ref()).map(|effect| effect.promise()).collect();
    let [first, others @ ..] = measured.as_slice() else { return Ok(Vec::new()) };
    if let Some(other) = others.iter().find(|other| !is_same(first, other)) {
        let why = format!("it changed {first} in one run and {other} in another, and `effect` can only say one");
        return Err(seen.refusal(spot, why, "make it a snippet an engine (`engine=`) or a case (`case=`)"));
    }
    let file = &seen.page.document.file;
    let span: Span = promised.span;
    let text = written(&promised.value, first, file.slice(span));
    Ok(vec![Edit { spot: spot.clone(), span, text }])
}

fn is_same(one: &Promise, other: &Promise) -> bool {
    let folded = |promise: &Promise| -> Vec<_> {
        promise.tables.iter().map(|(name, counts)| (name.to_lowercase(), *counts)).collect()
    };
    one.schema == other.schema && folded(one) == folded(other)
}

/// The measured promise in the order and spelling of the old one, which names all of it.
fn written(old: &Promise, measured: &Promise, text: &str) -> String {
    let name_of =
        |part: &str| part.split_whitespace().next().unwrap_or_default().replace("\\\"", "\"").replace("\\\\", "\\");
    let mut parts: Vec<String> = Vec::new();
    for name in text.split(',').map(name_of) {
        if name == "schema" && measured.schema && old.schema {
            parts.push(name);
            continue;
        }
        let counts = measured.tables.iter().find(|(table, _)| table.to_lowercase() == name.to_lowercase());
        parts.extend(counts.map(|(_, counts)| format!("{name} {counts}")));
    }
    // The value stands in quotes: a count has a blank before it.
    parts.join(", ").replace('\\', "\\\\").replace('"', "\\\"")
}
