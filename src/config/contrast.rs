//! How well one colour stands out from another, as WCAG 2.2 defines it.
//!
//! Must stay true: a ratio that is told is never better than the one that is there, so it is cut, not rounded.

use std::fmt;

/// A colour of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rgb([u8; 3]);

impl Rgb {
    /// Reads `#rgb` or `#rrggbb`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> =
            text.strip_prefix('#')?.chars().map(|c| c.to_digit(16)?.try_into().ok()).collect::<Option<_>>()?;
        match digits[..] {
            [r, g, b] => Some(Self([r * 17, g * 17, b * 17])),
            [r, rr, g, gg, b, bb] => Some(Self([r * 16 + rr, g * 16 + gg, b * 16 + bb])),
            _ => None,
        }
    }

    /// This colour with `part` of 255 of another in it.
    fn mixed(self, other: Self, part: u8) -> Self {
        let part = u16::from(part);
        let channel = |at: usize| {
            let mixed = (u16::from(self.0[at]) * (255 - part) + u16::from(other.0[at]) * part) / 255;
            mixed.to_be_bytes()[1]
        };
        Self([0, 1, 2].map(channel))
    }

    fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

/// The contrast of two colours, from 1 to 21.
pub(super) fn ratio(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (a.luminance(), b.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// A ratio with two decimals.
pub(super) fn shown(ratio: f64) -> String {
    format!("{:.2}", (ratio * 100.0).floor() / 100.0)
}

/// The shade of `color`, darker or lighter, that is the nearest to it of those that do.
pub(super) fn nearest(color: Rgb, does: impl Fn(Rgb) -> bool) -> Option<Rgb> {
    let ends = [Rgb([0; 3]), Rgb([255; 3])];
    (0..=255).flat_map(|part| ends.map(|end| color.mixed(end, part))).find(|shade| does(*shade))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_the_definition() {
        let between = |a, b| shown(ratio(Rgb::parse(a).unwrap(), Rgb::parse(b).unwrap()));
        assert_eq!(between("#000", "#ffffff"), "21.00");
        assert_eq!(between("#767676", "#fff"), "4.54");
        assert_eq!(between("#777777", "#ffffff"), "4.47");
        assert_eq!(between("#123456", "#123456"), "1.00");
        assert_eq!(shown(4.499), "4.49");
    }
}
