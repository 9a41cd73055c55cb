//! What to do about a name the engine does not know: the names there are.

use crate::diagnostic::nearest;

/// How many names are listed where none is near.
const MOST_NAMES: usize = 8;

/// The one of `names` that may be meant by `wanted`, else all of them after `list`, as in `the database has the tables`.
pub(super) fn one_of(wanted: &str, names: &[String], list: &str) -> String {
    if let Some(near) = near(wanted, names) {
        return near;
    }
    if names.is_empty() {
        return format!("{list}: none");
    }
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{list} {}{more}", shown.join(", "))
}

/// The one of `names` that may be meant by `wanted`, if one is near.
pub(super) fn near(wanted: &str, names: &[String]) -> Option<String> {
    nearest(wanted, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
}
