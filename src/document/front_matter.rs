//! The block at the top of a page: TOML between `+++` lines or YAML between `---` lines, strictly typed.
//!
//! Takes the file, gives a `FrontMatter` and where the body starts. Must stay true: an unknown key, a wrong type or a
//! value out of range is an error at its own line, and the rest of the page is read all the same.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};

use crate::config::tree::{self, Table};
use crate::config::{Engine, Fields, Spanned};
use crate::diagnostic::{Diagnostic, Place};
use crate::span::{SourceFile, Span};

/// What a page is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Developer documentation, and anything else.
    #[default]
    Doc,
    /// Steps for one task.
    Runbook,
    /// What happened, why, and what follows from it.
    Postmortem,
    /// An incident to be practised.
    Drill,
}

impl Kind {
    /// Every kind with its word.
    pub const ALL: [(Self, &str); 4] =
        [(Self::Doc, "doc"), (Self::Runbook, "runbook"), (Self::Postmortem, "postmortem"), (Self::Drill, "drill")];

    /// The word for it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("doc", |(_, name)| name)
    }
}

/// Everything a page can say at its top.
#[derive(Debug, Clone, Default)]
pub struct FrontMatter {
    /// The whole block, its delimiters included; `None` if the page has none.
    pub span: Option<Span>,
    /// The page's title.
    pub title: Option<Spanned<String>>,
    /// One sentence on the page.
    pub description: Option<Spanned<String>>,
    /// What the page is.
    pub kind: Kind,
    /// Its place among its siblings: lower first, pages without one last.
    pub weight: Option<i64>,
    /// Not published.
    pub draft: bool,
    /// Earlier addresses of the page, relative to the site's root.
    pub aliases: Vec<Spanned<String>>,
    /// Who answers for it.
    pub owner: Option<Spanned<String>>,
    /// What it is about.
    pub tags: Vec<Spanned<String>>,
    /// When it is to be read again.
    pub review_by: Option<Date>,
    /// `run = false`: why the page does not run.
    pub not_run: Option<String>,
    /// The database it runs on, if named.
    pub database: Option<Spanned<String>>,
    /// The engines it runs on, if named.
    pub engines: Vec<Spanned<Engine>>,
    /// The page whose end state it starts from.
    pub after: Option<Spanned<String>>,
    /// The values a reader fills in.
    pub parameters: Vec<ParameterField>,
    /// Further sets of values it is run with.
    pub cases: Vec<Case>,
    /// A post-mortem's incident.
    pub incident: Incident,
    /// A post-mortem's action items.
    pub actions: Vec<Action>,
}

/// `[parameters.NAME]`.
#[derive(Debug, Clone)]
pub struct ParameterField {
    /// Its name, as in `:name`.
    pub name: Spanned<String>,
    /// What it is, for a reader.
    pub label: Option<String>,
    /// What values it takes.
    pub value_type: ParameterType,
    /// The value of the case `default`.
    pub default: Spanned<String>,
    /// A regular expression a value matches as a whole.
    pub pattern: Option<Spanned<String>>,
}

/// What values a parameter takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ParameterType {
    /// Any text.
    #[default]
    Text,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Decimal,
}

/// `[[cases]]`.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name.
    pub name: Spanned<String>,
    /// The values that differ from the defaults.
    pub values: Vec<(Spanned<String>, Spanned<String>)>,
}

/// When an incident began and ended, in UTC, and how bad it was.
#[derive(Debug, Clone, Default)]
pub struct Incident {
    /// In the words of the team.
    pub severity: Option<String>,
    /// When it began.
    pub started: Option<DateTime>,
    /// When somebody noticed.
    pub detected: Option<DateTime>,
    /// When it was declared an incident.
    pub declared: Option<DateTime>,
    /// When it was over.
    pub resolved: Option<DateTime>,
}

impl Incident {
    /// When it was over, else the last that is known of it.
    pub fn over(&self) -> Option<DateTime> {
        self.resolved.or(self.declared).or(self.detected).or(self.started)
    }
}

/// `[[actions]]`: what follows from a post-mortem.
#[derive(Debug, Clone)]
pub struct Action {
    /// What is to be done.
    pub text: String,
    /// How far it is.
    pub status: String,
    /// The page that fulfils it, or an address.
    pub link: Option<Spanned<String>>,
}

/// Reads the block at the top of `file`, if there is one, and where the body lies.
pub(super) fn parse(file: &Arc<SourceFile>, diagnostics: &mut Vec<Diagnostic>) -> (FrontMatter, Span) {
    let text = file.text();
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let whole = Span::new(start, text.len());
    let first = text[start..].lines().next().unwrap_or_default().trim_end();
    if first != "+++" && first != "---" {
        return (FrontMatter::default(), whole);
    }
    let mut at = start;
    let mut inner = None;
    for (number, line) in text[start..].split_inclusive('\n').enumerate() {
        if number > 0 && line.trim_end() == first {
            inner = Some((Span::new(start + text[start..].find('\n').map_or(0, |end| end + 1), at), at + line.len()));
            break;
        }
        at += line.len();
    }
    let Some((inner, body)) = inner else {
        // `---` alone on the first line is also a thematic break: only something that looks like keys is meant.
        let keys =
            text[start..].lines().nth(1).is_some_and(|line| line.contains(if first == "+++" { '=' } else { ':' }));
        if first == "+++" || keys {
            let place = Place::new(file, Span::new(start, start + 3));
            diagnostics.push(
                Diagnostic::error("unclosed-front-matter", place, format!("no second `{first}` ends the front matter"))
                    .hint(format!("add a line `{first}` after its last key")),
            );
            return (FrontMatter::default(), Span::new(text.len(), text.len()));
        }
        return (FrontMatter::default(), whole);
    };
    let (table, syntax) = if first == "+++" { tree::parse_toml(file, inner) } else { tree::parse_yaml(file, inner) };
    diagnostics.extend(syntax);
    let mut front_matter = read(file, &table, diagnostics);
    front_matter.span = Some(Span::new(start, body));
    (front_matter, Span::new(body, text.len()))
}

fn read(file: &Arc<SourceFile>, table: &Table, diagnostics: &mut Vec<Diagnostic>) -> FrontMatter {
    let mut fields = Fields::new(file, table, "the front matter");
    let mut front_matter = FrontMatter {
        span: None,
        title: fields.text("title"),
        description: fields.text("description"),
        kind: chosen(
            &mut fields,
            file,
            "kind",
            |word| Kind::ALL.iter().find(|(_, name)| *name == word).map(|(k, _)| *k),
            &Kind::ALL.map(|(_, name)| name),
        )
        .unwrap_or_default(),
        weight: fields.integer("weight").map(|weight| weight.value),
        draft: fields.boolean("draft").is_some_and(|draft| draft.value),
        aliases: fields.texts("aliases").map(|aliases| aliases.value).unwrap_or_default(),
        owner: fields.text("owner"),
        tags: fields.texts("tags").map(|tags| tags.value).unwrap_or_default(),
        review_by: date(&mut fields, file),
        not_run: not_run(&mut fields, file),
        database: fields.text("database"),
        engines: engines(&mut fields, file),
        after: fields.text("after"),
        parameters: Vec::new(),
        cases: Vec::new(),
        incident: Incident {
            severity: fields.text("severity").map(|severity| severity.value),
            started: time(&mut fields, file, "started"),
            detected: time(&mut fields, file, "detected"),
            declared: time(&mut fields, file, "declared"),
            resolved: time(&mut fields, file, "resolved"),
        },
        actions: actions(&mut fields, file),
    };
    front_matter.parameters = parameters(&mut fields, file);
    front_matter.cases = cases(&mut fields, file, &front_matter.parameters);
    diagnostics.extend(fields.finish());
    front_matter
}

fn chosen<T>(
    fields: &mut Fields<'_>,
    file: &Arc<SourceFile>,
    key: &'static str,
    choose: impl Fn(&str) -> Option<T>,
    known: &[&str],
) -> Option<T> {
    let word = fields.text(key)?;
    let choice = choose(&word.value);
    if choice.is_none() {
        let place = Place::new(file, word.span);
        fields.report(
            Diagnostic::error("unknown-value", place, format!("`{}` is not a `{key}`", word.value))
                .suggest(&word.value, known.iter().copied()),
        );
    }
    choice
}

fn date(fields: &mut Fields<'_>, file: &Arc<SourceFile>) -> Option<Date> {
    let text = fields.text("review_by")?;
    let date = text.value.parse::<Date>().ok();
    if date.is_none() {
        fields.report(
            Diagnostic::error("bad-date", Place::new(file, text.span), format!("`{}` is not a date", text.value))
                .hint("write year, month and day: `2027-01-31`"),
        );
    }
    date
}

fn time(fields: &mut Fields<'_>, file: &Arc<SourceFile>, key: &'static str) -> Option<DateTime> {
    let text = fields.text(key)?;
    let time = parse_time(&text.value);
    if time.is_none() {
        fields.report(
            Diagnostic::error("bad-time", Place::new(file, text.span), format!("`{}` is not a time", text.value))
                .hint("write the time in UTC: `2023-06-20 12:32`"),
        );
    }
    time
}

/// A UTC time as `2023-06-20 12:32`, `20/06/2023 12:32` or TOML's `2023-06-20T12:32:00Z`.
pub fn parse_time(text: &str) -> Option<DateTime> {
    let text = text.trim();
    if let Some((day, rest)) = text.split_once('/') {
        let (month, rest) = rest.split_once('/')?;
        let (year, time) = rest.split_once(' ')?;
        return parse_time(&format!("{year}-{month:0>2}-{day:0>2} {time}"));
    }
    let text = text.strip_suffix(" UTC").or(text.strip_suffix('Z')).unwrap_or(text);
    let (date, time) = text.split_once([' ', 'T'])?;
    // The parser takes an offset (`12:32+02:00`) and leaves it out of account; such a time is not UTC.
    if time.len() < 5 || !time.bytes().all(|byte| byte.is_ascii_digit() || b":.".contains(&byte)) {
        return None;
    }
    format!("{date}T{time}").parse().ok()
}

fn not_run(fields: &mut Fields<'_>, file: &Arc<SourceFile>) -> Option<String> {
    let run = fields.boolean("run");
    let reason = fields.text("run_reason");
    match (run, reason) {
        (Some(run), None) if !run.value => {
            let place = Place::new(file, run.span);
            fields.report(
                Diagnostic::error("no-reason", place, "`run = false` without a `run_reason`")
                    .note("what does not run says why, to the reader and in the report")
                    .hint("add `run_reason = \"…\"`"),
            );
            Some("no reason given".into())
        }
        (Some(run), Some(reason)) if !run.value => Some(reason.value),
        (_, Some(reason)) => {
            let place = Place::new(file, reason.span);
            fields.report(
                Diagnostic::error("reason-for-nothing", place, "`run_reason` without `run = false`")
                    .hint("remove it, or add `run = false`"),
            );
            None
        }
        _ => None,
    }
}

fn engines(fields: &mut Fields<'_>, file: &Arc<SourceFile>) -> Vec<Spanned<Engine>> {
    let Some(names) = fields.texts("engines") else { return Vec::new() };
    if names.value.is_empty() {
        fields.report(
            Diagnostic::error("empty-value", Place::new(file, names.span), "`engines` names none")
                .hint("name one, or remove the key"),
        );
    }
    let mut engines = Vec::new();
    for name in names.value {
        match Engine::parse(&name.value) {
            Some(engine) => engines.push(Spanned::new(engine, name.span)),
            None => fields.report(
                Diagnostic::error(
                    "unknown-value",
                    Place::new(file, name.span),
                    format!("`{}` is not an engine", name.value),
                )
                .suggest(&name.value, Engine::ALL.map(Engine::name)),
            ),
        }
    }
    engines
}

fn parameters(fields: &mut Fields<'_>, file: &Arc<SourceFile>) -> Vec<ParameterField> {
    let Some(table) = fields.table("parameters") else { return Vec::new() };
    let mut parameters = Vec::new();
    for entry in &table.entries {
        let tree::Value::Table(settings) = &entry.node.value else {
            fields.report(
                Diagnostic::error(
                    "wrong-type",
                    Place::new(file, entry.node.span),
                    format!("`parameters.{}` must be a table", entry.key),
                )
                .hint(format!("write `[parameters.{}]` with a `default` below it", entry.key)),
            );
            continue;
        };
        let mut chars = entry.key.chars();
        let plain = chars.next().is_some_and(|c| c.is_ascii_lowercase())
            && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !plain {
            fields.report(
                Diagnostic::error(
                    "bad-parameter-name",
                    Place::new(file, entry.key_span),
                    format!("`{}` is not a parameter name", entry.key),
                )
                .hint("a name is lower-case letters, digits and `_`, and starts with a letter"),
            );
            continue;
        }
        let mut inner = Fields::new(file, settings, "a `[parameters.NAME]` table");
        let label = inner.text("label").map(|label| label.value);
        let value_type = chosen(
            &mut inner,
            file,
            "type",
            |word| match word {
                "text" => Some(ParameterType::Text),
                "integer" => Some(ParameterType::Integer),
                "decimal" => Some(ParameterType::Decimal),
                _ => None,
            },
            &["text", "integer", "decimal"],
        );
        let default = inner.scalar("default");
        let pattern = inner.text("pattern");
        for diagnostic in inner.finish() {
            fields.report(diagnostic);
        }
        match default {
            Some(default) => parameters.push(ParameterField {
                name: Spanned::new(entry.key.clone(), entry.key_span),
                label,
                value_type: value_type.unwrap_or_default(),
                default,
                pattern,
            }),
            None => fields.report(
                Diagnostic::error(
                    "no-default",
                    Place::new(file, entry.key_span),
                    format!("the parameter `{}` has no `default`", entry.key),
                )
                .note("the page is run and shown with its defaults")
                .hint("add `default = \"…\"`"),
            ),
        }
    }
    parameters
}

fn cases(fields: &mut Fields<'_>, file: &Arc<SourceFile>, parameters: &[ParameterField]) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let tables = fields.tables("cases");
    if let Some(parameter) = parameters.iter().find(|parameter| parameter.name.value == "name")
        && !tables.is_empty()
    {
        let message = "a parameter of a page with cases cannot be called `name`";
        fields.report(
            Diagnostic::error("bad-parameter-name", Place::new(file, parameter.name.span), message)
                .note("in `[[cases]]`, `name` is what the case itself is called, so the parameter could get no value there")
                .hint("give the parameter a longer name, such as `distribution_name`"),
        );
    }
    for (table, span) in tables {
        let mut name = None;
        let mut values = Vec::new();
        for entry in &table.entries {
            let value = match &entry.node.value {
                tree::Value::Text(text) => text.clone(),
                tree::Value::Integer(_, written) | tree::Value::Float(written) => written.clone(),
                other => {
                    let message = format!("`{}` must be text or a number, but is {}", entry.key, other.type_name());
                    fields.report(
                        Diagnostic::error("wrong-type", Place::new(file, entry.node.span), message)
                            .hint("write the value of the parameter, such as `\"x86_64\"` or `3`"),
                    );
                    continue;
                }
            };
            let value = Spanned::new(value, entry.node.span);
            if entry.key == "name" {
                name = Some(value);
            } else if parameters.iter().any(|parameter| parameter.name.value == entry.key) {
                values.push((Spanned::new(entry.key.clone(), entry.key_span), value));
            } else {
                let place = Place::new(file, entry.key_span);
                fields.report(
                    Diagnostic::error("unknown-key", place, format!("`{}` is not a parameter of this page", entry.key))
                        .suggest(&entry.key, parameters.iter().map(|parameter| parameter.name.value.as_str())),
                );
            }
        }
        let place = Place::new(file, span);
        match name {
            None => {
                fields.report(Diagnostic::error("no-name", place, "a case has no `name`").hint("add `name = \"…\"`"));
            }
            Some(name) if name.value == "default" || cases.iter().any(|case| case.name.value == name.value) => {
                let place = Place::new(file, name.span);
                let message = format!("there is already a case `{}`", name.value);
                fields.report(Diagnostic::error("name-twice", place, message).hint("give it another name"));
            }
            Some(name) => cases.push(Case { name, values }),
        }
    }
    cases
}

fn actions(fields: &mut Fields<'_>, file: &Arc<SourceFile>) -> Vec<Action> {
    let mut actions = Vec::new();
    for (table, span) in fields.tables("actions") {
        let mut inner = Fields::new(file, table, "an `[[actions]]` table");
        let (text, status, link) = (inner.text("text"), inner.text("status"), inner.text("link"));
        for diagnostic in inner.finish() {
            fields.report(diagnostic);
        }
        match (text, status) {
            (Some(text), Some(status)) => actions.push(Action { text: text.value, status: status.value, link }),
            _ => fields.report(
                Diagnostic::error("incomplete-action", Place::new(file, span), "an action needs `text` and `status`")
                    .note("a reader wants to know what was to be done and whether it was"),
            ),
        }
    }
    actions
}

#[cfg(test)]
mod tests;
