//! What a block was doing when it had to be ended: its processes as a tree, each with what it waited for.
//!
//! Takes the page's bash, the block and what ran before it, gives plain data. Read from /proc as far as this machine lets
//! us, so without it there is nothing to tell. Must stay true: it is read before anything is ended; a process that ends
//! while it is looked at is left out; processes of other pages, and the page's database server, are never looked at.

mod call;
mod names;
mod process;
mod words;

use std::collections::BTreeSet;

pub(super) use names::Names;
pub(super) use process::{Identity, identities};

use super::block::Block;
use crate::runbook::running::{Running, RunningProcess};
use process::{Process, Processes};
use words::Words;

/// The most processes that are listed.
const MOST: usize = 20;

/// What ran for `block` in the bash `shell`; what `earlier` names was there before. `None` on systems without /proc.
pub(super) fn running(shell: u32, block: &Block, earlier: &BTreeSet<Identity>, names: &Names) -> Option<Running> {
    let processes = Processes::of_page(shell)?;
    let bash = processes.get(shell)?;
    let names = &names.of_shell(bash);
    let words = Words { processes: &processes, names };
    let is_new = |process: &Process| !earlier.contains(&process.identity);
    let innermost = innermost(&processes, bash, names, &is_new);

    let mut listed: Vec<(usize, &Process)> = Vec::new();
    let own: Vec<&Process> =
        processes.below(shell).chain(processes.orphans(shell)).filter(|process| is_new(process)).collect();
    // A `wait` for a job of an earlier block has nothing of its own.
    let tops = if own.is_empty() { processes.below(shell).collect() } else { own };
    // The page's bash itself goes without saying where it only waits for what it has started.
    let hidden = !tops.is_empty() && Words::only_waits(bash);
    let top = if hidden { 0 } else { 1 };
    if !hidden {
        listed.push((0, bash));
    }
    // A bash that does something else by itself may still have jobs of earlier blocks; those are not the matter.
    let mut open: Vec<(usize, &Process)> = tops
        .into_iter()
        .filter(|process| hidden || is_new(process))
        .map(|process| (if process.parent == shell { top } else { 0 }, process))
        .rev()
        .collect();
    while let Some((depth, process)) = open.pop() {
        listed.push((depth, process));
        let below: Vec<_> = processes.below(process.identity.pid).map(|below| (depth + 1, below)).collect();
        open.extend(below.into_iter().rev());
    }

    let more_processes = listed.len().saturating_sub(MOST);
    let listed = listed.into_iter().take(MOST).map(|(depth, process)| RunningProcess {
        depth,
        command: names.command(process),
        doing: words.doing(process),
    });
    Some(Running {
        command: innermost.map(|process| names.command(process)),
        line: innermost.and_then(|process| line_of(&process.words, block)),
        processes: listed.collect(),
        more_processes,
        statements: Vec::new(),
    })
}

/// The newest program that bash started for the block, through its subshells, which are bash again with the very same
/// words. `None` while bash runs code of its own.
fn innermost<'p>(
    processes: &'p Processes,
    bash: &'p Process,
    names: &Names,
    is_new: &dyn Fn(&Process) -> bool,
) -> Option<&'p Process> {
    let mut at = bash;
    while names.is_shell(at) {
        at = processes.below(at.identity.pid).filter(|process| is_new(process)).last()?;
    }
    Some(at)
}

/// The line that holds the whole command, or else its program; `None` if there are several.
fn line_of(words: &[String], block: &Block) -> Option<usize> {
    let program = words.first()?.rsplit('/').next()?;
    let only = |holds: &dyn Fn(&str) -> bool| {
        let mut lines = block.text.lines().enumerate().filter(|(_, line)| holds(line));
        let (index, _) = lines.next()?;
        lines.next().is_none().then_some(block.first_line + index)
    };
    let is_name = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    only(&|line| line.contains(&words.join(" ")))
        .or_else(|| only(&|line| line.split(|c| !is_name(c)).any(|word| word.rsplit('/').next() == Some(program))))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
