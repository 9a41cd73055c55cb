//! Landlock: what may be read and written, by path; TCP; signals and abstract sockets out of the room.
//!
//! The rights are those of one chosen version of the interface, required as a whole: a kernel that can do less refuses,
//! and never does less in silence.

use std::io;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};
use rustix::io::Errno;

use super::{Confinement, DEVICES, PROGRAMS, WRITABLE};
use crate::sandbox::refusal::Refusal;

const DOING: &str = "restrict the process by Landlock";

/// Restricts this process, and what it starts, for good.
pub(super) fn restrict(confinement: &Confinement, version: u8) -> Result<(), Refusal> {
    let abi = ABI::from(i32::from(version));
    let all = AccessFs::from_all(abi);
    let mut ruleset =
        Ruleset::default().set_compatibility(CompatLevel::HardRequirement).handle_access(all).map_err(refusal)?;
    if version >= 4 {
        // No rule follows: no TCP port is bound, no connection opened.
        ruleset = ruleset.handle_access(AccessNet::from_all(abi)).map_err(refusal)?;
    }
    if version >= 6 {
        ruleset = ruleset.scope(Scope::from_all(abi)).map_err(refusal)?;
    }
    let mut rules = Rules { ruleset: ruleset.create().map_err(refusal)?, all };
    let read = AccessFs::from_read(abi);
    for folder in confinement.readable().chain([confinement.room.join(PROGRAMS)]) {
        rules.add(&folder, read)?;
    }
    for part in WRITABLE {
        rules.add(&confinement.room.join(part), all)?;
    }
    for device in DEVICES {
        rules.add(&Path::new("/dev").join(device), all)?;
    }
    // A pseudo-terminal is opened by the first, and lies in the second.
    for path in ["/dev/ptmx", "/dev/pts"] {
        rules.add(Path::new(path), all)?;
    }
    if confinement.mechanisms.namespaces {
        // Nobody else's there.
        rules.add(Path::new("/dev/shm"), all)?;
    }
    let status = rules.ruleset.restrict_self().map_err(refusal)?;
    if status.ruleset == RulesetStatus::FullyEnforced { Ok(()) } else { Err(refusal(Errno::OPNOTSUPP)) }
}

struct Rules {
    ruleset: RulesetCreated,
    all: BitFlags<AccessFs>,
}

impl Rules {
    /// Allows `access` at and below `path`, if it is there to be reached.
    fn add(&mut self, path: &Path, access: BitFlags<AccessFs>) -> Result<(), Refusal> {
        let Ok(opened) = PathFd::new(path) else { return Ok(()) };
        let Ok(found) = path.metadata() else { return Ok(()) };
        // On what is no folder only these mean anything, and others are refused.
        let access = if found.is_dir() { access } else { access & self.of_files() };
        (&mut self.ruleset).add_rule(PathBeneath::new(opened, access)).map_err(refusal)?;
        Ok(())
    }

    fn of_files(&self) -> BitFlags<AccessFs> {
        let rights =
            AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Execute | AccessFs::Truncate | AccessFs::IoctlDev;
        rights & self.all
    }
}

/// The library's errors name rights, not numbers; what matters here is that it did not work.
fn refusal(error: impl std::error::Error) -> Refusal {
    let mut source: Option<&dyn std::error::Error> = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Refusal::of(DOING)(io::Error::from_raw_os_error(error.raw_os_error().unwrap_or_default()));
        }
        source = error.source();
    }
    Refusal::of(DOING)(Errno::OPNOTSUPP)
}
