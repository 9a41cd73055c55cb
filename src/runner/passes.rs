//! The passes over one page: each on a stage of its own, brought to the page's starting point and taken down again.

use super::pass::Pass;
use super::stage::{NoStage, Remains, Stage};
use super::{Kept, PlannedPage, RunEvent, World};
use crate::runbook::outcome::{Outcome, Problem, Verdict};

/// What makes passes over one page.
#[derive(Clone, Copy)]
pub(super) struct Passes<'p> {
    pub(super) planned: &'p PlannedPage<'p>,
    pub(super) world: World<'p>,
}

impl<'p> Passes<'p> {
    /// A stage on which the pages that this one starts after have been run.
    pub(super) fn stage(&self) -> Result<Stage, NoStage> {
        let (planned, world) = (self.planned, self.world);
        let mut stage = world.ahead.stage(planned.ground().as_ref())?;
        for before in planned.after {
            let mut pass = Pass::new(&mut stage, before, before.first_case(), planned.engine, world);
            let outcomes = pass.all(|_| true, |_| {});
            drop(pass);
            if let Some(outcome) = outcomes.iter().flatten().find(|outcome| !has_ended_well(outcome)) {
                let (file, ended) = (before.file.path().to_owned(), outcome.verdict.name().to_owned());
                return Err(NoStage::Before(Box::new(Problem::Before { file, line: outcome.line, ended })));
            }
            stage.begin_anew()?;
        }
        Ok(stage)
    }

    /// A pass over the page that has not begun.
    pub(super) fn on<'s>(&self, stage: &'s mut Stage) -> Pass<'s>
    where
        'p: 's,
    {
        let planned = self.planned;
        Pass::new(stage, planned.runbook, planned.case, planned.engine, self.world)
    }

    /// The outcomes of a further pass, of which nothing is told and kept.
    pub(super) fn one(&self, takes_part: impl Fn(usize) -> bool) -> Result<Vec<Option<Outcome>>, NoStage> {
        let mut stage = self.stage()?;
        let mut outcomes = self.on(&mut stage).all(takes_part, |_| {});
        self.close(stage, false, outcomes.iter_mut().rev().flatten().next());
        Ok(outcomes)
    }

    /// Takes a stage down, or leaves it if `keep`. That something of it could not be removed is told at `last`: other
    /// pages' results are not lost for it.
    pub(super) fn close(&self, stage: Stage, keep: bool, last: Option<&mut Outcome>) {
        match stage.close(keep) {
            Ok(None) => {}
            Ok(Some(Remains { folder, database })) => {
                (self.world.on_event)(RunEvent::Kept(Kept { planned: self.planned, folder, database }));
            }
            Err(error) => {
                let Some(last) = last else { return };
                let message = format!("the page ended, but something of it is left: {error}");
                if last.verdict.is_bad() {
                    last.printed.notes.push(message);
                } else {
                    last.verdict = Verdict::Error { message };
                }
            }
        }
    }
}

/// Whether the next page can go on from where this snippet left off.
fn has_ended_well(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, Verdict::Passed | Verdict::Skipped { .. })
}
