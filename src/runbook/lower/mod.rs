//! From fences to snippets: every word checked against the role it stands with.
//!
//! Takes a document and the configuration, gives a `Runbook` and diagnostics. Must stay true: a fence in a language that
//! runs becomes a snippet or an error, never nothing; a word that does not go with its role is an error.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;

use super::effect::Promise;
use super::parameter::{self, Value};
use super::snippet::{
    Action, Condition, ErrorPattern, Expected, ExpectedOutput, FileFormat, Parameter, Promises, Role, Runbook, Snippet,
    Stream,
};
use super::sql;
use crate::config::{Config, Engine, Spanned};
use crate::diagnostic::{Diagnostic, Place};
use crate::document::{Document, Fence, Marks, ParameterField, ParameterType, Word};
use crate::expect::{Form, TextPattern, parse_tables};
use crate::path::RelativePath;
use crate::span::{SourceFile, Span};

/// Makes the runbook of a page. Pages outside `[run] pages` have no snippets.
pub fn lower(document: &Document, config: &Config) -> (Runbook, Vec<Diagnostic>) {
    let mut lowering = Lowering {
        document,
        file: &document.file,
        engines: engines(document),
        parameters: Vec::new(),
        diagnostics: Vec::new(),
    };
    lowering.parameters = lowering.parameters();
    let in_selection = config.run.holds(&document.path);
    let snippets = if in_selection { lowering.snippets() } else { Vec::new() };
    let not_run = document
        .front_matter
        .not_run
        .clone()
        .or_else(|| (!in_selection).then(|| "the page is outside `[run] pages`".to_owned()));
    let database = lowering.database(config, &snippets);
    let runbook = Runbook {
        page: document.path.clone(),
        file: Arc::clone(&document.file),
        title: document.title.clone(),
        not_run,
        database,
        engines: lowering.engines,
        after: document.front_matter.after.as_ref().map(|after| after.value.clone()),
        parameters: lowering.parameters,
        cases: document.front_matter.cases.iter().map(|case| case.name.value.clone()).collect(),
        snippets,
    };
    (runbook, lowering.diagnostics)
}

fn engines(document: &Document) -> Vec<Engine> {
    let named: Vec<Engine> = document.front_matter.engines.iter().map(|engine| engine.value).collect();
    if named.is_empty() { vec![Engine::Sqlite] } else { named }
}

struct Lowering<'d> {
    document: &'d Document,
    file: &'d Arc<SourceFile>,
    engines: Vec<Engine>,
    parameters: Vec<Parameter>,
    diagnostics: Vec<Diagnostic>,
}

/// What a fence is, before its words are read: it decides which of them are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Sql,
    Shell,
    Console,
    File,
    Output,
    Shown,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Sql => "a SQL snippet",
            Self::Shell => "a shell snippet",
            Self::Console => "a transcript",
            Self::File => "a file",
            Self::Output => "an `output`",
            Self::Shown => "a fence that is only shown",
        }
    }

    /// The words that go with it.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Sql => &[
                "check", "setup", "undo", "of", "fault", "name", "title", "effect", "error", "engine", "case",
                "requires", "skip", "timeout", "linenos",
            ],
            Self::Shell => &[
                "check", "setup", "undo", "of", "fault", "name", "title", "effect", "exit", "engine", "case",
                "requires", "skip", "timeout", "linenos",
            ],
            Self::Console => &[
                "check", "setup", "undo", "of", "fault", "name", "title", "effect", "engine", "case", "requires",
                "skip", "timeout", "linenos",
            ],
            Self::File => &["file", "params", "setup", "name", "title", "engine", "case", "linenos"],
            Self::Output => &["stderr", "match", "unordered", "engine", "case"],
            Self::Shown => &["title", "linenos", "file", "params"],
        }
    }
}

/// Words that stand alone.
const FLAGS: [&str; 8] = ["check", "setup", "undo", "fault", "linenos", "params", "unordered", "stderr"];

/// The words of one fence, each known to go with it and given once.
struct Words<'d> {
    words: BTreeMap<&'d str, &'d Word>,
}

impl<'d> Words<'d> {
    fn get(&self, key: &str) -> Option<&'d Word> {
        self.words.get(key).copied()
    }

    fn has(&self, key: &str) -> bool {
        self.words.contains_key(key)
    }

    fn value(&self, key: &str) -> Option<Spanned<&'d str>> {
        let value = self.get(key)?.value.as_ref()?;
        Some(Spanned::new(value.text.as_str(), value.span))
    }
}

impl<'d> Lowering<'d> {
    fn place(&self, span: Span) -> Place {
        Place::new(self.file, span)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn parameters(&mut self) -> Vec<Parameter> {
        let fields = &self.document.front_matter.parameters;
        fields.iter().filter_map(|field| self.parameter(field)).collect()
    }

    fn parameter(&mut self, field: &ParameterField) -> Option<Parameter> {
        let name = &field.name.value;
        if parameter::refused_variable(name) {
            let variable = parameter::shell_variable(name);
            self.report(
                Diagnostic::error(
                    "bad-parameter-name",
                    self.place(field.name.span),
                    format!("a parameter cannot be called `{name}`"),
                )
                .note(format!("in shell snippets it would be `${variable}`, which bash or the loader give a meaning"))
                .hint("give it a longer name"),
            );
            return None;
        }
        let text = &field.default.value;
        let value = match field.value_type {
            ParameterType::Text => Value::text(text.as_str()),
            ParameterType::Integer => Value::integer(text.as_str()),
            ParameterType::Decimal => Value::decimal(text.as_str()),
        };
        let value = match value {
            Ok(value) => value,
            Err(error) => {
                let message = format!("the default of `{name}` is refused: {error}");
                self.report(Diagnostic::error("bad-default", self.place(field.default.span), message));
                return None;
            }
        };
        if let Some(pattern) = &field.pattern {
            match Regex::new(&format!("^(?:{})$", pattern.value)) {
                Ok(regex) if regex.is_match(text) => {}
                Ok(_) => {
                    let message = format!("the default of `{name}` does not match its `pattern`");
                    self.report(
                        Diagnostic::error("bad-default", self.place(field.default.span), message)
                            .hint(format!("the pattern is `{}`, matched as a whole", pattern.value)),
                    );
                }
                Err(error) => {
                    let message = format!("`pattern` is not a regular expression: {}", last_line(&error.to_string()));
                    self.report(Diagnostic::error("bad-pattern", self.place(pattern.span), message));
                }
            }
        }
        let label = field.label.clone().unwrap_or_else(|| name.clone());
        Some(Parameter { name: name.clone(), label, default: value })
    }

    fn snippets(&mut self) -> Vec<Snippet> {
        let mut snippets: Vec<Snippet> = Vec::new();
        // Which snippet, if any, an output fence after this one would belong to.
        let mut owner: BTreeMap<usize, usize> = BTreeMap::new();
        for (index, fence) in self.document.fences.iter().enumerate() {
            let part = part(fence);
            let words = self.words(fence, part);
            match part {
                Part::Shown => {}
                Part::Output => match fence.follows.and_then(|before| owner.get(&before).copied()) {
                    Some(snippet) => {
                        owner.insert(index, snippet);
                        self.output(&mut snippets[snippet], index, fence, &words);
                    }
                    None => self.orphan_output(fence),
                },
                part => {
                    let number = snippets.len() + 1;
                    if let Some(snippet) = self.snippet(index, fence, part, &words, number, &snippets) {
                        if !matches!(snippet.action, Action::File { .. }) {
                            owner.insert(index, snippets.len());
                        }
                        snippets.push(snippet);
                    }
                }
            }
        }
        for snippet in &snippets {
            self.check_whole(snippet);
        }
        snippets
    }

    /// Checks that each word is known here, given once, and has a value exactly if it takes one.
    fn words(&mut self, fence: &'d Fence, part: Part) -> Words<'d> {
        let mut words: BTreeMap<&'d str, &'d Word> = BTreeMap::new();
        for word in &fence.words {
            let key = word.key.as_str();
            if key.starts_with('{') {
                self.marks(word, fence);
                continue;
            }
            if !part.words().contains(&key) {
                let place = self.place(word.key_span);
                let message = match elsewhere(key) {
                    true => format!("`{key}` does not go with {}", part.name()),
                    false => format!("`{key}` is not a word of {}", part.name()),
                };
                self.report(
                    Diagnostic::error("unknown-word", place, message)
                        .label("unknown here")
                        .suggest(key, part.words().iter().copied()),
                );
                continue;
            }
            if words.insert(key, word).is_some() {
                self.report(
                    Diagnostic::error("word-twice", self.place(word.span), format!("`{key}` is given twice"))
                        .hint("keep one; the proof comment above counts, too"),
                );
            }
            let takes_value = !FLAGS.contains(&key);
            let exact_undo = key == "undo" && word.value.as_ref().is_some_and(|value| value.text == "exact");
            match &word.value {
                None if takes_value => {
                    self.report(
                        Diagnostic::error("no-value", self.place(word.span), format!("`{key}` needs a value"))
                            .hint(format!("write `{key}={}`", example(key))),
                    );
                    words.remove(key);
                }
                Some(_) if !takes_value && !exact_undo => {
                    self.report(
                        Diagnostic::error("surplus-value", self.place(word.span), format!("`{key}` takes no value"))
                            .hint(format!("write `{key}` alone")),
                    );
                }
                _ => {}
            }
        }
        Words { words }
    }

    fn marks(&mut self, word: &Word, fence: &Fence) {
        let inner = word.key.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let marks = inner.ok_or_else(|| "it is not closed by `}`".to_owned()).and_then(Marks::parse);
        let message = match marks {
            Ok(marks) => {
                let count = fence.code.text.lines().count();
                match marks.0.last() {
                    Some(&last) if last > count => format!("line {last} is marked, but the fence has {count}"),
                    _ => return,
                }
            }
            Err(error) => format!("`{}` marks no lines: {error}", word.key),
        };
        self.report(
            Diagnostic::error("bad-marks", self.place(word.span), message)
                .hint("write line numbers without spaces: `{1,3-5}`"),
        );
    }

    fn snippet(
        &mut self,
        index: usize,
        fence: &'d Fence,
        part: Part,
        words: &Words<'d>,
        number: usize,
        above: &[Snippet],
    ) -> Option<Snippet> {
        let action = match part {
            Part::Sql => Action::Sql,
            Part::Shell => Action::Shell,
            Part::Console => Action::Console,
            _ => self.file_action(fence, words)?,
        };
        let role = self.role(words, above);
        let snippet = Snippet {
            id: self.id(words, number, above),
            title: words.value("title").map(|title| title.value.to_owned()),
            promise: self.promises(&role, part, words),
            role,
            action,
            condition: self.condition(words),
            timeout: words.value("timeout").and_then(|text| self.timeout(&text)),
            code: fence.code.clone(),
            fence: index,
            output_fences: Vec::new(),
            span: fence.span,
            line: fence.line(self.file),
        };
        if snippet.action == Action::Sql {
            self.check_sql(&snippet);
        }
        if snippet.code.text.trim().is_empty() && !matches!(snippet.action, Action::File { .. }) {
            self.report(
                Diagnostic::error("empty-snippet", self.place(fence.span), "this snippet is empty")
                    .note("running nothing proves nothing")
                    .hint("write the command, or remove the fence"),
            );
        }
        Some(snippet)
    }

    fn id(&mut self, words: &Words<'d>, number: usize, above: &[Snippet]) -> String {
        let default = format!("snippet-{number}");
        let Some(name) = words.value("name") else { return default };
        let plain = !name.value.is_empty()
            && name.value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !plain {
            let message = format!("`{}` is not a name", name.value);
            self.report(
                Diagnostic::error("bad-name", self.place(name.span), message)
                    .hint("a name is lower-case letters, digits and `-`"),
            );
            return default;
        }
        let by_snippet = above.iter().any(|snippet| snippet.id == name.value);
        if by_snippet || self.document.anchors().any(|anchor| anchor == name.value) {
            let what = if by_snippet { "snippet" } else { "heading" };
            let message = format!("the name `{}` is already taken by a {what} of this page", name.value);
            self.report(
                Diagnostic::error("name-twice", self.place(name.span), message)
                    .note("names are used in links, so each stands for one thing")
                    .hint("give it another name"),
            );
            return default;
        }
        name.value.to_owned()
    }

    fn role(&mut self, words: &Words<'d>, above: &[Snippet]) -> Role {
        let roles: Vec<&Word> = ["check", "setup", "undo", "fault"].iter().filter_map(|key| words.get(key)).collect();
        if let [first, second, ..] = roles.as_slice() {
            let message = format!("a snippet is `{}` or `{}`, not both", first.key, second.key);
            self.report(Diagnostic::error("two-roles", self.place(second.span), message).hint("keep one"));
        }
        let Some(word) = roles.first() else {
            if let Some(of) = words.get("of") {
                self.report(
                    Diagnostic::error("of-without-undo", self.place(of.span), "`of` goes with `undo` only")
                        .hint("add `undo`, or remove `of`"),
                );
            }
            return Role::Step;
        };
        match word.key.as_str() {
            "check" => Role::Check,
            "setup" => Role::Setup,
            "fault" => Role::Fault,
            _ => {
                let exact = word.value.is_some();
                let steps = || above.iter().filter(|snippet| snippet.role == Role::Step);
                let of = match words.value("of") {
                    Some(of) if steps().any(|step| step.id == of.value) => Some(of.value.to_owned()),
                    Some(of) => {
                        let names = steps().map(|step| step.id.as_str());
                        let diagnostic = Diagnostic::error(
                            "no-such-step",
                            self.place(of.span),
                            format!("no step above is called `{}`", of.value),
                        )
                        .suggest(of.value, names);
                        self.report(diagnostic);
                        None
                    }
                    None => steps().next_back().map(|step| step.id.clone()),
                };
                if of.is_none() && !words.has("of") {
                    self.report(
                        Diagnostic::error("undo-of-nothing", self.place(word.span), "there is no step above to undo")
                            .hint("an `undo` stands after its step"),
                    );
                }
                Role::Undo { of: of.unwrap_or_default(), exact }
            }
        }
    }

    fn promises(&mut self, role: &Role, part: Part, words: &Words<'d>) -> Promises {
        let mut promises = Promises::default();
        if let Some(effect) = words.value("effect") {
            if *role == Role::Check {
                self.report(
                    Diagnostic::error("check-with-effect", self.place(effect.span), "a check has no `effect`")
                        .note("a check changes nothing, and fails if it does")
                        .hint("remove `effect`, or make it a step by removing `check`"),
                );
            } else {
                match Promise::parse(effect.value) {
                    Ok(promise) => promises.effect = Some(Spanned::new(promise, effect.span)),
                    Err(error) => self.report(
                        Diagnostic::error("bad-effect", self.place(effect.span), format!("`effect` does not parse: {error}"))
                            .hint("write for example `effect=\"architectures_distributions -1, distributions ~1\"` or `effect=none`"),
                    ),
                }
            }
        }
        if let Some(exit) = words.value("exit") {
            match exit.value.parse::<i32>() {
                Ok(status @ 0..=255) => promises.exit = Some(Spanned::new(status, exit.span)),
                _ => {
                    let message = format!("`{}` is not an exit status", exit.value);
                    self.report(
                        Diagnostic::error("bad-exit", self.place(exit.span), message)
                            .hint("write a number from 0 to 255"),
                    );
                }
            }
        }
        if let Some(error) = words.value("error") {
            promises.error = self.error_pattern(&error).map(|pattern| Spanned::new(pattern, error.span));
        }
        debug_assert!(part != Part::Output);
        promises
    }

    fn error_pattern(&mut self, text: &Spanned<&str>) -> Option<ErrorPattern> {
        if let Some(inner) = text.value.strip_prefix('/') {
            let Some(source) = inner.strip_suffix('/').filter(|source| !source.is_empty()) else {
                self.report(
                    Diagnostic::error("bad-error", self.place(text.span), "this pattern has no closing `/`")
                        .hint("write `error=\"/part of the message/\"`"),
                );
                return None;
            };
            return match Regex::new(source) {
                Ok(regex) if regex.is_match("") => {
                    self.report(
                        Diagnostic::error("bad-error", self.place(text.span), "any error would satisfy this pattern")
                            .hint("name the code, or a part of the message"),
                    );
                    None
                }
                Ok(regex) => Some(ErrorPattern::Message(regex)),
                Err(error) => {
                    let message = format!("this is not a regular expression: {}", last_line(&error.to_string()));
                    self.report(Diagnostic::error("bad-error", self.place(text.span), message));
                    None
                }
            };
        }
        let codes: Vec<String> = text.value.split(',').map(|code| code.trim().to_owned()).collect();
        let mut covered: Vec<Engine> = Vec::new();
        for code in &codes {
            match engines_of_code(code) {
                Some(engines) => covered.extend(engines),
                None => {
                    let message = format!("`{code}` is not an error code");
                    self.report(Diagnostic::error("bad-error", self.place(text.span), message).hint(
                        "write a SQLSTATE (`23000`), a MariaDB number (`1451`), a SQLite code \
                         (`SQLITE_CONSTRAINT_FOREIGNKEY`), or a pattern (`\"/message/\"`)",
                    ));
                    return None;
                }
            }
        }
        if let Some(engine) = self.engines.iter().find(|engine| !covered.contains(engine)) {
            let message = format!("`error` names no code of {engine}, on which this page runs");
            let hint = match engine {
                Engine::Sqlite => "add a SQLite code such as `SQLITE_CONSTRAINT_FOREIGNKEY`, separated by a comma",
                Engine::Mariadb => "add a MariaDB number such as `1451`, separated by a comma",
                Engine::Postgres => "add a SQLSTATE such as `23503`, separated by a comma",
            };
            self.report(Diagnostic::error("bad-error", self.place(text.span), message).hint(hint));
        }
        Some(ErrorPattern::Codes(codes))
    }

    fn condition(&mut self, words: &Words<'d>) -> Condition {
        let requires = words.value("requires").map(|programs| self.programs(&programs)).unwrap_or_default();
        Condition {
            engines: words.value("engine").map(|names| self.engine_names(&names)).unwrap_or_default(),
            case: words.value("case").and_then(|case| self.case(&case)),
            requires,
            skip: words.value("skip").and_then(|reason| {
                let text = reason.value.trim();
                if text.is_empty() {
                    self.report(
                        Diagnostic::error("no-reason", self.place(reason.span), "`skip` has no reason")
                            .note("the reader of the page sees the reason")
                            .hint("write `skip=\"needs a real build service\"`"),
                    );
                }
                (!text.is_empty()).then(|| text.to_owned())
            }),
        }
    }

    fn programs(&mut self, text: &Spanned<&str>) -> Vec<String> {
        let programs: Vec<String> = text.value.split(',').map(|name| name.trim().to_owned()).collect();
        if programs.iter().any(|name| name.is_empty() || name.contains(['/', ' '])) {
            let message = format!("`{}` is not a list of programs", text.value);
            self.report(
                Diagnostic::error("bad-requires", self.place(text.span), message)
                    .hint("write program names with commas between: `requires=xmllint,jq`"),
            );
            return Vec::new();
        }
        programs
    }

    fn engine_names(&mut self, text: &Spanned<&str>) -> Vec<Engine> {
        let mut engines = Vec::new();
        for name in text.value.split(',') {
            match Engine::parse(name.trim()) {
                Some(engine) => engines.push(engine),
                None => {
                    let diagnostic =
                        Diagnostic::error("unknown-value", self.place(text.span), format!("`{name}` is not an engine"))
                            .suggest(name, Engine::ALL.map(Engine::name));
                    self.report(diagnostic);
                }
            }
        }
        engines
    }

    fn case(&mut self, text: &Spanned<&str>) -> Option<String> {
        let cases: Vec<&str> = self.document.front_matter.cases.iter().map(|case| case.name.value.as_str()).collect();
        if text.value != "default" && !cases.contains(&text.value) {
            let message = format!("this page has no case `{}`", text.value);
            let known = cases.into_iter().chain(["default"]);
            let diagnostic =
                Diagnostic::error("unknown-value", self.place(text.span), message).suggest(text.value, known);
            self.report(diagnostic);
            return None;
        }
        Some(text.value.to_owned())
    }

    fn timeout(&mut self, text: &Spanned<&str>) -> Option<Duration> {
        let limit = duration(text.value);
        if limit.is_none() {
            let message = format!("`{}` is not a time limit", text.value);
            self.report(
                Diagnostic::error("bad-timeout", self.place(text.span), message)
                    .hint("write for example `timeout=500ms`, `timeout=30s` or `timeout=2m`"),
            );
        }
        limit
    }

    fn file_action(&mut self, fence: &Fence, words: &Words<'d>) -> Option<Action> {
        let path = words.value("file")?;
        let fill = words.has("params").then(|| match fence.language.as_str() {
            "xml" => Some(FileFormat::Xml),
            "json" => Some(FileFormat::Json),
            _ => None,
        });
        if fill == Some(None)
            && let Some(word) = words.get("params")
        {
            let message = format!("`params` cannot fill in a file in `{}`", fence.language);
            self.report(
                Diagnostic::error("params-language", self.place(word.span), message)
                    .note("a value is escaped for the language it stands in; that is known for `xml` and `json`")
                    .hint("remove `params`, or write the file from a shell snippet with `\"$NAME\"`"),
            );
            return None;
        }
        match RelativePath::parse(path.value) {
            Ok(parsed) => Some(Action::File { path: parsed, fill: fill.flatten() }),
            Err(error) => {
                let message = format!("`{}` is not a file in the work folder: {error}", path.value);
                self.report(
                    Diagnostic::error("bad-file", self.place(path.span), message)
                        .hint("write a relative path without `..`, such as `file=distribution.xml`"),
                );
                None
            }
        }
    }

    fn output(&mut self, snippet: &mut Snippet, index: usize, fence: &'d Fence, words: &Words<'d>) {
        snippet.output_fences.push(index);
        let form = match words.value("match").map(|form| (form.value, form.span)) {
            None => Form::Exact,
            Some(("glob", _)) => Form::Glob,
            Some(("regex", _)) => Form::Regex,
            Some((other, span)) => {
                let diagnostic =
                    Diagnostic::error("unknown-value", self.place(span), format!("`{other}` is not a way to match"))
                        .suggest(other, ["glob", "regex"]);
                self.report(diagnostic);
                return;
            }
        };
        let expected = match snippet.action {
            Action::Sql => {
                if let Some(word) = ["stderr", "match", "unordered"].iter().find_map(|key| words.get(key)) {
                    self.report(
                        Diagnostic::error(
                            "unknown-word",
                            self.place(word.span),
                            format!("`{}` does not go with the output of SQL", word.key),
                        )
                        .hint("tables are compared by value; their order counts only under a top-level ORDER BY"),
                    );
                }
                match parse_tables(&fence.code.text) {
                    Ok(tables) if tables.is_empty() => {
                        self.report(
                            Diagnostic::error("empty-output", self.place(fence.span), "this output is empty")
                                .hint("no rows are written `Empty set`"),
                        );
                        return;
                    }
                    Ok(tables) => Expected::Tables(tables),
                    Err(error) => {
                        let place = self.code_line(fence, error.line);
                        self.report(
                            Diagnostic::error("bad-table", place, error.message)
                                .hint("write it as the `mariadb` client prints it; no rows are `Empty set`"),
                        );
                        return;
                    }
                }
            }
            _ => {
                let stream = if words.has("stderr") { Stream::Stderr } else { Stream::Stdout };
                match TextPattern::new(&fence.code.text, form, words.has("unordered")) {
                    Ok(pattern) => Expected::Text { stream, pattern },
                    Err(error) => {
                        let place = self.code_line(fence, error.line);
                        self.report(
                            Diagnostic::error("bad-pattern", place, error.message)
                                .note("an expectation must be able to fail"),
                        );
                        return;
                    }
                }
            }
        };
        let condition = Condition {
            engines: words.value("engine").map(|names| self.engine_names(&names)).unwrap_or_default(),
            case: words.value("case").and_then(|case| self.case(&case)),
            ..Condition::default()
        };
        let stream = |expected: &Expected| match expected {
            Expected::Text { stream, .. } => Some(*stream),
            Expected::Tables(_) => None,
        };
        if snippet
            .promise
            .outputs
            .iter()
            .any(|other| other.condition == condition && stream(&other.expected) == stream(&expected))
        {
            self.report(
                Diagnostic::error(
                    "output-twice",
                    self.place(fence.language_span),
                    "this snippet already has such an output",
                )
                .hint("merge the two, or tell them apart with `stderr`, `engine=` or `case=`"),
            );
        }
        snippet.promise.outputs.push(ExpectedOutput { expected, condition, fence: index, line: fence.line(self.file) });
    }

    fn orphan_output(&mut self, fence: &Fence) {
        self.report(
            Diagnostic::error("output-of-nothing", self.place(fence.language_span), "this `output` belongs to no snippet")
                .note("it would be compared with nothing")
                .hint("put it after its snippet in the same list item or quote, with only blank lines between; output that is only shown can be `text`"),
        );
    }

    /// The place of line `line` (from 0) of the fence's text.
    fn code_line(&self, fence: &Fence, line: usize) -> Place {
        let start: usize = fence.code.text.split_inclusive('\n').take(line).map(str::len).sum();
        let length = fence.code.text[start..].lines().next().map_or(0, str::len);
        self.place(fence.code.source_span(Span::new(start, start + length)))
    }

    fn check_sql(&mut self, snippet: &Snippet) {
        let text = &snippet.code.text;
        let engines =
            if snippet.condition.engines.is_empty() { self.engines.clone() } else { snippet.condition.engines.clone() };
        let engine = engines.first().copied().unwrap_or(Engine::Sqlite);
        for used in parameter::uses(text, engine) {
            if !self.document.front_matter.parameters.iter().any(|field| field.name.value == used.name) {
                let place = self.place(snippet.code.source_span(used.span));
                let names: Vec<String> = self.parameters.iter().map(|parameter| parameter.name.clone()).collect();
                let message = format!("`:{}` is not a parameter of this page", used.name);
                let diagnostic = Diagnostic::error("unknown-parameter", place, message);
                let diagnostic = if names.is_empty() {
                    diagnostic
                        .hint(format!("declare it in the front matter: `[parameters.{}]` with a `default`", used.name))
                } else {
                    diagnostic.suggest(&used.name, names.iter().map(String::as_str))
                };
                self.report(diagnostic);
            }
        }
        if let Some((span, what)) = sql::unterminated(text, engine) {
            let place = self.place(snippet.code.source_span(span));
            self.report(
                Diagnostic::error("unterminated", place, format!("this {what} is never closed"))
                    .note("everything after it would be read as part of it"),
            );
        }
        if let Some((span, name)) = sql::client_command(text, engine) {
            let place = self.place(snippet.code.source_span(span));
            self.report(
                Diagnostic::error(
                    "client-command",
                    place,
                    format!("`{name}` is a command of the client program, not SQL"),
                )
                .note("SQL snippets go to the engine itself, statement by statement")
                .hint("run the client in a `bash` snippet, or write it as SQL"),
            );
        }
    }

    /// What can be told only once a snippet's outputs are known.
    fn check_whole(&mut self, snippet: &Snippet) {
        let promise = &snippet.promise;
        let runs = snippet.condition.skip.is_none();
        let asserted = promise.error.is_some() || !promise.outputs.is_empty() || !snippet.output_fences.is_empty();
        if snippet.role == Role::Check && snippet.action == Action::Sql && !asserted && runs {
            self.report(
                Diagnostic::error("check-of-nothing", self.head(snippet), "this check says nothing about its result")
                    .note("a SELECT succeeds whatever it finds")
                    .hint("add an `output` fence after it (no rows are `Empty set`), or `error=CODE`"),
            );
        }
    }

    fn head(&self, snippet: &Snippet) -> Place {
        let line = self.file.slice(snippet.span).lines().next().map_or(0, str::len);
        self.place(Span::new(snippet.span.start, snippet.span.start + line))
    }

    fn database(&mut self, config: &Config, snippets: &[Snippet]) -> Option<String> {
        let names = || config.databases.iter().map(|database| database.name.as_str());
        if let Some(named) = &self.document.front_matter.database {
            if names().any(|name| name == named.value) {
                return Some(named.value.clone());
            }
            let message = format!("no database is called `{}`", named.value);
            let diagnostic = Diagnostic::error("unknown-database", self.place(named.span), message);
            let diagnostic = if config.databases.is_empty() {
                diagnostic.hint(format!("add `[database.{}]` to proofbook.toml", named.value))
            } else {
                diagnostic.suggest(&named.value, names())
            };
            self.report(diagnostic);
            return None;
        }
        match config.databases.as_slice() {
            [only] => Some(only.name.clone()),
            databases => {
                let runs = |snippet: &&Snippet| snippet.action == Action::Sql && snippet.condition.skip.is_none();
                if let Some(snippet) = snippets.iter().find(runs)
                    && self.document.front_matter.not_run.is_none()
                {
                    let head = self.head(snippet);
                    self.report(if databases.is_empty() {
                        Diagnostic::error("no-database", head, "there is no database to run this on").hint(
                            "add `[database.NAME]` to proofbook.toml and content/_databases/NAME/schema.sql; \
                             or say `skip=\"why\"` here, or `run = false` in the front matter",
                        )
                    } else {
                        let list: Vec<String> = names().map(|name| format!("`{name}`")).collect();
                        Diagnostic::error("no-database", head, "this page does not say which database it runs on")
                            .hint(format!("add `database = \"…\"` to the front matter; there are {}", list.join(", ")))
                    });
                }
                None
            }
        }
    }
}

fn part(fence: &Fence) -> Part {
    let file = fence.words.iter().any(|word| word.key == "file");
    match fence.language.as_str() {
        "output" => Part::Output,
        _ if file => Part::File,
        "sql" => Part::Sql,
        "bash" | "sh" | "shell" => Part::Shell,
        "console" => Part::Console,
        _ => Part::Shown,
    }
}

/// Whether `key` is a word of any fence.
fn elsewhere(key: &str) -> bool {
    let parts = [Part::Sql, Part::Shell, Part::Console, Part::File, Part::Output, Part::Shown];
    parts.iter().any(|part| part.words().contains(&key))
}

/// A value that a word which needs one could have.
fn example(key: &str) -> &'static str {
    match key {
        "effect" => "\"table -1\"",
        "exit" => "1",
        "error" => "1451",
        "engine" => "mariadb",
        "requires" => "xmllint",
        "skip" => "\"why\"",
        "timeout" => "30s",
        "file" => "folder/name.xml",
        "match" => "glob",
        "title" => "\"A few words\"",
        _ => "a-name",
    }
}

/// The engines an error code can come from; `None` if it is no code.
///
/// SQLSTATE is five upper-case letters and digits (SQL standard, part 2, clause 24); MariaDB's numbers have four digits
/// (MariaDB error code reference), SQLite's symbols start with `SQLITE_` (SQLite result codes).
fn engines_of_code(code: &str) -> Option<Vec<Engine>> {
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if code.starts_with("SQLITE_") && code.bytes().all(|byte| upper(byte) || byte == b'_') {
        Some(vec![Engine::Sqlite])
    } else if code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        Some(vec![Engine::Mariadb])
    } else if code.len() == 5 && code.bytes().all(upper) {
        Some(vec![Engine::Mariadb, Engine::Postgres])
    } else {
        None
    }
}

/// `500ms`, `30s`, `2m`; above zero, at most an hour.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let number: u64 = digits.parse().ok().filter(|&number| number > 0)?;
    let milliseconds = match &text[digits.len()..] {
        "ms" => number,
        "s" => number.checked_mul(1_000)?,
        "m" => number.checked_mul(60_000)?,
        _ => return None,
    };
    (milliseconds <= 3_600_000).then(|| Duration::from_millis(milliseconds))
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests;
