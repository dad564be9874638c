//! One sealed object: a version byte, then XChaCha20-Poly1305 of a chunk or a manifest under a key of its own content.

use enginus_envelope::{DedupSecret, aead_open, aead_seal};
use enginus_model::Hash;
use zeroize::Zeroizing;

/// How much of a file one chunk holds, in bytes; the last one holds the rest.
pub const CHUNK_BYTES: usize = 4 << 20;
/// What sealing adds: the version byte and the authentication tag.
pub(crate) const SEALING_BYTES: usize = 1 + 16;
/// The most bytes an object may have.
pub const MAX_OBJECT_BYTES: usize = CHUNK_BYTES + SEALING_BYTES;

/// The form of sealed objects.
const VERSION: u8 = 1;

/// What an object holds. Each kind has its own nonce and context, so a chunk never opens as a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Chunk,
    Manifest,
}

impl Kind {
    /// Constant, because the key already belongs to one content alone: a key and nonce never seal two different texts.
    const fn nonce(self) -> &'static [u8; 24] {
        match self {
            Self::Chunk => b"enginus 1 chunk of file.",
            Self::Manifest => b"enginus 1 file manifest.",
        }
    }

    const fn context(self) -> &'static [u8] {
        match self {
            Self::Chunk => b"\x01enginus chunk",
            Self::Manifest => b"\x01enginus manifest",
        }
    }
}

/// An object just sealed.
pub(crate) struct SealedObject {
    /// BLAKE3 of the bytes in clear.
    pub(crate) content: Hash,
    /// BLAKE3 of `bytes`.
    pub(crate) name: Hash,
    pub(crate) bytes: Vec<u8>,
}

/// Why an object does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnsealError {
    NewerVersion,
    NotOurs,
}

/// Seals at most [`CHUNK_BYTES`].
pub(crate) fn seal(kind: Kind, secret: &DedupSecret, plaintext: &[u8]) -> SealedObject {
    let content = Hash::of(plaintext);
    let key = secret.chunk_key(&content);
    let ciphertext = aead_seal(&key, kind.nonce(), kind.context(), plaintext);
    let mut bytes = Vec::with_capacity(1 + ciphertext.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&ciphertext);
    SealedObject { content, name: Hash::of(&bytes), bytes }
}

/// Opens an object whose bytes in clear have the hash `content`, and checks that they do.
pub(crate) fn open(
    kind: Kind,
    secret: &DedupSecret,
    content: &Hash,
    object: &[u8],
) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
    let (version, ciphertext) = object.split_first().ok_or(UnsealError::NotOurs)?;
    if *version != VERSION {
        return Err(UnsealError::NewerVersion);
    }
    let key = secret.chunk_key(content);
    let plaintext = aead_open(&key, kind.nonce(), kind.context(), ciphertext).map_err(|_| UnsealError::NotOurs)?;
    if Hash::of(&plaintext) == *content { Ok(plaintext) } else { Err(UnsealError::NotOurs) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use enginus_envelope::EpochSecret;

    fn secret(byte: u8) -> DedupSecret {
        EpochSecret::from_bytes([byte; 32]).dedup_secret()
    }

    #[test]
    fn equal_content_in_one_epoch_is_one_object_and_differs_elsewhere() {
        let one = seal(Kind::Chunk, &secret(1), b"content");
        assert_eq!(one.bytes, seal(Kind::Chunk, &secret(1), b"content").bytes);
        assert_eq!(one.bytes.len(), 7 + SEALING_BYTES);
        assert_ne!(one.name, seal(Kind::Chunk, &secret(2), b"content").name);
        assert_ne!(one.bytes[1..8], seal(Kind::Manifest, &secret(1), b"content").bytes[1..8]);
        assert!(!one.bytes.windows(7).any(|w| w == b"content"));
    }

    #[test]
    fn only_the_right_secret_kind_content_and_bytes_open_it() {
        let sealed = seal(Kind::Chunk, &secret(1), b"content");
        assert_eq!(open(Kind::Chunk, &secret(1), &sealed.content, &sealed.bytes).unwrap().as_slice(), b"content");
        assert!(open(Kind::Manifest, &secret(1), &sealed.content, &sealed.bytes).is_err());
        assert!(open(Kind::Chunk, &secret(2), &sealed.content, &sealed.bytes).is_err());
        assert!(open(Kind::Chunk, &secret(1), &Hash::of(b"other"), &sealed.bytes).is_err());
        assert!(open(Kind::Chunk, &secret(1), &sealed.content, b"").is_err());
        for at in 0..sealed.bytes.len() {
            let mut altered = sealed.bytes.clone();
            altered[at] ^= 1;
            assert!(open(Kind::Chunk, &secret(1), &sealed.content, &altered).is_err(), "byte {at}");
        }
    }
}
