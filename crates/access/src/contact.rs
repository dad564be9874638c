//! A person's public key as text, with the name they give themselves: what they hand out so that an invitation can be made for
//! them alone.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use enginus_envelope::PublicKey;
use enginus_model::Hash;
use serde::{Deserialize, Serialize};

use crate::device::shortened;
use crate::wire;

/// What every contact card begins with; the digit is the version.
pub const CONTACT_PREFIX: &str = "enginus-contact1";
/// Bytes of a name or an organisation.
pub const MAX_CONTACT_NAME_BYTES: usize = 128;
/// Bytes of a card before it becomes text.
const MAX_CONTACT_BYTES: usize = 512;
/// BLAKE3 of the payload, shortened: notices a slip of the pen, proves nothing.
const CHECKSUM_BYTES: usize = 8;

/// A contact card. It holds nothing secret. Whether the key is really that person's is for the reader to ask them.
///
/// ```
/// use enginus_access::Contact;
/// # use enginus_envelope::Keypair;
/// # let key = Keypair::from_seed(&[1; 32]);
/// let card = Contact::new(key.public(), "Consultant", "Owner's engineer");
/// let text = card.to_string();
/// assert_eq!(text.parse::<Contact>(), Ok(card));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Their key.
    pub person: PublicKey,
    /// What they call themselves.
    pub name: String,
    /// Their organisation; empty where they name none.
    pub organisation: String,
}

/// Why a text is no contact card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// Something else altogether.
    #[error("this is not a contact card; one begins with \"{CONTACT_PREFIX}\": ask the person for `enginus contact`")]
    Foreign,
    /// Letters of it are wrong or missing.
    #[error("the contact card is damaged or cut short; copy the whole of it again")]
    Damaged,
}

impl Contact {
    /// The card of a person. Names are cut at [`MAX_CONTACT_NAME_BYTES`].
    #[must_use]
    pub fn new(person: PublicKey, name: &str, organisation: &str) -> Self {
        let short = |text: &str| shortened(text, MAX_CONTACT_NAME_BYTES).to_owned();
        Self { person, name: short(name), organisation: short(organisation) }
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = wire::encode(self);
        let checksum = Hash::of(&bytes);
        bytes.extend_from_slice(&checksum.0[..CHECKSUM_BYTES]);
        write!(f, "{CONTACT_PREFIX}{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
    }
}

impl FromStr for Contact {
    type Err = ContactError;

    fn from_str(text: &str) -> Result<Self, ContactError> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
        let letters = plain.strip_prefix(CONTACT_PREFIX).ok_or(ContactError::Foreign)?;
        let bytes = BASE32_NOPAD.decode(letters.to_ascii_uppercase().as_bytes()).map_err(|_| ContactError::Damaged)?;
        let at = bytes.len().checked_sub(CHECKSUM_BYTES).ok_or(ContactError::Damaged)?;
        let (payload, checksum) = bytes.split_at(at);
        if Hash::of(payload).0[..CHECKSUM_BYTES] != *checksum {
            return Err(ContactError::Damaged);
        }
        let card: Self = wire::decode(payload, MAX_CONTACT_BYTES).map_err(|_| ContactError::Damaged)?;
        let fits = |text: &String| text.len() <= MAX_CONTACT_NAME_BYTES;
        if fits(&card.name) && fits(&card.organisation) { Ok(card) } else { Err(ContactError::Damaged) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::keypair;

    #[test]
    fn every_wrong_letter_and_every_cut_is_noticed() {
        let card = Contact::new(keypair(1).public(), "Proje Müdürü", "Ön Tasarım");
        let text = card.to_string();
        assert_eq!(text.parse(), Ok(card.clone()));
        assert_eq!(format!(" {}\n", text.to_uppercase()).parse(), Ok(card));
        for at in CONTACT_PREFIX.len()..text.len() {
            let mut altered = text.clone().into_bytes();
            altered[at] = if altered[at] == b'a' { b'b' } else { b'a' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(altered.parse::<Contact>(), Err(ContactError::Damaged), "letter {at}");
            assert_eq!(text[..at].parse::<Contact>(), Err(ContactError::Damaged), "cut at {at}");
        }
        assert_eq!("enginus1abc".parse::<Contact>(), Err(ContactError::Foreign));
    }

    #[test]
    fn long_names_are_cut_and_still_read_back() {
        let card = Contact::new(keypair(1).public(), &"ş".repeat(500), &"x".repeat(500));
        assert_eq!(card.to_string().parse(), Ok(card));
    }
}
