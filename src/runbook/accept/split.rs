//! Which runs an expectation is for: sets of runs as the words `engine=` and `case=`.

use std::collections::BTreeSet;

use super::RunOf;
use crate::config::Engine;

/// Runs that are to have a fence of their own, as its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct For {
    /// Which of the classes.
    pub(super) class: usize,
    /// The value of `engine=`; empty if all.
    pub(super) engines: String,
    /// The value of `case=`; empty if all.
    pub(super) case: String,
}

/// The words that tell classes of runs apart: `engine=` if that is enough, else `case=`, else both.
///
/// `classes` hold each run once. `engines` and `case` are words that all of them had already, and keep.
pub(super) fn words(classes: &[Vec<RunOf<'_>>], engines: &str, case: &str) -> Vec<For> {
    let class_of = |run: &RunOf<'_>| classes.iter().position(|class| class.contains(run));
    let runs: Vec<RunOf<'_>> = classes.iter().flatten().copied().collect();
    let of_engine = |engine: Engine| classes_of(&runs, &class_of, |run| run.0 == engine);
    let of_case = |case: &str| classes_of(&runs, &class_of, |run| run.1 == case);
    let mut all_engines: Vec<Engine> = Vec::new();
    let mut all_cases: Vec<&str> = Vec::new();
    for (engine, case) in sorted(&runs) {
        if !all_engines.contains(&engine) {
            all_engines.push(engine);
        }
        if !all_cases.contains(&case) {
            all_cases.push(case);
        }
    }
    let mut found: Vec<For> = Vec::new();
    let mut add = |class: usize, engine: &str, case: &str| match found
        .iter_mut()
        .find(|other| other.class == class && other.case == case && !engine.is_empty())
    {
        Some(other) => other.engines = format!("{},{engine}", other.engines),
        None => found.push(For { class, engines: engine.to_owned(), case: case.to_owned() }),
    };
    if all_engines.iter().all(|engine| of_engine(*engine).len() == 1) {
        for engine in all_engines {
            of_engine(engine).iter().for_each(|class| add(*class, engine.name(), case));
        }
    } else if all_cases.iter().all(|case| of_case(case).len() == 1) {
        for case in all_cases {
            of_case(case).iter().for_each(|class| add(*class, "", case));
        }
        found.iter_mut().for_each(|one| one.engines = engines.to_owned());
    } else {
        for (engine, case) in sorted(&runs) {
            class_of(&(engine, case)).iter().for_each(|class| add(*class, engine.name(), case));
        }
    }
    found
}

/// By case, then engine, both in the order they are known.
fn sorted<'c>(runs: &[RunOf<'c>]) -> Vec<RunOf<'c>> {
    let mut cases: Vec<&str> = Vec::new();
    runs.iter().for_each(|run| {
        if !cases.contains(&run.1) {
            cases.push(run.1)
        }
    });
    let mut sorted = runs.to_vec();
    sorted.sort_by_key(|run| {
        let engine = Engine::ALL.iter().position(|engine| *engine == run.0);
        // The case of the defaults stands first, the others as they came.
        (run.1 != super::super::DEFAULT_CASE, cases.iter().position(|case| *case == run.1), engine)
    });
    sorted
}

fn classes_of<'c>(
    runs: &[RunOf<'c>],
    class_of: &impl Fn(&RunOf<'c>) -> Option<usize>,
    holds: impl Fn(&RunOf<'c>) -> bool,
) -> BTreeSet<usize> {
    runs.iter().filter(|run| holds(run)).filter_map(class_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Engine::{Mariadb, Postgres, Sqlite};

    fn told(classes: &[&[RunOf<'_>]], engines: &str, case: &str) -> Vec<String> {
        let classes: Vec<Vec<RunOf<'_>>> = classes.iter().map(|class| class.to_vec()).collect();
        words(&classes, engines, case)
            .into_iter()
            .map(|one| format!("{} {} {}", one.class, one.engines, one.case))
            .collect()
    }

    #[test]
    fn engines_are_told_apart_first() {
        assert_eq!(
            told(&[&[(Sqlite, "default")], &[(Mariadb, "default"), (Postgres, "default")]], "", ""),
            ["0 sqlite ", "1 mariadb,postgres "]
        );
        assert_eq!(told(&[&[(Mariadb, "x")], &[(Sqlite, "x")]], "", "x"), ["1 sqlite x", "0 mariadb x"]);
    }

    #[test]
    fn then_cases_then_both() {
        let all = |case: &'static str| vec![(Sqlite, case), (Mariadb, case)];
        assert_eq!(told(&[&all("default"), &all("b"), &[]], "", ""), ["0  default", "1  b"]);
        assert_eq!(told(&[&[(Sqlite, "default")], &[(Sqlite, "b")]], "sqlite", ""), ["0 sqlite default", "1 sqlite b"]);
        assert_eq!(
            told(&[&[(Sqlite, "default"), (Mariadb, "default"), (Sqlite, "b")], &[(Mariadb, "b")]], "", ""),
            ["0 sqlite,mariadb default", "0 sqlite b", "1 mariadb b"]
        );
    }
}
