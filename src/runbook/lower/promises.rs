//! What a snippet promises: its effect, exit status and error.

use regex::Regex;

use super::words::Words;
use super::{Lowering, last_line};
use crate::config::{Engine, Spanned};
use crate::diagnostic::Diagnostic;
use crate::expect::is_vacuous;
use crate::runbook::effect::Promise;
use crate::runbook::snippet::{Condition, ErrorPattern, Promises, Role};

impl<'d> Lowering<'d> {
    pub(super) fn promises(&mut self, role: &Role, condition: &Condition, words: &Words<'d>) -> Promises {
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
            promises.error = self.error_pattern(&error, condition).map(|pattern| Spanned::new(pattern, error.span));
        }
        promises
    }

    fn error_pattern(&mut self, text: &Spanned<&str>, condition: &Condition) -> Option<ErrorPattern> {
        if let Some(inner) = text.value.strip_prefix('/') {
            let Some(source) = inner.strip_suffix('/').filter(|source| !source.is_empty()) else {
                self.report(
                    Diagnostic::error("bad-error", self.place(text.span), "this pattern has no closing `/`")
                        .hint("write `error=\"/part of the message/\"`"),
                );
                return None;
            };
            return match Regex::new(source) {
                Ok(regex) if regex.is_match("") || is_vacuous(&regex) => {
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
        if let Some(engine) = self.engines_of(condition).iter().find(|engine| !covered.contains(engine)) {
            let message = format!("`error` names no code of {engine}, on which this snippet runs");
            let hint = match engine {
                Engine::Sqlite => "add a SQLite code such as `SQLITE_CONSTRAINT_FOREIGNKEY`, separated by a comma",
                Engine::Mariadb => "add a MariaDB number such as `1451`, separated by a comma",
                Engine::Postgres => "add a SQLSTATE such as `23503`, separated by a comma",
            };
            self.report(Diagnostic::error("bad-error", self.place(text.span), message).hint(hint));
        }
        Some(ErrorPattern::Codes(codes))
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
