//! Which terms stand in which passages, and how much each says about its passage.
//!
//! Takes the sections of every page, gives the terms in the order of their characters, each with its passages. Must stay true: a term in a title says more than one in a heading, that more than one in code, that more than
//! one in prose.

use std::collections::HashMap;

use rayon::slice::ParallelSliceMut;

use super::text::{Section, Voice};
use super::token;
use crate::document::{FrontMatter, Kind};

/// The most a term can say about a passage: what one base-36 digit writes.
pub(super) const MOST: u8 = 35;

/// What a term in the text of a passage says at most, without code and headings.
pub(super) const IN_TEXT: u8 = 9;

/// What a term says by where it stands.
const PROSE: u8 = 2;
const OUTPUT: u8 = 3;
const ABOVE: u8 = 3;
const CODE: u8 = 4;
const NAME: u8 = 5;
const DEFINED: u8 = 7;
const ABOUT: u8 = 6;
const LABEL: u8 = 8;

/// A term in a passage.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Posting {
    /// The term.
    pub(super) term: String,
    /// The passage, counted over the whole site.
    pub(super) passage: u32,
    /// How much the term says about it: 1 to [`MOST`].
    pub(super) weight: u8,
}

/// The terms of one page, its passages counted from `first`.
pub(super) fn postings(title: &str, front_matter: &FrontMatter, sections: &[Section], first: u32) -> Vec<Posting> {
    let mut postings = Vec::new();
    let mut passage = first;
    for (index, section) in sections.iter().enumerate() {
        for (part, lines) in section.passages.iter().enumerate() {
            let mut terms = Terms::default();
            if index == 0 && part == 0 {
                terms.add(title, short(title, 18, 14));
                about(front_matter, &mut terms);
            }
            // Where a long section goes on, its heading says less.
            let heading = short(&section.heading, 10, 8);
            terms.add(&section.heading, if part == 0 { heading } else { heading / 2 });
            section.above.iter().for_each(|heading| terms.add(heading, ABOVE));
            for line in lines {
                match line.voice {
                    Voice::Prose => {
                        // A line that begins with a name says what that is.
                        let of_name = |index| if index == 1 && line.text.starts_with('`') { DEFINED } else { NAME };
                        for (index, piece) in line.text.split('`').enumerate() {
                            terms.add(piece, if index % 2 == 1 { of_name(index) } else { PROSE });
                        }
                    }
                    Voice::Label => terms.add(&line.text, LABEL),
                    Voice::Code => terms.add(&line.text, CODE),
                    Voice::Output => terms.add(&line.text, OUTPUT),
                }
            }
            postings.extend(terms.postings(passage));
            passage += 1;
        }
    }
    postings
}

/// What the front matter says beside what stands on the page.
fn about(front_matter: &FrontMatter, terms: &mut Terms) {
    let aliases = front_matter.aliases.iter().map(|alias| alias.value.trim_end_matches(".html"));
    let tags = front_matter.tags.iter().map(|tag| tag.value.as_str());
    let owner = front_matter.owner.iter().map(|owner| owner.value.as_str());
    // Most pages are a `doc`: that says nothing.
    let kind = match front_matter.kind {
        Kind::Doc => None,
        Kind::Runbook => Some("runbook"),
        Kind::Postmortem => Some("postmortem post-mortem"),
        Kind::Drill => Some("drill"),
    };
    aliases.chain(tags).chain(owner).chain(kind).for_each(|text| terms.add(text, ABOUT));
}

/// The weight of each term of a heading: the fewer there are, the more each says.
fn short(heading: &str, least: u8, shared: u8) -> u8 {
    let words = u8::try_from(token::count(heading).max(1)).unwrap_or(u8::MAX);
    least + shared / words
}

/// The terms of one passage: the most each says in one place, and how often it stands there.
#[derive(Default)]
struct Terms(HashMap<String, (u8, u32)>);

impl Terms {
    fn add(&mut self, text: &str, weight: u8) {
        token::each(text, |term| {
            let (most, count) = self.0.entry(term).or_default();
            *most = weight.max(*most);
            *count += 1;
        });
    }

    fn postings(self, passage: u32) -> impl Iterator<Item = Posting> {
        self.0.into_iter().map(move |(term, (most, count))| {
            // Twice and four times say a little more each.
            let often = count.ilog2().min(2) as u8;
            Posting { term, passage, weight: (most + often).min(MOST) }
        })
    }
}

/// Postings in order of term and passage.
pub(super) fn sort(postings: &mut [Posting]) {
    postings.par_sort_unstable_by(|a, b| a.term.cmp(&b.term).then(a.passage.cmp(&b.passage)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_says_more_than_a_heading_than_code_than_prose() {
        let title = [short("One", 18, 14), short("a long title of many words as some are", 18, 14)];
        let heading = [short("One", 10, 8), short("a long heading of many words as some are", 10, 8)];
        assert!(title[0] > title[1] && heading[0] > heading[1]);
        assert!(
            title[1] >= heading[0]
                && heading[1] >= LABEL + 2
                && LABEL > DEFINED
                && DEFINED > NAME
                && NAME > CODE
                && CODE > PROSE + 1
        );
        assert!(title[0] + 2 <= MOST && DEFINED + 2 <= IN_TEXT && LABEL < IN_TEXT);
    }
}
