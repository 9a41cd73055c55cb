//! What a stream prints: exactly, with globs, by regular expression, or in any order.
//!
//! Takes the text of an `output` fence and what came. A missing line ending at the very end does not count. Must stay
//! true: a pattern that every output satisfies is refused when it is made.

use regex::Regex;

use super::{Values, fill};

/// How lines are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// Byte for byte.
    #[default]
    Exact,
    /// `*` in a line is any text, a line `...` any lines.
    Glob,
    /// Each line is a regular expression that matches a whole line.
    Regex,
}

/// What a stream's text must look like. Two are equal if they are written alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPattern {
    text: String,
    form: Form,
    unordered: bool,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSyntax {
    /// The line, from 0.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// The line that stands for any lines in `Form::Glob`.
const ANY_LINES: &str = "...";

/// Whether a pattern is satisfied by texts that have nothing in common.
pub(crate) fn is_vacuous(regex: &Regex) -> bool {
    ["\u{1}proofbook\u{1} 0", "¬ zq-77", "~"].iter().all(|text| regex.is_match(text))
}

/// The lines of an output. A carriage return is part of its line.
fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line))
}

enum Line {
    Any,
    Matching(Regex),
}

impl TextPattern {
    /// Demands exactly `text`.
    pub fn exact(text: &str) -> Self {
        Self { text: text.to_owned(), form: Form::Exact, unordered: false }
    }

    /// Checks and keeps a pattern.
    pub fn new(text: &str, form: Form, unordered: bool) -> Result<Self, TextSyntax> {
        let pattern = Self { text: text.to_owned(), form, unordered };
        if form == Form::Exact {
            return Ok(pattern);
        }
        let lines = pattern.lines(&Values::new())?;
        let anything = |line: &Line| match line {
            Line::Any => true,
            Line::Matching(regex) => regex.is_match("") && is_vacuous(regex),
        };
        if !lines.is_empty() && lines.iter().all(anything) {
            return Err(TextSyntax { line: 0, message: "any output would satisfy this expectation".into() });
        }
        Ok(pattern)
    }

    /// The pattern as written.
    pub fn written(&self) -> &str {
        &self.text
    }

    /// How its lines are compared.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Whether its lines may come in any order.
    pub fn is_unordered(&self) -> bool {
        self.unordered
    }

    /// The pattern as written, parameters filled in.
    pub fn filled(&self, values: &Values) -> String {
        fill(&self.text, values, str::to_owned).unwrap_or_else(|| self.text.clone())
    }

    /// Whether `actual` is what was expected.
    pub fn matches(&self, actual: &str, values: &Values) -> bool {
        let actual_lines: Vec<&str> = lines_of(actual).collect();
        if self.form == Form::Exact {
            let expected = self.filled(values);
            if self.unordered {
                let sorted = |text: &str| {
                    let mut lines: Vec<String> = lines_of(text).map(str::to_owned).collect();
                    lines.sort();
                    lines
                };
                return sorted(&expected) == sorted(actual);
            }
            let end = |text: &str| text.strip_suffix('\n').unwrap_or(text).to_owned();
            return end(&expected) == end(actual) && expected.is_empty() == actual.is_empty();
        }
        let Ok(lines) = self.lines(values) else { return false };
        if self.unordered { unordered(&lines, &actual_lines) } else { in_order(&lines, &actual_lines) }
    }

    fn lines(&self, values: &Values) -> Result<Vec<Line>, TextSyntax> {
        let line = |(number, text): (usize, &str)| {
            if self.form == Form::Glob && text == ANY_LINES {
                return Ok(Line::Any);
            }
            let source = match self.form {
                Form::Regex => fill(text, values, regex::escape).unwrap_or_else(|| text.to_owned()),
                _ => {
                    let parts: Vec<String> = text
                        .split('*')
                        .map(|part| {
                            regex::escape(&fill(part, values, str::to_owned).unwrap_or_else(|| part.to_owned()))
                        })
                        .collect();
                    parts.join(".*")
                }
            };
            // Alone first: `a)|(b` is one only between the parentheses around it.
            let regex = Regex::new(&source).and_then(|_| Regex::new(&format!("^(?:{source})$")));
            regex.map(Line::Matching).map_err(|error| TextSyntax {
                line: number,
                message: format!(
                    "this is not a regular expression: {}",
                    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ")
                ),
            })
        };
        self.text.lines().enumerate().map(line).collect()
    }
}

/// Whether the lines match one after the other. `reach[j]` says that the pattern so far matches the first `j` lines.
fn in_order(lines: &[Line], actual: &[&str]) -> bool {
    let mut reach = vec![false; actual.len() + 1];
    reach[0] = true;
    for line in lines {
        let mut next = vec![false; actual.len() + 1];
        match line {
            Line::Any => {
                let mut open = false;
                for (from, to) in reach.iter().zip(&mut next) {
                    open |= *from;
                    *to = open;
                }
            }
            Line::Matching(regex) => {
                for (number, text) in actual.iter().enumerate() {
                    next[number + 1] = reach[number] && regex.is_match(text);
                }
            }
        }
        reach = next;
    }
    reach[actual.len()]
}

/// Whether each pattern line takes a line of its own, and none is left unless any may be.
fn unordered(lines: &[Line], actual: &[&str]) -> bool {
    let mut left = actual.to_vec();
    let mut any = false;
    for line in lines {
        match line {
            Line::Any => any = true,
            Line::Matching(regex) => match left.iter().position(|text| regex.is_match(text)) {
                Some(found) => {
                    left.remove(found);
                }
                None => return false,
            },
        }
    }
    any || left.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, form: Form, unordered: bool, actual: &str) -> bool {
        let values = Values::from([("arch".into(), "i586 (*)".into())]);
        TextPattern::new(pattern, form, unordered).unwrap().matches(actual, &values)
    }

    #[test]
    fn exact_text_but_for_the_last_line_ending() {
        assert!(matches("a\nb\n", Form::Exact, false, "a\nb"));
        assert!(matches("", Form::Exact, false, ""));
        assert!(!matches("", Form::Exact, false, "\n"));
        assert!(!matches("a\n", Form::Exact, false, "a \n"));
        assert!(!matches("a\n", Form::Exact, true, "a\r\n") && !matches("a*\nb\n", Form::Glob, false, "a\nb\r\n"));
        assert!(!matches("a\n", Form::Exact, false, "a\n\n"));
        assert!(matches("<arch>\n", Form::Exact, false, "i586 (*)\n"));
        assert!(matches("b\na\n", Form::Exact, true, "a\nb\n"));
    }

    #[test]
    fn globs_and_regular_expressions() {
        assert!(matches("a*c\n...\nend\n", Form::Glob, false, "abbc\n1\n2\nend\n"));
        assert!(matches("a\n...\n", Form::Glob, false, "a\n"));
        assert!(!matches("a*c\n", Form::Glob, false, "abd\n"));
        assert!(matches("v*: <arch>\n", Form::Glob, false, "v1: i586 (*)\n"));
        assert!(matches("\\d+ <arch>\n", Form::Regex, false, "12 i586 (*)\n"));
        assert!(!matches("\\d+\n", Form::Regex, false, "12x\n"));
        assert!(matches("b*\na*\n", Form::Glob, true, "a1\nb1\n"));
    }

    #[test]
    fn what_anything_satisfies_is_refused() {
        for (text, form) in
            [("...\n", Form::Glob), ("*\n", Form::Glob), (".*\n", Form::Regex), ("...\n*\n", Form::Glob)]
        {
            assert!(TextPattern::new(text, form, false).is_err(), "{text}");
        }
        assert!(TextPattern::new("a)|(b\n", Form::Regex, false).is_err());
        let error = TextPattern::new("a\n(\n", Form::Regex, false).unwrap_err();
        assert_eq!((error.line, error.message.as_str()), (1, "this is not a regular expression: unclosed group"));
    }
}
