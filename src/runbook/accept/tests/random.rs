//! Pages of any shape: only what lies in `output` fences changes, and the page then says what came.

use super::*;

/// A generator of numbers, the same ones for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

const LINES: [&str; 16] = [
    "plain",
    "",
    "  two blanks before",
    "trailing  ",
    "```",
    "````` ",
    "~~~~",
    "> quoted",
    "- listed",
    "\ttab",
    "$ x",
    "<n> and <other>",
    "| a | b |",
    "é 𝛑 \u{1b}[1m",
    "[0]",
    "    four",
];

fn text(random: &mut Random) -> String {
    let count = random.below(5);
    (0..count).map(|_| format!("{}\n", random.one(&LINES))).collect()
}

/// A page, and what its snippets print. The outputs are empty, so that any text is a page.
fn page(random: &mut Random) -> (String, Vec<Came>) {
    let mut page = String::from("+++\n[parameters.n]\ndefault = \"v\"\n+++\n\nFirst.\n");
    let mut came = Vec::new();
    for _ in 0..1 + random.below(4) {
        let (first, rest) =
            *[("", ""), ("- ", "  "), ("1. ", "   "), ("> ", "> "), ("> - ", ">   "), ("-\t", "\t"), ("  ", "  ")]
                .get(random.below(7))
                .unwrap();
        let marks = random.one(&["```", "~~~", "````"]);
        let gap = random.one(&["", "\n"]);
        let gap = if gap.is_empty() { String::new() } else { format!("{}\n", rest.trim_end()) };
        let stream = random.one(&["", " stderr", " unordered", "  unordered stderr"]);
        page.push_str(&format!("\ntext\n\n{first}```bash\n{rest}x\n{rest}```\n{gap}{rest}{marks}output{stream}\n"));
        for line in 0..random.below(3) {
            page.push_str(&format!("{rest}old {line} <n>\n"));
        }
        page.push_str(&format!("{rest}{marks}\n"));
        let printed = text(random);
        let mut one = Came::default();
        *if stream.contains("stderr") { &mut one.stderr } else { &mut one.stdout } = printed;
        came.push(one);
    }
    if random.below(2) == 0 {
        page = page.replace('\n', "\r\n");
    }
    (page, came)
}

/// The page without its `output` fences.
fn without_outputs(read: &Read) -> String {
    let mut text = read.document.file.text().to_owned();
    for fence in read.document.fences.iter().rev().filter(|fence| fence.language == "output") {
        text.replace_range(fence.span.start..fence.span.end, "[output]");
    }
    text
}

#[test]
fn only_outputs_change_and_then_the_page_holds() {
    let (mut n_written, mut n_refused) = (0, 0);
    for seed in 0..600 {
        let (text, came) = page(&mut Random(seed));
        let old = read(&text);
        let came = |index: usize| came[index].clone();
        let runs = [run(&old, Engine::Sqlite, "default", &came)];
        let proposal = proposed(&old, &runs, Wish::Outputs);
        let new_text = rewritten(&text, &proposal.edits);
        let new = read(&new_text);
        assert_eq!(without_outputs(&old), without_outputs(&new), "seed {seed}");
        let words = |read: &Read| -> Vec<String> {
            read.document.fences.iter().flat_map(|fence| fence.words.iter().map(|word| word.key.clone())).collect()
        };
        assert_eq!(words(&old), words(&new), "seed {seed}");
        let again = [run(&new, Engine::Sqlite, "default", &came)];
        for outcome in &again[0].outcomes {
            let line = old.runbook.snippets.iter().find(|snippet| snippet.id == outcome.snippet).unwrap().line;
            let is_refused = proposal.refused.iter().any(|refusal| refusal.line == line);
            assert!(is_refused || outcome.verdict == Verdict::Passed, "seed {seed}\n{text}\n---\n{new_text}");
        }
        let twice = proposed(&new, &again, Wish::Effects);
        assert!(twice.edits.is_empty(), "seed {seed}\n{new_text}");
        assert_eq!(twice.refused.len(), proposal.refused.len(), "seed {seed}");
        n_written += proposal.edits.len();
        n_refused += proposal.refused.len();
    }
    assert!(n_written > 800 && n_refused < n_written / 4, "{n_written} written, {n_refused} refused");
}
