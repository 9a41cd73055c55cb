//! `proofbook init`.

use super::args::InitArgs;
use super::exit::Exit;
use super::{Here, output};
use crate::report;
use crate::scaffold::{self, ScaffoldError};

pub(super) fn run(args: &InitArgs, here: &Here) -> Exit {
    let folder = match &args.folder {
        Some(folder) => here.typed(folder),
        None if here.root_named => here.typed(&here.root),
        None => here.folder.clone(),
    };
    match scaffold::write(&folder, args.engine.into()) {
        Ok(files) => {
            let shown = folder.strip_prefix(&here.folder).unwrap_or(&folder).display().to_string();
            let place = if shown.is_empty() { "here".into() } else { format!("in {shown}") };
            output::result(&format!("made a small site {place}:\n"));
            for file in files {
                output::result(&format!("  {file}\n"));
            }
            let enter = if shown.is_empty() { String::new() } else { format!("cd {shown}\n  ") };
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
