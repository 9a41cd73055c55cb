//! What a room really holds back, said in one line.

use std::fmt;

/// Which kinds of accident the room contains on this machine. Every report prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Layers {
    /// Nothing of the caller's environment, home or credentials is handed in.
    pub environment: bool,
    /// Every process of the room is ended with it, `setsid` or not.
    pub processes: bool,
    /// Files outside the work folder cannot be written.
    pub files: bool,
    /// Connections to other machines and services cannot be opened.
    pub network: bool,
}

impl Layers {
    /// What is enforced here and now: promises only what this version does on this system.
    pub fn enforced() -> Self {
        // Without /proc a process that left the shell's group cannot be found again.
        Self { environment: true, processes: cfg!(target_os = "linux"), files: false, network: false }
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [
            ("environment", self.environment),
            ("processes", self.processes),
            ("files", self.files),
            ("network", self.network),
        ];
        let names = |wanted: bool| -> Vec<&str> {
            named.iter().filter(|(_, enforced)| *enforced == wanted).map(|(name, _)| *name).collect()
        };
        let (contained, open) = (names(true), names(false));
        let contained = if contained.is_empty() { "nothing".to_owned() } else { contained.join(", ") };
        write!(f, "sandbox: {contained}")?;
        match open.split_last() {
            None => Ok(()),
            Some((last, [])) => write!(f, "; {last} not contained"),
            Some((last, others)) => write!(f, "; {} and {last} not contained", others.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_held_back_and_what_is_not() {
        let all = Layers { environment: true, processes: true, files: true, network: true };
        assert_eq!(all.to_string(), "sandbox: environment, processes, files, network");
        let here = Layers { files: false, network: false, ..all };
        assert_eq!(here.to_string(), "sandbox: environment, processes; files and network not contained");
        let mac = Layers { processes: false, ..here };
        assert_eq!(mac.to_string(), "sandbox: environment; processes, files and network not contained");
    }
}
