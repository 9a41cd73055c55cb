//! Raw HTML: passed through, with its addresses seen from the page.

use lol_html::{RewriteStrSettings, element, rewrite_str};

/// Attributes that hold one address.
const ADDRESSES: [&str; 3] = ["href", "src", "poster"];

/// `html` with every address rewritten by `address`; byte for byte the same where none changes.
pub(super) fn rewritten(html: &str, address: &dyn Fn(&str) -> String) -> String {
    if !ADDRESSES.iter().chain(&["srcset"]).any(|name| html.contains(name)) {
        return html.to_owned();
    }
    let handler = element!("*", |element| {
        for name in ADDRESSES {
            if let Some(value) = element.get_attribute(name) {
                let target = value.replace("&amp;", "&");
                let seen = address(&target);
                if seen != target {
                    element.set_attribute(name, &seen.replace('&', "&amp;"))?;
                }
            }
        }
        if let Some(value) = element.get_attribute("srcset") {
            let seen = srcset(&value, address);
            if seen != value {
                element.set_attribute("srcset", &seen)?;
            }
        }
        Ok(())
    });
    let settings = RewriteStrSettings::new().append_element_content_handler(handler);
    // A fragment the rewriter cannot follow is left as the author wrote it.
    rewrite_str(html, settings).unwrap_or_else(|_| html.to_owned())
}

/// Each candidate of a `srcset` is an address and perhaps a width or a density.
fn srcset(value: &str, address: &dyn Fn(&str) -> String) -> String {
    let candidate = |part: &str| {
        let part = part.trim();
        let (target, rest) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
        format!("{} {}", address(target), rest.trim()).trim_end().to_owned()
    };
    value.split(',').map(candidate).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_rewritten_and_the_rest_stays() {
        let address = |target: &str| target.replace(".md", ".html");
        let check = |html: &str| rewritten(html, &address);
        assert_eq!(check("<a href=\"x.md?a=1&amp;b\" id='w'>"), "<a href=\"x.html?a=1&amp;b\" id='w'>");
        assert_eq!(check("<IMG  SRC=x.png>"), "<IMG  SRC=x.png>");
        assert_eq!(check("<img srcset=\"a.md 1x,b.png\">"), "<img srcset=\"a.html 1x, b.png\">");
        assert_eq!(check("</a> 1 < 2 &amp; href"), "</a> 1 < 2 &amp; href");
    }
}
