//! How the secret of an epoch reaches those who may read a domain.
//!
//! An epoch is opened by one record; later records share the same epoch with readers who came after. Each seal carries the
//! secret and, for those entitled to the past, the **history key** of the epoch. The history key opens the record's link: the
//! secrets and history keys of the epochs before. So one seal gives the entitled the whole past, and the others nothing of it.

use enginus_envelope::{EpochSecret, Keypair, Signature, aead_open, aead_seal, seal_to, verify};
use enginus_model::{DeviceId, DomainId, EpochId, ProjectId};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::epoch_keys::{EpochKeys, EpochOpenError, EpochRecordError, HistoryKey};
use crate::readers::Reader;
use crate::wire;

/// Seals one record carries; more readers get more records.
pub const MAX_SEALS: usize = 1024;
/// Bytes of one seal.
pub const MAX_SEALED_BYTES: usize = 128;
/// Epochs one epoch follows: more than one after two were opened at the same time.
pub const MAX_PREVIOUS: usize = 8;
/// Bytes of one encoded record.
pub const MAX_EPOCH_RECORD_BYTES: usize = 256 * 1024;

const RECORD_CONTEXT: &str = "enginus 1 epoch record";
const SEAL_INFO: &[u8] = b"enginus 1 epoch seal";
const LINK_INFO: &[u8] = b"enginus 1 epoch link";
const MAX_LINK_BYTES: usize = 1024;
const NONCE_BYTES: usize = 24;

/// Why a record exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// It begins the epoch; only a writer's counts.
    Opens,
    /// It gives a known epoch to further readers; any reader's counts.
    Shares,
}

/// The secret of an epoch, sealed to one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The X25519 key it is sealed to.
    pub key: [u8; 32],
    /// HPKE ciphertext.
    pub sealed: Vec<u8>,
}

/// One record of the keys domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The project.
    pub project: ProjectId,
    /// The domain whose epoch it is.
    pub domain: DomainId,
    /// The hash of the secret.
    pub epoch: EpochId,
    /// Whether it begins or shares the epoch.
    pub purpose: Purpose,
    /// The epochs that this one follows; empty for the first and in a record that shares.
    pub previous: Vec<EpochId>,
    /// The keys of `previous`, under the history key.
    pub link: Vec<u8>,
    /// The seals.
    pub seals: Vec<Seal>,
    /// The device that made it.
    pub issuer: DeviceId,
    /// Its signature over everything above.
    pub signature: Signature,
}

/// Records made, and the keys that nothing could be sealed to because they are not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The keys of the epoch, for the one who made the records.
    pub keys: EpochKeys,
    /// The records to publish, in order.
    pub records: Vec<EpochRecord>,
    /// Keys left out: one broken key must not keep the others from reading.
    pub skipped: Vec<[u8; 32]>,
}

impl EpochRecord {
    /// Opens a new epoch of `domain` for `readers`, following `previous` (which the maker holds).
    pub fn open_epoch(
        project: ProjectId,
        domain: DomainId,
        previous: &[EpochKeys],
        readers: &[Reader],
        device: &Keypair,
        rng: &mut impl CryptoRng,
    ) -> Sealed {
        let mut history = HistoryKey([0; 32]);
        rng.fill_bytes(&mut history.0);
        let keys = EpochKeys { secret: EpochSecret::generate(rng), history: Some(history) };
        let previous = &previous[..previous.len().min(MAX_PREVIOUS)];
        let mut first = Self::unsigned(project, domain, keys.secret.id(), Purpose::Opens, device);
        first.previous = previous.iter().map(|keys| keys.secret.id()).collect();
        if let Some(history) = keys.history.as_ref().filter(|_| !previous.is_empty()) {
            first.link = seal_link(&first, history, previous, rng);
        }
        Self::fill(first, keys, readers, device, rng)
    }

    /// Gives a known epoch to further `readers`. Those entitled to the past get it only if the maker has it too.
    pub fn share_epoch(
        project: ProjectId,
        domain: DomainId,
        keys: &EpochKeys,
        readers: &[Reader],
        device: &Keypair,
        rng: &mut impl CryptoRng,
    ) -> Sealed {
        let first = Self::unsigned(project, domain, keys.secret.id(), Purpose::Shares, device);
        Self::fill(first, keys.clone(), readers, device, rng)
    }

    fn unsigned(project: ProjectId, domain: DomainId, epoch: EpochId, purpose: Purpose, device: &Keypair) -> Self {
        Self {
            project,
            domain,
            epoch,
            purpose,
            previous: Vec::new(),
            link: Vec::new(),
            seals: Vec::new(),
            issuer: device.device_id(),
            signature: Signature([0; 64]),
        }
    }

    /// Seals to everybody, in as many records as it takes, and signs them.
    fn fill(first: Self, keys: EpochKeys, readers: &[Reader], device: &Keypair, rng: &mut impl CryptoRng) -> Sealed {
        let (mut seals, mut skipped) = (Vec::new(), Vec::new());
        let info = seal_info(&first.project, &first.domain, &first.epoch);
        for reader in readers {
            let mut plaintext = Zeroizing::new(keys.secret.to_bytes().to_vec());
            if let Some(history) = keys.history.as_ref().filter(|_| reader.history) {
                plaintext.extend_from_slice(&history.0);
            }
            match seal_to(&reader.key.seal, &info, &plaintext, rng) {
                Ok(sealed) => seals.push(Seal { key: reader.key.seal, sealed }),
                Err(_) => skipped.push(reader.key.seal),
            }
        }
        let mut records = Vec::new();
        let mut next = first;
        let mut rest = seals.into_iter().peekable();
        loop {
            next.seals = rest.by_ref().take(MAX_SEALS).collect();
            let following = Self {
                purpose: Purpose::Shares,
                previous: Vec::new(),
                link: Vec::new(),
                seals: Vec::new(),
                ..next.clone()
            };
            next.signature = device.sign(RECORD_CONTEXT, &next.message());
            records.push(next);
            next = following;
            if rest.peek().is_none() {
                break;
            }
        }
        Sealed { keys, records, skipped }
    }

    fn message(&self) -> Vec<u8> {
        wire::encode(&Self { signature: Signature([0; 64]), ..self.clone() })
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wire::encode(self)
    }

    /// Reads and checks bytes from anywhere: form, limits and signature. Whether the issuer may is
    /// [`crate::Authority::accepts`].
    ///
    /// # Errors
    /// [`EpochRecordError`]; the bytes are of no use.
    pub fn decode(bytes: &[u8]) -> Result<Self, EpochRecordError> {
        let record = Self::decode_stored(bytes)?;
        record.verify()?;
        Ok(record)
    }

    /// Reads bytes that this device itself checked with [`EpochRecord::decode`] before it stored them.
    ///
    /// # Errors
    /// [`EpochRecordError`] when they are damaged.
    pub fn decode_stored(bytes: &[u8]) -> Result<Self, EpochRecordError> {
        let record: Self = wire::decode(bytes, MAX_EPOCH_RECORD_BYTES)?;
        if record.is_well_formed() { Ok(record) } else { Err(EpochRecordError::Malformed) }
    }

    /// Checks the issuer's signature.
    ///
    /// # Errors
    /// [`EpochRecordError::BadSignature`].
    pub fn verify(&self) -> Result<(), EpochRecordError> {
        verify(&self.issuer.0, RECORD_CONTEXT, &self.message(), &self.signature)
            .map_err(|_| EpochRecordError::BadSignature)
    }

    fn is_well_formed(&self) -> bool {
        self.epoch != EpochId::NONE
            && self.seals.len() <= MAX_SEALS
            && self.seals.iter().all(|seal| seal.sealed.len() <= MAX_SEALED_BYTES)
            && self.previous.len() <= MAX_PREVIOUS
            && self.link.len() <= MAX_LINK_BYTES
            && self.previous.is_empty() == self.link.is_empty()
            && (self.purpose == Purpose::Opens || self.previous.is_empty())
    }

    /// The keys of the epoch, if they are sealed to `key`.
    ///
    /// # Errors
    /// [`EpochOpenError`]. A seal made for another project, domain or epoch does not open here.
    pub fn open(&self, key: &Keypair) -> Result<EpochKeys, EpochOpenError> {
        let info = seal_info(&self.project, &self.domain, &self.epoch);
        let mut found = EpochOpenError::NotForThisKey;
        for seal in self.seals.iter().filter(|seal| seal.key == key.public().seal) {
            found = EpochOpenError::Damaged;
            let Ok(plaintext) = key.open_sealed(&info, &seal.sealed) else { continue };
            let Some((secret, history)) = plaintext.split_first_chunk::<32>() else { continue };
            let secret = EpochSecret::from_bytes(*secret);
            if secret.id() == self.epoch {
                let history = history.try_into().ok().map(HistoryKey);
                return Ok(EpochKeys { secret, history });
            }
        }
        Err(found)
    }

    /// The keys of the epochs before, for a holder of this epoch's history key; empty for everybody else.
    ///
    /// # Errors
    /// [`EpochOpenError::Damaged`] when the link does not hold what the record says.
    pub fn open_link(&self, keys: &EpochKeys) -> Result<Vec<EpochKeys>, EpochOpenError> {
        let Some(history) = keys.history.as_ref().filter(|_| !self.link.is_empty()) else { return Ok(Vec::new()) };
        if keys.secret.id() != self.epoch {
            return Err(EpochOpenError::NotForThisKey);
        }
        let (nonce, sealed) = self.link.split_first_chunk::<NONCE_BYTES>().ok_or(EpochOpenError::Damaged)?;
        let aad = bound(LINK_INFO, &self.project, &self.domain, &self.epoch);
        let plaintext = aead_open(&history.0, nonce, &aad, sealed).map_err(|_| EpochOpenError::Damaged)?;
        let links: Vec<Link> = wire::decode(&plaintext, MAX_LINK_BYTES).map_err(|_| EpochOpenError::Damaged)?;
        let keys: Vec<EpochKeys> = links
            .iter()
            .map(|link| EpochKeys {
                secret: EpochSecret::from_bytes(link.secret),
                history: link.history.map(HistoryKey),
            })
            .collect();
        let as_named = keys.iter().map(|keys| keys.secret.id()).eq(self.previous.iter().copied());
        if as_named { Ok(keys) } else { Err(EpochOpenError::Damaged) }
    }
}

/// The keys of one epoch inside a link.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Link {
    secret: [u8; 32],
    history: Option<[u8; 32]>,
}

fn seal_link(record: &EpochRecord, history: &HistoryKey, previous: &[EpochKeys], rng: &mut impl CryptoRng) -> Vec<u8> {
    let links: Vec<Link> = previous
        .iter()
        .map(|keys| Link { secret: *keys.secret.to_bytes(), history: keys.history.as_ref().map(|key| key.0) })
        .collect();
    let plaintext = Zeroizing::new(wire::encode(&links));
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let aad = bound(LINK_INFO, &record.project, &record.domain, &record.epoch);
    [nonce.as_slice(), &aead_seal(&history.0, &nonce, &aad, &plaintext)].concat()
}

fn seal_info(project: &ProjectId, domain: &DomainId, epoch: &EpochId) -> Vec<u8> {
    bound(SEAL_INFO, project, domain, epoch)
}

/// Everything after `label` has a fixed length, so no two bindings read alike.
fn bound(label: &[u8], project: &ProjectId, domain: &DomainId, epoch: &EpochId) -> Vec<u8> {
    [label, project.as_bytes(), domain.as_bytes(), epoch.as_bytes()].concat()
}
