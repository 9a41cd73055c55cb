//! What can be typed.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Engine;
use crate::diagnostic::nearest;
use crate::sandbox::Layer;

const EXIT: &str = "\
Exit status:
    0  fine
    1  the documents are wrong: a snippet failed, a link is dead, a word or key is unknown
    2  the command line or proofbook.toml is wrong
    3  the environment is wrong: an engine or a program could not start
    4  nothing ran that could have run
  130  somebody pressed Ctrl-C";

/// Documentation whose runbooks are run: a static site generator that proves the shell and SQL snippets of its pages
/// against a throwaway database.
#[derive(Debug, Parser)]
#[command(name = "proofbook", version, after_help = EXIT, disable_help_subcommand = true)]
pub(super) struct Cli {
    /// The project's folder [default: the nearest one, from here up, with a proofbook.toml; else this one]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,

    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a small working site with a runbook
    Init(InitArgs),
    /// Render the site into public/
    Build(BuildArgs),
    /// Preview the site, reloading it on each save
    Serve(ServeArgs),
    /// Run the snippets of the pages against a throwaway database
    Test(TestArgs),
    /// Tell everything that can be told without running: links, anchors, front matter, snippet words, sections
    Check(CheckArgs),
    /// List pages and snippets, and which of them run
    List(ListArgs),
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Where to make it [default: here]
    #[arg(value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(super) struct BuildArgs {
    /// Where to publish; a folder there is replaced only if Proofbook made it [default: public in the project]
    #[arg(long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,

    /// Run every runbook first, and publish only if all pass
    #[arg(long)]
    pub(super) verify: bool,

    /// Show the results recorded in FILE [default: .proofbook/proof.json]
    #[arg(long, value_name = "FILE", conflicts_with = "verify")]
    pub(super) proof: Option<PathBuf>,

    #[command(flatten)]
    pub(super) run: RunArgs,
}

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = crate::serve::DEFAULT_PORT, value_name = "N")]
    pub(super) port: u16,

    /// The address to listen on; anything but a loopback address shows your drafts to the network
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub(super) host: IpAddr,

    /// Open the site in the browser
    #[arg(long)]
    pub(super) open: bool,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(super) struct TestArgs {
    /// Pages or folders to run, as paths from here or below content/ [default: all]
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Run on this engine instead of those the pages name; may be given several times
    #[arg(long, value_name = "ENGINE", value_enum)]
    pub(super) engine: Vec<EngineArg>,

    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,

    /// Fail if a step passed of which nothing is demanded
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(super) deny: Vec<Deny>,

    #[command(flatten)]
    pub(super) run: RunArgs,
}

/// How snippets are run.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// How many pages run at a time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,

    /// Leave each page's folder and database when it ends, and say how to open them
    #[arg(long)]
    pub(super) keep: bool,

    /// Fail if this machine cannot enforce these: environment, files, net, processes, sockets
    #[arg(long, value_name = "LAYERS", value_delimiter = ',', value_parser = layer)]
    pub(super) require_sandbox: Vec<Layer>,

    /// Under CI=true, skip what needs this program instead of failing; may be given several times
    #[arg(long, value_name = "PROGRAM")]
    pub(super) allow_missing: Vec<String>,
}

fn layer(text: &str) -> Result<Layer, String> {
    let names = || Layer::ALL.map(Layer::name);
    Layer::parse(text).ok_or_else(|| match nearest(text, names()) {
        Some(near) => format!("no layer of the sandbox; did you mean `{near}`?"),
        None => format!("no layer of the sandbox; there are {}", names().join(", ")),
    })
}

#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(super) struct CheckArgs {
    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// One JSON document on stdout
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Deny {
    /// Steps of which nothing is demanded
    Unasserted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineArg {
    /// Embedded, the default
    Sqlite,
    /// A server of each page's own, from the installed programs
    Mariadb,
    /// A server of each page's own, from the installed programs
    Postgres,
}

impl From<EngineArg> for Engine {
    fn from(engine: EngineArg) -> Self {
        match engine {
            EngineArg::Sqlite => Self::Sqlite,
            EngineArg::Mariadb => Self::Mariadb,
            EngineArg::Postgres => Self::Postgres,
        }
    }
}
