//! The record a project begins with. Its hash *is* the project id, so nobody can swap the owner of a known project.

use enginus_envelope::PublicKey;
use enginus_model::{Hash, Instant, PersonId, ProjectId};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::wire::{self, FormatError};

/// Bytes a genesis record may have.
pub const MAX_GENESIS_BYTES: usize = 256;

/// Who owns a project, told apart from every other project by a nonce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genesis {
    /// The owner's identity: the root of every grant.
    pub owner: PublicKey,
    /// Makes two projects of one owner differ.
    pub nonce: [u8; 16],
    /// When the owner says it was created.
    pub at: Instant,
}

impl Genesis {
    /// A new project of `owner`.
    pub fn new(owner: PublicKey, at: Instant, rng: &mut impl CryptoRng) -> Self {
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        Self { owner, nonce, at }
    }

    /// Its bytes: a version byte, then postcard.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wire::encode(self)
    }

    /// Reads [`Genesis::encode`].
    ///
    /// # Errors
    /// [`FormatError`] when the bytes are not exactly one genesis record.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        wire::decode(bytes, MAX_GENESIS_BYTES)
    }

    /// The project it founds: the BLAKE3 hash of [`Genesis::encode`].
    #[must_use]
    pub fn project_id(&self) -> ProjectId {
        ProjectId(Hash::of(&self.encode()).0)
    }

    /// The owner as a person.
    #[must_use]
    pub fn owner_id(&self) -> PersonId {
        self.owner.person_id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{keypair, rng};

    #[test]
    fn the_project_id_names_every_byte() {
        let genesis = Genesis::new(keypair(1).public(), Instant(7), &mut rng(1));
        let bytes = genesis.encode();
        assert_eq!(Genesis::decode(&bytes), Ok(genesis.clone()));
        assert_eq!(genesis.project_id().0, Hash::of(&bytes).0);
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            if let Ok(other) = Genesis::decode(&altered) {
                assert_ne!(other.project_id(), genesis.project_id());
            }
        }
        assert_eq!(Genesis::decode(&bytes[..bytes.len() - 1]), Err(FormatError::Damaged));
    }
}
