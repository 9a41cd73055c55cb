//! The client programs in a shell snippet: they reach the page's server by the environment, under the name the database
//! really has there, which is the one the pages use.
//!
//! What is left to do is to run the program that belongs to the server: Debian's `/usr/bin/psql` is a wrapper that looks
//! for a server of the system's, and takes a fifth of a second for it. The connection is given once more, for a snippet
//! that clears the environment, and only as far as the snippet says nothing else.

use std::path::PathBuf;

use crate::database::client::{Client, quoted};

/// The programs that connect to a server.
const NAMES: [&str; 14] = [
    "psql",
    "pg_dump",
    "pg_dumpall",
    "pg_restore",
    "pg_isready",
    "createdb",
    "dropdb",
    "createuser",
    "dropuser",
    "clusterdb",
    "reindexdb",
    "vacuumdb",
    "pgbench",
    "pg_amcheck",
];

/// The program `name` if it is one that connects to a server and is among those of the server's version.
pub(super) fn real(name: &str, program: impl Fn(&str) -> PathBuf) -> Option<PathBuf> {
    NAMES.contains(&name).then(|| program(name)).filter(|real| real.is_file())
}

/// A stand-in for each program that is there, with the variables of `environment`.
pub(super) fn clients(program: impl Fn(&str) -> PathBuf, environment: &[(String, String)]) -> Vec<Client> {
    let stand_in = |name| Some(Client::new(name, body(environment)).at(real(name, &program)?));
    NAMES.into_iter().filter_map(stand_in).collect()
}

fn body(environment: &[(String, String)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in environment {
        // In a line of its own, because a quote in the word of an expansion is read in another way.
        body.extend(format!("[ -n \"${{{name}+set}}\" ] || {name}=").bytes());
        body.extend(quoted(value.as_bytes()));
        body.extend(format!("\nexport {name}\n").bytes());
    }
    body.extend(b"exec \"$proofbook_real\" \"$@\"\n");
    body
}
