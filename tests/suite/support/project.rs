//! A project on disk that lasts as long as its test.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::process::{command_line, end, parent, processes_below};
use super::{Command, Ran};

/// A small shop: two accounts, three orders that refer to them.
const SHOP: [(&str, &str); 4] = [
    ("proofbook.toml", "title = \"Shop\"\n\n[database.shop]\n"),
    ("content/index.md", "# Home\n"),
    (
        "content/_databases/shop/schema.sql",
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, closed INTEGER NOT NULL DEFAULT 0);\n\
         CREATE TABLE orders (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), total TEXT);\n",
    ),
    (
        "content/_databases/shop/seed.sql",
        "INSERT INTO accounts (id, email) VALUES (1, 'ada@example.org'), (2, 'bob@example.org');\n\
         INSERT INTO orders (id, account_id, total) VALUES (1, 1, '12.50'), (2, 1, NULL), (3, 2, '');\n",
    ),
];

/// A project in a temporary folder, beside a folder for the temporary files of the programs that are run on it.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// A project of these files, by path from its root.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: tempfile::Builder::new().prefix("suite-").tempdir().expect("a temporary folder") };
        fs::create_dir(project.root()).expect("the project's folder");
        fs::create_dir(project.temporary()).expect("the folder for temporary files");
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// A project with the database `shop` and `page` as `content/page.md`.
    pub(crate) fn shop(page: &str) -> Self {
        let project = Self::new(&SHOP);
        project.write("content/page.md", page);
        project
    }

    /// A copy of this repository's own handbook.
    pub(crate) fn handbook() -> Self {
        let project = Self::new(&[]);
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let configuration = fs::read_to_string(repository.join("proofbook.toml")).expect("our own configuration");
        project.write("proofbook.toml", &configuration);
        for (path, bytes) in files_below(&repository.join("content")) {
            let path = project.root().join("content").join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder in the project");
            fs::write(path, bytes).expect("a file in the project");
        }
        project
    }

    /// The project's root.
    pub(crate) fn root(&self) -> PathBuf {
        self.beside().join("project")
    }

    /// The folder the project lies in, for what a test needs beside it.
    pub(crate) fn beside(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("the temporary folder")
    }

    /// Where programs run on this project have their temporary files.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.beside().join("tmp")
    }

    /// A path in the project.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder in the project");
        fs::write(path, text).expect("a file in the project");
        self
    }

    /// Removes a file.
    pub(crate) fn remove(&self, path: &str) -> &Self {
        fs::remove_file(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        self
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Replaces `from`, which must stand in the file exactly once, so that a test never edits nothing or too much.
    #[track_caller]
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) -> &Self {
        let text = self.read(path);
        let found = text.matches(from).count();
        assert_eq!(found, 1, "{path} holds {found} times: {from}");
        self.write(path, &text.replace(from, to))
    }

    /// Runs the program with `arguments`, separated by spaces, and demands that nothing is left of it.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.command(arguments).run()
    }

    /// The program with `arguments`, separated by spaces, not yet started.
    pub(crate) fn command(&self, arguments: &str) -> Command<'_> {
        Command::new(self, arguments)
    }

    /// The names below the folder for temporary files.
    pub(crate) fn left_files(&self) -> Vec<PathBuf> {
        files_and_folders(&self.temporary())
    }

    /// The processes that were started from a run on this project and are still there.
    pub(crate) fn left_processes(&self) -> Vec<i32> {
        processes_below(&self.temporary())
    }

    /// The command lines of those processes.
    pub(crate) fn left_commands(&self) -> Vec<String> {
        self.left_processes().into_iter().map(command_line).collect()
    }

    /// The ids of the supervisors that run for this project.
    pub(crate) fn supervisors(&self) -> Vec<i32> {
        let is_supervisor = |process: &i32| command_line(*process).ends_with(" __supervise");
        // What a supervisor starts is, until it becomes another program, called the same, and its child.
        let found: Vec<i32> = self.left_processes().into_iter().filter(is_supervisor).collect();
        found.iter().copied().filter(|&process| !parent(process).is_some_and(|above| found.contains(&above))).collect()
    }

    /// Kills a process.
    pub(crate) fn kill(&self, process: i32) {
        end(process);
    }

    /// Waits until processes with these command lines run, started from a run on this project.
    #[track_caller]
    pub(crate) fn wait_for_processes(&self, commands: &[&str]) {
        let started = Instant::now();
        loop {
            let running = self.left_commands();
            if commands.iter().all(|command| running.iter().any(|line| line == command)) {
                return;
            }
            assert!(started.elapsed() < Duration::from_secs(30), "{commands:?} do not run, but {running:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Every published file with its bytes.
    pub(crate) fn published(&self) -> BTreeMap<String, Vec<u8>> {
        files_below(&self.path("public"))
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // A failed test leaves nothing either.
        for process in self.left_processes() {
            end(process);
        }
    }
}

/// Every file below `folder` with its bytes, by path from there.
pub(crate) fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    files_and_folders(folder)
        .into_iter()
        .filter(|path| !path.is_dir())
        .map(|path| {
            let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path.strip_prefix(folder).expect("a path below").to_string_lossy().into_owned(), bytes)
        })
        .collect()
}

fn files_and_folders(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        // Somebody else is removing it right now.
        Err(error) if error.kind() == ErrorKind::NotFound => return found,
        entries => entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display())),
    };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files_and_folders(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

/// `block` without the line break it starts with and without the indentation all its lines share.
pub(crate) fn text(block: &str) -> String {
    let block = block.strip_prefix('\n').unwrap_or(block);
    let indents = block.lines().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len());
    let indent = indents.min().unwrap_or(0);
    block
        .lines()
        .map(|line| format!("{}\n", line.get(indent..).unwrap_or_default()))
        .collect::<String>()
        .trim_end_matches(' ')
        .trim_end_matches('\n')
        .to_owned()
        + "\n"
}
