//! One persistent bash for the shell snippets of a page.
//!
//! Takes a folder to work in, an environment and [`Block`]s, gives for each a [`BlockEnd`]: how it ended, what it
//! printed, and which line of the Markdown file failed. Variables, functions, aliases, options, the current folder
//! and background jobs carry over from block to block. Must stay true: what a block does can cost that block, never
//! the next one's result; [`Session::run`] returns at its limit whatever runs in it; dropping the session leaves no
//! process that was started in it, `setsid` and `env -i` included.
//!
//! What a block means, beyond plain bash:
//!
//! | in a block | what happens |
//! |---|---|
//! | a command fails and nothing handles it | the block stops there, as under `set -e` with `pipefail`; functions, pipelines, subshells and `x=$(…)` included; `if`, `while`, `&&`, `\|\|`, `!` handle it |
//! | `set +e` | from there to the end of the block, or to `set -e`, failures are the block's own business; its status is the last command's |
//! | each block begins with | `set -eE -o pipefail`, and no `ERR` trap but ours; `set -u`, `-x`, `-f`, `shopt`, `IFS`, other traps carry over |
//! | `return N` outside a function | ends the block with N |
//! | `exit`, `exec PROGRAM`, `kill $$`, an unset variable under `set -u`, assigning to a readonly one, a failure under an own `trap … ERR` | ends the shell: [`Ended::ShellExited`] or [`Ended::ShellKilled`]; the next block gets a new one with the last good state, without jobs, descriptors and traps; whatever the old one had started has ended |
//! | a syntax error, an open quote or heredoc | nothing of the block runs; status 2 (1 in some cases), the session stays |
//! | `1/0` and other errors in expansions | the block stops there with status 1 |
//! | `exec >FILE`, `exec 2>&1` | holds to the end of the block |
//! | `>/dev/stdout`, `>/dev/stderr` | starts the stream over: what the block had printed to it before is lost; `>&1` and `>&2` keep it |
//! | `echo $(false)`, `local x=$(false)` | no failure, as under `set -e` |
//! | `PROGRAM \| head` | fails with 141 if the program still has something to say, as under `pipefail` anywhere |
//! | reading stdin | meets its end at once |
//! | a background job, a daemon | goes on until the page, or the shell that started it, ends; what it prints after its block's end is not shown |
//! | more than 256 processes at a time | all of them and the shell are ended: [`Ended::TooManyProcesses`] |
//! | `kill -9 $PPID` | refused; the shell's parent is the sandbox's (see `sandbox`) |
//! | `trap … EXIT` | runs when a block ends the shell; not at the end of the page, when the shell is killed |
//!
//! One thing is read differently from a script: bash reads a block whole before it runs any of it, so that an error
//! in an expansion cannot be stepped over. Blocks with the words `alias`, `shopt` or `posix` are read line by line,
//! because these change how the lines after them are read.

mod block;
mod capture;
mod channel;
mod error;
mod failure;
mod record;
mod running;
mod session;
#[cfg(test)]
mod tests;

pub use block::{Block, Streams};
pub use capture::Captured;
pub use error::ShellError;
pub use failure::FailedCommand;
pub use session::{BlockEnd, Ended, Limits, Session, SessionOptions};
