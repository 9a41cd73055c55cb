//! SARIF 2.1.0, as code scanning reads it: a result for each thing that is wrong, known again from run to run.
//!
//! Must stay true: it is valid against the schema of OASIS; a result keeps its fingerprint when lines move; paths are
//! those of the repository.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::account::Account;
use super::finding::{Finding, findings};
use crate::address;
use crate::diagnostic::Severity;

/// The root that paths are relative to; where it is, whoever reads the report knows.
const ROOT: &str = "%SRCROOT%";

/// The report of a run; `prefix` leads from the repository's root to the project, `""` or `docs/`.
pub fn sarif(account: &Account<'_>, prefix: &str) -> String {
    let found = findings(account);
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for finding in &found {
        rules.entry(&finding.rule).or_insert_with(|| rule(finding));
    }
    let indexes: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(index, id)| (*id, index)).collect();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let results: Vec<Value> = found
        .iter()
        .map(|finding| {
            let count = seen.entry(&finding.identity).or_insert(0);
            *count += 1;
            result(finding, indexes.get(finding.rule.as_str()).copied().unwrap_or_default(), *count, prefix)
        })
        .collect();
    let notifications: Vec<Value> = account
        .notices
        .iter()
        .map(|notice| {
            let hint = notice.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
            json!({"level": "error", "message": {"text": message(&format!("{}{hint}", notice.message))}})
        })
        .collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Proofbook",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().collect::<Vec<_>>(),
            }},
            "invocations": [{
                "exitCode": account.exit_status,
                // 0 and 1: the run came to its end, and its results are all there are.
                "executionSuccessful": account.exit_status <= 1,
                "toolExecutionNotifications": notifications,
            }],
            "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn rule(finding: &Finding) -> Value {
    json!({
        "id": finding.rule,
        "shortDescription": {"text": message(&finding.what)},
        "help": {"text": message(&finding.help)},
        "defaultConfiguration": {"level": level(finding)},
    })
}

fn result(finding: &Finding, rule_index: usize, count: usize, prefix: &str) -> Value {
    let told = match &finding.hint {
        Some(hint) => format!("{}\n{hint}", finding.message),
        None => finding.message.clone(),
    };
    let told = match finding.snippet {
        Some(_) => format!("{}: {told}", finding.title),
        None => told,
    };
    let artifact = json!({"uri": uri(&format!("{prefix}{}", finding.file)), "uriBaseId": ROOT});
    let mut region = json!({"startLine": finding.line, "startColumn": finding.column});
    if finding.end_line > finding.line {
        region["endLine"] = json!(finding.end_line);
    }
    let fingerprint = format!("{}:{count}", hash(&format!("{prefix}{}", finding.identity)));
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": level(finding),
        "message": {"text": message(&told)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
        // The second is the name GitHub looks for; without it, it would take two engines at one line for one result.
        "partialFingerprints": {"proofbook/v1": fingerprint, "primaryLocationLineHash": fingerprint},
        "properties": {"report": finding.text},
    });
    if let Some(subject) = &finding.snippet {
        result["relatedLocations"] = json!([{
            "id": 0,
            "message": {"text": message(&format!("the snippet `{}`", subject.id))},
            "physicalLocation": {
                "artifactLocation": artifact,
                "region": {"startLine": subject.line, "endLine": subject.end_line},
            },
        }]);
        result["properties"]["case"] = json!(subject.case);
        if let Some(engine) = subject.engine {
            result["properties"]["engine"] = json!(engine);
        }
    }
    result
}

fn level(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// `text` as a message: braces would be places for arguments, `[x](y)` a link (SARIF 3.11.5 and 3.11.6).
fn message(text: &str) -> String {
    let text = text.replace('{', "{{").replace('}', "}}");
    if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text }
}

/// A path as a relative URI: everything but letters, digits, `-._~` and `/` escaped.
fn uri(path: &str) -> String {
    address::path(path.as_bytes())
}

/// The first half of a SHA-256: short enough to read, long enough never to meet another.
fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_no_placeholders_and_no_links() {
        assert_eq!(message("awk '{print $1}' {0}"), "awk '{{print $1}}' {{0}}");
        assert_eq!(message("see [the page](x.md)"), "see \\[the page\\](x.md)");
        assert_eq!(message("a[0] = `x`"), "a[0] = `x`");
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("docs/content/a b,c: é%.md"), "docs/content/a%20b%2Cc%3A%20%C3%A9%25.md");
    }
}
