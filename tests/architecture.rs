//! The structure, held: which module may import which, which may touch the world, and what every file opens with.
//!
//! Reads the sources as text. It fails on an import that goes up, across siblings or in a circle, and on file, process,
//! socket, clock or environment access outside the modules named here.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The layers, lowest first. A module imports only from lower groups; the modules of one group never import each other.
const LAYERS: &[&[&str]] = &[
    // 0: vocabulary. `diagnostic` places its messages in files, so `span` and `path` lie below it; `address` is beside them.
    &["span", "path", "address"],
    &["diagnostic"],
    // 1: input.
    &["config"],
    &["source", "cache"],
    // 2: what a page says.
    &["document", "expect"],
    // 3: two models.
    &["site", "runbook"],
    // 4a: where programs run, 4b: producers, 4c: the runner over three of them.
    &["sandbox"],
    &["render", "database", "shell"],
    &["runner"],
    // 5: sinks.
    &["publish", "rewrite", "scaffold", "proof", "report"],
    // 6 and 7: entry.
    &["serve"],
    &["cli"],
];

/// Pairs that the layers would allow and the design does not.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("document", "source", "a page is read from a value, not from the disk"),
    ("render", "source", "pages are made in memory"),
    ("runner", "source", "what runs is handed in"),
    ("runner", "render", "a run knows nothing of pages"),
    ("report", "runner", "reports are made from outcomes"),
    ("report", "render", "reports are made from outcomes"),
    ("proof", "runner", "proofs are made from outcomes"),
    ("serve", "runner", "the preview runs nothing"),
    ("serve", "shell", "the preview runs nothing"),
    ("serve", "database", "the preview runs nothing"),
];

/// What touches the world, and the only modules (or files) that may.
const WORLD: &[(&str, &[&str], &[&str])] = &[
    (
        "files",
        &[
            "std::fs",
            "fs::read",
            "fs::write",
            "File::open",
            "File::create",
            "OpenOptions",
            "tempfile::",
            "rustix::fs",
            "walkdir",
        ],
        &[
            "source",
            "cache",
            "database",
            "shell",
            "sandbox",
            "publish",
            "rewrite",
            "scaffold",
            "serve",
            "cli/report.rs",
        ],
    ),
    (
        "processes",
        &["std::process::Command", "process::{Command", "Command::new", "rustix::process"],
        &["source/history.rs", "shell", "sandbox", "publish", "cli/serve.rs"],
    ),
    (
        "sockets",
        &["std::net::Tcp", "net::{", "TcpListener", "TcpStream", "UdpSocket", "tiny_http", "rustix::net"],
        &["serve"],
    ),
    ("file watching", &["notify::"], &["serve"]),
    ("the wall clock", &["SystemTime", "Timestamp::now", "Zoned::now"], &["cli", "sandbox", "serve"]),
    ("the environment", &["std::env", "env::var", "env::temp_dir", "env::current_dir"], &["cli"]),
    (
        "the terminal",
        &["println!", "eprintln!", "print!(", "anstream::std", "stdout()", "stderr()", "indicatif"],
        &["cli"],
    ),
];

struct Source {
    /// The path below `src/`, such as `document/fence.rs`.
    path: String,
    /// The top-level module.
    module: String,
    /// The code, without comments, strings left in, and without test modules.
    code: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    let sources: Vec<Source> = files
        .into_iter()
        .map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            let module = path.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&file).unwrap();
            let is_test = path.ends_with("tests.rs") || path.contains("/tests/");
            let code = if is_test { String::new() } else { code_of(&text) };
            Source { path, module, code, text }
        })
        .collect();
    assert!(sources.len() > 50, "the sources were not found");
    sources
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The lines of code before an inline test module, without comment lines.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The top-level modules `code` names through `crate::`, groups in braces included.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => {
                found.insert(word(rest));
            }
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (index, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if c.is_whitespace() => {}
                        _ if start && depth == 0 => {
                            found.insert(word(&group[index..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found.remove("");
    found
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[test]
fn every_module_has_its_layer() {
    let modules: BTreeSet<String> = sources().into_iter().map(|source| source.module).collect();
    let known: BTreeSet<String> = LAYERS.iter().flat_map(|layer| layer.iter().map(|name| (*name).to_owned())).collect();
    let modules: BTreeSet<String> = modules.into_iter().filter(|name| name != "lib" && name != "main").collect();
    assert_eq!(modules, known, "the table of layers and the folder tree differ");
}

#[test]
fn imports_go_down_only() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.module != "lib" && source.module != "main") {
        let own = layer(&source.module).unwrap();
        for import in imports(&source.code).into_iter().filter(|import| *import != source.module) {
            let Some(other) = layer(&import) else {
                wrong.push(format!("src/{}: `crate::{import}` is no module", source.path));
                continue;
            };
            if other >= own {
                let how = if other == own { "its sibling" } else { "the higher" };
                wrong.push(format!("src/{}: `{}` imports {how} `{import}`", source.path, source.module));
            }
            if let Some((.., why)) = FORBIDDEN.iter().find(|(from, to, _)| *from == source.module && *to == import) {
                wrong.push(format!("src/{}: `{}` imports `{import}`: {why}", source.path, source.module));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_files_of_a_module_import_each_other_in_a_circle() {
    let mut wrong = Vec::new();
    let sources = sources();
    let modules: BTreeSet<&str> = sources.iter().map(|source| source.module.as_str()).collect();
    for module in modules {
        let files: Vec<&Source> =
            sources.iter().filter(|source| source.module == module && !source.code.is_empty()).collect();
        let names: BTreeMap<String, &Source> = files
            .iter()
            .filter_map(|source| {
                let inner = source.path.strip_prefix(&format!("{module}/"))?.strip_suffix(".rs")?;
                let name = inner.strip_suffix("/mod").unwrap_or(inner);
                (!name.contains('/') && name != "mod").then(|| (name.to_owned(), *source))
            })
            .collect();
        // `mod.rs` introduces its files, which may use what it defines: only files among themselves are looked at.
        let edges: BTreeMap<&str, BTreeSet<&str>> = names
            .iter()
            .map(|(name, source)| {
                let uses = names.keys().map(String::as_str).filter(|other| {
                    let named = ["super::", &format!("crate::{module}::")]
                        .iter()
                        .any(|prefix| source.code.contains(&format!("{prefix}{other}::")));
                    // `use super::{events, lock};` names the file in a group.
                    let grouped = source.code.contains(&format!(" {other}::"))
                        && source.code.split("use super::{").skip(1).any(|rest| {
                            let group = rest.split("};").next().unwrap_or_default();
                            group.split(',').any(|part| part.trim() == *other)
                        });
                    *other != name && (named || grouped)
                });
                (name.as_str(), uses.collect())
            })
            .collect();
        for start in edges.keys() {
            let mut reached = BTreeSet::new();
            let mut open: Vec<&str> = edges[start].iter().copied().collect();
            while let Some(next) = open.pop() {
                if reached.insert(next) {
                    open.extend(edges.get(next).into_iter().flatten().copied());
                }
            }
            if reached.contains(start) {
                wrong.push(format!("src/{module}/{start}.rs reaches itself through {reached:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_world_is_touched_at_the_named_doors_only() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.module != "main") {
        for (what, signs, doors) in WORLD {
            if doors.contains(&source.module.as_str()) || doors.contains(&source.path.as_str()) {
                continue;
            }
            for sign in signs.iter().filter(|sign| source.code.contains(**sign)) {
                wrong.push(format!("src/{}: `{sign}` touches {what}; only {} may", source.path, doors.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_opens_with_what_it_is() {
    let without: Vec<String> = sources()
        .into_iter()
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| format!("src/{}", source.path))
        .collect();
    assert!(without.is_empty(), "no module doc: {}", without.join(", "));
}

#[test]
fn words_to_avoid_are_in_no_file_name() {
    let avoided = ["manager", "handler", "helper", "util", "common", "data", "info", "item"];
    let wrong: Vec<String> = sources()
        .into_iter()
        .flat_map(|source| {
            let parts: Vec<String> =
                source.path.split('/').map(|part| part.trim_end_matches(".rs").to_owned()).collect();
            parts
                .into_iter()
                .filter(|part| avoided.contains(&part.as_str()))
                .map(move |_| source.path.clone())
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_scanner_sees_what_it_must() {
    let code = code_of(
        "//! doc crate::nothing\nuse crate::{a::{b, c}, d};\nuse crate::e::F;\n    // crate::comment\n#[cfg(test)]\nmod tests {\nuse crate::t;\n}\n",
    );
    let names: Vec<String> = imports(&code).into_iter().collect();
    assert_eq!(names, ["a", "d", "e"]);
}
