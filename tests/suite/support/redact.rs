//! What differs from run to run and machine to machine, replaced by names. Line breaks stay where they are.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

static TIMES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\(\d+(\.\d+)? m?s\)").expect("a pattern"));
static ROOMS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"proofbook-\d+-[A-Za-z0-9]{10}").expect("a pattern"));
/// Which layers a machine can enforce is its own; what they hold back is asserted where it matters.
static LAYERS: LazyLock<Regex> = LazyLock::new(|| Regex::new("(?m)^sandbox: .*$").expect("a pattern"));
static VERSIONS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(SQLite|proofbook) \d+\.\d+\.\d+").expect("a pattern"));

/// `text` of a run on the project at `root`, redacted.
pub(super) fn redact(text: &str, root: &Path) -> String {
    let text = text.replace(&root.display().to_string(), "[ROOT]");
    let text = match root.parent() {
        Some(beside) => text.replace(&beside.display().to_string(), "[BESIDE]"),
        None => text,
    };
    let text = TIMES.replace_all(&text, "([TIME])");
    let text = ROOMS.replace_all(&text, "[ROOM]");
    VERSIONS.replace_all(&text, "$1 [VERSION]").into_owned()
}

/// `text` without what the machine's sandbox is made of, for comparing a report as a whole.
pub(crate) fn without_layers(text: &str) -> String {
    LAYERS.replace_all(text, "sandbox: [LAYERS]").into_owned()
}

/// What a published page says about its proof, as a reader reads it; empty if it has nothing to prove.
pub(crate) fn proof_of(page: &str) -> String {
    static TAGS: LazyLock<Regex> = LazyLock::new(|| Regex::new("<[^>]*>").expect("a pattern"));
    static WHEN: LazyLock<Regex> = LazyLock::new(|| Regex::new("<time [^>]*>[^<]*</time>").expect("a pattern"));
    let Some((_, rest)) = page.split_once("<section class=\"proof") else { return String::new() };
    let section = rest.split_once('>').map_or("", |(_, rest)| rest).split("</section>").next().unwrap_or_default();
    let section = WHEN.replace_all(section, "[TIME]");
    let lines = section.lines().map(|line| TAGS.replace_all(line, "").trim().to_owned());
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    VERSIONS.replace_all(&text, "$1 [VERSION]").into_owned()
}

/// Replaces what differs from run to run in a recorded or reported page, but not its key's being there.
pub(crate) fn redact_record(record: &mut Value) {
    match record {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match name.as_str() {
                    "milliseconds" | "recorded" => *value = json!("[TIME]"),
                    "engine_version" if value.is_string() => *value = json!("[VERSION]"),
                    "proofbook" => *value = json!("[VERSION]"),
                    "key" => *value = json!("[KEY]"),
                    _ => redact_record(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(redact_record),
        _ => {}
    }
}
