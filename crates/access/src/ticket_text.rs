//! A ticket as text: `enginus1`, then base32 without padding. It survives line breaks, upper case and hyphens, and says
//! precisely what is wrong with it otherwise.

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use enginus_model::Hash;

/// What every ticket begins with; the digit is the version.
pub const TICKET_PREFIX: &str = "enginus1";

/// The word before the version digit.
const WORD: &str = "enginus";
/// The alphabet of RFC 4648 in lower case: no 0, 1, 8 or 9 that could be taken for letters.
const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz234567";
/// Length (2 bytes, big-endian) and a check of it, so that a cut ticket can be told from a damaged one.
const HEAD_BYTES: usize = 4;
/// BLAKE3 of the payload, shortened.
const CHECKSUM_BYTES: usize = 8;

/// Trailing bits are checked by encoding again, so that a cut text can still be decoded as far as it goes.
static BASE32: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str(ALPHABET);
    specification.check_trailing_bits = false;
    specification.encoding().ok()
});

/// Why a text is not a ticket that can be used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketTextError {
    /// Something else altogether.
    #[error(
        "this is not an ENGINUS ticket; a ticket begins with \"{TICKET_PREFIX}\": ask the person who invited you for theirs"
    )]
    Foreign,
    /// Its end is missing.
    #[error("the ticket is cut short; copy it whole, from \"{TICKET_PREFIX}\" to its last letter")]
    Truncated,
    /// Letters of it are wrong.
    #[error("the ticket is damaged: some of its letters are wrong, or other text stands behind it; copy it again")]
    Damaged,
    /// Made by a newer version.
    #[error("the ticket was made by a newer version of ENGINUS (format {found}); update ENGINUS and join again")]
    NewerVersion {
        /// The format's number.
        found: u8,
    },
}

/// The text of `payload`, which must not exceed 65,535 bytes.
pub(crate) fn to_text(payload: &[u8]) -> String {
    let length = u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes();
    let checksum = Hash::of(payload);
    let bytes = [&length, &length_check(length)[..], payload, &checksum.0[..CHECKSUM_BYTES]].concat();
    let encoded = BASE32.as_ref().map(|base32| base32.encode(&bytes)).unwrap_or_default();
    format!("{TICKET_PREFIX}{encoded}")
}

/// The payload of a text made by [`to_text`].
pub(crate) fn from_text(text: &str) -> Result<Vec<u8>, TicketTextError> {
    let plain: String =
        text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    let letters = letters_of(&plain)?;
    if !letters.bytes().all(|letter| ALPHABET.as_bytes().contains(&letter)) {
        return Err(TicketTextError::Damaged);
    }
    let base32 = BASE32.as_ref().ok_or(TicketTextError::Damaged)?;
    // Lengths of 1, 3 and 6 modulo 8 cannot end a text; what is left of them is the beginning of a byte.
    let whole = match letters.len() % 8 {
        1 | 3 | 6 => letters.len() - 1,
        _ => letters.len(),
    };
    let bytes = base32.decode(&letters.as_bytes()[..whole]).map_err(|_| TicketTextError::Damaged)?;
    let (head, rest) = bytes.split_first_chunk::<HEAD_BYTES>().ok_or(TicketTextError::Truncated)?;
    let length = [head[0], head[1]];
    if length_check(length) != [head[2], head[3]] {
        return Err(TicketTextError::Damaged);
    }
    let length = usize::from(u16::from_be_bytes(length));
    if rest.len() < length + CHECKSUM_BYTES {
        return Err(TicketTextError::Truncated);
    }
    let (payload, checksum) = rest.split_at(length);
    if checksum != &Hash::of(payload).0[..CHECKSUM_BYTES] || base32.encode(&bytes) != letters {
        return Err(TicketTextError::Damaged);
    }
    Ok(payload.to_vec())
}

/// What follows the prefix.
fn letters_of(plain: &str) -> Result<&str, TicketTextError> {
    let Some(after) = plain.strip_prefix(WORD) else {
        let begins = plain.len() >= 3 && WORD.starts_with(plain);
        return Err(if begins { TicketTextError::Truncated } else { TicketTextError::Foreign });
    };
    match after.as_bytes().first() {
        None => Err(TicketTextError::Truncated),
        Some(b'1') => Ok(&after[1..]),
        Some(digit @ b'2'..=b'9') => Err(TicketTextError::NewerVersion { found: digit - b'0' }),
        Some(_) => Err(TicketTextError::Foreign),
    }
}

fn length_check(length: [u8; 2]) -> [u8; 2] {
    let hash = Hash::of(&[b"enginus ticket length".as_slice(), &length].concat());
    [hash.0[0], hash.0[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back_and_every_cut_is_named() {
        for length in 0..40u8 {
            let payload: Vec<u8> = (0..length).collect();
            let text = to_text(&payload);
            assert_eq!(from_text(&text), Ok(payload));
            for end in 3..text.len() {
                assert_eq!(from_text(&text[..end]), Err(TicketTextError::Truncated), "{length} cut at {end}");
            }
        }
    }

    #[test]
    fn one_wrong_letter_is_damage() {
        let text = to_text(&[7; 60]);
        for at in TICKET_PREFIX.len()..text.len() {
            for wrong in ["a", "z", "7", "1", "!"] {
                let mut altered = text.clone();
                altered.replace_range(at..=at, wrong);
                if altered != text {
                    assert_eq!(from_text(&altered), Err(TicketTextError::Damaged), "{wrong} at {at}");
                }
            }
        }
        assert_eq!(from_text(&format!("{text}abcdefgh")), Err(TicketTextError::Damaged));
        assert_eq!(from_text(&format!("{text}a")), Err(TicketTextError::Damaged));
    }

    #[test]
    fn mail_programs_may_break_it_and_qr_codes_may_shout_it() {
        let text = to_text(&[9; 30]);
        let broken: String =
            text.chars().collect::<Vec<_>>().chunks(11).map(|c| c.iter().collect::<String>() + "\r\n ").collect();
        assert_eq!(from_text(&broken), Ok(vec![9; 30]));
        assert_eq!(from_text(&text.to_uppercase()), Ok(vec![9; 30]));
    }

    #[test]
    fn other_texts_are_foreign_or_newer() {
        for foreign in ["", "hello", "https://example.org/enginus1", "enginusx", "en", "blobabc", "ş"] {
            assert_eq!(from_text(foreign), Err(TicketTextError::Foreign), "{foreign}");
        }
        assert_eq!(from_text("enginus2abcdef"), Err(TicketTextError::NewerVersion { found: 2 }));
    }
}
