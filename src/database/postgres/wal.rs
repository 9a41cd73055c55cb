//! What the server wrote ahead: which files a stretch of its log is about.
//!
//! Every change of a catalog is in the write-ahead log before anybody can see it, whoever makes it and however. So if all
//! that was written since is about the files of the page's own tables, no definition has changed, and the catalogs need not
//! be asked: that takes longer than all the rest of looking at a small database. The log lies in the page's folder, and a
//! server that is called as ours writes it there before a `COMMIT` returns.
//!
//! Read are only the parts of its form that have been the same for years (`access/xlogrecord.h`, `access/xlog_internal.h`):
//! pages, records, and which files a record is about. What is not understood says nothing, and then the catalogs are asked.
//!
//! Must stay true: [`Wal::tells_rows_only`] says so only if it is so.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

/// The size of a segment, which is a file, in bytes; `initdb` is called with it.
pub(super) const SEGMENT: u64 = 1 << 20;

/// The size of a page, in bytes (`XLOG_BLCKSZ`), and of its header: that of a segment's first page is longer.
const PAGE: u64 = 8192;
const HEADER: u64 = 24;
const LONG_HEADER: u64 = 40;

/// What pages begin with (`XLOG_PAGE_MAGIC`), of the versions whose log was read in tests: 15 to 18.
const MAGIC: [u16; 4] = [0xD110, 0xD113, 0xD116, 0xD118];

/// The size of what each record begins with (`XLogRecord`).
const RECORD: usize = 24;

/// The most that is read of the log at once, in bytes. A page that writes more has other things to wait for.
const MOST: u64 = 256 << 20;

/// How far the log has come, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// Where the next record begins.
    pub(super) inserted: u64,
    /// Up to where it is in its files.
    pub(super) written: u64,
}

/// The files of tables, indexes, sequences and the like that are the page's own, and the database they are of. They are
/// named by tablespace and number, as the log does.
#[derive(Debug, Clone, Default)]
pub(super) struct Files {
    pub(super) database: u32,
    pub(super) own: HashSet<(u32, u32)>,
}

/// The log of one server, read as it grows.
#[derive(Debug)]
pub(super) struct Wal {
    folder: PathBuf,
    segment: Option<(u64, File)>,
    /// Up to where it was read; `None` if that went wrong: nothing that is written later tells what was not read.
    read: Option<u64>,
    /// Whether all that was read since the catalogs were is about the page's own files.
    tells_rows_only: bool,
    /// The latest transaction that has written something else. Until it has ended, nobody sees what.
    suspect: Option<u32>,
}

impl Wal {
    /// The log in `folder`, all of which up to `end` is known, and none of it by a transaction that has not ended.
    pub(super) fn new(folder: PathBuf, end: End) -> Self {
        Self { folder, segment: None, read: Some(start_of(end.inserted)), tells_rows_only: true, suspect: None }
    }

    /// Reads on to `end`, which the server told after it took the snapshot that is being looked at. Whether catalogs are in
    /// it as they were in the one before, whose first transaction that had not ended is `first_unseen`.
    pub(super) fn tells_rows_only(&mut self, end: End, files: &Files, first_unseen: &str) -> bool {
        let to = start_of(end.inserted);
        let Some(from) = self.read else { return false };
        if end.written < to {
            // Such as what an open transaction has written.
            return false;
        }
        let records = if to < from || to - from > MOST { None } else { self.stretch(from, to).ok().flatten() };
        self.read = records.as_ref().map(|_| to);
        let Some(bytes) = records else { return false };
        for record in Records(&bytes) {
            let Some(record) = record else {
                self.read = None;
                return false;
            };
            if !is_of_rows(record, files) {
                self.tells_rows_only = false;
                let transaction = u32_at(record, 4);
                self.suspect = self.suspect.max((transaction > 0).then_some(transaction));
            }
        }
        // A transaction's number has 64 bits, of which the log has the lower ones.
        let Ok(first_unseen) = first_unseen.parse::<u32>() else { return false };
        self.tells_rows_only && self.suspect.is_none_or(|suspect| suspect < first_unseen)
    }

    /// Whether it cannot be read any more.
    pub(super) fn is_lost(&self) -> bool {
        self.read.is_none()
    }

    /// The catalogs were looked at in a snapshot that was taken before the end to which the log was read last.
    pub(super) fn catalogs_are_read(&mut self) {
        self.tells_rows_only = true;
    }

    /// The records between two places, without the headers of pages; `None` if the pages are not what they should be.
    fn stretch(&mut self, from: u64, to: u64) -> io::Result<Option<Vec<u8>>> {
        let mut stretch = Vec::new();
        let mut page = vec![0; PAGE as usize];
        let mut at = from;
        while at < to {
            let (start, end) = (at - at % PAGE, to.min(at - at % PAGE + PAGE));
            let page = &mut page[..(end - start) as usize];
            self.file(start / SEGMENT)?.read_exact_at(page, start % SEGMENT)?;
            let is_known = MAGIC.contains(&u16_at(page, 0)) && u64_at(page, 8) == start;
            if !is_known {
                return Ok(None);
            }
            stretch.extend_from_slice(page.get((at.max(start + header(start)) - start) as usize..).unwrap_or_default());
            at = end;
        }
        Ok(Some(stretch))
    }

    /// The file of a segment. The server is never brought back to an earlier state, so there is one timeline.
    fn file(&mut self, number: u64) -> io::Result<&File> {
        if self.segment.as_ref().is_none_or(|(open, _)| *open != number) {
            let a_name = (1 << 32) / SEGMENT;
            let name = format!("00000001{:08X}{:08X}", number / a_name, number % a_name);
            self.segment = Some((number, File::open(self.folder.join(name))?));
        }
        self.segment.as_ref().map(|(_, file)| file).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// A place as the end of what is before it: where a record begins after a page's header, that is the page's start.
fn start_of(place: u64) -> u64 {
    let start = place - place % PAGE;
    if place - start == header(start) { start } else { place }
}

fn header(page: u64) -> u64 {
    if page.is_multiple_of(SEGMENT) { LONG_HEADER } else { HEADER }
}

/// The records in a stretch, each with its header; `None` where none can be.
struct Records<'b>(&'b [u8]);

impl<'b> Iterator for Records<'b> {
    type Item = Option<&'b [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let length = if self.0.len() < RECORD { 0 } else { u32_at(self.0, 0) as usize };
        // Each begins at a multiple of eight.
        let Some(rest) = self.0.get(length.next_multiple_of(8)..).filter(|_| length >= RECORD) else {
            self.0 = &[];
            return Some(None);
        };
        let record = &self.0[..length];
        self.0 = rest;
        Some(Some(record))
    }
}

/// Whether nothing but rows of the page's own tables can look otherwise after a record.
fn is_of_rows(record: &[u8], files: &Files) -> bool {
    // The kinds of records are numbered in `access/rmgrlist.h`; what a kind does is in the upper half of the byte before.
    let (kind, operation) = (record[17], record[16] & 0x70);
    match kind {
        // How transactions ended, and who has locked which row: whatever they did is in records of its own.
        1 | 3 | 6 => true,
        // Rows (a `TRUNCATE` is told by other records, too) and the entries of indexes, sequences.
        10 if operation == 0x30 => false,
        9..=17 => is_about(record, files),
        _ => false,
    }
}

/// Whether a record is about files of the page's own, and about nothing else.
fn is_about(record: &[u8], files: &Files) -> bool {
    let mut rest = &record[RECORD..];
    // The headers of all parts come first, then the parts.
    let (mut parts, mut n_files, mut file) = (0, 0, None);
    while rest.len() > parts {
        let length_of_header = match rest[0] {
            // What is about no file, with a length of one byte or four.
            255 if rest.len() >= 2 => {
                parts += usize::from(rest[1]);
                2
            }
            254 if rest.len() >= 5 => {
                parts += u32_at(rest, 1) as usize;
                5
            }
            // Of which transaction it is a part.
            252 if rest.len() >= 5 => 5,
            0..=32 if rest.len() >= 20 || (rest.len() >= 8 && rest[1] & 0x80 != 0) => {
                if rest[1] & 0x10 != 0 {
                    // It holds a whole page, which no server writes that is called as ours.
                    return false;
                }
                parts += usize::from(u16_at(rest, 2));
                let is_the_same = rest[1] & 0x80 != 0;
                if !is_the_same {
                    file = Some((u32_at(rest, 4), u32_at(rest, 8), u32_at(rest, 12)));
                }
                n_files += 1;
                let is_own = |(tablespace, database, number)| {
                    database == files.database && files.own.contains(&(tablespace, number))
                };
                if !file.is_some_and(is_own) {
                    return false;
                }
                if is_the_same { 8 } else { 20 }
            }
            _ => return false,
        };
        rest = &rest[length_of_header..];
    }
    n_files > 0 && rest.len() == parts
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u16::from_ne_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_ne_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_ne_bytes(*bytes))
}
