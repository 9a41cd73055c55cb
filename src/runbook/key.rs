//! The key of a page's proof: a hash of everything that was run, and of nothing else.
//!
//! Takes a runbook and its database's scripts, gives a text that changes exactly when the run could come out otherwise.
//! Must stay true: prose, titles, line numbers and versions do not count; snippets and their words, outputs, files,
//! parameters, schema, seed, volatile columns and engine do.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::snippet::{Action, Case, Condition, ErrorPattern, Expected, Role, Runbook, Snippet};
use crate::config::{Engine, Spanned, VolatileColumn};
use crate::document::Document;

/// The number of the semantics snippets are run with. It is part of every key: raise it when the same page, unchanged,
/// could come out otherwise.
pub const SEMANTICS: u32 = 3;

/// What one run of a page is made from.
#[derive(Debug, Clone, Copy)]
pub struct Keyed<'k> {
    /// The page.
    pub runbook: &'k Runbook,
    /// The document it was made from.
    pub document: &'k Document,
    /// The case it is run in.
    pub case: &'k Case,
    /// The engine; `None` for a page without a database.
    pub engine: Option<Engine>,
    /// The database's schema and seed.
    pub scripts: &'k [&'k str],
    /// The database's columns in which a difference is no change.
    pub volatile: &'k [Spanned<VolatileColumn>],
    /// The key of the page it starts after, on the same engine; `None` if it starts from the beginning.
    pub after: Option<&'k str>,
}

/// The key of one run of a page.
pub fn page_key(keyed: Keyed<'_>) -> String {
    let Keyed { runbook, document, case, engine, scripts, volatile, after } = keyed;
    let mut hash = Hash(Sha256::new());
    hash.part(&SEMANTICS.to_string());
    hash.part(engine.map_or("none", Engine::name));
    hash.part(runbook.database.as_deref().unwrap_or_default());
    hash.part(after.unwrap_or_default());
    hash.list(scripts.iter().copied());
    // Neither their order nor their case means anything.
    let volatile: BTreeSet<String> = volatile.iter().map(|column| column.value.to_string().to_lowercase()).collect();
    hash.list(volatile.iter().map(String::as_str));
    hash.part(&case.name);
    for (name, value) in &case.values {
        hash.part(name);
        hash.part(&format!("{value:?}"));
    }
    for snippet in &runbook.snippets {
        hash.snippet(snippet, document);
    }
    hash.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Hash(Sha256);

impl Hash {
    /// Parts are hashed with their length, so that no two lists of parts are the same bytes.
    fn part(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn list<'a>(&mut self, parts: impl ExactSizeIterator<Item = &'a str>) {
        self.part(&parts.len().to_string());
        parts.for_each(|part| self.part(part));
    }

    fn snippet(&mut self, snippet: &Snippet, document: &Document) {
        self.part("snippet");
        self.part(&snippet.id);
        self.part(snippet.role.name());
        if let Role::Undo { of, exact } = &snippet.role {
            self.part(of);
            self.part(&exact.to_string());
        }
        self.part(snippet.action.name());
        if let Action::File { path, fill } = &snippet.action {
            self.part(path.as_str());
            self.part(&format!("{fill:?}"));
        }
        self.part(&snippet.code.text);
        self.condition(&snippet.condition);
        self.part(&snippet.timeout.map_or(0, |limit| limit.as_millis()).to_string());
        let promise = &snippet.promise;
        self.part(&promise.effect.as_ref().map(|effect| effect.value.to_string()).unwrap_or_default());
        self.part(&promise.exit.as_ref().map_or(0, |exit| exit.value).to_string());
        match promise.error.as_ref().map(|error| &error.value) {
            None => self.part(""),
            Some(ErrorPattern::Codes(codes)) => self.list(codes.iter().map(String::as_str)),
            Some(ErrorPattern::Message(regex)) => self.part(regex.as_str()),
        }
        for output in &promise.outputs {
            self.part(match &output.expected {
                Expected::Tables(_) => "tables",
                Expected::Text { stream, .. } => stream.name(),
            });
            self.condition(&output.condition);
            let fence = &document.fences[output.fence];
            for word in &fence.words {
                self.part(&word.key);
                self.part(word.value.as_ref().map_or("", |value| value.text.as_str()));
            }
            self.part(&fence.code.text);
        }
    }

    fn condition(&mut self, condition: &Condition) {
        self.list(condition.engines.iter().map(|engine| engine.name()));
        self.part(condition.case.as_deref().unwrap_or_default());
        self.list(condition.requires.iter().map(String::as_str));
        self.part(condition.skip.as_deref().unwrap_or_default());
    }
}
