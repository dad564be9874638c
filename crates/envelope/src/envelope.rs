//! One entry of a log: header, signature, sealed body.

use enginus_model::{DomainId, EpochId, Hash, Lane, ProjectId};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::aead::TAG_BYTES;
use crate::header::VERSION;
use crate::{
    BadSignature, EpochSecret, Header, Keypair, MAX_AUTHORITY_HEADS, MAX_BODY_BYTES, MAX_ENVELOPE_BYTES, Parts,
    Payload, PayloadError, Signature, Tip, aead_open, aead_seal, blob, verify,
};

/// What the signature over a header is for.
const SIGNING_CONTEXT: &str = "enginus 1 envelope header";
/// Bytes of the random nonce at the front of a sealed body.
const NONCE_BYTES: usize = 24;
/// Bytes sealing adds to a payload.
pub(crate) const SEALING_BYTES: usize = NONCE_BYTES + TAG_BYTES;

/// One entry of a log. What [`Envelope::decode`] returns has a valid form and nothing more; [`Envelope::verify`] says whether it is
/// genuine; whether its author was allowed to write it is for others to say.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Envelope {
    /// Everything that may be seen without the key.
    pub header: Header,
    /// The device's signature over [`Header::encode`].
    pub signature: Signature,
    /// A random nonce and the sealed payload; in the keys domain the payload itself.
    #[serde(with = "blob::one")]
    pub body: Vec<u8>,
}

/// Where a new entry goes; the rest of its header is computed while sealing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The project.
    pub project: ProjectId,
    /// The domain.
    pub domain: DomainId,
    /// The lane the content writes to.
    pub lane: Lane,
    /// Which life of the device's log.
    pub incarnation: [u8; 16],
    /// Place in the log, counted from 1.
    pub seq: u64,
    /// Hash of the entry before it; [`Hash::ZERO`] for the first.
    pub prev: Hash,
    /// The newest authority statements known, in any order.
    pub authority: Vec<Hash>,
}

/// Why bytes are no envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Written by a version this one does not know.
    #[error("the envelope is in format {found}, which this version does not know; update ENGINUS to receive it")]
    NewerVersion {
        /// The version byte that was found.
        found: u8,
    },
    /// Longer than an envelope may be.
    #[error("the envelope has {found} bytes, more than the {MAX_ENVELOPE_BYTES} allowed; it is refused")]
    TooLarge {
        /// How many bytes were given.
        found: usize,
    },
    /// Cut short, followed by other bytes, or not in the one form that is allowed.
    #[error("the bytes are not an envelope: damaged, cut short, or not in the canonical form")]
    Malformed,
    /// A well-formed envelope whose header says something impossible.
    #[error("the envelope's header breaks a rule ({rule}); it is refused")]
    BadHeader {
        /// Which rule.
        rule: &'static str,
    },
}

/// Why an envelope is not genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Its header breaks a rule.
    #[error("the envelope's header breaks a rule ({rule}); it is refused")]
    BadHeader {
        /// Which rule.
        rule: &'static str,
    },
    /// The header is not signed by the device it names.
    #[error("the envelope is not signed by the device it names; it was altered or forged and is refused")]
    BadSignature,
    /// The body is not the one the header was signed for.
    #[error("the envelope's body is not the one that was signed; it was damaged on the way, fetch it again")]
    BodyMismatch,
}

/// Why an envelope does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is sealed and no secret was given.
    #[error("the envelope is sealed under epoch {}, whose secret is not held yet", epoch.short())]
    NoSecret {
        /// The epoch it needs.
        epoch: EpochId,
    },
    /// The secret is another epoch's.
    #[error("the envelope is sealed under epoch {}, not under the one whose secret was given", epoch.short())]
    WrongSecret {
        /// The epoch it needs.
        epoch: EpochId,
    },
    /// Sealed bytes that are not the author's for this header.
    #[error("the envelope's body does not open: its author's device is faulty or hostile; it is held for review")]
    NotAuthentic,
    /// The content is not the one the header committed to.
    #[error("the envelope's content is not what its header committed to; it is held for review")]
    CommitmentMismatch,
    /// The content is in no form this version reads.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The content is of a kind that does not belong into this domain.
    #[error("the envelope carries {found} in a domain that holds something else; it is held for review")]
    WrongKind {
        /// What it carries, in the plural.
        found: &'static str,
    },
}

/// Why an envelope cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The draft breaks a rule of headers.
    #[error("the envelope cannot be written: {rule}")]
    BadHeader {
        /// Which rule.
        rule: &'static str,
    },
    /// The content is too much for one envelope.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The content is of a kind that does not belong into this domain.
    #[error("{found} cannot be written into a domain that holds something else")]
    WrongKind {
        /// What was given, in the plural.
        found: &'static str,
    },
}

impl Envelope {
    /// The canonical bytes: a version byte, then postcard.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.body.len() + 512);
        bytes.push(VERSION);
        // Arrays, integers and byte strings always encode into memory.
        postcard::to_extend(self, bytes).unwrap_or_default()
    }

    /// Reads what [`Envelope::encode`] wrote, and only that: the same envelope has exactly one encoding.
    ///
    /// # Errors
    /// [`DecodeError`] for anything else, before more than the given bytes are allocated.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_ENVELOPE_BYTES {
            return Err(DecodeError::TooLarge { found: bytes.len() });
        }
        let (&version, rest) = bytes.split_first().ok_or(DecodeError::Malformed)?;
        if version != VERSION {
            return Err(DecodeError::NewerVersion { found: version });
        }
        let envelope: Self = postcard::from_bytes(rest).map_err(|_| DecodeError::Malformed)?;
        if envelope.body.len() > MAX_BODY_BYTES {
            return Err(DecodeError::TooLarge { found: bytes.len() });
        }
        // Catches trailing bytes and padded integers, which would give one envelope several encodings.
        if envelope.encode() != bytes {
            return Err(DecodeError::Malformed);
        }
        check_header(&envelope.header).map_err(|rule| DecodeError::BadHeader { rule })?;
        Ok(envelope)
    }

    /// Its identity: [`Header::hash`].
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.header.hash()
    }

    /// Its place and identity.
    #[must_use]
    pub fn tip(&self) -> Tip {
        Tip { log: self.header.log(), seq: self.header.seq, hash: self.hash() }
    }

    /// Whether it is genuine: limits, the device's signature over the header, the body's hash. Costs one signature check (about 47 µs),
    /// so do it once, at receipt.
    ///
    /// # Errors
    /// [`VerifyError`] says what is wrong.
    pub fn verify(&self) -> Result<(), VerifyError> {
        check_header(&self.header).map_err(|rule| VerifyError::BadHeader { rule })?;
        if self.body.len() > MAX_BODY_BYTES || Hash::of(&self.body) != self.header.ciphertext {
            return Err(VerifyError::BodyMismatch);
        }
        verify(self.header.device.as_bytes(), SIGNING_CONTEXT, &self.header.encode(), &self.signature)
            .map_err(|BadSignature| VerifyError::BadSignature)
    }

    /// Opens the body. The signature is not checked again: call [`Envelope::verify`] first on anything from outside.
    ///
    /// `secret` is the secret of the header's epoch; it is not needed, and ignored, in the keys domain.
    ///
    /// # Errors
    /// [`OpenError`] says whether the secret is missing or wrong, or the content is not what was committed to.
    pub fn open(&self, secret: Option<&EpochSecret>) -> Result<Payload, OpenError> {
        let plaintext = self.plaintext(secret)?;
        let payload = Payload::decode(&plaintext)?;
        if commitment(&payload.salt, &plaintext) != self.header.commitment {
            return Err(OpenError::CommitmentMismatch);
        }
        check_kind(&self.header.project, &self.header.domain, &payload.parts)
            .map_err(|found| OpenError::WrongKind { found })?;
        Ok(payload)
    }

    fn plaintext(&self, secret: Option<&EpochSecret>) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let header = &self.header;
        if header.epoch == EpochId::NONE {
            return Ok(Zeroizing::new(self.body.clone()));
        }
        let secret = secret.ok_or(OpenError::NoSecret { epoch: header.epoch })?;
        if secret.id() != header.epoch {
            return Err(OpenError::WrongSecret { epoch: header.epoch });
        }
        let (nonce, sealed) = self.body.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::NotAuthentic)?;
        let key = secret.envelope_key(&header.log(), header.seq);
        aead_open(&key, nonce, &header.sealing_context(), sealed).map_err(|_| OpenError::NotAuthentic)
    }

    /// Seals and signs `payload` as the entry `draft` describes. `secret` is that of the domain's current epoch; `None` in the keys
    /// domain, whose records are each sealed already.
    ///
    /// # Errors
    /// [`SealError`] when the draft or the payload breaks a rule; nothing was written then.
    pub fn seal(
        draft: Draft,
        payload: &Payload,
        secret: Option<&EpochSecret>,
        device: &Keypair,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, SealError> {
        check_kind(&draft.project, &draft.domain, &payload.parts).map_err(|found| SealError::WrongKind { found })?;
        let plaintext = payload.encode()?;
        let mut authority = draft.authority;
        authority.sort_unstable();
        authority.dedup();
        let mut header = Header {
            project: draft.project,
            domain: draft.domain,
            lane: draft.lane,
            device: device.device_id(),
            incarnation: draft.incarnation,
            seq: draft.seq,
            prev: draft.prev,
            authority,
            epoch: secret.map_or(EpochId::NONE, EpochSecret::id),
            ciphertext: Hash::ZERO,
            commitment: commitment(&payload.salt, &plaintext),
        };
        check_header(&header).map_err(|rule| SealError::BadHeader { rule })?;
        let body = match secret {
            None => plaintext.to_vec(),
            Some(secret) => seal_body(&header, &plaintext, secret, rng),
        };
        header.ciphertext = Hash::of(&body);
        let signature = device.sign(SIGNING_CONTEXT, &header.encode());
        Ok(Self { header, signature, body })
    }
}

/// Nonce, then ciphertext. The nonce is random because a forked log uses one key for both its branches.
fn seal_body(header: &Header, plaintext: &[u8], secret: &EpochSecret, rng: &mut impl CryptoRng) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let key = secret.envelope_key(&header.log(), header.seq);
    let mut body = nonce.to_vec();
    body.extend_from_slice(&aead_seal(&key, &nonce, &header.sealing_context(), plaintext));
    body
}

/// Binds the content: 16 bytes of salt, then the encoded payload (which repeats the salt).
fn commitment(salt: &[u8; 16], plaintext: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new_derive_key("enginus 1 content commitment");
    hasher.update(salt).update(plaintext);
    Hash(*hasher.finalize().as_bytes())
}

/// The rules every header keeps, whoever wrote it.
fn check_header(header: &Header) -> Result<(), &'static str> {
    if header.seq == 0 {
        return Err("places in a log are counted from 1");
    }
    if (header.seq == 1) != (header.prev == Hash::ZERO) {
        return Err("the first entry of a log, and no other, has nothing before it");
    }
    if header.authority.len() > MAX_AUTHORITY_HEADS {
        return Err("it names more authority heads than allowed");
    }
    if !header.authority.is_sorted_by(|a, b| a < b) {
        return Err("authority heads are ascending and named once");
    }
    let in_keys_domain = header.domain == DomainId::keys(&header.project);
    if in_keys_domain != (header.epoch == EpochId::NONE) {
        return Err("entries of the keys domain, and no others, are not sealed under an epoch");
    }
    if in_keys_domain && header.lane != Lane::Records {
        return Err("the keys domain has one lane");
    }
    Ok(())
}

/// Which kind of content belongs into which domain; answers what was found instead.
fn check_kind(project: &ProjectId, domain: &DomainId, parts: &Parts) -> Result<(), &'static str> {
    let (keys, authority) = (*domain == DomainId::keys(project), *domain == DomainId::authority(project));
    match parts {
        Parts::Keys(_) if !keys => Err("key records"),
        Parts::Statements(_) if !authority => Err("statements"),
        Parts::Changes(_) if keys || authority => Err("changes"),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
