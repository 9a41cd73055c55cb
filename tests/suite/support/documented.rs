//! Documents held against the schema that describes them.

use std::sync::LazyLock;

use serde_json::Value;

static OWN: LazyLock<jsonschema::Validator> =
    LazyLock::new(|| schema(include_str!("../../../src/report/report.schema.json")));

/// Demands that a document of ours is as its schema says, and has no field that is not in it.
#[track_caller]
pub(crate) fn documented(document: &Value) {
    holds(&OWN, document);
}

/// Demands that a document is as `schema` says.
#[track_caller]
pub(crate) fn holds(schema: &jsonschema::Validator, document: &Value) {
    let wrong: Vec<String> =
        schema.iter_errors(document).map(|error| format!("{}: {error:#}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{}\n{document:#}", wrong.join("\n"));
}

/// The schema that is written in `text`.
pub(crate) fn schema(text: &str) -> jsonschema::Validator {
    // Of a field that we do not write, the schema has a pattern that is no regular expression in ECMA's strict grammar.
    let text = text.replace(r#""pattern": "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$""#, r#""minLength": 0"#);
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}
