//! The bytes of a file in pieces, of which two states of it have most in common.
//!
//! Copying a large file takes longer than comparing it, because memory has to be found for the copy: so only what is not
//! there already is copied.

use std::sync::Arc;

/// How long a piece is, in bytes, but the last: as long as the longest page. The length of a page is a power of two, so each
/// lies in one piece.
const PIECE: usize = 64 << 10;

/// The bytes of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Pieces(Vec<Arc<[u8]>>);

impl Pieces {
    /// Those of `bytes`, of which all that is also here is shared.
    pub(super) fn next(&self, bytes: &[u8]) -> Self {
        let piece = |(index, bytes): (usize, &[u8])| match self.0.get(index) {
            Some(same) if **same == *bytes => Arc::clone(same),
            _ => bytes.into(),
        };
        Self(bytes.chunks(PIECE).enumerate().map(piece).collect())
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.iter().map(<[u8]>::len).sum()
    }

    /// The pieces, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|piece| &**piece)
    }

    /// The first of them, in which the first page lies.
    pub(super) fn first(&self) -> &[u8] {
        self.iter().next().unwrap_or_default()
    }

    /// Whether these are the `later` ones, which were made of these.
    pub(super) fn are_all_of(&self, later: &Self) -> bool {
        self.0.len() == later.0.len() && self.0.iter().zip(&later.0).all(|(piece, other)| Arc::ptr_eq(piece, other))
    }

    /// Of each page of `size` bytes that is also in the `later` ones, which were made of these, whether it is another one
    /// there.
    pub(super) fn pages_that_differ(&self, later: &Self, size: usize) -> Vec<bool> {
        let mut differ = Vec::with_capacity(later.len() / size);
        for (piece, other) in self.0.iter().zip(&later.0) {
            let is_same = Arc::ptr_eq(piece, other);
            let pages = piece.chunks_exact(size).zip(other.chunks_exact(size));
            differ.extend(pages.map(|(page, other)| !is_same && page != other));
        }
        differ
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n / 512) as u8).collect()
    }

    fn concat(pieces: &Pieces) -> Vec<u8> {
        pieces.iter().collect::<Vec<_>>().concat()
    }

    #[test]
    fn what_is_the_same_is_shared() {
        let mut bytes = bytes(PIECE * 3 + 512);
        let before = Pieces::default().next(&bytes);
        assert!(concat(&before) == bytes && before.len() == bytes.len());
        assert!(before.are_all_of(&before.next(&bytes)));
        bytes[PIECE + 600] ^= 1;
        let after = before.next(&bytes);
        assert!(concat(&after) == bytes && !before.are_all_of(&after));
        let shared: Vec<bool> = before.0.iter().zip(&after.0).map(|(one, other)| Arc::ptr_eq(one, other)).collect();
        assert_eq!(shared, [true, false, true, true]);
        let differ = before.pages_that_differ(&after, 512);
        assert_eq!(differ.len(), 3 * 128 + 1);
        assert_eq!(differ.iter().position(|&differs| differs), Some(129));
        assert_eq!(differ.iter().filter(|&&differs| differs).count(), 1);
    }

    #[test]
    fn a_file_may_grow_and_shrink() {
        let bytes = bytes(PIECE * 2);
        let whole = Pieces::default().next(&bytes);
        for length in [0, 512, PIECE - 512, PIECE, PIECE + 1024] {
            let part = whole.next(&bytes[..length]);
            assert_eq!(concat(&part), bytes[..length], "{length}");
            assert!(!whole.are_all_of(&part) && !part.are_all_of(&part.next(&bytes)), "{length}");
            assert_eq!(concat(&part.next(&bytes)), bytes, "{length}");
            assert_eq!(whole.pages_that_differ(&part, 512), vec![false; length / 512], "{length}");
            assert_eq!(part.pages_that_differ(&part.next(&bytes), 512), vec![false; length / 512], "{length}");
            assert_eq!(part.first().len(), length.min(PIECE));
        }
    }
}
