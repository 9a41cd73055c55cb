//! The program as a person meets it: the real binary, on real projects, judged by what it prints, exits with and leaves.
//!
//! One binary with a module a feature, so that it links once. Whole messages are written down with `expect!`;
//! `UPDATE_EXPECT=1 cargo test --test suite` writes them anew, and each one that changes is to be read as its reader
//! would. No test asserts how long something takes; a run that hangs fails its test (`support::Running`).

#![expect(clippy::unwrap_used, reason = "in tests an unwrap is an assertion")]

mod accept;
mod after;
mod build;
mod cases;
mod changes;
mod configuration;
mod coverage;
mod drills;
mod engine_statements;
mod engines;
mod failing_lines;
mod fences;
mod front_matter;
mod handbook;
mod handbook_faults;
mod handbook_mutations;
mod hangs;
mod help;
mod hostile;
mod incident;
mod init;
mod json;
mod killed;
mod kills;
mod leftovers;
mod links;
mod listing;
mod manual;
mod merge;

mod order;
mod outputs;
mod postgres_site;
mod proof;
mod published;
mod publishing;
mod reports;
mod search;
mod seeded_faults;
mod selection;
mod serve;
mod servers;
mod shell_blocks;
mod shell_output;
mod shell_session;
mod skipping;
mod sql_effects;
mod sql_results;
mod sql_statements;
mod support;
mod terminal;
mod transcripts;
mod undo;
mod vacuous;
mod volatile;
mod weight;
mod words;

/// A file that is not listed above would hold tests that never run.
#[test]
fn every_file_here_is_a_module() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    let listed = include_str!("main.rs");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        count += 1;
        assert!(module == "main" || listed.contains(&format!("\nmod {module};\n")), "{name} is not listed in main.rs");
    }
    assert!(count > 10, "{count} files");
}
