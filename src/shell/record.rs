//! What the driver wrote down about commands that failed, and which of them stopped the block.
//!
//! A failure in a subshell is written down there and again by each shell around it, up to the page's own, which then
//! leaves the block. But not every failure in a subshell gets that far: `echo $(false)` and background jobs do not.

/// One command that failed in one shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Its exit status.
    pub status: i32,
    /// How deep in subshells; 0 is the page's own shell.
    pub depth: usize,
    /// The command as bash prints it; of a pipeline the last element.
    pub command: String,
    /// The exit statuses of the last pipeline's elements; mostly one.
    pub pipeline: Vec<i32>,
    /// Where it stood and how that was reached, innermost first.
    pub frames: Vec<Frame>,
}

/// One function call or sourced file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// The file the code stands in.
    pub file: Vec<u8>,
    /// The line in it.
    pub line: usize,
    /// The function's name; `source` for the code of a file itself.
    pub function: String,
}

/// Reads the driver's file of records. What follows a damaged one is dropped.
pub(super) fn parse(records: &[u8]) -> Vec<Record> {
    let mut fields = records.split(|&byte| byte == 0);
    std::iter::from_fn(|| parse_one(&mut fields)).collect()
}

/// The record of the command that stopped the block, as deep in subshells as it is known.
///
/// `is_block` says whether a file is a block of the page; a record from elsewhere is the driver's own end of a block.
pub(super) fn cause(records: &[Record], is_block: impl Fn(&[u8]) -> bool) -> Option<&Record> {
    let of_page = |record: &&Record| record.frames.iter().any(|frame| is_block(&frame.file));
    let last = records.iter().rposition(|record| record.depth == 0 && of_page(&record))?;
    let mut cause = &records[last];
    for inner in records[..last].iter().rev() {
        if !failed_through(inner, cause) {
            break;
        }
        cause = inner;
    }
    Some(cause)
}

/// Whether `outer` failed because the subshell of `inner` did. Bash does not say; but then the statuses are equal,
/// the calls around `outer` are those around `inner`, and `outer` is something that has a subshell with `inner` in it.
fn failed_through(inner: &Record, outer: &Record) -> bool {
    let Some(n_inside) = inner.frames.len().checked_sub(outer.frames.len()) else { return false };
    let (inside, same) = inner.frames.split_at(n_inside);
    let ([at, callers @ ..], [outer_at, outer_callers @ ..]) = (same, &outer.frames[..]) else { return false };
    if inner.depth <= outer.depth || inner.status != outer.status || callers != outer_callers {
        return false;
    }
    if at.file != outer_at.file {
        return false;
    }
    // A function called in the subshell is named in the outer command, else the inner command itself is.
    let inner_text = inside.last().map_or(first_line(&inner.command), |called| called.function.as_str());
    let holds_text = outer.command.contains(inner_text) || inner_text == "source";
    if outer.command.starts_with('(') {
        return at.line <= outer_at.line && holds_text;
    }
    if ["$(", "`", "<(", ">("].iter().any(|opening| outer.command.contains(opening)) && holds_text {
        // Bash 5.2 counts lines within $(…) from its end, so they say nothing here.
        return true;
    }
    // The elements of a pipeline are subshells, but only its last one is in the command.
    outer.pipeline.len() > 1 && at.line <= outer_at.line
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn parse_one<'a>(fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<Record> {
    let mut text = || fields.next().map(|field| String::from_utf8_lossy(field).into_owned());
    if text()? != "failed" {
        return None;
    }
    let status = text()?.parse().ok()?;
    let depth = text()?.parse().ok()?;
    let command = text()?;
    let n_elements: usize = text()?.parse().ok()?;
    let pipeline = (0..n_elements).map(|_| text()?.parse().ok()).collect::<Option<Vec<i32>>>()?;
    let n_frames: usize = text()?.parse().ok()?;
    // The driver's own function comes first: its call is in the line of the failed command. So the line of a frame is
    // the one *before* it in bash's list.
    let files = (0..n_frames).map(|_| fields.next().map(<[u8]>::to_vec)).collect::<Option<Vec<_>>>()?;
    let mut text = || fields.next().map(|field| String::from_utf8_lossy(field).into_owned());
    let lines = (0..n_frames).map(|_| text()?.parse().ok()).collect::<Option<Vec<usize>>>()?;
    let functions = (0..n_frames).map(|_| text()).collect::<Option<Vec<_>>>()?;
    let frames = files.into_iter().zip(functions).skip(1).zip(lines);
    let frames = frames.map(|((file, function), line)| Frame { file, line, function }).collect();
    Some(Record { status, depth, command, pipeline, frames })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(depth: usize, command: &str, frames: &[(&str, usize, &str)]) -> Record {
        let frames =
            frames.iter().map(|&(file, line, function)| Frame { file: file.into(), line, function: function.into() });
        Record { status: 1, depth, command: command.into(), pipeline: vec![1], frames: frames.collect() }
    }

    fn cause_of(records: &[Record]) -> &str {
        cause(records, |file| file.starts_with(b"block")).map_or("none", |record| &record.command)
    }

    #[test]
    fn the_deepest_failure_that_stopped_the_block_is_the_cause() {
        let at = |line| [("block-1", line, "source"), ("commands", 1, "main")];
        let inner = record(1, "false", &at(3));
        assert_eq!(cause_of(&[inner.clone(), record(0, "( echo; false )", &at(5))]), "false");
        assert_eq!(cause_of(&[inner.clone(), record(0, "x=$(echo; false)", &at(2))]), "false");
        assert_eq!(cause_of(&[inner.clone(), record(0, "grep x y", &at(5))]), "grep x y", "a masked failure before");
        assert_eq!(cause_of(&[inner.clone(), record(0, "( grep x y )", &at(5))]), "( grep x y )");
        let elsewhere = record(0, "( false )", &[("block-1", 5, "source"), ("commands", 2, "main")]);
        assert_eq!(cause_of(&[inner.clone(), elsewhere]), "( false )", "called from another place");
        let other_status = Record { status: 2, ..record(0, "( false )", &at(5)) };
        assert_eq!(cause_of(&[inner.clone(), other_status]), "( false )");
        let nested = record(2, "false", &at(3));
        assert_eq!(cause_of(&[nested, record(1, "( false )", &at(4)), record(0, "( ( false ) )", &at(5))]), "false");
        assert_eq!(cause_of(&[inner]), "none", "nothing reached the page's own shell");
        assert_eq!(cause_of(&[record(0, ".", &[("commands", 1, "main")])]), "none", "the block returned a status");
    }

    #[test]
    fn records_are_read_as_the_driver_writes_them() {
        let written =
            b"failed\x001\x000\0ls /x\x002\x001\x000\x003\0driver\0block-1\0commands\x004\x005\x000\0f\0source\0main\0";
        let record =
            Record { pipeline: vec![1, 0], ..record(0, "ls /x", &[("block-1", 4, "source"), ("commands", 5, "main")]) };
        assert_eq!(parse(written), std::slice::from_ref(&record));
        assert_eq!(parse(&[&written[..], b"failed\x001\x00"].concat()), [record], "a torn record is dropped");
        assert_eq!(parse(b""), []);
    }
}
