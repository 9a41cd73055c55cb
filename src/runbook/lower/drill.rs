//! What makes a page a drill, and what a drill must have.

use super::Lowering;
use crate::diagnostic::Diagnostic;
use crate::document::Kind;
use crate::runbook::drill::final_checks;
use crate::runbook::snippet::{Role, Snippet};

impl Lowering<'_> {
    /// A fault stands on a drill page, and the page can show that it was noticed and repaired.
    pub(super) fn check_drill(&mut self, snippets: &[Snippet]) {
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
        if !final_checks(snippets).into_iter().any(|index| runs(&snippets[index])) {
            let place = self.head(fault);
            self.report(
                Diagnostic::error("drill-without-check", place, "this drill has no check at its end")
                    .note("the checks after the last step must pass without the fault, fail with it, and pass again once it is repaired")
                    .hint("add a `check` after the last step"),
            );
        }
    }
}
