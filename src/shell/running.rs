//! What a block was doing when it had to be killed.

use std::fs;

use super::block::Block;

/// The program a block was waiting for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The program and its arguments, as the system knows them.
    pub command: String,
    /// The line of the Markdown file it was started from, if only one can be meant.
    pub line: Option<usize>,
}

/// The newest program started by the shell `pid` for `block`. `None` while it runs code of its own, and on systems
/// without /proc.
pub(super) fn running(pid: u32, block: &Block) -> Option<Running> {
    let shell = arguments(pid)?;
    let mut pid = newest_child(pid)?;
    // A subshell is bash again, with the very same arguments: what it started is what the page waits for.
    while arguments(pid)? == shell {
        pid = newest_child(pid)?;
    }
    let words = arguments(pid)?;
    Some(Running { line: line_of(&words, block), command: words.join(" ") })
}

/// The line that holds the whole command, or else its program; `None` if there are several.
fn line_of(words: &[String], block: &Block) -> Option<usize> {
    let program = words.first()?.rsplit('/').next()?;
    let only = |holds: &dyn Fn(&str) -> bool| {
        let mut lines = block.text.lines().enumerate().filter(|(_, line)| holds(line));
        let (index, _) = lines.next()?;
        lines.next().is_none().then_some(block.first_line + index)
    };
    let is_name = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    only(&|line| line.contains(&words.join(" ")))
        .or_else(|| only(&|line| line.split(|c| !is_name(c)).any(|word| word.rsplit('/').next() == Some(program))))
}

/// The process `pid` started last among those that still run.
fn newest_child(pid: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split_whitespace().next_back()?.parse().ok()
}

/// The command line of `pid`; `None` for a process that has ended.
fn arguments(pid: u32) -> Option<Vec<String>> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words = line.strip_suffix(b"\0")?.split(|&byte| byte == 0);
    Some(words.map(|word| String::from_utf8_lossy(word).into_owned()).collect())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// Starts `text` in a bash and waits until what runs there is `command`.
    fn line_of_running(text: &str, command: &str) -> Option<usize> {
        let block = Block { first_line: 11, text: text.into(), streams: Default::default() };
        let mut bash = Command::new("/bin/bash").arg("-c").arg(text).stdin(Stdio::piped()).spawn().unwrap();
        let found = loop {
            match running(bash.id(), &block) {
                Some(running) if running.command == command => break running,
                _ => std::thread::sleep(std::time::Duration::from_millis(2)),
            }
        };
        // The programs below end with their input.
        drop(bash.stdin.take());
        bash.wait().unwrap();
        found.line
    }

    #[test]
    fn the_program_a_block_waits_for_is_named_with_its_line() {
        assert_eq!(line_of_running("true\ncat -\ntrue", "cat -"), Some(12));
        assert_eq!(line_of_running("( true\n cat - - ); true", "cat - -"), Some(12));
        assert_eq!(line_of_running("cat - | sed 's/a/b/'\ntrue", "sed s/a/b/"), Some(11));
        assert_eq!(line_of_running("true\n/bin/cat \"$(echo -)\"\ntrue", "/bin/cat -"), Some(12));
        assert_eq!(line_of_running("x=-\ncat </dev/null\ncat $x\ntrue", "cat -"), None, "either may be meant");
    }
}
