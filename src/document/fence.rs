//! Fenced code blocks: language, words, text with places, and what stands directly before each.
//!
//! Takes the event stream, gives every fence. Which words go with which role is `runbook`'s business; here a language
//! that looks runnable but is not, a proof comment above nothing and a fence that is never closed are refused, because
//! each would otherwise be skipped without a word.

use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use super::Strictness;
use super::word::{self, Word};
use crate::diagnostic::{Diagnostic, Place, nearest};
use crate::span::{SourceFile, Span};

/// The languages whose fences run, and `output`, which belongs to them.
pub const RUNNABLE: [&str; 5] = ["sql", "bash", "sh", "shell", "console"];

/// Languages a writer may expect to run, each with what to write instead.
const NEAR_RUNNABLE: [(&str, &str); 24] = [
    ("mysql", "sql"),
    ("mariadb", "sql"),
    ("pgsql", "sql"),
    ("psql", "sql"),
    ("postgres", "sql"),
    ("postgresql", "sql"),
    ("plpgsql", "sql"),
    ("plsql", "sql"),
    ("tsql", "sql"),
    ("sqlite", "sql"),
    ("sqlite3", "sql"),
    ("zsh", "bash"),
    ("ksh", "bash"),
    ("dash", "bash"),
    ("ash", "bash"),
    ("fish", "bash"),
    ("csh", "bash"),
    ("tcsh", "bash"),
    ("shellscript", "bash"),
    ("shell-session", "console"),
    ("shellsession", "console"),
    ("sh-session", "console"),
    ("bash-session", "console"),
    ("terminal", "console"),
];

/// One fenced code block.
#[derive(Debug, Clone)]
pub struct Fence {
    /// The first word of the info string; empty if there is none.
    pub language: String,
    /// Where the language stands; the opening backticks if there is none.
    pub language_span: Span,
    /// The words of the proof comment above, then those of the info string.
    pub words: Vec<Word>,
    /// The text.
    pub code: Code,
    /// The whole fence, from its opening backticks to its closing ones.
    pub span: Span,
    /// The index of its first event in the document.
    pub event: usize,
    /// The list item, quote or page it stands in.
    pub container: Container,
    /// The fence before it in the same container, if only blank lines or a proof comment stand between.
    pub follows: Option<usize>,
}

/// A list item, quote or the page itself, numbered in order of appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container(usize);

/// The text of a fence, without the indentation or quote marks of what it stands in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Code {
    /// The text; it ends with a line ending unless it is empty. Line endings are `\n`.
    pub text: String,
    /// Where each part of `text` comes from.
    parts: Vec<Part>,
}

/// A part of a fence's text that stands in the file as it is, or stands for the columns of a tab that is only partly
/// indentation: then it may be longer than what it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    /// Its first byte in the text.
    start: usize,
    /// Its bytes in the file.
    source: Span,
}

impl Code {
    /// The place in the file of byte `offset` of the text.
    pub fn source_offset(&self, offset: usize) -> usize {
        let after = self.parts.partition_point(|part| part.start <= offset);
        after.checked_sub(1).map_or(0, |at| {
            let Part { start, source } = self.parts[at];
            (source.start + (offset - start)).min(source.end)
        })
    }

    /// The place in the file of a span of the text.
    pub fn source_span(&self, span: Span) -> Span {
        // The end is mapped from the last byte, not from the one after it: that may be the next line's first.
        let start = self.source_offset(span.start);
        let end = if span.end > span.start { self.source_offset(span.end - 1) + 1 } else { start };
        Span::new(start, end.min(self.parts.last().map_or(0, |part| part.source.end)))
    }

    /// Appends text that stands at `source` in the file.
    pub(super) fn push(&mut self, text: &str, source: Span) {
        self.parts.push(Part { start: self.text.len(), source });
        self.text.push_str(text);
    }
}

impl Fence {
    /// The line of the opening backticks, from 1.
    pub fn line(&self, file: &SourceFile) -> usize {
        file.line_of(self.span.start)
    }

    /// Whether fences of this language run.
    pub fn is_runnable(&self) -> bool {
        RUNNABLE.contains(&self.language.as_str())
    }
}

struct Comment {
    words: Vec<Word>,
    span: Span,
}

/// Reads every fence of the event stream.
pub(super) fn read(
    file: &Arc<SourceFile>,
    events: &[(Event<'static>, Span)],
    strictness: Strictness,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Fence> {
    let mut fences: Vec<Fence> = Vec::new();
    let mut next_container = 1;
    // For each open container: its number and the fence that ended last in it with nothing after.
    let mut containers: Vec<(Container, Option<usize>)> = vec![(Container(0), None)];
    let mut comment: Option<Comment> = None;
    let mut current: Option<Fence> = None;
    let mut indented = false;
    let mut html: Option<(Span, Vec<Span>)> = None;
    let strict = strictness == Strictness::Runs;
    for (index, (event, span)) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                // On a page that does not run, the words may be another tool's.
                let mut other_tools = Vec::new();
                let mut fence = open(file, *span, index, if strict { &mut *diagnostics } else { &mut other_tools });
                if let Some(comment) = comment.take() {
                    if file.line_of(comment.span.end.saturating_sub(1)) + 1 == fence.line(file) {
                        fence.words.splice(0..0, comment.words);
                    } else {
                        misplaced(file, &comment, diagnostics);
                    }
                }
                if let Some((container, last)) = containers.last() {
                    (fence.container, fence.follows) = (*container, *last);
                }
                current = Some(fence);
            }
            Event::Text(text) if current.is_some() => {
                if let Some(fence) = &mut current {
                    fence.code.push(text, *span);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some(fence) = current.take() {
                    if strict {
                        check_language(file, &fence, diagnostics);
                        check_closed(file, &fence, diagnostics);
                    }
                    if let Some((_, last)) = containers.last_mut() {
                        *last = Some(fences.len());
                    }
                    fences.push(fence);
                } else {
                    indented = false;
                }
            }
            Event::Text(text) if strict && indented && opens_snippet(text) => {
                diagnostics.push(hidden(
                    file,
                    *span,
                    "this fence is indented so far that it is shown as code, backticks and all",
                    "indent it by at most three spaces more than the text around it",
                ));
            }
            Event::InlineHtml(_) => {
                if let Some(comment) = proof_comment(file, *span, &[*span], diagnostics) {
                    misplaced(file, &comment, diagnostics);
                }
            }
            Event::Start(Tag::HtmlBlock) => html = Some((*span, Vec::new())),
            Event::Html(_) if html.is_some() => {
                if let Some((_, parts)) = &mut html {
                    parts.push(*span);
                }
            }
            Event::End(TagEnd::HtmlBlock) => {
                let Some((whole, parts)) = html.take() else { continue };
                if let Some(earlier) = comment.take() {
                    misplaced(file, &earlier, diagnostics);
                }
                comment = proof_comment(file, whole, &parts, diagnostics);
                // In a comment it is switched off on purpose.
                if strict && !file.slice(whole).trim_start().starts_with("<!--") {
                    for part in parts.iter().filter(|part| opens_snippet(file.slice(**part))) {
                        diagnostics.push(hidden(
                            file,
                            *part,
                            "this fence stands in raw HTML, so it is no fence",
                            "put an empty line between the HTML and the fence",
                        ));
                    }
                }
                if comment.is_none()
                    && let Some((_, last)) = containers.last_mut()
                {
                    *last = None;
                }
            }
            Event::Start(tag) => {
                indented = matches!(tag, Tag::CodeBlock(CodeBlockKind::Indented));
                if let Some(comment) = comment.take() {
                    misplaced(file, &comment, diagnostics);
                }
                if let Some((_, last)) = containers.last_mut() {
                    *last = None;
                }
                if is_container(tag) {
                    containers.push((Container(next_container), None));
                    next_container += 1;
                }
            }
            Event::End(end) => {
                if let Some(comment) = comment.take() {
                    misplaced(file, &comment, diagnostics);
                }
                if is_container_end(*end) && containers.len() > 1 {
                    containers.pop();
                }
            }
            Event::Rule => {
                if let Some((_, last)) = containers.last_mut() {
                    *last = None;
                }
            }
            _ => {}
        }
    }
    if let Some(comment) = comment {
        misplaced(file, &comment, diagnostics);
    }
    fences
}

/// Whether a line that is no fence reads like the opening of a snippet or of its output.
fn opens_snippet(line: &str) -> bool {
    let line = line.trim();
    let info = line.trim_start_matches(if line.starts_with('~') { '~' } else { '`' });
    let language = info.split_whitespace().next().unwrap_or_default();
    line.len() >= info.len() + 3 && (RUNNABLE.contains(&language) || language == "output")
}

fn hidden(file: &Arc<SourceFile>, line: Span, message: &str, hint: &str) -> Diagnostic {
    let text = file.slice(line);
    let start = line.start + (text.len() - text.trim_start().len());
    let place = Place::new(file, Span::new(start, start + text.trim().len()));
    Diagnostic::error("hidden-fence", place, message).note("it would not run, and nothing would say so").hint(hint)
}

fn is_container(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::Item | Tag::BlockQuote(_) | Tag::FootnoteDefinition(_) | Tag::DefinitionListDefinition)
}

fn is_container_end(end: TagEnd) -> bool {
    matches!(end, TagEnd::Item | TagEnd::BlockQuote(_) | TagEnd::FootnoteDefinition | TagEnd::DefinitionListDefinition)
}

/// The fence whose opening line starts at `span`: its language and words, from the raw source.
fn open(file: &Arc<SourceFile>, span: Span, event: usize, diagnostics: &mut Vec<Diagnostic>) -> Fence {
    let line = file.slice(span).lines().next().unwrap_or_default();
    let marker = line.chars().next().unwrap_or('`');
    let ticks = line.len() - line.trim_start_matches(marker).len();
    let info = &line[ticks..];
    let language_start = ticks + (info.len() - info.trim_start().len());
    let language: &str = line[language_start..].split([' ', '\t']).next().unwrap_or_default();
    let language_span = if language.is_empty() {
        Span::new(span.start, span.start + ticks)
    } else {
        Span::new(language_start, language_start + language.len()).shifted(span.start)
    };
    let mut words = Vec::new();
    let rest = Span::new(language_start + language.len(), line.trim_end().len().max(language_start + language.len()));
    word::read(file, rest.shifted(span.start), &mut words, diagnostics);
    Fence {
        language: language.to_owned(),
        language_span,
        words,
        code: Code::default(),
        span,
        event,
        container: Container(0),
        follows: None,
    }
}

fn check_language(file: &Arc<SourceFile>, fence: &Fence, diagnostics: &mut Vec<Diagnostic>) {
    let language = fence.language.as_str();
    if language.is_empty() || fence.is_runnable() || language == "output" {
        return;
    }
    let place = Place::new(file, fence.language_span);
    let lower = language.to_lowercase();
    let refuse = |message: String, hint: String| {
        Diagnostic::error("bad-language", place, message).label("not a language that runs").hint(hint)
    };
    let all = || RUNNABLE.into_iter().chain(["output"]);
    let head = lower.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap_or_default();
    if let Some((_, instead)) = NEAR_RUNNABLE.iter().find(|(name, _)| *name == lower) {
        let hint = if *instead == "sql" {
            "write `sql`, and `engine=…` if it is for one engine only".into()
        } else {
            format!("write `{instead}`")
        };
        diagnostics.push(refuse(format!("fences in `{language}` do not run"), hint));
    } else if let Some(name) = all().find(|name| *name == lower) {
        diagnostics.push(refuse(format!("`{language}` is written in lower case"), format!("write `{name}`")));
    } else if head != lower && all().any(|name| name == head) {
        let hint = format!("words are separated by spaces: write `{head} …`");
        diagnostics.push(refuse(format!("`{language}` is not a language"), hint));
    } else if let Some(near) = nearest(&lower, all().filter(|name| name.len() > 2))
        && strsim::damerau_levenshtein(&lower, near) == 1
    {
        let hint = format!("did you mean `{near}`? A fence that is only shown can be `text`");
        diagnostics.push(refuse(format!("`{language}` looks like `{near}`, but would not run"), hint));
    }
}

fn check_closed(file: &Arc<SourceFile>, fence: &Fence, diagnostics: &mut Vec<Diagnostic>) {
    let whole = file.slice(fence.span);
    let opening = whole.lines().next().unwrap_or_default();
    let marker = opening.chars().next().unwrap_or('`');
    let ticks = opening.chars().take_while(|&c| c == marker).count();
    let last = if whole.lines().count() > 1 { whole.lines().last().unwrap_or_default() } else { "" };
    let closing = last.trim_end().trim_start_matches([' ', '\t', '>']);
    if closing.chars().count() < ticks || !closing.chars().all(|c| c == marker) {
        let place = Place::new(file, Span::new(fence.span.start, fence.span.start + opening.trim_end().len()));
        let marks = if marker == '~' { "tildes" } else { "backticks" };
        diagnostics.push(
            Diagnostic::error("unclosed-fence", place, "this fence is never closed")
                .label("opened here")
                .note("everything after it on the page is read as code")
                .hint(format!("add a line of {ticks} {marks} after its last line")),
        );
    }
}

/// The words of `<!-- proof: … -->`, if the HTML block `whole` is one. `parts` are its lines.
fn proof_comment(
    file: &Arc<SourceFile>,
    whole: Span,
    parts: &[Span],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Comment> {
    let text = file.slice(whole);
    let inner = text.trim_start().strip_prefix("<!--")?.trim_start();
    let place = || Place::new(file, Span::new(whole.start, whole.start + text.trim_end().len()));
    if !inner.starts_with("proof:") {
        let word: String = inner.chars().take_while(|c| c.is_alphanumeric()).collect();
        let colon = inner[word.len()..].trim_start().starts_with(':');
        let near = word.eq_ignore_ascii_case("proof") || strsim::damerau_levenshtein(&word, "proof") == 1;
        // `proof of concept` is prose; `proof timeout=5s` is not.
        if near && (colon || inner.contains('=')) {
            diagnostics.push(
                Diagnostic::error("proof-comment", place(), "this comment looks like a proof comment, but is not one")
                    .hint("write `<!-- proof: key=value … -->`"),
            );
        }
        return None;
    }
    if !text.trim_end().ends_with("-->") {
        diagnostics.push(
            Diagnostic::error("proof-comment", place(), "this proof comment has text after it, or is never closed")
                .hint("a proof comment stands alone, ended by `-->`"),
        );
        return None;
    }
    let mut words = Vec::new();
    let mut begun = false;
    for part in parts {
        let line = file.slice(*part);
        let start = match line.find("proof:").filter(|_| !begun) {
            Some(at) => at + "proof:".len(),
            None if begun => 0,
            // Only the `<!--` stands on this line.
            None => continue,
        };
        begun = true;
        let end = line.find("-->").unwrap_or(line.len());
        word::read(file, Span::new(start, end).shifted(part.start), &mut words, diagnostics);
    }
    Some(Comment { words, span: Span::new(whole.start, whole.start + text.trim_end().len()) })
}

fn misplaced(file: &Arc<SourceFile>, comment: &Comment, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.push(
        Diagnostic::error("proof-comment", Place::new(file, comment.span), "this proof comment belongs to no fence")
            .note("its words would apply to nothing")
            .hint("move it to the line directly above the opening backticks of its fence"),
    );
}
