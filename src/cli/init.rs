//! `proofbook init`.

use super::args::InitArgs;
use super::exit::Exit;
use super::{Here, output};
use crate::report;
use crate::scaffold::{self, ScaffoldError};

pub(super) fn run(args: &InitArgs, here: &Here) -> Exit {
    let folder = args.folder.as_deref().map_or_else(|| here.folder.clone(), |folder| here.typed(folder));
    match scaffold::write(&folder) {
        Ok(files) => {
            let shown = args.folder.as_ref().map_or_else(|| ".".into(), |folder| folder.display().to_string());
            output::result(&format!("made a small site in {shown}:\n"));
            for file in files {
                output::result(&format!("  {file}\n"));
            }
            let enter = if shown == "." { String::new() } else { format!("cd {shown}\n  ") };
            output::result(&format!(
                "\nNext:\n  {}\n  {}\n",
                report::command(&format!("{enter}proofbook build --verify")),
                report::command("proofbook serve --open")
            ));
            Exit::Fine
        }
        Err(error) => {
            output::fail(&error.to_string(), Some(error.hint()));
            match error {
                ScaffoldError::Exists { .. } => Exit::Usage,
                ScaffoldError::Unwritable { .. } => Exit::Environment,
            }
        }
    }
}
