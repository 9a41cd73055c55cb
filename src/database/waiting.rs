//! Who holds the lock that a statement waits for, in words.

use crate::runbook::running::in_short;

/// A session with the page's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Session {
    /// That of the page's SQL snippets.
    Own,
    /// Another program's, by the name it gave itself.
    Other(Option<String>),
}

/// A session that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) session: Session,
    /// The last statement it ran, if it runs none now and that one is known.
    pub(super) last: Option<String>,
    /// The statement it runs now.
    pub(super) runs: Option<String>,
}

/// Who holds it, to be put behind `waiting for a lock on …`; empty if nobody is known to.
pub(super) fn held(holders: &[Holder]) -> String {
    let Some(first) = holders.first() else { return String::new() };
    let who = match &first.session {
        Session::Own => "the page's SQL connection".to_owned(),
        Session::Other(Some(name)) if !name.is_empty() => format!("`{}`, another program", name.replace('`', "'")),
        Session::Other(_) => "another program".into(),
    };
    let in_code = |text: &str| format!("`{}`", in_short(text));
    let what = match (&first.runs, &first.last) {
        (Some(runs), _) => format!(", which runs {}", in_code(runs)),
        (None, Some(last)) => format!(" in its open transaction, which last ran {}", in_code(last)),
        (None, None) => " in a transaction it has open".into(),
    };
    let more = match holders.len() - 1 {
        0 => String::new(),
        1 => " (and one other session)".into(),
        more => format!(" (and {more} other sessions)"),
    };
    format!(", held by {who}{what}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_named_with_what_it_did() {
        let holder = |session, last: Option<&str>, runs: Option<&str>| Holder {
            session,
            last: last.map(str::to_owned),
            runs: runs.map(str::to_owned),
        };
        let own = holder(Session::Own, Some("UPDATE a\n SET b = 1"), None);
        assert_eq!(
            held(std::slice::from_ref(&own)),
            ", held by the page's SQL connection in its open transaction, which last ran `UPDATE a SET b = 1`"
        );
        let psql = holder(Session::Other(Some("psql".into())), None, Some("SELECT pg_sleep(9)"));
        assert_eq!(
            held(&[psql, own]),
            ", held by `psql`, another program, which runs `SELECT pg_sleep(9)` (and one other session)"
        );
        let silent = holder(Session::Other(None), None, None);
        assert_eq!(held(&[silent]), ", held by another program in a transaction it has open");
        assert_eq!(held(&[]), "");
    }
}
