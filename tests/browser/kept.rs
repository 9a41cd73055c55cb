//! A project that many tests begin with: what it takes to make is done once.

use std::collections::BTreeMap;

use super::support::{Project, files_below};

/// The files of a project that is gone.
pub(crate) struct Kept(BTreeMap<String, Vec<u8>>);

impl Kept {
    /// What a reader or the next run would find in `project`.
    pub(crate) fn of(project: &Project) -> Self {
        let mut files = files_below(&project.root());
        // The rest of that folder is made again when it is needed, and may be large.
        files.retain(|name, _| !name.starts_with(".proofbook/") || name == ".proofbook/proof.json");
        Self(files)
    }

    /// A project that is as the kept one was.
    pub(crate) fn project(&self) -> Project {
        let project = Project::new(&[]);
        for (path, bytes) in &self.0 {
            let path = project.path(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder in the project");
            std::fs::write(path, bytes).expect("a file in the project");
        }
        project
    }
}
