//! Expected output: what a page says a snippet prints, and whether it did.
//!
//! Takes the text of an `output` fence and what came, gives equality or a difference a person can read. Must stay
//! true: values are compared, never borders or widths; an expectation that anything would satisfy is refused.

mod cell;
mod rewritten;
mod table;
mod text;

use std::collections::BTreeMap;

pub use cell::{Cell, ResultSet};
pub use rewritten::{rewritten_tables, rewritten_text};
pub use table::{CellDifference, ExpectedTable, TableDifference, TableSyntax, draw, parse_tables};
pub(crate) use text::is_vacuous;
pub use text::{Form, TextPattern, TextSyntax};

/// The parameters' values as text, by name: what `<name>` stands for in an expectation.
pub type Values = BTreeMap<String, String>;

/// `text` with each `<name>` of a known parameter replaced by `form` of its value; `None` if there is none.
fn fill(text: &str, values: &Values, form: impl Fn(&str) -> String) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    let mut any = false;
    while let Some(open) = rest.find('<') {
        let after = &rest[open + 1..];
        // A name ends at the first character it cannot have: no `>` is looked for further on.
        let close = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
        let value = after[close..].starts_with('>').then(|| values.get(&after[..close])).flatten();
        let value = value.map(|value| (close, value));
        filled.push_str(&rest[..open]);
        match value {
            Some((close, value)) => {
                filled.push_str(&form(value));
                rest = &after[close + 1..];
                any = true;
            }
            None => {
                filled.push('<');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    any.then_some(filled)
}
