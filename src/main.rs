//! The `proofbook` program: a thin shell around the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    proofbook::cli::main()
}
