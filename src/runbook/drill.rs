//! What the parts of a drill are: the fault, the repair, the checks at the end.
//!
//! A drill is proved in three runs of its page (`runner`), which differ in what of it takes part. Must stay true: what
//! stands before the first fault, and every `setup`, is the drill's starting point; the steps after the fault are the
//! repair; the checks after the last of them are the referee, the same ones in all three runs.

use super::snippet::{Role, Snippet};

/// One of the runs that prove a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrillRun {
    /// Nothing is broken, and nothing repaired.
    WithoutFault,
    /// Something is broken, and nothing repaired.
    FaultAlone,
    /// The page as it stands.
    Whole,
}

impl DrillRun {
    /// Whether the snippet at `index` takes part. Checks between fault and repair show how it looks when it is broken,
    /// so they stand in the whole run only.
    pub fn holds(self, snippets: &[Snippet], index: usize) -> bool {
        let Some(fault) = snippets.iter().position(|snippet| snippet.role == Role::Fault) else { return true };
        match (self, &snippets[index].role) {
            (Self::Whole, _) | (_, Role::Setup) => true,
            (_, Role::Fault) => self == Self::FaultAlone,
            (_, Role::Check) => index < fault || final_checks(snippets).contains(&index),
            (_, Role::Step | Role::Undo { .. }) => index < fault,
        }
    }
}

/// The positions of the checks a page ends with: those after its last step, setup and fault.
pub fn final_checks(snippets: &[Snippet]) -> Vec<usize> {
    let last = snippets.iter().rposition(|snippet| matches!(snippet.role, Role::Step | Role::Setup | Role::Fault));
    let is_check = |&index: &usize| snippets[index].role == Role::Check;
    (last.map_or(0, |last| last + 1)..snippets.len()).filter(is_check).collect()
}
