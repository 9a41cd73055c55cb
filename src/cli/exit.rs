//! The exit status, decided in one place.

use std::process::ExitCode;

/// How a command ended. Several at once are told by `Interrupted`, else by the first of `Usage`, `Documents`, `Environment`, `NothingRan`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Everything is fine: 0.
    Fine,
    /// The documents are wrong: 1.
    Documents,
    /// The command line or the configuration file is wrong: 2.
    Usage,
    /// The environment is wrong: 3.
    Environment,
    /// A whole selection that could have run did not: 4.
    NothingRan,
    /// Somebody pressed Ctrl-C: 130, as shells have it (128 and the number of SIGINT).
    Interrupted,
}

impl Exit {
    /// The number.
    pub(super) fn status(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Documents => 1,
            Self::Usage => 2,
            Self::Environment => 3,
            Self::NothingRan => 4,
            Self::Interrupted => 130,
        }
    }

    /// The one of two that is told.
    pub(super) fn and(self, other: Self) -> Self {
        let order = [Self::Interrupted, Self::Usage, Self::Documents, Self::Environment, Self::NothingRan];
        order.into_iter().find(|exit| *exit == self || *exit == other).unwrap_or(Self::Fine)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_two_one_three_four_is_told() {
        assert_eq!(Exit::Fine.and(Exit::NothingRan), Exit::NothingRan);
        assert_eq!(Exit::Environment.and(Exit::Documents), Exit::Documents);
        assert_eq!(Exit::Documents.and(Exit::Usage), Exit::Usage);
        assert_eq!(Exit::NothingRan.and(Exit::Environment), Exit::Environment);
        assert_eq!(Exit::Fine.and(Exit::Fine), Exit::Fine);
    }
}
