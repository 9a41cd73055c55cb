//! Stages made ahead where there is little room: a database that can be had so many times at once and no more. It is
//! SQLite in the place of a server, because what fails here is not the server.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use super::super::tests::runbooks;
use super::super::{Databases, MissingPrograms, run};
use super::*;
use crate::config::Engine;
use crate::database::{self, DatabaseError, Definition, Grounds, Place, Prepared, TableColumns, Throwaway};
use crate::runbook::outcome::{PageRun, Verdict};
use crate::sandbox::test_sandbox;
use crate::span::SourceFile;

const PAGE: &str = "```sql effect=\"t +1\"\nINSERT INTO t VALUES (1);\n```\n```sql undo\nDELETE FROM t;\n```\n";

/// Whoever finds no room says so, and waits until it is told to go on.
type Pause = Arc<Mutex<Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>>>;

/// A database that is there at most `most` times.
struct Cramped {
    prepared: Box<dyn Prepared>,
    pause: Pause,
    most: Arc<AtomicUsize>,
    asked: Arc<AtomicUsize>,
}

impl Prepared for Cramped {
    fn open(&self, place: Place<'_>) -> Result<Box<dyn Throwaway>, DatabaseError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if rooms(place.folder.parent().and_then(Path::parent).unwrap()) > self.most.load(Ordering::SeqCst) {
            if let Some((found, go_on)) = self.pause.lock().unwrap().take() {
                found.send(()).unwrap();
                go_on.recv().unwrap();
            }
            return Err(DatabaseError { doing: "copy the database".into(), reason: "there is no room".into() });
        }
        self.prepared.open(place)
    }

    fn engine_version(&self) -> String {
        self.prepared.engine_version()
    }

    fn tables(&self) -> Vec<TableColumns> {
        self.prepared.tables()
    }
}

fn rooms(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

struct World {
    temporary: tempfile::TempDir,
    surroundings: Surroundings,
    most: Arc<AtomicUsize>,
    asked: Arc<AtomicUsize>,
    pause: Pause,
}

impl World {
    fn new(most: usize, jobs: usize) -> Self {
        let (temporary, sandbox, path) = (tempfile::tempdir().unwrap(), test_sandbox(), std::env::var("PATH").unwrap());
        let (most, asked) = (Arc::new(AtomicUsize::new(most)), Arc::new(AtomicUsize::new(0)));
        let pause = Pause::default();
        let definition = Definition {
            name: "obs".into(),
            documented_name: "obs".into(),
            schema: SourceFile::new("schema.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY);"),
            seed: None,
        };
        let prepared = |engine| {
            let folder = temporary.path();
            let grounds = Grounds { path: &path, sandbox: &sandbox, temporary: folder, cache: folder };
            let prepared = database::prepare(Engine::Sqlite, &definition, grounds).unwrap();
            let cramped =
                Cramped { prepared, pause: Arc::clone(&pause), most: Arc::clone(&most), asked: Arc::clone(&asked) };
            (("obs".to_owned(), engine), Ok(Box::new(cramped) as Box<dyn Prepared>))
        };
        let databases = Databases::from([Engine::Mariadb, Engine::Postgres].map(prepared));
        let surroundings = Surroundings {
            path: path.clone(),
            temporary: temporary.path().to_path_buf(),
            memory: temporary.path().to_path_buf(),
            databases,
            jobs,
            missing: MissingPrograms::Skip,
            sandbox: sandbox.clone(),
            keep: false,
            fail_fast: false,
        };
        Self { temporary, surroundings, most, asked, pause }
    }

    /// The verdict of the first snippet of each of four pages, on two engines each.
    fn run(&self) -> Vec<Verdict> {
        let books = runbooks(&[PAGE; 4]);
        let plan =
            books.iter().flat_map(|book| [Engine::Mariadb, Engine::Postgres].map(|engine| planned(book, engine)));
        let pages = run(&plan.collect::<Vec<_>>(), &self.surroundings, &AtomicBool::new(false), &|_| {}).unwrap().pages;
        assert_eq!(rooms(self.temporary.path()), 0, "nothing is left");
        pages.into_iter().map(|PageRun { mut outcomes, .. }| outcomes.swap_remove(0).verdict).collect()
    }
}

fn planned(runbook: &crate::runbook::Runbook, engine: Engine) -> PlannedPage<'_> {
    PlannedPage { runbook, case: &runbook.cases[0], after: &[], engine: Some(engine), key: "key", until: None }
}

#[test]
fn a_page_for_which_there_is_room_has_it() {
    // With jobs of two pages may run at a time, and nothing beside them.
    for (most, jobs) in [(1, 1), (2, 1), (2, 2), (3, 2), (9, 2)] {
        let verdicts = World::new(most, jobs).run();
        assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Passed), "{most} for {jobs}: {verdicts:?}");
    }
}

#[test]
fn a_database_that_cannot_be_had_is_asked_for_little_more_than_once_a_page() {
    let world = World::new(0, 2);
    let verdicts = world.run();
    let message = "cannot copy the database: there is no room";
    assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Error { message: message.into() }), "{verdicts:?}");
    let asked = world.asked.load(Ordering::SeqCst);
    assert!(asked <= 2 * verdicts.len(), "{asked} times for {} runs", verdicts.len());
}

#[test]
fn what_waits_is_taken_down_for_a_page_that_needs_its_room() {
    let world = World::new(2, 1);
    let books = runbooks(&[PAGE, PAGE]);
    let plan = [Engine::Mariadb, Engine::Mariadb, Engine::Postgres].map(|engine| planned(&books[0], engine));
    let stop = AtomicBool::new(false);
    let ahead = Ahead::new(&plan, &world.surroundings, &stop);
    let grounds = [Engine::Mariadb, Engine::Postgres].map(|engine| ("obs".to_owned(), engine));
    std::thread::scope(|scope| {
        scope.spawn(|| ahead.work());
        let closing = Closing(&ahead);
        let first = ahead.stage(Some(&grounds[0])).ok().expect("there is room");
        while ahead.shelves().of[&grounds[0]].ready.is_empty() {
            std::thread::yield_now();
        }
        first.close(false).unwrap();
        world.most.store(1, Ordering::SeqCst);
        let second = ahead.stage(Some(&grounds[1])).ok().expect("there is room without what waits");
        assert_eq!(rooms(world.temporary.path()), 1, "its own");
        second.close(false).unwrap();
        drop(closing);
    });
    ahead.clear().unwrap();
    assert_eq!(rooms(world.temporary.path()), 0);
}

#[test]
fn what_waited_may_be_taken_by_its_page_before_another_that_needs_its_room_looks() {
    let world = World::new(2, 1);
    let books = runbooks(&[PAGE, PAGE]);
    let plan = [Engine::Mariadb, Engine::Mariadb, Engine::Postgres].map(|engine| planned(&books[0], engine));
    let stop = AtomicBool::new(false);
    let ahead = Ahead::new(&plan, &world.surroundings, &stop);
    let grounds = [Engine::Mariadb, Engine::Postgres].map(|engine| ("obs".to_owned(), engine));
    std::thread::scope(|scope| {
        scope.spawn(|| ahead.work());
        let closing = Closing(&ahead);
        let first = ahead.stage(Some(&grounds[0])).ok().expect("there is room");
        while ahead.shelves().of[&grounds[0]].ready.is_empty() {
            std::thread::yield_now();
        }
        // Nothing more is made ahead.
        stop.store(true, Ordering::SeqCst);
        let ((found, finds), (tell, go_on)) = (mpsc::channel(), mpsc::channel());
        *world.pause.lock().unwrap() = Some((found, go_on));
        let other = scope.spawn(|| ahead.stage(Some(&grounds[1])).ok());
        finds.recv().unwrap();
        first.close(false).unwrap();
        let second = ahead.stage(Some(&grounds[0])).ok().expect("one waits");
        tell.send(()).unwrap();
        let third = other.join().unwrap().expect("there is room now that the first is gone");
        second.close(false).unwrap();
        third.close(false).unwrap();
        drop(closing);
    });
    ahead.clear().unwrap();
    assert_eq!(rooms(world.temporary.path()), 0);
}
