//! Keypairs of devices, persons and invitations: ed25519 to sign, X25519 to be sealed to, both from one 32-byte seed.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use enginus_model::{DeviceId, PersonId};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::{Zeroize, Zeroizing};

/// First byte of everything [`seal_to`] makes; it also names the HPKE suite.
const SEALED_VERSION: u8 = 1;
/// Bytes of an encapsulated X25519 key.
const ENCAPPED_BYTES: usize = 32;

/// A secret seed and the two key pairs derived from it. The seed is wiped from memory when this is dropped.
///
/// The ed25519 secret key is the seed itself, so that the network identity made from the same seed is the device id.
#[derive(Clone)]
pub struct Keypair {
    signing: SigningKey,
    public: PublicKey,
}

impl Keypair {
    /// The key pairs of `seed`, always the same.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let signing = SigningKey::from_bytes(seed);
        let (_, seal) = seal_pair(seed);
        let mut seal_key = [0; 32];
        seal_key.copy_from_slice(&seal.to_bytes());
        let public = PublicKey { sign: signing.verifying_key().to_bytes(), seal: seal_key };
        Self { signing, public }
    }

    /// Fresh key pairs.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::from_seed(&seed)
    }

    /// The secret seed, to be stored under a seal.
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        self.signing.as_bytes()
    }

    /// The public halves.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// The id of the device that holds this seed.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        self.public.device_id()
    }

    /// The id of the person whose identity this seed is.
    #[must_use]
    pub fn person_id(&self) -> PersonId {
        self.public.person_id()
    }

    /// Signs `msg` for one purpose, named by `context`: a signature made for one never verifies for another.
    #[must_use]
    pub fn sign(&self, context: &'static str, msg: &[u8]) -> Signature {
        Signature(self.signing.sign(&signed_bytes(context, msg)).to_bytes())
    }

    /// Opens what was sealed to this key pair's `seal` key with the same `info`.
    ///
    /// # Errors
    /// [`UnsealError`] when it was sealed to another key, for another purpose, altered, or by a newer version.
    pub fn open_sealed(&self, info: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        let (&version, rest) = sealed.split_first().ok_or(UnsealError::Damaged)?;
        if version != SEALED_VERSION {
            return Err(UnsealError::NewerVersion { found: version });
        }
        let (encapped, ciphertext) = rest.split_at_checked(ENCAPPED_BYTES).ok_or(UnsealError::Damaged)?;
        let encapped =
            <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapped).map_err(|_| UnsealError::Damaged)?;
        let (secret, _) = seal_pair(self.seed());
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &secret,
            &encapped,
            info,
            ciphertext,
            &[],
        )
        .map(Zeroizing::new)
        .map_err(|_| UnsealError::NotForThisKey)
    }
}

impl fmt::Debug for Keypair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keypair").field("public", &self.public).finish_non_exhaustive()
    }
}

type SealPair = (<X25519HkdfSha256 as Kem>::PrivateKey, <X25519HkdfSha256 as Kem>::PublicKey);

/// The X25519 pair of a seed, under its own derivation so that it has nothing in common with the signing key.
fn seal_pair(seed: &[u8; 32]) -> SealPair {
    let mut hasher = blake3::Hasher::new_derive_key("enginus 1 x25519 key");
    hasher.update(seed);
    let material = Zeroizing::new(*hasher.finalize().as_bytes());
    hasher.zeroize();
    X25519HkdfSha256::derive_keypair(material.as_slice())
}

/// The public halves of a [`Keypair`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PublicKey {
    /// ed25519: checks signatures; also the id.
    pub sign: [u8; 32],
    /// X25519: what secrets are sealed to.
    pub seal: [u8; 32],
}

impl PublicKey {
    /// The id of the person with this key.
    #[must_use]
    pub fn person_id(&self) -> PersonId {
        PersonId(self.sign)
    }
    /// The id of the device with this key.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        DeviceId(self.sign)
    }
}

/// An ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature(pub [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({}…)", hex::encode(&self.0[..4]))
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut r, mut s) = ([0u8; 32], [0u8; 32]);
        r.copy_from_slice(&self.0[..32]);
        s.copy_from_slice(&self.0[32..]);
        (r, s).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (r, s) = <([u8; 32], [u8; 32])>::deserialize(deserializer)?;
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&r);
        bytes[32..].copy_from_slice(&s);
        Ok(Self(bytes))
    }
}

/// A signature that is not the named key's over these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not by the named key over these bytes: they were altered or forged, and are ignored")]
pub struct BadSignature;

/// Checks a signature made by [`Keypair::sign`] with the same context, strictly (weak keys and malleable forms are refused).
///
/// # Errors
/// [`BadSignature`] when it does not hold.
pub fn verify(sign_key: &[u8; 32], context: &'static str, msg: &[u8], sig: &Signature) -> Result<(), BadSignature> {
    VerifyingKey::from_bytes(sign_key)
        .and_then(|key| key.verify_strict(&signed_bytes(context, msg), &ed25519_dalek::Signature::from_bytes(&sig.0)))
        .map_err(|_| BadSignature)
}

/// The message with its purpose in front; the length keeps one context from being the beginning of another.
fn signed_bytes(context: &'static str, msg: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(24 + context.len() + msg.len());
    bytes.extend_from_slice(b"enginus signed 1");
    bytes.extend_from_slice(&(context.len() as u64).to_le_bytes());
    bytes.extend_from_slice(context.as_bytes());
    bytes.extend_from_slice(msg);
    bytes
}

/// Why nothing could be sealed to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealToError {
    /// The recipient's key is not a usable X25519 point.
    #[error("the recipient's key is not valid, so nothing can be sealed to it; ask them for their key again")]
    BadKey,
}

/// Seals `plaintext` so that only the holder of `seal_key`'s secret opens it, and only with the same `info`
/// (HPKE base mode, RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305). 49 bytes longer than the plaintext.
///
/// # Errors
/// [`SealToError::BadKey`] when the key cannot be sealed to.
pub fn seal_to(
    seal_key: &[u8; 32],
    info: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealToError> {
    let recipient = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(seal_key).map_err(|_| SealToError::BadKey)?;
    let (encapped, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &recipient,
        info,
        plaintext,
        &[],
        rng,
    )
    .map_err(|_| SealToError::BadKey)?;
    let mut sealed = Vec::with_capacity(1 + ENCAPPED_BYTES + ciphertext.len());
    sealed.push(SEALED_VERSION);
    sealed.extend_from_slice(&encapped.to_bytes());
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Why something sealed to a key did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// Too short to be anything.
    #[error("the sealed secret is damaged or cut short; ask for it again")]
    Damaged,
    /// Made by a version this one does not know.
    #[error("the secret was sealed in format {found}, which this version does not know; update ENGINUS and try again")]
    NewerVersion {
        /// The version byte that was found.
        found: u8,
    },
    /// Sealed to another key or for another purpose, or altered on the way.
    #[error("the secret was not sealed to this key for this purpose, or was altered on the way")]
    NotForThisKey,
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn keys_come_from_the_seed_alone_and_debug_hides_it() {
        let a = Keypair::from_seed(&[5; 32]);
        assert_eq!(a.public(), Keypair::from_seed(a.seed()).public());
        assert_ne!(a.public(), Keypair::from_seed(&[6; 32]).public());
        assert_eq!(a.device_id().0, a.public().sign);
        assert_ne!(a.public().sign, a.public().seal);
        assert!(!format!("{a:?}").contains(&hex::encode([5; 8])));
        assert!(!format!("{a:?}").contains("5, 5, 5"));
    }

    #[test]
    fn a_signature_holds_for_its_key_context_and_bytes_only() {
        let key = Keypair::from_seed(&[1; 32]);
        let sig = key.sign("a", b"bc");
        assert_eq!(verify(&key.public().sign, "a", b"bc", &sig), Ok(()));
        assert_eq!(verify(&key.public().sign, "ab", b"c", &sig), Err(BadSignature));
        assert_eq!(verify(&key.public().sign, "a", b"bd", &sig), Err(BadSignature));
        assert_eq!(verify(&Keypair::from_seed(&[2; 32]).public().sign, "a", b"bc", &sig), Err(BadSignature));
        for at in 0..64 {
            let mut altered = sig;
            altered.0[at] ^= 1;
            assert_eq!(verify(&key.public().sign, "a", b"bc", &altered), Err(BadSignature));
        }
    }

    #[test]
    fn a_weak_key_signs_nothing() {
        // The identity point: with it, R = identity and s = 0 would verify any message if checks were not strict.
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut forged = [0; 64];
        forged[0] = 1;
        assert_eq!(verify(&identity, "a", b"anything", &Signature(forged)), Err(BadSignature));
    }

    #[test]
    fn a_signature_survives_its_encoding() {
        let sig = Keypair::from_seed(&[1; 32]).sign("a", b"b");
        let bytes = postcard::to_allocvec(&sig).unwrap();
        assert_eq!(postcard::from_bytes::<Signature>(&bytes).unwrap(), sig);
        assert_eq!(bytes.len(), 64);
        assert!(postcard::from_bytes::<Signature>(&bytes[1..]).is_err());
    }

    #[test]
    fn a_sealed_secret_opens_for_its_recipient_and_purpose_only() {
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let (key, other) = (Keypair::generate(&mut rng), Keypair::generate(&mut rng));
        let sealed = seal_to(&key.public().seal, b"info", b"secret", &mut rng).unwrap();
        assert_eq!(key.open_sealed(b"info", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(key.open_sealed(b"else", &sealed), Err(UnsealError::NotForThisKey));
        assert_eq!(other.open_sealed(b"info", &sealed), Err(UnsealError::NotForThisKey));
        assert_eq!(key.open_sealed(b"info", &sealed[..20]), Err(UnsealError::Damaged));
        assert_eq!(key.open_sealed(b"info", &[]), Err(UnsealError::Damaged));
        let mut newer = sealed.clone();
        newer[0] = 2;
        assert_eq!(key.open_sealed(b"info", &newer), Err(UnsealError::NewerVersion { found: 2 }));
        for at in 1..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(key.open_sealed(b"info", &altered).is_err(), "byte {at}");
        }
    }

    #[test]
    fn nothing_is_sealed_to_a_key_of_small_order() {
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        assert_eq!(seal_to(&[0; 32], b"info", b"secret", &mut rng), Err(SealToError::BadKey));
    }
}
