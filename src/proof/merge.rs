//! Joining the proofs of runs that were shared out: by pages, by engines, or made twice.
//!
//! Takes proofs with their names and whether a record is of a page as it stands; gives one proof, and everything that was
//! decided on the way. Must stay true: nothing is left out without being named; of two results that contradict each other
//! the worse one is kept; the order of the proofs changes nothing but the order they are named in.

use std::collections::BTreeMap;

use super::{Proofs, Record};
use crate::config::Engine;
use crate::runbook::outcome::{Outcome, PageRun, PageVerdict, SkipReason, Verdict};

/// A proof to join.
#[derive(Debug)]
pub struct Source {
    /// What its file is called.
    pub name: String,
    /// What is in it.
    pub proofs: Proofs,
}

/// What became of the joined proofs.
#[derive(Debug, Default)]
pub struct Merged {
    /// The one proof.
    pub proofs: Proofs,
    /// What was left out for something better.
    pub left: Vec<Left>,
    /// What contradicts each other.
    pub clashes: Vec<Clash>,
}

/// A record that was left out, because another one of the same page, case and engine says more.
#[derive(Debug, PartialEq)]
pub enum Left {
    /// It is of another version of the page than the project's.
    Version {
        /// What was left out.
        record: Record,
        /// In which file.
        file: String,
        /// The file that has the page as it stands.
        kept: String,
    },
    /// For want of a program it skipped what another run did.
    Skipping {
        /// What was left out.
        record: Record,
        /// In which file.
        file: String,
        /// The file that has the other run.
        kept: String,
        /// The program.
        program: String,
    },
}

/// Records of one page, case and engine that contradict each other; the first one is kept.
#[derive(Debug, PartialEq)]
pub struct Clash {
    /// Whether they are of different versions of the page, none of which is the project's; else they are of the same, and
    /// came out differently.
    pub versions: bool,
    /// At least two, each with the name of its file.
    pub records: Vec<(Record, String)>,
}

impl Clash {
    /// The first snippet on which two records differ: its id.
    pub fn snippet(&self) -> Option<&str> {
        let (first, _) = self.records.first()?;
        let differs = |outcome: &&Outcome| {
            self.records.iter().any(|(other, _)| {
                let there = other.run.outcomes.iter().find(|there| there.snippet == outcome.snippet);
                there.is_none_or(|there| signature(there) != signature(outcome))
            })
        };
        first.run.outcomes.iter().find(differs).map(|outcome| outcome.snippet.as_str())
    }
}

/// A record and the name of its file.
type Named = (Record, String);

/// Joins `sources`; `is_current` says whether a run is of its page as it stands.
pub fn merge(sources: Vec<Source>, is_current: impl Fn(&PageRun) -> bool) -> Merged {
    let mut groups: BTreeMap<(String, String, Option<Engine>), Vec<Named>> = BTreeMap::new();
    for source in sources {
        for record in source.proofs.records {
            let run = &record.run;
            let key = (run.page.as_str().to_owned(), run.case.clone(), run.engine);
            groups.entry(key).or_default().push((record, source.name.clone()));
        }
    }
    let mut merged = Merged::default();
    for mut group in groups.into_values() {
        // The newest first; of equals the one named first.
        group.sort_by(|(a, _), (b, _)| b.recorded.cmp(&a.recorded));
        let record = one_version(group, &is_current, &mut merged)
            .and_then(|group| says_most(group, &mut merged))
            .and_then(|group| one_result(group, &mut merged));
        merged.proofs.records.extend(record);
    }
    merged.proofs.sort();
    merged
}

/// Those that are of one version of the page. If several are there, the project's; else it is a clash.
fn one_version(group: Vec<Named>, is_current: impl Fn(&PageRun) -> bool, merged: &mut Merged) -> Option<Vec<Named>> {
    let key = group.first()?.0.run.key.clone();
    if group.iter().all(|(record, _)| record.run.key == key) {
        return Some(group);
    }
    let (current, others): (Vec<Named>, Vec<Named>) =
        group.into_iter().partition(|(record, _)| is_current(&record.run));
    let Some(kept) = current.first().map(|(_, file)| file.clone()) else {
        let record = others.first()?.0.clone();
        merged.proofs.records.push(record);
        merged.clashes.push(Clash { versions: true, records: others });
        return None;
    };
    let left = others.into_iter().map(|(record, file)| Left::Version { record, file, kept: kept.clone() });
    merged.left.extend(left);
    Some(current)
}

/// Without those that only skipped, for want of a program, what another one did.
fn says_most(group: Vec<Named>, merged: &mut Merged) -> Option<Vec<Named>> {
    let says_less: Vec<Option<(usize, String)>> = group
        .iter()
        .map(|(record, _)| {
            group.iter().enumerate().find_map(|(index, (other, _))| Some((index, skips(&record.run, &other.run)?)))
        })
        .collect();
    let names: Vec<String> = group.iter().map(|(_, file)| file.clone()).collect();
    let mut kept = Vec::new();
    for ((record, file), less) in group.into_iter().zip(says_less) {
        match less {
            Some((index, program)) => {
                merged.left.push(Left::Skipping { record, file, kept: names[index].clone(), program });
            }
            None => kept.push((record, file)),
        }
    }
    Some(kept)
}

/// The program for want of which `run` skipped what `other` did, if that is all that they differ in.
fn skips(run: &PageRun, other: &PageRun) -> Option<String> {
    let mut wanted = None;
    for outcome in &run.outcomes {
        let there = other.outcomes.iter().find(|there| there.snippet == outcome.snippet)?;
        match &outcome.verdict {
            _ if signature(outcome) == signature(there) => {}
            Verdict::Skipped { reason: SkipReason::Missing(program) } => wanted = Some(program.clone()),
            _ => return None,
        }
    }
    wanted
}

/// The newest, if all came to the same; else a clash, and the worst of them.
fn one_result(mut group: Vec<Named>, merged: &mut Merged) -> Option<Record> {
    let (first, _) = group.first()?;
    if group.iter().all(|(record, _)| same(&record.run, &first.run)) {
        return Some(group.swap_remove(0).0);
    }
    // A stable order: of equally bad ones the newest.
    group.sort_by_key(|(record, _)| std::cmp::Reverse(badness(&record.run)));
    // Runs that came to the same are named once.
    let mut records: Vec<Named> = Vec::new();
    for (record, file) in group {
        if !records.iter().any(|(other, _)| same(&other.run, &record.run)) {
            records.push((record, file));
        }
    }
    let worst = records.first()?.0.clone();
    merged.clashes.push(Clash { versions: false, records });
    Some(worst)
}

fn same(a: &PageRun, b: &PageRun) -> bool {
    a.outcomes.len() == b.outcomes.len()
        && a.outcomes.iter().zip(&b.outcomes).all(|(a, b)| a.snippet == b.snippet && signature(a) == signature(b))
}

/// What two outcomes must agree in: how they ended, not how long it took or what was said of it.
fn signature(outcome: &Outcome) -> (&'static str, Option<&SkipReason>) {
    let reason = match &outcome.verdict {
        Verdict::Skipped { reason } => Some(reason),
        _ => None,
    };
    (outcome.verdict.name(), reason)
}

fn badness(run: &PageRun) -> (u8, usize) {
    let open = run.outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Passed).count();
    match run.verdict() {
        PageVerdict::Failed => (3, open),
        PageVerdict::NotRun => (2, open),
        PageVerdict::PartlyProven { .. } => (1, open),
        PageVerdict::Proven => (0, open),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::RelativePath;
    use crate::runbook::effect::Ignored;
    use crate::runbook::outcome::Printed;

    fn record(key: &str, recorded: &str, verdicts: &[Verdict]) -> Record {
        let outcome = |(index, verdict): (usize, &Verdict)| Outcome {
            snippet: format!("s{index}"),
            role: "check".into(),
            action: "bash".into(),
            line: 3 + index,
            verdict: verdict.clone(),
            asserted: true,
            effect: None,
            left: Ignored::new(),
            printed: Printed::default(),
            milliseconds: 1,
        };
        Record {
            recorded: recorded.into(),
            proofbook: "0.1.0".into(),
            run: PageRun {
                page: RelativePath::parse("a.md").unwrap(),
                case: "default".into(),
                engine: Some(Engine::Sqlite),
                engine_version: None,
                key: key.into(),
                until: None,
                milliseconds: 1,
                outcomes: verdicts.iter().enumerate().map(outcome).collect(),
                drill: None,
            },
        }
    }

    fn joined(records: &[Record]) -> Merged {
        let sources = records.iter().enumerate().map(|(index, record)| Source {
            name: format!("{index}.json"),
            proofs: Proofs { records: vec![record.clone()], ..Proofs::default() },
        });
        merge(sources.collect(), |run| run.key == "now")
    }

    fn failed() -> Verdict {
        Verdict::Error { message: "m".into() }
    }

    fn missing(program: &str) -> Verdict {
        Verdict::Skipped { reason: SkipReason::Missing(program.into()) }
    }

    #[test]
    fn the_newer_of_two_that_agree() {
        let (old, new) = (record("now", "t1", &[Verdict::Passed]), record("now", "t2", &[Verdict::Passed]));
        for order in [[old.clone(), new.clone()], [new.clone(), old]] {
            let merged = joined(&order);
            assert_eq!(merged.proofs.records, std::slice::from_ref(&new));
            assert!(merged.left.is_empty() && merged.clashes.is_empty(), "{merged:?}");
        }
    }

    #[test]
    fn the_worse_of_two_that_do_not_and_that_is_a_clash() {
        let good = record("now", "t2", &[Verdict::Passed, Verdict::Passed]);
        let bad = record("now", "t1", &[Verdict::Passed, failed()]);
        for order in [[good.clone(), bad.clone()], [bad.clone(), good.clone()]] {
            let merged = joined(&order);
            assert_eq!(merged.proofs.records, std::slice::from_ref(&bad));
            let [clash] = merged.clashes.as_slice() else { panic!("{merged:?}") };
            assert_eq!((clash.versions, clash.snippet(), clash.records.len()), (false, Some("s1"), 2));
        }
        // A third that agrees with one of them is not told again.
        let again = record("now", "t3", &[Verdict::Passed, Verdict::Passed]);
        assert_eq!(joined(&[good, bad, again]).clashes[0].records.len(), 2);
    }

    #[test]
    fn a_run_that_skipped_for_want_of_a_program_contradicts_nothing() {
        let less = record("now", "t2", &[missing("mariadbd"), missing("mariadbd")]);
        for verdicts in [[Verdict::Passed, Verdict::Passed], [Verdict::Passed, failed()]] {
            let more = record("now", "t1", &verdicts);
            let merged = joined(&[less.clone(), more.clone()]);
            assert_eq!((merged.proofs.records, merged.clashes), (vec![more], vec![]));
            let left = Left::Skipping {
                record: less.clone(),
                file: "0.json".into(),
                kept: "1.json".into(),
                program: "mariadbd".into(),
            };
            assert_eq!(merged.left, [left]);
        }
        // Each lacks another one: none says all.
        let other = record("now", "t1", &[Verdict::Passed, missing("xmllint")]);
        let merged = joined(&[record("now", "t2", &[missing("jq"), Verdict::Passed]), other]);
        assert_eq!(merged.clashes.len(), 1, "{merged:?}");
    }

    #[test]
    fn the_version_that_stands_there_wins_else_it_is_a_clash() {
        let (now, before) = (record("now", "t1", &[Verdict::Passed]), record("before", "t2", &[failed()]));
        let merged = joined(&[before.clone(), now.clone()]);
        assert_eq!((merged.proofs.records, merged.clashes), (vec![now], vec![]));
        assert_eq!(
            merged.left,
            [Left::Version { record: before.clone(), file: "0.json".into(), kept: "1.json".into() }]
        );
        let older = record("older", "t1", &[Verdict::Passed]);
        let merged = joined(&[older, before.clone()]);
        assert_eq!(merged.proofs.records, [before]);
        assert!(merged.clashes[0].versions, "{merged:?}");
    }

    #[test]
    fn other_engines_and_cases_stand_beside_each_other() {
        let mut mariadb = record("other", "t1", &[failed()]);
        mariadb.run.engine = Some(Engine::Mariadb);
        let mut case = record("third", "t1", &[Verdict::Passed]);
        case.run.case = "big".into();
        let sqlite = record("now", "t1", &[Verdict::Passed]);
        let merged = joined(&[case.clone(), mariadb.clone(), sqlite.clone()]);
        assert_eq!(merged.proofs.records, [sqlite, mariadb, case]);
        assert!(merged.left.is_empty() && merged.clashes.is_empty());
    }
}
