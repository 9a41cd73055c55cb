//! Where a page is run: its room and its database.
//!
//! Must stay true: nothing of one stage reaches another; a stage that was closed has left nothing behind, unless it was
//! to be kept.

use std::path::PathBuf;

use super::{RunError, Surroundings, Unready};
use crate::config::Engine;
use crate::database::{Place, Reopening, Throwaway};
use crate::runbook::outcome::Problem;
use crate::sandbox::{Room, SandboxError, Supervisor, find_program};

/// Which database on which engine a stage has.
pub(super) type Ground = (String, Engine);

/// A room and a database for one pass over a page.
pub(super) struct Stage {
    pub(super) room: Room,
    pub(super) database: Option<Box<dyn Throwaway>>,
    pub(super) engine_version: Option<String>,
    /// The process that starts and ends all others here, and that removes what is here if Proofbook dies.
    pub(super) supervisor: Supervisor,
}

/// Why there is no stage.
pub(super) enum NoStage {
    /// No page can be run here.
    Run(RunError),
    /// The page's engine is not installed; its program.
    Missing(String),
    /// This page cannot; why, in words.
    Page(String),
    /// A page this one starts after did not come to its end.
    Before(Box<Problem>),
}

/// What is left of a stage on purpose.
pub(super) struct Remains {
    pub(super) folder: PathBuf,
    pub(super) database: Option<Reopening>,
}

impl Stage {
    /// A fresh stage with the database of `ground`, on which nothing has been run.
    pub(super) fn open(ground: Option<&Ground>, surroundings: &Surroundings) -> Result<Self, NoStage> {
        let prepared = ground
            .and_then(|ground| surroundings.databases.get(ground))
            .map(|prepared| {
                prepared.as_ref().map_err(|unready| match unready {
                    Unready::Skipped(program) => NoStage::Missing(program.clone()),
                    Unready::Broken(message) => NoStage::Page(message.clone()),
                })
            })
            .transpose()?;
        let has_server = ground.is_some_and(|(_, engine)| is_server(*engine));
        let parent = if has_server { &surroundings.memory } else { &surroundings.temporary };
        let room = Room::create(parent).map_err(|error| NoStage::Run(error.into()))?;
        let supervisor =
            Supervisor::start(&surroundings.sandbox, &room).map_err(|error| NoStage::Page(error.to_string()))?;
        let engine_version = prepared.map(|prepared| prepared.engine_version());
        let database = prepared
            .map(|prepared| {
                let environment = room.environment(&surroundings.path);
                let (folder, private) = (&room.database(), &room.private());
                prepared.open(Place { folder, private, supervisor: &supervisor, environment: &environment })
            })
            .transpose()
            .map_err(|error| NoStage::Page(error.to_string()))?;
        for client in database.iter().flat_map(|database| database.clients()) {
            // What is not installed is not found in a snippet either.
            let known = client.real().map(PathBuf::from);
            let Some(real) = known.or_else(|| find_program(&surroundings.path, client.name)) else { continue };
            room.add_program(client.name, &client.script(&real)).map_err(|error| NoStage::Run(error.into()))?;
        }
        Ok(Self { room, database, engine_version, supervisor })
    }

    /// The next page begins with a connection of its own, as somebody would on another day. With its pass the page before
    /// has lost its shell and all that this had started.
    pub(super) fn begin_anew(&mut self) -> Result<(), NoStage> {
        match &mut self.database {
            Some(database) => database.reconnect().map_err(|error| NoStage::Page(error.to_string())),
            None => Ok(()),
        }
    }

    /// Ends what still runs and removes everything, or keeps the folder if `keep`.
    pub(super) fn close(self, keep: bool) -> Result<Option<Remains>, SandboxError> {
        let Self { room, database, .. } = self;
        if !keep {
            drop(database);
            room.close()?;
            return Ok(None);
        }
        // While the room's processes are still there: a server is asked to end, not killed.
        let at = room.kept_folder().join(room.database().file_name().unwrap_or_default());
        let database = database.map(|database| database.leave(&at));
        Ok(Some(Remains { folder: room.keep()?, database }))
    }
}

/// Whether a database on this engine has a server to start.
pub(super) fn is_server(engine: Engine) -> bool {
    match engine {
        Engine::Mariadb | Engine::Postgres => true,
        Engine::Sqlite => false,
    }
}
