//! Parameters in a file that a page writes: `{{name}}`, escaped for the file's format.

use std::collections::BTreeMap;

use super::value::Value;
use crate::runbook::snippet::FileFormat;
use crate::span::Span;

/// A file's text with its parameters filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledFile {
    /// The text.
    pub text: String,
    /// Where each value stands in it, with the parameter's name.
    pub places: Vec<(Span, String)>,
}

/// Fills in `{{name}}` for each name of `values`, escaped for `format`; other braces stay.
///
/// One pass, so that a value that holds `{{name}}` itself stays as it is.
pub fn fill_file(text: &str, format: FileFormat, values: &BTreeMap<String, Value>) -> FilledFile {
    let mut filled = FilledFile { text: String::with_capacity(text.len()), places: Vec::new() };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.text.push_str(before);
        let named = after.split_once("}}").and_then(|(name, after)| Some((name, values.get(name)?, after)));
        match named {
            Some((name, value, after)) => {
                let start = filled.text.len();
                filled.text.push_str(&match format {
                    FileFormat::Xml => xml_text(value.as_str()),
                    FileFormat::Json => json_text(value.as_str()),
                });
                filled.places.push((Span::new(start, filled.text.len()), name.to_owned()));
                rest = after;
            }
            None => {
                filled.text.push_str("{{");
                rest = after;
            }
        }
    }
    filled.text.push_str(rest);
    filled
}

/// Escapes for character data and both kinds of attribute (XML 1.0, sections 2.3 and 2.4).
fn xml_text(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}

/// Escapes for the inside of a JSON string (RFC 8259, section 7).
fn json_text(value: &str) -> String {
    let quoted = serde_json::to_string(value).unwrap_or_default();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_arrives_as_that_value_whatever_it_holds() {
        let hostile = "a<b> & \"c\" 'd' {{name}} \\ \n";
        let values = BTreeMap::from([("name".to_owned(), Value::text(hostile).unwrap())]);
        let xml = fill_file("<x y=\"{{name}}\">{{other}} {{ name }}</x>", FileFormat::Xml, &values);
        assert_eq!(
            xml.text,
            "<x y=\"a&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos; {{name}} \\ \n\">{{other}} {{ name }}</x>"
        );
        let (span, name) = &xml.places[0];
        assert_eq!((&xml.text[span.start..span.start + 5], name.as_str()), ("a&lt;", "name"));
        let json = fill_file("{\"x\": \"{{name}}\"}", FileFormat::Json, &values);
        let read: serde_json::Value = serde_json::from_str(&json.text).unwrap();
        assert_eq!(read["x"], hostile);
    }
}
