//! The theme's templates, the compiled-in ones and the project's own in their place.
//!
//! Takes the project's files below `themes/NAME/templates/`, gives something that renders views. Must stay true: the binary
//! alone is enough; a file of the project replaces the compiled-in one of the same name and nothing else. The compiled-in
//! templates stay reachable under `default/`, so that a template can extend the one it replaces and change one block. A
//! slot is an empty template that pages include, there to be replaced.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use tera::{Context, ErrorKind, Tera};

use crate::diagnostic::nearest;
use crate::path::RelativePath;

/// The compiled-in templates.
const TEMPLATES: &[(&str, &str)] = &[
    ("404.html", include_str!("../../themes/default/templates/404.html")),
    ("about.html", include_str!("../../themes/default/templates/about.html")),
    ("base.html", include_str!("../../themes/default/templates/base.html")),
    ("components.html", include_str!("../../themes/default/templates/components.html")),
    ("footer.html", include_str!("../../themes/default/templates/footer.html")),
    ("header.html", include_str!("../../themes/default/templates/header.html")),
    ("overview.html", include_str!("../../themes/default/templates/overview.html")),
    ("page.html", include_str!("../../themes/default/templates/page.html")),
    ("parameters.html", include_str!("../../themes/default/templates/parameters.html")),
    ("proof.html", include_str!("../../themes/default/templates/proof.html")),
    ("redirect.html", include_str!("../../themes/default/templates/redirect.html")),
    ("search.html", include_str!("../../themes/default/templates/search.html")),
    ("section.html", include_str!("../../themes/default/templates/section.html")),
    ("sidebar.html", include_str!("../../themes/default/templates/sidebar.html")),
    ("slots/after_content.html", include_str!("../../themes/default/templates/slots/after_content.html")),
    ("slots/before_content.html", include_str!("../../themes/default/templates/slots/before_content.html")),
    ("slots/footer_end.html", include_str!("../../themes/default/templates/slots/footer_end.html")),
    ("slots/head_extra.html", include_str!("../../themes/default/templates/slots/head_extra.html")),
    ("slots/header_end.html", include_str!("../../themes/default/templates/slots/header_end.html")),
    ("slots/sidebar_end.html", include_str!("../../themes/default/templates/slots/sidebar_end.html")),
    ("snippet.html", include_str!("../../themes/default/templates/snippet.html")),
];

/// The folder of templates that are empty until a project replaces them.
const SLOTS: &str = "slots/";

/// The project's files below `themes/NAME/`, by path.
pub type Overrides = BTreeMap<RelativePath, Arc<[u8]>>;

/// A template of the project's theme that does not parse or cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    /// The template's file, from the project's root; a compiled-in one is `default/NAME`.
    pub file: String,
    /// From 1; 0 if nothing is known about the place.
    pub line: usize,
    /// From 1, in characters; 0 if nothing is known about the place.
    pub column: usize,
    /// What happened, in one line.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for RenderError {}

/// A theme, ready to render.
#[derive(Debug)]
pub(crate) struct Theme {
    tera: Tera,
    /// The name of its folder below `themes/`.
    name: String,
}

impl Theme {
    /// The compiled-in theme with the project's templates in place of its own.
    pub(crate) fn new(name: &str, overrides: &Overrides) -> Result<Self, RenderError> {
        let mut theme = Self { tera: Tera::new(), name: name.to_owned() };
        let prefixed = TEMPLATES.iter().map(|(name, text)| (format!("{COMPILED_IN}{name}"), *text));
        theme
            .tera
            .set_fallback_prefixes([COMPILED_IN])
            .and_then(|()| theme.tera.add_raw_templates(prefixed))
            .map_err(|error| theme.error("", &error))?;
        let mut own = Vec::new();
        for (path, bytes) in overrides {
            let Some(template) = path.as_str().strip_prefix("templates/").filter(|name| name.ends_with(".html")) else {
                continue;
            };
            theme.is_no_lost_slot(template)?;
            match std::str::from_utf8(bytes) {
                Ok(text) => own.push((template, text)),
                Err(_) => return Err(theme.place(template, 0, 0, "the template is not UTF-8 text".into())),
            }
        }
        theme.tera.add_raw_templates(own).map_err(|error| theme.error("", &error))?;
        Ok(theme)
    }

    /// The template `name` with a view.
    pub(crate) fn render(&self, name: &str, view: &impl Serialize) -> Result<String, RenderError> {
        Context::from_serialize(view)
            .and_then(|context| self.tera.render(name, &context))
            .map_err(|error| self.error(name, &error))
    }

    /// A template in the folder of slots is one of them, or nothing would ever show it.
    fn is_no_lost_slot(&self, template: &str) -> Result<(), RenderError> {
        let slots = || TEMPLATES.iter().map(|(name, _)| *name).filter(|name| name.starts_with(SLOTS));
        if !template.starts_with(SLOTS) || slots().any(|slot| slot == template) {
            return Ok(());
        }
        let hint = match nearest(template, slots()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the slots are `{}`", slots().collect::<Vec<_>>().join("`, `")),
        };
        let message = "there is no such slot, so no page would show it".to_owned();
        Err(RenderError { hint, ..self.place(template, 0, 0, message) })
    }

    /// Where and what, from what the template engine says. `name` is used if it does not say where.
    fn error(&self, name: &str, error: &tera::Error) -> RenderError {
        match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
                let (line, column) = (report.span().start_line, report.span().start_col + 1);
                self.place(report.filename(), line, column, report.message().to_owned())
            }
            ErrorKind::MissingParent { current, parent } => {
                self.place(current, 0, 0, format!("it extends `{parent}`, which does not exist"))
            }
            ErrorKind::CircularExtend { tpl, .. } => self.place(tpl, 0, 0, "it extends itself".into()),
            ErrorKind::CircularInclude { tpl, .. } => self.place(tpl, 0, 0, "it includes itself".into()),
            kind => {
                // References to what does not exist come as finished reports: `error: …`, then `--> file:line:column`.
                let text = kind.to_string();
                let mut lines = text.lines();
                let message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
                let place = lines.find_map(|line| line.trim_start().strip_prefix("--> ")?.rsplit_once(':'));
                let parsed = place.and_then(|(rest, column)| {
                    let (file, line) = rest.rsplit_once(':')?;
                    Some((file, line.parse().ok()?, column.parse().ok()?))
                });
                let (file, line, column) = parsed.unwrap_or((name, 0, 0));
                self.place(file, line, column, message)
            }
        }
    }

    fn place(&self, template: &str, line: usize, column: usize, message: String) -> RenderError {
        let (file, hint) = if template.starts_with(COMPILED_IN) {
            let hint = "this template is part of Proofbook; look at what your own templates include or extend";
            (template.to_owned(), hint.to_owned())
        } else {
            let file = format!("themes/{}/templates/{template}", self.name);
            let hint = if TEMPLATES.iter().any(|(name, _)| *name == template) {
                format!("correct it, or remove the file to use the compiled-in `{template}` again")
            } else {
                "correct it, or remove the file".into()
            };
            (file, hint)
        };
        RenderError { file, line, column, message, hint }
    }
}

/// Where the compiled-in templates are found by templates that replace them.
const COMPILED_IN: &str = "default/";
