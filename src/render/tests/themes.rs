//! Themes: the project's own files, their mistakes, and the colours of the default one.

use std::sync::Arc;

use super::support::{Project, path_of};

fn with_theme(files: &[(&str, &str)]) -> Project {
    let mut project = Project::new(&[("index.md", "# Home\n"), ("a/b.md", "# B\n")]);
    project.theme = files.iter().map(|(path, text)| (path_of(path), Arc::from(text.as_bytes()))).collect();
    project
}

#[test]
fn one_part_can_be_replaced_without_copying_the_rest() {
    let project = with_theme(&[
        ("templates/footer.html", "<footer>{{ title }} of us</footer>"),
        (
            "templates/page.html",
            "{% extends \"default/page.html\" %}\n{% block head_extra %}<link rel=\"me\" href=\"{{ site.theme }}own.css\">{% endblock %}",
        ),
        ("assets/own.css", "p{}"),
        ("assets/icon.svg", "<svg/>"),
        ("README.md", "not part of the site"),
    ]);
    let rendered = project.render(&[]);
    for page in ["a/b.html", "404.html"] {
        let html = project.page(page, &[]);
        assert!(html.contains("of us</footer>") && html.contains("own.css"), "{html}");
        assert!(html.contains("<nav id=\"page:menu\""), "the rest is still there");
    }
    assert_eq!(rendered.files[&path_of("theme/own.css")], b"p{}");
    assert_eq!(rendered.files[&path_of("theme/icon.svg")], b"<svg/>");
    assert!(rendered.files.contains_key(&path_of("theme/style.css")));
    assert!(!rendered.files.keys().any(|path| path.as_str().contains("README")));
}

#[test]
fn a_mistake_in_a_template_has_a_place_and_a_way_out() {
    for (text, expected) in [
        ("<p>\n  {{ title }\n", "themes/default/templates/footer.html:2:12: "),
        ("<p>\n{{ nothing }}", "themes/default/templates/footer.html:2:4: "),
        ("{{ title | nofilter }}", "themes/default/templates/footer.html:1:"),
        ("\n{% include \"nofile.html\" %}", "themes/default/templates/footer.html:2:"),
        ("{{ <nocomponent/> }}", "themes/default/templates/footer.html:1:"),
    ] {
        let error = with_theme(&[("templates/footer.html", text)]).try_render(&[]).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{text}: {error}");
        assert!(error.message.len() > 5 && !error.message.contains('\n'), "{error}");
        assert_eq!(error.hint, "correct it, or remove the file to use the compiled-in `footer.html` again");
    }
    let error = with_theme(&[("templates/page.html", "{% extends \"no.html\" %}")]).try_render(&[]).unwrap_err();
    assert_eq!(error.to_string(), "themes/default/templates/page.html: it extends `no.html`, which does not exist");
}

/// The style sheet's colours are held to WCAG AA: 4.5 to 1 for text.
#[test]
fn every_colour_is_readable_on_its_ground_in_both_schemes() {
    let css = include_str!("../../../themes/default/assets/style.css");
    let colours: Vec<(&str, [&str; 2])> = css
        .lines()
        .filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("--")?.split_once(": light-dark(")?;
            let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
            Some((name, [light, dark]))
        })
        .collect();
    let colour =
        |name: &str| colours.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no --{name}")).1;
    let grounds = ["ground", "ground-soft", "ground-accent"];
    let mut checked = 0;
    for (name, inks) in &colours {
        if grounds.contains(name) || name.starts_with("line") {
            continue;
        }
        let on: &[&str] = if name.starts_with("code-") { &["ground-soft", "ground-accent"] } else { &grounds };
        for ground in on {
            for (scheme, (ink, ground_colour)) in ["light", "dark"].iter().zip(inks.iter().zip(colour(ground))) {
                let ratio = contrast(ink, ground_colour);
                assert!(ratio >= 4.5, "--{name} on --{ground}, {scheme}: {ratio:.2}");
                checked += 1;
            }
        }
    }
    assert!(checked > 60, "{checked}");
    for (strong, ground) in colour("line-strong").into_iter().zip(colour("ground")) {
        assert!(contrast(strong, ground) >= 3.0, "lines that mean something need 3 to 1");
    }
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[test]
fn the_theme_stays_small() {
    let size = |name: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default/assets").join(name);
        std::fs::read(path).unwrap().len()
    };
    assert!(size("style.css") < 24 * 1024, "{}", size("style.css"));
    assert!(size("page.js") + size("scheme.js") < 6400, "{}", size("page.js") + size("scheme.js"));
}
