//! The values a page declares, checked where they are declared.

use regex::Regex;

use super::{Lowering, last_line};
use crate::diagnostic::Diagnostic;
use crate::document::{ParameterField, ParameterType};
use crate::runbook::parameter::{self, Value};
use crate::runbook::snippet::Parameter;

impl<'d> Lowering<'d> {
    pub(super) fn parameters(&mut self) -> Vec<Parameter> {
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
}
