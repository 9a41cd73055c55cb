//! What can be typed.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Engine;
use crate::diagnostic::nearest;
use crate::report::Denial;
use crate::runbook::{Filter, Shard};
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
    /// List pages and snippets, which of them run, and what is proved
    List(ListArgs),
    /// Work with recorded proofs
    Proof(ProofArgs),
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Where to make it [default: here]
    #[arg(value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,

    /// The engine its pages run on
    #[arg(long, value_name = "ENGINE", value_enum, default_value_t = EngineArg::Sqlite)]
    pub(super) engine: EngineArg,
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
    pub(super) deny: DenyArgs,

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
    #[command(flatten)]
    pub(super) selection: SelectionArgs,

    /// Run on this engine instead of those the pages name; may be given several times
    #[arg(long, value_name = "ENGINE", value_enum)]
    pub(super) engine: Vec<EngineArg>,

    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,

    /// Write what came into the pages as what is expected, and show the difference; with =effects the counts of tables
    /// that `effect` names already, too. Never under CI=true
    #[arg(long, value_name = "WHAT", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "outputs")]
    pub(super) accept: Option<AcceptArg>,

    #[command(flatten)]
    pub(super) deny: DenyArgs,

    #[command(flatten)]
    pub(super) run: RunArgs,
}

/// What `--accept` rewrites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AcceptArg {
    /// `output` fences, and what transcripts show
    Outputs,
    /// Those, and the counts in `effect`
    Effects,
}

/// Which gaps in what is proved are errors.
#[derive(Debug, Args)]
pub(super) struct DenyArgs {
    /// Fail if there is something that is not proved although nothing failed; a comma list, or given several times
    #[arg(long, value_name = "WHAT", value_enum, value_delimiter = ',')]
    deny: Vec<Deny>,
}

impl DenyArgs {
    /// Each of them once.
    pub(super) fn denials(&self) -> Vec<Denial> {
        let mut denials = Vec::new();
        for deny in &self.deny {
            let denial = Denial::from(*deny);
            if !denials.contains(&denial) {
                denials.push(denial);
            }
        }
        denials
    }
}

/// Which pages are run.
#[derive(Debug, Args)]
pub(super) struct SelectionArgs {
    /// Pages or folders to run, as paths from here or below content/; with :LINE a page up to the snippet there
    /// [default: all]
    #[arg(value_name = "PATH[:LINE]")]
    pub(super) paths: Vec<PathBuf>,

    /// Run only pages with this path (a glob), kind, tag, owner, or snippet name: `kind=runbook,drill`, `path=do/**`,
    /// `tag!=slow`; of several, all must hold
    #[arg(long, value_name = "WHAT=VALUE", value_parser = Filter::parse)]
    pub(super) filter: Vec<Filter>,

    /// Run one part of the pages, such as 2/5: each page is always in the same part
    #[arg(long, value_name = "K/N", value_parser = Shard::parse)]
    pub(super) partition: Option<Shard>,

    /// Run what failed the last time, and nothing else
    #[arg(long)]
    pub(super) rerun_failed: bool,

    /// Begin no further page after one that failed
    #[arg(long)]
    pub(super) fail_fast: bool,
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

    /// Write a report for others: junit=FILE, json=FILE, sarif=FILE, or `github` for annotations and the job summary; may
    /// be given several times
    #[arg(long, value_name = "REPORT", value_delimiter = ',', value_parser = report)]
    pub(super) report: Vec<ReportArg>,
}

/// A report that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReportArg {
    /// Annotations on stdout, and the job summary.
    Github,
    /// A file.
    File(ReportFormat, PathBuf),
}

/// A format of reports that are files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReportFormat {
    /// JUnit XML.
    Junit,
    /// The document of `--format json`.
    Json,
    /// SARIF 2.1.0.
    Sarif,
}

fn report(text: &str) -> Result<ReportArg, String> {
    let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
    let format = match name {
        "github" => {
            let takes_none = "`github` takes no file: it writes to stdout and to the job's summary";
            return if file.is_none() { Ok(ReportArg::Github) } else { Err(takes_none.into()) };
        }
        "junit" => ReportFormat::Junit,
        "json" => ReportFormat::Json,
        "sarif" => ReportFormat::Sarif,
        _ => {
            return Err(match nearest(name, ["junit", "json", "sarif", "github"]) {
                Some(near) => format!("no kind of report; did you mean `{near}`?"),
                None => "no kind of report; there are junit=FILE, json=FILE, sarif=FILE, github".into(),
            });
        }
    };
    match file {
        None | Some("") => Err(format!("it does not say where to; write `{name}=FILE`")),
        // Others read it as stdout, where the result is; a file of that name is nothing anybody wants.
        Some("-") => Err(format!("`-` is no file; write `{name}=FILE`, or `--format json` for JSON on stdout")),
        Some(file) => Ok(ReportArg::File(format, file.into())),
    }
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
    /// Write what needs no decision: new addresses into published.txt, and where a page has evidently moved its old
    /// address into its `aliases`. Never under CI=true
    #[arg(long)]
    pub(super) fix: bool,

    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(super) struct ListArgs {
    /// Say of each snippet whether it is proved, on which engines, and why not
    #[arg(long)]
    pub(super) coverage: bool,

    /// How the result is written; the JSON document holds the coverage, too
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,

    #[command(flatten)]
    pub(super) deny: DenyArgs,
}

#[derive(Debug, Args)]
pub(super) struct ProofArgs {
    /// What to do with proofs.
    #[command(subcommand)]
    pub(super) command: ProofCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ProofCommand {
    /// Join the proofs of runs that were shared out, by pages or by engines
    Merge(MergeArgs),
}

#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(super) struct MergeArgs {
    /// The proofs, as runs recorded them in .proofbook/proof.json
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,

    /// Where the joined proof is written; what is there takes part only if it is named as a FILE, too
    /// [default: .proofbook/proof.json in the project]
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

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
    /// Snippets that were left out: by their author, or because a program, an engine or a case was not there
    Skipped,
    /// Pages of the site that are not proved as they stand, whatever was run now
    Stale,
}

impl From<Deny> for Denial {
    fn from(deny: Deny) -> Self {
        match deny {
            Deny::Unasserted => Self::Unasserted,
            Deny::Skipped => Self::Skipped,
            Deny::Stale => Self::Stale,
        }
    }
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
