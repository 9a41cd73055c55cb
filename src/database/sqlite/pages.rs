//! The file as it was at the last look, page by page, which tells the tables that cannot have changed since.
//!
//! What a `SELECT` without an index gives of a table is made of four things: its definition, the number of its first
//! page, the fields of the header that say how pages are laid out and text is encoded, and the bytes of the pages that are
//! reached from the first one. If none of these differs, the rows are the same: from the same page with the same bytes
//! the same pages are reached. Definitions and first pages are compared by whoever asks (`read`), the rest here. The list
//! of a table's pages is SQLite's own (`dbstat`), and is made of the same bytes as the rows were read from.
//!
//! Must stay true: a table is untouched only if all of that was compared. Whatever is not that simple (auto-vacuum, where
//! SQLite finds its way by other pages, too; a table that `dbstat` calls corrupted) rules nothing out.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::file::Memory;
use super::pieces::Pieces;
use crate::database::snapshot::{Snapshot, Table};

/// How long the header of a file is.
const HEADER: usize = 100;
/// Where it names the largest first page, which is 0 but for auto-vacuum.
const AUTO_VACUUM: std::ops::Range<usize> = 52..56;
/// The fields that must be the same: all but how often the file was changed, how long it is, which pages are free, and
/// which version of SQLite wrote last.
const LAYOUT: [std::ops::Range<usize>; 2] = [0..24, 40..92];

/// The committed content of a file, with the pages of each table.
#[derive(Debug, Clone)]
pub(super) struct Pages {
    bytes: Pieces,
    /// The least rows of a table whose pages are listed. Reading fewer again takes no longer than listing their pages.
    least_rows: usize,
    /// By folded name. A table that is not named can always have changed.
    of_table: BTreeMap<String, Arc<[u32]>>,
}

impl Pages {
    /// Those of a database without any page. The pages of tables with `least_rows` or more will be listed.
    pub(super) fn none(least_rows: usize) -> Self {
        Self { bytes: Pieces::default(), least_rows, of_table: BTreeMap::new() }
    }

    /// What is to be kept of `bytes`, which `memory` is of and of which `now` was read. The tables that are the
    /// same in `before` have the pages they have in `self`; those in `told_by_leaves` need no list of them.
    pub(super) fn next(
        &self,
        bytes: Pieces,
        memory: &mut Memory<'_>,
        now: &Snapshot,
        before: &Snapshot,
        told_by_leaves: impl Fn(&str) -> bool,
    ) -> Self {
        let others = now.tables.iter().filter(|(name, _)| !told_by_leaves(name));
        let of_table = others.filter_map(|(name, table)| {
            let same = before.tables.get(name).is_some_and(|before| Arc::ptr_eq(before, table));
            let kept = self.of_table.get(name).filter(|_| same).cloned();
            let is_worth_it = table.rows.len() >= self.least_rows;
            // Without them, the table is read the next time.
            let pages = match kept {
                Some(kept) => kept,
                None if is_worth_it => pages_of(memory.get().ok()?, table).ok().flatten()?,
                None => return None,
            };
            Some((name.clone(), pages))
        });
        Self { of_table: of_table.collect(), least_rows: self.least_rows, bytes }
    }

    /// The bytes of the file.
    pub(super) fn bytes(&self) -> &Pieces {
        &self.bytes
    }

    /// Which pages of the `later` bytes, made of these, are other ones than they were; `None` if that would not tell which
    /// tables changed.
    pub(super) fn changed(&self, later: &Pieces) -> Option<Changed> {
        let (before, after) = (self.bytes.first(), later.first());
        let is_laid_out_alike = LAYOUT.into_iter().all(|range| match (before.get(range.clone()), after.get(range)) {
            (Some(before), Some(after)) => before == after,
            _ => false,
        });
        if !is_laid_out_alike || after.len() < HEADER || after[AUTO_VACUUM] != [0; 4] {
            return None;
        }
        let size = page_size(after)?;
        if !self.bytes.len().is_multiple_of(size) || !later.len().is_multiple_of(size) {
            return None;
        }
        Some(Changed(self.bytes.pages_that_differ(later, size)))
    }

    /// Whether none of the pages that the table of the folded `name` had are among `changed`.
    pub(super) fn is_untouched(&self, name: &str, changed: &Changed) -> bool {
        self.of_table.get(name).is_some_and(|pages| pages.iter().all(|&page| !changed.holds(page)))
    }
}

/// How long a page of the file `bytes` is, as its header says.
pub(super) fn page_size(bytes: &[u8]) -> Option<usize> {
    match u16::from_be_bytes(*bytes.get(16..18)?.first_chunk()?) {
        0 => None,
        1 => Some(65_536),
        size => Some(usize::from(size)),
    }
}

/// Pages that are other ones than before.
#[derive(Default)]
pub(super) struct Changed(Vec<bool>);

impl Changed {
    /// Pages are counted from 1. One that is not in both files changed.
    pub(super) fn holds(&self, page: u32) -> bool {
        page.checked_sub(1).and_then(|index| self.0.get(index as usize)).copied().unwrap_or(true)
    }
}

/// The pages of `table`, from its first one to the last of its overflow; `None` if SQLite finds something wrong with them,
/// or it has none: then it is a virtual table.
fn pages_of(memory: &Connection, table: &Table) -> rusqlite::Result<Option<Arc<[u32]>>> {
    let mut statement =
        memory.prepare_cached("SELECT pageno, pagetype = 'corrupted' FROM main.dbstat WHERE name = ?1")?;
    let pages: Vec<(u32, bool)> =
        statement.query_map([&table.name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let is_sound = !pages.is_empty() && pages.iter().all(|&(_, is_corrupted)| !is_corrupted);
    Ok(is_sound.then(|| pages.into_iter().map(|(page, _)| page).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of two pages of 512 bytes with the table `t` on the second.
    fn pages(bytes: &[u8]) -> Pages {
        Pages {
            bytes: Pieces::default().next(bytes),
            least_rows: 0,
            of_table: [("t".to_owned(), Arc::from([2]))].into(),
        }
    }

    fn file() -> Vec<u8> {
        let mut bytes = vec![0; 1024];
        bytes[16..18].copy_from_slice(&512_u16.to_be_bytes());
        bytes
    }

    #[test]
    fn a_table_is_untouched_if_its_pages_are() {
        let before = pages(&file());
        let is_untouched =
            |after: &[u8]| before.changed(&before.bytes.next(after)).map(|changed| before.is_untouched("t", &changed));
        let mut after = file();
        after[27] = 1;
        after.extend([7; 512]);
        assert_eq!(is_untouched(&after), Some(true), "the counter, and a page more");
        after[1023] = 1;
        assert_eq!(is_untouched(&after), Some(false));
        assert_eq!(is_untouched(&file()[..512]), Some(false), "a page less");
        assert!(
            !before.is_untouched("u", &before.changed(&before.bytes.next(&file())).unwrap()),
            "a table nobody knows"
        );
    }

    #[test]
    fn another_header_rules_nothing_out() {
        let before = pages(&file());
        for at in [17, 20, 47, 59, 55] {
            let mut after = file();
            after[at] ^= 1;
            assert!(before.changed(&before.bytes.next(&after)).is_none(), "byte {at}");
        }
        let mut vacuumed = file();
        vacuumed[55] = 1;
        let changed = |before: &Pages, after: &[u8]| before.changed(&before.bytes.next(after)).is_some();
        assert!(!changed(&pages(&vacuumed), &vacuumed), "auto-vacuum");
        assert!(!changed(&before, &[]) && !changed(&before, &file()[..1000]));
    }
}
