//! The command line: arguments to one call of the library, its result to a report and an exit status.
//!
//! The only place that knows the arguments, the environment, the wall clock, and stdout and stderr. Must stay true:
//! results go to stdout, messages and progress to stderr; a command is an adapter, without logic of its own.

mod accept;
mod args;
mod build;
mod changes;
mod check;
mod coverage;
mod exit;
mod fix;
mod init;
mod list;
mod output;
mod progress;
mod project;
mod proof;
mod recorded;
mod report;
mod run;
mod selection;
mod serve;
mod target;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Parser;

use args::{Cli, Command};
use exit::Exit;

use crate::source;

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results, everything else is wrong usage; clap knows where each is printed.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Fine.into() };
        }
    };
    let folder = match std::env::current_dir() {
        Ok(folder) => folder,
        Err(error) => {
            output::fail(&format!("the current folder cannot be told: {error}"), Some("change to one that exists"));
            return Exit::Environment.into();
        }
    };
    let root_named = cli.root.is_some();
    let root = cli.root.unwrap_or_else(|| source::find_root(&folder));
    let here = Here { root, root_named, folder };
    let exit = match cli.command {
        Command::Init(args) => init::run(&args, &here),
        Command::Build(args) => build::run(&args, &here),
        Command::Serve(args) => serve::run(&args, &here),
        Command::Test(args) => test::run(&args, &here),
        Command::Check(args) => check::run(&args, &here),
        Command::List(args) => list::run(&args, &here),
        Command::Proof(args) => proof::run(&args, &here),
    };
    exit.and(output::lost()).into()
}

/// Where the program was started.
pub(crate) struct Here {
    /// The project's root.
    root: PathBuf,
    /// Whether it was named on the command line.
    root_named: bool,
    /// The current folder.
    folder: PathBuf,
}

impl Here {
    /// A path as typed: relative to the current folder.
    fn typed(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

/// Becomes true when somebody presses Ctrl-C or asks the process to end. A second time ends it at once.
fn stop_on_signals() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // Registered in this order, the first signal only sets the flag; it is set already when the second comes.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop));
        let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
    }
    stop
}

/// Whether the environment says that this is a continuous integration run.
fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}
