//! The header of an envelope: everything about an entry that may be seen without its key.

use enginus_model::{DeviceId, DomainId, EpochId, Hash, Lane, LogId, ProjectId};
use serde::{Deserialize, Serialize};

/// First byte of every encoded header and envelope.
pub(crate) const VERSION: u8 = 1;

/// What an envelope says of itself in clear; the device's signature is over these bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Header {
    /// The project.
    pub project: ProjectId,
    /// The domain; a random or derived tag that tells an outsider nothing.
    pub domain: DomainId,
    /// Which lane of the domain the content writes to.
    pub lane: Lane,
    /// The device that wrote and signed it.
    pub device: DeviceId,
    /// Which life of the device's log this is: 16 random bytes, fresh after a restored backup or a copied home.
    pub incarnation: [u8; 16],
    /// Place in the log, counted from 1.
    pub seq: u64,
    /// Hash of the entry before it; [`Hash::ZERO`] before the first.
    pub prev: Hash,
    /// The newest authority statements the author knew, ascending and without repetition, at most
    /// [`MAX_AUTHORITY_HEADS`](crate::MAX_AUTHORITY_HEADS).
    pub authority: Vec<Hash>,
    /// The epoch whose secret seals the body; [`EpochId::NONE`] in the keys domain alone.
    pub epoch: EpochId,
    /// BLAKE3 of the body as sent.
    pub ciphertext: Hash,
    /// Hash of a salt and the content in clear, so that an entry can be disclosed and checked without its epoch's secret.
    pub commitment: Hash,
}

impl Header {
    /// The log it belongs to.
    #[must_use]
    pub fn log(&self) -> LogId {
        log_id(&self.device, &self.domain, &self.incarnation)
    }

    /// The canonical bytes: a version byte, then postcard. They are what is signed and hashed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // A struct of fixed arrays, integers and one list always encodes into memory.
        postcard::to_extend(self, vec![VERSION]).unwrap_or_default()
    }

    /// The entry's identity: a BLAKE3 hash over [`Header::encode`], and through `prev` over the whole log before it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut hasher = blake3::Hasher::new_derive_key("enginus 1 envelope header");
        hasher.update(&self.encode());
        Hash(*hasher.finalize().as_bytes())
    }

    /// What the body's cipher is bound to: the header before its ciphertext is known.
    pub(crate) fn sealing_context(&self) -> Vec<u8> {
        Self { ciphertext: Hash::ZERO, ..self.clone() }.encode()
    }
}

/// The log of one device in one domain and incarnation.
#[must_use]
pub fn log_id(device: &DeviceId, domain: &DomainId, incarnation: &[u8; 16]) -> LogId {
    let mut hasher = blake3::Hasher::new_derive_key("enginus 1 log id");
    hasher.update(device.as_bytes()).update(domain.as_bytes()).update(incarnation);
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    LogId(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_one_device_in_one_domain_and_incarnation() {
        let (device, domain) = (DeviceId([1; 32]), DomainId::from_bytes([1; 16]));
        let log = log_id(&device, &domain, &[1; 16]);
        assert_ne!(log, log_id(&DeviceId([2; 32]), &domain, &[1; 16]));
        assert_ne!(log, log_id(&device, &DomainId::from_bytes([2; 16]), &[1; 16]));
        assert_ne!(log, log_id(&device, &domain, &[2; 16]));
    }
}
