//! What holds on this machine, found out once a run and then relied on.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use super::confine::{Confinement, Mechanisms};
use super::launcher::Launcher;
use super::layers::Layers;

/// How the rooms of this run are closed off: decided once, the same for every page.
///
/// A page for which one of the mechanisms fails is not run; nothing is ever weaker than what was said.
#[derive(Debug, Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    launcher: Launcher,
    path: Vec<OsString>,
    mechanisms: Mechanisms,
    layers: Layers,
}

impl Sandbox {
    /// With these mechanisms, whether this machine has them or not. `path` is a list of folders as in `PATH`.
    pub(super) fn with(launcher: Launcher, path: &str, mechanisms: Mechanisms) -> Self {
        let path = path.split(':').filter(|folder| !folder.is_empty()).map(OsString::from).collect();
        Self { inner: Arc::new(Inner { launcher, path, mechanisms, layers: mechanisms.layers() }) }
    }

    /// What is held back.
    pub fn layers(&self) -> &Layers {
        &self.inner.layers
    }

    /// How a supervisor is started.
    pub(super) fn launcher(&self) -> &Launcher {
        &self.inner.launcher
    }

    /// What a program in `room` is held back by.
    pub(super) fn confinement(&self, room: &Path) -> Confinement {
        let Inner { path, mechanisms, .. } = &*self.inner;
        Confinement { mechanisms: *mechanisms, room: room.to_path_buf(), path: path.clone() }
    }
}
