//! How processes and files are called in a report: as the page knows them.
//!
//! Must stay true: no name of a temporary folder gets out, because it differs from run to run.

use std::fs;
use std::path::Path;

use super::process::Process;
use crate::runbook::running::{SHELL, in_short, shortened};

/// The most characters of a command that is named within a sentence.
const MOST: usize = 40;

/// What the page knows its processes and folders by.
#[derive(Debug, Clone)]
pub(in crate::shell) struct Names {
    /// The words of the page's own bash; its subshells have the same.
    shell: Vec<String>,
    work: String,
    /// The page's other folders and how they are called.
    folders: Vec<(String, &'static str)>,
    /// Where all of them are, if that is a folder made for them: what else is in there the page does not know.
    room: Option<String>,
    /// The programs for which Proofbook has put a stand-in first on `PATH`. It adds the connection before the words as
    /// typed, and becomes the real program.
    stand_ins: Vec<String>,
}

impl Names {
    /// For a bash that starts in `work` with `environment`.
    pub(in crate::shell) fn new(work: &Path, environment: &[(String, String)]) -> Self {
        let variable = |wanted: &str, name: &'static str| {
            let (_, folder) = environment.iter().find(|(name, folder)| name == wanted && folder.len() > 1)?;
            Some((folder.clone(), name))
        };
        let folders: Vec<(String, &'static str)> =
            [variable("HOME", "~"), variable("TMPDIR", "$TMPDIR")].into_iter().flatten().collect();
        let room = work.parent().filter(|room| {
            !folders.is_empty() && folders.iter().all(|(folder, _)| Path::new(folder).parent() == Some(*room))
        });
        let path = environment.iter().find(|(name, _)| name == "PATH").map_or("", |(_, path)| path);
        let first = Path::new(path.split(':').next().unwrap_or_default());
        let programs = room.filter(|room| first.starts_with(room)).and_then(|_| fs::read_dir(first).ok());
        let programs = programs.into_iter().flatten().flatten();
        let stand_ins = programs.map(|program| program.file_name().to_string_lossy().into_owned()).collect();
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Self { shell: Vec::new(), work: text(work), folders, room: room.map(text), stand_ins }
    }

    /// The same for the shell `process`.
    pub(super) fn of_shell(&self, process: &Process) -> Self {
        Self { shell: process.words.clone(), ..self.clone() }
    }

    /// Whether `process` is the page's bash or a subshell of it.
    pub(super) fn is_shell(&self, process: &Process) -> bool {
        process.words == self.shell
    }

    /// The command line of `process`.
    pub(super) fn command(&self, process: &Process) -> String {
        if self.is_shell(process) {
            return SHELL.into();
        }
        in_short(&self.line(&process.words))
    }

    /// The same in backticks, shorter, to stand in a sentence.
    pub(super) fn quoted(&self, process: &Process) -> String {
        format!("`{}`", shortened(&self.command(process).replace('`', "'"), MOST))
    }

    /// A file, in backticks: from the work folder if it lies there.
    pub(super) fn path(&self, path: &Path) -> String {
        let text = path.to_string_lossy();
        format!("`{}`", self.named(&text).replace('`', "'"))
    }

    /// Whether a file lies where Proofbook keeps its own, beside the page's folders.
    pub(super) fn is_hidden(&self, path: &Path) -> bool {
        let named = self.named(&path.to_string_lossy());
        self.room.as_ref().is_some_and(|room| named.starts_with(room.as_str()))
    }

    /// A command line as it was typed, as far as that can be told.
    fn line(&self, words: &[String]) -> String {
        let mut words: Vec<String> = words.iter().map(|word| self.named(word)).collect();
        let Some(program) = words.first().and_then(|program| program.rsplit('/').next()).map(str::to_owned) else {
            return String::new();
        };
        if self.stand_ins.contains(&program) {
            let is_added = |word: &String| self.room.as_ref().is_some_and(|room| word.contains(room.as_str()));
            let added = words.iter().rposition(is_added).unwrap_or(0);
            words.splice(..=added, [program]);
        }
        words.join(" ")
    }

    fn named(&self, text: &str) -> String {
        let mut text = text.replace(&format!("{}/", self.work), "").replace(&self.work, ".");
        for (folder, name) in &self.folders {
            text = text.replace(folder, name);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_is_called_what_the_page_calls_it() {
        let environment =
            [("HOME", "/t/r/home"), ("TMPDIR", "/t/r/tmp")].map(|(name, folder)| (name.into(), folder.into()));
        let names = Names::new(Path::new("/t/r/work"), &environment);
        for (path, shown) in [
            ("/t/r/work/a/queue", "`a/queue`"),
            ("/t/r/work", "`.`"),
            ("/t/r/home/x", "`~/x`"),
            ("/t/r/tmp/x", "`$TMPDIR/x`"),
            ("/etc/passwd", "`/etc/passwd`"),
        ] {
            assert_eq!(names.path(Path::new(path)), shown);
            assert!(!names.is_hidden(Path::new(path)));
        }
        assert!(names.is_hidden(Path::new("/t/r/private/commands")));
    }

    #[test]
    fn a_client_is_shown_as_it_was_typed() {
        let room = tempfile::tempdir().unwrap();
        let folder = |name: &str| room.path().join(name).to_str().unwrap().to_owned();
        fs::create_dir(folder("bin")).unwrap();
        fs::write(folder("bin/mariadb"), "").unwrap();
        let environment = [("PATH", folder("bin") + ":/bin"), ("TMPDIR", folder("tmp"))];
        let environment = environment.map(|(name, value)| (name.to_owned(), value));
        let names = Names::new(folder("work").as_ref(), &environment);
        let line = |words: &[&str]| names.line(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let socket = folder("database/socket");
        assert_eq!(line(&["/usr/bin/mariadb", "--no-defaults", &socket, "-e", "SELECT 1"]), "mariadb -e SELECT 1");
        assert_eq!(line(&["/usr/bin/mariadb", "-e", "SELECT 1"]), "mariadb -e SELECT 1");
        assert_eq!(line(&["/usr/bin/other", "-e", &folder("work/x")]), "/usr/bin/other -e x");
        assert_eq!(line(&[]), "");
    }
}
