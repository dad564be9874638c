//! Secrets sealed under a passphrase: argon2id makes a key of it, XChaCha20-Poly1305 seals under that key.

use argon2::{Algorithm, Argon2, Params, Version};
use enginus_envelope::{aead_open, aead_seal};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::{Identity, Whose};
use crate::ambient;

/// Characters a new passphrase has at least.
pub(crate) const PASSPHRASE_CHARS_MIN: usize = 8;
/// What is sealed is bound to this purpose.
const PURPOSE: &[u8] = b"enginus 1 keys at rest";
/// No honest file asks for more; an altered one must not fill the memory.
const MEMORY_KIB_MAX: u32 = 1 << 20;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 16;

/// What trying one passphrase costs. Written in the file, so that it can grow with the machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Effort {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

impl Default for Effort {
    /// About a tenth of a second on a small machine; stricter than the first recommendation of RFC 9106 for little memory.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }
}

impl Effort {
    fn params(self) -> Option<Params> {
        let usable = self.memory_kib <= MEMORY_KIB_MAX && self.passes <= PASSES_MAX && self.lanes <= LANES_MAX;
        usable.then(|| Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).ok()).flatten()
    }

    pub(crate) fn is_usable(self) -> bool {
        self.params().is_some()
    }
}

/// Why sealed keys were not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnsealKeysError {
    /// The passphrase does not open them. Keys that somebody altered look the same.
    #[error("the passphrase is wrong")]
    Wrong,
    /// What it costs to open them cannot be spent here.
    #[error("the key file asks for {memory_kib} KiB of memory to be opened, which this program does not spend")]
    Effort {
        /// What it asks for.
        memory_kib: u32,
    },
    /// They opened and are not the keys the file names.
    #[error("the keys in the file are not those it names")]
    OtherKeys,
}

/// Both secrets under a seal, with what is needed to open it except the passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sealed {
    pub(super) head: Head,
    body: Vec<u8>,
}

/// The readable part; the seal holds only for exactly these values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) whose: Whose,
    pub(super) effort: Effort,
    salt: [u8; 16],
    nonce: [u8; 24],
}

impl Head {
    fn bound(&self) -> Vec<u8> {
        postcard::to_extend(self, PURPOSE.to_vec()).unwrap_or_default()
    }
}

impl Sealed {
    /// Seals the secrets of `identity`. `None` where `effort` cannot be spent.
    pub(super) fn new(identity: &Identity, passphrase: &str, effort: Effort) -> Option<Self> {
        let head = Head { whose: identity.whose(), effort, salt: ambient::random(), nonce: ambient::random() };
        let key = derive(passphrase, &head)?;
        let mut secrets = Zeroizing::new([0; 64]);
        secrets[..32].copy_from_slice(identity.person.seed());
        secrets[32..].copy_from_slice(identity.device.seed());
        let body = aead_seal(&key, &head.nonce, &head.bound(), secrets.as_slice());
        Some(Self { head, body })
    }

    /// Opens it. Takes as long as its effort says: call it off the async threads.
    pub(super) fn open(&self, passphrase: &str) -> Result<Identity, UnsealKeysError> {
        let effort = UnsealKeysError::Effort { memory_kib: self.head.effort.memory_kib };
        let key = derive(passphrase, &self.head).ok_or(effort)?;
        let opened = aead_open(&key, &self.head.nonce, &self.head.bound(), &self.body);
        let secrets = Zeroizing::new(opened.map_err(|_| UnsealKeysError::Wrong)?);
        let (person, device) = secrets.split_first_chunk::<32>().ok_or(UnsealKeysError::OtherKeys)?;
        let device: &[u8; 32] = device.try_into().map_err(|_| UnsealKeysError::OtherKeys)?;
        let identity = Identity::from_seeds(person, device);
        if identity.whose() == self.head.whose { Ok(identity) } else { Err(UnsealKeysError::OtherKeys) }
    }
}

/// Composed characters, so that one passphrase typed on two systems is one passphrase.
fn derive(passphrase: &str, head: &Head) -> Option<Zeroizing<[u8; 32]>> {
    let composed = Zeroizing::new(passphrase.nfc().collect::<String>());
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, head.effort.params()?)
        .hash_password_into(composed.as_bytes(), &head.salt, key.as_mut_slice())
        .ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITTLE: Effort = Effort { memory_kib: 64, passes: 1, lanes: 1 };

    #[test]
    fn only_the_passphrase_opens_and_only_what_was_sealed() {
        let identity = Identity::generate();
        let sealed = Sealed::new(&identity, "doğru at pil zımba", LITTLE).unwrap();
        assert_eq!(sealed.open("doğru at pil zımba").unwrap().whose(), identity.whose());
        for wrong in ["", "doğru at pil", "dogru at pil zimba", "doğru at pil zımba "] {
            assert_eq!(sealed.open(wrong).err(), Some(UnsealKeysError::Wrong), "{wrong}");
        }
        // g and a breve of its own, as macOS file names have it.
        assert!(sealed.open("dog\u{306}ru at pil zımba").is_ok());
    }

    #[test]
    fn no_field_can_be_exchanged() {
        let identity = Identity::generate();
        let sealed = Sealed::new(&identity, "correct horse", LITTLE).unwrap();
        let other = Sealed::new(&Identity::generate(), "correct horse", LITTLE).unwrap();
        let mut altered =
            vec![Sealed { body: other.body.clone(), ..sealed.clone() }, Sealed { head: other.head, ..sealed.clone() }];
        for change in [
            |head: &mut Head| head.salt[0] ^= 1,
            |head: &mut Head| head.nonce[0] ^= 1,
            |head: &mut Head| head.effort.passes += 1,
            |head: &mut Head| head.effort.memory_kib += 1,
            |head: &mut Head| head.whose.device.0[0] ^= 1,
            |head: &mut Head| head.whose.person.0[0] ^= 1,
        ] {
            let mut one = sealed.clone();
            change(&mut one.head);
            altered.push(one);
        }
        for (at, one) in altered.iter().enumerate() {
            assert_eq!(one.open("correct horse").err(), Some(UnsealKeysError::Wrong), "alteration {at}");
        }
    }

    #[test]
    fn an_altered_file_cannot_ask_for_all_memory() {
        let mut sealed = Sealed::new(&Identity::generate(), "correct horse", LITTLE).unwrap();
        sealed.head.effort.memory_kib = u32::MAX;
        assert_eq!(sealed.open("correct horse").err(), Some(UnsealKeysError::Effort { memory_kib: u32::MAX }));
        assert!(!Effort { memory_kib: 1, ..LITTLE }.is_usable() && Effort::default().is_usable());
    }
}
