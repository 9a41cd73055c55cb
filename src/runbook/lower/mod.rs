//! From fences to snippets: every word checked against the role it stands with.
//!
//! Takes a document and the configuration, gives a `Runbook` and diagnostics. Must stay true: a fence in a language that
//! runs becomes a snippet or an error, never nothing; a word that does not go with its role is an error.

mod condition;
mod console;
mod drill;
mod output;
mod parameters;
mod promises;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::parameter;
use super::snippet::{Action, Condition, FileFormat, NotRun, Parameter, Role, Runbook, Snippet};
use super::sql;
use super::transcript;
use crate::config::{Config, Engine, Spanned};
use crate::diagnostic::{Diagnostic, Place};
use crate::document::{Document, Fence, Word};
use crate::path::{PathError, RelativePath};
use crate::span::{SourceFile, Span};
use words::{Part, Words, part};

/// Makes the runbook of a page. Pages outside `[run] pages` have no snippets.
pub fn lower(document: &Document, config: &Config) -> (Runbook, Vec<Diagnostic>) {
    let mut lowering = Lowering {
        document,
        file: &document.file,
        engines: engines(document),
        parameters: Vec::new(),
        anchors: document.anchors().collect(),
        names: BTreeSet::new(),
        diagnostics: Vec::new(),
    };
    lowering.parameters = lowering.parameters();
    let cases = lowering.cases();
    let in_selection = config.run.holds(&document.path);
    let snippets = if in_selection { lowering.snippets() } else { Vec::new() };
    let reason = document
        .front_matter
        .not_run
        .clone()
        .or_else(|| (!in_selection).then(|| "the page is outside `[run] pages`".to_owned()));
    let fences = document.fences.iter().filter(|fence| fence.is_runnable()).count();
    let not_run = reason.map(|reason| NotRun { reason, fences });
    let database = lowering.database(config, &snippets);
    let after = lowering.after();
    lowering.check_drill(&snippets, &cases);
    let runbook = Runbook {
        page: document.path.clone(),
        file: Arc::clone(&document.file),
        title: document.title.clone(),
        not_run,
        database,
        engines: lowering.engines,
        after,
        parameters: lowering.parameters,
        cases,
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
    /// What links can already lead to on this page.
    anchors: BTreeSet<&'d str>,
    /// The ids of the snippets so far.
    names: BTreeSet<String>,
    diagnostics: Vec<Diagnostic>,
}

impl<'d> Lowering<'d> {
    fn place(&self, span: Span) -> Place {
        Place::new(self.file, span)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn snippets(&mut self) -> Vec<Snippet> {
        let mut snippets: Vec<Snippet> = Vec::new();
        // Which snippet, if any, an output fence after this one would belong to.
        let mut owner: BTreeMap<usize, usize> = BTreeMap::new();
        // The transcripts, and the outputs that follow them, which no transcript has.
        let mut transcripts: BTreeSet<usize> = BTreeSet::new();
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
                    None if fence.follows.is_some_and(|before| transcripts.contains(&before)) => {
                        transcripts.insert(index);
                        self.output_of_transcript(fence);
                    }
                    None => self.orphan_output(fence),
                },
                part => {
                    let number = snippets.len() + 1;
                    if let Some(snippet) = self.snippet(index, fence, part, &words, number, &snippets) {
                        match snippet.action {
                            Action::Sql | Action::Shell => {
                                owner.insert(index, snippets.len());
                            }
                            Action::Console(_) => {
                                transcripts.insert(index);
                            }
                            Action::File { .. } => {}
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
            Part::Console => self.console_action(fence),
            _ => self.file_action(fence, words)?,
        };
        let role = self.role(words, above);
        let condition = self.condition(words);
        let snippet = Snippet {
            id: self.id(words, number),
            title: words.value("title").map(|title| title.value.to_owned()),
            promise: self.promises(&role, &condition, words),
            role,
            action,
            condition,
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
        let text = &snippet.code.text;
        let does_nothing = match &snippet.action {
            Action::Sql => sql::statements(text, self.engines_of(&snippet.condition)[0]).is_empty(),
            Action::Shell => text.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('#')),
            // A transcript of lines that are no commands is reported line by line.
            Action::Console(commands) => {
                transcript::does_nothing(commands) && (!commands.is_empty() || text.trim().is_empty())
            }
            Action::File { .. } => false,
        };
        if does_nothing {
            let what = if text.trim().is_empty() { "is empty" } else { "holds nothing but comments" };
            self.report(
                Diagnostic::error("empty-snippet", self.place(fence.span), format!("this snippet {what}"))
                    .note("running nothing proves nothing")
                    .hint("write the command, or remove the fence"),
            );
        }
        Some(snippet)
    }

    /// The engines a snippet or an output with `condition` counts on; never empty.
    fn engines_of<'c>(&'c self, condition: &'c Condition) -> &'c [Engine] {
        if condition.engines.is_empty() { &self.engines } else { &condition.engines }
    }

    fn id(&mut self, words: &Words<'d>, number: usize) -> String {
        let id = self.name(words).unwrap_or_else(|| {
            // A heading may be called `Snippet 1`.
            let further = (1..).map(|n| format!("snippet-{number}-{n}"));
            let mut free = std::iter::once(format!("snippet-{number}")).chain(further);
            free.find(|id| !self.anchors.contains(id.as_str())).unwrap_or_default()
        });
        self.names.insert(id.clone());
        id
    }

    fn name(&mut self, words: &Words<'d>) -> Option<String> {
        let name = words.value("name")?;
        let plain = !name.value.is_empty()
            && name.value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !plain {
            let message = format!("`{}` is not a name", name.value);
            self.report(
                Diagnostic::error("bad-name", self.place(name.span), message)
                    .hint("a name is lower-case letters, digits and `-`"),
            );
            return None;
        }
        if name.value.strip_prefix("snippet-").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            let message = format!("`{}` is what a snippet without a name is called", name.value);
            self.report(
                Diagnostic::error("bad-name", self.place(name.span), message).hint("give it a name of its own"),
            );
            return None;
        }
        let by_snippet = self.names.contains(name.value);
        if by_snippet || self.anchors.contains(name.value) {
            let what = if by_snippet { "snippet" } else { "heading" };
            let message = format!("the name `{}` is already taken by a {what} of this page", name.value);
            self.report(
                Diagnostic::error("name-twice", self.place(name.span), message)
                    .note("names are used in links, so each stands for one thing")
                    .hint("give it another name"),
            );
            return None;
        }
        Some(name.value.to_owned())
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
                // From the nearest up.
                let steps = || above.iter().rev().filter(|snippet| snippet.role == Role::Step);
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
                    None => steps().next().map(|step| step.id.clone()),
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

    fn file_action(&mut self, fence: &Fence, words: &Words<'d>) -> Option<Action> {
        let path = words.value("file")?;
        let format = match fence.language.as_str() {
            "xml" => Some(FileFormat::Xml),
            "json" => Some(FileFormat::Json),
            _ => None,
        };
        let fill = format.filter(|_| words.has("params"));
        if let Some(word) = words.get("params").filter(|_| fill.is_none()) {
            let message = format!("`params` cannot fill in a file in `{}`", fence.language);
            self.report(
                Diagnostic::error("params-language", self.place(word.span), message)
                    .note("a value is escaped for the language it stands in; that is known for `xml` and `json`")
                    .hint("remove `params`, or write the file from a shell snippet with `\"$NAME\"`"),
            );
            return None;
        }
        if fill.is_some() {
            self.check_fill(fence);
        }
        let parsed = match path.value.split('/').any(|part| part == "..") {
            true => Err(PathError::Escapes),
            false => RelativePath::parse(path.value),
        };
        match parsed {
            Ok(parsed) => Some(Action::File { path: parsed, fill }),
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

    /// What would be written to the file as it stands, though it looks like a parameter.
    fn check_fill(&mut self, fence: &Fence) {
        let text = &fence.code.text;
        for (at, _) in text.match_indices("{{") {
            let name: &str =
                text[at + 2..].split(|c: char| !(c.is_alphanumeric() || "_ ".contains(c))).next().unwrap_or("");
            if !name.is_empty() && text[at + 2 + name.len()..].starts_with("}}") {
                let span = Span::new(at, at + name.len() + 4);
                self.check_declared(name, &text[span.start..span.end], fence.code.source_span(span));
            }
        }
    }

    /// Reports `name`, written as `written` at `span`, if it is not a parameter of the page.
    fn check_declared(&mut self, name: &str, written: &str, span: Span) {
        if self.document.front_matter.parameters.iter().any(|field| field.name.value == name) {
            return;
        }
        let message = format!("`{written}` is not a parameter of this page");
        let diagnostic = Diagnostic::error("unknown-parameter", self.place(span), message);
        let diagnostic = if self.parameters.is_empty() {
            let name = name.trim();
            diagnostic.hint(format!("declare it in the front matter: `[parameters.{name}]` with a `default`"))
        } else {
            diagnostic.suggest(name, self.parameters.iter().map(|parameter| parameter.name.as_str()))
        };
        self.report(diagnostic);
    }

    fn check_sql(&mut self, snippet: &Snippet) {
        let text = &snippet.code.text;
        let place = |lowering: &Self, span| lowering.place(snippet.code.source_span(span));
        // Engines read a text differently, so each one that will is asked; what several say is told once.
        let mut told = BTreeSet::new();
        for engine in self.engines_of(&snippet.condition).to_vec() {
            for used in parameter::uses(text, engine) {
                if told.insert((used.span.start, "parameter")) {
                    self.check_declared(&used.name, &format!(":{}", used.name), snippet.code.source_span(used.span));
                }
            }
            if let Some((span, what)) = sql::unterminated(text, engine)
                && told.insert((span.start, "unterminated"))
            {
                let place = place(self, span);
                self.report(
                    Diagnostic::error("unterminated", place, format!("this {what} is never closed"))
                        .note("everything after it would be read as part of it")
                        .hint("close it, or double the quote if it is part of the text"),
                );
            }
            if let Some((span, name)) = sql::client_command(text, engine)
                && told.insert((span.start, "client-command"))
            {
                let place = place(self, span);
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
    }

    /// What can be told only once a snippet's outputs are known.
    fn check_whole(&mut self, snippet: &Snippet) {
        let promise = &snippet.promise;
        let runs = snippet.condition.skip.is_none();
        if snippet.role != Role::Check || snippet.action != Action::Sql || promise.error.is_some() || !runs {
            return;
        }
        if snippet.output_fences.is_empty() {
            self.report(
                Diagnostic::error("check-of-nothing", self.head(snippet), "this check says nothing about its result")
                    .note("a SELECT succeeds whatever it finds")
                    .hint("add an `output` fence after it (no rows are `Empty set`), or `error=CODE`"),
            );
            return;
        }
        let says_nothing = |(engine, case): &(Engine, &str)| {
            !promise.outputs.is_empty() && !promise.outputs.iter().any(|output| output.condition.holds(*engine, case))
        };
        let silent = self.runs_of(snippet).find(says_nothing);
        let message = silent
            .map(|(engine, case)| format!("this check says nothing about its result on {engine} in the case `{case}`"));
        if let Some(message) = message {
            self.report(
                Diagnostic::error("check-of-nothing", self.head(snippet), message)
                    .note("its outputs are all for other engines or cases")
                    .hint("add an `output` fence for that run, or leave the check out of it with `engine=` or `case=`"),
            );
        }
    }

    /// The engines and cases a snippet takes part in.
    fn runs_of<'s>(&'s self, snippet: &'s Snippet) -> impl Iterator<Item = (Engine, &'s str)> {
        let cases = self.document.front_matter.cases.iter().map(|case| case.name.value.as_str());
        let engines = self.engines_of(&snippet.condition);
        std::iter::once("default")
            .chain(cases)
            .filter(|case| snippet.condition.case.as_deref().is_none_or(|only| only == *case))
            .flat_map(|case| engines.iter().map(move |engine| (*engine, case)))
    }

    /// The page this one starts after, named as in a link.
    fn after(&mut self) -> Option<Spanned<RelativePath>> {
        let after = self.document.front_matter.after.as_ref()?;
        match RelativePath::resolve(self.document.path.folder(), &after.value) {
            Ok(path) => Some(Spanned::new(path, after.span)),
            Err(error) => {
                let message = format!("`{}` is not a page: {error}", after.value);
                self.report(
                    Diagnostic::error("unknown-page", self.place(after.span), message)
                        .hint("write a path from this page, as in a link: `after = \"first-steps.md\"`"),
                );
                None
            }
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
                // An effect is measured on a database, whoever has it.
                let runs = |snippet: &&Snippet| {
                    (snippet.action == Action::Sql || snippet.promise.effect.is_some())
                        && snippet.condition.skip.is_none()
                };
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

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests;
