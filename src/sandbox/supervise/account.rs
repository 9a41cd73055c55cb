//! An account that is not root, for programs that refuse to run as root.
//!
//! With namespaces it is only a number: whoever runs Proofbook has it in there, and owns what is made under it. Without,
//! the program becomes that account before anything is taken from it, and gets those parts of the room that are to be
//! its own; the room's own folder can then be passed through, but not read, by others.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use walkdir::WalkDir;

use crate::sandbox::order::AsUser;
use crate::sandbox::raw;
use crate::sandbox::refusal::Refusal;

/// Accounts that are there on most systems and own nothing that matters, best first.
const NAMES: [&str; 2] = ["postgres", "nobody"];

/// What the last of them has on most systems.
const NOBODY: Account = Account { user: 65534, group: 65534 };

/// The numbers of a user and its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Account {
    /// One that is not root. It has a name, as a rule: some programs ask for theirs.
    pub(super) fn not_root() -> Self {
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        NAMES.iter().find_map(|name| Self::named(&accounts, name)).unwrap_or(NOBODY)
    }

    /// The account `name` of a list like `/etc/passwd`, if it is there and neither its user nor its group is root's.
    fn named(accounts: &str, name: &str) -> Option<Self> {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map(|number| number.parse().ok());
        let account = Self { user: numbers.next()??, group: numbers.next()?? };
        (account.user != 0 && account.group != 0).then_some(account)
    }

    /// Gives the account its parts of `room`, and becomes it.
    pub(super) fn take_over(self, as_user: &AsUser, room: &Path) -> Result<(), Refusal> {
        let owns = match as_user {
            AsUser::Same => return Ok(()),
            AsUser::NotRoot { owns } => owns,
        };
        fs::set_permissions(room, fs::Permissions::from_mode(0o711))
            .map_err(Refusal::at("let a server's account pass through", room))?;
        for part in owns {
            for found in WalkDir::new(part).follow_links(false) {
                let found = found.map_err(Refusal::at("look into", part))?;
                // What a link leads to is not given away.
                std::os::unix::fs::lchown(found.path(), Some(self.user), Some(self.group))
                    .map_err(Refusal::at("give to a server's account", found.path()))?;
            }
        }
        raw::become_user(self.user, self.group).map_err(Refusal::of("become a server's account"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name_and_is_never_root() {
        let accounts = "root:x:0:0::/:/bin/sh\npostgres2:x:7:8::/:\nnobody:x:65534:60001:nobody:/:/bin/false\n\
                        zero:x:0:7::/:\nwheel:x:7:0::/:\nbroken:x:y:1::/:\nshort:x:1\n";
        assert_eq!(Account::named(accounts, "nobody"), Some(Account { user: 65534, group: 60001 }));
        for name in ["postgres", "root", "zero", "wheel", "broken", "short", ""] {
            assert_eq!(Account::named(accounts, name), None, "{name}");
        }
        assert_ne!(Account::not_root().user, 0);
    }
}
