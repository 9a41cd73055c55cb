//! The part of a file's name that changes with its bytes, so that caches may keep the file for ever.
//!
//! Must stay true: the same bytes under the same names give the same text; one byte more in one file and less in the
//! next give another.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Ten hexadecimal digits of the hash of files, each a name and its bytes.
pub(crate) fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in files {
        for part in [name.as_bytes(), bytes] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().take(5).fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn names_and_bytes_count_and_so_do_their_ends() {
        let one = of([("a", &b"bc"[..]), ("d", b"e")]);
        assert_eq!(one.len(), 10);
        assert_eq!(one, of([("a", &b"bc"[..]), ("d", b"e")]));
        for other in [
            of([("a", &b"bC"[..]), ("d", b"e")]),
            of([("ab", &b"c"[..]), ("d", b"e")]),
            of([("a", &b"bcd"[..]), ("", b"e")]),
            of([("a", &b"bc"[..])]),
        ] {
            assert_ne!(one, other);
        }
    }
}
