//! The theme's assets: style sheet, scripts, drawings; the compiled-in ones and the project's own in their place.
//!
//! Takes the project's files below `themes/NAME/assets/` and its colours, gives the files of one folder of the site, whose
//! name changes with any of their bytes. Must stay true: the binary alone is enough; a file of the project replaces the
//! compiled-in one of the same name and nothing else; they refer to each other relatively, so they lie in one folder.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::escape::Viewpoint;
use super::fingerprint;
use super::theme::Overrides;
use crate::config::Colors;
use crate::path::RelativePath;

/// The compiled-in assets.
const ASSETS: &[(&str, &[u8])] = &[
    ("find.js", include_bytes!("../../themes/default/assets/find.js")),
    ("icon.svg", include_bytes!("../../themes/default/assets/icon.svg")),
    ("navigation.js", include_bytes!("../../themes/default/assets/navigation.js")),
    ("page.js", include_bytes!("../../themes/default/assets/page.js")),
    ("redirect.js", include_bytes!("../../themes/default/assets/redirect.js")),
    ("scheme.js", include_bytes!("../../themes/default/assets/scheme.js")),
    ("search.js", include_bytes!("../../themes/default/assets/search.js")),
    ("style.css", include_bytes!("../../themes/default/assets/style.css")),
    ("tabs.js", include_bytes!("../../themes/default/assets/tabs.js")),
];

/// The style sheet made of the configured colours; a project's own file of this name goes before it.
const COLORS: &str = "colors.css";

/// The theme's assets, ready to be published.
#[derive(Debug)]
pub(crate) struct Assets {
    /// The folder of the site that holds them.
    folder: String,
    /// Each by its path in the folder.
    files: BTreeMap<String, Cow<'static, [u8]>>,
}

impl Assets {
    /// The compiled-in assets with the project's own in place of them.
    pub(crate) fn new(overrides: &Overrides, colors: &Colors) -> Self {
        let compiled_in = ASSETS.iter().map(|(name, bytes)| ((*name).to_owned(), Cow::Borrowed(*bytes)));
        let own = overrides.iter().filter_map(|(path, bytes)| {
            Some((path.as_str().strip_prefix("assets/")?.to_owned(), Cow::Owned(bytes.to_vec())))
        });
        let mut files: BTreeMap<String, Cow<'static, [u8]>> = compiled_in.chain(own).collect();
        if let Some(css) = style_sheet(colors) {
            files.entry(COLORS.into()).or_default().to_mut().extend_from_slice(css.as_bytes());
        }
        let hash = fingerprint::of(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_ref())));
        Self { folder: format!("theme-{hash}"), files }
    }

    /// The address of the folder that holds them, with a final `/`.
    pub(crate) fn address(&self, viewpoint: &Viewpoint) -> String {
        // The folder is known to be a path; without one the addresses of its files would lack a part.
        RelativePath::parse(&self.folder).map(|folder| viewpoint.address(&folder) + "/").unwrap_or_default()
    }

    /// Whether pages are to ask for the colours.
    pub(crate) fn has_colors(&self) -> bool {
        self.files.contains_key(COLORS)
    }

    /// Each file, by its path in the site.
    pub(crate) fn published(&self) -> impl Iterator<Item = (RelativePath, Vec<u8>)> + '_ {
        let in_folder = |(name, bytes): (&String, &Cow<'static, [u8]>)| {
            Some((RelativePath::resolve(&self.folder, name).ok()?, bytes.to_vec()))
        };
        self.files.iter().filter_map(in_folder)
    }
}

/// The configured colours as a style sheet. It stands outside of layers, so it wins over the theme's own.
fn style_sheet(colors: &Colors) -> Option<String> {
    let line = |(name, [light, dark]): (&str, [String; 2])| format!("  --{name}: light-dark({light}, {dark});\n");
    let lines: String = colors.configured().map(line).collect();
    (!lines.is_empty()).then(|| format!("/* The colours of proofbook.toml. */\n:root {{\n{lines}}}\n"))
}
