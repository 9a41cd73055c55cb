//! The `proofbook` program: a thin shell around the library.

use std::process::ExitCode;

use proofbook::sandbox;

fn main() -> ExitCode {
    // Before anything else: a supervisor is started for every page, and nobody types this.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|word| word == sandbox::SUPERVISE) && sandbox::is_supervisor() {
        return sandbox::supervise();
    }
    proofbook::cli::main()
}
