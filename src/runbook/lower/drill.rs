//! What makes a page a drill, and what a drill must have.

use super::Lowering;
use crate::diagnostic::Diagnostic;
use crate::document::Kind;
use crate::runbook::drill::final_checks;
use crate::runbook::snippet::{Case, Role, Snippet};

impl Lowering<'_> {
    /// A fault stands on a drill page, and the page can show that it was noticed and repaired.
    pub(super) fn check_drill(&mut self, snippets: &[Snippet], cases: &[Case]) {
        let Some(fault) = snippets.iter().find(|snippet| snippet.role == Role::Fault) else { return };
        if self.document.front_matter.kind != Kind::Drill {
            let place = self.head(fault);
            self.report(
                Diagnostic::error("fault-outside-drill", place, "a `fault` stands on drill pages only")
                    .note("on any other page a reader would take it for a step")
                    .hint("say `kind = \"drill\"` in the front matter, or make it a `setup`"),
            );
            return;
        }
        let runs = |snippet: &Snippet| snippet.condition.skip.is_none();
        if !snippets.iter().any(|snippet| snippet.role == Role::Fault && runs(snippet)) {
            let place = self.head(fault);
            self.report(
                Diagnostic::error("drill-without-fault", place, "no `fault` of this drill is run")
                    .note("where nothing is broken, nothing shows that the checks would notice it")
                    .hint("let it run, or say `run = false` and why (`run_reason`) in the front matter"),
            );
            return;
        }
        let finals: Vec<&Snippet> =
            final_checks(snippets).into_iter().map(|index| &snippets[index]).filter(|check| runs(check)).collect();
        let missing =
            if finals.is_empty() { Some((fault, String::new())) } else { self.without_check(snippets, &finals, cases) };
        if let Some((fault, run)) = missing {
            let place = self.head(fault);
            self.report(
                Diagnostic::error("drill-without-check", place, format!("this drill has no check at its end{run}"))
                    .note("the checks after the last step must pass without the fault, fail with it, and pass again once it is repaired")
                    .hint("add a `check` after the last step"),
            );
        }
    }

    /// A fault that takes part in a run in which no final check does, and which run that is.
    fn without_check<'s>(
        &self,
        snippets: &'s [Snippet],
        finals: &[&Snippet],
        cases: &[Case],
    ) -> Option<(&'s Snippet, String)> {
        let runs = self.engines.iter().flat_map(|&engine| cases.iter().map(move |case| (engine, case.name.as_str())));
        runs.into_iter().find_map(|(engine, case)| {
            let holds = |snippet: &&Snippet| snippet.condition.skip.is_none() && snippet.condition.holds(engine, case);
            let fault = snippets.iter().filter(holds).find(|snippet| snippet.role == Role::Fault)?;
            let on = if self.engines.len() > 1 { format!(" on {engine}") } else { String::new() };
            (!finals.iter().any(holds)).then(|| (fault, format!("{on} in the case `{case}`")))
        })
    }
}
