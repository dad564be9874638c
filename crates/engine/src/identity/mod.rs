//! The keys of a home: the person's and the device's, how they lie on disk, and the 24 words that bring the person back.

mod file;
mod keyring;
mod phrase;
mod seal;

use enginus_envelope::Keypair;
use enginus_model::{DeviceId, PersonId};
use serde::{Deserialize, Serialize};

pub(crate) use file::{AtRest, IdentityError, KeyFile, Protection, SealedKeys, sync_directory};
pub(crate) use keyring::KeyringError;
pub(crate) use phrase::{PhraseError, WORDS, read_phrase, same_word, words_of};
pub(crate) use seal::{Effort, PASSPHRASE_CHARS_MIN, UnsealKeysError};

use crate::ambient;

/// The person's and this device's keys. Wiped from memory when the last copy is dropped.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) person: Keypair,
    pub(crate) device: Keypair,
}

/// Whose keys they are: what stays known while they are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Whose {
    pub(crate) person: PersonId,
    pub(crate) device: DeviceId,
}

impl Identity {
    /// A new person on a new device.
    pub(crate) fn generate() -> Self {
        Self::on_this_device(Keypair::generate(&mut ambient::rng()))
    }

    /// A known person on a new device.
    pub(crate) fn on_this_device(person: Keypair) -> Self {
        Self { person, device: Keypair::generate(&mut ambient::rng()) }
    }

    fn from_seeds(person: &[u8; 32], device: &[u8; 32]) -> Self {
        Self { person: Keypair::from_seed(person), device: Keypair::from_seed(device) }
    }

    pub(crate) fn whose(&self) -> Whose {
        Whose { person: self.person.person_id(), device: self.device.device_id() }
    }
}
