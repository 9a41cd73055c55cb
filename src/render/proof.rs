//! How a page and each of its snippets stand, in words.
//!
//! Takes the runbook of a page and what earlier runs recorded about it, gives verdicts for readers. Must stay true: the
//! page's verdict is made from those of its snippets, so that the two never disagree; whatever is not proved says why.

use super::view::{DrillRunView, OpenView, ProofView, VerdictView};
use super::words;
use crate::runbook::outcome::{Drill, FinalCheck, Outcome, PageProof, SkipReason, Verdict};
use crate::runbook::{Action, Role, Runbook, Snippet};

/// What is known of one page.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    /// Its runbook.
    pub(crate) runbook: &'a Runbook,
    /// Its recorded runs, in order of case and engine.
    pub(crate) proofs: Vec<&'a PageProof>,
}

impl<'a> Known<'a> {
    /// The outcomes of a snippet, each with the run it belongs to.
    pub(crate) fn outcomes(&self, snippet: &Snippet) -> Vec<(&'a PageProof, &'a Outcome)> {
        let outcome = |proof: &&'a PageProof| {
            let outcome = proof.run.outcomes.iter().find(|outcome| outcome.snippet == snippet.id)?;
            Some((*proof, outcome))
        };
        self.proofs.iter().filter_map(outcome).collect()
    }

    /// Whether the page has changed since one of its runs.
    pub(crate) fn is_stale(&self) -> bool {
        self.proofs.iter().any(|proof| proof.stale)
    }

    /// How a snippet stands.
    pub(crate) fn snippet(&self, snippet: &Snippet) -> VerdictView {
        let of_page = self.runbook.not_run.as_ref().map(|not_run| &not_run.reason);
        if let Some(reason) = of_page.or(snippet.condition.skip.as_ref()) {
            return verdict("skipped", "Not run", Some(reason));
        }
        let outcomes = self.outcomes(snippet);
        if outcomes.is_empty() {
            let added = "the block is newer than the page's last run";
            return verdict("not-run", "Not run yet", (!self.proofs.is_empty()).then_some(added));
        }
        if self.is_stale() {
            return verdict("stale", "Stale", Some(&format!("the page has changed since {}", last_time(&outcomes))));
        }
        let bad: Vec<_> = outcomes.iter().copied().filter(|(_, outcome)| outcome.verdict.is_bad()).collect();
        if let Some((_, first)) = bad.first() {
            let on = on(&bad);
            return match &first.verdict {
                Verdict::Error { message } => verdict("failed", &format!("Could not be run{on}"), Some(message)),
                Verdict::TimedOut { limit, .. } => {
                    let because = format!("it was still running after {}", words::took(*limit));
                    verdict("failed", &format!("Ended{on}"), Some(&because))
                }
                _ => verdict("failed", &format!("Failed{on}"), None),
            };
        }
        let mut skipped = None;
        for (_, outcome) in &outcomes {
            match &outcome.verdict {
                Verdict::NotRun { because } => return verdict("not-run", "Not run", Some(because)),
                Verdict::Skipped { reason } => skipped = skipped.or(Some(reason)),
                _ => {}
            }
        }
        let passed: Vec<_> =
            outcomes.iter().copied().filter(|(_, outcome)| outcome.verdict == Verdict::Passed).collect();
        match skipped {
            Some(reason) if passed.is_empty() => match reason {
                SkipReason::Missing(_) => verdict("skipped", "Not proved", Some(&reason.text())),
                SkipReason::Author(_) | SkipReason::Engine(_) | SkipReason::Case(_) => {
                    verdict("skipped", "Not run", Some(&reason.text()))
                }
            },
            _ if matches!(snippet.role, Role::Undo { .. }) => {
                verdict("passed", &format!("Undo verified{}", on(&passed)), None)
            }
            // Which database a page runs on is no part of what a command or a file shows, unless there are several.
            _ if snippet.action != Action::Sql && self.proofs.len() == 1 => verdict("passed", "Proved", None),
            _ => verdict("passed", &format!("Proved{}", on(&passed)), None),
        }
    }

    /// How the page stands; `None` if it has nothing that a reader could take for proved.
    pub(crate) fn page(&self) -> Option<ProofView> {
        let snippets = &self.runbook.snippets;
        let fences = self.runbook.not_run.as_ref().map_or(0, |not_run| not_run.fences);
        if snippets.is_empty() && fences == 0 {
            return None;
        }
        let counted: Vec<(&Snippet, VerdictView)> = snippets
            .iter()
            .filter(|snippet| self.counts(snippet))
            .map(|snippet| (snippet, self.snippet(snippet)))
            .collect();
        let verdict = self.headline(&counted);
        let is_open = matches!(verdict.state, "partly" | "failed") || (verdict.state == "not-run" && self.has_run());
        let open = counted.iter().filter(|(_, verdict)| is_open && verdict.state != "passed");
        Some(ProofView {
            open: open.map(|(snippet, verdict)| self.open(snippet, verdict)).collect(),
            recorded: self.proofs.iter().map(|proof| proof.recorded.as_str()).max().map(words::recorded),
            drill: self.drill(),
            shown_only: snippets.iter().filter(|snippet| snippet.condition.skip.is_some()).count(),
            verdict,
        })
    }

    /// The verdict on the page from those on the snippets that count.
    fn headline(&self, counted: &[(&Snippet, VerdictView)]) -> VerdictView {
        let of = counted.len();
        let passed = counted.iter().filter(|(_, verdict)| verdict.state == "passed").count();
        let has_failed = counted.iter().any(|(_, verdict)| verdict.state == "failed");
        if let Some(not_run) = &self.runbook.not_run {
            return verdict("not-run", "Not run", Some(&not_run.reason));
        }
        if of == 0 {
            return verdict("not-run", "Not run", Some("every block on this page is only shown, and says why"));
        }
        if self.proofs.is_empty() {
            return verdict("not-run", "Not run yet", Some("nothing on this page has been proved"));
        }
        if self.is_stale() {
            let because = "the page has changed since its last run, so what was proved is no longer what stands here";
            return verdict("stale", "Stale", Some(because));
        }
        let runs: Vec<_> = self.proofs.iter().flat_map(|proof| Some((*proof, proof.run.outcomes.first()?))).collect();
        let blocks = words::counted(of as u64, "block");
        let ran = match (passed == of, of) {
            (true, 1) => format!("its block passed{}", on(&runs)),
            (true, 2) => format!("both blocks passed{}", on(&runs)),
            (true, _) => format!("all {blocks} passed{}", on(&runs)),
            (false, _) => format!("{passed} of {blocks} passed{}", on(&runs)),
        };
        match (has_failed, passed) {
            (true, _) => verdict("failed", "Failed", Some(&ran)),
            (false, 0) => verdict("not-run", "Not run", Some(&ran)),
            (false, _) if passed == of => verdict("passed", "Proven", Some(&ran)),
            (false, _) => verdict("partly", "Partly proven", Some(&ran)),
        }
    }

    /// What the three runs of a drill came to, in the first case and on the first engine that has something to object.
    fn drill(&self) -> Vec<DrillRunView> {
        let mut drills = self
            .proofs
            .iter()
            .filter(|_| self.has_run())
            .filter_map(|proof| proof.run.drill.as_ref())
            .map(Self::drill_runs);
        let Some(first) = drills.next() else { return Vec::new() };
        let is_good = |runs: &Vec<DrillRunView>| runs.iter().all(|run| run.state == "passed");
        if is_good(&first) { drills.find(|runs| !is_good(runs)).unwrap_or(first) } else { first }
    }

    /// A drill in three lines; the checks are not named, which would tell what to look for.
    fn drill_runs(drill: &Drill) -> Vec<DrillRunView> {
        let of =
            [&drill.without_fault, &drill.fault_alone, &drill.repaired].map(Vec::len).into_iter().max().unwrap_or(0);
        let line = |when: &'static str, checks: &[FinalCheck], must_pass: bool| {
            let (reached, failed) = (checks.len(), checks.iter().filter(|check| !check.passed).count());
            let good = if must_pass { failed == 0 && reached == of } else { failed > 0 };
            let checks = words::counted(of as u64, "final check");
            let words = match (failed, of) {
                _ if reached == 0 => "no final check is reached".into(),
                (0, _) if reached < of => format!("{reached} of {checks} passed, and the others are not reached"),
                (0, 1) => "the final check passes".into(),
                (0, 2) => "both final checks pass".into(),
                (0, _) => format!("all {checks} pass"),
                (1, 1) => "the final check fails".into(),
                (1, _) => format!("1 of {checks} fails"),
                (2, 2) => "both final checks fail".into(),
                (failed, _) => format!("{failed} of {checks} fail"),
            };
            DrillRunView { when, words, state: if good { "passed" } else { "failed" } }
        };
        vec![
            line("Without the fault", &drill.without_fault, true),
            line("With the fault, without the repair", &drill.fault_alone, false),
            line("With the fault and the repair", &drill.repaired, true),
        ]
    }

    /// Whether there is a run of the page as it stands.
    fn has_run(&self) -> bool {
        !self.proofs.is_empty() && !self.is_stale() && self.runbook.not_run.is_none()
    }

    /// Whether the page promises to prove the snippet: in a run recorded here, or in one to come.
    fn counts(&self, snippet: &Snippet) -> bool {
        let outcomes = self.outcomes(snippet);
        snippet.condition.skip.is_none()
            && (outcomes.is_empty() || outcomes.iter().any(|(_, outcome)| outcome.counts()))
    }

    fn open(&self, snippet: &Snippet, verdict: &VerdictView) -> OpenView {
        let problem = self.outcomes(snippet).into_iter().find_map(|(_, outcome)| super::problem::first(outcome));
        let reason_html = match (&verdict.because_html, problem) {
            (Some(because), _) => format!("{}: {because}", words::uncapitalised(&verdict.words)),
            (None, Some(problem)) => problem,
            (None, None) => words::uncapitalised(&verdict.words),
        };
        // The title of a fault would tell what the reader is to find out.
        let title = if snippet.role == Role::Fault { role(&snippet.role).to_owned() } else { title(snippet) };
        OpenView { title, address: format!("#{}", snippet.id), reason_html }
    }
}

/// What a snippet is called: its title, else the file it writes, else its role.
pub(crate) fn title(snippet: &Snippet) -> String {
    match (&snippet.title, &snippet.action) {
        (Some(title), _) => title.clone(),
        (None, Action::File { path, .. }) => path.to_string(),
        (None, _) => role(&snippet.role).to_owned(),
    }
}

/// The role as a word for readers.
pub(crate) fn role(role: &Role) -> &'static str {
    match role {
        Role::Step => "Step",
        Role::Check => "Check",
        Role::Setup => "Setup",
        Role::Undo { .. } => "Undo",
        Role::Fault => "Fault",
    }
}

fn verdict(state: &'static str, words: &str, because: Option<&str>) -> VerdictView {
    let because_html = because.map(words::marked_up);
    VerdictView { state, words: words.to_owned(), because_html }
}

/// ` on SQLite 3.50.4 and MariaDB 11.8.3, in 2 cases`; empty for pages without a database.
fn on(outcomes: &[(&PageProof, &Outcome)]) -> String {
    let mut engines: Vec<String> = Vec::new();
    let mut cases: Vec<&str> = Vec::new();
    for (proof, _) in outcomes {
        if let Some(engine) = proof.run.engine {
            let name = words::engine(engine);
            let version = proof.run.engine_version.as_deref().unwrap_or_default();
            let full = format!("{name} {}", version.trim_start_matches(name).trim()).trim_end().to_owned();
            if !engines.contains(&full) {
                engines.push(full);
            }
        }
        if !cases.contains(&proof.run.case.as_str()) {
            cases.push(&proof.run.case);
        }
    }
    let engines = if engines.is_empty() { String::new() } else { format!(" on {}", words::joined(&engines)) };
    if cases.len() > 1 { format!("{engines}, in {} cases", cases.len()) } else { engines }
}

/// `it passed on SQLite 3.50.4`, for a snippet of a page that has changed.
fn last_time(outcomes: &[(&PageProof, &Outcome)]) -> String {
    let all = |holds: fn(&Outcome) -> bool| outcomes.iter().all(|(_, outcome)| holds(outcome));
    if all(|outcome| outcome.verdict == Verdict::Passed) {
        format!("it passed{}", on(outcomes))
    } else if outcomes.iter().any(|(_, outcome)| outcome.verdict.is_bad()) {
        format!("it failed{}", on(outcomes))
    } else {
        "its last run".into()
    }
}
