//! What all servers need: to be found, prepared once, copied, started in a room and waited for.
//!
//! Takes a [`Place`](super::Place) and a program's words, gives a running [`Server`] or the reason why there is none, with
//! the end of its log. Must stay true:
//!
//! - a server runs in the room it was started for, confined as every program there, and ends with its [`Server`];
//! - a folder in the cache is complete, whoever was killed while making it, and however many runs make it at once;
//! - nothing here knows which engine it is.

mod cache;
mod failure;
mod folder;
mod process;

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::sandbox::find_program;

pub(super) use cache::cached;
pub(super) use failure::Failure;
pub(super) use folder::copy_folder;
pub(super) use process::{Launch, Server, run};

/// Where servers lie that are not meant to be started by hand.
const SERVER_FOLDERS: &str = "/usr/local/sbin:/usr/sbin:/usr/local/libexec:/usr/libexec";

/// The longest path a UNIX socket may have: `sun_path` holds 108 bytes with a NUL on Linux, 104 elsewhere.
const LONGEST_SOCKET: usize = 100;

/// The first of the programs `names` that is installed: on `path`, or where servers lie.
pub(super) fn find(path: &str, names: &[&str]) -> Option<PathBuf> {
    let path = format!("{path}:{SERVER_FOLDERS}");
    names.iter().find_map(|name| find_program(&path, name))
}

/// Fails if a socket cannot be made at `path`, because the system allows short paths only.
pub(super) fn check_socket(path: &Path) -> Result<(), Failure> {
    let length = path.as_os_str().as_bytes().len();
    if length <= LONGEST_SOCKET {
        return Ok(());
    }
    let message = format!(
        "the path of the server's socket, {}, has {length} bytes, and the system allows {LONGEST_SOCKET}",
        path.display()
    );
    Err(Failure::new(message, "let `TMPDIR` name a folder with a shorter path, such as `/tmp`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_needs_a_short_path() {
        assert!(check_socket(Path::new("/tmp/proofbook-1/database/s")).is_ok());
        let failure = check_socket(&Path::new("/tmp").join("x".repeat(100))).unwrap_err();
        assert!(failure.message().ends_with("has 105 bytes, and the system allows 100"), "{}", failure.message());
    }

    #[test]
    fn programs_are_found_in_the_order_of_their_names() {
        assert!(find("/usr/bin:/bin", &["no-such-server", "sh"]).is_some_and(|found| found.ends_with("sh")));
        assert_eq!(find("", &["no-such-server"]), None);
    }
}
