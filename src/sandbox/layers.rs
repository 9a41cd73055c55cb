//! What a room really holds back, said in one line.

use std::fmt;

/// One kind of accident a room may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Nothing of the caller's environment, home or credentials is handed in.
    Environment,
    /// Files outside the room cannot be written, and outside the system's own folders not read.
    Files,
    /// Connections to other machines and services cannot be opened.
    Net,
    /// Every process of the room is ended with it, `setsid` or not.
    Processes,
    /// The UNIX sockets of other programs on this machine cannot be reached.
    Sockets,
}

impl Layer {
    /// All of them, in the order they are named in.
    pub const ALL: [Self; 5] = [Self::Environment, Self::Files, Self::Net, Self::Processes, Self::Sockets];

    /// Its name in reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Files => "files",
            Self::Net => "net",
            Self::Processes => "processes",
            Self::Sockets => "sockets",
        }
    }

    /// The layer of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.name() == name)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which layers hold on this machine. Every report prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Layers {
    /// [`Layer::Environment`].
    pub environment: bool,
    /// [`Layer::Files`].
    pub files: bool,
    /// [`Layer::Net`].
    pub net: bool,
    /// [`Layer::Processes`].
    pub processes: bool,
    /// [`Layer::Sockets`].
    pub sockets: bool,
}

impl Layers {
    /// What holds where nothing but Proofbook's own care does.
    pub fn least() -> Self {
        Self { environment: true, files: false, net: false, processes: false, sockets: false }
    }

    /// Whether `layer` holds.
    pub fn holds(&self, layer: Layer) -> bool {
        match layer {
            Layer::Environment => self.environment,
            Layer::Files => self.files,
            Layer::Net => self.net,
            Layer::Processes => self.processes,
            Layer::Sockets => self.sockets,
        }
    }

    /// Those of `required` that do not hold.
    pub fn missing(&self, required: &[Layer]) -> Vec<Layer> {
        Layer::ALL.into_iter().filter(|layer| required.contains(layer) && !self.holds(*layer)).collect()
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |layers: Vec<Layer>| layers.into_iter().map(Layer::name).collect::<Vec<_>>().join(", ");
        let missing = self.missing(&Layer::ALL);
        let held = names(Layer::ALL.into_iter().filter(|layer| self.holds(*layer)).collect());
        write!(f, "sandbox: {}", if held.is_empty() { "nothing" } else { &held })?;
        let open = names(missing.iter().copied().filter(|layer| *layer != Layer::Sockets).collect());
        if !open.is_empty() {
            write!(f, "; {open} not contained")?;
        }
        // Said in words of its own: what is open here is reached only by a snippet that knows such a socket's path.
        if missing.contains(&Layer::Sockets) {
            f.write_str("; host sockets reachable")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_held_back_and_what_is_not() {
        let all = Layers { environment: true, files: true, net: true, processes: true, sockets: true };
        assert_eq!(all.to_string(), "sandbox: environment, files, net, processes, sockets");
        let usual = Layers { sockets: false, ..all };
        assert_eq!(usual.to_string(), "sandbox: environment, files, net, processes; host sockets reachable");
        let old = Layers { files: false, net: false, ..usual };
        let line = "sandbox: environment, processes; files, net not contained; host sockets reachable";
        assert_eq!(old.to_string(), line);
        let mac = Layers::least();
        let line = "sandbox: environment; files, net, processes not contained; host sockets reachable";
        assert_eq!(mac.to_string(), line);
    }

    #[test]
    fn a_required_layer_that_does_not_hold_is_missing() {
        let names = |names: &[&str]| names.iter().map(|name| Layer::parse(name).unwrap()).collect::<Vec<_>>();
        let usual = Layers { environment: true, processes: true, ..Layers::least() };
        assert_eq!(usual.missing(&names(&["processes", "environment"])), []);
        assert_eq!(usual.missing(&names(&["sockets", "files", "processes"])), [Layer::Files, Layer::Sockets]);
        assert_eq!(Layer::parse("network"), None);
    }
}
