//! Which database servers this machine has.

use std::path::Path;

use super::is_installed;

/// Whether the server of `engine` is installed; said where it is not, and a failure where `PROOFBOOK_REQUIRE` names it.
#[expect(clippy::print_stderr, reason = "who reads the log of a test sees what it did not prove")]
pub(crate) fn has_server(engine: &str) -> bool {
    let found = match engine {
        "mariadb" => is_installed("mariadbd") || Path::new("/usr/sbin/mariadbd").exists(),
        _ => is_installed("postgres") || has_version("/usr/lib/postgresql", "bin/postgres"),
    };
    let required = std::env::var("PROOFBOOK_REQUIRE").unwrap_or_default();
    assert!(found || !required.split(',').any(|part| part == engine), "the required part {engine} is missing");
    if !found {
        eprintln!("SKIPPED: {engine} is not installed");
    }
    found
}

/// Whether a folder in `folder` has the file `below`.
fn has_version(folder: &str, below: &str) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().join(below).exists())
}
