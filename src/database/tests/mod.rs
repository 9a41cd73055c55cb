//! The contract of `Prepared` and `Throwaway`, written once: every case runs on each engine, through `prepare`.
//!
//! The folders of the engines test what is their own. Where SQL itself differs, a case asks [`Dialect`] for the words; what
//! it asserts is the same on each, or stands beside one another in one place. The database's own answers come over a
//! second session, so that nothing is proved by what is being tested.
//!
//! A server that is not installed: each of its cases says SKIPPED, and fails if PROOFBOOK_REQUIRE names it.

/// Makes a test on each engine of every case: a function that takes the [`Dialect`] of one.
macro_rules! on_each_engine {
    ($($case:ident),* $(,)?) => {
        on_each_engine!(@ sqlite Sqlite $($case)*);
        on_each_engine!(@ mariadb Mariadb $($case)*);
        on_each_engine!(@ postgres Postgres $($case)*);
    };
    (@ $module:ident $engine:ident $($case:ident)*) => {
        mod $module {
            $(#[test]
            fn $case() {
                if let Some(on) = crate::database::tests::dialect::Dialect::of(crate::config::Engine::$engine) {
                    super::$case(on);
                }
            })*
        }
    };
}

mod clients;
mod dialect;
mod effects;
mod errors;
mod limits;
mod names;
mod objects;
mod page;
mod rows;
mod scripts;
mod session;
mod tables;
mod undo;
mod values;
mod workload;

pub(super) use page::Session;

use crate::expect::Cell;

fn number(digits: &str) -> Cell {
    Cell::Number(digits.into())
}

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}
