//! Blocks whose two streams are kept as one, as a terminal shows them.

use super::{Block, LONG, Page, Streams, told};
use crate::shell::BlockEnd;

impl Page {
    /// Runs `text` at line 11 of the page, with both streams together.
    fn together(&mut self, text: &str) -> BlockEnd {
        self.run_block(&Block { first_line: 11, text: text.into(), streams: Streams::Together }, LONG)
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let mut page = Page::new();
    assert_eq!(told(&page.together(text)), expected, "{text}");
    // The session goes on, and the next block has its streams apart.
    let next = told(&page.run("echo next; echo wrong >&2")).replace(", restarted", "");
    assert_eq!(next, "status 0\nout: next\nerr: wrong", "after {text}");
}

#[test]
fn what_is_written_comes_in_order() {
    check("echo 1; echo 2 >&2; echo 3; (echo 4 >&2); echo 5 | cat", "status 0\nout: 1\nout: 2\nout: 3\nout: 4\nout: 5");
    check("exec 2>/dev/null; echo a; echo b >&2", "status 0\nout: a");
    check("true", "status 0");
    check("echo a long line; echo b >/dev/stderr; echo c; echo d >&2", "status 0\nout: b\nout: c\nout: d");
}

#[test]
fn bash_complains_as_at_a_terminal_and_the_line_is_known_all_the_same() {
    check(
        "true\nnosuch-program",
        "status 127, line 12 `nosuch-program` gave 127\nout: bash: nosuch-program: command not found",
    );
    check(
        "true\necho 'open",
        "status 2, line 12 `echo 'open` gave 2\nout: bash: unexpected EOF while looking for matching `''",
    );
    check(
        "echo a\n: ${NOPE?is not set}",
        "shell exited 1, line 12 `: ${NOPE?is not set}` gave 1\nout: a\nout: bash: NOPE: is not set",
    );
    check(
        "f() {\n  cd /nope\n}; f",
        "status 1, line 12 `cd /nope` gave 1\nout: bash: cd: /nope: No such file or directory",
    );
}

#[test]
fn neither_stream_closed_nor_set_u_keeps_the_other() {
    check("exec 2>&-; echo a", "status 0\nout: a");
    check("exec >&-; echo b >&2", "status 0\nout: b");
    check("set -uo noclobber; echo c", "status 0\nout: c");
}
