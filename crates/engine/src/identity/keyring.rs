//! Both secrets sealed under a key that the system's key ring keeps for the person who is logged in: the Secret Service on Linux,
//! the keychain on macOS, the credential manager on Windows.
//!
//! Whoever copies the folder, or takes the disk out, has a file that nothing on it opens. Whoever is logged in as this person
//! opens it without being asked: it protects at rest, not at the desk.

use enginus_envelope::{aead_open, aead_seal};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Identity, Whose};
use crate::ambient;

/// What is sealed is bound to this purpose.
const PURPOSE: &[u8] = b"enginus 1 keys under a key ring";

/// Why the key ring did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyringError {
    /// There is none, it is closed, or it refused.
    #[error("the system's key ring cannot be used: {0}")]
    #[cfg_attr(not(feature = "keyring"), expect(dead_code, reason = "only a key ring refuses"))]
    Unusable(String),
    /// It answers, and has no such entry.
    #[error("the system's key ring does not hold the key of this home")]
    #[cfg_attr(not(feature = "keyring"), expect(dead_code, reason = "only a key ring lacks an entry"))]
    Missing,
    /// What it gave opens nothing.
    #[error("what the system's key ring holds is not the key of this home")]
    Wrong,
    /// Built without.
    #[error("this build of the program uses no key ring")]
    #[cfg_attr(feature = "keyring", expect(dead_code, reason = "this build has one"))]
    NotBuilt,
}

/// Both secrets under a key in the key ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InKeyring {
    head: Head,
    body: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    whose: Whose,
    nonce: [u8; 24],
}

impl Head {
    fn bound(&self) -> Vec<u8> {
        postcard::to_extend(self, PURPOSE.to_vec()).unwrap_or_default()
    }

    /// Under what name the key ring keeps the key. A new seal has a new one, so that the old stays good until its file is gone.
    fn entry(&self) -> String {
        format!("{} {}", self.whose.device, hex::encode(&self.nonce[..8]))
    }
}

impl InKeyring {
    /// Seals the secrets under a fresh key and gives that to the key ring.
    pub(super) fn new(identity: &Identity) -> Result<Self, KeyringError> {
        let key = Zeroizing::new(ambient::random::<32>());
        let sealed = Self::sealed(identity, &key);
        ring::put(&sealed.head.entry(), &key)?;
        Ok(sealed)
    }

    fn sealed(identity: &Identity, key: &[u8; 32]) -> Self {
        let head = Head { whose: identity.whose(), nonce: ambient::random() };
        let mut secrets = Zeroizing::new([0; 64]);
        secrets[..32].copy_from_slice(identity.person.seed());
        secrets[32..].copy_from_slice(identity.device.seed());
        let body = aead_seal(key, &head.nonce, &head.bound(), secrets.as_slice());
        Self { head, body }
    }

    /// Opens them with what the key ring keeps. It may ask the person; call it off the async threads.
    pub(crate) fn open(&self) -> Result<Identity, KeyringError> {
        self.open_with(&*ring::get(&self.head.entry())?)
    }

    fn open_with(&self, key: &[u8; 32]) -> Result<Identity, KeyringError> {
        let opened = aead_open(key, &self.head.nonce, &self.head.bound(), &self.body);
        let secrets = Zeroizing::new(opened.map_err(|_| KeyringError::Wrong)?);
        let (person, device) = secrets.split_first_chunk::<32>().ok_or(KeyringError::Wrong)?;
        let device: &[u8; 32] = device.try_into().map_err(|_| KeyringError::Wrong)?;
        let identity = Identity::from_seeds(person, device);
        if identity.whose() == self.head.whose { Ok(identity) } else { Err(KeyringError::Wrong) }
    }

    /// Takes the key out of the key ring, once no file is sealed under it.
    pub(crate) fn forget(&self) -> Result<(), KeyringError> {
        ring::remove(&self.head.entry())
    }
}

#[cfg(feature = "keyring")]
mod ring {
    //! Entries of the key ring. Their text is hexadecimal, since some key rings keep only text.

    use std::sync::Arc;

    use keyring_core::{CredentialStore, Entry, Error};
    use zeroize::Zeroizing;

    use super::KeyringError;

    /// What the person sees in the key ring's own program.
    const SERVICE: &str = "ENGINUS";

    fn unusable(error: Error) -> KeyringError {
        match error {
            Error::NoEntry => KeyringError::Missing,
            other => KeyringError::Unusable(other.to_string()),
        }
    }

    fn entry(name: &str) -> Result<Entry, KeyringError> {
        store()?.build(SERVICE, name, None).map_err(unusable)
    }

    #[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
    fn store() -> Result<Arc<CredentialStore>, KeyringError> {
        zbus_secret_service_keyring_store::Store::new().map(|store| store as _).map_err(unusable)
    }

    #[cfg(target_os = "macos")]
    fn store() -> Result<Arc<CredentialStore>, KeyringError> {
        apple_native_keyring_store::keychain::Store::new().map(|store| store as _).map_err(unusable)
    }

    #[cfg(windows)]
    fn store() -> Result<Arc<CredentialStore>, KeyringError> {
        windows_native_keyring_store::Store::new().map(|store| store as _).map_err(unusable)
    }

    pub(super) fn put(name: &str, key: &[u8; 32]) -> Result<(), KeyringError> {
        let text = Zeroizing::new(hex::encode(key));
        entry(name)?.set_password(&text).map_err(unusable)
    }

    pub(super) fn get(name: &str) -> Result<Zeroizing<[u8; 32]>, KeyringError> {
        let text = Zeroizing::new(entry(name)?.get_password().map_err(unusable)?);
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.as_bytes(), key.as_mut_slice()).map_err(|_| KeyringError::Wrong)?;
        Ok(key)
    }

    pub(super) fn remove(name: &str) -> Result<(), KeyringError> {
        entry(name)?.delete_credential().map_err(unusable)
    }
}

#[cfg(not(feature = "keyring"))]
mod ring {
    //! No key ring in this build.

    use zeroize::Zeroizing;

    use super::KeyringError;

    pub(super) fn put(_: &str, _: &[u8; 32]) -> Result<(), KeyringError> {
        Err(KeyringError::NotBuilt)
    }

    pub(super) fn get(_: &str) -> Result<Zeroizing<[u8; 32]>, KeyringError> {
        Err(KeyringError::NotBuilt)
    }

    pub(super) fn remove(_: &str) -> Result<(), KeyringError> {
        Err(KeyringError::NotBuilt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_key_opens_and_only_what_was_sealed() {
        let identity = Identity::generate();
        let sealed = InKeyring::sealed(&identity, &[7; 32]);
        assert_eq!(sealed.open_with(&[7; 32]).unwrap().whose(), identity.whose());
        assert!(matches!(sealed.open_with(&[8; 32]), Err(KeyringError::Wrong)));
        let other = InKeyring::sealed(&Identity::generate(), &[7; 32]);
        let mut altered = vec![
            InKeyring { body: other.body.clone(), ..sealed.clone() },
            InKeyring { head: other.head, ..sealed.clone() },
        ];
        for change in [|head: &mut Head| head.nonce[0] ^= 1, |head: &mut Head| head.whose.person.0[0] ^= 1] {
            let mut one = sealed.clone();
            change(&mut one.head);
            altered.push(one);
        }
        for one in altered {
            assert!(matches!(one.open_with(&[7; 32]), Err(KeyringError::Wrong)));
        }
        assert_ne!(sealed.head.entry(), InKeyring::sealed(&identity, &[7; 32]).head.entry(), "an old file stays good");
    }
}
