//! Text as a part of an address: percent-encoding (RFC 3986, section 2.1).

/// `bytes` with each byte for which `is_plain` is false as `%` and two hexadecimal digits.
pub fn percent_encoded(bytes: &[u8], is_plain: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(bytes.len());
    for &byte in bytes {
        if is_plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// `name` as one part of the path of an address.
pub fn part(name: &[u8]) -> String {
    percent_encoded(name, is_unreserved)
}

/// `path` as the path of an address.
pub fn path(path: &[u8]) -> String {
    percent_encoded(path, |byte| byte == b'/' || is_unreserved(byte))
}

/// Whether `byte` means itself wherever it stands in an address (RFC 3986, section 2.3, "unreserved").
pub fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_is_encoded_byte_by_byte() {
        assert_eq!(part("a b/ž~%".as_bytes()), "a%20b%2F%C5%BE~%25");
        assert_eq!(path(b"a b/c"), "a%20b/c");
    }
}
