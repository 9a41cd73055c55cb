//! Reports in files and for the platform a run takes place on: where they go, and that they get there.
//!
//! Must stay true: a file is written whole or not at all; what cannot be written is said before anything runs, as far as
//! it can be told then; a report that fails loses neither the run nor the other reports; none replaces a page.

use std::collections::hash_map::RandomState;
use std::fs::{self, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::args::{ReportArg, ReportFormat};
use super::exit::Exit;
use super::{Here, output, target};
use crate::cache;
use crate::report::{self, Account};

/// The reports that were asked for, with their places looked at.
pub(super) struct Reports {
    files: Vec<(ReportFormat, PathBuf)>,
    github: bool,
    /// Where GitHub reads the summary of a step.
    summary: Option<PathBuf>,
    /// From the repository's root to the project's, with a `/` at its end; empty if they are one.
    prefix: String,
}

impl Reports {
    /// Makes sure that every report has a place. `json_on_stdout` says that stdout is taken.
    pub(super) fn ready(asked: &[ReportArg], json_on_stdout: bool, here: &Here) -> Result<Self, Exit> {
        let github = asked.contains(&ReportArg::Github);
        if github && json_on_stdout {
            let message =
                "`--report github` and `--format json` both write to stdout, and the one would break the other";
            output::fail(message, Some("write the JSON to a file instead: `--report github,json=FILE`"));
            return Err(Exit::Usage);
        }
        let mut files: Vec<(ReportFormat, PathBuf)> = Vec::new();
        let mut targets: Vec<PathBuf> = Vec::new();
        for report in asked {
            let ReportArg::File(format, typed) = report else { continue };
            let path = here.typed(typed);
            may_replace(&path, typed, here)?;
            let target = prepare(&path).map_err(|error| {
                let message = format!("the report {} cannot be written: {error}", typed.display());
                output::fail(&message, Some("name a file in a folder you may write to; nothing was run"));
                Exit::Environment
            })?;
            if targets.contains(&target) {
                let message =
                    format!("two reports are to be written to {}, and one would replace the other", typed.display());
                output::fail(&message, Some("give each report a file of its own"));
                return Err(Exit::Usage);
            }
            targets.push(target);
            files.push((*format, path));
        }
        let summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from);
        Ok(Self { files, github, summary: summary.filter(|_| github), prefix: prefix(&here.typed(&here.root)) })
    }

    /// Calls `show`, which prints what pages and programs wrote: on GitHub, a line of it could be read as a command.
    pub(super) fn shielded(&self, show: impl FnOnce()) {
        if !self.github {
            return show();
        }
        // Nobody may know the word that ends it.
        let word = format!("{:016x}{:016x}", RandomState::new().hash_one(1), RandomState::new().hash_one(2));
        output::result(&format!("::stop-commands::{word}\n"));
        show();
        output::result(&format!("::{word}::\n"));
    }

    /// Writes all of them, and says which status that asks for.
    pub(super) fn write(&self, account: &Account<'_>) -> Exit {
        let mut exit = Exit::Fine;
        for (format, path) in &self.files {
            let text = match format {
                ReportFormat::Junit => report::junit(account, &self.prefix),
                ReportFormat::Json => report::run_json(account),
                ReportFormat::Sarif => report::sarif(account, &self.prefix),
            };
            exit = exit.and(said(path, write(path, &text)));
        }
        if self.github {
            output::result(&report::workflow_commands(account, &self.prefix));
        }
        if let Some(summary) = &self.summary {
            exit = exit.and(said(summary, append_summary(summary, account)));
        }
        exit
    }
}

/// Whether a report may stand at `path`. If not, that is said.
fn may_replace(path: &Path, typed: &Path, here: &Here) -> Result<(), Exit> {
    let typed = typed.display();
    let root = here.typed(&here.root);
    let (message, hint) = if let Some(harm) = target::harm(path, &root) {
        (format!("the report {typed} would {harm}"), "name a file elsewhere, such as `reports/…`; nothing was run")
    } else if target::is_same(path, &cache::proof_path(&root)) {
        let message = format!("the report {typed} would replace the recorded proof, which is another document");
        (message, "name another file; nothing was run")
    } else {
        return Ok(());
    };
    output::fail(&message, Some(hint));
    Err(Exit::Usage)
}

fn said(path: &Path, written: io::Result<()>) -> Exit {
    let Err(error) = written else { return Exit::Fine };
    let message = format!("the report {} could not be written: {error}", path.display());
    output::fail(&message, Some("check the folder, its space and rights; the result of the run is not changed by it"));
    Exit::Environment
}

/// Makes the folders above `path` and tries whether a file can be made there. Gives what stands for the file, however it
/// is written.
fn prepare(path: &Path) -> io::Result<PathBuf> {
    if path.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    if is_stream(path) {
        return OpenOptions::new().write(true).open(path).map(|_| path.to_owned());
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    };
    fs::create_dir_all(folder).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            io::Error::new(error.kind(), "what should be a folder above it is a file")
        }
        _ => error,
    })?;
    beside(folder)?.close()?;
    // A link is followed; one that leads nowhere is replaced.
    path.canonicalize().or_else(|_| Ok(folder.canonicalize()?.join(name)))
}

/// Whether `path` is there and no ordinary file: a pipe, a device. It cannot be replaced, only written to.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file())
}

/// An empty file in `folder`, with the rights that any file of the caller's has; gone if nothing becomes of it.
fn beside(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let permissions = fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(".proofbook-report-").permissions(permissions).tempfile_in(folder)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if is_stream(path) {
        return OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes());
    }
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new("."));
    // What the page or another program removed meanwhile is made again.
    fs::create_dir_all(folder)?;
    let mut file = beside(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// Adds to the summary of the step, in which other commands may have written, too.
fn append_summary(path: &Path, account: &Account<'_>) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let taken = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    file.write_all(report::job_summary(account, report::SUMMARY_LIMIT.saturating_sub(taken)).as_bytes())
}

/// How the project's files are called from the root of what was checked out: as the platform says, else as git has it.
fn prefix(root: &Path) -> String {
    let Ok(root) = root.canonicalize() else { return String::new() };
    let named = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    let mut tops = named.filter_map(|top| top.canonicalize().ok()).filter(|top| root.starts_with(top));
    let top =
        tops.next().or_else(|| root.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf));
    let below = top.and_then(|top| root.strip_prefix(top).ok().map(|below| below.to_string_lossy().into_owned()));
    below.filter(|below| !below.is_empty()).map_or_else(String::new, |below| format!("{below}/"))
}
