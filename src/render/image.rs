//! How large an image is, so that a page keeps the room for it and does not jump when it comes.
//!
//! Takes the bytes of a PNG, JPEG, GIF, WebP or SVG, gives width and height. Must stay true: what cannot be read has no
//! size, and the page is as it would be without.

/// Width and height in CSS pixels.
pub(crate) type Size = (u64, u64);

/// The size of the image `bytes`.
pub(crate) fn size(bytes: &[u8]) -> Option<Size> {
    let size = match imagesize::blob_size(bytes) {
        Ok(size) => (u64::try_from(size.width).ok()?, u64::try_from(size.height).ok()?),
        Err(_) => svg(std::str::from_utf8(bytes).ok()?)?,
    };
    (size.0 > 0 && size.1 > 0).then_some(size)
}

/// The size of a drawing: what it says itself, else that of its own coordinates. Units other than pixels are not read,
/// nor is a size that depends on where the drawing stands (`100%`).
fn svg(text: &str) -> Option<Size> {
    let at = text.find("<svg")?;
    let tag = opening_tag(&text[at + "<svg".len()..])?;
    let length = |name: &str| attribute(tag, name).and_then(|value| pixels(value.trim().trim_end_matches("px")));
    if let (Some(width), Some(height)) = (length("width"), length("height")) {
        return Some((width, height));
    }
    let numbers: Vec<&str> =
        attribute(tag, "viewBox")?.split([' ', ',', '\n', '\t']).filter(|part| !part.is_empty()).collect();
    match numbers[..] {
        [_, _, width, height] => Some((pixels(width)?, pixels(height)?)),
        _ => None,
    }
}

/// What stands between a tag's name and its `>`, which is none if it stands in quotes.
fn opening_tag(text: &str) -> Option<&str> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            None if c == '>' => return Some(&text[..at]),
            None if c == '"' || c == '\'' => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// The value of the attribute `name` of the tag whose inside is `tag`.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once('=') {
        let key = before.trim();
        let value = after.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = value[1..].split_once(quote)?;
        if key == name {
            return Some(value);
        }
        rest = after;
    }
    None
}

/// A length as whole pixels.
fn pixels(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = fraction.bytes().all(|byte| byte.is_ascii_digit());
    let round_up = u64::from(fraction.as_bytes().first().is_some_and(|digit| *digit >= b'5'));
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    is_number.then(|| whole.saturating_add(round_up))
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn drawings_say_their_size_or_have_one() {
        for (text, expected) in [
            ("<svg width=\"30\" height='20.5'/>", Some((30, 21))),
            (
                "<?xml version=\"1.0\"?>\n<!-- a > b -->\n<svg a=\"x > y\"\n width = \"30px\" height=\"20px\">",
                Some((30, 20)),
            ),
            ("<svg viewBox=\"0 0 16 9\">", Some((16, 9))),
            ("<svg width=\"100%\" height=\"100%\" viewBox=\"0,0,\n16.2,9\">", Some((16, 9))),
            ("<svg stroke-width=\"3\" width=\"1em\" height=\"2\">", None),
            ("<svg width=\"0\" height=\"2\">", None),
            ("<svg width=30 height=20>", None),
            ("<svg width=\"30\" height=\"20", None),
            ("<p>no drawing</p>", None),
        ] {
            assert_eq!(size(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn pictures_have_the_size_of_their_head() {
        let png = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/themes/default/page.png")).unwrap();
        let (width, height) = size(&png).unwrap();
        assert!(width > 100 && height > 100, "{width} by {height}");
        assert_eq!(size(b"GIF89a\x20\x00\x10\x00\x00\x00\x00"), Some((32, 16)));
        assert_eq!(size(&png[..12]), None, "a part of a head is no head");
        assert_eq!(size(b""), None);
    }
}
