//! Epoch secrets: one per domain and epoch; the keys of envelopes and files are derived from it.

use std::fmt;

use enginus_model::{EpochId, Hash, LogId};
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The secret of one epoch of one domain. Whoever has it reads what was sealed in that epoch. Wiped from memory when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct EpochSecret([u8; 32]);

impl EpochSecret {
    /// A fresh one.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// From its 32 bytes, as they were sealed to a reader.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes, to be sealed to a reader.
    #[must_use]
    pub const fn to_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The epoch's name in headers: a hash of the secret, so that a holder can tell the right secret from a wrong one.
    #[must_use]
    pub fn id(&self) -> EpochId {
        EpochId(*derive("enginus 1 epoch id", &self.0, &[]))
    }

    /// The key of one place in one log, so that a single entry can be disclosed without the epoch. Two branches of a forked log
    /// share it: the nonce in each body is random, so a pair of key and nonce is still never used twice.
    #[must_use]
    pub fn envelope_key(&self, log: &LogId, seq: u64) -> Zeroizing<[u8; 32]> {
        derive("enginus 1 envelope key", &self.0, &[log.as_bytes(), &seq.to_le_bytes()])
    }

    /// What the keys of files sealed in this epoch are derived from.
    #[must_use]
    pub fn dedup_secret(&self) -> DedupSecret {
        DedupSecret(*derive("enginus 1 dedup secret", &self.0, &[]))
    }
}

/// Compares in constant time.
impl PartialEq for EpochSecret {
    fn eq(&self, other: &Self) -> bool {
        blake3::Hash::from_bytes(self.0) == blake3::Hash::from_bytes(other.0)
    }
}

impl Eq for EpochSecret {}

impl fmt::Debug for EpochSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EpochSecret(of {})", self.id().short())
    }
}

/// What the keys of file chunks are derived from: the same content in the same epoch gets the same key, so it is kept once.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DedupSecret([u8; 32]);

impl DedupSecret {
    /// The key for a chunk whose bytes in clear have the BLAKE3 hash `content`.
    #[must_use]
    pub fn chunk_key(&self, content: &Hash) -> Zeroizing<[u8; 32]> {
        derive("enginus 1 chunk key", &self.0, &[content.as_bytes()])
    }
}

impl fmt::Debug for DedupSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DedupSecret(hidden)")
    }
}

/// BLAKE3 key derivation: `context` separates purposes; every part is of a fixed length, so no two inputs read alike.
pub(crate) fn derive(context: &'static str, secret: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    hasher.update(secret);
    for part in parts {
        hasher.update(part);
    }
    let key = Zeroizing::new(*hasher.finalize().as_bytes());
    hasher.zeroize();
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_and_purpose_has_its_own_key() {
        let secret = EpochSecret::from_bytes([1; 32]);
        let keys = [
            secret.id().0,
            *secret.envelope_key(&LogId([1; 16]), 1),
            *secret.envelope_key(&LogId([1; 16]), 2),
            *secret.envelope_key(&LogId([2; 16]), 1),
            *secret.dedup_secret().chunk_key(&Hash([1; 32])),
            *secret.dedup_secret().chunk_key(&Hash([2; 32])),
            secret.dedup_secret().0,
            *secret.to_bytes(),
        ];
        for (i, a) in keys.iter().enumerate() {
            assert!(keys[i + 1..].iter().all(|b| a != b));
        }
        assert_eq!(secret, EpochSecret::from_bytes([1; 32]));
        assert_ne!(secret, EpochSecret::from_bytes([2; 32]));
    }

    #[test]
    fn debug_never_prints_a_secret() {
        let secret = EpochSecret::from_bytes([0xAB; 32]);
        assert!(!format!("{secret:?}").contains("abab"));
        assert!(!format!("{:?}", secret.dedup_secret()).contains("171"));
    }
}
