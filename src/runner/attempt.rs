//! What carrying out a snippet came to, before it is judged as a whole: plain data between `perform` and `pass`.

use crate::runbook::effect::Effect;
use crate::runbook::outcome::{Printed, Problem, Running};

/// What a snippet came to, before it is judged as a whole.
#[derive(Default)]
pub(super) struct Attempt {
    pub(super) problems: Vec<Problem>,
    pub(super) printed: Printed,
    /// What the statements before the one that was to fail did, where that had to be told apart.
    pub(super) effect: Option<Effect>,
    /// Whether the last statement failed as `error=` says.
    pub(super) failed_as_promised: bool,
    /// The program that was running when the block was ended.
    pub(super) running: Option<Running>,
    pub(super) end: End,
}

/// How the execution itself ended.
#[derive(Default)]
pub(super) enum End {
    /// By itself.
    #[default]
    Own,
    /// At its limit.
    TimedOut,
    /// Because the run was stopped.
    Stopped,
    /// Because our own side failed.
    Broken(String),
}
