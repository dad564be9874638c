//! The one way bytes are made and read here: a version byte, then postcard, exactly one encoding per value.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version every record of this crate begins with.
pub(crate) const VERSION: u8 = 1;

/// Bytes that are not a record of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Nothing at all.
    #[error("there are no bytes to read; ask for it again")]
    Empty,
    /// Made by a newer version of the program.
    #[error("it was written in format {found}, and this version reads up to format {known}; update ENGINUS")]
    NewerVersion {
        /// The version byte found.
        found: u8,
        /// The newest version known here.
        known: u8,
    },
    /// Larger than any honest record.
    #[error("it is {size} bytes long, more than the {limit} allowed; it was not made by ENGINUS")]
    TooLarge {
        /// Bytes given.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not readable, cut short, followed by more bytes, or not in the one canonical form.
    #[error("its bytes are damaged or incomplete; ask for it again")]
    Damaged,
}

/// The version byte and the postcard form of `value`.
///
/// Postcard refuses only sequences of unknown length, which no type here holds. Should it ever refuse, the result is empty,
/// which [`decode`] refuses on every device.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_extend(value, vec![VERSION]).unwrap_or_default()
}

/// Reads what [`encode`] wrote, and nothing else: no trailing bytes, no second spelling of the same value, so that equal
/// values have equal hashes.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, FormatError> {
    if bytes.len() > limit {
        return Err(FormatError::TooLarge { size: bytes.len(), limit });
    }
    let (&version, rest) = bytes.split_first().ok_or(FormatError::Empty)?;
    if version > VERSION {
        return Err(FormatError::NewerVersion { found: version, known: VERSION });
    }
    if version != VERSION {
        return Err(FormatError::Damaged);
    }
    let value: T = postcard::from_bytes(rest).map_err(|_| FormatError::Damaged)?;
    if encode(&value) != bytes {
        return Err(FormatError::Damaged);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_bytes_are_read() {
        let bytes = encode(&(300u64, vec![1u8, 2, 3]));
        assert_eq!(decode::<(u64, Vec<u8>)>(&bytes, 64), Ok((300, vec![1, 2, 3])));
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(decode::<(u64, Vec<u8>)>(&longer, 64), Err(FormatError::Damaged));
        // 300 spelled with one needless continuation byte.
        let padded = [VERSION, 0xac, 0x82, 0x00, 3, 1, 2, 3];
        assert_eq!(decode::<(u64, Vec<u8>)>(&padded, 64), Err(FormatError::Damaged));
        assert_eq!(decode::<(u64, Vec<u8>)>(&bytes, 3), Err(FormatError::TooLarge { size: bytes.len(), limit: 3 }));
        assert_eq!(decode::<u8>(&[], 3), Err(FormatError::Empty));
        assert_eq!(decode::<u8>(&[9, 0], 3), Err(FormatError::NewerVersion { found: 9, known: VERSION }));
        assert_eq!(decode::<u8>(&[0, 0], 3), Err(FormatError::Damaged));
    }
}
