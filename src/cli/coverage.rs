//! What of the project is proved, for `list`, and for what `--deny` makes an error.

use super::exit::Exit;
use super::project::Project;
use crate::proof::Proofs;
use crate::report::{self, Account, Denial, Denied, Notice, StalePage};
use crate::runbook::coverage::{PageCoverage, Wanted, coverage};
use crate::runbook::outcome::{PageProof, PageRun, PageVerdict};

/// How every fence of the project stands; `proofs` are those recorded, held against the pages.
pub(super) fn of<'p>(project: &'p Project, proofs: &'p [PageProof]) -> Vec<PageCoverage<'p>> {
    let wanted = project.runbooks.iter().zip(&project.site.pages).map(|(runbook, page)| {
        let engines = project.engines(runbook, &[]);
        let cases = runbook.cases.iter();
        let runs = cases.flat_map(|case| engines.iter().map(|&engine| (case.name.as_str(), engine)));
        Wanted { runbook, document: &page.document, runs: runs.collect() }
    });
    coverage(wanted.collect(), proofs)
}

/// What of the recorded proofs is denied.
pub(super) fn denied(project: &Project, proofs: &Proofs, deny: &[Denial]) -> Vec<Denied> {
    if deny.is_empty() {
        return Vec::new();
    }
    let proofs = project.page_proofs(proofs);
    report::coverage_denied(&of(project, &proofs), deny)
}

/// What is denied of a run.
pub(super) struct DeniedOfRun {
    /// Each place, then each kind, in words.
    pub(super) told: Vec<Notice>,
    /// The status of the run with it.
    pub(super) exit: Exit,
}

/// Adds to `account`, which ends with `exit`, what is denied of its run, and of the site after it as `recorded`. A run that was interrupted is not
/// judged: what it did not come to is no gap.
pub(super) fn deny<'a>(
    account: &mut Account<'a>,
    deny: &'a [Denial],
    project: &Project,
    recorded: Option<&Proofs>,
    exit: Exit,
) -> DeniedOfRun {
    let nothing = DeniedOfRun { told: Vec::new(), exit };
    if account.interrupted || deny.is_empty() {
        return nothing;
    }
    account.deny = deny;
    if let Some(proofs) = recorded.filter(|_| deny.contains(&Denial::Stale)) {
        let proofs = project.page_proofs(proofs);
        let stale = |page: &PageCoverage<'_>| {
            let fails = |run: &&PageRun| run.page == page.runbook.page && run.verdict() == PageVerdict::Failed;
            let failure_is_told = account.run.pages.iter().any(|run| fails(&run));
            let why = report::coverage_unproved(page, failure_is_told)?;
            Some(StalePage { page: page.runbook.page.clone(), why })
        };
        account.stale = of(project, &proofs).iter().filter_map(stale).collect();
    }
    let kinds = report::denials(account);
    if kinds.is_empty() {
        return nothing;
    }
    let mut told = report::denied(account);
    account.notices.extend(kinds.iter().cloned());
    told.extend(kinds);
    account.exit_status = exit.and(Exit::Documents).status();
    DeniedOfRun { told, exit: exit.and(Exit::Documents) }
}
