//! The pages of a table's rows, so that only those that changed have to be read again.
//!
//! A table with row ids is a tree of pages: below are the leaves, which hold the rows in order of row id, above them pages
//! that only lead there (SQLite, "Database File Format", 1.6 B-tree Pages). A leaf with the same bytes holds the same rows,
//! as long as the definition and the header are the same and no row goes on in another page. Of the others the rows are
//! read (`record`), or SQLite is asked for those between two row ids.
//!
//! Must stay true: what is not just so (another kind of page, a number beyond the file, a page met twice) is no tree, and
//! then the table is read as a whole.

use std::ops::Range;
use std::sync::Arc;

use super::pages::{Changed, page_size};
use super::record::{Form, varint};
use crate::database::snapshot::Rows;

/// A page of rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaf {
    page: u32,
    /// The first and the last row id on it.
    ids: (i64, i64),
    rows: usize,
    /// Whether a row of it goes on in another page.
    goes_on: bool,
}

/// The leaves of a table, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Leaves(Arc<[Leaf]>);

/// A part of a table, and what it takes to know its rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// They are these of the rows before.
    Kept(Range<usize>),
    /// They are to be read: so many, with row ids from the first to the last; and on which of the leaves they are.
    Read { first: i64, last: i64, rows: usize, leaves: Range<usize> },
}

impl Leaves {
    /// Those of the table that begins on the page `root` of the file `bytes`; `None` if it is no table with row ids.
    ///
    /// A page that is not among `changed` and was one of the leaves `before` is still that leaf.
    pub(super) fn of(bytes: &[u8], root: u32, before: Option<(&Self, &Changed)>) -> Option<Self> {
        let mut tree = Tree { file: File::of(bytes)?, known: Known::of(before), leaves: Vec::new(), visited: 0 };
        tree.walk(root, 0)?;
        Some(Self(tree.leaves.into()))
    }

    /// Whether each row lies on its leaf alone.
    pub(super) fn are_all(&self) -> bool {
        self.0.iter().all(|leaf| !leaf.goes_on)
    }

    /// How many rows they hold.
    fn rows(&self) -> usize {
        self.0.iter().map(|leaf| leaf.rows).sum()
    }

    /// The table as parts of what it was `before`, when the pages that `changed` were others.
    pub(super) fn parts(&self, before: &Self, changed: &Changed) -> Vec<Part> {
        let known = Known::of(Some((before, changed)));
        let mut starts = Vec::with_capacity(before.0.len());
        let mut start = 0;
        for leaf in before.0.iter() {
            starts.push(start);
            start += leaf.rows;
        }
        let mut parts: Vec<Part> = Vec::new();
        for (index, leaf) in self.0.iter().enumerate().filter(|(_, leaf)| leaf.rows > 0) {
            let kept = known.at(leaf.page).filter(|_| !leaf.goes_on).map(|at| starts[at]);
            match (kept, parts.last_mut()) {
                (Some(start), Some(Part::Kept(last))) if last.end == start => last.end += leaf.rows,
                (Some(start), _) => parts.push(Part::Kept(start..start + leaf.rows)),
                (None, Some(Part::Read { last, rows, leaves, .. })) => {
                    *last = leaf.ids.1;
                    *rows += leaf.rows;
                    leaves.end = index + 1;
                }
                (None, _) => {
                    let (first, last) = leaf.ids;
                    parts.push(Part::Read { first, last, rows: leaf.rows, leaves: index..index + 1 });
                }
            }
        }
        parts
    }

    /// The rows of the `parts` of the table, which has the form `form`: those that are to be read from the file `bytes`, that
    /// these leaves are of, the others of the rows `before`. `None` if a row is not simple, or goes on in another page.
    pub(super) fn rows_of(&self, parts: &[Part], before: &Rows, bytes: &[u8], form: &Form) -> Option<Rows> {
        let file = File::of(bytes).filter(File::is_utf_8)?;
        let mut rows = Rows::about_as_many_as(before);
        for part in parts {
            match part {
                Part::Kept(range) => rows.extend(before, range.clone()),
                Part::Read { leaves, .. } => {
                    for leaf in self.0.get(leaves.clone())? {
                        let page = file.page(leaf.page)?;
                        for cell in 0..leaf.rows {
                            let (length, at) = varint(page.0, page.cell(cell, 8)?)?;
                            let (id, at) = varint(page.0, at)?;
                            let length = usize::try_from(length).ok().filter(|_| length <= file.most_on_leaf)?;
                            form.push(id.cast_signed(), page.0.get(at..at + length)?, &mut rows)?;
                        }
                    }
                }
            }
        }
        Some(rows)
    }

    /// Whether `parts` are all rows there were in these leaves, and no others.
    pub(super) fn is_whole(&self, parts: &[Part]) -> bool {
        match parts {
            [] => self.rows() == 0,
            [Part::Kept(range)] => *range == (0..self.rows()),
            _ => false,
        }
    }
}

/// Where the first page goes on behind the file's header.
const FIRST: usize = 100;

/// Whether the definitions in two files are the same, as far as that is told by their first page: it is the same but for
/// the file's header, and holds all of them. The files have to be laid out alike.
pub(super) fn are_defined_alike(before: &[u8], after: &[u8]) -> bool {
    let holds_all = || {
        let file = File::of(after)?;
        let page = Page(after.get(..file.page_size)?);
        let is_leaf = *page.0.get(FIRST)? == LEAF;
        let mut is_alone = true;
        for cell in 0..page.short(FIRST + 3)? {
            is_alone &= varint(page.0, page.cell(cell, FIRST + 8)?)?.0 <= file.most_on_leaf;
        }
        Some(is_leaf && is_alone && before.get(FIRST..file.page_size)? == after.get(FIRST..file.page_size)?)
    };
    holds_all() == Some(true)
}

/// The leaves there were on pages that are still the same.
struct Known<'a> {
    leaves: &'a [Leaf],
    /// By page: where it is in `leaves`, from 1.
    at: Vec<u32>,
}

impl<'a> Known<'a> {
    fn of(before: Option<(&'a Leaves, &Changed)>) -> Self {
        let Some((before, changed)) = before else { return Self { leaves: &[], at: Vec::new() } };
        let highest = before.0.iter().map(|leaf| leaf.page).max().unwrap_or(0);
        let mut at = vec![0; highest as usize + 1];
        for (number, leaf) in (1..).zip(before.0.iter()) {
            if !changed.holds(leaf.page) {
                at[leaf.page as usize] = number;
            }
        }
        Self { leaves: &before.0, at }
    }

    fn at(&self, page: u32) -> Option<usize> {
        (*self.at.get(page as usize)? as usize).checked_sub(1)
    }
}

struct Tree<'a> {
    file: File<'a>,
    known: Known<'a>,
    leaves: Vec<Leaf>,
    visited: usize,
}

/// No tree that SQLite makes is deeper (SQLite's `BTCURSOR_MAX_DEPTH`).
const DEEPEST: usize = 20;

/// The kinds of pages: of a table, leading on; and its leaves.
const INTERIOR: u8 = 5;
const LEAF: u8 = 13;

impl Tree<'_> {
    fn walk(&mut self, number: u32, depth: usize) -> Option<()> {
        self.visited += 1;
        if depth > DEEPEST || self.visited > self.file.pages() {
            return None;
        }
        if let Some(at) = self.known.at(number) {
            self.leaves.push(self.known.leaves[at].clone());
            return Some(());
        }
        let page = self.file.page(number)?;
        match page.kind()? {
            INTERIOR => {
                for cell in 0..page.cells()? {
                    let child = page.number(page.cell(cell, 12)?)?;
                    self.walk(child, depth + 1)?;
                }
                self.walk(page.number(8)?, depth + 1)
            }
            LEAF => {
                let leaf = self.file.leaf(number, page)?;
                // In order, or it is no tree.
                let before = self.leaves.iter().rev().find(|leaf| leaf.rows > 0);
                if leaf.rows > 0 && before.is_some_and(|before| before.ids.1 >= leaf.ids.0) {
                    return None;
                }
                self.leaves.push(leaf);
                Some(())
            }
            _ => None,
        }
    }
}

struct File<'a> {
    bytes: &'a [u8],
    page_size: usize,
    /// How much of a row may lie on a leaf.
    most_on_leaf: u64,
}

impl<'a> File<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let page_size = page_size(bytes)?;
        // What each page keeps for extensions, and the rest less 35 bytes ("1.6. B-tree Pages", P and U there).
        let usable = page_size.checked_sub(usize::from(*bytes.get(20)?))?;
        Some(Self { bytes, page_size, most_on_leaf: usable.checked_sub(35)? as u64 })
    }

    /// Whether texts are written in UTF-8 ("1.3.13. Text encoding").
    fn is_utf_8(&self) -> bool {
        self.bytes.get(56..60) == Some(&[0, 0, 0, 1])
    }

    fn pages(&self) -> usize {
        self.bytes.len() / self.page_size
    }

    fn page(&self, number: u32) -> Option<Page<'a>> {
        // The first page begins with the file's header, and holds no rows of a page's table.
        let start = (number as usize).checked_sub(1).filter(|&index| index > 0)?.checked_mul(self.page_size)?;
        self.bytes.get(start..start.checked_add(self.page_size)?).map(Page)
    }

    fn leaf(&self, number: u32, page: Page<'_>) -> Option<Leaf> {
        let rows = page.cells()?;
        let mut leaf = Leaf { page: number, ids: (0, 0), rows, goes_on: false };
        for cell in 0..rows {
            let (length, at) = varint(page.0, page.cell(cell, 8)?)?;
            leaf.goes_on |= length > self.most_on_leaf;
            if cell == 0 || cell + 1 == rows {
                let id = varint(page.0, at)?.0.cast_signed();
                leaf.ids = if cell == 0 { (id, id) } else { (leaf.ids.0, id) };
            }
        }
        Some(leaf)
    }
}

#[derive(Clone, Copy)]
struct Page<'a>(&'a [u8]);

impl Page<'_> {
    fn kind(self) -> Option<u8> {
        self.0.first().copied()
    }

    fn cells(self) -> Option<usize> {
        self.short(3)
    }

    /// Where the cell at `index` begins; the list of cells begins at `list`.
    fn cell(self, index: usize, list: usize) -> Option<usize> {
        self.short(list + 2 * index)
    }

    fn short(self, at: usize) -> Option<usize> {
        let bytes = self.0.get(at..at + 2)?.first_chunk()?;
        Some(usize::from(u16::from_be_bytes(*bytes)))
    }

    fn number(self, at: usize) -> Option<u32> {
        self.0.get(at..at + 4)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::{Connection, MAIN_DB};

    fn bytes(connection: &mut Connection) -> Vec<u8> {
        connection.serialize(MAIN_DB).unwrap().to_vec()
    }

    fn root(connection: &Connection, table: &str) -> u32 {
        let sql = "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        connection.query_one(sql, [table], |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_leaves_hold_the_rows_in_order_of_row_id() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, v);
                 WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 40000)
                 INSERT INTO t SELECT n * 3 - 60000, printf('%.*c', 40, 'x') FROM n;
                 CREATE TABLE empty (v); CREATE TABLE w (id PRIMARY KEY) WITHOUT ROWID",
            )
            .unwrap();
        let file = bytes(&mut connection);
        let leaves = Leaves::of(&file, root(&connection, "t"), None).unwrap();
        assert_eq!(leaves.rows(), 40_000);
        assert!(leaves.0.len() > 300 && leaves.are_all());
        assert_eq!((leaves.0[0].ids.0, leaves.0.last().unwrap().ids.1), (-59_997, 60_000));
        assert!(leaves.0.windows(2).all(|pair| pair[0].ids.1 < pair[1].ids.0));
        let empty = Leaves::of(&file, root(&connection, "empty"), None).unwrap();
        assert!(empty.rows() == 0 && empty.is_whole(&[]));
        assert_eq!(Leaves::of(&file, root(&connection, "w"), None), None, "no row ids");
        for nonsense in [0, 1, u32::MAX] {
            assert_eq!(Leaves::of(&file, nonsense, None), None);
        }
        assert_eq!(Leaves::of(&file[..4096], root(&connection, "t"), None), None);
    }

    #[test]
    fn a_row_that_goes_on_elsewhere_is_told() {
        let mut connection = Connection::open_in_memory().unwrap();
        // A record of `n` bytes of text takes 3 bytes more.
        connection.execute_batch("CREATE TABLE t (v); CREATE TABLE u (v)").unwrap();
        for (table, length) in [("t", 4096 - 35 - 3), ("u", 4096 - 35 - 2)] {
            connection.execute(&format!("INSERT INTO {table} VALUES (printf('%.*c', ?1, 'x'))"), [length]).unwrap();
        }
        let pages: i64 = connection.query_one("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        assert_eq!(pages, 4, "the schema, a leaf each, and one to go on");
        let file = bytes(&mut connection);
        assert!(Leaves::of(&file, root(&connection, "t"), None).unwrap().are_all());
        assert!(!Leaves::of(&file, root(&connection, "u"), None).unwrap().are_all());
    }

    #[test]
    fn definitions_are_the_same_if_the_first_page_holds_them_all_and_is() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (v)").unwrap();
        let before = bytes(&mut connection);
        connection.execute_batch("INSERT INTO t VALUES (1)").unwrap();
        let after = bytes(&mut connection);
        assert_ne!(before, after);
        assert!(are_defined_alike(&before, &after));
        connection.execute_batch("CREATE TABLE u (v)").unwrap();
        assert!(!are_defined_alike(&after, &bytes(&mut connection)));
        // One that goes on in another page could have changed there.
        connection.execute_batch(&format!("CREATE TABLE w (v DEFAULT '{}')", "x".repeat(5000))).unwrap();
        let long = bytes(&mut connection);
        assert!(!are_defined_alike(&long, &long));
        for n in 0..100 {
            connection.execute_batch(&format!("CREATE TABLE t{n} (v)")).unwrap();
        }
        let many = bytes(&mut connection);
        assert!(!are_defined_alike(&many, &many), "the first page leads on");
        assert!(!are_defined_alike(&[], &[]));
    }

    #[test]
    fn a_page_that_leads_to_itself_is_no_tree() {
        let mut file = vec![0; 512 * 3];
        file[16..18].copy_from_slice(&512_u16.to_be_bytes());
        // A page without a cell, which leads on to itself; and two that lead to each other.
        for leads_to in [2, 3] {
            file[512] = INTERIOR;
            file[512 + 8..512 + 12].copy_from_slice(&u32::to_be_bytes(leads_to));
            file[1024] = INTERIOR;
            file[1024 + 8..1024 + 12].copy_from_slice(&2_u32.to_be_bytes());
            assert_eq!(Leaves::of(&file, 2, None), None);
        }
    }

    #[test]
    fn every_cut_of_a_file_is_read_without_a_panic() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "PRAGMA page_size = 512; CREATE TABLE t (v);
                 WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 500)
                 INSERT INTO t SELECT n FROM n",
            )
            .unwrap();
        let (file, root): (Vec<u8>, u32) = (bytes(&mut connection), root(&connection, "t"));
        let mut random: u64 = 7;
        for _ in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut broken = file.clone();
            let at = (random >> 33) as usize % broken.len();
            broken[at] ^= (random >> 20) as u8;
            let _ = Leaves::of(&broken, root, None);
        }
    }
}
