//! Real supervisors for unit tests: the test program itself, started again.

use std::path::Path;
use std::sync::OnceLock;

use super::super::confine::Mechanisms;
use super::super::{Launcher, MARKER, Sandbox, is_supervisor, supervise};

/// How a unit test's supervisor is started: this test program, with the one "test" below.
pub(crate) fn test_launcher() -> Launcher {
    let program = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe().unwrap() };
    let name = concat!(module_path!(), "::the_supervisor_of_a_test");
    let (_, name) = name.split_once("::").unwrap();
    let arguments = ["--exact", name, "--nocapture", "--quiet", "--test-threads=1"].map(Into::into).into();
    Launcher { program, arguments }
}

/// What this machine has, found out once for all tests of this program.
pub(crate) fn test_sandbox() -> Sandbox {
    static FOUND: OnceLock<Sandbox> = OnceLock::new();
    let probe = || Sandbox::probe(test_launcher(), "/usr/local/bin:/usr/bin:/bin", &std::env::temp_dir()).unwrap();
    FOUND.get_or_init(probe).clone()
}

/// The same with namespaces, if there are any, and without.
pub(crate) fn test_sandboxes() -> Vec<Sandbox> {
    let found = test_sandbox();
    let mechanisms = found.confinement(Path::new("/")).mechanisms;
    let without = Mechanisms { namespaces: false, ..mechanisms };
    let mut sandboxes = vec![Sandbox::with(test_launcher(), "/usr/local/bin:/usr/bin:/bin", without)];
    sandboxes.extend(mechanisms.namespaces.then_some(found));
    sandboxes
}

/// Not a test: what a supervisor runs. In a run of the tests it finds nothing to do.
#[test]
fn the_supervisor_of_a_test() {
    if std::env::var_os(MARKER).is_some() && is_supervisor() {
        assert_eq!(supervise(), std::process::ExitCode::SUCCESS);
    }
}
