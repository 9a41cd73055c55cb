//! The examples of the CommonMark specification, through our own renderer with every extension off.
//!
//! Compared byte for byte: the specification's own test runner forgives white space between blocks, ours need not.

use proofbook::render::html::plain;
use proofbook::span::Span;
use pulldown_cmark::{Options, Parser};

/// Examples that differ on purpose, each with the reason. One that is listed and passes is a mistake in this table.
const DELIBERATE: &[(usize, &str)] = &[];

#[test]
fn every_example_of_the_specification_holds() {
    let examples = examples(include_str!("commonmark/spec.txt"));
    assert_eq!(examples.len(), 652);
    let mut wrong = String::new();
    for Example { number, section, markdown, html } in &examples {
        let rendered = rendered(markdown);
        let holds = rendered == *html;
        match (holds, DELIBERATE.iter().find(|(listed, _)| listed == number)) {
            (true, None) | (false, Some(_)) => {}
            (true, Some((_, reason))) => {
                wrong.push_str(&format!("{number} ({section}) passes, but is listed as different: {reason}\n"));
            }
            (false, None) => wrong.push_str(&format!(
                "{number} ({section})\n--- markdown\n{markdown}--- expected\n{html}--- rendered\n{rendered}\n"
            )),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

struct Example {
    number: usize,
    section: String,
    markdown: String,
    html: String,
}

/// The examples of the specification: between lines of 32 backticks, Markdown, a line `.`, HTML; `→` is a tab.
fn examples(spec: &str) -> Vec<Example> {
    let fence = "`".repeat(32);
    let mut examples = Vec::new();
    let mut section = String::new();
    let mut lines = spec.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix('#') {
            section = heading.trim_start_matches('#').trim().to_owned();
        }
        if line != format!("{fence} example") {
            continue;
        }
        let mut part = |end: &str| -> String {
            lines.by_ref().take_while(|line| *line != end).map(|line| line.replace('→', "\t") + "\n").collect()
        };
        let (markdown, html) = (part("."), part(&fence));
        examples.push(Example { number: examples.len() + 1, section: section.clone(), markdown, html });
    }
    examples
}

fn rendered(markdown: &str) -> String {
    let parser = Parser::new_ext(markdown, Options::empty()).into_offset_iter();
    let events: Vec<_> = parser.map(|(event, range)| (event, Span::from(range))).collect();
    plain(&events)
}
