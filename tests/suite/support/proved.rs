//! Our own handbook, run and built once for all the tests that look at what came of it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::project::Project;

/// What came of running every page of the handbook on every engine it names, and of building it then.
pub(crate) struct Proved {
    /// What `test --format json` printed.
    pub(crate) told: Value,
    /// What it recorded.
    pub(crate) proof: String,
    /// The files that `build` published.
    pub(crate) published: BTreeMap<String, Vec<u8>>,
    /// The folder it happened in, which is gone.
    pub(crate) folder: String,
}

impl Proved {
    /// The handbook as it is now.
    pub(crate) fn handbook() -> &'static Self {
        static PROVED: LazyLock<Proved> = LazyLock::new(|| {
            let project = Project::handbook();
            let told = project.run("test --format json").fine().json();
            project.run("build").fine();
            Proved {
                told,
                proof: project.read(".proofbook/proof.json"),
                published: project.published(),
                folder: project.beside().display().to_string(),
            }
        });
        &PROVED
    }

    /// A published page, by its address without `.html`.
    pub(crate) fn page(&self, address: &str) -> String {
        String::from_utf8(self.published[&format!("{address}.html")].clone()).expect("a page is text")
    }
}
