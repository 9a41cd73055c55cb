//! `proofbook serve`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::args::ServeArgs;
use super::exit::Exit;
use super::project::Project;
use super::{Here, changes, output, stop_on_signals};
use crate::diagnostic::{self, Diagnostic};
use crate::proof::Proofs;
use crate::render::{self, Input};
use crate::serve::{Build, BuildResult, Changed, Options, Problem, ServeEvent, Server};
use crate::site::Drafts;
use crate::source::{CONTENT, History, THEMES};
use crate::{cache, config, report};

pub(super) fn run(args: &ServeArgs, here: &Here) -> Exit {
    let root = here.root.clone();
    // A folder that is no project is told at once, not in a browser.
    if let Err(exit) = Project::load_or_say(&root, Drafts::Shown) {
        return exit;
    }
    let proof = cache::proof_path(&root);
    let options = Options {
        host: args.host.to_string(),
        port: args.port,
        watch: vec![root.join(CONTENT), root.join(THEMES), root.join(config::FILE_NAME), proof.clone()],
        ignore: vec![root.join(super::build::OUTPUT)],
    };
    let mut history = None;
    let build = move |_: &Changed| build(&root, &proof, &mut history);
    let server = match Server::start(options, build, show) {
        Ok(server) => server,
        Err(error) => {
            output::fail(&error.to_string(), error.hint().as_deref());
            return Exit::Environment;
        }
    };
    output::result(&format!("Preview at {}  (Ctrl-C ends it)\n", report::command(server.url())));
    if !args.host.is_loopback() {
        output::message(&report::warning(
            "the preview, drafts included, can be read by everybody who reaches this address",
        ));
    }
    if args.open {
        open(server.url());
    }
    server.wait(&stop_on_signals());
    Exit::Fine
}

/// Builds the site in memory, with everything that is wrong with it.
fn build(root: &Path, proof: &Path, history: &mut Option<History>) -> Build {
    let failed = |message: String| Build {
        files: None,
        problems: vec![Problem { message, place: String::new(), text: String::new() }],
    };
    let mut project = match Project::load(root, Drafts::Shown) {
        Ok(project) => project,
        Err(error) => return failed(format!("{error}; {}", error.hint())),
    };
    // The preview lies at the root of its own address, wherever the site will be published.
    project.site.config.base_url = None;
    let mut diagnostics = project.all_diagnostics();
    diagnostics.sort_by(Diagnostic::order);
    let problems: Vec<Problem> = diagnostics.iter().map(problem).collect();
    if diagnostic::has_errors(&diagnostics) {
        return Build { files: None, problems };
    }
    // A proof that cannot be read is told by `build` and `test`; the preview goes on without it.
    let text = cache::read_proof(proof).ok().flatten();
    let proofs = text.and_then(|text| Proofs::parse(&text).ok()).unwrap_or_default();
    let input = Input {
        site: &project.site,
        runbooks: &project.runbooks,
        proofs: &project.page_proofs(&proofs),
        changes: &changes::previewed(root, history),
        theme: &project.tree.theme,
    };
    match render::render(&input) {
        Ok(rendered) => Build { files: Some(rendered.files), problems },
        Err(error) => failed(format!("{error}; {}", error.hint)),
    }
}

fn problem(diagnostic: &Diagnostic) -> Problem {
    Problem {
        message: diagnostic.message.clone(),
        place: format!("{}:{}", diagnostic.place.file.path(), diagnostic.place.location()),
        text: report::diagnostic_plain(diagnostic),
    }
}

/// One line for each thing that happens.
fn show(event: ServeEvent) {
    match event {
        ServeEvent::Built { changed, result, problems, took } => {
            let what = match &changed {
                Changed::Start => "built".into(),
                Changed::Files(files) => changed_files(files),
            };
            let took = format!("({} ms)", took.as_millis());
            output::message(&match (result, problems) {
                (BuildResult::Failed, count) => {
                    let noun = if count == 1 { "problem" } else { "problems" };
                    report::warning(&format!("{what}: {count} {noun}, shown in the page {took}"))
                }
                (BuildResult::Same, _) => format!("{what}: nothing to show has changed {took}"),
                (BuildResult::New(files), _) => format!("{what}: {files} files {took}"),
            });
        }
        ServeEvent::Polling(why) => output::message(&report::warning(&format!(
            "the system does not report changes ({why}); files are looked at every second instead"
        ))),
    }
}

fn changed_files(files: &[PathBuf]) -> String {
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match files {
        [] => "changed".into(),
        [only] => name(only),
        [first, rest @ ..] => format!("{} and {} more", name(first), rest.len()),
    }
}

/// Asks the desktop to open an address; a machine without one is no error.
fn open(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started =
        Command::new(program).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if started.is_err() {
        output::message(&report::warning(&format!("`{program}` is not there to open a browser: open {url} yourself")));
    }
}
