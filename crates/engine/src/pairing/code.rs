//! What the old device shows and the new one is given: `enginus-device1`, then base32 without padding of a version byte, postcard
//! (secret, device id, addresses, expiry) and eight bytes of its BLAKE3 hash.

use data_encoding::BASE32_NOPAD;
use enginus_model::{DeviceId, Instant};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::ambient;
use crate::api::Secret;

/// What every code begins with; the digit is the version of its text.
const PREFIX: &str = "enginus-device1";
const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 8;
/// A code is shown as a picture, too.
const TEXT_BYTES_MAX: usize = 2048;
/// Addresses in a code at most, the most useful first.
const ADDRESSES_MAX: usize = 8;

/// A code to let one device in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct PairingCode {
    pub(super) secret: [u8; 32],
    #[zeroize(skip)]
    pub(super) device: DeviceId,
    #[zeroize(skip)]
    pub(super) addresses: Vec<String>,
    #[zeroize(skip)]
    pub(super) expires: Instant,
}

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum CodeError {
    /// Something else altogether.
    #[error("this is not a device code; one begins with \"{PREFIX}\" and is shown by `enginus device add`")]
    Foreign,
    /// Letters of it are wrong or missing.
    #[error("the device code is damaged or cut short; take the whole of it again")]
    Damaged,
    /// Made by a newer version.
    #[error("the device code was made by a newer version of ENGINUS (format {0}); update ENGINUS on this device")]
    NewerVersion(u8),
}

impl PairingCode {
    /// A fresh code for `device`.
    pub(super) fn new(device: DeviceId, mut addresses: Vec<String>, expires: Instant) -> Self {
        addresses.truncate(ADDRESSES_MAX);
        Self { secret: ambient::random(), device, addresses, expires }
    }

    /// Its text.
    pub(super) fn to_text(&self) -> Secret {
        let mut bytes = Zeroizing::new(postcard::to_extend(self, vec![VERSION]).unwrap_or_default());
        let checksum = blake3::hash(&bytes);
        bytes.extend_from_slice(&checksum.as_bytes()[..CHECKSUM_BYTES]);
        let mut text = BASE32_NOPAD.encode(&bytes);
        text.make_ascii_lowercase();
        text.insert_str(0, PREFIX);
        Secret::new(text)
    }

    /// Reads a text; spaces, line breaks and capitals do not matter.
    pub(super) fn parse(text: &Secret) -> Result<Self, CodeError> {
        let plain: Zeroizing<String> = Zeroizing::new(
            text.reveal().chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect(),
        );
        let letters = plain.strip_prefix(PREFIX).ok_or(CodeError::Foreign)?;
        if letters.len() > TEXT_BYTES_MAX {
            return Err(CodeError::Damaged);
        }
        let upper = Zeroizing::new(letters.to_ascii_uppercase());
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(upper.as_bytes()).map_err(|_| CodeError::Damaged)?);
        let (payload, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(CodeError::Damaged)?;
        if blake3::hash(payload).as_bytes()[..CHECKSUM_BYTES] != *checksum {
            return Err(CodeError::Damaged);
        }
        let (version, body) = payload.split_first().ok_or(CodeError::Damaged)?;
        if *version > VERSION {
            return Err(CodeError::NewerVersion(*version));
        }
        let code: Self = postcard::from_bytes(body).map_err(|_| CodeError::Damaged)?;
        if *version == VERSION && code.addresses.len() <= ADDRESSES_MAX { Ok(code) } else { Err(CodeError::Damaged) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_letter_and_every_cut_is_noticed() {
        let code = PairingCode::new(DeviceId([7; 32]), vec!["192.0.2.7:4711".to_owned(); 20], Instant(5));
        assert_eq!(code.addresses.len(), ADDRESSES_MAX);
        let text = code.to_text();
        assert!(PairingCode::parse(&text) == Ok(code.clone()));
        let shouted = Secret::new(format!(" {}\r\n", text.reveal().to_ascii_uppercase()));
        assert!(PairingCode::parse(&shouted) == Ok(code));
        for at in PREFIX.len()..text.reveal().len() {
            let mut altered = text.reveal().to_owned().into_bytes();
            altered[at] = if altered[at] == b'a' { b'b' } else { b'a' };
            let altered = Secret::new(String::from_utf8(altered).unwrap());
            assert_eq!(PairingCode::parse(&altered).err(), Some(CodeError::Damaged), "letter {at}");
            let cut = Secret::new(&text.reveal()[..at]);
            assert_eq!(PairingCode::parse(&cut).err(), Some(CodeError::Damaged), "cut at {at}");
        }
        for other in ["enginus1abc", "enginus-contact1abc", ""] {
            assert_eq!(PairingCode::parse(&Secret::new(other)).err(), Some(CodeError::Foreign));
        }
    }
}
