//! The values a page declares, checked where they are declared.

use std::collections::BTreeMap;

use regex::Regex;

use super::{Lowering, last_line};
use crate::config::Spanned;
use crate::diagnostic::Diagnostic;
use crate::document::{ParameterField, ParameterType};
use crate::runbook::parameter::{self, Value};
use crate::runbook::snippet::{Case, DEFAULT_CASE, Parameter};

impl<'d> Lowering<'d> {
    pub(super) fn parameters(&mut self) -> Vec<Parameter> {
        let fields = &self.document.front_matter.parameters;
        fields.iter().filter_map(|field| self.parameter(field)).collect()
    }

    /// What the page is run with: the defaults, then each case it names.
    pub(super) fn cases(&mut self) -> Vec<Case> {
        let fields = &self.document.front_matter.parameters;
        let defaults: BTreeMap<String, Value> =
            self.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.default.clone())).collect();
        let mut cases = vec![Case { name: DEFAULT_CASE.into(), values: defaults.clone() }];
        for case in &self.document.front_matter.cases {
            let mut values = defaults.clone();
            for (name, text) in &case.values {
                let Some(field) = fields.iter().find(|field| field.name.value == name.value) else { continue };
                let what = format!("the value of `{}` in the case `{}`", name.value, case.name.value);
                if let Some(value) = self.value(field, text, &what) {
                    values.insert(name.value.clone(), value);
                }
            }
            cases.push(Case { name: case.name.value.clone(), values });
        }
        cases
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
        if let Some(pattern) = &field.pattern
            && let Err(error) = Regex::new(&whole(&pattern.value))
        {
            let message = format!("`pattern` is not a regular expression: {}", last_line(&error.to_string()));
            self.report(Diagnostic::error("bad-pattern", self.place(pattern.span), message));
        }
        let default = self.value(field, &field.default, &format!("the default of `{name}`"))?;
        let label = field.label.clone().unwrap_or_else(|| name.clone());
        Some(Parameter { name: name.clone(), label, default })
    }

    /// `text` as a value of the parameter; `what` names it in messages.
    fn value(&mut self, field: &ParameterField, text: &Spanned<String>, what: &str) -> Option<Value> {
        let place = self.place(text.span);
        let text = &text.value;
        let value = match field.value_type {
            ParameterType::Text => Value::text(text.as_str()),
            ParameterType::Integer => Value::integer(text.as_str()),
            ParameterType::Decimal => Value::decimal(text.as_str()),
        };
        let value = match value {
            Ok(value) => value,
            Err(error) => {
                self.report(Diagnostic::error("bad-value", place, format!("{what} is refused: {error}")));
                return None;
            }
        };
        if let Some(pattern) = &field.pattern
            && let Ok(regex) = Regex::new(&whole(&pattern.value))
            && !regex.is_match(text)
        {
            self.report(
                Diagnostic::error("bad-value", place, format!("{what} does not match its `pattern`"))
                    .hint(format!("the pattern is `{}`, matched as a whole", pattern.value)),
            );
        }
        Some(value)
    }
}

fn whole(pattern: &str) -> String {
    format!("^(?:{pattern})$")
}
