//! Times, spans of time and names as a reader says them.
//!
//! Must stay true: nothing here asks a clock; every time is UTC and says so.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::escape;
use super::view::TimeView;
use crate::config::Engine;

/// `31 January 2027`.
pub(crate) fn date(date: Date) -> TimeView {
    TimeView { words: date.strftime("%-d %B %Y").to_string(), iso: date.to_string() }
}

/// `20 June 2023, 12:32 UTC`.
pub(crate) fn time(time: DateTime) -> TimeView {
    TimeView {
        words: time.strftime("%-d %B %Y, %H:%M UTC").to_string(),
        iso: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

/// An RFC 3339 time, as `time` says it; a text that is none stays as it is.
pub(crate) fn recorded(text: &str) -> TimeView {
    match text.parse::<Timestamp>() {
        Ok(timestamp) => time(timestamp.to_zoned(TimeZone::UTC).datetime()),
        Err(_) => TimeView { words: text.to_owned(), iso: text.to_owned() },
    }
}

/// How long after `start` something happened: `11 minutes`, `2 days 3 hours`; `None` at the start itself.
pub(crate) fn after(start: DateTime, time: DateTime) -> Option<String> {
    let minutes = u64::try_from(time.duration_since(start).as_secs() / 60).ok()?;
    let parts = [(minutes / 1440, "day"), (minutes / 60 % 24, "hour"), (minutes % 60, "minute")];
    let words: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, unit)| counted(count, unit)).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// How long something took: `4 ms`, `1.2 s`, `2 min 5 s`.
pub(crate) fn took(milliseconds: u64) -> String {
    match milliseconds {
        0 => "under 1 ms".into(),
        1..1000 => format!("{milliseconds} ms"),
        1000..60_000 if milliseconds % 1000 < 100 => format!("{} s", milliseconds / 1000),
        1000..60_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        _ => format!("{} min {} s", milliseconds / 60_000, milliseconds % 60_000 / 1000),
    }
}

/// `text` in about as many characters as search engines show, cut between words.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 160;
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => {
            let cut = text[..end].rfind(' ').unwrap_or(end);
            format!("{} …", text[..cut].trim_end_matches([',', ';', ':', '.', ' ']))
        }
    }
}

/// `text` as it goes on after a colon.
pub(crate) fn uncapitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// `1 block`, `2 blocks`.
pub(crate) fn counted(count: u64, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The engine's name as its makers write it.
pub(crate) fn engine(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SQLite",
        Engine::Mariadb => "MariaDB",
        Engine::Postgres => "PostgreSQL",
    }
}

/// A text of ours or of an author as HTML: what stands between backticks is code.
pub(crate) fn marked_up(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd number of backticks pairs up to none: the text is shown as it is.
    if parts.len().is_multiple_of(2) {
        return escape::text(text);
    }
    let part = |(index, part): (usize, &&str)| {
        let escaped = escape::text(part);
        if index % 2 == 1 { format!("<code>{escaped}</code>") } else { escaped }
    };
    parts.iter().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_full() {
        let at = |text: &str| text.parse::<DateTime>().unwrap();
        assert_eq!(time(at("2023-06-20T12:32:00")).words, "20 June 2023, 12:32 UTC");
        assert_eq!(time(at("2023-06-20T12:32:00")).iso, "2023-06-20T12:32:00Z");
        assert_eq!(date("2027-01-05".parse().unwrap()).words, "5 January 2027");
        assert_eq!(recorded("2026-11-22T17:05:09.5Z").words, "22 November 2026, 17:05 UTC");
        assert_eq!(recorded("2026-11-22T18:05:09+01:00").words, "22 November 2026, 17:05 UTC");
        assert_eq!(recorded("yesterday").words, "yesterday");
        assert_eq!(after(at("2023-06-20T12:32:00"), at("2023-06-20T12:43:00")).as_deref(), Some("11 minutes"));
        assert_eq!(
            after(at("2023-06-20T23:00:00"), at("2023-06-22T00:01:00")).as_deref(),
            Some("1 day 1 hour 1 minute")
        );
        assert_eq!(after(at("2023-06-20T12:32:00"), at("2023-06-20T12:32:00")), None);
    }

    #[test]
    fn lengths_and_lists_are_short() {
        assert_eq!([0, 4, 1234, 30_000, 125_000].map(took), ["under 1 ms", "4 ms", "1.2 s", "30 s", "2 min 5 s"]);
        let words = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert_eq!(marked_up("needs `a<b`, not c"), "needs <code>a&lt;b</code>, not c");
        assert_eq!(marked_up("a ` b"), "a ` b");
        assert_eq!(shortened("a b"), "a b");
        assert_eq!(shortened(&"word, ".repeat(40)), format!("{}word …", "word, ".repeat(25)));
        assert_eq!([joined(&words[..1]), joined(&words[..2]), joined(&words)], ["a", "a and b", "a, b and c"]);
    }
}
