//! The table `[colors]`: the theme's named colours, and whether they can be read.
//!
//! Takes its entries, gives the colours in both schemes. The names and what they are unless configured are those of the
//! theme's style sheet (a test holds the two together). Must stay true: a configured colour whose contrast is too low on a
//! ground it stands on is an error with the ratio and a colour that would do; what is not configured stays as it is.

use std::sync::Arc;

use super::contrast::{self, Rgb};
use super::fields::Fields;
use super::tree::{Node, Table, Value};
use crate::diagnostic::{Diagnostic, Place};
use crate::span::{SourceFile, Span};

/// Where a colour stands, which decides what it must stand out from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Behind text.
    Ground,
    /// Text on any ground.
    Text,
    /// Text of code, which stands on two of the grounds.
    Code,
    /// A line that means something.
    Line,
    /// A line that only adorns.
    Hairline,
}

/// Every colour: its name, its light and its dark value, its use.
const PALETTE: [(&str, [&str; 2], Use); 18] = [
    ("ground", ["#ffffff", "#15181d"], Use::Ground),
    ("ground-soft", ["#f5f6f8", "#1c2027"], Use::Ground),
    ("ground-accent", ["#edf3fc", "#1b2839"], Use::Ground),
    ("line", ["#e0e4ea", "#2c323c"], Use::Hairline),
    ("line-strong", ["#8b93a1", "#6d7685"], Use::Line),
    ("text", ["#1c2026", "#dde1e7"], Use::Text),
    ("text-soft", ["#565e6b", "#9fa8b5"], Use::Text),
    ("accent", ["#1a5cb4", "#8ab6fa"], Use::Text),
    ("good", ["#176637", "#6ecb93"], Use::Text),
    ("bad", ["#b3231b", "#ff9c93"], Use::Text),
    ("warn", ["#855000", "#e3b564"], Use::Text),
    ("hint", ["#6a3aa8", "#c4a3f5"], Use::Text),
    ("code-keyword", ["#77309f", "#cda6f7"], Use::Code),
    ("code-string", ["#14663a", "#8fd3a5"], Use::Code),
    ("code-number", ["#8d4605", "#efb684"], Use::Code),
    ("code-comment", ["#5f6875", "#939daa"], Use::Code),
    ("code-function", ["#1a5cb4", "#8ab6fa"], Use::Code),
    ("code-type", ["#0a6069", "#7fced6"], Use::Code),
];

const SCHEMES: [&str; 2] = ["light", "dark"];

/// The theme's colours, those of the configuration in place of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colors {
    /// In the order of the palette.
    colors: Vec<Color>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Color {
    name: &'static str,
    usage: Use,
    /// Light and dark.
    values: [Rgb; 2],
    /// Where each is configured, if it is.
    places: [Option<Span>; 2],
    /// Whether one text stands for both.
    is_one_text: bool,
}

impl Default for Colors {
    fn default() -> Self {
        let color = |&(name, values, usage): &(&'static str, [&str; 2], Use)| Color {
            name,
            usage,
            values: values.map(|value| Rgb::parse(value).unwrap_or_default()),
            places: [None, None],
            is_one_text: false,
        };
        Self { colors: PALETTE.iter().map(color).collect() }
    }
}

impl Colors {
    /// The colours that are configured, by name: light and dark as a style sheet writes them.
    pub fn configured(&self) -> impl Iterator<Item = (&'static str, [String; 2])> + '_ {
        let configured = self.colors.iter().filter(|color| color.places.iter().any(Option::is_some));
        configured.map(|color| (color.name, color.values.map(|value| value.to_string())))
    }

    /// Every colour by name, light and dark.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, [String; 2])> + '_ {
        self.colors.iter().map(|color| (color.name, color.values.map(|value| value.to_string())))
    }

    /// Reads the table; what is wrong with it goes to `outer`.
    pub(super) fn read(outer: &mut Fields<'_>, file: &Arc<SourceFile>) -> Self {
        let mut colors = Self::default();
        let Some(table) = outer.table("colors") else { return colors };
        let mut fields = Fields::new(file, table, "`[colors]`");
        for color in &mut colors.colors {
            let Some(node) = fields.node(color.name) else { continue };
            match &node.value {
                Value::Table(schemes) => color.read_schemes(&mut fields, file, schemes),
                _ => {
                    let Some(value) = value(&mut fields, file, color.name, node) else { continue };
                    color.values = [value; 2];
                    color.places = [Some(node.span); 2];
                    color.is_one_text = true;
                }
            }
        }
        // A colour that could not be read has been told; held against the others it would be told twice.
        for diagnostic in colors.too_faint(file) {
            fields.report(diagnostic);
        }
        for diagnostic in fields.finish() {
            outer.report(diagnostic);
        }
        colors
    }

    /// Every configured colour that stands out too little.
    fn too_faint(&self, file: &Arc<SourceFile>) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for color in &self.colors {
            for scheme in 0..SCHEMES.len() {
                let Some(span) = color.places[scheme] else { continue };
                if let Some(worst) = self.worst(color, scheme, color.values[scheme]) {
                    diagnostics.push(self.diagnostic(color, scheme, &worst, Place::new(file, span)));
                    // The two values of one text share a place.
                    if color.is_one_text {
                        break;
                    }
                }
            }
        }
        diagnostics
    }

    /// The pair of `color`, were it `value`, and another that is the furthest below what it needs, if any is.
    fn worst(&self, color: &Color, scheme: usize, value: Rgb) -> Option<Pair<'_>> {
        let others = self.colors.iter().filter_map(|other| {
            let needed = needed(color, other)?;
            // What is configured itself is told at its own place.
            if color.usage == Use::Ground && other.places[scheme].is_some() {
                return None;
            }
            let ratio = contrast::ratio(value, other.values[scheme]);
            (ratio < needed).then_some(Pair { other, ratio, needed })
        });
        others.min_by(|a, b| (a.ratio / a.needed).total_cmp(&(b.ratio / b.needed)))
    }

    fn diagnostic(&self, color: &Color, scheme: usize, worst: &Pair<'_>, place: Place) -> Diagnostic {
        let (name, value) = (color.name, color.values[scheme]);
        let Pair { other, ratio, needed } = worst;
        let (other_name, other_value) = (other.name, other.values[scheme]);
        let shown = contrast::shown(*ratio);
        let message = match color.usage {
            Use::Ground => format!(
                "`{other_name}` ({other_value}) on the {} `{name}` ({value}) has a contrast of {shown} to 1, and needs \
                 {needed} to 1",
                SCHEMES[scheme]
            ),
            _ => format!(
                "the {} `{name}` ({value}) has a contrast of {shown} to 1 on `{other_name}` ({other_value}), and needs \
                 {needed} to 1",
                SCHEMES[scheme]
            ),
        };
        let nearest = |scheme: usize| contrast::nearest(value, |value| self.worst(color, scheme, value).is_none());
        let hint = match (color.is_one_text, nearest(0), nearest(1)) {
            (true, Some(light), Some(dark)) => {
                format!("give each scheme its own: `{name} = {{ light = \"{light}\", dark = \"{dark}\" }}` would do")
            }
            _ => match nearest(scheme) {
                Some(near) => format!("`{near}` would do"),
                None => "no shade of it would do: choose another, or configure what stands on it, too".into(),
            },
        };
        Diagnostic::error("low-contrast", place, message)
            .note("below that, readers with weak sight or in bright light cannot read it (WCAG 2.2, 1.4.3 and 1.4.11)")
            .hint(hint)
    }
}

/// Two colours that are too near each other.
struct Pair<'a> {
    other: &'a Color,
    ratio: f64,
    needed: f64,
}

/// The contrast that two colours need; `None` if they never meet.
fn needed(one: &Color, other: &Color) -> Option<f64> {
    let (ink, ground) = match (one.usage, other.usage) {
        (Use::Ground, Use::Ground) => return None,
        (_, Use::Ground) => (one, other),
        (Use::Ground, _) => (other, one),
        _ => return None,
    };
    match ink.usage {
        Use::Text => Some(4.5),
        Use::Code => (ground.name != "ground").then_some(4.5),
        Use::Line => (ground.name == "ground").then_some(3.0),
        Use::Ground | Use::Hairline => None,
    }
}

impl Color {
    /// Reads `{ light = "…", dark = "…" }`.
    fn read_schemes(&mut self, outer: &mut Fields<'_>, file: &Arc<SourceFile>, table: &Table) {
        let mut fields = Fields::new(file, table, "a colour");
        for (at, scheme) in SCHEMES.into_iter().enumerate() {
            let Some(node) = fields.node(scheme) else { continue };
            if let Some(value) = value(&mut fields, file, scheme, node) {
                self.values[at] = value;
                self.places[at] = Some(node.span);
            }
        }
        for diagnostic in fields.finish() {
            outer.report(diagnostic);
        }
    }
}

fn value(fields: &mut Fields<'_>, file: &Arc<SourceFile>, key: &str, node: &Node) -> Option<Rgb> {
    let (message, hint) = match &node.value {
        Value::Text(text) => match Rgb::parse(text) {
            Some(value) => return Some(value),
            None => (format!("`{text}` is not a colour"), "write it as `#rrggbb`, for example `#1a5cb4`"),
        },
        other => (
            format!("`{key}` must be a colour, but is {}", other.type_name()),
            "write `\"#1a5cb4\"`, or `{ light = \"#1a5cb4\", dark = \"#8ab6fa\" }`",
        ),
    };
    fields.report(Diagnostic::error("bad-color", Place::new(file, node.span), message).hint(hint));
    None
}

#[cfg(test)]
mod tests {
    use super::{Colors, PALETTE, Use};
    use crate::config::{Config, FILE_NAME};
    use crate::span::SourceFile;

    fn read(text: &str) -> (Vec<(&'static str, [String; 2])>, Vec<String>) {
        let file = SourceFile::new(FILE_NAME, format!("[colors]\n{text}\n"));
        let (config, diagnostics) = Config::parse(&file);
        let shown = |d: &crate::diagnostic::Diagnostic| {
            format!("{} {}; {}", d.place.location(), d.message, d.hint.as_deref().unwrap_or("-"))
        };
        (config.colors.configured().collect(), diagnostics.iter().map(shown).collect())
    }

    #[test]
    fn the_palette_is_the_style_sheets() {
        let css = include_str!("../../themes/default/assets/style.css");
        let in_css: Vec<(&str, &str)> = css
            .lines()
            .filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(");")?.split_once(": light-dark("))
            .collect();
        let palette = PALETTE.map(|(name, [light, dark], _)| (name, format!("{light}, {dark}")));
        assert_eq!(in_css, palette.each_ref().map(|(name, values)| (*name, values.as_str())));
        assert!(PALETTE.iter().all(|(name, _, usage)| name.starts_with("code-") == (*usage == Use::Code)));
        assert!(PALETTE.iter().all(|(name, _, usage)| name.starts_with("ground") == (*usage == Use::Ground)));
    }

    #[test]
    fn every_colour_of_the_palette_can_be_read_on_its_grounds() {
        let colors = Colors::default();
        for color in &colors.colors {
            for scheme in 0..2 {
                let worst = colors.worst(color, scheme, color.values[scheme]);
                assert!(worst.is_none(), "{}: {:.2}", color.name, worst.map_or(0.0, |pair| pair.ratio));
            }
        }
    }

    #[test]
    fn colours_are_read_for_both_schemes_or_one() {
        let (colors, messages) = read("accent = { light = '#06c', dark = '#9CF' }\nbad = { dark = '#ffb0a8' }");
        assert_eq!(messages, [""; 0]);
        let texts = |light: &str, dark: &str| [light.to_owned(), dark.to_owned()];
        assert_eq!(colors, [("accent", texts("#0066cc", "#99ccff")), ("bad", texts("#b3231b", "#ffb0a8"))]);
        assert_eq!(
            read("line = '#888888'").0,
            [("line", texts("#888888", "#888888"))],
            "nothing is read on a hairline"
        );
    }

    #[test]
    fn what_is_too_faint_is_told_with_its_ratio_and_what_would_do() {
        let (_, messages) = read("accent = { light = '#ff9900', dark = '#8ab6fa' }");
        assert_eq!(
            messages,
            [
                "2:20 the light `accent` (#ff9900) has a contrast of 1.91 to 1 on `ground-accent` (#edf3fc), and needs 4.5 to \
              1; `#a06000` would do"
            ]
        );
        assert_eq!(read("accent = { light = '#a06000' }").1, [""; 0], "what is said to do does");
        let (_, messages) = read("accent = '#1a5cb4'");
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains("the dark `accent`") && messages[0].contains("give each scheme its own"));
        let hint = messages[0].split('`').find(|part| part.starts_with("accent = ")).unwrap();
        assert_eq!(read(hint).1, [""; 0], "{hint}");
    }

    #[test]
    fn a_ground_is_held_against_what_stands_on_it() {
        let (_, messages) = read("ground = { dark = '#444444' }");
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].starts_with("2:19 `line-strong` (#6d7685) on the dark `ground` (#444444)"), "{messages:?}");
        let near = messages[0].rsplit('`').nth(1).unwrap();
        assert_eq!(read(&format!("ground = {{ dark = '{near}' }}")).1, [""; 0], "{near}");
        // Once both are configured, it is the ink that is told.
        let (_, messages) = read("ground = { light = '#ffffff' }\ntext = { light = '#aaaaaa' }");
        assert!(messages.len() == 1 && messages[0].starts_with("3:18 the light `text`"), "{messages:?}");
    }

    #[test]
    fn what_is_no_colour_is_refused() {
        for (text, expected) in [
            ("accnt = '#000'", "2:1 `accnt` is not a key of `[colors]`; did you mean `accent`?"),
            ("accent = 'blue'", "2:10 `blue` is not a colour; write it as `#rrggbb`, for example `#1a5cb4`"),
            ("accent = { lihgt = '#000' }", "2:12 `lihgt` is not a key of a colour; did you mean `light`?"),
            (
                "accent = 3",
                "2:10 `accent` must be a colour, but is a whole number; write `\"#1a5cb4\"`, or `{ light = \"#1a5cb4\", \
                 dark = \"#8ab6fa\" }`",
            ),
        ] {
            assert_eq!(read(text).1, [expected]);
        }
        for text in ["#12", "#1234567", "123456", "#ggg", "#1é3", ""] {
            assert_eq!(read(&format!("accent = '{text}'")).1.len(), 1, "{text}");
        }
    }
}
