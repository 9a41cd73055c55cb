//! The surroundings of one page's run: a private folder, a fixed environment, a supervisor that holds its programs back
//! and ends them.
//!
//! Takes a folder to work in (usually the system's temporary one), gives a [`Room`]; a [`Sandbox`], found out once a run,
//! says by what means rooms are closed off on this machine; a [`Supervisor`] is a process of its own that starts the
//! room's programs. Must stay true:
//!
//! - after [`Room::close`] no folder of the room is left, and no process that was started in it;
//! - when Proofbook dies, however, its supervisors do the same; when a supervisor dies too, the next Proofbook's [`sweep`];
//! - what a report says is enforced ([`Layers`]) is enforced for every program of every page, or the program is not
//!   started;
//! - nothing of the caller's environment, descriptors and ignored signals gets in; no signal goes to anybody else.
//!
//! How a program is held together and held back (Linux):
//!
//! ```text
//! Proofbook ═socket═ supervisor ─┬─ keeper ─ bash ─ …     PID 1 of new namespaces, or else a reaper of orphans;
//!  (room's lock)   (room's lock) └─ keeper ─ server ─ …   what runs below it ends with it
//! ```
//!
//! | | with namespaces | without |
//! |---|---|---|
//! | `files` | a root folder with the readable folders only, read-only, and Landlock | Landlock (kernel 6.2) |
//! | `net` | no network, and a filter of system calls (seccomp) | the filter; Landlock for TCP |
//! | `processes` | the namespace ends with its first process | orphans come to the keeper, then to the supervisor |
//! | `sockets` | none of another program is in sight | abstract ones are (kernel 6.12); those in reach by path are not |
//! | `kill -9 $PPID` | has no effect | refused by Landlock (kernel 6.12); else costs the page's shell |
//! | supervisor killed | everything ends | what threw its environment away (`env -i`) stays |
//! | reading `/tmp`, `/var`, `/run`, homes, the project | they are not there | refused |
//!
//! Readable are the system's folders (`/usr`, `/etc`, `/opt` …), `/proc`, `/sys` and the folders on `PATH`; a program on
//! `PATH` that is a link into some other folder cannot be started. Writable are the room's `work`, `home`, `tmp`,
//! `private` and `database`, and the harmless devices. Root has no powers in there. It protects against accidents, not
//! against hostile authors. On other systems there is the supervisor, and it ends process groups.

mod chosen;
mod confine;
mod connection;
mod contents;
mod error;
mod launcher;
mod layers;
mod marked;
mod memory;
mod order;
mod probe;
mod process;
mod program;
mod raw;
mod refusal;
mod room;
mod supervise;
mod supervisor;
mod sweep;
#[cfg(test)]
mod tests;
mod wire;

pub use chosen::Sandbox;
pub use contents::FolderState;
pub use error::SandboxError;
pub use launcher::{Launcher, SUPERVISE};
pub use layers::{Layer, Layers};
pub use memory::in_memory;
pub use order::{AsUser, Order, ProcessEnd, ProcessLimits, is_root};
pub use process::Process;
pub use program::find_program;
pub use room::{MARKER, Room};
pub use supervise::{is_supervisor, supervise};
pub use supervisor::Supervisor;
pub use sweep::{Swept, sweep};
#[cfg(test)]
#[allow(unused_imports, reason = "for the tests of modules above this one")]
pub(crate) use tests::launcher::{test_launcher, test_sandbox, test_sandboxes};
