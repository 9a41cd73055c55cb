//! What others wrote, made fit for a terminal: a page and what its snippets print can hold anything.
//!
//! Must stay true: no character of theirs moves the cursor, hides text, turns its direction or rings a bell, and no line
//! is endless. Colours stay: what passes for one of ours does no more than one of ours.

use super::paint::STYLES;

/// The most characters of a line that are shown.
const MOST_CHARACTERS: usize = 1000;

/// `text` with every control character as its picture, and long lines cut.
pub(super) fn visible(text: &str) -> String {
    let ours: Vec<String> = STYLES.iter().flat_map(|style| [format!("{style}"), format!("{style:#}")]).collect();
    text.split_inclusive('\n').map(|line| visible_line(line, &ours)).collect()
}

fn visible_line(line: &str, ours: &[String]) -> String {
    let mut shown = String::with_capacity(line.len().min(2 * MOST_CHARACTERS));
    let mut count = 0;
    let mut cut = 0;
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        // Also behind the cut, so that no colour runs on.
        if character == '\x1b'
            && let Some(style) = ours.iter().find(|style| rest.starts_with(style.as_str()))
        {
            shown.push_str(style);
            rest = &rest[style.len()..];
            continue;
        }
        rest = &rest[character.len_utf8()..];
        if character == '\n' {
            break;
        }
        count += 1;
        if count > MOST_CHARACTERS {
            cut += 1;
        } else {
            shown.push(picture(character));
        }
    }
    if cut > 0 {
        shown.push_str(&format!(" … and {cut} more characters"));
    }
    if line.ends_with('\n') {
        shown.push('\n');
    }
    shown
}

/// The character, or what stands for it.
fn picture(character: char) -> char {
    match character {
        '\t' => '\t',
        '\u{7f}' => '\u{2421}',
        // They have pictures in the same order.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER),
        // The other control characters, and those that turn the direction of what follows.
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::paint::{ADDED, paint};

    #[test]
    fn control_characters_are_pictures() {
        assert_eq!(visible("a\0b\u{7}\r\n\tc\x1b]0;title\u{7}\u{9b}2J\u{7f}\n"), "a␀b␇␍\n\tc␛]0;title␇\u{fffd}2J␡\n");
        assert_eq!(visible("user\u{202e}txt.exe"), "user\u{fffd}txt.exe");
        assert_eq!(visible("é 𝛑 …\n\n"), "é 𝛑 …\n\n");
    }

    #[test]
    fn our_colours_stay_and_end() {
        let ours = paint(ADDED, "+ x");
        assert_eq!(visible(&ours), ours);
        let long = visible(&paint(ADDED, &"x".repeat(1500)));
        assert!(long.starts_with(&format!("{ADDED}xxx")) && long.contains(&format!("{ADDED:#}")), "{long:?}");
        assert_eq!(visible("\x1b[8mhidden\x1b[2J\n"), "␛[8mhidden␛[2J\n");
    }

    #[test]
    fn long_lines_are_cut_and_say_so() {
        let shown = visible(&format!("{}\nshort\n", "é".repeat(1_000_000)));
        assert_eq!(shown, format!("{} … and 999000 more characters\nshort\n", "é".repeat(1000)));
        assert_eq!(visible(&"x".repeat(1000)), "x".repeat(1000));
    }
}
