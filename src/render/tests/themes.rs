//! Themes: the project's own files, their mistakes, and the colours of the default one.

use std::io::Write;
use std::sync::Arc;

use super::support::{Project, passed, path_of};
use crate::document::Kind;
use crate::path::RelativePath;
use crate::render::Rendered;

fn with_theme(files: &[(&str, &str)]) -> Project {
    let mut project = Project::new(&[("index.md", "# Home\n"), ("a/b.md", "# B\n")]);
    project.theme = files.iter().map(|(path, text)| (path_of(path), Arc::from(text.as_bytes()))).collect();
    project
}

/// The name of the folder with the theme's assets.
fn folder(rendered: &Rendered) -> String {
    let folder = |path: &RelativePath| path.as_str().strip_suffix("/style.css").map(str::to_owned);
    rendered.files.keys().find_map(folder).unwrap()
}

/// The text of an asset of the theme.
fn asset(rendered: &Rendered, name: &str) -> String {
    let path = path_of(&format!("{}/{name}", folder(rendered)));
    String::from_utf8(rendered.files.get(&path).unwrap_or_else(|| panic!("no {path}")).clone()).unwrap()
}

#[test]
fn the_folder_of_the_assets_changes_with_any_of_them_and_with_nothing_else() {
    let of = |project: &Project| folder(&project.render(&[]));
    let plain = of(&with_theme(&[]));
    assert!(plain.starts_with("theme-") && plain.len() == "theme-".len() + 10, "{plain}");
    assert_eq!(plain, of(&Project::new(&[("other.md", "# Other\n")])), "pages do not matter");
    assert_eq!(plain, of(&with_theme(&[("templates/footer.html", "")])), "nor do templates");
    let others = [
        of(&with_theme(&[("assets/icon.svg", "<svg/>")])),
        of(&with_theme(&[("assets/icon.svg", "<svg />")])),
        of(&with_theme(&[("assets/new.css", "<svg/>")])),
        of(&Project::configured("[colors]\naccent = { light = '#0b5394' }", &[("index.md", "# Home\n")])),
    ];
    for (at, other) in others.iter().enumerate() {
        assert!(*other != plain && !others[..at].contains(other), "{others:?}");
    }
}

#[test]
fn configured_colours_come_after_the_style_sheet() {
    let config = "[colors]\naccent = { light = '#0b5394', dark = '#9fc5f8' }\nline = '#888888'";
    let project = Project::configured(config, &[("a/b.md", "# B\n")]);
    let rendered = project.render(&[]);
    assert_eq!(
        asset(&rendered, "colors.css"),
        "/* The colours of proofbook.toml. */\n:root {\n  --line: light-dark(#888888, #888888);\n  \
         --accent: light-dark(#0b5394, #9fc5f8);\n}\n"
    );
    let html = project.page("a/b.html", &[]);
    let folder = folder(&rendered);
    assert!(html.contains(&format!("<link rel=\"stylesheet\" href=\"../{folder}/colors.css\">")), "{html}");
    assert!(html.find("style.css") < html.find("colors.css"));
    let plain = Project::new(&[("index.md", "# Home\n")]);
    assert!(!plain.page("index.html", &[]).contains("colors.css"));
}

/// Every slot is filled on every page, and nothing else changes.
#[test]
fn a_slot_is_filled_without_copying_what_is_around_it() {
    let slots = ["head_extra", "header_end", "sidebar_end", "before_content", "after_content", "footer_end"];
    let plain = with_theme(&[]);
    for slot in slots {
        let text = format!("<!-- {{{{ title }}}} in {slot} -->");
        let project = with_theme(&[(&format!("templates/slots/{slot}.html"), &text)]);
        for (page, title) in [("a/b.html", "B"), ("a/index.html", "A"), ("404.html", "Page not found")] {
            let html = project.page(page, &[]);
            let filled = format!("<!-- {title} in {slot} -->");
            assert_eq!(html.matches(&filled).count(), 1, "{page}: {slot}: {html}");
            let squeezed = |html: &str| html.split_whitespace().collect::<Vec<_>>().join(" ").replace("> <", "><");
            assert_eq!(
                squeezed(&html.replace(&filled, "")),
                squeezed(&plain.page(page, &[])),
                "{page}: the rest stays"
            );
        }
    }
    let error = with_theme(&[("templates/slots/head_extr.html", "")]).try_render(&[]).unwrap_err();
    assert_eq!(
        format!("{error}; {}", error.hint),
        "themes/default/templates/slots/head_extr.html: there is no such slot, so no page would show it; did you mean \
         `slots/head_extra.html`?"
    );
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
    assert_eq!(asset(&rendered, "own.css"), "p{}");
    assert_eq!(asset(&rendered, "icon.svg"), "<svg/>");
    assert!(asset(&rendered, "style.css").contains("@layer"));
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

/// What a reader waits for, compressed as servers do: the heaviest runbook page with all it loads.
#[test]
fn a_runbook_page_stays_light() {
    let weight = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap().len()
    };
    let project = Project::content();
    let rendered = project.render(&project.proofs(passed));
    let folder = folder(&rendered);
    let of = |name: &str| weight(asset(&rendered, name).as_bytes());
    assert!(of("style.css") < 8 * 1024, "{}", of("style.css"));
    assert!(of("page.js") < 3 * 1024 && of("scheme.js") < 512, "{} {}", of("page.js"), of("scheme.js"));
    let is_shared = |path: &str| {
        (path.starts_with(&folder) && path.ends_with(['s']))
            || (path.starts_with("navigation-") && path.ends_with(".js"))
    };
    let shared: usize =
        rendered.files.iter().filter(|(path, _)| is_shared(path.as_str())).map(|(_, bytes)| weight(bytes)).sum();
    let pages = project.site.pages.iter().filter(|page| page.document.front_matter.kind == Kind::Runbook);
    let heaviest = pages.map(|page| weight(&rendered.files[&page.output])).max().unwrap();
    assert!(shared + heaviest < 45 * 1024, "{shared} for all pages, {heaviest} for one");
    assert!(shared > 8 * 1024 && heaviest > 4 * 1024, "{shared} for all pages, {heaviest} for one: is it all there?");
}
